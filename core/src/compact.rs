//! Numbers as people read them.

/// A number as text: the fewest digits that give the same number back, with an exponent where it
/// would otherwise take many zeros.
///
/// Every message and table that shows a number of any size formats it this way: 1e300 is no row of
/// 301 digits.
///
/// # Example
/// ```
/// use landauer_core::Compact;
/// assert_eq!(Compact(-0.18).to_string(), "-0.18");
/// assert_eq!(Compact(5.0).to_string(), "5");
/// assert_eq!(Compact(1e300).to_string(), "1e300");
/// assert_eq!(Compact(4.15e-46).to_string(), "4.15e-46");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compact(pub f64);

/// Numbers from here on have an exponent: every whole number below is exact.
const LARGE: f64 = 1e16;

/// Numbers below have an exponent.
const SMALL: f64 = 1e-5;

impl core::fmt::Display for Compact {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self(value) = *self;
        let size = value.abs();
        if value == 0.0 || !value.is_finite() || (SMALL..LARGE).contains(&size) {
            core::fmt::Display::fmt(&value, f)
        } else {
            core::fmt::LowerExp::fmt(&value, f)
        }
    }
}

#[cfg(test)]
mod tests {
    use core::fmt::Write as _;

    use super::*;

    #[test]
    fn no_number_is_long_and_every_one_comes_back() {
        for value in [
            0.0,
            -0.0,
            1.0,
            -2.5,
            0.1 + 0.2,
            1e-5,
            9.999e-6,
            1e15,
            1e16,
            -1.234_567_890_123_456_7e16,
            f64::MAX,
            f64::MIN_POSITIVE,
            5e-324,
        ] {
            let mut text: heapless::String<24> = heapless::String::new();
            write!(text, "{}", Compact(value)).unwrap();
            assert_eq!(text.parse(), Ok(value), "{text}");
        }
        let mut text: heapless::String<16> = heapless::String::new();
        write!(text, "{} {}", Compact(f64::NAN), Compact(-f64::INFINITY)).unwrap();
        assert_eq!(text, "NaN -inf");
    }
}
