//! The model file: one definition, read by the core and written by the host's exporter.
//!
//! # Bytes (versions 1 and 2, everything little endian)
//!
//! | offset | length | what |
//! |---|---|---|
//! | 0 | 8 | [`MAGIC`] |
//! | 8 | 2 | the version, 1 up to [`FORMAT_VERSION`] |
//! | 10 | 2 | number of layers L |
//! | 12 | 4 | R: length of the records |
//! | 16 | 4 | C: length of the constants |
//! | 20 | 4 | CRC-32C of bytes 0 to 19 and of everything from byte 24 on |
//! | 24 | R | records: one [`Card`], then L [`Layer`]s, each in [postcard] form |
//! | 24 + R | 0 to 15 | zeros, up to a multiple of 16 |
//! | ⌈24 + R⌉₁₆ | C | constants: weights, biases, multipliers, tables |
//!
//! Nothing follows. Records hold no weights but [`Span`]s of the constants. A span begins at a
//! multiple of 4, so that a file that lies at a multiple of 4 in flash can be read word by word. The
//! DSP kernels of a Cortex-M ask for that; the portable code needs no alignment at all.
//!
//! # Version 1 is frozen
//!
//! A file of version 1 is read, and predicts the same bits, for as long as this crate reads version 1;
//! `tests/io/frozen_models.rs` holds it to that with files that were written once. None of what stands in
//! this module for version 1 changes any more: no field and no variant is added, taken away, moved, or
//! given another meaning, nor the order of variants, which postcard writes as their numbers; the same
//! holds for [`DisorderModel`], [`Concentration`], their rule, and [`Target`], which a card contains.
//!
//! What may still change without a new version: a check may be refused less, where what it refused had
//! no meaning; and how fast anything is. Whatever else is added (an operator, a layout, a rule) is a new
//! variant behind the last one, written as the next version, so that a reader of version 1 says
//! [`UnsupportedVersion`](super::ModelError::UnsupportedVersion) and not that the file is damaged. A file
//! that does without it goes on being written as version 1. A field of a record is not added but by a new
//! variant.
//!
//! # Version 2
//!
//! Version 2 adds two variants to [`DisorderModel`]: impurities of any species, whose energies are written
//! (a list of at most [`MAX_SPECIES`](crate::MAX_SPECIES) `f64` numbers), and given on-site energies with
//! their bound. Models I to IV stay what they are in version 1.
//!
//! # Tensors
//!
//! A network works in one arena of i8. A [`Tensor`] is a view of it, `[channel, slice, row]`, so
//! that neighbours in the arena are a concatenation and a flat view of several channels is a
//! reshape. Zero is 0, and −128 never occurs. The loader checks that views lie in the arena, that
//! an output does not overlap what its layer reads, and that nothing is read before it is written.
//!
//! # Accumulators
//!
//! Sums are i32 and must be proven: the loader computes |bias| + 127·Σ|w| of every row of every
//! layer (127² instead of 127 where two activations are multiplied) and refuses what could pass
//! 2³¹ − 1. That is all that [`WeightLayout::Interleaved`] asks for, too, in 8 bits; in 4 bits
//! 127·Σ|w| must stay below 2²⁷.
//!
//! [postcard]: https://postcard.jamesmunns.com/wire-format

use heapless::Vec;
use serde::{Deserialize, Serialize};

use crate::disorder::{Concentration, DisorderModel};
use crate::inference::target::Target;

pub use super::layers::records::*;

/// The first eight bytes of every model file.
pub const MAGIC: [u8; 8] = *b"LANDAUER";

/// The newest version of the format that this crate reads and writes.
pub const FORMAT_VERSION: u16 = 2;

/// The length of what stands before the records, in bytes.
pub const HEADER_LEN: usize = 24;

/// The constants begin at a multiple of this many bytes from the beginning of the file.
pub const CONSTANTS_ALIGNMENT: usize = 16;

/// Spans of constants begin at multiples of this many bytes.
pub const SPAN_ALIGNMENT: u32 = 4;

/// The most numbers that one network predicts.
pub const MAX_OUTPUTS: usize = 16;

/// The most layers of one network.
pub const MAX_LAYERS: usize = 64;

/// The most terms of a [`CurveRule::Mixture`].
pub const MAX_TERMS: usize = 8;

/// The most elements along the axis of an [`AxisLinear`].
pub const MAX_EXTENT: usize = 64;

/// The most pairs of channels of one [`Product`].
pub const MAX_PAIRS: usize = 16;

/// The most channels of a continuous input.
pub const MAX_INPUT_CHANNELS: u16 = 16;

/// The most self-tests of one file.
pub const MAX_GOLDEN: usize = 8;

/// Bytes of the constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Span {
    /// Where it begins, a multiple of [`SPAN_ALIGNMENT`], counted from the first constant.
    pub offset: u32,
    /// How many bytes.
    pub length: u32,
}

