//! Quantised networks: a model file, borrowed as it lies in flash, run in integers.
//!
//! A network predicts the conductance of a strip (see [`Target`]) far faster than it can be
//! computed, and less exactly. Its file comes from `landauer export`; here it is checked and run,
//! to the same bits on every machine, without copying its weights:
//!
//! 1. [`format`]: the file, records and constants; what every operator computes, as a formula.
//! 2. [`Model`]: [`parse`](Model::parse) with every check there is, [`predict`](Model::predict),
//!    [`self_test`](Model::self_test).
//! 3. [`quantize`]: the one rule by which sums become i8 again. [`curves`]: what depends on the
//!    number of impurities.
//! 4. [`layers`]: the operators, one per file, for writers of faster kernels.
//!
//! A prediction goes through three steps, the middle one once for every mirror image that the file
//! asks for: on-site energies are looked up and become i8 ([`EncoderRule`](format::EncoderRule)),
//! an energy that the network was not trained on being an error; layers turn i8 tensors into others
//! in an arena that the caller lends ([`Model::scratch_len`]); the head's i32 sums, added up over
//! the images, become G in units of G0/65536 ([`Head`](format::Head)).
//!
//! Nothing here allocates, has a floating-point sum, or panics, whatever the bytes are. What it does
//! not do: batches, vectors, threads (the host's `landauer` has all three, with these bits), and
//! training.

#![allow(
    clippy::inline_always,
    reason = "a compiled network is small because its records are constants, which the compiler must \
              see wherever they decide what is linked"
)]

mod arena;
mod check;
pub mod compiled;
pub mod constants;
pub mod curves;
mod decode;
pub(crate) mod encode;
pub(crate) mod envelope;
mod error;
pub mod format;
pub mod kernels;
pub mod layers;
mod model;
mod parse;
pub mod quantize;
pub mod shape;
mod target;
pub mod weights;
pub(crate) mod write;

pub use encode::Image;
pub use error::{Fault, ModelError};
pub use model::Model;
pub use parse::Layers;
pub use target::Target;
pub use write::WriteError;
