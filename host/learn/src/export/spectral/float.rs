//! A spectral network in floating point, as it was trained, and running it step by step.

use std::ops::Range;

use landauer_core::inference::Target;
use landauer_core::{Concentration, DisorderModel};

use super::super::float::at;
use super::super::{Decoder, ExportError};
use crate::evaluation::impurities;
use crate::training::fast::spectral::{
    LOWEST_MODE, ORBITS, SpectralShape, deviation_scale, node_weights,
};
use landauer::StripSize;

/// A spectral network that was trained.
#[derive(Debug, Clone, PartialEq)]
pub struct FloatSpectral {
    /// The size of its strips.
    pub size: StripSize,
    /// Its sizes.
    pub shape: SpectralShape,
    /// All its parameters, in the order of [`SpectralShape::layout`].
    pub parameters: Vec<f32>,
    /// The value of an empty site (0), and of each species of the disorder model.
    pub values: Vec<f32>,
    /// The value of an impurity on average.
    pub mean: f32,
    /// The disorder that it was trained on.
    pub disorder: DisorderModel,
    /// The concentration that it was trained on.
    pub concentration: Concentration,
    /// What is predicted.
    pub targets: Vec<Target>,
    /// Which of the network's outputs each target is: the others are not exported.
    pub outputs: Vec<usize>,
    /// What those outputs mean. Where the scale is 0, the centre alone is the prediction.
    pub decoder: Decoder,
}

/// Every tensor of one pass.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SpectralTrace {
    /// The sites' values, `[slice, row]`.
    pub input: Vec<f64>,
    /// Hidden maps after ReLU, `[hidden, slice, row]`.
    pub hidden: Vec<f64>,
    /// Local maps before their mean is taken off, `[local, slice, row]`.
    pub local: Vec<f64>,
    /// Transformed across, `[channel, slice, mode]`.
    pub across: Vec<f64>,
    /// Transformed along too, `[channel, mode along, mode across]`.
    pub modes: Vec<f64>,
    /// `[pair, mode along, mode across]`
    pub products: Vec<f64>,
    /// Units before GELU.
    pub units: Vec<f64>,
    /// The head's hidden sums before GELU.
    pub sums: Vec<f64>,
    /// One output a target.
    pub outputs: Vec<f64>,
}

/// x·Φ(x), nearly: what the training uses.
pub(super) fn gelu(x: f64) -> f64 {
    let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3));
    0.5 * x * (1.0 + inner.tanh())
}

impl FloatSpectral {
    /// Checks that every number is there and finite.
    ///
    /// # Errors
    /// The first that is not.
    pub fn check(&self) -> Result<(), ExportError> {
        let wrong = |layer: &str, problem| {
            Err(ExportError::Layer {
                layer: layer.to_owned(),
                problem,
            })
        };
        let shape = &self.shape;
        let even = |extent: usize| extent > 0 && extent.is_multiple_of(2);
        if !(even(shape.length) && even(shape.width)) {
            return wrong("the network", "its strips' length or width is odd");
        }
        if [shape.length, shape.width] != self.size.sides() {
            return wrong(
                "the network",
                "its strips have not the size that its shape says",
            );
        }
        if self.parameters.len() != shape.parameters() {
            return wrong(
                "the network",
                "it has not as many parameters as its shape says",
            );
        }
        let mut numbers = self.parameters.iter().chain(&self.values);
        if !numbers.all(|number| number.is_finite()) || !self.mean.is_finite() {
            let layer = "the network".to_owned();
            return Err(ExportError::NotFinite { layer });
        }
        let species = self.disorder.species_energies().len();
        if species == 0 || self.values.len() != species + 1 {
            return wrong("the input", "it has not one value a species");
        }
        let targets = self.targets.len();
        let lists = [
            self.outputs.len(),
            self.decoder.centre.len(),
            self.decoder.scale.len(),
        ];
        let known = self.outputs.iter().all(|&output| output < shape.targets);
        if lists != [targets; 3] || !known {
            return wrong("the output", "it has not one output a target");
        }
        Ok(())
    }

    /// The size of its strips.
    #[must_use]
    pub const fn size(&self) -> StripSize {
        self.size
    }

    /// The largest impurity count at which the network has a say.
    #[must_use]
    pub fn largest_count(&self) -> usize {
        let sites = self.shape.sites();
        let has_a_say = |count: &usize| {
            let mut scales = self.decoder.scale.iter();
            scales.any(|scale| at(scale, *count) != 0.0)
        };
        (0..=sites).rev().find(has_a_say).unwrap_or(0)
    }

    /// Parameters at these places.
    pub(super) fn parameters(&self, places: Range<usize>) -> Vec<f64> {
        let numbers = self.parameters[places].iter();
        numbers.map(|&number| f64::from(number)).collect()
    }

    /// A hidden channel's kernel, `[kx, ky]`.
    pub(super) fn kernel(&self, channel: usize) -> [f64; 9] {
        let kernel = &self.parameters[self.shape.layout().kernel];
        let weight = |orbit: usize| f64::from(kernel[orbit * self.shape.hidden + channel]);
        debug_assert_eq!(ORBITS, 4);
        std::array::from_fn(|tap| match (tap / 3, tap % 3) {
            (1, 1) => weight(0),
            (_, 1) => weight(1),
            (1, _) => weight(2),
            _ => weight(3),
        })
    }

