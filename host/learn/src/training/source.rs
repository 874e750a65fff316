//! Where samples come from: a data set, or the solver while training.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use landauer_core::inference::Target;
use landauer_core::{Concentration, DisorderModel, Ensemble};
use serde::{Deserialize, Serialize};

use super::error::TrainingError;
use super::strips::Strips;
use crate::evaluation::{Columns, SampleRange, TrainedOn, target_values};
use landauer::StripSize;
use landauer::dataset::{Dataset, DatasetConfig};
use landauer::internal::{BatchSolver, memory, solve_all};
use landauer::work::MAX_SAMPLES;
use landauer::{SolverRequest, Workload as Kind};

/// What a training learns from.
#[derive(Debug, Clone)]
pub enum Data {
    /// A data set.
    Dataset {
        /// Where it is.
        path: PathBuf,
        /// The number of samples to use, from the first on; `None` for all.
        first: Option<u64>,
    },
    /// Samples made while training, each seen once.
    Online(Online),
}

/// Samples made while training.
#[derive(Debug, Clone)]
pub struct Online {
    /// The strips that are drawn and solved: model, concentration, seed, size, energies. Its seed is taken from
    /// the reserved half of all seeds: no data set has these samples unless it asks for them.
    pub config: DatasetConfig,
    /// Samples of an epoch.
    pub epoch_samples: usize,
    /// Samples that choose the best epoch.
    pub validation_samples: usize,
    /// Threads that draw and solve.
    pub threads: usize,
}

/// Seeds with this bit are for samples made while training.
pub const RESERVED_SEEDS: u64 = 1 << 63;

/// A description of the samples that a run was trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataRecord {
    /// Where the data set was; empty for samples made while training.
    pub path: String,
    /// SHA-256 of the strips and their targets, in hexadecimal: of all of a data set, or of the
    /// first epoch of samples made while training.
    pub hash: String,
    /// Disorder model, concentration and seed.
    pub ensemble: Ensemble,
    /// The size of the strips: `length` and `width` in the file.
    #[serde(flatten)]
    pub size: StripSize,
    /// Energies, in t.
    pub energies: Vec<f64>,
    /// The bias of Ḡ, in t.
    pub bias: Option<f64>,
    /// The solver's identity.
    pub solver: String,
    /// Samples that are learned from: of all epochs, or in each of them if made while training.
    pub training_samples: usize,
    /// Samples that choose the best epoch.
    pub validation_samples: usize,
    /// Whether the samples are made while training.
    pub online: bool,
}

impl DataRecord {
    /// The size of the strips.
    #[must_use]
    pub const fn size(&self) -> StripSize {
        self.size
    }

    /// The disorder model.
    #[must_use]
    pub const fn disorder(&self) -> DisorderModel {
        self.ensemble.model()
    }

    /// The concentration rule.
    #[must_use]
    pub const fn concentration(&self) -> Concentration {
        self.ensemble.concentration()
    }

    /// Which samples decided anything, in a training of at most `epochs` epochs.
    #[must_use]
    pub fn trained_on(&self, epochs: u64) -> TrainedOn {
        let seed = self.ensemble.seed();
        let (training, validation) = (self.training_samples as u64, self.validation_samples as u64);
        let range = |first: u64, count: u64| SampleRange {
            seed,
            first,
            end: first.saturating_add(count),
        };
        let samples = if self.online {
            vec![
                range(0, training.saturating_mul(epochs)),
                range(MAX_SAMPLES, validation),
            ]
        } else {
            vec![range(0, training.saturating_add(validation))]
        };
        TrainedOn {
            disorder: self.disorder(),
            size: self.size,
            samples,
            data_hash: self.hash.clone(),
        }
    }
}

/// The samples of a training.
pub(super) struct Source {
    pub(super) record: DataRecord,
    /// Those that choose the best epoch.
    pub(super) validation: Strips,
    /// Those of the first epoch, on which centre, spread and medians are found.
    pub(super) first: Arc<Strips>,
    outputs: Vec<Target>,
    maker: Option<Maker>,
}

