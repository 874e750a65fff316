//! What predictions are worth.

use std::sync::Arc;

use landauer::dataset::Dataset as Read;
use landauer::work::Observer;
use landauer_core::FERMI_ENERGY;
use landauer_learn::evaluation::{
    Baseline, Intervals, Predictions, Target, count_medians, given_predictions, judge,
    predict_unless, target_key, target_of_key,
};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use serde_json::{Value, json};

use crate::dataset::Dataset;
use crate::failure::Failure;
use crate::model::{Model, Use};
use crate::run::Watch;
use crate::train::json as text;
use crate::{process, run};

/// The judgement as JSON; exact values and predictions, `[sample, target]`.
type Judged<'py> = (String, Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>);

/// Judges a model or a run. The medians are those of `baseline`, or those that the model has, or else those of
/// the data set itself.
#[pyfunction]
#[expect(
    clippy::too_many_arguments,
    reason = "the Python half has them by name"
)]
pub(crate) fn evaluate_model<'py>(
    py: Python<'py>,
    model: PyRef<'_, Model>,
    dataset: PyRef<'_, Dataset>,
    baseline: Option<PyRef<'_, Dataset>>,
    within: Option<u64>,
    mirrors: Option<bool>,
    seed: u64,
    threads: Option<usize>,
) -> PyResult<Judged<'py>> {
    let dataset = Arc::clone(&dataset.0);
    let baseline = baseline.map(|baseline| Arc::clone(&baseline.0));
    let pool = process::pool(py, threads)?;
    let how = Use {
        within,
        mirrors,
        card: true,
    };
    let mut predictor = model.ready(py, &pool, how)?;
    let (predictor, judged, found) = run::owned(py, &pool, None, move |watch| {
        let found = predict_unless(&mut *predictor, &dataset, |samples| {
            advanced(watch, samples)
        })?;
        let table = match (&baseline, predictor.baseline()) {
            (Some(other), _) => Table::of_other(other, &dataset, &found.targets)?,
            (None, Some(own)) => Table {
                medians: own.clone(),
                source: "training set",
            },
            (None, None) => Table::of(&dataset, &found.targets, "test set")?,
        };
        let about = json!({
            "predictor": predictor.name(),
            "known_to_be_unseen": predictor.trained_on().is_some(),
            "passes": predictor.passes(),
            "multiply_adds_a_pass": predictor.multiply_adds(),
        });
        let judged = judged(about, &found, &table, predictor.intervals(), seed)?;
        Ok((predictor, judged, found))
    })?;
    model.give_back(py, how, predictor);
    Ok(given(py, judged, found))
}

/// Judges predictions `[sample, target]` of these targets; as [`evaluate_model`].
#[pyfunction]
pub(crate) fn evaluate_values<'py>(
    py: Python<'py>,
    predictions: PyReadonlyArray2<'_, f64>,
    targets: Vec<String>,
    dataset: PyRef<'_, Dataset>,
    baseline: Option<PyRef<'_, Dataset>>,
    seed: u64,
    threads: Option<usize>,
) -> PyResult<Judged<'py>> {
    let dataset = Arc::clone(&dataset.0);
    let baseline = baseline.map(|baseline| Arc::clone(&baseline.0));
    let targets: Vec<Target> = { targets.iter() }
        .map(|name| {
            let target = target_of_key(name, dataset.config().bias).ok_or_else(|| {
                Failure::usage(format!(
                    "unknown target {name:?}: give \"g\", \"g_bar\" or \"t_ENERGY\""
                ))
            })?;
            Ok(of_data_set(target, &dataset.config().energies))
        })
        .collect::<Result<_, Failure>>()?;
    let values = predictions.as_slice()?.to_vec();
    let pool = process::pool(py, threads)?;
    let (judged, found) = run::owned(py, &pool, None, move |watch| {
        let found = given_predictions(&dataset, &targets, &values, |samples| {
            advanced(watch, samples)
        })?;
        let table = match &baseline {
            Some(other) => Table::of_other(other, &dataset, &targets)?,
            None => Table::of(&dataset, &targets, "test set")?,
        };
        let about = json!({ "predictor": "predictions", "known_to_be_unseen": false });
        let judged = judged(about, &found, &table, None, seed)?;
        Ok((judged, found))
    })?;
    Ok(given(py, judged, found))
}

/// Energies in t that differ by less are one: people write -0.14 of -0.13999999999999999.
const SAME_ENERGY: f64 = 1e-9;

/// The target at the data set's own energy, if it has one that is the same but for rounding.
fn of_data_set(target: Target, energies: &[f64]) -> Target {
    let Target::Transmission { energy } = target else {
        return target;
    };
    let distance = |own: f64| (own - energy).abs();
    let nearest = energies.iter().copied();
    let nearest = nearest.min_by(|a, b| distance(*a).total_cmp(&distance(*b)));
    match nearest.filter(|&own| distance(own) <= SAME_ENERGY) {
        Some(FERMI_ENERGY) => Target::Conductance,
        Some(energy) => Target::Transmission { energy },
        None => target,
    }
}

fn advanced(watch: &Watch, samples: u64) -> bool {
    watch.advance(samples);
    watch.is_stopped()
}

/// Medians by impurity count, and where they come from.
struct Table {
    medians: Baseline,
    source: &'static str,
}

impl Table {
    /// Of another data set, which must be of the same size and disorder.
    fn of_other(other: &Read, dataset: &Read, targets: &[Target]) -> Result<Self, Failure> {
        let of = |dataset: &Read| (dataset.config().size, dataset.config().ensemble.model());
        let ((size, model), (wanted, existing)) = (of(other), of(dataset));
        if size == wanted && model == existing {
            return Self::of(other, targets, "baseline");
        }
        Err(Failure::usage(format!(
            "the baseline's data set {} is of {model} and {} x {} sites, and the test set of {existing} and \
             {} x {}: give one of the same",
            other.path().display(),
            size.length(),
            size.width(),
            wanted.length(),
            wanted.width(),
        )))
    }

    fn of(dataset: &Read, targets: &[Target], source: &'static str) -> Result<Self, Failure> {
        let medians = count_medians(dataset, targets)?;
        Ok(Self { medians, source })
    }
}

fn judged(
    mut about: Value,
    found: &Predictions,
    table: &Table,
    intervals: Option<&Intervals>,
    seed: u64,
) -> Result<String, Failure> {
    let of_targets = judge(found, Some(&table.medians), intervals, seed);
    let keys = found.targets.iter().map(|&target| target_key(target));
    about["keys"] = keys.collect::<Vec<_>>().into();
    about["targets"] = json!(of_targets);
    about["baseline"] = table.source.into();
    about["seconds"] = found.seconds.into();
    text(&about)
}

fn given(py: Python<'_>, judged: String, found: Predictions) -> Judged<'_> {
    (
        judged,
        found.exact.into_pyarray(py),
        found.predicted.into_pyarray(py),
    )
}
