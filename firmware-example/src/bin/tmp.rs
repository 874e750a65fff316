//! t
#![no_std]
#![no_main]
use core::hint::black_box;
use cortex_m_rt::entry;
use cortex_m_semihosting::hprintln;
use firmware_example::counter::Counter;
use firmware_example::{exit, networks};
use landauer_core::inference::kernels::*;
use landauer_core::inference::Model;

fn layers<K: Kernels>(counter: &mut Counter, file: &[u8]) {
    let model = Model::parse(file).unwrap().with_kernels::<K>();
    let mut scratch = [1_i8; 12000];
    let arena = model.card().arena as usize;
    for layer in model.layers() {
        let (arena, patch) = scratch.split_at_mut(arena);
        let n = counter.instructions(|| { model.run_layer(black_box(&layer), 3, arena, patch).unwrap(); });
        hprintln!("{} {} macs {}", layer.operator.name(), n, layer.macs());
    }
    let mut out = [0_i64; 1];
    let mut v = [0; 1];
    let n = counter.instructions(|| { model.decode(3, &out, &mut v).unwrap(); });
    out[0] += 1;
    hprintln!("decode {}", n);
    let mut room = [0_i8; 4000];
    for k in [9, 20, 64, 400] {
        let input = [1_i8; 400];
        let n = counter.instructions(|| { black_box(Ready8::new::<K>(black_box(&input[..k]), &mut room)); });
        hprintln!("ready {} {}", k, n);
        let input = [0_i8; 400];
        let n = counter.instructions(|| { black_box(Ready8::new::<K>(black_box(&input[..k]), &mut room)); });
        hprintln!("ready zero {} {}", k, n);
        let n = counter.instructions(|| { black_box(Ready4::new::<K>(black_box(&input[..k]), &mut room)); });
        hprintln!("ready4 zero {} {}", k, n);
    }
    let ready = Ready8::new::<K>(&[1; 20], &mut room).unwrap();
    let w = networks::Aligned([3_u8; 80]);
    let n = counter.instructions(|| { black_box(K::four_rows_8(&w.0, black_box(&ready))); });
    hprintln!("four_rows 20: {}", n);
    let by = ReluRows::new((&w.0, 80), &networks::Aligned([[0; 4]; 4]).0, &networks::Aligned([[1; 4]; 4]).0).unwrap();
    let mut out = [0_i8; 4];
    let n = counter.instructions(|| { black_box(K::relu_8(&by, black_box(&ready), 1, &mut out)); });
    hprintln!("relu 20: {}", n);
}

#[entry]
fn main() -> ! {
    let peripherals = cortex_m::Peripherals::take().expect("it is the only one");
    let mut counter = Counter::new(peripherals.SYST);
    let counter = &mut counter;
    layers::<Dsp>(counter, &networks::measured_cnn_int8_any::FILE.0);
    layers::<Portable>(counter, &networks::measured_cnn_int8_any::FILE.0);
    layers::<Dsp>(counter, &networks::measured_cnn_int8_binary::FILE.0);
    layers::<Dsp>(counter, &networks::measured_cnn_int4::FILE.0);
    layers::<Dsp>(counter, &networks::measured_dnn::FILE.0);
    exit()
}
