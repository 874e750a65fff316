//! The uncertainty of predictions: their intervals, and exact solutions beside them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use landauer_core::inference::Target;
use serde_json::{Value, json};

use crate::failure::Failure;
use landauer::failure::{Categorised, Category};
use landauer::internal::counted;
use landauer::npy::ArrayWriter;
use landauer::statistics::MeanAndError;
use landauer_learn::evaluation::{
    Certainty as Intervalled, CertaintyError, CertaintyOptions, Level, NOMINAL, Predictor,
};

/// What is reported about the uncertainty of predictions.
#[derive(Debug, Args)]
#[command(
    next_help_heading = "Uncertainty",
    group(ArgGroup::new("certainty").args(["exact", "intervals", "exact_above"]).multiple(true))
)]
pub(super) struct CertaintyArguments {
    /// Solve every strip exactly too, and report the errors of the predictions
    #[arg(long)]
    exact: bool,
    /// Write the ends of each prediction's interval to a .npy file (f64, [sample, 2], or [sample,
    /// target, 2] if the network predicts more than one number), between 0 and the width of the
    /// strip; both are the exact value where --exact-above has solved. Intervals come from samples
    /// that the network was not trained on, by their number of impurities
    #[arg(long, value_name = "FILE")]
    intervals: Option<PathBuf>,
    /// The nominal share of exact values within their interval: 0.5, 0.8, 0.9 or 0.95
    #[arg(
        long,
        value_name = "SHARE",
        default_value = "0.9",
        value_parser = parse_level,
        requires = "certainty"
    )]
    level: Level,
    /// Replace a prediction by the exact solution if the interval of one of its numbers is wider than
    /// this, in G0
    #[arg(long, value_name = "WIDTH", value_parser = parse_width)]
    exact_above: Option<f64>,
}

fn parse_level(text: &str) -> Result<Level, String> {
    let share: f64 = text.parse().map_err(|_| "a share is needed".to_owned())?;
    let known = NOMINAL.map(|nominal| nominal.to_string()).join(", ");
    Level::of(share).ok_or_else(|| format!("one of {known} is needed"))
}

fn parse_width(text: &str) -> Result<f64, String> {
    let width: Result<f64, _> = text.parse();
    let width = width
        .ok()
        .filter(|width| width.is_finite() && *width >= 0.0);
    width.ok_or_else(|| "a width of at least 0 is needed".to_owned())
}

/// A network or hybrid without intervals.
#[derive(Debug, thiserror::Error)]
enum NoIntervals {
    #[error(
        "{name} has no intervals: its card (NAME.json) is not beside the model file, or holds none; put \
         it there, or leave --intervals and --exact-above away"
    )]
    Network { name: String },
    #[error(
        "a hybrid has no intervals: leave --intervals and --exact-above away; with a larger --within \
         it is more exact"
    )]
    Hybrid,
}

impl Categorised for NoIntervals {
    fn category(&self) -> Category {
        Category::Usage
    }
}

impl CertaintyArguments {
    /// Are predictions compared with exact values?
    pub(super) const fn judges(&self) -> bool {
        self.exact
    }

    /// Is the model's card needed?
    pub(super) const fn reads_card(&self) -> bool {
        self.exact || self.needs_intervals()
    }

    const fn needs_intervals(&self) -> bool {
        self.intervals.is_some() || self.exact_above.is_some()
    }

    /// The file that is written.
    pub(super) fn written(&self) -> Option<&Path> {
        self.intervals.as_deref()
    }

    /// Begins, for this many strips and a network or a hybrid.
    pub(super) fn begin(
        &self,
        predictor: &dyn Predictor,
        samples: u64,
        is_hybrid: bool,
    ) -> Result<Certainty, Failure> {
        if self.needs_intervals() && is_hybrid {
            return Err(NoIntervals::Hybrid.into());
        }
        let options = CertaintyOptions {
            level: self.level,
            exact_above: self.exact_above,
            compare: self.exact,
        };
        let certainty = self.reads_card().then(|| {
            let begun = Intervalled::new(predictor, options, self.needs_intervals());
            begun.map_err(|error| match error {
                CertaintyError::NoIntervals { name } => NoIntervals::Network { name }.into(),
                error => Failure::from(error),
            })
        });
        let targets = predictor.targets().to_vec();
        let shape = match targets.len() {
            1 => vec![samples, 2],
            many => vec![samples, many as u64, 2],
        };
        let certainty = certainty.transpose()?;
        let writer = self.intervals.as_deref();
        let writer = writer
            .map(|path| ArrayWriter::create(path, &shape))
            .transpose()?;
        Ok(Certainty {
            options,
            intervalled: certainty,
            statistics: vec![Statistics::default(); targets.len()],
            targets,
            writer,
            solved: 0,
        })
    }
}

