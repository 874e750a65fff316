use landauer_core::inference::{Model, Target};
use landauer_core::{Concentration, DisorderModel, Ensemble};

use super::{FloatSpectral, calibrate_spectral, lower_spectral};
use crate::export::{Decoder, Line, ModelLabel, layer_noise};
use crate::training::fast::spectral::SpectralShape;

const SHAPE: SpectralShape = SpectralShape {
    length: 8,
    width: 6,
    local: 2,
    hidden: 3,
    units: 5,
    head: 4,
    targets: 3,
};

/// Numbers between −1 and 1.
fn random(length: usize) -> Vec<f32> {
    let mut state = 7_u32;
    let number = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f32::from((state >> 16) as u16) / 32768.0 - 1.0
    };
    (0..length).map(number).collect()
}

fn network() -> FloatSpectral {
    let mut parameters = random(SHAPE.parameters());
    for place in [SHAPE.layout().gain, SHAPE.layout().mean] {
        for parameter in &mut parameters[place] {
            *parameter *= 0.3;
        }
    }
    FloatSpectral {
        size: landauer::StripSize::new(SHAPE.length, SHAPE.width).unwrap(),
        shape: SHAPE,
        parameters,
        values: vec![0.0, 1.0],
        mean: 1.0,
        disorder: DisorderModel::II,
        concentration: Concentration::Uniform,
        targets: vec![Target::Conductance],
        outputs: vec![2],
        decoder: Decoder {
            centre: vec![vec![1.5]],
            scale: vec![(0..=48).map(|c| if c < 40 { 0.02 } else { 0.0 }).collect()],
        },
    }
}

/// Strips of the ensemble, one after the other.
fn strips(samples: u64) -> Vec<f64> {
    let ensemble = Ensemble::new(DisorderModel::II, Concentration::Uniform, 3).unwrap();
    let mut onsite = vec![0.0; SHAPE.sites() * usize::try_from(samples).unwrap()];
    for (sample, strip) in (0..samples).zip(onsite.chunks_exact_mut(SHAPE.sites())) {
        ensemble.sample(sample).fill_onsite(strip);
    }
    onsite
}

#[test]
fn integers_are_close_to_what_was_trained() {
    let network = network();
    let onsite = strips(400);
    let calibration = calibrate_spectral(&network, &onsite).unwrap();
    let label = ModelLabel {
        name: "small".to_owned(),
        data_hash: [0; 32],
    };
    let lowered = lower_spectral(&network, &calibration, &label).unwrap();
    let model = Model::parse(&lowered.bytes).unwrap();
    let mut scratch = vec![0; model.scratch_len()];
    let (mut noise, mut signal, mut samples) = (0.0, 0.0, 0.0);
    for strip in onsite.chunks_exact(SHAPE.sites()) {
        let mut found = [0.0_f32];
        let predicted = model.predict(strip, SHAPE.width, &mut scratch, &mut found);
        predicted.unwrap();
        // What is transmitted is at most as much as there are propagating modes.
        let expected = network.predict(strip)[0].min(6.0);
        if network.count(strip) >= 40 {
            assert!((f64::from(found[0]) - 1.5).abs() < 1e-4);
            continue;
        }
        noise += (f64::from(found[0]) - expected).powi(2);
        signal += (expected - 1.5).powi(2);
        samples += 1.0;
    }
    assert!(samples > 100.0);
    // 8 bits in half a dozen layers; a wrong scale or sign anywhere leaves nothing of this.
    assert!(noise < 0.01 * signal, "{noise} of {signal}");
    model
        .self_test(&mut vec![0.0_f64; SHAPE.sites()], &mut scratch)
        .unwrap();
}

#[test]
fn every_layer_is_compared() {
    let network = network();
    let onsite = strips(100);
    let calibration = calibrate_spectral(&network, &onsite).unwrap();
    let label = ModelLabel {
        name: "small".to_owned(),
        data_hash: [0; 32],
    };
    let mut lowered = lower_spectral(&network, &calibration, &label).unwrap();
    let model = Model::parse(&lowered.bytes).unwrap();
    assert_eq!(lowered.tensors.len(), model.layers().count() + 1);
    let noise = |lines: &[Vec<Line>]| layer_noise(&network, (&model, lines), &onsite).unwrap();
    let found = noise(&lowered.tensors);
    let names: Vec<&str> = found.iter().map(|layer| layer.layer.as_str()).collect();
    assert_eq!(
        names,
        [
            "input",
            "neighbours",
            "local maps",
            "across 1",
            "across 2",
            "across 3",
            "modes",
            "products",
            "units",
            "lowest mode 1",
            "lowest mode 2",
            "lowest mode 3",
            "hidden",
        ]
    );
    // Codes are exact, and nothing that has 8 bits is worse than a tenth of its size.
    assert_eq!(found[0].signal_to_noise_db, 200.0);
    for layer in &found {
        assert!(layer.signal_to_noise_db > 20.0, "{layer:?}");
    }
    // It says so where a step is wrong, and nowhere else.
    for line in &mut lowered.tensors[6] {
        line.step *= 1.5;
    }
    for (right, wrong) in found.iter().zip(noise(&lowered.tensors)) {
        if right.layer == "modes" {
            assert!(wrong.signal_to_noise_db < 20.0, "{wrong:?}");
        } else {
            assert_eq!(*right, wrong);
        }
    }
}

#[test]
fn mirror_images_are_the_same_to_the_float_network() {
    let network = network();
    let strip = strips(1);
    let mirrored: Vec<f64> = strip.iter().rev().copied().collect();
    let (one, other) = (network.trace(&strip), network.trace(&mirrored));
    assert!((one.outputs[0] - other.outputs[0]).abs() < 1e-9);
}

#[test]
fn a_network_that_is_not_whole_is_refused() {
    let mut cut = network();
    cut.parameters.pop();
    assert!(cut.check().is_err());
    let mut infinite = network();
    infinite.parameters[5] = f32::NAN;
    assert!(infinite.check().is_err());
    let mut foreign = network();
    foreign.outputs = vec![3];
    assert!(foreign.check().is_err());
}
