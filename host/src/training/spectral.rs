//! Spectral networks on the CPU, by our own kernels.

use super::error::TrainingError;
use super::fast::spectral::{SpectralBatch, SpectralNetwork, SpectralShape};
use super::network::{Architecture, Dropout, Network, Pick};
use super::strips::{Encoder, Strips};
use super::weights::Weights;

/// A spectral network and what it reads. It is invariant under both mirrors: images are not made.
pub(super) struct Spectral {
    network: SpectralNetwork,
    batch: SpectralBatch,
    encoder: Encoder,
}

impl Spectral {
    pub(super) fn new(
        architecture: &Architecture,
        shape: SpectralShape,
    ) -> Result<Self, TrainingError> {
        Ok(Self {
            network: SpectralNetwork::new(shape)?,
            batch: SpectralBatch::new(shape.sites()),
            encoder: architecture.encoder.clone(),
        })
    }
}

impl Network for Spectral {
    fn parameters(&self) -> &[f32] {
        self.network.parameters()
    }

    fn parameters_mut(&mut self) -> &mut [f32] {
        self.network.parameters_mut()
    }

    fn parameters_and_gradient(&mut self) -> (&mut [f32], &[f32]) {
        self.network.parameters_and_gradient()
    }

    fn forward(
        &mut self,
        strips: &Strips,
        picks: &[Pick],
        dropout: Option<Dropout>,
    ) -> Result<&[f32], TrainingError> {
        let species = picks.iter().map(|pick| strips.species(pick.sample));
        self.batch
            .fill(species, &self.encoder.values, self.encoder.mean());
        Ok(match dropout {
            None => self.network.forward(&self.batch),
            Some(Dropout { rate, mut words }) => {
                #[allow(clippy::cast_possible_truncation, reason = "the upper half of a word")]
                let random = move || (words.word() >> 32) as u32;
                self.network.forward_with_dropout(&self.batch, rate, random)
            }
        })
    }

    fn backward(&mut self, by_outputs: &[f32]) -> Result<(), TrainingError> {
        Ok(self.network.backward(&self.batch, by_outputs)?)
    }

    fn weights(&self) -> Result<Weights, TrainingError> {
        let mut weights = Weights::zero_spectral(self.network.shape());
        weights.set_flat(self.network.parameters());
        Ok(weights)
    }

    fn set_weights(&mut self, weights: &Weights) -> Result<(), TrainingError> {
        self.network
            .parameters_mut()
            .copy_from_slice(&weights.flat());
        Ok(())
    }
}
