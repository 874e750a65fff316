//! A spectral network becomes integers.

use heapless::Vec as List;
use landauer_core::inference::format::{
    Activation, Axis, AxisLinear, Conv2d, Curves, Dense, Layer, Mirrors, Nodes, Operator, Pair,
    Product, Requantise, Rescale, Separable, Tensor, WeightLayout, Weights, Window,
};
use landauer_core::inference::quantize::rescale;
use landauer_core::inference::shape::Shape;

use super::super::lower::{
    MULTIPLIER_LIMIT, Quantised, decode, encoder, extent, finish, nearest, requantise, tensor,
};
use super::super::range::{MAX_BIAS, MIN_STEP, left_shift, output_step, row_step};
use super::super::{
    ExportError, FloatAffine, FloatInput, FloatNetwork, Line, Lowered, ModelLabel, Program,
};
use super::curves::{Counts, mixtures};
use super::float::{gelu, mixture, scale};
use super::{FloatSpectral, SpectralCalibration};
use crate::training::fast::spectral::LOWEST_MODE;

/// The largest integer of a weight or an activation.
const MAX_INTEGER: f64 = 127.0;

/// The largest of the readout's inner sums.
const MAX_INNER: f64 = 32767.0;

/// The least of what the inner sums of any mode get of their range.
const MIN_SHARE: f64 = 1.0 / 4096.0;

/// Entry 0 of a table is that of −128.
const FIRST_ENTRY: f64 = 128.0;

/// The least step of the modes: their products count in its square, and the 1 that is taken off a
/// square must be no more than 2³⁰ of these.
const MIN_MODE_STEP: f64 = 3.1e-5;

/// The most that an empty neighbourhood's value may be away from the middle of its map, in units of half
/// the map's range.
const FARTHEST: f64 = 1024.0;

/// What offsets count in.
const OFFSET_UNITS: f64 = 65536.0;

/// Makes the model file.
///
/// # Errors
/// A network that is not whole, one that is too large for a model file, or one that core refuses:
/// its loader proves that no sum can overflow.
pub fn lower_spectral(
    network: &FloatSpectral,
    calibration: &SpectralCalibration,
    label: &ModelLabel,
) -> Result<Lowered, ExportError> {
    network.check()?;
    let counts = Counts {
        largest: network.largest_count(),
        sites: network.shape.sites(),
    };
    let mut program = Program::default();
    let basis = counts.basis(&mut program);
    let mut lowering = Lowering {
        network,
        calibration,
        counts,
        basis,
        program,
        tensors: Vec::new(),
        across_steps: Vec::new(),
        mode_steps: Vec::new(),
        product_steps: Vec::new(),
    };
    let bytes = lowering.file(label)?;
    Ok(Lowered {
        bytes,
        tensors: lowering.tensors,
    })
}

struct Lowering<'n> {
    network: &'n FloatSpectral,
    calibration: &'n SpectralCalibration,
    counts: Counts,
    basis: Nodes,
    program: Program,
    /// What the integers of every tensor so far stand for.
    tensors: Vec<Vec<Line>>,
    /// The steps of the lines that are transformed across, `[channel]`.
    across_steps: Vec<f64>,
    /// Those of the modes, `[channel, mode along]`.
    mode_steps: Vec<f64>,
    /// Those of the products, `[pair, mode along]`.
    product_steps: Vec<f64>,
}

/// Where tensors lie in the arena.
struct Places {
    /// The codes, and the local maps behind them.
    maps: usize,
    hidden: usize,
    halfway: usize,
    modes: usize,
    products: usize,
    features: usize,
    active: usize,
    end: usize,
}

impl Places {
    /// Maps, then hidden maps; transformed halfway in the place of hidden ones, modes in that of
    /// maps, and products in that of what was halfway.
    fn new(network: &FloatSpectral) -> Self {
        let shape = &network.shape;
        let plane = shape.sites();
        let channels = shape.channels();
        let features = (channels + channels.max(shape.products())) * plane;
        let features = features.next_multiple_of(4);
        let active = (features + shape.units + channels).next_multiple_of(4);
        Self {
            maps: 0,
            hidden: channels * plane,
            halfway: channels * plane,
            modes: 0,
            products: channels * plane,
            features,
            active,
            end: (active + shape.head).max((channels + shape.hidden) * plane),
        }
    }
}

