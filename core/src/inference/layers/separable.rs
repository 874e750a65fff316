//! The readout with separable weights.

use core::fmt::{self, Display, Formatter};
use serde::{Deserialize, Serialize};

use super::{Call, Record};
use crate::inference::check;
use crate::inference::compiled::{Source, structure};
use crate::inference::constants::Constants;
use crate::inference::curves::CurvesAt;
use crate::inference::error::Fault;
use crate::inference::format::{Curves, Requantise, Rescale, Span, Tensor, Weights};
use crate::inference::kernels::Kernels;
use crate::inference::quantize::{Requantiser, Rescaler, rescale_16};
use crate::inference::shape::Shape;
use crate::inference::weights::WeightRows;

/// Separable weights: out\[u\] = activation(⌊(2^left·sum\[u\]·multiplier\[u\] + 2¹⁶·offset\[u\] +
/// 2³¹) / 2³²⌋) with sum\[u\] = bias\[u\] + Σ a\[u, m, x\]·inner\[u, m, x\] and
/// inner\[u, m, x\] = rescale(Σ b\[u, m, y\]·in\[m, x, y\]).
///
/// Without the offset it is requantise(sum\[u\]).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Separable {
    /// What it reads, `[m, x, y]`.
    pub input: Tensor,
    /// a, `[unit, channel, slice]`, 8 bits.
    pub along: Weights,
    /// b, `[unit, channel, row]`, 8 bits.
    pub across: Weights,
    /// From the inner sums to 16 bits: one multiplier, or one for each `[channel, slice]`.
    pub inner: Rescale,
    /// One curve a unit, one for all, or none.
    pub bias: Curves,
    /// One multiplier, or one a unit.
    pub requantise: Requantise,
    /// One curve a unit, one for all, or none, in units of 2⁻¹⁶.
    pub offset: Curves,
}

