//! The inner loops, for the instructions that this processor has.
//!
//! All of them return the same bits: sums of i32 do not depend on their order, and rounding is
//! core's ([`rescale`](landauer_core::inference::quantize::rescale)).

mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

/// Sums that a vector holds, and bytes of one group of four weights for each of them.
pub(super) const LANES: usize = 16;

/// Four weights for each lane: what one vector instruction multiplies by four inputs.
pub(super) type WeightVector = [i8; 4 * LANES];

/// The sums of one vector.
pub(super) type SumVector = [i32; LANES];

/// The most vectors of sums that a row of a tile has.
pub(super) const MOST_VECTORS: usize = 4;

/// The most sums of a tile, in vectors.
pub(super) const TILE_VECTORS: usize = 24;

/// How many rows the tiles of a layer have whose sums fill so many vectors in all.
pub(super) const fn tile_rows(vectors: usize) -> usize {
    match vectors {
        0..=2 => 12,
        3 => 8,
        _ => 6,
    }
}

/// What a tile multiplies: four inputs of each of its rows after the other, packed by
/// [`Kernels::pack`], and as many groups of weights.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tile<'t> {
    /// `[group of four, row]`.
    pub(super) inputs: &'t [[u8; 4]],
    /// `[group of four, vector]`.
    pub(super) weights: &'t [WeightVector],
    /// What the sums begin with, one vector after the other.
    pub(super) bias: &'t [SumVector],
}

/// How sums become bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rounding<'r> {
    /// One multiplier for each sum of a row, filled up with ones to whole vectors.
    pub(super) multipliers: &'r [SumVector],
    /// The shift to the left that comes first.
    pub(super) left: u8,
    /// The smallest result: −127, 0, or −128 before a table.
    pub(super) lowest: i8,
}

/// Inner loops for one set of instructions.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kernels {
    /// For any processor.
    Portable,
    /// x86-64 with AVX2.
    #[cfg(target_arch = "x86_64")]
    Avx2(x86::Avx2),
    /// x86-64 with AVX-512 and its integer dot products (VNNI).
    #[cfg(target_arch = "x86_64")]
    Vnni(x86::Vnni),
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
            x86::Avx2::detect().map(Self::Avx2),
            x86::Vnni::detect().map(Self::Vnni),
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

    /// What is added to every input when it is packed, modulo 256: VNNI multiplies unsigned inputs.
    pub(super) const fn offset(self) -> u8 {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Vnni(_) => 128,
            _ => 0,
        }
    }

    /// Adds products to the bias of every row: `sums[row · vectors + vector]`. The bias has had
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

    /// Rounds rows of sums, each as long as the multipliers; `output` has one slot a sum.
    #[inline]
    pub(super) fn round(self, sums: &[SumVector], rounding: Rounding<'_>, output: &mut [i8]) {
        match self {
            Self::Portable => portable::round(sums, rounding, output),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(avx2) => avx2.round(sums, rounding, output),
            #[cfg(target_arch = "x86_64")]
            Self::Vnni(vnni) => vnni.round(sums, rounding, output),
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

    /// Adds up, for every place, the four vectors that its patterns choose from the four parts of
    /// `table`, and so for every group of lanes: `sums[place · vectors + vector]`,
    /// `table[(part · 16 + pattern) · vectors + vector]`.
    #[inline]
    pub(super) fn look_up(
        self,
        patterns: &[[u8; 4]],
        table: &[SumVector],
        vectors: usize,
        sums: &mut [SumVector],
    ) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Vnni(vnni) => vnni.look_up(patterns, table, vectors, sums),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(avx2) => avx2.look_up(patterns, table, vectors, sums),
            Self::Portable => portable::look_up(patterns, table, vectors, sums),
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
