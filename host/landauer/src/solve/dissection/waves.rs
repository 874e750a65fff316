//! The way back: scattering states that are known at the ends are carried into the strip, front by front in the
//! reverse order.
//!
//! With X of [`super::factors`] the amplitudes at a front's pivots are ψ_p = −X ψ_o. Where X is large, ψ_o is such that
//! little is left; an error of ψ_o comes back times X, once, and not times X² as in products of amplitudes.

use pulp::{Simd, WithSimd};

use super::factors::FactorPlaces;
use super::lanes::Lane;
use super::plan::{Front, Plan, Seed};
use super::product::{Pair, product, threes, twos};

/// Real columns that are carried at a time: as many as keep the factors' way from memory worth it.
pub(super) const COLUMNS: usize = 24;

/// Pairs of vectors that the way back needs beside amplitudes and factors: those outside the largest front.
pub(super) fn workspace(plan: &Plan) -> usize {
    let fronts = plan.fronts.iter().filter(|front| front.seed.is_none());
    let pairs = fronts.map(|front| COLUMNS / 2 * front.outside);
    pairs.max().unwrap_or(0)
}

/// Carries amplitudes from the ends into the strip.
pub(super) struct CarryIn<'w, S: Simd, R: Lane> {
    pub(super) simd: S,
    pub(super) plan: &'w Plan,
    pub(super) places: &'w FactorPlaces,
    pub(super) factors: &'w [Pair<R::V<S>>],
    /// `[site][column]`, known at the ends.
    pub(super) amplitudes: &'w mut [[R::V<S>; COLUMNS]],
    /// [`workspace`].
    pub(super) panel: &'w mut [Pair<R::V<S>>],
}

impl<S: Simd, R: Lane> WithSimd for CarryIn<'_, S, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<T: Simd>(mut self, _: T) {
        let plan = self.plan;
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

impl<S: Simd, R: Lane> CarryIn<'_, S, R> {
    #[inline(always)]
    fn seed(&mut self, seed: &Seed, inverse: &[Pair<R::V<S>>]) {
        let simd = self.simd;
        let zero = R::splat(simd, R::ZERO);
        // Sums of what is beside each of the sites.
        let mut beside = [[zero; COLUMNS]; 2];
        for &(site, at_second) in &seed.outside {
            let from = &self.amplitudes[site as usize];
            for (sum, &value) in beside[usize::from(at_second)].iter_mut().zip(from) {
                *sum = R::plus(simd, *sum, value);
            }
        }
        let sites = 1 + usize::from(seed.sites[0] != seed.sites[1]);
        for pivot in 0..sites {
            let to = &mut self.amplitudes[seed.sites[pivot]];
            for column in 0..COLUMNS {
                let first = R::times(simd, inverse[pivot][0], beside[0][column]);
                let both = R::fma(simd, inverse[pivot][1], beside[1][column], first);
                // (Of one site alone nothing is beside the second.)
                to[column] = R::negate(simd, if sites == 1 { first } else { both });
            }
        }
    }

    #[inline(always)]
    fn front(&mut self, front: &Front, factors: &[Pair<R::V<S>>]) {
        let outside = front.outside;
        for (row, &site) in front.outside_sites.iter().enumerate() {
            let from = &self.amplitudes[site as usize];
            for pair in 0..COLUMNS / 2 {
                self.panel[pair * outside + row] = [from[2 * pair], from[2 * pair + 1]];
            }
        }
        let pairs = front.padded_pivots() / 2;
        twos!(pair in 0, pairs; M => {
            threes!(column in 0, COLUMNS / 2; N => self.tile::<M, N>(front, factors, pair, column));
        });
    }

    /// M pairs of pivots, N pairs of columns.
    #[inline(always)]
    fn tile<const M: usize, const N: usize>(
        &mut self,
        front: &Front,
        factors: &[Pair<R::V<S>>],
        pair: usize,
        column: usize,
    ) {
        let simd = self.simd;
        let outside = front.outside;
        let mut rows: [&[Pair<R::V<S>>]; M] = [&[]; M];
        for m in 0..M {
            rows[m] = &factors[(pair + m) * outside..][..outside];
        }
        let mut columns: [&[Pair<R::V<S>>]; N] = [&[]; N];
        for n in 0..N {
            columns[n] = &self.panel[(column + n) * outside..][..outside];
        }
        let tile = product::<S, R, M, N>(simd, rows, columns);
        for m in 0..M {
            for second in 0..2 {
                let Some(&(_, site)) = front.diagonal.get(2 * (pair + m) + second) else {
                    continue;
                };
                let to = &mut self.amplitudes[site][2 * column..][..2 * N];
                for n in 0..N {
                    to[2 * n] = R::negate(simd, tile[m][second][n][0]);
                    to[2 * n + 1] = R::negate(simd, tile[m][second][n][1]);
                }
            }
        }
    }
}
