//! Dissection into rectangles, by a dynamic program.
//!
//! This is the way to cut where clean blocks are singular, at E = 0: of a clean rectangle just
//! gcd(m+1, n+1) − 1 eigenvalues vanish ([`Degeneracy`]).
//!
//! A rectangle of the interior is eliminated after its parts: a full row or column of it, the
//! separator, parts it in two, and these are eliminated first (A. George, SIAM J. Numer. Anal. 10,
//! 345, 1973). All that matters of a rectangle is its size and whether there are sites above and
//! below it, so that the cheapest of all ways to cut is found exactly.

use super::cost::{front_cost, leaf_cost};
use super::degeneracy::Degeneracy;
use super::tree::Separator;
use crate::system::StripSize;

/// Up to this many sites along a side every cut is tried; beyond it those near the middle, since a
/// lopsided cut of a large rectangle never pays and there would be too many rectangles to think of.
const ALL_CUTS: usize = 48;
/// How far from the middle cuts of a longer side are tried.
const NEAR_MIDDLE: usize = 6;
/// Rectangles of at most this many sites may be eliminated whole.
const MAX_WHOLE: usize = 24;

/// A rectangle of sites.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rectangle {
    /// The first slice.
    slice: usize,
    /// The first row.
    row: usize,
    /// Slices.
    length: usize,
    /// Rows.
    width: usize,
}

/// The dissection of the interior of a strip (all but its first and last slice), children before
/// their parents.
pub(super) fn dissect(size: StripSize, energy: f64) -> Vec<Separator> {
    let [length, width] = size.sides();
    let mut separators = Vec::new();
    if length > 2 {
        let mut search = Search {
            width,
            best: vec![None; (length - 1) * (width + 1) * 4],
            degeneracy: Degeneracy::new(energy, length - 2, width),
        };
        let all = Rectangle {
            slice: 1,
            row: 0,
            length: length - 2,
            width,
        };
        search.cut(all, [false; 2], width, &mut separators);
    }
    separators
}

/// A rectangle as the search sees it.
#[derive(Debug, Clone, Copy)]
struct Shape {
    length: usize,
    width: usize,
    /// Are there sites above it and below it?
    beside: [bool; 2],
}

/// The best that can be done with a shape.
#[derive(Debug, Clone, Copy)]
struct Best {
    cost: f64,
    cut: Cut,
}

#[derive(Debug, Clone, Copy)]
enum Cut {
    Whole,
    /// The slice that separates, counted from the rectangle's first.
    Slice(usize),
    /// The row.
    Row(usize),
}

struct Search {
    /// Of the strip.
    width: usize,
    /// The best of each shape that has been looked at ([`Search::place`]).
    best: Vec<Option<Best>>,
    degeneracy: Degeneracy,
}

/// Which cuts of a side to try.
fn cuts(side: usize) -> std::ops::Range<usize> {
    if side <= ALL_CUTS {
        return 0..side;
    }
    side / 2 - NEAR_MIDDLE..side / 2 + NEAR_MIDDLE
}

impl Search {
    /// Where in `best` a shape is.
    fn place(&self, shape: Shape) -> usize {
        let [above, below] = shape.beside.map(usize::from);
        ((shape.length * (self.width + 1) + shape.width) * 2 + above) * 2 + below
    }

    /// The cheapest way to eliminate a shape.
    fn best(&mut self, shape: Shape) -> Best {
        let place = self.place(shape);
        if let Some(best) = self.best[place] {
            return best;
        }
        let Shape {
            length,
            width,
            beside: [above, below],
        } = shape;
        // Sites that cannot be eliminated here, because a clean rectangle has them left over, go
        // on to whatever this is a part of.
        let left_over = self.degeneracy.of(length, width);
        let outside = 2 * width + (usize::from(above) + usize::from(below)) * length + left_over;
        let mut best = Best {
            cost: f64::INFINITY,
            cut: Cut::Whole,
        };
        if length * width <= MAX_WHOLE {
            best.cost = leaf_cost(length * width - left_over, outside);
        }
        for at in cuts(length) {
            let parts = slice_parts(shape, at);
            self.consider(&mut best, Cut::Slice(at), width, parts, outside, left_over);
        }
        for at in cuts(width) {
            let parts = row_parts(shape, at);
            self.consider(&mut best, Cut::Row(at), length, parts, outside, left_over);
        }
        self.best[place] = Some(best);
        best
    }

    fn consider(
        &mut self,
        best: &mut Best,
        cut: Cut,
        separator: usize,
        parts: [Shape; 2],
        outside: usize,
        left_over: usize,
    ) {
        let mut pivots = separator;
        let mut cost = 0.0;
        for part in parts {
            if part.length > 0 && part.width > 0 {
                pivots += self.degeneracy.of(part.length, part.width);
                cost += self.best(part).cost;
            }
            if cost >= best.cost {
                return;
            }
        }
        cost += front_cost(pivots.saturating_sub(left_over), outside);
        if cost < best.cost {
            *best = Best { cost, cut };
        }
    }

    /// Writes down the best dissection of a rectangle; gives its place in the list.
    fn cut(
        &mut self,
        region: Rectangle,
        beside: [bool; 2],
        stride: usize,
        separators: &mut Vec<Separator>,
    ) -> Option<usize> {
        let Rectangle {
            slice,
            row,
            length,
            width,
        } = region;
        if length == 0 || width == 0 {
            return None;
        }
        let shape = Shape {
            length,
            width,
            beside,
        };
        let sites = |slices: std::ops::Range<usize>, rows: std::ops::Range<usize>| {
            slices
                .flat_map(move |x| rows.clone().map(move |y| x * stride + y))
                .collect()
        };
        let (sites, parts): (Vec<usize>, _) = match self.best(shape).cut {
            Cut::Whole => (sites(slice..slice + length, row..row + width), [None; 2]),
            Cut::Slice(at) => {
                let part = |slice, length| Rectangle {
                    slice,
                    length,
                    ..region
                };
                let left = part(slice, at);
                let right = part(slice + at + 1, length - at - 1);
                let parts = [left, right].map(|part| self.cut(part, beside, stride, separators));
                (sites(slice + at..slice + at + 1, row..row + width), parts)
            }
            Cut::Row(at) => {
                let part = |row, width| Rectangle {
                    row,
                    width,
                    ..region
                };
                let upper = self.cut(part(row, at), [beside[0], true], stride, separators);
                let lower = part(row + at + 1, width - at - 1);
                let lower = self.cut(lower, [true, beside[1]], stride, separators);
                (
                    sites(slice..slice + length, row + at..row + at + 1),
                    [upper, lower],
                )
            }
        };
        separators.push(Separator {
            sites,
            children: parts.into_iter().flatten().collect(),
        });
        Some(separators.len() - 1)
    }
}

fn slice_parts(shape: Shape, at: usize) -> [Shape; 2] {
    [at, shape.length - at - 1].map(|length| Shape { length, ..shape })
}

fn row_parts(shape: Shape, at: usize) -> [Shape; 2] {
    let [above, below] = shape.beside;
    let upper = Shape {
        width: at,
        beside: [above, true],
        ..shape
    };
    let lower = Shape {
        width: shape.width - at - 1,
        beside: [true, below],
        ..shape
    };
    [upper, lower]
}
