//! Exact transmissions on the device, bit by bit.

#![no_std]
#![no_main]

use cortex_m_rt::entry;
use cortex_m_semihosting::hio;

#[entry]
fn main() -> ! {
    let mut out = hio::hstdout().expect("QEMU listens");
    firmware_example::report::write(&mut out).expect("the strips have solutions");
    firmware_example::exit()
}
