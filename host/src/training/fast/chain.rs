//! Layers one after another: outputs, gradients, nothing else.

use pulp::Arch;
use thiserror::Error;

use super::affine::Affine;
use super::forward::Forward;
use super::input_gradient::InputGradient;
use super::samples::{BLOCK, Samples};
use super::tile::Row;
use super::weight_gradient::WeightGradient;

/// Why layers make no chain, or a batch does not fit one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChainError {
    /// There is no layer.
    #[error("a chain needs at least one layer")]
    Empty,
    /// A layer has nothing to do.
    #[error("layer {0} of the chain has no groups, no inputs or no outputs")]
    Hollow(usize),
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
    /// Something has another length than the chain's.
    #[error("{what}: {found} values where the chain has {expected}")]
    Length {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
}

/// Where a layer's parameters are among all parameters: weights first, then the bias.
#[derive(Debug, Clone)]
struct Place {
    layer: Affine,
    start: usize,
}

impl Place {
    /// Weights `[input, output]` and bias.
    fn of<'p>(&self, parameters: &'p [f32]) -> (&'p [f32], &'p [f32]) {
        parameters[self.start..][..self.layer.weights() + self.layer.outputs]
            .split_at(self.layer.weights())
    }

    fn of_mut<'p>(&self, parameters: &'p mut [f32]) -> (&'p mut [f32], &'p mut [f32]) {
        parameters[self.start..][..self.layer.weights() + self.layer.outputs]
            .split_at_mut(self.layer.weights())
    }
}

/// A network of [`Affine`] layers with its parameters, their gradients and all the memory of a step.
#[derive(Debug, Clone)]
pub struct Chain {
    places: Vec<Place>,
    parameters: Vec<f32>,
    gradient: Vec<f32>,
    /// What each layer gives, `[block, feature]`.
    outputs: Vec<Vec<Row>>,
    /// The loss's gradient by that.
    deltas: Vec<Vec<Row>>,
    /// The last layer's outputs, `[sample, output]`.
    results: Vec<f32>,
    count: usize,
    scratch: Vec<f32>,
    arch: Arch,
}

impl Chain {
    /// Layers one after another, all parameters zero.
    ///
    /// # Errors
    /// If there are no layers, or a layer does not take what the one before gives.
    pub fn new(layers: &[Affine]) -> Result<Self, ChainError> {
        let mut places = Vec::with_capacity(layers.len());
        let (mut start, mut given) = (0, None);
        for (index, layer) in layers.iter().enumerate() {
            if layer.groups == 0 || layer.weights() == 0 {
                return Err(ChainError::Hollow(index));
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
            start += layer.weights() + layer.outputs;
            given = Some(layer.features_out());
        }
        if places.is_empty() {
            return Err(ChainError::Empty);
        }
        Ok(Self {
            outputs: vec![Vec::new(); places.len()],
            deltas: vec![Vec::new(); places.len()],
            places,
            parameters: vec![0.0; start],
            gradient: vec![0.0; start],
            results: Vec::new(),
            count: 0,
            scratch: Vec::new(),
            arch: Arch::new(),
        })
    }

    /// All parameters, by layer: weights `[input, output]`, then the bias.
    #[must_use]
    pub fn parameters(&self) -> &[f32] {
        &self.parameters
    }

    /// The same, to be changed.
    pub fn parameters_mut(&mut self) -> &mut [f32] {
        &mut self.parameters
    }

    /// The gradient of the last [`Self::backward`], in the order of the parameters.
    #[must_use]
    pub fn gradient(&self) -> &[f32] {
        &self.gradient
    }

    /// Parameters to be changed, and their gradient: what an optimiser takes.
    pub fn parameters_and_gradient(&mut self) -> (&mut [f32], &[f32]) {
        (&mut self.parameters, &self.gradient)
    }

    /// Weights `[input, output]` and bias of a layer, if there is such a layer.
    #[must_use]
    pub fn layer(&self, index: usize) -> Option<(&[f32], &[f32])> {
        Some(self.places.get(index)?.of(&self.parameters))
    }

    /// The same, to be changed.
    pub fn layer_mut(&mut self, index: usize) -> Option<(&mut [f32], &mut [f32])> {
        Some(self.places.get(index)?.of_mut(&mut self.parameters))
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
        let mut x = samples.rows();
        for (place, y) in self.places.iter().zip(&mut self.outputs) {
            y.resize(blocks * place.layer.features_out(), [0.0; BLOCK]);
            let (weights, bias) = place.of(&self.parameters);
            self.arch.dispatch(Forward {
                layer: place.layer,
                x,
                weights,
                bias,
                y,
                scratch: &mut self.scratch,
            });
            x = y;
        }
        self.results.clear();
        for sample in 0..self.count {
            let rows = &x[sample / BLOCK * width..][..width];
            self.results
                .extend(rows.iter().map(|row| row[sample % BLOCK]));
        }
        Ok(&self.results)
    }

    /// The gradient by all parameters, from the one by the outputs, `[sample, output]`, of the last
    /// [`Self::forward`], which was of the same samples.
    ///
    /// # Errors
    /// If the samples or the gradient do not fit.
    pub fn backward(&mut self, samples: &Samples, by_outputs: &[f32]) -> Result<(), ChainError> {
        self.check(samples)?;
        let width = self.width();
        equal("samples of the backward pass", samples.count(), self.count)?;
        equal(
            "gradient by the outputs",
            by_outputs.len(),
            self.count * width,
        )?;
        let blocks = Samples::blocks(self.count);
        for (place, delta) in self.places.iter().zip(&mut self.deltas) {
            delta.resize(blocks * place.layer.features_out(), [0.0; BLOCK]);
        }
        let last = self.places.len() - 1;
        self.start_backward(last, by_outputs, width);
        for index in (0..=last).rev() {
            let place = &self.places[index];
            let (before, after) = self.deltas.split_at_mut(index);
            let dy = &after[0];
            let x = match index.checked_sub(1) {
                Some(previous) => self.outputs[previous].as_slice(),
                None => samples.rows(),
            };
            // Nobody needs the gradient by the first layer's inputs.
            if let Some(dx) = before.last_mut() {
                self.arch.dispatch(InputGradient {
                    layer: place.layer,
                    weights: place.of(&self.parameters).0,
                    dy,
                    x,
                    masked: self.places[index - 1].layer.relu,
                    dx,
                });
            }
            let (weights, bias) = place.of_mut(&mut self.gradient);
            self.arch.dispatch(WeightGradient {
                layer: place.layer,
                x,
                dy,
                weights,
                bias,
                scratch: &mut self.scratch,
            });
        }
        Ok(())
    }

    /// The gradient by the last layer's sums. Columns without a sample are zero.
    fn start_backward(&mut self, last: usize, by_outputs: &[f32], width: usize) {
        let relu = self.places[last].layer.relu;
        let delta = &mut self.deltas[last];
        delta.fill([0.0; BLOCK]);
        for (sample, values) in by_outputs.chunks_exact(width).enumerate() {
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

fn equal(what: &'static str, found: usize, expected: usize) -> Result<(), ChainError> {
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
