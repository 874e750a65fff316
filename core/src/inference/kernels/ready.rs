//! Inputs made ready for interleaved weights.

use crate::inference::weights::{Bits, GROUP_BYTES};

/// Four bytes of an i32, little endian.
pub(super) type Word = [i8; 4];

/// Words that stand for the inputs of one word of 8-bit weights: a₀ and a₂; a₁ − 256·a₀ and
/// a₃ − 256·a₂.
pub(super) const WORDS_8: usize = 2;

/// Words for one word of 4-bit weights: a₁ and a₅; 16·a₀ − a₁ and 16·a₄ − a₅; a₃ − 256·a₁ and
/// a₇ − 256·a₅; 16·a₂ − a₃ and 16·a₆ − a₇.
pub(super) const WORDS_4: usize = 4;

/// How the words of inputs follow each other.
#[derive(Debug, Clone, Copy)]
pub(super) enum Words<'a> {
    /// 8 bits: all of them.
    All8(&'a [[Word; WORDS_8]]),
    /// 8 bits: where the weights stand in the block, and the words.
    Some8(&'a [[Word; 1 + WORDS_8]]),
    /// 4 bits: all of them.
    All4(&'a [[Word; WORDS_4]]),
    /// 4 bits: where the weights stand in the block, and the words.
    Some4(&'a [[Word; 1 + WORDS_4]]),
}

/// Inputs made ready: see [`kernels`](super).
///
/// Places of weights are multiples of [`GROUP_BYTES`] and lie in a block of a row of so many
/// inputs: nothing outside this file can make others.
#[derive(Debug, Clone, Copy)]
pub struct Ready<'a> {
    words: Words<'a>,
    /// Words of a row of weights.
    groups: usize,
    /// What every row's sum has too much, in units of the sum or, in 4 bits, of 1/16 of it.
    surplus: i32,
}

/// Bytes that [`Ready::new`] needs for so many inputs.
#[must_use]
pub const fn ready_len(bits: Bits, inputs: usize) -> usize {
    let words = match bits {
        Bits::Eight => WORDS_8,
        Bits::Four => WORDS_4,
    };
    // Three bytes for the alignment.
    let bytes = inputs.div_ceil(bits.in_word()).saturating_mul(4 * words);
    bytes.saturating_add(3)
}

impl<'a> Ready<'a> {
    /// Makes inputs ready for weights of this width in `room`, which must be
    /// [`ready_len`] long; none if it is shorter.
    #[must_use]
    pub fn new(bits: Bits, inputs: &[i8], room: &'a mut [i8]) -> Option<Self> {
        // Where the processor can read whole words.
        let unaligned = room.as_ptr().align_offset(4).min(3);
        let needed = ready_len(bits, inputs.len()).checked_sub(3)?;
        let room = room.get_mut(unaligned..)?.get_mut(..needed)?;
        let (room, _) = room.as_chunks_mut::<4>();
        Some(match bits {
            Bits::Eight => Self::eight(inputs, room),
            Bits::Four => Self::four(inputs, room),
        })
    }

    fn eight(inputs: &[i8], room: &'a mut [Word]) -> Self {
        let placed = |place, quad| {
            let [e, d] = words_8(quad);
            [place, e, d]
        };
        let even = |[a, _, c, _]: [i8; 4]| i32::from(a) + i32::from(c);
        let (found, sum) = fill(inputs, room, words_8, placed, even);
        let words = match found {
            Some(found) => Words::Some8(room.as_chunks().0.get(..found).unwrap_or(&[])),
            None => Words::All8(room.as_chunks().0),
        };
        Self {
            words,
            groups: inputs.len().div_ceil(4),
            surplus: sum.wrapping_shl(7),
        }
    }

    fn four(inputs: &[i8], room: &'a mut [Word]) -> Self {
        let placed = |place, octet| {
            let [a, b, c, d] = words_4(octet);
            [place, a, b, c, d]
        };
        let even = |[a, _, b, _, c, _, d, _]: [i8; 8]| {
            i32::from(a) + i32::from(b) + i32::from(c) + i32::from(d)
        };
        let (found, sum) = fill(inputs, room, words_4, placed, even);
        let words = match found {
            Some(found) => Words::Some4(room.as_chunks().0.get(..found).unwrap_or(&[])),
            None => Words::All4(room.as_chunks().0),
        };
        Self {
            words,
            groups: inputs.len().div_ceil(8),
            surplus: sum.wrapping_shl(7),
        }
    }

    pub(super) const fn words(&self) -> Words<'a> {
        self.words
    }

    pub(super) const fn surplus(&self) -> i32 {
        self.surplus
    }

    /// Bytes of the block of four rows that these inputs are for.
    pub(super) const fn block_bytes(&self) -> usize {
        self.groups.saturating_mul(GROUP_BYTES)
    }
}

/// Makes those inputs ready that are not all zero, the place of their weights before each; how
/// many, and the sum of `even` over all. If there is no room for so many, then all of them, without
/// places.
#[inline]
fn fill<const INPUTS: usize, const WORDS: usize, const PLACED: usize>(
    inputs: &[i8],
    room: &mut [Word],
    words: impl Fn([i8; INPUTS]) -> [Word; WORDS],
    placed: impl Fn(Word, [i8; INPUTS]) -> [Word; PLACED],
    even: impl Fn([i8; INPUTS]) -> i32,
) -> (Option<usize>, i32) {
    let mut sum = 0_i32;
    let (slots, _) = room.as_chunks_mut::<PLACED>();
    let (mut free, mut found, mut place) = (slots.iter_mut(), 0, 0_i32);
    let all_found = filled(inputs).try_for_each(|seen| {
        if seen != [0; INPUTS] {
            *free.next()? = placed(store(place), seen);
            sum = sum.wrapping_add(even(seen));
            found += 1;
        }
        place = place.wrapping_add(GROUP_BYTES as i32);
        Some(())
    });
    if all_found.is_some() {
        return (Some(found), sum);
    }
    sum = 0;
    let (slots, _) = room.as_chunks_mut::<WORDS>();
    for (slot, seen) in slots.iter_mut().zip(filled(inputs)) {
        *slot = words(seen);
        sum = sum.wrapping_add(even(seen));
    }
    (None, sum)
}

#[inline]
fn words_8(quad: [i8; 4]) -> [Word; WORDS_8] {
    let [a, b, c, d] = quad.map(i32::from);
    [pair(a, c), pair(b - (a << 8), d - (c << 8))]
}

#[inline]
fn words_4(octet: [i8; 8]) -> [Word; WORDS_4] {
    let [a, b, c, d, e, f, g, h] = octet.map(i32::from);
    [
        pair(b, f),
        pair((a << 4) - b, (e << 4) - f),
        pair(d - (b << 8), h - (f << 8)),
        pair((c << 4) - d, (g << 4) - h),
    ]
}

/// Two halfwords.
#[inline]
const fn pair(low: i32, high: i32) -> Word {
    store((low & 0xffff) | (high << 16))
}

#[inline]
const fn store(word: i32) -> Word {
    let [a, b, c, d] = word.to_le_bytes();
    [
        a.cast_signed(),
        b.cast_signed(),
        c.cast_signed(),
        d.cast_signed(),
    ]
}

/// The inputs in groups, the last one filled up with zeros.
#[inline]
fn filled<const N: usize>(inputs: &[i8]) -> impl Iterator<Item = [i8; N]> {
    let (whole, rest) = inputs.as_chunks::<N>();
    let mut last = [0; N];
    for (slot, &input) in last.iter_mut().zip(rest) {
        *slot = input;
    }
    let last = (!rest.is_empty()).then_some(last);
    whole.iter().copied().chain(last)
}
