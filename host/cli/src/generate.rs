//! `landauer generate`: a data set.

use std::fmt::Display;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use indicatif::ProgressBar;
use landauer_core::{BIAS_POINTS, FERMI_ENERGY, PAPER_BIAS, bias_grid};

use super::arguments::{DisorderArguments, SizeArguments};
use super::failure::Failure;
use super::fallbacks;
use super::interrupt::{Interrupt, Interrupted};
use super::lock::LockArguments;
use super::numbers;
use super::output::Output;
use super::parallel::ThreadArguments;
use super::sbatch::{Job, SbatchArguments};
use super::shard::ShardArguments;
use super::solver::SolverArguments;
use landauer::Choice;
use landauer::dataset::{DatasetConfig, Generation, default_chunk_samples, with_bias_grid};
use landauer::work::{Observer, Shard, WorkOptions, WorkReport};

/// Make a data set: many samples of a disorder model with their exact conductances, in Zarr v3
///
/// The same arguments give the same bytes, whatever the machine, the number of threads or the
/// shards. A run that was stopped or killed goes on when it is given again; a larger --samples
/// extends the data set.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  landauer generate --samples 100000 --output data/m2.zarr
  landauer generate --model 1 --strength 4 --samples 20000 --output data/m1.zarr
  landauer generate --model 4 --concentration 0.1 --samples 5000 --output m4.zarr
  landauer generate --length 20 --width 10 --samples 1000 --output small.zarr
  landauer generate --energies -0.5,0,0.5 --samples 1000 --output three.zarr
  landauer generate --precision f32 --samples 1000000 --output single.zarr
  landauer generate --samples 1000000 --shard 3/16 --output m2.zarr
As a Slurm job array:
  landauer generate --samples 1000000 --output m2.zarr --sbatch m2.sh && sbatch m2.sh

The faster solver is taken for a data set, by its size and disorder alone, unless --solver names one;
what is there already goes on with the solver that has begun it.

In Python:
  zarr.open_group('m2.zarr', mode='r')['g_bar'][:]

Exit codes: 0 done, 2 wrong arguments, 4 a full disk or an unwritable path, 5 another data set or
another writer is there, 6 damaged chunks, 130 stopped.")]
pub(super) struct GenerateArguments {
    /// Disorder model of the paper, 1 to 4 (or I to IV)
    #[arg(long, default_value_t = 2, value_parser = numbers::disorder_model)]
    model: u8,
    #[command(flatten)]
    disorder: DisorderArguments,
    #[command(flatten)]
    size: SizeArguments,
    /// Number of samples
    #[arg(long, value_name = "N", value_parser = numbers::count::<u64>(0..=u64::MAX))]
    samples: u64,
    #[command(flatten)]
    energies: EnergyArguments,
    /// The data set's folder; it is made, with its parents, if it is not there
    #[arg(long, value_name = "PATH")]
    output: PathBuf,
    #[command(flatten)]
    solver: SolverArguments,
    #[command(flatten)]
    shard: ShardArguments,
    /// Samples in a chunk, the unit of work; it is part of what the data set is [default: what
    /// makes 4 MB of on-site energies, at most 4096]
    #[arg(long, value_name = "N", value_parser = numbers::count::<u64>(0..=u64::MAX))]
    chunk: Option<u64>,
    #[command(flatten)]
    threads: ThreadArguments,
    #[command(flatten)]
    lock: LockArguments,
    #[command(flatten)]
    sbatch: SbatchArguments,
}

/// At which energies.
#[derive(Debug, Args)]
pub(super) struct EnergyArguments {
    /// Energies in t, separated by commas [default: 0 and the ten of the bias grid]
    #[arg(
        long,
        value_name = "E",
        value_delimiter = ',',
        allow_hyphen_values = true,
        value_parser = numbers::energy
    )]
    energies: Option<Vec<f64>>,
    /// Bias eV in t: the ten energies from -eV/2 to eV/2, whose mean is g_bar, are among the
    /// energies [default: 0.36, unless --energies is given]
    #[arg(long, value_name = "EV", value_parser = numbers::bias)]
    bias: Option<f64>,
}

impl EnergyArguments {
    /// The energies, and the bias whose grid is among them.
    pub(super) fn energies(&self) -> (Vec<f64>, Option<f64>) {
        let (given, bias) = match (&self.energies, self.bias) {
            (None, bias) => (vec![FERMI_ENERGY], Some(bias.unwrap_or(PAPER_BIAS))),
            (Some(given), Some(bias)) => (given.clone(), Some(bias)),
            (Some(given), None) => {
                let grid: [f64; BIAS_POINTS] = bias_grid(PAPER_BIAS);
                let complete = grid.iter().all(|energy| given.contains(energy));
                (given.clone(), complete.then_some(PAPER_BIAS))
            }
        };
        match bias {
            Some(bias) => (with_bias_grid(given, bias), Some(bias)),
            None => (given, None),
        }
    }
}

/// Shows the progress, and hears Ctrl-C.
pub(super) struct Watch {
    pub(super) bar: ProgressBar,
    pub(super) interrupt: Interrupt,
}

impl Observer for Watch {
    fn begin(&self, _: &str, samples: u64) {
        self.bar.set_length(samples);
        self.bar.reset_eta();
    }

    fn advance(&self, samples: u64) {
        self.bar.inc(samples);
    }

    fn stop(&self) -> bool {
        self.interrupt.requested()
    }
}

