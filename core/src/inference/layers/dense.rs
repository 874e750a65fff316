//! The fully connected layer.

use crate::inference::check;
use crate::inference::constants::Constants;
use crate::inference::curves::CurvesAt;
use crate::inference::error::Fault;
use crate::inference::format::Dense;
use crate::inference::quantize::Requantiser;
use crate::inference::shape::Shape;
use crate::inference::weights::WeightRows;

/// output\[o\] = requantise(bias\[o\] + Σ w\[o, i\]·input\[i\]).
pub fn dense(
    weights: &WeightRows<'_>,
    bias: &CurvesAt<'_>,
    requantise: &Requantiser<'_>,
    input: &[i8],
    output: &mut [i8],
) {
    for (row, slot) in output.iter_mut().enumerate() {
        let sum = weights.row(row).dot(input).wrapping_add(bias.get(row));
        *slot = requantise.row(row).apply(sum);
    }
}

impl Dense {
    pub(super) fn check(&self, output: Shape, constants: Constants<'_>) -> Result<u64, Fault> {
        check::require(output.plane() == 1, Fault::Shape)?;
        let rows = output.channels;
        let length = self.input.shape().len();
        let layer = (&self.weights, &self.bias, &self.requantise);
        check::affine(layer, [rows, length], true, check::LARGEST, constants)
    }

    pub(super) const fn macs(&self, output: Shape) -> u64 {
        (output.len() as u64).saturating_mul(self.input.shape().len() as u64)
    }

    pub(super) fn run(
        &self,
        constants: Constants<'_>,
        count: u32,
        input: &[i8],
        output: &mut [i8],
    ) -> Option<()> {
        let weights = WeightRows::new(self.weights, input.len(), constants)?;
        let bias = CurvesAt::new(self.bias, constants, count)?;
        let requantise = Requantiser::new(self.requantise, constants, count)?;
        dense(&weights, &bias, &requantise, input, output);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use crate::inference::format::{Activation, Dense, Operator};
    use crate::inference::layers::tests::Bench;

    #[test]
    fn two_rows_with_bias_and_relu() {
        let mut bench = Bench::new();
        let operator = Operator::Dense(Dense {
            input: bench.tensor([1, 1, 3]),
            weights: bench.weights(&[1, 2, 3, -1, -2, -3]),
            bias: bench.curves(&[10, 4]),
            requantise: bench.halves(Activation::Relu),
        });
        // (10 + 20)/2, and (4 − 20)/2 cut at 0.
        let output = bench.run(operator, [2, 1, 1], &[5, 3, 3]);
        assert_eq!(output, [15, 0]);
    }

    #[test]
    fn four_bits() {
        let mut bench = Bench::new();
        let operator = Operator::Dense(Dense {
            input: bench.tensor([3, 1, 1]),
            weights: bench.weights4(&[0x97, 0x01, 0x2f, 0x09]),
            bias: bench.no_curves(),
            requantise: bench.halves(Activation::Identity),
        });
        // Sums 59 and 20.
        assert_eq!(bench.run(operator, [2, 1, 1], &[10, 1, -4]), [30, 10]);
    }
}
