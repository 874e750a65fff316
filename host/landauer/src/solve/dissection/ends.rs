//! The leads' stage: what is left of the strip between its ends, and the transmission.
//!
//! With the leads' self-energies Σ attached, K = E − H − Σ between the two ends is complex
//! symmetric. The right end is eliminated, which folds a self-energy Σ_e on to the left end; let
//! N_e = −Im Σ_e (all that drains away to the right; it is small when T is, so that nothing cancels)
//! and Y the left end's Green's function with both leads attached. From the Fisher–Lee relation
//! T = 4 Tr[N_L Y N_e Y†] and Im Y = −Y (N_L + N_e) Y† the left lead's own N_L drops out:
//!
//! ```text
//! T = −4 Tr[N_e Im Y] − 4 Tr[N_e Y N_e Y†]
//! ```
//!
//! Where all modes are open Im K is positive definite, so that no pivoting is needed (N. J. Higham,
//! Math. Comput. 67, 1591, 1998). A complex number is a pair (re, im) of neighbouring columns to
//! [`product`], which then finds all four real products of a complex one.

use pulp::bytemuck::cast_slice_mut;
use pulp::{Simd, WithSimd};

use super::lanes::Lane;
use super::leads::LaneLeads;
use super::product::{Pair, Tile, product, threes, twos};

/// The most that [`Transmit::take_power`] takes out, as a power of two: what is smaller than its inverse
/// has lost digits before.
const MAX_POWER: i32 = 60;

/// The leads' stage of all lanes.
pub(super) struct Transmit<'e, S: Simd, R: Lane> {
    pub(super) simd: S,
    /// Sites of an end.
    pub(super) width: usize,
    /// Unknowns to eliminate: the right end's, and those left over.
    pub(super) pivots: usize,
    /// E − H − Re Σ between the unknowns, above the diagonal, `[row, column]`.
    pub(super) matrix: &'e [R::V<S>],
    /// Columns of `matrix`.
    pub(super) stride: usize,
    /// For −Im Σ of one lead, `[row, row]`.
    pub(super) leads: LaneLeads<'e, S, R>,
    pub(super) scratch: Scratch<'e, R::V<S>>,
    /// By how much the squares of rounding errors may have grown ([`super::interior::Interior`]).
    pub(super) growth: &'e mut R::V<S>,
    /// The largest real and imaginary part that folding the right end has added on the diagonal: 0
    /// before.
    pub(super) folded: [R::V<S>; 2],
    /// What couples the two ends is multiplied by this power of two: 1 before.
    pub(super) power: R::V<S>,
    /// One over its square, 0 where that is too small to be seen: 1 before.
    pub(super) back: R::V<S>,
}

/// Memory of the leads' stage.
pub(super) struct Scratch<'e, V> {
    /// Eliminated rows of the right end, then those of the left, `[column, pivot]`.
    rows: &'e mut [Pair<V>],
    /// K of the left end, `[row, column]`, then Y, `[column, row]`.
    pub(super) left: &'e mut [Pair<V>],
    /// N_e, `[column pair, row]`.
    drain: &'e mut [Pair<V>],
    /// One over each pivot.
    inverses: &'e mut [Pair<V>],
    /// Three scaled panels.
    panel: &'e mut [Pair<V>],
}

/// Pairs of vectors that each part of [`Scratch`] needs.
fn pairs(width: usize, pivots: usize) -> [usize; 5] {
    let rows = pivots * (pivots + width);
    [
        rows.max(2 * width * width),
        width * width,
        width.div_ceil(2) * width,
        pivots,
        3 * pivots,
    ]
}

/// Vectors of the leads' stage's memory.
pub(super) fn workspace(width: usize, pivots: usize) -> usize {
    2 * pairs(width, pivots).iter().sum::<usize>()
}

impl<'e, V> Scratch<'e, V> {
    /// Shares out a memory of [`workspace`].
    pub(super) fn new(width: usize, pivots: usize, memory: &'e mut [Pair<V>]) -> Self {
        let [rows, left, drain, inverses, panel] = pairs(width, pivots);
        let (rows, rest) = memory.split_at_mut(rows);
        let (left, rest) = rest.split_at_mut(left);
        let (drain, rest) = rest.split_at_mut(drain);
        let (inverses, rest) = rest.split_at_mut(inverses);
        Self {
            rows,
            left,
            drain,
            inverses,
            panel: &mut rest[..panel],
        }
    }
}

