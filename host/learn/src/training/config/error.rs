//! Why a training configuration is refused.

use landauer_core::Compact;

use crate::training::spec::SpecError;
use landauer::failure::{Categorised, Category};

/// Why a training configuration is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TrainingConfigError {
    /// Text that is not a configuration.
    #[error("invalid training configuration: {0}")]
    Text(String),
    /// An entry by the name that it had in an earlier version.
    #[error("`{old}` is now called `{new}`: rename it in the training configuration")]
    Renamed {
        /// The name in the file.
        old: &'static str,
        /// The name today.
        new: &'static str,
    },
    /// An entry that stands outside of its table.
    #[error("`{name}` belongs to `{within}`: give it there, as `{within}.{name}`")]
    Misplaced {
        /// The entry.
        name: &'static str,
        /// The table that it belongs to.
        within: &'static str,
    },
    /// An unknown preset.
    #[error("unknown preset `{name}`: choose one of {known}")]
    Preset {
        /// The name in the file.
        name: String,
        /// The names of all presets.
        known: String,
    },
    /// An empty list of targets.
    #[error("`targets` is empty: give some of \"g\", \"g-bar\", \"energies\"")]
    TargetMissing,
    /// A number out of range.
    #[error("`{what}` is {}, and must be {allowed}", Compact(*value))]
    Value {
        /// Which entry.
        what: &'static str,
        /// Its value.
        value: f64,
        /// The values that are allowed, in words.
        allowed: &'static str,
    },
    /// A target whose energies are not solved for.
    #[error(
        "the strips are not solved at the energies that `targets` needs: change the energies, the bias or \
         `targets`"
    )]
    EnergiesMissing,
    /// An invalid network.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// A spectral network of model I.
    #[error(
        "a spectral network reads impurities, and model I has none: choose a dense or a convolutional \
         network"
    )]
    SpectralWithoutImpurities,
}

impl Categorised for TrainingConfigError {
    fn category(&self) -> Category {
        Category::Usage
    }
}
