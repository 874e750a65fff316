//! Prediction intervals: how far off a predictor was on samples that it was not trained on.
//!
//! A conductance is said to lie within a half-width of its prediction. The half-width at an impurity
//! count is a quantile of the absolute errors on the validation split at counts nearby (split
//! conformal prediction: V. Vovk, A. Gammerman, G. Shafer, Algorithmic Learning in a Random World,
//! 2005), which makes no assumption about how errors are distributed.

use landauer_core::DisorderModel;
use landauer_core::inference::Target;
use serde::{Deserialize, Serialize};

use super::baseline::BaselineError;
use landauer::internal::significant;

/// The shares of samples that shall lie within the intervals.
pub const NOMINAL: [f64; 4] = [0.5, 0.8, 0.9, 0.95];

/// The smallest number of samples that a quantile is taken over, of counts as near as possible.
const MIN_SAMPLES: usize = 100;

/// Significant digits of a half-width: far below its error, and tables of them stay short.
const DIGITS: usize = 4;

/// Half-widths, one for each of [`NOMINAL`], in units of G0.
pub type HalfWidths = [f64; NOMINAL.len()];

/// The half-widths of one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetIntervals {
    /// What of.
    pub target: Target,
    /// By the number of impurities, from none to all sites; one for all for model I.
    pub half_widths: Vec<HalfWidths>,
}

/// How wide the intervals around predictions are, target by target.
///
/// The half-width at an impurity count for a nominal share p is the ⌈(N + 1)·p⌉-th smallest of the
/// absolute errors of N samples (the largest if none is): those whose count is at most d away,
/// with the smallest d that gives 100 of them, or all; it has four digits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Intervals {
    samples: usize,
    targets: Vec<TargetIntervals>,
}

impl Intervals {
    /// From samples that the predictor was not trained on: `counts`, `[sample]`, the numbers of
    /// impurities in strips of `sites` sites (not looked at for model I), what is `exact` and what
    /// was `predicted`, both `[sample, target]`.
    ///
    /// # Errors
    /// No samples or no targets; arrays that do not belong together; a count above `sites`; a value
    /// that is not finite.
    pub fn fit(
        disorder: DisorderModel,
        sites: usize,
        targets: &[Target],
        counts: &[usize],
        exact: &[f64],
        predicted: &[f64],
    ) -> Result<Self, BaselineError> {
        if counts.is_empty() || targets.is_empty() {
            return Err(BaselineError::Empty);
        }
        for values in [exact.len(), predicted.len()] {
            if counts.len().checked_mul(targets.len()) != Some(values) {
                return Err(BaselineError::Shape {
                    samples: counts.len(),
                    targets: targets.len(),
                    values,
                });
            }
        }
        let all = exact.iter().chain(predicted).copied();
        if let Some(value) = { all }.find(|value| !value.is_finite()) {
            return Err(BaselineError::Value(value));
        }
        let sites = if disorder.has_impurities() { sites } else { 0 };
        let count_of = |count: usize| if sites > 0 { count } else { 0 };
        if let Some(&count) = counts.iter().find(|&&count| count_of(count) > sites) {
            return Err(BaselineError::Count { count, sites });
        }
        let of_target = |(number, &target): (usize, &Target)| {
            let mut groups = vec![Vec::new(); sites + 1];
            let errors = exact.iter().zip(predicted).skip(number);
            for (&count, (exact, predicted)) in counts.iter().zip(errors.step_by(targets.len())) {
                groups[count_of(count)].push((exact - predicted).abs());
            }
            let half_widths = (0..groups.len()).map(|count| quantiles(&groups, count));
            TargetIntervals {
                target,
                half_widths: half_widths.collect(),
            }
        };
        Ok(Self {
            samples: counts.len(),
            targets: targets.iter().enumerate().map(of_target).collect(),
        })
    }

    /// From how many samples.
    #[must_use]
    pub const fn samples(&self) -> usize {
        self.samples
    }

    /// Where among the targets this one is.
    #[must_use]
    pub fn position(&self, target: Target) -> Option<usize> {
        self.targets
            .iter()
            .position(|intervals| intervals.target == target)
    }

    /// The half-widths around a prediction of target number `target` for a strip with this number of
    /// impurities; `None` for an unknown target.
    #[must_use]
    pub fn half_widths(&self, target: usize, count: usize) -> Option<HalfWidths> {
        let by_count = &self.targets.get(target)?.half_widths;
        by_count.get(count).or(by_count.last()).copied()
    }
}

/// The quantiles of the errors around a count.
fn quantiles(groups: &[Vec<f64>], count: usize) -> HalfWidths {
    let near = |distance: usize| {
        let last = count.saturating_add(distance).min(groups.len() - 1);
        &groups[count.saturating_sub(distance)..=last]
    };
    let enough =
        |distance: &usize| near(*distance).iter().map(Vec::len).sum::<usize>() >= MIN_SAMPLES;
    let distance = (0..groups.len()).find(enough).unwrap_or(groups.len());
    let mut errors = near(distance).concat();
    errors.sort_unstable_by(f64::total_cmp);
    NOMINAL.map(|share| significant(conformal(&errors, share), DIGITS))
}

