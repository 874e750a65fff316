//! Products of channels, element by element.

use core::fmt::{self, Formatter};
use heapless::Vec;
use serde::{Deserialize, Serialize};

use super::{Call, Record};
use crate::inference::check;
use crate::inference::constants::Constants;
use crate::inference::curves::CurvesAt;
use crate::inference::error::Fault;
use crate::inference::format::{Curves, MAX_PAIRS, Requantise, Span, Tensor};
use crate::inference::kernels::Kernels;
use crate::inference::quantize::{Requantiser, RowRequantiser};
use crate::inference::shape::Shape;

/// Two channels that are multiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// The first channel.
    pub first: u16,
    /// The second channel.
    pub second: u16,
    /// How much further along \[slices, rows\] the second one is read; 0 outside.
    pub shift: [i16; 2],
}

/// Products of channels, element by element: out\[p, x, y\] = requantise(bias\[p\] +
/// in\[first, x, y\]·in\[second, x + shift, y + shift\]).
///
/// With a rule a slice, bias and multiplier have the slice x as a further, last index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// What it reads.
    pub input: Tensor,
    /// One pair an output channel.
    pub pairs: Vec<Pair, MAX_PAIRS>,
    /// Has every slice its own bias and multiplier?
    pub by_slice: bool,
    /// One curve for each `[pair]` or `[pair, slice]`, one for all, or none.
    pub bias: Curves,
    /// One multiplier, or one for each `[pair]` or `[pair, slice]`.
    pub requantise: Requantise,
}

/// One slice of one pair of channels: output\[y\] = requantise(bias + first\[y\]·second\[y +
/// shift\]), 0 in place of what lies outside.
pub fn product(
    shift: i16,
    bias: i32,
    requantise: RowRequantiser<'_>,
    [first, second]: [&[i8]; 2],
    output: &mut [i8],
) {
    // The second line, moved by the shift: this many zeros, and then from `skipped` on.
    let amount = usize::from(shift.unsigned_abs());
    let (zeros, skipped) = if shift < 0 { (amount, 0) } else { (0, amount) };
    let zeros = core::iter::repeat_n(0_i8, zeros);
    let seen = second.iter().skip(skipped).copied();
    let seen = zeros.chain(seen).chain(core::iter::repeat(0));
    for ((slot, &a), b) in output.iter_mut().zip(first).zip(seen) {
        let sum = i32::from(i16::from(a) * i16::from(b)).wrapping_add(bias);
        *slot = requantise.apply(sum);
    }
}

/// index + shift, where that is not negative.
fn moved(index: usize, shift: i16) -> Option<usize> {
    index.checked_add_signed(isize::from(shift))
}

impl Product {
    fn run(
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
        let rows = shape.rows.max(1);
        for (number, (pair, output)) in self.pairs.iter().zip(outputs).enumerate() {
            let [first, second] = [channel(pair.first)?, channel(pair.second)?];
            let lines = first.chunks_exact(rows).zip(output.chunks_exact_mut(rows));
            for (x, (first, output)) in lines.enumerate() {
                let other = moved(x, pair.shift[0]);
                let other = other.and_then(|x| second.chunks_exact(rows).nth(x));
                let row = if self.by_slice {
                    number * shape.slices + x
                } else {
                    number
                };
                let factors = [first, other.unwrap_or(&[])];
                let (bias, requantise) = (bias.get(row), requantise.row(row));
                product(pair.shift[1], bias, requantise, factors, output);
            }
        }
        Some(())
    }
}

impl Record for Product {
    // Its list makes it no constant.
    const IS_CONSTANT: bool = false;

    fn inputs(&self) -> [Option<&Tensor>; 2] {
        [Some(&self.input), None]
    }

    fn inputs_mut(&mut self) -> [Option<&mut Tensor>; 2] {
        [Some(&mut self.input), None]
    }

    fn visit_spans(&mut self, visit: &mut dyn FnMut(&mut Span)) {
        self.bias.visit_spans(visit);
        self.requantise.visit_spans(visit);
    }

    fn check(&self, output: Shape, constants: Constants<'_>) -> Result<u64, Fault> {
        let (input, pairs) = (self.input.shape(), self.pairs.len());
        let fits =
            [output.channels, output.slices, output.rows] == [pairs, input.slices, input.rows];
        check::require(fits, Fault::Shape)?;
        let known = |pair: &Pair| usize::from(pair.first.max(pair.second)) < input.channels;
        check::require(self.pairs.iter().all(known), Fault::OutOfRange)?;
        let rows = pairs.saturating_mul(if self.by_slice { input.slices } else { 1 });
        let bias = check::curves(&self.bias, rows, true, constants)?;
        let bound = bias.magnitudes().largest() + check::LARGEST * check::LARGEST;
        check::requantise(&self.requantise, rows, bound, constants)?;
        Ok(bound)
    }

    fn macs(&self, output: Shape) -> u64 {
        output.len() as u64
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

    fn write_source(&self, _: &mut Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::time::{Duration, Instant};

    use crate::inference::format::{
        Activation, Curves, Layer, Nodes, Operator, Pair, Product, Requantise,
    };
    use crate::inference::layers::tests::Bench;

    fn product<const N: usize>(pairs: [Pair; N], biases: &[i32], expected: &[i8]) {
        let mut bench = Bench::new();
        let operator = Operator::Product(Product {
            input: bench.tensor([2, 2, 2]),
            pairs: pairs.into_iter().collect(),
            by_slice: false,
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
    fn every_slice_has_its_own_rule() {
        let mut bench = Bench::new();
        let operator = Operator::Product(Product {
            input: bench.tensor([1, 2, 2]),
            pairs: [pair(0, 0, [0, 0])].into_iter().collect(),
            by_slice: true,
            bias: bench.curves(&[1, -5]),
            requantise: bench.multiply(&[1 << 30, 1 << 29], Activation::Identity),
        });
        // (1 + 1)/2, (1 + 4)/2; (9 − 5)/4, (16 − 5)/4.
        assert_eq!(bench.run(operator, [1, 2, 2], &[1, 2, 3, 4]), [1, 3, 1, 3]);
    }

    /// Seventy billion nodes, were they looked at again for every row.
    #[test]
    fn nodes_that_a_million_rows_share_are_checked_once() {
        let mut bench = Bench::new();
        let nodes = Nodes {
            nodes: u16::MAX,
            step: 0,
            values: bench.integers(&std::vec![1 << 30; 65535]),
        };
        let shared = Curves::lines(1, nodes);
        let operator = Operator::Product(Product {
            input: bench.tensor([1, u16::MAX, 1]),
            pairs: [pair(0, 0, [0, 0]); 16].into_iter().collect(),
            by_slice: true,
            bias: shared,
            requantise: Requantise {
                multiplier: shared,
                left: 0,
                activation: Activation::Identity,
            },
        });
        let layer = Layer {
            output: bench.tensor([16, u16::MAX, 1]),
            operator,
        };
        let begin = Instant::now();
        assert_eq!(layer.check(bench.constants()), Ok((1 << 30) + 127 * 127));
        assert!(begin.elapsed() < Duration::from_secs(5));
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
