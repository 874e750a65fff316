//! A tile of a product: a few rows of two vectors each, held in registers.

use pulp::Simd;

use super::samples::BLOCK;

/// One row of a block: a feature of all samples, or outputs of one.
pub(super) type Row = [f32; BLOCK];

/// R rows of two vectors.
pub(super) type Tile<S, const R: usize> = [[<S as Simd>::f32s; 2]; R];

/// How many weights of a row are looked at between two checks of bounds.
const CHUNK: usize = 8;

/// Pairs of vectors in a row.
#[inline(always)]
pub(super) const fn pairs<S: Simd>() -> usize {
    BLOCK / S::F32_LANES / 2
}

/// Vectors `at` and `at + 1` of a row.
#[inline(always)]
pub(super) fn pair<S: Simd>(row: &Row, at: usize) -> [S::f32s; 2] {
    let vectors = S::as_simd_f32s(row).0;
    [vectors[at], vectors[at + 1]]
}

/// Adds factor[r]·row to each row r of the tile.
#[inline(always)]
fn add<S: Simd, const R: usize>(
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

/// Adds Σ_p a[p, first + r]·b[p] in the order of p, where rows of `a` are `width` long.
#[inline(always)]
pub(super) fn add_columns<S: Simd, const R: usize>(
    simd: S,
    tile: &mut Tile<S, R>,
    a: &[f32],
    width: usize,
    first: usize,
    b: &[Row],
    at: usize,
) {
    let mut from = first;
    for p in 0..b.len() {
        let Some(factors) = a[from..].first_chunk::<R>() else {
            return;
        };
        add(simd, tile, factors, pair::<S>(&b[p], at));
        from += width;
    }
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
    for c in 0..chunks.len() {
        let mut factors: [&[f32; CHUNK]; R] = [&[0.0; CHUNK]; R];
        for r in 0..R {
            factors[r] = &a[r].as_chunks().0[c];
        }
        let rows = &chunks[c];
        for p in 0..CHUNK {
            let mut column = [0.0; R];
            for r in 0..R {
                column[r] = factors[r][p];
            }
            add(simd, tile, &column, pair::<S>(&rows[p], at));
        }
    }
    let done = b.len() - rest.len();
    for p in 0..rest.len() {
        let mut column = [0.0; R];
        for r in 0..R {
            column[r] = a[r][done + p];
        }
        add(simd, tile, &column, pair::<S>(&rest[p], at));
    }
}
