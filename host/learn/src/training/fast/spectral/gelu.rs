//! The Gaussian error linear unit in its usual form with a tanh.

use super::super::tile::Row;

/// √(2/π)
const FACTOR: f32 = 0.797_884_6;
const CUBIC: f32 = 0.044_715;

/// x·Φ(x), nearly.
#[must_use]
pub(super) fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + libm::tanhf(FACTOR * (x + CUBIC * x * x * x)))
}

/// Its derivative.
#[must_use]
fn derivative(x: f32) -> f32 {
    let tanh = libm::tanhf(FACTOR * (x + CUBIC * x * x * x));
    let inner = FACTOR * (1.0 + 3.0 * CUBIC * x * x);
    0.5 * (1.0 + tanh) + 0.5 * x * (1.0 - tanh * tanh) * inner
}

/// Of every value.
pub(super) fn rows(x: &[Row], y: &mut [Row]) {
    for (x, y) in x.iter().zip(y) {
        *y = x.map(gelu);
    }
}

/// Multiplies the gradient by the derivative at x.
pub(super) fn backward(x: &[Row], gradient: &mut [Row]) {
    for (x, gradient) in x.iter().zip(gradient) {
        for (x, gradient) in x.iter().zip(gradient) {
            *gradient *= derivative(*x);
        }
    }
}
