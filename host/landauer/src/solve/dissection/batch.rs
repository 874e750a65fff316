//! One vector of strips at one energy.

use pulp::bytemuck::{cast_slice, cast_slice_mut};
use pulp::{Simd, WithSimd};

use super::ends::{Scratch, Transmit};
use super::interior::Interior;
use super::lanes::Lane;
use super::leads::Leads;
use super::memory::Memory;
use super::plan::Plan;
use super::stages::{StageTimes, Stopwatch};

/// A way to look at a strip that leaves its transmission as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Image {
    /// Slices from the other end (reciprocity).
    pub(super) reversed: bool,
    /// Rows from the other edge.
    pub(super) upside_down: bool,
}

impl Image {
    pub(super) const PLAIN: Self = Self {
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

/// Strips at one energy, as many as there are, vector by vector.
pub(super) struct Batch<'b, R> {
    pub(super) plan: &'b Plan,
    pub(super) leads: &'b Leads<R>,
    /// Each strip's on-site energies, `[slice, row]`, and how to look at them.
    pub(super) strips: &'b [(&'b [f64], Image)],
    pub(super) memory: &'b mut Memory<R>,
    pub(super) solutions: &'b mut Vec<Solution>,
    /// Where to add what each stage takes, if anybody wants to know.
    pub(super) times: Option<&'b mut StageTimes>,
}

impl<R: Lane> WithSimd for Batch<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            plan,
            leads,
            strips,
            memory,
            solutions,
            times,
        } = self;
        let width = plan.size.width();
        let sites = plan.size.length() * width;
        let pivots = width + plan.ends.left_over;
        let vectors = memory.vectors::<S>(plan.workspace());
        let (onsite, vectors) = vectors.split_at_mut(sites);
        let ends = plan.ends.len();
        let mut stopwatch = Stopwatch::start(times);
        for strips in strips.chunks(R::lanes::<S>()) {
            transpose::<S, R>(width, strips, onsite);
            stopwatch.end(|times| &mut times.transpose);
            let mut growth = R::splat(simd, R::ZERO);
            let (arena, rows) = vectors.split_at_mut(plan.arena);
            simd.vectorize(Interior {
                simd,
                plan,
                leads,
                onsite,
                arena,
                rows: rows.as_chunks_mut().0,
                growth: &mut growth,
            });
            stopwatch.end(|times| &mut times.interior);
            // What the interior needed is free again: the leads' stage works in the same memory, so
            // that as much as possible of all this stays in the cache.
            let (matrix, scratch) = vectors.split_at_mut(ends);
            let one = R::splat(simd, R::ONE);
            let [scaled, power] = simd.vectorize(Transmit {
                simd,
                width,
                pivots,
                matrix,
                stride: plan.ends.stride(),
                drain: &leads.drain,
                scratch: Scratch::new(width, pivots, scratch.as_chunks_mut().0),
                growth: &mut growth,
                folded: [R::splat(simd, R::ZERO); 2],
                power: one,
                back: one,
            });
            let vectors = [scaled, power, growth];
            let lanes: &[R] = cast_slice(&vectors);
            let count = R::lanes::<S>();
            solutions.extend((0..strips.len()).map(|lane| {
                let [scaled, power, growth] =
                    [0, 1, 2].map(|vector| lanes[vector * count + lane].to_f64());
                Solution {
                    transmission: scaled / (power * power),
                    scaled,
                    growth,
                }
            }));
            stopwatch.end(|times| &mut times.leads);
        }
    }
}

/// By how much the squares of rounding errors may grow in the interior of one strip: NaN or infinite where a pivot
/// is none.
pub(super) struct InteriorGrowth<'b, R> {
    pub(super) plan: &'b Plan,
    pub(super) leads: &'b Leads<R>,
    /// `[slice, row]`.
    pub(super) onsite: &'b [f64],
}

impl<R: Lane> WithSimd for InteriorGrowth<'_, R> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let plan = self.plan;
        let width = plan.size.width();
        let mut memory = Memory::<R>::default();
        let vectors = memory.vectors::<S>(plan.workspace());
        let (onsite, vectors) = vectors.split_at_mut(plan.size.length() * width);
        transpose::<S, R>(width, &[(self.onsite, Image::PLAIN)], onsite);
        let mut growth = R::splat(simd, R::ZERO);
        let (arena, rows) = vectors.split_at_mut(plan.arena);
        simd.vectorize(Interior {
            simd,
            plan,
            leads: self.leads,
            onsite,
            arena,
            rows: rows.as_chunks_mut().0,
            growth: &mut growth,
        });
        cast_slice::<_, R>(&[growth])[0].to_f64()
    }
}

/// The on-site energies of a vector of strips, `[site]`; lanes without a strip repeat the last one.
fn transpose<S: Simd, R: Lane>(width: usize, strips: &[(&[f64], Image)], onsite: &mut [R::V<S>]) {
    let lanes = R::lanes::<S>();
    let onsite: &mut [R] = cast_slice_mut(onsite);
    let Some(last) = strips.last() else { return };
    for lane in 0..lanes {
        let (strip, image) = strips.get(lane).unwrap_or(last);
        let length = strip.len() / width;
        let mut to = onsite[lane..].iter_mut().step_by(lanes);
        for slice in 0..length {
            let slice = if image.reversed {
                length - 1 - slice
            } else {
                slice
            };
            let rows = strip[slice * width..][..width].iter();
            let mut put = |&energy: &f64| {
                if let Some(to) = to.next() {
                    *to = R::from_f64(energy);
                }
            };
            if image.upside_down {
                rows.rev().for_each(&mut put);
            } else {
                rows.for_each(&mut put);
            }
        }
    }
}
