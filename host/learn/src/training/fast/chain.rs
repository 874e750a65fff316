//! Layers one after another: outputs, gradients, nothing else.

use std::ops::Range;

use pulp::Arch;
use thiserror::Error;

use super::adam::{Adam, Pass, StepSize};
use super::affine::Affine;
use super::dense;
use super::forward::Forward;
use super::input_gradient::InputGradient;
use super::lane_gradient::{LaneGradient, Lanes, total};
use super::large::Large;
use super::samples::{BLOCK, Samples, gather};
use super::stem::{Parameters, Stem};
use super::tile::Row;

/// Why layers make no chain, or a batch does not fit one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChainError {
    /// A chain without layers.
    #[error("a chain needs at least one layer")]
    Empty,
    /// A layer has nothing to do.
    #[error("layer {0} of the chain has no groups, no inputs or no outputs")]
    EmptyLayer(usize),
    /// A layer does not take what the one before gives.
    #[error("layer {layer} of the chain takes {takes} features, but the one before gives {given}")]
    Unlinked {
        /// Which one, from 0.
        layer: usize,
        /// Features that it takes.
        takes: usize,
        /// Features that come.
        given: usize,
    },
    /// An unknown layer.
    #[error("the chain has no layer {0}")]
    Absent(usize),
    /// Something has another length than the chain's.
    #[error("{what}: {found} values where the chain has {expected}")]
    Length {
        /// Of what.
        what: &'static str,
        /// The number of layers.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
}

/// A dense layer has more outputs than this for it to be worth turning its gradient around.
const FEW: usize = 16;

/// Where a layer's parameters are among all parameters: weights first, then the bias.
#[derive(Debug, Clone)]
struct Place {
    layer: Affine,
    start: usize,
}

impl Place {
    /// Weights `[panel, input, output]` and bias.
    fn of<'p>(&self, parameters: &'p [f32]) -> (&'p [f32], &'p [f32]) {
        parameters[self.start..][..self.layer.parameters()].split_at(self.layer.weights())
    }

    /// The same in the order `[input, output]`.
    fn rows(&self, parameters: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let (weights, bias) = self.of(parameters);
        let mut rows = Vec::with_capacity(weights.len());
        for input in 0..self.layer.inputs {
            let row = (0..self.layer.outputs).map(|output| self.layer.place(input, output));
            rows.extend(row.map(|place| weights[place]));
        }
        (rows, bias.to_vec())
    }

    fn of_mut<'p>(&self, parameters: &'p mut [f32]) -> (&'p mut [f32], &'p mut [f32]) {
        parameters[self.start..][..self.layer.parameters()].split_at_mut(self.layer.weights())
    }
}

/// A network of [`Affine`] layers with its parameters, their gradients and all the memory of a step.
#[derive(Debug, Clone)]
pub struct Chain {
    places: Vec<Place>,
    parameters: Large,
    gradient: Large,
    /// What each layer gives, `[block, feature]`.
    outputs: Vec<Vec<Row>>,
    /// The loss's gradient by that.
    deltas: Vec<Vec<Row>>,
    /// The last layer's outputs, `[sample, output]`.
    results: Vec<f32>,
    count: usize,
    scratch: Vec<Row>,
    lanes: Vec<Lanes>,
    stem: Stem,
    arch: Arch,
}

impl Chain {
    /// Layers one after another, all parameters zero.
    ///
    /// # Errors
    /// A chain without layers, or one whose layer does not take what the one before gives.
    pub fn new(layers: &[Affine]) -> Result<Self, ChainError> {
        let mut places = Vec::with_capacity(layers.len());
        let (mut start, mut given) = (0, None);
        for (index, layer) in layers.iter().enumerate() {
            if layer.groups == 0 || layer.weights() == 0 {
                return Err(ChainError::EmptyLayer(index));
            }
            let takes = layer.features_in();
            if let Some(given) = given
                && given != takes
            {
                return Err(ChainError::Unlinked {
                    layer: index,
                    takes,
                    given,
                });
            }
            places.push(Place {
                layer: *layer,
                start,
            });
            start += layer.parameters();
            given = Some(layer.features_out());
        }
        if places.is_empty() {
            return Err(ChainError::Empty);
        }
        Ok(Self {
            outputs: vec![Vec::new(); places.len()],
            deltas: vec![Vec::new(); places.len()],
            places,
            parameters: Large::zeros(start),
            gradient: Large::zeros(start),
            results: Vec::new(),
            count: 0,
            scratch: Vec::new(),
            lanes: Vec::new(),
            stem: Stem::new(layers),
            arch: Arch::new(),
        })
    }

    /// The same on a certain instruction set.
    #[cfg(test)]
    pub(super) fn on(mut self, arch: Arch) -> Self {
        self.arch = arch;
        self
    }

    /// All parameters, by layer, weights before the bias; the weights in the chain's own order.
    #[must_use]
    pub fn parameters(&self) -> &[f32] {
        &self.parameters
    }

