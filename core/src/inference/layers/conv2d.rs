//! The convolution.

use core::fmt::{self, Display, Formatter};
use serde::{Deserialize, Serialize};

use super::{Call, Record};
use crate::inference::check;
use crate::inference::compiled::{Source, structure};
use crate::inference::constants::Constants;
use crate::inference::curves::CurvesAt;
use crate::inference::error::Fault;
use crate::inference::format::{Curves, Requantise, Span, Tensor, WeightLayout, Weights, Window};
use crate::inference::kernels::{Kernels, Ready8, ReluRows, aligned, ready_len};
use crate::inference::layers::finish::{Finish, is_by_row, relu_rows};
use crate::inference::quantize::Requantiser;
use crate::inference::shape::Shape;
use crate::inference::weights::{BLOCK_ROWS, Bits, WeightRows};

/// A convolution (a correlation, as usual):
/// out\[o, x, y\] = requantise(bias\[o\] +
/// Σ w\[o, i, kx, ky\]·in\[i, x·stride + kx − padding, y·stride + ky − padding\]), zeros outside.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Conv2d {
    /// What it reads.
    pub input: Tensor,
    /// Kernel, stride and padding.
    pub window: Window,
    /// `[out, in, kx, ky]`, 8 bits.
    pub weights: Weights,
    /// One curve an output channel, one for all, or none.
    pub bias: Curves,
    /// One multiplier, or one an output channel.
    pub requantise: Requantise,
}

/// Neighbouring windows in a row that are multiplied side by side.
const LANES: usize = 8;

/// See [`Conv2d`], with rows of weights one after the other. `patch` holds what eight windows see, `[i, kx, ky, window]`: eight times as many
/// values as a row of the weights.
pub fn conv2d(
    window: &Window,
    weights: &WeightRows<'_>,
    bias: &CurvesAt<'_>,
    requantise: &Requantiser<'_>,
    (input_shape, input): (Shape, &[i8]),
    patch: &mut [i8],
    (output_shape, output): (Shape, &mut [i8]),
) {
    let patch = patch.as_chunks_mut::<LANES>().0;
    let rows = output_shape.rows;
    for x in 0..output_shape.slices {
        for y in (0..rows).step_by(LANES) {
            gather(window, [x, y], (input_shape, input), patch);
            let start = x * rows + y;
            let places = start..start + LANES.min(rows - y);
            let planes = output.chunks_exact_mut(output_shape.plane().max(1));
            for (channel, plane) in planes.enumerate() {
                let weights = weights.row(channel).bytes().unwrap_or(&[]);
                let sums = sums(weights, patch, bias.get(channel));
                let requantise = requantise.row(channel);
                let slots = plane.get_mut(places.clone()).unwrap_or(&mut []);
                for (slot, sum) in slots.iter_mut().zip(sums) {
                    *slot = requantise.apply(sum);
                }
            }
        }
    }
}

/// bias + Σ w\[k\]·patch\[k\]\[window\].
#[inline]
fn sums(weights: &[u8], patch: &[[i8; LANES]], bias: i32) -> [i32; LANES] {
    let mut sums = [bias; LANES];
    for (&weight, seen) in weights.iter().zip(patch) {
        let weight = i16::from(weight.cast_signed());
        for (sum, &value) in sums.iter_mut().zip(seen) {
            *sum = sum.wrapping_add(i32::from(weight * i16::from(value)));
        }
    }
    sums
}

/// Copies what the windows at places \[x, y\], \[x, y + 1\], … of the output see; zeros outside.
fn gather(
    window: &Window,
    [x, y]: [usize; 2],
    (shape, input): (Shape, &[i8]),
    patch: &mut [[i8; LANES]],
) {
    let [kernel_slices, kernel_rows] = window.kernel.map(usize::from);
    let [slice_padding, row_padding] = window.padding.map(usize::from);
    let [slice_stride, row_stride] = window.stride.map(usize::from);
    let lines = patch.chunks_exact_mut(kernel_rows.max(1));
    let channels = 0..shape.channels;
    let places = channels.flat_map(|channel| (0..kernel_slices).map(move |kx| (channel, kx)));
    for (line, (channel, kx)) in lines.zip(places) {
        let slice = (x * slice_stride + kx).checked_sub(slice_padding);
        let seen = slice.filter(|&slice| slice < shape.slices).map(|slice| {
            let start = (channel * shape.slices + slice) * shape.rows;
            input.get(start..start + shape.rows).unwrap_or(&[])
        });
        let seen = seen.unwrap_or(&[]);
        for (ky, slots) in line.iter_mut().enumerate() {
            for (lane, slot) in slots.iter_mut().enumerate() {
                let row = ((y + lane) * row_stride + ky).checked_sub(row_padding);
                *slot = row.and_then(|row| seen.get(row)).copied().unwrap_or(0);
            }
        }
    }
}

