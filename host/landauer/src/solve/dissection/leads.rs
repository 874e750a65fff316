//! The leads' self-energies at one energy.

use landauer_core::Scalar;
use landauer_core::transport::Lead;
use pulp::Simd;

use super::lanes::Lane;
use super::plan::Plan;
use crate::solve::transverse::self_energy;

/// What the leads' stage needs to know of one energy, for all samples.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Leads<R> {
    /// The energy in units of t.
    pub(super) energy: R,
    /// E − H − Re Σ between the ends' unknowns but for the on-site energies, above the diagonal,
    /// `[row, column]`.
    pub(super) matrix: Vec<R>,
    /// −Im Σ of one lead, `[row, row]`.
    pub(super) drain: Vec<R>,
    pub(crate) propagating_modes: usize,
}

impl<R: Scalar> Leads<R> {
    pub(crate) fn new(plan: &Plan, lead: Lead<f64>) -> Self {
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

/// The leads of a vector's lanes.
#[derive(Clone, Copy)]
pub(super) enum LaneLeads<'l, S: Simd, R: Lane> {
    /// All lanes are at one energy.
    Same(&'l Leads<R>),
    /// Each has its own.
    Each(&'l EachLeads<S, R>),
}

/// [`Leads`] of which each lane has its own.
pub(super) struct EachLeads<S: Simd, R: Lane> {
    energy: R::V<S>,
    matrix: Vec<R::V<S>>,
    drain: Vec<R::V<S>>,
}

impl<S: Simd, R: Lane> EachLeads<S, R> {
    /// Those of a plan of `matrix` and `drain` numbers.
    pub(super) fn new(simd: S, matrix: usize, drain: usize) -> Self {
        let zero = R::splat(simd, R::ZERO);
        Self {
            energy: zero,
            matrix: vec![zero; matrix],
            drain: vec![zero; drain],
        }
    }

    /// Gives the lanes the energies of these leads; those without one repeat the last.
    pub(super) fn set(&mut self, leads: &[&Leads<R>]) {
        let Some(&last) = leads.last() else { return };
        let lanes = R::lanes::<S>();
        for lane in 0..lanes {
            let leads = leads.get(lane).copied().unwrap_or(last);
            set_lane::<S, R>(
                std::slice::from_mut(&mut self.energy),
                lane,
                &[leads.energy],
            );
            set_lane::<S, R>(&mut self.matrix, lane, &leads.matrix);
            set_lane::<S, R>(&mut self.drain, lane, &leads.drain);
        }
    }
}

/// Gives one lane of vectors these values.
fn set_lane<S: Simd, R: Lane>(vectors: &mut [R::V<S>], lane: usize, values: &[R]) {
    let scalars: &mut [R] = pulp::bytemuck::cast_slice_mut(vectors);
    let slots = scalars.iter_mut().skip(lane).step_by(R::lanes::<S>());
    for (slot, &value) in slots.zip(values) {
        *slot = value;
    }
}

impl<S: Simd, R: Lane> LaneLeads<'_, S, R> {
    #[inline(always)]
    pub(super) fn energy(self, simd: S) -> R::V<S> {
        match self {
            Self::Same(leads) => R::splat(simd, leads.energy),
            Self::Each(leads) => leads.energy,
        }
    }

    /// An element of [`Leads::matrix`].
    #[inline(always)]
    pub(super) fn matrix(self, simd: S, at: usize) -> R::V<S> {
        match self {
            Self::Same(leads) => R::splat(simd, leads.matrix[at]),
            Self::Each(leads) => leads.matrix[at],
        }
    }

    /// An element of [`Leads::drain`].
    #[inline(always)]
    pub(super) fn drain(self, simd: S, at: usize) -> R::V<S> {
        match self {
            Self::Same(leads) => R::splat(simd, leads.drain[at]),
            Self::Each(leads) => leads.drain[at],
        }
    }
}

impl Leads<f64> {
    /// No leads, for the interior alone.
    pub(super) const fn detached(energy: f64) -> Self {
        Self {
            energy,
            matrix: Vec::new(),
            drain: Vec::new(),
            propagating_modes: 0,
        }
    }
}