impl<S: Simd, R: Lane> WithSimd for Transmit<'_, S, R> {
    /// T times the square of the power of two, and that power.
    type Output = [R::V<S>; 2];

    #[inline(always)]
    fn with_simd<T: Simd>(mut self, _: T) -> [R::V<S>; 2] {
        if R::IS_NARROW {
            self.take_power();
        }
        let pivots = self.pivots;
        twos!(begin in 0, pivots; M => self.right_block::<M>(begin));
        let width = self.width;
        threes!(column in 0, width; N => self.fold_columns::<N>(column));
        self.note_reactance();
        self.invert_left();
        threes!(column in 0, width; N => self.drained_columns::<N>(column));
        [self.trace(), self.power]
    }
}

/// A complex tile: `[row][column]`.
type ComplexTile<V, const M: usize, const N: usize> = [[Pair<V>; N]; M];

impl<S: Simd, R: Lane> Transmit<'_, S, R> {
    #[inline(always)]
    fn zero(&self) -> R::V<S> {
        R::splat(self.simd, R::ZERO)
    }

    /// Takes a power of two out of what couples the ends, so that its largest element is near 1: N_e is as
    /// small as its square, and the last product as its fourth power, numbers that `f32` has not or that
    /// processors are slow with. It is exact, and where nothing underflows no result changes a bit.
    #[inline(always)]
    fn take_power(&mut self) {
        let simd = self.simd;
        let mut largest = self.zero();
        for row in 0..self.pivots {
            for &element in &self.matrix[row * self.stride + self.pivots..][..self.width] {
                let size = R::magnitude(simd, element);
                largest = R::less(simd, largest, size, size, largest);
            }
        }
        let (mut power, mut back) = ([largest], [largest]);
        let lanes = cast_slice_mut::<_, R>(&mut power).iter_mut();
        for (power, back) in lanes.zip(cast_slice_mut::<_, R>(&mut back)) {
            let exponent = power_of(power.to_f64());
            *power = R::from_f64(f64::from(2).powi(exponent));
            // Beyond that it cannot be seen in what it is added to, but makes subnormal numbers.
            let is_seen = exponent <= 32;
            *back = if is_seen {
                R::from_f64(f64::from(2).powi(-2 * exponent))
            } else {
                R::ZERO
            };
        }
        ([self.power], [self.back]) = (power, back);
    }

    #[inline(always)]
    fn multiply(simd: S, a: Pair<R::V<S>>, b: Pair<R::V<S>>) -> Pair<R::V<S>> {
        let re = R::fnma(simd, a[1], b[1], R::times(simd, a[0], b[0]));
        let im = R::fma(simd, a[1], b[0], R::times(simd, a[0], b[1]));
        [re, im]
    }

    /// c − a·b.
    #[inline(always)]
    fn less_product(
        simd: S,
        a: Pair<R::V<S>>,
        b: Pair<R::V<S>>,
        c: Pair<R::V<S>>,
    ) -> Pair<R::V<S>> {
        let re = R::fma(simd, a[1], b[1], R::fnma(simd, a[0], b[0], c[0]));
        let im = R::fnma(simd, a[1], b[0], R::fnma(simd, a[0], b[1], c[1]));
        [re, im]
    }

    #[inline(always)]
    fn minus(simd: S, a: Pair<R::V<S>>, b: Pair<R::V<S>>) -> Pair<R::V<S>> {
        [R::minus(simd, a[0], b[0]), R::minus(simd, a[1], b[1])]
    }

    /// 1/a, and notes how large it is.
    #[inline(always)]
    fn invert(&mut self, a: Pair<R::V<S>>) -> Pair<R::V<S>> {
        let simd = self.simd;
        // Divided by the larger part first, so that no square overflows or vanishes.
        let (re, im) = (R::magnitude(simd, a[0]), R::magnitude(simd, a[1]));
        let larger = R::less(simd, re, im, im, re);
        let scale = R::over(simd, R::splat(simd, R::ONE), larger);
        let (x, y) = (R::times(simd, a[0], scale), R::times(simd, a[1], scale));
        let square = R::fma(simd, y, y, R::times(simd, x, x));
        let factor = R::over(simd, scale, square);
        *self.growth = R::fma(simd, scale, scale, *self.growth);
        [
            R::times(simd, x, factor),
            R::negate(simd, R::times(simd, y, factor)),
        ]
    }

    /// Complex products from the real ones of a tile.
    #[inline(always)]
    fn complex<const M: usize, const N: usize>(
        simd: S,
        tile: Tile<R::V<S>, M, N>,
    ) -> ComplexTile<R::V<S>, M, N> {
        let mut complex = [[[R::splat(simd, R::ZERO); 2]; N]; M];
        for m in 0..M {
            let [re, im] = tile[m];
            for n in 0..N {
                complex[m][n][0] = R::minus(simd, re[n][0], im[n][1]);
                complex[m][n][1] = R::plus(simd, re[n][1], im[n][0]);
            }
        }
        complex
    }

    /// M columns of eliminated rows, times the pivots' inverses, into the panel.
    #[inline(always)]
    fn scale<const M: usize>(
        &mut self,
        offset: usize,
        column: usize,
        pivots: usize,
        first: usize,
        end: usize,
    ) {
        let simd = self.simd;
        let room = self.pivots;
        for m in 0..M {
            let from = &self.scratch.rows[offset + (column + m) * pivots..][first..end];
            let to = &mut self.scratch.panel[m * room..][first..end];
            let inverses = &self.scratch.inverses[first..end];
            for ((to, &from), &inverse) in to.iter_mut().zip(from).zip(inverses) {
                *to = Self::multiply(simd, from, inverse);
            }
        }
    }

    /// The panel's first M columns.
    #[inline(always)]
    fn panel<const M: usize>(&self, first: usize, end: usize) -> [&[Pair<R::V<S>>]; M] {
        let room = self.pivots;
        let mut panel: [&[Pair<R::V<S>>]; M] = [&[]; M];
        for m in 0..M {
            panel[m] = &self.scratch.panel[m * room..][first..end];
        }
        panel
    }

    /// N columns of eliminated rows.
    #[inline(always)]
    fn columns<const N: usize>(
        &self,
        offset: usize,
        column: usize,
        pivots: usize,
        first: usize,
        end: usize,
    ) -> [&[Pair<R::V<S>>]; N] {
        let mut columns: [&[Pair<R::V<S>>]; N] = [&[]; N];
        for n in 0..N {
            columns[n] = &self.scratch.rows[offset + (column + n) * pivots..][first..end];
        }
        columns
    }

    /// Eliminates M unknowns of the right end.
    #[inline(always)]
    fn right_block<const M: usize>(&mut self, begin: usize) {
        let pivots = self.pivots;
        self.scale::<M>(0, begin, pivots, 0, begin);
        let tile = self.right_rest::<M, M>(begin, begin);
        let between = self.invert_corner(begin, &tile);
        let columns = pivots + self.width;
        threes!(column in begin + M, columns; N => {
            let tile = self.right_rest::<M, N>(begin, column);
            self.store_rows(0, pivots, begin, column, between, &tile);
        });
    }

    /// One over each of M pivots; what of the first row is taken from the second.
    #[inline(always)]
    fn invert_corner<const M: usize>(
        &mut self,
        begin: usize,
        tile: &ComplexTile<R::V<S>, M, M>,
    ) -> Pair<R::V<S>> {
        let simd = self.simd;
        let inverse = self.invert(tile[0][0]);
        self.scratch.inverses[begin] = inverse;
        if M == 1 {
            return [self.zero(); 2];
        }
        let beside = tile[0][M - 1];
        let between = Self::multiply(simd, beside, inverse);
        let second = Self::less_product(simd, between, beside, tile[M - 1][M - 1]);
        self.scratch.inverses[begin + M - 1] = self.invert(second);
        between
    }

    /// Makes the rows of a tile independent of each other, and keeps them.
    #[inline(always)]
    fn store_rows<const M: usize, const N: usize>(
        &mut self,
        offset: usize,
        pivots: usize,
        begin: usize,
        column: usize,
        between: Pair<R::V<S>>,
        tile: &ComplexTile<R::V<S>, M, N>,
    ) {
        let simd = self.simd;
        for n in 0..N {
            let to = &mut self.scratch.rows[offset + (column + n) * pivots + begin..][..M];
            to[0] = tile[0][n];
            if M == 2 {
                to[M - 1] = Self::less_product(simd, between, tile[0][n], tile[M - 1][n]);
            }
        }
    }

    /// A tile of the right end's rows, less what earlier pivots take from it.
    #[inline(always)]
    fn right_rest<const M: usize, const N: usize>(
        &self,
        begin: usize,
        column: usize,
    ) -> ComplexTile<R::V<S>, M, N> {
        let simd = self.simd;
        let width = self.width;
        let rows = self.panel::<M>(0, begin);
        let columns = self.columns::<N>(0, column, self.pivots, 0, begin);
        let mut tile = Self::complex(simd, product::<S, R, M, N>(simd, rows, columns));
        for m in 0..M {
            let row = begin + m;
            let originals = &self.matrix[row * self.stride + column..][..N];
            for n in 0..N {
                let drain = if row < width && column + n < width {
                    self.leads.drain(simd, row * width + column + n)
                } else {
                    self.zero()
                };
                let mut original = [originals[n], drain];
                if R::IS_NARROW && column + n >= self.pivots {
                    original[0] = R::times(simd, original[0], self.power);
                }
                tile[m][n] = Self::minus(simd, original, tile[m][n]);
            }
        }
        tile
    }

    /// N columns of the left end's K and of N_e.
    #[inline(always)]
    fn fold_columns<const N: usize>(&mut self, column: usize) {
        let (simd, pivots, width) = (self.simd, self.pivots, self.width);
        self.scale::<N>(0, pivots + column, pivots, 0, pivots);
        let end = column + N;
        twos!(row in 0, end; M => {
            let rows = self.columns::<M>(0, pivots + row, pivots, 0, pivots);
            let columns = self.panel::<N>(0, pivots);
            let folded = Self::complex(simd, product::<S, R, M, N>(simd, rows, columns));
            for m in 0..M {
                let row = row + m;
                for n in 0..N {
                    let (column, folded) = (column + n, folded[m][n]);
                    if row <= column {
                        let at = (pivots + row) * self.stride + pivots + column;
                        let drain = self.leads.drain(simd, row * width + column);
                        let mut rest = [self.matrix[at], drain];
                        if R::IS_NARROW {
                            rest[0] = R::fnma(simd, folded[0], self.back, rest[0]);
                            rest[1] = R::fnma(simd, folded[1], self.back, rest[1]);
                        } else {
                            rest = Self::minus(simd, rest, folded);
                        }
                        self.scratch.left[row * width + column] = rest;
                        if row == column {
                            self.note_folded(folded);
                        }
                        let away = R::negate(simd, folded[1]);
                        self.scratch.drain[column / 2 * width + row][column % 2] = away;
                        self.scratch.drain[row / 2 * width + column][row % 2] = away;
                    }
                }
            }
        });
    }

    /// Notes how large an element on the diagonal of the folded self-energy is.
    #[inline(always)]
    fn note_folded(&mut self, folded: Pair<R::V<S>>) {
        let simd = self.simd;
        for (largest, part) in self.folded.iter_mut().zip(folded) {
            let size = R::magnitude(simd, part);
            *largest = R::less(simd, *largest, size, size, *largest);
        }
    }

    /// Both parts of Σ_e are sums with the same rounding. Where evanescent modes of the leads couple
    /// the ends of a strip that propagating ones hardly pass, its real part is large and N_e, all
    /// that T is made of, drowns in its rounding.
    #[inline(always)]
    fn note_reactance(&mut self) {
        let ratio = R::over(self.simd, self.folded[0], self.folded[1]);
        *self.growth = R::fma(self.simd, ratio, ratio, *self.growth);
    }

    /// Makes Y of K, of the left end.
    #[inline(always)]
    pub(super) fn invert_left(&mut self) {
        let width = self.width;
        twos!(begin in 0, width; M => self.left_block::<M>(begin));
        threes!(column in 0, width; N => self.greens_columns::<N>(column));
    }

    /// Eliminates M unknowns of the left end, and builds up the columns of the identity beside.
    #[inline(always)]
    fn left_block<const M: usize>(&mut self, begin: usize) {
        let (simd, width) = (self.simd, self.width);
        self.scale::<M>(0, begin, width, 0, begin);
        let tile = self.left_rest::<M, M>(begin, begin);
        let between = self.invert_corner(begin, &tile);
        threes!(column in begin + M, width; N => {
            let tile = self.left_rest::<M, N>(begin, column);
            self.store_rows(0, width, begin, column, between, &tile);
        });
        // Column j of the identity has nothing in the rows above j.
        let identity = width * width;
        let mut column = 0;
        while column < begin + M {
            let first = column.min(begin);
            threes!(at in column, (column + 3).min(width); N => {
                let rows = self.panel::<M>(first, begin);
                let columns = self.columns::<N>(identity, at, width, first, begin);
                let taken = Self::complex(simd, product::<S, R, M, N>(simd, rows, columns));
                let zero = self.zero();
                let mut tile = [[[zero; 2]; N]; M];
                for m in 0..M {
                    for n in 0..N {
                        let one = if begin + m == at + n { R::ONE } else { R::ZERO };
                        let original = [R::splat(simd, one), zero];
                        tile[m][n] = Self::minus(simd, original, taken[m][n]);
                    }
                }
                self.store_rows(identity, width, begin, at, between, &tile);
            });
            column += 3;
        }
    }

    /// A tile of the left end's rows, less what earlier pivots take from it.
    #[inline(always)]
    fn left_rest<const M: usize, const N: usize>(
        &self,
        begin: usize,
        column: usize,
    ) -> ComplexTile<R::V<S>, M, N> {
        let (simd, width) = (self.simd, self.width);
        let rows = self.panel::<M>(0, begin);
        let columns = self.columns::<N>(0, column, width, 0, begin);
        let mut tile = Self::complex(simd, product::<S, R, M, N>(simd, rows, columns));
        for m in 0..M {
            let originals = &self.scratch.left[(begin + m) * width + column..][..N];
            for n in 0..N {
                tile[m][n] = Self::minus(simd, originals[n], tile[m][n]);
            }
        }
        tile
    }

    /// N columns of Y.
    #[inline(always)]
    fn greens_columns<const N: usize>(&mut self, column: usize) {
        let (simd, width) = (self.simd, self.width);
        let identity = width * width;
        self.scale::<N>(identity, column, width, column, width);
        let end = column + N;
        twos!(row in 0, end; M => {
            let rows = self.columns::<M>(identity, row, width, column, width);
            let columns = self.panel::<N>(column, width);
            let greens = Self::complex(simd, product::<S, R, M, N>(simd, rows, columns));
            for m in 0..M {
                let row = row + m;
                for n in 0..N {
                    let (column, greens) = (column + n, greens[m][n]);
                    if row <= column {
                        self.scratch.left[column * width + row] = greens;
                        self.scratch.left[row * width + column] = greens;
                    }
                }
            }
        });
    }

    /// N columns of N_e Y.
    #[inline(always)]
    fn drained_columns<const N: usize>(&mut self, column: usize) {
        let (simd, width) = (self.simd, self.width);
        let pairs = width.div_ceil(2);
        twos!(pair in 0, pairs; M => {
            let mut rows: [&[Pair<R::V<S>>]; M] = [&[]; M];
            for m in 0..M {
                rows[m] = &self.scratch.drain[(pair + m) * width..][..width];
            }
            let mut columns: [&[Pair<R::V<S>>]; N] = [&[]; N];
            for n in 0..N {
                columns[n] = &self.scratch.left[(column + n) * width..][..width];
            }
            let tile = product::<S, R, M, N>(simd, rows, columns);
            for m in 0..M {
                for second in 0..2 {
                    let row = 2 * (pair + m) + second;
                    if row < width {
                        for n in 0..N {
                            self.scratch.rows[(column + n) * width + row] = tile[m][second][n];
                        }
                    }
                }
            }
        });
    }

    /// Without the square of the power of two.
    #[inline(always)]
    fn put_back(&self, value: R::V<S>) -> R::V<S> {
        if R::IS_NARROW {
            R::times(self.simd, value, self.back)
        } else {
            value
        }
    }

    /// T, times the square of the power of two, from N_e Y.
    #[inline(always)]
    fn trace(&self) -> R::V<S> {
        let (simd, width) = (self.simd, self.width);
        let drained = &*self.scratch.rows;
        let mut sum = self.zero();
        let mut twice = self.zero();
        for column in 0..width {
            for row in 0..column {
                let (one, other) = (drained[column * width + row], drained[row * width + column]);
                twice = R::fma(simd, one[0], other[0], twice);
                twice = R::fma(simd, one[1], other[1], twice);
            }
            let one = drained[column * (width + 1)];
            sum = R::plus(simd, sum, one[1]);
            sum = R::fma(simd, self.put_back(one[0]), one[0], sum);
            sum = R::fma(simd, self.put_back(one[1]), one[1], sum);
        }
        let two = R::splat(simd, R::TWO);
        let four = R::splat(simd, -(R::TWO + R::TWO));
        R::times(simd, four, R::fma(simd, two, self.put_back(twice), sum))
    }
}

/// The exponent of the power of two that brings a size below 1 to between 1 and 2, as far as
/// [`MAX_POWER`]; 0 for all others.
fn power_of(size: f64) -> i32 {
    if size > 0.0 && size < 1.0 {
        let exponent = (size.to_bits() >> 52) as i32 - 1023;
        (-exponent).min(MAX_POWER)
    } else {
        0
    }
}
