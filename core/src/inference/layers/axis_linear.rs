//! The matrix product along one axis.

use core::fmt::{self, Display, Formatter};
use serde::{Deserialize, Serialize};

use super::{Call, Record};
use crate::inference::check;
use crate::inference::compiled::{Source, structure};
use crate::inference::constants::Constants;
use crate::inference::curves::CurvesAt;
use crate::inference::error::Fault;
use crate::inference::format::{Curves, MAX_EXTENT, Requantise, Span, Tensor, Weights};
use crate::inference::kernels::Kernels;
use crate::inference::quantize::Requantiser;
use crate::inference::shape::Shape;
use crate::inference::weights::WeightRows;

/// An axis of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Axis {
    /// Along the strip.
    Slice,
    /// Across the strip.
    Row,
}

/// A matrix product along one axis of at most [`MAX_EXTENT`] elements:
/// out\[c, k, y\] = requantise(bias\[k\] + Σ w\[k, x\]·in\[c, x, y\]) along slices,
/// out\[c, x, k\] = requantise(bias\[k\] + Σ w\[k, y\]·in\[c, x, y\]) along rows.
///
/// With one matrix a channel, w, bias and multiplier have the channel as a further, first index.
///
/// Folded, a row of w has half as many weights as the axis has elements (N, even), and the first
/// half of the outputs (an even number) are even under reflection, the second half odd:
/// Σ w\[k, i\]·(in\[i\] ± in\[N − 1 − i\]) over i < N/2.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AxisLinear {
    /// What it reads.
    pub input: Tensor,
    /// Along which axis.
    pub axis: Axis,
    /// Do the outputs see sums and differences of mirror images?
    pub folded: bool,
    /// Has every channel its own matrix?
    pub by_channel: bool,
    /// `[out, in]`, or `[channel, out, in]`, 8 bits.
    pub weights: Weights,
    /// One curve a row of the weights, one for all, or none.
    pub bias: Curves,
    /// One multiplier, or one a row of the weights.
    pub requantise: Requantise,
}

/// Lines that are multiplied side by side.
const LANES: usize = 8;

/// Lines along the axis, side by side; i16, because folding adds two i8.
type Lines = [[i16; LANES]; MAX_EXTENT];

/// How the elements of one channel `[slice, row]` lie along an axis: element i of line v stands at
/// i·step + v·stride.
#[derive(Clone, Copy)]
struct Lie {
    elements: usize,
    lines: usize,
    step: usize,
    stride: usize,
}

impl Lie {
    const fn new(shape: Shape, axis: Axis) -> Self {
        let Shape { slices, rows, .. } = shape;
        match axis {
            Axis::Slice => Self {
                elements: slices,
                lines: rows,
                step: rows,
                stride: 1,
            },
            Axis::Row => Self {
                elements: rows,
                lines: slices,
                step: 1,
                stride: rows,
            },
        }
    }

    /// Element `element` of the lines from `first` on.
    fn across(self, plane: &[i8], element: usize, first: usize) -> impl Iterator<Item = i16> {
        let start = element * self.step + first * self.stride;
        let seen = plane.get(start..).unwrap_or(&[]);
        let values = seen.iter().step_by(self.stride.max(1));
        values.map(|&value| i16::from(value)).take(LANES)
    }
}