/// See [`Conv2d`], with interleaved weights. `patch` holds what one window sees, `[i, kx, ky]`, and
/// the same made ready.
fn interleaved<'a, K: Kernels>(
    window: &Window,
    blocks: &(impl Iterator<Item = &'a [u8]> + Clone),
    finish: &Finish<'_>,
    (input_shape, input): (Shape, &[i8]),
    (seen, room): (&mut [i8], &mut [i8]),
    (output_shape, output): (Shape, &mut [i8]),
) -> Option<()> {
    let plane = output_shape.plane().max(1);
    for x in 0..output_shape.slices {
        for y in 0..output_shape.rows {
            look(window, [x, y], (input_shape, input), seen);
            let inputs = Ready8::new::<K>(seen, room)?;
            let place = x * output_shape.rows + y;
            let mut slots = output.iter_mut().skip(place).step_by(plane);
            for (block, row) in blocks.clone().zip((0..).step_by(BLOCK_ROWS)) {
                let values = finish.four::<K>(K::four_rows_8(block, &inputs), row);
                for (value, slot) in values.into_iter().zip(&mut slots) {
                    *slot = value;
                }
            }
        }
    }
    Some(())
}

/// The same where the kernels finish the sums themselves.
fn relu<K: Kernels>(
    window: &Window,
    rows: &ReluRows<'_>,
    (input_shape, input): (Shape, &[i8]),
    (seen, room): (&mut [i8], &mut [i8]),
    (output_shape, output): (Shape, &mut [i8]),
) -> Option<()> {
    let plane = output_shape.plane().max(1);
    for x in 0..output_shape.slices {
        for y in 0..output_shape.rows {
            look(window, [x, y], (input_shape, input), seen);
            let inputs = Ready8::new::<K>(seen, room)?;
            let slots = output.get_mut(x * output_shape.rows + y..)?;
            K::relu_8(rows, &inputs, plane, slots)?;
        }
    }
    Some(())
}

/// The same for windows of 2×2 without padding: what such a window sees of a channel is a word.
fn relu_2x2<K: Kernels>(
    stride: [usize; 2],
    rows: &ReluRows<'_>,
    (input_shape, input): (Shape, &[i8]),
    (seen, room): (&mut [i8], &mut [i8]),
    (output_shape, output): (Shape, &mut [i8]),
) -> Option<()> {
    let (input_plane, line) = (input_shape.plane(), input_shape.rows);
    let step = output_shape.plane();
    let (quads, _) = seen.as_chunks_mut();
    let room = aligned(room, ready_len(Bits::Eight, 4 * quads.len()))?;
    let mut place = 0;
    for x in 0..output_shape.slices {
        let mut first = x * stride[0] * line;
        for _ in 0..output_shape.rows {
            K::windows_2x2(input, first, line, input_plane, quads)?;
            let inputs = Ready8::of_quads::<K>(quads, room);
            K::relu_8(rows, &inputs, step, output.get_mut(place..)?)?;
            first += stride[1];
            place += 1;
        }
    }
    Some(())
}

/// Copies what the window at place \[x, y\] of the output sees; zeros outside.
fn look(window: &Window, [x, y]: [usize; 2], (shape, input): (Shape, &[i8]), seen: &mut [i8]) {
    let (first_slice, first_row) = (
        x * usize::from(window.stride[0]),
        y * usize::from(window.stride[1]),
    );
    let rows = shape.rows;
    let [kernel_slices, kernel_rows] = window.kernel.map(usize::from);
    let [slice_padding, row_padding] = window.padding.map(usize::from);
    let lines = seen.chunks_exact_mut(kernel_rows.max(1));
    let channels = 0..shape.channels;
    let places = channels.flat_map(|channel| (0..kernel_slices).map(move |kx| (channel, kx)));
    for (line, (channel, kx)) in lines.zip(places) {
        let slice = (first_slice + kx).checked_sub(slice_padding);
        let slice = slice.filter(|&slice| slice < shape.slices);
        let row = slice.map(|slice| (channel * shape.slices + slice) * rows);
        let slice = row
            .and_then(|row| input.get(row..row + rows))
            .unwrap_or(&[]);
        // A window that begins in the padding has that many zeros, and then the slice's first sites.
        let outside = row_padding.saturating_sub(first_row).min(line.len());
        let (before, inside) = line.split_at_mut(outside);
        before.fill(0);
        let sites = slice.iter().skip(first_row.saturating_sub(row_padding));
        let sites = sites.copied().chain(core::iter::repeat(0));
        for (slot, site) in inside.iter_mut().zip(sites) {
            *slot = site;
        }
    }
}

