//! Inner loops for x86-64 with AVX2, and what every x86-64 can. Unsafe are, here and in `vnni.rs`, only
//! loads and stores through references to arrays of the vector's size, and calls of functions
//! for instructions that have been looked for.
#![allow(
    unsafe_code,
    reason = "vector loads, stores and calls, each with its SAFETY"
)]
#![allow(
    clippy::unused_self,
    reason = "`self` is the proof that the instructions exist"
)]

use std::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm_set1_epi8, _mm_storeu_si128, _mm_unpackhi_epi8,
    _mm_unpackhi_epi16, _mm_unpacklo_epi8, _mm_unpacklo_epi16, _mm_xor_si128, _mm256_abs_epi8,
    _mm256_add_epi32, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16,
    _mm256_set1_epi16, _mm256_set1_epi32, _mm256_setzero_si256, _mm256_sign_epi8,
    _mm256_storeu_si256,
};

use super::{
    GroupVector, LANES, Lines, Patterns, Readout, Rounding, SumVector, TILE_VECTORS, Tile, portable,
};

/// Proof that the processor has AVX2.
#[derive(Debug, Clone, Copy)]
pub(in crate::inference) struct Avx2(());

impl Avx2 {
    pub(super) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }

    #[inline]
    pub(super) fn multiply(
        self,
        tile: Tile<'_>,
        rows: usize,
        sums: &mut [SumVector; TILE_VECTORS],
    ) {
        // SAFETY: `self` proves that the instructions exist.
        unsafe { avx2_multiply(tile, rows, sums) }
    }

    #[inline]
    pub(super) fn round(
        self,
        sums: &[SumVector],
        vectors: usize,
        rounding: Rounding<'_>,
        output: &mut [i8],
    ) {
        // SAFETY: `self` proves that the instructions exist.
        unsafe { avx2_round(sums, vectors, rounding, output) }
    }

    #[inline]
    pub(super) fn product(self, lines: Lines<'_>, rounding: Rounding<'_>, output: &mut [i8]) {
        // SAFETY: `self` proves that the instructions exist.
        unsafe { avx2_product(lines, rounding, output) }
    }

    #[inline]
    pub(super) fn read_out(self, sums: &[SumVector], readout: Readout<'_>, held: &mut [SumVector]) {
        // SAFETY: `self` proves that the instructions exist.
        unsafe { avx2_read_out(sums, readout, held) }
    }

    #[inline]
    pub(super) fn interleave(self, lines: [&[i8]; 4], vectors: &mut [GroupVector]) {
        interleave(lines, 0, vectors);
    }

    #[inline]
    pub(super) fn dot(self, inputs: &[i8], weights: &[i8]) -> i32 {
        // SAFETY: `self` proves that the instructions exist.
        unsafe { avx2_dot(inputs, weights) }
    }

    #[inline]
    pub(super) fn look_up(self, patterns: Patterns<'_>, rounding: Rounding<'_>, output: &mut [i8]) {
        // SAFETY: `self` proves that the instructions exist.
        unsafe { avx2_look_up(patterns, rounding, output) }
    }
}

/// Four bytes as they lie in memory.
#[inline]
pub(super) const fn four(numbers: [i8; 4]) -> i32 {
    let [a, b, c, d] = numbers;
    i32::from_le_bytes([
        a.cast_unsigned(),
        b.cast_unsigned(),
        c.cast_unsigned(),
        d.cast_unsigned(),
    ])
}

/// For any x86-64.
pub(super) fn interleave(lines: [&[i8]; 4], offset: u8, vectors: &mut [GroupVector]) {
    // SAFETY: every x86-64 has SSE2.
    unsafe { sse2_interleave(lines, offset, vectors) }
}

