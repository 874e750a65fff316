//! Energies, all in units of the hopping t, and the finite-bias grid.

use crate::scalar::Scalar;

/// The Fermi energy of the paper, the band centre (units of t).
pub const FERMI_ENERGY: f64 = 0.0;

/// The bias energy eV of the paper's finite-bias conductance (units of t).
pub const PAPER_BIAS: f64 = 0.36;

/// How many energies the finite-bias average runs over.
pub const BIAS_POINTS: usize = 10;

/// The ten energies of the finite-bias average, `[energy]`, in units of t.
///
/// Ḡ = G0 ∫ T(E_F + αeV) dα over α in [−½, ½] (Li, Lu, Zhai, Phys. Rev. B 102, 064205, 2020) is
/// taken as the mean of T at E_F + (−0.5 + k/9)·eV, k = 0…9, with E_F = 0. The grid is computed in
/// `f64`, in exactly this order of operations, and then rounded to `S`, so that everyone who
/// follows the formula gets the same bits.
///
/// # Example
/// ```
/// use landauer_core::{bias_grid, PAPER_BIAS};
/// let energies: [f64; 10] = bias_grid(PAPER_BIAS);
/// assert_eq!(energies[0], -0.18);
/// assert_eq!(energies[9], 0.18);
/// ```
#[must_use]
pub fn bias_grid<S: Scalar>(bias: f64) -> [S; BIAS_POINTS] {
    core::array::from_fn(|k| {
        S::from_f64(FERMI_ENERGY + (-0.5 + k as f64 / (BIAS_POINTS - 1) as f64) * bias)
    })
}

/// The finite-bias conductance Ḡ in units of G0: the mean of the transmissions on the
/// [`bias_grid`], summed from the lowest energy up.
///
/// Every place that forms Ḡ calls this function, so that all of them get the same bits.
#[must_use]
pub fn bias_average<S: Scalar>(transmissions: &[S; BIAS_POINTS]) -> S {
    let sum = transmissions.iter().fold(S::ZERO, |sum, &t| sum + t);
    sum / S::from_usize(BIAS_POINTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_spans_the_bias_symmetrically() {
        let grid: [f64; BIAS_POINTS] = bias_grid(PAPER_BIAS);
        assert_eq!((grid[0], grid[9]), (-0.18, 0.18));
        for k in 0..BIAS_POINTS {
            assert!((grid[k] + grid[9 - k]).abs() < 1e-16);
            assert!((grid[k] - (-0.18 + 0.04 * k as f64)).abs() < 1e-15);
        }
    }

    #[test]
    fn the_average_of_a_line_is_its_middle() {
        assert_eq!(bias_average(&core::array::from_fn(|k| k as f64)), 4.5_f64);
    }
}
