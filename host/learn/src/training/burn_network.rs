//! Networks on burn's devices.

use burn::module::{Module, Param, ParamId};
use burn::nn::Linear;
use burn::tensor::{Tensor, TensorData, activation};

use super::device::Device;
use super::error::TrainingError;
use super::fast::Affine;
use super::network::{Architecture, BatchItem, Dropout, Network};
use super::strips::{Encoder, Strips};
use super::symmetry::symmetry_orders;
use super::weights::{NamedTensor, Weights};

/// Layers one after another, each `[input, output]` weights and a bias.
#[derive(Module, Debug)]
struct ChainModule {
    layers: Vec<Linear>,
}

type BurnDevice = burn::tensor::Device;

fn parameter<const D: usize>(tensor: &NamedTensor, device: &BurnDevice) -> Param<Tensor<D>> {
    let data = TensorData::new(tensor.values.clone(), tensor.shape.clone());
    // By its name: burn's own would be random.
    let id = ParamId::from(u64::from(crc32c::crc32c(tensor.name.as_bytes())));
    let tensor = Tensor::from_data(data, device);
    Param::initialized(id, tensor.set_require_grad(device.is_autodiff()))
}

fn layer(weight: &NamedTensor, bias: &NamedTensor, device: &BurnDevice) -> Linear {
    Linear {
        weight: parameter(weight, device),
        bias: Some(parameter(bias, device)),
    }
}

impl ChainModule {
    /// Of weights that are pairs of a weight and a bias.
    fn new(weights: &Weights, device: &BurnDevice) -> Self {
        let pairs = weights.tensors.chunks_exact(2);
        Self {
            layers: pairs
                .map(|pair| layer(&pair[0], &pair[1], device))
                .collect(),
        }
    }

    /// The outputs, `[sample, output]`, of features `[sample, group and input]`.
    fn forward(&self, shapes: &[Affine], features: Tensor<2>) -> Tensor<2> {
        let [samples, _] = features.dims();
        let mut x = features;
        for (layer, shape) in self.layers.iter().zip(shapes) {
            // [sample · group, input] -> [sample · group, output]
            let groups = x.reshape([samples * shape.groups, shape.inputs]);
            let mut y = layer.forward(groups);
            if shape.relu {
                y = activation::relu(y);
            }
            x = y.reshape([samples, shape.groups * shape.outputs]);
        }
        x
    }
}

/// Appends a tensor's numbers.
fn take<const D: usize>(tensor: Tensor<D>, into: &mut Vec<f32>) -> Result<(), TrainingError> {
    let data = tensor.try_into_data();
    let data = data.map_err(|error| TrainingError::Device(format!("{error:?}")))?;
    let values = data.as_slice::<f32>();
    into.extend_from_slice(values.map_err(|e| TrainingError::Device(format!("{e:?}")))?);
    Ok(())
}

/// A chain of layers on one of burn's devices. The parameters are kept here too, where the
/// optimiser works; each forward pass takes them to the device.
pub(super) struct BurnNetwork {
    device: BurnDevice,
    layers: Vec<Affine>,
    weights: Weights,
    parameters: Vec<f32>,
    gradient: Vec<f32>,
    encoder: Encoder,
    orders: [Vec<u32>; 4],
    /// The last forward pass.
    pass: Option<(ChainModule, Tensor<2>)>,
    outputs: Vec<f32>,
    output_count: usize,
    sites: usize,
}

impl BurnNetwork {
    pub(super) fn new(architecture: &Architecture, device: Device) -> Result<Self, TrainingError> {
        let Architecture {
            spec,
            size,
            outputs,
            encoder,
        } = architecture;
        device.require()?;
        let Some(burn) = device.burn() else {
            return Err(TrainingError::Device(format!(
                "{} is none of burn's",
                device.name()
            )));
        };
        let burn = burn.autodiff();
        let Some(layers) = spec.chain(*size, *outputs)? else {
            return Err(TrainingError::Unsupported {
                network: "spectral",
                device: device.name(),
            });
        };
        let weights = Weights::of_chain(&layers, &[], 0, false);
        let parameters = weights.flat();
        Ok(Self {
            device: burn,
            layers,
            gradient: vec![0.0; parameters.len()],
            parameters,
            weights,
            encoder: encoder.clone(),
            orders: symmetry_orders(*size, &spec.site_order(*size)),
            pass: None,
            outputs: Vec::new(),
            output_count: *outputs,
            sites: size.length() * size.width(),
        })
    }
}

