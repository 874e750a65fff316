//! Pieces of the energy axis, and the rule that integrates over one.
//!
//! T(E) has a square root of the distance on either side of every energy at which a mode of the leads begins or ceases
//! to propagate. These energies are known exactly. Between two of them, a and b, the integration is over s from 0 to 1
//! with E = a + (b − a) s² (3 − 2s), in which √(E − a) and √(b − E) have no singularity left.
//!
//! A panel is one of 2^level equal parts of that range of s. Whatever is integrated, panels are the same, so that T is
//! found once for all measurements.

use std::f64::consts::FRAC_PI_2;

use super::window::{COMPONENTS, Components, Window};

/// Energies in a panel.
pub(super) const NODES: usize = 15;

/// Halvings at most: then energies beside an end of an interval are as near as numbers are.
pub(super) const MAX_LEVEL: u32 = 30;

/// Nodes of the Gauss–Kronrod rule of 15 points over [−1, 1], those above 0 and 0 itself, the largest first, and their
/// weights: R. Piessens et al., QUADPACK (Springer, 1983). Every second node, from the second on, is one of Gauss's rule
/// of 7 points, with the weight beside it.
const RULE: [(f64, f64, f64); 8] = [
    (0.991_455_371_120_812_6, 0.022_935_322_010_529_224, 0.0),
    (
        0.949_107_912_342_758_5,
        0.063_092_092_629_978_55,
        0.129_484_966_168_869_7,
    ),
    (0.864_864_423_359_769_1, 0.104_790_010_322_250_18, 0.0),
    (
        0.741_531_185_599_394_4,
        0.140_653_259_715_525_92,
        0.279_705_391_489_276_67,
    ),
    (0.586_087_235_467_691_1, 0.169_004_726_639_267_9, 0.0),
    (
        0.405_845_151_377_397_2,
        0.190_350_578_064_785_4,
        0.381_830_050_505_118_9,
    ),
    (0.207_784_955_007_898_47, 0.204_432_940_075_298_9, 0.0),
    (0.0, 0.209_482_141_084_727_82, 0.417_959_183_673_469_4),
];

/// Node number `number`, its weight in the rule of 15 points, and that in the rule of 7.
fn rule(number: usize) -> (f64, f64, f64) {
    let place = number.min(NODES - 1 - number);
    let (node, kronrod, gauss) = RULE[place];
    (
        if number < NODES / 2 { -node } else { node },
        kronrod,
        gauss,
    )
}

/// An interval of energies in which as many modes propagate everywhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Interval {
    /// Its ends, the lower one first.
    pub(super) ends: [f64; 2],
    pub(super) modes: usize,
}

/// The intervals between the energies at which a mode of the leads begins (−2 − 2cos πj/(W+1)) or ceases
/// (2 − 2cos πj/(W+1)) to propagate, from the lowest one on: outside of them no mode does.
pub(super) fn intervals(width: usize) -> Vec<Interval> {
    let half_angle = |j: usize| FRAC_PI_2 * j as f64 / (width + 1) as f64;
    // By half angles, so that nothing cancels.
    let upper = |j: usize| {
        let sine = libm::sin(half_angle(j));
        4.0 * sine * sine
    };
    let lower = (1..=width).rev().map(|j| -upper(j));
    let edges: Vec<f64> = lower.chain((1..=width).map(upper)).collect();
    let pairs = edges.windows(2).enumerate();
    pairs
        .map(|(number, pair)| Interval {
            ends: [pair[0], pair[1]],
            modes: (number + 1).min(edges.len() - 1 - number),
        })
        .collect()
}

/// The part of some intervals between two energies.
pub(super) fn clipped(intervals: &[Interval], [from, to]: [f64; 2]) -> Vec<Interval> {
    let parts = intervals.iter().map(|interval| Interval {
        ends: [interval.ends[0].max(from), interval.ends[1].min(to)],
        ..*interval
    });
    parts
        .filter(|interval| interval.ends[0] < interval.ends[1])
        .collect()
}

/// A part of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Panel {
    /// The bits of the interval's ends.
    interval: [u64; 2],
    level: u32,
    index: u64,
}

/// An integral over a panel, and its estimated error.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Sums {
    pub(super) values: Components,
    pub(super) errors: Components,
}

impl Panel {
    /// All of an interval.
    pub(super) fn of(interval: Interval) -> Self {
        Self {
            interval: interval.ends.map(f64::to_bits),
            level: 0,
            index: 0,
        }
    }

    pub(super) const fn level(self) -> u32 {
        self.level
    }

    /// Its halves in s, the lower one first.
    pub(super) fn halves(self) -> [Self; 2] {
        let half = |index| Self {
            level: self.level + 1,
            index,
            ..self
        };
        [half(2 * self.index), half(2 * self.index + 1)]
    }

    /// The energies of its ends.
    pub(super) fn ends(self) -> [f64; 2] {
        [0.0, 1.0].map(|part| self.at(part).0)
    }

