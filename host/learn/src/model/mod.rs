//! Models as files, and what is inside: the only place that tells networks from hybrids.
//!
//! In reading order:
//!
//! 1. [`ModelFile`]: bytes and card, from the disk or shipped, found by path or by name.
//! 2. [`Provenance`]: what the card says about the samples that the model has seen.
//! 3. [`LoadedModel`]: the checked contents; a summary, a self-test, a predictor.
//! 4. [`open_predictor`]: a model, a trained run or a data set as a predictor.
//! 5. [`ModelPlace`]: where a model and its card are written.

mod bytes;
mod error;
mod file;
mod loaded;
mod open;
mod place;
mod provenance;

pub use bytes::ModelBytes;
pub use error::ModelFileError;
pub use file::{MODEL_EXTENSION, ModelFile};
pub use loaded::{LoadedModel, ModelContents, ModelSummary};
pub use open::{OpenError, open_predictor};
pub use place::ModelPlace;
pub use provenance::Provenance;
