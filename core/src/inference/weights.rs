//! Rows of weights.

use super::constants::Constants;
use super::format::WeightLayout::{self, Interleaved, RowMajor};
use super::format::Weights;

/// Rows that lie interleaved in [`WeightLayout::Interleaved`].
pub const BLOCK_ROWS: usize = 4;

/// Bytes of a word of weights.
const WORD: usize = 4;

/// Bytes of the words of four rows that lie together.
pub const GROUP_BYTES: usize = BLOCK_ROWS * WORD;

/// Bits of one weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bits {
    /// One to a byte.
    Eight,
    /// Two to a byte, the first in the lower half.
    Four,
}

impl Bits {
    const fn of(bits: u8) -> Option<Self> {
        match bits {
            8 => Some(Self::Eight),
            4 => Some(Self::Four),
            _ => None,
        }
    }

    /// Weights in a word of four bytes.
    #[must_use]
    pub const fn in_word(self) -> usize {
        match self {
            Self::Eight => 4,
            Self::Four => 8,
        }
    }

    /// Bytes of a row that begins on a whole byte.
    const fn row_bytes(self, length: usize) -> usize {
        match self {
            Self::Eight => length,
            Self::Four => length.div_ceil(2),
        }
    }

    /// What turns over the top bits in byte number `byte`: of all weights of a halfword but the last.
    const fn turned(self, byte: usize) -> u8 {
        match (self, byte.is_multiple_of(2)) {
            (Self::Eight, true) => 0x80,
            (Self::Eight, false) => 0,
            (Self::Four, true) => 0x88,
            (Self::Four, false) => 0x08,
        }
    }

    /// The weights of a byte; the second one is nothing if there is but one.
    const fn weights(self, byte: u8) -> [i8; 2] {
        match self {
            Self::Eight => [byte.cast_signed(), 0],
            Self::Four => nibbles(byte),
        }
    }

    const fn in_byte(self) -> usize {
        match self {
            Self::Eight => 1,
            Self::Four => 2,
        }
    }
}

/// The rows of a layer's weights, one row for each of its sums.
#[derive(Debug, Clone, Copy)]
pub struct WeightRows<'a> {
    bytes: &'a [u8],
    layout: WeightLayout,
    bits: Bits,
    /// Weights of a row.
    length: usize,
}

impl<'a> WeightRows<'a> {
    /// Finds the weights, `length` in a row; none if they do not lie in the constants or have
    /// another width.
    #[inline(always)]
    #[must_use]
    pub fn new(weights: Weights, length: usize, constants: Constants<'a>) -> Option<Self> {
        Some(Self {
            bytes: constants.bytes(weights.data)?,
            layout: weights.layout,
            bits: Bits::of(weights.bits)?,
            length,
        })
    }

    /// Are there exactly this many rows, with nothing left over, and is all padding zero?
    #[must_use]
    pub fn holds(&self, rows: usize) -> bool {
        let stored = match self.layout {
            WeightLayout::RowMajor => Some(rows),
            WeightLayout::Interleaved => rows.checked_next_multiple_of(BLOCK_ROWS),
        };
        let needed = stored.and_then(|stored| stored.checked_mul(self.row_bytes()));
        if self.row_bytes() == 0 || needed != Some(self.bytes.len()) {
            return false;
        }
        match self.layout {
            RowMajor => true,
            Interleaved => {
                let behind = (0..rows).flat_map(|row| self.row(row).all().skip(self.length));
                let filled = rows..rows.next_multiple_of(BLOCK_ROWS);
                let below = filled.flat_map(|row| self.row(row).all());
                behind.chain(below).all(|weight| weight == 0)
            }
        }
    }

    /// Bits of one weight.
    #[inline(always)]
    #[must_use]
    pub const fn bits(&self) -> Bits {
        self.bits
    }

    /// All bytes, and how many of them are a block of four rows, if the rows are interleaved.
    #[inline(always)]
    #[must_use]
    pub const fn all_blocks(&self) -> (&'a [u8], usize) {
        (self.bytes, self.row_bytes().saturating_mul(BLOCK_ROWS))
    }

    /// Blocks of four rows, `[word, row]`, in order; none if the rows lie one after the other.
    #[inline(always)]
    #[must_use]
    pub fn blocks(&self) -> Option<impl Iterator<Item = &'a [u8]> + Clone + use<'a>> {
        let Interleaved = self.layout else {
            return None;
        };
        let (bytes, block) = self.all_blocks();
        Some(bytes.chunks_exact(block.max(1)))
    }

