//! The product of two panels, where nearly all of the time goes: a tile of the result is held in registers while the
//! panels stream by. Vectors lie along the columns.
//!
//! Every number is c − Σ_k a_k·b_k, the sum in the order of k, each product fused with the sum that it goes into,
//! whatever the shape of the tiles is: so that the bits are the same on every instruction set.

use pulp::Simd;

/// Vectors in a tile's column.
const VECTORS: usize = 3;

/// Rows of a tile.
pub(super) const fn tile_rows<S: Simd>() -> usize {
    VECTORS * S::F64_LANES
}

/// Columns of a tile: as many as there are registers for.
pub(super) const fn tile_columns<S: Simd>() -> usize {
    if S::REGISTER_COUNT >= 32 { 8 } else { 4 }
}

/// Columns of the result that one thread takes at a time: whole tiles.
pub(super) const SHARE: usize = 48;

/// Puts `from`'s columns, `[k, row]`, into blocks of rows: `[block, k, row in block]`, zeros behind the last row. They
/// become the ones from `offset` on, of `depth`.
pub(super) struct Packing {
    /// Rows of a block.
    pub(super) block: usize,
    /// Columns of the finished panel.
    pub(super) depth: usize,
}

impl Packing {
    /// Room for so many rows.
    #[inline(always)]
    pub(super) fn prepare(&self, to: &mut Vec<f64>, rows: usize) {
        let len = rows.div_ceil(self.block) * self.block * self.depth;
        if to.len() < len {
            to.resize(len, 0.0);
        }
    }

    /// Puts column number `k` into its place, times `sign`.
    #[inline(always)]
    pub(super) fn column(&self, to: &mut [f64], k: usize, from: &[f64], sign: f64) {
        let chunks = to.chunks_exact_mut(self.block * self.depth);
        for (to, from) in chunks.zip(from.chunks(self.block)) {
            let to = &mut to[k * self.block..][..self.block];
            for (to, &from) in to.iter_mut().zip(from) {
                *to = sign * from;
            }
            to[from.len()..].fill(0.0);
        }
    }
}

/// Subtracts a product from some columns.
pub(super) struct Product<'p> {
    /// The columns, `[column, row]`.
    pub(super) columns: &'p mut [f64],
    pub(super) stride: usize,
    /// The row that the panel's first one belongs to.
    pub(super) first_row: usize,
    /// How many rows the panel has.
    pub(super) rows: usize,
    /// The number of the first column, counted as the panel's columns are.
    pub(super) first_column: usize,
    /// The panel `[block, k, row]`, and that of the columns.
    pub(super) a: &'p [f64],
    pub(super) b: &'p [f64],
    pub(super) depth: usize,
    /// Is only what is on and below the diagonal wanted?
    pub(super) lower: bool,
}

impl pulp::WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if tile_columns::<S>() == 8 {
            self.subtract::<S, 8>(simd);
        } else {
            self.subtract::<S, 4>(simd);
        }
    }
}

impl Product<'_> {
    #[inline(always)]
    fn subtract<S: Simd, const N: usize>(self, simd: S) {
        let (stride, height) = (self.stride, tile_rows::<S>());
        let blocks = self.rows.div_ceil(height);
        let b = self.b[self.first_column * self.depth..].chunks_exact(N * self.depth);
        let columns = self.columns.chunks_mut(N * stride).zip(b).enumerate();
        for (number, (columns, b)) in columns {
            let first = if self.lower {
                (self.first_column + number * N) / height
            } else {
                0
            };
            let a = self.a[first * height * self.depth..].chunks_exact(height * self.depth);
            for (block, a) in (first..blocks).zip(a) {
                let tile = tile::<S, N>(simd, a, b);
                let row = block * height;
                let count = height.min(self.rows - row);
                for (column, sums) in columns.chunks_mut(stride).zip(&tile) {
                    let to = &mut column[self.first_row + row..][..count];
                    subtract::<S>(simd, to, sums);
                }
            }
        }
    }
}

/// to − sums.
#[inline(always)]
fn subtract<S: Simd>(simd: S, to: &mut [f64], sums: &[S::f64s; VECTORS]) {
    if to.len() == tile_rows::<S>() {
        let (to, _) = S::as_mut_simd_f64s(to);
        for (to, &sum) in to.iter_mut().zip(sums) {
            *to = simd.sub_f64s(*to, sum);
        }
        return;
    }
    let sums: &[f64] = pulp::bytemuck::cast_slice(sums);
    for (to, sum) in to.iter_mut().zip(sums) {
        *to -= sum;
    }
}

