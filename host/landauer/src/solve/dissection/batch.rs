//! Vectors of strips.

use pulp::bytemuck::{cast_slice, cast_slice_mut};
use pulp::{Simd, WithSimd};

use super::ends::{Scratch, Transmit};
use super::interior::Interior;
use super::lanes::Lane;
use super::leads::{EachLeads, LaneLeads, Leads};
use super::memory::Memory;
use super::plan::Plan;
use super::stages::{StageTimes, Stopwatch};

/// A way to look at a strip that leaves its transmission as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Image {
    /// Slices from the other end (reciprocity).
    pub(crate) reversed: bool,
    /// Rows from the other edge.
    pub(crate) upside_down: bool,
}

impl Image {
    pub(crate) const PLAIN: Self = Self {
        reversed: false,
        upside_down: false,
    };
    /// The others.
    pub(super) const MIRRORED: [Self; 3] = [
        Self {
            reversed: true,
            upside_down: false,
        },
        Self {
            reversed: false,
            upside_down: true,
        },
        Self {
            reversed: true,
            upside_down: true,
        },
    ];
}

/// What came of one strip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Solution {
    pub(super) transmission: f64,
    /// The same without a power of two that has been taken out of it: as the precision has it.
    pub(super) scaled: f64,
    /// By how much the squares of rounding errors may have grown.
    pub(super) growth: f64,
}

/// Strips, as many as there are, vector by vector.
pub(super) struct Batch<'b, R> {
    pub(super) plan: &'b Plan,
    pub(super) strips: Strips<'b, R>,
    pub(super) memory: &'b mut Memory<R>,
    pub(super) solutions: &'b mut Vec<Solution>,
    /// Where to add what each stage takes, if anybody wants to know.
    pub(super) times: Option<&'b mut StageTimes>,
}

/// Each strip's on-site energies, `[slice, row]`, and how to look at them.
#[derive(Clone, Copy)]
pub(super) enum Strips<'b, R> {
    /// All at one energy.
    Together(&'b Leads<R>, &'b [(&'b [f64], Image)]),
    /// Each at an energy of its own, of those that share the plan.
    Apart(&'b [(&'b Leads<R>, &'b [f64])]),
}

impl<R: Lane> WithSimd for Batch<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            plan,
            strips,
            memory,
            solutions,
            times,
        } = self;
        let sites = plan.size.length() * plan.size.width();
        let vectors = memory.vectors::<S>(plan.workspace());
        let (onsite, vectors) = vectors.split_at_mut(sites);
        let mut vector = Vector::<S, R> {
            simd,
            plan,
            onsite,
            vectors,
            solutions,
            stopwatch: Stopwatch::start(times),
        };
        let lanes = R::lanes::<S>();
        match strips {
            Strips::Together(leads, strips) => {
                for strips in strips.chunks(lanes) {
                    vector.solve(LaneLeads::Same(leads), strips);
                }
            }
            Strips::Apart(strips) => {
                let Some((first, _)) = strips.first() else {
                    return;
                };
                let mut each = EachLeads::new(simd, first.matrix.len(), first.drain.len());
                for strips in strips.chunks(lanes) {
                    let (leads, strips): (Vec<&Leads<R>>, Vec<_>) = { strips.iter() }
                        .map(|&(leads, strip)| (leads, (strip, Image::PLAIN)))
                        .unzip();
                    each.set(&leads);
                    vector.solve(LaneLeads::Each(&each), &strips);
                }
            }
        }
    }
}

/// What vectors of strips are solved with, one after the other.
struct Vector<'v, S: Simd, R: Lane> {
    simd: S,
    plan: &'v Plan,
    onsite: &'v mut [R::V<S>],
    vectors: &'v mut [R::V<S>],
    solutions: &'v mut Vec<Solution>,
    stopwatch: Stopwatch<'v>,
}

