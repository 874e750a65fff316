//! Inner loops for x86-64 with AVX-512 and VNNI. Unsafe are, here and in `avx2.rs`, only
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
    __m128i, __m512d, __m512i, _mm_cvtsi32_si128, _mm_mask_storeu_epi8, _mm_maskz_loadu_epi8,
    _mm_storeu_si128, _mm256_cvtepi8_epi16, _mm256_loadu_si256, _mm256_mask_storeu_epi8,
    _mm256_maskz_loadu_epi8, _mm256_mullo_epi16, _mm512_add_epi16, _mm512_add_epi32,
    _mm512_add_epi64, _mm512_cmpeq_pd_mask, _mm512_cmplt_epu16_mask, _mm512_cvtepi8_epi16,
    _mm512_cvtepi16_epi32, _mm512_cvtsepi16_epi8, _mm512_cvtsepi32_epi8, _mm512_dpbusd_epi32,
    _mm512_dpwssd_epi32, _mm512_loadu_pd, _mm512_loadu_si512, _mm512_mask_add_epi16,
    _mm512_mask_blend_epi8, _mm512_mask_blend_epi32, _mm512_mask_cmpneq_pd_mask,
    _mm512_mask_storeu_epi8, _mm512_maskz_loadu_epi8, _mm512_maskz_loadu_pd, _mm512_max_epi16,
    _mm512_max_epi32, _mm512_mul_epi32, _mm512_mulhi_epi16, _mm512_mullo_epi16, _mm512_packs_epi32,
    _mm512_reduce_add_epi32, _mm512_set1_epi8, _mm512_set1_epi16, _mm512_set1_epi32,
    _mm512_set1_epi64, _mm512_set1_pd, _mm512_setzero_pd, _mm512_setzero_si512, _mm512_sll_epi32,
    _mm512_srli_epi64, _mm512_storeu_si512, _mm512_xor_si512, _pdep_u64,
};

use super::avx2::{four, interleave};
use super::{
    GroupVector, LANES, Lines, Offset, Patterns, Readout, Rounding, SumVector, TILE_VECTORS, Tile,
};
use crate::fetch::fetch;

/// Proof that the processor has AVX-512 F, BW, VL and VNNI, and BMI2.
#[derive(Debug, Clone, Copy)]
pub(in crate::inference) struct Vnni(());