#[target_feature(enable = "sse2")]
fn sse2_interleave(lines: [&[i8]; 4], offset: u8, vectors: &mut [GroupVector]) {
    let flip = _mm_set1_epi8(offset.cast_signed());
    for number in 0..vectors.len() {
        let mut parts = [flip; 4];
        for place in 0..4 {
            let line = lines[place];
            let seen = &line[line.len().min(number * LANES)..];
            let mut part = [0; LANES];
            let source = if let Some(whole) = seen.first_chunk::<LANES>() {
                whole
            } else {
                part[..seen.len()].copy_from_slice(seen);
                &part
            };
            // SAFETY: the array has the 16 bytes that are read; no alignment is asked for.
            let loaded = unsafe { _mm_loadu_si128(source.as_ptr().cast()) };
            parts[place] = _mm_xor_si128(loaded, flip);
        }
        let [a, b, c, d] = parts;
        let (front, back) = (_mm_unpacklo_epi8(a, b), _mm_unpackhi_epi8(a, b));
        let (third, fourth) = (_mm_unpacklo_epi8(c, d), _mm_unpackhi_epi8(c, d));
        let groups = [
            _mm_unpacklo_epi16(front, third),
            _mm_unpackhi_epi16(front, third),
            _mm_unpacklo_epi16(back, fourth),
            _mm_unpackhi_epi16(back, fourth),
        ];
        let (quarters, _) = vectors[number].as_chunks_mut::<16>();
        for quarter in 0..4 {
            let to = quarters[quarter].as_mut_ptr();
            // SAFETY: the quarter has room for the 16 bytes; no alignment is asked for.
            unsafe { _mm_storeu_si128(to.cast(), groups[quarter]) }
        }
    }
}

#[target_feature(enable = "avx2")]
#[inline]
fn load_half(from: &[i8; 32]) -> __m256i {
    // SAFETY: the array has the 32 bytes that are read; no alignment is asked for.
    unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
}

/// Products of |input| and ±weight: two of them fit in 16 bits, since there is no −128.
#[target_feature(enable = "avx2")]
#[inline]
fn avx2_products(inputs: __m256i, weights: __m256i) -> __m256i {
    let signed = _mm256_sign_epi8(weights, inputs);
    let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(inputs), signed);
    _mm256_madd_epi16(pairs, _mm256_set1_epi16(1))
}

#[target_feature(enable = "avx2")]
fn avx2_multiply(tile: Tile<'_>, rows: usize, sums: &mut [SumVector; TILE_VECTORS]) {
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
            let start = &start.vectors[row * start.row_step + vector * start.vector_step];
            let (halves, _) = start.as_chunks::<8>();
            let mut held = [_mm256_setzero_si256(); 2];
            for (held, half) in held.iter_mut().zip(halves) {
                // SAFETY: the half has the 32 bytes that are read; no alignment is asked for.
                *held = unsafe { _mm256_loadu_si256(half.as_ptr().cast()) };
            }
            let lanes = tile.lanes.iter().skip(vector).step_by(vectors.max(1));
            for (number, lanes) in numbers.iter().zip(lanes) {
                let number = _mm256_set1_epi32(four(*number));
                let (halves, _) = lanes.as_chunks::<32>();
                for (held, half) in held.iter_mut().zip(halves) {
                    *held = _mm256_add_epi32(*held, avx2_products(number, load_half(half)));
                }
            }
            let (halves, _) = sums.as_chunks_mut::<8>();
            for (half, held) in halves.iter_mut().zip(held) {
                // SAFETY: the half has room for the 32 bytes; no alignment is asked for.
                unsafe { _mm256_storeu_si256(half.as_mut_ptr().cast(), held) }
            }
        }
    }
}

#[target_feature(enable = "avx2")]
fn avx2_round(sums: &[SumVector], vectors: usize, rounding: Rounding<'_>, output: &mut [i8]) {
    portable::round(sums, vectors, rounding, output);
}

#[target_feature(enable = "avx2")]
fn avx2_product(lines: Lines<'_>, rounding: Rounding<'_>, output: &mut [i8]) {
    portable::product(lines, rounding, output);
}

#[target_feature(enable = "avx2")]
fn avx2_read_out(sums: &[SumVector], readout: Readout<'_>, held: &mut [SumVector]) {
    portable::read_out(sums, readout, held);
}

#[target_feature(enable = "avx2")]
fn avx2_dot(inputs: &[i8], weights: &[i8]) -> i32 {
    let mut held = _mm256_setzero_si256();
    let (inputs, last_inputs) = inputs.as_chunks::<32>();
    let (weights, last_weights) = weights.as_chunks::<32>();
    for (inputs, weights) in inputs.iter().zip(weights) {
        held = _mm256_add_epi32(held, avx2_products(load_half(inputs), load_half(weights)));
    }
    let mut lanes = [0_i32; 8];
    // SAFETY: the array has room for the 32 bytes; no alignment is asked for.
    unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), held) }
    let last = portable::dot(last_inputs, last_weights);
    lanes.into_iter().fold(last, i32::wrapping_add)
}

#[target_feature(enable = "avx2")]
fn avx2_look_up(patterns: Patterns<'_>, rounding: Rounding<'_>, output: &mut [i8]) {
    portable::look_up(patterns, rounding, output);
}