#[inline(always)]
fn tile<S: Simd, const N: usize>(simd: S, a: &[f64], b: &[f64]) -> [[S::f64s; VECTORS]; N] {
    let mut sums = [[simd.splat_f64s(0.0); VECTORS]; N];
    let (a, _) = S::as_simd_f64s(a);
    let (a, _) = a.as_chunks::<VECTORS>();
    let (b, _) = b.as_chunks::<N>();
    for (a, b) in a.iter().zip(b) {
        for n in 0..N {
            let factor = simd.splat_f64s(b[n]);
            for m in 0..VECTORS {
                sums[n][m] = simd.mul_add_f64s(a[m], factor, sums[n][m]);
            }
        }
    }
    sums
}

/// Vectors of a column that are subtracted from at a time.
const LONG: usize = 8;

/// to − Σ_k factor_k·column_k: the same for one column, the panel's columns (`[k]`, `stride` apart) not packed.
#[inline(always)]
pub(super) fn subtract_columns<S: Simd>(
    simd: S,
    to: &mut [f64],
    panel: &[f64],
    stride: usize,
    factors: &[f64],
) {
    if factors.is_empty() {
        return;
    }
    let count = to.len();
    let long = LONG * S::F64_LANES;
    let mut row = 0;
    while row + long <= count {
        let mut sums = [simd.splat_f64s(0.0); LONG];
        for (k, &factor) in factors.iter().enumerate() {
            let (column, _) = S::as_simd_f64s(&panel[k * stride + row..][..long]);
            let factor = simd.splat_f64s(factor);
            for (sum, &column) in sums.iter_mut().zip(column) {
                *sum = simd.mul_add_f64s(column, factor, *sum);
            }
        }
        let (to, _) = S::as_mut_simd_f64s(&mut to[row..][..long]);
        for (to, sum) in to.iter_mut().zip(sums) {
            *to = simd.sub_f64s(*to, sum);
        }
        row += long;
    }
    while row + S::F64_LANES <= count {
        let mut sum = simd.splat_f64s(0.0);
        for (k, &factor) in factors.iter().enumerate() {
            let (column, _) = S::as_simd_f64s(&panel[k * stride + row..][..S::F64_LANES]);
            sum = simd.mul_add_f64s(column[0], simd.splat_f64s(factor), sum);
        }
        let (to, _) = S::as_mut_simd_f64s(&mut to[row..][..S::F64_LANES]);
        to[0] = simd.sub_f64s(to[0], sum);
        row += S::F64_LANES;
    }
    for (row, to) in to.iter_mut().enumerate().skip(row) {
        let mut sum = 0.0;
        for (k, &factor) in factors.iter().enumerate() {
            sum = f64::mul_add(panel[k * stride + row], factor, sum);
        }
        *to -= sum;
    }
}

/// The largest size of some numbers, 0 of none: |re| + |im| where there are imaginary parts. A NaN is passed over.
#[inline(always)]
pub(super) fn largest<S: Simd>(simd: S, re: &[f64], im: Option<&[f64]>) -> f64 {
    let (vectors, rest) = S::as_simd_f64s(re);
    let mut largest = simd.splat_f64s(0.0);
    if let Some(im) = im {
        let (others, others_rest) = S::as_simd_f64s(im);
        for (&re, &im) in vectors.iter().zip(others) {
            let size = simd.add_f64s(simd.abs_f64s(re), simd.abs_f64s(im));
            largest = simd.select_f64s(simd.less_than_f64s(largest, size), size, largest);
        }
        let mut largest = largest_lane::<S>(largest);
        for (re, im) in rest.iter().zip(others_rest) {
            let size = re.abs() + im.abs();
            largest = if size > largest { size } else { largest };
        }
        return largest;
    }
    for &vector in vectors {
        let size = simd.abs_f64s(vector);
        largest = simd.select_f64s(simd.less_than_f64s(largest, size), size, largest);
    }
    let mut largest = largest_lane::<S>(largest);
    for number in rest {
        let size = number.abs();
        largest = if size > largest { size } else { largest };
    }
    largest
}

#[inline(always)]
fn largest_lane<S: Simd>(sizes: S::f64s) -> f64 {
    let lanes = [sizes];
    let lanes: &[f64] = pulp::bytemuck::cast_slice(&lanes);
    lanes.iter().fold(
        0.0,
        |largest, &size| if size > largest { size } else { largest },
    )
}
