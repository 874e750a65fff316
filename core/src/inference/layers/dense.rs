//! The fully connected layer.

use core::fmt::{self, Display, Formatter};
use serde::{Deserialize, Serialize};

use super::{Call, Record};
use crate::inference::check;
use crate::inference::compiled::{Source, structure};
use crate::inference::constants::Constants;
use crate::inference::curves::CurvesAt;
use crate::inference::error::Fault;
use crate::inference::format::{Curves, Requantise, Span, Tensor, WeightLayout, Weights};
use crate::inference::kernels::{Kernels, Ready4, Ready8, ready_len};
use crate::inference::layers::finish::{Finish, is_by_row, relu_rows};
use crate::inference::quantize::Requantiser;
use crate::inference::shape::Shape;
use crate::inference::weights::{BLOCK_ROWS, Bits, WeightRows};

/// A fully connected layer: out\[o\] = requantise(bias\[o\] + Σ w\[o, i\]·in\[i\]), the input
/// `[channel, slice, row]` read as it lies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Dense {
    /// What it reads.
    pub input: Tensor,
    /// `[out, in]`, 8 or 4 bits.
    pub weights: Weights,
    /// One curve an output, one for all, or none.
    pub bias: Curves,
    /// One multiplier, or one an output.
    pub requantise: Requantise,
}

/// output\[o\] = requantise(bias\[o\] + Σ w\[o, i\]·input\[i\]) of rows that lie one after the
/// other.
pub fn dense<K: Kernels>(
    weights: &WeightRows<'_>,
    bias: &CurvesAt<'_>,
    requantise: &Requantiser<'_>,
    input: &[i8],
    output: &mut [i8],
) {
    for (row, slot) in output.iter_mut().enumerate() {
        let weights = weights.row(row);
        let products = match weights.bytes() {
            Some(bytes) => K::dot(bytes, input),
            None => weights.dot(input),
        };
        let sum = products.wrapping_add(bias.get(row));
        *slot = requantise.row(row).apply(sum);
    }
}

/// The same of interleaved rows, given block by block.
fn interleaved<'a, K: Kernels>(
    blocks: impl Iterator<Item = &'a [u8]>,
    finish: &Finish<'_>,
    products: impl Fn(&[u8]) -> [i32; BLOCK_ROWS],
    output: &mut [i8],
) {
    let rows = (0..).step_by(BLOCK_ROWS);
    let mut slots = output.chunks_mut(BLOCK_ROWS);
    // Zipped with the slots, blocks of a length that only the file knows would link a division by it,
    // and a panic.
    for (block, row) in blocks.zip(rows) {
        let values = finish.four::<K>(products(block), row);
        let slots = slots.next().unwrap_or_default();
        for (slot, value) in slots.iter_mut().zip(values) {
            *slot = value;
        }
    }
}

impl Dense {
    #[inline(always)]
    fn run<K: Kernels>(
        &self,
        constants: Constants<'_>,
        count: u32,
        input: &[i8],
        patch: &mut [i8],
        (shape, output): (Shape, &mut [i8]),
    ) -> Option<()> {
        let weights = WeightRows::new(self.weights, input.len(), constants)?;
        if let (WeightLayout::Interleaved, Some(blocks)) = (self.weights.layout, weights.blocks()) {
            let (bias, rule) = (&self.bias, &self.requantise);
            let plain = is_by_row(bias, rule, shape.channels);
            if self.weights.bits == 4 {
                let inputs = Ready4::new::<K>(input, patch)?;
                if plain {
                    let rows = relu_rows(weights.all_blocks(), bias, rule, constants)?;
                    return K::relu_4(&rows, &inputs, 1, output);
                }
                let finish = Finish::new(*bias, *rule, constants, count)?;
                let products = |block: &[u8]| K::four_rows_4(block, &inputs);
                interleaved::<K>(blocks, &finish, products, output);
            } else {
                let inputs = Ready8::new::<K>(input, patch)?;
                if plain {
                    let rows = relu_rows(weights.all_blocks(), bias, rule, constants)?;
                    return K::relu_8(&rows, &inputs, 1, output);
                }
                let finish = Finish::new(*bias, *rule, constants, count)?;
                let products = |block: &[u8]| K::four_rows_8(block, &inputs);
                interleaved::<K>(blocks, &finish, products, output);
            }
            return Some(());
        }
        let bias = CurvesAt::new(self.bias, constants, count)?;
        let requantise = Requantiser::new(self.requantise, constants, count)?;
        dense::<K>(&weights, &bias, &requantise, input, output);
        Some(())
    }
}

