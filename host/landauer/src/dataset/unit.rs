//! A unit of work: the samples of one chunk, drawn and solved, by many threads.

use std::sync::{Arc, Mutex, PoisonError};

use landauer_core::bias_average;

use super::arrays::Arrays;
use super::config::DatasetConfig;
use super::schema::Kind;
use crate::files::WriteError;
use crate::solve::{BatchSolver, Fallbacks, StripError, Worker};

/// What the chunks of one unit hold.
#[derive(Debug)]
pub(super) struct Unit {
    /// Its number along `sample`.
    pub(super) chunk: u64,
    sites: Sites,
    concentration: Vec<f64>,
    fallbacks: Vec<Fallbacks>,
    transmission: Vec<f64>,
}

/// What stands on the sites, `[sample, x, y]`, the way that the model is stored.
#[derive(Debug)]
enum Sites {
    Onsite(Vec<f64>),
    Species(Vec<u8>),
}

/// The shape of the work: what all units have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan<'p> {
    config: &'p DatasetConfig,
    sites: usize,
    samples: usize,
    batch: usize,
}

impl<'p> Plan<'p> {
    /// How units of this configuration, which must have been checked, are parted into batches for
    /// this solver.
    pub(super) fn new(config: &'p DatasetConfig, solver: &dyn BatchSolver) -> Self {
        let samples = usize::try_from(config.chunk_samples).unwrap_or(usize::MAX);
        Self {
            config,
            sites: config.size.length() * config.size.width(),
            samples,
            batch: solver.batch().clamp(1, samples),
        }
    }

    /// The number of batches in a unit.
    pub(super) fn batches(&self) -> usize {
        self.samples.div_ceil(self.batch)
    }

    fn is_box(&self) -> bool {
        !self.config.ensemble.model().has_impurities()
    }

    /// The bytes of a unit in memory.
    pub(super) fn unit_bytes(&self) -> u64 {
        let site = if self.is_box() { 8 } else { 1 };
        let per_sample = (self.sites as u64)
            .saturating_mul(site)
            .saturating_add(8 * (self.config.energies.len() as u64 + 5));
        per_sample.saturating_mul(self.samples as u64)
    }

    /// The bytes of a batch in memory.
    pub(super) fn batch_bytes(&self) -> u64 {
        let per_sample = (self.sites as u64)
            .saturating_mul(9)
            .saturating_add(8 * self.config.energies.len() as u64);
        per_sample.saturating_mul(self.batch as u64)
    }
}

/// A unit in the making.
#[derive(Debug)]
pub(super) struct Growing {
    unit: Mutex<(Unit, usize)>,
}

impl Growing {
    /// Unit number `chunk`, with nothing in it yet.
    pub(super) fn new(plan: &Plan, chunk: u64) -> Arc<Self> {
        let Plan { sites, samples, .. } = *plan;
        let unit = Unit {
            chunk,
            sites: if plan.is_box() {
                Sites::Onsite(vec![0.0; samples * sites])
            } else {
                Sites::Species(vec![0; samples * sites])
            },
            concentration: vec![0.0; samples],
            fallbacks: vec![Fallbacks::default(); samples],
            transmission: vec![0.0; samples * plan.config.energies.len()],
        };
        Arc::new(Self {
            unit: Mutex::new((unit, plan.batches())),
        })
    }
}

/// One thread's means to work on units.
pub(super) struct Hand<'p> {
    plan: &'p Plan<'p>,
    worker: Box<dyn Worker + 'p>,
    onsite: Vec<f64>,
    species: Vec<u8>,
    concentration: Vec<f64>,
    fallbacks: Vec<Fallbacks>,
    transmission: Vec<f64>,
}

impl<'p> Hand<'p> {
    pub(super) fn new(plan: &'p Plan<'p>, solver: &'p dyn BatchSolver) -> Self {
        Self {
            plan,
            worker: solver.worker(),
            onsite: Vec::new(),
            species: Vec::new(),
            concentration: Vec::new(),
            fallbacks: Vec::new(),
            transmission: Vec::new(),
        }
    }

