//! Two convolutions of two-valued sites as a table.

use core::fmt::{self, Display, Formatter};
use serde::{Deserialize, Serialize};

use super::{Call, Record};
use crate::inference::check;
use crate::inference::compiled::{Source, structure};
use crate::inference::constants::Constants;
use crate::inference::error::Fault;
use crate::inference::format::{Requantise, Span, Tensor};
use crate::inference::kernels::Kernels;
use crate::inference::layers::finish::is_by_row;
use crate::inference::quantize::Requantiser;
use crate::inference::shape::Shape;

/// Two convolutions of windows of 2×2 sites that know two kinds of sites only, as one table:
/// out\[o, x, y\] = requantise(Σ table\[2·px + py, pattern\[2x + px, 2y + py\], o\]) over px and py
/// in {0, 1}. The pattern of a window \[X, Y\] is Σ 2^(2·kx + ky)·bit over kx and ky in {0, 1}, the bit
/// being the lowest one of the integer in\[2X + kx, 2Y + ky\].
///
/// No claim about the input is made or needed: this is a function of any integers. It is the
/// exporter that has chosen the two codes of the sites, and built the table, such that it equals
/// the two convolutions that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Patterns {
    /// What it reads: one channel; at least four slices and four rows.
    pub input: Tensor,
    /// i32 `[place, pattern, out]`, little endian, 4 places and 16 patterns.
    pub table: Span,
    /// One multiplier, or one an output channel.
    pub requantise: Requantise,
}

/// Windows of 2×2 sites that an output sees, 2·px + py.
pub const PLACES: usize = 4;

/// Patterns of a window.
pub const PATTERNS: usize = 16;

/// Sites that an output sees along either axis.
pub(in crate::inference) const SIDE: usize = 4;

/// What the table says of one pattern in one place, `[out]`.
pub(in crate::inference) type Terms<'a> = &'a [[u8; 4]];

