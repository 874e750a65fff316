//! What the loader asks of records, before anything runs.

use super::constants::Constants;
use super::curves::CurvesAt;
use super::error::Fault;
use super::format::{Activation, Curves, Requantise, Tensor, Weights};
use super::quantize::TABLE_LEN;
use super::weights::WeightRows;

/// The largest i8 of a tensor, in the units of bounds.
pub(super) const LARGEST: u64 = 127;

/// The largest sum that is allowed.
const LARGEST_SUM: u64 = i32::MAX as u64;

/// `step` of [`Curves`] may not be larger.
const LARGEST_STEP: u8 = 15;

/// A tensor that is not empty and lies in the arena.
pub(super) fn tensor(tensor: &Tensor, arena: u32) -> Result<(), Fault> {
    let extents = [tensor.channels, tensor.slices, tensor.rows];
    if extents.contains(&0) {
        return Err(Fault::Empty);
    }
    if !(tensor.scale.is_finite() && tensor.scale > 0.0) {
        return Err(Fault::OutOfRange);
    }
    // Three 16-bit factors and a 32-bit offset: no overflow.
    let length: u64 = extents.into_iter().map(u64::from).product();
    if u64::from(tensor.offset) + length > u64::from(arena) {
        return Err(Fault::OutsideArena);
    }
    Ok(())
}

/// The condition, or else the fault.
pub(super) const fn require(condition: bool, fault: Fault) -> Result<(), Fault> {
    if condition { Ok(()) } else { Err(fault) }
}

/// Curves with one value for each of `rows` rows, one for all, or, if `or_none`, none.
pub(super) fn curves<'a>(
    curves: &Curves,
    rows: usize,
    or_none: bool,
    constants: Constants<'a>,
) -> Result<CurvesAt<'a>, Fault> {
    require(curves.nodes > 0, Fault::Empty)?;
    require(curves.step <= LARGEST_STEP, Fault::OutOfRange)?;
    let fits = match curves.curves {
        0 => or_none,
        1 => true,
        many => many as usize == rows,
    };
    require(fits, Fault::ListLength)?;
    let bytes = constants.bytes(curves.values).ok_or(Fault::Span)?;
    let needed = u64::from(curves.curves) * u64::from(curves.nodes) * 4;
    require(bytes.len() as u64 == needed, Fault::ListLength)?;
    CurvesAt::new(*curves, constants, 0).ok_or(Fault::Span)
}

/// Symmetric weights, `rows` rows of `length`.
pub(super) fn weights<'a>(
    weights: &Weights,
    rows: usize,
    length: usize,
    four_bits_too: bool,
    constants: Constants<'a>,
) -> Result<WeightRows<'a>, Fault> {
    constants.bytes(weights.data).ok_or(Fault::Span)?;
    require(weights.bits == 8 || four_bits_too, Fault::Layout)?;
    let found = WeightRows::new(*weights, length, constants).ok_or(Fault::Layout)?;
    require(found.rows() == Some(rows), Fault::ListLength)?;
    let lowest = if weights.bits == 4 { -8 } else { i8::MIN };
    let symmetric = (0..rows).all(|row| found.row(row).weights().all(|w| w != lowest));
    require(symmetric, Fault::Asymmetric)?;
    Ok(found)
}

/// The largest |bias| + `largest`·Σ|w| of all rows.
pub(super) fn largest_sum(
    weights: &WeightRows<'_>,
    rows: usize,
    bias: &CurvesAt<'_>,
    largest: u64,
) -> u64 {
    let bound = |row| {
        let sum = weights.row(row).weights();
        let sum: u64 = sum.map(|w| u64::from(w.unsigned_abs())).sum();
        bias.magnitude(row)
            .saturating_add(largest.saturating_mul(sum))
    };
    (0..rows).map(bound).max().unwrap_or(0)
}

/// A sum that an i32 holds.
pub(super) const fn sum(bound: u64) -> Result<(), Fault> {
    require(bound <= LARGEST_SUM, Fault::Accumulator)
}

/// A rule for `rows` rows whose sums are at most `bound`.
pub(super) fn requantise(
    rule: &Requantise,
    rows: usize,
    bound: u64,
    constants: Constants<'_>,
) -> Result<(), Fault> {
    sum(bound)?;
    require(rule.left < 31, Fault::OutOfRange)?;
    // Below 2³¹ · 2³¹.
    sum(bound << rule.left)?;
    curves(&rule.multiplier, rows, false, constants)?;
    activation(rule.activation, constants)
}

/// A table of 256 symmetric values, where there is one.
pub(super) fn activation(activation: Activation, constants: Constants<'_>) -> Result<(), Fault> {
    let Activation::Table(span) = activation else {
        return Ok(());
    };
    let table = constants.bytes(span).ok_or(Fault::Span)?;
    require(table.len() == TABLE_LEN, Fault::ListLength)?;
    require(!table.contains(&0x80), Fault::Asymmetric)
}