impl Vnni {
    pub(super) fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vnni")
            && is_x86_feature_detected!("bmi2");
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
            match tile.offset {
                Offset::Rows => vnni_tile::<false>(tile, rows, sums),
                Offset::Lanes => vnni_tile::<true>(tile, rows, sums),
            }
        }
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
        unsafe { vnni_round(sums, vectors, rounding, output) }
    }

    #[inline]
    pub(super) fn product(self, lines: Lines<'_>, rounding: Rounding<'_>, output: &mut [i8]) {
        // SAFETY: `self` proves that the instructions exist.
        unsafe { vnni_product(lines, rounding, output) }
    }

    /// Instructions that narrow numbers take even lanes before odd ones, in each four.
    pub(super) const fn lane(lane: usize) -> usize {
        lane / 4 * 4 + [0, 2, 1, 3][lane % 4]
    }

    #[inline]
    pub(super) fn read_out(self, sums: &[SumVector], readout: Readout<'_>, held: &mut [SumVector]) {
        // SAFETY: `self` proves that the instructions exist.
        unsafe { vnni_read_out(sums, readout, held) }
    }

    #[inline]
    pub(super) fn interleave(self, lines: [&[i8]; 4], vectors: &mut [GroupVector]) {
        interleave(lines, 128, vectors);
    }

    #[inline]
    pub(super) fn spread_bits(self, bits: u64, codes: [i8; 2], line: &mut [i8]) {
        // SAFETY: `self` proves that the instructions exist.
        unsafe { vnni_spread_bits(bits, codes, line) }
    }

    #[inline]
    pub(super) fn dot(self, inputs: &[i8], weights: &[i8]) -> i32 {
        // SAFETY: `self` proves that the instructions exist.
        unsafe { vnni_dot(inputs, weights) }
    }

    #[inline]
    pub(super) fn look_up(self, patterns: Patterns<'_>, rounding: Rounding<'_>, output: &mut [i8]) {
        // SAFETY: `self` proves that the instructions exist.
        unsafe { vnni_look_up(patterns, rounding, output) }
    }

    #[inline]
    pub(super) fn impurities(self, line: &[f64], impurity: f64) -> Option<u64> {
        // SAFETY: `self` proves that the instructions exist.
        unsafe { vnni_impurities(line, impurity) }
    }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn load_bytes(from: &GroupVector) -> __m512i {
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

/// The kernel for the shape of this tile.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn vnni_tile<const LANES_HAVE_OFFSET: bool>(
    tile: Tile<'_>,
    rows: usize,
    sums: &mut [SumVector; TILE_VECTORS],
) {
    match (tile.vectors, rows) {
        (1, 12) => vnni_multiply::<12, 1, LANES_HAVE_OFFSET>(tile, sums),
        (2, 12) => vnni_multiply::<12, 2, LANES_HAVE_OFFSET>(tile, sums),
        (3, 8) => vnni_multiply::<8, 3, LANES_HAVE_OFFSET>(tile, sums),
        (4, 6) => vnni_multiply::<6, 4, LANES_HAVE_OFFSET>(tile, sums),
        (1, 6) => vnni_multiply::<6, 1, LANES_HAVE_OFFSET>(tile, sums),
        (2, 6) => vnni_multiply::<6, 2, LANES_HAVE_OFFSET>(tile, sums),
        (3, 6) => vnni_multiply::<6, 3, LANES_HAVE_OFFSET>(tile, sums),
        _ => {}
    }
}

/// ROWS · VECTORS sums stay in registers while the numbers pass by. Loops over them count up to
/// constants, which the compiler unrolls; over iterators it does not, and the sums go to memory.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
#[allow(
    clippy::needless_range_loop,
    reason = "counted loops are unrolled, see above"
)]
fn vnni_multiply<const ROWS: usize, const VECTORS: usize, const LANES_HAVE_OFFSET: bool>(
    tile: Tile<'_>,
    sums: &mut [SumVector; TILE_VECTORS],
) {
    let Tile { groups, start, .. } = tile;
    let mut held = [[_mm512_setzero_si512(); VECTORS]; ROWS];
    for row in 0..ROWS {
        for vector in 0..VECTORS {
            let place = row * start.row_step + vector * start.vector_step;
            held[row][vector] = load_sums(&start.vectors[place]);
        }
    }
    let numbers = &tile.rows[..ROWS * groups];
    let (lanes, _) = tile.lanes.as_chunks::<VECTORS>();
    for group in 0..groups {
        if group < tile.ahead.len() {
            fetch(&tile.ahead[group]);
        }
        let lanes = &lanes[group];
        let mut loaded = [_mm512_setzero_si512(); VECTORS];
        for vector in 0..VECTORS {
            loaded[vector] = load_bytes(&lanes[vector]);
        }
        for row in 0..ROWS {
            // SAFETY: row < ROWS and group < groups, and there are ROWS · groups numbers.
            let number = unsafe { *numbers.get_unchecked(row * groups + group) };
            let number = _mm512_set1_epi32(four(number));
            for vector in 0..VECTORS {
                let (unsigned, signed) = if LANES_HAVE_OFFSET {
                    (loaded[vector], number)
                } else {
                    (number, loaded[vector])
                };
                held[row][vector] = _mm512_dpbusd_epi32(held[row][vector], unsigned, signed);
            }
        }
    }
    for row in 0..ROWS {
        for vector in 0..VECTORS {
            store_sums(&mut sums[row * VECTORS + vector], held[row][vector]);
        }
    }
}

