//! The report of an evaluation, as text and as JSON.

use std::fmt::{self, Display};
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::solve::{aligned, new_table};
use landauer::dataset::Dataset;
use landauer::internal::counted;
use landauer_learn::evaluation::{
    NOMINAL, Predictions, Predictor, Target, TargetEvaluation, target_key,
};

/// The predictor, the test set and the results.
pub(super) struct Report<'r> {
    pub(super) predictor: &'r dyn Predictor,
    pub(super) dataset: &'r Dataset,
    pub(super) predictions: &'r Predictions,
    pub(super) found: &'r [TargetEvaluation],
    pub(super) written: &'r [PathBuf],
}

impl Report<'_> {
    /// The first target's numbers stand at the top, all targets' in `targets`.
    pub(super) fn json(&self) -> Value {
        let targets = self.found.iter().map(|one| {
            let mut value = json!({ "key": target_key(one.target) });
            merge(&mut value, json!(one));
            value
        });
        let targets: Vec<Value> = targets.collect();
        let config = self.dataset.config();
        let written = self.written.iter().map(|path| path.display().to_string());
        let mut value = json!({
            "predictor": self.predictor.name(),
            "test_set": self.dataset.path().display().to_string(),
            "disorder": config.ensemble.model().number(),
            "length": config.size.length(),
            "width": config.size.width(),
            "seed": config.ensemble.seed(),
            "known_to_be_unseen": self.predictor.trained_on().is_some(),
            "passes": self.predictor.passes(),
            "multiply_adds_a_pass": self.predictor.multiply_adds(),
            "seconds": self.predictions.seconds,
            "samples_per_second": self.rate(),
            "written": written.collect::<Vec<_>>(),
        });
        if let Some(first) = targets.first() {
            merge(&mut value, first.clone());
        }
        value["targets"] = Value::Array(targets);
        value
    }

    fn rate(&self) -> Option<f64> {
        let rate = self.predictions.counts.len() as f64 / self.predictions.seconds;
        (rate.is_finite() && rate > 0.0).then_some(rate)
    }

    fn has_impurities(&self) -> bool {
        self.dataset.config().ensemble.model().has_impurities()
    }

    /// The name of the baseline's column: without impurities it is the median of all.
    fn counting_column(&self) -> &'static str {
        if self.has_impurities() {
            "median\nby count"
        } else {
            "median"
        }
    }

    /// All targets, a line each.
    fn summary(&self) -> String {
        let header = [
            "",
            "MAE",
            "95 %",
            self.counting_column(),
            "one\nmedian",
            "skill",
            "R²",
        ];
        let mut table = new_table(header.map(str::to_owned).to_vec());
        for one in self.found {
            let [from, to] = one.mae_interval;
            table.add_row([
                plain(one.target),
                four(one.mae),
                format!("{} - {}", four(from), four(to)),
                maybe(one.baseline_mae, four),
                maybe(one.constant_mae, four),
                maybe(one.skill, three),
                maybe(one.r2, four),
            ]);
        }
        aligned(table).to_string()
    }

    /// One target by concentration; nothing for model I.
    fn bands(one: &TargetEvaluation) -> Option<String> {
        let header = [
            "impurities (%)".to_owned(),
            "samples".to_owned(),
            format!("mean\n{}", plain(one.target)),
            "MAE".to_owned(),
            "median\nby count".to_owned(),
            "skill".to_owned(),
            "within\n90 %".to_owned(),
        ];
        let mut table = new_table(header.to_vec());
        for band in &one.bands {
            let within = band.observed.map(|observed| observed[NINETY]);
            table.add_row([
                format!("{:.0} - {:.0}", 100.0 * band.from, 100.0 * band.to),
                band.samples.to_string(),
                small(band.mean),
                small(band.mae),
                maybe(band.baseline_mae, small),
                maybe(band.skill, three),
                maybe(within, percent),
            ]);
        }
        (!one.bands.is_empty()).then(|| aligned(table).to_string())
    }

    fn write_details(f: &mut fmt::Formatter<'_>, one: &TargetEvaluation) -> fmt::Result {
        let name = plain(one.target);
        if let Some(bands) = Self::bands(one) {
            writeln!(f, "\n{name} by concentration\n{bands}")?;
        }
        let errors = &one.percentiles;
        writeln!(
            f,
            "{name}: half of the errors are below {}, 90 % below {}, 99 % below {}, the largest is {}; \
             MSE {}",
            small(errors.p50),
            small(errors.p90),
            small(errors.p99),
            small(errors.largest),
            small(one.mse)
        )?;
        if let Some([from, to]) = one.skill_interval {
            writeln!(
                f,
                "{name}: skill from {} to {} (95 %)",
                three(from),
                three(to)
            )?;
        }
        if let Some(ln) = &one.logarithm {
            let baseline = ln.baseline_mae.map(|mae| format!(", by count {mae:.3}"));
            writeln!(
                f,
                "{name}: MAE of ln {name} {:.3}{} ({} of {} to {})",
                ln.mae,
                baseline.unwrap_or_default(),
                counted(ln.samples, "sample"),
                ln.from,
                ln.to
            )?;
        }
        if !one.reliability.is_empty() {
            let list = |of: &dyn Fn(usize) -> String| {
                let all = (0..one.reliability.len()).map(of);
                all.collect::<Vec<_>>().join(", ")
            };
            writeln!(
                f,
                "{name}: of the {} % intervals hold {} % (mean width {})",
                list(&|level| percent(one.reliability[level].nominal)),
                list(&|level| percent(one.reliability[level].observed)),
                list(&|level| small(one.reliability[level].mean_width)),
            )?;
        }
        Ok(())
    }
}

