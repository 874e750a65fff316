//! Elimination of some unknowns of a dense symmetric matrix, as far as there are good pivots: LDLᵀ with pivots chosen
//! while it runs.
//!
//! A pivot is one unknown or two (J. R. Bunch and L. Kaufman, Math. Comput. 31, 163, 1977), looked for along rows and
//! columns in turn, as a rook moves (N. J. Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed., ch. 11).
//! It is taken if no multiplier of it is larger than 1/[`THRESHOLD`], not even in the rows of unknowns that are not to
//! be eliminated here. Unknowns that are no good pivot yet are left: *delayed*, for another matrix in which
//! they are coupled to more (I. S. Duff and J. K. Reid, ACM Trans. Math. Softw. 9, 302, 1983).
//!
//! Columns are brought up to date when they are looked at, by the pivots of the current panel; when a panel is full, the
//! rest of the matrix is ([`super::tiles`]), by all threads if that is worth while.

use pulp::{Arch, Simd, WithSimd};

use super::matrix::Matrix;
use super::number::{Number, inverse, minus, size, times};
use super::tiles::{self, Packing, Panel, Product, SHARE, WHOLE};
use crate::parallel;

/// The smallest pivot, relative to the other numbers of its column.
const THRESHOLD: f64 = 0.1;

/// A pivot that is so large is taken without a look at others: (1 + √17)/8, Bunch's and Kaufman's.
const LARGE: f64 = 0.640_388_203_202_207_6;

/// What is smaller is zero: its inverse might not be a number.
const SMALLEST: f64 = 1e-300;

/// Pivots of a panel: then the other candidates' columns are brought up to date.
const PANEL: usize = 48;

/// Pivots after which all other columns are, in whole panels: the more, the less often they are read and written.
const BLOCK: usize = 3 * PANEL;

/// Multiply-adds from which on a product is shared out among threads.
const SHARED: usize = 4 << 20;

/// What is what in a matrix, by its unknowns: candidates ≤ tested ≤ columns ≤ rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// The first ones are to be eliminated.
    pub(super) candidates: usize,
    /// Multipliers are bounded in so many rows.
    pub(super) tested: usize,
}

/// Memory for eliminations.
#[derive(Debug)]
pub(super) struct Workspace<const P: usize> {
    /// Two columns that are looked at.
    looked_at: [[Vec<f64>; P]; 2],
    /// The columns of a block times their pivots, `[pivot, row]`.
    panel: [Vec<f64>; P],
    rows: Panel,
    columns: [Panel; P],
}

impl<const P: usize> Default for Workspace<P> {
    fn default() -> Self {
        let none = || std::array::from_fn(|_| Vec::new());
        Self {
            looked_at: [none(), none()],
            panel: none(),
            rows: Panel::default(),
            columns: std::array::from_fn(|_| Panel::default()),
        }
    }
}

/// Eliminates candidates: those that are left follow the eliminated ones, whose columns and rows are without
/// meaning then. `weights` is something that is kept for each unknown and changes places with it. Gives the number of
/// those that were eliminated.
pub(super) fn eliminate<const P: usize>(
    arch: Arch,
    matrix: &mut Matrix<P>,
    shape: Shape,
    weights: &mut [f64],
    workspace: &mut Workspace<P>,
) -> usize {
    let grow = |buffer: &mut Vec<f64>, len: usize| {
        if buffer.len() < len {
            buffer.resize(len, 0.0);
        }
    };
    for buffer in workspace.looked_at.iter_mut().flatten() {
        grow(buffer, matrix.stride);
    }
    for buffer in &mut workspace.panel {
        grow(buffer, matrix.stride * BLOCK.min(shape.candidates));
    }
    arch.dispatch(Elimination {
        arch,
        matrix,
        shape,
        weights,
        workspace,
        block: 0,
        first: 0,
        at: 0,
    })
}

struct Elimination<'e, const P: usize> {
    arch: Arch,
    matrix: &'e mut Matrix<P>,
    shape: Shape,
    weights: &'e mut [f64],
    workspace: &'e mut Workspace<P>,
    /// The first pivot of the block.
    block: usize,
    /// The first pivot of the panel.
    first: usize,
    /// The next pivot.
    at: usize,
}

