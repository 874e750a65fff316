//! The loss and its gradient by the network's outputs.

use super::config::{Loss, TrainingConfig};
use super::network::BatchItem;
use super::scaling::Scaling;
use super::strips::Strips;

/// The bounds of an error's weight relative to the mean, where conductances spread less or more.
const MIN_SHARE: f64 = 0.1;
const MAX_SHARE: f64 = 10.0;

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
                    (spread / mean).clamp(MIN_SHARE, MAX_SHARE) as f32
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

    /// The sum of the losses of some items, and the gradient of the batch's loss by their outputs,
    /// `[item, output]`.
    pub(super) fn loss_and_grad(
        &self,
        strips: &Strips,
        items: &[BatchItem],
        outputs: &[f32],
        grad_output: &mut Vec<f32>,
    ) -> f64 {
        let count = self.terms.len();
        let share = 1.0 / items.len().max(1) as f32;
        let mut sum = 0.0;
        grad_output.clear();
        for (item, outputs) in items.iter().zip(outputs.chunks_exact(count)) {
            let exact = &strips.exact[item.sample * count..][..count];
            let impurities = strips.counts[item.sample] as usize;
            for ((terms, output), exact) in self.terms.iter().zip(outputs).zip(exact) {
                let [centre, inverse, weight] = terms[impurities.min(terms.len() - 1)];
                let (loss, grad) = self.of(output - (exact - centre) * inverse);
                sum += f64::from(weight * loss);
                grad_output.push(weight * grad * share);
            }
        }
        sum
    }

    /// The loss of an error and its derivative.
    fn of(&self, error: f32) -> (f32, f32) {
        match self.loss {
            Loss::Mse => (error * error, 2.0 * error),
            // At 0 the derivative is not defined.
            Loss::L1 if error == 0.0 => (0.0, 0.0),
            Loss::L1 => (error.abs(), error.signum()),
            Loss::Huber { delta } if error.abs() <= delta => (0.5 * error * error, error),
            Loss::Huber { delta } => (delta * (error.abs() - 0.5 * delta), delta * error.signum()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::preset::preset;
    use crate::training::symmetry::SymmetryCopy;
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
        let items = [0, 1].map(|sample| BatchItem {
            sample,
            copy: SymmetryCopy::default(),
        });
        let of = |loss| {
            let mut grad = Vec::new();
            let sum = objective(loss).loss_and_grad(&strips(), &items, &[5.0, 0.5], &mut grad);
            (sum, grad)
        };
        assert_eq!(of(Loss::Mse), (9.25, vec![3.0, -0.5]));
        assert_eq!(of(Loss::L1), (3.5, vec![0.5, -0.5]));
        assert_eq!(of(Loss::Huber { delta: 1.0 }), (2.625, vec![0.5, -0.25]));
    }

    #[test]
    fn a_residual_is_measured_in_spreads_and_weighed_by_them() {
        let mut config = preset("paper-cnn-residual").unwrap();
        config.loss = Loss::Mse;
        let mut scaling = Scaling::plain(1);
        scaling.outputs[0].centre = vec![1.0, 1.0, 0.0];
        scaling.outputs[0].spread = vec![3.0, 1.0, 1.0];
        let objective = Objective::new(&config, &scaling, &[1.0], &strips());
        let item = BatchItem {
            sample: 0,
            copy: SymmetryCopy::default(),
        };
        let mut grad = Vec::new();
        // The residual is (2 - 1) / 3, its weight 3 over the mean of 3 and 1.
        let sum = objective.loss_and_grad(&strips(), &[item], &[4.0 / 3.0], &mut grad);
        assert!((sum - 1.5).abs() < 1e-6 && (grad[0] - 3.0).abs() < 1e-6);
    }
}
