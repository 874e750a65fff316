//! A network that has been trained, predicting in floating point.

use std::path::{Path, PathBuf};

use landauer_core::inference::Target;
use landauer_core::{Concentration, DisorderModel};
use rayon::prelude::*;

use super::config::TrainingConfig;
use super::device::Device;
use super::error::TrainingError;
use super::folder::{BASELINE, Folder, INTERVALS, RUN, RunRecord, SCALING};
use super::network::{Architecture, BatchItem, Network};
use super::record::read_record;
use super::scaling::Scaling;
use super::spec::NetworkSpec;
use super::strips::{Encoder, Strips};
use super::symmetry::SymmetryCopy;
use super::weights::Weights;
use crate::evaluation::{Baseline, Intervals, PredictError, Predictor, TrainedOn, UnknownSite};
use landauer::StripSize;
use landauer::internal::memory;

/// Samples that one thread predicts at a time.
const BATCH: usize = 256;

/// A network that has been trained: a finished run.
///
/// It predicts on the CPU whatever device it was trained on. Outputs of the symmetry copies of a strip are
/// averaged before they become a conductance, which is at least 0 and at most the number of modes,
/// as in `landauer-core`.
#[derive(Debug, Clone)]
pub struct Trained {
    path: PathBuf,
    config: TrainingConfig,
    record: RunRecord,
    architecture: Architecture,
    weights: Weights,
    scaling: Scaling,
    baseline: Baseline,
    intervals: Option<Intervals>,
    samples: TrainedOn,
    copies: u64,
}

impl Trained {
    /// Reads the best weights of the run in this folder.
    ///
    /// # Errors
    /// No finished run is there; a file that is damaged.
    pub fn load(path: &Path) -> Result<Self, TrainingError> {
        let folder = Folder::new(path);
        let record = folder.record()?;
        let Some(finished) = &record.finished else {
            return Err(TrainingError::Unfinished {
                path: path.to_owned(),
            });
        };
        folder.verify(finished)?;
        if !(1..=record.outputs.len()).contains(&record.targets) {
            let reason = "it has no target, or more than outputs";
            return Err(folder.damaged(RUN, reason.to_owned()));
        }
        let config = folder.config(&record)?;
        let sum = |name: &str| finished.files.get(name).copied();
        let scaling: Scaling = folder.read_json(SCALING, sum(SCALING))?;
        if !scaling.is_sound() || scaling.outputs.len() != record.outputs.len() {
            return Err(folder.damaged(SCALING, "it has not one table an output".to_owned()));
        }
        let baseline = folder.read_json(BASELINE, sum(BASELINE))?;
        let intervals = folder.read_json(INTERVALS, sum(INTERVALS))?;
        let architecture = architecture(&config, &record);
        // The weights, those that shall be like them, and one network.
        let parameters = config
            .network
            .parameters(architecture.size, architecture.outputs)?;
        memory::require(
            "a network of this size",
            (parameters as u64).saturating_mul(4 * 4),
        )?;
        let best = "best.safetensors";
        let bytes = folder.read(best, sum(best))?;
        let wanted = architecture.initial(&config)?;
        let weights = read_record(&bytes, &wanted).map_err(|why| folder.damaged(best, why))?;
        let copies = if config.average_symmetry_copies {
            SymmetryCopy::count_for(&config.network, record.data.disorder(), &record.outputs)
        } else {
            1
        };
        Ok(Self {
            path: path.to_owned(),
            samples: record.data.trained_on(config.epochs),
            config,
            record,
            architecture,
            weights,
            scaling,
            baseline,
            intervals: Some(intervals),
            copies,
        })
    }

    /// What the run says of itself.
    #[must_use]
    pub const fn record(&self) -> &RunRecord {
        &self.record
    }

    /// How it was trained.
    #[must_use]
    pub const fn config(&self) -> &TrainingConfig {
        &self.config
    }

    /// What the network is.
    #[must_use]
    pub const fn spec(&self) -> &NetworkSpec {
        &self.config.network
    }

    /// The best weights, by name.
    #[must_use]
    pub const fn weights(&self) -> &Weights {
        &self.weights
    }

    /// What the network reads of a site.
    #[must_use]
    pub const fn encoder(&self) -> &Encoder {
        &self.architecture.encoder
    }

    /// What its outputs mean, output by output: those it is for come first.
    #[must_use]
    pub const fn scaling(&self) -> &Scaling {
        &self.scaling
    }

    /// All outputs: what it is for, then what it learned beside.
    #[must_use]
    pub fn outputs(&self) -> &[Target] {
        &self.record.outputs
    }

    /// The concentration rule of the samples that it was trained on.
    #[must_use]
    pub const fn concentration(&self) -> Concentration {
        self.record.data.concentration()
    }

    /// The number of symmetry copies whose outputs a prediction averages: 1, 4 (both mirrors) or 8 (the sign
    /// of the potential too).
    #[must_use]
    pub const fn symmetry_copies(&self) -> u64 {
        self.copies
    }

    fn run(&self, onsite: &[f64], out: &mut [f64]) -> Result<(), (usize, TrainingError)> {
        let (size, disorder) = (self.record.data.size(), self.record.data.disorder());
        let strips = Strips::of_onsite(size, disorder, onsite)
            .map_err(|unknown| (unknown.sample, unknown.into()))?;
        predict(
            &self.architecture,
            &self.weights,
            &self.scaling,
            &strips,
            self.copies,
            self.record.targets,
            out,
        )
        .map_err(|error| (0, error))?;
        match out.iter().position(|conductance| conductance.is_nan()) {
            None => Ok(()),
            Some(place) => Err((place / self.record.targets, TrainingError::NotANumber)),
        }
    }
}