    /// Row number `row`; empty if there is no such row.
    #[must_use]
    #[inline]
    pub fn row(&self, row: usize) -> WeightRow<'a> {
        let row_bytes = self.row_bytes();
        let range = match self.layout {
            WeightLayout::RowMajor => {
                let start = row.saturating_mul(row_bytes);
                start..start.saturating_add(row_bytes)
            }
            WeightLayout::Interleaved => {
                let block = row_bytes.saturating_mul(BLOCK_ROWS);
                let start = (row / BLOCK_ROWS).saturating_mul(block);
                let first = start.saturating_add(row % BLOCK_ROWS * WORD);
                first..start.saturating_add(block)
            }
        };
        WeightRow {
            bytes: self.bytes.get(range).unwrap_or(&[]),
            layout: self.layout,
            bits: self.bits,
            length: self.length,
        }
    }

    /// Bytes that a row takes.
    const fn row_bytes(&self) -> usize {
        let bytes = self.bits.row_bytes(self.length);
        match self.layout {
            RowMajor => bytes,
            // A length near the largest address has no bytes in the constants anyway.
            Interleaved => bytes.saturating_add(WORD - 1) & !(WORD - 1),
        }
    }
}

/// The weights of one sum.
#[derive(Debug, Clone, Copy)]
pub struct WeightRow<'a> {
    /// From the row's first byte to the end of the row, or of its block.
    bytes: &'a [u8],
    layout: WeightLayout,
    bits: Bits,
    length: usize,
}

impl<'a> WeightRow<'a> {
    /// Σ w\[i\]·values\[i\].
    #[must_use]
    #[inline]
    pub fn dot(self, values: &[i8]) -> i32 {
        match (self.layout, self.bits) {
            (RowMajor, Bits::Eight) => dot_int8(self.bytes, values),
            (RowMajor, Bits::Four) => dot_int4(self.bytes, values),
            (Interleaved, _) => {
                let products = self.weights().zip(values);
                let products = products.map(|(w, &v)| i32::from(w) * i32::from(v));
                products.fold(0, i32::wrapping_add)
            }
        }
    }

    /// The bytes of a row of 8-bit weights that lie one after the other; none of any other.
    #[must_use]
    pub const fn bytes(self) -> Option<&'a [u8]> {
        match (self.layout, self.bits) {
            (RowMajor, Bits::Eight) => Some(self.bytes),
            _ => None,
        }
    }

    /// The weights one after the other.
    pub fn weights(self) -> impl Iterator<Item = i8> + 'a {
        self.all().take(self.length)
    }

    /// The weights, and what the row is filled up with.
    fn all(self) -> impl Iterator<Item = i8> + 'a {
        let Self {
            bytes,
            layout,
            bits,
            ..
        } = self;
        let plain = match layout {
            RowMajor => bytes,
            Interleaved => &[],
        };
        let interleaved = match layout {
            RowMajor => &[],
            Interleaved => bytes,
        };
        let words = interleaved.chunks(GROUP_BYTES);
        let words = words.flat_map(|group| group.iter().take(WORD).enumerate());
        let turned_back = words.map(move |(place, &byte)| byte ^ bits.turned(place));
        let bytes = plain.iter().copied().chain(turned_back);
        bytes.flat_map(move |byte| bits.weights(byte).into_iter().take(bits.in_byte()))
    }
}

/// Writes rows that lie one after the other, `row_bytes` bytes each, as
/// [`WeightLayout::Interleaved`] has them: byte after byte, a multiple of 16 in all.
pub fn interleave(bits: Bits, bytes: &[u8], row_bytes: usize) -> impl Iterator<Item = u8> + '_ {
    let row_bytes = row_bytes.max(1);
    let rows = bytes.len() / row_bytes;
    let words = row_bytes.div_ceil(WORD);
    let blocks = rows.div_ceil(BLOCK_ROWS);
    let groups = (0..blocks).flat_map(move |block| (0..words).map(move |word| (block, word)));
    let places = groups.flat_map(|(block, word)| {
        (0..GROUP_BYTES).map(move |place| {
            let row = block * BLOCK_ROWS + place / WORD;
            (row, word * WORD + place % WORD)
        })
    });
    places.map(move |(row, place)| {
        let inside = row < rows && place < row_bytes;
        let byte = bytes.get(row * row_bytes + place).filter(|_| inside);
        byte.copied().unwrap_or(0) ^ bits.turned(place)
    })
}

/// The two weights of a byte, the lower four bits first.
#[inline]
const fn nibbles(byte: u8) -> [i8; 2] {
    [(byte << 4).cast_signed() >> 4, byte.cast_signed() >> 4]
}

/// Products of two i8 fit in i16; sums are proven when the model is loaded.
#[inline]
fn dot_int8(weights: &[u8], values: &[i8]) -> i32 {
    let products = weights
        .iter()
        .zip(values)
        .map(|(&w, &v)| i32::from(i16::from(w.cast_signed()) * i16::from(v)));
    products.fold(0, i32::wrapping_add)
}

