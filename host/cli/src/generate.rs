//! `landauer generate`: a data set.

use std::fmt::Display;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use indicatif::ProgressBar;

use super::arguments::SizeArguments;
use super::disorder::{DRAWN, DisorderArguments, sample_count};
use super::energies::EnergyArguments;
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
use landauer::dataset::{DatasetConfig, Generation, default_chunk_samples, usual_energies};
use landauer::internal::counted;
use landauer::work::{GivenSamples, Observer, Shard, WorkOptions, WorkReport};

/// Make a data set: many samples of disorder with their exact conductances, in Zarr v3
///
/// The same arguments give the same bytes, whatever the machine, the number of threads or the
/// shards. The same command resumes what was stopped or killed; a larger --samples extends the data set.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  landauer generate --samples 1e5 --output data/m2.zarr
  landauer generate --disorder 1 --strength 4 --samples 2e4 --output data/m1.zarr
  landauer generate --disorder IV --concentration 0.1 --samples 5000 --output m4.zarr
  landauer generate --species 1.5,3 --samples 1e4 --output own.zarr
  landauer generate --onsite own.npy --energies 0 --output own.zarr
  landauer generate --length 20 --width 10 --samples 1000 --output small.zarr
  landauer generate --energies -0.5:0.5:11 --samples 1000 --output eleven.zarr
  landauer generate --precision f32 --samples 1e6 --output single.zarr
  landauer generate --samples 1e6 --shard 3/16 --output m2.zarr
As a Slurm job array:
  landauer generate --samples 1e6 --output m2.zarr --sbatch m2.sh && sbatch m2.sh

Without --solver the faster one for this size and disorder is taken; a data set that exists is
resumed with the solver that began it.

In Python:
  zarr.open_group('m2.zarr', mode='r')['g_bar'][:]

Exit codes: 0 done, 2 wrong usage, 3 invalid content of a file, 4 system error (I/O, disk,
memory), 5 the path holds another data set or has another writer, 6 damaged chunks, 130 stopped.")]
pub(super) struct GenerateArguments {
    /// Take the samples from a .npy file of on-site energies in units of t, [x, y] or [sample, x, y],
    /// instead of drawing them
    #[arg(long, value_name = "FILE", conflicts_with_all = DRAWN)]
    onsite: Option<PathBuf>,
    #[command(flatten)]
    drawn: DisorderArguments,
    #[command(flatten)]
    size: SizeArguments,
    /// Number of samples [default: all of the file of --onsite]
    #[arg(
        long,
        value_name = "N",
        required_unless_present = "onsite",
        value_parser = numbers::count::<u64>(0..=u64::MAX)
    )]
    samples: Option<u64>,
    #[command(flatten)]
    energies: DatasetEnergyArguments,
    /// The data set's folder, made with its parents if missing
    #[arg(long, short, value_name = "FOLDER")]
    output: PathBuf,
    #[command(flatten)]
    solver: SolverArguments,
    #[command(flatten)]
    shard: ShardArguments,
    /// Samples in a chunk, the unit of work; part of the data set's identity [default: 4 MB of on-site
    /// energies, at most 4096 samples]
    #[arg(long, value_name = "N", value_parser = numbers::count::<u64>(0..=u64::MAX))]
    chunk: Option<u64>,
    #[command(flatten)]
    threads: ThreadArguments,
    #[command(flatten)]
    lock: LockArguments,
    #[command(flatten)]
    sbatch: SbatchArguments,
}

/// The energies of a data set.
#[derive(Debug, Args)]
#[command(mut_arg("energies", |energies| energies.help(
    "Energies in units of t: a number, a list with commas, or a range with both ends [default: 0 and the \
     ten of the bias grid]"
)))]
pub(super) struct DatasetEnergyArguments {
    #[command(flatten)]
    energies: EnergyArguments,
    /// Bias eV in t: the ten energies from -eV/2 to eV/2, over which Ḡ is the mean of T, are among the
    /// energies [default: 0.36, unless --energies is given]
    #[arg(long, value_name = "EV", value_parser = numbers::bias)]
    bias: Option<f64>,
}

impl DatasetEnergyArguments {
    /// The energies, and the bias whose grid is among them.
    pub(super) fn energies(&self) -> Result<(Vec<f64>, Option<f64>), Failure> {
        Ok(usual_energies(self.energies.read()?, self.bias))
    }
}

/// Shows the progress, and asks for a stop after Ctrl-C.
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
        let given = self.onsite.as_deref().map(GivenSamples::open).transpose()?;
        let (ensemble, size) = match &given {
            Some(given) => (given.ensemble(), given.size()),
            None => (self.drawn.ensemble()?, self.size.size()?),
        };
        let samples = sample_count(self.samples, given.as_ref());
        let (energies, bias) = self.energies.energies()?;
        let config = DatasetConfig {
            ensemble,
            size,
            energies,
            bias,
            chunk_samples: self.chunk.unwrap_or_else(|| default_chunk_samples(size)),
        };
        let options = WorkOptions::new(samples)
            .solver(self.solver.request())
            .shard(shard)
            .locking(self.lock.locking());
        let generation = match &given {
            Some(given) => Generation::of_given(&self.output, &config, given, options)?,
            None => Generation::new(&self.output, &config, options)?,
        };
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
            samples,
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
    samples: u64,
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
            "{} has {} of {}: the same command resumes",
            self.arguments.output.display(),
            units_found + units_written,
            counted(shard_units, "chunk"),
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
            "disorder": self.config.ensemble.model().number(),
            "species_energies": self.config.ensemble.model().species_energies(),
            "length": self.config.size.length(),
            "width": self.config.size.width(),
            "energies": self.config.energies,
            "bias": self.config.bias,
            "seed": self.config.ensemble.seed(),
            "solver": self.choice.kind.identity(),
            "solver_chosen": self.choice.reason,
            "samples": self.samples,
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
            "{}: {}, {} x {} sites, {} at {}",
            self.arguments.output.display(),
            config.ensemble.model(),
            config.size.length(),
            config.size.width(),
            counted(self.samples, "sample"),
            counted(config.energies.len(), "energy"),
        )?;
        if self.shard != Shard::WHOLE {
            writeln!(
                f,
                "shard {}/{}: {} of {}",
                self.shard.index(),
                self.shard.count(),
                report.shard_units,
                counted(report.units, "chunk")
            )?;
        }
        if report.shard_units == 0 {
            writeln!(f, "nothing to do: fewer chunks than shards")?;
        } else if report.units_found == report.shard_units {
            writeln!(
                f,
                "complete already: {}, all sound",
                counted(report.samples_found, "sample")
            )?;
        } else {
            writeln!(
                f,
                "{} written, {} already there",
                counted(report.samples_written, "sample"),
                report.samples_found
            )?;
        }
        if let Some(rate) = self.rate() {
            writeln!(
                f,
                "{} solved (whole chunks) in {:.1} s: {rate:.1} samples/s",
                counted(report.samples_computed, "sample"),
                self.seconds
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
                "{} of them too small for a number (below 2e-308), stored as 0: `ensemble` averages \
                 their logarithms",
                report.underflows
            )?;
        }
        write!(f, "solver: {}", self.choice)
    }
}

#[cfg(test)]
mod tests {
    use landauer_core::{BIAS_POINTS, PAPER_BIAS, bias_grid};

    use super::*;

    fn energies(energies: Option<&[f64]>, bias: Option<f64>) -> (Vec<f64>, Option<f64>) {
        let energies = EnergyArguments::of(energies);
        let arguments = DatasetEnergyArguments { energies, bias };
        arguments.energies().unwrap()
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
