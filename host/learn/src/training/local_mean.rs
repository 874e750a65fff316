//! Where the means of a spectral network's local channels begin: at what they are on samples.

use super::fast::spectral::{NODES, ORBITS, node_weights};
use super::strips::{Encoder, Strips};
use super::weights::Weights;

/// The number of samples.
const SAMPLES: usize = 400;
/// What keeps nodes that no sample is near at zero, in units of samples.
const RIDGE: f64 = 1e-3;

/// Sets `mean` of a spectral network's initial weights to the least squares fit of its local
/// channels' means on some of these samples; leaves other networks as they are.
pub(super) fn fit(weights: &mut Weights, encoder: &Encoder, strips: &Strips, samples: &[usize]) {
    let found = |name: &str| weights.get(name).map(|tensor| tensor.values.clone());
    let (Some(kernel), Some(bias), Some(mix)) =
        (found("kernel"), found("kernel_bias"), found("mix"))
    else {
        return;
    };
    let hidden = bias.len();
    let local = mix.len().checked_div(hidden).unwrap_or(0);
    let sites = strips.size.length() * strips.size.width();
    let mut normal = [[0.0_f64; NODES]; NODES];
    let mut right = vec![[0.0_f64; NODES]; local];
    for &sample in samples.iter().take(SAMPLES) {
        let share = strips.counts[sample] as f32 / sites as f32;
        let nodes = node_weights(share).map(f64::from);
        for (row, a) in normal.iter_mut().zip(nodes) {
            for (slot, b) in row.iter_mut().zip(nodes) {
                *slot += a * b;
            }
        }
        let units = hidden_means(&kernel, &bias, encoder, strips, sample);
        for (channel, right) in right.iter_mut().enumerate() {
            let mean: f64 = units
                .iter()
                .enumerate()
                .map(|(unit, mean)| mean * f64::from(mix[unit * local + channel]))
                .sum();
            for (slot, node) in right.iter_mut().zip(nodes) {
                *slot += node * mean;
            }
        }
    }
    for (number, row) in normal.iter_mut().enumerate() {
        row[number] += RIDGE;
    }
    let Some(mean) = weights
        .tensors
        .iter_mut()
        .find(|tensor| tensor.name == "mean")
    else {
        return;
    };
    for (channel, right) in right.into_iter().enumerate() {
        for (node, value) in solve(normal, right).into_iter().enumerate() {
            #[allow(clippy::cast_possible_truncation, reason = "rounded once")]
            let value = value as f32;
            mean.values[node * local + channel] = value;
        }
    }
}

/// The mean over a strip of each hidden unit, `[hidden]`.
fn hidden_means(
    kernel: &[f32],
    bias: &[f32],
    encoder: &Encoder,
    strips: &Strips,
    sample: usize,
) -> Vec<f64> {
    let (length, width) = (strips.size.length(), strips.size.width());
    let species = strips.species(sample);
    let at = |slice: usize, row: usize| -> f32 {
        // What lies before the first wraps around to a number beyond the last.
        if slice >= length || row >= width {
            return 0.0;
        }
        let species = usize::from(species[slice * width + row]);
        encoder.values.get(species).copied().unwrap_or(0.0)
    };
    let mut means = vec![0.0; bias.len()];
    for slice in 0..length {
        for row in 0..width {
            let (before, after) = (slice.wrapping_sub(1), slice + 1);
            let (below, above) = (row.wrapping_sub(1), row + 1);
            let orbits: [f32; ORBITS] = [
                at(slice, row),
                at(before, row) + at(after, row),
                at(slice, below) + at(slice, above),
                at(before, below) + at(before, above) + at(after, below) + at(after, above),
            ];
            for (unit, mean) in means.iter_mut().enumerate() {
                let weights = kernel.iter().skip(unit).step_by(bias.len());
                let sum: f32 = weights.zip(orbits).map(|(weight, x)| weight * x).sum();
                *mean += f64::from((sum + bias[unit]).max(0.0));
            }
        }
    }
    let sites = (length * width) as f64;
    means.into_iter().map(|mean| mean / sites).collect()
}

/// The solution of a symmetric positive definite system, by elimination.
fn solve(mut matrix: [[f64; NODES]; NODES], mut right: [f64; NODES]) -> [f64; NODES] {
    for pivot in 0..NODES {
        for below in pivot + 1..NODES {
            let upper = matrix[pivot];
            let factor = matrix[below][pivot] / upper[pivot];
            for (slot, upper) in matrix[below].iter_mut().zip(upper) {
                *slot -= factor * upper;
            }
            right[below] -= factor * right[pivot];
        }
    }
    for row in (0..NODES).rev() {
        let known: f64 = (row + 1..NODES).map(|c| matrix[row][c] * right[c]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::config::Input;
    use crate::training::fast::spectral::SpectralShape;
    use landauer::StripSize;
    use landauer_core::{Concentration, DisorderModel, Ensemble};

    #[test]
    fn the_fitted_means_are_near_those_of_the_channels() {
        let size = StripSize::new(12, 10).unwrap();
        let model = DisorderModel::II;
        let ensemble = Ensemble::new(model, Concentration::Uniform, 4).unwrap();
        let mut species = vec![0; 300 * 120];
        for (number, strip) in species.chunks_exact_mut(120).enumerate() {
            ensemble.sample(number as u64).fill_species(strip);
        }
        let strips = Strips::of_species(size, model, species, Vec::new());
        let encoder = Encoder::new(model, Input::Plain, 120);
        let shape = SpectralShape {
            length: 12,
            width: 10,
            local: 2,
            hidden: 3,
            units: 2,
            head: 2,
            targets: 1,
        };
        let mut weights = Weights::of_spectral(&shape, 5);
        // Beyond a half the last node stands alone, and one number cannot fit all shares.
        let few: Vec<usize> = (0..300).filter(|&s| strips.counts[s] <= 60).collect();
        fit(&mut weights, &encoder, &strips, &few);
        let get = |name: &str| weights.get(name).unwrap().values.clone();
        let (kernel, bias, mix, mean) =
            (get("kernel"), get("kernel_bias"), get("mix"), get("mean"));
        let (mut errors, mut sizes) = (0.0, 0.0);
        for sample in few {
            let share = strips.counts[sample] as f32 / 120.0;
            let units = hidden_means(&kernel, &bias, &encoder, &strips, sample);
            let nodes = node_weights(share);
            for channel in 0..2 {
                let exact: f64 = (0..3)
                    .map(|u| units[u] * f64::from(mix[u * 2 + channel]))
                    .sum();
                let fitted: f64 = (0..NODES)
                    .map(|node| f64::from(nodes[node] * mean[node * 2 + channel]))
                    .sum();
                errors += (exact - fitted).powi(2);
                sizes += exact.powi(2);
            }
        }
        assert!(errors < 0.02 * sizes, "{errors} of {sizes}");
    }
}
