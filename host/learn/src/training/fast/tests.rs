//! The chain against the same sums written down plainly in f64.

use pulp::Arch;

use landauer::internal::dissection::InstructionSet;

use super::{Adam, AdamSettings, Affine, Chain, ChainError, Samples};

/// Numbers in -1..1 that look random.
pub(super) fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f32::from(u16::try_from(state >> 17).unwrap()) / 16_384.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// Layer by layer: inputs, then outputs of each layer, all `[sample, feature]`.
fn outputs(layers: &[Affine], chain: &Chain, x: &[f32], samples: usize) -> Vec<Vec<f64>> {
    let mut all = vec![x.iter().map(|x| f64::from(*x)).collect::<Vec<_>>()];
    for (index, layer) in layers.iter().enumerate() {
        let (weights, bias) = chain.layer(index).unwrap();
        let x = all.last().unwrap();
        let mut y = Vec::new();
        for group in 0..samples * layer.groups {
            for output in 0..layer.outputs {
                let mut sum = f64::from(bias[output]);
                for input in 0..layer.inputs {
                    sum += x[group * layer.inputs + input]
                        * f64::from(weights[input * layer.outputs + output]);
                }
                y.push(if layer.relu { sum.max(0.0) } else { sum });
            }
        }
        all.push(y);
    }
    all
}

/// Gradients by weights and bias of each layer, the last first.
fn gradients(
    layers: &[Affine],
    chain: &Chain,
    all: &[Vec<f64>],
    grad_output: &[f32],
) -> Vec<(Vec<f64>, Vec<f64>)> {
    let mut dy: Vec<f64> = grad_output.iter().map(|d| f64::from(*d)).collect();
    let mut gradients = Vec::new();
    for (index, layer) in layers.iter().enumerate().rev() {
        if layer.relu {
            for (dy, y) in dy.iter_mut().zip(&all[index + 1]) {
                *dy = if *y > 0.0 { *dy } else { 0.0 };
            }
        }
        let (weights, _) = chain.layer(index).unwrap();
        let x = &all[index];
        let mut dx = vec![0.0; x.len()];
        let mut dw = vec![0.0; layer.weights()];
        let mut db = vec![0.0; layer.outputs];
        for group in 0..dy.len() / layer.outputs {
            for output in 0..layer.outputs {
                let dy = dy[group * layer.outputs + output];
                db[output] += dy;
                for input in 0..layer.inputs {
                    let place = input * layer.outputs + output;
                    dw[place] += x[group * layer.inputs + input] * dy;
                    dx[group * layer.inputs + input] += f64::from(weights[place]) * dy;
                }
            }
        }
        gradients.push((dw, db));
        dy = dx;
    }
    gradients
}

/// Equal up to f32's rounding of sums of this size.
fn close(found: &[f32], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    let size = expected.iter().fold(1e-3_f64, |size, e| size.max(e.abs()));
    for (found, expected) in found.iter().zip(expected) {
        let error = (f64::from(*found) - expected).abs();
        assert!(error < 2e-5 * size, "{found} is not {expected}");
    }
}

fn conv(groups: usize, inputs: usize, outputs: usize) -> Affine {
    Affine {
        groups,
        inputs,
        outputs,
        relu: true,
    }
}

