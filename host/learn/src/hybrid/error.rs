//! Why a fit failed.

use landauer_core::hybrid::HybridError;
use landauer_core::inference::{ModelError, Target, WriteError};

use crate::evaluation::{BaselineError, TargetError};
use landauer::dataset::DatasetError;
use landauer::failure::{Categorised, Category};

/// Why a fit failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// The data set is unreadable.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The data set has no values of the target.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// No median is found.
    #[error(transparent)]
    Medians(#[from] BaselineError),
    /// The data set has not been solved at all energies that are needed.
    #[error(
        "the data set has not all energies that a hybrid for {target} is fitted to: generate one \
             with the default energies and bias"
    )]
    Energies {
        /// What was to be predicted.
        target: Target,
    },
    /// The data set's disorder has no impurities.
    #[error("a hybrid is for impurities (models II to IV), and the data set is of model I")]
    Disorder,
    /// Too few strips to fit anything.
    #[error("{found} strips are too few")]
    TooFew {
        /// The number of strips.
        found: usize,
    },
    /// Numbers that the file format has no room for.
    #[error("the strips, or the ladder, are larger than a hybrid's file can hold")]
    TooLarge,
    /// A strip could not be solved.
    #[error(transparent)]
    Solve(#[from] HybridError),
    /// The file is not written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The bytes that were written are not a valid hybrid.
    #[error("the fitted hybrid failed validation: {0}")]
    InvalidModel(#[from] ModelError),
}

impl Categorised for FitError {
    fn category(&self) -> Category {
        match self {
            Self::Dataset(error) => error.category(),
            Self::Target(error) => error.category(),
            Self::Medians(error) => error.category(),
            Self::Energies { .. } | Self::Disorder | Self::TooFew { .. } | Self::TooLarge => {
                Category::Input
            }
            Self::Solve(_) | Self::Write(_) | Self::InvalidModel(_) => Category::Internal,
        }
    }
}
