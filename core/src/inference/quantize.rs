//! Fixed-point arithmetic: the one place that rounds.
//!
//! # The rule
//!
//! A layer's sum `acc` (i32) becomes an i8 in three steps:
//!
//! ```text
//! scaled = ⌊(acc·2^left·multiplier + 2³¹) / 2³²⌋          multiplier an i32, |acc·2^left| < 2³¹
//! value  = clamp(scaled, −127, 127)    identity
//!        = clamp(scaled, 0, 127)       ReLU
//!        = table[128 + clamp(scaled, −128, 127)]
//! ```
//!
//! The first step multiplies by multiplier·2^left/2³² and rounds to the nearest integer, halves
//! upwards (−0.5 becomes 0, 0.5 becomes 1). It is one SMMULR on a Cortex-M4 and one 64-bit product
//! elsewhere. `left` is 0 unless a layer's scale is 1/2 or more.

use super::constants::Constants;
use super::curves::CurvesAt;
use super::format::{Activation, Requantise, Rescale};

/// How many entries the table of an [`Activation::Table`] has.
pub const TABLE_LEN: usize = 256;

/// The largest i8 value of a tensor; the smallest is its negative.
pub const LARGEST: i8 = 127;

/// ⌊(acc·2^left·multiplier + 2³¹) / 2³²⌋, for |acc·2^left| < 2³¹.
///
/// # Example
/// ```
/// use landauer_core::inference::quantize::rescale;
/// assert_eq!(rescale(3, 0, 1 << 30), 1); // 3/4 rounds to 1
/// assert_eq!(rescale(-2, 0, 1 << 30), 0); // −1/2 rounds up
/// assert_eq!(rescale(-3, 0, 1 << 30), -1);
/// ```
#[must_use]
#[inline]
pub const fn rescale(acc: i32, left: u8, multiplier: i32) -> i32 {
    let shifted = acc.wrapping_shl(left as u32) as i64;
    // |shifted·multiplier| ≤ 2⁶², so that neither the product nor the sum can overflow.
    high_word(shifted * multiplier as i64)
}

/// ⌊(product + 2³¹) / 2³²⌋.
#[inline]
pub(super) const fn high_word(product: i64) -> i32 {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the upper half of 64 bits has 32"
    )]
    {
        (product.wrapping_add(1 << 31) >> 32) as i32
    }
}

/// A sum as an i16: see [`Rescale`].
#[derive(Debug, Clone, Copy)]
pub struct Rescaler<'a> {
    multiplier: CurvesAt<'a>,
    left: u8,
}

impl<'a> Rescaler<'a> {
    /// Finds the multipliers.
    #[must_use]
    pub fn new(rule: Rescale, constants: Constants<'a>, count: u32) -> Option<Self> {
        Some(Self {
            multiplier: CurvesAt::new(rule.multiplier, constants, count)?,
            left: rule.left,
        })
    }

    /// The multiplier of row `row`, and the shift.
    #[must_use]
    pub fn row(&self, row: usize) -> (i32, u8) {
        (self.multiplier.get(row), self.left)
    }
}

/// [`rescale`], clamped to −32767 … 32767.
#[must_use]
#[inline]
pub const fn rescale_16(acc: i32, left: u8, multiplier: i32) -> i16 {
    let value = rescale(acc, left, multiplier);
    if value > 32767 {
        32767
    } else if value < -32767 {
        -32767
    } else {
        #[allow(clippy::cast_possible_truncation, reason = "−32767 … 32767")]
        {
            value as i16
        }
    }
}

/// The i8 nearest to a value in units of 2⁻¹⁶, halves upwards, clamped to −127 … 127.
#[must_use]
#[inline]
pub const fn from_q16(value: i32) -> i8 {
    clamp((value.saturating_add(1 << 15)) >> 16, -127)
}

#[inline]
const fn clamp(value: i32, low: i32) -> i8 {
    let high = LARGEST as i32;
    let clamped = if value < low {
        low
    } else if value > high {
        high
    } else {
        value
    };
    #[allow(clippy::cast_possible_truncation, reason = "−128 … 127")]
    {
        clamped as i8
    }
}

/// An [`Activation`] whose table has been found.
#[derive(Debug, Clone, Copy)]
pub enum Activate<'a> {
    /// Clamp to −127 … 127.
    Identity,
    /// Clamp to 0 … 127.
    Relu,
    /// Look up.
    Table(&'a [u8; TABLE_LEN]),
}

impl<'a> Activate<'a> {
    /// Finds the table.
    #[must_use]
    pub fn new(activation: Activation, constants: Constants<'a>) -> Option<Self> {
        Some(match activation {
            Activation::Identity => Self::Identity,
            Activation::Relu => Self::Relu,
            Activation::Table(span) => Self::Table(constants.bytes(span)?.first_chunk()?),
        })
    }