/// One channel with one matrix: see [`AxisLinear`]. Rows of weights, bias and multipliers are
/// numbered from `first` on; the shapes' channels do not matter.
pub fn axis_linear(
    (axis, folded): (Axis, bool),
    (weights, first): (&WeightRows<'_>, usize),
    bias: &CurvesAt<'_>,
    requantise: &Requantiser<'_>,
    (input_shape, input): (Shape, &[i8]),
    (output_shape, output): (Shape, &mut [i8]),
) {
    let from = Lie::new(input_shape, axis);
    let to = Lie::new(output_shape, axis);
    let mut lines: Lines = [[0; LANES]; MAX_EXTENT];
    for start in (0..from.lines).step_by(LANES) {
        gather(from, folded, start, input, &mut lines);
        for k in 0..to.elements {
            let row = first + k;
            // Folded, the second half of the outputs sees the differences.
            let differences = folded && 2 * k >= to.elements;
            let skipped = if differences { from.elements / 2 } else { 0 };
            let seen = lines.get(skipped..).unwrap_or(&[]);
            let weights = weights.row(row).bytes().unwrap_or(&[]);
            let sums = sums(weights, seen, bias.get(row));
            let requantise = requantise.row(row);
            let slots = output.get_mut(k * to.step + start * to.stride..);
            let slots = slots.unwrap_or(&mut []).iter_mut();
            let slots = slots.step_by(to.stride.max(1)).take(to.lines - start);
            for (slot, sum) in slots.zip(sums) {
                *slot = requantise.apply(sum);
            }
        }
    }
}

/// Copies the lines from `start` on, folded if need be: first all sums, then all differences.
fn gather(lie: Lie, folded: bool, start: usize, plane: &[i8], lines: &mut Lines) {
    if !folded {
        for (element, line) in lines.iter_mut().enumerate().take(lie.elements) {
            for (slot, value) in line.iter_mut().zip(lie.across(plane, element, start)) {
                *slot = value;
            }
        }
        return;
    }
    let half = lie.elements / 2;
    let (sums, rest) = lines.split_at_mut(half.min(MAX_EXTENT));
    for (element, (sums, differences)) in sums.iter_mut().zip(rest).enumerate() {
        let near = lie.across(plane, element, start);
        let far = lie.across(plane, lie.elements - 1 - element, start);
        let slots = sums.iter_mut().zip(differences);
        for ((sum, difference), (near, far)) in slots.zip(near.zip(far)) {
            *sum = near + far;
            *difference = near - far;
        }
    }
}

/// bias + Σ w\[i\]·lines\[i\]\[lane\].
#[inline]
fn sums(weights: &[u8], lines: &[[i16; LANES]], bias: i32) -> [i32; LANES] {
    let mut sums = [bias; LANES];
    for (&weight, line) in weights.iter().zip(lines) {
        let weight = i16::from(weight.cast_signed());
        for (sum, &value) in sums.iter_mut().zip(line) {
            // At most 127·254: it fits in i16.
            *sum = sum.wrapping_add(i32::from(weight.wrapping_mul(value)));
        }
    }
    sums
}

impl AxisLinear {
    /// Weights of one output: the extent of the axis, or half of it.
    fn row_len(&self) -> usize {
        let elements = Lie::new(self.input.shape(), self.axis).elements;
        if self.folded { elements / 2 } else { elements }
    }

    fn run(
        &self,
        constants: Constants<'_>,
        count: u32,
        input: &[i8],
        (shape, output): (Shape, &mut [i8]),
    ) -> Option<()> {
        let from = self.input.shape();
        let weights = WeightRows::new(self.weights, self.row_len(), constants)?;
        let bias = CurvesAt::new(self.bias, constants, count)?;
        let requantise = Requantiser::new(self.requantise, constants, count)?;
        let outputs = Lie::new(shape, self.axis).elements;
        let planes = input.chunks_exact(from.plane().max(1));
        let results = output.chunks_exact_mut(shape.plane().max(1));
        for (channel, (input, output)) in planes.zip(results).enumerate() {
            let first = if self.by_channel {
                channel * outputs
            } else {
                0
            };
            axis_linear(
                (self.axis, self.folded),
                (&weights, first),
                &bias,
                &requantise,
                (from, input),
                (shape, output),
            );
        }
        Some(())
    }
}

impl Record for AxisLinear {
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
        let input = self.input.shape();
        let from = Lie::new(input, self.axis);
        let to = Lie::new(output, self.axis);
        let fits = from.lines == to.lines && output.channels == input.channels;
        check::require(fits, Fault::Shape)?;
        let even = from.elements.is_multiple_of(2) && to.elements.is_multiple_of(2);
        check::require(even || !self.folded, Fault::Shape)?;
        check::require(from.elements <= MAX_EXTENT, Fault::OutOfRange)?;
        let matrices = if self.by_channel { input.channels } else { 1 };
        let rows = matrices.saturating_mul(to.elements);
        let largest = if self.folded { 2 } else { 1 } * check::LARGEST;
        let layer = (&self.weights, &self.bias, &self.requantise);
        let matrix = [rows, self.row_len()];
        check::affine(layer, matrix, check::Allowed::Plain, largest, constants)
    }

    fn macs(&self, output: Shape) -> u64 {
        (output.len() as u64).saturating_mul(self.row_len() as u64)
    }

    #[inline(always)]
    fn run_layer<K: Kernels>(&self, call: Call<'_>) -> Option<()> {
        let Call {
            constants,
            count,
            inputs,
            shape,
            output,
            ..
        } = call;
        self.run(constants, count, inputs[0], (shape, output))
    }

    fn write_source(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Source(self).fmt(f)
    }
}

