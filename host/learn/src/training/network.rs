//! The interface of a network to the training loop, whatever computes it.

#[cfg(feature = "burn")]
use super::burn_network::BurnNetwork;
use super::chain::ChainNetwork;
use super::config::TrainingConfig;
use super::device::Device;
use super::error::TrainingError;
use super::fast::Adam;
use super::random::Words;
use super::spec::NetworkSpec;
use super::spectral::Spectral;
use super::strips::{Encoder, Strips};
use super::symmetry::SymmetryCopy;
use super::weights::Weights;
use landauer::StripSize;

/// A strip of a batch, in one of its symmetry copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BatchItem {
    pub(super) sample: usize,
    pub(super) copy: SymmetryCopy,
}

/// Dropout in a step.
pub(super) struct Dropout {
    /// The probability that a feature is dropped.
    pub(super) rate: f32,
    /// The random words that decide.
    pub(super) words: Words,
}

/// A network with its parameters, their gradient and all the memory of a step.
///
/// The same input gives the same bits, at any number of threads.
pub(super) trait Network: Send {
    /// All parameters, in an order of its own.
    fn parameters(&self) -> &[f32];

    /// Changes all parameters.
    fn parameters_mut(&mut self) -> &mut [f32];

    /// Parameters to be changed, and the gradient of the last [`backward`](Self::backward).
    fn parameters_and_gradient(&mut self) -> (&mut [f32], &[f32]);

    /// The outputs for these strips, `[item, output]`; with something dropped in training.
    fn forward(
        &mut self,
        strips: &Strips,
        items: &[BatchItem],
        dropout: Option<Dropout>,
    ) -> Result<&[f32], TrainingError>;

    /// The gradient by all parameters, from the one by the outputs of the last
    /// [`forward`](Self::forward).
    fn backward(&mut self, grad_output: &[f32]) -> Result<(), TrainingError>;

    /// [`backward`](Self::backward) and a step of Adam: the same bits, whether a gradient is left or not.
    fn backward_and_step(
        &mut self,
        grad_output: &[f32],
        adam: &mut Adam,
        rate: f32,
    ) -> Result<(), TrainingError> {
        self.backward(grad_output)?;
        let (parameters, gradient) = self.parameters_and_gradient();
        adam.step(parameters, gradient, 1.0, rate);
        Ok(())
    }

    /// The parameters by name.
    fn weights(&self) -> Result<Weights, TrainingError>;

    /// Sets the parameters, which are named and shaped like its own.
    fn set_weights(&mut self, weights: &Weights) -> Result<(), TrainingError>;
}

/// What a network is and reads: enough to make it anywhere.
#[derive(Debug, Clone)]
pub(super) struct Architecture {
    pub(super) spec: NetworkSpec,
    pub(super) size: StripSize,
    pub(super) outputs: usize,
    pub(super) encoder: Encoder,
}

impl Architecture {
    /// Its initial weights.
    pub(super) fn initial(&self, config: &TrainingConfig) -> Result<Weights, TrainingError> {
        if let Some(shape) = self.spec.spectral(self.size, self.outputs)? {
            return Ok(Weights::of_spectral(&shape, config.seed));
        }
        let layers = self.spec.chain(self.size, self.outputs)?;
        let kernels: Vec<usize> = match &self.spec {
            NetworkSpec::Convolutional { convolutions, .. } => {
                convolutions.iter().map(|c| c.kernel).collect()
            }
            _ => Vec::new(),
        };
        let layers = layers.unwrap_or_default();
        Ok(Weights::of_chain(
            &layers,
            &kernels,
            config.seed,
            config.residual,
        ))
    }

    /// The network on a device, its parameters as they may be.
    pub(super) fn network(&self, device: Device) -> Result<Box<dyn Network>, TrainingError> {
        device.require()?;
        #[cfg(feature = "burn")]
        if device != Device::Cpu {
            return Ok(Box::new(BurnNetwork::new(self, device)?));
        }
        match self.spec.spectral(self.size, self.outputs)? {
            Some(shape) => Ok(Box::new(Spectral::new(self, shape)?)),
            None => Ok(Box::new(ChainNetwork::new(self)?)),
        }
    }
}
