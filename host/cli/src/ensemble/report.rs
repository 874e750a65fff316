//! The results of an ensemble, as text and as JSON.

use std::fmt::{self, Display};
use std::path::Path;

use landauer_core::Compact;
use serde_json::{Value, json};

use crate::fallbacks;
use crate::solve::{aligned, new_table, number, optional, short};
use landauer::Choice;
use landauer::averages::{Axis, Conductance, SweepConfig, Tally};
use landauer::internal::counted;
use landauer::statistics::{Localisation, LocalisationError};
use landauer::work::{FallbackTotals, Shard, WorkReport};

/// Points that are shown one by one.
const MAX_POINTS: usize = 50;

/// The warning about a fit that [`Localisation::is_hopeless`].
const HOPELESS_FIT: &str = "the points do not lie on a line within their errors";

/// What was done, and the results.
pub(super) struct Report<'r> {
    pub(super) path: &'r Path,
    pub(super) config: &'r SweepConfig,
    /// Samples a point.
    pub(super) samples: u64,
    /// The solver, and why it is this one.
    pub(super) choice: Choice,
    pub(super) shard: Shard,
    pub(super) done: WorkReport,
    pub(super) seconds: f64,
    /// None while units of other shards are missing.
    pub(super) results: Option<Results>,
}

/// The results.
pub(super) struct Results {
    pub(super) tallies: Vec<Tally>,
    /// Of a sweep over lengths.
    pub(super) localisation: Option<Result<Localisation, LocalisationError>>,
    /// Names of the files written.
    pub(super) written: Vec<&'static str>,
    /// Why no picture was drawn.
    pub(super) no_picture: Option<String>,
}

impl Results {
    fn fallbacks(&self) -> FallbackTotals {
        let mut totals = FallbackTotals::default();
        for tally in &self.tallies {
            totals.merge(tally.fallbacks());
        }
        totals
    }

    fn zeros(&self) -> u64 {
        self.tallies.iter().map(Tally::zeros).sum()
    }

    /// Is something of a point too small for a number?
    fn has_underflows(&self) -> bool {
        self.tallies.iter().any(|tally| {
            let (g, many) = (tally.g(), tally.samples() > 1);
            g.mean().is_none() || (many && (g.variance().is_none() || tally.least().is_none()))
        })
    }
}

impl Report<'_> {
    /// How far it is, after it was stopped.
    pub(super) fn kept(&self) -> String {
        let done = &self.done;
        format!(
            "{} has {} of {}: the same command resumes",
            self.path.display(),
            done.units_found + done.units_written,
            counted(done.shard_units, "unit")
        )
    }

    fn rate(&self) -> Option<f64> {
        let rate = self.done.samples_written as f64 / self.seconds;
        (rate.is_finite() && rate > 0.0).then_some(rate)
    }

    /// What fallback solvers recomputed: of the whole ensemble, or of what this process computed.
    fn fallbacks(&self) -> FallbackTotals {
        let results = self.results.as_ref();
        results.map_or(self.done.fallbacks, Results::fallbacks)
    }

    /// Of how many transmissions [`fallbacks`](Self::fallbacks) counts them.
    fn transmissions(&self) -> u64 {
        let samples = match self.results {
            Some(_) => self.samples.saturating_mul(self.config.values.len() as u64),
            None => self.done.samples_written,
        };
        samples.saturating_mul(self.config.conductance.energies().len() as u64)
    }

    /// The name of the conductance, and at which energies it is.
    fn conductance(&self) -> (&'static str, String) {
        match self.config.conductance {
            Conductance::Bias(bias) => ("Ḡ", format!(" (bias {})", Compact(bias))),
            Conductance::Energy(_) if self.config.axis == Axis::Energy => ("G", String::new()),
            Conductance::Energy(energy) => ("G", format!(" (E = {})", Compact(energy))),
        }
    }

    pub(super) fn json(&self) -> Value {
        let Self {
            config,
            done,
            results,
            ..
        } = self;
        let strength = config
            .model
            .strength()
            .filter(|_| config.axis != Axis::Strength);
        let with_concentration =
            config.model.has_impurities() && config.axis != Axis::Concentration;
        let localisation = results.as_ref().and_then(|results| results.localisation);
        json!({
            "path": self.path.display().to_string(),
            "disorder": config.model.number(),
            "strength": strength,
            "concentration": with_concentration.then_some(config.concentration),
            "length": (config.axis != Axis::Length).then_some(config.size.length()),
            "width": config.size.width(),
            "conductance": (config.axis != Axis::Energy).then_some(config.conductance),
            "swept": config.axis,
            "values": config.values,
            "seed": config.seed,
            "samples": self.samples,
            "block": config.block,
            "solver": self.choice.kind.identity(),
            "solver_chosen": self.choice.reason,
            "shard": { "index": self.shard.index(), "count": self.shard.count(), "units": done.shard_units },
            "units": done.units,
            "units_found": done.units_found,
            "units_written": done.units_written,
            "samples_found": done.samples_found,
            "samples_written": done.samples_written,
            "fallbacks": self.fallbacks(),
            "seconds": self.seconds,
            "samples_per_second": self.rate(),
            "complete": results.is_some(),
            "points": results.as_ref().map(|results| self.points(results)),
            "localisation": localisation.and_then(Result::ok),
            "localisation_warning": localisation
                .and_then(Result::ok)
                .filter(Localisation::is_hopeless)
                .map(|_| HOPELESS_FIT),
            "no_localisation": localisation.and_then(Result::err).map(|reason| reason.to_string()),
            "written": results.as_ref().map(|results| &results.written),
            "no_picture": results.as_ref().and_then(|results| results.no_picture.as_ref()),
        })
    }

    fn points(&self, results: &Results) -> Vec<Value> {
        let points = self.config.values.iter().zip(&results.tallies);
        points
            .map(|(value, tally)| {
                let (g, ln_g) = (tally.g(), tally.ln_g());
                json!({
                    self.config.axis.name(): value,
                    "samples": tally.samples(),
                    "mean": g.mean(),
                    "standard_error": g.standard_error(),
                    "variance": g.variance(),
                    "paper_variance": g.deviation(),
                    "mean_ln": ln_g.mean(),
                    "mean_ln_standard_error": ln_g.standard_error(),
                    "typical": tally.typical(),
                    "zeros": tally.zeros(),
                    "least": tally.least(),
                    "greatest": tally.greatest(),
                    "fallbacks": tally.fallbacks(),
                })
            })
            .collect()
    }

    fn table(&self, results: &Results) -> String {
        let (name, _) = self.conductance();
        let header = [
            symbol(self.config.axis).to_owned(),
            format!("mean\n{name}"),
            "std.\nerror".to_owned(),
            "variance".to_owned(),
            "paper's\n\"variance\"".to_owned(),
            format!("mean\nln {name}"),
            "std.\nerror".to_owned(),
        ];
        let mut table = new_table(header.to_vec());
        let points = self.config.values.iter().zip(&results.tallies);
        for (&value, tally) in points.take(MAX_POINTS) {
            let (g, ln_g) = (tally.g(), tally.ln_g());
            table.add_row([
                short(value),
                optional(g.mean()),
                optional(g.standard_error()),
                optional(g.variance()),
                optional(g.deviation()),
                logarithm(ln_g.mean()),
                logarithm(ln_g.standard_error()),
            ]);
        }
        aligned(table).to_string()
    }
}