impl Source {
    /// Reads a data set, or makes the first samples.
    pub(super) fn open(
        data: &Data,
        share: f64,
        outputs: impl Fn(&[f64], Option<f64>) -> Vec<Target>,
    ) -> Result<Self, TrainingError> {
        match data {
            Data::Dataset { path, first } => {
                let dataset = Dataset::open(path)?;
                let config = dataset.config();
                let outputs = outputs(&config.energies, config.bias);
                let all = dataset.samples();
                let samples = first.unwrap_or(all);
                if samples > all {
                    return Err(TrainingError::TooShort {
                        path: path.clone(),
                        samples: all,
                        wanted: samples,
                    });
                }
                Self::of_dataset(&dataset, samples, share, outputs)
            }
            Data::Online(online) => {
                let outputs = outputs(&online.config.energies, online.config.bias);
                Self::made(online, outputs)
            }
        }
    }

    fn of_dataset(
        dataset: &Dataset,
        samples: u64,
        share: f64,
        outputs: Vec<Target>,
    ) -> Result<Self, TrainingError> {
        let config = dataset.config();
        let (size, disorder) = (config.size, config.ensemble.model());
        let per_site = if disorder.has_impurities() { 1 } else { 12 };
        let bytes = samples.saturating_mul(size.sites() as u64 * per_site);
        memory::require("training on this data set", bytes.saturating_mul(2))?;
        let mut exact = Vec::new();
        let mut species = Vec::new();
        let mut onsite: Vec<f64> = Vec::new();
        // Chunk by chunk: more is read than is kept.
        let step = config.chunk_samples.max(1);
        let mut start = 0;
        while start < samples {
            let range = start..(start + step).min(samples);
            #[allow(clippy::cast_possible_truncation, reason = "rounded once")]
            let narrow = |value: f64| value as f32;
            let values = target_values(dataset, &outputs, range.clone())?;
            exact.extend(values.into_iter().map(narrow));
            match dataset.species(range.clone())? {
                Some(some) => species.extend(some),
                None => onsite.extend(dataset.onsite(range.clone())?),
            }
            start = range.end;
        }
        let strips = if disorder.has_impurities() {
            Strips::of_species(size, disorder, species, exact)
        } else {
            let mut strips = Strips::of_onsite(size, disorder, &onsite)?;
            strips.exact = exact;
            strips
        };
        let hash = strips.hash();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of the samples"
        )]
        let validation = (strips.len() as f64 * share).ceil() as usize;
        let training = strips.len() - validation.min(strips.len());
        if training == 0 || validation == 0 {
            return Err(TrainingError::TooFew {
                samples: strips.len(),
                training,
                validation,
            });
        }
        let record = DataRecord {
            path: dataset.path().display().to_string(),
            hash,
            ensemble: config.ensemble,
            size,
            energies: config.energies.clone(),
            bias: config.bias,
            solver: dataset.solver().to_owned(),
            training_samples: training,
            validation_samples: validation,
            online: false,
        };
        Ok(Self {
            record,
            validation: strips.range(training..strips.len()),
            first: Arc::new(strips.range(0..training)),
            outputs,
            maker: None,
        })
    }

    fn made(online: &Online, outputs: Vec<Target>) -> Result<Self, TrainingError> {
        let maker = Maker::new(online, &outputs)?;
        let validation = maker.make(MAX_SAMPLES, online.validation_samples)?;
        let first = maker.make(0, online.epoch_samples)?;
        if first.len() == 0 || validation.len() == 0 {
            return Err(TrainingError::TooFew {
                samples: first.len() + validation.len(),
                training: first.len(),
                validation: validation.len(),
            });
        }
        let config = &maker.config;
        let record = DataRecord {
            path: String::new(),
            hash: first.hash(),
            ensemble: config.ensemble,
            size: config.size,
            energies: config.energies.clone(),
            bias: config.bias,
            solver: maker.solver.identity().to_owned(),
            training_samples: online.epoch_samples,
            validation_samples: online.validation_samples,
            online: true,
        };
        Ok(Self {
            record,
            validation,
            first: Arc::new(first),
            outputs,
            maker: Some(maker),
        })
    }

    /// What the network's outputs are.
    pub(super) fn outputs(&self) -> &[Target] {
        &self.outputs
    }

    /// The samples of epochs `from`, … up to `epochs`, one after the other. Those made while
    /// training are made in the background, one epoch ahead.
    pub(super) fn epochs(&mut self, from: u64, epochs: u64) -> Epochs {
        let Some(maker) = self.maker.take() else {
            return Epochs::Same(Arc::clone(&self.first));
        };
        let (sender, receiver) = sync_channel(0);
        let first = Arc::clone(&self.first);
        thread::spawn(move || {
            for epoch in from..epochs {
                let made = if epoch == 0 {
                    Ok(Arc::clone(&first))
                } else {
                    maker
                        .make(epoch * maker.epoch_samples as u64, maker.epoch_samples)
                        .map(Arc::new)
                };
                // The receiver is gone: the training has ended.
                if sender.send(made).is_err() {
                    break;
                }
            }
        });
        Epochs::Made(receiver)
    }
}

