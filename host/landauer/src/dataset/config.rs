//! What determines the content of a data set.

use landauer_core::{BIAS_POINTS, Compact, Ensemble, FERMI_ENERGY, PAPER_BIAS, bias_grid};

use crate::failure::{Categorised, Category};
use crate::system::{SizeError, StripSize};

/// All that determines the content of a data set, but for the number of its samples and the
/// solver.
#[derive(Debug, Clone, PartialEq)]
pub struct DatasetConfig {
    /// Disorder model, concentration rule and seed.
    pub ensemble: Ensemble,
    /// The size of the strips.
    pub size: StripSize,
    /// The energies of `transmission`, in units of t.
    pub energies: Vec<f64>,
    /// The bias energy eV in units of t whose [`bias_grid`] `g_bar` averages over; `None` for no
    /// `g_bar`.
    pub bias: Option<f64>,
    /// Samples in a chunk, the unit of work ([`default_chunk_samples`]).
    pub chunk_samples: u64,
}

/// The number of samples in a chunk for strips of this size: a chunk of on-site energies of about
/// 4 MB, at most 4096 samples, a power of two.
#[must_use]
pub fn default_chunk_samples(size: StripSize) -> u64 {
    let sites = (size.length() as u64).saturating_mul(size.width() as u64);
    let fitting = ((1 << 19) / sites.max(1)).clamp(1, 4096);
    1 << fitting.ilog2()
}

/// These energies, then those of the bias grid that are not among them.
#[must_use]
pub fn with_bias_grid(mut energies: Vec<f64>, bias: f64) -> Vec<f64> {
    for energy in bias_grid::<f64>(bias) {
        if !energies.contains(&energy) {
            energies.push(energy);
        }
    }
    energies
}

/// The energies and the bias of a data set for which `given` and `bias` are asked, in units of t: the grid
/// of the bias is always among the energies. Without `given` the band's centre is taken, and the paper's
/// bias unless there is another; energies that happen to have the grid of the paper's bias have that bias.
///
/// # Example
/// ```
/// use landauer::dataset::usual_energies;
/// let (energies, bias) = usual_energies(None, None);
/// assert_eq!((energies[0], energies.len(), bias), (0.0, 11, Some(0.36)));
/// assert_eq!(usual_energies(Some(vec![-0.5, 0.5]), None), (vec![-0.5, 0.5], None));
/// ```
#[must_use]
pub fn usual_energies(given: Option<Vec<f64>>, bias: Option<f64>) -> (Vec<f64>, Option<f64>) {
    let (given, bias) = match (given, bias) {
        (None, bias) => (vec![FERMI_ENERGY], Some(bias.unwrap_or(PAPER_BIAS))),
        (Some(given), Some(bias)) => (given, Some(bias)),
        (Some(given), None) => {
            let grid: [f64; BIAS_POINTS] = bias_grid(PAPER_BIAS);
            let complete = grid.iter().all(|energy| given.contains(energy));
            (given, complete.then_some(PAPER_BIAS))
        }
    };
    match bias {
        Some(bias) => (with_bias_grid(given, bias), Some(bias)),
        None => (given, None),
    }
}

impl DatasetConfig {
    /// Checks the configuration.
    ///
    /// # Errors
    /// The first thing in it that is invalid.
    pub fn check(&self) -> Result<(), ConfigError> {
        let sites = self.size.sites();
        if self.energies.is_empty() {
            return Err(ConfigError::NoEnergy);
        }
        if let Some(&energy) = self.energies.iter().find(|energy| !energy.is_finite()) {
            return Err(ConfigError::Energy(energy));
        }
        if let Some(bias) = self.bias {
            if !(bias.is_finite() && bias > 0.0) {
                return Err(ConfigError::Bias(bias));
            }
            if self.bias_columns().is_none() {
                return Err(ConfigError::BiasGrid(bias));
            }
        }
        let chunk = self.chunk_samples;
        let per_sample = sites.max(self.energies.len()).checked_mul(size_of::<f64>());
        let bytes = usize::try_from(chunk)
            .ok()
            .and_then(|samples| per_sample?.checked_mul(samples));
        if chunk == 0 || bytes.is_none() {
            return Err(ConfigError::Chunk(chunk));
        }
        Ok(())
    }

    /// Which of the energies is the Fermi energy E = 0, where `g` is taken.
    #[must_use]
    pub fn fermi_column(&self) -> Option<usize> {
        self.column(FERMI_ENERGY)
    }

    /// Which of the energies are those of the bias grid, the lowest first; `None` without a bias
    /// or where one is missing.
    #[must_use]
    pub fn bias_columns(&self) -> Option<[usize; BIAS_POINTS]> {
        let grid: [f64; BIAS_POINTS] = bias_grid(self.bias?);
        let mut columns = [0; BIAS_POINTS];
        for (column, energy) in columns.iter_mut().zip(grid) {
            *column = self.column(energy)?;
        }
        Some(columns)
    }

    #[allow(clippy::float_cmp, reason = "the same energy, not a near one")]
    fn column(&self, energy: f64) -> Option<usize> {
        self.energies.iter().position(|&other| other == energy)
    }
}

/// Why a data set's configuration is invalid.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The size of the strips.
    #[error(transparent)]
    Size(#[from] SizeError),
    /// No energy at all.
    #[error("a data set needs at least one energy")]
    NoEnergy,
    /// An energy is infinite or NaN.
    #[error("the energy {0} is not a finite number")]
    Energy(f64),
    /// The bias is not above 0, infinite or NaN.
    #[error("the bias must be finite and above 0, not {}", Compact(*.0))]
    Bias(f64),
    /// The energies lack some of the bias grid's.
    #[error("the energies do not contain the ten of the bias {}", Compact(*.0))]
    BiasGrid(f64),
    /// Chunks of zero samples, or of more than a machine can count.
    #[error("invalid chunk of {0} samples: a chunk has at least 1 and must fit into memory")]
    Chunk(u64),
}

impl Categorised for ConfigError {
    fn category(&self) -> Category {
        Category::Usage
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_powers_of_two_of_about_four_megabytes() {
        for (length, width, expected) in [
            (40, 40, 256),
            (10, 10, 4096),
            (1, 1, 4096),
            (100, 100, 32),
            (724, 724, 1),
            (usize::MAX, 1, 1),
        ] {
            let found = default_chunk_samples(StripSize::new(length, width).unwrap());
            assert_eq!(found, expected, "{length} x {width}");
        }
    }
}
