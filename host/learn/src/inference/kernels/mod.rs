//! The inner loops, for the instructions that this processor has.
//!
//! All of them return the same bits: sums of i32 do not depend on their order, and rounding is
//! core's ([`rescale`](landauer_core::inference::quantize::rescale)).

#[cfg(target_arch = "x86_64")]
mod avx2;
mod portable;
#[cfg(target_arch = "x86_64")]
mod vnni;

/// Patterns of two by two sites.
pub(super) const PATTERNS: usize = 16;

/// Sums that a vector holds, and bytes of one group of four weights for each of them.
pub(super) const LANES: usize = 16;

/// Four numbers for each lane: what one vector instruction multiplies by four of a row.
pub(super) type GroupVector = [i8; 4 * LANES];

/// The sums of one vector.
pub(super) type SumVector = [i32; LANES];

/// The most vectors of sums that a row of a tile has.
pub(super) const MAX_VECTORS: usize = 4;

/// The most sums of a tile, in vectors.
pub(super) const TILE_VECTORS: usize = 24;

/// Vectors of the panels of a layer whose sums fill `vectors` vectors in all; the last one may have fewer.
/// Panels of equal width leave no tile with few sums.
pub(super) const fn panel_vectors(vectors: usize) -> usize {
    if vectors > MAX_VECTORS && !vectors.is_multiple_of(MAX_VECTORS) && vectors.is_multiple_of(3) {
        3
    } else {
        MAX_VECTORS
    }
}

/// The rows of the tiles of a layer whose sums fill `vectors` vectors in all.
pub(super) const fn tile_rows(vectors: usize) -> usize {
    match vectors {
        0..=2 => 12,
        3 => 8,
        _ if panel_vectors(vectors) == 3 => 8,
        _ => 6,
    }
}

/// Vectors for the vectors of a tile: number `row · row_step + vector · vector_step` for each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spread<'t> {
    /// The vectors.
    pub(super) vectors: &'t [SumVector],
    /// From one row to the next: 0 if all rows have the same.
    pub(super) row_step: usize,
    /// From one vector of a row to the next: 0 if all have the same.
    pub(super) vector_step: usize,
}

impl<'t> Spread<'t> {
    /// The same vectors for every row.
    pub(super) const fn for_all_rows(vectors: &'t [SumVector]) -> Self {
        Self {
            vectors,
            row_step: 0,
            vector_step: 1,
        }
    }

    /// This many vectors for each row.
    pub(super) const fn by_row(vectors: &'t [SumVector], each: usize) -> Self {
        Self {
            vectors,
            row_step: each,
            vector_step: 1,
        }
    }

    /// One vector for each row, the same in all its places.
    pub(super) const fn one_a_row(vectors: &'t [SumVector]) -> Self {
        Self {
            vectors,
            row_step: 1,
            vector_step: 0,
        }
    }

    /// The rest from vector `vector` of row `row` on.
    pub(super) fn from(self, row: usize, vector: usize) -> Self {
        let start = row * self.row_step + vector * self.vector_step;
        Self {
            vectors: self.vectors.get(start..).unwrap_or(&[]),
            ..self
        }
    }
}

/// What a tile multiplies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tile<'t> {
    /// Four numbers after the other of every row, `[row, group of four]`.
    pub(super) rows: &'t [[i8; 4]],
    /// The groups of a row.
    pub(super) groups: usize,
    /// As many numbers of every lane, `[group of four, vector]`.
    pub(super) lanes: &'t [GroupVector],
    /// Vectors of sums of a row.
    pub(super) vectors: usize,
    /// What the sums begin with.
    pub(super) start: Spread<'t>,
    /// Which of the two has had [`Kernels::offset`] added.
    pub(super) offset: Offset,
    /// Numbers that will be needed later: asked for on the way, a line of the cache a group, while
    /// the memory has nothing else to do.
    pub(super) ahead: &'t [[f64; 8]],
}

/// Which factor of a product has an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offset {
    /// Those that stand in rows, whose lanes are weights.
    Rows,
    /// Those that stand in lanes, whose rows are weights.
    Lanes,
}

/// How sums become bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rounding<'r> {
    /// The multipliers.
    pub(super) multipliers: Spread<'r>,
    /// The shift to the left that comes first.
    pub(super) left: u8,
    /// The smallest result: −127, 0, or −128 before a table.
    pub(super) lowest: i8,
}

