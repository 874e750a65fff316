//! Complex numbers in one 32-bit word: the real part in the lower, the imaginary part in the upper
//! 16 bits. A word is what one load fetches and what the dual multiply-adds of a Cortex-M4 take.

#[cfg(landauer_dsp)]
pub(super) use super::super::dsp::{
    multiply_add, multiply_add_long, saturating_add, upper_complex_product,
};
#[cfg(not(landauer_dsp))]
use super::sine::upper_product;

/// The word (re, im); what does not fit into 16 bits is cut off.
#[inline]
#[must_use]
pub(super) const fn pack(re: i32, im: i32) -> i32 {
    (re & 0xffff) | (im << 16)
}

/// The real part.
#[inline]
#[must_use]
#[allow(clippy::cast_possible_truncation, reason = "the lower half is meant")]
pub(super) const fn re(word: i32) -> i32 {
    word as i16 as i32
}

/// The imaginary part.
#[inline]
#[must_use]
pub(super) const fn im(word: i32) -> i32 {
    word >> 16
}

/// `sum` + a·b, complex, modulo 2^32.
#[cfg(not(landauer_dsp))]
#[inline]
#[must_use]
pub(super) const fn multiply_add(a: i32, b: i32, sum: [i32; 2]) -> [i32; 2] {
    let real = (re(a) * re(b)).wrapping_sub(im(a) * im(b));
    let imaginary = (re(a) * im(b)).wrapping_add(im(a) * re(b));
    [sum[0].wrapping_add(real), sum[1].wrapping_add(imaginary)]
}

/// [`multiply_add`] for long sums.
#[cfg(not(landauer_dsp))]
#[inline]
#[must_use]
pub(super) fn multiply_add_long(a: i32, b: i32, sum: [i64; 2]) -> [i64; 2] {
    let real = i64::from(re(a) * re(b)) - i64::from(im(a) * im(b));
    let imaginary = i64::from(re(a) * im(b)) + i64::from(im(a) * re(b));
    [sum[0].wrapping_add(real), sum[1].wrapping_add(imaginary)]
}

/// (`real` + i·`imaginary`)·word/2^16, each of the four products rounded down.
#[cfg(not(landauer_dsp))]
#[inline]
#[must_use]
pub(super) fn upper_complex_product(real: i32, imaginary: i32, word: i32) -> [i32; 2] {
    let (re, im) = (word << 16, word & !0xffff);
    [
        upper_product(real, re).wrapping_sub(upper_product(imaginary, im)),
        upper_product(real, im).wrapping_add(upper_product(imaginary, re)),
    ]
}

/// |a|², at most 2^31 - 1.
#[inline]
#[must_use]
pub(super) const fn squared_modulus(a: i32) -> i32 {
    (re(a) * re(a)).saturating_add(im(a) * im(a))
}

/// a + b, saturated in each half.
#[cfg(not(landauer_dsp))]
#[inline]
#[must_use]
pub(super) fn saturating_add(a: i32, b: i32) -> i32 {
    let half = |sum: i32| sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX));
    pack(half(re(a) + re(b)), half(im(a) + im(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_hold_two_signed_halves() {
        let word = pack(-3, 5);
        assert_eq!((re(word), im(word)), (-3, 5));
        assert_eq!(
            pack(32_767, -32_768),
            i32::from_ne_bytes((0x8000_7fff_u32).to_ne_bytes())
        );
    }

    #[test]
    fn products_are_complex() {
        // (2 − 3i)(−4 + 5i) = 7 + 22i.
        assert_eq!(multiply_add(pack(2, -3), pack(-4, 5), [100, -1]), [107, 21]);
    }

    #[test]
    fn sums_saturate_each_half_for_itself() {
        let sum = saturating_add(pack(32_000, -32_000), pack(1_000, -1_000));
        assert_eq!((re(sum), im(sum)), (32_767, -32_768));
        let sum = saturating_add(pack(-1, 7), pack(-1, -8));
        assert_eq!((re(sum), im(sum)), (-2, -1));
    }
}
