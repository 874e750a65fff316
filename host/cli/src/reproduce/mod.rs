//! `landauer reproduce`: the paper's figures.

mod page;
mod record;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use comfy_table::ContentArrangement;
use indicatif::{HumanDuration, ProgressBar};

use self::record::Record;
use super::failure::Failure;
use super::interrupt::Interrupt;
use super::lock::LockArguments;
use super::model::model_folder;
use super::output::Output;
use super::parallel::ThreadArguments;
use super::solve::new_table;
use super::train::parse_device;
use crate::picture::write;
use landauer::internal::counted;
use landauer::internal::files::{make_folder, replace};
use landauer::work::Observer;
use landauer_learn::training::Device;
use landauer_paper::{ArtifactCache, Claim, Figure, FigureReport, Profile};

/// Columns of the report on a figure: as many as a terminal or an editor shows.
const REPORT_WIDTH: u16 = 100;

/// Reproduce the paper's figures: data, training, pictures and tables, its numbers beside ours
///
/// K. Li, J. Lu, F. Zhai, Phys. Rev. B 102, 064205 (2020). Everything is computed once: the same
/// command resumes a figure that was stopped or killed, and only draws one that is complete.
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(super) struct ReproduceArguments {
    /// Figures, by the names below, or all
    #[arg(required = true, value_name = "FIGURE", value_parser = parse_figures)]
    figures: Vec<Figures>,
    /// How much is computed
    #[arg(long, value_enum, default_value = "quick")]
    profile: ProfileArgument,
    /// The folder for pictures, tables and a page (README.md) that shows them all
    #[arg(long, short, value_name = "FOLDER", default_value = "landauer-figures")]
    output: PathBuf,
    /// The folder for data sets and trained networks, gigabytes with --profile paper [default: work,
    /// in the folder of the figures]
    #[arg(long, value_name = "FOLDER")]
    work: Option<PathBuf>,
    /// Skip and list trainings that are expected to take longer than this on this machine's CPU
    #[arg(long, value_name = "MINUTES", value_parser = parse_limit)]
    limit: Option<Duration>,
    /// Where to train: cpu (our own kernels), or by burn: flex (a CPU), ndarray, cuda, wgpu (which
    /// must be compiled in)
    #[arg(long, default_value = "cpu", value_parser = parse_device)]
    device: Device,
    #[command(flatten)]
    threads: ThreadArguments,
    #[command(flatten)]
    lock: LockArguments,
}

fn after_help() -> String {
    let longest = Figure::ALL.map(|figure| figure.name().len());
    let longest = longest.into_iter().max().unwrap_or_default();
    let figures =
        Figure::ALL.map(|figure| format!("  {:<longest$} {}\n", figure.name(), figure.title()));
    format!(
        "Examples:
  landauer reproduce fig2 fig10
  landauer reproduce all
  landauer reproduce fig6 --profile paper --output figures
  landauer reproduce fig11 --profile paper --limit 20
  landauer reproduce fig11 --profile paper --device cuda

Figures:
{}
Exit codes: 0 done, 2 wrong usage, 3 a damaged model, 4 system error (I/O, disk, memory), 5 another
process works there or quick figures would replace those of --profile paper, 6 damaged files, 130
stopped.",
        figures.concat()
    )
}

/// How much is computed, on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum ProfileArgument {
    /// Smaller sizes than the paper's: minutes
    Quick,
    /// The paper's sizes: hours, and a day for Figs. 11 and 12
    Paper,
}

/// One figure or all.
#[derive(Debug, Clone)]
struct Figures(Vec<Figure>);

fn parse_figures(text: &str) -> Result<Figures, String> {
    if text == "all" {
        return Ok(Figures(Figure::ALL.to_vec()));
    }
    let figure = Figure::named(text).ok_or_else(|| {
        let names = Figure::ALL.map(Figure::name).join(", ");
        format!("one of {names} or all is needed")
    })?;
    Ok(Figures(vec![figure]))
}

fn parse_limit(text: &str) -> Result<Duration, String> {
    let minutes: Option<f64> = text.trim().parse().ok();
    let limit = minutes.and_then(|minutes| Duration::try_from_secs_f64(60.0 * minutes).ok());
    let limit = limit.filter(|limit| !limit.is_zero());
    limit.ok_or_else(|| "a number of minutes above 0 is needed".to_owned())
}

/// Shows the progress, and asks for a stop after Ctrl-C.
struct Watch<'o> {
    output: &'o Output,
    interrupt: Interrupt,
    bar: Mutex<Option<ProgressBar>>,
}

