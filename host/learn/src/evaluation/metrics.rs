//! What a predictor is worth, in numbers.

use landauer_core::inference::Target;
use serde::Serialize;

use super::baseline::Baseline;
use super::bootstrap::{Interval, Spread, bootstrap};
use super::interval::{HalfWidths, Intervals, NOMINAL};
use super::predictions::Predictions;

/// The edges of the concentration bands, as shares of a strip's sites.
const BANDS: [f64; 8] = [0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 1.0];

/// Logarithms are judged at conductances from the first to the second of these, in G0. What is
/// smaller no network resolves; predictions below count as the first.
pub const SMALL: [f64; 2] = [1e-4, 0.1];

/// The mean of the absolute differences; 0 of nothing.
///
/// # Example
/// ```
/// use landauer_learn::evaluation::mean_absolute_error;
/// assert_eq!(mean_absolute_error(&[1.0, 2.0], &[1.5, 1.0]), 0.75);
/// ```
#[must_use]
pub fn mean_absolute_error(exact: &[f64], predicted: &[f64]) -> f64 {
    mean(&absolute_errors(exact, predicted))
}

/// The interval that holds it with 95 % confidence, whatever strips of the ensemble it is taken of:
/// the bootstrap, which draws with `seed`.
#[must_use]
pub fn error_interval(exact: &[f64], predicted: &[f64], seed: u64) -> Interval {
    bootstrap(&absolute_errors(exact, predicted), None, seed).mean
}

/// What a predictor is worth at one target.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TargetEvaluation {
    /// The target.
    pub target: Target,
    /// Its name.
    pub name: String,
    /// How many samples.
    pub samples: usize,
    /// The mean absolute error, in G0.
    pub mae: f64,
    /// What the MAE is with 95 % confidence, by the bootstrap.
    pub mae_interval: Interval,
    /// The MAE of the medians by impurity count; of model I of the constant. `None` if the
    /// predictor has no [`Baseline`].
    pub baseline_mae: Option<f64>,
    /// The MAE of the constant median.
    pub constant_mae: Option<f64>,
    /// 1 − MAE / baseline's MAE: 0 means no better than counting impurities, 1 always right; `None` if the
    /// baseline's MAE is 0 to its digits.
    pub skill: Option<f64>,
    /// What the skill is with 95 % confidence, by the bootstrap.
    pub skill_interval: Option<Interval>,
    /// The mean squared error, in G0².
    pub mse: f64,
    /// 1 − MSE / variance of the exact values; `None` if they do not vary.
    pub r2: Option<f64>,
    /// The mean of predicted − exact, in G0.
    pub mean_error: f64,
    /// How large absolute errors are.
    pub percentiles: Percentiles,
    /// By impurity concentration; empty for model I. Bands without samples are left out.
    pub bands: Vec<Band>,
    /// ln G where G is small; `None` if it nowhere is.
    pub logarithm: Option<Logarithm>,
    /// How often intervals hold what they promise; empty if the predictor has no [`Intervals`].
    pub reliability: Vec<Reliability>,
}

/// How large absolute errors are, in G0: this percentage is no larger.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Percentiles {
    /// The median.
    pub p50: f64,
    /// 90 percent.
    pub p90: f64,
    /// 95 percent.
    pub p95: f64,
    /// 99 percent.
    pub p99: f64,
    /// The largest.
    pub largest: f64,
}

/// The samples whose share of impurity sites lies in [`from`, `to`); in the last band, up to 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Band {
    /// The lowest share in it.
    pub from: f64,
    /// The first share above it.
    pub to: f64,
    /// How many samples.
    pub samples: usize,
    /// The mean of the exact values, in G0.
    pub mean: f64,
    /// The mean absolute error, in G0.
    pub mae: f64,
    /// The MAE of the medians by impurity count.
    pub baseline_mae: Option<f64>,
    /// 1 − MAE / baseline's MAE; `None` if that is 0 to its digits.
    pub skill: Option<f64>,
    /// The share of samples within their intervals, one for each of [`NOMINAL`].
    pub observed: Option<[f64; NOMINAL.len()]>,
}

