//! What was trained, as it is exported.

use std::path::Path;

use landauer_core::DisorderModel;
use landauer_core::inference::Target;
use landauer_core::inference::format::{Mirrors, Window};

use super::{
    Decoder, ExportError, FloatAffine, FloatInput, FloatLayer, FloatModel, FloatNetwork,
    FloatSpectral, ModelLabel,
};
use crate::evaluation::Predictor;
use crate::training::fast::spectral::deviation_scale;
use crate::training::{Convolution, Encoder, NetworkSpec, Trained, Weights};
use landauer::StripSize;
use landauer::dataset::Dataset;

/// The network of a run with its best weights. Outputs that it learned beside are left out. A chain
/// of layers for model I reads its input in `channels` channels.
///
/// # Errors
/// A run whose arrays are not those of its network; a kind of network that is not exported, or not with so many
/// channels.
pub fn of_run(
    trained: &Trained,
    input_channels: usize,
) -> Result<Box<dyn FloatModel>, ExportError> {
    let unfit = || ExportError::InputChannels {
        wanted: input_channels,
    };
    let widened = |chain: FloatNetwork| -> Result<Box<dyn FloatModel>, ExportError> {
        let chain = chain.with_input_channels(input_channels);
        Ok(Box::new(chain.ok_or_else(unfit)?))
    };
    match trained.spec() {
        NetworkSpec::Dense { hidden } => widened(chain(trained, &[], hidden.len())?),
        NetworkSpec::Convolutional {
            convolutions,
            hidden,
        } => widened(chain(trained, convolutions, hidden.len())?),
        NetworkSpec::Spectral { .. } if input_channels != 1 => Err(unfit()),
        NetworkSpec::Spectral { .. } => Ok(Box::new(spectral(trained)?)),
    }
}

/// What a model file of this name says of the run.
///
/// # Errors
/// A run whose data hash is none.
pub fn model_label(trained: &Trained, name: &str) -> Result<ModelLabel, ExportError> {
    let hash = &trained.record().data.hash;
    let mut data_hash = [0; 32];
    let digits = hash.as_bytes().as_chunks::<2>().0;
    if digits.len() != data_hash.len() {
        return Err(ExportError::DataHash);
    }
    for (byte, pair) in data_hash.iter_mut().zip(digits) {
        let pair = std::str::from_utf8(pair).map_err(|_| ExportError::DataHash)?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| ExportError::DataHash)?;
    }
    Ok(ModelLabel {
        name: name.to_owned(),
        data_hash,
    })
}

/// The first `wanted` training strips of a run (all, if there are fewer): on-site energies
/// `[sample, slice, row]` in units of t, drawn again, or read again where they were given.
///
/// # Errors
/// Given on-site energies whose data set cannot be read, or is another one now.
pub fn training_strips(trained: &Trained, wanted: usize) -> Result<Vec<f64>, ExportError> {
    let data = &trained.record().data;
    let sites = data.size().sites();
    let wanted = wanted.min(data.training_samples);
    if let DisorderModel::Given { .. } = data.ensemble.model() {
        let dataset = Dataset::open(Path::new(&data.path))?;
        let config = dataset.config();
        if (config.ensemble, config.size) != (data.ensemble, data.size()) {
            let path = dataset.path().to_owned();
            return Err(ExportError::OtherData { path });
        }
        return Ok(dataset.onsite(0..(wanted as u64).min(dataset.samples()))?);
    }
    let mut strips = vec![0.0; wanted * sites];
    for (number, strip) in strips.chunks_exact_mut(sites).enumerate() {
        data.ensemble.sample(number as u64).fill_onsite(strip);
    }
    Ok(strips)
}

