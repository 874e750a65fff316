//! What becomes of a strip of which only the beginning is solved: three small layers.
//!
//! The head sees the [`Cut`]: the mean transmission of what is solved, how many impurities are in it
//! and behind it, how many slices. From these [`FEATURES`] numbers two layers of [`UNITS`] rectified
//! units and a last one of [`OUTPUTS`] make h, a and b, none negative, and
//!
//! ```text
//! value = (a T + b)/(1 + 32 (m/sites) h)
//! ```
//!
//! m impurities left: resistances in series add up, T → T/(1 + m h′). For G a = 1 and b = 0 is the
//! plain sum; Ḡ averages what fluctuates from energy to energy, so that a and b draw T to the middle.

use super::ImpurityStrip;
use crate::scalar::Scalar;

/// Numbers that a head looks at.
pub const FEATURES: usize = 8;
/// Units of each of its two layers.
pub const UNITS: usize = 16;
/// Numbers that its last layer gives: h, a, b.
pub const OUTPUTS: usize = 3;

/// Coefficients of a head: layer by layer, unit by unit, each with its bias first.
pub const HEAD_LEN: usize = UNITS * (1 + FEATURES) + UNITS * (1 + UNITS) + OUTPUTS * (1 + UNITS);

/// Impurities, as a share of the sites, that the head's h is per 1 of.
const SHARE: f64 = 32.0;

/// Multiplications and divisions of a head, with the mean of the transmissions.
pub(super) const HEAD_COST: u64 = (12 + UNITS * (FEATURES + UNITS + OUTPUTS) + 5) as u64;

/// Where the recursions stopped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cut<S> {
    /// The mean over the energies of T of what has been taken in; the width, if that is nothing.
    pub transmission: S,
    /// Impurities that have been taken in.
    pub solved: u32,
    /// Impurities that have not.
    pub left: u32,
    /// Slices behind the last impurity that has been taken in; behind the first slice, if there is
    /// none.
    pub slices_left: u32,
    /// Slices of the strip.
    pub length: u32,
    /// Sites of the strip.
    pub sites: u32,
}

impl<S: Scalar> Cut<S> {
    /// The cut behind the first `solved` impurities of a strip, `transmission` being the mean of T
    /// there.
    #[must_use]
    pub fn after(strip: &ImpurityStrip<'_, S>, solved: u32, transmission: S) -> Self {
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let last = (solved as usize).checked_sub(1);
        let place = last.and_then(|last| strip.places().nth(last)).unwrap_or(0);
        let behind = strip.length().saturating_sub(1);
        Self {
            transmission,
            solved,
            left: strip.impurities().saturating_sub(solved),
            slices_left: number(behind.saturating_sub(place)),
            length: number(strip.length()),
            sites: number(strip.sites()),
        }
    }

    /// What a head looks at.
    #[must_use]
    pub fn features(&self) -> [S; FEATURES] {
        let number = S::from_f64;
        let whole = |value: u32| number(f64::from(value));
        let sites = whole(self.sites);
        let (solved, left) = (whole(self.solved) / sites, whole(self.left) / sites);
        let share = |value: S, scale: f64| value / (value + number(scale));
        let four = number(4.0);
        [
            share(self.transmission, 1.0),
            share(self.transmission, 0.1),
            share(self.transmission, 8.0),
            share(left, 0.025),
            share(left, 0.125),
            four * (solved + left),
            whole(self.slices_left) / whole(self.length),
            four * solved,
        ]
    }

    /// The value, given what the last layer gives.
    #[must_use]
    pub fn value(&self, outputs: [S; OUTPUTS]) -> S {
        let [resistance, slope, offset] = outputs.map(|output| S::ZERO.larger(output));
        (slope * self.transmission + offset) / (S::ONE + self.weight() * resistance)
    }

    /// By what h counts.
    #[must_use]
    pub fn weight(&self) -> S {
        let left = f64::from(self.left) / f64::from(self.sites);
        S::from_f64(SHARE * left)
    }
}

/// Runs a head on its coefficients; they are taken from the front.
pub(super) fn run<S: Scalar>(coefficients: &[[u8; 4]], cut: &Cut<S>) -> S {
    let mut rest = coefficients.iter().map(|&bytes| f32::from_le_bytes(bytes));
    let first: [S; UNITS] = layer(&mut rest, &cut.features());
    let first = first.map(|value| S::ZERO.larger(value));
    let second: [S; UNITS] = layer(&mut rest, &first);
    let second = second.map(|value| S::ZERO.larger(value));
    cut.value(layer(&mut rest, &second))
}

/// Bias plus weights times inputs, in their order; where the coefficients end, zeros follow.
fn layer<S: Scalar, const N: usize, const M: usize>(
    coefficients: &mut impl Iterator<Item = f32>,
    inputs: &[S; N],
) -> [S; M] {
    let mut next = || S::from_f64(f64::from(coefficients.next().unwrap_or(0.0)));
    let mut outputs = [S::ZERO; M];
    for output in &mut outputs {
        let mut sum = next();
        for &input in inputs {
            sum += next() * input;
        }
        *output = sum;
    }
    outputs
}
