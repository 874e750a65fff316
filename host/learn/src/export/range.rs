//! Which steps integers can count in.
//!
//! Usually weights and activations say by themselves what one integer shall stand for. Not so where a
//! tensor never varies, a bias is a million times as large as all products, or weights are next to
//! nothing: then a bias would not fit in 32 bits, or a multiplier would be so large that it overflows
//! the sum. Each of these has a least step here, which ordinary networks are far above.

use super::lower::MULTIPLIER_LIMIT;

/// The largest integer that a bias shall be; the products of 65,535 inputs with their weights fit
/// beside it.
pub(super) const MAX_BIAS: f64 = 1_073_741_824.0;

/// The smallest step that a tensor's record can name.
pub(super) const MIN_STEP: f64 = f32::MIN_POSITIVE as f64;

/// What one integer of a row of weights stands for, so that its bias fits: `wanted`, or more. `wanted` is 0
/// for a row of zeros, whose bias alone counts.
pub(super) fn row_step(wanted: f64, bias: f64, input_step: f64) -> f64 {
    let step = wanted.max(bias.abs() / (MAX_BIAS * input_step));
    if step > 0.0 { step } else { 1.0 }
}

/// What one integer of an output stands for, so that sums of at most `bound`, which count in `unit`, can be
/// shifted as their multiplier asks: `wanted`, or more.
pub(super) fn output_step(wanted: f64, unit: f64, bound: f64) -> f64 {
    let mut step = wanted.max(MIN_STEP);
    loop {
        let (left, _) = left_shift(unit / step);
        // Without a shift a coarser step is of no use.
        if left == 0 || left < 31 && bound * 2_f64.powi(left.into()) <= MULTIPLIER_LIMIT {
            return step;
        }
        step *= 2.0;
    }
}

/// The shift to the left that multipliers of at most this need, and what they are counted in then: 32 bits
/// behind the point, less the shift.
pub(super) fn left_shift(largest: f64) -> (u8, f64) {
    let mut left = 0_u8;
    while largest * 2_f64.powi(32 - i32::from(left)) > MULTIPLIER_LIMIT && left < 31 {
        left += 1;
    }
    (left, 2_f64.powi(32 - i32::from(left)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_steps_stay_as_they_are() {
        assert_eq!(row_step(0.01, 0.5, 0.02), 0.01);
        // A thousand products of 127 by 127, each worth 2e-4, against outputs of up to 4.
        assert_eq!(output_step(4.0 / 127.0, 2e-4, 16e6), 4.0 / 127.0);
    }

    #[test]
    fn a_bias_fits_whatever_the_weights_are() {
        for (wanted, bias) in [(1e-22, 0.3), (1e-3, 1e6), (0.0, -2.0), (0.0, 1e-30)] {
            let step = row_step(wanted, bias, 0.01);
            let integer = bias.abs() / (step * 0.01);
            assert!(integer <= MAX_BIAS * 1.001, "{bias} in {step}: {integer}");
            // As fine as it can be.
            assert!(step == wanted || integer > 0.99 * MAX_BIAS);
        }
        assert_eq!(row_step(0.0, 0.0, 0.01), 1.0);
    }

    #[test]
    fn a_sum_can_be_shifted_as_its_multiplier_asks() {
        for (wanted, unit, bound) in [(1e-30, 1e-4, 16e6), (0.0, 1.0, 1e9), (1e-6, 1.0, 300.0)] {
            let step = output_step(wanted, unit, bound);
            let (left, _) = left_shift(unit / step);
            assert!(left < 31 && bound * 2_f64.powi(left.into()) <= MULTIPLIER_LIMIT);
            assert!(step >= MIN_STEP && step >= wanted);
        }
        // What does not fit in any case is left for core to say.
        assert_eq!(output_step(0.5, f64::NAN, 1e12), 0.5);
        assert_eq!(output_step(0.5, 1e-9, 1e12), 0.5);
    }
}
