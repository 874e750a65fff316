//! Inner loops in plain Rust: what the others must agree with.

use landauer_core::inference::quantize::{rescale, rescale_16};

use super::{GroupVector, LANES, Lines, Readout, Rounding, SumVector, TILE_VECTORS, Tile};

/// One sum as a byte.
#[allow(
    clippy::inline_always,
    reason = "compiled anew for the instructions of its caller"
)]
#[inline(always)]
fn rounded(sum: i32, multiplier: i32, left: u8, lowest: i8) -> i8 {
    let scaled = rescale(sum, left, multiplier).clamp(i32::from(lowest), 127);
    #[allow(clippy::cast_possible_truncation, reason = "clamped to an i8")]
    {
        scaled as i8
    }
}

pub(super) fn multiply(tile: Tile<'_>, rows: usize, sums: &mut [SumVector; TILE_VECTORS]) {
    let Tile {
        groups,
        vectors,
        start,
        ..
    } = tile;
    let numbers = tile.rows.chunks_exact(groups.max(1)).take(rows);
    let sums = sums.chunks_exact_mut(vectors.max(1));
    for (row, (numbers, sums)) in numbers.zip(sums).enumerate() {
        for (vector, sums) in sums.iter_mut().enumerate() {
            *sums = start.vectors[row * start.row_step + vector * start.vector_step];
            let lanes = tile.lanes.iter().skip(vector).step_by(vectors);
            for (numbers, lanes) in numbers.iter().zip(lanes) {
                let numbers = numbers.map(i32::from);
                let (lanes, _) = lanes.as_chunks::<4>();
                for (sum, lane) in sums.iter_mut().zip(lanes) {
                    let products = lane.iter().zip(numbers).map(|(&a, b)| i32::from(a) * b);
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
pub(super) fn round(sums: &[SumVector], vectors: usize, rounding: Rounding<'_>, output: &mut [i8]) {
    let Rounding {
        multipliers,
        left,
        lowest,
    } = rounding;
    let (output, _) = output.as_chunks_mut::<LANES>();
    let rows = sums.chunks_exact(vectors.max(1));
    let outputs = output.chunks_exact_mut(vectors.max(1));
    for (row, (sums, output)) in rows.zip(outputs).enumerate() {
        for (vector, (sums, output)) in sums.iter().zip(output).enumerate() {
            let place = row * multipliers.row_step + vector * multipliers.vector_step;
            let multipliers = &multipliers.vectors[place];
            let lanes = sums.iter().zip(multipliers).zip(output);
            for ((&sum, &multiplier), slot) in lanes {
                *slot = rounded(sum, multiplier, left, lowest);
            }
        }
    }
}

#[allow(
    clippy::inline_always,
    reason = "compiled anew for the instructions of its caller"
)]
#[inline(always)]
pub(super) fn product(lines: Lines<'_>, rounding: Rounding<'_>, output: &mut [i8]) {
    let width = lines.width.max(1);
    let factors = lines
        .first
        .chunks_exact(width)
        .zip(lines.second.chunks_exact(width));
    let rules = lines.start.iter().zip(rounding.multipliers.vectors);
    let numbers = factors.zip(rules).zip(output.chunks_exact_mut(width));
    for (((first, second), (start, multipliers)), output) in numbers {
        let (start, multiplier) = (start[0], multipliers[0]);
        for ((slot, &a), &b) in output.iter_mut().zip(first).zip(second) {
            let sum = (i32::from(a) * i32::from(b)).wrapping_add(start);
            *slot = rounded(sum, multiplier, rounding.left, rounding.lowest);
        }
    }
}

#[allow(
    clippy::inline_always,
    reason = "compiled anew for the instructions of its caller"
)]
#[inline(always)]
pub(super) fn read_out(sums: &[SumVector], readout: Readout<'_>, held: &mut [SumVector]) {
    let vectors = readout.vectors.max(1);
    let rows = sums.chunks_exact(vectors).zip(readout.multipliers);
    for ((sums, multipliers), weights) in rows.zip(readout.weights.chunks_exact(vectors)) {
        for ((held, sums), weights) in held.iter_mut().zip(sums).zip(weights) {
            let lanes = held.iter_mut().zip(sums).zip(weights).zip(multipliers);
            for (((held, &sum), &weight), &multiplier) in lanes {
                let value = rescale_16(sum, readout.left, multiplier);
                *held = held.wrapping_add(i32::from(weight) * i32::from(value));
            }
        }
    }
}

#[allow(
    clippy::inline_always,
    reason = "compiled anew for the instructions of its caller"
)]
#[inline(always)]
pub(super) fn interleave(lines: [&[i8]; 4], offset: u8, vectors: &mut [GroupVector]) {
    let offset = offset.cast_signed();
    for (number, vector) in vectors.iter_mut().enumerate() {
        let first = number * LANES;
        let parts = lines.map(|line| {
            let mut part = [0_i8; LANES];
            let seen = line.get(first..).unwrap_or(&[]);
            if let Some(whole) = seen.first_chunk() {
                part = *whole;
            } else {
                part[..seen.len()].copy_from_slice(seen);
            }
            part
        });
        let (lanes, _) = vector.as_chunks_mut::<4>();
        for (lane, slots) in lanes.iter_mut().enumerate() {
            for (slot, part) in slots.iter_mut().zip(&parts) {
                *slot = part[lane] ^ offset;
            }
        }
    }
}

pub(super) fn spread_bits(bits: u64, codes: [i8; 2], line: &mut [i8]) {
    for (site, slot) in line.iter_mut().enumerate() {
        *slot = codes[usize::from(bits >> site & 1 != 0)];
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
