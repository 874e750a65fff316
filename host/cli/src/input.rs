//! Where strips come from: a file of on-site energies, a data set, or a disorder model.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use landauer_core::{Compact, Ensemble, NUMBERED_MODELS};
use serde_json::{Value, json};

use super::failure::Failure;
use super::kind::{Kind, WrongKind};
use super::output::Output;
use landauer::dataset::{Dataset, DatasetError};
use landauer::failure::{Categorised, Category};
use landauer::npy::{InputError, OnsiteFile};
use landauer::{EnsembleSource, SourceError, StripSize, StripSource, Workload};

/// Strips of one size, read or drawn when they are needed.
#[derive(Debug)]
pub(super) enum StripInput {
    /// On-site energies from a `.npy` file.
    Onsite(PathBuf, OnsiteFile),
    /// Samples of a data set.
    Dataset(DatasetStrips),
    /// Samples of an ensemble.
    Drawn(Ensemble, EnsembleSource),
}

/// Some samples of a data set, whose species the library turns into on-site energies.
#[derive(Debug)]
pub(super) struct DatasetStrips {
    dataset: Dataset,
    samples: Range<u64>,
}

/// Strips could not be read or drawn.
#[derive(Debug, thiserror::Error)]
pub(super) enum StripInputError {
    /// From a file.
    #[error(transparent)]
    Onsite(#[from] InputError),
    /// From a data set.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// From a disorder model.
    #[error(transparent)]
    Drawn(#[from] SourceError),
}

impl Categorised for StripInputError {
    fn category(&self) -> Category {
        match self {
            Self::Onsite(error) => error.category(),
            Self::Dataset(error) => error.category(),
            Self::Drawn(error) => error.category(),
        }
    }
}

/// The data set at a path, which is the value of `option`, or an argument of its own.
pub(super) fn open_dataset(path: &Path, option: Option<&str>) -> Result<Dataset, Failure> {
    Dataset::open(path).map_err(|error| {
        let is_foreign = matches!(error, DatasetError::NotADataset { .. });
        let failure = match Kind::of(path) {
            Kind::Nothing | Kind::Zarr => Failure::from(error),
            kind if is_foreign => {
                let wanted = match kind {
                    Kind::Array if option == Some("--dataset") => {
                        "a data set is needed; --onsite takes arrays"
                    }
                    _ => "a data set is needed, which `landauer generate` makes",
                };
                WrongKind::new(path, kind, wanted).into()
            }
            _ => error.into(),
        };
        match option {
            Some(option) => failure.context(option),
            None => failure,
        }
    })
}

impl StripInput {
    /// The strips in the file of `--onsite`.
    pub(super) fn open_onsite(path: &Path, output: &Output) -> Result<Self, Failure> {
        let file = open_onsite(path, output)?;
        Ok(Self::Onsite(path.to_owned(), file))
    }

    /// Samples of the data set of `--dataset`: from number `first` on, `samples` of them or all.
    pub(super) fn open_dataset(
        path: &Path,
        first: u64,
        samples: Option<u64>,
    ) -> Result<Self, Failure> {
        let dataset = open_dataset(path, Some("--dataset"))?;
        let all = dataset.samples();
        let end = samples.map_or(Some(all), |samples| first.checked_add(samples));
        match end.filter(|&end| first < end && end <= all) {
            Some(end) => Ok(Self::Dataset(DatasetStrips {
                dataset,
                samples: first..end,
            })),
            None => Err(Failure::usage(format!(
                "{} has samples 0 to {}; {} from number {first} on were requested",
                path.display(),
                all.saturating_sub(1),
                samples.map_or_else(|| "all".to_owned(), |samples| samples.to_string()),
            ))),
        }
    }

    /// The data set, if that is where they come from.
    pub(super) const fn dataset(&self) -> Option<&Dataset> {
        match self {
            Self::Dataset(strips) => Some(&strips.dataset),
            _ => None,
        }
    }

    /// The ensemble that they are samples of, if they are of one.
    pub(super) const fn ensemble(&self) -> Option<Ensemble> {
        match self {
            Self::Onsite(..) => None,
            Self::Dataset(strips) => Some(strips.dataset.config().ensemble),
            Self::Drawn(ensemble, _) => Some(*ensemble),
        }
    }

    /// The option that names them.
    pub(super) const fn option(&self) -> &'static str {
        match self {
            Self::Onsite(..) => "--onsite",
            Self::Dataset(_) => "--dataset",
            Self::Drawn(..) => "--disorder",
        }
    }

    /// Where they come from, in JSON.
    pub(super) fn json(&self) -> Value {
        match self {
            Self::Onsite(path, _) => json!({ "onsite": path.display().to_string() }),
            Self::Dataset(DatasetStrips { dataset, samples }) => {
                let ensemble = dataset.config().ensemble;
                json!({
                    "dataset": dataset.path().display().to_string(),
                    "disorder": ensemble.model().number(),
                    "seed": ensemble.seed(),
                    "first": samples.start,
                    "samples": samples.end - samples.start,
                })
            }
            Self::Drawn(ensemble, _) => json!({
                "disorder": ensemble.model().number(),
                "seed": ensemble.seed(),
            }),
        }
    }

    /// Where they come from, in words that follow "strips".
    pub(super) fn words(&self) -> String {
        let of = |ensemble: &Ensemble| format!("{}, seed {}", ensemble.model(), ensemble.seed());
        match self {
            Self::Onsite(path, _) => format!("from {}", path.display()),
            Self::Dataset(DatasetStrips { dataset, samples }) => format!(
                "from {} ({}), samples {} to {}",
                dataset.path().display(),
                of(&dataset.config().ensemble),
                samples.start,
                samples.end - 1
            ),
            Self::Drawn(ensemble, _) => format!("of {}", of(ensemble)),
        }
    }
}

impl StripSource for DatasetStrips {
    type Error = DatasetError;

