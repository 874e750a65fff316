//! Model files from runs.

use std::path::PathBuf;

use landauer_learn::ModelPlace;
use landauer_learn::export::{ExportOrder, WeightBits};
use pyo3::prelude::*;

use crate::failure::Failure;
use crate::train::json;
use crate::{process, run};

/// Writes the run in this folder as a model file and its card; gives the card, JSON. Without a number of strips
/// or a loss it is the usual one.
#[pyfunction]
#[expect(
    clippy::too_many_arguments,
    reason = "the Python half has them by name"
)]
pub(crate) fn export(
    py: Python<'_>,
    run: PathBuf,
    test_set: PathBuf,
    output: PathBuf,
    name: String,
    weights: &str,
    input_channels: usize,
    calibration: Option<u32>,
    max_loss: Option<f64>,
    threads: Option<usize>,
    progress: Option<Py<PyAny>>,
) -> PyResult<String> {
    let weights = match weights {
        "int8" => WeightBits::Int8,
        "int4" => WeightBits::Int4,
        other => {
            let reason = format!("unknown weights {other:?}: give \"int8\" or \"int4\"");
            return Err(Failure::usage(reason).into());
        }
    };
    let max_loss = max_loss.unwrap_or(ExportOrder::MAX_LOSS);
    if !(max_loss.is_finite() && max_loss >= 0.0) {
        let reason = format!("max_loss is {max_loss}: a percentage of at least 0 is needed");
        return Err(Failure::usage(reason).into());
    }
    let pool = process::pool(py, threads)?;
    run::owned(py, &pool, progress.as_ref(), move |watch| {
        // Before the work, so that a path that cannot be written is an error at once.
        let place = ModelPlace::create(&output)?;
        let order = ExportOrder {
            run: &run,
            test_set: &test_set,
            name: &name,
            weights,
            input_channels,
            calibration: calibration.unwrap_or(ExportOrder::CALIBRATION),
        };
        let made = order.make(watch)?;
        made.judgement.require(max_loss)?;
        made.write(place)?;
        json(&made.card)
    })
}
