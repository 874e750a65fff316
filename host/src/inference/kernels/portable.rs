//! Inner loops in plain Rust: what the others must agree with.

use landauer_core::inference::quantize::rescale;

use super::{LANES, Rounding, SumVector, TILE_VECTORS, Tile};

pub(super) fn multiply(tile: Tile<'_>, rows: usize, sums: &mut [SumVector; TILE_VECTORS]) {
    let vectors = tile.bias.len();
    for row in sums.chunks_mut(vectors).take(rows) {
        row.copy_from_slice(tile.bias);
    }
    let groups = tile.inputs.chunks_exact(rows);
    for (inputs, weights) in groups.zip(tile.weights.chunks_exact(vectors)) {
        for (inputs, row) in inputs.iter().zip(sums.chunks_mut(vectors)) {
            let inputs = inputs.map(|input| i32::from(input.cast_signed()));
            for (weights, sums) in weights.iter().zip(row) {
                let (weights, _) = weights.as_chunks::<4>();
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    let products = weights.iter().zip(inputs).map(|(&w, v)| i32::from(w) * v);
                    *sum = products.fold(*sum, i32::wrapping_add);
                }
            }
        }
    }
}

#[allow(
    clippy::inline_always,
    reason = "compiled anew for the instructions of its caller"
)]
#[inline(always)]
pub(super) fn round(sums: &[SumVector], rounding: Rounding<'_>, output: &mut [i8]) {
    let Rounding {
        multipliers,
        left,
        lowest,
    } = rounding;
    let (output, _) = output.as_chunks_mut::<LANES>();
    let numbers = sums.iter().zip(multipliers.iter().cycle());
    for ((sums, multipliers), output) in numbers.zip(output) {
        let lanes = sums.iter().zip(multipliers).zip(output);
        for ((&sum, &multiplier), slot) in lanes {
            let scaled = rescale(sum, left, multiplier).clamp(i32::from(lowest), 127);
            #[allow(clippy::cast_possible_truncation, reason = "clamped to an i8")]
            {
                *slot = scaled as i8;
            }
        }
    }
}

pub(super) fn dot(inputs: &[i8], weights: &[i8]) -> i32 {
    let products = inputs.iter().zip(weights);
    let products = products.map(|(&v, &w)| i32::from(v) * i32::from(w));
    products.fold(0, i32::wrapping_add)
}

#[allow(
    clippy::inline_always,
    reason = "compiled anew for the instructions of its caller"
)]
#[inline(always)]
pub(super) fn look_up(
    patterns: &[[u8; 4]],
    table: &[SumVector],
    vectors: usize,
    sums: &mut [SumVector],
) {
    let part = table.len() / 4;
    for (patterns, sums) in patterns.iter().zip(sums.chunks_exact_mut(vectors)) {
        let mut starts = [0; 4];
        for (number, (start, &pattern)) in starts.iter_mut().zip(patterns).enumerate() {
            *start = number * part + usize::from(pattern & 15) * vectors;
        }
        for (vector, sums) in sums.iter_mut().enumerate() {
            let chosen = starts.map(|start| &table[start + vector]);
            for (lane, sum) in sums.iter_mut().enumerate() {
                *sum = chosen
                    .iter()
                    .fold(0_i32, |sum, vector| sum.wrapping_add(vector[lane]));
            }
        }
    }
}

pub(super) fn impurities(line: &[f64], impurity: f64) -> Option<u64> {
    let mut found = 0;
    let mut known = true;
    for (site, &energy) in line.iter().enumerate() {
        let is_impurity = energy == impurity;
        known &= is_impurity || energy == 0.0;
        found |= u64::from(is_impurity) << site;
    }
    known.then_some(found)
}
