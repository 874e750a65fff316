use super::*;

fn shape() -> SpectralShape {
    SpectralShape {
        length: 6,
        width: 4,
        local: 2,
        hidden: 3,
        units: 5,
        head: 4,
        targets: 2,
    }
}

/// Numbers in [-1, 1) without pattern.
fn numbers(seed: u32) -> impl FnMut() -> f32 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    }
}

fn network_and_batch(count: usize) -> (SpectralNetwork, Vec<Vec<u8>>) {
    let mut network = SpectralNetwork::new(shape()).expect("a good shape");
    let mut number = numbers(7);
    for parameter in network.parameters_mut() {
        *parameter = number();
    }
    let strips = (0..count)
        .map(|_| {
            (0..shape().sites())
                .map(|_| u8::from(number() > 0.4))
                .collect()
        })
        .collect();
    (network, strips)
}

fn batch(strips: &[Vec<u8>]) -> SpectralBatch {
    let mut batch = SpectralBatch::new(shape().sites());
    batch.fill(strips.iter().map(Vec::as_slice), &[0.0, 1.0], 1.0);
    batch
}

#[test]
fn the_gradient_is_the_difference_quotient() {
    let (mut network, strips) = network_and_batch(37);
    let batch = batch(&strips);
    let mut number = numbers(3);
    let weights: Vec<f32> = (0..37 * 2).map(|_| number()).collect();
    let loss = |network: &mut SpectralNetwork| -> f64 {
        let outputs = network.forward(&batch).iter().zip(&weights);
        outputs.map(|(o, w)| f64::from(*o) * f64::from(*w)).sum()
    };
    loss(&mut network);
    network.backward(&batch, &weights).expect("it fits");
    let gradient = network.gradient().to_vec();
    let largest = gradient.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
    for (index, grad) in gradient.iter().enumerate() {
        let step = 2e-3;
        let before = network.parameters()[index];
        network.parameters_mut()[index] = before + step;
        let above = loss(&mut network);
        network.parameters_mut()[index] = before - step;
        let below = loss(&mut network);
        network.parameters_mut()[index] = before;
        let measured = (above - below) / (2.0 * f64::from(step));
        let error = (measured - f64::from(*grad)).abs();
        // Differences of f32 sums over a step: a few parts in a thousand of the gradients.
        let allowed = 4e-3 * f64::from(largest.max(grad.abs()));
        assert!(
            error < allowed,
            "parameter {index}: {grad} against {measured}"
        );
    }
}

#[test]
fn mirror_images_have_the_same_outputs() {
    let (mut network, strips) = network_and_batch(3);
    let outputs = network.forward(&batch(&strips)).to_vec();
    for (along, across) in [(true, false), (false, true), (true, true)] {
        let images: Vec<Vec<u8>> = strips
            .iter()
            .map(|strip| {
                let mut slices: Vec<Vec<u8>> = strip.chunks(4).map(<[u8]>::to_vec).collect();
                if along {
                    slices.reverse();
                }
                if across {
                    for slice in &mut slices {
                        slice.reverse();
                    }
                }
                slices.concat()
            })
            .collect();
        for (a, b) in outputs.iter().zip(network.forward(&batch(&images))) {
            assert!((a - b).abs() < 1e-4 * (1.0 + a.abs()), "{a} {b}");
        }
    }
}
