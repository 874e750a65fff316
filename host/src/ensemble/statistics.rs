//! Mean, variance and standard error of a stream of numbers; the median of some; rounding.

use serde::{Deserialize, Serialize};

/// The mean of the numbers so far and how well it is known (B. P. Welford, Technometrics 4, 419,
/// 1962): nothing is kept, nothing cancels.
///
/// # Example
/// ```
/// use landauer::ensemble::MeanAndError;
/// let statistics: MeanAndError = [1.0, 2.0, 3.0, 4.0].into_iter().collect();
/// assert_eq!(statistics.mean(), Some(2.5));
/// let expected = (5.0_f64 / 3.0 / 4.0).sqrt();
/// assert!((statistics.standard_error().unwrap() - expected).abs() < 1e-15);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeanAndError {
    count: u64,
    mean: f64,
    /// The sum of the squared distances from the mean.
    spread: f64,
}

impl MeanAndError {
    /// Takes in one more number.
    pub fn push(&mut self, value: f64) {
        self.count += 1;
        let distance = value - self.mean;
        self.mean += distance / self.count as f64;
        self.spread += distance * (value - self.mean);
    }

    /// Takes in all numbers that `other` has (T. F. Chan, G. H. Golub, R. J. LeVeque, Am. Stat. 37,
    /// 242, 1983). The same parts in the same order give the same bits; other parts differ by
    /// rounding.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
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

    /// Their mean; `None` of nothing.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }

    /// The standard error of the mean; `None` of fewer than two numbers.
    #[must_use]
    pub fn standard_error(&self) -> Option<f64> {
        let count = self.count as f64;
        self.variance().map(|variance| (variance / count).sqrt())
    }

    /// The variance of what the numbers are drawn from, with the divisor N − 1; `None` of fewer
    /// than two numbers.
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.spread / (self.count as f64 - 1.0))
    }

    /// √(Σ(x − mean)²/N): the standard deviation of these very numbers, with the divisor N; `None`
    /// of nothing. Li, Lu and Zhai (2020) call it the variance.
    #[must_use]
    pub fn deviation(&self) -> Option<f64> {
        (self.count > 0).then(|| (self.spread / self.count as f64).sqrt())
    }
}

impl FromIterator<f64> for MeanAndError {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut statistics = Self::default();
        values.into_iter().for_each(|value| statistics.push(value));
        statistics
    }
}

/// The nearest number that has so many significant decimal digits, one or more.
pub(crate) fn significant(value: f64, digits: usize) -> f64 {
    let decimals = digits.saturating_sub(1);
    format!("{value:.decimals$e}").parse().unwrap_or(value)
}

/// The middle value; of an even number of values, half-way between the middle two; `None` of none.
/// The order of `values` is lost.
pub(crate) fn median(values: &mut [f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let (upper, even) = (values.len() / 2, values.len().is_multiple_of(2));
    let (below, &mut middle, _) = values.select_nth_unstable_by(upper, f64::total_cmp);
    if even {
        let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        return Some(f64::midpoint(lower, middle));
    }
    Some(middle)
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
    fn a_large_offset_does_not_cancel() {
        let statistics: MeanAndError = (0..1000).map(|k| 1e9 + f64::from(k % 2)).collect();
        assert!((statistics.mean().unwrap() - 1e9 - 0.5).abs() < 1e-6);
        let expected = (0.25_f64 * 1000.0 / 999.0 / 1000.0).sqrt();
        assert!((statistics.standard_error().unwrap() / expected - 1.0).abs() < 1e-6);
    }
}
