//! Exact transmissions on the device, bit by bit; nothing here can panic.

#![no_std]
#![no_main]

use cortex_m_rt::entry;
use firmware_example::text::print;
use firmware_example::{exit, fail, report};

#[entry]
fn main() -> ! {
    if report::write(&mut print).is_ok() {
        exit()
    }
    print(b"there is no report\n");
    fail()
}
