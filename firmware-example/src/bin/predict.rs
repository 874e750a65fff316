//! The paper's CNN on the device: predictions for a few lattices, and the stack that they took.
//!
//! The measured binary: no loader, no `core::fmt`, nothing that can panic.

#![no_std]
#![no_main]

use cortex_m_rt::entry;
use firmware_example::networks::paper_cnn_g::{
    CODES, FILE, INPUT, OUTPUTS, SCRATCH_LEN, constants, run,
};
use firmware_example::text::{print, print_bits, print_decimal};
use firmware_example::{exit, fail, lattices, stack};
use landauer_core::inference::kernels::Native;

#[entry]
fn main() -> ! {
    // All the RAM there is beside the stack; the encoder's bytes lie in it.
    static mut SCRATCH: [i8; SCRATCH_LEN] = [0; SCRATCH_LEN];
    let painted = stack::paint();
    for number in 0..lattices::LATTICES {
        let Some((count, outputs)) = predict(number, SCRATCH) else {
            print(b"the scratch is too short\n");
            fail();
        };
        print(b"lattice ");
        print_decimal(number);
        print(b" impurities ");
        print_decimal(count);
        for output in outputs {
            print(b" G*65536 ");
            print_bits(output.cast_unsigned());
        }
        print(b"\n");
    }
    print(b"stack ");
    print_decimal(painted.used());
    print(b"\n");
    exit()
}

/// Encodes a lattice and predicts its conductance in units of G0/65536.
fn predict(number: u32, scratch: &mut [i8; SCRATCH_LEN]) -> Option<(u32, [i32; OUTPUTS])> {
    let mut count = 0;
    let sites = scratch.get_mut(INPUT)?;
    for (site, impurity) in sites.iter_mut().zip(lattices::impurities(number)) {
        *site = *CODES.get(usize::from(impurity))?;
        count += u32::from(impurity);
    }
    let mut outputs = [0; OUTPUTS];
    run::<Native>(constants(&FILE.0), count, scratch, &mut outputs)?;
    Some((count, outputs))
}
