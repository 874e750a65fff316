//! Functions of the impurity count.

use super::constants::Constants;
use super::format::{CurveRule, Curves, MAX_TERMS, Nodes, Span};

/// [`Curves`] at one impurity count.
#[derive(Debug, Clone, Copy)]
pub struct CurvesAt<'a> {
    curves: usize,
    rule: RuleAt<'a>,
}

#[derive(Debug, Clone, Copy)]
enum RuleAt<'a> {
    Lines(NodesAt<'a>),
    Mixture {
        coefficients: &'a [[u8; 4]],
        terms: usize,
        basis: NodesAt<'a>,
        /// The basis at the count.
        values: [i32; MAX_TERMS],
    },
}

impl<'a> CurvesAt<'a> {
    /// Finds the values.
    // Where the record is a constant, the compiler sees through this and links no mixture.
    #[must_use]
    #[inline(always)]
    pub fn new(curves: Curves, constants: Constants<'a>, count: u32) -> Option<Self> {
        let rule = match curves.rule {
            CurveRule::Lines(nodes) => RuleAt::Lines(NodesAt::new(nodes, constants, count)?),
            CurveRule::Mixture {
                coefficients,
                terms,
                basis,
            } => RuleAt::mixture(coefficients, terms, basis, constants, count)?,
        };
        Some(Self {
            curves: usize::try_from(curves.curves).ok()?,
            rule,
        })
    }

    /// No curve: 0 for every row.
    #[must_use]
    pub(super) const fn none() -> Self {
        Self {
            curves: 0,
            rule: RuleAt::Lines(NodesAt {
                nodes: 1,
                step: 0,
                count: 0,
                values: &[],
            }),
        }
    }

    /// The value for row `row`: of its own curve, of the only curve, or 0 if there is none.
    #[must_use]
    #[inline]
    pub fn get(&self, row: usize) -> i32 {
        let curve = self.curve(row);
        match &self.rule {
            RuleAt::Lines(nodes) => nodes.get(curve),
            RuleAt::Mixture {
                coefficients,
                terms,
                values,
                ..
            } => mixture(of_curve(coefficients, *terms, curve), values),
        }
    }

    /// The values for rows `row` to `row` + 3.
    #[must_use]
    pub fn four(&self, row: usize) -> [i32; 4] {
        core::array::from_fn(|next| self.get(row.wrapping_add(next)))
    }

    /// What magnitudes can reach at any count.
    pub(super) fn magnitudes(&self) -> Magnitudes<'_> {
        let mut shared = [0; MAX_TERMS];
        match &self.rule {
            RuleAt::Lines(nodes) => {
                let [first, ..] = &mut shared;
                *first = nodes.magnitude(0);
            }
            RuleAt::Mixture { terms, basis, .. } => {
                for (term, slot) in shared.iter_mut().enumerate().take(*terms) {
                    *slot = basis.magnitude(term);
                }
            }
        }
        Magnitudes {
            curves: self,
            shared,
        }
    }

    const fn curve(&self, row: usize) -> usize {
        if self.curves > 1 { row } else { 0 }
    }
}

/// What magnitudes can reach at any count. Nodes that many rows share are looked at once: the loader
/// must not take longer than the file is long.
pub(super) struct Magnitudes<'c> {
    curves: &'c CurvesAt<'c>,
    /// Of the basis, or of the first curve.
    shared: [u64; MAX_TERMS],
}

impl Magnitudes<'_> {
    /// Of row `row`.
    pub(super) fn of(&self, row: usize) -> u64 {
        let curve = self.curves.curve(row);
        match &self.curves.rule {
            RuleAt::Lines(_) if curve == 0 => self.shared.first().copied().unwrap_or(0),
            RuleAt::Lines(nodes) => nodes.magnitude(curve),
            RuleAt::Mixture {
                coefficients,
                terms,
                ..
            } => {
                let coefficients = of_curve(coefficients, *terms, curve).iter();
                let terms = coefficients.zip(self.shared);
                let sum = terms.fold(0_u64, |sum, (&coefficient, basis)| {
                    let coefficient = i32::from_le_bytes(coefficient).unsigned_abs();
                    sum.saturating_add(u64::from(coefficient) * basis)
                });
                sum.saturating_add(1 << 29) >> 30
            }
        }
    }

    /// Of all rows.
    pub(super) fn largest(&self) -> u64 {
        let curves = 0..self.curves.curves.max(1);
        curves.map(|curve| self.of(curve)).max().unwrap_or(0)
    }
}

impl<'a> RuleAt<'a> {
    #[inline(never)]
    fn mixture(
        coefficients: Span,
        terms: u8,
        basis: Nodes,
        constants: Constants<'a>,
        count: u32,
    ) -> Option<Self> {
        let basis = NodesAt::new(basis, constants, count)?;
        let mut values = [0; MAX_TERMS];
        let terms = usize::from(terms);
        for (term, value) in values.iter_mut().enumerate().take(terms) {
            *value = basis.get(term);
        }
        Some(Self::Mixture {
            coefficients: constants.bytes(coefficients)?.as_chunks().0,
            terms,
            basis,
            values,
        })
    }
}

