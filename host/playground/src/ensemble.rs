//! Strip after strip of an ensemble: P(G), the mean, and the errors of the predictors.

use landauer::statistics::{ConductanceError, ConductanceHistogram, MeanAndError};
use landauer::{SolverError, StripError};
use serde::Serialize;

use crate::origin::OriginError;
use crate::predictors::PredictionError;
use crate::{Exact, Origin, Predictor, Predictors, Strip};

/// The errors of one predictor so far.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PredictorErrors {
    /// Who predicts.
    pub predictor: Predictor,
    /// The mean of |predicted − exact| in G0, and its standard error.
    pub mean_absolute_error: Option<f64>,
    /// See above; none of fewer than two strips.
    pub standard_error: Option<f64>,
    /// The share of exact values within the interval of 90 %; none without intervals.
    pub within_interval: Option<f64>,
    /// P(G) of the predictions, `[bin]`.
    pub shares: Vec<f64>,
}

/// What is known of an ensemble so far. G in units of G0.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EnsembleState {
    /// Strips that have been solved.
    pub samples: u64,
    /// The mean of the exact G.
    pub mean: Option<f64>,
    /// Its standard error; none of fewer than two strips.
    pub standard_error: Option<f64>,
    /// P(G) of the exact G, `[bin]`: the share of strips in [0, 0.2), [0.2, 0.4), …
    pub shares: Vec<f64>,
    /// The predictors, or why they do not know such strips.
    pub predictors: Result<Vec<PredictorErrors>, String>,
    /// The strip that was solved last.
    pub last: Option<Strip>,
}

/// What one predictor did so far.
#[derive(Debug, Clone)]
struct Tally {
    predictor: Predictor,
    errors: MeanAndError,
    histogram: ConductanceHistogram,
    intervals: u64,
    within: u64,
}

/// A run through the samples of an ensemble, from the given one on.
///
/// # Example
/// ```
/// use landauer_playground::{EnsembleRun, Origin, Predictors};
/// let origin = Origin::Disorder { model: 2, parameter: 0.3, seed: 1, sample: 0 };
/// let mut run = EnsembleRun::new(origin, 4, 3, 1_000_000)?;
/// let mut predictors = Predictors::new()?;
/// while run.state().samples < 10 {
///     run.advance(1_000, &mut predictors)?;
/// }
/// assert!(run.state().mean.is_some_and(|g| g > 0.0 && g < 3.0));
/// // The networks know 40 x 40 sites only.
/// assert!(run.state().predictors.is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct EnsembleRun {
    origin: Origin,
    sides: [usize; 2],
    budget: u64,
    next: u64,
    exact: Exact,
    solving: bool,
    samples: u64,
    mean: MeanAndError,
    histogram: ConductanceHistogram,
    tallies: Result<Vec<Tally>, PredictionError>,
    last: Option<Strip>,
}

