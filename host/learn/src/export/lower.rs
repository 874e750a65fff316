//! Float layers become integer ones.

use heapless::Vec as List;
use landauer_core::inference::format::{
    Activation, Card, Conv2d, Curves, Dense, Encoder, EncoderRule, Golden, Head, Layer,
    MAX_OUTPUTS, Nodes, Operator, Output, Requantise, Tensor, WeightLayout, Weights,
};
use landauer_core::inference::shape::Shape;
use landauer_core::inference::{Model, Target};
use landauer_core::{BIAS_POINTS, Ensemble, bias_grid};

use super::float::at;
use super::pack::packed;
use super::range::{left_shift, output_step, row_step};
use super::rounding::InputStatistics;
use super::standardised::Standardised;
use super::{Calibration, ExportError, FloatAffine, FloatInput, FloatLayer, FloatNetwork, Program};
use landauer::StripSize;

/// The seed of the golden samples; data sets of this seed are as good as any other's.
const GOLDEN_SEED: u64 = 0x1a9d_a0e5_601d_e900;

/// How many golden samples a file has.
const GOLDEN_SAMPLES: u64 = 4;

/// Units of G0 in a prediction.
pub(super) const UNITS: f64 = 65536.0;

/// Multipliers have 31 bits.
pub(super) const MULTIPLIER_LIMIT: f64 = 2_147_483_647.0;

/// Largest error that straight lines may put in the place of a table over the count, in G0.
pub(super) const TABLE_TOLERANCE: f64 = 2e-4;

/// Bits of the weights of fully connected layers; convolutions and the head always have 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WeightBits {
    /// −127 … 127.
    #[default]
    Int8,
    /// −7 … 7: half the flash.
    Int4,
}

/// What a model file says about where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelLabel {
    /// Its name.
    pub name: String,
    /// The hash of the data it was trained on.
    pub data_hash: [u8; 32],
}

/// Integer weights of one layer and what they stand for.
pub(super) struct Quantised {
    pub(super) weights: Weights,
    /// What an integer of each row stands for.
    pub(super) steps: Vec<f64>,
    /// Σ of the integers of each row.
    pub(super) sums: Vec<i64>,
    /// The most that any row's sum of products with its bias can be.
    pub(super) bound: f64,
    /// In units of input step · row step.
    pub(super) bias: Curves,
}

/// Makes the model file: 8-bit weights with a scale for each output, biases in 32 bits,
/// activations in 0 … 127.
///
/// # Errors
/// A network whose layers do not fit each other, or a file that fails validation: core's loader proves that no
/// sum can overflow.
pub fn lower(
    network: &FloatNetwork,
    calibration: &Calibration,
    bits: WeightBits,
    label: &ModelLabel,
) -> Result<Vec<u8>, ExportError> {
    layers(network, calibration, bits)?.file(network, label)
}

/// Everything of a chain's model file that does not depend on its decoder.
pub(super) struct Layers {
    program: Program,
    encoder: Encoder,
    /// What the head reads.
    last: Tensor,
    head: Quantised,
    /// What 1 of each of the head's sums stands for.
    steps: Vec<f64>,
    arena: usize,
}

impl Layers {
    /// The file, with the decoder of this network.
    pub(super) fn file(
        &self,
        network: &FloatNetwork,
        label: &ModelLabel,
    ) -> Result<Vec<u8>, ExportError> {
        let mut program = self.program.clone();
        let decoded = decode(&mut program, network, self.last, &self.head, &self.steps)?;
        finish(
            &mut program,
            network,
            label,
            self.encoder,
            decoded,
            self.arena,
        )
    }
}

