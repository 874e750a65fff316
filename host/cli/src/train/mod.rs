//! `landauer train`: a network.

mod picture;
mod report;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use indicatif::ProgressBar;

use crate::arguments::SizeArguments;
use crate::disorder::DisorderKindArguments;
use crate::failure::Failure;
use crate::generate::DatasetEnergyArguments;
use crate::input::open_dataset;
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

/// Train a network that predicts conductances, on a data set or on samples solved during training
///
/// The same arguments and data give the same weights, at any number of threads. The same command
/// resumes a training that was stopped or killed.
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(crate) struct TrainArguments {
    /// The data set to train on
    #[arg(long, value_name = "FOLDER", required_unless_present_any = ["online", "print_config"], conflicts_with = "online")]
    dataset: Option<PathBuf>,
    /// Train only on its first N samples
    #[arg(long, value_name = "N", requires = "dataset", value_parser = numbers::count::<u64>(1..=u64::MAX))]
    first: Option<u64>,
    /// A configuration in TOML; missing keys are taken from the preset that it names
    #[arg(long, value_name = "FILE", conflicts_with = "preset")]
    config: Option<PathBuf>,
    /// A configuration by name [default: paper-cnn]
    #[arg(long, value_name = "NAME", value_parser = parse_preset)]
    preset: Option<&'static str>,
    /// The run's folder, made with its parents if missing
    #[arg(
        long,
        short,
        value_name = "FOLDER",
        required_unless_present = "print_config"
    )]
    output: Option<PathBuf>,
    /// What the network predicts, instead of the configuration's targets; several with commas
    #[arg(long, value_enum, value_delimiter = ',', value_name = "TARGET")]
    target: Vec<TargetArgument>,
    /// Maximum number of passes over the samples, instead of the configuration's
    #[arg(long, value_name = "N", value_parser = numbers::count::<u64>(1..=u64::MAX))]
    epochs: Option<u64>,
    /// Samples per step, instead of the configuration's
    #[arg(long, value_name = "N", value_parser = numbers::count::<usize>(1..=u64::MAX))]
    batch: Option<usize>,
    /// Seed of the weights, the order of the samples and, with --online, the samples, instead of the
    /// configuration's
    #[arg(long, value_parser = numbers::count::<u64>(0..=u64::MAX))]
    seed: Option<u64>,
    /// Where to train: cpu (our own kernels), or by burn: flex (a CPU), ndarray, cuda, wgpu (which
    /// must be compiled in)
    #[arg(long, default_value = "cpu", value_parser = parse_device)]
    device: Device,
    /// Print the configuration and exit
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
    energies: DatasetEnergyArguments,
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
  landauer train --online --disorder 2 --samples 1e5 --epochs 10 --preset spectral -o runs/fresh
  landauer train --print-config --preset spectral > my.toml

Presets:
{}The paper gives neither batch size nor epochs nor initial weights: its presets take Keras' defaults
(batches of 32, Adam with a learning rate of 1e-3, mean square error, Glorot's uniform weights).

Exit codes: 0 done, 2 wrong usage or an invalid configuration, 3 unsuitable data, 4 system error
(I/O, disk, memory), 5 the folder holds another run, 6 damaged files, 130 stopped.",
        presets.concat()
    )
}

/// Defaults of samples made while training. The options have none of clap's, because a data set excludes
/// them.
const EPOCH_SAMPLES: usize = 32_768;
const VALIDATION_SAMPLES: usize = 8192;

/// Samples solved during training.
#[derive(Debug, Args)]
#[command(next_help_heading = "Samples solved during training")]
struct OnlineArguments {
    /// Draw and solve fresh samples during training, with seeds that no data set uses
    #[arg(long)]
    online: bool,
    #[arg(long, value_name = "N", value_parser = numbers::count::<usize>(1..=u64::MAX), help = format!("Samples per epoch, each used once [default: {EPOCH_SAMPLES}]"))]
    samples: Option<usize>,
    #[arg(long, value_name = "N", value_parser = numbers::count::<usize>(1..=u64::MAX), help = format!("Samples that choose the best epoch [default: {VALIDATION_SAMPLES}]"))]
    validation_samples: Option<usize>,
}

impl OnlineArguments {
    /// Refuses what a data set excludes, instead of ignoring it.
    fn require_none(&self) -> Result<(), Failure> {
        let given = [
            (
                self.samples.is_some(),
                "--samples is for --online; --first takes the first samples of a data set",
            ),
            (
                self.validation_samples.is_some(),
                "--validation-samples is for --online; the configuration's `validation` is the share of a data set",
            ),
        ];
        match given.iter().find(|(given, _)| *given) {
            Some((_, message)) => Err(Failure::usage(*message)),
            None => Ok(()),
        }
    }
}

/// What a network predicts, on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum TargetArgument {
    /// G: T at E = 0
    G,
    /// Ḡ: the finite-bias conductance
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

/// Shows the progress, and asks for a stop after Ctrl-C.
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
        // A target of many energies has as many errors; its name then stands before all of them.
        let maes = mae.iter().map(|mae| format!("{mae:.4}"));
        let maes: Vec<String> = if names.len() == mae.len() {
            let named = names.iter().zip(maes);
            named.map(|(name, mae)| format!("{name} {mae}")).collect()
        } else {
            let name = names.join(", ");
            std::iter::once(name).chain(maes).collect()
        };
        let line = format!(
            "epoch {number}: loss {loss:.4}, validation MAE in G0: {}, {rate:.0} samples/s",
            maes.join(" "),
        );
        self.bar.suspend(|| output.text(line));
    }

    fn warn(&self, text: &str) {
        if let Some((output, _)) = &self.lines {
            self.bar.suspend(|| output.warn(text));
        }
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
            if self.disorder.is_given() {
                return Err(Failure::usage(
                    "--disorder and --species are for --online; a data set has its own disorder",
                ));
            }
            // Training opens it itself; here it is asked what stands there.
            open_dataset(path, Some("--dataset"))?;
            return Ok(Data::Dataset {
                path: path.clone(),
                first: self.first,
            });
        }
        let size = self.size.size()?;
        let (energies, bias) = self.energies.energies()?;
        let made = DatasetConfig {
            ensemble: self.disorder.ensemble(config.seed)?,
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
        let checkpoint_every = Duration::try_from_secs_f64(seconds).map_err(|_| {
            Failure::usage(format!(
                "--checkpoint-seconds {seconds}: a number of at least 0 is needed"
            ))
        })?;
        let training = Training {
            data: self.data(&config)?,
            config,
            output: path,
            device: self.device,
            checkpoint_every,
            locking: self.lock.locking(),
        };
        let names = training.config.targets.iter();
        let names = names.map(ToString::to_string).collect();
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
                    "a checkpoint is in {}: the same command resumes",
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