impl<S: Simd, R: Lane> Vector<'_, S, R> {
    /// Solves as many strips as there are lanes, or fewer.
    #[inline(always)]
    fn solve(&mut self, leads: LaneLeads<'_, S, R>, strips: &[(&[f64], Image)]) {
        let Self { simd, plan, .. } = *self;
        let width = plan.size.width();
        let pivots = width + plan.ends.left_over;
        transpose::<S, R>(width, strips, self.onsite);
        self.stopwatch.end(|times| &mut times.transpose);
        let mut growth = R::splat(simd, R::ZERO);
        let (arena, rows) = self.vectors.split_at_mut(plan.arena);
        simd.vectorize(Interior {
            simd,
            plan,
            leads,
            onsite: self.onsite,
            arena,
            rows: rows.as_chunks_mut().0,
            growth: &mut growth,
            factors: None,
        });
        self.stopwatch.end(|times| &mut times.interior);
        // What the interior needed is free again: the leads' stage works in the same memory, so
        // that as much as possible of all this stays in the cache.
        let (matrix, scratch) = self.vectors.split_at_mut(plan.ends.len());
        let one = R::splat(simd, R::ONE);
        let [scaled, power] = simd.vectorize(Transmit {
            simd,
            width,
            pivots,
            matrix,
            stride: plan.ends.stride(),
            leads,
            scratch: Scratch::new(width, pivots, scratch.as_chunks_mut().0),
            growth: &mut growth,
            folded: [R::splat(simd, R::ZERO); 2],
            power: one,
            back: one,
        });
        let vectors = [scaled, power, growth];
        let lanes: &[R] = cast_slice(&vectors);
        let count = R::lanes::<S>();
        self.solutions.extend((0..strips.len()).map(|lane| {
            let [scaled, power, growth] =
                [0, 1, 2].map(|vector| lanes[vector * count + lane].to_f64());
            Solution {
                transmission: scaled / (power * power),
                scaled,
                growth,
            }
        }));
        self.stopwatch.end(|times| &mut times.leads);
    }
}

/// By how much the squares of rounding errors may grow in the interior of one strip at some energies: NaN or
/// infinite where a pivot is none.
pub(super) struct InteriorGrowth<'b, R> {
    pub(super) plan: &'b Plan,
    pub(super) leads: &'b [Leads<R>],
    /// `[slice, row]`.
    pub(super) onsite: &'b [f64],
}

impl<R: Lane> WithSimd for InteriorGrowth<'_, R> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f64> {
        let plan = self.plan;
        let width = plan.size.width();
        let mut memory = Memory::<R>::default();
        let vectors = memory.vectors::<S>(plan.workspace());
        let (onsite, vectors) = vectors.split_at_mut(plan.size.length() * width);
        transpose::<S, R>(width, &[(self.onsite, Image::PLAIN)], onsite);
        let mut each = EachLeads::new(simd, plan.ends.len(), 0);
        let mut growths = Vec::with_capacity(self.leads.len());
        for leads in self.leads.chunks(R::lanes::<S>()) {
            each.set(&leads.iter().collect::<Vec<_>>());
            let mut growth = R::splat(simd, R::ZERO);
            let (arena, rows) = vectors.split_at_mut(plan.arena);
            simd.vectorize(Interior {
                simd,
                plan,
                leads: LaneLeads::Each(&each),
                onsite,
                arena,
                rows: rows.as_chunks_mut().0,
                growth: &mut growth,
                factors: None,
            });
            let growth = [growth];
            let lanes = cast_slice::<_, R>(&growth).iter().take(leads.len());
            growths.extend(lanes.map(|growth| growth.to_f64()));
        }
        growths
    }
}

/// The on-site energies of a vector of strips, `[site]`; lanes without a strip repeat the last one.
pub(super) fn transpose<S: Simd, R: Lane>(
    width: usize,
    strips: &[(&[f64], Image)],
    onsite: &mut [R::V<S>],
) {
    let lanes = R::lanes::<S>();
    let Some(last) = strips.last() else { return };
    let onsite: &mut [R] = cast_slice_mut(onsite);
    let length = last.0.len() / width;
    // Slice by slice, so that what all lanes write into stays in the first-level cache.
    for (slice, to) in onsite.chunks_exact_mut(width * lanes).enumerate() {
        for lane in 0..lanes {
            let (strip, image) = strips.get(lane).unwrap_or(last);
            let slice = if image.reversed {
                length - 1 - slice
            } else {
                slice
            };
            let rows = strip[slice * width..][..width].iter();
            let slots = to[lane..].iter_mut().step_by(lanes);
            let put = |(slot, &energy): (&mut R, &f64)| *slot = R::from_f64(energy);
            if image.upside_down {
                slots.zip(rows.rev()).for_each(put);
            } else {
                slots.zip(rows).for_each(put);
            }
        }
    }
}
