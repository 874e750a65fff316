//! A bench to run one layer on.

extern crate std;
use std::vec::Vec;

use crate::inference::constants::Constants;
use crate::inference::format::{
    Activation, Curves, Layer, Operator, Requantise, Span, Tensor, WeightLayout, Weights,
};
use crate::inference::kernels::Native;
use crate::inference::weights::{Bits, interleave};

/// The constants of one layer, as they come.
pub(crate) struct Bench(Vec<u8>);

impl Bench {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    #[allow(
        clippy::unused_self,
        reason = "all parts of a layer come from the bench"
    )]
    pub(crate) fn tensor(&self, [channels, slices, rows]: [u16; 3]) -> Tensor {
        Tensor {
            offset: 0,
            channels,
            slices,
            rows,
            scale: 1.0,
        }
    }

    pub(crate) fn integers(&mut self, values: &[i32]) -> Span {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.span(&bytes)
    }

    fn span(&mut self, bytes: &[u8]) -> Span {
        let offset = self.0.len().next_multiple_of(4);
        self.0.resize(offset, 0);
        self.0.extend_from_slice(bytes);
        Span {
            offset: u32::try_from(offset).unwrap(),
            length: u32::try_from(bytes.len()).unwrap(),
        }
    }

    pub(crate) fn weights(&mut self, weights: &[i8]) -> Weights {
        let bytes: Vec<u8> = weights.iter().map(|w| w.cast_unsigned()).collect();
        Weights {
            layout: WeightLayout::RowMajor,
            bits: 8,
            data: self.span(&bytes),
        }
    }

    pub(crate) fn weights4(&mut self, bytes: &[u8]) -> Weights {
        Weights {
            layout: WeightLayout::RowMajor,
            bits: 4,
            data: self.span(bytes),
        }
    }

    /// Rows of weights that lie one after the other, interleaved.
    pub(crate) fn interleaved(&mut self, bits: Bits, bytes: &[u8], rows: usize) -> Weights {
        let bytes: Vec<u8> = interleave(bits, bytes, bytes.len() / rows).collect();
        Weights {
            layout: WeightLayout::Interleaved,
            bits: if bits == Bits::Four { 4 } else { 8 },
            data: self.span(&bytes),
        }
    }

    pub(crate) fn constants(&self) -> Constants<'_> {
        Constants::new(&self.0)
    }

    /// One constant a row.
    pub(crate) fn curves(&mut self, values: &[i32]) -> Curves {
        let count = u32::try_from(values.len()).unwrap();
        Curves::constants(count, self.integers(values))
    }

    #[allow(
        clippy::unused_self,
        reason = "all parts of a layer come from the bench"
    )]
    pub(crate) fn no_curves(&self) -> Curves {
        Curves::NONE
    }

    /// Half the sum, rounded upwards.
    pub(crate) fn halves(&mut self, activation: Activation) -> Requantise {
        self.multiply(&[1 << 30], activation)
    }

    /// Twice the sum times multipliers/2³².
    pub(crate) fn multiply(&mut self, multipliers: &[i32], activation: Activation) -> Requantise {
        Requantise {
            multiplier: self.curves(multipliers),
            left: 1,
            activation,
        }
    }

    /// Checks the layer and runs it at count 0; the output `[channel, slice, row]`.
    pub(crate) fn run(&self, operator: Operator, output: [u16; 3], input: &[i8]) -> Vec<i8> {
        let output = self.tensor(output);
        let layer = Layer { output, operator };
        let constants = Constants::new(&self.0);
        layer.check(constants).unwrap();
        let mut result = std::vec![0; output.shape().len()];
        let mut patch = std::vec![0; layer.patch_len()];
        layer
            .run::<Native>(constants, 0, [input, &[]], &mut patch, &mut result)
            .unwrap();
        result
    }
}
