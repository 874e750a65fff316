//! The paper's trainings.

use super::error::ExperimentError;
use landauer_learn::training::{NetworkSpec, TargetName, TrainingConfig, preset};

/// How long networks are trained at most, and how long without an improvement on the validation
/// split; the paper does not say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub(super) epochs: u64,
    pub(super) patience: u64,
}

/// This many equal hidden layers, trained with Keras' defaults.
pub(super) fn dense(
    layers: usize,
    units: usize,
    patience: Patience,
) -> Result<TrainingConfig, ExperimentError> {
    let network = NetworkSpec::Dense {
        hidden: vec![units; layers],
    };
    Ok(TrainingConfig {
        network,
        ..paper(TargetName::G, 1, patience)?
    })
}

/// The paper's CNN, trained as Keras would.
pub(super) fn cnn(
    target: TargetName,
    seed: u64,
    patience: Patience,
) -> Result<TrainingConfig, ExperimentError> {
    paper(target, seed, patience)
}

fn paper(
    target: TargetName,
    seed: u64,
    Patience { epochs, patience }: Patience,
) -> Result<TrainingConfig, ExperimentError> {
    Ok(TrainingConfig {
        preset: None,
        targets: vec![target],
        epochs,
        patience: Some(patience),
        seed,
        ..preset("paper-cnn")?
    })
}

/// What is said of networks trained so.
pub(super) fn choices(Patience { epochs, patience }: Patience) -> String {
    format!(
        "The paper names Adam with a learning rate of 1e-3 and the mean square error. Ours are batches of \
         32 and Glorot's uniform initial weights, as Keras has them by default; {epochs} epochs at \
         most, ended when {patience} in a row were no better on a validation split of 5 % of the \
         training samples; and the weights of the best one."
    )
}
