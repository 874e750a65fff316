//! The gradient that the loop follows, against differences of the loss itself.

use landauer_core::{Concentration, DisorderModel, Ensemble};

use super::config::{Input, Loss};
use super::device::Device;
use super::network::{Architecture, BatchItem, Network};
use super::objective::Objective;
use super::preset::preset;
use super::scaling::Scaling;
use super::spec::{Convolution, NetworkSpec};
use super::strips::{Encoder, Strips};
use super::symmetry::SymmetryCopy;
use landauer::StripSize;

const SIZE: StripSize = crate::strip_size(4, 4);
const STRIPS: usize = 24;

/// The share of the largest gradient by which a difference over [`STEP`] may be off: the loss is a sum
/// in f32, of relative rounding 1e-7, and is divided by the step; the worst seen is 2e-3.
const TOLERANCE: f64 = 2e-2;
const STEP: f32 = 4e-3;

fn strips() -> Strips {
    let model = DisorderModel::II;
    let ensemble = Ensemble::new(model, Concentration::Uniform, 4).unwrap();
    let mut species = vec![0; STRIPS * 16];
    for (number, strip) in species.chunks_exact_mut(16).enumerate() {
        ensemble.sample(number as u64).fill_species(strip);
    }
    let exact = (0..2 * STRIPS)
        .map(|k| (k as f32 * 0.9).cos() + 1.0)
        .collect();
    Strips::of_species(SIZE, model, species, exact)
}

fn check(spec: NetworkSpec, device: Device, loss: Loss) {
    let strips = strips();
    let mut config = preset("paper-cnn-residual").unwrap();
    config.loss = loss;
    config.residual = false;
    let architecture = Architecture {
        spec,
        size: SIZE,
        outputs: 2,
        encoder: Encoder::new(DisorderModel::II, Input::Standardised, 16),
    };
    let mut network = architecture.network(device).unwrap();
    let mut weights = architecture.initial(&config).unwrap();
    // No sum is exactly at a kink, and nothing is zero.
    let values: Vec<f32> = weights
        .flat()
        .iter()
        .enumerate()
        .map(|(k, w)| w + 0.1 * (k as f32).sin())
        .collect();
    weights.set_flat(&values);
    network.set_weights(&weights).unwrap();
    let scaling = Scaling::fit(DisorderModel::II, 16, &strips.counts, &strips.exact, 16);
    let objective = Objective::new(&config, &scaling, &[0.5, 2.0], &strips);
    let items: Vec<BatchItem> = (0..STRIPS)
        .map(|sample| BatchItem {
            sample,
            copy: SymmetryCopy::of(sample as u64 % 4),
        })
        .collect();
    let mut grad = Vec::new();
    let mut loss = |network: &mut dyn Network| {
        let outputs = network.forward(&strips, &items, None).unwrap();
        objective.loss_and_grad(&strips, &items, outputs, &mut grad) / STRIPS as f64
    };
    loss(&mut *network);
    let grad_output = {
        let outputs = network.forward(&strips, &items, None).unwrap();
        let mut grad = Vec::new();
        objective.loss_and_grad(&strips, &items, outputs, &mut grad);
        grad
    };
    network.backward(&grad_output).unwrap();
    let gradient = network.parameters_and_gradient().1.to_vec();
    let largest = gradient.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
    assert!(largest > 1e-2, "{largest}");
    let mut off = 0;
    for (number, grad) in gradient.iter().enumerate() {
        let before = network.parameters()[number];
        let mut at = |value: f32| {
            network.parameters_mut()[number] = value;
            loss(&mut *network)
        };
        let difference = at(before + STEP) - at(before - STEP);
        at(before);
        let measured = difference / f64::from(2.0 * STEP);
        let error = (measured - f64::from(*grad)).abs();
        off += usize::from(error > TOLERANCE * f64::from(largest));
    }
    // Where a ReLU or an absolute value has its kink within the step, a difference quotient is not the gradient.
    assert!(
        off * 20 < gradient.len(),
        "{off} of {} are off",
        gradient.len()
    );
}

fn convolutional() -> NetworkSpec {
    NetworkSpec::Convolutional {
        convolutions: vec![
            Convolution {
                channels: 3,
                kernel: 2,
            },
            Convolution {
                channels: 4,
                kernel: 2,
            },
        ],
        hidden: vec![6],
    }
}

#[test]
fn of_a_convolutional_network() {
    for loss in [Loss::Mse, Loss::L1, Loss::Huber { delta: 0.5 }] {
        check(convolutional(), Device::Cpu, loss);
    }
}

#[test]
fn of_a_dense_network() {
    let spec = NetworkSpec::Dense { hidden: vec![9, 5] };
    check(spec, Device::Cpu, Loss::Mse);
}

#[test]
fn of_a_spectral_network() {
    let spec = NetworkSpec::Spectral {
        local: 1,
        kernels: 3,
        units: 4,
        head: 5,
    };
    check(spec, Device::Cpu, Loss::Huber { delta: 0.5 });
}

#[cfg(feature = "burn")]
#[test]
fn of_a_network_on_burns_flex() {
    check(convolutional(), Device::Flex, Loss::Mse);
}
