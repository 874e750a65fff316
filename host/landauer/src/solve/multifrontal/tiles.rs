//! The product of two panels, where nearly all of the time goes: a tile of the result is held in registers while the
//! panels stream by. Vectors lie along the columns.
//!
//! Every number is c − Σ_k a_k·b_k, the sum in the order of k, each product fused with the sum that it goes into,
//! whatever the shape of the tiles is: so that the bits are the same on every instruction set.
//!
//! In localised strips what couples distant sites is as small as it likes, and numbers below 1e-308, *subnormal* ones, take
//! processors a hundred times as long. What is below [`TINY`] counts as zero therefore, number by number, and so does the
//! product of two groups of rows whose largest numbers multiply to less: groups of one size everywhere, whatever the tiles.

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
pub(super) const SHARE: usize = 64;

/// What is smaller counts as zero: 2⁻⁹⁰⁰, 1.2e-271.
pub(super) const TINY: f64 = f64::from_bits((1023 - 900) << 52);

/// Rows of the two panels that are looked at together: whole tiles of every instruction set.
const GROUPS: [usize; 2] = [24, 8];

/// A panel in blocks of rows: `[block, k, row in block]`, zeros behind the last row.
#[derive(Debug, Default)]
pub(super) struct Panel {
    numbers: Vec<f64>,
    /// The bits of the largest size in each group of rows.
    sizes: Vec<u64>,
}

/// How a panel is packed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packing {
    /// Rows of a block.
    block: usize,
    /// Rows of a group.
    group: usize,
    /// Columns of the panel.
    depth: usize,
}

impl Packing {
    /// Of the panel that has the result's rows.
    #[inline(always)]
    pub(super) fn rows<S: Simd>(depth: usize) -> Self {
        Self {
            block: tile_rows::<S>(),
            group: GROUPS[0],
            depth,
        }
    }

    /// Of the one that has its columns.
    #[inline(always)]
    pub(super) fn columns<S: Simd>(depth: usize) -> Self {
        Self {
            block: tile_columns::<S>(),
            group: GROUPS[1],
            depth,
        }
    }

    /// Makes room for so many rows.
    #[inline(always)]
    pub(super) fn prepare(&self, panel: &mut Panel, rows: usize) {
        let len = rows.div_ceil(self.block) * self.block * self.depth;
        if panel.numbers.len() < len {
            panel.numbers.resize(len, 0.0);
        }
        panel.sizes.clear();
        panel.sizes.resize(rows.div_ceil(self.group), 0);
    }

