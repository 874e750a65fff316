//! Where the lattices come from: a file, or a disorder model.

use std::path::{Path, PathBuf};

use clap::Args;
use landauer::npy::{InputError, OnsiteFile};
use landauer::{EnsembleSource, StripSize, StripSource, Workload};

use crate::arguments::{DisorderArguments, SizeArguments};
use crate::failure::Failure;
use crate::numbers;
use crate::onsite;
use crate::output::Output;

/// The lattices.
#[derive(Debug, Args)]
pub(super) struct LatticeArguments {
    /// A .npy file of on-site energies in units of t, [x, y] or [sample, x, y]
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = [
            "model", "length", "width", "samples", "first", "strength", "concentration", "seed",
        ]
    )]
    onsite: Option<PathBuf>,
    /// Draw lattices from this disorder model of the paper, 1 to 4 (or I to IV), instead of reading them
    #[arg(long, value_name = "NUMBER", value_parser = numbers::disorder_model)]
    model: Option<u8>,
    #[command(flatten)]
    disorder: DisorderArguments,
    #[command(flatten)]
    size: SizeArguments,
    /// How many lattices to draw
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = numbers::count::<u64>(1..=u64::MAX))]
    samples: u64,
    /// The index of the first lattice to draw: any part of an ensemble can be drawn alone
    #[arg(long, value_name = "INDEX", default_value_t = 0, value_parser = numbers::count::<u64>(0..=u64::MAX))]
    first: u64,
}

impl LatticeArguments {
    /// The file they come from, if any.
    pub(super) fn file(&self) -> Option<&Path> {
        self.onsite.as_deref()
    }

    /// The lattices, none of them read or drawn yet.
    pub(super) fn open(&self, output: &Output) -> Result<Lattices, Failure> {
        if let Some(path) = &self.onsite {
            return Ok(Lattices::Read(onsite::open(path, output)?));
        }
        // clap sees to it that there is one or the other.
        let Some(model) = self.model else {
            return Err(Failure::usage("either --onsite or --model is needed"));
        };
        let (first, samples) = (self.first, self.samples);
        if first.checked_add(samples).is_none() {
            return Err(Failure::usage(format!(
                "there are no {samples} samples from {first} on: indices end at {}",
                u64::MAX
            )));
        }
        let (ensemble, size) = (self.disorder.ensemble(model)?, self.size.size()?);
        let samples = EnsembleSource::new(ensemble, size, first..first + samples);
        Ok(Lattices::Drawn(samples))
    }
}

/// A source of lattices of one size.
#[derive(Debug)]
pub(super) enum Lattices {
    /// From a file.
    Read(OnsiteFile),
    /// From a disorder model.
    Drawn(EnsembleSource),
}

impl StripSource for Lattices {
    type Error = InputError;

    fn size(&self) -> StripSize {
        match self {
            Self::Read(file) => file.size(),
            Self::Drawn(samples) => samples.size(),
        }
    }

    fn samples(&self) -> u64 {
        match self {
            Self::Read(file) => file.samples(),
            Self::Drawn(samples) => samples.samples(),
        }
    }

    fn first_sample(&self) -> u64 {
        match self {
            Self::Read(file) => file.first_sample(),
            Self::Drawn(samples) => samples.first_sample(),
        }
    }

    fn read(&mut self, start: u64, count: usize) -> Result<Vec<f64>, InputError> {
        match self {
            Self::Read(file) => file.read(start, count),
            Self::Drawn(samples) => Ok(samples.read(start, count)?),
        }
    }

    fn workload(&mut self) -> Result<Workload, InputError> {
        match self {
            Self::Read(file) => file.workload(),
            Self::Drawn(samples) => Ok(samples.workload()?),
        }
    }
}