    /// A channel's transform across, the first half of each row, `[mode, site]`: even modes, then
    /// odd ones.
    pub(super) fn across(&self, channel: usize) -> Vec<f64> {
        let half = self.shape.width / 2;
        self.halves(self.shape.layout().across, half, channel)
    }

    /// The same along.
    pub(super) fn along(&self, channel: usize) -> Vec<f64> {
        let half = self.shape.length / 2;
        self.halves(self.shape.layout().along, half, channel)
    }

    fn halves(&self, places: Range<usize>, half: usize, channel: usize) -> Vec<f64> {
        let size = 2 * half * half;
        let blocks = &self.parameters[places][channel * size..][..size];
        let mut rows = vec![0.0; size];
        for (index, &weight) in blocks.iter().enumerate() {
            let (parity, site, mode) = (index / (half * half), index / half % half, index % half);
            // The fold has a factor 1/√2, which the whole matrix takes over.
            rows[(parity * half + mode) * half + site] =
                f64::from(weight) * std::f64::consts::FRAC_1_SQRT_2;
        }
        rows
    }

    /// A curve of the share of impurities for each column, at the nodes: `[column, node]`.
    pub(super) fn curves(&self, places: Range<usize>, columns: usize) -> Vec<Vec<f64>> {
        let values = self.parameters(places);
        let column = |column| values.iter().skip(column).step_by(columns).copied();
        (0..columns).map(|c| column(c).collect()).collect()
    }

    /// Rows of a matrix that is stored as `[input, output]`, followed by its bias.
    pub(super) fn rows(&self, places: Range<usize>, outputs: usize) -> (Vec<Vec<f64>>, Vec<f64>) {
        let mut weights = self.parameters(places);
        let bias = weights.split_off(weights.len() - outputs);
        let row = |output| weights.iter().skip(output).step_by(outputs).copied();
        ((0..outputs).map(|o| row(o).collect()).collect(), bias)
    }

    /// Runs it on one strip of its disorder model, `[slice, row]` in units of t.
    #[must_use]
    pub fn trace(&self, onsite: &[f64]) -> SpectralTrace {
        let mut trace = SpectralTrace::default();
        let share = self.count(onsite) as f64 / self.shape.sites() as f64;
        let species = self.disorder.species_energies();
        let value = |&energy: &f64| {
            let species = species.iter().position(|&known| known == energy);
            let number = species.map_or(0, |species| species + 1);
            f64::from(self.values.get(number).copied().unwrap_or(0.0))
        };
        trace.input = onsite.iter().map(value).collect();
        self.see_neighbours(&mut trace);
        self.transform(share, &mut trace);
        self.read_out(share, &mut trace);
        self.finish(share, &mut trace);
        trace
    }

    /// Predicts every target of a strip, in G0.
    #[must_use]
    pub fn predict(&self, onsite: &[f64]) -> Vec<f64> {
        self.decode(self.count(onsite), &self.trace(onsite).outputs)
    }

    /// What outputs mean at an impurity count, in G0.
    #[must_use]
    pub fn decode(&self, count: usize, outputs: &[f64]) -> Vec<f64> {
        let numbers = outputs.iter().enumerate();
        numbers
            .map(|(target, output)| {
                let centre = at(&self.decoder.centre[target], count);
                let scale = at(&self.decoder.scale[target], count);
                (centre + scale * output).max(0.0)
            })
            .collect()
    }

    /// Impurities of a strip.
    #[must_use]
    pub fn count(&self, onsite: &[f64]) -> usize {
        impurities(onsite)
    }

    fn see_neighbours(&self, trace: &mut SpectralTrace) {
        let SpectralShape { length, width, .. } = self.shape;
        let layout = self.shape.layout();
        let bias = self.parameters(layout.kernel_bias);
        let mix = self.parameters(layout.mix);
        let input = &trace.input;
        for (channel, bias) in bias.iter().enumerate() {
            let kernel = self.kernel(channel);
            for site in 0..length * width {
                let (x, y) = (site / width, site % width);
                let mut sum = *bias;
                for (tap, weight) in kernel.iter().enumerate() {
                    // One more than where it is, so that nothing is negative.
                    let (x, y) = (x + tap / 3, y + tap % 3);
                    if (1..=length).contains(&x) && (1..=width).contains(&y) {
                        sum += weight * input[(x - 1) * width + y - 1];
                    }
                }
                trace.hidden.push(sum.max(0.0));
            }
        }
        for channel in 0..self.shape.local {
            for site in 0..length * width {
                let hidden = trace.hidden.iter().skip(site).step_by(length * width);
                let mix = mix.iter().skip(channel).step_by(self.shape.local);
                trace.local.push(hidden.zip(mix).map(|(h, w)| h * w).sum());
            }
        }
    }

