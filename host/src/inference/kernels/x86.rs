//! Inner loops for x86-64: AVX2, and AVX-512 with VNNI. The only unsafe code of the crate:
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
    __m256i, __m512i, _mm_cvtsi32_si128, _mm_storeu_si128, _mm256_abs_epi8, _mm256_add_epi32,
    _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_set1_epi16,
    _mm256_set1_epi32, _mm256_setzero_si256, _mm256_sign_epi8, _mm256_storeu_si256,
    _mm512_add_epi32, _mm512_add_epi64, _mm512_cmpeq_pd_mask, _mm512_cvtsepi32_epi8,
    _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_mask_blend_epi32, _mm512_maskz_loadu_epi8,
    _mm512_maskz_loadu_pd, _mm512_max_epi32, _mm512_mul_epi32, _mm512_reduce_add_epi32,
    _mm512_set1_epi8, _mm512_set1_epi32, _mm512_set1_epi64, _mm512_set1_pd, _mm512_setzero_pd,
    _mm512_setzero_si512, _mm512_sll_epi32, _mm512_srli_epi64, _mm512_storeu_si512,
    _mm512_xor_si512,
};

use super::{LANES, Rounding, SumVector, TILE_VECTORS, Tile, WeightVector, portable};

/// Proof that the processor has AVX-512 F, BW and VNNI.
#[derive(Debug, Clone, Copy)]
pub(in crate::inference) struct Vnni(());

/// Proof that the processor has AVX2.
#[derive(Debug, Clone, Copy)]
pub(in crate::inference) struct Avx2(());

impl Vnni {
    pub(super) fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vnni");
        found.then_some(Self(()))
    }

    #[inline]
    pub(super) fn multiply(
        self,
        tile: Tile<'_>,
        rows: usize,
        sums: &mut [SumVector; TILE_VECTORS],
    ) {
        // SAFETY: `self` proves that the instructions exist.
        unsafe {
            match (tile.bias.len(), rows) {
                (1, 12) => vnni_multiply::<12, 1>(tile, sums),
                (2, 12) => vnni_multiply::<12, 2>(tile, sums),
                (3, 8) => vnni_multiply::<8, 3>(tile, sums),
                (4, 6) => vnni_multiply::<6, 4>(tile, sums),
                (1, 6) => vnni_multiply::<6, 1>(tile, sums),
                (2, 6) => vnni_multiply::<6, 2>(tile, sums),
                (3, 6) => vnni_multiply::<6, 3>(tile, sums),
                _ => {}
            }
        }
    }

    #[inline]
    pub(super) fn round(self, sums: &[SumVector], rounding: Rounding<'_>, output: &mut [i8]) {
        // SAFETY: `self` proves that the instructions exist.
        unsafe { vnni_round(sums, rounding, output) }
    }

    #[inline]
    pub(super) fn dot(self, inputs: &[i8], weights: &[i8]) -> i32 {
        // SAFETY: `self` proves that the instructions exist.
        unsafe { vnni_dot(inputs, weights) }
    }

    #[inline]
    pub(super) fn look_up(
        self,
        patterns: &[[u8; 4]],
        table: &[SumVector],
        vectors: usize,
        sums: &mut [SumVector],
    ) {
        // SAFETY: `self` proves that the instructions exist.
        unsafe { vnni_look_up(patterns, table, vectors, sums) }
    }

    #[inline]
    pub(super) fn impurities(self, line: &[f64], impurity: f64) -> Option<u64> {
        // SAFETY: `self` proves that the instructions exist.
        unsafe { vnni_impurities(line, impurity) }
    }
}

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
    pub(super) fn round(self, sums: &[SumVector], rounding: Rounding<'_>, output: &mut [i8]) {
        // SAFETY: `self` proves that the instructions exist.
        unsafe { avx2_round(sums, rounding, output) }
    }

    #[inline]
    pub(super) fn dot(self, inputs: &[i8], weights: &[i8]) -> i32 {
        // SAFETY: `self` proves that the instructions exist.
        unsafe { avx2_dot(inputs, weights) }
    }

    #[inline]
    pub(super) fn look_up(
        self,
        patterns: &[[u8; 4]],
        table: &[SumVector],
        vectors: usize,
        sums: &mut [SumVector],
    ) {
        // SAFETY: `self` proves that the instructions exist.
        unsafe { avx2_look_up(patterns, table, vectors, sums) }
    }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn load_weights(from: &WeightVector) -> __m512i {
    // SAFETY: the array has the 64 bytes that are read; no alignment is asked for.
    unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn load_sums(from: &SumVector) -> __m512i {
    // SAFETY: the array has the 64 bytes that are read; no alignment is asked for.
    unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn store_sums(to: &mut SumVector, vector: __m512i) {
    // SAFETY: the array has room for the 64 bytes; no alignment is asked for.
    unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), vector) }
}

