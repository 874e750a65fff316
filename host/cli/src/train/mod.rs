//! `landauer train`: a network.

mod picture;
mod report;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use indicatif::ProgressBar;

use crate::arguments::{DisorderKindArguments, SizeArguments};
use crate::failure::Failure;
use crate::generate::EnergyArguments;
use crate::interrupt::{Interrupt, Interrupted};
use crate::lock::LockArguments;
use crate::numbers;
use crate::output::Output;
use crate::parallel::ThreadArguments;
use report::Summary;

use landauer::dataset::{DatasetConfig, default_chunk_samples};
use landauer::internal::files::ReadError;
use landauer_learn::training::{
    Data, Device, Epoch, Online, PRESETS, TargetName, Training, TrainingConfig, Watcher, preset,
};

/// Train a network that predicts conductances, from a data set or from samples made on the way
///
/// The same arguments and data give the same weights, at any number of threads. A training that was
/// stopped or killed goes on when it is given again.
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(crate) struct TrainArguments {
    /// The data set to learn from
    #[arg(long, value_name = "PATH", required_unless_present_any = ["online", "print_config"], conflicts_with = "online")]
    dataset: Option<PathBuf>,
    /// Learn from so many of its samples only, from the first on
    #[arg(long, value_name = "N", requires = "dataset", value_parser = numbers::count::<u64>(0..=u64::MAX))]
    first: Option<u64>,
    /// A configuration in TOML; it may name a preset, whose entries hold where it has none
    #[arg(long, value_name = "FILE", conflicts_with = "preset")]
    config: Option<PathBuf>,
    /// A configuration by name [default: paper-cnn]
    #[arg(long, value_name = "NAME", value_parser = parse_preset)]
    preset: Option<&'static str>,
    /// The run's folder; it is made, with its parents, if it is not there
    #[arg(long, value_name = "PATH", required_unless_present = "print_config")]
    output: Option<PathBuf>,
    /// What the network is for, instead of what the configuration says; several with commas
    #[arg(long, value_enum, value_delimiter = ',', value_name = "TARGET")]
    target: Vec<TargetArgument>,
    /// The most passes over the samples, instead of what the configuration says
    #[arg(long, value_name = "N", value_parser = numbers::count::<u64>(0..=u64::MAX))]
    epochs: Option<u64>,
    /// Samples of a step, instead of what the configuration says
    #[arg(long, value_name = "N", value_parser = numbers::count::<usize>(0..=u64::MAX))]
    batch: Option<usize>,
    /// Seed of the weights, the order of the samples and, with --online, the samples, instead of what
    /// the configuration says
    #[arg(long, value_parser = numbers::count::<u64>(0..=u64::MAX))]
    seed: Option<u64>,
    /// Where to train: cpu (our own kernels), or by burn: flex (a CPU), ndarray, cuda, wgpu (which
    /// have to be built in)
    #[arg(long, default_value = "cpu", value_parser = parse_device)]
    device: Device,
    /// Print the configuration, and do nothing
    #[arg(long)]
    print_config: bool,
    /// Seconds between checkpoints
    #[arg(long, value_name = "S", default_value_t = 30.0, value_parser = numbers::finite)]
    checkpoint_seconds: f64,
    #[command(flatten)]
    threads: ThreadArguments,
    #[command(flatten)]
    lock: LockArguments,
    #[command(flatten)]
    online: OnlineArguments,
    #[command(flatten)]
    disorder: DisorderKindArguments,
    #[command(flatten)]
    size: SizeArguments,
    #[command(flatten)]
    energies: EnergyArguments,
}

