//! Why there is no figure.

use std::path::PathBuf;

use landauer_core::DisorderError;

use landauer::SizeError;
use landauer::dataset::{DatasetError, GenerateError};
use landauer::failure::{Categorised, Category};
use landauer::internal::files::{ReadError, WriteError};
use landauer::statistics::ConductanceError;
use landauer::{EnergyError, SolutionError, TooLittleMemory};
use landauer::{SolverError, StripError};
use landauer_learn::ModelFileError;
use landauer_learn::evaluation::{
    CountingError, EvaluateError, ExactError, PredictError, TargetError,
};
use landauer_learn::export::ExportError;
use landauer_learn::training::{TrainingConfigError, TrainingError};
use landauer_plot::PlotError;

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// It was asked to stop.
    #[error("stopped; finished work is kept, and the same command continues from there")]
    Stopped,
    /// A result that was kept is damaged.
    #[error("{}: {reason}; delete this file to compute it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A network was not compared with the baseline, as one without strips to be judged on.
    #[error("{label}: the network has no test data")]
    Unjudged {
        /// The network.
        label: String,
    },
    /// A thread could not be started.
    #[error("a thread cannot be started: {0}")]
    Thread(String),
    /// A shipped model could not be read.
    #[error(transparent)]
    Model(#[from] ModelFileError),
    /// The medians by impurity count.
    #[error(transparent)]
    Counting(#[from] CountingError),
    /// What a data set says of a target.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// An ensemble that cannot be.
    #[error("{0}")]
    Disorder(DisorderError),
    /// Strips of no size.
    #[error(transparent)]
    Size(#[from] SizeError),
    /// A training's configuration.
    #[error(transparent)]
    Config(#[from] TrainingConfigError),
    /// A training.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// A data set could not be made.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// A data set could not be read.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// A network could not be judged.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// A network could not predict.
    #[error(transparent)]
    Predict(#[from] PredictError),
    /// A network could not be made an integer model.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// There is no solver for such strips.
    #[error(transparent)]
    SolverError(#[from] SolverError),
    /// There is none for such targets.
    #[error(transparent)]
    Exact(#[from] ExactError),
    /// A strip could not be solved.
    #[error(transparent)]
    Strip(#[from] StripError),
    /// A strip's T(E) could not be computed.
    #[error(transparent)]
    Curve(#[from] SolutionError),
    /// Energies that cannot be.
    #[error(transparent)]
    Energies(#[from] EnergyError),
    /// The machine has too little memory.
    #[error(transparent)]
    Memory(#[from] TooLittleMemory),
    /// Something that should be a conductance is none.
    #[error(transparent)]
    Conductance(#[from] ConductanceError),
    /// A picture could not be drawn.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A file could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl From<DisorderError> for ExperimentError {
    fn from(error: DisorderError) -> Self {
        Self::Disorder(error)
    }
}

impl Categorised for ExperimentError {
    fn category(&self) -> Category {
        match self {
            Self::Stopped => Category::Interrupted,
            Self::Damaged { .. } => Category::Damaged,
            Self::Plot(PlotError::Drawing(_)) => Category::Internal,
            Self::Unjudged { .. } | Self::Plot(_) => Category::Input,
            Self::Thread(_) => Category::System,
            Self::Model(error) => error.category(),
            Self::Counting(error) => error.category(),
            Self::Target(error) => error.category(),
            Self::Disorder(_) => Category::Usage,
            Self::Size(error) => error.category(),
            Self::Config(error) => error.category(),
            Self::Training(error) => error.category(),
            Self::Generate(error) => error.category(),
            Self::Dataset(error) => error.category(),
            Self::Evaluate(error) => error.category(),
            Self::Predict(error) => error.category(),
            Self::Export(error) => error.category(),
            Self::SolverError(error) => error.category(),
            Self::Exact(error) => error.category(),
            Self::Strip(error) => error.category(),
            Self::Curve(error) => error.category(),
            Self::Energies(error) => error.category(),
            Self::Memory(error) => error.category(),
            Self::Conductance(error) => error.category(),
            Self::Write(error) => error.category(),
            Self::Read(error) => error.category(),
        }
    }
}
