//! What a model card says about where a model file comes from.

use serde::{Deserialize, Serialize};

use super::{ModelFile, ModelFileError};
use crate::evaluation::{Baseline, Intervals, TrainedOn};
use landauer::internal::json::unsealed;

/// What a model card says about where a model file comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// CRC-32C of the model file.
    pub model_crc32c: u32,
    /// The samples that the model was trained and chosen on.
    pub trained_on: Option<TrainedOn>,
    /// The error of counting impurities on those samples.
    pub baseline: Option<Baseline>,
    /// How far off predictions are.
    pub intervals: Option<Intervals>,
}

impl Provenance {
    /// Reads the card of a model file; `None` without a card.
    ///
    /// # Errors
    /// A card that is unreadable, damaged, or that of another file.
    pub fn of(file: &ModelFile) -> Result<Option<Self>, ModelFileError> {
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
}

/// Reads the card of the file with this checksum. The samples that a model has seen and its intervals
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
