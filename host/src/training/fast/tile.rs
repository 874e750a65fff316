//! A tile of a product: a few rows of two vectors each, held in registers.

use pulp::Simd;

use super::samples::BLOCK;

/// Columns of samples or of outputs, one row of a block.
pub(super) type Row = [f32; BLOCK];

/// R rows of two vectors.
pub(super) type Tile<S, const R: usize> = [[<S as Simd>::f32s; 2]; R];

/// Vectors in a row.
pub(super) const fn vectors<S: Simd>() -> usize {
    BLOCK / S::F32_LANES
}

/// How many weights of a row are looked at between two checks of bounds.
pub(super) const CHUNK: usize = 16;

/// Vectors `at` and `at + 1` of a row.
#[inline(always)]
pub(super) fn pair<S: Simd>(row: &Row, at: usize) -> [S::f32s; 2] {
    let vectors = S::as_simd_f32s(row).0;
    [vectors[at], vectors[at + 1]]
}

/// A tile of zeros.
#[inline(always)]
pub(super) fn zeros<S: Simd, const R: usize>(simd: S) -> Tile<S, R> {
    [[simd.splat_f32s(0.0); 2]; R]
}

/// Adds factor[r]·row to each row r of the tile.
#[inline(always)]
pub(super) fn add<S: Simd, const R: usize>(
    simd: S,
    tile: &mut Tile<S, R>,
    factors: &[f32; R],
    row: [S::f32s; 2],
) {
    for r in 0..R {
        let factor = simd.splat_f32s(factors[r]);
        tile[r][0] = simd.mul_add_f32s(factor, row[0], tile[r][0]);
        tile[r][1] = simd.mul_add_f32s(factor, row[1], tile[r][1]);
    }
}

/// Σ_p a[p][r]·b[p] in the order of p, vectors `at` and `at + 1`.
#[inline(always)]
pub(super) fn product<S: Simd, const R: usize>(
    simd: S,
    a: &[[f32; R]],
    b: &[Row],
    at: usize,
) -> Tile<S, R> {
    let mut tile = zeros(simd);
    for (factors, row) in a.iter().zip(b) {
        add(simd, &mut tile, factors, pair::<S>(row, at));
    }
    tile
}

/// Adds Σ_p a[r][p]·b[p] in the order of p. All of `a` are at least as long as `b`.
#[inline(always)]
pub(super) fn add_rows<S: Simd, const R: usize>(
    simd: S,
    tile: &mut Tile<S, R>,
    a: &[&[f32]; R],
    b: &[Row],
    at: usize,
) {
    let (chunks, rest) = b.as_chunks::<CHUNK>();
    for (c, rows) in chunks.iter().enumerate() {
        let mut factors: [&[f32; CHUNK]; R] = [&[0.0; CHUNK]; R];
        for r in 0..R {
            factors[r] = &a[r].as_chunks().0[c];
        }
        for p in 0..CHUNK {
            let mut column = [0.0; R];
            for r in 0..R {
                column[r] = factors[r][p];
            }
            add(simd, tile, &column, pair::<S>(&rows[p], at));
        }
    }
    let done = b.len() - rest.len();
    for (p, row) in rest.iter().enumerate() {
        let mut column = [0.0; R];
        for r in 0..R {
            column[r] = a[r][done + p];
        }
        add(simd, tile, &column, pair::<S>(row, at));
    }
}
