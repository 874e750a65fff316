//! The way back: a matrix that is known between the ends is carried into the strip, front by front in the
//! reverse order.
//!
//! With X of [`super::factors`] a front's pivots are −X times what is outside, so that
//!
//! ```text
//! M_po = −X M_oo,    M_pp = X M_oo Xᵀ
//! ```
//!
//! (the selected inverse of K. Takahashi, J. Fagan and M.-S. Chin, 1973, without its term A_pp⁻¹, which is real and
//! not in any of these matrices). Every site's diagonal and every bond lies in the rows of some front.

use pulp::{Simd, WithSimd};

use super::factors::FactorPlaces;
use super::lanes::Lane;
use super::plan::{Destination, Front, Plan, Seed};
use super::product::{Pair, product, threes, twos};
use crate::system::StripSize;

/// Pairs of vectors that the way back needs beside the arena and the factors: what is outside the largest front,
/// and its rows.
pub(super) fn workspace(plan: &Plan) -> usize {
    let fronts = plan.fronts.iter().filter(|front| front.seed.is_none());
    fronts
        .map(|front| square(front) + middle(front))
        .max()
        .unwrap_or(0)
}

const fn square(front: &Front) -> usize {
    front.outside.div_ceil(2) * front.outside
}

const fn middle(front: &Front) -> usize {
    front.padded_pivots() / 2 * front.outside
}

/// What is found of a matrix M: its diagonal, and its elements between neighbours.
pub(super) struct MapVectors<'m, V> {
    /// `[slice, row]`.
    pub(super) diagonal: &'m mut [V],
    /// M between a site and the same row of the next slice, `[slice, row]`.
    pub(super) along: &'m mut [V],
    /// M between a site and the next row, `[slice, row]`.
    pub(super) across: &'m mut [V],
}

/// Numbers of a [`MapVectors`] for strips of a size: diagonal, along, across.
pub(super) const fn map_parts(size: StripSize) -> [usize; 3] {
    let (length, width) = (size.length(), size.width());
    [length * width, (length - 1) * width, length * (width - 1)]
}

/// Carries the matrix between the ends into the strip.
pub(super) struct Backward<'b, S: Simd, R: Lane> {
    pub(super) simd: S,
    pub(super) plan: &'b Plan,
    pub(super) places: &'b FactorPlaces,
    pub(super) factors: &'b [Pair<R::V<S>>],
    /// Begins with the matrix.
    pub(super) arena: &'b mut [R::V<S>],
    /// [`workspace`].
    pub(super) scratch: &'b mut [Pair<R::V<S>>],
    /// Is it the negative of its mirror image?
    pub(super) is_antisymmetric: bool,
    pub(super) map: MapVectors<'b, R::V<S>>,
}

impl<S: Simd, R: Lane> WithSimd for Backward<'_, S, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<T: Simd>(mut self, _: T) {
        let plan = self.plan;
        self.read_ends();
        for (number, front) in plan.fronts.iter().enumerate().rev() {
            let factors = &self.factors[self.places.of(number)];
            if let Some(seed) = &front.seed {
                self.seed(seed, factors);
            } else {
                self.front(front, factors);
            }
        }
    }
}

