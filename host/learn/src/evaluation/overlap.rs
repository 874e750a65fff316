//! Which samples a predictor has seen, so that it is never tested on them.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

use landauer_core::DisorderModel;
use serde::{Deserialize, Serialize};

use landauer::StripSize;
use landauer::dataset::{Dataset, DatasetConfig};
use landauer::failure::{Categorised, Category};

/// Samples `first` up to `end`, `end` not among them, of one seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleRange {
    /// The seed of the [`Ensemble`](landauer_core::Ensemble).
    pub seed: u64,
    /// The first sample's index.
    pub first: u64,
    /// The index after the last one's.
    pub end: u64,
}

impl SampleRange {
    /// The samples that are in both.
    #[must_use]
    pub fn overlap(self, other: Self) -> Option<Self> {
        let both = Self {
            seed: self.seed,
            first: self.first.max(other.first),
            end: self.end.min(other.end),
        };
        (self.seed == other.seed && both.first < both.end).then_some(both)
    }
}

impl Display for SampleRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, first, end } = *self;
        write!(
            f,
            "samples {first} to {} of seed {seed}",
            end.saturating_sub(1)
        )
    }
}

/// The samples that decided anything about a predictor: those it was trained on, and those of the
/// validation split that chose its best epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainedOn {
    /// Their disorder model.
    pub disorder: DisorderModel,
    /// The size of their strips: `length` and `width` in a file.
    #[serde(flatten)]
    pub size: StripSize,
    /// Which they were.
    pub samples: Vec<SampleRange>,
    /// A hash of the data, in hexadecimal; empty for samples that were never stored.
    pub data_hash: String,
}

impl TrainedOn {
    /// The first of these samples that are among those `asked` of a data set of this configuration.
    #[must_use]
    pub fn overlap(&self, config: &DatasetConfig, asked: SampleRange) -> Option<SampleRange> {
        if config.ensemble.model() != self.disorder || config.size != self.size {
            return None;
        }
        self.samples.iter().find_map(|seen| seen.overlap(asked))
    }

    /// Makes sure that nothing in `dataset` is among these samples.
    ///
    /// The concentration rule does not matter: samples of one seed and index draw on the same random
    /// words, so that at another concentration they are not independent either.
    ///
    /// # Errors
    /// [`OverlapError`] with the samples that are.
    pub fn require_unseen(&self, dataset: &Dataset) -> Result<(), OverlapError> {
        let asked = SampleRange {
            seed: dataset.config().ensemble.seed(),
            first: 0,
            end: dataset.samples(),
        };
        match self.overlap(dataset.config(), asked) {
            None => Ok(()),
            Some(seen) => Err(OverlapError {
                dataset: dataset.path().to_owned(),
                seen,
            }),
        }
    }
}

/// A test that asks for what was learned by heart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverlapError {
    dataset: PathBuf,
    seen: SampleRange,
}

impl OverlapError {
    /// The data set that was to be the test set.
    #[must_use]
    pub fn dataset(&self) -> &Path {
        &self.dataset
    }

    /// The samples that are in both.
    #[must_use]
    pub const fn seen(&self) -> SampleRange {
        self.seen
    }
}

impl Display for OverlapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} cannot be the test set: the predictor was trained or chosen on its {}; \
             make one with another seed",
            self.dataset.display(),
            self.seen
        )
    }
}

impl std::error::Error for OverlapError {}

impl Categorised for OverlapError {
    fn category(&self) -> Category {
        Category::Refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn range(seed: u64, first: u64, end: u64) -> SampleRange {
        SampleRange { seed, first, end }
    }

    #[test]
    fn ranges_overlap_where_both_are() {
        let one = range(7, 10, 20);
        assert_eq!(one.overlap(range(7, 19, 40)), Some(range(7, 19, 20)));
        assert_eq!(one.overlap(range(7, 0, 11)), Some(range(7, 10, 11)));
        assert_eq!(one.overlap(range(7, 0, u64::MAX)), Some(one));
        for apart in [
            range(7, 20, 40),
            range(7, 0, 10),
            range(8, 10, 20),
            range(7, 15, 15),
        ] {
            assert_eq!(one.overlap(apart), None, "{apart}");
        }
    }

    #[test]
    fn a_range_is_told_with_its_last_sample() {
        assert_eq!(range(7, 19, 40).to_string(), "samples 19 to 39 of seed 7");
    }
}
