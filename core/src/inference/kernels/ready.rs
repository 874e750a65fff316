//! Inputs made ready for interleaved weights.

use super::Kernels;
use crate::inference::weights::{Bits, GROUP_BYTES};

/// The same in the type of a place.
const GROUP: u32 = 16;

const _: () = assert!(GROUP as usize == GROUP_BYTES);

/// Four bytes of an i32, little endian.
pub(in crate::inference) type Word = [i8; 4];

/// Facts about inputs, found while they are prepared.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sums {
    /// The sum of those whose weights have their top bits turned over.
    pub(super) offset_sum: i32,
    /// Words of them that are not all zero.
    pub(super) nonzero_words: usize,
}

/// With fewer words of inputs than this it does not pay to look for zeros.
const FEW: usize = 8;

/// Inputs made ready: see [`kernels`](super). `INPUTS` of them, those of one word of weights, become
/// `WORDS` words, or, with the place of their weights before them, `PLACED` words.
///
/// Places of weights are multiples of [`GROUP_BYTES`] and lie in a block of a row of a given number of
/// inputs: nothing outside this file can make others.
#[derive(Debug, Clone, Copy)]
pub struct Ready<'a, const INPUTS: usize, const WORDS: usize, const PLACED: usize> {
    words: Words<'a, WORDS, PLACED>,
    /// Words of a row of weights.
    groups: usize,
    /// What every row's sum has too much, in units of the sum or, in 4 bits, of 1/16 of it.
    surplus: i32,
}

/// Inputs for 8-bit weights. Their words: a₀ and a₂; a₁ − 256·a₀ and a₃ − 256·a₂.
pub type Ready8<'a> = Ready<'a, 4, 2, 3>;

/// Inputs for 4-bit weights. Their words: a₁ and a₅; 16·a₀ − a₁ and 16·a₄ − a₅; a₃ − 256·a₁ and
/// a₇ − 256·a₅; 16·a₂ − a₃ and 16·a₆ − a₇.
pub type Ready4<'a> = Ready<'a, 8, 4, 5>;