/// Even and odd sums times a multiplier that all lanes have, and half a unit of the upper half.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn vnni_products(sums: __m512i, multiplier: __m512i, left: __m128i) -> [__m512i; 2] {
    let half = _mm512_set1_epi64(1 << 31);
    let sums = _mm512_sll_epi32(sums, left);
    let odd = _mm512_srli_epi64::<32>(sums);
    // Not mapped: closures are not inlined here.
    [
        _mm512_add_epi64(_mm512_mul_epi32(sums, multiplier), half),
        _mm512_add_epi64(_mm512_mul_epi32(odd, multiplier), half),
    ]
}

/// The rule of core's `rescale`, even and odd lanes apart, as products have 64 bits.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn vnni_rescaled(sums: __m512i, multipliers: __m512i, left: __m128i) -> __m512i {
    let half = _mm512_set1_epi64(1 << 31);
    let sums = _mm512_sll_epi32(sums, left);
    let even = _mm512_mul_epi32(sums, multipliers);
    let odd = _mm512_mul_epi32(
        _mm512_srli_epi64::<32>(sums),
        _mm512_srli_epi64::<32>(multipliers),
    );
    let even = _mm512_srli_epi64::<32>(_mm512_add_epi64(even, half));
    let odd = _mm512_add_epi64(odd, half);
    _mm512_mask_blend_epi32(0xaaaa, even, odd)
}

/// Sums become bytes.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn vnni_rounded(sums: __m512i, multipliers: __m512i, left: __m128i, lowest: __m512i) -> __m128i {
    let scaled = vnni_rescaled(sums, multipliers, left);
    _mm512_cvtsepi32_epi8(_mm512_max_epi32(scaled, lowest))
}