#[test]
fn outputs_and_gradients_are_the_plain_sums() {
    let chains: [&[Affine]; 7] = [
        &[
            conv(36, 4, 16),
            conv(9, 64, 16),
            Affine::dense(144, 70, true),
            Affine::dense(70, 1, false),
        ],
        &[
            conv(48, 4, 16),
            conv(12, 64, 16),
            conv(3, 64, 16),
            Affine::dense(48, 3, false),
        ],
        // Groups of one layer that are no multiple of the next one's.
        &[conv(6, 5, 4), conv(4, 6, 5), Affine::dense(20, 2, true)],
        &[conv(5, 3, 40), conv(5, 40, 2), Affine::dense(10, 1, false)],
        &[
            Affine::dense(9, 33, true),
            Affine::dense(33, 95, true),
            Affine::dense(95, 12, false),
        ],
        &[
            Affine::dense(300, 200, true),
            Affine::dense(200, 300, false),
        ],
        &[Affine::dense(1, 1, false)],
    ];
    for (which, layers) in chains.into_iter().enumerate() {
        for samples in [1, 31, 32, 33, 80] {
            let seed = u32::try_from(which * 100 + samples).unwrap();
            let mut chain = Chain::new(layers).unwrap();
            for (index, layer) in layers.iter().enumerate() {
                let scale = 1.0 / (layer.inputs as f32).sqrt();
                let weights: Vec<f32> = numbers(layer.weights(), seed)
                    .iter()
                    .map(|w| w * scale)
                    .collect();
                let bias = numbers(layer.outputs, seed + 1);
                chain.set_layer(index, &weights, &bias).unwrap();
                assert_eq!(chain.layer(index).unwrap(), (weights, bias));
            }
            let features = layers[0].features_in();
            let x = numbers(features * samples, seed + 2);
            let mut batch = Samples::new(features);
            // What was there before leaves no trace.
            batch.fill(numbers(features * 40, 1).chunks_exact(features));
            chain.forward(&batch).unwrap();
            batch.fill(x.chunks_exact(features));
            let all = outputs(layers, &chain, &x, samples);
            let found = chain.forward(&batch).unwrap();
            close(found, all.last().unwrap());
            let grad_output = numbers(found.len(), seed + 3);
            chain.backward(&batch, &grad_output).unwrap();
            let expected = gradients(layers, &chain, &all, &grad_output);
            for (index, (weights, bias)) in expected.iter().rev().enumerate() {
                let (found_weights, found_bias) = chain.layer_gradient(index).unwrap();
                close(&found_weights, weights);
                close(&found_bias, bias);
            }
        }
    }
}

#[test]
fn every_instruction_set_gives_the_same_bits() {
    let layers = [
        conv(36, 4, 16),
        conv(9, 64, 16),
        Affine::dense(144, 70, true),
        Affine::dense(70, 1, false),
    ];
    let train = |arch: Arch| {
        let mut chain = Chain::new(&layers).unwrap().on(arch);
        let mut adam = Adam::new(AdamSettings::default(), chain.parameters().len()).on(arch);
        for (index, layer) in layers.iter().enumerate() {
            let weights = numbers(layer.weights(), 3);
            chain
                .set_layer(index, &weights, &numbers(layer.outputs, 4))
                .unwrap();
        }
        let mut batch = Samples::new(144);
        for step in 0..3 {
            batch.fill(numbers(144 * 45, step).chunks_exact(144));
            let grad_output: Vec<f32> = chain
                .forward(&batch)
                .unwrap()
                .iter()
                .map(|y| y - 1.0)
                .collect();
            chain.backward(&batch, &grad_output).unwrap();
            let (parameters, gradient) = chain.parameters_and_gradient();
            adam.step(parameters, gradient, 1.0, 1e-3);
        }
        chain.parameters().to_vec()
    };
    let plain = train(Arch::Scalar);
    assert!(plain.iter().all(|value| value.is_finite()));
    for set in InstructionSet::all() {
        assert_eq!(train(set.arch()), plain, "{set}");
    }
}

