//! What predictions cost, in instructions of QEMU's Cortex-M: run with `-icount shift=0`.

#![no_std]
#![no_main]

use core::hint::black_box;

use cortex_m_rt::entry;
use cortex_m_semihosting::hprintln;
use firmware_example::counter::Counter;
use firmware_example::{exit, lattices, networks};
use landauer_core::inference::kernels::{Native, Portable};

/// Instructions of one prediction from the encoder's integers, whatever they are.
macro_rules! instructions {
    ($counter:expr, $module:ident, $kernels:ty) => {{
        use networks::$module::{FILE, OUTPUTS, SCRATCH_LEN, constants, run};
        let mut scratch = [0_i8; SCRATCH_LEN];
        let mut outputs = [0; OUTPUTS];
        $counter.instructions(|| {
            // The input is overwritten by what follows it, which is as good an input as any.
            let constants = black_box(constants(&FILE.0));
            let done = run::<$kernels>(constants, 160, &mut scratch, &mut outputs);
            assert!(black_box(done).is_some());
        })
    }};
}

#[entry]
fn main() -> ! {
    let peripherals = cortex_m::Peripherals::take().expect("it is the only one");
    let mut counter = Counter::new(peripherals.SYST);
    let counter = &mut counter;
    let binary = instructions!(counter, measured_cnn_int8_binary, Native);
    hprintln!("cnn_int8_binary_instructions: {}", binary);
    let any = instructions!(counter, measured_cnn_int8_any, Native);
    hprintln!("cnn_int8_any_instructions: {}", any);
    let int4 = instructions!(counter, measured_cnn_int4, Native);
    hprintln!("cnn_int4_instructions: {}", int4);
    let portable = instructions!(counter, measured_cnn_int8_any, Portable);
    hprintln!("cnn_portable_instructions: {}", portable);
    let portable = instructions!(counter, measured_cnn_int8_binary, Portable);
    hprintln!("cnn_portable_binary_instructions: {}", portable);
    let dnn = instructions!(counter, measured_dnn, Native);
    hprintln!("dnn_9_20_20_20_1_instructions: {}", dnn);
    shipped(counter);
    exit()
}

/// The shipped network, where most activations are zero: the mean and the most of some lattices.
fn shipped(counter: &mut Counter) {
    use networks::paper_cnn_g::{CODES, FILE, INPUT, OUTPUTS, SCRATCH_LEN, constants, run};
    let mut scratch = [0_i8; SCRATCH_LEN];
    let (mut sum, mut most) = (0, 0);
    for number in 0..lattices::LATTICES {
        let mut sites = [0_i8; 1600];
        let mut count = 0;
        for (site, impurity) in sites.iter_mut().zip(lattices::impurities(number)) {
            *site = CODES[usize::from(impurity)];
            count += u32::from(impurity);
        }
        let mut outputs = [0; OUTPUTS];
        let instructions = counter.instructions(|| {
            scratch[INPUT].copy_from_slice(&sites);
            let constants = black_box(constants(&FILE.0));
            let done = run::<Native>(constants, count, &mut scratch, &mut outputs);
            assert!(black_box(done).is_some());
        });
        sum += instructions;
        most = most.max(instructions);
    }
    hprintln!(
        "cnn_shipped_mean_instructions: {}",
        sum / lattices::LATTICES
    );
    hprintln!("cnn_shipped_most_instructions: {}", most);
}
