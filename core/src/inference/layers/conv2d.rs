//! The convolution.

use crate::inference::check;
use crate::inference::constants::Constants;
use crate::inference::curves::CurvesAt;
use crate::inference::error::Fault;
use crate::inference::format::{Conv2d, Window};
use crate::inference::quantize::Requantiser;
use crate::inference::shape::Shape;
use crate::inference::weights::WeightRows;

/// output\[o, x, y\] = requantise(bias\[o\] + Σ w\[o, i, kx, ky\]·input\[i, …\]): see [`Conv2d`].
///
/// `patch` holds what one window sees, `[i, kx, ky]`: as many values as a row of the weights.
pub fn conv2d(
    window: &Window,
    weights: &WeightRows<'_>,
    bias: &CurvesAt<'_>,
    requantise: &Requantiser<'_>,
    (input_shape, input): (Shape, &[i8]),
    patch: &mut [i8],
    (output_shape, output): (Shape, &mut [i8]),
) {
    let plane = output_shape.plane();
    for x in 0..output_shape.slices {
        for y in 0..output_shape.rows {
            gather(window, [x, y], (input_shape, input), patch);
            let place = x * output_shape.rows + y;
            let slots = output.iter_mut().skip(place).step_by(plane.max(1));
            for (channel, slot) in slots.enumerate() {
                let sum = weights.row(channel).dot(patch);
                let sum = sum.wrapping_add(bias.get(channel));
                *slot = requantise.row(channel).apply(sum);
            }
        }
    }
}

/// Copies what the window at place \[x, y\] of the output sees; zeros outside.
fn gather(window: &Window, [x, y]: [usize; 2], (shape, input): (Shape, &[i8]), patch: &mut [i8]) {
    let [kernel_slices, kernel_rows] = window.kernel.map(usize::from);
    let [slice_padding, row_padding] = window.padding.map(usize::from);
    let first_slice = x * usize::from(window.stride[0]);
    let first_row = y * usize::from(window.stride[1]);
    let lines = patch.chunks_exact_mut(kernel_rows.max(1));
    let channels = 0..shape.channels;
    let places = channels.flat_map(|channel| (0..kernel_slices).map(move |kx| (channel, kx)));
    for (line, (channel, kx)) in lines.zip(places) {
        line.fill(0);
        // Padding shifts what is read to the left; slices and rows before the first are outside.
        let Some(slice) = (first_slice + kx).checked_sub(slice_padding) else {
            continue;
        };
        if slice >= shape.slices {
            continue;
        }
        let start = (channel * shape.slices + slice) * shape.rows;
        let row = input.get(start..start + shape.rows).unwrap_or(&[]);
        let outside = row_padding.saturating_sub(first_row);
        let seen = row.get(first_row.saturating_sub(row_padding)..);
        let slots = line.iter_mut().skip(outside);
        for (slot, &value) in slots.zip(seen.unwrap_or(&[])) {
            *slot = value;
        }
    }
}

impl Conv2d {
    /// Weights of one output channel.
    pub(super) fn row_len(&self) -> usize {
        usize::from(self.input.channels).saturating_mul(self.window.area())
    }

    pub(super) fn check(&self, output: Shape, constants: Constants<'_>) -> Result<u64, Fault> {
        let extents = self.window.output(self.input.shape()).ok_or(Fault::Shape)?;
        let fits = extents == [output.slices, output.rows];
        check::require(fits, Fault::Shape)?;
        let rows = output.channels;
        let weights = check::weights(&self.weights, rows, self.row_len(), false, constants)?;
        let bias = check::curves(&self.bias, rows, true, constants)?;
        let bound = check::largest_sum(&weights, rows, &bias, check::LARGEST);
        check::requantise(&self.requantise, rows, bound, constants)?;
        Ok(bound)
    }

    pub(super) fn macs(&self, output: Shape) -> u64 {
        (output.len() as u64).saturating_mul(self.row_len() as u64)
    }

    pub(super) fn run(
        &self,
        constants: Constants<'_>,
        count: u32,
        input: &[i8],
        patch: &mut [i8],
        output: (Shape, &mut [i8]),
    ) -> Option<()> {
        let length = self.row_len();
        let weights = WeightRows::new(self.weights, length, constants)?;
        let bias = CurvesAt::new(self.bias, constants, count)?;
        let requantise = Requantiser::new(self.requantise, constants, count)?;
        let patch = patch.get_mut(..length)?;
        let input = (self.input.shape(), input);
        let window = &self.window;
        conv2d(window, &weights, &bias, &requantise, input, patch, output);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use crate::inference::format::{Activation, Conv2d, Operator, Window};
    use crate::inference::layers::tests::Bench;

    #[test]
    fn two_by_two_windows_side_by_side() {
        let mut bench = Bench::new();
        let operator = Operator::Conv2d(Conv2d {
            input: bench.tensor([1, 2, 4]),
            window: Window {
                kernel: [2, 2],
                stride: [2, 2],
                padding: [0, 0],
            },
            weights: bench.weights(&[1, 10, 0, -1, 2, 0, 0, 0]),
            bias: bench.curves(&[0, 6]),
            requantise: bench.halves(Activation::Identity),
        });
        let input = [1, 2, 3, 4, 5, 7, 9, 13];
        // 1 + 20 − 7 = 14, 3 + 40 − 13 = 30; 6 + 2 = 8, 6 + 6 = 12; then halved.
        assert_eq!(bench.run(operator, [2, 1, 2], &input), [7, 15, 4, 6]);
    }

    #[test]
    fn three_by_three_with_zeros_around() {
        let mut bench = Bench::new();
        let operator = Operator::Conv2d(Conv2d {
            input: bench.tensor([1, 2, 2]),
            window: Window {
                kernel: [3, 3],
                stride: [1, 1],
                padding: [1, 1],
            },
            weights: bench.weights(&[2, 4, 6, 8, 10, 12, 14, 16, 18]),
            bias: bench.no_curves(),
            requantise: bench.halves(Activation::Identity),
        });
        // The place of the 1 among all windows, upside down and back to front.
        let output = bench.run(operator, [1, 2, 2], &[1, 0, 0, 0]);
        assert_eq!(output, [5, 4, 2, 1]);
    }

    #[test]
    fn a_stride_larger_than_the_kernel_and_two_channels() {
        let mut bench = Bench::new();
        let operator = Operator::Conv2d(Conv2d {
            input: bench.tensor([2, 1, 5]),
            window: Window {
                kernel: [1, 1],
                stride: [1, 2],
                padding: [0, 0],
            },
            weights: bench.weights(&[2, -2]),
            bias: bench.no_curves(),
            requantise: bench.halves(Activation::Identity),
        });
        let input = [1, 2, 3, 4, 5, 10, 20, 30, 40, 50];
        let output = bench.run(operator, [1, 1, 3], &input);
        assert_eq!(output, [-9, -27, -45]);
    }
}
