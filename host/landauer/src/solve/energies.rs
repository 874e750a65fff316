//! The energies that strips are solved at.

use landauer_core::{BIAS_POINTS, Compact, FERMI_ENERGY, bias_average, bias_grid};

use super::mean_with_underflows;
use super::solution::Solution;
use crate::failure::{Categorised, Category};
use crate::statistics::Scaled;

/// The energies that strips are solved at, one at least, in units of the hopping t.
///
/// The last ten may be the grid of a finite-bias average; then [`Solution::g_bar`] gives Ḡ.
///
/// # Example
/// ```
/// use landauer::Energies;
/// assert_eq!(Energies::default().all(), [0.0]);
/// let energies = Energies::new([-0.5, 0.5])?.with_bias(0.36)?;
/// assert_eq!((energies.given(), energies.count()), (&[-0.5, 0.5][..], 12));
/// assert!(Energies::new([f64::NAN]).is_err());
/// # Ok::<(), landauer::EnergyError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Energies {
    all: Vec<f64>,
    bias: Option<f64>,
}

impl Default for Energies {
    /// The Fermi energy of the paper, E = 0.
    fn default() -> Self {
        Self {
            all: vec![FERMI_ENERGY],
            bias: None,
        }
    }
}

impl Energies {
    /// These energies, in units of t.
    ///
    /// # Errors
    /// [`EnergyError`] for an empty list, or an energy that is not finite.
    pub fn new(energies: impl Into<Vec<f64>>) -> Result<Self, EnergyError> {
        let all = energies.into();
        if all.is_empty() {
            return Err(EnergyError::None);
        }
        match all.iter().find(|energy| !energy.is_finite()) {
            Some(&energy) => Err(EnergyError::NotFinite(energy)),
            None => Ok(Self { all, bias: None }),
        }
    }

    /// The ten energies of the finite-bias average over the bias `bias` (eV in units of t; the paper has
    /// 0.36): [`bias_grid`].
    ///
    /// # Errors
    /// [`EnergyError::Bias`] for a bias that is not positive and finite.
    pub fn of_bias(bias: f64) -> Result<Self, EnergyError> {
        Self {
            all: Vec::new(),
            bias: None,
        }
        .with_bias(bias)
    }

    /// These energies, and after them the ten of the finite-bias average over the bias `bias` (eV in units
    /// of t).
    ///
    /// # Errors
    /// [`EnergyError::Bias`] for a bias that is not positive and finite.
    pub fn with_bias(mut self, bias: f64) -> Result<Self, EnergyError> {
        if !(bias.is_finite() && bias > 0.0) {
            return Err(EnergyError::Bias(bias));
        }
        self.all.truncate(self.given().len());
        self.all.extend::<[f64; BIAS_POINTS]>(bias_grid(bias));
        self.bias = Some(bias);
        Ok(self)
    }

    /// All of them, `[energy]`, in units of t.
    #[must_use]
    pub fn all(&self) -> &[f64] {
        &self.all
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// Those before the grid of the finite-bias average, `[energy]`, in units of t.
    #[must_use]
    pub fn given(&self) -> &[f64] {
        let grid = if self.bias.is_some() { BIAS_POINTS } else { 0 };
        &self.all[..self.all.len() - grid]
    }

    /// The bias eV in units of t, if there is a grid.
    #[must_use]
    pub const fn bias(&self) -> Option<f64> {
        self.bias
    }

    /// Ḡ of each sample, `[sample]`, in 2e²/h; `None` without a grid.
    pub(super) fn g_bar(&self, solution: &Solution) -> Option<Vec<Scaled>> {
        self.bias?;
        let first = self.given().len();
        let grids = (0..solution.samples()).filter_map(|sample| {
            let row = solution.of_sample(sample)?;
            let mean = bias_average::<f64>(row.last_chunk()?);
            let underflows = solution.underflows_of(sample);
            Some(mean_with_underflows(mean, &row[first..], first, underflows))
        });
        Some(grids.collect())
    }
}

/// Why there are no such energies.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EnergyError {
    /// The list is empty.
    #[error("the list of energies is empty: at least one is needed")]
    None,
    /// An energy is infinite or NaN.
    #[error("the energy {} is not a finite number", Compact(*.0))]
    NotFinite(f64),
    /// A bias is infinite, NaN, zero or negative.
    #[error("the bias {} is not a positive finite number", Compact(*.0))]
    Bias(f64),
}

impl Categorised for EnergyError {
    fn category(&self) -> Category {
        Category::Usage
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_bias_takes_the_place_of_the_first() {
        let energies = Energies::of_bias(0.36).unwrap();
        assert_eq!((energies.given().len(), energies.count()), (0, 10));
        let again = energies.with_bias(0.2).unwrap();
        assert_eq!((again.bias(), again.count()), (Some(0.2), 10));
        assert_eq!(again.all()[0], -0.1);
    }

    #[test]
    fn what_is_no_energy_is_refused() {
        assert_eq!(Energies::new([]), Err(EnergyError::None));
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(matches!(
                Energies::new([0.0, bad]),
                Err(EnergyError::NotFinite(_))
            ));
        }
        for bad in [f64::NAN, f64::INFINITY, 0.0, -0.36] {
            assert!(matches!(Energies::of_bias(bad), Err(EnergyError::Bias(_))));
        }
    }
}
