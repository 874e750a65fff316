//! What a residual network learns: how far off the median at its impurity count a strip is.

use landauer_core::DisorderModel;
use serde::{Deserialize, Serialize};

use landauer::statistics::median;

/// Counts at most this far away are taken together.
const WINDOW: usize = 4;
/// The smallest spread that an error is measured by, in G0.
const MIN_SPREAD: f64 = 1e-3;

/// From a network's output to one conductance: max(0, centre + spread · output), both by the
/// impurity count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountScale {
    /// In G0: from no impurity to all sites, or one number for all counts.
    pub centre: Vec<f64>,
    /// In G0: the same. 0 where the network is not asked.
    pub spread: Vec<f64>,
}

/// The same for all outputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaling {
    /// Output by output.
    pub outputs: Vec<CountScale>,
}

impl Scaling {
    /// Outputs that are conductances themselves.
    pub(super) fn plain(outputs: usize) -> Self {
        let plain = CountScale {
            centre: vec![0.0],
            spread: vec![1.0],
        };
        Self {
            outputs: vec![plain; outputs],
        }
    }

    /// The median and the standard deviation of samples whose count is at most 4 away (model I: of
    /// all), `counts` of strips of `sites` sites and `exact` `[sample, output]`; no spread for
    /// counts above `most`.
    pub(super) fn fit(
        disorder: DisorderModel,
        sites: usize,
        counts: &[u32],
        exact: &[f32],
        most: usize,
    ) -> Self {
        let outputs = exact.len() / counts.len().max(1);
        let last = if disorder.has_impurities() { sites } else { 0 };
        let of_output = |output: usize| {
            let mut groups: Vec<Vec<f64>> = vec![Vec::new(); last + 1];
            let column = exact.iter().skip(output).step_by(outputs.max(1));
            for (&count, &value) in counts.iter().zip(column) {
                groups[(count as usize).min(last)].push(value.into());
            }
            let (mut centre, mut spread) = (Vec::new(), Vec::new());
            for count in 0..=last {
                let mut near = near(&groups, count);
                let deviation = deviation(&near).max(MIN_SPREAD);
                spread.push(if last > 0 && count > most {
                    0.0
                } else {
                    deviation
                });
                centre.push(median(&mut near).unwrap_or(0.0));
            }
            CountScale { centre, spread }
        };
        Self {
            outputs: (0..outputs).map(of_output).collect(),
        }
    }

    /// Centre and spread of an output.
    pub(super) fn at(&self, output: usize, count: u32) -> (f64, f64) {
        let Some(scale) = self.outputs.get(output) else {
            return (0.0, 0.0);
        };
        let of = |list: &[f64]| {
            let found = list.get(count as usize).or(list.last());
            found.copied().unwrap_or(0.0)
        };
        (of(&scale.centre), of(&scale.spread))
    }

    /// Can every number of it be used?
    pub(super) fn is_sound(&self) -> bool {
        let of_output = |scale: &CountScale| {
            let all = scale.centre.iter().chain(&scale.spread);
            let lengths = (scale.centre.len(), scale.spread.len());
            lengths.0 > 0 && lengths.1 > 0 && { all }.all(|x| x.is_finite())
        };
        !self.outputs.is_empty() && self.outputs.iter().all(of_output)
    }
}

/// The values of the groups at most the window away, or of the nearest one that has some.
fn near(groups: &[Vec<f64>], count: usize) -> Vec<f64> {
    let last = groups.len() - 1;
    let within = |distance: usize| {
        groups[count.saturating_sub(distance)..=(count + distance).min(last)].concat()
    };
    (WINDOW..=last.max(WINDOW))
        .map(within)
        .find(|values| !values.is_empty())
        .unwrap_or_default()
}

fn deviation(values: &[f64]) -> f64 {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn centre_and_spread_by_hand() {
        let counts = [0, 0, 20, 20];
        let exact = [1.0, 3.0, 7.0, 7.0];
        let scaling = Scaling::fit(DisorderModel::II, 30, &counts, &exact, 25);
        assert_eq!(scaling.at(0, 0), (2.0, 1.0));
        assert_eq!(scaling.at(0, 4), (2.0, 1.0));
        assert_eq!(scaling.at(0, 17), (7.0, MIN_SPREAD));
        // Nothing is near: the nearest, and beyond the limit nothing is asked of the network.
        assert_eq!(scaling.at(0, 9), (2.0, 1.0));
        assert_eq!(scaling.at(0, 26), (7.0, 0.0));
        assert!(scaling.is_sound());
    }

    #[test]
    fn model_i_has_one_of_each() {
        let model = DisorderModel::AndersonBox { strength: 1.0 };
        let scaling = Scaling::fit(model, 9, &[0, 0], &[1.0, 10.0, 3.0, 10.0], 5);
        assert_eq!(scaling.at(0, 7), (2.0, 1.0));
        assert_eq!(scaling.at(1, 0), (10.0, MIN_SPREAD));
    }
}