/// ROWS · VECTORS sums stay in registers while the inputs pass by. Loops over them count up to
/// constants, which the compiler unrolls; over iterators it does not, and the sums go to memory.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
#[allow(
    clippy::needless_range_loop,
    reason = "counted loops are unrolled, see above"
)]
fn vnni_multiply<const ROWS: usize, const VECTORS: usize>(
    tile: Tile<'_>,
    sums: &mut [SumVector; TILE_VECTORS],
) {
    let Some(bias) = tile.bias.first_chunk::<VECTORS>() else {
        return;
    };
    let mut held = [[_mm512_setzero_si512(); VECTORS]; ROWS];
    for row in 0..ROWS {
        for vector in 0..VECTORS {
            held[row][vector] = load_sums(&bias[vector]);
        }
    }
    let (inputs, _) = tile.inputs.as_chunks::<ROWS>();
    let (weights, _) = tile.weights.as_chunks::<VECTORS>();
    for (inputs, weights) in inputs.iter().zip(weights) {
        let mut loaded = [_mm512_setzero_si512(); VECTORS];
        for vector in 0..VECTORS {
            loaded[vector] = load_weights(&weights[vector]);
        }
        for row in 0..ROWS {
            let input = _mm512_set1_epi32(i32::from_le_bytes(inputs[row]));
            for vector in 0..VECTORS {
                held[row][vector] = _mm512_dpbusd_epi32(held[row][vector], input, loaded[vector]);
            }
        }
    }
    for row in 0..ROWS {
        for vector in 0..VECTORS {
            store_sums(&mut sums[row * VECTORS + vector], held[row][vector]);
        }
    }
}