/// The mean absolute error of ln G where the exact G is at least [`SMALL`]\[0\] and below
/// [`SMALL`]\[1\].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Logarithm {
    /// From this G on.
    pub from: f64,
    /// Below this G.
    pub to: f64,
    /// How many samples.
    pub samples: usize,
    /// The mean absolute error of ln G.
    pub mae: f64,
    /// That of the medians by impurity count.
    pub baseline_mae: Option<f64>,
    /// How many predictions were below `from` and counted as `from`.
    pub raised: usize,
}

/// Whether the exact value lies within an interval as often as was said.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Reliability {
    /// The share of samples that should.
    pub nominal: f64,
    /// The share that does.
    pub observed: f64,
    /// The standard error of `observed` if `nominal` were right.
    pub standard_error: f64,
    /// The mean width of the intervals, in G0.
    pub mean_width: f64,
}

/// Judges `predictions`, target by target, beside `baseline`; the bootstrap draws with `seed`.
#[must_use]
pub fn judge(
    predictions: &Predictions,
    baseline: Option<&Baseline>,
    intervals: Option<&Intervals>,
    seed: u64,
) -> Vec<TargetEvaluation> {
    let of_target = |(number, &target): (usize, &Target)| {
        let counts = &predictions.counts;
        let baseline = baseline.and_then(|all| Some((all, all.position(target)?)));
        let intervals = intervals.and_then(|all| Some((all, all.position(target)?)));
        let list = |of: &dyn Fn(usize) -> f64| -> Vec<f64> {
            counts.iter().map(|&count| of(count)).collect()
        };
        let widths = intervals.map(|(all, at)| -> Vec<HalfWidths> {
            let of = |&count: &usize| all.half_widths(at, count).unwrap_or_default();
            counts.iter().map(of).collect()
        });
        let one = OneTarget {
            exact: predictions.column(&predictions.exact, number),
            predicted: predictions.column(&predictions.predicted, number),
            guessed: baseline.map(|(all, at)| list(&|count| all.guess(at, count))),
            constant: baseline.map(|(all, at)| all.targets()[at].constant),
            widths,
        };
        let shares = if predictions.disorder.has_impurities() {
            let sites = predictions.sites.max(1) as f64;
            list(&|count| count as f64 / sites)
        } else {
            Vec::new()
        };
        one.judge(target, &shares, seed)
    };
    predictions
        .targets
        .iter()
        .enumerate()
        .map(of_target)
        .collect()
}

/// The values of one target, all `[sample]`.
struct OneTarget {
    exact: Vec<f64>,
    predicted: Vec<f64>,
    guessed: Option<Vec<f64>>,
    constant: Option<f64>,
    widths: Option<Vec<HalfWidths>>,
}

impl OneTarget {
    fn judge(&self, target: Target, shares: &[f64], seed: u64) -> TargetEvaluation {
        let Self {
            exact, predicted, ..
        } = self;
        let errors = absolute_errors(exact, predicted);
        let rival = self.guessed.as_ref();
        let rival = rival.map(|guessed| absolute_errors(exact, guessed));
        let constant = self.constant.map(|constant| {
            let errors: Vec<f64> = exact.iter().map(|value| (value - constant).abs()).collect();
            mean(&errors)
        });
        let Spread {
            mean: mae_interval,
            skill: skill_interval,
        } = bootstrap(&errors, rival.as_deref(), seed);
        let mae = mean(&errors);
        let baseline_mae = rival.as_deref().map(mean);
        let squares: Vec<f64> = errors.iter().map(|error| error * error).collect();
        let mse = mean(&squares);
        let middle = mean(exact);
        let spread: Vec<f64> = exact.iter().map(|value| (value - middle).powi(2)).collect();
        let variance = mean(&spread);
        let signed: Vec<f64> = predicted.iter().zip(exact).map(|(p, e)| p - e).collect();
        TargetEvaluation {
            target,
            name: target.to_string(),
            samples: exact.len(),
            mae,
            mae_interval,
            baseline_mae,
            constant_mae: constant,
            skill: skill(mae, baseline_mae),
            skill_interval: skill_interval.filter(|_| skill(mae, baseline_mae).is_some()),
            mse,
            r2: (variance > NO_ERROR * NO_ERROR).then(|| 1.0 - mse / variance),
            mean_error: mean(&signed),
            percentiles: Percentiles::of(errors.clone()),
            bands: self.bands(shares, &errors, rival.as_deref()),
            logarithm: self.logarithm(),
            reliability: self.reliability(&errors),
        }
    }

