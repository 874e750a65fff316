//! The paper's CNN with dense weights of 4 bits, one prediction: to measure how much flash it takes.

#![no_std]
#![no_main]

use cortex_m_rt::entry;
use firmware_example::networks::measured_cnn_int4::{FILE, OUTPUTS, SCRATCH_LEN, constants, run};
use firmware_example::text::{print, print_bits};
use firmware_example::{exit, fail};
use landauer_core::inference::kernels::Native;

#[entry]
fn main() -> ! {
    static mut SCRATCH: [i8; SCRATCH_LEN] = [0; SCRATCH_LEN];
    let mut outputs = [0; OUTPUTS];
    if run::<Native>(constants(&FILE.0), 0, SCRATCH, &mut outputs).is_none() {
        fail();
    }
    for output in outputs {
        print_bits(output.cast_unsigned());
    }
    print(b"\n");
    exit()
}
