//! The record of a figure, beside its pictures and tables.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use landauer::failure::{Categorised, Category};
use landauer::internal::files::{ReadError, replace};
use landauer::internal::json;
use landauer_paper::{Claim, Figure, Profile, Skipped, Step};

/// The record of a figure.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    pub(super) figure: Figure,
    pub(super) title: String,
    pub(super) profile: Profile,
    /// The version of the program that made it.
    pub(super) version: String,
    /// The pictures, without `.svg` and `.png`.
    pub(super) pictures: Vec<String>,
    pub(super) tables: Vec<String>,
    pub(super) claims: Vec<Claim>,
    pub(super) notes: Vec<String>,
    pub(super) steps: Vec<Step>,
    #[serde(alias = "undone")]
    pub(super) skipped: Vec<Skipped>,
    /// Seconds of all that this process did for it.
    pub(super) seconds: f64,
}

/// A record that is none.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}; delete it and reproduce the figure again", path.display())]
struct RecordError {
    path: PathBuf,
    reason: String,
}

impl Categorised for RecordError {
    fn category(&self) -> Category {
        Category::Damaged
    }
}

/// A quick figure would take the place of one that took hours.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} is of --profile paper, which the quick one does not replace: give another --output, or \
     delete this file", path.display()
)]
struct Precious {
    path: PathBuf,
}

impl Categorised for Precious {
    fn category(&self) -> Category {
        Category::Refused
    }
}

impl Record {
    /// Makes sure that a figure of this profile may take the place of what is in the folder.
    pub(super) fn may_be_replaced(
        folder: &Path,
        figure: Figure,
        profile: Profile,
    ) -> Result<(), Failure> {
        let existing = Self::read(folder, figure)?;
        if profile == Profile::Quick
            && existing.is_some_and(|existing| existing.profile == Profile::Paper)
        {
            let path = Self::path(folder, figure);
            return Err(Precious { path }.into());
        }
        Ok(())
    }

    fn path(folder: &Path, figure: Figure) -> PathBuf {
        folder.join(format!("{}.json", figure.name()))
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), Failure> {
        Ok(replace(path, json::file(path, self)?.as_bytes())?)
    }

    /// The record of a figure in this folder, if it exists.
    pub(super) fn read(folder: &Path, figure: Figure) -> Result<Option<Self>, Failure> {
        let path = Self::path(folder, figure);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(ReadError::new(&path, error).into()),
        };
        let record = serde_json::from_slice(&bytes);
        let record = record.map_err(|error| RecordError {
            path,
            reason: error.to_string(),
        })?;
        Ok(Some(record))
    }
}
