//! Times training steps of the paper's networks, for `benches/training/run`.
//!
//! `time_training NETWORK BATCH [THREADS]`, where NETWORK is `cnn` or `dnn`: for each line of the standard
//! input, a number of seconds, it trains for that long and prints samples per second of CPU time; on
//! several threads, of the clock on the wall.
//! A step is what it is in JAX and PyTorch there: a batch of rows comes in, mean squared error, Adam.

use std::io::{BufRead as _, Write as _};

use anyhow::{Context as _, bail};
use landauer_learn::training::fast::{Adam, AdamSettings, Affine, Chain, Samples};
use nix::time::{ClockId, clock_gettime};

const SITES: usize = 1600;
/// Batches that are trained on in turn.
const BATCHES: usize = 8;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let network = arguments.next().context("which network? cnn or dnn")?;
    let batch: usize = arguments.next().context("which batch size?")?.parse()?;
    let threads: usize = arguments.next().map_or(Ok(1), |count| count.parse())?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()?;
    pool.install(|| time(Training::new(&layers(&network)?, batch)?, batch, threads))
}

fn time(mut training: Training, batch: usize, threads: usize) -> anyhow::Result<()> {
    for _ in 0..BATCHES {
        training.step()?;
    }
    for line in std::io::stdin().lock().lines() {
        let seconds: f64 = line?.trim().parse()?;
        let start = now(threads)?;
        let mut steps = 0;
        let mut taken = 0.0;
        while taken < seconds {
            training.step()?;
            steps += 1;
            taken = now(threads)? - start;
        }
        println!("{}", f64::from(steps) * batch as f64 / taken);
        std::io::stdout().flush()?;
    }
    Ok(())
}

/// CPU time of this process in seconds, or on several threads the time that passes.
fn now(threads: usize) -> anyhow::Result<f64> {
    let clock = if threads == 1 {
        ClockId::CLOCK_PROCESS_CPUTIME_ID
    } else {
        ClockId::CLOCK_MONOTONIC
    };
    let time: std::time::Duration = clock_gettime(clock)?.into();
    Ok(time.as_secs_f64())
}

fn layers(network: &str) -> anyhow::Result<Vec<Affine>> {
    let conv = |groups, inputs| Affine {
        groups,
        inputs,
        outputs: 16,
        relu: true,
    };
    Ok(match network {
        "cnn" => vec![
            conv(400, 4),
            conv(100, 64),
            conv(25, 64),
            Affine::dense(400, 1024, true),
            Affine::dense(1024, 1, false),
        ],
        "dnn" => vec![
            Affine::dense(SITES, 3000, true),
            Affine::dense(3000, 3000, true),
            Affine::dense(3000, 3000, true),
            Affine::dense(3000, 1, false),
        ],
        _ => bail!("no network is called {network}"),
    })
}

struct Training {
    chain: Chain,
    adam: Adam,
    samples: Samples,
    /// `[batch, sample, site]`
    inputs: Vec<f32>,
    /// `[batch, sample]`
    targets: Vec<f32>,
    grad_output: Vec<f32>,
    steps: usize,
}

impl Training {
    fn new(layers: &[Affine], batch: usize) -> anyhow::Result<Self> {
        let mut random = random(1);
        let mut chain = Chain::new(layers)?;
        for (index, layer) in layers.iter().enumerate() {
            let limit = (6.0 / (layer.inputs + layer.outputs) as f32).sqrt();
            let weights: Vec<f32> = (0..layer.weights())
                .map(|_| (2.0 * random() - 1.0) * limit)
                .collect();
            chain.set_layer(index, &weights, &vec![0.0; layer.outputs])?;
        }
        let count = BATCHES * batch;
        Ok(Self {
            adam: Adam::new(AdamSettings::default(), chain.parameters().len()),
            chain,
            samples: Samples::new(SITES),
            inputs: (0..count * SITES).map(|_| random().round()).collect(),
            targets: (0..count).map(|_| random()).collect(),
            grad_output: vec![0.0; batch],
            steps: 0,
        })
    }

    fn step(&mut self) -> anyhow::Result<()> {
        let batch = self.grad_output.len();
        let at = self.steps % BATCHES * batch;
        self.steps += 1;
        let inputs = &self.inputs[at * SITES..][..batch * SITES];
        self.samples.fill(inputs.chunks_exact(SITES));
        let outputs = self.chain.forward(&self.samples)?;
        let targets = &self.targets[at..][..batch];
        for ((grad, output), target) in self.grad_output.iter_mut().zip(outputs).zip(targets) {
            *grad = 2.0 / batch as f32 * (output - target);
        }
        let Self { chain, adam, .. } = self;
        chain.backward_and_step(&self.samples, &self.grad_output, adam, 1e-3)?;
        Ok(())
    }
}

/// Numbers in 0..1 that look random.
fn random(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let high = u16::try_from(state >> 48).unwrap_or_default();
        f32::from(high) / 65_536.0
    }
}