    /// The second step of the rule.
    #[must_use]
    #[inline]
    pub fn apply(self, scaled: i32) -> i8 {
        match self {
            Self::Identity => clamp(scaled, -127),
            Self::Relu => clamp(scaled, 0),
            Self::Table(table) => {
                // 128 + value is the value's byte with its top bit turned over.
                let index = usize::from(clamp(scaled, -128).cast_unsigned() ^ 0x80);
                table.get(index).copied().unwrap_or(0).cast_signed()
            }
        }
    }
}

/// A [`Requantise`] at one impurity count.
#[derive(Debug, Clone, Copy)]
pub struct Requantiser<'a> {
    multiplier: CurvesAt<'a>,
    left: u8,
    activate: Activate<'a>,
}

impl<'a> Requantiser<'a> {
    /// Finds multipliers and table.
    #[must_use]
    pub fn new(rule: Requantise, constants: Constants<'a>, count: u32) -> Option<Self> {
        Some(Self {
            multiplier: CurvesAt::new(rule.multiplier, constants, count)?,
            left: rule.left,
            activate: Activate::new(rule.activation, constants)?,
        })
    }

    /// What row (channel, output, pair: whatever has its own multiplier) number `row` does.
    #[must_use]
    #[inline]
    pub fn row(&self, row: usize) -> RowRequantiser<'a> {
        RowRequantiser {
            multiplier: self.multiplier.get(row),
            left: self.left,
            activate: self.activate,
        }
    }
}

impl<'a> Requantiser<'a> {
    /// The multipliers.
    #[must_use]
    pub const fn multipliers(&self) -> &CurvesAt<'a> {
        &self.multiplier
    }

    /// By how many bits sums are shifted first.
    #[must_use]
    pub const fn left(&self) -> u8 {
        self.left
    }

    /// What follows.
    #[must_use]
    pub const fn activate(&self) -> Activate<'a> {
        self.activate
    }
}

/// The whole rule for one row.
#[derive(Debug, Clone, Copy)]
pub struct RowRequantiser<'a> {
    multiplier: i32,
    left: u8,
    activate: Activate<'a>,
}

impl RowRequantiser<'_> {
    /// From a sum to an i8.
    #[must_use]
    #[inline]
    pub fn apply(self, acc: i32) -> i8 {
        self.activate
            .apply(rescale(acc, self.left, self.multiplier))
    }

    /// The same with an offset in units of 2⁻¹⁶:
    /// activation(⌊(acc·2^left·multiplier + 2¹⁶·offset + 2³¹) / 2³²⌋).
    #[must_use]
    #[inline]
    pub fn apply_with_offset(self, acc: i32, offset: i32) -> i8 {
        let shifted = i64::from(acc.wrapping_shl(u32::from(self.left)));
        // At most 2⁶² + 2⁴⁷.
        let product = shifted * i64::from(self.multiplier);
        let moved = product.wrapping_add(i64::from(offset) << 16);
        self.activate.apply(high_word(moved))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_up_and_extremes_do_not_wrap() {
        for (acc, left, multiplier, expected) in [
            (2, 0, 1 << 30, 1),  // 0.5
            (-2, 0, 1 << 30, 0), // -0.5
            (6, 0, 1 << 30, 2),  // 1.5
            (-6, 0, 1 << 30, -1),
            (5, 2, 1 << 30, 5), // 5·4/4
            (i32::MAX, 0, i32::MAX, 1_073_741_823),
            (-i32::MAX, 0, i32::MAX, -1_073_741_823),
            (i32::MAX, 0, 1, 0),
        ] {
            assert_eq!(rescale(acc, left, multiplier), expected);
        }
    }

    #[test]
    fn q16_rounds_like_everything_else() {
        let q16 = [0x8000, 0x7fff, -0x8000, -0x8001, i32::MAX, i32::MIN];
        assert_eq!(q16.map(from_q16), [1, 0, 0, -1, 127, -127]);
    }

    #[test]
    fn activations_clamp_or_look_up() {
        let mut table = [0; TABLE_LEN];
        table[0] = 9; // value −128
        table[128] = 7; // value 0
        table[255] = 5; // value 127
        let values = [-1000, -128, -127, 0, 127, 1000];
        let all = |activate: Activate<'_>| values.map(|value| activate.apply(value));
        assert_eq!(all(Activate::Identity), [-127, -127, -127, 0, 127, 127]);
        assert_eq!(all(Activate::Relu), [0, 0, 0, 0, 127, 127]);
        assert_eq!(all(Activate::Table(&table)), [9, 9, 0, 7, 5, 5]);
    }
}