/// The architecture that a run's configuration and data make.
pub(super) fn architecture(config: &TrainingConfig, record: &RunRecord) -> Architecture {
    let size = record.data.size();
    Architecture {
        spec: config.network.clone(),
        size,
        outputs: record.outputs.len(),
        encoder: Encoder::new(record.data.disorder(), config.input, size.sites()),
    }
}

/// Predicts the first `targets` outputs of all strips into `out`, `[sample, target]`, in G0, averaged
/// over this number of symmetry copies; on all threads of the current rayon pool, with the same bits at any number.
pub(super) fn predict(
    architecture: &Architecture,
    weights: &Weights,
    scaling: &Scaling,
    strips: &Strips,
    copies: u64,
    targets: usize,
    out: &mut [f64],
) -> Result<(), TrainingError> {
    let begin = || -> Result<Box<dyn Network>, TrainingError> {
        let mut network = architecture.network(Device::Cpu)?;
        network.set_weights(weights)?;
        Ok(network)
    };
    let of_batch = |network: &mut Result<Box<dyn Network>, TrainingError>,
                    (number, out): (usize, &mut [f64])|
     -> Result<(), TrainingError> {
        let network = match network {
            Ok(network) => network,
            Err(error) => return Err(TrainingError::Device(error.to_string())),
        };
        let first = number * BATCH;
        predict_batch(&mut **network, scaling, strips, first, copies, targets, out)
    };
    out.par_chunks_mut(BATCH * targets.max(1))
        .enumerate()
        .map_init(begin, of_batch)
        .collect()
}

/// The same for the samples from `first` on, as many as `out` has room for.
pub(super) fn predict_batch(
    network: &mut dyn Network,
    scaling: &Scaling,
    strips: &Strips,
    first: usize,
    copies: u64,
    targets: usize,
    out: &mut [f64],
) -> Result<(), TrainingError> {
    let samples = out.len() / targets;
    out.fill(0.0);
    for copy in 0..copies {
        let item = |sample| BatchItem {
            sample: first + sample,
            copy: SymmetryCopy::of(copy),
        };
        let items: Vec<BatchItem> = (0..samples).map(item).collect();
        let outputs = network.forward(strips, &items, None)?;
        let width = outputs.len() / samples.max(1);
        for (out, outputs) in out
            .chunks_exact_mut(targets)
            .zip(outputs.chunks_exact(width))
        {
            for (out, output) in out.iter_mut().zip(outputs) {
                *out += f64::from(*output);
            }
        }
    }
    let most = strips.size.width() as f64;
    for (sample, out) in out.chunks_exact_mut(targets).enumerate() {
        for (target, out) in out.iter_mut().enumerate() {
            let (centre, spread) = scaling.at(target, strips.counts[first + sample]);
            let conductance = centre + spread * (*out / copies as f64);
            // Weights may be too large for what comes out to be a number.
            *out = if conductance.is_finite() {
                conductance.clamp(0.0, most)
            } else {
                f64::NAN
            };
        }
    }
    Ok(())
}

impl Predictor for Trained {
    fn name(&self) -> String {
        let preset = self.config.preset.as_deref().unwrap_or("network");
        format!("{preset} ({})", self.path.display())
    }

    fn size(&self) -> StripSize {
        self.record.data.size()
    }

    fn disorder(&self) -> DisorderModel {
        self.record.data.disorder()
    }

    fn targets(&self) -> &[Target] {
        &self.record.outputs[..self.record.targets.min(self.record.outputs.len())]
    }

    fn predict(&mut self, onsite: &[f64], out: &mut [f64]) -> Result<(), PredictError> {
        let sites = self.size().length() * self.size().width();
        let expected = onsite.len() / sites * self.record.targets;
        if !onsite.len().is_multiple_of(sites) || out.len() != expected {
            return Err(PredictError::new(TrainingError::Shape {
                what: "places for predictions",
                found: out.len(),
                expected,
            }));
        }
        self.run(onsite, out)
            .map_err(|(sample, error)| match error {
                TrainingError::UnknownOnsite { slice, row, onsite } => {
                    let unknown = UnknownSite {
                        name: self.name(),
                        disorder: self.disorder(),
                        slice,
                        row,
                        onsite,
                    };
                    PredictError::at(sample, unknown)
                }
                TrainingError::NotANumber => PredictError::at(sample, error),
                error => PredictError::new(error),
            })
    }

    fn trained_on(&self) -> Option<&TrainedOn> {
        Some(&self.samples)
    }

    fn baseline(&self) -> Option<&Baseline> {
        Some(&self.baseline)
    }

    fn intervals(&self) -> Option<&Intervals> {
        self.intervals.as_ref()
    }

    fn passes(&self) -> usize {
        usize::try_from(self.copies).unwrap_or(1)
    }

    fn multiply_adds(&self) -> Option<u64> {
        let targets = self.record.targets;
        self.config.network.multiply_adds(self.size(), targets).ok()
    }

    fn set_mirrors(&mut self, averaged: bool) -> Result<(), PredictError> {
        self.copies = if averaged {
            SymmetryCopy::count_for(self.spec(), self.disorder(), &self.record.outputs)
        } else {
            1
        };
        Ok(())
    }
}
