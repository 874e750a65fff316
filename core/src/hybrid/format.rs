//! The hybrid's file: one definition, read by the core and written by the host's `landauer hybrid`.
//!
//! # Bytes (versions 1 and 2, everything little endian)
//!
//! As in a [model file](crate::inference::format): [`HYBRID_MAGIC`], the version, two zeros,
//! the lengths of record and constants, the CRC-32C of all other bytes; then one [`HybridCard`] in
//! postcard form, zeros up to a multiple of 16, and the constants, which are `f32` numbers.
//!
//! Version 2 is for disorder that version 1 does not know, as of a
//! [model file](crate::inference::format#version-2); all else is written as version 1.
//!
//! # Ladders
//!
//! A hybrid is a ladder of [`Rung`]s. Each solves the strip at some energies, as many impurities at
//! every one of them as the budget allows. [`Hybrid`](super::Hybrid) takes the last rung whose energies
//! the budget covers to the end of the strip, or, if it has a head, as far as it asks for at least; the
//! first rung has a head and asks for nothing. What then becomes of the transmissions is said by the
//! rung's [head](super::head), or, at the end of the strip, by its [`Completion`].

use heapless::Vec;
use serde::{Deserialize, Serialize};

use super::EnergySet;
use crate::disorder::{Concentration, DisorderModel};
use crate::inference::Target;
use crate::inference::format::{MAX_GOLDEN, Span};

/// The first eight bytes of every hybrid's file.
pub const HYBRID_MAGIC: [u8; 8] = *b"LANDHYBR";

/// The newest version of the format that this crate reads and writes.
pub const HYBRID_VERSION: u16 = 2;

/// The most rungs of a ladder.
pub const MAX_RUNGS: usize = 8;

/// The most slices of a strip: beyond, the scales of the standing waves could leave the range of
/// `f32`.
pub const MAX_LENGTH: u16 = 100;

/// The most sites in a slice: beyond, the workspace could be more than a 32-bit machine can name.
pub const MAX_WIDTH: u16 = 1000;

/// The largest magnitude of a coefficient: far from what could overflow in `f32`.
pub const MAX_COEFFICIENT: f32 = 1e6;

/// Straight lines between nodes: functions of the number of impurities.
///
/// Node k stands at count k·2^`step`; beyond the last node the last value holds. Between two nodes a
/// and b, r beyond the first, the value is a + (b − a)·(r/2^step).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines {
    /// Nodes of each function; at least 1.
    pub nodes: u16,
    /// The base-2 logarithm of the distance of two nodes, at most 15.
    pub step: u8,
    /// f32 `[function, node]`.
    pub values: Span,
}

impl Lines {
    /// The largest [`step`](Self::step).
    pub const MAX_STEP: u8 = 15;
}

/// What a rung makes of the transmissions of a whole strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Completion {
    /// They are all that the target is made of: T itself, or the mean of the ten.
    Exact,
    /// c₀ + Σ c_i T_i, at least 0 and at most the width; the coefficients, c₀ first, depend on the
    /// number of impurities.
    Local(Lines),
}

/// One way to spend a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// Where the strip is solved.
    pub energies: EnergySet,
    /// Fewer impurities than that are not worth it, unless they are all that there are.
    pub least: u32,
    /// The coefficients of its [head](super::head), f32; without one it is only for whole strips.
    pub head: Option<Span>,
    /// The prediction for whole strips.
    pub completion: Completion,
}

/// A sample of the ensemble and what must be found for it within a budget, to all bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HybridGolden {
    /// The ensemble's seed; its disorder and concentration are the card's.
    pub seed: u64,
    /// The sample's number.
    pub sample: u64,
    /// Multiply-adds.
    pub budget: u64,
    /// The bits of the value, in `f32`.
    pub bits: u32,
}

/// Everything about a hybrid but its coefficients.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HybridCard<'a> {
    /// Its name.
    pub name: &'a str,
    /// The version of landauer that wrote the file.
    pub crate_version: &'a str,
    /// Slices of the strip, at most [`MAX_LENGTH`].
    pub length: u16,
    /// Sites in a slice, at most [`MAX_WIDTH`].
    pub width: u16,
    /// The disorder it was fitted to, and the only one it predicts: one of impurities.
    pub disorder: DisorderModel,
    /// The concentration it was fitted to; the golden samples' too.
    pub concentration: Concentration,
    /// What it predicts: G, or Ḡ.
    pub target: Target,
    /// A hash of the data it was fitted to.
    pub data_hash: [u8; 32],
    /// From the cheapest to the dearest.
    pub rungs: Vec<Rung, MAX_RUNGS>,
    /// Self-tests.
    pub golden: Vec<HybridGolden, MAX_GOLDEN>,
}

/// A hybrid about to be written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HybridFile<'a> {
    /// Everything but the coefficients.
    pub card: &'a HybridCard<'a>,
    /// What the spans refer to.
    pub constants: &'a [u8],
}
