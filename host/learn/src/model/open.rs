//! What stands at a path, as a predictor.

use std::path::{Path, PathBuf};

use super::{LoadedModel, ModelFile, ModelFileError};
use crate::evaluation::{Counting, CountingError, Predictor};
use crate::training::{Trained, TrainingError};
use landauer::dataset::{Dataset, DatasetError};
use landauer::failure::{Categorised, Category};

/// Why a path does not give a predictor.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A model is damaged, its card is, or the budget does not belong to it.
    #[error(transparent)]
    Model(#[from] ModelFileError),
    /// A run is unfinished or damaged.
    #[error(transparent)]
    Run(#[from] TrainingError),
    /// A data set is unreadable.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// A data set has no medians by impurity count.
    #[error(transparent)]
    Counting(#[from] CountingError),
    /// Something else stands there, or nothing.
    #[error("{} is not a predictor: {reason}", path.display())]
    NotAPredictor {
        /// The path.
        path: PathBuf,
        /// What was found instead.
        reason: &'static str,
    },
}

impl Categorised for OpenError {
    fn category(&self) -> Category {
        match self {
            Self::Model(error) => error.category(),
            Self::Run(error) => error.category(),
            Self::Dataset(error) => error.category(),
            Self::Counting(error) => error.category(),
            Self::NotAPredictor { .. } => Category::Input,
        }
    }
}

/// The predictor at `path`: a model file or the name of a model (from the folder `models`, or
/// shipped), a run's network in floats, or of a data set its medians by impurity count.
///
/// `budget`: the multiply-adds that a hybrid may spend on a strip; `None` for anything else.
///
/// # Errors
/// See [`OpenError`].
pub fn open_predictor(
    path: &Path,
    models: Option<&Path>,
    budget: Option<u64>,
) -> Result<Box<dyn Predictor>, OpenError> {
    if let Some(model) = LoadedModel::open_if_model(path, models)? {
        return Ok(model.predictor(budget)?);
    }
    let not_a_predictor = |reason| OpenError::NotAPredictor {
        path: path.to_owned(),
        reason,
    };
    if !path.exists() {
        // Neither a file nor a known name: the error says which names there are.
        ModelFile::find(path, models)?;
    }
    if budget.is_some() {
        let name = path.display().to_string();
        return Err(ModelFileError::BudgetUnused { name }.into());
    }
    if path.join("run.json").is_file() {
        return Ok(Box::new(Trained::load(path)?));
    }
    if !path.is_dir() {
        return Err(not_a_predictor(
            "it is neither a folder nor a .postcard file",
        ));
    }
    match Dataset::open(path) {
        Ok(dataset) => Ok(Box::new(Counting::fit(&dataset, None)?)),
        Err(DatasetError::NotADataset { .. }) => Err(not_a_predictor(
            "the folder holds neither a run (run.json) nor a data set (zarr.json)",
        )),
        Err(error) => Err(error.into()),
    }
}