structure!(AxisLinear { input, folded, by_channel; axis, weights, bias, requantise });

impl Display for Source<'_, Axis> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Axis::{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use crate::inference::format::{Activation, Axis, AxisLinear, Operator};
    use crate::inference::layers::tests::Bench;

    #[test]
    fn along_the_rows_one_matrix_for_all() {
        let mut bench = Bench::new();
        let operator = Operator::AxisLinear(AxisLinear {
            input: bench.tensor([2, 1, 3]),
            axis: Axis::Row,
            folded: false,
            by_channel: false,
            weights: bench.weights(&[2, 4, 6, 0, 0, -2]),
            bias: bench.curves(&[20, 0]),
            requantise: bench.halves(Activation::Identity),
        });
        let output = bench.run(operator, [2, 1, 2], &[1, 2, 3, -1, 0, 5]);
        assert_eq!(output, [10 + 1 + 4 + 9, -3, 10 - 1 + 15, -5]);
    }

    #[test]
    fn along_the_slices_a_matrix_a_channel() {
        let mut bench = Bench::new();
        let operator = Operator::AxisLinear(AxisLinear {
            input: bench.tensor([2, 2, 2]),
            axis: Axis::Slice,
            folded: false,
            by_channel: true,
            weights: bench.weights(&[2, 2, 4, -4]),
            bias: bench.curves(&[0, 2]),
            requantise: bench.halves(Activation::Identity),
        });
        let input = [1, 2, 3, 4, 5, 6, 7, 9];
        // Channel 0: sums of the two slices; channel 1: twice their difference, and 1.
        let output = bench.run(operator, [2, 1, 2], &input);
        assert_eq!(output, [4, 6, 2 * (5 - 7) + 1, 2 * (6 - 9) + 1]);
    }

    #[test]
    fn folded_it_sees_sums_and_differences_of_mirror_images() {
        let mut bench = Bench::new();
        let mut operator = |input, axis| {
            Operator::AxisLinear(AxisLinear {
                input,
                axis,
                folded: true,
                by_channel: false,
                // One even output, then one odd.
                weights: bench.weights(&[2, 4, 2, 0]),
                bias: bench.no_curves(),
                requantise: bench.halves(Activation::Identity),
            })
        };
        let tensor = |shape| Bench::new().tensor(shape);
        let along_rows = operator(tensor([1, 2, 4]), Axis::Row);
        let along_slices = operator(tensor([1, 4, 2]), Axis::Slice);
        // (1 + 7) + 2·(2 + 4), 1 − 7; and −127 − 127 + 0, −127 + 127.
        let output = bench.run(along_rows, [1, 2, 2], &[1, 2, 4, 7, -127, 0, 0, -127]);
        assert_eq!(output, [20, -6, -127, 0]);
        let output = bench.run(along_slices, [1, 2, 2], &[1, -127, 2, 0, 4, 0, 7, -127]);
        assert_eq!(output, [20, -127, -6, 0]);
    }

    #[test]
    fn more_lines_than_lanes() {
        let mut bench = Bench::new();
        let mut operator = |input, axis| {
            Operator::AxisLinear(AxisLinear {
                input,
                axis,
                folded: false,
                by_channel: false,
                weights: bench.weights(&[2, 4]),
                bias: bench.no_curves(),
                requantise: bench.halves(Activation::Identity),
            })
        };
        let tensor = |shape| Bench::new().tensor(shape);
        let along_slices = operator(tensor([1, 2, 11]), Axis::Slice);
        let along_rows = operator(tensor([1, 11, 2]), Axis::Row);
        let input: [i8; 22] = core::array::from_fn(|i| i8::try_from(i).unwrap());
        // y + 2·(11 + y), and 2x + 2·(2x + 1)
        let across: [i8; 11] = core::array::from_fn(|y| i8::try_from(22 + 3 * y).unwrap());
        let along: [i8; 11] = core::array::from_fn(|x| i8::try_from(2 + 6 * x).unwrap());
        assert_eq!(bench.run(along_slices, [1, 1, 11], &input), across);
        assert_eq!(bench.run(along_rows, [1, 11, 1], &input), along);
    }
}