/// What is a good pivot; columns by their number among those that were looked at.
#[derive(Clone, Copy)]
enum Pivot {
    One {
        unknown: usize,
        column: usize,
    },
    /// The unknowns of both columns.
    Two {
        unknowns: [usize; 2],
    },
}

/// A column that was looked at.
#[derive(Clone, Copy)]
struct Column {
    unknown: usize,
    /// The size of its diagonal element.
    own: f64,
    /// The largest number beside it among the candidates, and whose row that is.
    partner: (f64, usize),
    /// The largest number beside it.
    largest: f64,
}

impl<const P: usize> WithSimd for Elimination<'_, P> {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) -> usize {
        let candidates = self.shape.candidates;
        // Those behind it have been found to be no good since `progress` was made.
        let mut active = candidates;
        let mut progress = false;
        loop {
            if self.at == active {
                if active == candidates || !progress {
                    break;
                }
                (active, progress) = (candidates, false);
            }
            match self.search(simd) {
                Some(pivot @ Pivot::One { .. }) => self.take(simd, pivot),
                Some(pivot) => {
                    if self.at + 2 > self.first + PANEL {
                        self.finish_panel(simd);
                        // Columns change their bits a little where panels end: look again.
                        continue;
                    }
                    self.take(simd, pivot);
                }
                None => {
                    active -= 1;
                    self.swap(self.at, active);
                    continue;
                }
            }
            // One that was set aside may have come before others that were not.
            active = active.max(self.at);
            progress = true;
            if self.at == self.first + PANEL {
                self.finish_panel(simd);
            }
        }
        self.finish_panel(simd);
        self.finish_block(simd);
        self.at
    }
}

