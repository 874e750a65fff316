//! From a trained spectral network to the integer program that core runs.
//!
//! What depends on the impurity count alone never becomes an activation of 8 bits: means that are
//! taken off and factors of the deviations stand in curves of the count, beside exact 0/1 codes, as
//! biases and multipliers of the transforms. Where a linear layer follows, each row of a tensor has
//! a step of its own, which that layer's weights take over.

mod calibrate;
mod curves;
mod float;
mod lower;
mod model;
#[cfg(test)]
mod tests;

pub use calibrate::{SpectralCalibration, calibrate_spectral};
pub use float::{FloatSpectral, SpectralTrace};
pub use lower::lower_spectral;
