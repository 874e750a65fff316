//! From a trained network in floating point to the integer program that core runs.
//!
//! A [`FloatNetwork`] is a chain of layers with float weights. [`calibrate()`] runs it on training
//! strips to find how large its activations get, [`lower()`] turns it into a model file whose
//! scales follow from that, and [`judge()`] compares both on a test set; an exporter refuses a file
//! that loses more than it may.

mod calibrate;
mod error;
mod float;
mod judge;
mod lower;
mod program;
mod scale;
mod spectral;

pub use calibrate::{Calibration, calibrate};
pub use error::ExportError;
pub use float::{Affine, Decoder, FloatInput, FloatLayer, FloatNetwork};
pub use judge::{Judgement, LayerNoise, TargetLoss, judge};
pub use lower::{Identity, WeightBits, lower};
pub use program::Program;
pub use spectral::{
    FloatSpectral, SpectralCalibration, SpectralTrace, calibrate_spectral, lower_spectral,
};