impl Lowering<'_> {
    fn file(&mut self, label: &ModelLabel) -> Result<Vec<u8>, ExportError> {
        let network = self.network;
        let shape = &network.shape;
        let places = Places::new(network);
        // What a chain has in common with it.
        let common = FloatNetwork {
            size: network.size(),
            disorder: network.disorder,
            concentration: network.concentration,
            targets: network.targets.clone(),
            input: FloatInput::Species(network.values.clone()),
            layers: Vec::new(),
            head: FloatAffine {
                name: "output".to_owned(),
                outputs: network.targets.len(),
                weights: Vec::new(),
                bias: Vec::new(),
            },
            decoder: network.decoder.clone(),
            mirrors: Mirrors::None,
        };
        let values = network.values.iter();
        let largest = values.fold(0.0_f64, |most, &value| most.max(f64::from(value.abs())));
        let code = step(largest);
        let input = self.map(places.maps, 1, code)?;
        let encoder = encoder(&mut self.program, &common, input);
        let mut lines = vec![Line::through_zero(code)];
        self.tensors.push(lines.clone());
        if shape.local > 0 {
            lines.extend(self.local_maps(&places, input)?);
        }
        let halfway = self.transform_across(&places, &lines)?;
        let modes = self.transform_along(&places, halfway)?;
        let products = self.products(&places, modes)?;
        let units = self.units(&places, products)?;
        self.lowest_modes(&places, modes)?;
        let table = self.hidden_layer(&places, units)?;
        let (quantised, steps) = self.output_layer(table);
        let active = Shape {
            channels: shape.head,
            slices: 1,
            rows: 1,
        };
        let active = tensor(places.active, active, table.output.step)?;
        let decoded = decode(&mut self.program, &common, active, &quantised, &steps)?;
        finish(
            &mut self.program,
            &common,
            label,
            encoder,
            decoded,
            places.end,
        )
    }

    /// This many maps of the strip, at a position.
    fn map(&self, place: usize, channels: usize, step: f64) -> Result<Tensor, ExportError> {
        let shape = Shape {
            channels,
            slices: self.network.shape.length,
            rows: self.network.shape.width,
        };
        tensor(place, shape, step)
    }

    /// One more layer, and what the integers that it writes stand for.
    fn push(&mut self, output: Tensor, operator: Operator, lines: Vec<Line>) {
        self.program.layers.push(Layer { output, operator });
        self.tensors.push(lines);
    }

    /// Maps that see a site with its neighbours, before their mean is taken off.
    fn local_maps(&mut self, places: &Places, input: Tensor) -> Result<Vec<Line>, ExportError> {
        let (shape, layout) = (&self.network.shape, self.network.shape.layout());
        let code = f64::from(input.scale);
        let kernels = (0..shape.hidden).map(|channel| self.network.kernel(channel).to_vec());
        let biases = self.network.parameters(layout.kernel_bias);
        let kernels = Rows::with_biases(kernels.collect(), &biases, code);
        let biases = biases.iter().zip(&kernels.steps);
        let biases = biases.map(|(bias, row)| nearest(bias / (row * code), MULTIPLIER_LIMIT));
        let biases: Vec<i32> = biases.collect();
        let most = kernels.bound(MAX_INTEGER) + largest_of(&biases);
        let hidden_steps = kernels.steps.iter().zip(&self.calibration.hidden);
        let hidden_steps: Vec<f64> = hidden_steps
            .map(|(row, &hidden)| output_step(step(hidden), row * code, most))
            .collect();
        let factors = kernels.steps.iter().zip(&hidden_steps);
        let factors: Vec<f64> = factors.map(|(row, hidden)| row * code / hidden).collect();
        let hidden = self.map(places.hidden, shape.hidden, 1.0)?;
        let conv = Conv2d {
            input,
            window: window(3),
            weights: kernels.store(&mut self.program),
            bias: self.program.constants(&biases),
            requantise: requantise(&mut self.program, &factors, Activation::Relu),
        };
        let lines = hidden_steps.iter().copied().map(Line::through_zero);
        self.push(hidden, Operator::Conv2d(conv), lines.collect());

        // The integers that an empty neighbourhood gives: most sites of a weakly disordered strip.
        let multipliers = kernels.steps.iter().zip(&hidden_steps);
        let empty = biases
            .iter()
            .zip(multipliers)
            .map(|(&bias, (row, hidden))| {
                let (left, unit) = left_shift(row * code / hidden);
                let multiplier = nearest(row * code / hidden * unit, MULTIPLIER_LIMIT);
                f64::from(rescale(bias, left, multiplier).clamp(0, 127))
            });
        let empty: Vec<f64> = empty.collect();
        let mix = self.network.parameters(layout.mix);
        let row = |channel| {
            let mix = mix.iter().skip(channel).step_by(shape.local);
            mix.zip(&hidden_steps).map(|(w, step)| w * step).collect()
        };
        let mixes = Rows::new((0..shape.local).map(row).collect());
        let bias = self.network.parameters(shape.layout().kernel_bias);
        let means = self.network.curves(shape.layout().mean, shape.local);
        let mut lines = Vec::new();
        let (mut biases, mut factors) = (Vec::new(), Vec::new());
        for (channel, &[low, high]) in self.calibration.local.iter().enumerate() {
            let row = mixes.integers[channel].iter();
            let bound: f64 = row.clone().map(|w| MAX_INTEGER * f64::from(w.abs())).sum();
            // A map that is the same everywhere gets the range of whatever it could be.
            let half = if high > low {
                (high - low) / 2.0
            } else {
                mixes.steps[channel] * bound
            };
            let mix = mix.iter().skip(channel).step_by(shape.local);
            let exact: f64 = mix.zip(&bias).map(|(w, b)| w * b.max(0.0)).sum();
            let away = (exact - f64::midpoint(low, high)).abs();
            // What an integer of 0 stands for, less the mean, goes into a bias of the next layer, once
            // for each site of a slice.
            let beside = means[channel].iter().chain([&exact, &low, &high]);
            let beside = beside.fold(0.0, |most: f64, number| most.max(number.abs()));
            let finest = 2.0 * beside * MAX_INTEGER * shape.width as f64 / MAX_BIAS;
            let step = step(half.max(away / FARTHEST)).max(finest);
            let step = output_step(step, mixes.steps[channel], 2.0 * bound);
            // It gets the nearest integer, which stands for its very value.
            let integer = ((exact - f64::midpoint(low, high)) / step).round();
            let sum: f64 = row.zip(&empty).map(|(w, h)| f64::from(*w) * h).sum();
            let factor = mixes.steps[channel] / step;
            biases.push(nearest(integer / factor - sum, MULTIPLIER_LIMIT));
            factors.push(factor);
            lines.push(Line {
                offset: exact - integer * step,
                step,
            });
        }
        let local = self.map(places.maps + shape.sites(), shape.local, 1.0)?;
        let conv = Conv2d {
            input: hidden,
            window: window(1),
            weights: mixes.store(&mut self.program),
            bias: self.program.constants(&biases),
            requantise: requantise(&mut self.program, &factors, Activation::Identity),
        };
        self.push(local, Operator::Conv2d(conv), lines.clone());
        Ok(lines)
    }

    /// Takes off the means and multiplies by the deviations' factor, as the count says.
    fn transform_across(&mut self, places: &Places, lines: &[Line]) -> Result<Tensor, ExportError> {
        let shape = self.network.shape;
        let means = self.network.curves(shape.layout().mean, shape.local);
        for (channel, line) in lines.iter().enumerate() {
            let half = shape.width / 2;
            let rows = self.network.across(channel);
            let most = rows.iter().fold(0.0_f64, |most, w| most.max(w.abs()));
            // One multiplier serves all rows, as it has a node for every count.
            let row_step = step(most);
            let rows = rows.chunks_exact(half).map(<[f64]>::to_vec).collect();
            let rows = Rows::with_steps(rows, vec![row_step; shape.width]);
            // Even modes see the mean twice, odd ones not at all.
            let sums = rows.integers.iter().enumerate().map(|(mode, row)| {
                let sum: f64 = row.iter().map(|&w| f64::from(w)).sum();
                if mode < half {
                    2.0 * sum / line.step
                } else {
                    0.0
                }
            });
            let sums: Vec<f64> = sums.collect();
            let mean = |share: f64| match channel.checked_sub(1) {
                None => share * f64::from(self.network.mean),
                Some(local) => mixture(&means[local], share),
            };
            let offset = |share: f64| line.offset - mean(share);
            let most_of = |function: &dyn Fn(f64) -> f64| {
                let counts = 0..=self.counts.largest;
                let values = counts.map(|count| function(self.counts.share(count)).abs());
                values.fold(0.0, f64::max)
            };
            // Both images of a site, and the mean.
            let bound = 2.0 * rows.bound(MAX_INTEGER)
                + most_of(&offset) * sums.iter().fold(0.0, |most: f64, sum| most.max(sum.abs()));
            let unit = line.step * row_step * most_of(&scale);
            let output_step = output_step(step(self.calibration.across[channel]), unit, bound);
            self.across_steps.push(output_step);
            let factor = line.step * row_step / output_step;
            let plane = channel * shape.sites();
            let input = self.map(places.maps + plane, 1, line.step)?;
            let output = self.map(places.halfway + plane, 1, output_step)?;
            let transform = AxisLinear {
                input,
                axis: Axis::Row,
                folded: true,
                by_channel: false,
                weights: rows.store(&mut self.program),
                bias: self.counts.multiples(&mut self.program, &sums, offset),
                requantise: self.counts.requantise(&mut self.program, factor, scale),
            };
            let lines = vec![Line::through_zero(output_step)];
            self.push(output, Operator::AxisLinear(transform), lines);
        }
        self.map(places.halfway, shape.channels(), 1.0)
    }

    fn transform_along(&mut self, places: &Places, halfway: Tensor) -> Result<Tensor, ExportError> {
        let shape = self.network.shape;
        let mut rows = Vec::new();
        for channel in 0..shape.channels() {
            let halves = self.network.along(channel);
            rows.extend(halves.chunks_exact(shape.length / 2).map(<[f64]>::to_vec));
        }
        let rows = Rows::new(rows);
        let across = self.across_steps.iter();
        let input_steps = across.flat_map(|&step| vec![step; shape.length]);
        let units = input_steps.zip(&rows.steps).map(|(input, row)| input * row);
        let units: Vec<f64> = units.collect();
        let bound = 2.0 * rows.bound(MAX_INTEGER);
        let steps = units.iter().zip(&self.calibration.modes);
        let steps = steps.map(|(&unit, &most)| {
            let wanted = if most > 0.0 {
                step(most).max(MIN_MODE_STEP)
            } else {
                1.0
            };
            output_step(wanted, unit, bound)
        });
        self.mode_steps = steps.collect();
        let factors = units.iter().zip(&self.mode_steps);
        let factors = factors.map(|(unit, step)| unit / step);
        let modes = self.map(places.modes, shape.channels(), 1.0)?;
        let transform = AxisLinear {
            input: halfway,
            axis: Axis::Slice,
            folded: true,
            by_channel: true,
            weights: rows.store(&mut self.program),
            bias: Curves::NONE,
            requantise: requantise(
                &mut self.program,
                &factors.collect::<Vec<f64>>(),
                Activation::Identity,
            ),
        };
        let steps = self.mode_steps.iter().copied();
        let lines = steps.map(Line::through_zero).collect();
        self.push(modes, Operator::AxisLinear(transform), lines);
        Ok(modes)
    }

    fn products(&mut self, places: &Places, modes: Tensor) -> Result<Tensor, ExportError> {
        let shape = self.network.shape;
        let mode_step = |channel: usize, x: usize| self.mode_steps[channel * shape.length + x];
        let mut pairs = List::new();
        let (mut biases, mut units) = (Vec::new(), Vec::new());
        for (a, b) in shape.pairs() {
            let pair = Pair {
                first: extent(a)?,
                second: extent(b)?,
                shift: [0, 0],
            };
            pairs.push(pair).map_err(|_| ExportError::Layer {
                layer: "the products".to_owned(),
                problem: "they are more than a model file can hold",
            })?;
            for x in 0..shape.length {
                let unit = mode_step(a, x) * mode_step(b, x);
                let offset = if a == b { -1.0 / unit } else { 0.0 };
                biases.push(nearest(offset, MULTIPLIER_LIMIT / 2.0));
                units.push(unit);
            }
        }
        let bound = MAX_INTEGER * MAX_INTEGER + largest_of(&biases);
        let steps = units.iter().zip(&self.calibration.products);
        let steps = steps.map(|(&unit, &most)| output_step(step(most), unit, bound));
        self.product_steps = steps.collect();
        let factors = units.iter().zip(&self.product_steps);
        let factors: Vec<f64> = factors.map(|(unit, step)| unit / step).collect();
        let products = self.map(places.products, shape.products(), 1.0)?;
        let product = Product {
            input: modes,
            pairs,
            by_slice: true,
            bias: self.program.constants(&biases),
            requantise: requantise(&mut self.program, &factors, Activation::Identity),
        };
        let steps = self.product_steps.iter().copied();
        let lines = steps.map(Line::through_zero).collect();
        self.push(products, Operator::Product(product), lines);
        Ok(products)
    }

    /// Units, after the count has acted on them and GELU.
    fn units(&mut self, places: &Places, products: Tensor) -> Result<Gelu, ExportError> {
        let shape = self.network.shape;
        let (layout, units) = (shape.layout(), shape.units);
        let pairs = shape.products();
        let inner = self.network.parameters(layout.inner);
        let outer = self.network.parameters(layout.outer);
        let row = |unit: usize, pair: usize| {
            let row = outer[pair * shape.width * units..].iter().skip(unit);
            row.step_by(units).take(shape.width).copied().collect()
        };
        let across = (0..units).flat_map(|unit| (0..pairs).map(move |pair| (unit, pair)));
        let across = Rows::new(across.map(|(unit, pair)| row(unit, pair)).collect());
        // What a unit takes from a mode along, in units of its readout: pair and mode make a place.
        let taken = |unit: usize, place: usize| {
            let across = across.steps[unit * pairs + place / shape.length];
            let product = self.product_steps[place];
            inner[place * units + unit] * across * product
        };
        let all_places = 0..pairs * shape.length;
        // How much a place matters, 1 to whom it matters most: so much of 16 bits it gets, and
        // its weights keep their 8 bits. Nothing is clamped, whatever the input is, and the sum
        // over all places fits in 32 bits.
        let shares = (0..units).map(|unit| {
            let all = all_places.clone().map(|place| taken(unit, place).abs());
            let most = all.clone().fold(f64::MIN_POSITIVE, f64::max);
            all.map(|one| one / most).collect::<Vec<f64>>()
        });
        let shares = shares.reduce(|a, b| a.iter().zip(&b).map(|(a, b)| a.max(*b)).collect());
        let mut shares = shares.unwrap_or_else(|| vec![1.0; all_places.len()]);
        for share in &mut shares {
            *share = share.max(MIN_SHARE);
        }
        let terms = all_places.len() as f64;
        let limit = MAX_INNER.min(0.9 * MULTIPLIER_LIMIT / (MAX_INTEGER * terms));
        let most = (limit / (MAX_INTEGER * across.largest_sum().max(1.0))).min(1.0);
        let (left, one) = left_shift(most);
        let multipliers = shares.iter();
        let multipliers =
            multipliers.map(|share| nearest(most * share * one, MULTIPLIER_LIMIT).max(1));
        let multipliers: Vec<i32> = multipliers.collect();
        let along = (0..units).map(|unit| {
            let weights = all_places.clone().zip(&shares);
            weights
                .map(|(place, share)| taken(unit, place) / (most * share))
                .collect()
        });
        let along = Rows::new(along.collect());

        let gain = self.network.curves(layout.gain, units);
        // The sum fills 32 bits, so that it cannot be shifted: a table's entries are no finer than that
        // allows.
        let finest = gain.iter().zip(&along.steps).map(|(gain, row)| {
            let gain = gain.iter().map(|gain| (1.0 + gain).abs() * row);
            2.1 * gain.sum::<f64>()
        });
        let table = Gelu::new(self.calibration.units, finest.fold(0.0, f64::max));
        let shift = self.network.curves(layout.shift, units);
        let raw = self.network.parameters(layout.unit_bias);
        let gains = gain.iter().zip(&along.steps);
        let gains = gains.map(|(gain, row)| {
            let gain = gain.iter();
            gain.map(|gain| (1.0 + gain) * row / table.step).collect()
        });
        let gains: Vec<Vec<f64>> = gains.collect();
        // A mixture is at most the sum of all its terms.
        let sums = gains
            .iter()
            .map(|gain| gain.iter().map(|gain| gain.abs()).sum());
        let (outer_left, outer_one) = left_shift(sums.fold(0.0, f64::max));
        let offsets = raw.iter().zip(gain.iter().zip(&shift));
        let offsets = offsets.map(|(raw, (gain, shift))| {
            let nodes = gain.iter().zip(shift);
            let sums = nodes.map(|(gain, shift)| raw * (1.0 + gain) + shift);
            sums.map(|sum| table.entry(sum)).collect()
        });
        let offsets: Vec<Vec<f64>> = offsets.collect();
        let shape = Shape {
            channels: units,
            slices: 1,
            rows: 1,
        };
        let output = tensor(places.features, shape, table.output.step)?;
        let separable = Separable {
            input: products,
            along: along.store(&mut self.program),
            across: across.store(&mut self.program),
            inner: Rescale {
                multiplier: self.program.constants(&multipliers),
                left,
            },
            bias: Curves::NONE,
            requantise: Requantise {
                multiplier: mixtures(&mut self.program, self.basis, &gains, outer_one),
                left: outer_left,
                activation: table.store(&mut self.program),
            },
            offset: mixtures(&mut self.program, self.basis, &offsets, OFFSET_UNITS),
        };
        self.push(output, Operator::Separable(separable), vec![table.output]);
        Ok(table)
    }

    /// The lowest mode of each channel is copied behind the units.
    fn lowest_modes(&mut self, places: &Places, modes: Tensor) -> Result<(), ExportError> {
        let one = Shape {
            channels: 1,
            slices: 1,
            rows: 1,
        };
        let weight = Rows::with_steps(vec![vec![64.0]], vec![1.0]).store(&mut self.program);
        let factor = requantise(&mut self.program, &[1.0 / 64.0], Activation::Identity);
        for channel in 0..usize::from(modes.channels) {
            let place = channel * self.network.shape.sites();
            let input = tensor(places.modes + place, one, 1.0)?;
            let place = places.features + self.network.shape.units + channel;
            let copy = Dense {
                input,
                weights: weight,
                bias: Curves::NONE,
                requantise: factor,
            };
            let step = self.mode_steps[channel * self.network.shape.length];
            let lines = vec![Line::through_zero(step)];
            self.push(tensor(place, one, 1.0)?, Operator::Dense(copy), lines);
        }
        Ok(())
    }

    fn hidden_layer(&mut self, places: &Places, units: Gelu) -> Result<Gelu, ExportError> {
        let shape = self.network.shape;
        let (weights, bias) = self.network.rows(shape.layout().hidden, shape.head);
        let channels = 0..shape.channels();
        let lowest = channels.map(|channel| LOWEST_MODE * self.mode_steps[channel * shape.length]);
        let lowest: Vec<f64> = lowest.collect();
        let rows = weights.iter().map(|row| {
            let (of_units, rest) = row.split_at(shape.units);
            let of_units = of_units.iter().map(|weight| weight * units.output.step);
            // The share of impurities, between them, needs no integers: it stands in the bias.
            let of_modes = rest[1..].iter().zip(&lowest).map(|(w, step)| w * step);
            of_units.chain(of_modes).collect()
        });
        let table = Gelu::new(self.calibration.sums, 0.0);
        // What stands in the bias: the distance from the table's middle, and what all sites would add.
        let beside = weights.iter().zip(&bias).map(|(weights, bias)| {
            let of_table = table.lowest.abs() + 2.0 * FIRST_ENTRY * table.step;
            bias.abs() + of_table + weights[shape.units].abs()
        });
        let rows = Rows::with_biases(rows.collect(), &beside.collect::<Vec<f64>>(), 1.0);
        // Per row: what it is without impurities, and what all sites would add, in its own units.
        let functions = |sum: f64, row: usize| table.entry(sum) * table.step / rows.steps[row];
        let constants = weights.iter().zip(&bias).enumerate();
        let constants = constants.map(|(row, (weights, bias))| {
            let integers = rows.integers[row].iter().take(shape.units);
            let sum: f64 = integers.map(|&w| f64::from(w)).sum();
            let moved = sum * rows.steps[row] * units.output.offset / units.output.step;
            let share = weights[shape.units] / rows.steps[row];
            (functions(bias + moved, row), share)
        });
        let biases: Vec<(f64, f64)> = constants.collect();
        let factors: Vec<f64> = rows.steps.iter().map(|row| row / table.step).collect();
        let input = Shape {
            channels: shape.units + shape.channels(),
            slices: 1,
            rows: 1,
        };
        let output = Shape {
            channels: shape.head,
            ..input
        };
        let dense = Dense {
            input: tensor(places.features, input, 1.0)?,
            weights: rows.store(&mut self.program),
            bias: self.counts.straight(&mut self.program, &biases),
            requantise: Requantise {
                activation: table.store(&mut self.program),
                ..requantise(&mut self.program, &factors, Activation::Identity)
            },
        };
        let output = tensor(places.active, output, table.output.step)?;
        self.push(output, Operator::Dense(dense), vec![table.output]);
        Ok(table)
    }

    /// The chosen outputs' weights, and what their sums count in.
    fn output_layer(&mut self, active: Gelu) -> (Quantised, Vec<f64>) {
        let shape = self.network.shape;
        let (weights, bias) = self.network.rows(shape.layout().output, shape.targets);
        let chosen = || self.network.outputs.iter();
        let of_chosen = chosen().map(|&output| weights[output].clone()).collect();
        let beside: Vec<f64> = chosen().map(|&output| bias[output]).collect();
        let rows = Rows::with_biases(of_chosen, &beside, active.output.step);
        let steps = rows.steps.iter().map(|row| row * active.output.step);
        let steps: Vec<f64> = steps.collect();
        let biases = chosen().zip(&rows.integers).zip(&steps);
        let biases = biases.map(|((&output, row), step)| {
            let sum: f64 = row.iter().map(|&w| f64::from(w)).sum();
            let moved = sum * active.output.offset / active.output.step;
            nearest(bias[output] / step + moved, MULTIPLIER_LIMIT)
        });
        let biases: Vec<i32> = biases.collect();
        let quantised = Quantised {
            sums: Vec::new(),
            bound: rows.bound(MAX_INTEGER) + largest_of(&biases),
            weights: rows.store(&mut self.program),
            steps: rows.steps,
            bias: self.program.constants(&biases),
        };
        (quantised, steps)
    }
}