/// Makes the layers of a chain, and its head's weights: all that is rounded.
pub(super) fn layers(
    network: &FloatNetwork,
    calibration: &Calibration,
    bits: WeightBits,
) -> Result<Layers, ExportError> {
    let shapes = network.shapes()?;
    let mut program = Program::default();
    let mut arena = 0;
    let step = |tensor: usize| calibration.steps.get(tensor).copied().unwrap_or(1.0);
    let inputs = |tensor: usize| calibration.inputs.get(tensor)?.as_ref();
    let mut input_step = step(0);
    let input = tensor(0, shapes[0], input_step)?;
    let mut previous = input;
    arena = arena.max(previous.range().end);
    for (number, (layer, &shape)) in network.layers.iter().zip(&shapes[1..]).enumerate() {
        let bits = match layer {
            FloatLayer::Conv2d { .. } => WeightBits::Int8,
            FloatLayer::Dense(_) => bits,
        };
        let inputs = inputs(number);
        let mut quantised = quantise(&mut program, layer.affine(), input_step, bits, inputs);
        let standardised = (number == 0)
            .then(|| Standardised::new(&network.input))
            .flatten();
        let factor = standardised.as_ref().map_or(1.0, Standardised::largest);
        let units = quantised.steps.iter().map(|row| input_step * row * factor);
        let unit = units.fold(0.0, f64::max);
        // A standardised input's mean is taken off in the bias.
        let sums = quantised.sums.iter().map(|sum| sum.unsigned_abs() as f64);
        let means = standardised
            .as_ref()
            .map(|_| sums.fold(0.0, f64::max) / input_step);
        let bound = quantised.bound + means.unwrap_or(0.0);
        let output_step = output_step(step(number + 1), unit, bound);
        let output = tensor(beside(&previous, shape), shape, output_step)?;
        arena = arena.max(output.range().end);
        let factors = quantised.steps.iter();
        let factors: Vec<f64> = factors
            .map(|row_step| input_step * row_step / output_step)
            .collect();
        let requantise = match standardised {
            None => requantise(&mut program, &factors, Activation::Relu),
            Some(input) => {
                quantised.bias = input.bias(&mut program, layer.affine(), &quantised, input_step);
                input.requantise(&mut program, &factors)
            }
        };
        let operator = match layer {
            FloatLayer::Conv2d { window, .. } => Operator::Conv2d(Conv2d {
                input: previous,
                window: *window,
                weights: quantised.weights,
                bias: quantised.bias,
                requantise,
            }),
            FloatLayer::Dense(_) => Operator::Dense(Dense {
                input: previous,
                weights: quantised.weights,
                bias: quantised.bias,
                requantise,
            }),
        };
        program.layers.push(Layer { output, operator });
        (previous, input_step) = (output, output_step);
    }
    let last = network.layers.len();
    let last_step = input_step;
    let quantised = quantise(
        &mut program,
        &network.head,
        last_step,
        WeightBits::Int8,
        inputs(last),
    );
    Ok(Layers {
        encoder: encoder(&mut program, network, input),
        program,
        last: previous,
        steps: quantised.steps.iter().map(|row| row * last_step).collect(),
        head: quantised,
        arena,
    })
}

/// Writes the card and then, with them in it, the golden samples.
pub(super) fn finish(
    program: &mut Program,
    network: &FloatNetwork,
    label: &ModelLabel,
    encoder: Encoder,
    (head, outputs): (Head, List<Output, MAX_OUTPUTS>),
    arena: usize,
) -> Result<Vec<u8>, ExportError> {
    let sites = network.size.length() * network.size.width();
    let counts = if network.disorder.has_impurities() {
        [0, u32::try_from(sites).unwrap_or(u32::MAX)]
    } else {
        [0, 0]
    };
    let mut card = Card {
        name: &label.name,
        crate_version: env!("CARGO_PKG_VERSION"),
        length: extent(network.size.length())?,
        width: extent(network.size.width())?,
        disorder: network.disorder,
        concentration: network.concentration,
        counts,
        outputs,
        data_hash: label.data_hash,
        mirrors: network.mirrors,
        arena: u32::try_from(arena).unwrap_or(u32::MAX),
        encoder,
        head,
        golden: List::new(),
    };
    let untested = program.file(&card)?;
    card.golden = golden(program, &untested)?;
    packed(&program.file(&card)?)
}

