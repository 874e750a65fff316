//! Model files for the commands that read or write them.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::kind::{Kind, WrongKind};
use landauer::failure::{Categorised, Category};
use landauer_learn::{LoadedModel, MODEL_EXTENSION, ModelFileError};

/// The variable that names a folder whose models come before the shipped ones.
const FOLDER_VARIABLE: &str = "LANDAUER_MODELS";

/// An unknown model, and where others may be put.
#[derive(Debug, thiserror::Error)]
#[error("{0}; the variable {FOLDER_VARIABLE} may name a folder with more")]
// Not a source: its message is part of this one.
struct UnknownModel(ModelFileError);

impl Categorised for UnknownModel {
    fn category(&self) -> Category {
        self.0.category()
    }
}

/// The model at this path or of this name, every byte of it checked.
pub(super) fn open(path: &Path) -> Result<LoadedModel, Failure> {
    let kind = Kind::of(path);
    let wanted = match kind {
        Kind::Run => "a model file is made of it by `landauer export`",
        Kind::Dataset | Kind::ArrayOf(_) | Kind::Array => {
            "a model file or the name of a model is needed"
        }
        _ => return LoadedModel::open(path, model_folder().as_deref()).map_err(explain),
    };
    Err(WrongKind::new(path, kind, wanted).into())
}

/// The same where a path may also be something else: none if it is neither a model file nor a model's
/// name.
pub(super) fn open_if_model(path: &Path) -> Result<Option<LoadedModel>, Failure> {
    LoadedModel::open_if_model(path, model_folder().as_deref()).map_err(explain)
}

/// Adds what the command line can do about it.
pub(super) fn explain(error: ModelFileError) -> Failure {
    match error {
        ModelFileError::BudgetMissing { .. } | ModelFileError::BudgetUnused { .. } => {
            Failure::from(error).context("--within")
        }
        ModelFileError::Unknown { folder: None, .. } => UnknownModel(error).into(),
        error => error.into(),
    }
}

/// The name of a model that is written to `output`: the one given, or that of the file. The file
/// must have a model's extension, as `rule` says.
pub(super) fn model_name(
    output: &Path,
    given: Option<&str>,
    rule: &str,
) -> Result<String, Failure> {
    if output
        .extension()
        .is_none_or(|ending| ending != MODEL_EXTENSION)
    {
        let output = output.display();
        return Err(Failure::usage(format!("--output {output}: {rule}")));
    }
    if given.is_some_and(|name| name.trim().is_empty()) {
        return Err(Failure::usage("--name: a name has at least one letter"));
    }
    let stem = output.file_stem().unwrap_or_default();
    Ok(given.map_or_else(|| stem.to_string_lossy().into_owned(), str::to_owned))
}

/// A folder whose models come before the shipped ones.
pub(super) fn model_folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER_VARIABLE).map(PathBuf::from)
}
