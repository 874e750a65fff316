//! `landauer ensemble`: disorder averages over a sweep.

mod picture;
mod report;
mod sweep;

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use super::disorder::sample_count;
use super::failure::Failure;
use super::generate::Watch;
use super::interrupt::{Interrupt, Interrupted};
use super::lock::LockArguments;
use super::numbers;
use super::output::Output;
use super::parallel::ThreadArguments;
use super::sbatch::{Job, SbatchArguments};
use super::shard::ShardArguments;
use super::solver::SolverArguments;
use landauer::averages::{
    Averages, Axis, Part, SweepConfig, Tally, averages_csv, distribution_csv, localisation_csv,
    mean_logs,
};
use landauer::statistics::Localisation;
use landauer::work::WorkOptions;
use landauer_plot::PictureFormat;
use report::{Report, Results};

const AVERAGES: &str = "averages.csv";
const DISTRIBUTION: &str = "distribution.csv";
const LOCALISATION: &str = "localisation.csv";
const SVG: &str = "averages.svg";
const PNG: &str = "averages.png";
const OUTPUTS: [&str; 5] = [AVERAGES, DISTRIBUTION, LOCALISATION, SVG, PNG];

/// Average over disorder: mean, variance, <ln G> and P(G) over a sweep of concentration, strength,
/// length or energy
///
/// Only sums are kept, not samples. The same arguments give the same bytes, whatever the machine,
/// the number of threads or the shards. The same command resumes what was stopped or killed; a
/// larger --samples extends it.
#[derive(Debug, Args)]
#[command(after_help = "\
Exactly one of --concentration, --strength, --length and --energies is swept: a range
FROM:TO:POINTS with both ends in it, or a list with commas.

The folder then holds
  averages.csv      a line for each point: mean, standard error, variance (divisor N - 1), what the
                    paper calls variance, sqrt(sum (G_k - mean)² / N), mean of ln G, exp of it, ...
  distribution.csv  P(G), the share of samples in [G - 0.1, G + 0.1), at G = 0.1, 0.3, 0.5, ...
  localisation.csv  of lengths: xi of <ln G> = c - 2L/xi, by weighted least squares
  averages.svg, averages.png

All points use the samples 0, 1, 2, ... of the seed, so that they are correlated; only lengths
have samples of their own, from L·2^40 on. Samples with G = 0 have no ln G: they are left out of
its mean, and counted.

Examples:
  landauer ensemble --disorder 2 --concentration 0:1:21 --samples 1000 --bias 0.36 --output fig7
  landauer ensemble --disorder 1 --strength 0.5,1,2,4,8 --samples 5000 --output strengths
  landauer ensemble --disorder 1 --width 10 --length 20:200:10 --samples 2000 --output lengths
  landauer ensemble --concentration 0.1 --energies -4:4:161 --samples 500 --output energies
  landauer ensemble --species 1.5,3 --concentration 0:1:21 --samples 1e4 --output own
  landauer ensemble --onsite own.npy --energies -4:4:161 --output own
  landauer ensemble --concentration 0:1:21 --samples 1e5 --shard 3/16 --output large
As a Slurm job array:
  landauer ensemble --concentration 0:1:21 --samples 1e5 --output large --sbatch s.sh && sbatch s.sh

Without --solver the faster one for the sizes and disorder of all points together is taken; an
ensemble that exists is resumed with the solver that began it.

Exit codes: 0 done, 2 wrong usage, 3 invalid content of a file, 4 system error (I/O, disk,
memory), 5 the folder holds another ensemble or is in use by another process, 6 a damaged unit,
130 stopped.")]
pub(super) struct EnsembleArguments {
    #[command(flatten)]
    sweep: sweep::SweepArguments,
    /// Samples at each point [default: all of the file of --onsite]
    #[arg(
        long,
        value_name = "N",
        required_unless_present = "onsite",
        value_parser = numbers::count::<u64>(0..=u64::MAX)
    )]
    samples: Option<u64>,
    /// The folder for the results, made with its parents if missing
    #[arg(long, short, value_name = "FOLDER")]
    output: PathBuf,
    /// In a sweep of lengths: the shortest length used in the fit of the localisation length
    /// [default: those with <ln G> at most -2]
    #[arg(long, value_name = "L", value_parser = numbers::finite)]
    fit_from: Option<f64>,
    #[command(flatten)]
    solver: SolverArguments,
    #[command(flatten)]
    shard: ShardArguments,
    #[command(flatten)]
    threads: ThreadArguments,
    #[command(flatten)]
    lock: LockArguments,
    #[command(flatten)]
    sbatch: SbatchArguments,
}

