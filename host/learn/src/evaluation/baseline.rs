//! The baseline: the conductance predicted from the number of impurities alone.

use landauer_core::DisorderModel;
use landauer_core::inference::Target;
use serde::{Deserialize, Serialize};

use super::metrics::mean_absolute_error;
use super::pooling::pooled_medians;
use super::predictions::Predictions;
use landauer::failure::{Categorised, Category};
use landauer::internal::significant;
use landauer::statistics::median;

/// Significant digits of a median: far below its error, and tables of them stay short.
const DIGITS: usize = 6;

/// The number of impurities in a strip: sites with an on-site energy other than 0.
#[must_use]
pub fn impurities(onsite: &[f64]) -> usize {
    onsite.iter().filter(|&&energy| energy != 0.0).count()
}

/// What was known of one target before any network: medians of a training set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountMedians {
    /// What of, in units of G0.
    pub target: Target,
    /// The median of all samples: the best guess without any knowledge of a strip.
    pub constant: f64,
    /// The median by the number of impurities, from none to all sites; empty for model I.
    pub by_count: Vec<f64>,
}

/// What counting impurities is worth: medians of a training set by impurity count, and the constant
/// median, by target.
///
/// The median at a count is that of its own samples where they are many (1024). Where they are few, counts
/// nearby are pooled with it: the smallest symmetric range that holds as many samples as predict those
/// nearby best that are left out, one at a time. There is only one clean strip, and one that is full of
/// impurities of a single species: one sample says all of it. A median has six digits. Impurities
/// of all species count alike. Model I has no impurities, only the constant.
///
/// # Example
/// ```
/// use landauer_learn::evaluation::{Baseline, Target};
/// use landauer_core::DisorderModel;
/// let counts = [0, 1, 2, 9];
/// let baseline = Baseline::fit(
///     DisorderModel::II, 9, &[Target::Conductance], &counts, &[4.0, 3.0, 1.0, 0.0],
/// )?;
/// assert_eq!(baseline.guess(0, 1), 3.0);
/// assert_eq!(baseline.guess(0, 8), 0.0);
/// assert_eq!(baseline.targets()[0].constant, 2.0);
/// # Ok::<(), landauer_learn::evaluation::BaselineError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Baseline {
    samples: usize,
    targets: Vec<CountMedians>,
}

impl Baseline {
    /// The medians of a training set: `counts`, `[sample]`, the numbers of [`impurities`] in strips
    /// of `sites` sites (not looked at for model I), and the exact `values`, `[sample, target]`.
    ///
    /// # Errors
    /// No samples or no targets; arrays that do not belong together; a count above `sites`; a value
    /// that is not finite.
    pub fn fit(
        disorder: DisorderModel,
        sites: usize,
        targets: &[Target],
        counts: &[usize],
        values: &[f64],
    ) -> Result<Self, BaselineError> {
        if counts.is_empty() || targets.is_empty() {
            return Err(BaselineError::Empty);
        }
        if counts.len().checked_mul(targets.len()) != Some(values.len()) {
            return Err(BaselineError::Shape {
                samples: counts.len(),
                targets: targets.len(),
                values: values.len(),
            });
        }
        if let Some(&value) = values.iter().find(|value| !value.is_finite()) {
            return Err(BaselineError::Value(value));
        }
        let counted = disorder.has_impurities();
        if let Some(&count) = counts.iter().find(|&&count| counted && count > sites) {
            return Err(BaselineError::Count { count, sites });
        }
        // One strip without impurities, one full of the only species.
        let one_species = disorder.species_energies().len() == 1;
        let is_single = |count: usize| count == 0 || one_species && count == sites;
        let of_target = |(number, &target): (usize, &Target)| {
            let column = || values.iter().skip(number).step_by(targets.len()).copied();
            let by_count = if counted {
                let mut groups = vec![Vec::new(); sites + 1];
                for (&count, value) in counts.iter().zip(column()) {
                    groups[count].push(value);
                }
                pooled_medians(groups, is_single)
                    .into_iter()
                    .map(|g| significant(g, DIGITS))
                    .collect()
            } else {
                Vec::new()
            };
            CountMedians {
                target,
                constant: median(&mut column().collect::<Vec<_>>()).unwrap_or(0.0),
                by_count,
            }
        };
        Ok(Self {
            samples: counts.len(),
            targets: targets.iter().enumerate().map(of_target).collect(),
        })
    }

    /// The mean absolute error of its guesses, target by target of what was predicted, in G0.
    #[must_use]
    pub fn errors(&self, found: &Predictions) -> Vec<f64> {
        let of_target = |(target, &name)| {
            let place = self.position(name).unwrap_or(usize::MAX);
            let counts = found.counts.iter();
            let guesses: Vec<f64> = counts.map(|&count| self.guess(place, count)).collect();
            mean_absolute_error(&found.column(&found.exact, target), &guesses)
        };
        found.targets.iter().enumerate().map(of_target).collect()
    }

    /// From how many samples.
    #[must_use]
    pub const fn samples(&self) -> usize {
        self.samples
    }

    /// The medians, target by target.
    #[must_use]
    pub fn targets(&self) -> &[CountMedians] {
        &self.targets
    }

