//! Integer networks on a desktop: many strips at a time, to the same bits as
//! [`Model::predict`](landauer_core::inference::Model::predict).
//!
//! An [`Engine`] unpacks a model's weights once and packs them for the vector instructions of this
//! processor (`kernels`: the only ones that know them). It takes a block of passes through a layer
//! while the layer's weights are in the nearest cache (`steps`, an operator a file; `rows`: a matrix
//! product, rounded). Biases and multipliers that depend on the impurity count are looked up for each
//! pass (`values`). Strips whose sites are only empty or not become bits (`sites`), and two
//! convolutions of bits that a network begins with a table: of windows that touch (`patterns`) or of
//! windows around every site (`neighbours`). What has no products worth the name (pooling, sums,
//! functions of the count) is core's own. `plan` chooses.
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

pub use engine::{Engine, EngineError};
pub use predictor::IntegerPredictor;