impl Watch<'_> {
    fn bar(&self) -> std::sync::MutexGuard<'_, Option<ProgressBar>> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Watch<'_> {
    fn begin(&self, what: &str, parts: u64) {
        *self.bar() = Some(self.output.parts(parts, what));
    }

    fn advance(&self, parts: u64) {
        if let Some(bar) = &*self.bar() {
            bar.inc(parts);
        }
    }

    fn end(&self) {
        if let Some(bar) = self.bar().take() {
            bar.finish_and_clear();
        }
    }

    fn stop(&self) -> bool {
        self.interrupt.requested()
    }
}

impl ReproduceArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let profile = match self.profile {
            ProfileArgument::Quick => Profile::Quick,
            ProfileArgument::Paper => Profile::Paper,
        };
        let mut wanted: Vec<Figure> = Vec::new();
        for figure in self.figures.iter().flat_map(|figures| &figures.0) {
            if !wanted.contains(figure) {
                wanted.push(*figure);
            }
        }
        let folder = &self.output;
        make_folder(folder)?;
        // Files that cannot be read, replaced or written are an error now, not after hours.
        for &figure in &wanted {
            Record::may_be_replaced(folder, figure, profile)?;
        }
        page::write(folder)?;
        let work = self.work.clone().unwrap_or_else(|| folder.join("work"));
        let watch = Watch {
            output,
            interrupt: Interrupt::listen(),
            bar: Mutex::new(None),
        };
        let cache = ArtifactCache::new(work, profile, &watch)
            .device(self.device)
            .time_limit(self.limit)
            .models(model_folder())
            .locking(self.lock.locking());
        let mut records = Vec::new();
        for figure in wanted {
            output.text(format!("{}: {}", figure.name(), figure.title()));
            let begin = Instant::now();
            let found = self
                .threads
                .run(|| figure.reproduce(&cache).map_err(Failure::from));
            watch.end();
            let found = found.map_err(|error| error.context(figure.name()))?;
            let seconds = begin.elapsed().as_secs_f64();
            let record = self.written(found, &cache, seconds)?;
            output.text(report(&record));
            page::write(folder)?;
            records.push(record);
        }
        output.text(format!("wrote {}", folder.join(page::NAME).display()));
        output.json(&records);
        Ok(())
    }

    /// Writes pictures, tables and the record of a figure.
    fn written(
        &self,
        found: FigureReport,
        cache: &ArtifactCache<'_>,
        seconds: f64,
    ) -> Result<Record, Failure> {
        let name = found.figure.name();
        let mut pictures = Vec::new();
        for picture in &found.pictures {
            let stem = format!("{name}{}", picture.suffix);
            for ending in ["svg", "png"] {
                write(&picture.scene, &self.path(&format!("{stem}.{ending}")))?;
            }
            pictures.push(stem);
        }
        let mut tables = Vec::new();
        for table in &found.tables {
            let stem = format!("{name}{}.csv", table.suffix);
            replace(&self.path(&stem), table.csv().as_bytes())?;
            tables.push(stem);
        }
        let (steps, skipped) = cache.take_records();
        let record = Record {
            figure: found.figure,
            title: found.figure.title().to_owned(),
            profile: found.profile,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pictures,
            tables,
            claims: found.claims,
            notes: found.notes,
            steps,
            skipped,
            seconds,
        };
        record.write(&self.path(&format!("{name}.json")))?;
        Ok(record)
    }

    fn path(&self, name: &str) -> PathBuf {
        Path::new(&self.output).join(name)
    }
}

/// The report on a figure, as text.
fn report(record: &Record) -> String {
    let mut text = String::new();
    if !record.claims.is_empty() {
        let header = ["", "the paper", "counting", "ours", ""].map(str::to_owned);
        let mut table = new_table(header.to_vec());
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(REPORT_WIDTH);
        for claim in &record.claims {
            let Claim {
                what,
                paper,
                baseline,
                ours,
                verdict,
            } = claim;
            table.add_row([what, paper, baseline, ours, verdict.words()]);
        }
        text = format!("{table}\n");
    }
    // Writing to a string cannot fail.
    for skipped in &record.skipped {
        let duration = HumanDuration(skipped.expected());
        let what = &skipped.what;
        let _ = writeln!(text, "skipped, as it should take {duration}: {what}");
    }
    format!(
        "{text}{}, {}, {:.1} s\n",
        counted(record.pictures.len(), "picture"),
        counted(record.tables.len(), "table"),
        record.seconds
    )
}