/// Runs the golden samples.
fn golden<const N: usize>(
    program: &mut Program,
    bytes: &[u8],
) -> Result<List<Golden, N>, ExportError> {
    let model = Model::parse(bytes).map_err(ExportError::InvalidModel)?;
    let card = model.card();
    let mut all = List::new();
    let Ok(ensemble) = Ensemble::new(card.disorder, card.concentration, GOLDEN_SEED) else {
        return Ok(all);
    };
    let mut onsite = vec![0.0_f64; model.sites()];
    let mut scratch = vec![0; model.scratch_len()];
    let mut outputs = vec![0; card.outputs.len()];
    for sample in 0..GOLDEN_SAMPLES {
        ensemble.sample(sample).fill_onsite(&mut onsite);
        let width = usize::from(card.width);
        let predicted = model.predict_q16(&onsite, width, &mut scratch, &mut outputs);
        predicted.map_err(ExportError::InvalidModel)?;
        let golden = Golden {
            seed: GOLDEN_SEED,
            sample,
            outputs: program.integers(&outputs),
        };
        // A file has room for more than these.
        let _ = all.push(golden);
    }
    Ok(all)
}

/// Where a tensor of this shape can lie without touching its input: before it, or else behind it.
pub(super) fn beside(input: &Tensor, shape: Shape) -> usize {
    let input = input.range();
    if shape.len() <= input.start {
        0
    } else {
        input.end.next_multiple_of(4)
    }
}

pub(super) fn extent(number: usize) -> Result<u16, ExportError> {
    u16::try_from(number).map_err(|_| ExportError::Layer {
        layer: "the network".to_owned(),
        problem: "an extent is larger than 65535",
    })
}

pub(super) fn tensor(offset: usize, shape: Shape, step: f64) -> Result<Tensor, ExportError> {
    Ok(Tensor {
        offset: u32::try_from(offset).unwrap_or(u32::MAX),
        channels: extent(shape.channels)?,
        slices: extent(shape.slices)?,
        rows: extent(shape.rows)?,
        #[allow(clippy::cast_possible_truncation, reason = "for readers only")]
        scale: step as f32,
    })
}

/// The nearest integer, clamped to ±`largest`.
pub(super) fn nearest(value: f64, largest: f64) -> i32 {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "clamped, and a cast from a float saturates"
    )]
    {
        value.round().clamp(-largest, largest) as i32
    }
}

/// Rounds the weights of each row to the steps of the integers, so that their errors make up
/// for each other if it is known how the inputs vary; its bias to units of the row's sums.
fn quantise(
    program: &mut Program,
    affine: &FloatAffine,
    input_step: f64,
    bits: WeightBits,
    inputs: Option<&InputStatistics>,
) -> Quantised {
    let largest = match bits {
        WeightBits::Int8 => 127.0,
        WeightBits::Int4 => 7.0,
    };
    let length = affine.weights.len() / affine.outputs.max(1);
    let mut bytes = Vec::with_capacity(affine.weights.len());
    let (mut steps, mut sums, mut biases) = (Vec::new(), Vec::new(), Vec::new());
    let mut bound = 0.0;
    for (row, &bias) in affine.weights.chunks_exact(length.max(1)).zip(&affine.bias) {
        let bias = f64::from(bias);
        let step = row_step(best_step(row, bits, largest), bias, input_step);
        let (integers, lost) = if let Some(inputs) = inputs {
            inputs.round(row, step, largest)
        } else {
            let nearest = row.iter().map(|&w| nearest(f64::from(w) / step, largest));
            (nearest.collect(), 0.0)
        };
        sums.push(integers.iter().copied().map(i64::from).sum());
        let products: f64 = integers.iter().map(|&w| f64::from(w.abs())).sum();
        push(&mut bytes, integers.into_iter(), bits);
        steps.push(step);
        let bias = nearest((bias + lost) / (step * input_step), MULTIPLIER_LIMIT);
        bound = f64::max(bound, f64::from(bias.abs()) + 127.0 * products);
        biases.push(bias);
    }
    let weights = Weights {
        layout: WeightLayout::RowMajor,
        bits: match bits {
            WeightBits::Int8 => 8,
            WeightBits::Int4 => 4,
        },
        data: program.bytes(&bytes),
    };
    Quantised {
        weights,
        steps,
        sums,
        bound,
        bias: program.constants(&biases),
    }
}

