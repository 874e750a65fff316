//! The kernels in safe Rust.

use super::ready::{Ready4, Ready8, Sums, Word, Words, store};
use super::{Kernels, ReluRows};
use crate::inference::layers::patterns::{patterns, sums};
use crate::inference::quantize::{Activate, high_word};
use crate::inference::shape::Shape;
use crate::inference::weights::{BLOCK_ROWS, GROUP_BYTES};

/// Plain arithmetic, for any target.
#[derive(Debug, Clone, Copy)]
pub struct Portable;

/// The words of four rows.
type Group = [u8; GROUP_BYTES];

impl Kernels for Portable {
    #[inline]
    fn ready_8(inputs: &[[i8; 4]], words: &mut [[Word; 2]]) -> Sums {
        let mut sums = Sums::default();
        for (&inputs, words) in inputs.iter().zip(words) {
            let [a, b, c, d] = inputs.map(i32::from);
            *words = [pair(a, c), pair(b - (a << 8), d - (c << 8))];
            sums.offset_sum = sums.offset_sum.wrapping_add(a + c);
            sums.nonzero_words += usize::from(inputs != [0; 4]);
        }
        sums
    }

    #[inline]
    fn ready_4(inputs: &[[i8; 8]], words: &mut [[Word; 4]]) -> Sums {
        let mut sums = Sums::default();
        for (&inputs, words) in inputs.iter().zip(words) {
            let [a, b, c, d, e, f, g, h] = inputs.map(i32::from);
            *words = [
                pair(b, f),
                pair((a << 4) - b, (e << 4) - f),
                pair(d - (b << 8), h - (f << 8)),
                pair((c << 4) - d, (g << 4) - h),
            ];
            sums.offset_sum = sums.offset_sum.wrapping_add(a + b + c + e + f + g);
            sums.nonzero_words += usize::from(inputs != [0; 8]);
        }
        sums
    }

    #[inline]
    fn windows_2x2(
        input: &[i8],
        first: usize,
        line: usize,
        plane: usize,
        seen: &mut [[i8; 4]],
    ) -> Option<()> {
        let mut start = first;
        for seen in seen {
            let &[a, b] = input.get(start..)?.first_chunk()?;
            let &[c, d] = input.get(start + line..)?.first_chunk()?;
            *seen = [a, b, c, d];
            start += plane;
        }
        Some(())
    }

    fn four_rows_8(block: &[u8], inputs: &Ready8<'_>) -> [i32; BLOCK_ROWS] {
        let groups = block.as_chunks::<GROUP_BYTES>().0;
        let mut sums = [inputs.surplus().wrapping_neg(); BLOCK_ROWS];
        match inputs.words() {
            Words::All(words) => {
                for (group, &words) in groups.iter().zip(words) {
                    add_8(&mut sums, group, words);
                }
            }
            Words::Some(words) => {
                for &[place, e, d] in words {
                    if let Some(group) = group(groups, place) {
                        add_8(&mut sums, group, [e, d]);
                    }
                }
            }
        }
        sums
    }

    fn four_rows_4(block: &[u8], inputs: &Ready4<'_>) -> [i32; BLOCK_ROWS] {
        let groups = block.as_chunks::<GROUP_BYTES>().0;
        let mut sums = [inputs.surplus().wrapping_neg(); BLOCK_ROWS];
        match inputs.words() {
            Words::All(words) => {
                for (group, &words) in groups.iter().zip(words) {
                    add_4(&mut sums, group, words);
                }
            }
            Words::Some(words) => {
                for &[place, a, b, c, d] in words {
                    if let Some(group) = group(groups, place) {
                        add_4(&mut sums, group, [a, b, c, d]);
                    }
                }
            }
        }
        sums.map(|sum| sum >> 4)
    }

    fn relu_8(
        rows: &ReluRows<'_>,
        inputs: &Ready8<'_>,
        step: usize,
        output: &mut [i8],
    ) -> Option<()> {
        relu(rows, inputs.block_bytes(), step, output, |block| {
            Self::four_rows_8(block, inputs)
        })
    }