/// The uncertainty so far.
pub(super) struct Certainty {
    targets: Vec<Target>,
    options: CertaintyOptions,
    /// None where nothing was asked for.
    intervalled: Option<Intervalled>,
    writer: Option<ArrayWriter>,
    statistics: Vec<Statistics>,
    /// Strips whose exact solution was given.
    solved: u64,
}

/// Of one target.
#[derive(Debug, Clone, Copy, Default)]
struct Statistics {
    width: MeanAndError,
    error: MeanAndError,
    worst: f64,
    within: u64,
}

impl Certainty {
    /// Takes in the predictions `[sample, target]` for the strips `onsite`, and replaces those that are
    /// too uncertain by exact values. `stop` is asked while strips are solved.
    pub(super) fn look(
        &mut self,
        onsite: &[f64],
        predictions: &mut [f64],
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), Failure> {
        let Some(certainty) = &mut self.intervalled else {
            return Ok(());
        };
        let predicted = self.options.compare.then(|| predictions.to_vec());
        let found = certainty.look(onsite, predictions, stop)?;
        let targets = self.targets.len();
        for (place, &width) in found.widths.iter().enumerate() {
            self.statistics[place % targets].width.push(width);
        }
        if let Some((predicted, exact)) = predicted.zip(found.exact) {
            self.compare(&predicted, &exact, &found.half_widths);
        }
        self.solved += found.solved.len() as u64;
        if let Some(writer) = &mut self.writer {
            writer.append(found.ends.as_flattened())?;
        }
        Ok(())
    }

    fn compare(&mut self, predictions: &[f64], exact: &[f64], halves: &[f64]) {
        let targets = self.targets.len();
        for (place, (prediction, exact)) in predictions.iter().zip(exact).enumerate() {
            let statistics = &mut self.statistics[place % targets];
            let error = (prediction - exact).abs();
            statistics.error.push(error);
            statistics.worst = statistics.worst.max(error);
            let within = halves.get(place).is_some_and(|half| error <= *half);
            statistics.within += u64::from(within);
        }
    }

    /// Writes the intervals, and gives the report as text and, if anything was asked for, as JSON.
    pub(super) fn finish(self) -> Result<(String, Option<Value>), Failure> {
        if let Some(writer) = self.writer {
            writer.commit()?;
        }
        let mut text = String::new();
        let mut values = Vec::new();
        let percent = 100.0 * self.options.level.share();
        // Writing to a string cannot fail.
        for (target, found) in self.targets.iter().zip(&self.statistics) {
            let width = found.width.mean();
            let error = found.error.mean();
            let within = width
                .zip(error)
                .map(|_| found.within as f64 / found.error.count() as f64);
            if let Some(width) = width {
                let _ = writeln!(
                    text,
                    "{:<12}{percent} % intervals, {width:.4} G0 wide on average",
                    target.to_string()
                );
            }
            if let Some(error) = error {
                let _ = writeln!(
                    text,
                    "{:<12}mean absolute error {error:.4} G0, largest {:.4}",
                    target.to_string(),
                    found.worst
                );
            }
            if let Some(within) = within {
                let _ = writeln!(
                    text,
                    "{:<12}{:.1} % of the exact values lie within their interval",
                    target.to_string(),
                    100.0 * within
                );
            }
            values.push(json!({
                "target": target.to_string(),
                "level": self.options.level.share(),
                "mean_width": width,
                "mae": error,
                "largest_error": error.map(|_| found.worst),
                "within": within,
            }));
        }
        if self.options.exact_above.is_some() {
            let _ = writeln!(
                text,
                "{} solved exactly instead",
                counted(self.solved, "strip")
            );
        }
        let solved = self.options.exact_above.map(|_| self.solved);
        let asked = self.intervalled.is_some();
        Ok((
            text,
            asked.then(|| json!({ "targets": values, "solved": solved })),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_widths_that_are_none_are_refused() {
        assert_eq!(parse_level("0.95").unwrap().share(), 0.95);
        for text in ["0.99", "ninety", ""] {
            assert!(parse_level(text).is_err(), "{text}");
        }
        assert_eq!(parse_width("0.3"), Ok(0.3));
        for text in ["-1", "NaN", "inf", "wide"] {
            assert!(parse_width(text).is_err(), "{text}");
        }
    }
}
