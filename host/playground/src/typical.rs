//! How far the predictors are off on random strips, by impurity concentration: what `typical_errors.json` holds and how
//! it is measured.
//!
//! An error that is averaged over all concentrations says nothing of a strip at hand: without impurities the networks
//! are off by tenths, at a few per cent by more than that, and where nothing passes by nothing.

use landauer::statistics::MeanAndError;
use serde::{Deserialize, Serialize};

use crate::ensemble::EnsembleError;
use crate::{Exact, Origin, Predictor, Predictors};

/// Slices and rows of the strips that the predictors know.
const SIDE: usize = 40;

/// The mean absolute errors at some impurity concentrations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypicalErrors {
    /// The command that writes the file.
    pub command: String,
    /// The seed of the strips, which no network was trained on.
    pub seed: u64,
    /// Strips at each concentration, samples 0 on.
    pub strips: u64,
    /// The concentrations n of model II, ascending.
    pub concentrations: Vec<f64>,
    /// Budgets of the hybrid in multiply-adds, ascending.
    pub budgets: Vec<u64>,
    /// The errors at each concentration.
    pub errors: Vec<Errors>,
}

/// Means of |predicted − exact| in G0 at one concentration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Errors {
    /// Of the median G of strips with as many impurities.
    pub counting: f64,
    /// Of the paper's network.
    pub paper_cnn_g: f64,
    /// Of `best-g`.
    pub best_g: f64,
    /// Of `hybrid-g` at each budget.
    pub hybrid_g: Vec<f64>,
}

impl TypicalErrors {
    /// Measures the errors at concentration number `place`.
    ///
    /// # Errors
    /// A concentration that is not there or not possible; a strip that cannot be solved or predicted.
    pub fn measure(
        &self,
        place: usize,
        predictors: &mut Predictors,
    ) -> Result<Errors, NotMeasured> {
        let parameter = self.concentrations.get(place).copied();
        let parameter = parameter.ok_or(NotMeasured::Place(place))?;
        let mut exact = Exact::new(0.0);
        let [mut counting, mut paper_cnn_g, mut best_g] = [MeanAndError::default(); 3];
        let mut hybrid_g = vec![MeanAndError::default(); self.budgets.len()];
        for sample in 0..self.strips {
            let origin = Origin::Disorder {
                model: 2,
                parameter,
                seed: self.seed,
                sample,
            };
            let strip = origin.draw(SIDE, SIDE).map_err(EnsembleError::from)?;
            exact.begin(strip.clone()).map_err(EnsembleError::from)?;
            let solved = exact.advance(u64::MAX).map_err(EnsembleError::from)?;
            let exact = solved.ok_or(NotMeasured::Unsolved)?.value;
            for (mean, predictor) in [
                (&mut counting, Predictor::Counting),
                (&mut paper_cnn_g, Predictor::PaperCnnG),
                (&mut best_g, Predictor::BestG),
            ] {
                let found = predictors.predict(predictor, &strip, 0)?;
                mean.push((found.value - exact).abs());
            }
            // What one budget covers a larger one covers as well.
            let mut covered = None;
            for (mean, &budget) in hybrid_g.iter_mut().zip(&self.budgets) {
                let error = if let Some(error) = covered {
                    error
                } else {
                    let found = predictors.predict(Predictor::HybridG, &strip, budget)?;
                    let error = (found.value - exact).abs();
                    covered = found.exact.then_some(error);
                    error
                };
                mean.push(error);
            }
        }
        let mean = |errors: &MeanAndError| errors.mean().ok_or(NotMeasured::NoStrips);
        Ok(Errors {
            counting: mean(&counting)?,
            paper_cnn_g: mean(&paper_cnn_g)?,
            best_g: mean(&best_g)?,
            hybrid_g: hybrid_g.iter().map(mean).collect::<Result<_, _>>()?,
        })
    }
}

/// Why errors are not measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotMeasured {
    /// No such concentration.
    #[error("there is no concentration number {0}, counted from 0")]
    Place(usize),
    /// A strip is not solved in one go, which has not been seen.
    #[error("a strip was not solved in one go")]
    Unsolved,
    /// No mean without strips.
    #[error("at least one strip is needed")]
    NoStrips,
    /// A strip cannot be drawn or solved.
    #[error(transparent)]
    Strip(#[from] EnsembleError),
    /// A strip is not predicted.
    #[error(transparent)]
    Prediction(#[from] crate::predictors::PredictionError),
}