    fn size(&self) -> StripSize {
        self.dataset.config().size
    }

    fn samples(&self) -> u64 {
        self.samples.end - self.samples.start
    }

    fn first_sample(&self) -> u64 {
        self.samples.start
    }

    fn read(&mut self, start: u64, count: usize) -> Result<Vec<f64>, DatasetError> {
        let first = self.samples.start.saturating_add(start);
        self.dataset
            .onsite(first..first.saturating_add(count as u64))
    }

    fn workload(&self) -> Workload {
        self.dataset.workload()
    }
}

impl StripSource for StripInput {
    type Error = StripInputError;

    fn size(&self) -> StripSize {
        match self {
            Self::Onsite(_, file) => file.size(),
            Self::Dataset(strips) => strips.size(),
            Self::Drawn(_, samples) => samples.size(),
        }
    }

    fn samples(&self) -> u64 {
        match self {
            Self::Onsite(_, file) => file.samples(),
            Self::Dataset(strips) => strips.samples(),
            Self::Drawn(_, samples) => samples.samples(),
        }
    }

    fn first_sample(&self) -> u64 {
        match self {
            Self::Onsite(_, file) => file.first_sample(),
            Self::Dataset(strips) => strips.first_sample(),
            Self::Drawn(_, samples) => samples.first_sample(),
        }
    }

    fn read(&mut self, start: u64, count: usize) -> Result<Vec<f64>, StripInputError> {
        Ok(match self {
            Self::Onsite(_, file) => file.read(start, count)?,
            Self::Dataset(strips) => strips.read(start, count)?,
            Self::Drawn(_, samples) => samples.read(start, count)?,
        })
    }

    fn workload(&self) -> Workload {
        match self {
            Self::Onsite(_, file) => file.workload(),
            Self::Dataset(strips) => strips.workload(),
            Self::Drawn(_, samples) => samples.workload(),
        }
    }
}

/// Opens the file of `--onsite`, and warns of one that seems to hold species numbers.
pub(super) fn open_onsite(path: &Path, output: &Output) -> Result<OnsiteFile, Failure> {
    let named = |error| Failure::from(error).context("--onsite");
    let mut file = OnsiteFile::open(path).map_err(|error| match Kind::of(path) {
        kind @ (Kind::Dataset | Kind::ArrayOf(_)) => {
            let wanted = "give the data set by --dataset, which reads its species as energies";
            Failure::from(WrongKind::new(path, kind, wanted)).context("--onsite")
        }
        _ => named(error),
    })?;
    if let Some(largest) = file.seem_species().map_err(named)? {
        output.warn(&species_warning(path, largest));
    }
    Ok(file)
}

fn species_warning(path: &Path, largest: u8) -> String {
    format!(
        "{} holds only whole numbers from 0 to {largest}, which are taken for on-site energies in \
         units of t. If they are the `species` of a data set, give that by --dataset, or make energies \
         of them, {}",
        path.display(),
        energies_of(largest)
    )
}

/// How energies are made of species numbers up to `largest`.
fn energies_of(largest: u8) -> String {
    let fitting = NUMBERED_MODELS.iter().filter(|entry| {
        // A model with fewer species does not have such numbers.
        entry.model.species_energies().len() >= usize::from(largest)
    });
    let mut text = "numpy.array(ENERGIES)[species], where ENERGIES are".to_owned();
    for (number, entry) in fitting.enumerate() {
        let energies = entry.model.species_energies().iter();
        let energies: Vec<String> = energies
            .map(|&energy| Compact(energy).to_string())
            .collect();
        let comma = if number > 0 { "," } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "{comma} [0, {}] for model {}",
            energies.join(", "),
            entry.numeral
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_warning_names_the_energies_of_the_models_that_it_may_be() {
        let all = species_warning(Path::new("s.npy"), 1);
        for words in [
            "s.npy holds",
            "units of t",
            "--dataset",
            "[0, 5] for model II,",
            "[0, 2.5, 5] for model III,",
            "[0, 1.6666666666666667, 3.3333333333333335, 5] for model IV",
        ] {
            assert!(all.contains(words), "no {words} in {all}");
        }
        let largest = species_warning(Path::new("s.npy"), 3);
        assert!(largest.contains("model IV") && !largest.contains("model III"));
    }
}
