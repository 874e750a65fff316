//! Functions of the impurity count.

use super::constants::Constants;
use super::format::Curves;

/// [`Curves`] at one impurity count.
#[derive(Debug, Clone, Copy)]
pub struct CurvesAt<'a> {
    curves: usize,
    nodes: usize,
    step: u8,
    count: u32,
    values: &'a [[u8; 4]],
}

impl<'a> CurvesAt<'a> {
    /// Finds the values.
    #[must_use]
    pub fn new(curves: Curves, constants: Constants<'a>, count: u32) -> Option<Self> {
        Some(Self {
            curves: usize::try_from(curves.curves).ok()?,
            nodes: usize::from(curves.nodes),
            step: curves.step,
            count,
            values: constants.bytes(curves.values)?.as_chunks().0,
        })
    }

    /// No curve: 0 for every row.
    #[must_use]
    pub(super) const fn none() -> Self {
        Self {
            curves: 0,
            nodes: 1,
            step: 0,
            count: 0,
            values: &[],
        }
    }

    /// The value for row `row`: of its own curve, of the only curve, or 0 if there is none.
    #[must_use]
    #[inline]
    pub fn get(&self, row: usize) -> i32 {
        let curve = if self.curves > 1 { row } else { 0 };
        if self.nodes == 1 {
            return self.value(curve);
        }
        self.interpolate(curve.wrapping_mul(self.nodes))
    }

    /// The largest magnitude of row `row`'s nodes, and so of all its values.
    pub(super) fn magnitude(&self, row: usize) -> u64 {
        let curve = if self.curves > 1 { row } else { 0 };
        let start = curve.saturating_mul(self.nodes);
        let nodes = self.values.get(start..start.saturating_add(self.nodes));
        let magnitudes = nodes.unwrap_or(&[]).iter();
        magnitudes
            .map(|&bytes| u64::from(i32::from_le_bytes(bytes).unsigned_abs()))
            .max()
            .unwrap_or(0)
    }

    fn interpolate(&self, first: usize) -> i32 {
        let last = self.nodes.saturating_sub(1);
        let node = (self.count >> u32::from(self.step).min(31)) as usize;
        if node >= last {
            return self.value(first.wrapping_add(last));
        }
        let a = self.value(first.wrapping_add(node));
        let b = self.value(first.wrapping_add(node).wrapping_add(1));
        between(a, b, self.count, self.step)
    }

    #[inline]
    fn value(&self, index: usize) -> i32 {
        let bytes = self.values.get(index).copied();
        i32::from_le_bytes(bytes.unwrap_or_default())
    }
}

/// a + ⌊((b − a)·r + ⌊2^step/2⌋) / 2^step⌋, r being what count exceeds a multiple of 2^step by.
fn between(a: i32, b: i32, count: u32, step: u8) -> i32 {
    let width = 1_i64 << step.min(31);
    let beyond = i64::from(count) & (width - 1);
    let rise = (i64::from(b) - i64::from(a)) * beyond + (width >> 1);
    #[allow(clippy::cast_possible_truncation, reason = "it lies between a and b")]
    {
        (i64::from(a) + (rise >> step.min(31))) as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::format::Span;

    #[test]
    fn lines_between_nodes_and_a_constant_behind() {
        let bytes: [u8; 24] = [[0, 10, -5], [i32::MIN, i32::MAX, 7]]
            .as_flattened()
            .iter()
            .flat_map(|value: &i32| value.to_le_bytes())
            .collect::<heapless::Vec<u8, 24>>()
            .into_array()
            .unwrap();
        let curves = Curves {
            curves: 2,
            nodes: 3,
            step: 2,
            values: Span {
                offset: 0,
                length: 24,
            },
        };
        let at = |count, row| {
            let constants = Constants::new(&bytes);
            CurvesAt::new(curves, constants, count).unwrap().get(row)
        };
        // 0, 2.5, 5, 7.5, 10, 6.25, 2.5, −1.25, −5, −5: halves upwards.
        let first = [0, 3, 5, 8, 10, 6, 3, -1, -5, -5];
        for (count, expected) in (0..).zip(first) {
            assert_eq!(at(count, 0), expected);
        }
        assert_eq!([at(0, 1), at(4, 1), at(9, 1)], [i32::MIN, i32::MAX, 7]);
        assert_eq!([at(2, 1), at(u32::MAX, 1)], [0, 7]);
    }

    #[test]
    fn one_curve_serves_every_row_and_none_is_zero() {
        let constants = Constants::new(&[3, 0, 0, 0]);
        let span = Span {
            offset: 0,
            length: 4,
        };
        let one = CurvesAt::new(Curves::constants(1, span), constants, 9).unwrap();
        let none = CurvesAt::new(Curves::NONE, constants, 9).unwrap();
        assert_eq!([one.get(0), one.get(5), none.get(5)], [3, 3, 0]);
    }
}
