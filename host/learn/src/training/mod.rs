//! Training networks that predict conductances.
//!
//! In reading order:
//!
//! 1. [`NetworkSpec`]: the layers of a network. [`TrainingConfig`]: its training; [`preset`] has some of
//!    both by name.
//! 2. `source`: samples of a data set, or made while training. `strips`: strips in memory, and what
//!    a network reads of them ([`Encoder`]). `symmetry`: the symmetry copies. [`Scaling`]: what a residual
//!    network learns.
//! 3. `network`: the interface of a network to the loop. [`fast`] computes it on the CPU (`chain`,
//!    `spectral`), burn on its devices (`burn_network`, with the cargo feature `burn`).
//! 4. `objective`, `optimise`: losses and steps.
//! 5. [`Training`]: the loop. `checkpoint`: going on after a kill. `folder`: what is written. `record`:
//!    files of weights.
//! 6. [`Trained`]: a finished run, predicting.
//!
//! # The folder of a run
//!
//! | file | holds |
//! |---|---|
//! | `config.toml` | how it is trained: `landauer train --config` takes it again |
//! | `run.json` | on what: data and their hash, seed, size; what came out, checksums of all files, at last its own |
//! | `curves.csv`, `curves.svg`, `curves.png` | the epochs |
//! | `best.safetensors` | the weights of the best epoch on the validation split ([`Weights`] has their names) |
//! | `last.safetensors` | those of the last epoch |
//! | `scaling.json` | what the outputs mean ([`Scaling`]) |
//! | `evaluation.json` | how good the best weights are on the validation split |
//! | `baseline.json`, `intervals.json` | what counting impurities is worth; how far off predictions are |
//! | `checkpoint/state` | all that is needed to go on, until it has finished |
//!
//! Which samples a step sees, in which symmetry copy, and what it drops, are functions of the seed and the
//! step's number, and sums are formed in one order: equal configurations, data and devices give equal
//! weights, whether the training was stopped or killed in between or not, at any number of threads.

#[cfg(feature = "burn")]
mod burn_network;
mod chain;
mod checkpoint;
mod config;
mod curve;
mod description;
mod device;
mod error;
pub mod fast;
mod folder;
#[cfg(test)]
mod gradient_tests;
mod local_mean;
mod network;
mod objective;
mod optimise;
mod preset;
pub(crate) mod random;
mod record;
mod run;
mod scaling;
mod source;
mod spec;
mod spectral;
mod strips;
mod symmetry;
mod trained;
mod weights;

pub use config::{
    Input, Loss, Optimiser, Schedule, TargetName, TrainingConfig, TrainingConfigError,
};
pub use curve::Epoch;
pub use device::Device;
pub use error::TrainingError;
pub use folder::{Finished, RunRecord};
pub use preset::{PRESETS, preset};
pub use run::{Training, TrainingReport, Watcher};
pub use scaling::{CountScale, Scaling};
pub use source::{Data, DataRecord, Online, RESERVED_SEEDS};
pub use spec::{Convolution, NetworkSpec, SpecError};
pub use strips::Encoder;
pub use trained::Trained;
pub use weights::{NamedTensor, Weights};
