//! Seconds of one core for a network in integers: `time_inference MODEL|paper-cnn SAMPLES REPEATS`.
//!
//! `paper-cnn` is the paper's network with random weights. Strips are drawn from the model's own
//! ensemble; every repeat's seconds are printed, one a line. `host/benches/inference/run` calls it.

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use landauer::StripSize;
use landauer_core::inference::format::{Mirrors, Window};
use landauer_core::inference::{Model, Target};
use landauer_core::{Concentration, DisorderModel, Ensemble};
use landauer_learn::export::{
    Decoder, FloatAffine, FloatInput, FloatLayer, FloatNetwork, ModelLabel, WeightBits, calibrate,
    lower,
};
use landauer_learn::inference::{Engine, EngineError};

fn main() -> ExitCode {
    match time() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("time_inference: {error}");
            ExitCode::FAILURE
        }
    }
}

fn time() -> Result<(), Box<dyn Error>> {
    let usage = "usage: time_inference MODEL|paper-cnn SAMPLES REPEATS";
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().ok_or(usage)?;
    let samples: usize = arguments.next().ok_or(usage)?.parse()?;
    let repeats: usize = arguments.next().ok_or(usage)?.parse()?;
    let bytes = match name.as_str() {
        "paper-cnn" => paper_cnn()?,
        path => std::fs::read(path)?,
    };
    let engine = Engine::new(Model::parse(&bytes)?)?;
    let card = engine.model().card();
    let onsite = draw(
        card.disorder,
        card.concentration,
        samples,
        engine.model().sites(),
    )?;
    let mut outputs = vec![0; samples * engine.outputs()];
    // One thread, even where there are more cores.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    pool.install(|| -> Result<(), EngineError> {
        engine.predict_q16(&onsite, &mut outputs)?;
        for _ in 0..repeats {
            let start = Instant::now();
            engine.predict_q16(&onsite, &mut outputs)?;
            println!("{}", start.elapsed().as_secs_f64());
        }
        Ok(())
    })?;
    Ok(())
}

fn draw(
    disorder: DisorderModel,
    concentration: Concentration,
    samples: usize,
    sites: usize,
) -> Result<Vec<f64>, Box<dyn Error>> {
    let ensemble = Ensemble::new(disorder, concentration, 7)?;
    let mut onsite = vec![0.0; samples * sites];
    for (index, onsite) in (0..).zip(onsite.chunks_exact_mut(sites)) {
        ensemble.sample(index).fill_onsite(onsite);
    }
    Ok(onsite)
}

/// Random weights of the size that keeps activations as large as they are.
fn affine(name: &str, outputs: usize, inputs: usize, state: &mut u64) -> FloatAffine {
    let bound = (6.0 / inputs as f32).sqrt();
    let mut uniform = || {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        bound * ((*state >> 40) as f32 / (1 << 23) as f32 - 1.0)
    };
    FloatAffine {
        name: name.to_owned(),
        outputs,
        weights: (0..outputs * inputs).map(|_| uniform()).collect(),
        bias: vec![0.05; outputs],
    }
}

/// The paper's CNN: 1x40x40, three times 16 kernels of 2x2 with stride 2, 400-1024-1.
fn paper_cnn() -> Result<Vec<u8>, Box<dyn Error>> {
    let mut state = 1;
    let window = Window {
        kernel: [2, 2],
        stride: [2, 2],
        padding: [0, 0],
    };
    let convolution = |name: &str, channels: usize, state: &mut u64| FloatLayer::Conv2d {
        window,
        affine: affine(name, 16, 4 * channels, state),
    };
    let network = FloatNetwork {
        size: StripSize::new(40, 40).unwrap(),
        disorder: DisorderModel::II,
        concentration: Concentration::Uniform,
        targets: vec![Target::Conductance],
        input: FloatInput::Species(vec![0.0, 1.0]),
        layers: vec![
            convolution("conv1", 1, &mut state),
            convolution("conv2", 16, &mut state),
            convolution("conv3", 16, &mut state),
            FloatLayer::Dense(affine("dense", 1024, 400, &mut state)),
        ],
        head: affine("output", 1, 1024, &mut state),
        decoder: Decoder {
            centre: vec![vec![0.0]],
            scale: vec![vec![1.0]],
        },
        mirrors: Mirrors::None,
    };
    let onsite = draw(network.disorder, network.concentration, 100, 1600)?;
    let calibration = calibrate(&network, &onsite)?;
    let identity = ModelLabel {
        name: "paper-cnn".to_owned(),
        data_hash: [0; 32],
    };
    Ok(lower(&network, &calibration, WeightBits::Int8, &identity)?)
}
