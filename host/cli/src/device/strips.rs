//! Which strips the device gets: from a file, or drawn from the disorder of its model.

use std::path::PathBuf;

use clap::Args;
use landauer_core::instrument::Identity;
use landauer_core::{Concentration, Ensemble, Scalar};

use crate::disorder::parse_concentration;
use crate::failure::Failure;
use crate::input::open_onsite;
use crate::numbers;
use crate::output::Output;
use landauer::StripSize;
use landauer::npy::OnsiteFile;

/// The ensemble that strips are drawn from.
#[derive(Debug, Args)]
pub(super) struct DrawingArguments {
    /// Seed of the strips that are drawn; equal seeds give equal strips on every machine
    #[arg(long, default_value_t = 1, value_parser = numbers::count::<u64>(0..=u64::MAX))]
    seed: u64,
    /// Impurity concentration of models II to IV: a number in [0, 1], or `uniform` [default: as the
    /// device's network was trained]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = parse_concentration)]
    concentration: Option<Concentration>,
}

impl DrawingArguments {
    /// The disorder that the device's network was trained on, with this seed.
    pub(super) fn ensemble(&self, identity: &Identity) -> Result<Ensemble, Failure> {
        if !identity.disorder.has_impurities() && self.concentration.is_some() {
            return Err(Failure::usage(format!(
                "--concentration is for impurities, and the device's network is for {}",
                identity.disorder
            )));
        }
        let concentration = self.concentration.unwrap_or(identity.concentration);
        let ensemble = Ensemble::new(identity.disorder, concentration, self.seed);
        ensemble.map_err(|error| Failure::usage(error.to_string()))
    }

    pub(super) const fn seed(&self) -> u64 {
        self.seed
    }
}

/// Strips from a file, or drawn.
#[derive(Debug, Args)]
pub(super) struct StripArguments {
    /// A .npy file of on-site energies in units of t, [x, y] or [sample, x, y]; the device gets them
    /// rounded to f32 [default: strips are drawn]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "concentration", "samples"])]
    pub(super) onsite: Option<PathBuf>,
    /// How many strips to draw
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = numbers::count::<u64>(1..=u64::MAX))]
    samples: u64,
    #[command(flatten)]
    drawing: DrawingArguments,
}

impl StripArguments {
    /// The strips; those that are drawn have this size.
    pub(super) fn open(
        &self,
        identity: &Identity,
        size: StripSize,
        output: &Output,
    ) -> Result<Strips, Failure> {
        if let Some(path) = &self.onsite {
            let file = open_onsite(path, None, output)?;
            return Ok(Strips {
                size: file.size(),
                samples: file.samples(),
                source: Source::File(file),
            });
        }
        Ok(Strips {
            size,
            samples: self.samples,
            source: Source::Drawn(self.drawing.ensemble(identity)?),
        })
    }
}

/// Strips of one size, one after the other.
#[derive(Debug)]
pub(super) struct Strips {
    pub(super) size: StripSize,
    pub(super) samples: u64,
    source: Source,
}

#[derive(Debug)]
enum Source {
    File(OnsiteFile),
    Drawn(Ensemble),
}

impl Strips {
    /// The on-site energies `[slice, row]` of one strip, in units of t.
    pub(super) fn onsite(&mut self, number: u64) -> Result<Vec<f32>, Failure> {
        match &mut self.source {
            Source::File(file) => {
                let onsite = file.read_block(number, 1)?;
                Ok(onsite.into_iter().map(f32::from_f64).collect())
            }
            Source::Drawn(ensemble) => {
                let mut onsite = vec![0.0; self.size.sites()];
                ensemble.sample(number).fill_onsite(&mut onsite);
                Ok(onsite)
            }
        }
    }
}
