//! What an experiment asks for: data, trainings.

use landauer_core::{Concentration, DisorderModel, Ensemble, FERMI_ENERGY, PAPER_BIAS};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::ExperimentError;
use landauer::StripSize;
use landauer::dataset::{DatasetConfig, default_chunk_samples, with_bias_grid};
use landauer::internal::files::hexadecimal;
use landauer_learn::evaluation::{BASELINE_RULE, Interval, TargetEvaluation};
use landauer_learn::training::{TrainingConfig, TrainingConfigError};

/// Samples of an ensemble with their exact conductances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DatasetJob {
    /// The disorder model.
    pub model: DisorderModel,
    /// The concentration rule; without meaning for model I.
    pub concentration: Concentration,
    /// The size of the strips.
    pub size: StripSize,
    /// Whether they are solved at the energies of Ḡ too, and not at E = 0 only.
    pub bias: bool,
    /// How many.
    pub samples: u64,
    /// The seed.
    pub seed: u64,
}

impl DatasetJob {
    /// Square strips of model I.
    pub(super) const fn model_1(strength: f64, side: usize, samples: u64, seed: u64) -> Self {
        Self {
            model: DisorderModel::AndersonBox { strength },
            concentration: Concentration::Uniform,
            size: square(side),
            bias: false,
            samples,
            seed,
        }
    }

    /// Strips of models II, III, IV as in the paper: 40×40 sites, n uniform in [0, 1).
    pub(super) const fn species(model: DisorderModel, samples: u64, seed: u64) -> Self {
        Self {
            model,
            concentration: Concentration::Uniform,
            size: square(40),
            bias: false,
            samples,
            seed,
        }
    }

    /// The ensemble.
    ///
    /// # Errors
    /// A strength or a concentration that cannot be.
    pub fn ensemble(&self) -> Result<Ensemble, ExperimentError> {
        Ok(Ensemble::new(self.model, self.concentration, self.seed)?)
    }

    /// The energies that they are solved at.
    #[must_use]
    pub fn energies(&self) -> Vec<f64> {
        let energies = vec![FERMI_ENERGY];
        if self.bias {
            with_bias_grid(energies, PAPER_BIAS)
        } else {
            energies
        }
    }

    /// The data set.
    pub(super) fn config(&self) -> Result<DatasetConfig, ExperimentError> {
        Ok(DatasetConfig {
            ensemble: self.ensemble()?,
            size: self.size,
            energies: self.energies(),
            bias: self.bias.then_some(PAPER_BIAS),
            chunk_samples: default_chunk_samples(self.size),
        })
    }

    /// A name that differs between data sets that are not the same.
    pub(super) fn name(&self) -> String {
        let model = match self.model {
            DisorderModel::AndersonBox { strength } => format!("m1w{strength}"),
            model => match model.number() {
                Some(number) => format!("m{number}"),
                None => format!("own{:?}", model.species_energies()),
            },
        };
        let concentration = match self.concentration {
            Concentration::Fixed(n) => format!("-n{n}"),
            Concentration::Uniform => String::new(),
        };
        let [length, width] = self.size.sides();
        let bias = if self.bias { "-bias" } else { "" };
        format!(
            "{model}-{length}x{width}{concentration}{bias}-seed{}-{}",
            self.seed, self.samples
        )
    }
}

/// A strip of the paper.
pub(super) const fn strip(length: usize, width: usize) -> StripSize {
    match StripSize::new(length, width) {
        Ok(size) => size,
        Err(_) => panic!("the paper's strips have sites"),
    }
}

/// This many sites along and across.
pub(super) const fn square(side: usize) -> StripSize {
    strip(side, side)
}

/// Weights that a cache holds.
const CACHED: usize = 2_000_000;
/// Bytes that a step moves for each weight: it is read forwards and backwards, its gradient is written
/// and read, and Adam reads and writes it and its two means.
const TRAFFIC: f64 = 44.0;

/// A network to be trained and judged.
#[derive(Debug, Clone)]
pub struct TrainingJob {
    /// What it is, for people.
    pub label: String,
    /// The network and its training.
    pub config: TrainingConfig,
    /// What it learns from.
    pub data: DatasetJob,
    /// How many of its samples are used, from the first on, including those that choose the best
    /// epoch.
    pub first: u64,
    /// What it is judged on.
    pub test: DatasetJob,
}

