//! What the firmware binaries share: the networks, how they print, how they end. No algorithm is
//! here: those are `landauer-core`'s.

#![no_std]

use core::panic::PanicInfo;

use cortex_m_semihosting::{debug, hprintln};

pub mod board;
pub mod counter;
pub mod lattices;
pub mod model;
pub mod networks;
pub mod numbers;
pub mod report;
pub mod stack;
pub mod text;

/// Ends the program with success.
pub fn exit() -> ! {
    debug::exit(debug::EXIT_SUCCESS);
    loop {
        cortex_m::asm::wfi();
    }
}

/// Ends the program with failure.
pub fn fail() -> ! {
    debug::exit(debug::EXIT_FAILURE);
    loop {
        cortex_m::asm::wfi();
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    hprintln!("{}", info);
    fail()
}
