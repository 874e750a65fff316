//! A strip's even and odd parts under both mirrors, and back.

use super::super::tile::Row;

/// The parts of `map`, `[slice, site]`, even or odd along and across: `parts[along][across]`, each
/// `[slice of half the strip, site of half a slice]`; the sum of squares stays as it is.
#[inline(always)]
pub(super) fn fold(map: &[Row], length: usize, width: usize, parts: [[&mut [Row]; 2]; 2]) {
    let [[ee, eo], [oe, oo]] = parts;
    for x in 0..length / 2 {
        for y in 0..width / 2 {
            let at = |x: usize, y: usize| &map[x * width + y];
            let (mx, my) = (length - 1 - x, width - 1 - y);
            let (a, b, c, d) = (at(x, y), at(x, my), at(mx, y), at(mx, my));
            let to = x * (width / 2) + y;
            for s in 0..a.len() {
                let (up, down) = (a[s] + b[s], c[s] + d[s]);
                let (left, right) = (a[s] - b[s], c[s] - d[s]);
                ee[to][s] = 0.5 * (up + down);
                oe[to][s] = 0.5 * (up - down);
                eo[to][s] = 0.5 * (left + right);
                oo[to][s] = 0.5 * (left - right);
            }
        }
    }
}

/// The map of these parts: [`fold`]'s inverse, and its transpose.
#[inline(always)]
pub(super) fn unfold(map: &mut [Row], length: usize, width: usize, parts: [[&[Row]; 2]; 2]) {
    let [[ee, eo], [oe, oo]] = parts;
    for x in 0..length / 2 {
        for y in 0..width / 2 {
            let (mx, my) = (length - 1 - x, width - 1 - y);
            let from = x * (width / 2) + y;
            for s in 0..ee[from].len() {
                let (up, down) = (ee[from][s] + oe[from][s], ee[from][s] - oe[from][s]);
                let (left, right) = (eo[from][s] + oo[from][s], eo[from][s] - oo[from][s]);
                map[x * width + y][s] = 0.5 * (up + left);
                map[x * width + my][s] = 0.5 * (up - left);
                map[mx * width + y][s] = 0.5 * (down + right);
                map[mx * width + my][s] = 0.5 * (down - right);
            }
        }
    }
}

/// `[row, column]` of blocks to `[column, row]`.
#[inline(always)]
pub(super) fn turn(from: &[Row], rows: usize, columns: usize, to: &mut [Row]) {
    let blocks = from.chunks_exact(rows * columns);
    for (from, to) in blocks.zip(to.chunks_exact_mut(rows * columns)) {
        for row in 0..rows {
            for column in 0..columns {
                to[column * rows + row] = from[row * columns + column];
            }
        }
    }
}