/// The ⌈(N + 1)·share⌉-th smallest of N sorted numbers, one or more; the largest if none is.
fn conformal(sorted: &[f64], share: f64) -> f64 {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the number of samples"
    )]
    let rank = ((sorted.len() as f64 + 1.0) * share).ceil() as usize;
    let place = rank.clamp(1, sorted.len().max(1)) - 1;
    sorted.get(place).copied().unwrap_or(0.0)
}

/// What serde sees of [`Intervals`]: checked when they come back.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    samples: usize,
    nominal: HalfWidths,
    targets: Vec<TargetIntervals>,
}

impl From<Intervals> for Stored {
    fn from(intervals: Intervals) -> Self {
        let Intervals { samples, targets } = intervals;
        Self {
            samples,
            nominal: NOMINAL,
            targets,
        }
    }
}

/// Why stored intervals are none.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub(super) enum IntervalsMissing {
    #[error("no sample, no target or no half-width is given")]
    Empty,
    #[error("the intervals are for other shares than 0.5, 0.8, 0.9 and 0.95")]
    Nominal,
    #[error("the half-width {0} is not a number from zero up")]
    HalfWidth(f64),
}

impl TryFrom<Stored> for Intervals {
    type Error = IntervalsMissing;

    fn try_from(stored: Stored) -> Result<Self, IntervalsMissing> {
        let Stored {
            samples,
            nominal,
            targets,
        } = stored;
        if nominal != NOMINAL {
            return Err(IntervalsMissing::Nominal);
        }
        let nothing = targets.iter().any(|target| target.half_widths.is_empty());
        if samples == 0 || targets.is_empty() || nothing {
            return Err(IntervalsMissing::Empty);
        }
        let all = targets
            .iter()
            .flat_map(|target| target.half_widths.as_flattened());
        match all
            .copied()
            .find(|width| !(width.is_finite() && *width >= 0.0))
        {
            Some(width) => Err(IntervalsMissing::HalfWidth(width)),
            None => Ok(Self { samples, targets }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conformal_quantiles_by_hand() {
        let nine: Vec<f64> = (1..=9).map(f64::from).collect();
        // ⌈10·p⌉ of nine.
        assert_eq!(NOMINAL.map(|p| conformal(&nine, p)), [5.0, 8.0, 9.0, 9.0]);
        assert_eq!(conformal(&[3.0], 0.5), 3.0);
        let nineteen: Vec<f64> = (1..=19).map(f64::from).collect();
        assert_eq!(conformal(&nineteen, 0.95), 19.0);
        assert_eq!(conformal(&nineteen, 0.9), 18.0);
    }

    #[test]
    fn counts_far_away_are_asked_only_where_near_ones_are_too_few() {
        let targets = [Target::Conductance];
        let model = DisorderModel::II;
        let counts: Vec<usize> = (0..300).map(|k| if k < 100 { 1 } else { 4 }).collect();
        let exact: Vec<f64> = counts.iter().map(|&count| count as f64).collect();
        let zeros = vec![0.0; 300];
        let intervals = Intervals::fit(model, 5, &targets, &counts, &exact, &zeros).unwrap();
        let widths = |count| intervals.half_widths(0, count).unwrap();
        // 0 and 1 are served by 1, 3 to 5 by 4; 2 is nearer to 1.
        assert_eq!([0, 1, 2].map(widths), [[1.0; 4]; 3]);
        assert_eq!([3, 4, 5, 99].map(widths), [[4.0; 4]; 4]);
        // One sample less at 1, and all must be asked.
        let fewer = Intervals::fit(model, 5, &targets, &counts[1..], &exact[1..], &zeros[1..]);
        assert_eq!(fewer.unwrap().half_widths(0, 1), Some([4.0; 4]));
        assert_eq!(intervals.half_widths(1, 1), None);
        assert_eq!(
            intervals.position(Target::Transmission { energy: 1.0 }),
            None
        );
    }

    #[test]
    fn stored_intervals_come_back_and_are_checked() {
        let model = DisorderModel::AndersonBox { strength: 4.0 };
        let targets = [Target::Conductance];
        let intervals = Intervals::fit(model, 9, &targets, &[9, 0], &[1.0, 2.0], &[0.7, 2.5]);
        let intervals = intervals.unwrap();
        let text = serde_json::to_string(&intervals).unwrap();
        assert_eq!(serde_json::from_str::<Intervals>(&text).unwrap(), intervals);
        for (good, bad) in [("0.8", "0.81"), ("\"samples\":2", "\"samples\":0")] {
            let text = text.replace(good, bad);
            assert!(serde_json::from_str::<Intervals>(&text).is_err(), "{text}");
        }
        let negative = text.replace("[[", "[[-");
        assert!(serde_json::from_str::<Intervals>(&negative).is_err());
        let uneven = Intervals::fit(model, 9, &targets, &[9, 0], &[1.0, 2.0], &[0.7]);
        assert!(matches!(
            uneven,
            Err(BaselineError::Shape { values: 1, .. })
        ));
    }
}
