//! Positive numbers beyond the range of `f64`.

/// m·2^e, 1/2 ≤ m < 1, or zero: a transmission that may be smaller than the smallest `f64`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scaled {
    mantissa: f64,
    exponent: i64,
}

impl Scaled {
    /// Nothing.
    pub const ZERO: Self = Self {
        mantissa: 0.0,
        exponent: 0,
    };

    /// `mantissa`·2^`exponent`; zero if the mantissa is zero or negative (rounding). NaN stays NaN.
    #[must_use]
    pub fn new(mantissa: f64, exponent: i64) -> Self {
        if mantissa <= 0.0 {
            return Self::ZERO;
        }
        let (mantissa, more) = libm::frexp(mantissa);
        Self {
            mantissa,
            exponent: exponent.saturating_add(i64::from(more)),
        }
    }

    /// The nearest `f64`: subnormal or zero where the number is below the range.
    #[must_use]
    pub fn value(self) -> f64 {
        #[allow(clippy::cast_possible_truncation, reason = "clamped")]
        let exponent = self.exponent.clamp(-2000, 2000) as i32;
        libm::ldexp(self.mantissa, exponent)
    }

    /// Does [`value`](Self::value) have all its digits?
    #[must_use]
    pub fn is_in_range(self) -> bool {
        self.mantissa == 0.0 || self.value() >= f64::MIN_POSITIVE
    }

    /// The natural logarithm, −∞ of zero. libm's, and not the platform's: the same bits everywhere.
    #[must_use]
    pub fn ln(self) -> f64 {
        if self.is_in_range() {
            return libm::log(self.value());
        }
        libm::log(self.mantissa) + self.exponent as f64 * std::f64::consts::LN_2
    }

    /// The number as (m, e), m·2^e.
    pub(crate) const fn parts(self) -> (f64, i64) {
        (self.mantissa, self.exponent)
    }

    /// The mean of some of them, zero of none.
    #[must_use]
    pub fn mean(values: &[Self]) -> Self {
        if let Some(&nan) = values.iter().find(|value| value.mantissa.is_nan()) {
            return nan;
        }
        let exponents = values.iter().filter(|value| value.mantissa > 0.0);
        let Some(exponent) = exponents.map(|value| value.exponent).max() else {
            return Self::ZERO;
        };
        let aligned = values.iter().map(|value| {
            let relative = Self {
                exponent: value.exponent.saturating_sub(exponent),
                ..*value
            };
            relative.value()
        });
        Self::new(aligned.sum::<f64>() / values.len() as f64, exponent)
    }

    /// |a − b| / max(a, b); 0 of two zeros.
    #[must_use]
    pub fn relative_difference(self, other: Self) -> f64 {
        let (larger, smaller) = if self >= other {
            (self, other)
        } else {
            (other, self)
        };
        if larger.mantissa == 0.0 {
            return 0.0;
        }
        let ratio = Self::new(
            smaller.mantissa / larger.mantissa,
            smaller.exponent - larger.exponent,
        );
        1.0 - ratio.value()
    }
}

impl PartialOrd for Scaled {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        if self.mantissa == 0.0 || other.mantissa == 0.0 || self.exponent == other.exponent {
            return self.mantissa.partial_cmp(&other.mantissa);
        }
        self.exponent.partial_cmp(&other.exponent)
    }
}

impl From<f64> for Scaled {
    fn from(value: f64) -> Self {
        Self::new(value, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_range_are_themselves() {
        for value in [0.0, 1.0, 40.0, 3.7e-20, f64::MIN_POSITIVE, 1e300] {
            let scaled = Scaled::from(value);
            assert_eq!(scaled.value(), value);
            assert_eq!(scaled.ln(), libm::log(value));
            assert!(scaled.is_in_range());
        }
        assert_eq!(Scaled::new(3.0, 4), Scaled::from(48.0));
        assert_eq!(Scaled::from(-1e-300), Scaled::ZERO);
    }

    #[test]
    fn beyond_the_range_the_logarithm_is_left() {
        let tiny = Scaled::new(1.5, -1_000_000);
        assert_eq!(tiny.value(), 0.0);
        assert!(!tiny.is_in_range());
        let expected = 1.5_f64.ln() - 1e6 * 2.0_f64.ln();
        assert!((tiny.ln() / expected - 1.0).abs() < 1e-15);
        assert!(!Scaled::from(5e-324).is_in_range());
        let near = Scaled::new(1.500_000_1, -1_000_000);
        let difference = tiny.relative_difference(near);
        assert!((difference / (1e-7 / 1.5) - 1.0).abs() < 1e-6);
        assert_eq!(near.relative_difference(tiny), difference);
        assert_eq!(tiny.relative_difference(Scaled::ZERO), 1.0);
        assert_eq!(Scaled::ZERO.relative_difference(Scaled::ZERO), 0.0);
    }

    #[test]
    fn they_are_ordered() {
        let ascending = [
            Scaled::ZERO,
            Scaled::new(1.9, -5000),
            Scaled::new(1.1, -4999),
            Scaled::new(1.2, -4999),
            Scaled::from(1e-30),
            Scaled::from(3.0),
        ];
        assert!(ascending.is_sorted());
        assert!(ascending[0] < ascending[1] && ascending[5] > ascending[4]);
    }

    #[test]
    fn means_are_right_in_and_out_of_range() {
        assert_eq!(Scaled::mean(&[]), Scaled::ZERO);
        assert_eq!(Scaled::mean(&[Scaled::ZERO; 3]), Scaled::ZERO);
        let some = [3.0, 0.0, 0.5, 1e-40].map(Scaled::from);
        assert_eq!(Scaled::mean(&some).value(), 0.875);
        let tiny = [Scaled::new(3.0, -5000), Scaled::new(1.0, -5001)];
        assert_eq!(Scaled::mean(&tiny), Scaled::new(1.75, -5000));
        let nan = Scaled::mean(&[Scaled::from(1.0), Scaled::from(f64::NAN)]);
        assert!(nan.value().is_nan());
        assert_eq!(
            Scaled::new(3.0, i64::MAX).ln(),
            Scaled::new(1.5, i64::MAX).ln()
        );
    }
}
