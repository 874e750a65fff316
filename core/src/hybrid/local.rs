//! From transmissions of a whole strip at some energies to the value: a regression whose coefficients
//! depend on the number of impurities.

use super::format::Lines;
use crate::scalar::Scalar;
use crate::transport::symmetric;

/// Multiplications and divisions for a regression on a given number of transmissions.
pub(super) const fn cost(energies: usize) -> u64 {
    (2 * energies + 2) as u64
}

impl Lines {
    /// The node before `count`, and how far on the way to the next one it is, 0 to 1.
    #[must_use]
    pub fn place(&self, count: u32) -> (usize, f64) {
        let step = 1_u32.checked_shl(u32::from(self.step)).unwrap_or(1);
        let last = u32::from(self.nodes.saturating_sub(1));
        let node = count >> (self.step & 31);
        if node >= last {
            return (last as usize, 0.0);
        }
        let beyond = count & (step - 1);
        (node as usize, f64::from(beyond) / f64::from(step))
    }
}

/// c₀ + Σ c_i T_i, in [0, `most`].
pub(super) fn run<S: Scalar>(
    lines: &Lines,
    values: &[[u8; 4]],
    count: u32,
    transmissions: &[S],
    most: S,
) -> S {
    let (node, share) = lines.place(count);
    let share = S::from_f64(share);
    let mut functions = symmetric::lines(values, usize::from(lines.nodes));
    let mut next = || {
        let function = functions.next().unwrap_or_default();
        let value = |node: usize| {
            let bytes = function.get(node).copied().unwrap_or_default();
            S::from_f64(f64::from(f32::from_le_bytes(bytes)))
        };
        let a = value(node);
        if share == S::ZERO {
            return a;
        }
        a + (value(node + 1) - a) * share
    };
    let mut sum = next();
    for &transmission in transmissions {
        sum += next() * transmission;
    }
    let sum = S::ZERO.larger(sum);
    if sum < most { sum } else { most }
}
