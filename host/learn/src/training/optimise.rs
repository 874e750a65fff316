//! Steps down the gradient: learning rate, gradient clipping, Adam, the mean of the weights.

use super::config::{Optimiser, Schedule};
use super::error::TrainingError;
use super::fast::{Adam, AdamSettings};
use super::network::Network;

/// An optimiser and its memory.
pub(super) struct Steps {
    optimiser: Optimiser,
    adam: Adam,
    /// The mean of the weights, if one is kept.
    pub(super) mean: Option<Vec<f32>>,
    /// Steps of the whole training.
    total: u64,
}

impl Steps {
    /// For a network as it is now, and a training of `total` steps.
    pub(super) fn new(optimiser: Optimiser, network: &dyn Network, total: u64) -> Self {
        let settings = AdamSettings {
            beta_1: optimiser.beta_1,
            beta_2: optimiser.beta_2,
            epsilon: optimiser.epsilon,
            weight_decay: optimiser.weight_decay,
        };
        let parameters = network.parameters();
        Self {
            optimiser,
            adam: Adam::new(settings, parameters.len()),
            mean: optimiser.ema.map(|_| parameters.to_vec()),
            total,
        }
    }

    /// Steps so far, and Adam's means.
    pub(super) fn memory(&self) -> (u32, &[f32], &[f32]) {
        self.adam.memory()
    }

    /// Goes on from a checkpoint.
    pub(super) fn resume(&mut self, steps: u32, means: &[f32], squares: &[f32]) {
        self.adam.resume(steps, means, squares);
    }

    /// The network's backward pass, and one step down its gradient.
    pub(super) fn step(
        &mut self,
        network: &mut dyn Network,
        grad_output: &[f32],
    ) -> Result<(), TrainingError> {
        let number = u64::from(self.adam.memory().0);
        let rate = learning_rate(&self.optimiser, number, self.total);
        if let Some(max) = self.optimiser.max_grad_norm {
            // No weight may move before the whole gradient's norm is known.
            network.backward(grad_output)?;
            let (parameters, gradient) = network.parameters_and_gradient();
            let norm = norm(gradient);
            let scale = if norm > max { max / norm } else { 1.0 };
            self.adam.step(parameters, gradient, scale, rate);
        } else {
            network.backward_and_step(grad_output, &mut self.adam, rate)?;
        }
        if let (Some(mean), Some(keep)) = (&mut self.mean, self.optimiser.ema) {
            // In the first steps over the last tenth of them, not over the initial weights too.
            let share = (1.0 - keep).max(9.0 / (number as f32 + 10.0));
            for (mean, &parameter) in mean.iter_mut().zip(network.parameters()) {
                *mean += share * (parameter - *mean);
            }
        }
        Ok(())
    }
}

/// The learning rate of step number `step`, from 0, of `total`.
#[allow(clippy::cast_possible_truncation, reason = "rounded once")]
fn learning_rate(optimiser: &Optimiser, step: u64, total: u64) -> f32 {
    let full = optimiser.learning_rate;
    match optimiser.schedule {
        Schedule::Constant => full,
        Schedule::Cosine { warmup_steps, .. } if step < warmup_steps => {
            full * ((step + 1) as f64 / warmup_steps as f64) as f32
        }
        Schedule::Cosine {
            warmup_steps,
            final_learning_rate: last,
        } => {
            let part =
                (step - warmup_steps) as f64 / total.saturating_sub(warmup_steps).max(1) as f64;
            let cosine = libm::cos(std::f64::consts::PI * part.min(1.0));
            last + (full - last) * (0.5 * (1.0 + cosine)) as f32
        }
    }
}

/// The Euclidean norm, summed in one order on every machine.
fn norm(values: &[f32]) -> f32 {
    let (blocks, rest) = values.as_chunks::<16>();
    let mut sums = [0.0_f32; 16];
    let mut total = 0.0_f64;
    for some in blocks.chunks(64) {
        sums.fill(0.0);
        for block in some {
            for (sum, value) in sums.iter_mut().zip(block) {
                *sum += value * value;
            }
        }
        total += f64::from(sums.iter().sum::<f32>());
    }
    total += rest.iter().map(|x| f64::from(x * x)).sum::<f64>();
    #[allow(clippy::cast_possible_truncation, reason = "rounded once")]
    let norm = total.sqrt() as f32;
    norm
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::preset::preset;

    #[test]
    fn the_cosine_rises_and_falls() {
        let optimiser = Optimiser {
            learning_rate: 1.0,
            schedule: Schedule::Cosine {
                warmup_steps: 10,
                final_learning_rate: 0.1,
            },
            ..preset("paper-cnn").unwrap().optimiser
        };
        let at = |step| learning_rate(&optimiser, step, 110);
        assert_eq!((at(0), at(9), at(10)), (0.1, 1.0, 1.0));
        assert!((at(60) - 0.55).abs() < 1e-6 && (at(110) - 0.1).abs() < 1e-6);
        assert!((1..110).all(|step| step <= 10 || at(step) < at(step - 1)));
    }

    #[test]
    fn a_norm_by_hand() {
        let mut values = vec![0.0; 1100];
        values[3] = 3.0;
        values[1099] = 4.0;
        assert_eq!(norm(&values), 5.0);
        assert_eq!(norm(&[]), 0.0);
    }
}
