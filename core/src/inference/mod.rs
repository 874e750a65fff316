//! Quantised networks: a borrowed model file, run in integers.

mod target;

pub use target::Target;