/// See [`Patterns`]; `finish` makes the sums of all outputs of a place i8, and writes them in steps
/// of a given number, from the beginning of its argument.
#[inline]
pub(in crate::inference) fn patterns(
    table: &[[u8; 4]],
    (input_shape, input): (Shape, &[i8]),
    (output_shape, output): (Shape, &mut [i8]),
    finish: impl Fn([Terms<'_>; PLACES], usize, &mut [i8]),
) -> Option<()> {
    let (channels, rows) = (output_shape.channels, input_shape.rows.max(1));
    let mut place = 0;
    let slabs = input.chunks_exact(rows.saturating_mul(SIDE));
    for slab in slabs.take(output_shape.slices) {
        let mut slices = slab.chunks_exact(rows);
        let mut next = || Some(slices.next()?.as_chunks::<SIDE>().0.iter());
        let windows = next()?.zip(next()?).zip(next()?).zip(next()?);
        for (((a, b), c), d) in windows {
            let lines = [a, b, c, d].map(|sites| {
                let sites = sites.map(i8::cast_unsigned);
                u32::from_le_bytes(sites)
            });
            let mut terms: [Terms<'_>; PLACES] = [&[]; PLACES];
            for (window, (terms, pattern)) in terms.iter_mut().zip(seen(lines)).enumerate() {
                let first = (window * PATTERNS + pattern) * channels;
                *terms = table.get(first..first + channels)?;
            }
            finish(terms, output_shape.plane(), output.get_mut(place..)?);
            place += 1;
        }
    }
    Some(())
}

/// The patterns of the four windows in four times four sites, given as the bytes of four words.
#[inline]
pub(in crate::inference) fn seen(lines: [u32; SIDE]) -> [usize; PLACES] {
    let [a, b, c, d] = lines.map(|sites| sites & 0x0101_0101);
    let [front, back] = [a | b << 2, c | d << 2].map(|sites| sites | sites >> 7);
    [front, front >> 16, back, back >> 16].map(|pattern| (pattern & 15) as usize)
}

/// What the table says of four windows, added up, for every output.
#[inline]
pub(in crate::inference) fn sums([a, b, c, d]: [Terms<'_>; PLACES]) -> impl Iterator<Item = i32> {
    let [a, b, c, d] = [a, b, c, d].map(|terms| terms.iter().map(|&term| i32::from_le_bytes(term)));
    let sums = a.zip(b).zip(c).zip(d);
    sums.map(|(((a, b), c), d)| a.wrapping_add(b).wrapping_add(c).wrapping_add(d))
}

impl Patterns {
    #[inline(always)]
    fn run<K: Kernels>(
        &self,
        constants: Constants<'_>,
        count: u32,
        input: &[i8],
        output: (Shape, &mut [i8]),
    ) -> Option<()> {
        let (table, _) = constants.bytes(self.table)?.as_chunks::<4>();
        let (rule, input) = (&self.requantise, (self.input.shape(), input));
        if is_by_row(&rule.multiplier, rule, output.0.channels) {
            let multipliers = rule.multiplier.by_row(constants)?;
            return K::relu_patterns(table, multipliers, input, output);
        }
        let requantise = Requantiser::new(*rule, constants, count)?;
        patterns(table, input, output, |terms, step, slots| {
            let slots = slots.iter_mut().step_by(step.max(1));
            for (channel, (slot, sum)) in slots.zip(sums(terms)).enumerate() {
                *slot = requantise.row(channel).apply(sum);
            }
        })
    }
}

impl Record for Patterns {
    fn inputs(&self) -> [Option<&Tensor>; 2] {
        [Some(&self.input), None]
    }

    fn inputs_mut(&mut self) -> [Option<&mut Tensor>; 2] {
        [Some(&mut self.input), None]
    }

    fn visit_spans(&mut self, visit: &mut dyn FnMut(&mut Span)) {
        visit(&mut self.table);
        self.requantise.visit_spans(visit);
    }

    fn check(&self, output: Shape, constants: Constants<'_>) -> Result<u64, Fault> {
        let input = self.input.shape();
        let fits = input.channels == 1
            && [output.slices, output.rows] == [input.slices / SIDE, input.rows / SIDE];
        check::require(fits, Fault::Shape)?;
        let table = constants.bytes(self.table).ok_or(Fault::Span)?;
        let (numbers, rest) = table.as_chunks::<4>();
        let needed = output.channels.saturating_mul(PLACES * PATTERNS);
        let complete = rest.is_empty() && numbers.len() == needed;
        check::require(complete, Fault::ListLength)?;
        let largest = |channel: usize| {
            let places = numbers.chunks_exact(output.channels.saturating_mul(PATTERNS).max(1));
            let sum: u64 = places
                .map(|place| {
                    let terms = place.iter().skip(channel).step_by(output.channels.max(1));
                    let terms = terms.map(|&term| i32::from_le_bytes(term).unsigned_abs());
                    u64::from(terms.max().unwrap_or(0))
                })
                .sum();
            sum
        };
        let bound = (0..output.channels).map(largest).max().unwrap_or(0);
        check::requantise(&self.requantise, output.channels, bound, constants)?;
        Ok(bound)
    }

    fn macs(&self, output: Shape) -> u64 {
        (output.len() as u64).saturating_mul(PLACES as u64)
    }

    #[inline(always)]
    fn run_layer<K: Kernels>(&self, call: Call<'_>) -> Option<()> {
        let Call {
            constants,
            count,
            inputs,
            shape,
            output,
            ..
        } = call;
        self.run::<K>(constants, count, inputs[0], (shape, output))
    }

    fn write_source(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Source(self).fmt(f)
    }
}

structure!(Patterns { input, table; requantise });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::format::{Activation, Operator};
    use crate::inference::layers::tests::Bench;

    #[test]
    fn every_site_has_its_bit_and_every_window_its_place() {
        let mut slices = [[0_i8; 4]; 4];
        let found = |slices: [[i8; 4]; 4]| {
            seen(slices.map(|sites| u32::from_le_bytes(sites.map(i8::cast_unsigned))))
        };
        for (x, y, pattern) in [
            (0, 0, [1, 0, 0, 0]),
            (0, 1, [2, 0, 0, 0]),
            (1, 0, [4, 0, 0, 0]),
            (1, 1, [8, 0, 0, 0]),
            (0, 2, [0, 1, 0, 0]),
            (1, 3, [0, 8, 0, 0]),
            (2, 1, [0, 0, 2, 0]),
            (3, 2, [0, 0, 0, 4]),
        ] {
            for value in [1, 127, -127] {
                slices[x][y] = value;
                assert_eq!(found(slices), pattern, "{x} {y}");
            }
            slices[x][y] = -2;
            assert_eq!(found(slices), [0; 4]);
        }
    }

    #[test]
    fn a_table_of_two_outputs() {
        let mut bench = Bench::new();
        // Place p and pattern q give 100·p + 2·q to the first output, the negative to the second.
        let terms = (0..4).flat_map(|p| (0..16).map(move |q| 100 * p + 2 * q));
        let table: heapless::Vec<i32, 128> = terms.flat_map(|term| [term, -term]).collect();
        let patterns = Patterns {
            // Neither the fifth slice nor the rows behind the eighth are seen.
            input: bench.tensor([1, 5, 10]),
            table: bench.integers(&table),
            requantise: bench.multiply(&[1 << 29], Activation::Identity),
        };
        let mut input = [0; 50];
        input[3] = 1; // slice 0, row 3: window 0, 1; bit 1
        input[10 * 3 + 5] = 1; // slice 3, row 5: window 1, 2; bit 3
        let output = bench.run(Operator::Patterns(patterns), [2, 1, 2], &input);
        // (600 + 4)/4, and (600 + 16)/4; clamped.
        assert_eq!(output, [127, 127, -127, -127]);
        let patterns = Patterns {
            requantise: bench.multiply(&[1 << 26], Activation::Identity),
            ..patterns
        };
        let output = bench.run(Operator::Patterns(patterns), [2, 1, 2], &input);
        // 604/32 = 18.875 and 616/32 = 19.25
        assert_eq!(output, [19, 19, -19, -19]);
    }
}
