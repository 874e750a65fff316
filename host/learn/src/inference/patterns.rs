//! Two convolutions of strips whose sites are only empty or not: a table, made here or brought by
//! the model file.
//!
//! What a window of 2x2 sites makes the first convolution give is one of 16 vectors, and what four
//! windows add to the second's sums is one of 16 vectors for each of the four places. They are
//! computed once, in core's arithmetic.

use landauer_core::inference::Model;
use landauer_core::inference::constants::Constants;
use landauer_core::inference::curves::CurvesAt;
use landauer_core::inference::format::{Conv2d, EncoderRule, Layer, Operator, Window};
use landauer_core::inference::quantize::{Requantiser, from_q16};
use landauer_core::inference::shape::Shape;
use landauer_core::inference::weights::WeightRows;

use super::kernels::{Kernels, LANES, PATTERNS, PatternParts, Patterns, Spread};
use super::rows::PackedRounding;
use super::sites::Slices;
use super::values::Lie;
use super::windows::{Order, put};

/// Two by two sites, side by side.
const WINDOW: Window = Window {
    kernel: [2, 2],
    stride: [2, 2],
    padding: [0, 0],
};

/// The table.
#[derive(Debug, Clone)]
pub(super) struct PatternTable {
    kernels: Kernels,
    output: Shape,
    /// A vector of sums after the other.
    table: Vec<PatternParts>,
    rounding: PackedRounding,
}

impl PatternTable {
    /// The table of the first two layers; none if they are not such convolutions.
    pub(super) fn new(
        kernels: Kernels,
        model: &Model<'_>,
        first: &Layer,
        second: &Layer,
    ) -> Option<Self> {
        let (card, constants) = (model.card(), model.constants());
        let EncoderRule::Species(codes) = card.encoder.rule else {
            return None;
        };
        let (Operator::Conv2d(one), Operator::Conv2d(two)) = (&first.operator, &second.operator)
        else {
            return None;
        };
        let fits = codes.is_constant()
            && one.input == card.encoder.output
            && one.input.channels == 1
            && two.input == first.output
            && [one.window, two.window] == [WINDOW; 2]
            && [
                one.bias,
                one.requantise.multiplier,
                two.bias,
                two.requantise.multiplier,
            ]
            .into_iter()
            .all(|curves| curves.is_constant());
        if !fits {
            return None;
        }
        let codes = CurvesAt::new(codes, constants, 0)?;
        let codes = [from_q16(codes.get(0)), from_q16(codes.get(1))];
        let output = second.output.shape();
        Some(Self {
            kernels,
            output,
            table: table(one, first.output.shape(), two, output, codes, constants)?,
            rounding: {
                let rows = (0, output.channels);
                PackedRounding::new(two.requantise, rows, Lie::Lanes, constants)?
            },
        })
    }

    /// The table of a layer that is one already; none if it is not, or if the sites' codes or its
    /// multipliers depend on the count.
    pub(super) fn of_layer(kernels: Kernels, model: &Model<'_>, layer: &Layer) -> Option<Self> {
        let (card, constants) = (model.card(), model.constants());
        let (EncoderRule::Species(codes), Operator::Patterns(patterns)) =
            (card.encoder.rule, &layer.operator)
        else {
            return None;
        };
        let constant = codes.is_constant() && patterns.requantise.multiplier.is_constant();
        if !constant || patterns.input != card.encoder.output {
            return None;
        }
        let codes = CurvesAt::new(codes, constants, 0)?;
        // What the layer looks at is the lowest bit of a code.
        let bits = [0, 1].map(|species| usize::from(from_q16(codes.get(species)) & 1 != 0));
        let output = layer.output.shape();
        let sums: Vec<i32> = constants.integers(patterns.table)?.collect();
        let mut table = vec![[[[0; LANES]; PATTERNS]; 4]; output.channels.div_ceil(LANES)];
        for channel in 0..output.channels {
            for (place, table) in table[channel / LANES].iter_mut().enumerate() {
                for (pattern, sums_of_pattern) in table.iter_mut().enumerate() {
                    let seen = (0..4).map(|site| bits[pattern >> site & 1] << site);
                    let row = place * PATTERNS + seen.sum::<usize>();
                    sums_of_pattern[channel % LANES] =
                        *sums.get(row * output.channels + channel)?;
                }
            }
        }
        let rows = (0, output.channels);
        Some(Self {
            kernels,
            output,
            table,
            rounding: PackedRounding::new(patterns.requantise, rows, Lie::Lanes, constants)?,
        })
    }

