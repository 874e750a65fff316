//! The matrix product along one axis.

use crate::inference::check;
use crate::inference::constants::Constants;
use crate::inference::curves::CurvesAt;
use crate::inference::error::Fault;
use crate::inference::format::{Axis, AxisLinear};
use crate::inference::quantize::Requantiser;
use crate::inference::shape::Shape;
use crate::inference::weights::WeightRows;

/// Rows that are summed side by side in a product along the slices.
const LANES: usize = 8;

/// One channel `[slice, row]` with one matrix: output\[k, y\] = requantise(bias\[first + k\] +
/// Σ w\[first + k, x\]·input\[x, y\]), `rows` being the extent of y.
pub fn along_slices(
    weights: &WeightRows<'_>,
    bias: &CurvesAt<'_>,
    requantise: &Requantiser<'_>,
    first: usize,
    rows: usize,
    input: &[i8],
    output: &mut [i8],
) {
    for (k, line) in output.chunks_exact_mut(rows.max(1)).enumerate() {
        let row = first + k;
        let weights = weights.row(row).bytes();
        let (bias, requantise) = (bias.get(row), requantise.row(row));
        for (chunk, slots) in line.chunks_mut(LANES).enumerate() {
            let sums = sums(weights, rows, chunk * LANES, input);
            for (slot, sum) in slots.iter_mut().zip(sums) {
                *slot = requantise.apply(sum.wrapping_add(bias));
            }
        }
    }
}

/// Σ w\[x\]·input\[x, start + lane\]: lanes beyond the last row hold nothing of use.
#[inline(always)]
fn sums(weights: &[u8], rows: usize, start: usize, input: &[i8]) -> [i32; LANES] {
    let mut sums = [0_i32; LANES];
    for (&weight, line) in weights.iter().zip(input.chunks_exact(rows.max(1))) {
        let weight = i16::from(weight.cast_signed());
        let seen = line.get(start..).unwrap_or(&[]);
        if let Some(seen) = seen.first_chunk::<LANES>() {
            for (sum, &value) in sums.iter_mut().zip(seen) {
                *sum = sum.wrapping_add(i32::from(weight * i16::from(value)));
            }
        } else {
            for (sum, &value) in sums.iter_mut().zip(seen) {
                *sum = sum.wrapping_add(i32::from(weight * i16::from(value)));
            }
        }
    }
    sums
}

/// One channel `[slice, row]` with one matrix: output\[x, k\] = requantise(bias\[first + k\] +
/// Σ w\[first + k, y\]·input\[x, y\]), `rows` being the extents of y and of k.
pub fn along_rows(
    weights: &WeightRows<'_>,
    bias: &CurvesAt<'_>,
    requantise: &Requantiser<'_>,
    first: usize,
    rows: [usize; 2],
    input: &[i8],
    output: &mut [i8],
) {
    let [from, to] = rows.map(|rows| rows.max(1));
    // Output by output: a row of weights and its numbers are looked up once.
    for k in 0..to {
        let row = first + k;
        let weights = weights.row(row);
        let (bias, requantise) = (bias.get(row), requantise.row(row));
        let slots = output.iter_mut().skip(k).step_by(to);
        for (slot, line) in slots.zip(input.chunks_exact(from)) {
            *slot = requantise.apply(weights.dot(line).wrapping_add(bias));
        }
    }
}

impl AxisLinear {
    /// The number of matrices, and the extent of the axis.
    fn matrices(&self) -> (usize, usize) {
        let input = self.input.shape();
        let count = if self.by_channel { input.channels } else { 1 };
        let extent = match self.axis {
            Axis::Slice => input.slices,
            Axis::Row => input.rows,
        };
        (count, extent)
    }

    pub(super) fn check(&self, output: Shape, constants: Constants<'_>) -> Result<u64, Fault> {
        let input = self.input.shape();
        let (same, outputs) = match self.axis {
            Axis::Slice => (output.rows == input.rows, output.slices),
            Axis::Row => (output.slices == input.slices, output.rows),
        };
        let fits = same && output.channels == input.channels;
        check::require(fits, Fault::Shape)?;
        let (matrices, extent) = self.matrices();
        // Two 16-bit factors.
        let rows = matrices.saturating_mul(outputs);
        let weights = check::weights(&self.weights, rows, extent, false, constants)?;
        let bias = check::curves(&self.bias, rows, true, constants)?;
        let bound = check::largest_sum(&weights, rows, &bias, check::LARGEST);
        check::requantise(&self.requantise, rows, bound, constants)?;
        Ok(bound)
    }

    pub(super) fn macs(&self, output: Shape) -> u64 {
        (output.len() as u64).saturating_mul(self.matrices().1 as u64)
    }

    pub(super) fn run(
        &self,
        constants: Constants<'_>,
        count: u32,
        input: &[i8],
        (shape, output): (Shape, &mut [i8]),
    ) -> Option<()> {
        let from = self.input.shape();
        let weights = WeightRows::new(self.weights, self.matrices().1, constants)?;
        let bias = CurvesAt::new(self.bias, constants, count)?;
        let requantise = Requantiser::new(self.requantise, constants, count)?;
        let outputs = match self.axis {
            Axis::Slice => shape.slices,
            Axis::Row => shape.rows,
        };
        let planes = input.chunks_exact(from.plane().max(1));
        let results = output.chunks_exact_mut(shape.plane().max(1));
        for (channel, (input, output)) in planes.zip(results).enumerate() {
            let first = if self.by_channel {
                channel * outputs
            } else {
                0
            };
            let (bias, requantise) = (&bias, &requantise);
            match self.axis {
                Axis::Slice => {
                    along_slices(&weights, bias, requantise, first, from.rows, input, output);
                }
                Axis::Row => {
                    let rows = [from.rows, shape.rows];
                    along_rows(&weights, bias, requantise, first, rows, input, output);
                }
            }
        }
        Some(())
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
    fn more_rows_than_lanes() {
        let mut bench = Bench::new();
        let operator = Operator::AxisLinear(AxisLinear {
            input: bench.tensor([1, 2, 11]),
            axis: Axis::Slice,
            by_channel: false,
            weights: bench.weights(&[2, 4]),
            bias: bench.no_curves(),
            requantise: bench.halves(Activation::Identity),
        });
        let input: [i8; 22] = core::array::from_fn(|i| i8::try_from(i).unwrap());
        // y + 2·(11 + y)
        let expected: [i8; 11] = core::array::from_fn(|y| i8::try_from(22 + 3 * y).unwrap());
        assert_eq!(bench.run(operator, [1, 1, 11], &input), expected);
    }
}