/// Lines of the same width, one after the other, in two tensors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines<'t> {
    /// Elements of a line.
    pub(super) width: usize,
    /// The first factors.
    pub(super) first: &'t [i8],
    /// The second factors.
    pub(super) second: &'t [i8],
    /// Added to the products, a vector a line.
    pub(super) start: &'t [SumVector],
}

/// Windows of two by two sites that touch, two by two of them to a place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patterns<'t> {
    /// Four slices, row k in bit k.
    pub(super) words: [u64; 4],
    /// Places: four rows each, at most 16.
    pub(super) places: usize,
    /// `[vector, part, pattern]`, a part being one of the place's windows \[kx, ky\], and site \[kx, ky\] of a window standing in bit 2·kx + ky of its pattern.
    pub(super) table: &'t [PatternParts],
}

/// The vectors that the patterns of each window of a place choose from.
pub(super) type PatternParts = [[SumVector; PATTERNS]; 4];

impl Patterns<'_> {
    /// The pattern of each of a place's windows.
    #[inline]
    const fn at(&self, place: usize) -> [usize; 4] {
        let row = 4 * place;
        let [a, b, c, d] = self.words;
        [
            window(a >> row, b >> row),
            window(a >> (row + 2), b >> (row + 2)),
            window(c >> row, d >> row),
            window(c >> (row + 2), d >> (row + 2)),
        ]
    }
}

/// The pattern of the first two sites of two slices.
#[inline]
const fn window(front: u64, back: u64) -> usize {
    #[allow(clippy::cast_possible_truncation, reason = "four bits")]
    {
        (front & 3 | (back & 3) << 2) as usize
    }
}

/// The use of the inner sums of a separable readout.
#[derive(Debug, Clone, Copy)]
pub(super) struct Readout<'t> {
    /// Vectors of sums of a row.
    pub(super) vectors: usize,
    /// Multipliers, a vector a row, the same in all lanes.
    pub(super) multipliers: &'t [SumVector],
    /// The shift to the left that comes first.
    pub(super) left: u8,
    /// By what the rounded sums are multiplied, `[pair of rows, vector]`: two rows' weights of a lane side
    /// by side, 0 for a row too many, lanes in the order of [`Kernels::lane`].
    pub(super) weights: &'t [WeightPairs],
}

/// Two rows' weights for each lane.
pub(super) type WeightPairs = [[i8; 2]; LANES];

/// Inner loops for one set of instructions.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kernels {
    /// For any processor.
    Portable,
    /// x86-64 with AVX2.
    #[cfg(target_arch = "x86_64")]
    Avx2(avx2::Avx2),
    /// x86-64 with AVX-512 and its integer dot products (VNNI).
    #[cfg(target_arch = "x86_64")]
    Vnni(vnni::Vnni),
}

impl Kernels {
    /// The best for this processor.
    pub(super) fn best() -> Self {
        Self::all().next_back().unwrap_or(Self::Portable)
    }

    /// All that this processor can run, the best one last.
    pub(super) fn all() -> impl DoubleEndedIterator<Item = Self> {
        let portable = [Some(Self::Portable)].into_iter();
        #[cfg(target_arch = "x86_64")]
        let portable = portable.chain([
            avx2::Avx2::detect().map(Self::Avx2),
            vnni::Vnni::detect().map(Self::Vnni),
        ]);
        portable.flatten()
    }

