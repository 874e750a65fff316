//! Networks as burn's modules: training on burn's devices, and files of weights.

use std::collections::BTreeMap;

use burn::module::{Module, Param, ParamId};
use burn::nn::Linear;
use burn::store::{BurnpackStore, ModuleSnapshot, SafetensorsStore};
use burn::tensor::{Bytes, Tensor, TensorData, activation};
use serde::Deserialize;

use super::device::Device;
use super::error::TrainingError;
use super::fast::Affine;
use super::image::image_orders;
use super::network::{Architecture, Dropout, Network, Pick};
use super::strips::{Encoder, Strips};
use super::weights::{NamedTensor, Weights};

/// Layers one after another, each `[input, output]` weights and a bias.
#[derive(Module, Debug)]
struct ChainModule {
    layers: Vec<Linear>,
}

/// A spectral network's arrays (see [`Weights`]).
#[derive(Module, Debug)]
struct SpectralModule {
    kernel: Param<Tensor<2>>,
    kernel_bias: Param<Tensor<1>>,
    mix: Param<Tensor<2>>,
    mean: Param<Tensor<2>>,
    across: Param<Tensor<4>>,
    along: Param<Tensor<4>>,
    inner: Param<Tensor<3>>,
    outer: Param<Tensor<3>>,
    unit_bias: Param<Tensor<1>>,
    gain: Param<Tensor<2>>,
    shift: Param<Tensor<2>>,
    hidden: Linear,
    output: Linear,
}

type BurnDevice = burn::tensor::Device;

fn parameter<const D: usize>(tensor: &NamedTensor, device: &BurnDevice) -> Param<Tensor<D>> {
    let data = TensorData::new(tensor.values.clone(), tensor.shape.clone());
    // By its name: burn's own would be random, and so would the bytes of a file of weights.
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

impl SpectralModule {
    fn new(weights: &Weights, device: &BurnDevice) -> Option<Self> {
        let [
            kernel,
            kernel_bias,
            mix,
            mean,
            across,
            along,
            inner,
            outer,
            unit_bias,
            gain,
            shift,
            hidden,
            hidden_bias,
            output,
            output_bias,
        ] = &weights.tensors[..]
        else {
            return None;
        };
        Some(Self {
            kernel: parameter(kernel, device),
            kernel_bias: parameter(kernel_bias, device),
            mix: parameter(mix, device),
            mean: parameter(mean, device),
            across: parameter(across, device),
            along: parameter(along, device),
            inner: parameter(inner, device),
            outer: parameter(outer, device),
            unit_bias: parameter(unit_bias, device),
            gain: parameter(gain, device),
            shift: parameter(shift, device),
            hidden: layer(hidden, hidden_bias, device),
            output: layer(output, output_bias, device),
        })
    }
}

/// Weights as the bytes of a burnpack file and of a safetensors file.
pub(super) fn records(weights: &Weights) -> Result<[Vec<u8>; 2], TrainingError> {
    let device = Device::Cpu.burn()?;
    match SpectralModule::new(weights, &device) {
        Some(module) => write(&module),
        None => write(&ChainModule::new(weights, &device)),
    }
}

fn write<M: ModuleSnapshot>(module: &M) -> Result<[Vec<u8>; 2], TrainingError> {
    fn failed(error: &dyn std::fmt::Display) -> TrainingError {
        TrainingError::Device(format!("the weights cannot be written: {error}"))
    }
    let mut pack = BurnpackStore::from_bytes(None);
    module.save_into(&mut pack).map_err(|e| failed(&e))?;
    let pack: Bytes = pack.get_bytes().map_err(|e| failed(&e))?;
    // Several entries of metadata would come in random order.
    let mut tensors = SafetensorsStore::from_bytes(None).clear_metadata();
    module.save_into(&mut tensors).map_err(|e| failed(&e))?;
    let tensors = tensors.get_bytes().map_err(|e| failed(&e))?;
    Ok([pack.to_vec(), tensors])
}

/// Reads the bytes of a safetensors file into weights named and shaped like `wanted`.
///
/// # Errors
/// In words, what is wrong with it.
pub(super) fn read_record(bytes: Vec<u8>, wanted: &Weights) -> Result<Weights, String> {
    // First in our own words: burn's take a screen.
    require_arrays(&bytes, wanted)?;
    let device = Device::Cpu.burn().map_err(|error| error.to_string())?;
    let mut store = SafetensorsStore::from_bytes(Some(bytes));
    let mut weights = wanted.clone();
    let values = if let Some(mut module) = SpectralModule::new(wanted, &device) {
        module.load_from(&mut store).map_err(|e| first_line(&e))?;
        spectral_values(&module)
    } else {
        let mut module = ChainModule::new(wanted, &device);
        module.load_from(&mut store).map_err(|e| first_line(&e))?;
        chain_values(&module)
    };
    weights.set_flat(&values.map_err(|error| error.to_string())?);
    if weights.fit(wanted) {
        Ok(weights)
    } else {
        Err("it holds numbers that are not finite".to_owned())
    }
}

/// What the head of a safetensors file says of one array.
#[derive(Deserialize)]
struct ArrayEntry {
    dtype: String,
    shape: Vec<usize>,
}

/// Makes sure that a safetensors file has all arrays that are wanted, in their shapes, as `f32`.
fn require_arrays(bytes: &[u8], wanted: &Weights) -> Result<(), String> {
    let none = || "it is not a safetensors file, or was cut".to_owned();
    let (length, rest) = bytes.split_first_chunk::<8>().ok_or_else(none)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| none())?;
    let head = rest.get(..length).ok_or_else(none)?;
    let head: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(head).map_err(|_| none())?;
    for tensor in &wanted.tensors {
        let name = &tensor.name;
        let Some(entry) = head.get(name) else {
            return Err(format!("it has no array `{name}`"));
        };
        let entry = ArrayEntry::deserialize(entry)
            .map_err(|_| format!("its array `{name}` is not described as it should be"))?;
        if entry.shape != tensor.shape {
            return Err(format!(
                "its array `{name}` has the shape {:?}, and the network needs {:?}",
                entry.shape, tensor.shape
            ));
        }
        if entry.dtype != "F32" {
            return Err(format!(
                "its array `{name}` holds {}, and the network needs F32",
                entry.dtype
            ));
        }
    }
    Ok(())
}