impl<S: Simd, R: Lane> Backward<'_, S, R> {
    /// An element's mirror image.
    #[inline(always)]
    fn mirrored(&self, value: R::V<S>) -> R::V<S> {
        if self.is_antisymmetric {
            R::negate(self.simd, value)
        } else {
            value
        }
    }

    /// Notes an element between neighbours.
    #[inline(always)]
    fn note_bond(&mut self, site: usize, other: usize, value: R::V<S>) {
        let width = self.plan.size.width();
        let (first, value) = if site < other {
            (site, value)
        } else {
            (other, self.mirrored(value))
        };
        if site.abs_diff(other) == width {
            self.map.along[first] = value;
        } else {
            self.map.across[first - first / width] = value;
        }
    }

    #[inline(always)]
    fn read_ends(&mut self) {
        let ends = &self.plan.ends;
        let stride = ends.stride();
        for (row, &site) in ends.sites.iter().enumerate() {
            self.map.diagonal[site] = self.arena[row * stride + row];
        }
        for &(row, column) in &ends.hoppings {
            let value = self.arena[row * stride + column];
            self.note_bond(ends.sites[row], ends.sites[column], value);
        }
    }

    /// M of a front's pivots.
    #[inline(always)]
    fn front(&mut self, front: &Front, factors: &[Pair<R::V<S>>]) {
        let pairs = front.padded_pivots() / 2;
        self.gather(front);
        let columns = front.outside.div_ceil(2);
        threes!(column in 0, columns; N => {
            twos!(pair in 0, pairs; M => self.beside::<M, N>(front, factors, pair, column));
        });
        threes!(column in 0, pairs; N => {
            let end = column + N;
            twos!(pair in 0, end; M => self.among::<M, N>(front, factors, pair, column));
        });
        for &(place, site) in &front.diagonal {
            self.map.diagonal[site] = self.arena[place];
        }
        for (&place, &[site, other]) in front.hoppings.iter().zip(&front.bonds) {
            let value = self.arena[place];
            self.note_bond(site as usize, other as usize, value);
        }
    }

    /// M between what is outside a front, `[column pair][row][2]`, into the scratch.
    #[inline(always)]
    fn gather(&mut self, front: &Front) {
        let outside = front.outside;
        for (
            row,
            &Destination {
                row: begin,
                columns,
            },
        ) in front.destinations.iter().enumerate()
        {
            let columns = &self.plan.columns[columns..][row..outside];
            for (column, &place) in (row..outside).zip(columns) {
                let value = self.arena[begin + place as usize];
                self.scratch[column / 2 * outside + row][column % 2] = value;
                self.scratch[row / 2 * outside + column][row % 2] = self.mirrored(value);
            }
        }
    }

    /// M of M pairs of pivots with N pairs of columns outside.
    #[inline(always)]
    fn beside<const M: usize, const N: usize>(
        &mut self,
        front: &Front,
        factors: &[Pair<R::V<S>>],
        pair: usize,
        column: usize,
    ) {
        let simd = self.simd;
        let outside = front.outside;
        let (square, middle) = self.scratch.split_at_mut(square(front));
        let mut rows: [&[Pair<R::V<S>>]; M] = [&[]; M];
        for m in 0..M {
            rows[m] = &factors[(pair + m) * outside..][..outside];
        }
        let mut columns: [&[Pair<R::V<S>>]; N] = [&[]; N];
        for n in 0..N {
            columns[n] = &square[(column + n) * outside..][..outside];
        }
        let tile = product::<S, R, M, N>(simd, rows, columns);
        let begin = front.rows + front.padded_pivots();
        for m in 0..M {
            for second in 0..2 {
                let to = begin + (2 * (pair + m) + second) * front.stride();
                for n in 0..N {
                    for k in 0..2 {
                        let column = 2 * (column + n) + k;
                        if column < outside {
                            let value = R::negate(simd, tile[m][second][n][k]);
                            middle[(pair + m) * outside + column][second] = value;
                            self.arena[to + column] = value;
                        }
                    }
                }
            }
        }
    }

    /// M of M pairs of pivots with N pairs of pivots.
    #[inline(always)]
    fn among<const M: usize, const N: usize>(
        &mut self,
        front: &Front,
        factors: &[Pair<R::V<S>>],
        pair: usize,
        column: usize,
    ) {
        let simd = self.simd;
        let outside = front.outside;
        let middle = &self.scratch[square(front)..];
        let mut rows: [&[Pair<R::V<S>>]; M] = [&[]; M];
        for m in 0..M {
            rows[m] = &middle[(pair + m) * outside..][..outside];
        }
        let mut columns: [&[Pair<R::V<S>>]; N] = [&[]; N];
        for n in 0..N {
            columns[n] = &factors[(column + n) * outside..][..outside];
        }
        let tile = product::<S, R, M, N>(simd, rows, columns);
        for m in 0..M {
            for second in 0..2 {
                let row = 2 * (pair + m) + second;
                let to = front.rows + row * front.stride();
                for n in 0..N {
                    for k in 0..2 {
                        let column = 2 * (column + n) + k;
                        if row < column || row == column && !self.is_antisymmetric {
                            self.arena[to + column] = R::negate(simd, tile[m][second][n][k]);
                        } else if row == column {
                            // What rounding leaves there instead would grow from front to front.
                            self.arena[to + column] = R::splat(simd, R::ZERO);
                        }
                    }
                }
            }
        }
    }

    /// M of a seed.
    #[inline(always)]
    fn seed(&mut self, seed: &Seed, inverse: &[Pair<R::V<S>>]) {
        /// Neighbours of two sites.
        const MOST: usize = 6;
        let simd = self.simd;
        let zero = R::splat(simd, R::ZERO);
        let count = seed.outside.len();
        let mut outside = [[zero; MOST]; MOST];
        let mut next = [0; 3];
        for row in 0..count {
            for column in row..count {
                let which = usize::from(seed.outside[row].1 + seed.outside[column].1);
                let value = self.arena[seed.updates[which][next[which]]];
                next[which] += 1;
                outside[row][column] = value;
                outside[column][row] = self.mirrored(value);
            }
        }
        let sites = 1 + usize::from(seed.sites[0] != seed.sites[1]);
        let mut beside = [[zero; MOST]; 2];
        for pivot in 0..sites {
            for column in 0..count {
                let mut sum = zero;
                for row in 0..count {
                    let x = inverse[pivot][usize::from(seed.outside[row].1)];
                    sum = R::fma(simd, x, outside[row][column], sum);
                }
                beside[pivot][column] = R::negate(simd, sum);
            }
        }
        let among = |one: usize, other: usize| {
            let mut sum = zero;
            for column in 0..count {
                let x = inverse[other][usize::from(seed.outside[column].1)];
                sum = R::fnma(simd, beside[one][column], x, sum);
            }
            sum
        };
        for pivot in 0..sites {
            self.map.diagonal[seed.sites[pivot]] = among(pivot, pivot);
        }
        if sites == 2 {
            let between = among(0, 1);
            self.note_bond(seed.sites[0], seed.sites[1], between);
        }
        for (column, &(site, at_second)) in seed.outside.iter().enumerate() {
            let pivot = usize::from(at_second);
            self.note_bond(seed.sites[pivot], site as usize, beside[pivot][column]);
        }
    }
}