/// Examples, the presets, and how it ends.
fn after_help() -> String {
    let presets = PRESETS.map(|(name, what)| format!("  {name:<20} {what}\n"));
    format!(
        "Examples:
  landauer train --dataset data/m2.zarr --output runs/cnn
  landauer train --dataset data/m2.zarr --preset spectral --output runs/spectral
  landauer train --dataset data/m2.zarr --target g-bar --seed 2 --output runs/cnn-gbar
  landauer train --dataset data/m1.zarr --config my.toml --epochs 50 --output runs/mine
  landauer train --online --samples 100000 --epochs 10 --preset spectral --output runs/fresh
  landauer train --print-config --preset spectral > my.toml

Presets:
{}The paper gives neither batch size nor epochs nor initial weights: its presets take Keras' defaults
(batches of 32, Adam with a learning rate of 1e-3, mean square error, Glorot's uniform weights).

Exit codes: 0 done, 2 wrong arguments, 3 data that cannot be learned from, 4 a full disk or an
unwritable path, 5 another run is there, 6 damaged files, 130 stopped.",
        presets.concat()
    )
}

/// What samples made on the way are unless something else is asked for. The options have no default of
/// clap's: with a data set they are refused.
const EPOCH_SAMPLES: usize = 32_768;
const VALIDATION_SAMPLES: usize = 8192;
const MODEL: u8 = 2;

/// Samples made on the way.
#[derive(Debug, Args)]
#[command(next_help_heading = "Samples made on the way")]
struct OnlineArguments {
    /// Draw and solve fresh samples while training, from seeds that no data set has
    #[arg(long)]
    online: bool,
    #[arg(long, value_name = "N", value_parser = numbers::count::<usize>(0..=u64::MAX), help = format!("Samples of an epoch, each seen once [default: {EPOCH_SAMPLES}]"))]
    samples: Option<usize>,
    #[arg(long, value_name = "N", value_parser = numbers::count::<usize>(0..=u64::MAX), help = format!("Samples that choose the best epoch [default: {VALIDATION_SAMPLES}]"))]
    validation_samples: Option<usize>,
    #[arg(long, value_parser = numbers::disorder_model, help = format!("Disorder model of the paper, 1 to 4 (or I to IV) [default: {MODEL}]"))]
    model: Option<u8>,
}

impl OnlineArguments {
    /// Refuses what a data set does not need, instead of ignoring it.
    fn require_none(&self) -> Result<(), Failure> {
        let given = [
            (
                self.samples.is_some(),
                "--samples is for --online; for the first samples of a data set there is --first",
            ),
            (
                self.validation_samples.is_some(),
                "--validation-samples is for --online; of a data set the configuration's share `validation` is put aside",
            ),
            (
                self.model.is_some(),
                "--model is for --online; a data set has its own",
            ),
        ];
        match given.iter().find(|(given, _)| *given) {
            Some((_, message)) => Err(Failure::usage(*message)),
            None => Ok(()),
        }
    }
}

/// What a network is for, on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum TargetArgument {
    /// G: T at E = 0
    G,
    /// The finite-bias conductance
    GBar,
    /// T at every energy
    Energies,
}

fn parse_preset(text: &str) -> Result<&'static str, String> {
    let known = PRESETS.iter().find(|(name, _)| *name == text);
    match known {
        Some((name, _)) => Ok(name),
        None => Err(preset(text).err().map_or(String::new(), |e| e.to_string())),
    }
}

pub(crate) fn parse_device(text: &str) -> Result<Device, String> {
    let names = Device::ALL.map(Device::name).join(", ");
    Device::named(text).ok_or_else(|| format!("one of {names}"))
}

/// Shows the progress, and hears Ctrl-C.
pub(crate) struct Watch<'w> {
    bar: ProgressBar,
    interrupt: Interrupt,
    /// Where every epoch gets a line, with these names of the targets.
    lines: Option<(&'w Output, Vec<String>)>,
}

