//! What is lost in integers.

use landauer_core::inference::{Image, Model};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ExportError, FloatNetwork};
use crate::inference::Engine;

/// Strips whose tensors are compared layer by layer.
const COMPARED: usize = 200;

/// The float and the integer network on a test set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// Strips.
    pub samples: usize,
    /// By target.
    pub targets: Vec<TargetLoss>,
    /// By tensor, the input first.
    pub layers: Vec<LayerNoise>,
}

/// Both networks' errors of one target, in G0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetLoss {
    /// The target, as core writes it.
    pub target: String,
    /// Mean absolute error of the float network.
    pub float_mae: f64,
    /// Mean absolute error of the integer network.
    pub integer_mae: f64,
    /// The largest difference of the two networks on one strip.
    pub worst_difference: f64,
}

/// How well a tensor survives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerNoise {
    /// The layer that writes it.
    pub layer: String,
    /// 10·log₁₀ of Σ float² / Σ (float − integer·step)².
    pub signal_to_noise_db: f64,
    /// What 1 stands for.
    pub step: f64,
}

impl TargetLoss {
    /// By how many percent the MAE grows.
    #[must_use]
    pub fn loss(&self) -> f64 {
        100.0 * (self.integer_mae / self.float_mae - 1.0)
    }
}

impl Judgement {
    /// Refuses a loss of more than so many percent.
    ///
    /// # Errors
    /// [`ExportError::Loss`] for the first target that loses more.
    pub fn require(&self, allowed: f64) -> Result<(), ExportError> {
        // A loss that is not a number is one.
        let lost = |target: &&TargetLoss| target.loss().is_nan() || target.loss() > allowed;
        match self.targets.iter().find(lost) {
            None => Ok(()),
            Some(target) => Err(ExportError::Loss {
                target: target.target.clone(),
                float: target.float_mae,
                integer: target.integer_mae,
                loss: target.loss(),
                allowed,
            }),
        }
    }
}

/// Runs both networks on a test set: `onsite` is `[sample, slice, row]` in units of t, `truth`
/// `[sample, target]` in G0.
///
/// # Errors
/// A strip that the model was not made for; no strips.
pub fn judge(
    network: &FloatNetwork,
    bytes: &[u8],
    onsite: &[f64],
    truth: &[f64],
) -> Result<Judgement, ExportError> {
    let model = Model::parse(bytes).map_err(ExportError::Refused)?;
    let engine = Engine::new(model).map_err(ExportError::Refused)?;
    let model = engine.model();
    let (sites, targets) = (model.sites().max(1), network.targets.len());
    let samples = onsite.len() / sites;
    if samples == 0 || truth.len() != samples * targets {
        return Err(ExportError::NothingToCalibrate);
    }
    let mut integer = vec![0.0; truth.len()];
    let predicted = engine.predict(onsite, &mut integer);
    predicted.map_err(ExportError::Test)?;
    let strips = onsite.par_chunks_exact(sites);
    let float: Vec<f64> = strips
        .flat_map_iter(|onsite| network.predict(onsite))
        .collect();
    let of_target = |numbers: &[f64], target: usize| -> Vec<f64> {
        numbers
            .iter()
            .skip(target)
            .step_by(targets)
            .copied()
            .collect()
    };
    let losses = network.targets.iter().enumerate().map(|(number, target)| {
        let [truth, float, integer] =
            [truth, &float[..], &integer[..]].map(|numbers| of_target(numbers, number));
        let distances = |a: &[f64], b: &[f64]| -> Vec<f64> {
            a.iter().zip(b).map(|(a, b)| (a - b).abs()).collect()
        };
        let mean = |numbers: Vec<f64>| numbers.iter().sum::<f64>() / samples as f64;
        TargetLoss {
            target: target.to_string(),
            float_mae: mean(distances(&float, &truth)),
            integer_mae: mean(distances(&integer, &truth)),
            worst_difference: distances(&float, &integer).into_iter().fold(0.0, f64::max),
        }
    });
    let compared = &onsite[..sites * samples.min(COMPARED)];
    Ok(Judgement {
        samples,
        targets: losses.collect(),
        layers: noise(network, model, compared)?,
    })
}

/// Compares every tensor of both networks.
fn noise(
    network: &FloatNetwork,
    model: &Model<'_>,
    onsite: &[f64],
) -> Result<Vec<LayerNoise>, ExportError> {
    let card = model.card();
    let encoded = ("input".to_owned(), card.encoder.output);
    let names = network
        .layers
        .iter()
        .map(|layer| layer.affine().name.clone());
    let written = names.zip(model.layers().map(|layer| layer.output));
    let tensors: Vec<_> = [encoded].into_iter().chain(written).collect();
    let mut sums = vec![[0.0; 2]; tensors.len()];
    let mut arena = vec![0; card.arena as usize];
    let mut patch = vec![0; model.scratch_len()];
    for onsite in onsite.chunks_exact(model.sites().max(1)) {
        let float = network.activations(onsite, Image::default());
        let mut compare = |number: usize, arena: &[i8]| {
            let (_, tensor) = &tensors[number];
            let integers = &arena[tensor.range()];
            for (&float, &integer) in float[number].iter().zip(integers) {
                let (float, step) = (f64::from(float), f64::from(tensor.scale));
                let difference = float - f64::from(integer) * step;
                sums[number][0] += float * float;
                sums[number][1] += difference * difference;
            }
        };
        let count = model.count(onsite, usize::from(card.width));
        let count = count.map_err(ExportError::Refused)?;
        let input = &mut arena[card.encoder.output.range()];
        let encoded = model.encode(Image::default(), onsite, count, input);
        encoded.map_err(ExportError::Refused)?;
        compare(0, &arena);
        for (number, layer) in model.layers().enumerate() {
            let ran = model.run_layer(&layer, count, &mut arena, &mut patch);
            ran.map_err(ExportError::Refused)?;
            compare(number + 1, &arena);
        }
    }
    let noise = tensors.into_iter().zip(sums);
    let noise = noise.map(|((layer, tensor), [signal, noise])| LayerNoise {
        layer,
        // 200 dB is as good as exact, and JSON has no infinity.
        signal_to_noise_db: (10.0 * (signal / noise).log10()).min(200.0),
        step: f64::from(tensor.scale),
    });
    Ok(noise.collect())
}