/// A view of the arena: i8 values `[channel, slice, row]`, the last index running fastest.
///
/// A vector is a tensor of one slice and one row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Tensor {
    /// Where it begins in the arena.
    pub offset: u32,
    /// Channels, at least 1.
    pub channels: u16,
    /// Extent along the strip, at least 1.
    pub slices: u16,
    /// Extent across the strip, at least 1.
    pub rows: u16,
    /// What 1 stands for. For readers only: no result depends on it.
    pub scale: f32,
}

/// Straight lines between nodes, one function of the impurity count beside the other.
///
/// Node k stands at count k·2^`step`; beyond the last node the last value holds. One node is a
/// constant. The value between two nodes a and b, r beyond the first, is
/// a + ⌊((b − a)·r + ⌊2^step/2⌋) / 2^step⌋. The count of model I is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nodes {
    /// Nodes of each function; at least 1.
    pub nodes: u16,
    /// The base-2 logarithm of the distance of two nodes, at most 15.
    pub step: u8,
    /// i32 `[function, node]`, little endian.
    pub values: Span,
}

/// Functions of the impurity count, with i32 values: one for each row of a layer, one for all rows
/// (if `curves` is 1), or, where that makes sense, none (0 for every row).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Curves {
    /// How many functions.
    pub curves: u32,
    /// What they are.
    pub rule: CurveRule,
}

/// What [`Curves`] are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum CurveRule {
    /// Each has nodes of its own.
    Lines(Nodes),
    /// ⌊(Σ coefficient\[curve, term\]·basis\[term\] + 2²⁹) / 2³⁰⌋: all are mixtures of the same few
    /// functions.
    Mixture {
        /// i32 `[curve, term]`, little endian.
        coefficients: Span,
        /// How many terms, 1 to [`MAX_TERMS`].
        terms: u8,
        /// One function a term, in units of 2⁻³⁰.
        basis: Nodes,
    },
}

impl Curves {
    /// No function at all: where a bias is left out.
    pub const NONE: Self = Self::constants(
        0,
        Span {
            offset: 0,
            length: 0,
        },
    );

    /// A given number of constants, i32 `[curve]`.
    #[must_use]
    pub const fn constants(curves: u32, values: Span) -> Self {
        Self::lines(
            curves,
            Nodes {
                nodes: 1,
                step: 0,
                values,
            },
        )
    }

    /// A given number of functions with nodes of their own.
    #[must_use]
    pub const fn lines(curves: u32, nodes: Nodes) -> Self {
        Self {
            curves,
            rule: CurveRule::Lines(nodes),
        }
    }

    /// A given number of mixtures of the functions of `basis`, `coefficients` being i32 `[curve, term]`.
    #[must_use]
    pub const fn mixture(curves: u32, terms: u8, coefficients: Span, basis: Nodes) -> Self {
        Self {
            curves,
            rule: CurveRule::Mixture {
                coefficients,
                terms,
                basis,
            },
        }
    }

    /// Are they the same for every impurity count?
    #[must_use]
    pub const fn is_constant(&self) -> bool {
        match self.rule {
            CurveRule::Lines(nodes) => nodes.nodes == 1,
            CurveRule::Mixture { basis, .. } => basis.nodes == 1,
        }
    }
}

/// How weights lie in the constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum WeightLayout {
    /// Row after row, a row being all weights of one output. A row of 4-bit weights begins on a
    /// whole byte and holds the even-numbered weight in the lower four bits.
    RowMajor,
    /// What a kernel reads that computes four rows at a time ([`Dense`] and [`Conv2d`] only). The
    /// bytes of each row, as above, are filled up with zero weights to words of four bytes, and the
    /// rows with rows of zero weights to a multiple of four. Then come the first words of rows 0 to
    /// 3, the second words of rows 0 to 3, and so on; then rows 4 to 7 in the same way. In every
    /// halfword all weights but the last have their top bit turned over: one of two in 8 bits
    /// (w + 128 without a sign), three of four in 4 bits (w + 8). See
    /// [`kernels`](crate::inference::kernels) for what that is good for.
    Interleaved,
}

/// Weights, signed, symmetric: −127 to 127 in 8 bits, −7 to 7 in 4 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    /// How they lie.
    pub layout: WeightLayout,
    /// Bits of one weight: 8, or 4 in a [`Dense`] layer.
    pub bits: u8,
    /// Where they lie.
    pub data: Span,
}

/// What follows a requantised sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Activation {
    /// Clamp to −127 … 127.
    Identity,
    /// Clamp to 0 … 127.
    Relu,
    /// Clamp to −128 … 127 and take entry 128 + value of 256 i8 values (none of them −128).
    Table(Span),
}

/// How an i32 sum becomes an i8: see [`quantize`](crate::inference::quantize) for the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requantise {
    /// Multipliers: one curve for all rows, or one for each.
    pub multiplier: Curves,
    /// The sum is shifted left by this many bits first, which must not overflow i32.
    pub left: u8,
    /// What follows.
    pub activation: Activation,
}

