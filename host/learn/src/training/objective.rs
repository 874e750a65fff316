//! What a wrong prediction costs, and in which direction it costs less.

use super::config::{Loss, TrainingConfig};
use super::network::Pick;
use super::scaling::Scaling;
use super::strips::Strips;

/// How much more or less than on average an error may count where conductances spread more or less.
const LEAST: f64 = 0.1;
const MOST: f64 = 10.0;

/// The loss of a batch: the mean over its samples of the weighted sum over the outputs.
#[derive(Debug, Clone)]
pub(super) struct Objective {
    loss: Loss,
    /// By output and count: centre, one over the spread, weight.
    terms: Vec<Vec<[f32; 3]>>,
}

impl Objective {
    /// For outputs of these weights; `strips` are those that are learned from.
    #[allow(clippy::cast_possible_truncation, reason = "rounded once")]
    pub(super) fn new(
        config: &TrainingConfig,
        scaling: &Scaling,
        weights: &[f32],
        strips: &Strips,
    ) -> Self {
        let last = strips.counts.iter().copied().max().unwrap_or(0);
        let of_output = |(output, &weight): (usize, &f32)| {
            let spreads = strips.counts.iter().map(|&c| scaling.at(output, c).1);
            let mean = spreads.sum::<f64>() / strips.len().max(1) as f64;
            let term = |count: u32| {
                let (centre, spread) = scaling.at(output, count);
                let share = if config.weigh_by_spread && mean > 0.0 {
                    (spread / mean).clamp(LEAST, MOST) as f32
                } else {
                    1.0
                };
                let inverse = if spread > 0.0 { 1.0 / spread } else { 0.0 };
                [centre as f32, inverse as f32, weight * share]
            };
            (0..=last).map(term).collect()
        };
        Self {
            loss: config.loss,
            terms: weights.iter().enumerate().map(of_output).collect(),
        }
    }

    /// The sum of the losses of some picks, and the slope of the batch's loss by their outputs,
    /// `[pick, output]`.
    pub(super) fn slope(
        &self,
        strips: &Strips,
        picks: &[Pick],
        outputs: &[f32],
        by_outputs: &mut Vec<f32>,
    ) -> f64 {
        let count = self.terms.len();
        let share = 1.0 / picks.len().max(1) as f32;
        let mut sum = 0.0;
        by_outputs.clear();
        for (pick, outputs) in picks.iter().zip(outputs.chunks_exact(count)) {
            let exact = &strips.exact[pick.sample * count..][..count];
            let impurities = strips.counts[pick.sample] as usize;
            for ((terms, output), exact) in self.terms.iter().zip(outputs).zip(exact) {
                let [centre, inverse, weight] = terms[impurities.min(terms.len() - 1)];
                let (loss, slope) = self.of(output - (exact - centre) * inverse);
                sum += f64::from(weight * loss);
                by_outputs.push(weight * slope * share);
            }
        }
        sum
    }

    /// The loss of an error and its slope.
    fn of(&self, error: f32) -> (f32, f32) {
        match self.loss {
            Loss::Mse => (error * error, 2.0 * error),
            // At 0 there is no direction.
            Loss::L1 if error == 0.0 => (0.0, 0.0),
            Loss::L1 => (error.abs(), error.signum()),
            Loss::Huber { width } if error.abs() <= width => (0.5 * error * error, error),
            Loss::Huber { width } => (width * (error.abs() - 0.5 * width), width * error.signum()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::image::Image;
    use crate::training::preset::preset;
    use landauer::StripSize;
    use landauer_core::DisorderModel;

    fn strips() -> Strips {
        let size = StripSize::new(1, 2).unwrap();
        let exact = vec![2.0, 1.0];
        Strips::of_species(size, DisorderModel::II, vec![0, 0, 1, 0], exact)
    }

    fn objective(loss: Loss) -> Objective {
        let mut config = preset("paper-cnn").unwrap();
        config.loss = loss;
        Objective::new(&config, &Scaling::plain(1), &[1.0], &strips())
    }

    #[test]
    fn losses_and_slopes_by_hand() {
        let picks = [0, 1].map(|sample| Pick {
            sample,
            image: Image::default(),
        });
        let of = |loss| {
            let mut slope = Vec::new();
            let sum = objective(loss).slope(&strips(), &picks, &[5.0, 0.5], &mut slope);
            (sum, slope)
        };
        assert_eq!(of(Loss::Mse), (9.25, vec![3.0, -0.5]));
        assert_eq!(of(Loss::L1), (3.5, vec![0.5, -0.5]));
        assert_eq!(of(Loss::Huber { width: 1.0 }), (2.625, vec![0.5, -0.25]));
    }

    #[test]
    fn a_residual_is_measured_in_spreads_and_weighed_by_them() {
        let mut config = preset("paper-cnn-residual").unwrap();
        config.loss = Loss::Mse;
        let mut scaling = Scaling::plain(1);
        scaling.outputs[0].centre = vec![1.0, 1.0, 0.0];
        scaling.outputs[0].spread = vec![3.0, 1.0, 1.0];
        let objective = Objective::new(&config, &scaling, &[1.0], &strips());
        let pick = Pick {
            sample: 0,
            image: Image::default(),
        };
        let mut slope = Vec::new();
        // The residual is (2 - 1) / 3, its weight 3 over the mean of 3 and 1.
        let sum = objective.slope(&strips(), &[pick], &[4.0 / 3.0], &mut slope);
        assert!((sum - 1.5).abs() < 1e-6 && (slope[0] - 3.0).abs() < 1e-6);
    }
}
