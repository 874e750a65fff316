//! The kernels in safe Rust.

use super::{ByRow, Kernels};
use super::ready::{Ready, WORDS_4, WORDS_8, Word, Words};
use crate::inference::quantize::{Activate, high_word};
use crate::inference::weights::{BLOCK_ROWS, GROUP_BYTES};

/// Plain arithmetic, for any target.
#[derive(Debug, Clone, Copy)]
pub struct Portable;

/// The words of four rows.
type Group = [u8; GROUP_BYTES];

impl Kernels for Portable {
    fn four_rows(block: &[u8], inputs: &Ready<'_>) -> [i32; BLOCK_ROWS] {
        let block = block.get(..inputs.block_bytes()).unwrap_or(block);
        let (groups, _) = block.as_chunks::<GROUP_BYTES>();
        let mut sums = [inputs.surplus().wrapping_neg(); BLOCK_ROWS];
        match inputs.words() {
            Words::All8(words) => {
                for (group, &words) in groups.iter().zip(words) {
                    add_8(&mut sums, group, words);
                }
            }
            Words::Some8(words) => {
                for &[place, e, d] in words {
                    if let Some(group) = group(groups, place) {
                        add_8(&mut sums, group, [e, d]);
                    }
                }
            }
            Words::All4(words) => {
                for (group, &words) in groups.iter().zip(words) {
                    add_4(&mut sums, group, words);
                }
                sums = sums.map(|sum| sum >> 4);
            }
            Words::Some4(words) => {
                for &[place, a, b, c, d] in words {
                    if let Some(group) = group(groups, place) {
                        add_4(&mut sums, group, [a, b, c, d]);
                    }
                }
                sums = sums.map(|sum| sum >> 4);
            }
        }
        sums
    }

    fn relu(
        blocks: &[u8],
        inputs: &Ready<'_>,
        rows: &ByRow<'_>,
        step: usize,
        output: &mut [i8],
    ) {
        let blocks = blocks.chunks_exact(inputs.block_bytes().max(1));
        let (bias, _) = rows.bias.as_chunks::<BLOCK_ROWS>();
        let (multipliers, _) = rows.multipliers.as_chunks::<BLOCK_ROWS>();
        let mut first = 0;
        for ((block, bias), multipliers) in blocks.zip(bias).zip(multipliers) {
            let products = Self::four_rows(block, inputs);
            let mut place = first;
            for ((products, bias), multiplier) in products.into_iter().zip(bias).zip(multipliers) {
                let sum = products.wrapping_add(i32::from_le_bytes(*bias));
                let rounded = Self::round(sum, i32::from_le_bytes(*multiplier));
                if let Some(slot) = output.get_mut(place) {
                    *slot = Activate::Relu.apply(rounded);
                }
                place += step;
            }
            first = place;
        }
    }

    #[inline]
    fn dot(weights: &[u8], inputs: &[i8]) -> i32 {
        let products = weights
            .iter()
            .zip(inputs)
            .map(|(&w, &v)| i32::from(i16::from(w.cast_signed()) * i16::from(v)));
        products.fold(0, i32::wrapping_add)
    }

    #[inline]
    fn round(acc: i32, multiplier: i32) -> i32 {
        high_word(i64::from(acc) * i64::from(multiplier))
    }
}

/// The group at a place of the block, in bytes.
#[inline]
fn group(groups: &[Group], place: Word) -> Option<&Group> {
    let place = usize::try_from(load(place)).ok()?;
    groups.get(place / GROUP_BYTES)
}

#[inline]
fn load(word: Word) -> i32 {
    i32::from_le_bytes(word.map(i8::cast_unsigned))
}

/// The two halfwords of a word.
#[inline]
fn halves(word: i32) -> [i32; 2] {
    #[allow(clippy::cast_possible_truncation, reason = "the lower half is meant")]
    [i32::from(word as i16), word >> 16]
}

/// sum + low·low + high·high, as SMLAD has it.
#[inline]
fn dual(sum: i32, a: i32, b: i32) -> i32 {
    let ([a_low, a_high], [b_low, b_high]) = (halves(a), halves(b));
    // Halfwords: below 2³⁰ in magnitude.
    let low = sum.wrapping_add(a_low * b_low);
    low.wrapping_add(a_high * b_high)
}

/// The upper byte of either halfword, with its sign, as SXTB16 has it.
#[inline]
fn upper_bytes(word: i32) -> i32 {
    ((word << 16 >> 24) & 0xffff) | (word >> 24 << 16)
}

#[inline]
fn rows(group: &Group) -> impl Iterator<Item = i32> {
    let (words, _) = group.as_chunks::<4>();
    words.iter().map(|&word| i32::from_le_bytes(word))
}

#[inline]
fn add_8(sums: &mut [i32; BLOCK_ROWS], group: &Group, words: [Word; WORDS_8]) {
    let [e, d] = words.map(load);
    for (sum, word) in sums.iter_mut().zip(rows(group)) {
        *sum = dual(*sum, word, e);
        *sum = dual(*sum, upper_bytes(word), d);
    }
}

#[inline]
fn add_4(sums: &mut [i32; BLOCK_ROWS], group: &Group, words: [Word; WORDS_4]) {
    let [a, b, c, d] = words.map(load);
    for (sum, word) in sums.iter_mut().zip(rows(group)) {
        let upper = upper_bytes(word);
        *sum = dual(*sum, word, a);
        *sum = dual(*sum, word & 0x000f_000f, b);
        *sum = dual(*sum, upper, c);
        *sum = dual(*sum, upper & 0x000f_000f, d);
    }
}
