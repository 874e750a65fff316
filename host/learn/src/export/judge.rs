//! The loss of accuracy in integers.

use landauer_core::inference::format::Tensor;
use landauer_core::inference::{Image, Model};
use serde::{Deserialize, Serialize};

use super::lower::TABLE_TOLERANCE;
use super::{ExportError, FloatModel, Line};
use crate::evaluation::{Predictions, mean_absolute_error};

/// By how much a MAE may grow whatever its size is, in G0: what the decoder's tables may be off by. Where
/// the float network makes no error at all, no share of it says anything.
pub const SLACK: f64 = TABLE_TOLERANCE;

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
    /// 10·log₁₀ of Σ float² / Σ (float − what the integer stands for)². Where parts of a tensor have
    /// steps of their own, each part counts in its steps.
    pub signal_to_noise_db: f64,
    /// What 1 stands for; the mean where parts of the tensor have steps of their own.
    pub step: f64,
}

impl TargetLoss {
    /// By how many percent the MAE grows; `None` of one that is no more than [`SLACK`].
    #[must_use]
    pub fn loss(&self) -> Option<f64> {
        let grows = 100.0 * (self.integer_mae / self.float_mae - 1.0);
        (self.float_mae > SLACK).then_some(grows)
    }
}

impl Judgement {
    /// Refuses a MAE that grows by more than this percentage and [`SLACK`].
    ///
    /// # Errors
    /// [`ExportError::Loss`] for the first target that loses more.
    pub fn require(&self, allowed: f64) -> Result<(), ExportError> {
        let kept = |target: &TargetLoss| {
            target.integer_mae <= target.float_mae * (1.0 + allowed / 100.0) + SLACK
        };
        // A loss that is not a number is one.
        match self.targets.iter().find(|target| !kept(target)) {
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

/// Compares every tensor of both networks on some strips, `[sample, slice, row]` in units of t;
/// `lines` say what the model's integers stand for.
///
/// # Errors
/// A strip that the model was not made for.
pub fn layer_noise(
    network: &dyn FloatModel,
    (model, lines): (&Model<'_>, &[Vec<Line>]),
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
            let integers = &arena[tensors[number].range()];
            let float = float.get(number).map_or(&[][..], |(_, numbers)| numbers);
            let lines = lines.get(number).map_or(&[][..], Vec::as_slice);
            let [signal, noise] = compare(float, integers, lines);
            sums[number][0] += signal;
            sums[number][1] += noise;
        };
        let count = model.count(onsite, usize::from(card.width));
        let count = count.map_err(ExportError::InvalidModel)?;
        let input = &mut arena[card.encoder.output.range()];
        let encoded = model.encode(Image::default(), onsite, count, input);
        encoded.map_err(ExportError::InvalidModel)?;
        compare(0, &arena);
        for (number, layer) in model.layers().enumerate() {
            let ran = model.run_layer(&layer, count, &mut arena, &mut patch);
            ran.map_err(ExportError::InvalidModel)?;
            compare(number + 1, &arena);
        }
    }
    let noise = names.into_iter().zip(lines).zip(sums);
    // A tensor without anything to compare it with has no ratio.
    let noise = noise.filter(|(_, [signal, noise])| signal + noise > 0.0);
    let noise = noise.map(|((layer, lines), [signal, noise])| LayerNoise {
        layer,
        // 200 dB is as good as exact, and JSON has no infinity.
        signal_to_noise_db: (10.0 * (signal / noise).log10()).clamp(-200.0, 200.0),
        step: lines.iter().map(|line| line.step).sum::<f64>() / lines.len().max(1) as f64,
    });
    Ok(noise.collect())
}

/// Σ float² and Σ (float − what the integer stands for)², each part of the tensor in its steps.
fn compare(float: &[f32], integers: &[i8], lines: &[Line]) -> [f64; 2] {
    let each = integers.len().div_ceil(lines.len().max(1)).max(1);
    let parts = float.chunks(each).zip(integers.chunks(each)).zip(lines);
    let mut sums = [0.0; 2];
    for ((float, integers), line) in parts {
        // With one step the unit does not matter.
        let unit = if lines.len() == 1 { 1.0 } else { line.step };
        for (&float, &integer) in float.iter().zip(integers) {
            let float = f64::from(float);
            let difference = float - (line.offset + line.step * f64::from(integer));
            sums[0] += (float / unit).powi(2);
            sums[1] += (difference / unit).powi(2);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_nothing_stands_beside_an_absolute_slack() {
        let judged = |float_mae: f64, integer_mae: f64, allowed: f64| {
            let target = TargetLoss {
                target: "G".to_owned(),
                float_mae,
                integer_mae,
                worst_difference: 0.0,
            };
            let judgement = Judgement {
                samples: 1,
                targets: vec![target],
                layers: Vec::new(),
            };
            judgement
                .require(allowed)
                .map_err(|error| error.to_string())
        };
        assert_eq!(judged(0.0, 0.0, 0.0), Ok(()));
        assert_eq!(judged(1e-12, 1e-5, 2.0), Ok(()));
        assert_eq!(judged(0.1, 0.102, 2.0), Ok(()));
        let told = judged(0.1, 0.1023, 2.0).unwrap_err();
        assert!(
            told.contains("from 0.10000 to 0.10230 G0, by 2.30 %"),
            "{told}"
        );
        assert!(told.contains("may grow by 2 % and 0.0002 G0"), "{told}");
        let told = judged(0.0, 0.5, 2.0).unwrap_err();
        assert!(
            told.contains("from 0.00000 to 0.50000 G0, and may"),
            "{told}"
        );
        for bad in [f64::NAN, f64::INFINITY] {
            assert!(judged(0.1, bad, 2.0).is_err());
        }
    }

    #[test]
    fn parts_of_a_tensor_count_in_their_own_steps() {
        let lines = [
            Line::through_zero(2.0),
            Line {
                offset: 100.0,
                step: 10.0,
            },
        ];
        // 6 and 8 of steps of 2; 130 and 50 of steps of 10 from 100 on.
        let [signal, noise] = compare(&[6.0, 8.0, 130.0, 50.0], &[3, 5, 3, -6], &lines);
        assert_eq!(signal, 9.0 + 16.0 + 169.0 + 25.0);
        assert_eq!(noise, 1.0 + 1.0);
        let one = [Line::through_zero(0.5)];
        assert_eq!(compare(&[1.0, 2.0], &[2, 5], &one), [5.0, 0.25]);
    }
}
