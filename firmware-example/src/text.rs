//! Printing without `core::fmt`, which would be most of a small binary and could panic.

use cortex_m_semihosting::hio;

/// Prints text; where nobody listens nothing is lost.
#[inline(never)]
pub fn print(text: &[u8]) {
    if let Ok(mut out) = hio::hstdout() {
        let _ = out.write_all(text);
    }
}

/// Prints a number in decimal.
#[inline(never)]
pub fn print_decimal(mut number: u32) {
    let mut digits = [b'0'; 10];
    let mut first = digits.len() - 1;
    for (place, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        if *digit != b'0' {
            first = place;
        }
    }
    print(digits.get(first..).unwrap_or(&[]));
}

/// Prints a number as eight hexadecimal digits.
#[inline(never)]
pub fn print_bits(mut number: u32) {
    let mut digits = [0; 8];
    for digit in &mut digits {
        number = number.rotate_left(4);
        let four_bits = number as u8 & 15;
        *digit = four_bits + if four_bits < 10 { b'0' } else { b'a' - 10 };
    }
    print(&digits);
}
