//! What the loader asks of records, before anything runs.

use super::constants::Constants;
use super::curves::CurvesAt;
use super::error::Fault;
use super::format::{
    Activation, CurveRule, Curves, MAX_TERMS, Nodes, Requantise, Rescale, Span, Tensor,
    WeightLayout, Weights,
};
use super::quantize::TABLE_LEN;
use super::weights::{Bits, WeightRows};

/// The largest i8 of a tensor, in the units of bounds.
pub(super) const LARGEST: u64 = 127;

/// The largest value of a [`Rescale`].
pub(super) const LARGEST_INNER: u64 = 32767;

/// The largest sum that is allowed.
const LARGEST_SUM: u64 = i32::MAX as u64;

/// The largest Σ w·input, without the bias, of interleaved 4-bit weights: sums of sixteen times as
/// much are formed modulo 2³².
const LARGEST_INTERLEAVED_4: u64 = (1 << 27) - 1;

/// Which weights an operator can have.
#[derive(Debug, Clone, Copy)]
pub(super) enum Allowed {
    /// 8 bits, row after row.
    Plain,
    /// 8 bits.
    EightBits,
    /// 8 or 4 bits, row after row.
    RowMajor,
    /// All that there are.
    All,
}

impl Allowed {
    const fn allows(self, weights: &Weights) -> bool {
        let interleaved = matches!(weights.layout, WeightLayout::Interleaved);
        match self {
            Self::Plain => weights.bits == 8 && !interleaved,
            Self::EightBits => weights.bits == 8,
            Self::RowMajor => !interleaved,
            Self::All => true,
        }
    }
}

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
    let fits = match curves.curves {
        0 => or_none,
        1 => true,
        many => many as usize == rows,
    };
    require(fits, Fault::ListLength)?;
    match curves.rule {
        CurveRule::Lines(lines) => nodes(&lines, curves.curves, constants)?,
        CurveRule::Mixture {
            coefficients,
            terms,
            basis,
        } => {
            let possible = (1..=MAX_TERMS).contains(&usize::from(terms));
            require(possible, Fault::OutOfRange)?;
            let needed = u64::from(curves.curves) * u64::from(terms);
            integers(coefficients, needed, constants)?;
            nodes(&basis, u32::from(terms), constants)?;
        }
    }
    let found = CurvesAt::new(*curves, constants, 0).ok_or(Fault::Span)?;
    if let CurveRule::Mixture { .. } = curves.rule {
        // Node by node an i32 holds any value; a mixture has to be proven.
        let fits = found.magnitudes().largest() <= LARGEST_SUM;
        require(fits, Fault::OutOfRange)?;
    }
    Ok(found)
}

/// Nodes of a given number of functions.
fn nodes(nodes: &Nodes, functions: u32, constants: Constants<'_>) -> Result<(), Fault> {
    require(nodes.nodes > 0, Fault::Empty)?;
    require(nodes.step <= LARGEST_STEP, Fault::OutOfRange)?;
    let needed = u64::from(functions) * u64::from(nodes.nodes);
    integers(nodes.values, needed, constants)
}

/// A span of a given number of i32.
fn integers(span: Span, needed: u64, constants: Constants<'_>) -> Result<(), Fault> {
    let bytes = constants.bytes(span).ok_or(Fault::Span)?;
    require(bytes.len() as u64 == 4 * needed, Fault::ListLength)
}

/// Symmetric weights, `rows` rows of `length`.
pub(super) fn weights<'a>(
    weights: &Weights,
    rows: usize,
    length: usize,
    allowed: Allowed,
    constants: Constants<'a>,
) -> Result<WeightRows<'a>, Fault> {
    constants.bytes(weights.data).ok_or(Fault::Span)?;
    require(allowed.allows(weights), Fault::Layout)?;
    let found = WeightRows::new(*weights, length, constants).ok_or(Fault::Layout)?;
    require(found.holds(rows), Fault::ListLength)?;
    let lowest = match found.bits() {
        Bits::Four => -8,
        Bits::Eight => i8::MIN,
    };
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
    let bias = bias.magnitudes();
    let bound = |row| {
        let sum = weights.row(row).weights();
        let sum: u64 = sum.map(|w| u64::from(w.unsigned_abs())).sum();
        bias.of(row).saturating_add(largest.saturating_mul(sum))
    };
    (0..rows).map(bound).max().unwrap_or(0)
}

/// Requantised sums bias + Σ w·input of inputs up to `largest`, `rows` rows of `length` weights;
/// returns the largest sum.
pub(super) fn affine(
    (kernel, bias, requantised): (&Weights, &Curves, &Requantise),
    [rows, length]: [usize; 2],
    allowed: Allowed,
    largest: u64,
    constants: Constants<'_>,
) -> Result<u64, Fault> {
    let interleaved = matches!(kernel.layout, WeightLayout::Interleaved);
    let kernel = weights(kernel, rows, length, allowed, constants)?;
    if interleaved && kernel.bits() == Bits::Four {
        let products = largest_sum(&kernel, rows, &CurvesAt::none(), largest);
        require(products <= LARGEST_INTERLEAVED_4, Fault::Accumulator)?;
    }
    let bias = curves(bias, rows, true, constants)?;
    let bound = largest_sum(&kernel, rows, &bias, largest);
    requantise(requantised, rows, bound, constants)?;
    Ok(bound)
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
    let Requantise {
        multiplier,
        left,
        activation: function,
    } = *rule;
    rescale(&Rescale { multiplier, left }, rows, bound, constants)?;
    activation(function, constants)
}

/// The same for an i16; returns the largest that comes out.
pub(super) fn rescale(
    rule: &Rescale,
    rows: usize,
    bound: u64,
    constants: Constants<'_>,
) -> Result<u64, Fault> {
    sum(bound)?;
    require(rule.left < 31, Fault::OutOfRange)?;
    // Below 2³¹·2³¹.
    let shifted = bound << rule.left;
    sum(shifted)?;
    let multiplier = curves(&rule.multiplier, rows, false, constants)?;
    let largest = multiplier.magnitudes().largest();
    let rounded = ((shifted * largest) >> 32) + 1;
    Ok(rounded.min(LARGEST_INNER))
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