/// Which of [`NOMINAL`] the bands show.
const NINETY: usize = 2;
const _: () = assert!(NOMINAL[NINETY] == 0.9);

/// Puts the entries of one object behind those of another.
fn merge(into: &mut Value, from: Value) {
    if let (Some(into), Value::Object(from)) = (into.as_object_mut(), from) {
        into.extend(from);
    }
}

/// The name of a target, as all tables have it.
fn plain(target: Target) -> String {
    target.to_string()
}

fn four(value: f64) -> String {
    format!("{value:.4}")
}

/// Four decimals, or two digits and the power of ten of what is too small for them.
fn small(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-3 {
        return format!("{value:.1e}");
    }
    four(value)
}

fn three(value: f64) -> String {
    format!("{value:.3}")
}

fn percent(share: f64) -> String {
    let percent = format!("{:.1}", 100.0 * share);
    percent.trim_end_matches(".0").to_owned()
}

/// A number, or a dash for none.
fn maybe(value: Option<f64>, write: fn(f64) -> String) -> String {
    value.map_or_else(|| "-".to_owned(), write)
}

impl Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.dataset.config().size;
        writeln!(f, "predictor  {}", self.predictor.name())?;
        writeln!(
            f,
            "test set   {}: {}, {} x {} sites, {}",
            self.dataset.path().display(),
            self.dataset.config().ensemble.model(),
            size.length(),
            size.width(),
            counted(self.predictions.counts.len(), "sample")
        )?;
        let passes = self.predictor.passes();
        let images = if passes == 1 {
            "one pass, no symmetry copies".to_owned()
        } else {
            format!("mean of {passes} passes over symmetry copies, {passes} times the cost")
        };
        let cost = self.predictor.multiply_adds();
        let cost = cost.map(|cost| format!("; {cost} multiply-adds a pass"));
        writeln!(f, "cost       {images}{}", cost.unwrap_or_default())?;
        if let Some(rate) = self.rate() {
            writeln!(f, "speed      {rate:.0} samples/s")?;
        }
        writeln!(f, "{}", self.summary())?;
        let conductance =
            |one: &&TargetEvaluation| !matches!(one.target, Target::Transmission { .. });
        for one in self.found.iter().filter(conductance) {
            Self::write_details(f, one)?;
        }
        let baseline = if self.has_impurities() {
            "the medians by impurity count: 0 means no better than counting impurities"
        } else {
            "the median: 0 means no better than one number for all"
        };
        write!(f, "in G0 = 2e²/h; skill is 1 - MAE / MAE of {baseline}")?;
        for path in self.written {
            write!(f, "\nwrote {}", path.display())?;
        }
        Ok(())
    }
}
