//! Rounding weights so that their errors make up for each other.
//!
//! Each weight could go to the nearest integer. But a layer's inputs vary together, and what matters
//! is the error of its sums: eᵀ·C·e for the errors e of a row's weights and the covariance C of the
//! inputs. Here weights are rounded one after another, those of the inputs that vary most first, and
//! those that are not rounded yet are moved to where that error is least (E. Frantar, S. Ashkboos, T.
//! Hoefler, D. Alistarh, *GPTQ*, ICLR 2023). The rest of the mean goes into the bias.

use super::inverse_factor::InverseFactor;
use super::lower::nearest;

/// The share of the inputs' mean variance that is added to each: inputs that never vary, or always
/// together, do not make a weight infinite.
const DAMPING: f64 = 0.01;

/// How the inputs of a layer vary on training strips.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct InputStatistics {
    mean: Vec<f64>,
    /// The inputs, those that vary most first.
    order: Vec<usize>,
    /// The triangular factor of the inverse of the covariance, in that order.
    factor: InverseFactor,
}

impl InputStatistics {
    /// Of these inputs, a slice a strip; `None` if nothing varies.
    pub(super) fn of<'i>(inputs: impl Iterator<Item = &'i [f32]> + Clone) -> Option<Self> {
        let length = inputs.clone().next()?.len();
        let mut mean = vec![0.0; length];
        let mut samples = 0.0;
        for input in inputs.clone() {
            for (mean, &value) in mean.iter_mut().zip(input) {
                *mean += f64::from(value);
            }
            samples += 1.0;
        }
        for mean in &mut mean {
            *mean /= samples;
        }
        // The upper half, row after row.
        let mut covariance: Vec<Vec<f64>> = (0..length).map(|i| vec![0.0; length - i]).collect();
        let mut deviation = vec![0.0; length];
        for input in inputs {
            for ((slot, &value), mean) in deviation.iter_mut().zip(input).zip(&mean) {
                *slot = f64::from(value) - mean;
            }
            for (i, row) in covariance.iter_mut().enumerate() {
                let share = deviation[i] / samples;
                for (slot, other) in row.iter_mut().zip(&deviation[i..]) {
                    *slot += share * other;
                }
            }
        }
        let variance = covariance.iter().map(|row| row[0]).sum::<f64>() / length as f64;
        if !(variance.is_finite() && variance > 0.0) {
            return None;
        }
        let mut order: Vec<usize> = (0..length).collect();
        order.sort_by(|&a, &b| covariance[b][0].total_cmp(&covariance[a][0]));
        let factor = InverseFactor::new(length, |i, j| {
            let (a, b) = (order[i], order[j]);
            let damping = if i == j { DAMPING * variance } else { 0.0 };
            covariance[a.min(b)][a.abs_diff(b)] + damping
        });
        Some(Self {
            factor: factor?,
            mean,
            order,
        })
    }

    /// The integers of a row's weights, at most ±`largest`, each worth `step`; and what rounding takes
    /// from the row's sum on the average.
    pub(super) fn round(&self, row: &[f32], step: f64, largest: f64) -> (Vec<i32>, f64) {
        let mut weights: Vec<f64> = self.order.iter().map(|&at| row[at].into()).collect();
        let mut integers = vec![0; row.len()];
        let mut lost = 0.0;
        for (number, &at) in self.order.iter().enumerate() {
            let integer = nearest(weights[number] / step, largest);
            integers[at] = integer;
            let rounded = f64::from(integer) * step;
            let (pivot, later) = self.factor.row(number).split_first().unwrap_or((&1.0, &[]));
            let error = (weights[number] - rounded) / pivot;
            for (weight, factor) in weights[number + 1..].iter_mut().zip(later) {
                *weight -= error * factor;
            }
            lost += (f64::from(row[at]) - rounded) * self.mean[at];
        }
        (integers, lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers from 0 to 1.
    fn random(state: &mut u32) -> f32 {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f32::from((*state >> 16) as u16) / 65536.0
    }

    /// Inputs that have much in common.
    fn inputs(count: usize) -> Vec<Vec<f32>> {
        let mut state = 5;
        let mut input = || {
            let common = 3.0 * random(&mut state);
            (0..count).map(|_| common + random(&mut state)).collect()
        };
        (0..400).map(|_| input()).collect()
    }

    #[test]
    fn errors_make_up_for_each_other() {
        let inputs = inputs(40);
        let statistics = InputStatistics::of(inputs.iter().map(Vec::as_slice)).unwrap();
        let mut state = 9;
        let row: Vec<f32> = (0..40).map(|_| random(&mut state) - 0.5).collect();
        let step = 0.05;
        let error = |integers: &[i32], lost: f64| {
            let errors = inputs.iter().map(|input| {
                let sums = input.iter().zip(&row).zip(integers);
                let sums =
                    sums.map(|((&x, &w), &q)| f64::from(x) * (f64::from(w) - f64::from(q) * step));
                (sums.sum::<f64>() - lost).powi(2)
            });
            (errors.sum::<f64>() / inputs.len() as f64).sqrt()
        };
        let (integers, lost) = statistics.round(&row, step, 127.0);
        let plain: Vec<i32> = row
            .iter()
            .map(|&w| nearest(f64::from(w) / step, 127.0))
            .collect();
        // With the best shift for them.
        let mean = inputs
            .iter()
            .flat_map(|input| input.iter().zip(&row).zip(&plain));
        let mean = mean.map(|((&x, &w), &q)| f64::from(x) * (f64::from(w) - f64::from(q) * step));
        let plain = error(&plain, mean.sum::<f64>() / inputs.len() as f64);
        let ours = error(&integers, lost);
        assert!(ours < 0.5 * plain, "{ours} and {plain}");
    }

    #[test]
    fn what_is_on_the_grid_stays() {
        let inputs = inputs(3);
        let statistics = InputStatistics::of(inputs.iter().map(Vec::as_slice)).unwrap();
        let (integers, lost) = statistics.round(&[0.25, -0.5, 1.0], 0.25, 127.0);
        assert_eq!(integers, [1, -2, 4]);
        assert_eq!(lost, 0.0);
        // And no integer is larger than allowed.
        let (integers, _) = statistics.round(&[0.25, -0.5, 1.0], 0.25, 3.0);
        assert!(integers.iter().all(|integer| integer.abs() <= 3));
    }

    #[test]
    fn without_variation_there_is_nothing_to_go_by() {
        assert_eq!(
            InputStatistics::of([[1.0_f32, 2.0]; 3].iter().map(<[f32; 2]>::as_slice)),
            None
        );
        assert_eq!(InputStatistics::of(std::iter::empty()), None);
        // An input that never varies beside one that does.
        let some = [[1.0_f32, 2.0], [1.0, 3.0]];
        assert!(InputStatistics::of(some.iter().map(<[f32; 2]>::as_slice)).is_some());
    }
}