/// See [`Separable`]. Rows of `across` (b) are numbered unit·channels + channel; so are those of
/// `along` (a), a row being one channel of a unit. Those of `inner` are channel·slices + slice.
pub fn separable(
    [along, across]: [&WeightRows<'_>; 2],
    inner: &Rescaler<'_>,
    [bias, offset]: [&CurvesAt<'_>; 2],
    requantise: &Requantiser<'_>,
    (shape, input): (Shape, &[i8]),
    output: &mut [i8],
) {
    let rows = shape.rows.max(1);
    for (unit, slot) in output.iter_mut().enumerate() {
        let mut sum = bias.get(unit);
        for (channel, plane) in input.chunks_exact(shape.plane().max(1)).enumerate() {
            let row = unit * shape.channels + channel;
            let across = across.row(row);
            let weights = along.row(row).bytes().unwrap_or(&[]);
            let lines = weights.iter().zip(plane.chunks_exact(rows));
            for (x, (weight, line)) in lines.enumerate() {
                let (multiplier, left) = inner.row(channel * shape.slices + x);
                let value = rescale_16(across.dot(line), left, multiplier);
                sum = sum.wrapping_add(i32::from(weight.cast_signed()) * i32::from(value));
            }
        }
        *slot = requantise
            .row(unit)
            .apply_with_offset(sum, offset.get(unit));
    }
}

impl Separable {
    fn run(
        &self,
        constants: Constants<'_>,
        count: u32,
        input: &[i8],
        output: &mut [i8],
    ) -> Option<()> {
        let shape = self.input.shape();
        let along = WeightRows::new(self.along, shape.slices, constants)?;
        let across = WeightRows::new(self.across, shape.rows, constants)?;
        let inner = Rescaler::new(self.inner, constants, count)?;
        let bias = CurvesAt::new(self.bias, constants, count)?;
        let offset = CurvesAt::new(self.offset, constants, count)?;
        let requantise = Requantiser::new(self.requantise, constants, count)?;
        let (weights, biases) = ([&along, &across], [&bias, &offset]);
        separable(weights, &inner, biases, &requantise, (shape, input), output);
        Some(())
    }
}

impl Record for Separable {
    fn inputs(&self) -> [Option<&Tensor>; 2] {
        [Some(&self.input), None]
    }

    fn inputs_mut(&mut self) -> [Option<&mut Tensor>; 2] {
        [Some(&mut self.input), None]
    }

    fn visit_spans(&mut self, visit: &mut dyn FnMut(&mut Span)) {
        self.across.visit_spans(visit);
        self.along.visit_spans(visit);
        self.bias.visit_spans(visit);
        self.requantise.visit_spans(visit);
        self.inner.multiplier.visit_spans(visit);
        self.offset.visit_spans(visit);
    }

    fn check(&self, output: Shape, constants: Constants<'_>) -> Result<u64, Fault> {
        check::require(output.plane() == 1, Fault::Shape)?;
        let (input, units) = (self.input.shape(), output.channels);
        let rows = units.saturating_mul(input.channels);

        let length = input.channels.saturating_mul(input.slices);
        let across = check::weights(
            &self.across,
            rows,
            input.rows,
            check::Allowed::Plain,
            constants,
        )?;
        let none = CurvesAt::none();
        let inner = check::largest_sum(&across, rows, &none, check::LARGEST);
        let largest = check::rescale(&self.inner, length, inner, constants)?;

        // A row of a for the sum is that of all channels.
        let layer = (&self.along, &self.bias, &self.requantise);
        let outer = check::affine(
            layer,
            [units, length],
            check::Allowed::Plain,
            largest,
            constants,
        )?;
        check::curves(&self.offset, units, true, constants)?;
        Ok(inner.max(outer))
    }

    fn macs(&self, output: Shape) -> u64 {
        let input = self.input.shape();
        let lines = (output.len() as u64)
            .saturating_mul(input.channels as u64)
            .saturating_mul(input.slices as u64);
        lines.saturating_mul(input.rows as u64 + 1)
    }

    #[inline(always)]
    fn run_layer<K: Kernels>(&self, call: Call<'_>) -> Option<()> {
        let Call {
            constants,
            count,
            inputs,
            output,
            ..
        } = call;
        self.run(constants, count, inputs[0], output)
    }

    fn write_source(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Source(self).fmt(f)
    }
}

structure!(Separable { input; along, across, inner, bias, requantise, offset });

#[cfg(test)]
mod tests {
    use crate::inference::format::{Activation, Operator, Rescale, Separable};
    use crate::inference::layers::tests::Bench;

    #[test]
    fn two_units_of_two_channels() {
        let mut bench = Bench::new();
        let operator = Operator::Separable(Separable {
            input: bench.tensor([2, 2, 2]),
            along: bench.weights(&[1, 2, 3, 4, 0, 0, -1, 1]),
            across: bench.weights(&[2, 0, 0, 2, 9, 9, 1, 1]),
            inner: Rescale {
                multiplier: bench.curves(&[1 << 30]),
                left: 1,
            },
            bias: bench.curves(&[0, 100]),
            requantise: bench.halves(Activation::Identity),
            offset: bench.curves(&[0, 3 << 15]),
        });
        let input = [1, 2, 3, 4, 5, 6, 7, 8];
        // Unit 0: columns 1, 3 and 6, 8: 1 + 6 + 18 + 32 = 57, halved upwards.
        // Unit 1: (5 + 6)/2 = 6 and (7 + 8)/2 = 8 after rounding: (100 − 6 + 8)/2 + 3/2.
        assert_eq!(bench.run(operator, [2, 1, 1], &input), [29, 53]);
    }

    #[test]
    fn inner_sums_keep_16_bits() {
        let mut bench = Bench::new();
        let operator = Operator::Separable(Separable {
            input: bench.tensor([1, 2, 3]),
            along: bench.weights(&[1, 0, 0, 1]),
            across: bench.weights(&[127, 127, 127, 127, 127, 127]),
            inner: Rescale {
                multiplier: bench.curves(&[1 << 30, i32::MAX]),
                left: 2,
            },
            bias: bench.no_curves(),
            requantise: bench.multiply(&[1 << 23], Activation::Identity),
            offset: bench.no_curves(),
        });
        // 3·127² = 48387 as it is, clamped to 32767; and twice that. /256 is more than an i8 holds.
        let output = bench.run(operator, [2, 1, 1], &[127; 6]);
        assert_eq!(output, [127, 127]);
        let mut bench = Bench::new();
        let operator = Operator::Separable(Separable {
            input: bench.tensor([1, 1, 3]),
            along: bench.weights(&[1]),
            across: bench.weights(&[127, 127, 1]),
            inner: Rescale {
                multiplier: bench.curves(&[1 << 30]),
                left: 2,
            },
            bias: bench.no_curves(),
            requantise: bench.multiply(&[1 << 23], Activation::Identity),
            offset: bench.no_curves(),
        });
        // 2·127·126 = 32004: /256 = 125.02.
        let output = bench.run(operator, [1, 1, 1], &[126, 126, 0]);
        assert_eq!(output, [125]);
    }
}