/// GELU as a table. Neither what it reads nor what it gives is symmetric, and all integers are
/// used for both.
#[derive(Debug, Clone, Copy)]
struct Gelu {
    /// What entry 0 is for.
    lowest: f64,
    /// From one entry to the next.
    step: f64,
    /// What the integers that it gives stand for.
    output: Line,
}

impl Gelu {
    /// For sums in a range, in entries that are at least `finest` apart.
    fn new([low, high]: [f64; 2], finest: f64) -> Self {
        let step = if high > low {
            ((high - low) / 255.0).max(finest)
        } else {
            finest.max(1.0)
        };
        let values = (0..256_u16).map(|entry| gelu(low + f64::from(entry) * step));
        let (least, most) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), y| {
            (least.min(y), most.max(y))
        });
        Self {
            lowest: low,
            step,
            output: Line {
                offset: f64::midpoint(least, most),
                step: self::step((most - least) / 2.0),
            },
        }
    }

    /// The integer, not rounded, for a sum.
    fn entry(&self, sum: f64) -> f64 {
        (sum - self.lowest) / self.step - FIRST_ENTRY
    }

    fn store(&self, program: &mut Program) -> Activation {
        let entries = (0..256_u16).map(|entry| {
            let value = gelu(self.lowest + f64::from(entry) * self.step);
            let integer = nearest((value - self.output.offset) / self.output.step, MAX_INTEGER);
            byte(integer)
        });
        let entries: Vec<u8> = entries.collect();
        Activation::Table(program.bytes(&entries))
    }
}

