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
pub use ready::{Ready, ready_len};

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

/// What layers leave to the processor's best instructions. Every implementation returns the same.
pub trait Kernels: sealed::Sealed + Copy + core::fmt::Debug {
    /// Σ w\[row, i\]·input\[i\] of the four rows of a block of interleaved weights, as
    /// [`WeightRows::blocks`](super::weights::WeightRows::blocks) gives it, modulo 2³² (2²⁸ in 4
    /// bits, with a sign). What of the block is missing counts as nothing.
    fn four_rows(block: &[u8], inputs: &Ready<'_>) -> [i32; BLOCK_ROWS];

    /// clamp(⌊((Σ w\[row, i\]·input\[i\] + bias\[row\])·multiplier\[row\] + 2³¹) / 2³²⌋, 0, 127) of
    /// all blocks of interleaved weights, written to every `step`-th place of `output` from the
    /// first one on, as far as there are blocks, biases, multipliers, and places for four rows.
    fn relu(
        blocks: &[u8],
        inputs: &Ready<'_>,
        rows: &ByRow<'_>,
        step: usize,
        output: &mut [i8],
    );

    /// Σ w\[i\]·input\[i\] of 8-bit weights that lie one after the other, modulo 2³².
    fn dot(weights: &[u8], inputs: &[i8]) -> i32;

    /// ⌊(acc·multiplier + 2³¹) / 2³²⌋.
    fn round(acc: i32, multiplier: i32) -> i32;
}