    fn bands(&self, shares: &[f64], errors: &[f64], rival: Option<&[f64]>) -> Vec<Band> {
        let band = |edges: &[f64]| {
            let &[from, to] = edges else { return None };
            let last = to >= 1.0;
            let inside = |share: f64| share >= from && (share < to || last);
            let picked: Vec<usize> = (0..shares.len()).filter(|&k| inside(shares[k])).collect();
            if picked.is_empty() {
                return None;
            }
            let of = |values: &[f64]| mean(&picked.iter().map(|&k| values[k]).collect::<Vec<_>>());
            let mae = of(errors);
            let baseline_mae = rival.map(of);
            let observed = self.widths.as_ref().map(|widths| {
                let within = |level: usize| {
                    picked
                        .iter()
                        .filter(move |&&k| errors[k] <= widths[k][level])
                };
                std::array::from_fn(|level| within(level).count() as f64 / picked.len() as f64)
            });
            Some(Band {
                from,
                to,
                samples: picked.len(),
                mean: of(&self.exact),
                mae,
                baseline_mae,
                skill: skill(mae, baseline_mae),
                observed,
            })
        };
        BANDS.windows(2).filter_map(band).collect()
    }

    fn logarithm(&self) -> Option<Logarithm> {
        let [from, to] = SMALL;
        let small = |&k: &usize| (from..to).contains(&self.exact[k]);
        let picked: Vec<usize> = (0..self.exact.len()).filter(small).collect();
        let error = |values: &[f64]| {
            let ln = |value: f64| libm::log(value.max(from));
            let errors = picked
                .iter()
                .map(|&k| (ln(values[k]) - ln(self.exact[k])).abs());
            mean(&errors.collect::<Vec<_>>())
        };
        let raised = picked.iter().filter(|&&k| self.predicted[k] < from);
        (!picked.is_empty()).then(|| Logarithm {
            from,
            to,
            samples: picked.len(),
            mae: error(&self.predicted),
            baseline_mae: self.guessed.as_deref().map(error),
            raised: raised.count(),
        })
    }

    fn reliability(&self, errors: &[f64]) -> Vec<Reliability> {
        let Some(widths) = &self.widths else {
            return Vec::new();
        };
        let samples = errors.len().max(1) as f64;
        let of_level = |(level, nominal): (usize, f64)| {
            let within = errors.iter().zip(widths);
            let within = within.filter(|(error, widths)| **error <= widths[level]);
            let half: f64 = widths.iter().map(|widths| widths[level]).sum();
            Reliability {
                nominal,
                observed: within.count() as f64 / samples,
                standard_error: (nominal * (1.0 - nominal) / samples).sqrt(),
                mean_width: 2.0 * half / samples,
            }
        };
        NOMINAL.into_iter().enumerate().map(of_level).collect()
    }
}

impl Percentiles {
    /// Of some errors, the smallest that this percentage does not exceed.
    fn of(mut errors: Vec<f64>) -> Self {
        errors.sort_unstable_by(f64::total_cmp);
        let share = |percent: usize| {
            let rank = (errors.len() * percent).div_ceil(100);
            errors.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
        };
        Self {
            p50: share(50),
            p90: share(90),
            p95: share(95),
            p99: share(99),
            largest: share(100),
        }
    }
}

/// An error or a spread of no more than this, in G0, is none: medians have six digits, and a share of
/// their rounding says nothing.
const NO_ERROR: f64 = 1e-6;

/// 1 − MAE / baseline's MAE; `None` where the baseline is always right, to its digits.
#[must_use]
pub fn skill(mae: f64, baseline_mae: Option<f64>) -> Option<f64> {
    let baseline_mae = baseline_mae.filter(|&mae| mae > NO_ERROR)?;
    Some(1.0 - mae / baseline_mae)
}

fn absolute_errors(exact: &[f64], predicted: &[f64]) -> Vec<f64> {
    let pairs = exact.iter().zip(predicted);
    pairs
        .map(|(exact, predicted)| (predicted - exact).abs())
        .collect()
}

/// The mean; 0 of nothing.
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
