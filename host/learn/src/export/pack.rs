//! The same network as faster kernels read it, with the same bits.
//!
//! [`packed`] changes three things, each only where what it needs is proven:
//!
//! - two first convolutions of 2×2 windows over sites that are one of two integers become a
//!   [`Patterns`] table, computed here with core's own rounding for each of the sixteen windows;
//! - weights of dense layers and convolutions with four rows or more lie
//!   [`Interleaved`](WeightLayout::Interleaved). In 8 bits any weights may; in 4 bits the sums must
//!   stay below 2²⁷;
//! - a chain's tensors move together: tensors that the table made superfluous need no room.
//!
//! A model that has been packed before stays as it is.

use std::collections::HashMap;

use landauer_core::inference::Model;
use landauer_core::inference::constants::Constants;
use landauer_core::inference::curves::CurvesAt;
use landauer_core::inference::format::{
    Card, Conv2d, Curves, EncoderRule, Layer, Operator, Patterns, Span, WeightLayout, Weights,
    Window,
};
use landauer_core::inference::quantize::{Requantiser, from_q16};
use landauer_core::inference::weights::{BLOCK_ROWS, Bits, WeightRows, interleave};

use super::lower::beside;
use super::{ExportError, Program, spans};

/// Two by two, side by side.
const WINDOW: Window = Window {
    kernel: [2, 2],
    stride: [2, 2],
    padding: [0, 0],
};

/// Patterns of a window of two-valued sites.
const PATTERNS: usize = 16;

/// Interleaved 4-bit rows must have 127·Σ|w| below this.
const LIMIT_4: i64 = 1 << 27;

/// The bytes of a model, packed; what it predicts stays the same.
///
/// # Errors
/// None for the file of a model that core accepts.
pub fn packed(bytes: &[u8]) -> Result<Vec<u8>, ExportError> {
    let model = Model::parse(bytes).map_err(ExportError::InvalidModel)?;
    let mut card = model.card().clone();
    let mut layers: Vec<Layer> = model.layers().collect();
    let mut packer = Packer {
        old: model.constants(),
        all: Program::of(model.constants().as_bytes()),
    };
    if is_chain(&card, &layers) {
        if let Some(table) = packer.two_valued(&mut card, &layers) {
            layers.splice(..2, [table]);
        }
        arrange(&mut card, &mut layers);
    }
    for layer in &mut layers {
        packer.interleave(layer);
    }
    // Only constants that are still used.
    let mut program = Program::default();
    let constants = Constants::new(packer.all.bytes_so_far());
    let mut moved = HashMap::new();
    spans::visit(&mut card, &mut layers, &mut |span: &mut Span| {
        let length = span.length;
        *span = *moved.entry((span.offset, length)).or_insert_with(|| {
            // Core has accepted every span.
            program.bytes(constants.bytes(*span).unwrap_or(&[]))
        });
    });
    program.layers = layers;
    program.file(&card)
}

/// A model being rewritten.
struct Packer<'m> {
    /// The constants of the model as it was.
    old: Constants<'m>,
    /// The same, and those that are new.
    all: Program,
}

/// Does every layer read just what the one before it wrote, and the head what the last one did?
fn is_chain(card: &Card<'_>, layers: &[Layer]) -> bool {
    let mut previous = &card.encoder.output;
    for layer in layers {
        let mut inputs = layer.operator.inputs();
        if (inputs.next(), inputs.next()) != (Some(previous), None) {
            return false;
        }
        previous = &layer.output;
    }
    let head = &card.head.input;
    head.offset == previous.offset && head.shape().len() == previous.shape().len()
}

/// Gives the tensors of a chain their places.
fn arrange(card: &mut Card<'_>, layers: &mut [Layer]) {
    card.encoder.output.offset = 0;
    let mut previous = card.encoder.output;
    let mut arena = previous.range().end;
    for layer in layers {
        let place = beside(&previous, layer.output.shape());
        layer.output.offset = u32::try_from(place).unwrap_or(u32::MAX);
        // A chain's layer reads one tensor.
        for input in layer.operator.inputs_mut() {
            input.offset = previous.offset;
        }
        previous = layer.output;
        arena = arena.max(previous.range().end);
    }
    card.head.input.offset = previous.offset;
    card.arena = u32::try_from(arena).unwrap_or(u32::MAX);
}