/// What one integer of a row stands for, if nothing else is to be considered; 0 for a row of zeros. With
/// few bits it pays to clamp the largest weights.
fn best_step(row: &[f32], bits: WeightBits, largest: f64) -> f64 {
    let most = row
        .iter()
        .fold(0.0_f64, |most, &w| most.max(f64::from(w.abs())));
    if most == 0.0 || bits == WeightBits::Int8 {
        return most / largest;
    }
    let error = |step: f64| {
        let errors = row.iter().map(|&weight| {
            let weight = f64::from(weight);
            (weight - f64::from(nearest(weight / step, largest)) * step).powi(2)
        });
        errors.sum::<f64>()
    };
    let steps = (40..=100).map(|percent| most / largest * f64::from(percent) / 100.0);
    let best = steps.min_by(|&a, &b| error(a).total_cmp(&error(b)));
    best.unwrap_or(most / largest)
}

/// Appends a row of weights; two to a byte if they have 4 bits, the first in the lower half.
fn push(bytes: &mut Vec<u8>, integers: impl Iterator<Item = i32>, bits: WeightBits) {
    #[allow(clippy::cast_possible_truncation, reason = "clamped to ±127 or ±7")]
    let integers = integers.map(|integer| (integer as i8).cast_unsigned());
    match bits {
        WeightBits::Int8 => bytes.extend(integers),
        WeightBits::Int4 => {
            let integers: Vec<u8> = integers.map(|integer| integer & 15).collect();
            let pairs = integers.chunks(2);
            bytes.extend(pairs.map(|pair| pair[0] | pair.get(1).map_or(0, |high| high << 4)));
        }
    }
}

/// Multipliers of 32 bits behind the point, and the shift that the largest needs.
pub(super) fn multipliers(factors: &[f64]) -> (Vec<i32>, u8) {
    let (left, unit) = left_shift(factors.iter().copied().fold(0.0, f64::max));
    let multipliers = factors.iter();
    let multipliers = multipliers.map(|factor| nearest(factor * unit, MULTIPLIER_LIMIT).max(1));
    (multipliers.collect(), left)
}

pub(super) fn requantise(
    program: &mut Program,
    factors: &[f64],
    activation: Activation,
) -> Requantise {
    let (multipliers, left) = multipliers(factors);
    Requantise {
        multiplier: program.constants(&multipliers),
        left,
        activation,
    }
}

pub(super) fn encoder(program: &mut Program, network: &FloatNetwork, output: Tensor) -> Encoder {
    let step = f64::from(output.scale);
    let rule = match &network.input {
        FloatInput::Species(values) | FloatInput::Standardised { values, .. } => {
            let codes = values.iter().map(|&value| {
                // Whole integers, in units of 2⁻¹⁶.
                nearest(f64::from(value) / step, 127.0) << 16
            });
            let codes: Vec<i32> = codes.collect();
            EncoderRule::Species(program.constants(&codes))
        }
        FloatInput::Onsite { factor, .. } => {
            #[allow(clippy::cast_possible_truncation, reason = "the encoder's precision")]
            let scale = (f64::from(*factor) / step) as f32;
            EncoderRule::Onsite {
                // Without disorder every on-site energy is 0, whatever it is multiplied by.
                scale: if scale > 0.0 { scale } else { 1.0 },
            }
        }
    };
    Encoder { output, rule }
}

