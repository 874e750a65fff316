//! Quantised networks: a borrowed model file, run in integers.

mod arena;
mod check;
pub mod constants;
pub mod curves;
mod decode;
mod encode;
mod error;
pub mod format;
pub mod layers;
mod model;
mod parse;
pub mod quantize;
pub mod shape;
mod target;
pub mod weights;
mod write;

pub use encode::Image;
pub use error::{Fault, ModelError};
pub use model::Model;
pub use parse::Layers;
pub use target::Target;
pub use write::WriteError;
