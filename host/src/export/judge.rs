//! What is lost in integers.

use landauer_core::inference::format::Tensor;
use landauer_core::inference::{Image, Model};
use serde::{Deserialize, Serialize};

use super::{ExportError, FloatModel};
use crate::evaluation::{Predictions, mean_absolute_error};

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

impl Judgement {
    /// Of both networks' predictions for one test set, and of how well the tensors of some of its
    /// strips survive.
    #[must_use]
    pub fn new(float: &Predictions, integer: &Predictions, layers: Vec<LayerNoise>) -> Self {
        let losses = float.targets.iter().enumerate().map(|(number, target)| {
            let [exact, float, integer] = [&float.exact, &float.predicted, &integer.predicted]
                .map(|values| integer.column(values, number));
            let distances = float.iter().zip(&integer).map(|(a, b)| (a - b).abs());
            TargetLoss {
                target: target.to_string(),
                float_mae: mean_absolute_error(&exact, &float),
                integer_mae: mean_absolute_error(&exact, &integer),
                worst_difference: distances.fold(0.0, f64::max),
            }
        });
        Self {
            samples: float.counts.len(),
            targets: losses.collect(),
            layers,
        }
    }
}

/// Compares every tensor of both networks on some strips, `[sample, slice, row]` in units of t.
///
/// # Errors
/// A strip that the model was not made for.
pub fn layer_noise(
    network: &dyn FloatModel,
    model: &Model<'_>,
    onsite: &[f64],
) -> Result<Vec<LayerNoise>, ExportError> {
    let card = model.card();
    let written = model.layers().map(|layer| layer.output);
    let tensors: Vec<Tensor> = [card.encoder.output].into_iter().chain(written).collect();
    let mut names = vec![String::new(); tensors.len()];
    let mut sums = vec![[0.0; 2]; tensors.len()];
    let mut arena = vec![0; card.arena as usize];
    let mut patch = vec![0; model.scratch_len()];
    for onsite in onsite.chunks_exact(model.sites().max(1)) {
        let float = network.tensors(onsite);
        for (name, (known, _)) in names.iter_mut().zip(&float) {
            name.clone_from(known);
        }
        let mut compare = |number: usize, arena: &[i8]| {
            let tensor = &tensors[number];
            let integers = &arena[tensor.range()];
            let float = float.get(number).map_or(&[][..], |(_, numbers)| numbers);
            for (&float, &integer) in float.iter().zip(integers) {
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
    let noise = names.into_iter().zip(tensors).zip(sums);
    // A tensor that there is nothing to compare with has no ratio.
    let noise = noise.filter(|(_, [signal, noise])| signal + noise > 0.0);
    let noise = noise.map(|((layer, tensor), [signal, noise])| LayerNoise {
        layer,
        // 200 dB is as good as exact, and JSON has no infinity.
        signal_to_noise_db: (10.0 * (signal / noise).log10()).clamp(-200.0, 200.0),
        step: f64::from(tensor.scale),
    });
    Ok(noise.collect())
}
