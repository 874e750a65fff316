//! What the way back into the strip needs of each front: X = A_pp⁻¹ A_po, its pivots in terms of the
//! unknowns outside.
//!
//! Elimination makes rows U = E A of a front's rows, E A_pp Eᵀ = D being the pivots; so that
//! X = Eᵀ D⁻¹ U_po, found block by block from the last to the first.

use pulp::Simd;

use super::interior::Block;
use super::lanes::Lane;
use super::pivots::MAX_PIVOTS;
use super::plan::{Front, Plan};
use super::product::Pair;

/// Blocks of four pivots in a front.
const MAX_BLOCKS: usize = MAX_PIVOTS.div_ceil(4);

/// Where each front's X lies.
#[derive(Debug)]
pub(crate) struct FactorPlaces {
    /// Where each begins, and the end of all: in pairs.
    places: Vec<usize>,
}

impl FactorPlaces {
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut end = 0;
        let mut places = vec![0];
        for front in &plan.fronts {
            end += if front.seed.is_some() {
                SEED
            } else {
                front.padded_pivots() / 2 * front.outside
            };
            places.push(end);
        }
        Self { places }
    }

    /// Pairs of all.
    pub(super) fn len(&self) -> usize {
        self.places.last().copied().unwrap_or(0)
    }

    /// Where that of front number `number` lies.
    pub(super) fn of(&self, number: usize) -> std::ops::Range<usize> {
        self.places[number]..self.places[number + 1]
    }
}

/// Pairs of a seed's inverse.
const SEED: usize = 2;

/// All fronts' X: of a seed its inverse, of another `[pivot pair][outside][2]`.
pub(super) struct Factors<'e, V> {
    pub(super) places: &'e FactorPlaces,
    pub(super) panels: &'e mut [Pair<V>],
}

impl<V: Copy> Factors<'_, V> {
    /// That of front number `number`.
    #[inline(always)]
    pub(super) fn of(&mut self, number: usize) -> &mut [Pair<V>] {
        &mut self.panels[self.places.of(number)]
    }

    /// Keeps the inverse of a seed.
    #[inline(always)]
    pub(super) fn keep_seed(&mut self, number: usize, [first, between, second]: [V; 3]) {
        let to = self.of(number);
        to[0] = [first, between];
        to[1] = [between, second];
    }
}

/// What the blocks of a front do to their rows.
pub(super) struct Transforms<S: Simd, R: Lane> {
    simd: S,
    blocks: [Block<R::V<S>>; MAX_BLOCKS],
}

impl<S: Simd, R: Lane> Transforms<S, R> {
    #[inline(always)]
    pub(super) fn new(simd: S) -> Self {
        let zero = R::splat(simd, R::ZERO);
        let block = Block {
            combine: [[zero; 4]; 2],
            within: [zero; 2],
            between: [[zero; 2]; 2],
        };
        Self {
            simd,
            blocks: [block; MAX_BLOCKS],
        }
    }

    /// Notes what the block that begins with this pivot does.
    #[inline(always)]
    pub(super) fn note(&mut self, begin: usize, block: Block<R::V<S>>) {
        self.blocks[begin / 4] = block;
    }

    /// Finds X of a front from its eliminated rows, `[column pair][pivot][2]`, and the inverses of its pivots.
    #[inline(always)]
    pub(super) fn solve(
        &self,
        front: &Front,
        rows: &[Pair<R::V<S>>],
        inverses: &[R::V<S>; MAX_PIVOTS],
        to: &mut [Pair<R::V<S>>],
    ) {
        let simd = self.simd;
        let pivots = front.padded_pivots();
        let zero = R::splat(simd, R::ZERO);
        for pair in 0..front.outside.div_ceil(2) {
            let mut x = [[zero; 2]; MAX_PIVOTS];
            x[..pivots].copy_from_slice(&rows[(pivots / 2 + pair) * pivots..][..pivots]);
            for begin in (0..pivots).step_by(4).rev() {
                let end = (begin + 4).min(pivots);
                for column in end..pivots {
                    let known = x[column];
                    let taken = &rows[column / 2 * pivots..][begin..end];
                    for (x, taken) in x[begin..end].iter_mut().zip(taken) {
                        for k in 0..2 {
                            x[k] = R::fnma(simd, taken[column % 2], known[k], x[k]);
                        }
                    }
                }
                for (x, &inverse) in x[begin..end].iter_mut().zip(&inverses[begin..end]) {
                    for k in 0..2 {
                        x[k] = R::times(simd, x[k], inverse);
                    }
                }
                self.turn_back(begin, &mut x[begin..end]);
            }
            for k in 0..2 {
                let outside = 2 * pair + k;
                if outside < front.outside {
                    for (pivot, x) in x[..pivots].iter().enumerate() {
                        to[pivot / 2 * front.outside + outside][pivot % 2] = x[k];
                    }
                }
            }
        }
    }

    /// The transpose of what a block does to its rows.
    #[inline(always)]
    fn turn_back(&self, begin: usize, x: &mut [Pair<R::V<S>>]) {
        let simd = self.simd;
        let block = &self.blocks[begin / 4];
        for m in (0..x.len() / 2).rev() {
            let (f, within) = (block.combine[m], block.within[m]);
            for k in 0..2 {
                let second = x[2 * m + 1][k];
                let first = R::fnma(simd, within, second, x[2 * m][k]);
                x[2 * m][k] = R::fma(simd, f[2], second, R::times(simd, f[0], first));
                x[2 * m + 1][k] = R::fma(simd, f[3], second, R::times(simd, f[1], first));
            }
            if m == 1 {
                for first in 0..2 {
                    for second in 0..2 {
                        let between = block.between[second][first];
                        for k in 0..2 {
                            x[first][k] = R::fnma(simd, between, x[2 + second][k], x[first][k]);
                        }
                    }
                }
            }
        }
    }
}
