//! Training.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use landauer::dataset::{DatasetConfig, default_chunk_samples, usual_energies};
use landauer::failure::Category;
use landauer::work::{Locking, Observer};
use landauer_learn::training::{
    Data, Device, Epoch, Online, PRESETS, RunRecord, Trained, Training, TrainingConfig, Watcher,
    preset,
};
use pyo3::prelude::*;

use crate::ensemble::Ensemble;
use crate::failure::Failure;
use crate::run::Watch;
use crate::{process, run};

/// The presets, each with a line about it.
#[pyfunction]
pub(crate) fn presets() -> Vec<(&'static str, &'static str)> {
    PRESETS.to_vec()
}

/// A configuration, checked and complete, as JSON: of a preset, of TOML, or of a JSON object.
#[pyfunction]
pub(crate) fn training_config(kind: &str, text: &str) -> PyResult<String> {
    let config = match kind {
        "preset" => preset(text),
        "toml" => TrainingConfig::parse(text),
        _ => of_json(text),
    };
    let config = config.map_err(Failure::from)?;
    Ok(json(&config)?)
}

fn of_json(text: &str) -> Result<TrainingConfig, landauer_learn::training::TrainingConfigError> {
    let values: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    TrainingConfig::from_values(&values)
}

/// Where samples come from that are made while training.
type Drawn<'py> = (
    PyRef<'py, Ensemble>,
    Option<Vec<f64>>,
    Option<f64>,
    usize,
    usize,
);

/// Trains in the folder `output`, or goes on there: on the data set at `dataset` (the `first` of its samples),
/// or on samples of an ensemble, at energies and a bias, so many an epoch and so many to choose by. `progress`
/// is called with samples done, all samples, the loss, and the epochs that ended since, as JSON. Gives warnings.
#[pyfunction]
#[expect(
    clippy::too_many_arguments,
    reason = "the Python half has them by name"
)]
pub(crate) fn train(
    py: Python<'_>,
    config: &str,
    dataset: Option<PathBuf>,
    first: Option<u64>,
    drawn: Option<Drawn<'_>>,
    output: PathBuf,
    device: &str,
    checkpoint_seconds: f64,
    lock: bool,
    threads: Option<usize>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Vec<String>> {
    let config = of_json(config).map_err(Failure::from)?;
    let device = Device::named(device).ok_or_else(|| {
        Failure::usage(format!(
            "unknown device {device:?}: the devices are {}",
            Device::built()
        ))
    })?;
    let checkpoint_every = Duration::try_from_secs_f64(checkpoint_seconds).map_err(|_| {
        let reason =
            format!("checkpoint_seconds is {checkpoint_seconds}: a number of at least 0 is needed");
        Failure::usage(reason)
    })?;
    let pool = process::pool(py, threads)?;
    let data = match (dataset, drawn) {
        (Some(path), None) => Data::Dataset { path, first },
        (None, Some((ensemble, energies, bias, epoch_samples, validation_samples))) => {
            let (energies, bias) = usual_energies(energies, bias);
            let config = DatasetConfig {
                ensemble: ensemble.ensemble,
                size: ensemble.size,
                energies,
                bias,
                chunk_samples: default_chunk_samples(ensemble.size),
            };
            config.check().map_err(Failure::from)?;
            Data::Online(Online {
                config,
                epoch_samples,
                validation_samples,
                threads: pool.current_num_threads(),
            })
        }
        _ => return Err(Failure::usage("a data set or an ensemble is needed").into()),
    };
    let locking = if lock { Locking::On } else { Locking::Off };
    let training = Training {
        config,
        data,
        output,
        device,
        checkpoint_every,
        locking,
    };
    let course = Arc::new(Course::default());
    let report = progress.map(|call| {
        let course = Arc::clone(&course);
        Py::new(py, Report { call, course })
    });
    let report = report.transpose()?.map(Py::into_any);
    run::owned(py, &pool, report.as_ref(), move |watch| {
        let done = training.run(&Watched {
            watch,
            course: &course,
        })?;
        if done.stopped {
            let kept = format!(
                "stopped; a checkpoint is in {}: the same call resumes",
                training.output.display()
            );
            return Err(Failure::new(Category::Interrupted, kept));
        }
        let warnings = course.warnings.lock();
        Ok(std::mem::take(
            &mut *warnings.unwrap_or_else(PoisonError::into_inner),
        ))
    })
}

/// What the epochs of a run came to, and what the baseline's errors are: `run.json`'s result, as JSON.
#[pyfunction]
pub(crate) fn curves(py: Python<'_>, path: PathBuf) -> PyResult<String> {
    run::short(py, || {
        let run = Trained::load(&path)?;
        let RunRecord { finished, .. } = run.record();
        json(finished)
    })
}

/// How far a training is, beside the samples.
#[derive(Debug, Default)]
struct Course {
    /// The bits of the loss.
    loss: AtomicU64,
    /// Those that ended and are not told yet.
    epochs: Mutex<Vec<Epoch>>,
    /// What the user should know.
    warnings: Mutex<Vec<String>>,
}

/// Stands between a training and the interpreter.
struct Watched<'w> {
    watch: &'w Watch,
    course: &'w Course,
}

impl Watcher for Watched<'_> {
    fn begin(&self, total: u64, done: u64) {
        Observer::begin(self.watch, "training", total);
        self.watch.advance(done);
    }

    fn learned(&self, samples: u64, loss: f64) {
        self.course.loss.store(loss.to_bits(), Ordering::Relaxed);
        self.watch.advance(samples);
    }

    fn judged(&self, epoch: &Epoch) {
        let mut epochs = self
            .course
            .epochs
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        epochs.push(epoch.clone());
    }

    fn warn(&self, text: &str) {
        let warnings = self.course.warnings.lock();
        let mut warnings = warnings.unwrap_or_else(PoisonError::into_inner);
        warnings.push(text.to_owned());
    }

    fn stop(&self) -> bool {
        self.watch.is_stopped()
    }
}

/// Called with samples done and all samples; calls on with what else is known.
#[pyclass(frozen)]
struct Report {
    call: Py<PyAny>,
    course: Arc<Course>,
}

#[pymethods]
impl Report {
    fn __call__(&self, py: Python<'_>, done: u64, total: u64) -> PyResult<Py<PyAny>> {
        let epochs = {
            let mut epochs = self
                .course
                .epochs
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *epochs)
        };
        let loss = f64::from_bits(self.course.loss.load(Ordering::Relaxed));
        self.call.call1(py, (done, total, loss, json(&epochs)?))
    }
}

/// What can be JSON.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::of(Category::Internal, &error))
}
