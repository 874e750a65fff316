//! Whatever a configuration of a training says.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use landauer::StripSize;
use landauer::work::Locking;
use landauer_core::DisorderModel;
use landauer_learn::training::{
    Convolution, Data, Device, Epoch, NetworkSpec, PRESETS, Training, TrainingConfig, Watcher,
    preset,
};

use super::dataset::small;
use super::folder::Folder;
use super::{Target, words};

/// A network of at most this many parameters is trained for some steps.
const FEW: u128 = 1 << 14;

/// No machine has the memory for a network of more.
const FAR_TOO_MANY: u128 = 1 << 44;

/// Steps of a training.
const STEPS: u32 = 3;

/// Batches of more are left alone: the samples are few.
const LARGEST_BATCH: usize = 64;

/// Configurations in TOML, and the trainings that they ask for.
pub struct Toml {
    folder: Folder,
    /// A small data set of model II.
    data: PathBuf,
    size: StripSize,
}

impl Toml {
    /// With a data set of its own.
    #[must_use]
    pub(super) fn new() -> Self {
        let folder = Folder::new();
        let config = small(DisorderModel::II);
        let data = folder.path("data.zarr");
        super::dataset::make(&data, &config, 6);
        Self {
            folder,
            data,
            size: config.size,
        }
    }

    /// Trains for some steps, if the network is small, or so large that it must be refused.
    fn train(&self, config: &TrainingConfig, input: &[u8]) {
        let outputs = 11;
        let parameters = parameters(&config.network, self.size, outputs);
        if (FEW..FAR_TOO_MANY).contains(&parameters) || config.batch_size > LARGEST_BATCH {
            return;
        }
        let output = self.folder.path("run");
        let _ = std::fs::remove_dir_all(&output);
        let training = Training {
            config: config.clone(),
            data: Data::Dataset {
                path: self.data.clone(),
                first: None,
            },
            output,
            device: Device::Cpu,
            checkpoint_every: Duration::from_hours(1),
            locking: Locking::On,
        };
        match training.run(&Impatience::default()) {
            Ok(report) => {
                assert!(parameters < FAR_TOO_MANY, "{parameters} numbers in memory");
                let found = report.record.parameters as u128;
                let outputs = report.record.outputs.len();
                let expected = super::config::parameters(&config.network, self.size, outputs);
                assert_eq!(found, expected);
                assert!(report.curve.iter().all(|epoch| epoch.loss.is_finite()));
            }
            Err(error) => words::check(&error.to_string(), input),
        }
    }
}

/// Stops a training after some steps.
#[derive(Default)]
pub(super) struct Impatience {
    learned: AtomicU32,
}

impl Watcher for Impatience {
    fn begin(&self, total: u64, done: u64) {
        assert!(done <= total, "{done} of {total} samples are done");
    }

    fn learned(&self, samples: u64, loss: f64) {
        assert!(samples > 0 && loss.is_finite());
        self.learned.fetch_add(1, Ordering::Relaxed);
    }

    fn judged(&self, _: &Epoch) {}

    fn stop(&self) -> bool {
        self.learned.load(Ordering::Relaxed) >= STEPS
    }
}