    /// Puts column number `k` into its place, times `sign`.
    #[inline(always)]
    pub(super) fn column(&self, panel: &mut Panel, k: usize, from: &[f64], sign: f64) {
        let chunks = panel.numbers.chunks_exact_mut(self.block * self.depth);
        for (to, from) in chunks.zip(from.chunks(self.block)) {
            let to = &mut to[k * self.block..][..self.block];
            for (to, &from) in to.iter_mut().zip(from) {
                *to = if from.abs() < TINY { 0.0 } else { sign * from };
            }
            to[from.len()..].fill(0.0);
        }
        for (size, from) in panel.sizes.iter_mut().zip(from.chunks(self.group)) {
            // Sizes are in the order of their bits, which vectors compare.
            for number in from {
                *size = (*size).max(number.abs().to_bits());
            }
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
    /// The panel, and that of the columns.
    pub(super) a: &'p Panel,
    pub(super) b: &'p Panel,
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
        let first_of = |column: usize| if self.lower { column / height } else { 0 };
        // A block of rows stays in the first cache while it meets all columns of the share.
        let first = first_of(self.first_column);
        let a = self.a.numbers[first * height * self.depth..].chunks_exact(height * self.depth);
        let b = &self.b.numbers[self.first_column * self.depth..];
        for (block, a) in (first..self.rows.div_ceil(height)).zip(a) {
            let row = block * height;
            let count = height.min(self.rows - row);
            let columns = self.columns.chunks_mut(N * stride);
            for (number, (columns, b)) in columns.zip(b.chunks_exact(N * self.depth)).enumerate() {
                let column = self.first_column + number * N;
                if block < first_of(column) {
                    break;
                }
                let sizes = [
                    self.a.sizes[row / GROUPS[0]],
                    self.b.sizes[column / GROUPS[1]],
                ];
                // Not of NaN.
                if f64::from_bits(sizes[0]) * f64::from_bits(sizes[1]) < TINY {
                    continue;
                }
                let tile = tile::<S, N>(simd, a, b);
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

/// Rows are taken in multiples of this: whole vectors of every instruction set.
pub(super) const WHOLE: usize = 8;

/// Vectors of a column that are subtracted from at a time.
const LONG: usize = 8;

/// to − Σ_k factor_k·column_k: the same for one column, whole vectors of it, the panel's columns (`[k]`, `stride` apart)
/// not packed.
#[inline(always)]
pub(super) fn subtract_columns<S: Simd>(
    simd: S,
    to: &mut [f64],
    panel: &[f64],
    stride: usize,
    factors: &[f64],
) {
    let (to, _) = S::as_mut_simd_f64s(to);
    let mut row = 0;
    for to in to.chunks_mut(LONG) {
        let panel = &panel[row..];
        match to.len() {
            1 => subtract_vectors::<S, 1>(simd, to, panel, stride, factors),
            2 => subtract_vectors::<S, 2>(simd, to, panel, stride, factors),
            3 => subtract_vectors::<S, 3>(simd, to, panel, stride, factors),
            4 => subtract_vectors::<S, 4>(simd, to, panel, stride, factors),
            5 => subtract_vectors::<S, 5>(simd, to, panel, stride, factors),
            6 => subtract_vectors::<S, 6>(simd, to, panel, stride, factors),
            7 => subtract_vectors::<S, 7>(simd, to, panel, stride, factors),
            _ => subtract_vectors::<S, LONG>(simd, to, panel, stride, factors),
        }
        row += LONG * S::F64_LANES;
    }
}

#[inline(always)]
fn subtract_vectors<S: Simd, const N: usize>(
    simd: S,
    to: &mut [S::f64s],
    panel: &[f64],
    stride: usize,
    factors: &[f64],
) {
    let mut sums = [simd.splat_f64s(0.0); N];
    for (&factor, column) in factors.iter().zip(panel.chunks(stride)) {
        let (column, _) = S::as_simd_f64s(&column[..N * S::F64_LANES]);
        let factor = simd.splat_f64s(factor);
        for n in 0..N {
            sums[n] = simd.mul_add_f64s(column[n], factor, sums[n]);
        }
    }
    for n in 0..N {
        to[n] = simd.sub_f64s(to[n], sums[n]);
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

#[cfg(test)]
mod tests {
    use pulp::{Arch, WithSimd};

    use super::super::super::dissection::InstructionSet;
    use super::*;

    fn numbers(count: usize, seed: u64) -> Vec<f64> {
        let mut state = seed;
        let next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
        };
        std::iter::repeat_with(next).take(count).collect()
    }

    /// A rows × columns matrix less the product of two panels.
    struct Whole<'w> {
        to: &'w mut [f64],
        a: &'w [f64],
        b: &'w [f64],
        shape: [usize; 4],
        lower: bool,
    }

    impl WithSimd for Whole<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            let [rows, columns, depth, stride] = self.shape;
            let by_rows = Packing::rows::<S>(depth);
            let by_columns = Packing::columns::<S>(depth);
            let (mut a, mut b) = (Panel::default(), Panel::default());
            by_rows.prepare(&mut a, rows);
            by_columns.prepare(&mut b, columns);
            for k in 0..depth {
                by_rows.column(&mut a, k, &self.a[k * rows..][..rows], 1.0);
                by_columns.column(&mut b, k, &self.b[k * columns..][..columns], -1.0);
            }
            for (number, columns) in self.to.chunks_mut(SHARE * stride).enumerate() {
                let product = Product {
                    columns,
                    stride,
                    first_row: 2,
                    rows,
                    first_column: number * SHARE,
                    a: &a,
                    b: &b,
                    depth,
                    lower: self.lower,
                };
                product.with_simd(simd);
            }
        }
    }

    #[test]
    fn products_are_sums_in_the_order_of_k_on_every_instruction_set() {
        for (rows, columns, depth) in [
            (1, 1, 1),
            (7, 3, 2),
            (25, 9, 48),
            (130, 130, 5),
            (200, 77, 144),
        ] {
            let stride = rows + 5;
            let (a, b) = (numbers(rows * depth, 1), numbers(columns * depth, 2));
            let original = numbers(columns * stride, 3);
            for set in InstructionSet::all() {
                for lower in [false, true] {
                    let mut to = original.clone();
                    let shape = [rows, columns, depth, stride];
                    let (a, b) = (&a[..], &b[..]);
                    set.arch().dispatch(Whole {
                        to: &mut to,
                        a,
                        b,
                        shape,
                        lower,
                    });
                    for column in 0..columns {
                        let first = if lower { column } else { 0 };
                        for row in first..rows {
                            let mut sum = 0.0;
                            for k in 0..depth {
                                sum =
                                    f64::mul_add(a[k * rows + row], -b[k * columns + column], sum);
                            }
                            let at = column * stride + 2 + row;
                            assert_eq!(to[at], original[at] - sum, "{set}, {row}, {column}");
                        }
                        // Nothing beside it has been touched.
                        let [begin, end] = [column * stride, column * stride + 2 + rows];
                        assert_eq!(to[begin..begin + 2], original[begin..begin + 2]);
                        assert_eq!(to[end..begin + stride], original[end..begin + stride]);
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_tiny_is_zero_in_groups_of_one_size() {
        // Decaying panels, whose products reach from 1 to far below what there is.
        let (rows, columns, depth) = (120, 100, 20);
        let decaying = |count: usize, seed| {
            let numbers = numbers(count * depth, seed).into_iter().enumerate();
            let scaled = numbers.map(|(at, x)| x * libm::exp2(-11.0 * (at % count) as f64));
            scaled.collect::<Vec<f64>>()
        };
        let (a, b) = (decaying(rows, 7), decaying(columns, 8));
        let found = InstructionSet::all().into_iter().map(|set| {
            let mut to = vec![0.0; columns * (rows + 4)];
            set.arch().dispatch(Whole {
                to: &mut to,
                a: &a,
                b: &b,
                shape: [rows, columns, depth, rows + 4],
                lower: false,
            });
            to
        });
        let found: Vec<Vec<f64>> = found.collect();
        assert!(found.iter().all(|other| other == &found[0]));
        let exact = |row: usize, column: usize| {
            let terms = (0..depth).map(|k| a[k * rows + row] * b[k * columns + column]);
            terms.sum::<f64>()
        };
        let at = |row: usize, column: usize| found[0][column * (rows + 4) + 2 + row];
        for (row, column) in [(0, 0), (30, 10), (70, 9), (5, 60)] {
            assert!((at(row, column) / exact(row, column) - 1.0).abs() < 1e-12);
        }
        assert_eq!((at(119, 0), at(60, 60), at(119, 99)), (0.0, 0.0, 0.0));
    }

    struct Column<'c>(&'c mut [f64], &'c [f64], usize, &'c [f64]);

    impl WithSimd for Column<'_> {
        type Output = f64;

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> f64 {
            let Self(to, panel, stride, factors) = self;
            subtract_columns(simd, to, panel, stride, factors);
            largest(simd, to, None).max(largest(simd, &to[..3], Some(&to[3..6])))
        }
    }

    #[test]
    fn columns_are_brought_up_to_date_as_products_are() {
        let all = InstructionSet::all();
        for rows in [8, 24, 64, 72, 136] {
            let stride = rows + 3;
            let (panel, factors) = (numbers(9 * stride, 4), numbers(9, 5));
            let original = numbers(rows, 6);
            let found = |arch: Arch| {
                let mut to = original.clone();
                let largest = arch.dispatch(Column(&mut to, &panel, stride, &factors));
                (to, largest)
            };
            let (plain, largest) = found(all[0].arch());
            for row in 0..rows {
                let terms = factors.iter().zip(panel[row..].iter().step_by(stride));
                let sum = terms.fold(0.0, |sum, (&factor, &x)| f64::mul_add(x, factor, sum));
                assert_eq!(plain[row], original[row] - sum);
            }
            let sizes = plain.iter().map(|x| x.abs());
            let pairs = (0..3).map(|k| plain[k].abs() + plain[k + 3].abs());
            assert_eq!(largest, sizes.chain(pairs).fold(0.0, f64::max));
            for set in &all[1..] {
                assert_eq!(found(set.arch()), (plain.clone(), largest), "{set}");
            }
        }
    }
}
