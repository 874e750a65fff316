//! The outer half of the readout: a weighted sum over the modes across.

use super::super::lane_gradient::{LANES, Lanes, total};
use super::super::samples::BLOCK;
use super::super::tile::Row;

/// Adds Σ outer[mode, unit]·y[mode, unit] to every unit's sum.
#[inline(always)]
pub(super) fn add(outer: &[f32], y: &[Row], sums: &mut [Row]) {
    let units = sums.len();
    for (outer, y) in outer.chunks_exact(units).zip(y.chunks_exact(units)) {
        for ((outer, y), sum) in outer.iter().zip(y).zip(&mut *sums) {
            for (sum, y) in sum.iter_mut().zip(y) {
                *sum = outer.mul_add(*y, *sum);
            }
        }
    }
}

/// Adds the gradient by `outer`, and turns y into the gradient by y.
#[inline(always)]
pub(super) fn backward(outer: &[f32], y: &mut [Row], by_sums: &[Row], by_outer: &mut [f32]) {
    let units = by_sums.len();
    let modes = outer
        .chunks_exact(units)
        .zip(by_outer.chunks_exact_mut(units));
    for ((outer, by_outer), y) in modes.zip(y.chunks_exact_mut(units)) {
        for (((outer, by_outer), y), by_sum) in outer.iter().zip(by_outer).zip(y).zip(by_sums) {
            let mut products = Lanes::default();
            for first in (0..BLOCK).step_by(LANES) {
                for lane in 0..LANES {
                    let (y, by) = (y[first + lane], by_sum[first + lane]);
                    products[lane] = y.mul_add(by, products[lane]);
                }
            }
            *by_outer += total(&products);
            for (y, by) in y.iter_mut().zip(by_sum) {
                *y = outer * by;
            }
        }
    }
}
