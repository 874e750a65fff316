//! Every shipped model predicts its golden samples on the device, to all bits.

#![no_std]
#![no_main]

use cortex_m_rt::entry;
use cortex_m_semihosting::hprintln;
use firmware_example::networks::SHIPPED;
use firmware_example::{exit, fail};
use landauer_core::inference::{Model, ModelError};

/// Sites of the largest strip, and bytes of the largest scratch.
const SITES: usize = 1600;
const SCRATCH: usize = 40_000;

#[entry]
fn main() -> ! {
    static mut ONSITE: [f32; SITES] = [0.0; SITES];
    static mut SCRATCH_BYTES: [i8; SCRATCH] = [0; SCRATCH];
    for (name, file) in SHIPPED {
        match test(&file.0, ONSITE, SCRATCH_BYTES) {
            Ok(samples) => hprintln!("{}: {} golden samples agree", name, samples),
            Err(error) => {
                hprintln!("{}: {}", name, error);
                fail();
            }
        }
    }
    exit()
}

/// How many samples agree.
fn test(file: &[u8], onsite: &mut [f32], scratch: &mut [i8]) -> Result<usize, ModelError> {
    let model = Model::parse(file)?;
    model.self_test(onsite, scratch)?;
    Ok(model.card().golden.len())
}
