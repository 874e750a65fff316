//! What predicts G of a strip without solving it: two networks, a hybrid, and counting impurities.

use landauer_core::hybrid::{Hybrid, HybridModel, hybrid_workspace_len};
use landauer_core::inference::{Model, ModelError};
use landauer_models as shipped;
use serde::{Deserialize, Serialize};

use crate::Strip;
use crate::cards::{self, TypicalError, typical_error};

/// The models' bytes. Read by the compiler, so that a page does not hold their cards, 280 kB, as well.
pub(crate) const PAPER_CNN_G: &[u8] = shipped::PAPER_CNN_G.bytes();
pub(crate) const BEST_G: &[u8] = shipped::BEST_G.bytes();
pub(crate) const HYBRID_G: &[u8] = shipped::HYBRID_G.bytes();

/// Slices and rows of the strips that the predictors know.
const SIDE: usize = 40;

/// A way to predict G.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Predictor {
    /// The number of impurities alone: the median G of training strips with as many.
    Counting,
    /// The convolutional network of Li, Lu and Zhai (2020).
    PaperCnnG,
    /// The best network of this project.
    BestG,
    /// Exact up to a budget of multiply-adds, learned for the rest.
    HybridG,
}

impl Predictor {
    /// All of them, the simplest first.
    pub const ALL: [Self; 4] = [Self::Counting, Self::PaperCnnG, Self::BestG, Self::HybridG];
}

/// A predicted G, in units of G0 = 2e²/h.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prediction {
    /// G.
    pub value: f64,
    /// The ends of the interval that holds the exact value for 90 % of random strips; none without one.
    pub interval: Option<[f64; 2]>,
    /// How far it is off on random strips with about as many impurities; none of a hybrid below the smallest budget
    /// that was measured.
    pub typical_error: Option<TypicalError>,
    /// What it costs.
    pub multiply_adds: u64,
    /// Of a hybrid: impurities that were taken in exactly.
    pub solved: Option<u32>,
    /// Of a hybrid: the slice of the last of them, counted from 0; none if there is none.
    pub stopped_at: Option<usize>,
    /// Of a hybrid: is it the exact solution?
    pub exact: bool,
}

impl Prediction {
    fn of_network(
        value: f64,
        half_width: Option<f64>,
        typical_error: Option<TypicalError>,
        multiply_adds: u64,
    ) -> Self {
        let most = SIDE as f64;
        let end = |half: f64| (value + half).clamp(0.0, most);
        Self {
            value,
            interval: half_width.map(|half| [end(-half), end(half)]),
            typical_error,
            multiply_adds,
            solved: None,
            stopped_at: None,
            exact: false,
        }
    }
}

/// Why nothing is predicted.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PredictionError {
    /// Another size.
    #[error("only strips of {SIDE} × {SIDE} sites")]
    Size,
    /// Another disorder.
    #[error(
        "only on-site energies 0 and 5 t (model II), and the site x = {slice}, y = {row} has another"
    )]
    Onsite {
        /// The slice, counted from 0 at the left lead.
        slice: usize,
        /// The row.
        row: usize,
    },
    /// A budget that does not suffice for anything, a model that does not parse.
    #[error("{0}")]
    Other(&'static str),
}

/// The predictors, ready to be used.
#[derive(Debug)]
pub struct Predictors {
    paper_cnn: Model<'static>,
    best_g: Model<'static>,
    hybrid: HybridModel<'static>,
    scratch: Vec<i8>,
    workspace: Vec<f32>,
}

impl Predictors {
    /// The shipped models, checked byte by byte.
    ///
    /// # Errors
    /// A damaged model.
    pub fn new() -> Result<Self, ModelError> {
        let paper_cnn = Model::parse(PAPER_CNN_G)?;
        let best_g = Model::parse(BEST_G)?;
        let scratch = paper_cnn.scratch_len().max(best_g.scratch_len());
        Ok(Self {
            paper_cnn,
            best_g,
            hybrid: HybridModel::parse(HYBRID_G)?,
            scratch: vec![0; scratch],
            workspace: vec![0.0; hybrid_workspace_len(SIDE)],
        })
    }

