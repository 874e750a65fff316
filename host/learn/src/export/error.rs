//! Why a network is not exported.

use std::path::PathBuf;

use landauer_core::inference::{ModelError, WriteError};

use super::judge::SLACK;

use crate::evaluation::EvaluateError;
use crate::training::TrainingError;
use landauer::dataset::DatasetError;
use landauer::failure::{Categorised, Category};
use landauer::internal::files;

/// Why a network is not exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A float layer whose numbers do not fit each other.
    #[error("{layer}: {problem}")]
    Layer {
        /// Which one.
        layer: String,
        /// Its fault.
        problem: &'static str,
    },
    /// A weight or an activation that is infinite or not a number.
    #[error("{layer} has numbers that are not finite: the training has diverged")]
    NotFinite {
        /// Which layer.
        layer: String,
    },
    /// A kind of network that has no integer program.
    #[error("exporting a {0} network is not supported")]
    Kind(&'static str),
    /// Several input channels for a network that does not take them.
    #[error(
        "{wanted} input channels are for dense and convolutional networks of model I with a hidden layer: leave the \
         input channels at 1 for this one"
    )]
    InputChannels {
        /// How many were asked for.
        wanted: usize,
    },
    /// A run that does not say what it was trained on.
    #[error("the run's data hash is not one of 64 hexadecimal digits")]
    DataHash,
    /// The data set of the training, from which scales are found, cannot be read.
    #[error(transparent)]
    TrainingData(#[from] DatasetError),
    /// The run is unfinished or damaged, or is none.
    #[error(transparent)]
    Run(#[from] TrainingError),
    /// The test set cannot be read.
    #[error(transparent)]
    TestSet(DatasetError),
    /// The networks cannot be judged on the test set.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// The files are not written.
    #[error(transparent)]
    Files(#[from] files::WriteError),
    /// The data set of the training is another one now.
    #[error("{} does not hold the strips that the run was trained on", path.display())]
    OtherData {
        /// The data set.
        path: PathBuf,
    },
    /// No strips to find the scales from.
    #[error("no training strips are given, and scales are found from them")]
    NothingToCalibrate,
    /// The file would not be one that core accepts.
    #[error("the exported model failed validation: {0}")]
    InvalidModel(ModelError),
    /// It is not written.
    #[error("the model was not written: {0}")]
    Write(WriteError),
    /// The integer network is too much worse than the float network.
    #[error(
        "{target}: the MAE grows from {float:.5} to {integer:.5} G0,{} and may grow by {allowed} % and \
         {} G0; nothing was written",
        .loss.map(|loss| format!(" by {loss:.2} %,")).unwrap_or_default(),
        SLACK
    )]
    Loss {
        /// Of which target.
        target: String,
        /// MAE of the float network.
        float: f64,
        /// MAE of the integer network.
        integer: f64,
        /// By how many percent it grows, if it was not as good as 0.
        loss: Option<f64>,
        /// By how many it may.
        allowed: f64,
    },
}

impl Categorised for ExportError {
    fn category(&self) -> Category {
        match self {
            Self::Layer { .. } | Self::NotFinite { .. } | Self::DataHash => Category::Damaged,
            Self::NothingToCalibrate | Self::Kind(_) | Self::OtherData { .. } => Category::Input,
            Self::TrainingData(error) | Self::TestSet(error) => error.category(),
            Self::Run(error) => error.category(),
            Self::Evaluate(error) => error.category(),
            Self::Files(error) => error.category(),
            Self::InputChannels { .. } => Category::Usage,
            Self::Loss { .. } => Category::Refused,
            Self::InvalidModel(_) | Self::Write(_) => Category::Internal,
        }
    }
}