impl Target for Toml {
    fn name(&self) -> &'static str {
        "config"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        let presets = PRESETS.iter().filter_map(|(name, _)| preset(name).ok());
        let mut seeds: Vec<Vec<u8>> = presets.map(|config| config.to_toml().into()).collect();
        for network in [
            "kind = 'dense'\nhidden = [5, 7]",
            "kind = 'convolutional'\nconvolutions = [{ channels = 3, kernel = 2 }]\nhidden = [4]",
            "kind = 'spectral'\nlocal = 1\nkernels = 2\nunits = 3\nhead = 4",
        ] {
            let text = format!(
                "preset = 'best-3x3'\nepochs = 2\nbatch_size = 2\nvalidation = 0.5\npatience = 1\n\
                 [optimiser]\nmax_grad_norm = 1.0\nema = 0.9\nweight_decay = 0.01\n\
                 schedule = {{ kind = 'cosine', warmup_steps = 2, final_learning_rate = 0.0 }}\n[network]\n{network}\n"
            );
            seeds.push(text.into());
        }
        // What was not refused once.
        for entries in [
            "max_concentration = 1e-9",
            "epochs = 9223372036854775807",
            "[network]\nkind = 'dense'\nhidden = [1099511627776]",
            "[network]\nkind = 'dense'\nhidden = [4294967296, 4294967296]",
            "[network]\nkind = 'convolutional'\nconvolutions = [{ channels = 9223372036854775807, kernel = 1 }]\nhidden = []",
            "[network]\nkind = 'spectral'\nlocal = 1\nkernels = 1\nunits = 1099511627776\nhead = 1099511627776",
        ] {
            let text =
                format!("preset = 'paper-dnn-3x3'\nbatch_size = 2\nvalidation = 0.5\n{entries}\n");
            seeds.push(text.into());
        }
        seeds
    }

    fn run(&self, bytes: &[u8]) -> bool {
        let text = String::from_utf8_lossy(bytes);
        let config = match TrainingConfig::parse(&text) {
            Ok(config) => config,
            Err(error) => {
                words::check(&error.to_string(), bytes);
                return false;
            }
        };
        config.check().expect("it has been");
        let again = config.to_toml();
        assert_eq!(
            TrainingConfig::parse(&again).as_ref(),
            Ok(&config),
            "{again}"
        );
        for (length, width) in [
            (1, 1),
            (3, 3),
            (40, 40),
            (1 << 20, 1 << 20),
            (1 << 40, 1 << 20),
        ] {
            let size = StripSize::new(length, width).unwrap();
            sizes(&config, size, bytes);
        }
        self.train(&config, bytes);
        true
    }
}

/// What a network takes for strips of this size is what it is, or too much to be counted.
fn sizes(config: &TrainingConfig, size: StripSize, bytes: &[u8]) {
    let expected = parameters(&config.network, size, 2);
    match config.network.parameters(size, 2) {
        Ok(found) => assert_eq!(found as u128, expected, "{:?} {size:?}", config.network),
        Err(error) => words::check(&error.to_string(), bytes),
    }
    match config.network.multiply_adds(size, 2) {
        Ok(found) => assert!(found > 0),
        Err(error) => words::check(&error.to_string(), bytes),
    }
    for model in [
        DisorderModel::II,
        DisorderModel::AndersonBox { strength: 1.0 },
    ] {
        if let Err(error) = config.check_for(size, model) {
            words::check(&error.to_string(), bytes);
        }
    }
}

/// The numbers that a network learns, counted once more and without an end.
fn parameters(network: &NetworkSpec, size: StripSize, outputs: usize) -> u128 {
    let [length, width, outputs] = [size.length(), size.width(), outputs].map(|side| side as u128);
    let layer = |inputs: u128, outputs: u128| inputs.saturating_add(1).saturating_mul(outputs);
    let dense = |mut inputs: u128, hidden: &[usize]| {
        let mut sum = 0_u128;
        for units in hidden.iter().map(|&units| units as u128).chain([outputs]) {
            sum = sum.saturating_add(layer(inputs, units));
            inputs = units;
        }
        sum
    };
    match network {
        NetworkSpec::Dense { hidden } => dense(length.saturating_mul(width), hidden),
        NetworkSpec::Convolutional {
            convolutions,
            hidden,
        } => {
            let (mut sites, mut channels, mut sum) = (length.saturating_mul(width), 1, 0_u128);
            for convolution in convolutions {
                let Convolution {
                    channels: to,
                    kernel,
                } = *convolution;
                let area = (kernel as u128).saturating_mul(kernel as u128);
                sum = sum.saturating_add(layer(area.saturating_mul(channels), to as u128));
                sites /= area.max(1);
                channels = to as u128;
            }
            sum.saturating_add(dense(sites.saturating_mul(channels), hidden))
        }
        NetworkSpec::Spectral {
            local,
            kernels,
            units,
            head,
        } => {
            let [local, kernels, units, head] =
                [local, kernels, units, head].map(|&count| count as u128);
            let channels = local.saturating_add(1);
            let products = channels.saturating_mul(channels.saturating_add(1)) / 2;
            let sides = length.saturating_add(width);
            let squares = length
                .saturating_mul(length)
                .saturating_add(width.saturating_mul(width));
            [
                layer(4, kernels),
                kernels.saturating_add(8).saturating_mul(local),
                // Two parities, each of half a side squared.
                channels.saturating_mul(squares) / 2,
                products.saturating_mul(sides).saturating_mul(units),
                17_u128.saturating_mul(units),
                layer(units.saturating_add(1).saturating_add(channels), head),
                layer(head, outputs),
            ]
            .into_iter()
            .fold(0, u128::saturating_add)
        }
    }
}