impl Conv2d {
    /// Weights of one output channel.
    fn row_len(&self) -> usize {
        usize::from(self.input.channels).saturating_mul(self.window.area())
    }

    #[inline(always)]
    fn run<K: Kernels>(
        &self,
        constants: Constants<'_>,
        count: u32,
        input: &[i8],
        patch: &mut [i8],
        output: (Shape, &mut [i8]),
    ) -> Option<()> {
        let length = self.row_len();
        let weights = WeightRows::new(self.weights, length, constants)?;
        let patch = patch.get_mut(..self.patch_len())?;
        let input = (self.input.shape(), input);
        let window = &self.window;
        if let (WeightLayout::Interleaved, Some(blocks)) = (self.weights.layout, weights.blocks()) {
            let patch = patch.split_at_mut_checked(length)?;
            let (bias, rule) = (&self.bias, &self.requantise);
            if is_by_row(bias, rule, output.0.channels) {
                let rows = relu_rows(weights.all_blocks(), bias, rule, constants)?;
                if let ([2, 2], [0, 0]) = (window.kernel, window.padding) {
                    let stride = window.stride.map(usize::from);
                    return relu_2x2::<K>(stride, &rows, input, patch, output);
                }
                return relu::<K>(window, &rows, input, patch, output);
            }
            let finish = Finish::new(*bias, *rule, constants, count)?;
            return interleaved::<K>(window, &blocks, &finish, input, patch, output);
        }
        let bias = CurvesAt::new(self.bias, constants, count)?;
        let requantise = Requantiser::new(self.requantise, constants, count)?;
        conv2d(window, &weights, &bias, &requantise, input, patch, output);
        Some(())
    }
}

impl Record for Conv2d {
    fn inputs(&self) -> [Option<&Tensor>; 2] {
        [Some(&self.input), None]
    }

    fn inputs_mut(&mut self) -> [Option<&mut Tensor>; 2] {
        [Some(&mut self.input), None]
    }

    fn visit_spans(&mut self, visit: &mut dyn FnMut(&mut Span)) {
        self.weights.visit_spans(visit);
        self.bias.visit_spans(visit);
        self.requantise.visit_spans(visit);
    }

    fn check(&self, output: Shape, constants: Constants<'_>) -> Result<u64, Fault> {
        let extents = self.window.output(self.input.shape()).ok_or(Fault::Shape)?;
        let fits = extents == [output.slices, output.rows];
        check::require(fits, Fault::Shape)?;
        let layer = (&self.weights, &self.bias, &self.requantise);
        let matrix = [output.channels, self.row_len()];
        let allowed = check::Allowed::EightBits;
        check::affine(layer, matrix, allowed, check::LARGEST, constants)
    }

    fn macs(&self, output: Shape) -> u64 {
        (output.len() as u64).saturating_mul(self.row_len() as u64)
    }

    /// What eight windows see, or what one sees, also made ready.
    fn patch_len(&self) -> usize {
        let seen = self.row_len();
        match self.weights.layout {
            WeightLayout::RowMajor => seen.saturating_mul(LANES),
            WeightLayout::Interleaved => seen.saturating_add(ready_len(Bits::Eight, seen)),
        }
    }

    #[inline(always)]
    fn run_layer<K: Kernels>(&self, call: Call<'_>) -> Option<()> {
        let Call {
            constants,
            count,
            inputs,
            patch,
            shape,
            output,
        } = call;
        self.run::<K>(constants, count, inputs[0], patch, (shape, output))
    }

    fn write_source(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Source(self).fmt(f)
    }
}

structure!(Conv2d { input, window; weights, bias, requantise });

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
    fn more_windows_in_a_row_than_lanes() {
        let mut bench = Bench::new();
        let operator = Operator::Conv2d(Conv2d {
            input: bench.tensor([1, 1, 11]),
            window: Window {
                kernel: [1, 3],
                stride: [1, 1],
                padding: [0, 1],
            },
            weights: bench.weights(&[2, 4, 6]),
            bias: bench.no_curves(),
            requantise: bench.halves(Activation::Identity),
        });
        let input: [i8; 11] = core::array::from_fn(|y| i8::try_from(y).unwrap());
        // (y − 1) + 2y + 3(y + 1) = 6y + 2 within; 3·1 and 9 + 2·10 at the ends.
        let output = bench.run(operator, [1, 1, 11], &input);
        let mut expected = input.map(|y| 6 * y + 2);
        expected[0] = 3;
        expected[10] = 9 + 20;
        assert_eq!(output, expected);
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
