//! Dense symmetric matrices with rows below them, real or complex.

/// Columns of a symmetric matrix, each from its diagonal on down, and below it rows that have no columns of their own.
/// P = 1: real; P = 2: complex, real and imaginary parts in two planes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Matrix<const P: usize> {
    /// `[column, row]`; what is above the diagonal means nothing.
    pub(super) planes: [Vec<f64>; P],
    /// From one column to the next.
    pub(super) stride: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

/// Rows in a column of so many, so that columns do not share sets of the cache.
pub(super) const fn stride(rows: usize) -> usize {
    let stride = rows.next_multiple_of(8);
    if stride.is_multiple_of(64) {
        stride + 8
    } else {
        stride
    }
}

impl<const P: usize> Matrix<P> {
    /// Zeros.
    pub(super) fn zeros(rows: usize, columns: usize) -> Self {
        let stride = stride(rows);
        Self {
            planes: std::array::from_fn(|_| vec![0.0; stride * columns]),
            stride,
            rows,
            columns,
        }
    }

    /// A column of a plane.
    pub(super) fn column(&self, plane: usize, column: usize) -> &[f64] {
        &self.planes[plane][column * self.stride..][..self.rows]
    }

    pub(super) fn column_mut(&mut self, plane: usize, column: usize) -> &mut [f64] {
        &mut self.planes[plane][column * self.stride..][..self.rows]
    }

    /// Swaps two unknowns, `one` < `other`, among those from `one` on.
    pub(super) fn swap(&mut self, one: usize, other: usize) {
        let (stride, rows) = (self.stride, self.rows);
        for plane in &mut self.planes {
            plane.swap(one * stride + one, other * stride + other);
            for between in one + 1..other {
                plane.swap(one * stride + between, between * stride + other);
            }
            let (before, behind) = plane.split_at_mut(other * stride);
            let one = &mut before[one * stride..][other + 1..rows];
            one.swap_with_slice(&mut behind[other + 1..rows]);
        }
    }
}