    /// The same, to be changed.
    pub fn parameters_mut(&mut self) -> &mut [f32] {
        &mut self.parameters
    }

    /// The gradient of the last [`Self::backward`], in the order of the parameters;
    /// [`Self::backward_and_step`] leaves none.
    #[must_use]
    pub fn gradient(&self) -> &[f32] {
        &self.gradient
    }

    /// Parameters to be changed, and their gradient: what an optimiser takes.
    pub fn parameters_and_gradient(&mut self) -> (&mut [f32], &[f32]) {
        (&mut self.parameters, &self.gradient)
    }

    /// A layer's weights, `[input, output]` as burn's `Linear` keeps them, and its bias, if it has
    /// such a layer.
    #[must_use]
    pub fn layer(&self, index: usize) -> Option<(Vec<f32>, Vec<f32>)> {
        self.places
            .get(index)
            .map(|place| place.rows(&self.parameters))
    }

    /// The gradient by a layer's weights and bias, in the same order.
    #[must_use]
    pub fn layer_gradient(&self, index: usize) -> Option<(Vec<f32>, Vec<f32>)> {
        self.places
            .get(index)
            .map(|place| place.rows(&self.gradient))
    }

    /// Sets a layer's weights, `[input, output]`, and bias.
    ///
    /// # Errors
    /// An unknown layer, or other numbers of parameters.
    pub fn set_layer(
        &mut self,
        index: usize,
        weights: &[f32],
        bias: &[f32],
    ) -> Result<(), ChainError> {
        let place = self.places.get(index).ok_or(ChainError::Absent(index))?;
        equal("weights", weights.len(), place.layer.weights())?;
        equal("bias", bias.len(), place.layer.outputs)?;
        let (own_weights, own_bias) = place.of_mut(&mut self.parameters);
        for (input, row) in weights.chunks_exact(place.layer.outputs).enumerate() {
            for (output, weight) in row.iter().enumerate() {
                own_weights[place.layer.place(input, output)] = *weight;
            }
        }
        own_bias.copy_from_slice(bias);
        Ok(())
    }

    /// The outputs, `[sample, output]`.
    ///
    /// # Errors
    /// If the samples have another number of features.
    pub fn forward(&mut self, samples: &Samples) -> Result<&[f32], ChainError> {
        self.check(samples)?;
        let width = self.width();
        let blocks = Samples::blocks(samples.count());
        self.count = samples.count();
        for (index, (place, y)) in self.places.iter().zip(&mut self.outputs).enumerate() {
            if self.stem.keeps(index) {
                y.resize(blocks * place.layer.features_out(), [0.0; BLOCK]);
            }
        }
        let stem = self.stem.len();
        let parameters: Vec<Parameters<'_>> = self.places[..stem]
            .iter()
            .map(|place| place.of(&self.parameters))
            .collect();
        self.stem
            .forward(self.arch, samples.rows(), &parameters, &mut self.outputs);
        let (done, outputs) = self.outputs.split_at_mut(stem);
        let mut x = done.last().map_or(samples.rows(), Vec::as_slice);
        for (place, y) in self.places[stem..].iter().zip(outputs) {
            let (weights, bias) = place.of(&self.parameters);
            if place.layer.groups == 1 {
                dense::forward(self.arch, place.layer, x, (weights, bias), y);
            } else {
                self.arch.dispatch(Forward {
                    layer: place.layer,
                    x,
                    weights,
                    bias,
                    y,
                });
            }
            x = y;
        }
        gather(x, width, self.count, &mut self.results);
        Ok(&self.results)
    }

    /// The gradient by all parameters, from the one by the outputs, `[sample, output]`, of the last
    /// [`Self::forward`], which was of the same samples.
    ///
    /// # Errors
    /// If the samples or the gradient do not fit.
    pub fn backward(&mut self, samples: &Samples, grad_output: &[f32]) -> Result<(), ChainError> {
        self.backward_through(samples, grad_output, None)
    }

    /// [`Self::backward`] and a step of `adam` in one, to the same bits: each weight moves as soon as its
    /// gradient is known, which is not kept.
    ///
    /// # Errors
    /// If the samples, the gradient or the optimiser do not fit.
    pub fn backward_and_step(
        &mut self,
        samples: &Samples,
        grad_output: &[f32],
        adam: &mut Adam,
        rate: f32,
    ) -> Result<(), ChainError> {
        equal("optimiser", adam.len(), self.parameters.len())?;
        self.check_backward(samples, grad_output)?;
        let size = adam.begin(1.0, rate);
        self.backward_through(samples, grad_output, Some((adam, size)))
    }

    fn check_backward(&self, samples: &Samples, grad_output: &[f32]) -> Result<(), ChainError> {
        self.check(samples)?;
        equal("samples of the backward pass", samples.count(), self.count)?;
        let values = self.count * self.width();
        equal("gradient by the outputs", grad_output.len(), values)
    }