    /// What they are called.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "AVX2",
            #[cfg(target_arch = "x86_64")]
            Self::Vnni(_) => "AVX-512 VNNI",
        }
    }

    /// Added to every input when it is packed, modulo 256: VNNI multiplies unsigned inputs.
    pub(super) const fn offset(self) -> u8 {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Vnni(_) => 128,
            _ => 0,
        }
    }

    /// The lane of `held` in which [`read_out`](Self::read_out) adds up lane `lane` of the sums.
    pub(super) const fn lane(self, lane: usize) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Vnni(_) => vnni::Vnni::lane(lane),
            _ => lane,
        }
    }

    /// Adds products to what the sums begin with: `sums[row · vectors + vector]`. The start has had
    /// [`offset`](Self::offset) · Σ w taken off.
    ///
    /// `rows` is the [`tile_rows`] of a layer that has at least the tile's vectors.
    #[inline]
    pub(super) fn multiply(
        self,
        tile: Tile<'_>,
        rows: usize,
        sums: &mut [SumVector; TILE_VECTORS],
    ) {
        match self {
            Self::Portable => portable::multiply(tile, rows, sums),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(avx2) => avx2.multiply(tile, rows, sums),
            #[cfg(target_arch = "x86_64")]
            Self::Vnni(vnni) => vnni.multiply(tile, rows, sums),
        }
    }

    /// Rounds rows of `vectors` vectors of sums; `output` has one slot a sum.
    #[inline]
    pub(super) fn round(
        self,
        sums: &[SumVector],
        vectors: usize,
        rounding: Rounding<'_>,
        output: &mut [i8],
    ) {
        match self {
            Self::Portable => portable::round(sums, vectors, rounding, output),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(avx2) => avx2.round(sums, vectors, rounding, output),
            #[cfg(target_arch = "x86_64")]
            Self::Vnni(vnni) => vnni.round(sums, vectors, rounding, output),
        }
    }

    /// Rounds products, element by element, with one vector of multipliers a line.
    #[inline]
    pub(super) fn product(self, lines: Lines<'_>, rounding: Rounding<'_>, output: &mut [i8]) {
        match self {
            Self::Portable => portable::product(lines, rounding, output),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(avx2) => avx2.product(lines, rounding, output),
            #[cfg(target_arch = "x86_64")]
            Self::Vnni(vnni) => vnni.product(lines, rounding, output),
        }
    }

    /// Adds the rounded rows of inner sums times their weights: `held[vector]`, lanes in the order of
    /// [`lane`](Self::lane).
    #[inline]
    pub(super) fn read_out(self, sums: &[SumVector], readout: Readout<'_>, held: &mut [SumVector]) {
        match self {
            Self::Portable => portable::read_out(sums, readout, held),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(avx2) => avx2.read_out(sums, readout, held),
            #[cfg(target_arch = "x86_64")]
            Self::Vnni(vnni) => vnni.read_out(sums, readout, held),
        }
    }

    /// Puts four lines together, four bytes a lane, with [`offset`](Self::offset) added: a group of
    /// a tile's lanes, as many vectors as it takes. Lines of no elements are zeros.
    #[inline]
    pub(super) fn interleave(self, lines: [&[i8]; 4], vectors: &mut [GroupVector]) {
        match self {
            Self::Portable => portable::interleave(lines, vectors),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(avx2) => avx2.interleave(lines, vectors),
            #[cfg(target_arch = "x86_64")]
            Self::Vnni(vnni) => vnni.interleave(lines, vectors),
        }
    }

    /// Σ w·(input + offset), of equally many.
    #[inline]
    pub(super) fn dot(self, inputs: &[i8], weights: &[i8]) -> i32 {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Vnni(vnni) => vnni.dot(inputs, weights),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(avx2) => avx2.dot(inputs, weights),
            Self::Portable => portable::dot(inputs, weights),
        }
    }

    /// Adds up, for every place of a row, the four vectors that its patterns choose, and rounds the
    /// sums: `output[place · vectors + vector]`, 16 bytes each.
    #[inline]
    pub(super) fn look_up(self, patterns: Patterns<'_>, rounding: Rounding<'_>, output: &mut [i8]) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Vnni(vnni) => vnni.look_up(patterns, rounding, output),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(avx2) => avx2.look_up(patterns, rounding, output),
            Self::Portable => portable::look_up(patterns, rounding, output),
        }
    }

    /// Writes `codes[bit k]` to place k of a line of at most 64.
    #[inline]
    pub(super) fn spread_bits(self, bits: u64, codes: [i8; 2], line: &mut [i8]) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Vnni(vnni) => vnni.spread_bits(bits, codes, line),
            _ => portable::spread_bits(bits, codes, line),
        }
    }

    /// Where a line of at most 64 sites has the energy `impurity`, site k in bit k; none if a site
    /// has neither this energy nor 0.
    #[inline]
    pub(super) fn impurities(self, line: &[f64], impurity: f64) -> Option<u64> {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Vnni(vnni) => vnni.impurities(line, impurity),
            _ => portable::impurities(line, impurity),
        }
    }
}
