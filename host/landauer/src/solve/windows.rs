//! P(G): how often which conductance occurs, as whole numbers.

use serde::{Deserialize, Serialize};

/// P(G) is the share of samples within this much of G (Li, Lu, Zhai 2020, their ΔG), in 2e²/h.
pub const HALF_WINDOW: f64 = 0.1;

/// Conductances this far below a window's edge, in windows, are rounding and belong above it:
/// G = 1 of a perfect channel is 1 − 1e-15 as often as 1 + 1e-15.
const ROUNDING: f64 = 1e-9;

/// How many conductances lie in [0, 0.2), [0.2, 0.4), [0.4, 0.6), …: windows of the paper's width
/// 2ΔG that touch and do not overlap, so that their shares, P(G) at G = 0.1, 0.3, 0.5, …, add up
/// to 1.
///
/// # Example
/// ```
/// use crate::solve::Windows;
/// let windows: Windows = [0.0, 0.1, 0.3, 1.0].into_iter().collect();
/// assert_eq!(windows.counts(), [2, 1, 0, 0, 0, 1]);
/// assert_eq!(windows.shares(), [0.5, 0.25, 0.0, 0.0, 0.0, 0.25]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Windows {
    counts: Vec<u64>,
}

impl Windows {
    /// Takes in one more conductance, which must be finite and of a magnitude that physics has:
    /// there is a window for each step up to the largest.
    pub fn push(&mut self, conductance: f64) {
        // Below zero is rounding.
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a conductance is at most the number of modes"
        )]
        let window = (conductance.max(0.0) / (2.0 * HALF_WINDOW) + ROUNDING).floor() as usize;
        if window >= self.counts.len() {
            self.counts.resize(window + 1, 0);
        }
        self.counts[window] += 1;
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

    /// The number of conductances in each window, up to that of the largest.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// P(G) at the middle of each window; nothing of nothing.
    #[must_use]
    pub fn shares(&self) -> Vec<f64> {
        let all = self.counts.iter().sum::<u64>() as f64;
        self.counts
            .iter()
            .map(|&count| count as f64 / all)
            .collect()
    }

    /// The middle of window number `window`: the G of its P(G).
    #[must_use]
    pub fn middle(window: usize) -> f64 {
        // A whole number over ten is the double nearest to what a reader writes; times a tenth it
        // is not always.
        (2 * window + 1) as f64 / 10.0
    }

    /// The lower edge of window number `window`, the upper one of the window before.
    #[must_use]
    pub fn edge(window: usize) -> f64 {
        (2 * window) as f64 / 10.0
    }
}

impl FromIterator<f64> for Windows {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut windows = Self::default();
        values.into_iter().for_each(|value| windows.push(value));
        windows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_channel_falls_into_one_window_whatever_its_rounding() {
        for g in [1.0, 1.0 - 1e-15, 1.0 + 1e-15, 0.6 + 0.4] {
            let windows: Windows = [g].into_iter().collect();
            assert_eq!(windows.counts(), [0, 0, 0, 0, 0, 1], "{g}");
        }
        let windows: Windows = [-1e-16, 0.0].into_iter().collect();
        assert_eq!(windows.shares(), [1.0]);
    }

    #[test]
    fn a_window_holds_what_is_within_a_tenth_of_its_middle() {
        for k in 0..2000 {
            let g = 0.013 + f64::from(k) * 0.02;
            let windows: Windows = [g].into_iter().collect();
            let window = windows.counts().len() - 1;
            let distance = (Windows::middle(window) - g).abs();
            assert!(distance <= HALF_WINDOW, "{g}: {distance}");
        }
        assert_eq!((Windows::middle(1), Windows::edge(3)), (0.3, 0.6));
    }

    #[test]
    fn merged_windows_are_those_of_all() {
        let (a, b) = ([0.1, 5.3, 0.2], [0.7, 0.15]);
        let mut merged: Windows = b.into_iter().collect();
        merged.merge(&a.into_iter().collect());
        assert_eq!(merged, a.into_iter().chain(b).collect());
        merged.merge(&Windows::default());
        assert_eq!(merged.counts().iter().sum::<u64>(), 5);
        assert!(Windows::default().shares().is_empty());
    }
}
