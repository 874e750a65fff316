//! The sine of an angle that is counted in turns, in integers.

/// sin(πx/2) = x·(c_0 + c_1 x² + c_2 x⁴ + c_3 x⁶) for |x| ≤ 1 with an error of 6e-7 (fitted
/// to the least maximum), in units of 2^-30, from the highest power to the lowest.
const COEFFICIENTS: [i32; 4] = [-4_652_631, 85_291_973, -693_522_167, 1_686_624_004];

/// A quarter turn.
const QUARTER: u32 = 1 << 30;

#[cfg(landauer_dsp)]
pub(super) use super::super::dsp::upper_product;

/// The upper half of a product.
#[cfg(not(landauer_dsp))]
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "64 bits less 32")]
pub(super) const fn upper_product(a: i32, b: i32) -> i32 {
    ((a as i64 * b as i64) >> 32) as i32
}

/// sin(2π·`turns`/2^32) in units of 2^-30, within 6.5e-7.
#[inline]
#[must_use]
pub(super) fn sine(turns: u32) -> i32 {
    // The two outer quarters mirror the inner ones: sin(π − α) = sin α.
    let inner = if turns.wrapping_add(QUARTER) <= 2 * QUARTER {
        turns
    } else {
        (2 * QUARTER).wrapping_sub(turns)
    }
    .cast_signed();
    let square = upper_product(inner, inner);
    let [highest, c_2, c_1, c_0] = COEFFICIENTS;
    let sum = c_2 + (upper_product(highest, square) << 4);
    let sum = c_1 + (upper_product(sum, square) << 4);
    let sum = c_0 + (upper_product(sum, square) << 4);
    upper_product(inner, sum) << 2
}

/// cos(2π·`turns`/2^32) in units of 2^-30, within 6.5e-7.
#[inline]
#[must_use]
pub(super) fn cosine(turns: u32) -> i32 {
    sine(turns.wrapping_add(QUARTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sines_and_cosines_are_as_accurate_as_documented() {
        let mut worst = 0.0_f64;
        let unit = f64::from(1 << 30);
        for step in 0..100_000_u32 {
            let turns = step.wrapping_mul(42_949 * 7);
            let angle = f64::from(turns) / (4.0 * unit) * core::f64::consts::TAU;
            for (found, exact) in [
                (sine(turns), libm::sin(angle)),
                (cosine(turns), libm::cos(angle)),
            ] {
                worst = worst.max((f64::from(found) / unit - exact).abs());
            }
        }
        assert!(worst < 6.5e-7, "{worst}");
    }

    #[test]
    fn multiples_of_a_quarter_turn_are_exact_to_the_last_bits() {
        for (quarters, expected) in [(0, 0), (1, 1 << 30), (2, 0), (3, -1 << 30)] {
            assert!((sine(quarters * QUARTER) - expected).abs() < 700);
        }
        assert_eq!(sine(0), 0);
        assert_eq!(sine(2 * QUARTER), 0);
    }
}