#[test]
fn a_step_in_one_pass_and_many_threads_change_no_bit() {
    // Panels that are not full, parts of several threads, gradients of every kind.
    let dense = [
        Affine::dense(150, 301, true),
        Affine::dense(301, 270, true),
        Affine::dense(270, 1, false),
    ];
    let convolutional = [
        conv(36, 4, 16),
        conv(9, 64, 16),
        Affine::dense(144, 300, true),
        Affine::dense(300, 2, false),
    ];
    for layers in [&dense[..], &convolutional] {
        let features = layers[0].features_in();
        let train = |arch: Arch, threads: usize, in_one: bool| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build().unwrap().install(|| {
                let mut chain = Chain::new(layers).unwrap().on(arch);
                let count = chain.parameters().len();
                let mut adam = Adam::new(AdamSettings::default(), count).on(arch);
                for (index, layer) in layers.iter().enumerate() {
                    let scale = 1.0 / (layer.inputs as f32).sqrt();
                    let weights = numbers(layer.weights(), 3)
                        .iter()
                        .map(|w| w * scale)
                        .collect::<Vec<_>>();
                    let bias = numbers(layer.outputs, 4);
                    chain.set_layer(index, &weights, &bias).unwrap();
                }
                let mut batch = Samples::new(features);
                for step in 0..3 {
                    batch.fill(numbers(features * 100, step).chunks_exact(features));
                    let outputs = chain.forward(&batch).unwrap();
                    let grad_output: Vec<f32> = outputs.iter().map(|y| y - 1.0).collect();
                    if in_one {
                        chain
                            .backward_and_step(&batch, &grad_output, &mut adam, 1e-3)
                            .unwrap();
                    } else {
                        chain.backward(&batch, &grad_output).unwrap();
                        let (parameters, gradient) = chain.parameters_and_gradient();
                        adam.step(parameters, gradient, 1.0, 1e-3);
                    }
                }
                let (steps, means, squares) = adam.memory();
                assert_eq!(steps, 3);
                [chain.parameters(), means, squares].concat()
            })
        };
        let expected = train(Arch::Scalar, 1, false);
        assert!(expected.iter().all(|value| value.is_finite()));
        for set in InstructionSet::all() {
            for threads in [1, 3] {
                for in_one in [false, true] {
                    let found = train(set.arch(), threads, in_one);
                    assert!(found == expected, "{set}, {threads} threads, {in_one}");
                }
            }
        }
    }
    let mut chain = Chain::new(&dense).unwrap();
    let mut batch = Samples::new(150);
    batch.fill(numbers(150, 1).chunks_exact(150));
    chain.forward(&batch).unwrap();
    let mut adam = Adam::new(AdamSettings::default(), 3);
    let refused = chain.backward_and_step(&batch, &[1.0], &mut adam, 1e-3);
    assert!(matches!(
        refused,
        Err(ChainError::Length {
            what: "optimiser",
            ..
        })
    ));
    assert_eq!(adam.memory().0, 0);
}

#[test]
fn adam_is_its_formula() {
    let count = 37;
    let settings = AdamSettings {
        weight_decay: 0.1,
        ..AdamSettings::default()
    };
    let mut adam = Adam::new(settings, count);
    let mut found = numbers(count, 1);
    let mut w: Vec<f64> = found.iter().map(|w| f64::from(*w)).collect();
    let (mut m, mut v) = (vec![0.0; count], vec![0.0; count]);
    for step in 1..=20 {
        let gradient = numbers(count, 10 + step);
        adam.step(&mut found, &gradient, 0.5, 1e-2);
        let power = i32::try_from(step).unwrap();
        for i in 0..count {
            let g = f64::from(gradient[i]) * 0.5;
            m[i] = 0.9 * m[i] + 0.1 * g;
            v[i] = 0.999 * v[i] + 0.001 * g * g;
            let mean = m[i] / (1.0 - 0.9_f64.powi(power));
            let square: f64 = v[i] / (1.0 - 0.999_f64.powi(power));
            w[i] = w[i] * (1.0 - 1e-2 * 0.1) - 1e-2 * mean / (square.sqrt() + 1e-8);
        }
        close(&found, &w);
    }
}

#[test]
fn what_does_not_fit_is_told() {
    assert_eq!(Chain::new(&[]).unwrap_err(), ChainError::Empty);
    let empty = [Affine::dense(2, 0, true)];
    assert_eq!(Chain::new(&empty).unwrap_err(), ChainError::EmptyLayer(0));
    let unlinked = [Affine::dense(2, 3, true), Affine::dense(4, 1, true)];
    assert!(matches!(
        Chain::new(&unlinked).unwrap_err(),
        ChainError::Unlinked {
            layer: 1,
            takes: 4,
            given: 3
        }
    ));
    let mut chain = Chain::new(&[Affine::dense(2, 3, true)]).unwrap();
    assert!(chain.forward(&Samples::new(3)).is_err());
    let mut samples = Samples::new(2);
    samples.fill([[1.0, 2.0].as_slice()].into_iter());
    assert!(chain.backward(&samples, &[0.0; 3]).is_err());
    chain.forward(&samples).unwrap();
    assert!(chain.backward(&samples, &[0.0; 2]).is_err());
    assert!(chain.backward(&samples, &[0.0; 3]).is_ok());
    assert!(chain.set_layer(1, &[], &[]).is_err());
    assert!(chain.set_layer(0, &[0.0; 5], &[0.0; 3]).is_err());
}
