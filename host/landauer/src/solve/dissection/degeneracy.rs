//! How singular a clean rectangle is.

use std::f64::consts::PI;

/// Energies closer than this (in t) to an eigenvalue of a clean rectangle make it singular enough
/// to lose digits.
pub(super) const TOO_CLOSE: f64 = 1e-2;

/// Counts the eigenvalues of clean rectangles near one energy.
///
/// E − H of a clean m×n rectangle has the eigenvalues E + 2cos(πi/(m+1)) + 2cos(πj/(n+1)). At
/// E = 0, gcd(m+1, n+1) − 1 of them vanish.
pub(super) struct Degeneracy {
    energy: f64,
    /// The longest sides.
    longest: [usize; 2],
    /// By length and width, if it has been counted.
    known: Vec<Option<u32>>,
}

impl Degeneracy {
    /// Of rectangles up to this length and width.
    pub(super) fn new(energy: f64, length: usize, width: usize) -> Self {
        Self {
            energy,
            longest: [length, width],
            known: vec![None; (length + 1) * (width + 1)],
        }
    }

    /// How many eigenvalues of the clean rectangle are (nearly) the energy.
    pub(super) fn of(&mut self, length: usize, width: usize) -> usize {
        let columns = self.longest[1] + 1;
        let at = |length: usize, width: usize| length * columns + width;
        if let Some(count) = self.known[at(length, width)] {
            return count as usize;
        }
        let (short, long) = (length.min(width), length.max(width));
        let count = count(self.energy, TOO_CLOSE, short, long);
        let known = u32::try_from(count).unwrap_or(u32::MAX);
        self.known[at(length, width)] = Some(known);
        // The same rectangle, turned.
        if width <= self.longest[0] && length <= self.longest[1] {
            self.known[at(width, length)] = Some(known);
        }
        count
    }
}

/// Walks along the short side; along the long one the eigenvalues ascend, so that those in reach
/// follow from two angles.
fn count(energy: f64, distance: f64, short: usize, long: usize) -> usize {
    let step = PI / (long + 1) as f64;
    (1..=short)
        .map(|i| {
            let half = -0.5 * energy - libm::cos(PI * i as f64 / (short + 1) as f64);
            // |2cos(θ) − 2·half| < distance: θ between two angles.
            let (low, high) = (half + 0.5 * distance, half - 0.5 * distance);
            if low <= -1.0 || high >= 1.0 {
                return 0;
            }
            let first = libm::acos(low.min(1.0)) / step;
            let last = libm::acos(high.max(-1.0)) / step;
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "angles between 0 and pi, in steps"
            )]
            let (first, last) = (first.ceil().max(1.0) as usize, last.floor() as usize);
            (last.min(long) + 1).saturating_sub(first)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_the_band_centre_it_is_a_greatest_common_divisor() {
        fn gcd(a: usize, b: usize) -> usize {
            if b == 0 { a } else { gcd(b, a % b) }
        }
        for m in 1..45 {
            for n in m..45 {
                assert_eq!(count(0.0, 1e-9, m, n), gcd(m + 1, n + 1) - 1, "{m} x {n}");
            }
        }
        // Not zero but too close to it.
        assert_eq!(Degeneracy::new(0.0, 40, 6).of(40, 6), 2);
    }

    #[test]
    fn elsewhere_eigenvalues_are_counted() {
        // 1×1 has 0, 1×2 has ±1, 2×2 has 0, 0, ±2.
        assert_eq!(Degeneracy::new(1.0, 1, 2).of(1, 2), 1);
        assert_eq!(Degeneracy::new(2.0, 2, 2).of(2, 2), 1);
        assert_eq!(Degeneracy::new(0.5, 3, 2).of(2, 2), 0);
    }
}
