//! Quantised networks: a borrowed model file, run in integers.

mod check;
pub mod constants;
pub mod curves;
mod error;
pub mod format;
pub mod layers;
pub mod quantize;
pub mod shape;
mod target;
pub mod weights;
mod write;

pub use error::{Fault, ModelError};
pub use target::Target;
pub use write::WriteError;
