//! What stands at a path, as a predictor.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use landauer_core::hybrid::format::HYBRID_MAGIC;

use crate::failure::Failure;
use crate::model::named_model;
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
    let path = &named_model(path);
    let budget = require_budget(within, is_hybrid(path))?;
    if let Some(budget) = budget {
        return Ok(Box::new(HybridPredictor::open(path, budget)?));
    }
    let no_predictor = |reason: &'static str| {
        let path = path.to_owned();
        Failure::from(NoPredictor { path, reason })
    };
    if path.is_file() && path.extension().is_some_and(|ending| ending == "postcard") {
        return Ok(Box::new(IntegerPredictor::open(path)?));
    }
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
        Err(DatasetError::NoDataset { .. }) => Err(no_predictor(
            "the folder holds neither a run (run.json) nor a data set (zarr.json)",
        )),
        Err(error) => Err(error.into()),
    }
}

/// Is there a file that begins as a hybrid's does?
fn is_hybrid(path: &Path) -> bool {
    let mut begin = [0; HYBRID_MAGIC.len()];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut begin));
    read.is_ok() && begin == HYBRID_MAGIC
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
