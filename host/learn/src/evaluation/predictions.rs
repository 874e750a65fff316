//! Predictions beside exact values.

use std::time::Instant;

use landauer_core::DisorderModel;
use landauer_core::inference::Target;

use super::baseline::impurities;
use super::overlap::OverlapError;
use super::predictor::{PredictError, Predictor};
use super::targets::{TargetError, target_values};
use landauer::StripSize;
use landauer::dataset::{Dataset, DatasetError};
use landauer::failure::{Categorised, Category};
use landauer::internal::memory::{self, TooLittleMemory};

/// A predictor's values for the samples of a data set, and the exact ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions {
    /// The disorder model.
    pub disorder: DisorderModel,
    /// Sites of a strip.
    pub sites: usize,
    /// The predicted quantities.
    pub targets: Vec<Target>,
    /// The numbers of impurities, `[sample]`; for model I of sites.
    pub counts: Vec<usize>,
    /// The exact conductances, `[sample, target]`, in units of G0.
    pub exact: Vec<f64>,
    /// The predicted ones, `[sample, target]`, in units of G0.
    pub predicted: Vec<f64>,
    /// How long the predictor took, in seconds.
    pub seconds: f64,
}

impl Predictions {
    /// One target's values out of `[sample, target]`.
    #[must_use]
    pub fn column(&self, values: &[f64], target: usize) -> Vec<f64> {
        let column = values.iter().skip(target);
        column.step_by(self.targets.len().max(1)).copied().collect()
    }
}

/// Predicts for every sample of `dataset`, chunk by chunk; `done` is called with the number of further samples.
///
/// # Errors
/// A data set of another size or disorder, of samples that the predictor was trained on
/// ([`TrainedOn`](super::TrainedOn)), without one of its targets, or an unreadable one; a
/// prediction that is missing or not finite.
pub fn predict_all(
    predictor: &mut dyn Predictor,
    dataset: &Dataset,
    mut done: impl FnMut(u64),
) -> Result<Predictions, EvaluateError> {
    predict_unless(predictor, dataset, |samples| {
        done(samples);
        false
    })
}

/// The same, unless `done` returns that it shall stop: [`EvaluateError::Stopped`].
///
/// # Errors
/// As [`predict_all`]; a stop.
pub fn predict_unless(
    predictor: &mut dyn Predictor,
    dataset: &Dataset,
    done: impl FnMut(u64) -> bool,
) -> Result<Predictions, EvaluateError> {
    require_same(predictor, dataset)?;
    if let Some(trained_on) = predictor.trained_on() {
        trained_on.require_unseen(dataset)?;
    }
    let targets = predictor.targets().to_vec();
    beside_exact(dataset, targets, done, |first, onsite, predicted| {
        let answer = predictor.predict(onsite, predicted);
        answer.map_err(|error| error.after(first))
    })
}

/// Predictions from elsewhere, `[sample, target]` in units of G0, for every sample of `dataset`, beside the
/// exact values; as [`predict_unless`].
///
/// # Errors
/// Not one prediction for each sample and target; one that is not finite; a data set without one of the
/// targets, or an unreadable one.
pub fn given_predictions(
    dataset: &Dataset,
    targets: &[Target],
    given: &[f64],
    done: impl FnMut(u64) -> bool,
) -> Result<Predictions, EvaluateError> {
    let (samples, width) = (dataset.samples(), targets.len());
    if width == 0 || samples.checked_mul(width as u64) != Some(given.len() as u64) {
        return Err(EvaluateError::Shape {
            samples,
            targets: width,
            found: given.len(),
        });
    }
    beside_exact(dataset, targets.to_vec(), done, |first, _, predicted| {
        predicted.copy_from_slice(&given[first * width..][..predicted.len()]);
        Ok(())
    })
}

