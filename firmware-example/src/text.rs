//! Printing without `core::fmt`, which would be most of a small binary and could panic.

use cortex_m_semihosting::hio;

use crate::numbers;

/// Prints text; without a debugger that listens it is discarded.
#[inline(never)]
pub fn print(text: &[u8]) {
    if let Ok(mut out) = hio::hstdout() {
        let _ = out.write_all(text);
    }
}

/// Prints a number in decimal.
pub fn print_decimal(number: u32) {
    numbers::decimal(&mut print, number);
}

/// Prints a number as eight hexadecimal digits.
pub fn print_bits(number: u32) {
    numbers::bits32(&mut print, number);
}
