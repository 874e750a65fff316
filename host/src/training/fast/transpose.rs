//! Rows that become columns.

use super::samples::BLOCK;
use super::tile::Row;

/// Side of the squares that are turned around in registers.
const SIDE: usize = 4;

/// rows[i][j] becomes columns[j][i], as far as row i goes; beyond, it is zero.
#[inline(always)]
pub(super) fn transpose(rows: &[&[f32]; BLOCK], columns: &mut [Row]) {
    let (squares, rest) = columns.as_chunks_mut::<SIDE>();
    let whole = squares.len() * SIDE;
    for group in 0..BLOCK / SIDE {
        let at = group * SIDE;
        let [a, b, c, d] = [rows[at], rows[at + 1], rows[at + 2], rows[at + 3]];
        let quads = [a, b, c, d].map(|row| row.as_chunks::<SIDE>().0);
        let complete = quads
            .map(<[_]>::len)
            .into_iter()
            .fold(squares.len(), usize::min);
        let [a, b, c, d] = quads.map(|quads| &quads[..complete]);
        for (j, square) in squares[..complete].iter_mut().enumerate() {
            let (a, b, c, d) = (a[j], b[j], c[j], d[j]);
            for side in 0..SIDE {
                let column = [a[side], b[side], c[side], d[side]];
                square[side][at..at + SIDE].copy_from_slice(&column);
            }
        }
        for (j, square) in squares.iter_mut().enumerate().skip(complete) {
            single(rows, at, square, j * SIDE);
        }
        single(rows, at, rest, whole);
    }
}

/// Some columns of one group of rows, value by value.
#[inline(always)]
fn single(rows: &[&[f32]; BLOCK], at: usize, columns: &mut [Row], first: usize) {
    for (j, column) in columns.iter_mut().enumerate() {
        for i in at..at + SIDE {
            column[i] = rows[i].get(first + j).copied().unwrap_or(0.0);
        }
    }
}