impl TrainingJob {
    /// A name that differs between points that are not the same.
    pub(super) fn name(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.config.to_toml());
        let (data, test) = (self.data.name(), self.test.name());
        hash.update(format!("{} of {data}; {test}; {BASELINE_RULE}", self.first));
        format!("{data}-{}", hexadecimal(&hash.finalize()[..8]))
    }

    /// How many bytes the training may take: 40 for each weight (its value, its gradient, Adam's two
    /// means, the best one and copies while it is judged; measured: 28), 8 for each site of a strip.
    pub(super) fn bytes(&self) -> Result<u64, ExperimentError> {
        let (network, size) = (&self.config.network, self.data.size);
        let parameters = network
            .parameters(size, 1)
            .map_err(TrainingConfigError::Spec)? as u64;
        let sites = size.sites() as u64 * (self.data.samples + self.test.samples);
        Ok(40 * parameters + 8 * sites)
    }

    /// How many seconds the training may take: all epochs, on this many threads.
    ///
    /// As measured: 6e10 multiply-adds a second and thread, three for each of the network's; a
    /// microsecond a sample whatever the network; and, of weights that no cache holds, 1.5e10 bytes a
    /// second of all threads, [`TRAFFIC`] for each weight and step.
    pub(super) fn expected_seconds(&self, threads: usize) -> Result<f64, ExperimentError> {
        let (network, size) = (&self.config.network, self.data.size);
        let multiply_adds = network
            .multiply_adds(size, 1)
            .map_err(TrainingConfigError::Spec)? as f64;
        let parameters = network
            .parameters(size, 1)
            .map_err(TrainingConfigError::Spec)?;
        let samples = self.first as f64 * self.config.epochs as f64;
        let computing = samples * (3.0 * multiply_adds / 6e10 + 1e-6) / threads.max(1) as f64;
        let traffic = if parameters > CACHED {
            samples / self.config.batch_size as f64 * TRAFFIC * parameters as f64 / 1.5e10
        } else {
            0.0
        };
        Ok(computing + traffic)
    }
}

/// A network that has been trained and judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// What it is, for people.
    pub label: String,
    /// How many numbers were learned.
    pub parameters: usize,
    /// Multiply-adds of a prediction, one pass.
    pub multiply_adds: u64,
    /// Samples that it learned from, those that chose the best epoch included.
    pub training_samples: u64,
    /// Epochs done, and the best on the validation split.
    pub epochs: [u64; 2],
    /// Seconds of training.
    pub seconds: f64,
    /// Where, on how many threads.
    pub device: String,
    /// Samples that it was judged on, and their SHA-256 with their conductances.
    pub test_samples: usize,
    /// The latter.
    pub test_hash: String,
    /// The mean absolute error on the test set, in G0.
    pub mae: f64,
    /// Its interval, with 95 % confidence.
    pub mae_interval: Interval,
    /// The MAE of the medians by impurity count; of model I of the constant.
    pub baseline_mae: f64,
    /// 1 − MAE / baseline's.
    pub skill: f64,
    /// Its interval.
    pub skill_interval: Interval,
    /// The mean absolute error of ln G where G is small, and the baseline's; `None` if G nowhere is.
    pub logarithm: Option<[f64; 2]>,
    /// By concentration: from, to, MAE, baseline's MAE; empty for model I.
    pub bands: Vec<[f64; 4]>,
    /// Seconds that predicting the test set took.
    pub predicting: f64,
}

impl Point {
    /// The judge's words; `None` if it has not compared the network with the baseline.
    pub(super) fn judged(self, found: &TargetEvaluation) -> Option<Self> {
        let logarithm = match &found.logarithm {
            Some(small) => Some([small.mae, small.baseline_mae?]),
            None => None,
        };
        let band = |band: &landauer_learn::evaluation::Band| {
            let baseline = band.baseline_mae?;
            Some([band.from, band.to, band.mae, baseline])
        };
        Some(Self {
            test_samples: found.samples,
            mae: found.mae,
            mae_interval: found.mae_interval,
            baseline_mae: found.baseline_mae?,
            skill: found.skill?,
            skill_interval: found.skill_interval?,
            logarithm,
            bands: found.bands.iter().map(band).collect::<Option<_>>()?,
            ..self
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use landauer_learn::training::preset;

    fn job() -> TrainingJob {
        TrainingJob {
            label: String::new(),
            config: preset("paper-cnn").unwrap(),
            data: DatasetJob::species(DisorderModel::II, 1000, 1),
            first: 900,
            test: DatasetJob::species(DisorderModel::II, 500, 2),
        }
    }

    #[test]
    fn whatever_decides_about_a_point_is_in_its_name() {
        let one = job();
        assert_eq!(one.name(), job().name());
        let mut names = vec![one.name()];
        let changes: [fn(&mut TrainingJob); 6] = [
            |job| job.config.seed = 2,
            |job| job.config.batch_size = 33,
            |job| job.first = 999,
            |job| job.data.seed = 3,
            |job| job.test.samples = 499,
            |job| job.test.bias = true,
        ];
        for change in changes {
            let mut other = job();
            change(&mut other);
            names.push(other.name());
        }
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
        // What is said of it is not.
        let mut other = job();
        other.label.push('x');
        assert_eq!(one.name(), other.name());
    }

    #[test]
    fn a_larger_network_takes_longer() {
        let seconds = |hidden: usize| {
            let mut job = job();
            job.config.network = landauer_learn::training::NetworkSpec::Dense {
                hidden: vec![hidden; 3],
            };
            job.expected_seconds(2).unwrap()
        };
        assert!(seconds(3000) > 2.0 * seconds(1000));
    }
}
