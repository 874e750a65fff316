//! Maps of the inside of strips, one in each lane of a vector.

use pulp::bytemuck::cast_slice;
use pulp::{Simd, WithSimd};

use super::backward::{self, Backward, MapVectors, Residual, map_parts};
use super::batch::{Image, transpose};
use super::factors::{FactorPlaces, Factors};
use super::greens::{self, Greens, Invert, Seed, Sow};
use super::interior::Interior;
use super::lanes::Lane;
use super::leads::{LaneLeads, Leads};
use super::memory::Memory;
use super::plan::Plan;
use crate::system::StripSize;

/// A map of one strip, as it was computed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FoundMap {
    /// `[slice, row]`.
    pub(crate) diagonal: Vec<f64>,
    /// From each site to the same row of the next slice, `[slice, row]`.
    pub(crate) along: Vec<f64>,
    /// From each site to the next row, `[slice, row]`.
    pub(crate) across: Vec<f64>,
    /// The largest |(E − H) M| at a site between the ends, and of the terms it is a sum of: NaNs are passed over.
    pub(crate) residual: [f64; 2],
}

/// What is found inside one strip.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Inside {
    pub(crate) transmission: f64,
    /// By how much the squares of rounding errors may have grown.
    pub(crate) growth: f64,
    /// What current conservation at the left end says T is.
    pub(crate) not_reflected: f64,
    /// One for each seed.
    pub(crate) maps: Vec<FoundMap>,
}

/// Strips at one energy, vector by vector.
pub(crate) struct InsideBatch<'b> {
    pub(crate) plan: &'b Plan,
    pub(crate) places: &'b FactorPlaces,
    pub(crate) leads: &'b Leads<f64>,
    /// At most a vector of each strip's on-site energies, `[slice, row]`, and how to look at them.
    pub(crate) strips: &'b [(&'b [f64], Image)],
    pub(crate) seeds: &'b [Seed],
    pub(crate) memory: &'b mut Memory<f64>,
}

/// Vectors of working memory that maps need.
pub(crate) fn workspace(plan: &Plan, places: &FactorPlaces) -> usize {
    parts(plan, places).iter().sum()
}

/// Vectors that they need at least: what can be told without a plan.
pub(crate) fn least_workspace(size: StripSize) -> usize {
    let width = size.width();
    let ends = 2 * greens::workspace(width, width.saturating_mul(2));
    size.sites().saturating_mul(3).saturating_add(ends)
}

/// On-site energies; arena; a front's rows, or what the ends or the way back need; factors; a map.
fn parts(plan: &Plan, places: &FactorPlaces) -> [usize; 5] {
    let side = plan.ends.sites.len();
    let scratch = (2 * greens::workspace(plan.size.width(), side)).max(plan.largest);
    [
        plan.size.sites().next_multiple_of(2),
        plan.arena.next_multiple_of(2),
        scratch.next_multiple_of(2) + 2 * backward::workspace(plan),
        2 * places.len(),
        map_parts(plan.size).iter().sum(),
    ]
}

impl WithSimd for InsideBatch<'_> {
    type Output = Vec<Inside>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<Inside> {
        let (plan, seeds) = (self.plan, self.seeds);
        let [sites, arena, scratch, factors, _] = parts(plan, self.places);
        let width = plan.size.width();
        let vectors = self.memory.vectors::<S>(workspace(plan, self.places));
        let (onsite, rest) = vectors.split_at_mut(sites);
        let (arena, rest) = rest.split_at_mut(arena);
        let (scratch, rest) = rest.split_at_mut(scratch);
        let (factors, map) = rest.split_at_mut(factors);
        let scratch = scratch.as_chunks_mut().0;
        let factors = factors.as_chunks_mut().0;
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
                places: self.places,
                panels: factors,
            }),
        });
        let side = plan.ends.sites.len();
        let (ends, back) = scratch.split_at_mut(greens::workspace(width, side));
        let mut greens = Greens::new(simd, width, side, ends);
        let (matrix, stride) = (plan.ends.len(), plan.ends.stride());
        simd.vectorize(Invert::<S, f64> {
            greens: &mut greens,
            matrix: &arena[..matrix],
            stride,
            leads,
            growth: &mut growth,
        });
        let transmission = greens.transmission();
        let not_reflected = f64::negate(simd, greens.reflected());
        let count = f64::lanes::<S>();
        let scalars = [transmission, growth, not_reflected];
        let scalars: &[f64] = cast_slice(&scalars);
        let mut found: Vec<Inside> = (0..self.strips.len())
            .map(|lane| Inside {
                transmission: scalars[lane],
                growth: scalars[count + lane],
                not_reflected: scalars[2 * count + lane],
                maps: Vec::with_capacity(seeds.len()),
            })
            .collect();
        for &seed in seeds {
            simd.vectorize(Sow::<S, f64> {
                greens: &mut greens,
                seed,
                matrix: &mut arena[..matrix],
                stride,
            });
            simd.vectorize(Backward::<S, f64> {
                simd,
                plan,
                places: self.places,
                factors,
                arena,
                scratch: back,
                is_antisymmetric: seed.is_antisymmetric(),
                map: map_vectors(plan, map),
            });
            let residual = simd.vectorize(Residual::<S, f64> {
                simd,
                size: plan.size,
                energy: leads.energy(simd),
                onsite,
                is_antisymmetric: seed.is_antisymmetric(),
                map: map_vectors(plan, map),
            });
            let residual: &[f64] = cast_slice(&residual);
            let map = map_vectors(plan, map);
            for (lane, inside) in found.iter_mut().enumerate() {
                let of_lane = |vectors: &[S::f64s]| {
                    let scalars: &[f64] = cast_slice(vectors);
                    scalars.iter().skip(lane).step_by(count).copied().collect()
                };
                inside.maps.push(FoundMap {
                    diagonal: of_lane(map.diagonal),
                    along: of_lane(map.along),
                    across: of_lane(map.across),
                    residual: [residual[lane], residual[count + lane]],
                });
            }
        }
        found
    }
}

/// Shares out a map's memory.
fn map_vectors<'m, V>(plan: &Plan, map: &'m mut [V]) -> MapVectors<'m, V> {
    let [diagonal, along, _] = map_parts(plan.size);
    let (diagonal, rest) = map.split_at_mut(diagonal);
    let (along, across) = rest.split_at_mut(along);
    MapVectors {
        diagonal,
        along,
        across,
    }
}
