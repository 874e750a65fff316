//! The native half of the Python package `landauer`.
//!
//! The other half, `host/python/python/landauer`, is what users call: it has the documentation, brings arguments
//! into one form, and gives results their shapes. Here are the borders:
//!
//! 1. `failure`: errors of the libraries become exceptions, and so do panics.
//! 2. `process`: threads, planned solvers and mappers of this process, which a `fork` must not share.
//! 3. `run`: work without the interpreter's lock, that Ctrl-C stops and a progress bar watches.
//! 4. One file each: `solve`, `maps`, `thermal`, `ensemble`, `average`, `generate`, `dataset`, `model`, `train`, `export`, `evaluate`,
//!    `command`.

#![allow(
    clippy::needless_pass_by_value,
    reason = "PyO3 hands arguments over by value"
)]

mod average;
mod command;
mod dataset;
mod ensemble;
mod evaluate;
mod export;
mod failure;
mod generate;
mod maps;
mod model;
mod planned;
mod process;
mod request;
mod run;
mod solve;
mod thermal;
mod train;

use pyo3::prelude::*;

#[pymodule]
mod _landauer {
    #[pymodule_export]
    use crate::average::{Averages, average, fit_localisation};
    #[pymodule_export]
    use crate::command::main;
    #[pymodule_export]
    use crate::dataset::Dataset;
    #[pymodule_export]
    use crate::ensemble::Ensemble;
    #[pymodule_export]
    use crate::evaluate::{evaluate_model, evaluate_values};
    #[pymodule_export]
    use crate::export::export;
    #[pymodule_export]
    use crate::generate::generate;
    #[pymodule_export]
    use crate::maps::{Maps, maps};
    #[pymodule_export]
    use crate::model::Model;
    #[pymodule_export]
    use crate::run::panic;
    #[pymodule_export]
    use crate::solve::{Solution, check_onsite, checksum, solve};
    #[pymodule_export]
    use crate::thermal::{Thermal, thermal};
    #[pymodule_export]
    use crate::train::{curves, presets, train, training_config};

    use landauer::internal::MAX_THREADS;
    use landauer::maps::Field;
    use landauer_core::inference::format::MAX_INPUT_CHANNELS;
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("MAP_FIELDS", Field::ALL.map(Field::name))?;
        module.add("MAX_THREADS", MAX_THREADS)?;
        module.add("MAX_INPUT_CHANNELS", MAX_INPUT_CHANNELS)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
