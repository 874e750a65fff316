//! Why there are no averages.

use std::path::PathBuf;

use super::config::SweepError;
use crate::failure::{Categorised, Category};
use crate::files::{ReadError, WriteError};
use crate::statistics::ConductanceError;
use crate::work::{FolderError, WorkError};

/// Why there are no averages. Every unit that had been finished before is there and sound.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AveragesError {
    /// There is no such sweep.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// A file that shall stand beside the units has an impossible name.
    #[error("{name:?} is not the name of a file that can stand beside the units of averages")]
    Name {
        /// The name.
        name: String,
    },
    /// A solver gave a number that is no conductance.
    #[error(transparent)]
    Conductance(#[from] ConductanceError),
    /// The path holds something else, or more samples.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The configuration on disk is not what was written.
    #[error(
        "{} is damaged ({reason}); no sample is lost: delete it and compute the same averages again, which rewrites it",
        file.display()
    )]
    Manifest {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A unit on disk is not what was written.
    #[error(
        "{} is damaged ({reason}): delete it and compute the same averages again, which recomputes it",
        file.display()
    )]
    Unit {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The work failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// A conductance below 0 or above the number of modes.
    #[error(
        "{place}the solver gave sample {sample} the conductance {conductance}, which no strip has"
    )]
    Impossible {
        /// Which of the points, as `strength 4: `.
        place: String,
        /// The sample's number in its ensemble.
        sample: u64,
        /// What it should not be.
        conductance: f64,
    },
}

impl From<WriteError> for AveragesError {
    fn from(error: WriteError) -> Self {
        Self::Work(error.into())
    }
}

impl Categorised for AveragesError {
    fn category(&self) -> Category {
        match self {
            Self::Sweep(error) => error.category(),
            Self::Folder(error) => error.category(),
            Self::Name { .. } => Category::Usage,
            Self::Manifest { .. } | Self::Unit { .. } => Category::Damaged,
            Self::Read(error) => error.category(),
            Self::Work(error) => error.category(),
            Self::Conductance(_) | Self::Impossible { .. } => Category::Internal,
        }
    }
}
