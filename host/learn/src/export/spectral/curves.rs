//! Functions of the impurity count, as core has them.

use landauer_core::inference::format::{Activation, Curves, Nodes, Requantise};

use super::super::Program;
use super::super::lower::{MULTIPLIER_LIMIT, nearest};
use super::super::range::left_shift;
use super::float::weights;
use crate::training::fast::spectral::NODES;

/// What the basis of mixtures counts in.
const ONE: f64 = 1_073_741_824.0;

/// Largest error of straight lines in the place of a function, in units of its largest value.
const TOLERANCE: f64 = 1e-3;

/// The same where a sum over the whole strip multiplies it.
const FINE: f64 = 1e-6;

/// The counts at which the network has a say, and the functions of them.
pub(super) struct Counts {
    /// The largest one: functions stay as they are beyond.
    pub(super) largest: usize,
    /// Sites of the strip.
    pub(super) sites: usize,
}

impl Counts {
    pub(super) fn share(&self, count: usize) -> f64 {
        count as f64 / self.sites as f64
    }

    /// Nodes of functions, as far apart as the tolerance allows.
    fn nodes(&self, program: &mut Program, functions: &[Vec<f64>], tolerance: f64) -> Nodes {
        let largest_step = (1..=8).rev();
        let mut steps = largest_step.filter(|&step| {
            let close = |function: &Vec<f64>| self.error(function, step) <= tolerance;
            functions.iter().all(close)
        });
        let step = steps.next().unwrap_or(0);
        let last = self.largest.div_ceil(1 << step);
        let node = |function: &[f64], node: usize| {
            let count = (node << step).min(self.largest);
            nearest(function[count], MULTIPLIER_LIMIT)
        };
        let values = functions.iter();
        let values = values.flat_map(|function| (0..=last).map(|number| node(function, number)));
        let values: Vec<i32> = values.collect();
        Nodes {
            nodes: u16::try_from(last + 1).unwrap_or(u16::MAX),
            step,
            values: program.integers(&values),
        }
    }

    /// How far lines between nodes at such a distance are from a function.
    fn error(&self, function: &[f64], step: u8) -> f64 {
        let width = 1 << step;
        let errors = (0..=self.largest).map(|count| {
            let (node, beyond) = (count / width * width, count % width);
            let next = (node + width).min(self.largest);
            let rise = function[next] - function[node];
            (function[node] + rise * beyond as f64 / width as f64 - function[count]).abs()
        });
        errors.fold(0.0, f64::max)
    }

    /// A table of a function, in units of its largest value, and that value.
    fn table(&self, function: impl Fn(f64) -> f64) -> (Vec<f64>, f64) {
        let counts = 0..=self.largest;
        let table: Vec<f64> = counts.map(|count| function(self.share(count))).collect();
        let largest = table
            .iter()
            .fold(0.0_f64, |most, value| most.max(value.abs()));
        let largest = if largest > 0.0 { largest } else { 1.0 };
        (
            table.into_iter().map(|value| value / largest).collect(),
            largest,
        )
    }

    /// The curves' nodes of the network: what their mixtures are made of.
    pub(super) fn basis(&self, program: &mut Program) -> Nodes {
        let function = |node: usize| {
            let counts = 0..=self.largest;
            let weight = |count| weights(self.share(count)).nth(node).unwrap_or(0.0);
            counts.map(|count| weight(count) * ONE).collect()
        };
        let functions: Vec<Vec<f64>> = (0..NODES).map(function).collect();
        self.nodes(program, &functions, TOLERANCE * ONE)
    }

    /// factor\[row\]·function(share), every count for itself: deviations are small.
    pub(super) fn multiples(
        &self,
        program: &mut Program,
        factors: &[f64],
        function: impl Fn(f64) -> f64,
    ) -> Curves {
        let (table, largest) = self.table(function);
        let table: Vec<f64> = table.into_iter().map(|value| value * ONE).collect();
        let basis = self.nodes(program, &[table], FINE * ONE);
        let factors = factors.iter();
        let coefficients = factors.map(|factor| nearest(factor * largest, MULTIPLIER_LIMIT));
        let coefficients: Vec<i32> = coefficients.collect();
        let curves = u32::try_from(coefficients.len()).unwrap_or(u32::MAX);
        Curves::mixture(curves, 1, program.integers(&coefficients), basis)
    }

    /// Straight lines, for each row its value without impurities and what a share of 1 adds.
    pub(super) fn straight(&self, program: &mut Program, rows: &[(f64, f64)]) -> Curves {
        let step = self.sites.max(1).next_power_of_two().ilog2().min(15);
        let last = (self.sites >> step) + 1;
        let values = rows.iter().flat_map(|(constant, slope)| {
            let shares = (0..=last).map(|node| self.share(node << step));
            shares.map(move |share| nearest(constant + slope * share, MULTIPLIER_LIMIT))
        });
        let values: Vec<i32> = values.collect();
        let nodes = Nodes {
            nodes: u16::try_from(last + 1).unwrap_or(u16::MAX),
            step: u8::try_from(step).unwrap_or(u8::MAX),
            values: program.integers(&values),
        };
        Curves::lines(u32::try_from(rows.len()).unwrap_or(u32::MAX), nodes)
    }

    /// One multiplier for all rows, factor·function(share).
    pub(super) fn requantise(
        &self,
        program: &mut Program,
        factor: f64,
        function: impl Fn(f64) -> f64,
    ) -> Requantise {
        let (table, largest) = self.table(function);
        let (left, unit) = left_shift(factor * largest);
        let most = factor * largest * unit;
        let table: Vec<f64> = table.iter().map(|value| value * most).collect();
        let nodes = self.nodes(program, &[table], FINE * most);
        Requantise {
            multiplier: Curves::lines(1, nodes),
            left,
            activation: Activation::Identity,
        }
    }
}

/// Mixtures of the network's nodes, `[curve][node]`, in some unit.
pub(super) fn mixtures(
    program: &mut Program,
    basis: Nodes,
    curves: &[Vec<f64>],
    unit: f64,
) -> Curves {
    let coefficients = curves.iter().flatten();
    let coefficients = coefficients.map(|value| nearest(value * unit, MULTIPLIER_LIMIT));
    let coefficients: Vec<i32> = coefficients.collect();
    let number = u32::try_from(curves.len()).unwrap_or(u32::MAX);
    let terms = u8::try_from(NODES).unwrap_or(u8::MAX);
    Curves::mixture(number, terms, program.integers(&coefficients), basis)
}