/// The samples of one epoch after the other.
pub(super) enum Epochs {
    Same(Arc<Strips>),
    Made(Receiver<Result<Arc<Strips>, TrainingError>>),
}

impl Epochs {
    /// Those of the next epoch.
    pub(super) fn next(&mut self) -> Result<Arc<Strips>, TrainingError> {
        match self {
            Self::Same(strips) => Ok(Arc::clone(strips)),
            Self::Made(receiver) => receiver.recv().map_err(|_| TrainingError::SourceEnded)?,
        }
    }
}

/// Draws and solves.
struct Maker {
    config: DatasetConfig,
    columns: Vec<Columns>,
    solver: Box<dyn BatchSolver>,
    pool: rayon::ThreadPool,
    epoch_samples: usize,
}

impl Maker {
    fn new(online: &Online, outputs: &[Target]) -> Result<Self, TrainingError> {
        let mut config = online.config.clone();
        let old = config.ensemble;
        let seed = old.seed() | RESERVED_SEEDS;
        // The ensemble was sound with another seed.
        config.ensemble =
            Ensemble::new(old.model(), old.concentration(), seed).unwrap_or(config.ensemble);
        let request = SolverRequest::default();
        let kind = request
            .choose(&[Kind::of(&config.ensemble, config.size)], None)
            .kind;
        let columns = |&target: &Target| Columns::of(target, &config.energies);
        let found: Option<Vec<Columns>> = outputs.iter().map(columns).collect();
        let columns = found.ok_or(super::config::TrainingConfigError::EnergiesMissing)?;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(online.threads.max(1))
            .build()
            .map_err(|error| TrainingError::Device(error.to_string()))?;
        Ok(Self {
            solver: kind.solver(config.size, &config.energies)?,
            config,
            columns,
            pool,
            epoch_samples: online.epoch_samples,
        })
    }

    /// Samples `first`, … of the ensemble, solved.
    fn make(&self, first: u64, count: usize) -> Result<Strips, TrainingError> {
        /// At a time: 1600 on-site energies of 8 bytes for each.
        const AT_ONCE: usize = 1024;
        let size = self.config.size;
        let (sites, disorder) = (size.sites(), self.config.ensemble.model());
        let energies = self.config.energies.len();
        // On-site energies are there in two precisions for a moment.
        let site_bytes = if disorder.has_impurities() { 1 } else { 12 };
        let bytes = (sites as u64)
            .saturating_mul(site_bytes)
            .saturating_add(4 * self.columns.len() as u64)
            .saturating_mul(count as u64);
        memory::require("making these samples", bytes)?;
        let (mut species, mut energy, mut exact) = (Vec::new(), Vec::new(), Vec::new());
        let mut done = 0;
        while done < count {
            let some = AT_ONCE.min(count - done);
            let mut onsite = vec![0.0; some * sites];
            let from = species.len();
            for (number, strip) in onsite.chunks_exact_mut(sites).enumerate() {
                let mut sample = self.config.ensemble.sample(first + (done + number) as u64);
                sample.fill_onsite(strip);
                if disorder.has_impurities() {
                    species.resize(from + (number + 1) * sites, 0);
                    sample.fill_species(&mut species[from + number * sites..]);
                }
            }
            let solved = self.pool.install(|| solve_all(&*self.solver, &onsite))?;
            for row in solved.transmissions.chunks_exact(energies) {
                for columns in &self.columns {
                    #[allow(clippy::cast_possible_truncation, reason = "rounded once")]
                    exact.push(columns.value(row) as f32);
                }
            }
            if !disorder.has_impurities() {
                energy.extend(onsite);
            }
            done += some;
        }
        if disorder.has_impurities() {
            return Ok(Strips::of_species(size, disorder, species, exact));
        }
        let mut strips = Strips::of_onsite(size, disorder, &energy)?;
        strips.exact = exact;
        Ok(strips)
    }
}
