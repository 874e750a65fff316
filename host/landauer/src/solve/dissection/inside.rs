//! Maps of the inside of strips, one in each lane of a vector.

use pulp::bytemuck::cast_slice;
use pulp::{Simd, WithSimd};

use super::batch::{Image, transpose};
use super::factors::Factors;
use super::greens::{self, Incoming, Scatter, States};
use super::interior::Interior;
use super::lanes::Lane;
use super::leads::{LaneLeads, Leads};
use super::memory::Memory;
use super::plan::Plan;
use super::product::Pair;
use super::regions::{Region, Regions};
use super::sums::{Add, Columns, Residual, Sums, sum_parts, weights};
use super::waves::{Amplitudes, COLUMNS, CarryIn, Waves};
use crate::system::StripSize;

/// What is wanted of the inside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Of the states that come from the left lead, or from the right.
    pub(crate) states: [bool; 2],
    /// The current of the states from the left, or from the right.
    pub(crate) current: [bool; 2],
    /// The derivative of T.
    pub(crate) gradient: bool,
}

/// What is found inside one strip. What is not wanted is empty.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Inside {
    pub(crate) transmission: f64,
    /// By how much the squares of rounding errors may have grown.
    pub(crate) growth: f64,
    /// How far current is from being conserved at a site of the ends, at most.
    pub(crate) defect: f64,
    /// The largest |(E − H) ψ| at a site between the ends, ψ being a mixture of all states, and of the terms that it is a
    /// sum of; NaNs are passed over.
    pub(crate) residual: [f64; 2],
    /// Σ|ψ|² of the states from the left, and from the right, `[slice, row]`.
    pub(crate) densities: [Vec<f64>; 2],
    /// dT/d onsite, `[slice, row]`.
    pub(crate) gradient: Vec<f64>,
    /// The current from each site to the same row of the next slice, and to the next row, `[slice, row]`.
    pub(crate) current: [Vec<f64>; 2],
    /// The current through each cross-section of the states from the left, and from the right.
    pub(crate) sections: [Vec<f64>; 2],
}

/// Strips at one energy, at most a vector of them.
pub(crate) struct InsideBatch<'b> {
    pub(crate) plan: &'b Plan,
    pub(crate) regions: &'b Regions,
    pub(crate) leads: &'b Leads<f64>,
    pub(crate) incoming: &'b Incoming,
    /// Each strip's on-site energies, `[slice, row]`, and how to look at them.
    pub(crate) strips: &'b [(&'b [f64], Image)],
    pub(crate) wanted: Wanted,
    pub(crate) memory: &'b mut Memory<f64>,
}

/// Vectors of working memory that maps need.
pub(crate) fn workspace(plan: &Plan, regions: &Regions) -> usize {
    parts(plan, regions).iter().sum()
}

/// Vectors that they need at least: what can be told without a plan.
pub(crate) fn least_workspace(size: StripSize) -> usize {
    let width = size.width();
    let ends = greens::workspace(width, width.saturating_mul(2)).saturating_mul(2);
    size.sites().saturating_mul(COLUMNS).saturating_add(ends)
}

/// On-site energies; arena; a front's rows, or what the ends need; factors; amplitudes of a region, and between all of them; sums.
fn parts(plan: &Plan, regions: &Regions) -> [usize; 7] {
    let side = plan.ends.sites.len();
    let ends = (2 * greens::workspace(plan.size.width(), side)).max(plan.largest);
    [
        plan.size.sites().next_multiple_of(2),
        plan.arena.next_multiple_of(2),
        ends.next_multiple_of(2),
        2 * regions.places.len(),
        regions.largest * COLUMNS,
        Columns::max_blocks(plan.size.width()) * regions.between * COLUMNS,
        sum_parts(plan.size).iter().sum(),
    ]
}

