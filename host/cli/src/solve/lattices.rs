//! Where the lattices come from: a file, or a disorder model.

use std::path::{Path, PathBuf};

use clap::Args;
use landauer_core::Ensemble;
use rayon::prelude::*;

use crate::arguments::{DisorderArguments, SizeArguments};
use crate::failure::Failure;
use crate::numbers;
use crate::onsite;
use crate::output::Output;
use landauer::StripSize;
use landauer::input::LatticeFile;
use landauer::solve::Strips;

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
        Ok(Lattices::Drawn {
            ensemble: self.disorder.ensemble(model)?,
            size: self.size.size()?,
            first,
            samples,
        })
    }
}

/// A source of lattices of one size.
#[derive(Debug)]
pub(super) enum Lattices {
    /// From a file.
    Read(LatticeFile),
    /// From a disorder model.
    Drawn {
        ensemble: Ensemble,
        size: StripSize,
        first: u64,
        samples: u64,
    },
}

impl Lattices {
    /// The size of each.
    pub(super) const fn size(&self) -> StripSize {
        match self {
            Self::Read(file) => file.size(),
            Self::Drawn { size, .. } => *size,
        }
    }

    /// The index of the first one.
    pub(super) const fn first(&self) -> u64 {
        match self {
            Self::Read(_) => 0,
            Self::Drawn { first, .. } => *first,
        }
    }

    /// How many there are.
    pub(super) const fn samples(&self) -> u64 {
        match self {
            Self::Read(file) => file.samples(),
            Self::Drawn { samples, .. } => *samples,
        }
    }

    /// What the cost of solving them depends on: by the first `count` of them if they are read, by
    /// what is to be expected if they are drawn.
    pub(super) fn strips(&mut self, count: usize) -> Result<Strips, Failure> {
        Ok(match self {
            Self::Read(file) => Strips::counted(file.size(), &file.read_block(0, count)?),
            Self::Drawn { ensemble, size, .. } => Strips::of(ensemble, *size),
        })
    }

    /// The lattices `start` … `start + count - 1`, counted from the first: `[sample, slice, row]`.
    pub(super) fn block(&mut self, start: u64, count: usize) -> Result<Vec<f64>, Failure> {
        match self {
            Self::Read(file) => Ok(file.read_block(start, count)?),
            Self::Drawn {
                ensemble,
                size,
                first,
                ..
            } => {
                let sites = size.sites();
                let mut onsite = vec![0.0; count * sites];
                let strips = onsite.par_chunks_mut(sites).enumerate();
                strips.for_each(|(number, onsite)| {
                    let index = *first + start + number as u64;
                    ensemble.sample(index).fill_onsite(onsite);
                });
                Ok(onsite)
            }
        }
    }
}