impl Record for Dense {
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
        check::require(output.plane() == 1, Fault::Shape)?;
        let rows = output.channels;
        let length = self.input.shape().len();
        let layer = (&self.weights, &self.bias, &self.requantise);
        let (matrix, allowed) = ([rows, length], check::Allowed::All);
        check::affine(layer, matrix, allowed, check::LARGEST, constants)
    }

    fn macs(&self, output: Shape) -> u64 {
        (output.len() as u64).saturating_mul(self.input.shape().len() as u64)
    }

    /// Room for inputs made ready.
    fn patch_len(&self) -> usize {
        let bits = if self.weights.bits == 4 {
            Bits::Four
        } else {
            Bits::Eight
        };
        match self.weights.layout {
            WeightLayout::RowMajor => 0,
            WeightLayout::Interleaved => ready_len(bits, self.input.shape().len()),
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

structure!(Dense { input; weights, bias, requantise });

#[cfg(test)]
mod tests {
    extern crate std;
    use std::time::{Duration, Instant};

    use crate::inference::error::Fault;
    use crate::inference::format::{
        Activation, Curves, Dense, Layer, MAX_TERMS, Nodes, Operator, Requantise,
    };
    use crate::inference::layers::tests::Bench;
    use crate::inference::weights::Bits;

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

    /// Thirty billion nodes, were a mixture's functions looked at again for every row.
    #[test]
    fn functions_that_many_rows_mix_are_checked_once() {
        let mut bench = Bench::new();
        let terms = u8::try_from(MAX_TERMS).unwrap();
        let basis = Nodes {
            nodes: u16::MAX,
            step: 0,
            values: bench.integers(&std::vec![1 << 29; MAX_TERMS * 65535]),
        };
        let coefficients = bench.integers(&std::vec![5; MAX_TERMS * 65535]);
        let mixture = Curves::mixture(u16::MAX.into(), terms, coefficients, basis);
        let operator = Operator::Dense(Dense {
            input: bench.tensor([1, 1, 1]),
            weights: bench.weights(&std::vec![-3; 65535]),
            bias: mixture,
            requantise: bench.halves(Activation::Identity),
        });
        let layer = Layer {
            output: bench.tensor([u16::MAX, 1, 1]),
            operator,
        };
        let begin = Instant::now();
        // Eight times 5/2, and 3·127.
        assert_eq!(layer.check(bench.constants()), Ok(20 + 381));
        assert!(begin.elapsed() < Duration::from_secs(5));
    }

    /// Interleaved sums of 4 bits are found up to 2²⁷, and refused beyond: 127·7·(16·9436) is the
    /// last below it.
    #[test]
    fn four_bits_interleaved_up_to_their_bound() {
        for (channels, refused) in [(9436, false), (9437, true)] {
            let mut bench = Bench::new();
            let mut bytes = std::vec![0x77; 8 * usize::from(channels)];
            bytes.resize(4 * bytes.len(), 0x99); // −7
            let dense = Dense {
                input: bench.tensor([channels, 16, 1]),
                weights: bench.interleaved(Bits::Four, &bytes, 4),
                bias: bench.no_curves(),
                // The sums come out as ±126.
                requantise: Requantise {
                    left: 0,
                    ..bench.multiply(&[126 << 5], Activation::Identity)
                },
            };
            let operator = Operator::Dense(dense);
            let layer = Layer {
                output: bench.tensor([4, 1, 1]),
                operator: operator.clone(),
            };
            let fault = layer.check(bench.constants()).err();
            assert_eq!(fault, refused.then_some(Fault::Accumulator));
            if !refused {
                let input = std::vec![127; 16 * usize::from(channels)];
                let output = bench.run(operator, [4, 1, 1], &input);
                assert_eq!(output, [126, -126, -126, -126]);
            }
        }
    }

    /// Both ways to finish interleaved rows, with and without inputs that are left out.
    #[test]
    fn eight_bits_interleaved() {
        let weights: std::vec::Vec<u8> = (0..4 * 40_u8).map(|k| k.wrapping_mul(37) | 1).collect();
        for (every, left) in [(1, 0), (1, 1), (13, 0), (13, 1)] {
            let input: std::vec::Vec<i8> = (0..40_i8)
                .map(|k| {
                    if k % every == 0 {
                        k.wrapping_mul(-6).wrapping_add(127)
                    } else {
                        0
                    }
                })
                .collect();
            let run = |interleaved: bool| {
                let mut bench = Bench::new();
                let plain: std::vec::Vec<i8> = weights.iter().map(|w| w.cast_signed()).collect();
                let operator = Operator::Dense(Dense {
                    input: bench.tensor([1, 1, 40]),
                    weights: if interleaved {
                        bench.interleaved(Bits::Eight, &weights, 4)
                    } else {
                        bench.weights(&plain)
                    },
                    bias: bench.curves(&[1000, -2000, 3000, -4000]),
                    requantise: Requantise {
                        left,
                        ..bench.multiply(&[1 << 23, 2 << 23, 3 << 23, 1 << 23], Activation::Relu)
                    },
                });
                bench.run(operator, [4, 1, 1], &input)
            };
            let expected = run(false);
            assert!(expected.iter().any(|&value| value != 0));
            assert_eq!(run(true), expected);
        }
    }
}