/// How an i32 sum becomes an i16: clamp(⌊(sum·2^left·multiplier + 2³¹) / 2³²⌋, −32767, 32767).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rescale {
    /// Multipliers: one curve for all rows, or one for each.
    pub multiplier: Curves,
    /// The sum is shifted left by this many bits first, which must not overflow i32.
    pub left: u8,
}

/// The window that a convolution or a pooling moves over its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Extent \[slices, rows\], at least 1.
    pub kernel: [u16; 2],
    /// Step \[slices, rows\], at least 1.
    pub stride: [u16; 2],
    /// Zeros on either side \[slices, rows\], less than the kernel.
    pub padding: [u16; 2],
}

/// One step of the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// What it writes.
    pub output: Tensor,
    /// What it does, and what it reads.
    pub operator: Operator,
}

/// From on-site energies to the i8 tensor that the first layers read.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Encoder {
    /// The output: any number of channels, and the strip's slices and rows.
    pub output: Tensor,
    /// How.
    pub rule: EncoderRule,
}

/// How an on-site energy becomes an i8.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum EncoderRule {
    /// Impurities: clamp(⌊(curve\[channel, species\] + 2¹⁵)/2¹⁶⌋), species 0 being no impurity.
    Species(Curves),
    /// Any other disorder: clamp(truncate(v + ½ sign v)), v = scale·ε + (2k + 1 − K)/2K in channel k of K, all
    /// in `f32`, each operation rounded. The mean of K channels is K times as fine as one of them.
    Onsite {
        /// Positive and finite, in 1/t.
        scale: f32,
    },
}

/// Which mirror images of the strip a prediction averages over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Mirrors {
    /// The strip as it is.
    None,
    /// As it is, and upside down: 2 passes.
    Y,
    /// The same, each also seen from the other lead: 4 passes.
    XY,
    /// The same, each also with all on-site energies negated (model I at E = 0): 8 passes.
    XYSign,
}

impl Mirrors {
    /// How many passes of the network a prediction takes.
    #[must_use]
    pub const fn passes(self) -> u32 {
        match self {
            Self::None => 1,
            Self::Y => 2,
            Self::XY => 4,
            Self::XYSign => 8,
        }
    }
}

/// One predicted number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// What it is.
    pub target: Target,
    /// The largest possible value, G0/65536: the propagating modes.
    pub ceiling: i32,
    /// 1 up to 62: see [`Head`].
    pub shift: u8,
}

/// The last layer and the decoder.
///
/// a\[o\] = bias\[o\] + Σ w\[o, i\]·in\[i\], summed over the P = 2^p passes of the mirrors; then
/// clamp(centre\[o\] + ⌊(a·scale\[o\] + 2^(s−1)) / 2^s⌋, 0, ceiling\[o\]) with s = shift\[o\] + p,
/// in units of G0/65536.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// What it reads.
    pub input: Tensor,
    /// `[output, in]`, 8 or 4 bits.
    pub weights: Weights,
    /// One curve an output, one for all, or none.
    pub bias: Curves,
    /// One curve an output, or one for all, in units of G0/65536.
    pub centre: Curves,
    /// One curve an output, or one for all.
    pub scale: Curves,
}

/// A sample of the ensemble and what the network must predict for it, to all bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Golden {
    /// The ensemble's seed; its disorder and concentration are the card's.
    pub seed: u64,
    /// The sample's number.
    pub sample: u64,
    /// i32 `[output]`, little endian, in units of G0/65536.
    pub outputs: Span,
}

/// Everything about a network but its layers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card<'a> {
    /// Its name.
    pub name: &'a str,
    /// The version of landauer that wrote the file.
    pub crate_version: &'a str,
    /// Slices of the strip.
    pub length: u16,
    /// Sites in a slice.
    pub width: u16,
    /// The disorder it was trained on, and the only one it predicts.
    pub disorder: DisorderModel,
    /// The concentration it was trained on; the golden samples' too.
    pub concentration: Concentration,
    /// The smallest and the largest impurity count that it predicts; \[0, 0\] for model I.
    pub counts: [u32; 2],
    /// What it predicts.
    pub outputs: Vec<Output, MAX_OUTPUTS>,
    /// A hash of the data it was trained on.
    pub data_hash: [u8; 32],
    /// Which mirror images are averaged.
    pub mirrors: Mirrors,
    /// Bytes of the arena.
    pub arena: u32,
    /// The first step.
    pub encoder: Encoder,
    /// The last step.
    pub head: Head,
    /// Self-tests.
    pub golden: Vec<Golden, MAX_GOLDEN>,
}

/// A network about to be written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModelFile<'a> {
    /// Everything but the layers.
    pub card: &'a Card<'a>,
    /// The layers in their order.
    pub layers: &'a [Layer],
    /// What the spans refer to.
    pub constants: &'a [u8],
}
