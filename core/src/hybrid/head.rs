//! What becomes of T in the part of a strip that is not solved: two small layers.

use crate::scalar::Scalar;

/// Numbers that the head looks at.
const FEATURES: usize = 8;
/// Units of each of its two layers.
const UNITS: usize = 16;

/// Multiplications and divisions of [`Head::transmission`].
pub(super) const HEAD_COST: u64 = (FEATURES + UNITS * (FEATURES + UNITS + 1) + 3) as u64;

/// Weights and bias of each unit.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) first: [([f32; FEATURES], f32); UNITS],
    pub(super) second: [([f32; UNITS], f32); UNITS],
    pub(super) last: ([f32; UNITS], f32),
}

/// Where the recursion stopped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut<S> {
    /// T of what has been taken in.
    pub(super) transmission: S,
    /// Impurities that have been taken in.
    pub(super) solved: usize,
    /// Impurities that have not.
    pub(super) left: usize,
    /// Slices behind the last impurity that has been taken in.
    pub(super) slices_left: usize,
}

impl Head {
    /// T of the whole strip: the median, as far as the cut tells.
    ///
    /// Resistances in series add up: T = T₁/(1 + m h), m impurities left, h ≥ 0 the learned part.
    pub(super) fn transmission<S: Scalar>(&self, cut: &Cut<S>) -> S {
        let Cut {
            transmission,
            solved,
            left,
            slices_left,
        } = *cut;
        let number = S::from_f64;
        let (solved, left) = (S::from_usize(solved), S::from_usize(left));
        let share = |value: S, scale: S| value / (value + scale);
        let features = [
            share(transmission, S::ONE),
            share(transmission, number(0.1)),
            share(transmission, number(8.0)),
            share(left, number(40.0)),
            share(left, number(200.0)),
            (solved + left) / number(400.0),
            S::from_usize(slices_left) / number(40.0),
            solved / number(400.0),
        ];
        let rectified = S::ZERO;
        let first = self.first.each_ref().map(|unit| sum(unit, &features));
        let first = first.map(|value| rectified.larger(value));
        let second = self.second.each_ref().map(|unit| sum(unit, &first));
        let second = second.map(|value| rectified.larger(value));
        let resistance = rectified.larger(sum(&self.last, &second));
        transmission / (S::ONE + left * number(0.02) * resistance)
    }
}

/// Bias plus weights times inputs, in their order.
fn sum<S: Scalar, const N: usize>((weights, bias): &([f32; N], f32), inputs: &[S; N]) -> S {
    let number = |value: f32| S::from_f64(f64::from(value));
    let mut sum = number(*bias);
    for (&weight, &input) in weights.iter().zip(inputs) {
        sum += number(weight) * input;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resistances_add_up() {
        // The first unit of each layer passes on what it gets, doubled in the last one.
        let (mut one, mut two) = ([0.0; FEATURES], [0.0; UNITS]);
        (one[6], two[0]) = (1.0, 1.0);
        let mut head = Head {
            first: [([0.0; FEATURES], -1.0); UNITS],
            second: [([0.0; UNITS], -1.0); UNITS],
            last: ([0.0; UNITS], 0.5),
        };
        (head.first[0], head.second[0], head.last.0[0]) = ((one, 0.0), (two, 0.0), 2.0);
        let cut = |left| Cut {
            transmission: 6.0_f64,
            solved: 7,
            left,
            slices_left: 10,
        };
        // h = 0.02·(2·10/40 + 1/2)
        assert!((head.transmission(&cut(50)) - 3.0).abs() < 1e-15);
        assert_eq!(head.transmission(&cut(0)), 6.0);
        // A resistance is not negative.
        head.last.1 = -2.0;
        assert_eq!(head.transmission(&cut(50)), 6.0);
    }
}
