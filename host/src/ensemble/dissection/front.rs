//! Eliminating the fronts of all lanes.

use pulp::{Simd, WithSimd};

use super::lanes::Lane;
use super::pair::ALONE;
use super::pivots::MOST_PIVOTS;
use super::plan::{Destination, Front, Plan};
use super::product::{Pair, Tile, product, threes, twos};

/// The elimination of the whole interior.
pub(super) struct Interior<'e, S: Simd, R: Lane> {
    pub(super) simd: S,
    pub(super) plan: &'e Plan,
    pub(super) energy: R,
    /// The on-site energies, `[site]`.
    pub(super) onsite: &'e [R::V<S>],
    pub(super) arena: &'e mut [R::V<S>],
    /// The eliminated rows, `[column pair][pivot][2]`.
    pub(super) rows: &'e mut [Pair<R::V<S>>],
    /// The largest |1/pivot| so far.
    pub(super) worst: &'e mut R::V<S>,
}

/// One front's elimination.
struct Eliminate<'e, S: Simd, R: Lane> {
    simd: S,
    front: &'e Front,
    /// [`Plan::columns`].
    columns: &'e [u32],
    arena: &'e mut [R::V<S>],
    rows: &'e mut [Pair<R::V<S>>],
    /// Three scaled columns' room.
    panels: &'e mut [[Pair<R::V<S>>; MOST_PIVOTS]; 3],
    worst: &'e mut R::V<S>,
    steepest: R::V<S>,
    growth: R::V<S>,
}

/// What has been found out about a block of up to four pivots, and is done to all their columns.
struct Block<V> {
    /// How the rows of each pair are combined, and what of the first is taken from the second.
    combine: [[V; 4]; 2],
    within: [V; 2],
    /// What of the first pair's rows is taken from the second's: `[row of the second][first]`.
    between: [[V; 2]; 2],
}

impl<S: Simd, R: Lane> WithSimd for Interior<'_, S, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<T: Simd>(mut self, _: T) {
        let plan = self.plan;
        let mut panels = [[[R::splat(self.simd, R::ZERO); 2]; MOST_PIVOTS]; 3];
        for front in &plan.fronts {
            for &number in &front.prepare {
                self.prepare(&plan.fronts[number]);
            }
            let eliminate: Eliminate<S, R> = Eliminate {
                simd: self.simd,
                front,
                columns: &self.plan.columns,
                arena: &mut *self.arena,
                rows: &mut *self.rows,
                panels: &mut panels,
                worst: &mut *self.worst,
                steepest: R::splat(self.simd, R::ZERO),
                growth: R::splat(self.simd, R::ZERO),
            };
            eliminate.run();
        }
    }
}

impl<S: Simd, R: Lane> Interior<'_, S, R> {
    /// A front's rows before anything is subtracted from them: E − H.
    #[inline(always)]
    fn prepare(&mut self, front: &Front) {
        let simd = self.simd;
        let zero = R::splat(simd, R::ZERO);
        for element in &mut self.arena[front.rows..][..front.len()] {
            *element = zero;
        }
        let energy = R::splat(simd, self.energy);
        for &(at, site) in &front.diagonal {
            self.arena[at] = R::minus(simd, energy, self.onsite[site]);
        }
        let one = R::splat(simd, R::ONE);
        for &at in &front.hoppings {
            self.arena[at] = one;
        }
    }
}

