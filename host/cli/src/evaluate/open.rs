//! The predictor at a path.

use std::path::Path;

use crate::failure::Failure;
use crate::kind::{Kind, WrongKind};
use crate::model::ModelBytes;
use crate::predict::require_budget;
use landauer::dataset::Dataset;
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
    match Kind::of(path) {
        Kind::Run => Ok(Box::new(Trained::load(path)?)),
        Kind::Dataset | Kind::Zarr => Ok(Box::new(Counting::fit(&Dataset::open(path)?, None)?)),
        kind => Err(WrongKind::new(
            path,
            kind,
            "a predictor is a run, a model, the name of a model, or a data set",
        )
        .into()),
    }
}
