//! Mean and standard error of a stream of numbers.

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
#[derive(Debug, Clone, Copy, Default, PartialEq)]
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
        (self.count > 1).then(|| (self.spread / (count - 1.0) / count).sqrt())
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
    fn a_large_offset_does_not_cancel() {
        let statistics: MeanAndError = (0..1000).map(|k| 1e9 + f64::from(k % 2)).collect();
        assert!((statistics.mean().unwrap() - 1e9 - 0.5).abs() < 1e-6);
        let expected = (0.25_f64 * 1000.0 / 999.0 / 1000.0).sqrt();
        assert!((statistics.standard_error().unwrap() / expected - 1.0).abs() < 1e-6);
    }
}
