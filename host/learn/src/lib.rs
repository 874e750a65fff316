//! Networks that predict conductances.
//!
//! In reading order:
//!
//! 1. [`evaluation`]: the errors of a predictor, beside those of counting impurities.
//! 2. [`training`]: networks that learn from data sets, or from samples made on the way.
//! 3. [`export`]: from a trained network to an integer program, and the loss of accuracy.
//! 4. [`inference`]: integer networks on many strips at a time, to core's bits.
//! 5. [`hybrid`]: exact as far as a budget goes, fitted for the rest.
//!
//! 6. [`LoadedModel`]: a model file, network or hybrid, from the disk or one of those that come with
//!    Landauer. [`open_predictor`]: the same for anything that predicts, a run or a data set too.

pub mod evaluation;
pub mod export;
mod fetch;
pub mod hybrid;
pub mod inference;
mod model;
pub mod training;

pub use model::{
    LoadedModel, MODEL_EXTENSION, ModelBytes, ModelContents, ModelFile, ModelFileError, ModelPlace,
    ModelSummary, OpenError, Provenance, open_predictor,
};

// The front page's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// A size for constants of tests.
#[cfg(test)]
const fn strip_size(length: usize, width: usize) -> landauer::StripSize {
    match landauer::StripSize::new(length, width) {
        Ok(size) => size,
        Err(_) => panic!("it has sites"),
    }
}
