//! Eliminating the fronts of all lanes.

use pulp::{Simd, WithSimd};

use super::factors::{Factors, Transforms};
use super::lanes::Lane;
use super::leads::LaneLeads;
use super::pair::ALONE;
use super::pivots::MAX_PIVOTS;
use super::plan::{Destination, Front, Plan, Seed};
use super::product::{Pair, Tile, product, threes, twos};

/// The elimination of the whole interior.
pub(super) struct Interior<'e, S: Simd, R: Lane> {
    pub(super) simd: S,
    pub(super) plan: &'e Plan,
    pub(super) leads: LaneLeads<'e, S, R>,
    /// The on-site energies, `[site]`.
    pub(super) onsite: &'e [R::V<S>],
    pub(super) arena: &'e mut [R::V<S>],
    /// The eliminated rows, `[column pair][pivot][2]`.
    pub(super) rows: &'e mut [Pair<R::V<S>>],
    /// By how much the squares of rounding errors may have grown: a sum over all fronts. (A NaN
    /// within a front reaches T itself.)
    pub(super) growth: &'e mut R::V<S>,
    /// Where to keep what the way back needs, if anything.
    pub(super) factors: Option<Factors<'e, R::V<S>>>,
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
    panels: &'e mut [[Pair<R::V<S>>; MAX_PIVOTS]; 3],
    /// One over each pivot.
    inverses: &'e mut [R::V<S>; MAX_PIVOTS],
    /// The growth of all fronts.
    all: &'e mut R::V<S>,
    /// The largest |1/pivot| of this front.
    steepest: R::V<S>,
    /// The largest change of a diagonal element that it causes.
    growth: R::V<S>,
    /// What its blocks do, if somebody wants to know.
    transforms: Option<&'e mut Transforms<S, R>>,
}

/// What has been found out about a block of up to four pivots, and is done to all their columns.
#[derive(Clone, Copy)]
pub(super) struct Block<V> {
    /// How the rows of each pair are combined, and what of the first is taken from the second.
    pub(super) combine: [[V; 4]; 2],
    pub(super) within: [V; 2],
    /// What of the first pair's rows is taken from the second's: `[row of the second][first]`.
    pub(super) between: [[V; 2]; 2],
}

impl<S: Simd, R: Lane> WithSimd for Interior<'_, S, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<T: Simd>(mut self, _: T) {
        let plan = self.plan;
        self.prepare_ends();
        let mut inverses = [R::splat(self.simd, R::ZERO); MAX_PIVOTS];
        let mut panels = [[[R::splat(self.simd, R::ZERO); 2]; MAX_PIVOTS]; 3];
        let mut transforms = self
            .factors
            .is_some()
            .then(|| Transforms::<S, R>::new(self.simd));
        for (number, front) in plan.fronts.iter().enumerate() {
            for &number in &front.prepare {
                self.prepare(&plan.fronts[number]);
            }
            if let Some(seed) = &front.seed {
                let inverse = self.eliminate_seed(seed);
                if let Some(factors) = &mut self.factors {
                    factors.keep_seed(number, inverse);
                }
                continue;
            }
            let eliminate: Eliminate<S, R> = Eliminate {
                simd: self.simd,
                front,
                columns: &self.plan.columns,
                arena: &mut *self.arena,
                rows: &mut *self.rows,
                panels: &mut panels,
                inverses: &mut inverses,
                all: &mut *self.growth,
                steepest: R::splat(self.simd, R::ZERO),
                growth: R::splat(self.simd, R::ZERO),
                transforms: transforms.as_mut(),
            };
            eliminate.run();
            if let (Some(factors), Some(transforms)) = (&mut self.factors, &transforms) {
                transforms.solve(front, &*self.rows, &inverses, factors.of(number));
            }
        }
    }
}