/// The decoder: centre and scale over the impurity count, in units of G0/65536.
pub(super) fn decode(
    program: &mut Program,
    network: &FloatNetwork,
    input: Tensor,
    quantised: &Quantised,
    steps: &[f64],
) -> Result<(Head, List<Output, MAX_OUTPUTS>), ExportError> {
    let decoder = &network.decoder;
    let sites = network.size.length() * network.size.width();
    let tables: Vec<_> = decoder.centre.iter().chain(&decoder.scale).collect();
    let constant = tables.iter().all(|table| table.len() <= 1);
    let step = if constant {
        None
    } else {
        Some(node_step(&tables, sites, TABLE_TOLERANCE))
    };
    let nodes = step.map_or(1, |step| (sites >> step) + 2);
    let count = |node: usize| step.map_or(0, |step| (node << step).min(sites));
    let per_target = |tables: &[Vec<f64>], unit: &dyn Fn(usize) -> f64| {
        let numbers = tables.iter().enumerate().flat_map(|(target, table)| {
            let unit = unit(target);
            (0..nodes).map(move |node| nearest(at(table, count(node)) * unit, MULTIPLIER_LIMIT))
        });
        numbers.collect::<Vec<i32>>()
    };
    let centre = per_target(&decoder.centre, &|_| UNITS);
    // Each target's scale with as many bits as its largest value leaves.
    let shifts = decoder.scale.iter().zip(steps).map(|(table, step)| {
        let largest = table.iter().copied().fold(0.0, f64::max) * step * UNITS;
        let bits = (MULTIPLIER_LIMIT / largest.max(f64::MIN_POSITIVE)).log2();
        // The product with the sum must stay below 2⁶², which the loader proves.
        nearest(bits.floor().clamp(1.0, 40.0), 40.0)
    });
    let shifts: Vec<i32> = shifts.collect();
    let scale = per_target(&decoder.scale, &|target| {
        steps[target] * UNITS * 2_f64.powi(shifts[target])
    });
    let mut outputs = List::new();
    for (&target, &shift) in network.targets.iter().zip(&shifts) {
        let output = Output {
            target,
            ceiling: ceiling(target, network.size),
            shift: u8::try_from(shift).unwrap_or(1),
        };
        outputs.push(output).map_err(|_| ExportError::Layer {
            layer: network.head.name.clone(),
            problem: "it has more outputs than a model file can hold",
        })?;
    }
    let mut curves = |numbers: &[i32]| {
        let nodes = Nodes {
            nodes: u16::try_from(nodes).unwrap_or(u16::MAX),
            step: step.unwrap_or(0),
            values: program.integers(numbers),
        };
        let curves = u32::try_from(network.targets.len()).unwrap_or(u32::MAX);
        Curves::lines(curves, nodes)
    };
    let head = Head {
        input,
        weights: quantised.weights,
        bias: quantised.bias,
        centre: curves(&centre),
        scale: curves(&scale),
    };
    Ok((head, outputs))
}

/// The base-2 logarithm of the widest distance of nodes whose straight lines are close to all of
/// the tables.
pub(super) fn node_step(tables: &[&Vec<f64>], sites: usize, tolerance: f64) -> u8 {
    let close = |step: u8| {
        let width = 1_usize << step;
        tables.iter().all(|table| {
            (0..=sites).all(|count| {
                let (node, beyond) = (count & !(width - 1), count & (width - 1));
                let next = (node + width).min(sites);
                let rise = at(table, next) - at(table, node);
                let line = at(table, node) + rise * beyond as f64 / width as f64;
                (line - at(table, count)).abs() <= tolerance
            })
        })
    };
    (1..=6).rev().find(|&step| close(step)).unwrap_or(0)
}

/// The propagating modes of the leads, in units of G0/65536: the most that can be transmitted.
fn ceiling(target: Target, size: StripSize) -> i32 {
    let open = |energy: f64| {
        let modes = 1..=size.width();
        let thresholds = modes.map(|mode| {
            let angle = std::f64::consts::PI * mode as f64 / (size.width() + 1) as f64;
            2.0 * angle.cos()
        });
        thresholds
            .filter(|mode| (energy - mode).abs() < 2.0)
            .count() as f64
    };
    let modes = match target {
        Target::BiasAverage { bias } => {
            let energies = bias_grid(bias);
            energies.into_iter().map(open).sum::<f64>() / BIAS_POINTS as f64
        }
        _ => open(target.energy()),
    };
    nearest(modes * UNITS, MULTIPLIER_LIMIT)
}
