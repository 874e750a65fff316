//! Why there are no averages.

use std::path::PathBuf;

use super::config::SweepError;
use crate::failure::{Categorised, Category};
use crate::files::{ReadError, WriteError};
use crate::memory::TooLittleMemory;
use crate::solve::{SolverError, StripError};
use crate::statistics::NoConductance;
use crate::work::LockError;

/// Why there are no averages. Every unit that had been finished before is there and sound.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AveragesError {
    /// There is no such sweep.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// There is no solver for it.
    #[error(transparent)]
    Solver(#[from] SolverError),
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
    /// Another process computes these units.
    #[error(
        "another process is computing the same part of {}: wait for it, or give each process its own shard",
        path.display()
    )]
    Busy {
        /// The path.
        path: PathBuf,
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
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The folder cannot be locked.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The machine has too little memory.
    #[error(transparent)]
    Memory(#[from] TooLittleMemory),
    /// A sample that cannot be solved.
    #[error("{axis} {}: sample {sample} at E = {}: {}", landauer_core::Compact(*value), landauer_core::Compact(in_unit.energy), in_unit.fault)]
    Strip {
        /// What is swept.
        axis: &'static str,
        /// Its value.
        value: f64,
        /// The sample's number in its ensemble.
        sample: u64,
        /// What is wrong; its sample is counted from the first of the unit.
        in_unit: StripError,
    },
    /// A conductance that cannot be.
    #[error(
        "{axis} {value}: the solver gave sample {sample} the conductance {conductance}, which cannot be"
    )]
    Impossible {
        /// What is swept.
        axis: &'static str,
        /// Its value.
        value: f64,
        /// The sample's number in its ensemble.
        sample: u64,
        /// What it should not be.
        conductance: f64,
    },
}

impl Categorised for AveragesError {
    fn category(&self) -> Category {
        match self {
            Self::Sweep(error) => error.category(),
            Self::Solver(error) => error.category(),
            Self::Occupied { .. }
            | Self::Differs { .. }
            | Self::Lost { .. }
            | Self::Shorter { .. }
            | Self::Busy { .. } => Category::Refused,
            Self::Name { .. } => Category::Usage,
            Self::Manifest { .. } | Self::Unit { .. } => Category::Damaged,
            Self::Read(error) => error.category(),
            Self::Write(error) => error.category(),
            Self::Lock(error) => error.category(),
            Self::Memory(error) => error.category(),
            Self::Strip { in_unit, .. } => in_unit.category(),
            Self::Conductance(_) | Self::Impossible { .. } => Category::Internal,
        }
    }
}
