//! Training of plain chains of layers, with nothing but the products taking time.
//!
//! A [`Chain`] is what both networks of the paper are: affine layers with or without a ReLU, one
//! after another, where a layer may apply the same matrix to several groups of features (a
//! convolution whose stride is its kernel is that, once the pixels are ordered by patch). Of a
//! general framework's training step such a chain needs only the matrix products; here the bias,
//! the ReLU, its mask and the sums over samples are done while a tile is in registers, no numbers are
//! allocated between steps, and [`Adam`] updates everything in one pass, that of a dense layer's gradient
//! if it may ([`Chain::backward_and_step`]). burn remains in charge of
//! what is not a product: initial weights, losses (the gradient of a loss by the chain's outputs is
//! all that [`Chain::backward`] needs), and records.
//!
//! # Layout
//!
//! Samples come in blocks of [`BLOCK`]; in a block, features are rows and samples are columns,
//! `[block][feature][sample]`, so that vectors run over samples. Columns without a sample are zeros. Weights
//! are kept in panels of a few outputs, so that all passes read and write them in their order.
//!
//! # The same bits
//!
//! Sums run in one order and are fused on every instruction set: a training has the same bits on
//! each of them. Threads share a dense layer by the features of its results (`dense.rs`), so that no sum is
//! divided: it has them at any number of threads, too.
#![allow(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the vectors that pulp has found"
)]
#![allow(
    clippy::needless_range_loop,
    reason = "iterators that are zipped or mapped are not inlined without link-time optimisation: half the speed"
)]

mod adam;
mod affine;
#[cfg(all(test, feature = "burn"))]
mod against_burn;
mod chain;
mod dense;
mod dense_gradient;
mod forward;
mod input_gradient;
mod lane_gradient;
mod large;
mod samples;
pub mod spectral;
mod stem;
#[cfg(test)]
mod tests;
mod tile;
mod transpose;

pub use adam::{Adam, AdamSettings};
pub use affine::Affine;
pub use chain::{Chain, ChainError};
pub use samples::{BLOCK, Samples};
