//! Networks and trainings by name.

use super::config::{
    Input, Loss, Optimiser, Schedule, TargetName, TrainingConfig, TrainingConfigError,
};
use super::spec::{Convolution, NetworkSpec};

/// The presets, each with a line about it.
pub const PRESETS: [(&str, &str); 9] = [
    ("paper-cnn", "the paper's CNN for G, trained as Keras would"),
    ("paper-cnn-gbar", "the same for Ḡ"),
    (
        "paper-cnn-residual",
        "the paper's CNN with our training: residual target, mirror images, EMA",
    ),
    ("paper-dnn-3x3", "the paper's DNN for model I, 9-20-20-20-1"),
    ("wide-dnn", "three dense layers of 3000"),
    (
        "best-3x3",
        "our DNN for model I at 3x3 or 5x5, with its 8 symmetries",
    ),
    (
        "spectral",
        "our network for 40x40 strips, G and Ḡ, for some 80,000 samples",
    ),
    ("best-g", "the same, larger, for G, for millions of samples"),
    ("best-gbar", "the same for Ḡ"),
];

/// The training configuration of this name.
///
/// The `paper` presets are the networks of the paper. It gives neither batch size nor epochs nor
/// initial weights; they are Keras' defaults here: batches of 32, Adam with a learning rate of 1e-3,
/// mean square error, Glorot's uniform initial weights, zero biases.
///
/// # Errors
/// An unknown name.
pub fn preset(name: &str) -> Result<TrainingConfig, TrainingConfigError> {
    let mut config = match name {
        "paper-cnn" => paper(paper_cnn()),
        "paper-cnn-gbar" => TrainingConfig {
            targets: vec![TargetName::GBar],
            ..paper(paper_cnn())
        },
        "paper-dnn-3x3" => TrainingConfig {
            epochs: 100,
            ..paper(dense(&[20, 20, 20]))
        },
        "wide-dnn" => paper(dense(&[3000, 3000, 3000])),
        "paper-cnn-residual" => residual(paper_cnn()),
        "best-3x3" => TrainingConfig {
            residual: false,
            input: Input::Plain,
            loss: Loss::L1,
            batch_size: 256,
            epochs: 12,
            // At 3x3 and at 5x5 fewer than 100,000 parameters.
            ..residual(dense(&[176, 176, 176, 176]))
        },
        // Decay keeps it from learning 80,000 samples by heart.
        "spectral" => spectral(2, 12, 40, 0.3),
        "best-g" => best(TargetName::G, TargetName::GBar),
        "best-gbar" => best(TargetName::GBar, TargetName::G),
        other => {
            let known: Vec<&str> = PRESETS.iter().map(|(name, _)| *name).collect();
            return Err(TrainingConfigError::Preset {
                name: other.to_owned(),
                known: known.join(", "),
            });
        }
    };
    config.preset = Some(name.to_owned());
    Ok(config)
}

/// For one target, with the other and all energies beside it.
fn best(target: TargetName, other: TargetName) -> TrainingConfig {
    TrainingConfig {
        targets: vec![target],
        auxiliary_targets: vec![other, TargetName::Energies],
        target_weight: 1.0,
        auxiliary_weight: 0.1,
        epochs: 6,
        ..spectral(3, 16, 96, 0.1)
    }
}

fn dense(hidden: &[usize]) -> NetworkSpec {
    NetworkSpec::Dense {
        hidden: hidden.to_vec(),
    }
}

fn paper_cnn() -> NetworkSpec {
    let convolution = Convolution {
        channels: 16,
        kernel: 2,
    };
    NetworkSpec::Convolutional {
        convolutions: vec![convolution; 3],
        hidden: vec![1024],
    }
}

/// As Keras would.
fn paper(network: NetworkSpec) -> TrainingConfig {
    TrainingConfig {
        preset: None,
        targets: vec![TargetName::G],
        auxiliary_targets: Vec::new(),
        target_weight: 1.0,
        auxiliary_weight: 0.0,
        input: Input::Plain,
        residual: false,
        weigh_by_spread: false,
        max_concentration: 1.0,
        augment: false,
        average_symmetry_copies: false,
        batch_size: 32,
        epochs: 30,
        patience: Some(5),
        validation: 0.05,
        dropout: 0.0,
        seed: 1,
        loss: Loss::Mse,
        optimiser: Optimiser {
            learning_rate: 1e-3,
            weight_decay: 0.0,
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-7,
            schedule: Schedule::Constant,
            max_grad_norm: None,
            ema: None,
        },
        network,
    }
}

/// With what physics and experience say.
fn residual(network: NetworkSpec) -> TrainingConfig {
    TrainingConfig {
        input: Input::Standardised,
        residual: true,
        weigh_by_spread: true,
        max_concentration: 0.5625,
        augment: true,
        average_symmetry_copies: true,
        batch_size: 128,
        epochs: 8,
        patience: None,
        loss: Loss::L1,
        optimiser: Optimiser {
            learning_rate: 1e-3,
            weight_decay: 0.05,
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-8,
            schedule: Schedule::Cosine {
                warmup_steps: 200,
                final_learning_rate: 1e-5,
            },
            max_grad_norm: Some(5.0),
            ema: Some(0.998),
        },
        ..paper(network)
    }
}

fn spectral(local: usize, kernels: usize, units: usize, weight_decay: f32) -> TrainingConfig {
    let base = residual(NetworkSpec::Spectral {
        local,
        kernels,
        units,
        head: 32,
    });
    TrainingConfig {
        targets: vec![TargetName::G, TargetName::GBar],
        auxiliary_targets: vec![TargetName::Energies],
        target_weight: 0.5,
        auxiliary_weight: 0.05,
        // It is invariant under the mirrors as it is.
        augment: false,
        average_symmetry_copies: false,
        epochs: 7,
        dropout: 0.08,
        // Above, the median is right to two digits, and is predicted.
        max_concentration: 0.375,
        optimiser: Optimiser {
            learning_rate: 3e-3,
            weight_decay,
            ..base.optimiser
        },
        ..base
    }
}