    fn relu_4(
        rows: &ReluRows<'_>,
        inputs: &Ready4<'_>,
        step: usize,
        output: &mut [i8],
    ) -> Option<()> {
        relu(rows, inputs.block_bytes(), step, output, |block| {
            Self::four_rows_4(block, inputs)
        })
    }

    fn relu_patterns(
        table: &[[u8; 4]],
        multipliers: &[[u8; 4]],
        input: (Shape, &[i8]),
        output: (Shape, &mut [i8]),
    ) -> Option<()> {
        patterns(table, input, output, |terms, step, slots| {
            let slots = slots.iter_mut().step_by(step.max(1));
            for (slot, (sum, &multiplier)) in slots.zip(sums(terms).zip(multipliers)) {
                *slot = Activate::Relu.apply(Self::round(sum, i32::from_le_bytes(multiplier)));
            }
        })
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

#[inline]
fn relu(
    rows: &ReluRows<'_>,
    block_bytes: usize,
    step: usize,
    output: &mut [i8],
    products: impl Fn(&[u8]) -> [i32; BLOCK_ROWS],
) -> Option<()> {
    if !rows.fits(block_bytes, step, output) {
        return None;
    }
    let blocks = rows.blocks.chunks_exact(block_bytes.max(1));
    let (bias, _) = rows.bias.as_chunks::<BLOCK_ROWS>();
    let (multipliers, _) = rows.multipliers.as_chunks::<BLOCK_ROWS>();
    let mut place = 0;
    for ((block, bias), multipliers) in blocks.zip(bias).zip(multipliers) {
        let products = products(block);
        let finish = |row: usize| finish(products[row], bias[row], multipliers[row]);
        let values = [finish(0), finish(1), finish(2), finish(3)];
        for value in values {
            if let Some(slot) = output.get_mut(place) {
                *slot = value;
            }
            place += step;
        }
    }
    Some(())
}

#[inline]
fn finish(products: i32, bias: [u8; 4], multiplier: [u8; 4]) -> i8 {
    let sum = products.wrapping_add(i32::from_le_bytes(bias));
    Activate::Relu.apply(Portable::round(sum, i32::from_le_bytes(multiplier)))
}

/// The group at a place of the block, in bytes.
#[inline]
fn group(groups: &[Group], place: Word) -> Option<&Group> {
    let place = usize::try_from(load(place)).ok()?;
    groups.get(place / GROUP_BYTES)
}

/// Two halfwords.
#[inline]
const fn pair(low: i32, high: i32) -> Word {
    store((low & 0xffff) | (high << 16))
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
fn dual(sum: i32, [low, high]: [i32; 2], factors: [i32; 2]) -> i32 {
    // Halfwords: below 2³⁰ in magnitude.
    let low = sum.wrapping_add(low * factors[0]);
    low.wrapping_add(high * factors[1])
}

/// The upper byte of either halfword, with its sign, as SXTB16 has it.
#[inline]
fn upper_bytes(word: i32) -> [i32; 2] {
    [word << 16 >> 24, word >> 24]
}

#[inline]
fn rows(group: &Group) -> impl Iterator<Item = i32> {
    let (words, _) = group.as_chunks::<4>();
    words.iter().map(|&word| i32::from_le_bytes(word))
}

#[inline]
fn add_8(sums: &mut [i32; BLOCK_ROWS], group: &Group, words: [Word; 2]) {
    let [e, d] = words.map(|word| halves(load(word)));
    for (sum, word) in sums.iter_mut().zip(rows(group)) {
        *sum = dual(*sum, halves(word), e);
        *sum = dual(*sum, upper_bytes(word), d);
    }
}

#[inline]
fn add_4(sums: &mut [i32; BLOCK_ROWS], group: &Group, words: [Word; 4]) {
    let [a, b, c, d] = words.map(|word| halves(load(word)));
    for (sum, word) in sums.iter_mut().zip(rows(group)) {
        let upper = upper_bytes(word);
        *sum = dual(*sum, halves(word), a);
        *sum = dual(*sum, halves(word).map(|half| half & 15), b);
        *sum = dual(*sum, upper, c);
        *sum = dual(*sum, upper.map(|byte| byte & 15), d);
    }
}