/// The first line of an error that may draw boxes, in ASCII.
fn first_line(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let lines = text.lines().map(|line| {
        let plain: String = line.chars().filter(char::is_ascii).collect();
        plain.trim().to_owned()
    });
    let mut lines = lines.filter(|line| line.chars().any(char::is_alphabetic));
    lines
        .next()
        .unwrap_or_else(|| "it cannot be read".to_owned())
}

/// Appends a tensor's numbers.
fn take<const D: usize>(tensor: Tensor<D>, into: &mut Vec<f32>) -> Result<(), TrainingError> {
    let data = tensor.try_into_data();
    let data = data.map_err(|error| TrainingError::Device(format!("{error:?}")))?;
    let values = data.as_slice::<f32>();
    into.extend_from_slice(values.map_err(|e| TrainingError::Device(format!("{e:?}")))?);
    Ok(())
}

fn take_layer(layer: &Linear, into: &mut Vec<f32>) -> Result<(), TrainingError> {
    take(layer.weight.val(), into)?;
    match &layer.bias {
        Some(bias) => take(bias.val(), into),
        None => Ok(()),
    }
}

fn chain_values(module: &ChainModule) -> Result<Vec<f32>, TrainingError> {
    let mut values = Vec::new();
    for layer in &module.layers {
        take_layer(layer, &mut values)?;
    }
    Ok(values)
}

