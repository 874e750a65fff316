//! Mean, variance and standard error of a stream of numbers.

use serde::{Deserialize, Serialize};

use super::Scaled;

/// The mean of the numbers so far and how well it is known (B. P. Welford, Technometrics 4, 419,
/// 1962): nothing is kept, nothing cancels.
///
/// # Example
/// ```
/// use landauer::statistics::MeanAndError;
/// let statistics: MeanAndError = [1.0, 2.0, 3.0, 4.0].into_iter().collect();
/// assert_eq!(statistics.mean(), Some(2.5));
/// let expected = (5.0_f64 / 3.0 / 4.0).sqrt();
/// assert!((statistics.standard_error().unwrap() - expected).abs() < 1e-15);
/// ```
///
/// Numbers may be as small as they like: sums and squares of what is below 2^−256 are kept with a
/// power of two taken out, so that the spread of 1e-200 is not the 0 that its square would round to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeanAndError {
    count: u64,
    mean: f64,
    /// The sum of the squared distances from the mean.
    spread: f64,
    /// `mean` is to be multiplied by 2 to this power, and `spread` by its square: 0, or a negative
    /// multiple of [`STEP`] where all numbers are very small.
    #[serde(default, skip_serializing_if = "is_zero")]
    exponent: i64,
}

/// Scales differ by 2 to this power.
const STEP: i64 = 512;

/// No scale is below 2 to this power: 10⁹ slices and far more.
const SMALLEST: i64 = -(1 << 40);

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's rule")]
const fn is_zero(exponent: &i64) -> bool {
    *exponent == 0
}

/// value·2^exponent.
fn shifted(value: f64, exponent: i64) -> f64 {
    #[allow(clippy::cast_possible_truncation, reason = "clamped")]
    let exponent = exponent.clamp(-5000, 5000) as i32;
    libm::ldexp(value, exponent)
}

/// The scale that suits a number other than zero: it has the size of 2^−256 to 2^256 there.
fn scale(value: f64, exponent: i64) -> i64 {
    let (_, own) = libm::frexp(value);
    let size = exponent.saturating_add(own.into());
    match -STEP / 2 - size {
        below if below > 0 => -STEP * (1 + (below - 1) / STEP),
        _ => 0,
    }
}

/// A number, unless it is not zero and still too small for an `f64` with all its digits.
fn in_range(value: f64, exponent: i64) -> Option<f64> {
    let number = shifted(value, exponent);
    (value == 0.0 || number.abs() >= f64::MIN_POSITIVE).then_some(number)
}

impl MeanAndError {
    /// Takes in one more number.
    pub fn push(&mut self, value: f64) {
        self.push_shifted(value, 0);
    }

    /// Takes in one more number, which may be smaller than any `f64`.
    pub fn push_scaled(&mut self, value: Scaled) {
        if value.is_in_range() {
            return self.push(value.value());
        }
        let (mantissa, exponent) = value.parts();
        self.push_shifted(mantissa, exponent);
    }

    fn push_shifted(&mut self, value: f64, exponent: i64) {
        if value != 0.0 {
            self.make_room(scale(value, exponent));
        }
        let value = shifted(value, exponent - self.exponent);
        self.count += 1;
        let distance = value - self.mean;
        self.mean += distance / self.count as f64;
        self.spread += distance * (value - self.mean);
    }

    /// Goes over to this scale, if numbers in it would be too large in the one at hand.
    fn make_room(&mut self, exponent: i64) {
        let blank = self.mean == 0.0 && self.spread == 0.0;
        if blank || exponent > self.exponent {
            let shift = self.exponent - exponent;
            self.mean = shifted(self.mean, shift);
            self.spread = shifted(self.spread, 2 * shift);
            self.exponent = exponent;
        }
    }

    /// Takes in all numbers that `other` has (T. F. Chan, G. H. Golub, R. J. LeVeque, Am. Stat. 37,
    /// 242, 1983). The same parts in the same order give the same bits; other parts differ by
    /// rounding.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        let mut other = *other;
        if other.mean != 0.0 || other.spread != 0.0 {
            self.make_room(other.exponent);
        }
        other.make_room(self.exponent);
        let (before, more) = (self.count as f64, other.count as f64);
        self.count += other.count;
        let share = more / self.count as f64;
        let distance = other.mean - self.mean;
        self.mean += distance * share;
        self.spread += other.spread + distance * distance * before * share;
    }

    /// How many numbers there were.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Their mean; `None` of nothing, where it is too small for an `f64`, or if one of them was not finite.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        self.number((self.count > 0).then_some(self.mean), 1)
    }

    /// The standard error of the mean; `None` of fewer than two numbers, or where it is too small for
    /// an `f64`.
    #[must_use]
    pub fn standard_error(&self) -> Option<f64> {
        let count = self.count as f64;
        let variance = self.own_variance();
        self.number(variance.map(|variance| (variance / count).sqrt()), 1)
    }

    /// The variance of what the numbers are drawn from, with the divisor N − 1; `None` of fewer
    /// than two numbers, or where it is too small for an `f64`.
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        self.number(self.own_variance(), 2)
    }

    /// √(Σ(x − mean)²/N): the standard deviation of these very numbers, with the divisor N; `None`
    /// of nothing, or where it is too small for an `f64`. Li, Lu and Zhai (2020) call it the variance.
    #[must_use]
    pub fn deviation(&self) -> Option<f64> {
        let deviation = (self.count > 0).then(|| (self.spread / self.count as f64).sqrt());
        self.number(deviation, 1)
    }

    /// Can there be such sums? A file may say anything.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let Self {
            count,
            mean,
            spread,
            exponent,
        } = *self;
        let nothing = mean == 0.0 && spread == 0.0;
        mean.is_finite()
            && spread.is_finite()
            && spread >= 0.0
            && (count > 1 || spread == 0.0)
            && (count > 0 || nothing)
            && (SMALLEST..=0).contains(&exponent)
            && exponent % STEP == 0
    }

    /// The variance in the scale at hand.
    fn own_variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.spread / (self.count as f64 - 1.0))
    }

    /// A number of the scale at hand, or of its square, as it is.
    fn number(&self, value: Option<f64>, power: i64) -> Option<f64> {
        value.and_then(|value| in_range(value, power * self.exponent))
    }
}

