//! The uncertainty of predictions: their intervals, and exact solutions beside them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use landauer_core::inference::Target;
use serde_json::{Value, json};

use crate::failure::Failure;
use landauer::StripSize;
use landauer::failure::{Categorised, Category};
use landauer::internal::counted;
use landauer::npy::ArrayWriter;
use landauer::statistics::MeanAndError;
use landauer::{SolverRequest, Workload};
use landauer_learn::evaluation::{ExactTargets, Intervals, NOMINAL, Predictor, impurities};

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

/// One of the levels that intervals are known for.
#[derive(Debug, Clone, Copy)]
struct Level {
    place: usize,
    share: f64,
}

fn parse_level(text: &str) -> Result<Level, String> {
    let share: f64 = text.parse().map_err(|_| "a share is needed".to_owned())?;
    let place = NOMINAL.iter().position(|&nominal| nominal == share);
    let known = NOMINAL.map(|nominal| nominal.to_string()).join(", ");
    let place = place.ok_or_else(|| format!("one of {known} is needed"))?;
    Ok(Level { place, share })
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
        let targets = predictor.targets().to_vec();
        let intervals = predictor.intervals().filter(|_| self.reads_card()).cloned();
        let complete = |all: &Intervals| targets.iter().all(|&one| all.position(one).is_some());
        if self.needs_intervals() && !intervals.as_ref().is_some_and(complete) {
            let name = predictor.name();
            return Err(NoIntervals::Network { name }.into());
        }
        let shape = match targets.len() {
            1 => vec![samples, 2],
            many => vec![samples, many as u64, 2],
        };
        let writer = self.intervals.as_deref();
        let writer = writer
            .map(|path| ArrayWriter::create(path, &shape))
            .transpose()?;
        Ok(Certainty {
            size: predictor.size(),
            level: self.level,
            all: self.exact,
            above: self.exact_above,
            statistics: vec![Statistics::default(); targets.len()],
            targets,
            intervals,
            writer,
            solver: None,
            solved: 0,
        })
    }
}

/// The uncertainty so far.
pub(super) struct Certainty {
    size: StripSize,
    targets: Vec<Target>,
    intervals: Option<Intervals>,
    level: Level,
    /// Is every strip solved exactly?
    all: bool,
    above: Option<f64>,
    writer: Option<ArrayWriter>,
    solver: Option<ExactTargets>,
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
    /// too uncertain by exact values.
    pub(super) fn look(&mut self, onsite: &[f64], predictions: &mut [f64]) -> Result<(), Failure> {
        if !self.all && self.intervals.is_none() {
            return Ok(());
        }
        let (sites, targets) = (self.size.sites(), self.targets.len());
        let strips = onsite.chunks_exact(sites);
        let halves: Vec<f64> = match &self.intervals {
            Some(intervals) => strips
                .clone()
                .flat_map(|strip| self.halves(intervals, impurities(strip)))
                .collect(),
            None => Vec::new(),
        };
        // No more modes propagate than a slice has sites.
        let most = self.size.width() as f64;
        let within = |end: f64| end.clamp(0.0, most);
        let ends = predictions.iter().zip(&halves);
        let mut ends: Vec<[f64; 2]> = ends
            .map(|(value, half)| [within(value - half), within(value + half)])
            .collect();
        for (place, [low, high]) in ends.iter().enumerate() {
            self.statistics[place % targets].width.push(high - low);
        }
        let unsure: Vec<usize> = match self.above {
            Some(above) => (0..predictions.len() / targets)
                .filter(|sample| {
                    let mut of_sample = ends[sample * targets..(sample + 1) * targets].iter();
                    of_sample.any(|[low, high]| high - low > above)
                })
                .collect(),
            None => Vec::new(),
        };
        if self.all {
            let exact = self.solve(onsite)?;
            self.compare(predictions, &exact, &halves);
            for &sample in &unsure {
                let range = sample * targets..(sample + 1) * targets;
                predictions[range.clone()].copy_from_slice(&exact[range]);
            }
        } else if !unsure.is_empty() {
            let picked = unsure.iter();
            let picked: Vec<f64> = picked
                .flat_map(|sample| &onsite[sample * sites..(sample + 1) * sites])
                .copied()
                .collect();
            let exact = self.solve(&picked)?;
            for (&sample, exact) in unsure.iter().zip(exact.chunks_exact(targets)) {
                predictions[sample * targets..(sample + 1) * targets].copy_from_slice(exact);
            }
        }
        self.solved += unsure.len() as u64;
        if let Some(writer) = &mut self.writer {
            // An exact value is an interval of width 0.
            for sample in unsure {
                for place in sample * targets..(sample + 1) * targets {
                    ends[place] = [predictions[place]; 2];
                }
            }
            writer.append(ends.as_flattened())?;
        }
        Ok(())
    }

    /// The half-widths of all targets at an impurity count.
    fn halves(&self, intervals: &Intervals, count: usize) -> Vec<f64> {
        let half = |&target: &Target| {
            let place = intervals.position(target);
            let halves = place.and_then(|place| intervals.half_widths(place, count));
            // Nothing is known of a count that no sample had: anything may be.
            halves.map_or(f64::INFINITY, |halves| halves[self.level.place])
        };
        self.targets.iter().map(half).collect()
    }

    fn solve(&mut self, onsite: &[f64]) -> Result<Vec<f64>, Failure> {
        let solver = match &mut self.solver {
            Some(solver) => solver,
            none => {
                let strips = Workload::counted(self.size, onsite);
                let kind = SolverRequest::default().choose(&[strips], None).kind;
                none.insert(ExactTargets::new(kind, self.size, &self.targets)?)
            }
        };
        Ok(solver.solve(onsite)?)
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
        let percent = 100.0 * self.level.share;
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
                "level": self.level.share,
                "mean_width": width,
                "mae": error,
                "largest_error": error.map(|_| found.worst),
                "within": within,
            }));
        }
        if self.above.is_some() {
            let _ = writeln!(
                text,
                "{} solved exactly instead",
                counted(self.solved, "strip")
            );
        }
        let solved = self.above.map(|_| self.solved);
        let asked = self.all || self.intervals.is_some();
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
        assert_eq!(parse_level("0.95").unwrap().place, 3);
        for text in ["0.99", "ninety", ""] {
            assert!(parse_level(text).is_err(), "{text}");
        }
        assert_eq!(parse_width("0.3"), Ok(0.3));
        for text in ["-1", "NaN", "inf", "wide"] {
            assert!(parse_width(text).is_err(), "{text}");
        }
    }
}