fn spectral_values(module: &SpectralModule) -> Result<Vec<f32>, TrainingError> {
    let mut values = Vec::new();
    take(module.kernel.val(), &mut values)?;
    take(module.kernel_bias.val(), &mut values)?;
    take(module.mix.val(), &mut values)?;
    take(module.mean.val(), &mut values)?;
    take(module.across.val(), &mut values)?;
    take(module.along.val(), &mut values)?;
    take(module.inner.val(), &mut values)?;
    take(module.outer.val(), &mut values)?;
    take(module.unit_bias.val(), &mut values)?;
    take(module.gain.val(), &mut values)?;
    take(module.shift.val(), &mut values)?;
    take_layer(&module.hidden, &mut values)?;
    take_layer(&module.output, &mut values)?;
    Ok(values)
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
        let burn = device.burn()?.autodiff();
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
            orders: image_orders(*size, &spec.site_order(*size)),
            pass: None,
            outputs: Vec::new(),
            output_count: *outputs,
            sites: size.length * size.width,
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
        picks: &[Pick],
        _: Option<Dropout>,
    ) -> Result<&[f32], TrainingError> {
        let mut features = vec![0.0; picks.len() * self.sites];
        for (row, pick) in features.chunks_exact_mut(self.sites).zip(picks) {
            let Pick { sample, image } = *pick;
            self.encoder.fill(strips, sample, image, &self.orders, row);
        }
        self.weights.set_flat(&self.parameters);
        let module = ChainModule::new(&self.weights, &self.device);
        let features = TensorData::new(features, [picks.len(), self.sites]);
        let features = Tensor::<2>::from_data(features, &self.device);
        let outputs = module.forward(&self.layers, features);
        self.outputs.clear();
        take(outputs.clone(), &mut self.outputs)?;
        self.pass = Some((module, outputs));
        Ok(&self.outputs)
    }

    fn backward(&mut self, by_outputs: &[f32]) -> Result<(), TrainingError> {
        let Some((module, outputs)) = self.pass.take() else {
            return Ok(());
        };
        let shape = [by_outputs.len() / self.output_count, self.output_count];
        let data = TensorData::new(by_outputs.to_vec(), shape);
        let by_outputs = Tensor::<2>::from_data(data, &self.device);
        // The slope of Σ output · (loss's slope by that output) is the loss's.
        let gradients = (outputs * by_outputs).sum().backward();
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
    use crate::ensemble::StripSize;
    use crate::training::chain::ChainNetwork;
    use crate::training::config::Input;
    use crate::training::spec::{Convolution, NetworkSpec};
    use landauer_core::{Concentration, DisorderModel, Ensemble};

    const SIZE: StripSize = StripSize {
        length: 8,
        width: 4,
    };

    /// What f32 sums in another order may differ by, in units of the largest of them.
    const ROUNDING: f32 = 1e-5;

    fn architecture() -> Architecture {
        let model = DisorderModel::TwoSpecies;
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
        let model = DisorderModel::TwoSpecies;
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

    fn picks() -> Vec<Pick> {
        let pick = |sample| Pick {
            sample,
            image: crate::training::image::Image::of(sample as u64 % 4),
        };
        (0..40).map(pick).collect()
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
        let slopes: Vec<f32> = (0..80).map(|k| (k as f32 * 0.7).sin()).collect();
        let run = |network: &mut dyn Network| {
            network.set_weights(&weights()).unwrap();
            let outputs = network.forward(&strips, &picks(), None).unwrap().to_vec();
            network.backward(&slopes).unwrap();
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

    #[test]
    fn weights_come_back_from_files_of_the_same_bytes() {
        let [pack, tensors] = records(&weights()).unwrap();
        assert_eq!(records(&weights()).unwrap(), [pack, tensors.clone()]);
        let other = {
            let mut other = weights();
            other.set_flat(&vec![0.0; other.flat().len()]);
            other
        };
        assert_eq!(read_record(tensors.clone(), &other), Ok(weights()));
        assert!(read_record(tensors[..tensors.len() / 2].to_vec(), &other).is_err());
        let mut smaller = other;
        smaller.tensors.truncate(2);
        smaller.tensors[0].shape = vec![5, 1];
        smaller.tensors[0].values = vec![0.0; 5];
        assert!(read_record(tensors, &smaller).is_err());
    }

    #[test]
    fn what_is_wrong_with_a_file_of_weights_is_said_in_a_line_of_our_own() {
        let [_, tensors] = records(&weights()).unwrap();
        let wanted = weights();
        let problem = |bytes: &[u8], wanted: &Weights| {
            let problem = read_record(bytes.to_vec(), wanted).unwrap_err();
            assert!(
                problem.is_ascii() && problem.lines().count() == 1,
                "{problem}"
            );
            problem
        };
        // The head with another name of the same length.
        let text = String::from_utf8_lossy(&tensors).into_owned();
        let place = text.find("layers.1.bias").unwrap();
        let mut renamed = tensors.clone();
        renamed[place..][..6].copy_from_slice(b"lagers");
        assert_eq!(
            problem(&renamed, &wanted),
            "it has no array `layers.1.bias`"
        );
        let mut other = weights();
        other.tensors[0].shape.reverse();
        let shape = &wanted.tensors[0].shape;
        let expected = format!(
            "its array `layers.0.weight` has the shape {shape:?}, and the network needs {:?}",
            other.tensors[0].shape
        );
        assert_eq!(problem(&tensors, &other), expected);
        for end in [0, 7, 8, 100] {
            assert!(
                problem(&tensors[..end], &wanted).contains("was cut"),
                "{end}"
            );
        }
        let lacking = tensors.len() - 4;
        let _ = problem(&tensors[..lacking], &wanted);
        let mut double = tensors.clone();
        let place = text.find("F32").unwrap();
        double[place..][..3].copy_from_slice(b"I32");
        assert!(problem(&double, &wanted).contains("holds I32"));
    }
}
