//! The layers, one operator a file: what its record must satisfy, and the portable kernel.
//!
//! A kernel takes slices and shapes and knows no arena. Faster ones (for a desktop's vectors, for
//! a Cortex-M's DSP) must return the same bits.

pub mod add;
pub mod axis_linear;
pub mod centre;
pub mod conv2d;
pub mod count;
pub mod dense;
mod finish;
pub mod patterns;
pub mod pool;
pub mod product;
pub mod separable;

use super::constants::Constants;
use super::error::Fault;
use super::format::{Layer, Operator, Tensor};
use super::kernels::Kernels;

impl Operator {
    /// The tensors that it reads.
    pub fn inputs(&self) -> impl Iterator<Item = &Tensor> {
        let (first, second) = match self {
            Self::Conv2d(conv2d) => (Some(&conv2d.input), None),
            Self::Dense(dense) => (Some(&dense.input), None),
            Self::AxisLinear(axis_linear) => (Some(&axis_linear.input), None),
            Self::Product(product) => (Some(&product.input), None),
            Self::Separable(separable) => (Some(&separable.input), None),
            Self::Pool(pool) => (Some(&pool.input), None),
            Self::Centre(centre) => (Some(&centre.input), None),
            Self::Add(add) => (Some(&add.inputs[0]), Some(&add.inputs[1])),
            Self::Patterns(patterns) => (Some(&patterns.input), None),
            Self::Count(_) => (None, None),
        };
        first.into_iter().chain(second)
    }

    /// Its name, as in this crate.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Conv2d(_) => "Conv2d",
            Self::Dense(_) => "Dense",
            Self::AxisLinear(_) => "AxisLinear",
            Self::Product(_) => "Product",
            Self::Separable(_) => "Separable",
            Self::Pool(_) => "Pool",
            Self::Add(_) => "Add",
            Self::Count(_) => "Count",
            Self::Centre(_) => "Centre",
            Self::Patterns(_) => "Patterns",
        }
    }
}

impl Layer {
    /// Checks shapes, lists, layouts and ranges, and returns the largest magnitude that a sum of
    /// this layer can reach.
    pub(super) fn check(&self, constants: Constants<'_>) -> Result<u64, Fault> {
        let output = self.output.shape();
        match &self.operator {
            Operator::Conv2d(conv2d) => conv2d.check(output, constants),
            Operator::Dense(dense) => dense.check(output, constants),
            Operator::AxisLinear(axis_linear) => axis_linear.check(output, constants),
            Operator::Product(product) => product.check(output, constants),
            Operator::Separable(separable) => separable.check(output, constants),
            Operator::Pool(pool) => pool.check(output, constants),
            Operator::Add(add) => add.check(output, constants),
            Operator::Count(count) => count.check(output, constants),
            Operator::Centre(centre) => centre.check(output, constants),
            Operator::Patterns(patterns) => patterns.check(output, constants),
        }
    }

    /// Multiply-accumulates (or what is added up without multiplying) of one pass, requantising not
    /// counted.
    #[must_use]
    pub fn macs(&self) -> u64 {
        let output = self.output.shape();
        match &self.operator {
            Operator::Conv2d(conv2d) => conv2d.macs(output),
            Operator::Dense(dense) => dense.macs(output),
            Operator::AxisLinear(axis_linear) => axis_linear.macs(output),
            Operator::Product(_) => output.len() as u64,
            Operator::Patterns(_) => (output.len() as u64).saturating_mul(patterns::PLACES as u64),
            Operator::Separable(separable) => separable.macs(output),
            Operator::Pool(_) | Operator::Add(_) | Operator::Count(_) | Operator::Centre(_) => 0,
        }
    }

    /// Bytes that it needs beside the arena.
    #[must_use]
    pub fn patch_len(&self) -> usize {
        match &self.operator {
            Operator::Conv2d(conv2d) => conv2d.patch_len(),
            Operator::Dense(dense) => dense.patch_len(),
            _ => 0,
        }
    }

    /// Runs it on what it reads; none if the record has not passed [`check`](Self::check).
    // Where the record is a constant only its own operator is left: see `compiled`.
    #[inline(always)]
    pub(super) fn run<K: Kernels>(
        &self,
        constants: Constants<'_>,
        count: u32,
        [first, second]: [&[i8]; 2],
        patch: &mut [i8],
        output: &mut [i8],
    ) -> Option<()> {
        let shape = self.output.shape();
        match &self.operator {
            Operator::Conv2d(conv2d) => {
                conv2d.run::<K>(constants, count, first, patch, (shape, output))
            }
            Operator::Dense(dense) => {
                dense.run::<K>(constants, count, first, patch, (shape, output))
            }
            Operator::AxisLinear(axis_linear) => {
                axis_linear.run(constants, count, first, (shape, output))
            }
            Operator::Product(product) => product.run(constants, count, first, output),
            Operator::Separable(separable) => separable.run(constants, count, first, output),
            Operator::Pool(pool) => pool.run(constants, count, first, (shape, output)),
            Operator::Add(add) => add.run(constants, [first, second], output),
            Operator::Count(functions) => functions.run(constants, count, output),
            Operator::Centre(centre) => centre.run(constants, count, first, output),
            Operator::Patterns(patterns) => {
                patterns.run::<K>(constants, count, first, (shape, output))
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
