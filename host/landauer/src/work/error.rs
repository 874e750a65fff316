//! Why long work has failed.

use std::path::PathBuf;

use landauer_core::Compact;

use super::{GivenError, LockError, MAX_SAMPLES};
use crate::failure::{Categorised, Category};
use crate::files::WriteError;
use crate::memory::TooLittleMemory;
use crate::npy::InputError;
use crate::solve::{SolverError, StripError};

/// Why long work has failed, whatever it makes. Every unit that was finished before is there and sound.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkError {
    /// Zero samples, or too many.
    #[error("invalid number of samples {0}: at least 1, at most {MAX_SAMPLES}")]
    SampleCount(u64),
    /// The folder cannot be locked.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Another process computes some of these units.
    #[error(
        "another process is computing the same part of {}: wait for it, or give each process its own shard",
        path.display()
    )]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// The machine has too little memory.
    #[error(transparent)]
    Memory(#[from] TooLittleMemory),
    /// A solver cannot be made.
    #[error(transparent)]
    Solver(#[from] SolverError),
    /// Samples cannot be read.
    #[error(transparent)]
    Samples(#[from] InputError),
    /// Given samples are missing, or too few, or others.
    #[error(transparent)]
    Given(#[from] GivenError),
    /// A sample that cannot be solved.
    #[error("{place}sample {sample} at E = {}: {}", Compact(in_unit.energy), in_unit.fault)]
    Strip {
        /// Which of the points, as `strength 4: `; empty where there is only one.
        place: String,
        /// The number of the sample.
        sample: u64,
        /// What is wrong; its sample is counted from the first of the unit.
        in_unit: StripError,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Categorised for WorkError {
    fn category(&self) -> Category {
        match self {
            Self::SampleCount(_) => Category::Usage,
            Self::Lock(error) => error.category(),
            Self::Busy { .. } => Category::Refused,
            Self::Memory(error) => error.category(),
            Self::Solver(error) => error.category(),
            Self::Samples(error) => error.category(),
            Self::Given(error) => error.category(),
            Self::Strip { in_unit, .. } => in_unit.category(),
            Self::Write(error) => error.category(),
        }
    }
}
