//! Where a model file and its card shall stand, side by side.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::ModelFileError;
use crate::export::ModelCard;
use crate::hybrid::HybridJson;
use landauer::internal::files::{self, WriteError};
use landauer::internal::json;

/// Where a model file and its card, NAME.json, shall stand, side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPlace {
    model: PathBuf,
    card: PathBuf,
}

impl ModelPlace {
    /// For a model file at `path`: made sure of before the model is made.
    ///
    /// # Errors
    /// A folder that cannot be written to; a file in the card's place that is not a card.
    pub fn create(path: &Path) -> Result<Self, ModelFileError> {
        let (model, card) = (path.to_owned(), path.with_extension("json"));
        if let Ok(text) = std::fs::read(&card) {
            let found: Option<serde_json::Value> = serde_json::from_slice(&text).ok();
            let format = found.as_ref().and_then(|card| card["format"].as_str());
            let known = [ModelCard::FORMAT, HybridJson::FORMAT];
            if !format.is_some_and(|format| known.contains(&format)) {
                return Err(ModelFileError::ForeignCard { card, model });
            }
        }
        files::require_writable(&model)?;
        files::require_writable(&card)?;
        Ok(Self { model, card })
    }

    /// Writes both whole; gives the path of the card.
    ///
    /// # Errors
    /// A full disk, a missing permission.
    pub fn write(self, model: &[u8], card: &impl Serialize) -> Result<PathBuf, WriteError> {
        let text = json::sealed_file(&self.card, card)?;
        files::replace_both([(&self.card, text.as_bytes()), (&self.model, model)])?;
        Ok(self.card)
    }
}
