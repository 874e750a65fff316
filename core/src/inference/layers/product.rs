//! Products of channels, element by element.

use crate::inference::check;
use crate::inference::constants::Constants;
use crate::inference::curves::CurvesAt;
use crate::inference::error::Fault;
use crate::inference::format::{Pair, Product};
use crate::inference::quantize::{Requantiser, RowRequantiser};
use crate::inference::shape::Shape;

/// One pair of channels: output\[x, y\] = requantise(bias + first\[x, y\]·second\[x + shift\[0\],
/// y + shift\[1\]\]), 0 in place of what lies outside.
///
/// `shape` is that of all three `[slice, row]` planes; its channels do not matter.
pub fn product(
    shape: Shape,
    shift: [i16; 2],
    bias: i32,
    requantise: RowRequantiser<'_>,
    [first, second]: [&[i8]; 2],
    output: &mut [i8],
) {
    let rows = shape.rows.max(1);
    let lines = first
        .chunks_exact(rows)
        .zip(output.chunks_exact_mut(rows))
        .enumerate();
    for (x, (first, output)) in lines {
        let other = moved(x, shift[0]).and_then(|x| second.chunks_exact(rows).nth(x));
        let other = other.unwrap_or(&[]);
        // The other line, moved by the shift: `before` zeros, and then from `skipped` on.
        let amount = usize::from(shift[1].unsigned_abs());
        let (before, skipped) = if shift[1] < 0 {
            (amount, 0)
        } else {
            (0, amount)
        };
        let zeros = core::iter::repeat_n(0_i8, before);
        let seen = other.iter().skip(skipped).copied();
        let seen = zeros.chain(seen).chain(core::iter::repeat(0));
        for ((slot, &a), b) in output.iter_mut().zip(first).zip(seen) {
            let sum = i32::from(i16::from(a) * i16::from(b)).wrapping_add(bias);
            *slot = requantise.apply(sum);
        }
    }
}

/// index + shift, where that is not negative.
fn moved(index: usize, shift: i16) -> Option<usize> {
    index.checked_add_signed(isize::from(shift))
}

impl Product {
    pub(super) fn check(&self, output: Shape, constants: Constants<'_>) -> Result<u64, Fault> {
        let (input, pairs) = (self.input.shape(), self.pairs.len());
        let fits =
            [output.channels, output.slices, output.rows] == [pairs, input.slices, input.rows];
        check::require(fits, Fault::Shape)?;
        let known = |pair: &Pair| usize::from(pair.first.max(pair.second)) < input.channels;
        check::require(self.pairs.iter().all(known), Fault::OutOfRange)?;
        let bias = check::curves(&self.bias, pairs, true, constants)?;
        let largest_bias = (0..pairs).map(|pair| bias.magnitude(pair)).max();
        let bound = largest_bias.unwrap_or(0) + check::LARGEST * check::LARGEST;
        check::requantise(&self.requantise, pairs, bound, constants)?;
        Ok(bound)
    }

    pub(super) fn run(
        &self,
        constants: Constants<'_>,
        count: u32,
        input: &[i8],
        output: &mut [i8],
    ) -> Option<()> {
        let bias = CurvesAt::new(self.bias, constants, count)?;
        let requantise = Requantiser::new(self.requantise, constants, count)?;
        let shape = self.input.shape();
        let plane = shape.plane().max(1);
        let channel = |number| input.chunks_exact(plane).nth(usize::from(number));
        let outputs = output.chunks_exact_mut(plane);
        for (row, (pair, output)) in self.pairs.iter().zip(outputs).enumerate() {
            let factors = [channel(pair.first)?, channel(pair.second)?];
            let (bias, requantise) = (bias.get(row), requantise.row(row));
            product(shape, pair.shift, bias, requantise, factors, output);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use crate::inference::format::{Activation, Operator, Pair, Product};
    use crate::inference::layers::tests::Bench;

    fn product<const N: usize>(pairs: [Pair; N], biases: &[i32], expected: &[i8]) {
        let mut bench = Bench::new();
        let operator = Operator::Product(Product {
            input: bench.tensor([2, 2, 2]),
            pairs: pairs.into_iter().collect(),
            bias: bench.curves(biases),
            requantise: bench.halves(Activation::Identity),
        });
        let channels = u16::try_from(N).unwrap();
        let output = bench.run(operator, [channels, 2, 2], &[1, 2, 3, 4, 10, -20, 30, 40]);
        assert_eq!(output, expected);
    }

    const fn pair(first: u16, second: u16, shift: [i16; 2]) -> Pair {
        Pair {
            first,
            second,
            shift,
        }
    }

    #[test]
    fn squares_and_products() {
        let pairs = [pair(0, 0, [0, 0]), pair(0, 1, [0, 0])];
        product(pairs, &[-2, 0], &[0, 1, 4, 7, 5, -20, 45, 80]);
    }

    #[test]
    fn neighbours_and_zeros_outside() {
        product([pair(0, 1, [1, 0])], &[0], &[15, 40, 0, 0]);
        product([pair(0, 1, [-1, 0])], &[8], &[4, 4, 19, -36]);
        product([pair(0, 1, [0, 1])], &[0], &[-10, 0, 60, 0]);
        product([pair(0, 1, [0, -1])], &[0], &[0, 10, 0, 60]);
        product([pair(0, 1, [i16::MIN, i16::MIN])], &[0], &[0; 4]);
        product([pair(0, 1, [0, i16::MAX])], &[0], &[0; 4]);
    }
}
