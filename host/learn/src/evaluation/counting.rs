//! The baseline as a predictor: a table of medians, no network.

use landauer_core::DisorderModel;
use landauer_core::inference::Target;

use super::baseline::{Baseline, BaselineError, impurities};
use super::interval::Intervals;
use super::overlap::{SampleRange, TrainedOn};
use super::predictor::{PredictError, Predictor};
use super::targets::{TargetError, target_values};
use landauer::StripSize;
use landauer::dataset::{Dataset, DatasetError};
use landauer::failure::{Categorised, Category};

/// One sample in this many, the last ones, is kept from the medians and gives the intervals.
const HELD_OUT: usize = 8;

/// Guesses a conductance from the number of impurities alone; for model I, always the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Counting {
    name: String,
    targets: Vec<Target>,
    baseline: Baseline,
    intervals: Intervals,
    trained_on: TrainedOn,
}

impl Counting {
    /// Takes the medians of `targets` from `dataset`; from all of them that it has if `None` are
    /// named: G and Ḡ. The intervals are those of medians of the first seven eighths on the rest.
    ///
    /// # Errors
    /// An unreadable data set, or one without the targets.
    pub fn fit(dataset: &Dataset, targets: Option<&[Target]>) -> Result<Self, CountingError> {
        let config = dataset.config();
        let [length, width] = config.size.sides();
        let disorder = config.ensemble.model();
        let sites = length * width;
        let targets = targets.map_or_else(|| usual_targets(dataset), <[Target]>::to_vec);
        let (counts, values) = read(dataset, &targets)?;
        let fit = |counts: &[usize], values: &[f64]| {
            Baseline::fit(disorder, sites, &targets, counts, values)
        };
        let baseline = fit(&counts, &values)?;
        // At least one sample on either side; of a single one, on both.
        let held = counts.len().div_ceil(HELD_OUT);
        let seen = (counts.len() - held).max(1);
        let first = counts.len() - held;
        let table = fit(&counts[..seen], &values[..seen * targets.len()])?;
        let (counts, exact) = (&counts[first..], &values[first * targets.len()..]);
        let mut guessed = vec![0.0; exact.len()];
        guess(&table, counts, &mut guessed);
        let intervals = Intervals::fit(disorder, sites, &targets, counts, exact, &guessed)?;
        let trained_on = TrainedOn {
            disorder,
            size: config.size,
            samples: vec![SampleRange {
                seed: config.ensemble.seed(),
                first: 0,
                end: dataset.samples(),
            }],
            data_hash: String::new(),
        };
        Ok(Self {
            name: format!("medians by impurity count of {}", dataset.path().display()),
            targets,
            baseline,
            intervals,
            trained_on,
        })
    }
}

/// The medians of `targets` alone, without intervals.
///
/// # Errors
/// As [`Counting::fit`].
pub fn count_medians(dataset: &Dataset, targets: &[Target]) -> Result<Baseline, CountingError> {
    let config = dataset.config();
    let (counts, values) = read(dataset, targets)?;
    let (disorder, sites) = (config.ensemble.model(), config.size.sites());
    Ok(Baseline::fit(disorder, sites, targets, &counts, &values)?)
}

/// The impurity counts of all samples, and the values of the targets, `[sample, target]`.
fn read(dataset: &Dataset, targets: &[Target]) -> Result<(Vec<usize>, Vec<f64>), CountingError> {
    let config = dataset.config();
    let (mut counts, mut values) = (Vec::new(), Vec::new());
    let mut first = 0;
    while first < dataset.samples() {
        let end = dataset.samples().min(first + config.chunk_samples);
        values.extend(target_values(dataset, targets, first..end)?);
        let onsite = dataset.onsite(first..end)?;
        counts.extend(onsite.chunks_exact(config.size.sites()).map(impurities));
        first = end;
    }
    Ok((counts, values))
}

/// G and Ḡ, as far as a data set has them; its first energy if it has neither.
fn usual_targets(dataset: &Dataset) -> Vec<Target> {
    let config = dataset.config();
    let g = config.fermi_column().map(|_| Target::Conductance);
    let bias = config.bias.filter(|_| config.bias_columns().is_some());
    let g_bar = bias.map(|bias| Target::BiasAverage { bias });
    let mut targets: Vec<Target> = g.into_iter().chain(g_bar).collect();
    if targets.is_empty() {
        let energies = config.energies.iter().take(1);
        targets.extend(energies.map(|&energy| Target::Transmission { energy }));
    }
    targets
}

/// The guesses of a table, `[sample, target]`.
fn guess(table: &Baseline, counts: &[usize], out: &mut [f64]) {
    let targets = table.targets().len();
    for (out, &count) in out.chunks_exact_mut(targets).zip(counts) {
        for (target, slot) in out.iter_mut().enumerate() {
            *slot = table.guess(target, count);
        }
    }
}

impl Predictor for Counting {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn size(&self) -> StripSize {
        self.trained_on.size
    }

    fn disorder(&self) -> DisorderModel {
        self.trained_on.disorder
    }

    fn targets(&self) -> &[Target] {
        &self.targets
    }

    fn predict(&mut self, onsite: &[f64], out: &mut [f64]) -> Result<(), PredictError> {
        let sites = self.trained_on.size.sites();
        let counts: Vec<usize> = onsite.chunks_exact(sites).map(impurities).collect();
        guess(&self.baseline, &counts, out);
        Ok(())
    }

    fn trained_on(&self) -> Option<&TrainedOn> {
        Some(&self.trained_on)
    }

    fn baseline(&self) -> Option<&Baseline> {
        Some(&self.baseline)
    }

    fn intervals(&self) -> Option<&Intervals> {
        Some(&self.intervals)
    }

    fn multiply_adds(&self) -> Option<u64> {
        Some(0)
    }
}

/// Why the medians are not found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CountingError {
    /// The data set is unreadable.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The data set does not say what a target is.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// No median is found.
    #[error(transparent)]
    Medians(#[from] BaselineError),
}

impl Categorised for CountingError {
    fn category(&self) -> Category {
        match self {
            Self::Dataset(error) => error.category(),
            Self::Target(error) => error.category(),
            Self::Medians(error) => error.category(),
        }
    }
}
