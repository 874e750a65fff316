//! The leads' self-energies at one energy.

use landauer_core::Scalar;
use landauer_core::transport::Lead;

use super::plan::Plan;
use crate::solve::transverse::TransverseModes;

/// What the leads' stage needs to know of one energy, for all samples.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Leads<R> {
    /// The energy in units of t.
    pub(super) energy: R,
    /// E − H − Re Σ between the ends' unknowns but for the on-site energies, above the diagonal,
    /// `[row, column]`.
    pub(super) matrix: Vec<R>,
    /// −Im Σ of one lead, `[row, row]`.
    pub(super) drain: Vec<R>,
    pub(super) propagating_modes: usize,
}

impl<R: Scalar> Leads<R> {
    pub(super) fn new(plan: &Plan, lead: Lead<f64>) -> Self {
        let width = plan.size.width();
        let (shift, drain) = self_energy(lead);
        let (stride, unknowns) = (plan.ends.stride(), plan.ends.sites.len());
        let mut matrix = vec![0.0; plan.ends.len()];
        for row in 0..unknowns {
            matrix[row * stride + row] = lead.energy();
        }
        for &(row, column) in &plan.ends.hoppings {
            matrix[row * stride + column] = 1.0;
        }
        for begin in [0, unknowns - width] {
            for row in 0..width {
                for column in row..width {
                    matrix[(begin + row) * stride + begin + column] += shift[row * width + column];
                }
            }
        }
        let round = |values: Vec<f64>| values.into_iter().map(R::from_f64).collect();
        Self {
            energy: R::from_f64(lead.energy()),
            matrix: round(matrix),
            drain: round(drain),
            propagating_modes: lead.propagating_modes(),
        }
    }
}

impl Leads<f64> {
    /// No leads, for the interior alone.
    pub(super) fn detached(plan: &Plan, energy: f64) -> Self {
        Self {
            energy,
            matrix: vec![0.0; plan.ends.len()],
            drain: Vec::new(),
            propagating_modes: 0,
        }
    }
}

/// −Re Σ and −Im Σ, `[row, row]`: Σ = −Σ_j φ_j exp(ik_j) φ_j, φ_j the transverse modes.
fn self_energy(lead: Lead<f64>) -> (Vec<f64>, Vec<f64>) {
    let width = lead.width();
    let modes = TransverseModes::new(width);
    let mut shift = vec![0.0; width * width];
    let mut drain = vec![0.0; width * width];
    for j in 0..width {
        let (re, im) = lead.surface_factor(j);
        for row in 0..width {
            for column in 0..width {
                let product = modes.at(j, row) * modes.at(j, column);
                shift[row * width + column] += re * product;
                drain[row * width + column] += im * product;
            }
        }
    }
    (shift, drain)
}