/// How the words of inputs follow each other.
#[derive(Debug, Clone, Copy)]
pub(super) enum Words<'a, const WORDS: usize, const PLACED: usize> {
    /// All of them.
    All(&'a [[Word; WORDS]]),
    /// Where the weights stand in the block, and the words.
    Some(&'a [[Word; PLACED]]),
}

/// Bytes that inputs made ready need.
#[must_use]
pub const fn ready_len(bits: Bits, inputs: usize) -> usize {
    let words = match bits {
        Bits::Eight => 2,
        Bits::Four => 4,
    };
    // Three bytes for the alignment.
    let bytes = inputs.div_ceil(bits.in_word()).saturating_mul(4 * words);
    bytes.saturating_add(3)
}

impl<'a> Ready8<'a> {
    /// Makes inputs ready for 8-bit weights in `room`, which must be [`ready_len`] long; none if it
    /// is shorter.
    #[must_use]
    #[inline]
    pub fn new<K: Kernels>(inputs: &[i8], room: &'a mut [i8]) -> Option<Self> {
        let room = aligned(room, ready_len(Bits::Eight, inputs.len()))?;
        let (whole, rest) = inputs.as_chunks();
        let placed = |place, [e, d]: [Word; 2]| [place, e, d];
        Some(Self::fill(whole, last(rest), room, K::ready_8, placed))
    }

    /// The same of whole words of inputs, in a room of the same length from [`aligned`].
    #[inline]
    pub(in crate::inference) fn of_quads<K: Kernels>(
        inputs: &[[i8; 4]],
        room: &'a mut [Word],
    ) -> Self {
        let placed = |place, [e, d]: [Word; 2]| [place, e, d];
        Self::fill(inputs, None, room, K::ready_8, placed)
    }
}

impl<'a> Ready4<'a> {
    /// Makes inputs ready for 4-bit weights in `room`, which must be [`ready_len`] long; none if it
    /// is shorter.
    #[must_use]
    #[inline]
    pub fn new<K: Kernels>(inputs: &[i8], room: &'a mut [i8]) -> Option<Self> {
        let room = aligned(room, ready_len(Bits::Four, inputs.len()))?;
        let (whole, rest) = inputs.as_chunks();
        let placed = |place, [a, b, c, d]: [Word; 4]| [place, a, b, c, d];
        Some(Self::fill(whole, last(rest), room, K::ready_4, placed))
    }
}

/// The inputs that are left, filled up with zeros.
#[inline]
fn last<const N: usize>(rest: &[i8]) -> Option<[i8; N]> {
    let mut last = [0; N];
    for (slot, &input) in last.iter_mut().zip(rest) {
        *slot = input;
    }
    (!rest.is_empty()).then_some(last)
}

/// The words of a room of `length` bytes that the processor can read as a whole.
#[inline]
pub(in crate::inference) fn aligned(room: &mut [i8], length: usize) -> Option<&mut [Word]> {
    let unaligned = room.as_ptr().align_offset(4).min(3);
    let words = room
        .get_mut(unaligned..)?
        .get_mut(..length.checked_sub(3)?)?;
    Some(words.as_chunks_mut().0)
}

impl<'a, const INPUTS: usize, const WORDS: usize, const PLACED: usize>
    Ready<'a, INPUTS, WORDS, PLACED>
{
    /// Writes all inputs and then, if there is room for that, once more those that are not all zero,
    /// with their places. `ready` makes inputs ready, adds those whose weights have an offset, and counts those
    /// that are not all zero.
    #[inline]
    fn fill(
        whole: &[[i8; INPUTS]],
        last: Option<[i8; INPUTS]>,
        room: &'a mut [Word],
        ready: impl Fn(&[[i8; INPUTS]], &mut [[Word; WORDS]]) -> Sums,
        placed: impl Fn(Word, [Word; WORDS]) -> [Word; PLACED],
    ) -> Self {
        let (slots, _) = room.as_chunks_mut::<WORDS>();
        let Sums {
            mut offset_sum,
            mut nonzero_words,
        } = ready(whole, slots);
        if let (Some(last), Some(slot)) = (last, slots.last_mut()) {
            let sums = ready(&[last], core::slice::from_mut(slot));
            offset_sum = offset_sum.wrapping_add(sums.offset_sum);
            nonzero_words += sums.nonzero_words;
        }
        let groups = slots.len();
        let surplus = offset_sum.wrapping_shl(7);
        if groups < FEW || nonzero_words.saturating_mul(PLACED) > room.len() {
            return Self {
                words: Words::All(room.as_chunks().0),
                groups,
                surplus,
            };
        }
        // Moving them up within the room would overwrite what has not been moved yet.
        let (slots, _) = room.as_chunks_mut::<PLACED>();
        let mut slots = slots.iter_mut();
        let mut place = 0_u32;
        for seen in whole.iter().copied().chain(last) {
            if seen != [0; INPUTS]
                && let Some(slot) = slots.next()
            {
                let mut words = [[[0; 4]; WORDS]];
                ready(&[seen], &mut words);
                *slot = placed(store(place.cast_signed()), words[0]);
            }
            place = place.wrapping_add(GROUP);
        }
        let (slots, _) = room.as_chunks::<PLACED>();
        Self {
            words: Words::Some(slots.get(..nonzero_words).unwrap_or(slots)),
            groups,
            surplus,
        }
    }

    pub(super) const fn words(&self) -> Words<'a, WORDS, PLACED> {
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

#[inline]
pub(super) const fn store(word: i32) -> Word {
    let [a, b, c, d] = word.to_le_bytes();
    [
        a.cast_signed(),
        b.cast_signed(),
        c.cast_signed(),
        d.cast_signed(),
    ]
}