    fn backward_through(
        &mut self,
        samples: &Samples,
        grad_output: &[f32],
        mut adam: Option<(&mut Adam, StepSize)>,
    ) -> Result<(), ChainError> {
        self.check_backward(samples, grad_output)?;
        let width = self.width();
        let blocks = Samples::blocks(self.count);
        let stem = self.stem.len();
        let from = stem.saturating_sub(1);
        for (place, delta) in self.places.iter().zip(&mut self.deltas).skip(from) {
            delta.resize(blocks * place.layer.features_out(), [0.0; BLOCK]);
        }
        let last = self.places.len() - 1;
        self.start_backward(last, grad_output, width);
        for index in (stem..=last).rev() {
            let adam = adam.as_mut().map(|(adam, size)| (&mut **adam, *size));
            self.layer_backward(samples, index, adam);
        }
        let parameters: Vec<Parameters<'_>> = self.places[..stem]
            .iter()
            .map(|place| place.of(&self.parameters))
            .collect();
        let delta = &self.deltas[from];
        self.stem.backward(
            self.arch,
            samples.rows(),
            &parameters,
            &mut self.outputs,
            delta,
        );
        for (index, place) in self.places[..stem].iter().enumerate() {
            let gradient = &mut self.gradient[place.start..][..place.layer.parameters()];
            self.stem.gradient(index, gradient);
        }
        if let Some((adam, size)) = adam {
            self.step(
                0..self
                    .places
                    .get(stem)
                    .map_or(self.parameters.len(), |p| p.start),
                adam,
                size,
            );
        }
        Ok(())
    }

    /// A step of some parameters whose gradient has been kept.
    fn step(&mut self, range: Range<usize>, adam: &mut Adam, size: StepSize) {
        let gradient = &self.gradient[range.clone()];
        self.arch.dispatch(Pass {
            memory: adam.memory_of(&mut self.parameters, range),
            gradient,
            size,
        });
    }

    /// The gradients by a layer's parameters (or a step along them) and, but for the first layer, by
    /// its inputs.
    fn layer_backward(
        &mut self,
        samples: &Samples,
        index: usize,
        adam: Option<(&mut Adam, StepSize)>,
    ) {
        let place = self.places[index].clone();
        let layer = place.layer;
        let (before, after) = self.deltas.split_at_mut(index);
        let dy = &after[0];
        let x = match index.checked_sub(1) {
            Some(previous) => self.outputs[previous].as_slice(),
            None => samples.rows(),
        };
        if let Some(dx) = before.last_mut() {
            let weights = place.of(&self.parameters).0;
            let masked = self.places[index - 1].layer.relu;
            if layer.groups == 1 {
                dense::input_gradient(self.arch, (layer, masked), weights, (x, dy), dx);
            } else {
                self.arch.dispatch(InputGradient {
                    layer,
                    weights,
                    dy,
                    x,
                    masked,
                    dx,
                });
            }
        }
        let range = place.start..place.start + layer.parameters();
        if layer.groups == 1 && layer.outputs > FEW {
            if let Some((adam, size)) = adam {
                let memory = adam.memory_of(&mut self.parameters, range);
                dense::step(self.arch, (layer, size), (x, dy), memory, &mut self.scratch);
            } else {
                let gradient = place.of_mut(&mut self.gradient);
                dense::gradient(self.arch, layer, (x, dy), gradient, &mut self.scratch);
            }
            return;
        }
        self.lanes.clear();
        self.lanes.resize(layer.parameters(), Lanes::default());
        self.arch.dispatch(LaneGradient {
            layer,
            x,
            dy,
            sums: &mut self.lanes,
        });
        let gradient = &mut self.gradient[range.clone()];
        for (value, sums) in gradient.iter_mut().zip(&self.lanes) {
            *value = total(sums);
        }
        if let Some((adam, size)) = adam {
            self.step(range, adam, size);
        }
    }

    /// The gradient by the last layer's sums. Columns without a sample are zero.
    fn start_backward(&mut self, last: usize, grad_output: &[f32], width: usize) {
        let relu = self.places[last].layer.relu;
        let delta = &mut self.deltas[last];
        delta.fill([0.0; BLOCK]);
        for (sample, values) in grad_output.chunks_exact(width).enumerate() {
            let first = sample / BLOCK * width;
            for (output, value) in values.iter().enumerate() {
                let at = first + output;
                if !relu || self.outputs[last][at][sample % BLOCK] > 0.0 {
                    delta[at][sample % BLOCK] = *value;
                }
            }
        }
    }

    /// Outputs of a sample.
    fn width(&self) -> usize {
        self.places
            .last()
            .map_or(0, |place| place.layer.features_out())
    }

    fn check(&self, samples: &Samples) -> Result<(), ChainError> {
        let takes = self
            .places
            .first()
            .map_or(0, |place| place.layer.features_in());
        equal("features of a sample", samples.features(), takes)
    }
}

pub(super) fn equal(what: &'static str, found: usize, expected: usize) -> Result<(), ChainError> {
    if found == expected {
        Ok(())
    } else {
        Err(ChainError::Length {
            what,
            found,
            expected,
        })
    }
}