    /// Where among [`targets`](Self::targets) this one is.
    #[must_use]
    pub fn position(&self, target: Target) -> Option<usize> {
        self.targets
            .iter()
            .position(|medians| medians.target == target)
    }

    /// The guess of target number `target` for a strip with this number of impurities: the constant for
    /// model I, 0 for an unknown target.
    #[must_use]
    pub fn guess(&self, target: usize, count: usize) -> f64 {
        self.targets.get(target).map_or(0.0, |medians| {
            let last = medians.by_count.last();
            let found = medians.by_count.get(count).or(last);
            found.copied().unwrap_or(medians.constant)
        })
    }
}

/// Why a baseline is not found.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// No samples or no targets.
    #[error("medians need at least one sample and one target")]
    Empty,
    /// Arrays that do not belong together.
    #[error("{samples} samples of {targets} targets have {values} values")]
    Shape {
        /// The number of counts.
        samples: usize,
        /// How many targets.
        targets: usize,
        /// How many values.
        values: usize,
    },
    /// More impurities than sites.
    #[error("a strip of {sites} sites cannot have {count} impurities")]
    Count {
        /// Impurities.
        count: usize,
        /// Sites.
        sites: usize,
    },
    /// A conductance that is not finite.
    #[error("the conductance {0} is not a finite number")]
    Value(f64),
}

impl Categorised for BaselineError {
    fn category(&self) -> Category {
        Category::Input
    }
}

/// What serde sees of a [`Baseline`]: checked when it comes back.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    samples: usize,
    targets: Vec<CountMedians>,
}

impl From<Baseline> for Stored {
    fn from(baseline: Baseline) -> Self {
        let Baseline { samples, targets } = baseline;
        Self { samples, targets }
    }
}

impl TryFrom<Stored> for Baseline {
    type Error = BaselineError;

    fn try_from(stored: Stored) -> Result<Self, BaselineError> {
        let Stored { samples, targets } = stored;
        if samples == 0 || targets.is_empty() {
            return Err(BaselineError::Empty);
        }
        let all = targets.iter().flat_map(|medians| {
            let constant = std::iter::once(&medians.constant);
            constant.chain(&medians.by_count)
        });
        match all.copied().find(|value| !value.is_finite()) {
            Some(value) => Err(BaselineError::Value(value)),
            None => Ok(Self { samples, targets }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_by_hand() {
        let of = |values: &[f64]| median(&mut values.to_vec());
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[3.0]), Some(3.0));
        assert_eq!(of(&[3.0, 1.0]), Some(2.0));
        assert_eq!(of(&[9.0, 1.0, 4.0]), Some(4.0));
        assert_eq!(of(&[9.0, 1.0, 4.0, 2.0]), Some(3.0));
        assert_eq!(of(&[2.0, 2.0, 2.0, 7.0]), Some(2.0));
    }

    #[test]
    fn model_i_has_only_the_constant() {
        let model = DisorderModel::AndersonBox { strength: 4.0 };
        let targets = [Target::Conductance, Target::PAPER_BIAS_AVERAGE];
        let values = [1.0, 10.0, 2.0, 20.0, 6.0, 60.0];
        let baseline = Baseline::fit(model, 9, &targets, &[9, 9, 99], &values).unwrap();
        assert_eq!((baseline.guess(0, 9), baseline.guess(1, 0)), (2.0, 20.0));
        assert!(
            baseline
                .targets()
                .iter()
                .all(|medians| medians.by_count.is_empty())
        );
        assert_eq!(baseline.position(Target::PAPER_BIAS_AVERAGE), Some(1));
    }

    #[test]
    fn what_is_no_training_set_is_refused() {
        let fit = |counts: &[usize], values: &[f64]| {
            Baseline::fit(
                DisorderModel::III,
                4,
                &[Target::Conductance],
                counts,
                values,
            )
        };
        assert_eq!(fit(&[], &[]), Err(BaselineError::Empty));
        let uneven = BaselineError::Shape {
            samples: 2,
            targets: 1,
            values: 1,
        };
        assert_eq!(fit(&[0, 1], &[1.0]), Err(uneven));
        let many = BaselineError::Count { count: 5, sites: 4 };
        assert_eq!(fit(&[5], &[1.0]), Err(many));
        assert!(matches!(
            fit(&[1], &[f64::NAN]),
            Err(BaselineError::Value(_))
        ));
    }

    #[test]
    fn a_baseline_comes_back_bit_by_bit_and_is_checked() {
        let counts = [0, 3, 4];
        let values = [0.1 + 0.2, 1.0 / 3.0, 7.0];
        let model = DisorderModel::II;
        let baseline = Baseline::fit(model, 4, &[Target::Conductance], &counts, &values).unwrap();
        let text = serde_json::to_string(&baseline).unwrap();
        assert_eq!(serde_json::from_str::<Baseline>(&text).unwrap(), baseline);
        for bad in [
            text.replace("\"samples\":3", "\"samples\":0"),
            text.replace("0.3333333333333333", "null"),
            text.replace("samples", "sample"),
        ] {
            assert_ne!(bad, text);
            assert!(serde_json::from_str::<Baseline>(&bad).is_err(), "{bad}");
        }
    }
}