impl Curves {
    /// Do the values depend on the row only, with one for each of a given number of rows?
    #[inline(always)]
    pub(super) const fn is_by_row(&self, rows: usize) -> bool {
        let lines = matches!(self.rule, CurveRule::Lines(nodes) if nodes.nodes == 1);
        lines && self.curves as usize == rows
    }

    /// The values of each row, where that is so.
    #[inline(always)]
    pub(super) fn by_row<'a>(&self, constants: Constants<'a>) -> Option<&'a [[u8; 4]]> {
        let CurveRule::Lines(nodes) = self.rule else {
            return None;
        };
        Some(constants.bytes(nodes.values)?.as_chunks().0)
    }
}

/// The numbers of one of several curves.
#[inline]
fn of_curve(numbers: &[[u8; 4]], each: usize, curve: usize) -> &[[u8; 4]] {
    let start = curve.saturating_mul(each);
    let numbers = numbers.get(start..start.saturating_add(each));
    numbers.unwrap_or(&[])
}

/// ⌊(Σ coefficient·value + 2²⁹) / 2³⁰⌋.
fn mixture(coefficients: &[[u8; 4]], values: &[i32]) -> i32 {
    let terms = coefficients.iter().zip(values);
    let sum = terms.fold(1_i64 << 29, |sum, (&coefficient, &value)| {
        let coefficient = i64::from(i32::from_le_bytes(coefficient));
        sum.wrapping_add(coefficient.wrapping_mul(i64::from(value)))
    });
    #[allow(clippy::cast_possible_truncation, reason = "proven by the loader")]
    {
        (sum >> 30) as i32
    }
}

/// [`Nodes`] at one impurity count.
#[derive(Debug, Clone, Copy)]
struct NodesAt<'a> {
    nodes: usize,
    step: u8,
    count: u32,
    values: &'a [[u8; 4]],
}

impl<'a> NodesAt<'a> {
    fn new(nodes: Nodes, constants: Constants<'a>, count: u32) -> Option<Self> {
        Some(Self {
            nodes: usize::from(nodes.nodes),
            step: nodes.step,
            count,
            values: constants.bytes(nodes.values)?.as_chunks().0,
        })
    }

    #[inline]
    fn get(&self, curve: usize) -> i32 {
        if self.nodes == 1 {
            return self.value(curve);
        }
        self.interpolate(curve.wrapping_mul(self.nodes))
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

    /// The largest magnitude of a curve's nodes, and so of all its values.
    fn magnitude(&self, curve: usize) -> u64 {
        let nodes = of_curve(self.values, self.nodes, curve).iter();
        let magnitudes = nodes.map(|&bytes| u64::from(i32::from_le_bytes(bytes).unsigned_abs()));
        magnitudes.max().unwrap_or(0)
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

    fn bytes<const N: usize>(values: &[i32]) -> heapless::Vec<u8, N> {
        values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect()
    }

    const fn span(offset: u32, length: u32) -> Span {
        Span { offset, length }
    }

    #[test]
    fn lines_between_nodes_and_a_constant_behind() {
        let bytes = bytes::<24>(&[0, 10, -5, i32::MIN, i32::MAX, 7]);
        let nodes = Nodes {
            nodes: 3,
            step: 2,
            values: span(0, 24),
        };
        let at = |count, row| {
            let curves = Curves::lines(2, nodes);
            let curves = CurvesAt::new(curves, Constants::new(&bytes), count).unwrap();
            assert_eq!(curves.magnitudes().of(row), [10, 1 << 31][row]);
            curves.get(row)
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
        let one = CurvesAt::new(Curves::constants(1, span(0, 4)), constants, 9).unwrap();
        let none = CurvesAt::new(Curves::NONE, constants, 9).unwrap();
        assert_eq!([one.get(0), one.get(5), none.get(5)], [3, 3, 0]);
    }

    #[test]
    fn a_mixture_of_two_functions() {
        let one = 1 << 30;
        // Two rows of two coefficients; then the basis: a rising line, and a constant −1/2.
        let bytes = bytes::<32>(&[100, 10, -7, 1, 0, one, -one / 2, -one / 2]);
        let basis = Nodes {
            nodes: 2,
            step: 2,
            values: span(16, 16),
        };
        let curves = Curves::mixture(2, 2, span(0, 16), basis);
        let at = |count, row| {
            let curves = CurvesAt::new(curves, Constants::new(&bytes), count).unwrap();
            assert_eq!(curves.magnitudes().of(row), [105, 8][row]);
            curves.get(row)
        };
        // 100·count/4 − 5
        assert_eq!(
            [0, 1, 2, 4, 9].map(|count| at(count, 0)),
            [-5, 20, 45, 95, 95]
        );
        // −7·count/4 − 1/2: −0.5, −2.25, −7.5; halves upwards.
        assert_eq!([0, 1, 4].map(|count| at(count, 1)), [0, -2, -7]);
    }
}
