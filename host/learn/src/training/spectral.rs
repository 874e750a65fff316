//! Spectral networks on the CPU, by our own kernels: a batch is shared out among threads.

use rayon::prelude::*;

use super::error::TrainingError;
use super::fast::BLOCK;
use super::fast::spectral::{SpectralBatch, SpectralNetwork, SpectralShape};
use super::network::{Architecture, BatchItem, Dropout, Network};
use super::strips::{Encoder, Strips};
use super::weights::Weights;

/// A spectral network and what it reads. It is invariant under both mirrors: symmetry copies are not made.
///
/// A batch is cut into blocks of [`BLOCK`] samples, whatever the number of threads, and the blocks'
/// gradients are summed in their order: the same bits on one thread and on many.
pub(super) struct Spectral {
    shape: SpectralShape,
    parameters: Vec<f32>,
    gradient: Vec<f32>,
    encoder: Encoder,
    blocks: Vec<Block>,
    /// Blocks of the last batch.
    used: usize,
    outputs: Vec<f32>,
}

/// One block of a batch, and a network for it.
struct Block {
    network: SpectralNetwork,
    batch: SpectralBatch,
}

impl Spectral {
    pub(super) fn new(
        architecture: &Architecture,
        shape: SpectralShape,
    ) -> Result<Self, TrainingError> {
        let mut spectral = Self {
            shape,
            parameters: vec![0.0; shape.parameters()],
            gradient: vec![0.0; shape.parameters()],
            encoder: architecture.encoder.clone(),
            blocks: Vec::new(),
            used: 0,
            outputs: Vec::new(),
        };
        spectral.reserve(1)?;
        Ok(spectral)
    }

    /// Makes sure of at least this number of blocks.
    fn reserve(&mut self, blocks: usize) -> Result<(), TrainingError> {
        while self.blocks.len() < blocks {
            self.blocks.push(Block {
                network: SpectralNetwork::new(self.shape)?,
                batch: SpectralBatch::new(self.shape.sites()),
            });
        }
        self.used = blocks;
        Ok(())
    }
}

impl Network for Spectral {
    fn parameters(&self) -> &[f32] {
        &self.parameters
    }

    fn parameters_mut(&mut self) -> &mut [f32] {
        &mut self.parameters
    }

    fn parameters_and_gradient(&mut self) -> (&mut [f32], &[f32]) {
        (&mut self.parameters, &self.gradient)
    }

    fn forward(
        &mut self,
        strips: &Strips,
        items: &[BatchItem],
        dropout: Option<Dropout>,
    ) -> Result<&[f32], TrainingError> {
        let targets = self.shape.targets;
        self.reserve(items.len().div_ceil(BLOCK))?;
        self.outputs.resize(items.len() * targets, 0.0);
        let (encoder, parameters) = (&self.encoder, &self.parameters);
        let rate = dropout.as_ref().map_or(0.0, |dropout| dropout.rate);
        // Each block drops by words of its own, wherever it is computed.
        let mut words = dropout.map(|dropout| dropout.words);
        let words: Vec<_> = (0..self.used)
            .map(|_| words.as_mut().map(super::random::Words::branch))
            .collect();
        self.blocks[..self.used]
            .par_iter_mut()
            .zip(words)
            .zip(items.par_chunks(BLOCK))
            .zip(self.outputs.par_chunks_mut(BLOCK * targets))
            .for_each(|(((block, words), items), outputs)| {
                let Block { network, batch } = block;
                network.parameters_mut().copy_from_slice(parameters);
                let species = items.iter().map(|item| strips.species(item.sample));
                batch.fill(species, &encoder.values, encoder.mean());
                outputs.copy_from_slice(match words {
                    None => network.forward(batch),
                    Some(mut words) => {
                        #[allow(
                            clippy::cast_possible_truncation,
                            reason = "the upper half of a word"
                        )]
                        let random = move || (words.word() >> 32) as u32;
                        network.forward_with_dropout(batch, rate, random)
                    }
                });
            });
        Ok(&self.outputs)
    }

    fn backward(&mut self, grad_output: &[f32]) -> Result<(), TrainingError> {
        let targets = self.shape.targets;
        self.blocks[..self.used]
            .par_iter_mut()
            .zip(grad_output.par_chunks(BLOCK * targets))
            .try_for_each(|(Block { network, batch }, grads)| network.backward(batch, grads))?;
        self.gradient.fill(0.0);
        for block in &self.blocks[..self.used] {
            for (sum, value) in self.gradient.iter_mut().zip(block.network.gradient()) {
                *sum += value;
            }
        }
        Ok(())
    }

    fn weights(&self) -> Result<Weights, TrainingError> {
        let mut weights = Weights::zero_spectral(&self.shape);
        weights.set_flat(&self.parameters);
        Ok(weights)
    }

    fn set_weights(&mut self, weights: &Weights) -> Result<(), TrainingError> {
        self.parameters.copy_from_slice(&weights.flat());
        Ok(())
    }
}
