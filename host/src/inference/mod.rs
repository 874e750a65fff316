//! Integer networks on a desktop: many strips at a time, to the same bits as
//! [`Model::predict`](landauer_core::inference::Model::predict).
//!
//! An [`Engine`] repacks the weights of convolutions and fully connected layers once, for the
//! vector instructions of this processor (`kernels`), and takes a block of strips through a layer
//! while its weights are in the nearest cache (`rows`, `windows`). Where a network begins with
//! two small convolutions of strips whose sites are only empty or not, they are a table
//! (`patterns`). Every other layer is core's own. `plan` chooses.
//! An [`IntegerPredictor`] is a model file to be judged, with what its card says.

mod engine;
mod head;
mod kernels;
mod neighbours;
mod passes;
mod patterns;
mod plan;
mod predictor;
mod rows;
mod sites;
mod steps;
mod values;
mod windows;

pub use engine::{Engine, PredictError};
pub use predictor::{IntegerPredictor, ModelFileError, Provenance};