/// A logarithm, so short that the table has 80 columns, or a dash for none.
fn logarithm(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"))
}

/// The letter for what is swept.
const fn symbol(axis: Axis) -> &'static str {
    match axis {
        Axis::Concentration => "n",
        Axis::Strength => "w",
        Axis::Length => "L",
        Axis::Energy => "E",
    }
}

impl Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { config, done, .. } = self;
        let (name, energies) = self.conductance();
        let length = match config.axis {
            Axis::Length => "L".to_owned(),
            _ => config.size.length().to_string(),
        };
        writeln!(
            f,
            "{}: {name}{energies} of {}, {length} x {} sites: {} of the {}, {} each",
            self.path.display(),
            config.model,
            config.size.width(),
            counted(config.values.len(), "value"),
            config.axis.name(),
            counted(self.samples, "sample"),
        )?;
        if self.shard != Shard::WHOLE {
            writeln!(
                f,
                "shard {}/{}: {} of {}",
                self.shard.index(),
                self.shard.count(),
                done.shard_units,
                counted(done.units, "unit")
            )?;
        }
        writeln!(
            f,
            "{} computed, {} already there",
            counted(done.samples_written, "sample"),
            done.samples_found
        )?;
        if let Some(rate) = self.rate() {
            writeln!(f, "in {:.1} s: {rate:.1} samples/s", self.seconds)?;
        }
        match &self.results {
            Some(results) => self.write_results(f, results)?,
            None => writeln!(
                f,
                "units of other shards are missing: the last shard to finish writes the tables"
            )?,
        }
        let fallbacks = self.fallbacks();
        if fallbacks.total() > 0 {
            writeln!(f, "{}", fallbacks::text(fallbacks, self.transmissions()))?;
        }
        write!(f, "solver: {}", self.choice)
    }
}

impl Report<'_> {
    fn write_results(&self, f: &mut fmt::Formatter<'_>, results: &Results) -> fmt::Result {
        writeln!(f, "{}", self.table(results))?;
        let more = results.tallies.len().saturating_sub(MAX_POINTS);
        if more > 0 {
            let more = counted(more, "more point");
            writeln!(f, "... {more}: averages.csv has them")?;
        }
        writeln!(
            f,
            "in G0 = 2e²/h; variance has the divisor N - 1; the paper's \"variance\" is the \
             standard deviation\nwith the divisor N"
        )?;
        if results.zeros() > 0 {
            writeln!(
                f,
                "G = 0, and no ln G, of {}: no mode propagates there",
                counted(results.zeros(), "sample")
            )?;
        }
        if results.has_underflows() {
            writeln!(
                f,
                "dashes: too small for a number (below 2e-308); ln G is known all the same, and no \
                 sample is left out of its mean"
            )?;
        }
        match &results.localisation {
            Some(Ok(fit)) => {
                writeln!(
                    f,
                    "localisation length {} ± {} sites, from <ln G> = c - 2L/xi over L = {} to {} \
                     (chi² = {:.2}, degrees of freedom: {})",
                    number(fit.length),
                    number(fit.error),
                    fit.from,
                    fit.to,
                    fit.chi_squared,
                    fit.degrees_of_freedom
                )?;
                if fit.is_hopeless() {
                    writeln!(
                        f,
                        "warning: {HOPELESS_FIT} (chance {:.0e}): do not use this length; fit from a \
                         longer one on with --fit-from",
                        fit.chance
                    )?;
                }
            }
            Some(Err(reason)) => writeln!(f, "no localisation length: {reason}")?,
            None => {}
        }
        if let Some(reason) = &results.no_picture {
            writeln!(f, "no picture: {reason}")?;
        }
        for name in &results.written {
            writeln!(f, "wrote {}", self.path.join(name).display())?;
        }
        Ok(())
    }
}