/// Convolutions, dense layers, and the head.
fn chain(
    trained: &Trained,
    convolutions: &[Convolution],
    dense: usize,
) -> Result<FloatNetwork, ExportError> {
    let size = trained.size();
    let targets: Vec<Target> = trained.targets().to_vec();
    let mut layers = Vec::new();
    let mut map = Map {
        channels: 1,
        slices: size.length(),
        rows: size.width(),
    };
    let weights = trained.weights();
    for (number, convolution) in convolutions.iter().enumerate() {
        let name = format!("conv {}", number + 1);
        let side = convolution.kernel;
        let patch = Map {
            channels: map.channels,
            slices: side,
            rows: side,
        };
        let affine = patch.affine(weights, number, name, usize::MAX)?;
        let extent = u16::try_from(side).unwrap_or(u16::MAX);
        let window = Window {
            kernel: [extent; 2],
            stride: [extent; 2],
            padding: [0; 2],
        };
        map = Map {
            channels: affine.outputs,
            slices: map.slices / side.max(1),
            rows: map.rows / side.max(1),
        };
        layers.push(FloatLayer::Conv2d { window, affine });
    }
    for number in 0..dense {
        let name = format!("dense {}", number + 1);
        let affine = map.affine(weights, convolutions.len() + number, name, usize::MAX)?;
        map = Map {
            channels: affine.outputs,
            slices: 1,
            rows: 1,
        };
        layers.push(FloatLayer::Dense(affine));
    }
    let last = convolutions.len() + dense;
    let head = map.affine(weights, last, "head".to_owned(), targets.len())?;
    Ok(FloatNetwork {
        size,
        disorder: trained.disorder(),
        concentration: trained.concentration(),
        targets,
        input: input(trained.encoder(), size),
        layers,
        head,
        decoder: decoder(trained),
        mirrors: match trained.symmetry_copies() {
            8 => Mirrors::XYSign,
            4 => Mirrors::XY,
            _ => Mirrors::None,
        },
    })
}

fn spectral(trained: &Trained) -> Result<FloatSpectral, ExportError> {
    let outputs = trained.outputs().len();
    let shape = trained.spec().spectral(trained.size(), outputs);
    let shape = shape.ok().flatten().ok_or(ExportError::Kind("spectral"))?;
    let encoder = trained.encoder();
    let targets: Vec<Target> = trained.targets().to_vec();
    Ok(FloatSpectral {
        size: trained.size(),
        shape,
        parameters: trained.weights().flat(),
        values: encoder.values.clone(),
        mean: encoder.mean(),
        disorder: trained.disorder(),
        concentration: trained.concentration(),
        outputs: (0..targets.len()).collect(),
        targets,
        decoder: decoder(trained),
    })
}

/// What the outputs mean that are exported.
fn decoder(trained: &Trained) -> Decoder {
    let scaling = trained.scaling().outputs.iter();
    let (centre, scale) = scaling
        .take(trained.targets().len())
        .map(|scale| (scale.centre.clone(), scale.spread.clone()))
        .unzip();
    Decoder { centre, scale }
}

fn input(encoder: &Encoder, size: StripSize) -> FloatInput {
    if encoder.values.is_empty() {
        return FloatInput::Onsite {
            factor: encoder.scale,
            channels: 1,
        };
    }
    let values = encoder.values.clone();
    if !encoder.standardised {
        return FloatInput::Species(values);
    }
    let sites = size.length() * size.width();
    let shares = (0..=sites).map(|count| count as f32 / sites as f32);
    FloatInput::Standardised {
        values,
        mean: shares.clone().map(|n| n * encoder.mean()).collect(),
        scale: shares.map(deviation_scale).collect(),
    }
}

/// The shape of what a layer reads.
#[derive(Debug, Clone, Copy)]
struct Map {
    channels: usize,
    slices: usize,
    rows: usize,
}

impl Map {
    /// Layer number `number` of a run, which reads `[slice, row, channel]` and is stored as `[input,
    /// output]`, as one that reads `[channel, slice, row]` and is stored as `[output, input]`; its
    /// first outputs only.
    fn affine(
        self,
        weights: &Weights,
        number: usize,
        name: String,
        most: usize,
    ) -> Result<FloatAffine, ExportError> {
        let wrong = |problem| ExportError::Layer {
            layer: name.clone(),
            problem,
        };
        let missing = || wrong("the run has no such weights");
        let weight = weights.get(&format!("layers.{number}.weight"));
        let bias = weights.get(&format!("layers.{number}.bias"));
        let (weight, bias) = (weight.ok_or_else(missing)?, bias.ok_or_else(missing)?);
        let (stored, places) = (bias.values.len(), self.slices * self.rows);
        if weight.values.len() != stored * places * self.channels {
            return Err(wrong("its weights in the run have another shape"));
        }
        let outputs = stored.min(most);
        let mut rows = Vec::with_capacity(outputs * places * self.channels);
        for output in 0..outputs {
            for channel in 0..self.channels {
                let place = |place: usize| (place * self.channels + channel) * stored + output;
                rows.extend((0..places).map(|number| weight.values[place(number)]));
            }
        }
        Ok(FloatAffine {
            name,
            outputs,
            weights: rows,
            bias: bias.values[..outputs].to_vec(),
        })
    }
}