impl<S: Simd, R: Lane> Interior<'_, S, R> {
    /// Subtracts the inverse of one site's or two neighbours' E − H from what is around; gives it too: the
    /// first's own element, what is between, the second's own.
    #[inline(always)]
    fn eliminate_seed(&mut self, seed: &Seed) -> [R::V<S>; 3] {
        let simd = self.simd;
        let energy = self.leads.energy(simd);
        let one = R::splat(simd, R::ONE);
        let first = R::minus(simd, energy, self.onsite[seed.sites[0]]);
        if seed.sites[0] == seed.sites[1] {
            // Exact but for one rounding: what is wrong is as small as that against the largest
            // update, not its square.
            let inverse = R::over(simd, one, first);
            let size = R::magnitude(simd, inverse);
            *self.growth = R::plus(simd, *self.growth, size);
            self.subtract_everywhere(&seed.updates[0], inverse);
            return [inverse; 3];
        }
        let second = R::minus(simd, energy, self.onsite[seed.sites[1]]);
        let determinant = R::fma(simd, first, second, R::negate(simd, one));
        let over = R::over(simd, one, determinant);
        let own = [R::times(simd, second, over), R::times(simd, first, over)];
        // (0 times an overflow is NaN, which is noted too.)
        let overflow = R::times(simd, determinant, R::splat(simd, R::ZERO));
        for value in [own[0], over, own[1], overflow] {
            *self.growth = R::fma(simd, value, value, *self.growth);
        }
        self.subtract_everywhere(&seed.updates[0], own[0]);
        let between = R::negate(simd, over);
        self.subtract_everywhere(&seed.updates[1], between);
        self.subtract_everywhere(&seed.updates[2], own[1]);
        [own[0], between, own[1]]
    }

    #[inline(always)]
    fn subtract_everywhere(&mut self, places: &[usize], value: R::V<S>) {
        for &place in places {
            let to = &mut self.arena[place];
            *to = R::minus(self.simd, *to, value);
        }
    }

    /// The ends' matrix before anything is subtracted from it.
    #[inline(always)]
    fn prepare_ends(&mut self) {
        let simd = self.simd;
        let ends = &self.plan.ends;
        let stride = ends.stride();
        for row in 0..ends.sites.len() {
            for at in row * stride + row..(row + 1) * stride {
                self.arena[at] = self.leads.matrix(simd, at);
            }
        }
        for (row, &site) in ends.sites.iter().enumerate() {
            let to = &mut self.arena[row * ends.stride() + row];
            *to = R::minus(simd, *to, self.onsite[site]);
        }
    }

    /// A front's rows before anything is subtracted from them: E − H.
    #[inline(always)]
    fn prepare(&mut self, front: &Front) {
        let simd = self.simd;
        let zero = R::splat(simd, R::ZERO);
        let stride = front.stride();
        for row in 0..front.padded_pivots() {
            // What is left of the diagonal is never looked at.
            for element in &mut self.arena[front.rows + row * stride..][row..stride] {
                *element = zero;
            }
        }
        let energy = self.leads.energy(simd);
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
        twos!(pair in 0, pivots.div_ceil(2); M => self.block::<M>(2 * pair));
        self.update();
        let simd = self.simd;
        *self.all = R::fma(simd, self.growth, self.steepest, *self.all);
    }

    /// A pair of columns of the eliminated rows.
    #[inline(always)]
    fn pair(&self, pair: usize) -> &[Pair<R::V<S>>] {
        let pivots = self.front.padded_pivots();
        &self.rows[pair * pivots..][..pivots]
    }

    /// N pairs of columns of eliminated rows times the inverses of their pivots, into the panels.
    #[inline(always)]
    fn scale_panels<const N: usize>(&mut self, pair: usize, count: usize) {
        let simd = self.simd;
        let pivots = self.front.padded_pivots();
        for n in 0..N {
            let from = &self.rows[(pair + n) * pivots..][..count];
            for ((to, from), &inverse) in self.panels[n].iter_mut().zip(from).zip(&*self.inverses) {
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
    fn block<const M: usize>(&mut self, begin: usize) {
        self.scale_panels::<M>(begin / 2, begin);
        let tile: Tile<R::V<S>, M, M> = self.rest(begin, begin / 2);
        let block = self.pivots(begin, &tile);
        if let Some(transforms) = &mut self.transforms {
            transforms.note(begin, block);
        }
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
            let now = if m == 0 { tile[0] } else { corner };
            self.note_pivots(begin + 2 * m, now[0][m][0], now[1][m][1]);
            let [top, bottom] = if m == 0 { tile[0] } else { corner };
            let (a, b, c) = (top[m][0], top[m][1], bottom[m][1]);
            let found = Self::pair_pivots(simd, a, b, c, single);
            let size = R::magnitude(simd, found.change);
            self.growth = R::less(simd, size, self.growth, self.growth, size);
            block.combine[m] = found.combine;
            block.within[m] = found.within;
            for k in 0..2 {
                let inverse = found.inverses[k];
                self.inverses[begin + 2 * m + k] = inverse;
                let size = R::magnitude(simd, inverse);
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
    fn pair_pivots(
        simd: S,
        a: R::V<S>,
        b: R::V<S>,
        c: R::V<S>,
        single: bool,
    ) -> PairPivots<R::V<S>> {
        let zero = R::splat(simd, R::ZERO);
        let one = R::splat(simd, R::ONE);
        let minus = R::splat(simd, -R::ONE);
        if single {
            return PairPivots {
                combine: [one, zero, zero, one],
                within: zero,
                change: zero,
                inverses: [R::over(simd, one, a), zero],
            };
        }
        let (first, second) = (R::magnitude(simd, a), R::magnitude(simd, c));
        let beside = R::times(
            simd,
            R::splat(simd, R::from_f64(ALONE)),
            R::magnitude(simd, b),
        );
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
            change: R::times(simd, within, beside),
            inverses: [inverse, R::over(simd, one, second)],
        }
    }

    /// The rows of pair number m, combined and made independent of each other, in a pair of columns.
    #[inline(always)]
    fn combined(
        simd: S,
        block: &Block<R::V<S>>,
        m: usize,
        rows: [Pair<R::V<S>>; 2],
    ) -> [Pair<R::V<S>>; 2] {
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
    fn update(&mut self) {
        let pairs = self.front.outside.div_ceil(2);
        threes!(pair in 0, pairs; N => self.update_columns::<N>(pair));
    }

    /// The same for N pairs of columns, and all rows that do not lie below them.
    #[inline(always)]
    fn update_columns<const N: usize>(&mut self, pair: usize) {
        let simd = self.simd;
        let pivots = self.front.pivots;
        let first = self.front.padded_pivots() / 2;
        self.scale_panels::<N>(first + pair, pivots);
        twos!(row in 0, pair; M => {
            let mut rows: [&[Pair<R::V<S>>]; M] = [&[]; M];
            for m in 0..M {
                rows[m] = &self.pair(first + row + m)[..pivots];
            }
            let tile = product::<S, R, M, N>(simd, rows, self.panels::<N>(pivots));
            self.subtract::<M, N, false>(&tile, row, pair);
        });
        // The corner on the diagonal, of which the lower half is the upper's mirror image.
        if N == 3 {
            self.update_corner::<N, 3>(pair, pair);
        }
        if N >= 2 {
            self.update_corner::<N, 2>(pair, pair + N - 2);
        }
        self.update_corner::<N, 1>(pair, pair + N - 1);
    }

    /// A row pair of the corner, with as many column pairs as it has.
    #[inline(always)]
    fn update_corner<const N: usize, const LEFT: usize>(&mut self, pair: usize, row: usize) {
        let pivots = self.front.pivots;
        let first = self.front.padded_pivots() / 2;
        let rows = [&self.pair(first + row)[..pivots]];
        let mut columns: [&[Pair<R::V<S>>]; LEFT] = [&[]; LEFT];
        for n in 0..LEFT {
            columns[n] = &self.panels[row - pair + n][..pivots];
        }
        let tile = product::<S, R, 1, LEFT>(self.simd, rows, columns);
        self.note_growth(&tile);
        self.subtract::<1, LEFT, true>(&tile, row, row);
    }

    /// Subtracts a tile where it belongs: all of it, or what is not below the diagonal on which its
    /// first row pair is its first column pair.
    #[inline(always)]
    fn subtract<const M: usize, const N: usize, const DIAGONAL: bool>(
        &mut self,
        tile: &Tile<R::V<S>, M, N>,
        row: usize,
        pair: usize,
    ) {
        // Written out, so that the tile stays in registers.
        self.subtract_row::<N, false>(&tile[0][0], 2 * row, pair);
        self.subtract_row::<N, DIAGONAL>(&tile[0][1], 2 * row + 1, pair);
        if M == 2 {
            self.subtract_row::<N, false>(&tile[M - 1][0], 2 * row + 2, pair);
            self.subtract_row::<N, false>(&tile[M - 1][1], 2 * row + 3, pair);
        }
    }

    /// The same for one row, without the first column or with it.
    #[inline(always)]
    fn subtract_row<const N: usize, const SECOND: bool>(
        &mut self,
        values: &[Pair<R::V<S>>; N],
        row: usize,
        pair: usize,
    ) {
        let simd = self.simd;
        let outside = self.front.outside;
        let Some(&Destination { row, columns }) = self.front.destinations.get(row) else {
            return;
        };
        let places = &self.columns[columns + 2 * pair..][..2 * N];
        let low = places[0] as usize;
        if 2 * (pair + N) > outside {
            // The last column is no column but what fills its pair up.
            for n in 0..N {
                for k in usize::from(SECOND && n == 0)..2 {
                    if n + 1 < N || k == 0 {
                        self.subtract_element(row + places[2 * n + k] as usize, values[n][k]);
                    }
                }
            }
        } else if !SECOND && places[2 * N - 1] as usize - low == 2 * N - 1 {
            // Neighbours there as here.
            let to = &mut self.arena[row + low..][..2 * N];
            for n in 0..N {
                to[2 * n] = R::minus(simd, to[2 * n], values[n][0]);
                to[2 * n + 1] = R::minus(simd, to[2 * n + 1], values[n][1]);
            }
        } else {
            for n in 0..N {
                if !(SECOND && n == 0) {
                    self.subtract_element(row + places[2 * n] as usize, values[n][0]);
                }
                self.subtract_element(row + places[2 * n + 1] as usize, values[n][1]);
            }
        }
    }

    #[inline(always)]
    fn subtract_element(&mut self, at: usize, value: R::V<S>) {
        let to = &mut self.arena[at];
        *to = R::minus(self.simd, *to, value);
    }

    /// Notes by how much the diagonal of a pair has changed within the front.
    #[inline(always)]
    fn note_pivots(&mut self, pivot: usize, first: R::V<S>, second: R::V<S>) {
        let simd = self.simd;
        let at = self.front.rows + pivot * (self.front.stride() + 1);
        let originals = [self.arena[at], self.arena[at + self.front.stride() + 1]];
        for (original, now) in originals.into_iter().zip([first, second]) {
            let size = R::magnitude(simd, R::minus(simd, original, now));
            self.growth = R::less(simd, size, self.growth, self.growth, size);
        }
    }

    /// Notes how large the diagonal of a tile on the diagonal is.
    #[inline(always)]
    fn note_growth<const N: usize>(&mut self, tile: &Tile<R::V<S>, 1, N>) {
        let simd = self.simd;
        for size in [tile[0][0][0][0], tile[0][1][0][1]] {
            let size = R::magnitude(simd, size);
            self.growth = R::less(simd, size, self.growth, self.growth, size);
        }
    }
}

/// How a pair is eliminated.
struct PairPivots<V> {
    combine: [V; 4],
    within: V,
    /// By how much the first changes the second's pivot.
    change: V,
    inverses: [V; 2],
}