impl EnsembleArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let given = self.sweep.given()?;
        let config = match &given {
            Some(given) => self.sweep.config_of(given)?,
            None => self.sweep.config()?,
        };
        let shard = self.shard.shard()?;
        if self.fit_from.is_some() && config.axis != Axis::Length {
            return Err(Failure::usage("--fit-from is for sweeps over lengths"));
        }
        let path = &self.output;
        let samples = sample_count(self.samples, given.as_ref());
        let options = WorkOptions::new(samples)
            .solver(self.solver.request())
            .shard(shard)
            .locking(self.lock.locking());
        let averages = match &given {
            Some(given) => Averages::of_given(path, &config, given, options)?,
            None => Averages::new(path, &config, options)?,
        };
        if self.sbatch.is_wanted() {
            let job = Job {
                pieces: averages.units(),
                threads: &self.threads,
                results: path,
                shown_by: None,
            };
            return self.sbatch.write(&job, output);
        }
        let watch = Watch {
            bar: output.progress(0, "averaging"),
            interrupt: Interrupt::listen(),
        };
        let begin = Instant::now();
        let done = self.threads.run(|| {
            let part = averages.begin(&OUTPUTS)?;
            let done = part.run(&watch)?;
            let mut report = Report {
                path,
                config: &config,
                samples,
                choice: averages.choice(),
                shard,
                done,
                seconds: begin.elapsed().as_secs_f64(),
                results: None,
            };
            if !done.stopped
                && let Some(tallies) = averages.results()?
            {
                report.results = self.publish((&config, samples), &part, tallies)?;
            }
            Ok(report)
        });
        watch.bar.finish_and_clear();
        let report = done?;
        if report.done.stopped {
            return Err(Failure::from(Interrupted {
                kept: report.kept(),
            }));
        }
        output.text(report.to_string());
        output.json(&report.json());
        Ok(())
    }

    /// Writes tables and pictures; nothing if another process has extended the ensemble meanwhile.
    fn publish(
        &self,
        (config, samples): (&SweepConfig, u64),
        part: &Part<'_>,
        tallies: Vec<Tally>,
    ) -> Result<Option<Results>, Failure> {
        let lengths = config.axis == Axis::Length;
        let localisation =
            lengths.then(|| Localisation::fit(&mean_logs(config, &tallies), self.fit_from));
        let fit = localisation.as_ref().and_then(|fit| fit.as_ref().ok());
        let mut files = vec![
            (AVERAGES, Some(averages_csv(config, &tallies).into_bytes())),
            (
                DISTRIBUTION,
                Some(distribution_csv(config, &tallies).into_bytes()),
            ),
            (
                LOCALISATION,
                fit.map(|fit| localisation_csv(fit).into_bytes()),
            ),
        ];
        // Values that no axis can show must not cost the tables.
        let scene = picture::scene(config, samples, &tallies, fit);
        let mut no_picture = None;
        for (name, format) in [(SVG, PictureFormat::Svg), (PNG, PictureFormat::Png)] {
            let drawn = scene.as_ref().map_err(Clone::clone);
            match drawn.and_then(|scene| format.encode(scene)) {
                Ok(bytes) => files.push((name, Some(bytes))),
                Err(reason) => {
                    files.push((name, None));
                    no_picture = Some(reason.to_string());
                }
            }
        }
        let published = part.publish(&files)?;
        let written = files.iter().filter(|(_, bytes)| bytes.is_some());
        Ok(published.then(|| Results {
            written: written.map(|&(name, _)| name).collect(),
            tallies,
            localisation,
            no_picture,
        }))
    }
}
