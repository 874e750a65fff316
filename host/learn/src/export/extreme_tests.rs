//! Networks that are sound and unlike any that was well trained: next to no weights, biases far larger
//! than all products, data that never vary. Their models are accepted by core and predict what the float
//! networks do.

use landauer_core::inference::format::{Mirrors, Window};
use landauer_core::inference::{Model, Target};
use landauer_core::{Concentration, DisorderModel, Ensemble};

use super::{
    Decoder, FloatAffine, FloatInput, FloatLayer, FloatModel, FloatNetwork, FloatSpectral,
    ModelLabel, WeightBits,
};
use crate::evaluation::impurities;
use crate::training::fast::spectral::{SpectralShape, deviation_scale};
use landauer::StripSize;

const SIZE: StripSize = crate::strip_size(6, 4);
const SITES: usize = 24;

/// Numbers between −1 and 1, others for each `seed`.
fn random(seed: u32, length: usize) -> Vec<f32> {
    let mut state = seed;
    let number = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f32::from((state >> 16) as u16) / 32768.0 - 1.0
    };
    (0..length).map(number).collect()
}

fn affine(name: &str, outputs: usize, inputs: usize) -> FloatAffine {
    FloatAffine {
        name: name.to_owned(),
        outputs,
        weights: random(5, outputs * inputs),
        bias: random(6, outputs),
    }
}

/// A convolution, a dense layer and a head.
fn chain(disorder: DisorderModel, input: FloatInput) -> FloatNetwork {
    let window = Window {
        kernel: [2; 2],
        stride: [2; 2],
        padding: [0; 2],
    };
    FloatNetwork {
        size: SIZE,
        disorder,
        concentration: Concentration::Uniform,
        targets: vec![Target::Conductance],
        input,
        layers: vec![
            FloatLayer::Conv2d {
                window,
                affine: affine("convolution", 3, 4),
            },
            FloatLayer::Dense(affine("dense", 5, 18)),
        ],
        head: affine("head", 1, 5),
        decoder: Decoder {
            centre: vec![vec![1.5]],
            scale: vec![vec![0.1]],
        },
        mirrors: Mirrors::None,
    }
}

fn species() -> FloatNetwork {
    let shares = (0..=SITES).map(|count| count as f32 / SITES as f32);
    let input = FloatInput::Standardised {
        values: vec![0.0, 1.0],
        mean: shares.clone().collect(),
        scale: shares.map(deviation_scale).collect(),
    };
    chain(DisorderModel::II, input)
}

fn anderson(strength: f64) -> FloatNetwork {
    #[allow(clippy::cast_possible_truncation, reason = "rounded once")]
    let factor = if strength > 0.0 {
        (2.0 / strength) as f32
    } else {
        0.0
    };
    let input = FloatInput::Onsite {
        factor,
        channels: 1,
    };
    chain(DisorderModel::AndersonBox { strength }, input)
}

fn affines(network: &mut FloatNetwork) -> Vec<&mut FloatAffine> {
    let layers = network.layers.iter_mut().map(|layer| {
        let (FloatLayer::Conv2d { affine, .. } | FloatLayer::Dense(affine)) = layer;
        affine
    });
    layers.chain([&mut network.head]).collect()
}

fn strips(disorder: DisorderModel, concentration: Concentration) -> Vec<f64> {
    let ensemble = Ensemble::new(disorder, concentration, 3).unwrap();
    let mut onsite = vec![0.0; SITES * 200];
    for (sample, strip) in (0..).zip(onsite.chunks_exact_mut(SITES)) {
        ensemble.sample(sample).fill_onsite(strip);
    }
    onsite
}

