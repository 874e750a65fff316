//! Transmissions that were recomputed by a fallback solver, counted.

use serde::{Deserialize, Serialize};

use crate::solve::Fallbacks;

/// How many transmissions of any number of samples were recomputed by a fallback solver.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FallbackTotals {
    /// Solved in `f64` where `f32` was asked for. Units written before 0.1 call it `doubled`.
    #[serde(alias = "doubled")]
    pub promoted: u64,
    /// Solved for a mirror image of the strip.
    pub mirrored: u64,
    /// Solved by the scattering recursion.
    pub recursion: u64,
    /// Solved by Gaussian elimination with pivoting.
    pub elimination: u64,
}

impl FallbackTotals {
    /// All of them.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.promoted + self.mirrored + self.recursion + self.elimination
    }

    /// Counts those of one more sample.
    pub(crate) fn push(&mut self, fallbacks: Fallbacks) {
        self.promoted += u64::from(fallbacks.promoted);
        self.mirrored += u64::from(fallbacks.mirrored);
        self.recursion += u64::from(fallbacks.recursion);
        self.elimination += u64::from(fallbacks.elimination);
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: Self) {
        self.promoted += other.promoted;
        self.mirrored += other.mirrored;
        self.recursion += other.recursion;
        self.elimination += other.elimination;
    }
}

impl From<Fallbacks> for FallbackTotals {
    fn from(fallbacks: Fallbacks) -> Self {
        let mut totals = Self::default();
        totals.push(fallbacks);
        totals
    }
}

impl FromIterator<Fallbacks> for FallbackTotals {
    fn from_iter<I: IntoIterator<Item = Fallbacks>>(samples: I) -> Self {
        let mut totals = Self::default();
        for fallbacks in samples {
            totals.push(fallbacks);
        }
        totals
    }
}