/// How well a map fulfils what it must inside the strip, site by site: (E − H) M = 0.
pub(super) struct Residual<'r, S: Simd, R: Lane> {
    pub(super) simd: S,
    pub(super) size: StripSize,
    pub(super) energy: R::V<S>,
    pub(super) onsite: &'r [R::V<S>],
    pub(super) is_antisymmetric: bool,
    pub(super) map: MapVectors<'r, R::V<S>>,
}

impl<S: Simd, R: Lane> WithSimd for Residual<'_, S, R> {
    /// The largest sum at a site, and the largest sum of magnitudes; NaNs are passed over.
    type Output = [R::V<S>; 2];

    #[inline(always)]
    fn with_simd<T: Simd>(self, _: T) -> [R::V<S>; 2] {
        let simd = self.simd;
        let (length, width) = (self.size.length(), self.size.width());
        let mut largest = [R::splat(simd, R::ZERO); 2];
        for slice in 1..length - 1 {
            for row in 0..width {
                let site = slice * width + row;
                let energy = R::minus(simd, self.energy, self.onsite[site]);
                let own = R::times(simd, energy, self.map.diagonal[site]);
                let mut sums = [own, R::magnitude(simd, own)];
                let before = [
                    Some(self.map.along[site - width]),
                    (row > 0).then(|| self.map.across[site - 1 - (site - 1) / width]),
                ];
                let behind = [
                    Some(self.map.along[site]),
                    (row + 1 < width).then(|| self.map.across[site - site / width]),
                ];
                for value in behind.into_iter().flatten() {
                    sums[0] = R::plus(simd, sums[0], value);
                    sums[1] = R::plus(simd, sums[1], R::magnitude(simd, value));
                }
                for value in before.into_iter().flatten() {
                    sums[0] = if self.is_antisymmetric {
                        R::minus(simd, sums[0], value)
                    } else {
                        R::plus(simd, sums[0], value)
                    };
                    sums[1] = R::plus(simd, sums[1], R::magnitude(simd, value));
                }
                let size = R::magnitude(simd, sums[0]);
                largest[0] = R::less(simd, largest[0], size, size, largest[0]);
                largest[1] = R::less(simd, largest[1], sums[1], sums[1], largest[1]);
            }
        }
        largest
    }
}
