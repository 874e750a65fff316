//! Quantised networks: a borrowed model file, run in integers.

mod error;
pub mod format;
pub mod quantize;
mod target;
mod write;

pub use error::{Fault, ModelError};
pub use target::Target;
pub use write::WriteError;