    /// G of a strip as `predictor` has it. `budget` is the hybrid's, in multiply-adds.
    ///
    /// # Errors
    /// A strip that the predictors do not know; a budget that is too small.
    pub fn predict(
        &mut self,
        predictor: Predictor,
        strip: &Strip,
        budget: u64,
    ) -> Result<Prediction, PredictionError> {
        if strip.size().sides() != [SIDE; 2] {
            return Err(PredictionError::Size);
        }
        let counted = self.best_g.count(strip.onsite(), SIDE).map_err(unknown)?;
        let count = usize::try_from(counted).unwrap_or(usize::MAX);
        let at = |table: &[f64]| table.get(count).copied();
        let concentration = f64::from(counted) / (SIDE * SIDE) as f64;
        let typical = typical_error(predictor, concentration, budget);
        match predictor {
            Predictor::Counting => {
                let value = at(&cards::MEDIANS);
                let value =
                    value.ok_or(PredictionError::Other("there is no such number of sites"))?;
                Ok(Prediction::of_network(value, None, typical, 0))
            }
            Predictor::PaperCnnG => {
                let value = network(&self.paper_cnn, strip, &mut self.scratch)?;
                let half = at(&cards::PAPER_CNN_HALF_WIDTHS);
                let cost = self.paper_cnn.macs();
                Ok(Prediction::of_network(value, half, typical, cost))
            }
            Predictor::BestG => {
                let value = network(&self.best_g, strip, &mut self.scratch)?;
                let half = at(&cards::BEST_G_HALF_WIDTHS);
                let cost = self.best_g.macs();
                Ok(Prediction::of_network(value, half, typical, cost))
            }
            Predictor::HybridG => self.hybrid(strip, budget, typical),
        }
    }

    fn hybrid(
        &mut self,
        strip: &Strip,
        budget: u64,
        typical_error: Option<TypicalError>,
    ) -> Result<Prediction, PredictionError> {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "0 and 5 t, which have been checked"
        )]
        let onsite: Vec<f32> = strip.onsite().iter().map(|&energy| energy as f32).collect();
        let mut hybrid = Hybrid::new(&self.hybrid, &mut self.workspace)
            .map_err(|_| PredictionError::Other("the hybrid has too little room"))?;
        let estimate = hybrid
            .predict_within(&onsite, SIDE, budget)
            .map_err(|_| PredictionError::Other("this budget does not suffice for the hybrid"))?;
        let impurities = strip.onsite().iter().enumerate();
        let impurities = impurities.filter(|&(_, &energy)| energy != 0.0);
        let last = estimate.solved.checked_sub(1).and_then(|last| {
            let mut impurities = impurities;
            impurities.nth(usize::try_from(last).ok()?)
        });
        Ok(Prediction {
            value: f64::from(estimate.value),
            interval: None,
            typical_error,
            multiply_adds: estimate.multiply_adds,
            solved: Some(estimate.solved),
            stopped_at: last.map(|(place, _)| place / SIDE),
            exact: estimate.exact,
        })
    }
}

fn network(
    model: &Model<'static>,
    strip: &Strip,
    scratch: &mut [i8],
) -> Result<f64, PredictionError> {
    let mut value = [0.0];
    model
        .predict(strip.onsite(), SIDE, scratch, &mut value)
        .map_err(unknown)?;
    Ok(f64::from(value[0]))
}

fn unknown(error: ModelError) -> PredictionError {
    match error {
        ModelError::UnknownOnsite { slice, row } => PredictionError::Onsite { slice, row },
        ModelError::LatticeSize { .. } => PredictionError::Size,
        _ => PredictionError::Other("the network does not know such a strip"),
    }
}

#[cfg(test)]
mod tests {
    use landauer_core::inference::Target;
    use std::path::Path;

    use landauer_learn::LoadedModel;
    use landauer_learn::evaluation::NOMINAL;

    use super::*;
    use crate::Origin;

