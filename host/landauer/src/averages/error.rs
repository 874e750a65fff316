//! Why there are no averages.

use std::path::PathBuf;

use super::config::SweepError;
use crate::failure::{Categorised, Category};
use crate::files::{ReadError, WriteError};
use crate::statistics::NoConductance;
use crate::work::WorkError;

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
    Conductance(#[from] NoConductance),
    /// There is something at the path that is no ensemble.
    #[error(
        "{} holds something that is no ensemble of landauer; nothing was changed there: choose another path",
        path.display()
    )]
    Occupied {
        /// The path.
        path: PathBuf,
    },
    /// There is another ensemble.
    #[error(
        "{} is another ensemble: its {name} is {there}, not {wanted}; nothing was changed there: choose another path, or the same arguments to complete or extend it",
        path.display()
    )]
    Differs {
        /// The path.
        path: PathBuf,
        /// The first thing that differs.
        name: String,
        /// What it is.
        there: String,
        /// What was wanted.
        wanted: String,
    },
    /// There are more samples already.
    #[error(
        "{} has {there} samples a point already, more than {wanted}: an ensemble can be extended, not cut",
        path.display()
    )]
    Shorter {
        /// The path.
        path: PathBuf,
        /// The samples it has.
        there: u64,
        /// The samples wanted.
        wanted: u64,
    },
    /// The configuration is lost, and the units are those of another ensemble.
    #[error(
        "{} has lost its ensemble.json, and its units are those of another ensemble than the one asked for; nothing was changed there: give the very arguments that it was made with (--solver and --precision too), or choose another path",
        path.display()
    )]
    Lost {
        /// The path.
        path: PathBuf,
    },
    /// The configuration on disk is not what was written.
    #[error(
        "{} is damaged ({reason}); no sample is lost: delete it and run the same `landauer ensemble` again",
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
        "{} is damaged ({reason}): delete it and run the same `landauer ensemble` again to recompute it",
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
            Self::Occupied { .. }
            | Self::Differs { .. }
            | Self::Lost { .. }
            | Self::Shorter { .. } => Category::Refused,
            Self::Name { .. } => Category::Usage,
            Self::Manifest { .. } | Self::Unit { .. } => Category::Damaged,
            Self::Read(error) => error.category(),
            Self::Work(error) => error.category(),
            Self::Conductance(_) | Self::Impossible { .. } => Category::Internal,
        }
    }
}
