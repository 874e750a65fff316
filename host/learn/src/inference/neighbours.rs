//! A convolution of strips whose sites are only empty or not, and what follows of it site by site:
//! a table.
//!
//! What two neighbouring windows of nine sites show is one of 4096 patterns. That many pairs of
//! outputs are computed once for each channel, in core's arithmetic.

use landauer_core::inference::Model;
use landauer_core::inference::constants::Constants;
use landauer_core::inference::curves::CurvesAt;
use landauer_core::inference::format::{Conv2d, Curves, EncoderRule, Layer, Operator, Window};
use landauer_core::inference::quantize::{Requantiser, from_q16};
use landauer_core::inference::shape::Shape;
use landauer_core::inference::weights::WeightRows;

use super::sites::{MAX_ROWS, Slices};
use super::windows::Order;

/// The most sites that two neighbouring windows see.
const MAX_SITES: usize = 12;

/// Channels whose outputs stand together in the table.
const CHANNELS: usize = 4;

/// The window that sees one site.
const SITE: Window = Window {
    kernel: [1, 1],
    stride: [1, 1],
    padding: [0, 0],
};

/// The table.
#[derive(Debug, Clone)]
pub(super) struct NeighbourTable {
    /// Extent of the window.
    kernel: [usize; 2],
    padding: [usize; 2],
    output: Shape,
    /// `[group of four channels, pattern]`, the outputs of two windows in a row of each: site \[kx, ky\]
    /// of what they see stands in bit kx·(rows + 1) + ky.
    table: Vec<[[i8; 2]; CHANNELS]>,
}

impl NeighbourTable {
    /// The table of the first two layers; none if they are no such convolutions.
    pub(super) fn new(model: &Model<'_>, first: &Layer, second: &Layer) -> Option<Self> {
        let (card, constants) = (model.card(), model.constants());
        let EncoderRule::Species(codes) = card.encoder.rule else {
            return None;
        };
        let (Operator::Conv2d(one), Operator::Conv2d(two)) = (&first.operator, &second.operator)
        else {
            return None;
        };
        let rules = [
            codes,
            one.bias,
            one.requantise.multiplier,
            two.bias,
            two.requantise.multiplier,
        ];
        let padding = one.window.padding.map(usize::from);
        let fits = rules.iter().all(Curves::is_constant)
            && one.input == card.encoder.output
            && one.input.channels == 1
            && one.window.stride == [1, 1]
            && seen_by_two(&one.window) <= MAX_SITES
            && two.input == first.output
            && two.window == SITE
            && usize::from(card.width) + padding[1] <= MAX_ROWS;
        if !fits {
            return None;
        }
        let codes = CurvesAt::new(codes, constants, 0)?;
        let codes = [from_q16(codes.get(0)), from_q16(codes.get(1))];
        if padding != [0, 0] && codes[0] != 0 {
            // Beyond its sides a strip is not what it is without an impurity.
            return None;
        }
        Some(Self {
            kernel: one.window.kernel.map(usize::from),
            padding,
            output: second.output.shape(),
            table: table(
                (one, usize::from(first.output.channels)),
                (two, usize::from(second.output.channels)),
                codes,
                constants,
            )?,
        })
    }

    /// The second convolution's output for the windows of a strip.
    pub(super) fn run(&self, slices: &Slices, order: Order, output: &mut [i8]) {
        let [kernel_slices, kernel_rows] = self.kernel;
        let Shape {
            channels,
            rows,
            slices: length,
        } = self.output;
        let bits = kernel_rows + 1;
        let patterns = 1 << (kernel_slices * bits);
        let mask = (1_u64 << bits) - 1;
        let mut line = [0_usize; MAX_ROWS / 2];
        for x in 0..length {
            // Of an odd number, the last one sees one window only.
            let line = &mut line[..rows.div_ceil(2)];
            line.fill(0);
            for kx in 0..kernel_slices {
                let slice = (x + kx).checked_sub(self.padding[0]);
                let word = slice.and_then(|slice| slices.seen().get(slice));
                let word = word.map_or(0, |word| word << self.padding[1]);
                for (pair, pattern) in line.iter_mut().enumerate() {
                    #[allow(clippy::cast_possible_truncation, reason = "at most twelve bits")]
                    {
                        *pattern |= ((word >> (2 * pair) & mask) as usize) << (kx * bits);
                    }
                }
            }
            for (group, table) in self.table.chunks_exact(patterns).enumerate() {
                let first = group * CHANNELS;
                let present = CHANNELS.min(channels - first);
                match order {
                    Order::ChannelFirst => {
                        let planes =
                            output[first * length * rows..].chunks_exact_mut(length * rows);
                        // What is computed of channels that are not there goes nowhere.
                        let mut nowhere = [[0; MAX_ROWS]; CHANNELS];
                        let mut lines = nowhere.each_mut().map(|line| &mut line[..rows]);
                        for (slot, plane) in lines.iter_mut().zip(planes.take(present)) {
                            *slot = &mut plane[x * rows..][..rows];
                        }
                        write_lines(table, line, lines);
                    }
                    Order::ChannelLast => {
                        for channel in 0..present {
                            let values = line.iter().flat_map(|&pattern| table[pattern][channel]);
                            let slots = output[x * rows * channels + first + channel..].iter_mut();
                            let slots = slots.step_by(channels).take(rows);
                            slots.zip(values).for_each(|(slot, value)| *slot = value);
                        }
                    }
                }
            }
        }
    }
}