impl Packer<'_> {
    /// The table that does what the first two layers do, if they are such convolutions and nothing in
    /// them depends on the impurity count; the sites become 0 and 1.
    fn two_valued(&mut self, card: &mut Card<'_>, layers: &[Layer]) -> Option<Layer> {
        let [first, second, ..] = layers else {
            return None;
        };
        let (Operator::Conv2d(one), Operator::Conv2d(two)) = (&first.operator, &second.operator)
        else {
            return None;
        };
        let EncoderRule::Species(codes) = card.encoder.rule else {
            return None;
        };
        let constant = [codes, one.bias, one.requantise.multiplier, two.bias];
        let fits = card.disorder.species_energies().len() == 1
            && one.input.channels == 1
            && [one.window, two.window] == [WINDOW; 2]
            && constant.iter().all(Curves::is_constant);
        if !fits {
            return None;
        }
        let codes = CurvesAt::new(codes, self.old, 0)?;
        let codes = [from_q16(codes.get(0)), from_q16(codes.get(1))];
        let table = self.table((one, first), (two, second), codes)?;
        let patterns = Patterns {
            input: one.input,
            table: self.all.integers(&table),
            requantise: two.requantise,
        };
        card.encoder.rule = EncoderRule::Species(self.all.constants(&[0, 1 << 16]));
        Some(Layer {
            output: second.output,
            operator: Operator::Patterns(patterns),
        })
    }

    /// `[place, pattern, out]`.
    fn table(
        &self,
        (one, first): (&Conv2d, &Layer),
        (two, second): (&Conv2d, &Layer),
        codes: [i8; 2],
    ) -> Option<Vec<i32>> {
        let (middle, outputs) = (
            first.output.shape().channels,
            second.output.shape().channels,
        );
        let windows = self.windows(one, middle, codes)?;
        let weights = WeightRows::new(two.weights, 4 * middle, self.old)?;
        let weights: Vec<Vec<i8>> = (0..outputs)
            .map(|row| weights.row(row).weights().collect())
            .collect();
        let bias = CurvesAt::new(two.bias, self.old, 0)?;
        let mut table = Vec::with_capacity(4 * PATTERNS * outputs);
        for place in 0..4 {
            for window in &windows {
                for (output, weights) in weights.iter().enumerate() {
                    // [in, kx, ky]
                    let weights = weights.iter().skip(place).step_by(4);
                    let products = weights
                        .zip(window)
                        .map(|(&w, &v)| i32::from(w) * i32::from(v));
                    let bias = if place == 0 { bias.get(output) } else { 0 };
                    table.push(products.fold(bias, i32::wrapping_add));
                }
            }
        }
        Some(table)
    }

    /// What the first convolution makes of each of the sixteen windows, `[pattern][channel]`.
    fn windows(&self, conv2d: &Conv2d, channels: usize, codes: [i8; 2]) -> Option<Vec<Vec<i8>>> {
        let weights = WeightRows::new(conv2d.weights, 4, self.old)?;
        let bias = CurvesAt::new(conv2d.bias, self.old, 0)?;
        let requantise = Requantiser::new(conv2d.requantise, self.old, 0)?;
        let windows = (0..PATTERNS).map(|pattern| {
            let sites = [0, 1, 2, 3].map(|site| codes[pattern >> site & 1]);
            let channels = (0..channels).map(|channel| {
                let products = weights.row(channel).dot(&sites);
                let sum = products.wrapping_add(bias.get(channel));
                requantise.row(channel).apply(sum)
            });
            channels.collect()
        });
        Some(windows.collect())
    }

    /// Interleaves a layer's weights, where that is possible and pays.
    fn interleave(&mut self, layer: &mut Layer) {
        let rows = usize::from(layer.output.channels);
        let (weights, length) = match &mut layer.operator {
            Operator::Conv2d(conv2d) => {
                let length = usize::from(conv2d.input.channels) * conv2d.window.area();
                (&mut conv2d.weights, length)
            }
            Operator::Dense(dense) => {
                let length = dense.input.shape().len();
                (&mut dense.weights, length)
            }
            _ => return,
        };
        if rows < BLOCK_ROWS || weights.layout != WeightLayout::RowMajor {
            return;
        }
        let constants = Constants::new(self.all.bytes_so_far());
        let Some(found) = WeightRows::new(*weights, length, constants) else {
            return;
        };
        let sum = |row| {
            found
                .row(row)
                .weights()
                .map(|w| 127 * i64::from(w.abs()))
                .sum()
        };
        let largest: i64 = (0..rows).map(sum).max().unwrap_or(0);
        let bits = found.bits();
        if bits == Bits::Four && largest >= LIMIT_4 {
            return;
        }
        let bytes = constants.bytes(weights.data).unwrap_or(&[]);
        let bytes: Vec<u8> = interleave(bits, bytes, bytes.len() / rows).collect();
        *weights = Weights {
            layout: WeightLayout::Interleaved,
            data: self.all.bytes(&bytes),
            ..*weights
        };
    }
}