impl<const P: usize> Elimination<'_, P> {
    /// Looks for a pivot, beginning with the next unknown.
    #[inline(always)]
    fn search<S: Simd>(&mut self, simd: S) -> Option<Pivot> {
        let mut here = self.look_at(simd, self.at, 0);
        let one = |column: Column, place| Pivot::One {
            unknown: column.unknown,
            column: place,
        };
        let good = |column: Column, least: f64| {
            column.own >= SMALLEST && column.own >= least * column.largest
        };
        if good(here, LARGE) {
            return Some(one(here, 0));
        }
        let mut place = 0;
        let mut there = None;
        // From column to column the largest number grows, so that this ends.
        loop {
            let (beside, partner) = here.partner;
            if beside < SMALLEST {
                break;
            }
            let other = self.look_at(simd, partner, 1 - place);
            there = Some((other, 1 - place));
            if good(other, LARGE) {
                return Some(one(other, 1 - place));
            }
            let mutual = other.partner.1 == here.unknown || other.partner.0 <= beside;
            if mutual {
                if self.is_good_pair(simd, here, other, place) {
                    // Always in the order of the columns.
                    let mut unknowns = [here.unknown, other.unknown];
                    if place == 1 {
                        unknowns.swap(0, 1);
                    }
                    return Some(Pivot::Two { unknowns });
                }
                break;
            }
            (here, place) = (other, 1 - place);
            there = None;
        }
        if good(here, THRESHOLD) {
            return Some(one(here, place));
        }
        let (other, place) = there?;
        good(other, THRESHOLD).then(|| one(other, place))
    }

    /// Are all multipliers of a pair bounded?
    #[inline(always)]
    fn is_good_pair<S: Simd>(
        &mut self,
        simd: S,
        here: Column,
        other: Column,
        place: usize,
    ) -> bool {
        let a = self.number(place, here.unknown);
        let b = self.number(place, other.unknown);
        let c = self.number(1 - place, other.unknown);
        let pair = [here.unknown, other.unknown];
        let one = self.beside(simd, place, pair);
        let two = self.beside(simd, 1 - place, pair);
        // The determinant, divided by b.
        let scaled = times(a, inverse(b));
        let determinant = size(minus(times(scaled, c), b));
        let most = determinant * size(b) / THRESHOLD;
        // Where both are coupled that weakly, one alone is as good; and its products do not overflow. Not of NaN.
        size(a) * size(c) <= size(b) * size(b)
            && determinant >= SMALLEST
            && size(c) * one + size(b) * two <= most
            && size(b) * one + size(a) * two <= most
    }

    /// The largest of a column's numbers but for those in two rows.
    #[inline(always)]
    fn beside<S: Simd>(&mut self, simd: S, place: usize, rows: [usize; 2]) -> f64 {
        let numbers = rows.map(|row| self.number(place, row));
        for row in rows {
            self.set(place, row, [0.0; P]);
        }
        let largest = self.largest(simd, place, self.at, self.shape.tested);
        for (row, number) in rows.into_iter().zip(numbers) {
            self.set(place, row, number);
        }
        largest
    }

    #[inline(always)]
    fn set(&mut self, place: usize, row: usize, number: Number<P>) {
        for plane in 0..P {
            self.workspace.looked_at[place][plane][row] = number[plane];
        }
    }

    #[inline(always)]
    fn number(&self, place: usize, row: usize) -> Number<P> {
        std::array::from_fn(|plane| self.workspace.looked_at[place][plane][row])
    }

    /// The largest of a column's numbers in some rows.
    #[inline(always)]
    fn largest<S: Simd>(&self, simd: S, place: usize, from: usize, to: usize) -> f64 {
        if from >= to {
            return 0.0;
        }
        let planes = &self.workspace.looked_at[place];
        tiles::largest(
            simd,
            &planes[0][from..to],
            (P == 2).then(|| &planes[P - 1][from..to]),
        )
    }

    /// The first row in which a column has a number of this size.
    #[inline(always)]
    fn row_of(&self, place: usize, from: usize, to: usize, largest: f64) -> usize {
        let planes = &self.workspace.looked_at[place];
        let found = if P == 1 {
            let mut numbers = planes[0][from..to].iter();
            numbers.position(|number| number.abs() >= largest)
        } else {
            let mut numbers = planes[0][from..to].iter().zip(&planes[P - 1][from..to]);
            numbers.position(|(re, im)| re.abs() + im.abs() >= largest)
        };
        from + found.unwrap_or(0)
    }

    /// Brings a column up to date, and looks for what is largest in it.
    #[inline(always)]
    fn look_at<S: Simd>(&mut self, simd: S, unknown: usize, place: usize) -> Column {
        let (at, rows) = (self.at, self.matrix.rows);
        let (stride, depth) = (self.matrix.stride, self.at - self.first);
        let Workspace {
            looked_at, panel, ..
        } = &mut *self.workspace;
        let mut factors = [[0.0; PANEL]; P];
        let panel_at = (self.first - self.block) * stride + unknown;
        for (factors, panel) in factors.iter_mut().zip(&*panel) {
            let values = panel.iter().skip(panel_at).step_by(stride);
            for (factor, &value) in factors[..depth].iter_mut().zip(values) {
                *factor = value;
            }
        }
        for plane in 0..P {
            let to = &mut looked_at[place][plane];
            let from = &self.matrix.planes[plane];
            let beside = from[unknown..].iter().skip(at * stride).step_by(stride);
            for (to, &from) in to[at..unknown].iter_mut().zip(beside) {
                *to = from;
            }
            to[unknown..rows].copy_from_slice(&self.matrix.column(plane, unknown)[unknown..]);
        }
        if depth > 0 {
            // Whole vectors: what is before and behind those rows means nothing.
            let from = at - at % WHOLE;
            let end = rows.next_multiple_of(WHOLE);
            let begin = self.first * stride + from;
            let part = |plane: usize| &self.matrix.planes[plane][begin..];
            let [re, im] = [&factors[0][..depth], &factors[P - 1][..depth]];
            let to = &mut looked_at[place];
            tiles::subtract_columns(simd, &mut to[0][from..end], part(0), stride, re);
            if P == 2 {
                tiles::subtract_columns(simd, &mut to[P - 1][from..end], part(P - 1), stride, re);
                tiles::subtract_columns(simd, &mut to[P - 1][from..end], part(0), stride, im);
                let minus = factors[P - 1].map(|factor| -factor);
                let minus = &minus[..depth];
                tiles::subtract_columns(simd, &mut to[0][from..end], part(P - 1), stride, minus);
            }
        }
        let (candidates, tested) = (self.shape.candidates, self.shape.tested);
        // The own one is put aside.
        let own = self.number(place, unknown);
        self.set(place, unknown, [0.0; P]);
        let beside = self.largest(simd, place, at, candidates);
        let outside = self.largest(simd, place, candidates, tested);
        let partner = self.row_of(place, at, candidates, beside);
        self.set(place, unknown, own);
        Column {
            unknown,
            own: size(own),
            partner: (beside, partner),
            largest: beside.max(outside),
        }
    }

    /// Swaps two unknowns that are not eliminated, in all that is still needed.
    #[inline(always)]
    fn swap(&mut self, one: usize, other: usize) {
        if one == other {
            return;
        }
        let [one, other] = [one.min(other), one.max(other)];
        self.matrix.swap(one, other);
        self.weights.swap(one, other);
        let stride = self.matrix.stride;
        for pivot in self.first..self.at {
            for plane in 0..P {
                let column = &mut self.matrix.planes[plane][pivot * stride..];
                column.swap(one, other);
                let column = &mut self.workspace.panel[plane][(pivot - self.block) * stride..];
                column.swap(one, other);
            }
        }
        for plane in self.workspace.looked_at.iter_mut().flatten() {
            plane.swap(one, other);
        }
    }

    /// Eliminates a pivot within the panel.
    #[inline(always)]
    fn take<S: Simd>(&mut self, _: S, pivot: Pivot) {
        match pivot {
            Pivot::One { unknown, column } => {
                self.swap(self.at, unknown);
                let at = self.at;
                let inverse = inverse(self.number(column, at));
                self.keep(column, at);
                self.divide(column, at, inverse);
                self.at += 1;
            }
            Pivot::Two {
                unknowns: [one, other],
            } => {
                let at = self.at;
                self.swap(at, one);
                // It may have been where the first one is now.
                self.swap(at + 1, if other == at { one } else { other });
                let b = inverse(self.number(0, at + 1));
                let d_one = times(self.number(1, at + 1), b);
                let d_other = times(self.number(0, at), b);
                let mut unit = [0.0; P];
                unit[0] = 1.0;
                let factor = times(b, inverse(minus(times(d_one, d_other), unit)));
                self.keep(0, at);
                self.keep(1, at + 1);
                self.divide_pair(at, factor, [d_one, d_other]);
                self.at += 2;
            }
        }
    }

    /// The multipliers of a pivot, from a column that was looked at.
    #[inline(always)]
    fn divide(&mut self, place: usize, at: usize, inverse: Number<P>) {
        let rows = self.matrix.rows;
        let begin = at * self.matrix.stride;
        let from = &self.workspace.looked_at[place];
        if P == 1 {
            let to = &mut self.matrix.planes[0][begin..][at + 1..rows];
            for (to, &from) in to.iter_mut().zip(&from[0][at + 1..rows]) {
                *to = from * inverse[0];
            }
            return;
        }
        for row in at + 1..rows {
            let number: Number<P> = std::array::from_fn(|plane| from[plane][row]);
            let product = times(number, inverse);
            for plane in 0..P {
                self.matrix.planes[plane][begin + row] = product[plane];
            }
        }
    }

    /// The same for a pair, from both columns: factor·(d₁x − y) and factor·(d₂y − x).
    #[inline(always)]
    fn divide_pair(&mut self, at: usize, factor: Number<P>, d: [Number<P>; 2]) {
        let (rows, stride) = (self.matrix.rows, self.matrix.stride);
        let [x, y] = &self.workspace.looked_at;
        if P == 1 {
            let (one, other) = self.matrix.planes[0][at * stride..].split_at_mut(stride);
            let to = one[at + 2..rows].iter_mut().zip(&mut other[at + 2..rows]);
            let from = x[0][at + 2..rows].iter().zip(&y[0][at + 2..rows]);
            for ((one, other), (&x, &y)) in to.zip(from) {
                *one = factor[0] * (d[0][0] * x - y);
                *other = factor[0] * (d[1][0] * y - x);
            }
            return;
        }
        for row in at + 2..rows {
            let x: Number<P> = std::array::from_fn(|plane| x[plane][row]);
            let y: Number<P> = std::array::from_fn(|plane| y[plane][row]);
            let one = times(factor, minus(times(d[0], x), y));
            let other = times(factor, minus(times(d[1], y), x));
            for plane in 0..P {
                self.matrix.planes[plane][at * stride + row] = one[plane];
                self.matrix.planes[plane][(at + 1) * stride + row] = other[plane];
            }
        }
    }

    /// Keeps a column as that of a pivot.
    #[inline(always)]
    fn keep(&mut self, place: usize, pivot: usize) {
        let (stride, rows) = (self.matrix.stride, self.matrix.rows);
        let at = (pivot - self.block) * stride;
        let Workspace {
            looked_at, panel, ..
        } = &mut *self.workspace;
        for (panel, column) in panel.iter_mut().zip(&looked_at[place]) {
            panel[at..][..rows].copy_from_slice(&column[..rows]);
        }
    }

    /// Brings the columns of the other candidates up to date, and all others if the block is full.
    #[inline(always)]
    fn finish_panel<S: Simd>(&mut self, simd: S) {
        let (first, at, candidates) = (self.first, self.at, self.shape.candidates);
        self.first = at;
        self.subtract(simd, first, at..candidates);
        if at + PANEL > self.block + BLOCK {
            self.finish_block(simd);
        }
    }

    /// Brings the columns of those that are no candidates up to date.
    #[inline(always)]
    fn finish_block<S: Simd>(&mut self, simd: S) {
        let block = self.block;
        self.subtract(simd, block, self.shape.candidates..self.matrix.columns);
        self.block = self.at;
    }

    /// Subtracts from some columns what the pivots from `begin` on take from them.
    #[inline(always)]
    fn subtract<S: Simd>(&mut self, simd: S, begin: usize, range: std::ops::Range<usize>) {
        let (first, depth) = (range.start, self.at - begin);
        let (rows, columns) = (self.matrix.rows - first, range.len());
        if depth == 0 || columns == 0 {
            return;
        }
        let (stride, arch) = (self.matrix.stride, self.arch);
        let Workspace {
            panel,
            rows: a,
            columns: b,
            ..
        } = &mut *self.workspace;
        let by_rows = Packing::rows::<S>(P * depth);
        let by_columns = Packing::columns::<S>(P * depth);
        by_rows.prepare(a, rows);
        for plane in 0..P {
            for k in 0..depth {
                let from = &self.matrix.column(plane, begin + k)[first..];
                by_rows.column(a, plane * depth + k, from, 1.0);
            }
        }
        for plane in 0..P {
            by_columns.prepare(&mut b[plane], columns);
            for part in 0..P {
                // (x + iy)(u + iv) = (xu − yv) + i(xv + yu).
                let (from, sign) = match (plane, part) {
                    (0, 0) => (&panel[0], 1.0),
                    (0, _) => (&panel[P - 1], -1.0),
                    (_, 0) => (&panel[P - 1], 1.0),
                    _ => (&panel[0], 1.0),
                };
                for k in 0..depth {
                    let from = &from[(begin - self.block + k) * stride..][range.clone()];
                    by_columns.column(&mut b[plane], part * depth + k, from, sign);
                }
            }
        }
        let shares = self
            .matrix
            .planes
            .iter_mut()
            .zip(&*b)
            .flat_map(|(plane, b)| {
                let columns = &mut plane[first * stride..range.end * stride];
                let shares = columns.chunks_mut(SHARE * stride).enumerate();
                shares.map(|(number, columns)| Product {
                    columns,
                    stride,
                    first_row: first,
                    rows,
                    first_column: number * SHARE,
                    a,
                    b,
                    depth: P * depth,
                    lower: true,
                })
            });
        if P * P * rows * columns * depth >= SHARED {
            parallel::for_each(shares.collect(), |share: Product<'_>| arch.dispatch(share));
        } else {
            for share in shares {
                share.with_simd(simd);
            }
        }
    }
}

#[cfg(test)]
mod tests;