/// Writes lines of four channels, all as long: two sites a pattern, one for the last pattern if their
/// number is odd. Each pattern is looked up once.
fn write_lines(table: &[[[i8; 2]; CHANNELS]], patterns: &[usize], lines: [&mut [i8]; CHANNELS]) {
    let last = patterns
        .last()
        .map_or([[0; 2]; CHANNELS], |&pattern| table[pattern]);
    let mut last = last.into_iter();
    let [a, b, c, d] = lines.map(|line| {
        let (pairs, rest) = line.as_chunks_mut::<2>();
        if let (Some(slot), Some([value, _])) = (rest.first_mut(), last.next()) {
            *slot = value;
        }
        pairs
    });
    let pairs = a.iter_mut().zip(b).zip(c).zip(d);
    for (&pattern, (((a, b), c), d)) in patterns.iter().zip(pairs) {
        [*a, *b, *c, *d] = table[pattern];
    }
}

/// Sites that two neighbouring windows see.
fn seen_by_two(window: &Window) -> usize {
    let [slices, rows] = window.kernel.map(usize::from);
    slices * (rows + 1)
}

fn table(
    (one, middle): (&Conv2d, usize),
    (two, outputs): (&Conv2d, usize),
    codes: [i8; 2],
    constants: Constants<'_>,
) -> Option<Vec<[[i8; 2]; CHANNELS]>> {
    let [slices, rows] = one.window.kernel.map(usize::from);
    let patterns = 1_usize << seen_by_two(&one.window);
    let first = Place::new(one, slices * rows, constants)?;
    let second = Place::new(two, middle, constants)?;
    let mut table = vec![[[0; 2]; CHANNELS]; outputs.div_ceil(CHANNELS) * patterns];
    for pattern in 0..patterns {
        for window in 0..2 {
            let seen = (0..slices).flat_map(|kx| (0..rows).map(move |ky| (kx, ky)));
            let bit = |(kx, ky)| pattern >> (kx * (rows + 1) + ky + window) & 1;
            let seen: Vec<i8> = seen.map(|site| codes[bit(site)]).collect();
            let hidden: Vec<i8> = (0..middle).map(|row| first.output(row, &seen)).collect();
            for channel in 0..outputs {
                let table = &mut table[channel / CHANNELS * patterns + pattern];
                table[channel % CHANNELS][window] = second.output(channel, &hidden);
            }
        }
    }
    Some(table)
}

/// One place of a convolution, in core's arithmetic.
struct Place<'c> {
    weights: WeightRows<'c>,
    bias: CurvesAt<'c>,
    requantise: Requantiser<'c>,
}

impl<'c> Place<'c> {
    fn new(conv2d: &Conv2d, inputs: usize, constants: Constants<'c>) -> Option<Self> {
        Some(Self {
            weights: WeightRows::new(conv2d.weights, inputs, constants)?,
            bias: CurvesAt::new(conv2d.bias, constants, 0)?,
            requantise: Requantiser::new(conv2d.requantise, constants, 0)?,
        })
    }

    fn output(&self, row: usize, seen: &[i8]) -> i8 {
        let sum = self.weights.row(row).dot(seen);
        let sum = sum.wrapping_add(self.bias.get(row));
        self.requantise.row(row).apply(sum)
    }
}
