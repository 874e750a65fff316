//! The way back: scattering states that are known at the ends are carried into the strip, front by front in the
//! reverse order.
//!
//! With X of [`super::factors`] the amplitudes at a front's pivots are ψ_p = −X ψ_o. Where X is large, ψ_o is such that
//! little is left; an error of ψ_o comes back times X, once, and not times X² as in products of amplitudes.

use pulp::{Simd, WithSimd};

use super::factors::FactorPlaces;
use super::lanes::Lane;
use super::plan::Plan;
use super::product::{Pair, Tile, WHOLE_TILE, threes, twos};
use super::regions::{Carried, Region, Row};

/// Real columns that are carried at a time: as many as keep the factors' way from memory worth it.
pub(super) const COLUMNS: usize = 24;

/// The amplitudes at a site, column pair by column pair.
pub(super) type Amplitudes<V> = [Pair<V>; COLUMNS / 2];

/// Some columns of amplitudes in a region and between all of them.
pub(super) struct Waves<'w, V> {
    /// Those between regions, then the region's own.
    pub(super) between: &'w mut [Amplitudes<V>],
    pub(super) own: &'w mut [Amplitudes<V>],
}

impl<V> Waves<'_, V> {
    #[inline(always)]
    pub(super) fn at(&self, row: Row) -> &Amplitudes<V> {
        let between = self.between.len();
        if row < between {
            &self.between[row]
        } else {
            &self.own[row - between]
        }
    }

    #[inline(always)]
    fn at_mut(&mut self, row: Row) -> &mut Amplitudes<V> {
        let between = self.between.len();
        if row < between {
            &mut self.between[row]
        } else {
            &mut self.own[row - between]
        }
    }
}

/// Carries amplitudes into a region from what is around it.
pub(super) struct CarryIn<'w, S: Simd, R: Lane> {
    pub(super) simd: S,
    pub(super) plan: &'w Plan,
    pub(super) region: &'w Region,
    /// Pairs of columns that are in use.
    pub(super) pairs: usize,
    pub(super) places: &'w FactorPlaces,
    pub(super) factors: &'w [Pair<R::V<S>>],
    /// Known around the region.
    pub(super) waves: Waves<'w, R::V<S>>,
}

impl<S: Simd, R: Lane> WithSimd for CarryIn<'_, S, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<T: Simd>(mut self, _: T) {
        let plan = self.plan;
        for carried in &self.region.fronts {
            let front = &plan.fronts[carried.front];
            let factors = &self.factors[self.places.of(carried.front)];
            if front.seed.is_some() {
                threes!(column in 0, self.pairs; N => self.seed::<N>(carried, factors, column));
                continue;
            }
            let pivots = front.padded_pivots() / 2;
            threes!(column in 0, self.pairs; N => {
                twos!(pair in 0, pivots; M => self.front::<M, N>(carried, factors, pair, column));
            });
        }
    }
}

impl<S: Simd, R: Lane> CarryIn<'_, S, R> {
    /// N pairs of columns of a seed's sites.
    #[inline(always)]
    fn seed<const N: usize>(&mut self, seed: &Carried, inverse: &[Pair<R::V<S>>], column: usize) {
        let simd = self.simd;
        // Sums of what is around each of the sites. (Around one site alone nothing is the second's.)
        let mut around = [[[R::splat(simd, R::ZERO); 2]; N]; 2];
        for at in 0..2 {
            for &row in &seed.around[at] {
                let from = &self.waves.at(row)[column..][..N];
                for n in 0..N {
                    for k in 0..2 {
                        around[at][n][k] = R::plus(simd, around[at][n][k], from[n][k]);
                    }
                }
            }
        }
        let sites = seed.pivots.len();
        for pivot in 0..sites {
            let to = &mut self.waves.at_mut(seed.pivots[pivot])[column..][..N];
            for n in 0..N {
                for k in 0..2 {
                    let first = R::times(simd, inverse[pivot][0], around[0][n][k]);
                    let both = R::fma(simd, inverse[pivot][1], around[1][n][k], first);
                    to[n][k] = R::negate(simd, if sites == 1 { first } else { both });
                }
            }
        }
    }

    /// N pairs of columns of M pairs of pivots.
    #[inline(always)]
    fn front<const M: usize, const N: usize>(
        &mut self,
        front: &Carried,
        factors: &[Pair<R::V<S>>],
        pair: usize,
        column: usize,
    ) {
        let simd = self.simd;
        let outside = front.outside.len();
        let mut rows: [&[Pair<R::V<S>>]; M] = [&[]; M];
        for m in 0..M {
            rows[m] = &factors[(pair + m) * outside..][..outside];
        }
        let tile: Tile<R::V<S>, M, N> = if S::REGISTER_COUNT < WHOLE_TILE {
            // A pair of rows at a time, so that their sums stay in registers.
            let mut tile = [[[[R::splat(simd, R::ZERO); 2]; N]; 2]; M];
            for m in 0..M {
                tile[m] = self.gather::<1, N>(front, [rows[m]], column)[0];
            }
            tile
        } else {
            self.gather(front, rows, column)
        };
        for m in 0..M {
            for second in 0..2 {
                let Some(&row) = front.pivots.get(2 * (pair + m) + second) else {
                    continue;
                };
                let to = &mut self.waves.at_mut(row)[column..][..N];
                for n in 0..N {
                    for k in 0..2 {
                        to[n][k] = R::negate(simd, tile[m][second][n][k]);
                    }
                }
            }
        }
    }

    /// Rows of X times the amplitudes outside, which are read where they are: to copy them first would take as long as
    /// the product.
    #[inline(always)]
    fn gather<const M: usize, const N: usize>(
        &self,
        front: &Carried,
        mut rows: [&[Pair<R::V<S>>]; M],
        column: usize,
    ) -> Tile<R::V<S>, M, N> {
        let simd = self.simd;
        let mut tile = [[[[R::splat(simd, R::ZERO); 2]; N]; 2]; M];
        let outside = &front.outside[..];
        for m in 0..M {
            rows[m] = &rows[m][..outside.len()];
        }
        for at in 0..outside.len() {
            let from = &self.waves.at(outside[at])[column..][..N];
            for m in 0..M {
                let factors = rows[m][at];
                for n in 0..N {
                    for k in 0..2 {
                        let value = from[n][k];
                        for row in 0..2 {
                            let sum = &mut tile[m][row][n][k];
                            *sum = R::fma(simd, factors[row], value, *sum);
                        }
                    }
                }
            }
        }
        tile
    }
}