    fn transform(&self, share: f64, trace: &mut SpectralTrace) {
        let SpectralShape { length, width, .. } = self.shape;
        let sites = length * width;
        let scale = scale(share);
        let means = self.curves(self.shape.layout().mean, self.shape.local);
        for channel in 0..self.shape.channels() {
            let (map, mean) = match channel.checked_sub(1) {
                None => (&trace.input[..], share * f64::from(self.mean)),
                Some(local) => (
                    &trace.local[local * sites..][..sites],
                    mixture(&means[local], share),
                ),
            };
            let map: Vec<f64> = map.iter().map(|value| (value - mean) * scale).collect();
            let (across, along) = (self.across(channel), self.along(channel));
            let mut halfway = Vec::with_capacity(sites);
            for line in map.chunks_exact(width) {
                halfway.extend(folded(&across, line));
            }
            let mut modes = vec![0.0; sites];
            for mode in 0..width {
                let line = halfway.iter().skip(mode).step_by(width).copied();
                let line: Vec<f64> = line.collect();
                let slots = modes.iter_mut().skip(mode).step_by(width);
                for (slot, value) in slots.zip(folded(&along, &line)) {
                    *slot = value;
                }
            }
            trace.across.extend(halfway);
            trace.modes.extend(modes);
        }
    }

    fn read_out(&self, share: f64, trace: &mut SpectralTrace) {
        let SpectralShape {
            length,
            width,
            units,
            ..
        } = self.shape;
        let (layout, sites) = (self.shape.layout(), length * width);
        let inner = self.parameters(layout.inner);
        let outer = self.parameters(layout.outer);
        let mut raw = self.parameters(layout.unit_bias);
        for (pair, (a, b)) in self.shape.pairs().enumerate() {
            let offset = if a == b { 1.0 } else { 0.0 };
            let (first, second) = (&trace.modes[a * sites..], &trace.modes[b * sites..]);
            let products = first.iter().zip(second).take(sites);
            let products: Vec<f64> = products.map(|(a, b)| a * b - offset).collect();
            for (unit, raw) in raw.iter_mut().enumerate() {
                for (x, line) in products.chunks_exact(width).enumerate() {
                    let outer = outer[pair * width * units..].iter().skip(unit);
                    let sum: f64 = line
                        .iter()
                        .zip(outer.step_by(units))
                        .map(|(p, w)| p * w)
                        .sum();
                    *raw += inner[(pair * length + x) * units + unit] * sum;
                }
            }
            trace.products.extend(products);
        }
        let gain = self.curves(layout.gain, units);
        let shift = self.curves(layout.shift, units);
        let curves = gain.iter().zip(&shift);
        let units = raw.iter().zip(curves);
        let units = units
            .map(|(raw, (gain, shift))| raw * (1.0 + mixture(gain, share)) + mixture(shift, share));
        trace.units = units.collect();
    }

    fn finish(&self, share: f64, trace: &mut SpectralTrace) {
        let layout = self.shape.layout();
        let mut features: Vec<f64> = trace.units.iter().map(|&x| gelu(x)).collect();
        features.push(share);
        let lowest = trace.modes.iter().step_by(self.shape.sites());
        features.extend(lowest.map(|mode| mode * LOWEST_MODE));
        let sums = |(rows, bias): (Vec<Vec<f64>>, Vec<f64>), input: &[f64]| -> Vec<f64> {
            let sums = rows.iter().zip(bias);
            let sums = sums.map(|(row, bias)| bias + dot(row, input));
            sums.collect()
        };
        trace.sums = sums(self.rows(layout.hidden, self.shape.head), &features);
        let active: Vec<f64> = trace.sums.iter().map(|&x| gelu(x)).collect();
        let outputs = sums(self.rows(layout.output, self.shape.targets), &active);
        trace.outputs = self.outputs.iter().map(|&output| outputs[output]).collect();
    }
}

/// What a deviation from the mean is multiplied by at a share of impurities.
pub(super) fn scale(share: f64) -> f64 {
    f64::from(deviation_scale(single(share)))
}

/// The weights of the curves' nodes at a share of impurities.
pub(super) fn weights(share: f64) -> impl Iterator<Item = f64> {
    node_weights(single(share)).into_iter().map(f64::from)
}

/// A curve with these values at its nodes.
pub(super) fn mixture(curve: &[f64], share: f64) -> f64 {
    curve.iter().zip(weights(share)).map(|(c, w)| c * w).sum()
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "the precision in which it was trained"
)]
const fn single(number: f64) -> f32 {
    number as f32
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The modes of a line: the first half of `rows` sees sums of mirror images, the second half
/// differences.
fn folded(rows: &[f64], line: &[f64]) -> Vec<f64> {
    let half = line.len() / 2;
    let (near, far) = line.split_at(half);
    let images = || near.iter().zip(far.iter().rev());
    let sums: Vec<f64> = images().map(|(a, b)| a + b).collect();
    let differences: Vec<f64> = images().map(|(a, b)| a - b).collect();
    let modes = rows.chunks_exact(half).enumerate();
    let modes = modes.map(|(mode, row)| dot(row, if mode < half { &sums } else { &differences }));
    modes.collect()
}
