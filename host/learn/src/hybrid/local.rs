//! Fits the regression of a rung whose strips are solved to the end: least absolute deviations by
//! iteratively reweighted least squares.

/// Repetitions of the weighted fit.
const REPETITIONS: usize = 30;

/// Errors below this, in G0, weigh no more: the weights are their reciprocals.
const MIN_ERROR: f64 = 1e-3;

/// Added to the diagonal, for nodes where nothing is transmitted and any coefficient would do.
const RIDGE: f64 = 1e-3;

/// Nodes on the axis of the impurity count, 2^step apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    pub(super) nodes: usize,
    pub(super) step: u8,
}

impl Axis {
    /// From no impurity to an impurity on each of `sites` sites.
    pub(super) fn up_to(sites: usize, step: u8) -> Self {
        let nodes = (sites >> step) + 2;
        Self { nodes, step }
    }

    /// The node before a count, and how far beyond it the count is.
    fn place(self, count: u32) -> (usize, f64) {
        let distance = 1_u32 << self.step;
        let node = ((count / distance) as usize).min(self.nodes.saturating_sub(2));
        let beyond = f64::from(count) / f64::from(distance) - node as f64;
        (node, beyond)
    }
}

/// The coefficients `[function, node]`: a constant, and one for each transmission; `rows` are counts,
/// transmissions and exact values.
pub(super) fn fit<'r>(
    axis: Axis,
    rows: &(impl Iterator<Item = (u32, &'r [f64], f64)> + Clone),
    transmissions: usize,
) -> Vec<f64> {
    let functions = transmissions + 1;
    let mut coefficients = vec![0.0; functions * axis.nodes];
    for repetition in 0..REPETITIONS {
        let mut equations = Banded::new(functions * axis.nodes, 2 * functions);
        for (count, values, exact) in rows.clone() {
            let (node, beyond) = axis.place(count);
            // Unknowns lie node by node, so that neighbours are near each other.
            let first = node * functions;
            let mut design = Vec::with_capacity(2 * functions);
            for share in [1.0 - beyond, beyond] {
                design.push(share);
                design.extend(values.iter().map(|value| share * value));
            }
            let weight = if repetition == 0 {
                1.0
            } else {
                let unknowns = coefficients.iter().skip(first);
                let found: f64 = design.iter().zip(unknowns).map(|(x, c)| x * c).sum();
                1.0 / (exact - found).abs().max(MIN_ERROR)
            };
            equations.add(first, &design, weight, exact);
        }
        coefficients = equations.solve();
    }
    let by_function = (0..functions).flat_map(|function| {
        let nodes = coefficients.iter().skip(function);
        nodes.step_by(functions).copied()
    });
    by_function.collect()
}

/// Normal equations whose matrix has a band.
struct Banded {
    /// Row i: elements (i, i), (i, i + 1), … of the upper half.
    rows: Vec<Vec<f64>>,
    right: Vec<f64>,
}

impl Banded {
    fn new(unknowns: usize, band: usize) -> Self {
        let mut rows = vec![vec![0.0; band]; unknowns];
        for row in &mut rows {
            row[0] = RIDGE;
        }
        let right = vec![0.0; unknowns];
        Self { rows, right }
    }

    fn add(&mut self, first: usize, design: &[f64], weight: f64, exact: f64) {
        for (i, x) in design.iter().enumerate() {
            let weighted = weight * x;
            let (Some(row), Some(right)) =
                (self.rows.get_mut(first + i), self.right.get_mut(first + i))
            else {
                return;
            };
            *right += weighted * exact;
            for (slot, y) in row.iter_mut().zip(design.get(i..).unwrap_or_default()) {
                *slot += weighted * y;
            }
        }
    }

    /// By the factors L D Lᵀ; the ridge keeps D positive.
    fn solve(mut self) -> Vec<f64> {
        let count = self.rows.len();
        for i in 0..count {
            let row = self.rows[i].clone();
            let pivot = row[0];
            for (k, &element) in row.iter().enumerate().skip(1) {
                if i + k >= count {
                    break;
                }
                let factor = element / pivot;
                let right = self.right[i];
                self.right[i + k] -= factor * right;
                for (slot, &other) in self.rows[i + k]
                    .iter_mut()
                    .zip(row.get(k..).unwrap_or_default())
                {
                    *slot -= factor * other;
                }
            }
        }
        for i in (0..count).rev() {
            let known: f64 = (1..self.rows[i].len())
                .take_while(|k| i + k < count)
                .map(|k| self.rows[i][k] * self.right[i + k])
                .sum();
            self.right[i] = (self.right[i] - known) / self.rows[i][0];
        }
        self.right
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_piecewise_linear_is_found_despite_outliers() {
        let axis = Axis::up_to(32, 3);
        // Coefficients that change with the count, and one value in ten that is far off.
        let row = |number: u32| {
            let count = number % 33;
            let t = [f64::from(number * 7 % 11), f64::from(number * 5 % 13) / 4.0];
            let n = f64::from(count) / 8.0;
            let exact = 0.5 * n + (1.0 - 0.1 * n) * t[0] + 2.0 * t[1];
            let off = if number.is_multiple_of(10) { 50.0 } else { 0.0 };
            (count, t, exact + off)
        };
        let rows: Vec<_> = (0..4000).map(row).collect();
        let borrowed = rows
            .iter()
            .map(|(count, t, exact)| (*count, &t[..], *exact));
        let found = fit(axis, &borrowed, 2);
        assert_eq!(found.len(), 3 * axis.nodes);
        for node in 0..5 {
            let n = node as f64;
            let expected = [0.5 * n, 1.0 - 0.1 * n, 2.0];
            for (function, expected) in expected.into_iter().enumerate() {
                let found = found[function * axis.nodes + node];
                assert!(
                    (found - expected).abs() < 0.01,
                    "{found} instead of {expected}"
                );
            }
        }
    }
}
