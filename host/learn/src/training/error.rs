//! Why a training failed, or a trained network is not read.

use std::path::PathBuf;

use landauer_core::Compact;

use super::config::TrainingConfigError;
use super::fast::ChainError;
use super::spec::SpecError;
use super::strips::UnknownOnsite;
use crate::evaluation::{BaselineError, TargetError};
use landauer::SizeError;
use landauer::dataset::DatasetError;
use landauer::failure::{Categorised, Category};
use landauer::internal::counted;
use landauer::internal::files::{ReadError, WriteError};
use landauer::internal::memory::TooLittleMemory;
use landauer::work::LockError;
use landauer::{SolverError, StripError};

/// Why a training failed, or a trained network is not read. Everything that had been written before is
/// still sound.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainingError {
    /// An invalid configuration.
    #[error(transparent)]
    Config(#[from] TrainingConfigError),
    /// An invalid network.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// An invalid size of the strips.
    #[error(transparent)]
    Size(#[from] SizeError),
    /// An unreadable data set.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// A data set that lacks a target.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// Medians that are not found.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    /// No solver for samples made while training.
    #[error(transparent)]
    Solver(#[from] SolverError),
    /// A sample whose solution fails.
    #[error(transparent)]
    Strip(#[from] StripError),
    /// Too little memory.
    #[error(transparent)]
    Memory(#[from] TooLittleMemory),
    /// An unreadable file.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file that is not written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The folder is not locked.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Layers and batches that do not fit, which should not happen.
    #[error("the network does not fit its data: {0}")]
    Chain(#[from] ChainError),
    /// A device that this program was not built for.
    #[error(
        "this build of landauer has no device {device}, which comes with the cargo feature `{feature}` when it is built from source: choose one of {built}"
    )]
    NotBuilt {
        /// Its name.
        device: &'static str,
        /// The cargo feature that brings it.
        feature: &'static str,
        /// The devices that it has.
        built: String,
    },
    /// A network that a device cannot train.
    #[error("{network} networks train on the device cpu only, not on {device}")]
    Unsupported {
        /// What it is.
        network: &'static str,
        /// The device.
        device: &'static str,
    },
    /// The device failed.
    #[error("the device failed: {0}")]
    Device(String),
    /// Weights that no file can hold.
    #[error("the weights were not written: {0}")]
    Record(String),
    /// Too few samples to learn from and to choose by.
    #[error(
        "of {}, {training} can be learned from and {validation} can choose the best epoch: make a larger data set, or change `validation` or `max_concentration`",
        counted(.samples, "sample")
    )]
    TooFew {
        /// All samples.
        samples: usize,
        /// For learning.
        training: usize,
        /// For choosing.
        validation: usize,
    },
    /// A data set with fewer samples than shall be learned from.
    #[error("{} has {}, but {wanted} were requested: extend it with `landauer generate --samples {wanted}`", path.display(), counted(.samples, "sample"))]
    TooShort {
        /// The data set.
        path: PathBuf,
        /// All samples.
        samples: u64,
        /// Samples that are wanted.
        wanted: u64,
    },
    /// The weights became infinite.
    #[error(
        "the training diverged in epoch {epoch}: the loss is no longer a number; lower `optimiser.learning_rate`, or set `optimiser.max_grad_norm`"
    )]
    Diverged {
        /// The epoch, from 1.
        epoch: u64,
    },
    /// The path holds something other than a run.
    #[error(
        "{} is not empty and not a training run; nothing was changed there: choose another path",
        path.display()
    )]
    Occupied {
        /// The path.
        path: PathBuf,
    },
    /// The path holds another run.
    #[error(
        "{} is another run: its {name} differs; nothing was changed there: choose another path, or the same arguments to go on with it",
        path.display()
    )]
    Differs {
        /// The path.
        path: PathBuf,
        /// What differs.
        name: &'static str,
    },
    /// The run there was begun by an earlier version.
    #[error(
        "{} was begun by an earlier version of landauer (run format {version}), and this one cannot continue \
         it: use the run as it is if it has finished, or train again in another folder",
        path.display()
    )]
    EarlierFormat {
        /// The path.
        path: PathBuf,
        /// The version of its format.
        version: u32,
    },
    /// Another process trains there.
    #[error("another process is training in {}: wait for it, or choose another path", path.display())]
    Busy {
        /// The path.
        path: PathBuf,
    },
    /// The folder is not a run.
    #[error("{} is not a training run: {reason}", path.display())]
    NotARun {
        /// The path.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The run has not come to its end.
    #[error(
        "{} is not finished training: give the same `landauer train` command again, which goes on from its last checkpoint, and then use it",
        path.display()
    )]
    Unfinished {
        /// The path.
        path: PathBuf,
    },
    /// A file of a run is not what was written.
    #[error("{} is damaged ({reason}): restore it from a copy, or train again in another folder", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Its fault.
        reason: String,
    },
    /// An on-site energy that the network does not know.
    #[error(
        "the on-site energy {} at slice {slice}, row {row} does not occur in the disorder that the network was trained on",
        Compact(*onsite)
    )]
    UnknownOnsite {
        /// The slice.
        slice: usize,
        /// The row.
        row: usize,
        /// What stands there.
        onsite: f64,
    },
    /// Weights that are numbers, and a prediction that is none.
    #[error(
        "the network predicts NaN: its weights are too large; train again in another folder, with a lower `optimiser.learning_rate`"
    )]
    NotANumber,
    /// An array of another size than strips and targets ask for.
    #[error("{found} {what} were given where {expected} belong")]
    Shape {
        /// What of.
        what: &'static str,
        /// How many.
        found: usize,
        /// The right number.
        expected: usize,
    },
    /// The thread that makes samples ended without a word, which should not happen.
    #[error("the making of samples ended unexpectedly")]
    SourceEnded,
}

impl From<UnknownOnsite> for TrainingError {
    fn from(unknown: UnknownOnsite) -> Self {
        let UnknownOnsite {
            slice, row, onsite, ..
        } = unknown;
        Self::UnknownOnsite { slice, row, onsite }
    }
}

impl Categorised for TrainingError {
    fn category(&self) -> Category {
        match self {
            Self::Config(error) => error.category(),
            Self::Spec(error) => error.category(),
            Self::Size(error) => error.category(),
            Self::Dataset(error) => error.category(),
            Self::Target(error) => error.category(),
            Self::Baseline(error) => error.category(),
            Self::Solver(error) => error.category(),
            Self::Strip(error) => error.category(),
            Self::Memory(error) => error.category(),
            Self::Read(error) => error.category(),
            Self::Write(error) => error.category(),
            Self::Lock(error) => error.category(),
            Self::NotBuilt { .. } | Self::Unsupported { .. } => Category::Usage,
            Self::Device(_) | Self::Record(_) => Category::System,
            Self::TooFew { .. }
            | Self::TooShort { .. }
            | Self::Diverged { .. }
            | Self::UnknownOnsite { .. }
            | Self::NotANumber
            | Self::Shape { .. }
            | Self::NotARun { .. } => Category::Input,
            // Nothing is wrong with it: it is not ready yet.
            Self::Unfinished { .. }
            | Self::Occupied { .. }
            | Self::Differs { .. }
            | Self::EarlierFormat { .. }
            | Self::Busy { .. } => Category::Refused,
            Self::Damaged { .. } => Category::Damaged,
            Self::Chain(_) | Self::SourceEnded => Category::Internal,
        }
    }
}
