//! Rows of weights.

use super::constants::Constants;
use super::format::{WeightLayout, Weights};

/// The rows of a layer's weights, one row for each of its sums.
#[derive(Debug, Clone, Copy)]
pub struct WeightRows<'a> {
    bytes: &'a [u8],
    row_bytes: usize,
    packed: bool,
}

impl<'a> WeightRows<'a> {
    /// Finds the weights, `length` in a row; none if they do not lie in the constants or if their
    /// layout is unknown.
    #[must_use]
    pub fn new(weights: Weights, length: usize, constants: Constants<'a>) -> Option<Self> {
        let bytes = constants.bytes(weights.data)?;
        let WeightLayout::RowMajor = weights.layout;
        let (row_bytes, packed) = match weights.bits {
            8 => (length, false),
            4 => (length.div_ceil(2), true),
            _ => return None,
        };
        Some(Self {
            bytes,
            row_bytes,
            packed,
        })
    }

    /// How many whole rows there are; none if bytes are left over.
    #[must_use]
    pub const fn rows(&self) -> Option<usize> {
        match self.bytes.len().checked_rem(self.row_bytes) {
            Some(0) => self.bytes.len().checked_div(self.row_bytes),
            _ => None,
        }
    }

    /// Row number `row`; empty if there is no such row.
    #[must_use]
    #[inline]
    pub fn row(&self, row: usize) -> WeightRow<'a> {
        let start = row.saturating_mul(self.row_bytes);
        let range = start..start.saturating_add(self.row_bytes);
        WeightRow {
            bytes: self.bytes.get(range).unwrap_or(&[]),
            packed: self.packed,
        }
    }
}

/// The weights of one sum.
#[derive(Debug, Clone, Copy)]
pub struct WeightRow<'a> {
    bytes: &'a [u8],
    packed: bool,
}

impl<'a> WeightRow<'a> {
    /// Σ w\[i\]·values\[i\].
    #[must_use]
    #[inline]
    pub fn dot(self, values: &[i8]) -> i32 {
        if self.packed {
            dot_int4(self.bytes, values)
        } else {
            dot_int8(self.bytes, values)
        }
    }

    /// The bytes, for a kernel that has seen that there are 8 bits to a weight.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The weights one after the other (in 4 bits with an odd number of weights, a last one more).
    pub fn weights(self) -> impl Iterator<Item = i8> + 'a {
        let packed = self.packed;
        let each = if packed { 2 } else { 1 };
        self.bytes.iter().flat_map(move |&byte| {
            let both = if packed {
                nibbles(byte)
            } else {
                [byte.cast_signed(), 0]
            };
            both.into_iter().take(each)
        })
    }
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

    fn rows(bytes: &[u8], bits: u8, length: usize) -> WeightRows<'_> {
        let weights = Weights {
            layout: WeightLayout::RowMajor,
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
        let rows = rows(&[1, 0xff, 127, 0x81], 8, 2); // [1, −1], [127, −127]
        assert_eq!(rows.rows(), Some(2));
        assert_eq!(rows.row(0).dot(&[5, 3]), 2);
        assert_eq!(rows.row(1).dot(&[127, -127]), 2 * 127 * 127);
        assert!(rows.row(1).weights().eq([127, -127]));
        assert_eq!(rows.row(2).dot(&[1, 1]), 0);
    }

    #[test]
    fn four_bits_with_an_odd_length() {
        let rows = rows(&[0x97, 0x01, 0x2f, 0x09], 4, 3); // [7, −7, 1], [−1, 2, −7]
        assert_eq!(rows.rows(), Some(2));
        assert_eq!(rows.row(0).dot(&[10, 1, -4]), 59);
        assert_eq!(rows.row(1).dot(&[10, 1, -4]), 20);
        assert!(rows.row(0).weights().eq([7, -7, 1, 0]));
    }
}