impl FromIterator<f64> for MeanAndError {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut statistics = Self::default();
        values.into_iter().for_each(|value| statistics.push(value));
        statistics
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_numbers_have_no_error() {
        let mut statistics = MeanAndError::default();
        assert_eq!(
            (statistics.mean(), statistics.standard_error()),
            (None, None)
        );
        statistics.push(3.0);
        assert_eq!(
            (statistics.mean(), statistics.standard_error()),
            (Some(3.0), None)
        );
        statistics.push(3.0);
        assert_eq!(statistics.standard_error(), Some(0.0));
    }

    #[test]
    fn variance_and_deviation_have_their_divisors() {
        let statistics: MeanAndError = [1.0, 2.0, 3.0, 4.0].into_iter().collect();
        assert_eq!(statistics.variance(), Some(5.0 / 3.0));
        assert_eq!(statistics.deviation(), Some(1.25_f64.sqrt()));
        let one: MeanAndError = [7.0].into_iter().collect();
        assert_eq!((one.variance(), one.deviation()), (None, Some(0.0)));
        assert_eq!(MeanAndError::default().deviation(), None);
    }

    #[test]
    fn merged_parts_are_the_whole_to_rounding_and_the_same_parts_to_the_bit() {
        let value = |k: u32| 40.0 + f64::from(k * k % 97) / 31.0;
        let whole: MeanAndError = (0..1000).map(value).collect();
        let merged = || {
            let mut merged = MeanAndError::default();
            for part in [0..1, 1..400, 400..400, 400..1000] {
                merged.merge(&part.map(value).collect());
            }
            merged
        };
        assert_eq!(merged(), merged());
        assert_eq!(merged().count(), 1000);
        assert!((merged().mean - whole.mean).abs() < 1e-12);
        assert!((merged().spread / whole.spread - 1.0).abs() < 1e-12);
        // The first part is taken as it is.
        let mut first = MeanAndError::default();
        first.merge(&whole);
        assert_eq!(first, whole);
    }

    #[test]
    fn tiny_numbers_have_their_errors_and_never_an_error_of_zero() {
        let numbers = [1.0, 2.0, 3.0, 4.0];
        let ordinary: MeanAndError = numbers.into_iter().collect();
        for exponent in [-300, -600, -900, -1000] {
            let tiny = |x: f64| libm::ldexp(x, exponent);
            let statistics: MeanAndError = numbers.into_iter().map(tiny).collect();
            let expected = |of: Option<f64>| of.map(tiny).filter(|x| *x > 0.0);
            assert_eq!(statistics.mean(), expected(ordinary.mean()), "{exponent}");
            let error = ordinary.standard_error();
            assert_eq!(statistics.standard_error(), expected(error), "{exponent}");
            // The square of 2^-600 is no number, and so no zero either.
            let square = ordinary.variance().map(|x| libm::ldexp(x, 2 * exponent));
            assert_eq!(statistics.variance(), square.filter(|x| *x > 0.0));
        }
        // Beyond any number there is nothing to say, and nothing wrong is said.
        let mut beyond = MeanAndError::default();
        for mantissa in numbers {
            beyond.push_scaled(Scaled::new(mantissa, -5000));
        }
        assert_eq!((beyond.count(), beyond.mean()), (4, None));
        assert_eq!((beyond.standard_error(), beyond.deviation()), (None, None));
    }

    #[test]
    fn the_largest_numbers_decide_the_scale_whatever_the_order() {
        let numbers = [1e-200, 3e-190, 0.0, 2e-90, 5e-180, 1e-300];
        let mut backwards = MeanAndError::default();
        for &number in numbers.iter().rev() {
            backwards.push(number);
        }
        let mut merged = MeanAndError::default();
        for &number in &numbers {
            merged.merge(&[number].into_iter().collect());
        }
        let forwards: MeanAndError = numbers.into_iter().collect();
        for statistics in [forwards, backwards, merged] {
            let mean = statistics.mean().unwrap();
            assert!((mean / (2e-90 / 6.0) - 1.0).abs() < 1e-14);
            let deviation = statistics.deviation().unwrap();
            let expected = 2e-90 * (5.0_f64 / 36.0).sqrt();
            assert!((deviation / expected - 1.0).abs() < 1e-14);
        }
        // An ordinary number makes all of them nothing.
        let mut ordinary = forwards;
        ordinary.push(7.0);
        assert_eq!(ordinary.mean(), Some(1.0));
        let mut merged = forwards;
        merged.merge(&[7.0].into_iter().collect());
        assert_eq!(merged.mean(), Some(1.0));
    }

    #[test]
    fn a_large_offset_does_not_cancel() {
        let statistics: MeanAndError = (0..1000).map(|k| 1e9 + f64::from(k % 2)).collect();
        assert!((statistics.mean().unwrap() - 1e9 - 0.5).abs() < 1e-6);
        let expected = (0.25_f64 * 1000.0 / 999.0 / 1000.0).sqrt();
        assert!((statistics.standard_error().unwrap() / expected - 1.0).abs() < 1e-6);
    }
}
