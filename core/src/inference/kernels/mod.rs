//! The products of dense layers and convolutions: portable, and on a Cortex-M's DSP instructions.
//!
//! # What is computed
//!
//! Weights that lie [`Interleaved`](super::format::WeightLayout::Interleaved) are multiplied four
//! rows at a time, without being taken apart into bytes first. Inputs a are made ready once for all
//! rows ([`Ready`]). Let u, w be the weights of two neighbours, the even-numbered one with its top
//! bit turned over, so that u = w₀ + 128 has no sign and w = w₁ has one. As a signed halfword, the
//! two are 256·w + u, and the upper byte alone is w. Hence
//!
//! ```text
//! (256·w + u)·a₀ + w·(a₁ − 256·a₀) = u·a₀ + w·a₁ = (w₀·a₀ + w₁·a₁) + 128·a₀.
//! ```
//!
//! A word has two such halfwords: four products take two SMLAD and one SXTB16. The last term is the
//! same for every row and taken away once. In 4 bits a halfword is 4096·n₃ + 256·u₂ + 16·n₁ + u₀ with
//! u = n + 8; with h = 16·n₃ + u₂, its upper byte,
//!
//! ```text
//! (256·h + 16·n₁ + u₀)·a₁ + u₀·(16·a₀ − a₁) + h·(a₃ − 256·a₁) + u₂·(16·a₂ − a₃)
//!     = 16·(n₀·a₀ + n₁·a₁ + n₂·a₂ + n₃·a₃) + 128·(a₀ + a₂):
//! ```
//!
//! eight products take four SMLAD, one SXTB16 and two ANDs. All factors fit in signed halfwords for
//! a from −127 to 127, and everything is exact modulo 2³², so that nothing needs to be proven but
//! that the row's own sum fits: below 2³¹ in 8 bits and below 2²⁷ in 4 bits, where it is found in the
//! upper 28.
//!
//! Most inputs behind a ReLU are zero. If at least a third of all words' inputs are nothing but
//! zeros, the others are made ready with the place of their weights, and only those are multiplied.
//!
//! # Who computes it
//!
//! [`Portable`] is safe Rust and states all of this in plain arithmetic. `Dsp`, where a target has the
//! instructions, does the same with them. [`Native`] is the faster one that the target has. The bits
//! are equal, and a binary of the firmware compares the two on the device itself.

#[cfg(landauer_dsp)]
mod dsp;
mod portable;
mod ready;

#[cfg(landauer_dsp)]
pub use dsp::Dsp;
pub use portable::Portable;
pub use ready::{Ready, Ready4, Ready8, ready_len};

use ready::Word;

use super::weights::BLOCK_ROWS;

/// The fastest kernels of this target.
#[cfg(landauer_dsp)]
pub type Native = Dsp;
/// The fastest kernels of this target.
#[cfg(not(landauer_dsp))]
pub type Native = Portable;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Portable {}
    #[cfg(landauer_dsp)]
    impl Sealed for super::Dsp {}
}

/// A bias and a multiplier for each row, i32, little endian.
#[derive(Debug, Clone, Copy)]
pub struct ByRow<'a> {
    /// Biases.
    pub bias: &'a [[u8; 4]],
    /// Multipliers.
    pub multipliers: &'a [[u8; 4]],
}

impl ByRow<'_> {
    /// Are there blocks, biases, multipliers and places of the same rows, and one block at least?
    fn fit(&self, blocks: &[u8], block_bytes: usize, step: usize, output: &[i8]) -> bool {
        let rows = self.bias.len();
        let last = (rows.wrapping_sub(1)).checked_mul(step);
        rows > 0
            && rows.is_multiple_of(BLOCK_ROWS)
            && self.multipliers.len() == rows
            && (rows / BLOCK_ROWS).checked_mul(block_bytes) == Some(blocks.len())
            && last.is_some_and(|last| last < output.len())
    }
}

/// What layers leave to the processor's best instructions. Every implementation returns the same.
pub trait Kernels: sealed::Sealed + Copy + core::fmt::Debug {
    /// The words of four inputs for 8-bit weights, and the sum with the even-numbered ones added.
    fn words_8(inputs: [i8; 4], sum: i32) -> ([Word; 2], i32);

    /// The words of eight inputs for 4-bit weights, and the sum with the even-numbered ones added.
    fn words_4(inputs: [i8; 8], sum: i32) -> ([Word; 4], i32);

    /// Σ w\[row, i\]·input\[i\] of the four rows of a block of interleaved weights, as
    /// [`WeightRows::blocks`](super::weights::WeightRows::blocks) gives it, modulo 2³². What of the
    /// block is missing counts as nothing.
    fn four_rows_8(block: &[u8], inputs: &Ready8<'_>) -> [i32; BLOCK_ROWS];

    /// The same of 4-bit weights, modulo 2²⁸, with a sign.
    fn four_rows_4(block: &[u8], inputs: &Ready4<'_>) -> [i32; BLOCK_ROWS];

    /// clamp(⌊((Σ w\[row, i\]·input\[i\] + bias\[row\])·multiplier\[row\] + 2³¹) / 2³²⌋, 0, 127) of
    /// all blocks of interleaved weights, written to every `step`-th place of `output` from the
    /// first one on; none unless there are biases, multipliers and places for just so many rows.
    fn relu_8(
        blocks: &[u8],
        inputs: &Ready8<'_>,
        rows: &ByRow<'_>,
        step: usize,
        output: &mut [i8],
    ) -> Option<()>;

    /// The same of 4-bit weights.
    fn relu_4(
        blocks: &[u8],
        inputs: &Ready4<'_>,
        rows: &ByRow<'_>,
        step: usize,
        output: &mut [i8],
    ) -> Option<()>;

    /// Σ w\[i\]·input\[i\] of 8-bit weights that lie one after the other, modulo 2³².
    fn dot(weights: &[u8], inputs: &[i8]) -> i32;

    /// ⌊(acc·multiplier + 2³¹) / 2³²⌋.
    fn round(acc: i32, multiplier: i32) -> i32;
}
