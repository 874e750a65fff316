//! The products of dense layers and convolutions: portable, and on a Cortex-M's DSP instructions.
//!
//! # Definition
//!
//! Weights that lie [`Interleaved`](super::format::WeightLayout::Interleaved) are multiplied four
//! rows at a time, without being taken apart into bytes first. Inputs a are made ready once for all
//! rows ([`Ready`]). Let u = w₀ + 128, without a sign, and w = w₁ be the bytes of a halfword. As a
//! signed halfword the two are 256·w + u, and the upper byte alone is w. Hence
//!
//! ```text
//! (256·w + u)·a₀ + w·(a₁ − 256·a₀) = u·a₀ + w·a₁ = (w₀·a₀ + w₁·a₁) + 128·a₀.
//! ```
//!
//! A word has two such halfwords: four products take two SMLAD and one SXTB16. The last term is the
//! same for every row and taken away once. In 4 bits a halfword is 4096·w₃ + 256·u₂ + 16·u₁ + u₀ with
//! u = w + 8; with h = 16·w₃ + u₂, its upper byte,
//!
//! ```text
//! (256·h + 16·u₁ + u₀)·a₁ + u₀·(16·a₀ − a₁) + h·(a₃ − 256·a₁) + u₂·(16·a₂ − a₃)
//!     = 16·(w₀·a₀ + w₁·a₁ + w₂·a₂ + w₃·a₃) + 128·(a₀ + a₁ + a₂):
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
//! # Implementations
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
pub(in crate::inference) use ready::aligned;
pub use ready::{Ready, Ready4, Ready8, Sums, ready_len};

use ready::Word;

use super::shape::Shape;
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

/// Rows of interleaved weights that are finished by a ReLU: blocks of four, with a bias and a
/// multiplier (i32, little endian) for each row.
#[derive(Debug, Clone, Copy)]
pub struct ReluRows<'a> {
    blocks: &'a [u8],
    block_bytes: usize,
    bias: &'a [[u8; 4]],
    multipliers: &'a [[u8; 4]],
    /// Can all of them be read word by word?
    #[cfg_attr(
        not(landauer_dsp),
        allow(dead_code, reason = "the portable kernels do not mind")
    )]
    aligned: bool,
}

impl<'a> ReluRows<'a> {
    /// Blocks of a given number of bytes; none unless there are just as many biases and multipliers, and one
    /// block at least.
    #[must_use]
    #[inline]
    pub fn new(
        (blocks, block_bytes): (&'a [u8], usize),
        bias: &'a [[u8; 4]],
        multipliers: &'a [[u8; 4]],
    ) -> Option<Self> {
        let rows = bias.len();
        let fits = rows > 0
            && rows.is_multiple_of(BLOCK_ROWS)
            && multipliers.len() == rows
            && (rows / BLOCK_ROWS).checked_mul(block_bytes) == Some(blocks.len());
        let starts = [
            blocks.as_ptr().addr(),
            bias.as_ptr().addr(),
            multipliers.as_ptr().addr(),
        ];
        fits.then_some(Self {
            blocks,
            block_bytes,
            bias,
            multipliers,
            aligned: starts.into_iter().all(|start| start.is_multiple_of(4)),
        })
    }

    /// Are the inputs those of its blocks, and is there a place for each of its outputs?
    #[inline]
    fn fits(&self, block_bytes: usize, step: usize, output: &[i8]) -> bool {
        let last = (self.bias.len() - 1).checked_mul(step);
        block_bytes == self.block_bytes && last.is_some_and(|last| last < output.len())
    }
}

/// What layers leave to the processor's best instructions. Every implementation returns the same.
pub trait Kernels: sealed::Sealed + Copy + core::fmt::Debug {
    /// Makes inputs ready for 8-bit weights, as far as there is room.
    fn ready_8(inputs: &[[i8; 4]], words: &mut [[Word; 2]]) -> Sums;

    /// The same for 4-bit weights.
    fn ready_4(inputs: &[[i8; 8]], words: &mut [[Word; 4]]) -> Sums;

    /// Copies windows of 2×2 sites: values `first`, `first` + 1, `first` + `line` and
    /// `first` + `line` + 1 of each plane of a given number of values; none if a plane has no such values.
    fn windows_2x2(
        input: &[i8],
        first: usize,
        line: usize,
        plane: usize,
        seen: &mut [[i8; 4]],
    ) -> Option<()>;

    /// Σ w\[row, i\]·input\[i\] of the four rows of a block of interleaved weights, as
    /// [`WeightRows::blocks`](super::weights::WeightRows::blocks) gives it, modulo 2³². What of the
    /// block is missing counts as nothing.
    fn four_rows_8(block: &[u8], inputs: &Ready8<'_>) -> [i32; BLOCK_ROWS];

    /// The same of 4-bit weights, modulo 2²⁸, with a sign.
    fn four_rows_4(block: &[u8], inputs: &Ready4<'_>) -> [i32; BLOCK_ROWS];

    /// clamp(⌊((Σ w\[row, i\]·input\[i\] + bias\[row\])·multiplier\[row\] + 2³¹) / 2³²⌋, 0, 127) of
    /// all rows, written to every `step`-th place of `output` from the first one on; none unless the
    /// inputs are those of the blocks and there are places for all rows; on DSP instructions also
    /// none unless blocks, biases and multipliers lie at multiples of 4 in memory.
    fn relu_8(
        rows: &ReluRows<'_>,
        inputs: &Ready8<'_>,
        step: usize,
        output: &mut [i8],
    ) -> Option<()>;

    /// The same of 4-bit weights.
    fn relu_4(
        rows: &ReluRows<'_>,
        inputs: &Ready4<'_>,
        step: usize,
        output: &mut [i8],
    ) -> Option<()>;

    /// A whole layer of [`Patterns`](super::format::Patterns) with a ReLU, no shift, and a multiplier
    /// (i32, little endian) for every output; none if the table is too short for them. With DSP
    /// instructions also none unless there are outputs in fours, all shapes fit, and table and
    /// multipliers lie at multiples of 4 in memory.
    fn relu_patterns(
        table: &[[u8; 4]],
        multipliers: &[[u8; 4]],
        input: (Shape, &[i8]),
        output: (Shape, &mut [i8]),
    ) -> Option<()>;

    /// Σ w\[i\]·input\[i\] of 8-bit weights that lie one after the other, modulo 2³².
    fn dot(weights: &[u8], inputs: &[i8]) -> i32;

    /// ⌊(acc·multiplier + 2³¹) / 2³²⌋.
    fn round(acc: i32, multiplier: i32) -> i32;
}