/// Why an ensemble does not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnsembleError {
    /// The rule is not one of random samples.
    #[error("only samples of models I to IV make an ensemble: choose one of them")]
    NoEnsemble,
    /// A strip cannot be drawn.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// There is no solver.
    #[error(transparent)]
    Solver(#[from] SolverError),
    /// A strip cannot be solved.
    #[error(transparent)]
    Strip(#[from] StripError),
    /// A result is no conductance.
    #[error(transparent)]
    Conductance(#[from] ConductanceError),
}

impl EnsembleRun {
    /// Begins with the sample that `origin` names; `budget` is that of the hybrid, in multiply-adds.
    ///
    /// # Errors
    /// An origin that is no sample of a disorder model; a size or a parameter that is not possible.
    pub fn new(
        origin: Origin,
        length: usize,
        width: usize,
        budget: u64,
    ) -> Result<Self, EnsembleError> {
        let Origin::Disorder { sample, .. } = origin else {
            return Err(EnsembleError::NoEnsemble);
        };
        // What cannot be drawn is said now.
        origin.draw(length, width)?;
        let tally = |predictor| Tally {
            predictor,
            errors: MeanAndError::default(),
            histogram: ConductanceHistogram::default(),
            intervals: 0,
            within: 0,
        };
        Ok(Self {
            origin,
            sides: [length, width],
            budget,
            next: sample,
            exact: Exact::new(0.0),
            solving: false,
            samples: 0,
            mean: MeanAndError::default(),
            histogram: ConductanceHistogram::default(),
            tallies: Ok(Predictor::ALL.map(tally).to_vec()),
            last: None,
        })
    }

    /// Goes on for about this many multiply-adds of the exact solver, one slice at least; true if a strip
    /// has been finished.
    ///
    /// # Errors
    /// A strip that cannot be solved.
    pub fn advance(
        &mut self,
        work: u64,
        predictors: &mut Predictors,
    ) -> Result<bool, EnsembleError> {
        if !self.solving {
            let [length, width] = self.sides;
            let strip = self.sample().draw(length, width)?;
            self.exact.begin(strip)?;
            self.solving = true;
        }
        let Some(found) = self.exact.advance(work)? else {
            return Ok(false);
        };
        let Some(strip) = self.exact.strip().cloned() else {
            return Ok(false);
        };
        self.solving = false;
        self.next = self.next.wrapping_add(1);
        self.samples += 1;
        self.mean.push(found.value);
        self.histogram.push(found.value)?;
        self.compare(&strip, found.value, predictors)?;
        self.last = Some(strip);
        Ok(true)
    }

    /// The origin of the strip at hand.
    fn sample(&self) -> Origin {
        let mut origin = self.origin;
        if let Origin::Disorder { sample, .. } = &mut origin {
            *sample = self.next;
        }
        origin
    }

    fn compare(
        &mut self,
        strip: &Strip,
        exact: f64,
        predictors: &mut Predictors,
    ) -> Result<(), EnsembleError> {
        let Ok(tallies) = &mut self.tallies else {
            return Ok(());
        };
        for tally in tallies {
            match predictors.predict(tally.predictor, strip, self.budget) {
                Ok(found) => {
                    tally.errors.push((found.value - exact).abs());
                    tally.histogram.push(found.value)?;
                    if let Some([from, to]) = found.interval {
                        tally.intervals += 1;
                        tally.within += u64::from(from <= exact && exact <= to);
                    }
                }
                Err(error) => {
                    self.tallies = Err(error);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// What is known so far.
    #[must_use]
    pub fn state(&self) -> EnsembleState {
        let of_predictor = |tally: &Tally| PredictorErrors {
            predictor: tally.predictor,
            mean_absolute_error: tally.errors.mean(),
            standard_error: tally.errors.standard_error(),
            within_interval: (tally.intervals > 0)
                .then(|| tally.within as f64 / tally.intervals as f64),
            shares: tally.histogram.shares(),
        };
        let predictors = self.tallies.as_ref();
        let predictors = predictors.map(|tallies| tallies.iter().map(of_predictor).collect());
        EnsembleState {
            samples: self.samples,
            mean: self.mean.mean(),
            standard_error: self.mean.standard_error(),
            shares: self.histogram.shares(),
            predictors: predictors.map_err(ToString::to_string),
            last: self.last.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use landauer::{Energies, Method, OnsiteEnergies, Precision, Solver};

    use super::*;

    fn origin(model: u8, parameter: f64, sample: u64) -> Origin {
        Origin::Disorder {
            model,
            parameter,
            seed: 3,
            sample,
        }
    }

    #[test]
    fn an_ensemble_is_that_of_the_library() {
        let mut predictors = Predictors::new().unwrap();
        let mut run = EnsembleRun::new(origin(2, 0.05, 5), 40, 40, 1_000_000).unwrap();
        while run.state().samples < 6 {
            run.advance(3_000_000, &mut predictors).unwrap();
        }
        let state = run.state();
        let strips: Vec<Strip> = (5..11)
            .map(|k| origin(2, 0.05, k).draw(40, 40).unwrap())
            .collect();
        assert_eq!(state.last.as_ref(), strips.last());
        let onsite = strips
            .iter()
            .flat_map(|strip| strip.onsite().iter().copied());
        let onsite = OnsiteEnergies::new(strips[0].size(), onsite.collect::<Vec<_>>()).unwrap();
        let solver = Solver::builder(strips[0].size())
            .energies(Energies::new([0.0]).unwrap())
            .method(Method::Recursion)
            .precision(Precision::F64)
            .build()
            .unwrap();
        let exact = solver.solve(&onsite).unwrap().transmissions().to_vec();
        let mean: MeanAndError = exact.iter().copied().collect();
        assert_eq!(
            (state.mean, state.standard_error),
            (mean.mean(), mean.standard_error())
        );
        assert_eq!(
            state.shares,
            ConductanceHistogram::shares_of(&exact).unwrap()
        );
        let found = state.predictors.unwrap();
        for (errors, predictor) in found.iter().zip(Predictor::ALL) {
            assert_eq!(errors.predictor, predictor);
            let predict = |strip| predictors.predict(predictor, strip, 1_000_000).unwrap();
            let predictions: Vec<_> = strips.iter().map(predict).collect();
            let pairs = predictions.iter().zip(&exact);
            let mean: MeanAndError = pairs.clone().map(|(p, g)| (p.value - g).abs()).collect();
            assert_eq!(errors.mean_absolute_error, mean.mean());
            let within = pairs.filter_map(|(p, g)| p.interval.map(|[a, b]| a <= *g && *g <= b));
            let within: Vec<bool> = within.collect();
            let share = within.iter().filter(|inside| **inside).count() as f64 / 6.0;
            assert_eq!(
                errors.within_interval,
                (!within.is_empty()).then_some(share)
            );
        }
    }

    #[test]
    fn any_model_makes_an_ensemble_and_the_networks_say_what_they_know() {
        let mut predictors = Predictors::new().unwrap();
        let mut run = EnsembleRun::new(origin(1, 4.0, 0), 40, 40, 1_000_000).unwrap();
        while !run.advance(u64::MAX, &mut predictors).unwrap() {}
        let why = run.state().predictors.unwrap_err();
        assert!(why.contains("model II"), "{why}");
        let clean = EnsembleRun::new(Origin::Clean {}, 40, 40, 1_000_000).unwrap_err();
        assert!(clean.to_string().contains("models I to IV"));
        assert!(EnsembleRun::new(origin(2, 7.0, 0), 40, 40, 1).is_err());
    }
}
