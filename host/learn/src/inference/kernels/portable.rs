//! Inner loops in plain Rust: what the others must agree with.
//!
//! Those that are compiled again for AVX2 count with ranges: what adapters of iterators call is not
//! inlined there.

use landauer_core::inference::quantize::{rescale, rescale_16};

use super::{
    GroupVector, LANES, Lines, Patterns, Readout, Rounding, SumVector, TILE_VECTORS, Tile,
};

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
    clippy::needless_range_loop,
    reason = "compiled anew for the instructions of its caller: see the module"
)]
#[inline(always)]
pub(super) fn round(sums: &[SumVector], vectors: usize, rounding: Rounding<'_>, output: &mut [i8]) {
    let Rounding {
        multipliers,
        left,
        lowest,
    } = rounding;
    let (output, _) = output.as_chunks_mut::<LANES>();
    let rows = sums.len().min(output.len()) / vectors.max(1);
    for row in 0..rows {
        for vector in 0..vectors {
            let place = row * multipliers.row_step + vector * multipliers.vector_step;
            let multipliers = &multipliers.vectors[place];
            let sums = &sums[row * vectors + vector];
            let output = &mut output[row * vectors + vector];
            for lane in 0..LANES {
                output[lane] = rounded(sums[lane], multipliers[lane], left, lowest);
            }
        }
    }
}

#[allow(
    clippy::inline_always,
    clippy::needless_range_loop,
    reason = "compiled anew for the instructions of its caller: see the module"
)]
#[inline(always)]
pub(super) fn product(lines: Lines<'_>, rounding: Rounding<'_>, output: &mut [i8]) {
    let width = lines.width;
    for line in 0..lines.start.len() {
        let start = lines.start[line][0];
        let multiplier = rounding.multipliers.vectors[line][0];
        let places = line * width..(line + 1) * width;
        let (first, second) = (&lines.first[places.clone()], &lines.second[places.clone()]);
        let output = &mut output[places];
        for place in 0..width {
            let sum = i32::from(first[place]) * i32::from(second[place]);
            let sum = sum.wrapping_add(start);
            output[place] = rounded(sum, multiplier, rounding.left, rounding.lowest);
        }
    }
}

#[allow(
    clippy::inline_always,
    clippy::needless_range_loop,
    reason = "compiled anew for the instructions of its caller: see the module"
)]
#[inline(always)]
pub(super) fn read_out(sums: &[SumVector], readout: Readout<'_>, held: &mut [SumVector]) {
    let vectors = readout.vectors;
    for row in 0..sums.len() / vectors.max(1) {
        let multiplier = readout.multipliers[row][0];
        for vector in 0..vectors {
            let sums = &sums[row * vectors + vector];
            let weights = &readout.weights[row / 2 * vectors + vector];
            let held = &mut held[vector];
            for lane in 0..LANES {
                let value = rescale_16(sums[lane], readout.left, multiplier);
                let product = i32::from(weights[lane][row % 2]) * i32::from(value);
                held[lane] = held[lane].wrapping_add(product);
            }
        }
    }
}

pub(super) fn interleave(lines: [&[i8]; 4], vectors: &mut [GroupVector]) {
    for (number, vector) in vectors.iter_mut().enumerate() {
        let (lanes, _) = vector.as_chunks_mut::<4>();
        for (lane, slots) in lanes.iter_mut().enumerate() {
            for (slot, line) in slots.iter_mut().zip(lines) {
                *slot = line.get(number * LANES + lane).copied().unwrap_or(0);
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
    clippy::needless_range_loop,
    reason = "compiled anew for the instructions of its caller: see the module"
)]
#[inline(always)]
pub(super) fn look_up(patterns: Patterns<'_>, rounding: Rounding<'_>, output: &mut [i8]) {
    let vectors = patterns.table.len();
    let (output, _) = output.as_chunks_mut::<LANES>();
    for place in 0..patterns.places {
        let [a, b, c, d] = patterns.at(place);
        for vector in 0..vectors {
            let table = &patterns.table[vector];
            let [a, b, c, d] = [&table[0][a], &table[1][b], &table[2][c], &table[3][d]];
            let multipliers = &rounding.multipliers.vectors[vector];
            let output = &mut output[place * vectors + vector];
            for lane in 0..LANES {
                let (front, back) = (a[lane].wrapping_add(b[lane]), c[lane].wrapping_add(d[lane]));
                let sum = front.wrapping_add(back);
                output[lane] = rounded(sum, multipliers[lane], rounding.left, rounding.lowest);
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