/// Lowers a network and compares its model with it on these strips; gives the mean difference, in G0.
fn difference(
    what: &str,
    network: &dyn FloatModel,
    onsite: &[f64],
    float: &dyn Fn(&[f64]) -> f64,
) -> f64 {
    let label = ModelLabel {
        name: "extreme".to_owned(),
        data_hash: [0; 32],
    };
    let lowered = network.lower(onsite, WeightBits::Int8, &label);
    let lowered = lowered.unwrap_or_else(|error| panic!("{what}: {error}"));
    let model = Model::parse(&lowered.bytes).unwrap();
    let mut scratch = vec![0; model.scratch_len()];
    let strips = onsite.chunks_exact(SITES);
    let differences = strips.map(|strip| {
        let mut found = [0.0_f32];
        let predicted = model.predict(strip, SIZE.width(), &mut scratch, &mut found);
        predicted.unwrap();
        (f64::from(found[0]) - float(strip).clamp(0.0, SIZE.width() as f64)).abs()
    });
    differences.sum::<f64>() / 200.0
}

#[test]
fn chains_with_extreme_weights_and_biases() {
    type Change = fn(&mut FloatNetwork);
    let changes: [(&str, Change); 12] = [
        ("as it is", |_| {}),
        ("every number times 1e-20", |network| {
            for affine in affines(network) {
                let numbers = affine.weights.iter_mut().chain(&mut affine.bias);
                numbers.for_each(|number| *number *= 1e-20);
            }
        }),
        ("weights times 1e-20", |network| {
            for affine in affines(network) {
                affine
                    .weights
                    .iter_mut()
                    .for_each(|weight| *weight *= 1e-20);
            }
        }),
        ("weights of 0", |network| {
            for affine in affines(network) {
                affine.weights.fill(0.0);
            }
        }),
        ("the first layer's weights times 1e-20", |network| {
            let affine = affines(network).remove(0);
            affine
                .weights
                .iter_mut()
                .for_each(|weight| *weight *= 1e-20);
        }),
        ("every number of the first layer times 1e-30", |network| {
            let affine = affines(network).remove(0);
            let numbers = affine.weights.iter_mut().chain(&mut affine.bias);
            numbers.for_each(|number| *number *= 1e-30);
        }),
        ("a head of zeros", |network| {
            network.head.weights.fill(0.0);
            network.head.bias.fill(0.0);
        }),
        ("biases of 1e6", |network| {
            for affine in affines(network) {
                affine.bias.fill(1e6);
            }
        }),
        ("biases of -1e6 in the first layer", |network| {
            affines(network).remove(0).bias.fill(-1e6);
        }),
        ("a bias of 1e6 that the head makes small again", |network| {
            affines(network).remove(1).bias.fill(1e6);
            network
                .head
                .weights
                .iter_mut()
                .for_each(|weight| *weight *= 1e-6);
        }),
        ("weights of the first layer times 1e20", |network| {
            let affine = affines(network).remove(0);
            affine.weights.iter_mut().for_each(|weight| *weight *= 1e20);
        }),
        ("a decoder without spread", |network| {
            network.decoder.scale = vec![vec![0.0]];
        }),
    ];
    let uniform = Concentration::Uniform;
    for (name, change) in changes {
        for network in [species(), anderson(2.0)] {
            let mut network = network;
            change(&mut network);
            let onsite = strips(network.disorder, uniform);
            let what = format!("{name}, {:?}", network.disorder);
            let float = |strip: &[f64]| network.predict(strip)[0];
            let off = difference(&what, &network, &onsite, &float);
            // Of sums of 1e20 only the sign is left, and 8 bits get the sign of some wrong.
            let limit = if name.ends_with("1e20") { 0.5 } else { 0.02 };
            assert!(off < limit, "{what}: {off}");
        }
    }
}