/// Weights as integers, and what one of each row stands for.
struct Rows {
    integers: Vec<Vec<i32>>,
    steps: Vec<f64>,
}

impl Rows {
    fn new(rows: Vec<Vec<f64>>) -> Self {
        let largest = |row: &Vec<f64>| row.iter().fold(0.0_f64, |most, w| most.max(w.abs()));
        let steps = rows.iter().map(|row| step(largest(row))).collect();
        Self::with_steps(rows, steps)
    }

    fn with_steps(rows: Vec<Vec<f64>>, steps: Vec<f64>) -> Self {
        let rows = rows.into_iter().zip(&steps);
        let integers = rows.map(|(row, step)| {
            let row = row.into_iter();
            row.map(|weight| nearest(weight / step, MAX_INTEGER))
                .collect()
        });
        Self {
            integers: integers.collect(),
            steps,
        }
    }

    /// The same, with steps in which each row's bias fits beside inputs that count in `input_step`.
    fn with_biases(rows: Vec<Vec<f64>>, biases: &[f64], input_step: f64) -> Self {
        let steps = rows.iter().zip(biases).map(|(row, &bias)| {
            let largest = row.iter().fold(0.0_f64, |most, w| most.max(w.abs()));
            row_step(largest / MAX_INTEGER, bias, input_step)
        });
        let steps = steps.collect();
        Self::with_steps(rows, steps)
    }

