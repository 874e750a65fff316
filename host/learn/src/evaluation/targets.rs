//! The exact values of targets, from a data set.

use std::ops::Range;
use std::path::PathBuf;

use landauer_core::inference::Target;
use landauer_core::{BIAS_POINTS, FERMI_ENERGY, bias_average, bias_grid};

use landauer::dataset::{Dataset, DatasetError};
use landauer::failure::{Categorised, Category};

/// The exact values of `targets` for some samples of `dataset`, `[sample, target]`, in units of G0.
///
/// # Errors
/// [`TargetError::Lacks`] if an energy of a target is not among the data set's; a chunk that is
/// missing or damaged.
pub fn target_values(
    dataset: &Dataset,
    targets: &[Target],
    samples: Range<u64>,
) -> Result<Vec<f64>, TargetError> {
    let energies = &dataset.config().energies;
    let columns: Result<Vec<Columns>, TargetError> = targets
        .iter()
        .map(|&target| {
            Columns::of(target, energies).ok_or_else(|| {
                let path = dataset.path().to_owned();
                TargetError::Lacks(MissingEnergies { path, target })
            })
        })
        .collect();
    let columns = columns?;
    let transmissions = dataset.transmission(samples)?;
    let rows = transmissions.chunks_exact(energies.len());
    Ok(rows
        .flat_map(|row| columns.iter().map(move |columns| columns.value(row)))
        .collect())
}

/// The place of a target in a row of transmissions.
pub(crate) enum Columns {
    One(usize),
    Bias([usize; BIAS_POINTS]),
}

impl Columns {
    /// `None` if one of its energies is not among these.
    pub(crate) fn of(target: Target, energies: &[f64]) -> Option<Self> {
        #[allow(clippy::float_cmp, reason = "the same energy, not a near one")]
        let column = |energy: f64| energies.iter().position(|&other| other == energy);
        match target {
            Target::Conductance => column(FERMI_ENERGY).map(Self::One),
            Target::Transmission { energy } => column(energy).map(Self::One),
            Target::BiasAverage { bias } => {
                let grid: [f64; BIAS_POINTS] = bias_grid(bias);
                let mut columns = [0; BIAS_POINTS];
                for (slot, energy) in columns.iter_mut().zip(grid) {
                    *slot = column(energy)?;
                }
                Some(Self::Bias(columns))
            }
            _ => None,
        }
    }

    /// The target's value, of transmissions at all energies.
    pub(crate) fn value(&self, row: &[f64]) -> f64 {
        match self {
            Self::One(column) => row[*column],
            Self::Bias(columns) => bias_average(&columns.map(|column| row[column])),
        }
    }
}

/// A target whose energies are missing from a data set.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(
    "{} does not have {target}: some of its energies are missing; generate a data set that has them",
    path.display()
)]
pub struct MissingEnergies {
    path: PathBuf,
    target: Target,
}

/// Why a data set has no values of a target.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// An energy of the target is not among the data set's.
    #[error(transparent)]
    Lacks(#[from] MissingEnergies),
    /// The data set is unreadable.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
}

impl Categorised for TargetError {
    fn category(&self) -> Category {
        match self {
            Self::Lacks(_) => Category::Usage,
            Self::Dataset(error) => error.category(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use landauer_core::PAPER_BIAS;

    #[test]
    fn targets_are_found_among_the_energies_exactly() {
        let mut energies = bias_grid(PAPER_BIAS).to_vec();
        energies.insert(3, 0.0);
        let row: Vec<f64> = (0..energies.len()).map(|column| column as f64).collect();
        let value = |target| Columns::of(target, &energies).map(|columns| columns.value(&row));
        assert_eq!(value(Target::Conductance), Some(3.0));
        // 0 to 10 without the 3.
        assert_eq!(value(Target::PAPER_BIAS_AVERAGE), Some(5.2));
        assert_eq!(value(Target::Transmission { energy: 0.18 }), Some(10.0));
        assert_eq!(value(Target::Transmission { energy: 0.2 }), None);
        assert_eq!(value(Target::BiasAverage { bias: 0.2 }), None);
    }
}
