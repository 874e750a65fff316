//! Dense and convolutional networks on the CPU, by our own kernels.

use super::error::TrainingError;
use super::fast::{Adam, Chain, Samples};
use super::network::{Architecture, BatchItem, Dropout, Network};
use super::strips::{Encoder, Strips};
use super::symmetry::symmetry_orders;
use super::weights::{NamedTensor, Weights};

/// A chain of affine layers and what it reads.
pub(super) struct ChainNetwork {
    chain: Chain,
    layers: usize,
    shapes: Vec<[usize; 2]>,
    encoder: Encoder,
    orders: [Vec<u32>; 4],
    features: Vec<f32>,
    samples: Samples,
}

impl ChainNetwork {
    pub(super) fn new(architecture: &Architecture) -> Result<Self, TrainingError> {
        let Architecture {
            spec,
            size,
            outputs,
            encoder,
        } = architecture;
        let layers = spec.chain(*size, *outputs)?.unwrap_or_default();
        Ok(Self {
            chain: Chain::new(&layers)?,
            layers: layers.len(),
            shapes: layers.iter().map(|l| [l.inputs, l.outputs]).collect(),
            encoder: encoder.clone(),
            orders: symmetry_orders(*size, &spec.site_order(*size)),
            features: Vec::new(),
            samples: Samples::new(size.length() * size.width()),
        })
    }
}

impl Network for ChainNetwork {
    fn parameters(&self) -> &[f32] {
        self.chain.parameters()
    }

    fn parameters_mut(&mut self) -> &mut [f32] {
        self.chain.parameters_mut()
    }

    fn parameters_and_gradient(&mut self) -> (&mut [f32], &[f32]) {
        self.chain.parameters_and_gradient()
    }

    fn forward(
        &mut self,
        strips: &Strips,
        items: &[BatchItem],
        _: Option<Dropout>,
    ) -> Result<&[f32], TrainingError> {
        let sites = self.samples.features();
        self.features.resize(items.len() * sites, 0.0);
        let rows = self.features.chunks_exact_mut(sites);
        for (row, item) in rows.zip(items) {
            let BatchItem { sample, copy } = *item;
            self.encoder.fill(strips, sample, copy, &self.orders, row);
        }
        self.samples.fill(self.features.chunks_exact(sites));
        Ok(self.chain.forward(&self.samples)?)
    }

    fn backward(&mut self, grad_output: &[f32]) -> Result<(), TrainingError> {
        Ok(self.chain.backward(&self.samples, grad_output)?)
    }

    fn backward_and_step(
        &mut self,
        grad_output: &[f32],
        adam: &mut Adam,
        rate: f32,
    ) -> Result<(), TrainingError> {
        let chain = &mut self.chain;
        Ok(chain.backward_and_step(&self.samples, grad_output, adam, rate)?)
    }

    fn weights(&self) -> Result<Weights, TrainingError> {
        let mut tensors = Vec::new();
        for number in 0..self.layers {
            let Some((weight, bias)) = self.chain.layer(number) else {
                continue;
            };
            tensors.push(NamedTensor {
                name: format!("layers.{number}.weight"),
                shape: self.shapes[number].to_vec(),
                values: weight,
            });
            tensors.push(NamedTensor {
                name: format!("layers.{number}.bias"),
                shape: vec![bias.len()],
                values: bias,
            });
        }
        Ok(Weights { tensors })
    }

    fn set_weights(&mut self, weights: &Weights) -> Result<(), TrainingError> {
        for (number, pair) in weights.tensors.chunks_exact(2).enumerate() {
            self.chain
                .set_layer(number, &pair[0].values, &pair[1].values)?;
        }
        Ok(())
    }
}
