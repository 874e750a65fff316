//! The chain against the same network in burn's plain operations.

use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};

use super::tests::numbers;
use super::{Affine, Chain, Samples};

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
}

/// Equal up to f32's rounding of sums of this size.
fn close(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    let size = expected.iter().fold(1e-3_f32, |size, e| size.max(e.abs()));
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() < 5e-5 * size,
            "{found} is not {expected}"
        );
    }
}

#[test]
fn the_papers_cnn_has_burns_outputs_and_gradients() {
    let conv = |groups, inputs| Affine {
        groups,
        inputs,
        outputs: 16,
        relu: true,
    };
    let layers = [
        conv(400, 4),
        conv(100, 64),
        conv(25, 64),
        Affine::dense(400, 1024, true),
        Affine::dense(1024, 1, false),
    ];
    let samples = 40;
    let device = Device::flex().autodiff();
    let mut chain = Chain::new(&layers).unwrap();
    let x = numbers(1600 * samples, 1);
    let targets = numbers(samples, 2);

    let mut y = Tensor::<2>::from_data(TensorData::new(x.clone(), [samples, 1600]), &device);
    let mut parameters = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        let seed = u32::try_from(index).unwrap() + 10;
        let scale = 1.0 / (layer.inputs as f32).sqrt();
        let weights: Vec<f32> = numbers(layer.weights(), seed)
            .iter()
            .map(|w| w * scale)
            .collect();
        let bias = numbers(layer.outputs, seed + 10);
        chain.set_layer(index, &weights, &bias).unwrap();
        let shape = [layer.inputs, layer.outputs];
        let weights =
            Tensor::<2>::from_data(TensorData::new(weights, shape), &device).require_grad();
        let bias = Tensor::<2>::from_data(TensorData::new(bias, [1, layer.outputs]), &device)
            .require_grad();
        let rows = samples * layer.groups;
        y = y.reshape([rows, layer.inputs]).matmul(weights.clone()) + bias.clone();
        if layer.relu {
            y = relu(y);
        }
        parameters.push((weights, bias));
    }
    let wanted = Tensor::<2>::from_data(TensorData::new(targets.clone(), [samples, 1]), &device);
    let gradients = (y.clone() - wanted).square().mean().backward();

    let mut batch = Samples::new(1600);
    batch.fill(x.chunks_exact(1600));
    let found = chain.forward(&batch).unwrap().to_vec();
    close(&found, &values(y));
    let grad_output: Vec<f32> = found
        .iter()
        .zip(&targets)
        .map(|(y, target)| 2.0 / samples as f32 * (y - target))
        .collect();
    chain.backward(&batch, &grad_output).unwrap();
    for (index, (weights, bias)) in parameters.iter().enumerate() {
        let (found_weights, found_bias) = chain.layer_gradient(index).unwrap();
        close(&found_weights, &values(weights.grad(&gradients).unwrap()));
        close(&found_bias, &values(bias.grad(&gradients).unwrap()));
    }
}
