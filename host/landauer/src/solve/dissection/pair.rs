//! How two unknowns are eliminated together.
//!
//! Where the lattice is clean and E = 0, diagonals are exactly zero: one unknown alone is no pivot,
//! but two neighbours are. Each pair of rows is therefore first combined in one of three ways, and
//! then both are eliminated one after the other as scalars: as they stand, exchanged, or turned by
//! 45 degrees to their sum and difference. The choice follows J. R. Bunch and L. Kaufman (Math.
//! Comput. 31, 163, 1977), with the rotation in place of their 2×2 inverse: that loses digits with
//! the square of the growth, this with the growth.

/// Bunch and Kaufman's (1 + √17)/8: how large a diagonal must be, against the element beside it, to
/// be a pivot of its own.
pub(super) const ALONE: f64 = 0.640_388_203_202_208;

/// Factors that combine rows r and s of a pair: first = f[0]·r + f[1]·s, second = f[2]·r + f[3]·s.
/// All are 0, 1 or −1.
pub(super) fn combination(a: f64, b: f64, c: f64) -> [f64; 4] {
    let (first, beside, second) = (a.abs(), ALONE * b.abs(), c.abs());
    if first.max(second) < beside {
        // The sum where the diagonals' sum helps the element beside them, else the difference.
        let sign = if b * (a + c) < 0.0 { -1.0 } else { 1.0 };
        [1.0, sign, -sign, 1.0]
    } else if first < second {
        [0.0, 1.0, 1.0, 0.0]
    } else {
        [1.0, 0.0, 0.0, 1.0]
    }
}

/// The two pivots of [[a, b], [b, c]], in the measure of the rows as they stand.
pub(super) fn pivots(a: f64, b: f64, c: f64) -> [f64; 2] {
    let f = combination(a, b, c);
    let first = f[0] * (f[0] * a + f[1] * b) + f[1] * (f[0] * b + f[1] * c);
    let measure = f[0] * f[0] + f[1] * f[1];
    let determinant = a * c - b * b;
    [first / measure, determinant * measure / first]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_a_clean_lattice_are_turned() {
        assert_eq!(combination(0.0, 1.0, 0.0), [1.0, 1.0, -1.0, 1.0]);
        assert_eq!(pivots(0.0, 1.0, 0.0), [1.0, -1.0]);
        // −0.5 ∓ 1: the larger comes first.
        assert_eq!(combination(-0.5, 1.0, -0.5), [1.0, -1.0, 1.0, 1.0]);
        assert_eq!(pivots(-0.5, 1.0, -0.5), [-1.5, 0.5]);
    }

    #[test]
    fn a_large_diagonal_goes_first() {
        assert_eq!(combination(5.0, 1.0, 0.1), [1.0, 0.0, 0.0, 1.0]);
        assert_eq!(combination(0.1, 1.0, -5.0), [0.0, 1.0, 1.0, 0.0]);
        let [first, second] = pivots(0.1, 1.0, -5.0);
        assert_eq!((first, second), (-5.0, -1.5 / -5.0));
    }
}