    /// The second convolution's output for the windows of a strip. `room` may serve to sort it.
    pub(super) fn run(&self, slices: &Slices, order: Order, room: &mut Vec<i8>, output: &mut [i8]) {
        let multipliers = Spread::for_all_rows(self.rounding.multipliers.fixed());
        let rounding = self.rounding.with(multipliers);
        let Shape { channels, rows, .. } = self.output;
        let width = self.table.len() * LANES;
        let in_place = order == Order::ChannelLast && channels == width;
        let words = slices.seen().as_chunks::<4>().0.iter();
        for (x, &words) in words.enumerate().take(self.output.slices) {
            let patterns = Patterns {
                words,
                places: rows,
                table: &self.table,
            };
            if in_place {
                let output = &mut output[x * rows * width..][..rows * width];
                self.kernels.look_up(patterns, rounding, output);
                self.rounding.look_up(output);
                continue;
            }
            room.resize(rows * width, 0);
            self.kernels.look_up(patterns, rounding, room);
            self.rounding.look_up(room);
            for (y, outputs) in room.chunks_exact(width).enumerate() {
                let outputs = &outputs[..channels];
                put(order, self.output, x * rows + y, 0, outputs, output);
            }
        }
    }
}

fn table(
    one: &Conv2d,
    middle: Shape,
    two: &Conv2d,
    output: Shape,
    codes: [i8; 2],
    constants: Constants<'_>,
) -> Option<Vec<PatternParts>> {
    let first = first_outputs(one, middle.channels, codes, constants)?;
    let weights = WeightRows::new(two.weights, 4 * middle.channels, constants)?;
    let bias = CurvesAt::new(two.bias, constants, 0)?;
    let vectors = output.channels.div_ceil(LANES);
    let mut table = vec![[[[0; LANES]; PATTERNS]; 4]; vectors];
    for channel in 0..output.channels {
        let weights: Vec<i8> = weights.row(channel).weights().collect();
        for (part, table) in table[channel / LANES].iter_mut().enumerate() {
            for (pattern, inputs) in first.iter().enumerate() {
                let mut sum = if part == 0 { bias.get(channel) } else { 0 };
                // [input, kx, ky]
                let weights = weights.iter().skip(part).step_by(4);
                for (&weight, &input) in weights.zip(inputs) {
                    sum = sum.wrapping_add(i32::from(weight) * i32::from(input));
                }
                table[pattern][channel % LANES] = sum;
            }
        }
    }
    Some(table)
}

/// What the first convolution gives for each pattern, `[pattern][channel]`.
fn first_outputs(
    conv2d: &Conv2d,
    channels: usize,
    codes: [i8; 2],
    constants: Constants<'_>,
) -> Option<Vec<Vec<i8>>> {
    let weights = WeightRows::new(conv2d.weights, 4, constants)?;
    let bias = CurvesAt::new(conv2d.bias, constants, 0)?;
    let requantise = Requantiser::new(conv2d.requantise, constants, 0)?;
    let outputs = (0..PATTERNS).map(|pattern| {
        let sites = [0, 1, 2, 3].map(|site| codes[pattern >> site & 1]);
        let channels = (0..channels).map(|channel| {
            let sum = weights
                .row(channel)
                .dot(&sites)
                .wrapping_add(bias.get(channel));
            requantise.row(channel).apply(sum)
        });
        channels.collect()
    });
    Some(outputs.collect())
}
