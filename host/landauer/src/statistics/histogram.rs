//! P(G): how often which conductance occurs, as whole numbers.

use serde::{Deserialize, Serialize};

use crate::failure::{Categorised, Category};

/// P(G) is the share of samples within this much of G (Li, Lu, Zhai 2020, their ΔG), in 2e²/h.
pub const BIN_HALF_WIDTH: f64 = 0.1;

/// Conductances this far below a bin's edge, in bins, are rounding and belong above it:
/// G = 1 of a perfect channel is 1 − 1e-15 as often as 1 + 1e-15.
const ROUNDING: f64 = 1e-9;

/// No strip that fits into a computer has more propagating modes.
const MAX_CONDUCTANCE: f64 = 1e6;

/// How many conductances lie in [0, 0.2), [0.2, 0.4), [0.4, 0.6), …: bins of the paper's width
/// 2ΔG that touch and do not overlap, so that their shares, P(G) at G = 0.1, 0.3, 0.5, …, add up
/// to 1.
///
/// # Example
/// ```
/// use landauer::statistics::ConductanceHistogram;
/// let histogram = ConductanceHistogram::of([0.0, 0.1, 0.3, 1.0])?;
/// assert_eq!(histogram.counts(), [2, 1, 0, 0, 0, 1]);
/// assert_eq!(histogram.shares(), [0.5, 0.25, 0.0, 0.0, 0.0, 0.25]);
/// # Ok::<(), landauer::statistics::ConductanceError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConductanceHistogram {
    counts: Vec<u64>,
}

/// A number that is no conductance: NaN, or beyond a million in size.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{0} is not a conductance in units of 2e²/h")]
pub struct ConductanceError(f64);

impl Categorised for ConductanceError {
    fn category(&self) -> Category {
        Category::Input
    }
}

impl ConductanceHistogram {
    /// The histogram of some conductances, in 2e²/h.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn of(conductances: impl IntoIterator<Item = f64>) -> Result<Self, ConductanceError> {
        let mut histogram = Self::default();
        for conductance in conductances {
            histogram.push(conductance)?;
        }
        Ok(histogram)
    }

    /// P(G) of some conductances, in 2e²/h: the [`shares`](Self::shares) of their histogram.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn shares_of(conductances: &[f64]) -> Result<Vec<f64>, ConductanceError> {
        Ok(Self::of(conductances.iter().copied())?.shares())
    }

    /// Takes in one more conductance, in 2e²/h. Below zero is rounding, or a poor prediction: it counts
    /// as 0.
    ///
    /// # Errors
    /// A number that is not finite, or larger than a million (or smaller than minus a million): there is
    /// a bin for each step up to the largest.
    pub fn push(&mut self, conductance: f64) -> Result<(), ConductanceError> {
        let possible = conductance.abs() <= MAX_CONDUCTANCE;
        if !possible {
            return Err(ConductanceError(conductance));
        }
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and 5 million"
        )]
        let bin = (conductance.max(0.0) / (2.0 * BIN_HALF_WIDTH) + ROUNDING).floor() as usize;
        if bin >= self.counts.len() {
            self.counts.resize(bin + 1, 0);
        }
        self.counts[bin] += 1;
        Ok(())
    }

    /// Takes in all that `other` has.
    pub fn merge(&mut self, other: &Self) {
        if other.counts.len() > self.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
    }

    /// The number of conductances in each bin, up to that of the largest.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// P(G) at the middle of each bin; nothing of nothing.
    #[must_use]
    pub fn shares(&self) -> Vec<f64> {
        let all = self.counts.iter().sum::<u64>() as f64;
        self.counts
            .iter()
            .map(|&count| count as f64 / all)
            .collect()
    }

    /// The middle of bin number `bin`, in 2e²/h: the G of its P(G).
    #[must_use]
    pub fn middle(bin: usize) -> f64 {
        // A whole number over ten is the double nearest to what a reader writes; times a tenth it
        // is not always.
        (2 * bin + 1) as f64 / 10.0
    }

    /// The lower edge of bin number `bin`, in 2e²/h: the upper one of the bin before.
    #[must_use]
    pub fn edge(bin: usize) -> f64 {
        (2 * bin) as f64 / 10.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(conductances: &[f64]) -> ConductanceHistogram {
        ConductanceHistogram::of(conductances.iter().copied()).unwrap()
    }

    #[test]
    fn shares_by_hand() {
        // Bins [0, 0.2), [0.2, 0.4), [0.4, 0.6), …
        let conductances = [0.0, 0.1, 0.19, 0.2, 0.45, 0.59, 0.55, 1.0];
        let found = ConductanceHistogram::shares_of(&conductances).unwrap();
        assert_eq!(found, [0.375, 0.125, 0.375, 0.0, 0.0, 0.125]);
        assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-15);
    }

    #[test]
    fn a_perfect_channel_falls_into_one_bin_whatever_its_rounding() {
        for g in [1.0, 1.0 - 1e-15, 1.0 + 1e-15, 0.6 + 0.4] {
            assert_eq!(of(&[g]).counts(), [0, 0, 0, 0, 0, 1], "{g}");
        }
        assert_eq!(of(&[-1e-16, 0.0]).shares(), [1.0]);
    }

    #[test]
    fn a_bin_holds_what_is_within_a_tenth_of_its_middle() {
        for k in 0..2000 {
            let g = 0.013 + f64::from(k) * 0.02;
            let bin = of(&[g]).counts().len() - 1;
            let distance = (ConductanceHistogram::middle(bin) - g).abs();
            assert!(distance <= BIN_HALF_WIDTH, "{g}: {distance}");
        }
        let (middle, edge) = (
            ConductanceHistogram::middle(1),
            ConductanceHistogram::edge(3),
        );
        assert_eq!((middle, edge), (0.3, 0.6));
    }

    #[test]
    fn merged_histograms_are_those_of_all() {
        let mut merged = of(&[0.7, 0.15]);
        merged.merge(&of(&[0.1, 5.3, 0.2]));
        assert_eq!(merged, of(&[0.1, 5.3, 0.2, 0.7, 0.15]));
        merged.merge(&ConductanceHistogram::default());
        assert_eq!(merged.counts().iter().sum::<u64>(), 5);
        assert!(ConductanceHistogram::default().shares().is_empty());
    }

    #[test]
    fn what_is_no_conductance_is_refused_and_leaves_nothing() {
        let mut histogram = of(&[0.5]);
        for number in [f64::NAN, f64::INFINITY, -f64::INFINITY, 1.1e6, -1e300] {
            histogram.push(number).unwrap_err();
        }
        assert_eq!(histogram, of(&[0.5]));
        histogram.push(MAX_CONDUCTANCE).unwrap();
    }
}