    /// Its energies.
    pub(super) fn nodes(self) -> [f64; NODES] {
        std::array::from_fn(|number| self.at(0.5 + 0.5 * rule(number).0).0)
    }

    /// The energy at a part of the panel between 0 and 1, and its derivative by that part.
    fn at(self, part: f64) -> (f64, f64) {
        let [begin, end] = self.interval.map(f64::from_bits);
        let panels = (1_u64 << self.level) as f64;
        let s = (self.index as f64 + part) / panels;
        // Not 1 − s, which would lose digits near 1.
        let rest = (((1_u64 << self.level) - self.index) as f64 - part) / panels;
        let length = end - begin;
        let energy = if s < 0.5 {
            begin + length * s * s * (3.0 - 2.0 * s)
        } else {
            end - length * rest * rest * (3.0 - 2.0 * rest)
        };
        (energy, 6.0 * length * s * rest / panels)
    }

    /// The integral of T times the weights of a window, from T at the [nodes](Self::nodes): by the rule of 15 points,
    /// with its distance from the rule of 7 for its error, which is usually far smaller.
    pub(super) fn integrate(self, transmissions: &[f64; NODES], window: Window) -> Sums {
        let (mut values, mut differences) = ([0.0; COMPONENTS], [0.0; COMPONENTS]);
        for (number, transmission) in transmissions.iter().enumerate() {
            let (node, kronrod, gauss) = rule(number);
            let (energy, slope) = self.at(0.5 + 0.5 * node);
            let weights = window.weights(energy);
            for ((value, difference), weight) in
                values.iter_mut().zip(&mut differences).zip(weights)
            {
                // The nodes' range is twice as long as the part's.
                let product = 0.5 * transmission * weight * slope;
                *value += kronrod * product;
                *difference += (kronrod - gauss) * product;
            }
        }
        Sums {
            values,
            errors: differences.map(f64::abs),
        }
    }
}

#[cfg(test)]
mod tests {
    use landauer_core::transport::Lead;

    use super::*;

    /// 1 over all of an interval.
    const FLAT: Window = Window::Sharp {
        fermi: 0.0,
        voltage: 1.0,
    };

    #[test]
    fn the_rules_are_exact_for_polynomials() {
        for degree in 0..=23 {
            let (mut kronrod_sum, mut gauss_sum) = (0.0, 0.0);
            for number in 0..NODES {
                let (node, kronrod, gauss) = rule(number);
                kronrod_sum += kronrod * node.powi(degree);
                gauss_sum += gauss * node.powi(degree);
            }
            let expected = if degree % 2 == 0 {
                2.0 / f64::from(degree + 1)
            } else {
                0.0
            };
            assert!((kronrod_sum - expected).abs() < 1e-15, "{degree}");
            if degree <= 13 {
                assert!((gauss_sum - expected).abs() < 1e-15, "{degree}");
            }
        }
    }

    #[test]
    fn square_roots_at_the_ends_of_an_interval_do_no_harm() {
        let interval = Interval {
            ends: [-0.7, 0.9],
            modes: 1,
        };
        let panel = Panel::of(interval);
        let nodes = panel.nodes();
        let sum = |f: fn(f64) -> f64| panel.integrate(&nodes.map(f), FLAT).values[0];
        let two_thirds = 2.0 / 3.0 * 1.6_f64.powf(1.5);
        assert!((sum(|e| (e + 0.7).sqrt()) - two_thirds).abs() < 1e-9);
        assert!((sum(|e| (0.9 - e).sqrt()) - two_thirds).abs() < 1e-9);
        assert!((sum(|_| 1.0) - 1.6).abs() < 1e-14);
        // The halves are the whole.
        let [lower, upper] = panel.halves();
        assert_eq!(panel.ends(), [-0.7, 0.9]);
        assert_eq!((lower.ends()[0], upper.ends()[1]), (-0.7, 0.9));
        assert!((lower.ends()[1] - 0.1).abs() < 1e-15 && lower.ends()[1] == upper.ends()[0]);
        let deep = (0..MAX_LEVEL).fold(panel, |panel, _| panel.halves()[1]);
        assert!(deep.nodes().iter().all(|&e| e > 0.899_999 && e <= 0.9));
    }

    #[test]
    fn intervals_have_as_many_propagating_modes_everywhere() {
        for width in [1, 2, 5, 40, 41] {
            let all = intervals(width);
            assert_eq!(all.len(), 2 * width - 1);
            for interval in &all {
                let [from, to] = interval.ends;
                for part in [1e-6, 0.5, 1.0 - 1e-6] {
                    let lead = Lead::new(width, from + part * (to - from)).unwrap();
                    assert_eq!(lead.propagating_modes(), interval.modes, "{interval:?}");
                }
            }
        }
        let parts = clipped(&intervals(2), [-1.5, 0.25]);
        let ends: Vec<_> = parts.iter().map(|part| part.ends).collect();
        assert_eq!(ends.len(), 2);
        assert_eq!((ends[0][0], ends[1][1]), (-1.5, 0.25));
        assert_eq!((parts[0].modes, parts[1].modes), (1, 2));
    }
}