    fn strip(parameter: f64, seed: u64) -> Strip {
        let origin = Origin::Disorder {
            model: 2,
            parameter,
            seed,
            sample: 0,
        };
        origin.draw(SIDE, SIDE).unwrap()
    }

    #[test]
    fn networks_and_their_intervals_are_those_of_the_command_line() {
        let mut predictors = Predictors::new().unwrap();
        for (predictor, model) in [
            (Predictor::PaperCnnG, &shipped::PAPER_CNN_G),
            (Predictor::BestG, &shipped::BEST_G),
        ] {
            let loaded = LoadedModel::open(Path::new(model.name()), None).unwrap();
            let mut reference = loaded.predictor(None).unwrap();
            for (parameter, seed) in [(0.0, 1), (0.02, 1), (0.1, 2), (0.5, 3), (1.0, 4)] {
                let strip = strip(parameter, seed);
                let found = predictors.predict(predictor, &strip, 0).unwrap();
                let mut expected = [0.0];
                reference.predict(strip.onsite(), &mut expected).unwrap();
                assert_eq!(found.value, expected[0], "{predictor:?}");
                let intervals = reference.intervals().unwrap();
                let target = intervals.position(Target::Conductance).unwrap();
                let halves = intervals.half_widths(target, strip.impurities()).unwrap();
                let level = NOMINAL.iter().position(|level| *level == 0.9).unwrap();
                let half = halves[level];
                let ends = [found.value - half, found.value + half].map(|g| g.clamp(0.0, 40.0));
                assert_eq!(found.interval, Some(ends));
                let baseline = reference.baseline().unwrap();
                if predictor == Predictor::BestG {
                    let counting = predictors.predict(Predictor::Counting, &strip, 0).unwrap();
                    let position = baseline.position(Target::Conductance).unwrap();
                    let guess = baseline.guess(position, strip.impurities());
                    assert_eq!(counting.value, guess);
                }
            }
        }
    }

    #[test]
    fn a_hybrid_is_exact_where_its_budget_goes_and_says_where_it_stopped() {
        let mut predictors = Predictors::new().unwrap();
        let strip = strip(0.2, 5);
        let mut predict = |budget| {
            predictors
                .predict(Predictor::HybridG, &strip, budget)
                .unwrap()
        };
        let (none, some, all) = (predict(449), predict(1_000_000), predict(5_000_000));
        assert_eq!(
            (none.solved, none.stopped_at, none.exact),
            (Some(0), None, false)
        );
        let slice = some.stopped_at.unwrap();
        assert!(slice > 0 && slice < 39 && !some.exact && some.multiply_adds <= 1_000_000);
        let before: usize = (0..slice)
            .map(|x| strip.slice(x).iter().filter(|e| **e != 0.0).count())
            .sum();
        let solved = usize::try_from(some.solved.unwrap()).unwrap();
        assert!(before < solved && solved <= before + 40);
        assert!(all.exact && all.solved.map(u64::from) == Some(strip.impurities() as u64));
        let error = |found: &Prediction| found.typical_error.unwrap().error;
        assert!(error(&all) < error(&some) && error(&some) < error(&none));
    }

    #[test]
    fn strips_that_the_networks_do_not_know_are_refused() {
        let mut predictors = Predictors::new().unwrap();
        let small = Strip::new(2, 2, vec![0.0; 4]).unwrap();
        for predictor in Predictor::ALL {
            let refused = predictors
                .predict(predictor, &small, 1_000_000)
                .unwrap_err();
            assert_eq!(refused, PredictionError::Size);
            let mut onsite = vec![0.0; 1600];
            onsite[83] = 2.5;
            let odd = Strip::new(40, 40, onsite).unwrap();
            let refused = predictors.predict(predictor, &odd, 1_000_000).unwrap_err();
            assert_eq!(refused, PredictionError::Onsite { slice: 2, row: 3 });
        }
        let full = strip(1.0, 1);
        let poor = predictors
            .predict(Predictor::HybridG, &full, 1)
            .unwrap_err();
        assert!(poor.to_string().contains("budget"));
    }
}