impl Watch<'_> {
    /// A bar, and no lines.
    pub(crate) fn bar(output: &Output, interrupt: &Interrupt) -> Self {
        Self {
            bar: output.training_progress(),
            interrupt: interrupt.clone(),
            lines: None,
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Watcher for Watch<'_> {
    fn begin(&self, total: u64, done: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
        self.bar.reset_eta();
    }

    fn learned(&self, samples: u64, loss: f64) {
        self.bar.inc(samples);
        self.bar.set_message(format!("loss {loss:.4}"));
    }

    fn judged(&self, epoch: &Epoch) {
        let Some((output, names)) = &self.lines else {
            return;
        };
        let Epoch {
            epoch: number,
            loss,
            rate,
            mae,
            ..
        } = epoch;
        let mae: Vec<String> = mae.iter().map(|mae| format!("{mae:.4}")).collect();
        let line = format!(
            "epoch {number}: loss {loss:.4}, validation MAE {} ({}), {rate:.0} samples/s",
            mae.join(" "),
            names.join(" "),
        );
        self.bar.suspend(|| output.text(line));
    }

    fn stop(&self) -> bool {
        self.interrupt.requested()
    }
}

impl TrainArguments {
    /// The configuration that the arguments make.
    fn config(&self) -> Result<TrainingConfig, Failure> {
        let mut config = match &self.config {
            Some(path) => {
                let text = fs::read_to_string(path).map_err(|error| ReadError::new(path, error))?;
                TrainingConfig::parse(&text)
                    .map_err(|error| Failure::from(error).context(path.display().to_string()))?
            }
            None => preset(self.preset.unwrap_or("paper-cnn"))?,
        };
        if !self.target.is_empty() {
            let name = |target: &TargetArgument| match target {
                TargetArgument::G => TargetName::G,
                TargetArgument::GBar => TargetName::GBar,
                TargetArgument::Energies => TargetName::Energies,
            };
            config.targets = self.target.iter().map(name).collect();
        }
        config.epochs = self.epochs.unwrap_or(config.epochs);
        config.batch_size = self.batch.unwrap_or(config.batch_size);
        config.seed = self.seed.unwrap_or(config.seed);
        config.check()?;
        Ok(config)
    }

    fn data(&self, config: &TrainingConfig) -> Result<Data, Failure> {
        if let Some(path) = &self.dataset {
            self.online.require_none()?;
            return Ok(Data::Dataset {
                path: path.clone(),
                first: self.first,
            });
        }
        let size = self.size.size()?;
        let (energies, bias) = self.energies.energies();
        let made = DatasetConfig {
            ensemble: self
                .disorder
                .ensemble(self.online.model.unwrap_or(MODEL), config.seed)?,
            size,
            energies,
            bias,
            chunk_samples: default_chunk_samples(size),
        };
        made.check()?;
        Ok(Data::Online(Online {
            config: made,
            epoch_samples: self.online.samples.unwrap_or(EPOCH_SAMPLES),
            validation_samples: self.online.validation_samples.unwrap_or(VALIDATION_SAMPLES),
            threads: self.threads.count(),
        }))
    }

    pub(crate) fn run(self, output: &Output) -> Result<(), Failure> {
        let config = self.config()?;
        let Some(path) = self.output.clone().filter(|_| !self.print_config) else {
            output.text(config.to_toml().trim_end());
            output.json(&config);
            return Ok(());
        };
        let seconds = self.checkpoint_seconds;
        let checkpoint_every = Duration::try_from_secs_f64(seconds)
            .map_err(|_| Failure::usage(format!("--checkpoint-seconds cannot be {seconds}")))?;
        let training = Training {
            data: self.data(&config)?,
            config,
            output: path,
            device: self.device,
            checkpoint_every,
            locking: self.lock.locking(),
        };
        let names = training.config.targets.iter();
        let names = names.map(|name| format!("{name:?}")).collect();
        let watch = Watch {
            lines: Some((output, names)),
            ..Watch::bar(output, &Interrupt::listen())
        };
        let done = self
            .threads
            .run(|| training.run(&watch).map_err(Failure::from));
        watch.finish();
        let summary = Summary {
            training: &training,
            report: done?,
        };
        if summary.report.stopped {
            return Err(Failure::from(Interrupted {
                kept: format!(
                    "a checkpoint is in {}: the same command goes on from there",
                    training.output.display()
                ),
            }));
        }
        picture::write(&training, &summary.report)?;
        output.text(summary.to_string());
        output.json(&summary.json());
        Ok(())
    }
}