impl<S: Simd, R: Lane> Eliminate<'_, S, R> {
    #[inline(always)]
    fn run(mut self) {
        let pivots = self.front.pivots;
        let mut inverses = [R::splat(self.simd, R::ZERO); MOST_PIVOTS];
        twos!(pair in 0, pivots.div_ceil(2); M => self.block::<M>(2 * pair, &mut inverses));
        self.update(&inverses);
        let simd = self.simd;
        let size = R::times(simd, self.growth, self.steepest);
        *self.worst = R::less(simd, size, *self.worst, *self.worst, size);
    }

    /// A pair of columns of the eliminated rows.
    #[inline(always)]
    fn pair(&self, pair: usize) -> &[Pair<R::V<S>>] {
        let pivots = self.front.padded_pivots();
        &self.rows[pair * pivots..][..pivots]
    }

    /// N pairs of columns of eliminated rows times the inverses of their pivots, into the panels.
    #[inline(always)]
    fn scale_panels<const N: usize>(
        &mut self,
        pair: usize,
        count: usize,
        inverses: &[R::V<S>; MOST_PIVOTS],
    ) {
        let simd = self.simd;
        let pivots = self.front.padded_pivots();
        for n in 0..N {
            let from = &self.rows[(pair + n) * pivots..][..count];
            for ((to, from), &inverse) in self.panels[n].iter_mut().zip(from).zip(inverses) {
                to[0] = R::times(simd, from[0], inverse);
                to[1] = R::times(simd, from[1], inverse);
            }
        }
    }

    /// The first N panels.
    #[inline(always)]
    fn panels<const N: usize>(&self, count: usize) -> [&[Pair<R::V<S>>]; N] {
        let mut panels: [&[Pair<R::V<S>>]; N] = [&[]; N];
        for n in 0..N {
            panels[n] = &self.panels[n][..count];
        }
        panels
    }

    /// Eliminates the M pairs of pivots that begin with `begin`.
    #[inline(always)]
    fn block<const M: usize>(&mut self, begin: usize, inverses: &mut [R::V<S>; MOST_PIVOTS]) {
        let simd = self.simd;
        self.scale_panels::<M>(begin / 2, begin, inverses);
        let tile: Tile<R::V<S>, M, M> = self.rest(begin, begin / 2);
        let block = self.pivots(begin, &tile, inverses);
        let pairs = self.front.stride() / 2;
        threes!(pair in begin / 2 + M, pairs; N => {
            self.columns::<M, N>(begin, &block, pair);
        });
    }

    /// A tile of the rows from `begin` on, less what the pivots before `begin` take from it.
    #[inline(always)]
    fn rest<const M: usize, const N: usize>(
        &self,
        begin: usize,
        pair: usize,
    ) -> Tile<R::V<S>, M, N> {
        let simd = self.simd;
        let scaled = self.panels::<M>(begin);
        let stride = self.front.stride();
        let mut columns: [&[Pair<R::V<S>>]; N] = [&[]; N];
        for n in 0..N {
            columns[n] = &self.pair(pair + n)[..begin];
        }
        let mut tile = product::<S, R, M, N>(simd, scaled, columns);
        for m in 0..M {
            for row in 0..2 {
                let at = self.front.rows + (begin + 2 * m + row) * stride + 2 * pair;
                let originals = &self.arena[at..at + 2 * N];
                for n in 0..N {
                    let pair = &mut tile[m][row][n];
                    pair[0] = R::minus(simd, originals[2 * n], pair[0]);
                    pair[1] = R::minus(simd, originals[2 * n + 1], pair[1]);
                }
            }
        }
        tile
    }

    /// Eliminates the pivots among themselves.
    #[inline(always)]
    fn pivots<const M: usize>(
        &mut self,
        begin: usize,
        tile: &Tile<R::V<S>, M, M>,
        inverses: &mut [R::V<S>; MOST_PIVOTS],
    ) -> Block<R::V<S>> {
        let simd = self.simd;
        let zero = R::splat(simd, R::ZERO);
        let mut block = Block {
            combine: [[zero; 4]; 2],
            within: [zero; 2],
            between: [[zero; 2]; 2],
        };
        let mut corner = tile[M - 1];
        for m in 0..M {
            let single = begin + 2 * m + 1 == self.front.pivots;
            let [top, bottom] = if m == 0 { tile[0] } else { corner };
            let (a, b, c) = (top[m][0], top[m][1], bottom[m][1]);
            let found = Self::pair_pivots(simd, a, b, c, single);
            block.combine[m] = found.combine;
            block.within[m] = found.within;
            for k in 0..2 {
                let inverse = found.inverses[k];
                inverses[begin + 2 * m + k] = inverse;
                let size = R::magnitude(simd, inverse);
                // A NaN is kept: it is not less than anything.
                self.steepest = R::less(simd, size, self.steepest, self.steepest, size);
            }
            if m + 1 < M {
                // The first pair is taken from the second's corner.
                let pair = Self::combined(simd, &block, 0, [top[1], bottom[1]]);
                for second in 0..2 {
                    for first in 0..2 {
                        block.between[second][first] =
                            R::times(simd, pair[first][second], found.inverses[first]);
                    }
                }
                let rows = [corner[0][1], corner[1][1]];
                let rest = Self::lowered(simd, &block, pair, rows);
                corner[0][1] = rest[0];
                corner[1][1] = rest[1];
            }
        }
        block
    }

    /// How [[a, b], [b, c]] is eliminated; only a if it is single. See [`super::pair`].
    #[inline(always)]
    fn pair_pivots(simd: S, a: R::V<S>, b: R::V<S>, c: R::V<S>, single: bool) -> PairPivots<R::V<S>> {
        let zero = R::splat(simd, R::ZERO);
        let one = R::splat(simd, R::ONE);
        let minus = R::splat(simd, -R::ONE);
        if single {
            return PairPivots {
                combine: [one, zero, zero, one],
                within: zero,
                inverses: [R::over(simd, one, a), zero],
            };
        }
        let (first, second) = (R::magnitude(simd, a), R::magnitude(simd, c));
        let beside = R::times(simd, R::splat(simd, R::from_f64(ALONE)), R::magnitude(simd, b));
        let largest = R::less(simd, first, second, second, first);
        let sum = R::times(simd, b, R::plus(simd, a, c));
        let sign = R::less(simd, sum, zero, minus, one);
        let straight = R::less(simd, first, second, zero, one);
        let crossed = R::less(simd, first, second, one, zero);
        let straight = R::less(simd, largest, beside, one, straight);
        let f = [
            straight,
            R::less(simd, largest, beside, sign, crossed),
            R::less(simd, largest, beside, R::negate(simd, sign), crossed),
            straight,
        ];
        let left = R::fma(simd, f[1], b, R::times(simd, f[0], a));
        let right = R::fma(simd, f[1], c, R::times(simd, f[0], b));
        let pivot = R::fma(simd, f[1], right, R::times(simd, f[0], left));
        let inverse = R::over(simd, one, pivot);
        let beside = R::fma(simd, f[3], right, R::times(simd, f[2], left));
        let within = R::times(simd, beside, inverse);
        let left = R::fma(simd, f[3], b, R::times(simd, f[2], a));
        let right = R::fma(simd, f[3], c, R::times(simd, f[2], b));
        let second = R::fma(simd, f[3], right, R::times(simd, f[2], left));
        let second = R::fnma(simd, within, beside, second);
        PairPivots {
            combine: f,
            within,
            inverses: [inverse, R::over(simd, one, second)],
        }
    }

    /// The rows of pair number m, combined and made independent of each other, in a pair of columns.
    #[inline(always)]
    fn combined(simd: S, block: &Block<R::V<S>>, m: usize, rows: [Pair<R::V<S>>; 2]) -> [Pair<R::V<S>>; 2] {
        let (f, within) = (block.combine[m], block.within[m]);
        let mut new = rows;
        for column in 0..2 {
            let (r, s) = (rows[0][column], rows[1][column]);
            let first = R::fma(simd, f[1], s, R::times(simd, f[0], r));
            let second = R::fma(simd, f[3], s, R::times(simd, f[2], r));
            new[0][column] = first;
            new[1][column] = R::fnma(simd, within, first, second);
        }
        new
    }

    /// The second pair's rows, less what the first pair takes from them.
    #[inline(always)]
    fn lowered(
        simd: S,
        block: &Block<R::V<S>>,
        first: [Pair<R::V<S>>; 2],
        rows: [Pair<R::V<S>>; 2],
    ) -> [Pair<R::V<S>>; 2] {
        let mut rows = rows;
        for row in 0..2 {
            let between = block.between[row];
            for column in 0..2 {
                let value = R::fnma(simd, between[0], first[0][column], rows[row][column]);
                rows[row][column] = R::fnma(simd, between[1], first[1][column], value);
            }
        }
        rows
    }

    /// Eliminates N pairs of columns of a block.
    #[inline(always)]
    fn columns<const M: usize, const N: usize>(
        &mut self,
        begin: usize,
        block: &Block<R::V<S>>,
        pair: usize,
    ) {
        let simd = self.simd;
        let tile: Tile<R::V<S>, M, N> = self.rest(begin, pair);
        let pivots = self.front.padded_pivots();
        for n in 0..N {
            let first = Self::combined(simd, block, 0, [tile[0][0][n], tile[0][1][n]]);
            let to = &mut self.rows[(pair + n) * pivots + begin..][..2 * M];
            to[0] = first[0];
            to[1] = first[1];
            if M == 2 {
                let rows = [tile[M - 1][0][n], tile[M - 1][1][n]];
                let rows = Self::lowered(simd, block, first, rows);
                let second = Self::combined(simd, block, 1, rows);
                to[2 * M - 2] = second[0];
                to[2 * M - 1] = second[1];
            }
        }
    }

    /// Subtracts the pivots' share from all that is outside.
    #[inline(always)]
    fn update(&mut self, inverses: &[R::V<S>; MOST_PIVOTS]) {
        let pairs = self.front.outside.div_ceil(2);
        threes!(pair in 0, pairs; N => self.update_columns::<N>(inverses, pair));
    }

    /// The same for N pairs of columns, and all rows that do not lie below them.
    #[inline(always)]
    fn update_columns<const N: usize>(&mut self, inverses: &[R::V<S>; MOST_PIVOTS], pair: usize) {
        let simd = self.simd;
        let pivots = self.front.pivots;
        let first = self.front.padded_pivots() / 2;
        self.scale_panels::<N>(first + pair, pivots, inverses);
        twos!(row in 0, pair; M => {
            let mut rows: [&[Pair<R::V<S>>]; M] = [&[]; M];
            for m in 0..M {
                rows[m] = &self.pair(first + row + m)[..pivots];
            }
            let tile = product::<S, R, M, N>(simd, rows, self.panels::<N>(pivots));
            self.subtract(&tile, row, pair, false);
        });
        // The corner on the diagonal, of which the lower half is the upper's mirror image.
        for n in 0..N {
            let row = pair + n;
            let rows = [&self.pair(first + row)[..pivots]];
            let scaled = self.panels::<N>(pivots);
            match N - n {
                3 => {
                    let columns = [scaled[0], scaled[1 % N], scaled[2 % N]];
                    let tile = product::<S, R, 1, 3>(simd, rows, columns);
                    self.subtract(&tile, row, row, true);
                }
                2 => {
                    let columns = [scaled[N.saturating_sub(2)], scaled[N - 1]];
                    let tile = product::<S, R, 1, 2>(simd, rows, columns);
                    self.subtract(&tile, row, row, true);
                }
                _ => {
                    let tile = product::<S, R, 1, 1>(simd, rows, [scaled[N - 1]]);
                    self.subtract(&tile, row, row, true);
                }
            }
        }
    }

    /// Subtracts a tile where it belongs.
    #[inline(always)]
    fn subtract<const M: usize, const N: usize>(
        &mut self,
        tile: &Tile<R::V<S>, M, N>,
        row_pair: usize,
        pair: usize,
        diagonal: bool,
    ) {
        let simd = self.simd;
        let outside = self.front.outside;
        let column = 2 * pair;
        let complete = !diagonal && column + 2 * N <= outside;
        let front = self.front;
        if diagonal {
            for k in 0..2 {
                let size = R::magnitude(simd, tile[0][k][0][k]);
                self.growth = R::less(simd, size, self.growth, self.growth, size);
            }
        }
        let destinations = &front.destinations[2 * row_pair..];
        for m in 0..M {
            for second in 0..2 {
                // (Loops of constant length keep the tile in registers.)
                let number = 2 * m + second;
                if let Some(&Destination { row, columns }) = destinations.get(number) {
                    let values = &tile[m][second];
                    let places = &self.columns[columns + column..][..2 * N];
                    let (low, high) = (places[0] as usize, places[2 * N - 1] as usize);
                    if complete && high - low == 2 * N - 1 {
                        // Neighbours there as here, as it is nearly everywhere.
                        let to = &mut self.arena[row + low..][..2 * N];
                        for n in 0..N {
                            to[2 * n] = R::minus(simd, to[2 * n], values[n][0]);
                            to[2 * n + 1] = R::minus(simd, to[2 * n + 1], values[n][1]);
                        }
                    } else {
                        for n in 0..N {
                            for k in 0..2 {
                                let at = column + 2 * n + k;
                                if at >= 2 * row_pair + number && at < outside {
                                    let to = &mut self.arena[row + places[2 * n + k] as usize];
                                    *to = R::minus(simd, *to, values[n][k]);
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// How a pair is eliminated.
struct PairPivots<V> {
    combine: [V; 4],
    within: V,
    inverses: [V; 2],
}