#[target_feature(enable = "avx512f,avx512bw")]
fn vnni_round(sums: &[SumVector], vectors: usize, rounding: Rounding<'_>, output: &mut [i8]) {
    let lowest = _mm512_set1_epi32(i32::from(rounding.lowest));
    let left = _mm_cvtsi32_si128(i32::from(rounding.left));
    let multipliers = rounding.multipliers;
    let (output, _) = output.as_chunks_mut::<LANES>();
    let rows = sums.len().min(output.len()) / vectors.max(1);
    for row in 0..rows {
        for vector in 0..vectors {
            let place = row * multipliers.row_step + vector * multipliers.vector_step;
            let multipliers = load_sums(&multipliers.vectors[place]);
            let place = row * vectors + vector;
            let rounded = vnni_rounded(load_sums(&sums[place]), multipliers, left, lowest);
            // SAFETY: the slot has room for the 16 bytes; no alignment is asked for.
            unsafe { _mm_storeu_si128(output[place].as_mut_ptr().cast(), rounded) }
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn vnni_product(lines: Lines<'_>, rounding: Rounding<'_>, output: &mut [i8]) {
    let width = lines.width;
    for line in 0..lines.start.len() {
        let (start, multipliers) = (&lines.start[line], &rounding.multipliers.vectors[line]);
        let places = line * width..(line + 1) * width;
        let factors = [&lines.first[places.clone()], &lines.second[places.clone()]];
        let output = &mut output[places];
        match Short::new(start[0], multipliers[0], rounding.left) {
            Some(short) => vnni_short_product(factors, short, rounding.lowest, output),
            None => vnni_long_product(factors, (start, multipliers), rounding, output),
        }
    }
}

/// A rule for products of two bytes whose sums fit in 16 bits.
#[derive(Debug, Clone, Copy)]
struct Short {
    start: i16,
    /// The multiplier is upper · 2¹⁶ + lower.
    upper: i16,
    lower: i16,
}

impl Short {
    #[inline]
    fn new(start: i32, multiplier: i32, left: u8) -> Option<Self> {
        let upper = i16::try_from((i64::from(multiplier) + (1 << 15)) >> 16).ok()?;
        let lower = i16::try_from(multiplier - (i32::from(upper) << 16)).ok()?;
        let short = i16::try_from(start).ok()?;
        (left == 0 && i32::from(short.unsigned_abs()) <= MAX_SHORT_START).then_some(Self {
            start: short,
            upper,
            lower,
        })
    }
}

/// The largest number that fits in 16 bits with any product of two bytes, 2¹⁴ at most.
const MAX_SHORT_START: i32 = 32767 - (1 << 14);

/// One line by a short rule. ⌊(s·m + 2³¹)/2³²⌋ = ⌊(s·upper + ⌊s·lower/2¹⁶⌋ + 2¹⁵)/2¹⁶⌋: 16 bits of the
/// first product and a carry of its lower 16.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
#[inline]
fn vnni_short_product(factors: [&[i8]; 2], short: Short, lowest: i8, output: &mut [i8]) {
    let start = _mm512_set1_epi16(short.start);
    let (upper, lower) = (
        _mm512_set1_epi16(short.upper),
        _mm512_set1_epi16(short.lower),
    );
    let lowest = _mm512_set1_epi16(i16::from(lowest));
    let (half, one) = (_mm512_set1_epi16(i16::MIN), _mm512_set1_epi16(1));
    let width = output.len().min(factors[0].len()).min(factors[1].len());
    let mut place = 0;
    while place < width {
        let present = u32::MAX >> (2 * LANES - (2 * LANES).min(width - place));
        // SAFETY: place < width, at most the length of each of the three slices, and the mask leaves out
        // every byte beyond.
        unsafe {
            let first = _mm256_maskz_loadu_epi8(present, factors[0].as_ptr().add(place));
            let second = _mm256_maskz_loadu_epi8(present, factors[1].as_ptr().add(place));
            let (first, second) = (_mm512_cvtepi8_epi16(first), _mm512_cvtepi8_epi16(second));
            let sums = _mm512_add_epi16(_mm512_mullo_epi16(first, second), start);
            let high = _mm512_mulhi_epi16(sums, upper);
            let low = _mm512_mullo_epi16(sums, upper);
            let added = _mm512_add_epi16(_mm512_mulhi_epi16(sums, lower), half);
            // A sum without sign that is less than what it was made of has carried.
            let carry = _mm512_cmplt_epu16_mask(_mm512_add_epi16(low, added), low);
            let scaled = _mm512_mask_add_epi16(high, carry, high, one);
            let scaled = _mm512_max_epi16(scaled, lowest);
            let rounded = _mm512_cvtsepi16_epi8(scaled);
            _mm256_mask_storeu_epi8(output.as_mut_ptr().add(place), present, rounded);
        }
        place += 2 * LANES;
    }
}

/// One line by any rule.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn vnni_long_product(
    [first, second]: [&[i8]; 2],
    (start, multipliers): (&SumVector, &SumVector),
    rounding: Rounding<'_>,
    output: &mut [i8],
) {
    let lowest = _mm512_set1_epi32(i32::from(rounding.lowest));
    let left = _mm_cvtsi32_si128(i32::from(rounding.left));
    let (start, multipliers) = (load_sums(start), load_sums(multipliers));
    let width = output.len().min(first.len()).min(second.len());
    let mut place = 0;
    while place < width {
        let present = u16::MAX >> (LANES - LANES.min(width - place));
        // SAFETY: place < width, at most the length of each of the three slices, and the mask leaves out
        // every byte beyond.
        unsafe {
            let first = _mm_maskz_loadu_epi8(present, first.as_ptr().add(place));
            let second = _mm_maskz_loadu_epi8(present, second.as_ptr().add(place));
            let (first, second) = (_mm256_cvtepi8_epi16(first), _mm256_cvtepi8_epi16(second));
            let products = _mm512_cvtepi16_epi32(_mm256_mullo_epi16(first, second));
            let sums = _mm512_add_epi32(products, start);
            let rounded = vnni_rounded(sums, multipliers, left, lowest);
            _mm_mask_storeu_epi8(output.as_mut_ptr().add(place), present, rounded);
        }
        place += LANES;
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn vnni_read_out(sums: &[SumVector], readout: Readout<'_>, held: &mut [SumVector]) {
    match readout.vectors {
        1 => vnni_read_out_vectors::<1>(sums, readout, held),
        2 => vnni_read_out_vectors::<2>(sums, readout, held),
        3 => vnni_read_out_vectors::<3>(sums, readout, held),
        4 => vnni_read_out_vectors::<4>(sums, readout, held),
        _ => {}
    }
}

/// VECTORS held sums stay in registers while the rows pass by, two at a time: their values, 16 bits
/// each, and weights are multiplied and added up by one instruction.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
#[allow(
    clippy::needless_range_loop,
    reason = "counted loops are unrolled: see `vnni_multiply`"
)]
fn vnni_read_out_vectors<const VECTORS: usize>(
    sums: &[SumVector],
    readout: Readout<'_>,
    held: &mut [SumVector],
) {
    let Some(held) = held.first_chunk_mut::<VECTORS>() else {
        return;
    };
    let left = _mm_cvtsi32_si128(i32::from(readout.left));
    let least = _mm512_set1_epi16(-32767);
    let (rows, _) = sums.as_chunks::<VECTORS>();
    let (weights, _) = readout.weights.as_chunks::<VECTORS>();
    let mut added = [_mm512_setzero_si512(); VECTORS];
    for vector in 0..VECTORS {
        added[vector] = load_sums(&held[vector]);
    }
    for pair in 0..rows.len().div_ceil(2) {
        // A row without a partner is its own, whose weights are 0.
        let (first, second) = (2 * pair, (2 * pair + 1).min(rows.len() - 1));
        let multipliers = [
            load_sums(&readout.multipliers[first]),
            load_sums(&readout.multipliers[second]),
        ];
        for vector in 0..VECTORS {
            let [even, odd] = vnni_products(load_sums(&rows[first][vector]), multipliers[0], left);
            let [other_even, other_odd] =
                vnni_products(load_sums(&rows[second][vector]), multipliers[1], left);
            // The upper halves of the products, the second row's behind the first one's.
            let even = _mm512_srli_epi64::<32>(even);
            let odd = _mm512_srli_epi64::<32>(odd);
            let even = _mm512_mask_blend_epi32(0xaaaa, even, other_even);
            let odd = _mm512_mask_blend_epi32(0xaaaa, odd, other_odd);
            let values = _mm512_max_epi16(_mm512_packs_epi32(even, odd), least);
            // SAFETY: the array has the 32 bytes that are read; no alignment is asked for.
            let weights = unsafe { _mm256_loadu_si256(weights[pair][vector].as_ptr().cast()) };
            let weights = _mm512_cvtepi8_epi16(weights);
            added[vector] = _mm512_dpwssd_epi32(added[vector], values, weights);
        }
    }
    for vector in 0..VECTORS {
        store_sums(&mut held[vector], added[vector]);
    }
}

#[target_feature(enable = "avx512f,avx512bw")]
fn vnni_spread_bits(bits: u64, codes: [i8; 2], line: &mut [i8]) {
    let [absent, present] = codes.map(|code| _mm512_set1_epi8(code));
    let Some(unused) = 64_usize.checked_sub(line.len()) else {
        return;
    };
    let places = u64::MAX
        .checked_shr(u32::try_from(unused).unwrap_or(64))
        .unwrap_or(0);
    let spread = _mm512_mask_blend_epi8(bits, absent, present);
    // SAFETY: the mask leaves out every byte beyond the end of the line.
    unsafe { _mm512_mask_storeu_epi8(line.as_mut_ptr(), places, spread) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn vnni_dot(inputs: &[i8], weights: &[i8]) -> i32 {
    let flip = _mm512_set1_epi8(i8::MIN);
    let mut held = [_mm512_setzero_si512(); 4];
    let (inputs, last_inputs) = inputs.as_chunks::<64>();
    let (weights, last_weights) = weights.as_chunks::<64>();
    for (number, (inputs, weights)) in inputs.iter().zip(weights).enumerate() {
        let inputs = _mm512_xor_si512(load_bytes(inputs), flip);
        let held = &mut held[number % 4];
        *held = _mm512_dpbusd_epi32(*held, inputs, load_bytes(weights));
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

#[target_feature(enable = "avx512f,avx512bw,bmi2")]
fn vnni_look_up(patterns: Patterns<'_>, rounding: Rounding<'_>, output: &mut [i8]) {
    let lowest = _mm512_set1_epi32(i32::from(rounding.lowest));
    let left = _mm_cvtsi32_si128(i32::from(rounding.left));
    let (output, _) = output.as_chunks_mut::<LANES>();
    let vectors = patterns.table.len();
    let [a, b, c, d] = patterns.words;
    for vector in 0..vectors {
        let table = &patterns.table[vector];
        let multipliers = load_sums(&rounding.multipliers.vectors[vector]);
        // Eight places fill a word with the patterns of their windows, four bits each.
        let mut first = 0;
        while first < patterns.places {
            let row = 4 * first;
            let front = interleaved(a >> row, b >> row);
            let back = interleaved(c >> row, d >> row);
            for place in first..patterns.places.min(first + 8) {
                let shift = 8 * (place - first);
                #[allow(clippy::cast_possible_truncation, reason = "the lowest bits only")]
                let (front, back) = ((front >> shift) as usize, (back >> shift) as usize);
                let near = _mm512_add_epi32(
                    load_sums(&table[0][front & 15]),
                    load_sums(&table[1][front >> 4 & 15]),
                );
                let far = _mm512_add_epi32(
                    load_sums(&table[2][back & 15]),
                    load_sums(&table[3][back >> 4 & 15]),
                );
                let sums = _mm512_add_epi32(near, far);
                let rounded = vnni_rounded(sums, multipliers, left, lowest);
                let slot = &mut output[place * vectors + vector];
                // SAFETY: the slot has room for the 16 bytes; no alignment is asked for.
                unsafe { _mm_storeu_si128(slot.as_mut_ptr().cast(), rounded) }
            }
            first += 8;
        }
    }
}

/// Two bits of the one and two bits of the other in turns.
#[target_feature(enable = "bmi2")]
#[inline]
fn interleaved(one: u64, other: u64) -> u64 {
    const ONE: u64 = 0x3333_3333_3333_3333;
    _pdep_u64(one, ONE) | _pdep_u64(other, !ONE)
}

#[target_feature(enable = "avx512f")]
#[allow(
    clippy::needless_range_loop,
    reason = "counted loops are inlined: see `vnni_multiply`"
)]
fn vnni_impurities(line: &[f64], impurity: f64) -> Option<u64> {
    let impurity = _mm512_set1_pd(impurity);
    let (mut found, mut unknown) = (0_u64, 0_u8);
    let (whole, rest) = line.as_chunks::<8>();
    for number in 0..whole.len().min(8) {
        // SAFETY: the array has the 64 bytes that are read; no alignment is asked for.
        let energies = unsafe { _mm512_loadu_pd(whole[number].as_ptr()) };
        let here = _mm512_cmpeq_pd_mask(energies, impurity);
        unknown |= not_zero(!here, energies);
        found |= u64::from(here) << (8 * number);
    }
    if !rest.is_empty() {
        let present = u8::MAX >> (8 - rest.len());
        // SAFETY: the mask leaves out every number beyond the end of the line.
        let energies = unsafe { _mm512_maskz_loadu_pd(present, rest.as_ptr()) };
        let here = _mm512_cmpeq_pd_mask(energies, impurity) & present;
        unknown |= not_zero(!here & present, energies);
        found |= u64::from(here) << (8 * whole.len());
    }
    (unknown == 0).then_some(found)
}

/// Which of those in question are not 0.
#[target_feature(enable = "avx512f")]
#[inline]
fn not_zero(in_question: u8, energies: __m512d) -> u8 {
    _mm512_mask_cmpneq_pd_mask(in_question, energies, _mm512_setzero_pd())
}
