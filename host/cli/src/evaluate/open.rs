//! What stands at a path, as a predictor.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::model::ModelBytes;
use crate::predict::require_budget;
use landauer::dataset::{Dataset, DatasetError};
use landauer::failure::{Categorised, Category};
use landauer_learn::evaluation::{Counting, Predictor};
use landauer_learn::hybrid::HybridPredictor;
use landauer_learn::inference::IntegerPredictor;
use landauer_learn::training::Trained;

/// The predictor at `path`: a run's network, a model file or the name of a shipped one, a hybrid with
/// its budget, or of a data set its medians by impurity count.
pub(super) fn open(path: &Path, within: Option<u64>) -> Result<Box<dyn Predictor>, Failure> {
    let model = ModelBytes::find_if_any(path)?;
    let budget = require_budget(within, model.as_ref().is_some_and(ModelBytes::is_hybrid))?;
    if let Some(model) = model {
        return match budget {
            Some(budget) => Ok(Box::new(HybridPredictor::from_file(model.file(), budget)?)),
            None => Ok(Box::new(IntegerPredictor::from_file(model.file())?)),
        };
    }
    let no_predictor = |reason: &'static str| {
        let path = path.to_owned();
        Failure::from(NoPredictor { path, reason })
    };
    if path.join("run.json").is_file() {
        return Ok(Box::new(Trained::load(path)?));
    }
    if !path.is_dir() {
        return Err(no_predictor(if path.exists() {
            "it is neither a folder nor a .postcard file"
        } else {
            "there is nothing at this path"
        }));
    }
    match Dataset::open(path) {
        Ok(dataset) => Ok(Box::new(Counting::fit(&dataset, None)?)),
        Err(DatasetError::NotADataset { .. }) => Err(no_predictor(
            "the folder holds neither a run (run.json) nor a data set (zarr.json)",
        )),
        Err(error) => Err(error.into()),
    }
}

/// There is no predictor at a path.
#[derive(Debug, thiserror::Error)]
#[error("{} is no predictor: {reason}", path.display())]
struct NoPredictor {
    path: PathBuf,
    reason: &'static str,
}

impl Categorised for NoPredictor {
    fn category(&self) -> Category {
        Category::Input
    }
}
