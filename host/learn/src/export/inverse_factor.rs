//! The triangular factor that weights are rounded by, found without inverting a matrix.

/// The upper triangular V with `Vᵀ·V` = A⁻¹, row after row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct InverseFactor {
    length: usize,
    /// Row i has its elements (i, i), (i, i + 1), … only.
    rows: Vec<Vec<f64>>,
}

impl InverseFactor {
    /// Of a symmetric matrix A, whose element (i, j) is `element(i, j)`, asked for i ≤ j; `None` if A
    /// is not positive definite, or not finite.
    ///
    /// A = U·Uᵀ with U upper triangular, as in a Cholesky decomposition that begins at the last row;
    /// then V = U⁻¹.
    pub(super) fn new(length: usize, element: impl Fn(usize, usize) -> f64) -> Option<Self> {
        let mut upper: Vec<Vec<f64>> = (0..length)
            .map(|i| (i..length).map(|j| element(i, j)).collect())
            .collect();
        for j in (0..length).rev() {
            let (above, row) = upper.split_at_mut(j);
            let row = row.first_mut()?;
            let (pivot, later) = row.split_first_mut()?;
            let square = *pivot - dot(later, later);
            if !(square.is_finite() && square > 0.0) {
                return None;
            }
            *pivot = square.sqrt();
            for (i, other) in above.iter_mut().enumerate() {
                let (value, other_later) = other.get_mut(j - i..)?.split_first_mut()?;
                *value = (*value - dot(other_later, later)) / *pivot;
            }
        }
        let rows = (0..length).map(|i| inverse_row(&upper, i)).collect();
        Some(Self { length, rows })
    }

    /// The elements (`row`, `row`) to (`row`, length − 1).
    pub(super) fn row(&self, row: usize) -> &[f64] {
        debug_assert!(row < self.length, "a row of the matrix");
        &self.rows[row]
    }
}

/// Row i of the inverse of an upper triangular matrix, from its diagonal on.
fn inverse_row(upper: &[Vec<f64>], i: usize) -> Vec<f64> {
    let mut row = vec![0.0; upper.len() - i];
    row[0] = 1.0;
    for k in 0..row.len() {
        let (pivot, later) = (upper[i + k][0], &upper[i + k][1..]);
        row[k] /= pivot;
        let value = row[k];
        for (slot, element) in row[k + 1..].iter_mut().zip(later) {
            *slot -= value * element;
        }
    }
    row
}

/// Σ a·b, in one order on every machine.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_by_two_by_hand() {
        // A = [[2, 1], [1, 1]], A⁻¹ = [[1, -1], [-1, 2]] = VᵀV with V = [[1, -1], [0, 1]].
        let a = [[2.0, 1.0], [1.0, 1.0]];
        let factor = InverseFactor::new(2, |i, j| a[i][j]).unwrap();
        assert_eq!(
            (factor.row(0), factor.row(1)),
            (&[1.0, -1.0][..], &[1.0][..])
        );
    }

    #[test]
    fn the_factor_s_square_is_the_inverse() {
        // Correlated as the inputs of a layer are: condition about 1e4.
        for length in [1, 7, 40, 129] {
            let element = |i: usize, j: usize| {
                let near = 1.0 / (1.0 + i.abs_diff(j) as f64);
                let own = if i == j { 0.01 } else { 0.0 };
                near + own + 0.5 * ((i * j) as f64).cos().powi(2) / length as f64
            };
            let symmetric = |i: usize, j: usize| element(i.min(j), i.max(j));
            let dominant = |i: usize, j: usize| {
                let own = if i == j { 2.0 } else { 0.0 };
                symmetric(i, j) + own
            };
            let factor = InverseFactor::new(length, dominant).expect("positive definite");
            let v = |i: usize, j: usize| if j < i { 0.0 } else { factor.row(i)[j - i] };
            let inverse = |i: usize, j: usize| (0..length).map(|k| v(k, i) * v(k, j)).sum::<f64>();
            for i in 0..length {
                for j in 0..length {
                    let product: f64 = (0..length).map(|k| dominant(i, k) * inverse(k, j)).sum();
                    let expected = if i == j { 1.0 } else { 0.0 };
                    assert!(
                        (product - expected).abs() < 1e-11,
                        "{length}: {i}, {j}: {product}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_not_positive_definite_has_none() {
        assert!(InverseFactor::new(2, |_, _| 1.0).is_none());
        assert!(InverseFactor::new(1, |_, _| -1.0).is_none());
        assert!(InverseFactor::new(2, |_, _| f64::NAN).is_none());
        assert!(InverseFactor::new(1, |_, _| f64::INFINITY).is_none());
    }
}
