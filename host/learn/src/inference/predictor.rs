//! A model file as what [`evaluation`](crate::evaluation) judges.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use landauer_core::DisorderModel;
use landauer_core::inference::{Fault, Model, ModelError, Target};
use serde::{Deserialize, Serialize};

use super::Engine;
use crate::ModelFile;
use crate::evaluation::{self, Baseline, Intervals, Predictor, TrainedOn, UnknownSite};
use landauer::StripSize;
use landauer::failure::{Categorised, Category};
use landauer::internal::files::ReadError;
use landauer::internal::json::unsealed;

/// What a model card says about where a model file comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// CRC-32C of the model file.
    pub model_crc32c: u32,
    /// The samples that it was trained and chosen on.
    pub trained_on: Option<TrainedOn>,
    /// What counting impurities is worth on them.
    pub baseline: Option<Baseline>,
    /// How far off predictions are.
    pub intervals: Option<Intervals>,
}

/// A network in integers, from a model file.
///
/// It is what the microcontroller computes, to the last bit. A model stays in memory as long as the
/// process lives.
#[derive(Debug)]
pub struct IntegerPredictor {
    engine: Engine<'static>,
    size: StripSize,
    targets: Vec<Target>,
    provenance: Option<Provenance>,
}

/// Why there is no predictor.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelFileError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It is no model.
    #[error("{}: {problem}", path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: ModelError,
    },
    /// The card beside it is damaged.
    #[error("the model card {}: {reason}; export the model again", path.display())]
    Card {
        /// The card.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl Categorised for ModelFileError {
    fn category(&self) -> Category {
        match self {
            Self::Read(error) => error.category(),
            Self::Model { .. } => Category::Input,
            Self::Card { .. } => Category::Damaged,
        }
    }
}

impl IntegerPredictor {
    /// A model file and, if there is one, the card beside it.
    ///
    /// # Errors
    /// A file that cannot be read or is no model; a card that is none, or another file's.
    pub fn open(path: &Path) -> Result<Self, ModelFileError> {
        Self::from_file(&ModelFile::read(path)?)
    }

    /// A model file, from the disk or shipped, and its card, if there is one.
    ///
    /// # Errors
    /// Bytes that are no model; a card that is none, or another file's.
    pub fn from_file(file: &ModelFile) -> Result<Self, ModelFileError> {
        let predictor =
            Self::new(file.to_bytes(), None).map_err(|problem| ModelFileError::Model {
                path: file.path().to_owned(),
                problem,
            })?;
        // Afterwards: a damaged file is no reason to find fault with its card.
        Ok(Self {
            provenance: provenance(file)?,
            ..predictor
        })
    }

    /// The bytes of a model file.
    ///
    /// # Errors
    /// Bytes that core refuses.
    pub fn new(
        bytes: impl Into<Cow<'static, [u8]>>,
        provenance: Option<Provenance>,
    ) -> Result<Self, ModelError> {
        let bytes = bytes.into();
        // Checked before anything is kept for good.
        Model::parse(&bytes)?;
        let engine = Engine::new(Model::parse(kept(bytes))?)?;
        let targets = engine.model().targets().collect();
        let card = engine.model().card();
        let size = StripSize::new(card.length.into(), card.width.into())
            .map_err(|_| ModelError::Card(Fault::Empty))?;
        Ok(Self {
            engine,
            size,
            targets,
            provenance,
        })
    }

    /// The model.
    #[must_use]
    pub const fn model(&self) -> &Model<'static> {
        self.engine.model()
    }
}

/// The bytes for as long as the process lives.
pub(crate) fn kept(bytes: Cow<'static, [u8]>) -> &'static [u8] {
    match bytes {
        Cow::Borrowed(bytes) => bytes,
        Cow::Owned(bytes) => bytes.leak(),
    }
}

/// What the card of a model file says, if there is one.
pub(crate) fn provenance(file: &ModelFile) -> Result<Option<Provenance>, ModelFileError> {
    let Some(card) = file.card()? else {
        return Ok(None);
    };
    let sum = crc32c::crc32c(file.bytes());
    let found = read_card(&card, sum).map_err(|reason| ModelFileError::Card {
        path: file.card_path(),
        reason,
    })?;
    Ok(Some(found))
}

/// What the card of the file with this checksum says. Which samples a model has seen and how sure it is
/// stand nowhere else.
fn read_card(bytes: &[u8], sum: u32) -> Result<Provenance, String> {
    let text = unsealed(bytes).map_err(|error| error.to_string())?;
    let found: Provenance = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    if found.model_crc32c == sum {
        Ok(found)
    } else {
        Err("it is the card of another file".to_owned())
    }
}

impl Predictor for IntegerPredictor {
    fn name(&self) -> String {
        format!("{}, in integers", self.model().card().name)
    }

    fn size(&self) -> StripSize {
        self.size
    }

    fn disorder(&self) -> DisorderModel {
        self.model().card().disorder
    }

    fn targets(&self) -> &[Target] {
        &self.targets
    }

    fn predict(&mut self, onsite: &[f64], out: &mut [f64]) -> Result<(), evaluation::PredictError> {
        let predicted = self.engine.predict(onsite, out);
        predicted.map_err(|error| match error.problem {
            ModelError::UnknownOnsite { slice, row } => {
                let card = self.model().card();
                let width = usize::from(card.width);
                let site = error.sample * self.model().sites() + slice * width + row;
                let unknown = UnknownSite {
                    name: card.name.to_owned(),
                    disorder: card.disorder,
                    slice,
                    row,
                    onsite: onsite.get(site).copied().unwrap_or(f64::NAN),
                };
                evaluation::PredictError::at(error.sample, unknown)
            }
            problem => evaluation::PredictError::at(error.sample, problem),
        })
    }

    fn trained_on(&self) -> Option<&TrainedOn> {
        self.provenance.as_ref()?.trained_on.as_ref()
    }

    fn baseline(&self) -> Option<&Baseline> {
        self.provenance.as_ref()?.baseline.as_ref()
    }

    fn intervals(&self) -> Option<&Intervals> {
        self.provenance.as_ref()?.intervals.as_ref()
    }

    fn passes(&self) -> usize {
        let passes = self.model().card().mirrors.passes();
        usize::try_from(passes).unwrap_or(usize::MAX)
    }

    fn multiply_adds(&self) -> Option<u64> {
        let passes = u64::from(self.model().card().mirrors.passes());
        self.model().macs().checked_div(passes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_byte_of_a_card_is_found() {
        for name in ["paper-dnn-3x3", "hybrid-g"] {
            let model = ModelFile::shipped(name).unwrap();
            let sum = crc32c::crc32c(model.bytes());
            let mut card = model.card().unwrap().unwrap().into_owned();
            read_card(&card, sum).unwrap();
            for place in 0..card.len() {
                card[place] ^= 1 << (place % 8);
                assert!(read_card(&card, sum).is_err(), "{name}, {place}");
                card[place] ^= 1 << (place % 8);
            }
        }
    }
}