#[test]
fn chains_of_data_that_never_vary() {
    let fixed = |share| strips(DisorderModel::II, Concentration::Fixed(share));
    let cases = [
        ("no impurities", species(), fixed(0.0)),
        ("nothing but impurities", species(), fixed(1.0)),
        (
            "no disorder",
            anderson(0.0),
            strips(
                DisorderModel::AndersonBox { strength: 0.0 },
                Concentration::Uniform,
            ),
        ),
        (
            "next to no disorder",
            anderson(1e-30),
            strips(
                DisorderModel::AndersonBox { strength: 1e-30 },
                Concentration::Uniform,
            ),
        ),
    ];
    for (what, network, onsite) in cases {
        let float = |strip: &[f64]| network.predict(strip)[0];
        let off = difference(what, &network, &onsite, &float);
        assert!(off < 0.01, "{what}: {off}");
    }
}

const SHAPE: SpectralShape = SpectralShape {
    length: 6,
    width: 4,
    local: 2,
    hidden: 3,
    units: 5,
    head: 4,
    targets: 1,
};

fn spectral() -> FloatSpectral {
    let mut parameters = random(7, SHAPE.parameters());
    for place in [SHAPE.layout().gain, SHAPE.layout().mean] {
        for parameter in &mut parameters[place] {
            *parameter *= 0.3;
        }
    }
    FloatSpectral {
        size: StripSize::new(SHAPE.length, SHAPE.width).unwrap(),
        shape: SHAPE,
        parameters,
        values: vec![0.0, 1.0],
        mean: 1.0,
        disorder: DisorderModel::II,
        concentration: Concentration::Uniform,
        targets: vec![Target::Conductance],
        outputs: vec![0],
        decoder: Decoder {
            centre: vec![vec![1.5]],
            scale: vec![
                (0..=SITES)
                    .map(|c| if c < 20 { 0.02 } else { 0.0 })
                    .collect(),
            ],
        },
    }
}

#[test]
fn spectral_networks_with_extreme_parameters() {
    let layout = SHAPE.layout();
    let all = 0..SHAPE.parameters();
    let changes = [
        ("as it is", all.clone(), 1.0),
        ("every number times 1e-20", all, 1e-20),
        ("kernels times 1e-20", layout.kernel.clone(), 1e-20),
        ("no kernels", layout.kernel, 0.0),
        ("biases of kernels times 1e6", layout.kernel_bias, 1e6),
        ("mixtures of kernels times 1e-20", layout.mix.clone(), 1e-20),
        ("no mixtures of kernels", layout.mix, 0.0),
        ("means of maps times 1e6", layout.mean, 1e6),
        (
            "transforms across times 1e-20",
            layout.across.clone(),
            1e-20,
        ),
        ("no transform across", layout.across, 0.0),
        ("transforms along times 1e-20", layout.along.clone(), 1e-20),
        ("no transform along", layout.along, 0.0),
        ("an inner readout times 1e-20", layout.inner, 1e-20),
        ("no outer readout", layout.outer, 0.0),
        ("biases of units times 1e6", layout.unit_bias, 1e6),
        ("a last layer of zeros", layout.output, 0.0),
    ];
    let onsite = strips(DisorderModel::II, Concentration::Uniform);
    for (what, place, factor) in changes {
        let mut network = spectral();
        for parameter in &mut network.parameters[place] {
            *parameter *= factor;
        }
        let float = |strip: &[f64]| network.predict(strip)[0];
        let off = difference(what, &network, &onsite, &float);
        // Of means a million times as large as what varies 8 bits keep next to nothing.
        let limit = if what.starts_with("means of maps") {
            0.2
        } else {
            0.05
        };
        assert!(off < limit, "{what}: {off}");
    }
}

#[test]
fn spectral_networks_of_data_that_never_vary() {
    for share in [0.0, 1.0] {
        let network = spectral();
        let onsite = strips(DisorderModel::II, Concentration::Fixed(share));
        assert!(
            onsite
                .chunks_exact(SITES)
                .all(|strip| { [0, SITES].contains(&impurities(strip)) })
        );
        let float = |strip: &[f64]| network.predict(strip)[0];
        let what = format!("a share of {share}");
        let off = difference(&what, &network, &onsite, &float);
        assert!(off < 0.01, "{what}: {off}");
    }
}
