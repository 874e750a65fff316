//! Rows that become columns.

use super::samples::BLOCK;
use super::tile::Row;

/// Side of the squares that are turned around in registers.
const SIDE: usize = 4;

/// rows[i][j] becomes columns[j][i], as far as row i goes; beyond, it is zero.
#[inline(always)]
pub(super) fn transpose(rows: &[&[f32]; BLOCK], columns: &mut [Row]) {
    for group in 0..BLOCK / SIDE {
        let at = group * SIDE;
        let mut quads: [&[[f32; SIDE]]; SIDE] = [&[]; SIDE];
        let mut complete = columns.len() / SIDE;
        for side in 0..SIDE {
            quads[side] = rows[at + side].as_chunks().0;
            complete = complete.min(quads[side].len());
        }
        for side in 0..SIDE {
            quads[side] = &quads[side][..complete];
        }
        let (squares, _) = columns.as_chunks_mut::<SIDE>();
        let squares = &mut squares[..complete];
        let [a, b, c, d] = quads;
        for j in 0..complete {
            let (a, b, c, d) = (a[j], b[j], c[j], d[j]);
            for side in 0..SIDE {
                let column: &mut [f32; BLOCK] = &mut squares[j][side];
                column[at] = a[side];
                column[at + 1] = b[side];
                column[at + 2] = c[side];
                column[at + 3] = d[side];
            }
        }
        for j in complete * SIDE..columns.len() {
            for i in at..at + SIDE {
                columns[j][i] = if j < rows[i].len() { rows[i][j] } else { 0.0 };
            }
        }
    }
}