/// Chunk by chunk: `predict` is called with the number of samples before, the strips, and the places for
/// their predictions.
fn beside_exact(
    dataset: &Dataset,
    targets: Vec<Target>,
    mut done: impl FnMut(u64) -> bool,
    mut predict: impl FnMut(usize, &[f64], &mut [f64]) -> Result<(), PredictError>,
) -> Result<Predictions, EvaluateError> {
    let config = dataset.config();
    let samples = dataset.samples();
    // Exact and predicted, and as much again and again for sorting and drawing.
    let kept = (targets.len() + 1) * 6 * size_of::<f64>();
    let bytes = samples.saturating_mul(kept as u64);
    memory::require("evaluating on a data set of this size", bytes)?;

    let disorder = config.ensemble.model();
    let sites = config.size.length() * config.size.width();
    let mut found = Predictions {
        disorder,
        sites,
        targets,
        counts: Vec::new(),
        exact: Vec::new(),
        predicted: Vec::new(),
        seconds: 0.0,
    };
    let mut first = 0;
    while first < samples {
        let end = samples.min(first + config.chunk_samples);
        let before = found.counts.len();
        let exact = target_values(dataset, &found.targets, first..end)?;
        let onsite = dataset.onsite(first..end)?;
        let mut predicted = vec![0.0; exact.len()];
        let begin = Instant::now();
        let answer = predict(before, &onsite, &mut predicted);
        found.seconds += begin.elapsed().as_secs_f64();
        answer?;
        if let Some(place) = predicted.iter().position(|value| !value.is_finite()) {
            let width = found.targets.len().max(1);
            return Err(EvaluateError::NotFinite {
                sample: before + place / width,
                target: found.targets[place % width],
                value: predicted[place],
            });
        }
        found
            .counts
            .extend(onsite.chunks_exact(sites).map(impurities));
        found.exact.extend(exact);
        found.predicted.extend(predicted);
        if done(end - first) {
            return Err(EvaluateError::Stopped);
        }
        first = end;
    }
    Ok(found)
}

/// Makes sure that the strips of the data set are of the predictor's size and disorder.
///
/// # Errors
/// [`EvaluateError::Other`] if they are not.
pub fn require_same(predictor: &dyn Predictor, dataset: &Dataset) -> Result<(), EvaluateError> {
    let config = dataset.config();
    let made_for = |what: &'static str, existing: String, wanted: String| EvaluateError::Other {
        what,
        existing,
        wanted,
    };
    let words = |size: StripSize| format!("{} x {} sites", size.length(), size.width());
    if config.size != predictor.size() {
        let (existing, wanted) = (words(config.size), words(predictor.size()));
        return Err(made_for("size", existing, wanted));
    }
    let (existing, wanted) = (config.ensemble.model(), predictor.disorder());
    if !wanted.covers(&existing) {
        let (existing, wanted) = (existing.to_string(), wanted.to_string());
        return Err(made_for("disorder", existing, wanted));
    }
    Ok(())
}

/// Why an evaluation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// The data set is of another size or disorder.
    #[error(
        "the data set's {what} is {existing}, and the predictor was made for {wanted}: \
         give it a data set of that"
    )]
    Other {
        /// What differs.
        what: &'static str,
        /// What the data set has.
        existing: String,
        /// What the predictor wants.
        wanted: String,
    },
    /// The data set holds samples that the predictor has seen.
    #[error(transparent)]
    Overlap(#[from] OverlapError),
    /// The data set does not say what a target is.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The data set is unreadable.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The predictor gave up.
    #[error(transparent)]
    Predict(#[from] PredictError),
    /// A prediction that is none.
    #[error(
        "the predictor gives {value} for {target} of sample {sample}, which is not a conductance"
    )]
    NotFinite {
        /// The sample.
        sample: usize,
        /// The target.
        target: Target,
        /// What was said.
        value: f64,
    },
    /// Predictions that are given are not those of the samples.
    #[error(
        "{found} predictions are given, and {targets} of each of the {samples} samples are needed"
    )]
    Shape {
        /// Of the data set.
        samples: u64,
        /// Numbers that are predicted of each.
        targets: usize,
        /// Numbers that are given.
        found: usize,
    },
    /// It was stopped.
    #[error("stopped")]
    Stopped,
    /// The machine has too little memory.
    #[error(transparent)]
    Memory(#[from] TooLittleMemory),
}

impl Categorised for EvaluateError {
    fn category(&self) -> Category {
        match self {
            Self::Other { .. } => Category::Usage,
            Self::Overlap(error) => error.category(),
            Self::Target(error) => error.category(),
            Self::Dataset(error) => error.category(),
            Self::Predict(error) => error.category(),
            Self::NotFinite { .. } => Category::Internal,
            Self::Shape { .. } => Category::Input,
            Self::Stopped => Category::Interrupted,
            Self::Memory(error) => error.category(),
        }
    }
}