impl GenerateArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let shard = self.shard.shard()?;
        let size = self.size.size()?;
        let (energies, bias) = self.energies.energies();
        let config = DatasetConfig {
            ensemble: self.disorder.ensemble(self.model)?,
            size,
            energies,
            bias,
            chunk_samples: self.chunk.unwrap_or_else(|| default_chunk_samples(size)),
        };
        let options = WorkOptions::new(self.samples)
            .solver(self.solver.wish())
            .shard(shard)
            .locking(self.lock.locking());
        let generation = Generation::new(&self.output, &config, options)?;
        if self.sbatch.is_wanted() {
            let job = Job {
                pieces: generation.units(),
                threads: &self.threads,
                results: &self.output,
                shown_by: Some("inspect"),
            };
            return self.sbatch.write(&job, output);
        }
        let watch = Watch {
            bar: output.progress(0, "generating"),
            interrupt: Interrupt::listen(),
        };
        let begin = Instant::now();
        let done = self
            .threads
            .run(|| generation.run(&watch).map_err(Failure::from));
        watch.bar.finish_and_clear();
        let summary = Summary {
            arguments: &self,
            config: &config,
            choice: generation.choice(),
            shard,
            report: done?,
            seconds: begin.elapsed().as_secs_f64(),
        };
        if summary.report.stopped {
            return Err(Failure::from(Interrupted {
                kept: summary.kept(),
            }));
        }
        output.text(summary.to_string());
        output.json(&summary.json());
        Ok(())
    }
}

/// What was done.
struct Summary<'s> {
    arguments: &'s GenerateArguments,
    config: &'s DatasetConfig,
    choice: Choice,
    shard: Shard,
    report: WorkReport,
    seconds: f64,
}

impl Summary<'_> {
    fn kept(&self) -> String {
        let WorkReport {
            units_found,
            units_written,
            shard_units,
            ..
        } = self.report;
        format!(
            "{} of {shard_units} chunks are in {}: the same command goes on from there",
            units_found + units_written,
            self.arguments.output.display()
        )
    }

    fn rate(&self) -> Option<f64> {
        let rate = self.report.samples_computed as f64 / self.seconds;
        (rate.is_finite() && rate > 0.0).then_some(rate)
    }

    fn json(&self) -> serde_json::Value {
        let report = &self.report;
        serde_json::json!({
            "path": self.arguments.output.display().to_string(),
            "model": self.config.ensemble.model().number(),
            "length": self.config.size.length(),
            "width": self.config.size.width(),
            "energies": self.config.energies,
            "bias": self.config.bias,
            "seed": self.config.ensemble.seed(),
            "solver": self.choice.kind.identity(),
            "solver_chosen": self.choice.reason,
            "samples": self.arguments.samples,
            "chunk_samples": self.config.chunk_samples,
            "chunks": report.units,
            "shard": { "index": self.shard.index(), "count": self.shard.count(), "chunks": report.shard_units },
            "chunks_found": report.units_found,
            "chunks_written": report.units_written,
            "samples_found": report.samples_found,
            "samples_written": report.samples_written,
            "samples_computed": report.samples_computed,
            "fallbacks": report.fallbacks,
            "underflows": report.underflows,
            "seconds": self.seconds,
            "samples_per_second": self.rate(),
        })
    }
}

impl Display for Summary<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { config, report, .. } = self;
        writeln!(
            f,
            "{}: {}, {} x {} sites, {} samples at {} energies",
            self.arguments.output.display(),
            config.ensemble.model(),
            config.size.length(),
            config.size.width(),
            self.arguments.samples,
            config.energies.len(),
        )?;
        if self.shard != Shard::WHOLE {
            writeln!(
                f,
                "shard {}/{}: {} of {} chunks",
                self.shard.index(),
                self.shard.count(),
                report.shard_units,
                report.units
            )?;
        }
        if report.shard_units == 0 {
            writeln!(f, "nothing to do: there are fewer chunks than shards")?;
        } else if report.units_found == report.shard_units {
            writeln!(
                f,
                "complete: all of its {} samples were there already, and are sound",
                report.samples_found
            )?;
        } else {
            writeln!(
                f,
                "{} samples written, {} were there already",
                report.samples_written, report.samples_found
            )?;
        }
        if let Some(rate) = self.rate() {
            writeln!(
                f,
                "{} samples solved in {:.1} s: {rate:.1} samples/s",
                report.samples_computed, self.seconds
            )?;
        }
        let transmissions = report
            .samples_written
            .saturating_mul(config.energies.len() as u64);
        if transmissions > 0 {
            writeln!(f, "{}", fallbacks::text(report.fallbacks, transmissions))?;
        }
        if report.underflows > 0 {
            writeln!(
                f,
                "{} of them too small for a number (below 2e-308), 0 in their places: `ensemble` averages \
                 their logarithms",
                report.underflows
            )?;
        }
        write!(f, "solver: {}", self.choice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn energies(energies: Option<&[f64]>, bias: Option<f64>) -> (Vec<f64>, Option<f64>) {
        let energies = energies.map(<[f64]>::to_vec);
        EnergyArguments { energies, bias }.energies()
    }

    #[test]
    fn the_default_is_the_band_centre_and_the_papers_bias() {
        let grid: [f64; BIAS_POINTS] = bias_grid(PAPER_BIAS);
        let (found, bias) = energies(None, None);
        assert_eq!((found[0], &found[1..], bias), (0.0, &grid[..], Some(0.36)));
        assert_eq!(energies(Some(&found), None), (found, Some(0.36)));
        assert_eq!(energies(Some(&[-0.5, 0.5]), None), (vec![-0.5, 0.5], None));
        let (found, bias) = energies(Some(&[-0.25]), Some(0.5));
        assert_eq!((found.len(), found[0], bias), (10, -0.25, Some(0.5)));
    }
}
