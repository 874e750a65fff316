//! The options that say which strips to solve.

use std::path::{Path, PathBuf};

use clap::Args;
use landauer::EnsembleSource;

use crate::arguments::SizeArguments;
use crate::disorder::{DRAWN, DisorderArguments};
use crate::failure::Failure;
use crate::input::StripInput;
use crate::numbers;
use crate::output::Output;

/// Which strips.
#[derive(Debug, Args)]
pub(crate) struct StripArguments {
    /// A .npy file of on-site energies in units of t, [x, y] or [sample, x, y]
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = DRAWN,
        conflicts_with_all = ["samples", "first"]
    )]
    onsite: Option<PathBuf>,
    /// A data set of `landauer generate`: its strips are solved again
    #[arg(
        long,
        value_name = "FOLDER",
        conflicts_with_all = DRAWN
    )]
    dataset: Option<PathBuf>,
    #[command(flatten)]
    drawn: DisorderArguments,
    #[command(flatten)]
    size: SizeArguments,
    /// How many samples to solve [default: 1 of a disorder model, all of a data set]
    #[arg(long, value_name = "N", value_parser = numbers::count::<u64>(1..=u64::MAX))]
    samples: Option<u64>,
    /// The index of the first sample
    #[arg(long, value_name = "INDEX", default_value_t = 0, value_parser = numbers::count::<u64>(0..=u64::MAX))]
    first: u64,
}

impl StripArguments {
    /// The file or data set they come from, if any.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.onsite.as_deref().or(self.dataset.as_deref())
    }

    /// The strips, none of them read or drawn yet.
    pub(crate) fn open(&self, output: &Output) -> Result<StripInput, Failure> {
        let first = self.first;
        if let Some(path) = &self.onsite {
            return StripInput::open_onsite(path, output);
        }
        if let Some(path) = &self.dataset {
            return StripInput::open_dataset(path, first, self.samples);
        }
        // clap sees to it that one of them is given.
        if !self.drawn.is_given() {
            return Err(Failure::usage(
                "--onsite, --dataset, --disorder or --species is needed",
            ));
        }
        let samples = self.samples.unwrap_or(1);
        let Some(end) = first.checked_add(samples) else {
            return Err(Failure::usage(format!(
                "--first {first} and --samples {samples} go too far: indices end at {}",
                u64::MAX
            )));
        };
        let (ensemble, size) = (self.drawn.ensemble()?, self.size.size()?);
        let samples = EnsembleSource::new(ensemble, size, first..end);
        Ok(StripInput::Drawn(ensemble, samples))
    }
}