impl WithSimd for InsideBatch<'_> {
    type Output = Vec<Inside>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<Inside> {
        let plan = self.plan;
        let [sites, arena, scratch, factors, own, between, _] = parts(plan, self.regions);
        let width = plan.size.width();
        let vectors = self.memory.vectors::<S>(workspace(plan, self.regions));
        let (onsite, rest) = vectors.split_at_mut(sites);
        let (arena, rest) = rest.split_at_mut(arena);
        let (scratch, rest) = rest.split_at_mut(scratch);
        let (factors, rest) = rest.split_at_mut(factors);
        let (own, rest) = rest.split_at_mut(own);
        let (between, sums) = rest.split_at_mut(between);
        let scratch = scratch.as_chunks_mut().0;
        let factors = factors.as_chunks_mut().0;
        let [own, between] = [own, between].map(|vectors| {
            let pairs = vectors.as_chunks_mut::<2>().0;
            pairs.as_chunks_mut::<{ COLUMNS / 2 }>().0
        });
        let onsite = &mut onsite[..plan.size.sites()];
        transpose::<S, f64>(width, self.strips, onsite);
        let leads = LaneLeads::Same(self.leads);
        let zero = f64::splat(simd, 0.0);
        let mut growth = zero;
        simd.vectorize(Interior::<S, f64> {
            simd,
            plan,
            leads,
            onsite,
            arena,
            rows: scratch,
            growth: &mut growth,
            factors: Some(Factors {
                places: &self.regions.places,
                panels: factors,
            }),
        });
        let side = plan.ends.sites.len();
        let mut states = States::new(simd, [width, side], self.incoming.count(), scratch);
        let ends = simd.vectorize(Scatter::<S, f64> {
            states: &mut states,
            incoming: self.incoming,
            matrix: &arena[..plan.ends.len()],
            stride: plan.ends.stride(),
            leads,
            growth: &mut growth,
            mixes: self.wanted.gradient,
        });
        sums.fill(zero);
        for lead in (0..2).filter(|&lead| self.wanted.states[lead]) {
            let inwards = Inwards {
                simd,
                plan,
                regions: self.regions,
                columns: Columns {
                    lead,
                    is_mixed: lead == 1 && self.wanted.gradient,
                },
                modes: self.incoming.count(),
                current: self.wanted.current[lead],
                factors,
                own: &mut *own,
                between: &mut *between,
                sums: &mut *sums,
            };
            inwards.run(&states);
        }
        let residual = simd.vectorize(Residual::<S, f64> {
            simd,
            size: plan.size,
            energy: leads.energy(simd),
            onsite,
            state: Sums::new(plan.size, sums).mixture,
        });
        let scalars = [
            ends.transmission,
            growth,
            ends.defect,
            residual[0],
            residual[1],
        ];
        let sums = Sums::new(plan.size, sums);
        { 0..self.strips.len() }
            .map(|lane| unpack::<S>(lane, self.wanted, &scalars, &sums))
            .collect()
    }
}

/// The states of a lead on their way from the ends through all regions, where they are added up.
struct Inwards<'c, S: Simd> {
    simd: S,
    plan: &'c Plan,
    regions: &'c Regions,
    columns: Columns,
    /// How many propagate.
    modes: usize,
    current: bool,
    factors: &'c [Pair<S::f64s>],
    own: &'c mut [Amplitudes<S::f64s>],
    /// Of all modes, a block of columns after the other.
    between: &'c mut [Amplitudes<S::f64s>],
    sums: &'c mut [S::f64s],
}

impl<S: Simd> Inwards<'_, S> {
    #[inline(always)]
    fn run(mut self, states: &States<'_, S, f64>) {
        let regions = self.regions;
        let firsts = (0..self.modes).step_by(self.columns.modes());
        for (block, first) in firsts.clone().enumerate() {
            let between = &mut self.between[block * regions.between..][..regions.between];
            self.columns.write(states, &regions.ends, first, between);
            self.pass(&regions.top, block, first);
        }
        for region in &regions.below {
            for (block, first) in firsts.clone().enumerate() {
                self.pass(region, block, first);
            }
        }
    }

    /// A block of columns, of the modes from `first` on, in a region.
    #[inline(always)]
    fn pass(&mut self, region: &Region, block: usize, first: usize) {
        let pairs = self.columns.pairs(first, self.modes);
        let count = self.regions.between;
        let between = &mut self.between[block * count..][..count];
        self.simd.vectorize(CarryIn::<S, f64> {
            simd: self.simd,
            plan: self.plan,
            region,
            pairs,
            places: &self.regions.places,
            factors: self.factors,
            waves: Waves {
                between: &mut *between,
                own: &mut *self.own,
            },
        });
        self.simd.vectorize(Add::<S, f64> {
            simd: self.simd,
            size: self.plan.size,
            region,
            waves: Waves {
                between,
                own: &mut *self.own,
            },
            columns: self.columns,
            pairs,
            weights: weights((self.columns.lead * self.modes + first) * 4),
            current: self.current,
            sums: Sums::new(self.plan.size, self.sums),
        });
    }
}

/// What is found of one lane.
fn unpack<S: Simd>(
    lane: usize,
    wanted: Wanted,
    scalars: &[S::f64s; 5],
    sums: &Sums<'_, S::f64s>,
) -> Inside {
    let of = |is_wanted: bool, vectors: &[S::f64s]| {
        let vectors = if is_wanted { vectors } else { &[] };
        let scalars: &[f64] = cast_slice(vectors);
        let lanes = scalars.iter().skip(lane).step_by(f64::lanes::<S>());
        lanes.copied().collect::<Vec<f64>>()
    };
    let by_lead =
        |vectors: &[&mut [S::f64s]; 2]| [0, 1].map(|lead| of(wanted.states[lead], vectors[lead]));
    let current = wanted.current.contains(&true);
    let scalars = of(true, scalars);
    Inside {
        transmission: scalars[0],
        growth: scalars[1],
        defect: scalars[2],
        residual: [scalars[3], scalars[4]],
        densities: by_lead(&sums.densities),
        gradient: of(wanted.gradient, sums.gradient),
        current: [of(current, sums.along), of(current, sums.across)],
        sections: by_lead(&sums.sections),
    }
}
