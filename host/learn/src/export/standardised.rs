//! A first layer that reads standardised sites: the integers that it reads are the species, and the
//! mean and the scale at the impurity count go into its bias and its multipliers.
//!
//! With q integer weights, v integer species, u what 1 of a sum stands for, and at count n the mean
//! μ and the scale s, a row is s·(u·Σ q·v − μ·Σ w) + b = s·u·(Σ q·v − μ·Σ q / step + b / (s·u)):
//! nothing is lost where s is large.

use landauer_core::inference::format::{Activation, Curves, Nodes, Requantise};

use super::lower::{MULTIPLIER_LIMIT, Quantised, multipliers, nearest, node_step};
use super::{FloatAffine, FloatInput, Program};

/// Units of a mixture's functions.
const UNIT: f64 = 1_073_741_824.0;

/// Largest error of straight lines in the place of a function, as a share of its largest value.
const TOLERANCE: f64 = 2e-5;

/// Mean and scale by the impurity count.
pub(super) struct Standardised {
    mean: Vec<f64>,
    /// The scale, in units of its largest value.
    scale: Vec<f64>,
    largest: f64,
    /// 1/s.
    inverse: Vec<f64>,
    step: u8,
}

impl Standardised {
    /// None if the input is not standardised.
    pub(super) fn new(input: &FloatInput) -> Option<Self> {
        let FloatInput::Standardised { mean, scale, .. } = input else {
            return None;
        };
        let wide = |list: &[f32]| -> Vec<f64> { list.iter().copied().map(f64::from).collect() };
        let (mean, mut scale) = (wide(mean), wide(scale));
        let largest = scale.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        let inverse = scale.iter().map(|scale| 1.0 / scale).collect();
        for scale in &mut scale {
            *scale /= largest;
        }
        let sites = mean.len().saturating_sub(1);
        let step = node_step(&[&mean, &scale, &inverse], sites, TOLERANCE);
        Some(Self {
            mean,
            scale,
            largest,
            inverse,
            step,
        })
    }

    /// The largest scale.
    pub(super) const fn largest(&self) -> f64 {
        self.largest
    }

    /// Functions with values of at most 1, one after the other.
    fn basis(&self, program: &mut Program, functions: &[&Vec<f64>]) -> Nodes {
        let sites = self.mean.len().saturating_sub(1);
        let nodes = (sites >> self.step) + 2;
        let values = functions.iter().flat_map(|table| {
            (0..nodes).map(|node| {
                let count = (node << self.step).min(sites);
                nearest(table[count] * UNIT, MULTIPLIER_LIMIT)
            })
        });
        let values: Vec<i32> = values.collect();
        Nodes {
            nodes: u16::try_from(nodes).unwrap_or(u16::MAX),
            step: self.step,
            values: program.integers(&values),
        }
    }

    /// The bias of each row, in units of its sums.
    pub(super) fn bias(
        &self,
        program: &mut Program,
        affine: &FloatAffine,
        quantised: &Quantised,
        input_step: f64,
    ) -> Curves {
        let rows = quantised.steps.iter().zip(&quantised.sums);
        let coefficients = rows.zip(&affine.bias).flat_map(|((step, &sum), &bias)| {
            [
                -(sum as f64) / input_step,
                f64::from(bias) / (step * input_step),
            ]
        });
        let coefficients: Vec<i32> = coefficients
            .map(|number| nearest(number, MULTIPLIER_LIMIT))
            .collect();
        let coefficients = program.integers(&coefficients);
        let basis = self.basis(program, &[&self.mean, &self.inverse]);
        let curves = u32::try_from(quantised.steps.len()).unwrap_or(u32::MAX);
        Curves::mixture(curves, 2, coefficients, basis)
    }

    /// The multipliers: `factors` would be those of inputs that are not standardised.
    pub(super) fn requantise(&self, program: &mut Program, factors: &[f64]) -> Requantise {
        let factors: Vec<f64> = factors.iter().map(|factor| factor * self.largest).collect();
        let (coefficients, left) = multipliers(&factors);
        let coefficients = program.integers(&coefficients);
        let basis = self.basis(program, &[&self.scale]);
        let curves = u32::try_from(factors.len()).unwrap_or(u32::MAX);
        Requantise {
            multiplier: Curves::mixture(curves, 1, coefficients, basis),
            left,
            activation: Activation::Relu,
        }
    }
}
