//! From a trained network in floating point to the integer program that core runs.
//!
//! [`of_run()`] makes a [`FloatModel`] of what was trained: for a chain of layers a [`FloatNetwork`].
//! [`calibrate()`] runs it on training strips to find how large its activations get, [`lower()`] turns
//! it into a model file whose scales follow from that, [`FloatModel::lower`] does both and takes off
//! what rounding shifts on those strips, and [`Judgement`] says what was lost on a test
//! set; an exporter refuses a file that loses more than it may. [`ModelCard`] stands beside the file.
//! [`ExportOrder::make`] is all of it.

mod calibrate;
mod card;
mod centre;
mod error;
#[cfg(test)]
mod extreme_tests;
mod float;
mod inverse_factor;
mod judge;
mod lower;
mod make;
mod pack;
mod program;
mod range;
mod rounding;
mod run;
mod scale;
mod spans;
mod spectral;
mod standardised;

pub use calibrate::{Calibration, calibrate};
pub use card::{ModelCard, RunSummary, TargetMetrics, TestSet};
pub use error::ExportError;
pub use float::{
    Decoder, FloatAffine, FloatInput, FloatLayer, FloatModel, FloatNetwork, Line, Lowered,
};
pub use judge::{Judgement, LayerNoise, SLACK, TargetLoss, layer_noise};
pub use lower::{ModelLabel, WeightBits, lower};
pub use make::{ExportOrder, Exported};
pub use pack::packed;
pub use program::Program;
pub use run::{model_label, of_run, training_strips};
pub use spectral::{
    FloatSpectral, SpectralCalibration, SpectralTrace, calibrate_spectral, lower_spectral,
};