/// The rule of core's `rescale`, even and odd lanes apart, as products have 64 bits.
#[target_feature(enable = "avx512f,avx512bw")]
fn vnni_round(sums: &[SumVector], rounding: Rounding<'_>, output: &mut [i8]) {
    let half = _mm512_set1_epi64(1 << 31);
    let lowest = _mm512_set1_epi32(i32::from(rounding.lowest));
    let left = _mm_cvtsi32_si128(i32::from(rounding.left));
    let multipliers = rounding.multipliers;
    let (output, _) = output.as_chunks_mut::<LANES>();
    let length = sums.len().min(output.len());
    let (sums, output) = (&sums[..length], &mut output[..length]);
    // The multipliers begin anew with every row.
    let mut lane = 0;
    for place in 0..length {
        let sums = _mm512_sll_epi32(load_sums(&sums[place]), left);
        let multipliers = load_sums(&multipliers[lane]);
        lane += 1;
        if lane == rounding.multipliers.len() {
            lane = 0;
        }
        let even = _mm512_mul_epi32(sums, multipliers);
        let odd = _mm512_mul_epi32(
            _mm512_srli_epi64::<32>(sums),
            _mm512_srli_epi64::<32>(multipliers),
        );
        let even = _mm512_srli_epi64::<32>(_mm512_add_epi64(even, half));
        let odd = _mm512_add_epi64(odd, half);
        let scaled = _mm512_mask_blend_epi32(0xaaaa, even, odd);
        let clamped = _mm512_cvtsepi32_epi8(_mm512_max_epi32(scaled, lowest));
        // SAFETY: the slot has room for the 16 bytes; no alignment is asked for.
        unsafe { _mm_storeu_si128(output[place].as_mut_ptr().cast(), clamped) }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn vnni_dot(inputs: &[i8], weights: &[i8]) -> i32 {
    let flip = _mm512_set1_epi8(i8::MIN);
    let mut held = [_mm512_setzero_si512(); 4];
    let (inputs, last_inputs) = inputs.as_chunks::<64>();
    let (weights, last_weights) = weights.as_chunks::<64>();
    for (number, (inputs, weights)) in inputs.iter().zip(weights).enumerate() {
        let inputs = _mm512_xor_si512(load_weights(inputs), flip);
        let held = &mut held[number % 4];
        *held = _mm512_dpbusd_epi32(*held, inputs, load_weights(weights));
    }
    let length = last_inputs.len().min(last_weights.len());
    let mask = (1_u64 << length) - 1;
    // SAFETY: the mask leaves out every byte beyond the end of either slice.
    let (inputs, weights) = unsafe {
        (
            _mm512_maskz_loadu_epi8(mask, last_inputs.as_ptr()),
            _mm512_maskz_loadu_epi8(mask, last_weights.as_ptr()),
        )
    };
    let inputs = _mm512_xor_si512(inputs, flip);
    held[0] = _mm512_dpbusd_epi32(held[0], inputs, weights);
    let first = _mm512_add_epi32(held[0], held[1]);
    let second = _mm512_add_epi32(held[2], held[3]);
    _mm512_reduce_add_epi32(_mm512_add_epi32(first, second))
}

#[target_feature(enable = "avx512f,avx512bw")]
fn vnni_look_up(patterns: &[[u8; 4]], table: &[SumVector], vectors: usize, sums: &mut [SumVector]) {
    let part = table.len() / 4;
    let (first, rest) = table.split_at(part);
    let (second, rest) = rest.split_at(part);
    let (third, fourth) = rest.split_at(part);
    for (patterns, sums) in patterns.iter().zip(sums.chunks_exact_mut(vectors.max(1))) {
        for (vector, sums) in sums.iter_mut().enumerate() {
            let place = |part: usize| usize::from(patterns[part] & 15) * vectors + vector;
            let front = _mm512_add_epi32(load_sums(&first[place(0)]), load_sums(&second[place(1)]));
            let back = _mm512_add_epi32(load_sums(&third[place(2)]), load_sums(&fourth[place(3)]));
            store_sums(sums, _mm512_add_epi32(front, back));
        }
    }
}

#[target_feature(enable = "avx512f")]
fn vnni_impurities(line: &[f64], impurity: f64) -> Option<u64> {
    let (mut found, mut known) = (0_u64, true);
    let impurity = _mm512_set1_pd(impurity);
    for (number, sites) in line.chunks(8).enumerate() {
        // One bit a site; at most 8.
        #[allow(clippy::cast_possible_truncation, reason = "at most 255")]
        let present = ((1_u16 << sites.len()) - 1) as u8;
        // SAFETY: the mask leaves out every number beyond the end of the line.
        let energies = unsafe { _mm512_maskz_loadu_pd(present, sites.as_ptr()) };
        let impurities = _mm512_cmpeq_pd_mask(energies, impurity) & present;
        let empty = _mm512_cmpeq_pd_mask(energies, _mm512_setzero_pd());
        known &= (impurities | empty) & present == present;
        found |= u64::from(impurities) << (8 * number);
    }
    known.then_some(found)
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
    let vectors = tile.bias.len();
    for (row, sums) in sums.chunks_exact_mut(vectors.max(1)).take(rows).enumerate() {
        for (vector, sums) in sums.iter_mut().enumerate() {
            let (halves, _) = tile.bias[vector].as_chunks::<8>();
            let mut held = [_mm256_setzero_si256(); 2];
            for (held, half) in held.iter_mut().zip(halves) {
                // SAFETY: the half has the 32 bytes that are read; no alignment is asked for.
                *held = unsafe { _mm256_loadu_si256(half.as_ptr().cast()) };
            }
            let inputs = tile.inputs.iter().skip(row).step_by(rows.max(1));
            let weights = tile.weights.iter().skip(vector).step_by(vectors.max(1));
            for (input, weights) in inputs.zip(weights) {
                let input = _mm256_set1_epi32(i32::from_le_bytes(*input));
                let (halves, _) = weights.as_chunks::<32>();
                for (held, half) in held.iter_mut().zip(halves) {
                    *held = _mm256_add_epi32(*held, avx2_products(input, load_half(half)));
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
fn avx2_round(sums: &[SumVector], rounding: Rounding<'_>, output: &mut [i8]) {
    portable::round(sums, rounding, output);
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
fn avx2_look_up(patterns: &[[u8; 4]], table: &[SumVector], vectors: usize, sums: &mut [SumVector]) {
    portable::look_up(patterns, table, vectors, sums);
}