    /// Draws and solves batch number `batch` of unit number `chunk`, and adds it to `growing`.
    /// Gives the number of its samples, and the unit if that was the last batch it lacked.
    ///
    /// In an error the samples are counted from the first of the unit.
    pub(super) fn work(
        &mut self,
        growing: &Growing,
        chunk: u64,
        batch: usize,
    ) -> Result<(usize, Option<Unit>), StripError> {
        let Plan {
            config,
            sites,
            samples,
            batch: batch_samples,
        } = *self.plan;
        let begin = batch * batch_samples;
        let end = (begin + batch_samples).min(samples);
        let count = end - begin;
        let energies = config.energies.len();
        self.onsite.resize(count * sites, 0.0);
        self.species.resize(count * sites, 0);
        self.transmission.resize(count * energies, 0.0);
        self.concentration.clear();
        self.fallbacks.clear();
        self.fallbacks.resize(count, Fallbacks::default());
        let strips = self.onsite.chunks_exact_mut(sites);
        for ((strip, species), number) in strips
            .zip(self.species.chunks_exact_mut(sites))
            .zip(begin..)
        {
            let index = chunk * config.chunk_samples + number as u64;
            let mut sample = config.ensemble.sample(index);
            self.concentration.push(sample.concentration());
            for ((onsite, species), site) in strip.iter_mut().zip(species).zip(sample.sites()) {
                (*onsite, *species) = (site.onsite(), site.species());
            }
        }
        let solved = self
            .worker
            .solve(&self.onsite, &mut self.transmission, &mut self.fallbacks);
        solved.map_err(|error| error.after(begin))?;

        let mut growing = growing.unit.lock().unwrap_or_else(PoisonError::into_inner);
        let (unit, lacking) = &mut *growing;
        match &mut unit.sites {
            Sites::Onsite(all) => all[begin * sites..end * sites].copy_from_slice(&self.onsite),
            Sites::Species(all) => all[begin * sites..end * sites].copy_from_slice(&self.species),
        }
        unit.concentration[begin..end].copy_from_slice(&self.concentration);
        unit.fallbacks[begin..end].copy_from_slice(&self.fallbacks);
        unit.transmission[begin * energies..end * energies].copy_from_slice(&self.transmission);
        *lacking -= 1;
        let finished = (*lacking == 0).then(|| Unit {
            chunk,
            sites: std::mem::replace(&mut unit.sites, Sites::Species(Vec::new())),
            concentration: std::mem::take(&mut unit.concentration),
            fallbacks: std::mem::take(&mut unit.fallbacks),
            transmission: std::mem::take(&mut unit.transmission),
        });
        Ok((count, finished))
    }
}

impl Unit {
    /// Writes all chunks of the unit; `transmission`, the last, says that it is complete.
    pub(super) fn write(&self, arrays: &Arrays, config: &DatasetConfig) -> Result<(), WriteError> {
        let chunk = self.chunk;
        for kind in arrays.sample_kinds() {
            match kind {
                Kind::Onsite | Kind::Species => match &self.sites {
                    Sites::Onsite(values) => arrays.write(kind, chunk, values)?,
                    Sites::Species(values) => arrays.write(kind, chunk, values)?,
                },
                Kind::Concentration => arrays.write(kind, chunk, &self.concentration)?,
                Kind::Fallbacks => {
                    let totals: Vec<u32> = self.fallbacks.iter().map(|f| f.total()).collect();
                    arrays.write(kind, chunk, &totals)?;
                }
                Kind::Transmission => arrays.write(kind, chunk, &self.transmission)?,
                Kind::G => {
                    let column = config.fermi_column().unwrap_or(0);
                    arrays.write(kind, chunk, &self.each_sample(config, |t| t[column]))?;
                }
                Kind::GBar => {
                    let columns = config.bias_columns().unwrap_or_default();
                    let mean = |t: &[f64]| bias_average(&columns.map(|column| t[column]));
                    arrays.write(kind, chunk, &self.each_sample(config, mean))?;
                }
                Kind::Energies => {}
            }
        }
        Ok(())
    }

    /// What of its samples within the first `samples` took another way.
    pub(super) fn fallbacks(&self, samples: usize) -> Fallbacks {
        self.fallbacks.iter().take(samples).copied().sum()
    }

    /// How many transmissions of its samples within the first `samples` are too small for an `f64`, where
    /// something `conducts`, `[energy]`.
    pub(super) fn underflows(&self, samples: usize, conducts: &[bool]) -> u64 {
        let rows = self.transmission.chunks_exact(conducts.len().max(1));
        let too_small = |row: &[f64]| {
            let pairs = row.iter().zip(conducts);
            pairs
                .filter(|&(&t, &conducts)| conducts && t < f64::MIN_POSITIVE)
                .count() as u64
        };
        rows.take(samples).map(too_small).sum()
    }

    /// Something of each sample's transmissions, `[sample]`.
    fn each_sample(&self, config: &DatasetConfig, of: impl Fn(&[f64]) -> f64) -> Vec<f64> {
        let samples = self.transmission.chunks_exact(config.energies.len());
        samples.map(of).collect()
    }
}