impl Network for BurnNetwork {
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
        _: Option<Dropout>,
    ) -> Result<&[f32], TrainingError> {
        let mut features = vec![0.0; items.len() * self.sites];
        for (row, item) in features.chunks_exact_mut(self.sites).zip(items) {
            let BatchItem { sample, copy } = *item;
            self.encoder.fill(strips, sample, copy, &self.orders, row);
        }
        self.weights.set_flat(&self.parameters);
        let module = ChainModule::new(&self.weights, &self.device);
        let features = TensorData::new(features, [items.len(), self.sites]);
        let features = Tensor::<2>::from_data(features, &self.device);
        let outputs = module.forward(&self.layers, features);
        self.outputs.clear();
        take(outputs.clone(), &mut self.outputs)?;
        self.pass = Some((module, outputs));
        Ok(&self.outputs)
    }

    fn backward(&mut self, grad_output: &[f32]) -> Result<(), TrainingError> {
        let Some((module, outputs)) = self.pass.take() else {
            return Ok(());
        };
        let shape = [grad_output.len() / self.output_count, self.output_count];
        let data = TensorData::new(grad_output.to_vec(), shape);
        let grad_output = Tensor::<2>::from_data(data, &self.device);
        // The grad of Σ output · (loss's grad by that output) is the loss's.
        let gradients = (outputs * grad_output).sum().backward();
        let mut found = Vec::with_capacity(self.parameters.len());
        for layer in &module.layers {
            let missing = || TrainingError::Device("a gradient is missing".to_owned());
            let weight = layer.weight.val().grad(&gradients).ok_or_else(missing)?;
            take(weight, &mut found)?;
            let bias = layer.bias.as_ref().ok_or_else(missing)?;
            take(bias.val().grad(&gradients).ok_or_else(missing)?, &mut found)?;
        }
        self.gradient = found;
        Ok(())
    }

    fn weights(&self) -> Result<Weights, TrainingError> {
        let mut weights = self.weights.clone();
        weights.set_flat(&self.parameters);
        Ok(weights)
    }

    fn set_weights(&mut self, weights: &Weights) -> Result<(), TrainingError> {
        self.parameters = weights.flat();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::chain::ChainNetwork;
    use crate::training::config::Input;
    use crate::training::spec::{Convolution, NetworkSpec};
    use landauer::StripSize;
    use landauer_core::{Concentration, DisorderModel, Ensemble};

    const SIZE: StripSize = crate::strip_size(8, 4);

    /// What f32 sums in another order may differ by, in units of the largest of them.
    const ROUNDING: f32 = 1e-5;

    fn architecture() -> Architecture {
        let model = DisorderModel::III;
        let spec = NetworkSpec::Convolutional {
            convolutions: vec![
                Convolution {
                    channels: 3,
                    kernel: 2,
                },
                Convolution {
                    channels: 5,
                    kernel: 2,
                },
            ],
            hidden: vec![7],
        };
        Architecture {
            spec,
            size: SIZE,
            outputs: 2,
            encoder: Encoder::new(model, Input::Standardised, 32),
        }
    }

    fn strips() -> Strips {
        let model = DisorderModel::III;
        let ensemble = Ensemble::new(model, Concentration::Uniform, 4).unwrap();
        let mut species = vec![0; 40 * 32];
        for (number, strip) in species.chunks_exact_mut(32).enumerate() {
            ensemble.sample(number as u64).fill_species(strip);
        }
        Strips::of_species(SIZE, model, species, Vec::new())
    }

    fn weights() -> Weights {
        let layers = architecture().spec.chain(SIZE, 2).unwrap().unwrap();
        Weights::of_chain(&layers, &[2, 2], 3, false)
    }

    fn items() -> Vec<BatchItem> {
        let item = |sample| BatchItem {
            sample,
            copy: crate::training::symmetry::SymmetryCopy::of(sample as u64 % 4),
        };
        (0..40).map(item).collect()
    }

    fn near(one: &[f32], other: &[f32]) {
        assert_eq!(one.len(), other.len());
        let largest = one.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
        assert!(largest > 1e-3, "{largest}");
        for (number, (one, other)) in one.iter().zip(other).enumerate() {
            assert!(
                (one - other).abs() < ROUNDING * largest,
                "{number}: {one} {other}"
            );
        }
    }

    #[test]
    fn burn_and_our_kernels_agree_on_outputs_and_gradients() {
        let strips = strips();
        let grads: Vec<f32> = (0..80).map(|k| (k as f32 * 0.7).sin()).collect();
        let run = |network: &mut dyn Network| {
            network.set_weights(&weights()).unwrap();
            let outputs = network.forward(&strips, &items(), None).unwrap().to_vec();
            network.backward(&grads).unwrap();
            // The kernels keep parameters in an order of their own.
            let gradient = network.parameters_and_gradient().1.to_vec();
            network.parameters_mut().copy_from_slice(&gradient);
            (outputs, network.weights().unwrap().flat())
        };
        let ours = run(&mut ChainNetwork::new(&architecture()).unwrap());
        let burns = run(&mut BurnNetwork::new(&architecture(), Device::Flex).unwrap());
        near(&ours.0, &burns.0);
        near(&ours.1, &burns.1);
    }
}