    /// The most that the products of a row with inputs of at most `largest` add up to.
    fn bound(&self, largest: f64) -> f64 {
        largest * self.largest_sum()
    }

    /// The largest sum of magnitudes of a row.
    fn largest_sum(&self) -> f64 {
        let sums = self.integers.iter();
        let sums = sums.map(|row| row.iter().map(|w| f64::from(w.abs())).sum());
        sums.fold(0.0, f64::max)
    }

    fn store(&self, program: &mut Program) -> Weights {
        let bytes = self.integers.iter().flatten().map(|&weight| byte(weight));
        let bytes: Vec<u8> = bytes.collect();
        Weights {
            layout: WeightLayout::RowMajor,
            bits: 8,
            data: program.bytes(&bytes),
        }
    }
}

/// −127 … 127 as a byte.
fn byte(integer: i32) -> u8 {
    #[allow(clippy::cast_possible_truncation, reason = "−127 … 127")]
    {
        (integer as i8).cast_unsigned()
    }
}

/// The largest magnitude of some integers.
fn largest_of(integers: &[i32]) -> f64 {
    let magnitudes = integers.iter().map(|integer| f64::from(*integer).abs());
    magnitudes.fold(0.0, f64::max)
}

/// What one integer stands for if the largest magnitude gets 127.
fn step(largest: f64) -> f64 {
    if largest > 0.0 {
        (largest / MAX_INTEGER).max(MIN_STEP)
    } else {
        1.0
    }
}

/// A window of `kernel` sites in both directions, which leaves the strip as large as it is.
const fn window(kernel: u16) -> Window {
    Window {
        kernel: [kernel; 2],
        stride: [1; 2],
        padding: [kernel / 2; 2],
    }
}
