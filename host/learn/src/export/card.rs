//! What stands beside a model file: where it comes from and what it is worth.

use landauer_core::DisorderModel;
use serde::{Deserialize, Serialize};

use super::{Judgement, LayerNoise, TargetLoss};
use crate::evaluation::skill;
use crate::model::Provenance;
use crate::training::{RunRecord, Trained, TrainingConfig};

/// A model card, written as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// `landauer-model-card`.
    pub format: String,
    /// The version of the format.
    pub format_version: u32,
    /// The model's name.
    pub name: String,
    /// The version of the program that exported it.
    pub crate_version: String,
    /// Slices of its strips.
    pub length: usize,
    /// Sites in a slice.
    pub width: usize,
    /// The disorder that it was made for.
    pub disorder: DisorderModel,
    /// Bits of the weights of its hidden dense layers.
    pub weight_bits: u8,
    /// Multiply-accumulates of a prediction, all passes.
    pub multiply_adds: u64,
    /// Mirror images that are averaged.
    pub passes: usize,
    /// Bytes of the file.
    pub flash_bytes: usize,
    /// Bytes of scratch.
    pub ram_bytes: usize,
    /// The test set that it was judged on.
    pub test: TestSet,
    /// What it is worth there, by target.
    pub targets: Vec<TargetMetrics>,
    /// How well each tensor survives.
    pub layers: Vec<LayerNoise>,
    /// Where it comes from.
    pub run: RunSummary,
    /// What ties it to its file and its training samples.
    #[serde(flatten)]
    pub provenance: Provenance,
}

/// A test set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestSet {
    /// Its path.
    pub path: String,
    /// Its seed.
    pub seed: u64,
    /// Its samples.
    pub samples: usize,
}

/// Errors of one target, in G0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetMetrics {
    /// Of both networks.
    #[serde(flatten)]
    pub loss: TargetLoss,
    /// The mean absolute error of the training set's median at the impurity count.
    pub baseline_mae: Option<f64>,
    /// 1 - the integer network's error / the baseline's; `None` if that is none.
    pub skill: Option<f64>,
}

/// What a card keeps of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// The seed of the training.
    pub seed: u64,
    /// How it was trained.
    pub config: TrainingConfig,
    /// On what, where, and what came out.
    pub record: RunRecord,
}

impl RunSummary {
    /// Of a finished run.
    #[must_use]
    pub fn of(trained: &Trained) -> Self {
        Self {
            seed: trained.config().seed,
            config: trained.config().clone(),
            record: trained.record().clone(),
        }
    }
}

impl ModelCard {
    /// What `format` says.
    pub const FORMAT: &'static str = "landauer-model-card";

    /// The version of the format.
    pub const FORMAT_VERSION: u32 = 1;

    /// The metrics of each target; `baseline_mae` has one number a target, or none.
    #[must_use]
    pub fn metrics(judgement: &Judgement, baseline_mae: &[f64]) -> Vec<TargetMetrics> {
        let targets = judgement.targets.iter().enumerate();
        targets
            .map(|(number, loss)| {
                let baseline = baseline_mae.get(number).copied();
                TargetMetrics {
                    loss: loss.clone(),
                    baseline_mae: baseline,
                    skill: skill(loss.integer_mae, baseline),
                }
            })
            .collect()
    }
}
