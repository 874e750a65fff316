//! A data set as long work: a unit is one chunk of every array along `sample`.

use std::ops::Range;
use std::path::Path;

use landauer_core::bias_average;

use super::create::{compare, has_energies};
use super::generate::{GenerateError, Generation};
use super::schema::Kind;
use crate::solve::{Fallbacks, propagating_modes};
use crate::work::WorkError;
use crate::work::solvers::Problem;
use crate::work::units::{LongWork, Origin, SolvedBatch, UnitCounts};

/// What the chunks of one unit hold.
#[derive(Debug)]
pub(crate) struct Unit {
    sites: Sites,
    concentration: Vec<f64>,
    fallbacks: Vec<Fallbacks>,
    transmission: Vec<f64>,
}

/// What the sites hold, `[sample, x, y]`, in the form that is stored.
#[derive(Debug)]
enum Sites {
    Onsite(Vec<f64>),
    Species(Vec<u8>),
}

impl LongWork for Generation<'_> {
    type Unit = Unit;
    type Error = GenerateError;

    const WHAT: &'static str = "a data set of this size";
    // zarrs makes them.
    const COPIES: u64 = 3;

    /// One, so that few large units are held and copied at a time.
    fn writers(&self) -> usize {
        1
    }

    fn path(&self) -> &Path {
        self.arrays.root()
    }

    fn points(&self) -> Vec<Problem> {
        vec![Problem {
            size: self.config.size,
            energies: self.config.energies.clone(),
        }]
    }

    fn units(&self) -> u64 {
        self.arrays.chunks()
    }

    fn samples_before(&self, unit: u64) -> u64 {
        unit.saturating_mul(self.config.chunk_samples)
    }

    /// Those within the data set.
    fn samples_shown(&self, unit: u64) -> u64 {
        let per_chunk = self.config.chunk_samples;
        (self.arrays.samples() - unit * per_chunk).min(per_chunk)
    }

    fn unit_bytes(&self) -> u64 {
        let sites = self.config.size.sites() as u64;
        let per_site = if self.has_onsite { 8 } else { 1 };
        let per_sample = sites
            .saturating_mul(per_site)
            .saturating_add(8 * (self.config.energies.len() as u64 + 5));
        per_sample.saturating_mul(self.config.chunk_samples)
    }

    fn origin(&self, unit: u64) -> Origin<'_> {
        Origin {
            source: self.source(),
            first: self.samples_before(unit),
            point: 0,
        }
    }

    fn place(&self, _: u64) -> String {
        String::new()
    }

    fn is_established(&self) -> Result<bool, GenerateError> {
        let to_write = compare(&self.arrays, &self.attributes)?;
        Ok(to_write.is_empty() && has_energies(&self.arrays, self.config)?)
    }

    /// `transmission` is written last.
    fn on_disk(&self, units: Range<u64>) -> Result<Vec<u64>, GenerateError> {
        let on_disk = self.arrays.on_disk(Kind::Transmission)?;
        Ok(on_disk.range(units).copied().collect())
    }

    fn is_finished(&self, unit: u64, clean: bool) -> Result<bool, GenerateError> {
        let mut finished = true;
        for kind in self.arrays.sample_kinds() {
            if clean {
                self.arrays.clean(kind, unit)?;
            }
            finished &= self.arrays.check(kind, unit)?;
        }
        Ok(finished)
    }

    fn empty(&self, _: u64) -> Unit {
        // What does not fit into memory has been refused.
        let samples = usize::try_from(self.config.chunk_samples).unwrap_or(usize::MAX);
        let sites = samples * self.config.size.sites();
        Unit {
            sites: if self.has_onsite {
                Sites::Onsite(vec![0.0; sites])
            } else {
                Sites::Species(vec![0; sites])
            },
            concentration: vec![0.0; samples],
            fallbacks: vec![Fallbacks::default(); samples],
            transmission: vec![0.0; samples * self.config.energies.len()],
        }
    }

    fn add(&self, to: &mut Unit, batch: &SolvedBatch<'_>) -> Result<(), GenerateError> {
        let Range { start, end } = batch.range;
        let (sites, energies) = (self.config.size.sites(), self.config.energies.len());
        let places = start * sites..end * sites;
        match &mut to.sites {
            Sites::Onsite(all) => all[places].copy_from_slice(&batch.samples.onsite),
            Sites::Species(all) => all[places].copy_from_slice(&batch.samples.species),
        }
        to.concentration[start..end].copy_from_slice(&batch.samples.concentration);
        to.fallbacks[start..end].copy_from_slice(batch.fallbacks);
        to.transmission[start * energies..end * energies].copy_from_slice(batch.transmissions);
        Ok(())
    }

    /// Writes all chunks of the unit; `transmission`, the last, says that it is complete.
    fn write(&self, unit: u64, content: Unit) -> Result<UnitCounts, GenerateError> {
        let arrays = &self.arrays;
        for kind in arrays.sample_kinds() {
            match kind {
                Kind::Onsite | Kind::Species => match &content.sites {
                    Sites::Onsite(values) => arrays.write(kind, unit, values)?,
                    Sites::Species(values) => arrays.write(kind, unit, values)?,
                },
                Kind::Concentration => arrays.write(kind, unit, &content.concentration)?,
                Kind::Fallbacks => {
                    let totals = content.fallbacks.iter().map(|fallbacks| fallbacks.total());
                    arrays.write(kind, unit, &totals.collect::<Vec<u32>>())?;
                }
                Kind::Transmission => arrays.write(kind, unit, &content.transmission)?,
                Kind::G => {
                    let column = self.config.fermi_column().unwrap_or(0);
                    arrays.write(kind, unit, &self.each_sample(&content, |t| t[column]))?;
                }
                Kind::GBar => {
                    let columns = self.config.bias_columns().unwrap_or_default();
                    let mean = |t: &[f64]| bias_average(&columns.map(|column| t[column]));
                    arrays.write(kind, unit, &self.each_sample(&content, mean))?;
                }
                Kind::Energies => {}
            }
        }
        let shown = usize::try_from(self.samples_shown(unit)).unwrap_or(usize::MAX);
        Ok(UnitCounts {
            fallbacks: content.fallbacks.iter().take(shown).copied().collect(),
            underflows: self.underflows(&content, shown)?,
        })
    }
}

impl Generation<'_> {
    /// Something of each sample's transmissions, `[sample]`.
    fn each_sample(&self, unit: &Unit, of: impl Fn(&[f64]) -> f64) -> Vec<f64> {
        let samples = unit.transmission.chunks_exact(self.config.energies.len());
        samples.map(of).collect()
    }

    /// How many transmissions of a unit's first `samples` are too small for an `f64`, though a mode
    /// propagates.
    fn underflows(&self, unit: &Unit, samples: usize) -> Result<u64, GenerateError> {
        let modes = propagating_modes(self.config.size.width(), &self.config.energies);
        let modes = modes.map_err(WorkError::from)?;
        let rows = unit.transmission.chunks_exact(modes.len());
        let pairs = rows.take(samples).flat_map(|row| row.iter().zip(&modes));
        let too_small = |&(&t, &modes): &(&f64, &usize)| modes > 0 && t < f64::MIN_POSITIVE;
        Ok(pairs.filter(too_small).count() as u64)
    }
}
