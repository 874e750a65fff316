//! Numbers as text without `core::fmt`, which would be most of a small binary and links panics. A
//! sink takes the bytes.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "each number has been cut to size before, and a checked cast would link what panics"
)]

/// A million: decimals are written six at a time.
const MILLION: u64 = 1_000_000;

/// A number in decimal.
#[inline(never)]
pub fn decimal(out: &mut impl FnMut(&[u8]), number: u32) {
    digits(out, number, 1);
}

/// A number in decimal, with a minimum number of digits.
fn digits(out: &mut impl FnMut(&[u8]), mut number: u32, least: usize) {
    let mut digits = [b'0'; 10];
    let mut first = digits.len().saturating_sub(least);
    for (place, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        if *digit != b'0' {
            first = first.min(place);
        }
    }
    out(digits.get(first..).unwrap_or(&[]));
}

/// A number that is not negative and below a thousand, with six decimals or twelve.
pub fn fixed(out: &mut impl FnMut(&[u8]), number: f64, twelve: bool) {
    let units = number * if twelve { 1e12 } else { 1e6 } + 0.5;
    // Below 2⁵³ a cast truncates exactly. A NaN is not there either.
    if !(0.0..1e15).contains(&units) {
        return out(b"out of range");
    }
    let units = units as u64;
    let (millions, last) = (units / MILLION, (units % MILLION) as u32);
    if twelve {
        decimal(out, (millions / MILLION) as u32);
        out(b".");
        digits(out, (millions % MILLION) as u32, 6);
    } else {
        decimal(out, millions as u32);
        out(b".");
    }
    digits(out, last, 6);
}

/// The 32 bits of a number in hexadecimal.
#[inline(never)]
pub fn bits32(out: &mut impl FnMut(&[u8]), mut number: u32) {
    let mut digits = [0; 8];
    for digit in &mut digits {
        number = number.rotate_left(4);
        let four_bits = number as u8 & 15;
        *digit = four_bits + if four_bits < 10 { b'0' } else { b'a' - 10 };
    }
    out(&digits);
}

/// The 64 bits of a number in hexadecimal.
pub fn bits64(out: &mut impl FnMut(&[u8]), number: u64) {
    bits32(out, (number >> 32) as u32);
    bits32(out, number as u32);
}
