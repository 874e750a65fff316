//! Why a model is not loaded, or not used in this way.

use std::path::PathBuf;

use landauer_core::hybrid::HybridError;
use landauer_core::inference::ModelError;

use super::MODEL_EXTENSION;
use landauer::failure::{Categorised, Category};
use landauer::internal::files::{ReadError, WriteError};

/// Why a model is not loaded, or not used in this way.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelFileError {
    /// The file, or its card, is unreadable.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The place of a model or its card cannot be written to.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A file beside the model that would be overwritten, and is not its card.
    #[error(
        "{} would be overwritten by the card of {}, and is not a card itself: move it, or choose another \
         path for the model",
        card.display(), model.display()
    )]
    ForeignCard {
        /// The file.
        card: PathBuf,
        /// The model that is to be written.
        model: PathBuf,
    },
    /// No model has this name.
    #[error(
        "no model {name}: it is neither a file nor one of the models that come with Landauer \
         ({shipped}){}",
        missing_in(folder.as_ref(), name)
    )]
    Unknown {
        /// The name.
        name: String,
        /// The names of the shipped models.
        shipped: String,
        /// The folder that was searched first.
        folder: Option<PathBuf>,
    },
    /// The file holds neither a valid network nor a valid hybrid.
    #[error("{}: {problem}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: ModelError,
    },
    /// A hybrid failed its self-test.
    #[error("{}: {problem}", path.display())]
    SelfTest {
        /// The file.
        path: PathBuf,
        /// Which golden sample, and what came out.
        problem: HybridError,
    },
    /// The card beside the file is damaged or belongs to another model.
    #[error("the model card {}: {reason}; export the model again", path.display())]
    Card {
        /// The card.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A hybrid without a budget.
    #[error(
        "{name} is a hybrid and needs a budget: the number of multiply-adds that it may spend on a \
         strip, such as 1000000"
    )]
    BudgetMissing {
        /// The hybrid.
        name: String,
    },
    /// A budget for something that is not a hybrid.
    #[error("only hybrids take a budget; the cost of {name} is always the same")]
    BudgetUnused {
        /// The network, run or data set.
        name: String,
    },
}

/// The rest of the message about an unknown name.
fn missing_in(folder: Option<&PathBuf>, name: &str) -> String {
    folder.map_or_else(String::new, |folder| {
        format!(
            ", and {} holds no {name}.{MODEL_EXTENSION}",
            folder.display()
        )
    })
}

impl Categorised for ModelFileError {
    fn category(&self) -> Category {
        match self {
            Self::Read(error) => error.category(),
            Self::Write(error) => error.category(),
            Self::ForeignCard { .. } => Category::Refused,
            // As a path at which there is nothing.
            Self::Unknown { .. } => Category::System,
            Self::Invalid { .. } | Self::SelfTest { .. } => Category::Input,
            Self::Card { .. } => Category::Damaged,
            Self::BudgetMissing { .. } | Self::BudgetUnused { .. } => Category::Usage,
        }
    }
}