#[inline]
fn dot_int4(weights: &[u8], values: &[i8]) -> i32 {
    let (pairs, last) = values.as_chunks::<2>();
    let mut sum = 0_i32;
    for (&byte, &[a, b]) in weights.iter().zip(pairs) {
        let [w, u] = nibbles(byte);
        let pair = i16::from(w) * i16::from(a) + i16::from(u) * i16::from(b);
        sum = sum.wrapping_add(i32::from(pair));
    }
    if let ([a], Some(&byte)) = (last, weights.get(pairs.len())) {
        let [w, _] = nibbles(byte);
        sum = sum.wrapping_add(i32::from(w) * i32::from(*a));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::format::Span;

    fn rows(bytes: &[u8], layout: WeightLayout, bits: u8, length: usize) -> WeightRows<'_> {
        let weights = Weights {
            layout,
            bits,
            data: Span {
                offset: 0,
                length: u32::try_from(bytes.len()).unwrap(),
            },
        };
        WeightRows::new(weights, length, Constants::new(bytes)).unwrap()
    }

    #[test]
    fn eight_bits() {
        let rows = rows(&[1, 0xff, 127, 0x81], RowMajor, 8, 2); // [1, −1], [127, −127]
        assert!(rows.holds(2) && !rows.holds(1) && !rows.holds(3));
        assert_eq!(rows.row(0).dot(&[5, 3]), 2);
        assert_eq!(rows.row(1).dot(&[127, -127]), 2 * 127 * 127);
        assert!(rows.row(1).weights().eq([127, -127]));
        assert_eq!(rows.row(2).dot(&[1, 1]), 0);
        assert!(rows.blocks().is_none());
    }

    #[test]
    fn four_bits_with_an_odd_length() {
        let rows = rows(&[0x97, 0x01, 0x2f, 0x09], RowMajor, 4, 3); // [7, −7, 1], [−1, 2, −7]
        assert!(rows.holds(2));
        assert_eq!(rows.row(0).dot(&[10, 1, -4]), 59);
        assert_eq!(rows.row(1).dot(&[10, 1, -4]), 20);
        assert!(rows.row(0).weights().eq([7, -7, 1]));
    }

    #[test]
    fn five_rows_of_five_weights_interleaved() {
        let plain: [u8; 25] = core::array::from_fn(|k| u8::try_from(10 * k).unwrap());
        let bytes: heapless::Vec<u8, 64> = interleave(Bits::Eight, &plain, 5).collect();
        // Two blocks of two words of four rows.
        assert_eq!(bytes.len(), 64);
        assert_eq!(bytes[..4], [0x80, 10, 148, 30]);
        // Row 1 has weights 50, 60, … and its fifth one, an even one, 90.
        assert_eq!(bytes[4..8], [178, 60, 198, 80]);
        assert_eq!(bytes[20..24], [218, 0, 0x80, 0]);
        assert_eq!(bytes[32..40], [72, 210, 92, 230, 0x80, 0, 0x80, 0]);
        let rows = rows(&bytes, Interleaved, 8, 5);
        assert!(rows.holds(5) && !rows.holds(4) && !rows.holds(9));
        for (row, plain) in plain.chunks(5).enumerate() {
            let plain = plain.iter().map(|byte| byte.cast_signed());
            assert!(rows.row(row).weights().eq(plain));
        }
        // [0, 10, 20, 30, 40], and [50, 60, 70, 80, 90]
        assert_eq!(rows.row(0).dot(&[1, 2, 3, 4, 5]), 400);
        assert_eq!(rows.row(1).dot(&[1, 0, -1, 0, 1]), 70);
        assert_eq!(rows.blocks().unwrap().count(), 2);
        // What fills rows up is zero, or else it is no such layout.
        for place in [21, 22, 36, 60] {
            let mut bytes = bytes.clone();
            bytes[place] ^= 1;
            assert!(!self::rows(&bytes, Interleaved, 8, 5).holds(5), "{place}");
        }
    }

    #[test]
    fn four_bits_interleaved() {
        // One row: 7, −7, 1, −1, 2, then another: −1, 2, −7, 0, 3.
        let plain = [0x97, 0xf1, 0x02, 0x2f, 0x09, 0x03];
        let bytes: heapless::Vec<u8, 16> = interleave(Bits::Four, &plain, 3).collect();
        assert_eq!(bytes[..8], [0x1f, 0xf9, 0x8a, 0x08, 0xa7, 0x01, 0x8b, 0x08]);
        let rows = rows(&bytes, Interleaved, 4, 5);
        // A third row of zeros is as good as none.
        assert!(rows.holds(2) && rows.holds(3) && !rows.holds(1) && !rows.holds(5));
        assert!(rows.row(0).weights().eq([7, -7, 1, -1, 2]));
        assert!(rows.row(1).weights().eq([-1, 2, -7, 0, 3]));
    }
}
