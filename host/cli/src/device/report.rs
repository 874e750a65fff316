//! Numbers of strips and their cost, as text, JSON and an array.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use landauer_core::instrument::Cost;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::Output;
use landauer::internal::counted;
use landauer::npy::ArrayWriter;

/// More strips than this are not listed one by one.
const LISTED: usize = 20;

/// Refuses a path without the extension .npy, or one that would overwrite the input.
pub(super) fn require_npy(
    output: Option<&PathBuf>,
    input: Option<&PathBuf>,
) -> Result<(), Failure> {
    let Some(output) = output else {
        return Ok(());
    };
    if output.extension().is_none_or(|ending| ending != "npy") {
        return Err(Failure::usage(format!(
            "--output {}: numbers are written to .npy files",
            output.display()
        )));
    }
    let same = |input: &PathBuf| match (input.canonicalize(), output.canonicalize()) {
        (Ok(input), Ok(output)) => input == output,
        _ => input == output,
    };
    if input.is_some_and(same) {
        return Err(Failure::usage("--output would overwrite --onsite"));
    }
    Ok(())
}

/// The answers of a device.
#[derive(Debug)]
pub(super) struct Answers {
    /// What the numbers are.
    names: Vec<String>,
    rows: Vec<(Vec<f64>, Cost)>,
}

impl Answers {
    pub(super) const fn new(names: Vec<String>) -> Self {
        let rows = Vec::new();
        Self { names, rows }
    }

    /// The numbers of one more strip, in units of G0, and what they cost together.
    pub(super) fn push(&mut self, values: Vec<f64>, cost: Cost) {
        self.rows.push((values, cost));
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Writes them all to a .npy file: `[sample]`, or `[sample, number]` for several.
    pub(super) fn write(&self, path: &Path) -> Result<(), Failure> {
        let (rows, names) = (self.rows.len() as u64, self.names.len() as u64);
        let shape = if names == 1 {
            vec![rows]
        } else {
            vec![rows, names]
        };
        let mut writer = ArrayWriter::create(path, &shape)?;
        for (values, _) in &self.rows {
            writer.append(values)?;
        }
        Ok(writer.commit()?)
    }

    fn mean(&self, place: usize) -> Option<f64> {
        let values = self.rows.iter().filter_map(|(values, _)| values.get(place));
        let sum: f64 = values.sum();
        (!self.rows.is_empty()).then(|| sum / self.rows.len() as f64)
    }

    /// Prints them all; `by` says what computed them.
    pub(super) fn tell(&self, by: &str, written: Option<&PathBuf>, output: &Output) {
        let unit = self.rows.first().map(|(_, cost)| cost.unit.to_string());
        let unit = unit.unwrap_or_default();
        let mut text = format!("{}, {by}; in G0\n", counted(self.rows.len(), "strip"));
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{:<8}", "strip");
        for name in &self.names {
            let _ = write!(text, "{name:>14}");
        }
        let _ = writeln!(text, "{unit:>16}");
        for (number, (values, cost)) in self.rows.iter().enumerate().take(LISTED) {
            let _ = write!(text, "{number:<8}");
            for value in values {
                let _ = write!(text, "{value:>14.6}");
            }
            let _ = writeln!(text, "{:>16}", cost.count);
        }
        if self.rows.len() > LISTED {
            let _ = writeln!(text, "... and {} more", self.rows.len() - LISTED);
        }
        let _ = write!(text, "{:<8}", "mean");
        for place in 0..self.names.len() {
            let _ = write!(text, "{:>14.6}", self.mean(place).unwrap_or(f64::NAN));
        }
        let costs = self.rows.iter().map(|(_, cost)| cost.count as f64);
        let mean = costs.sum::<f64>() / self.rows.len().max(1) as f64;
        let _ = write!(text, "{mean:>16.0}");
        if let Some(path) = written {
            let _ = write!(text, "\n\nwritten to {}", path.display());
        }
        output.text(text);
    }

    /// The same as JSON.
    pub(super) fn json(&self, by: &str, written: Option<&PathBuf>) -> Value {
        let rows = self.rows.iter();
        let rows = rows.map(|(values, cost)| json!({ "values": values, "cost": cost.count }));
        let means = (0..self.names.len()).map(|place| self.mean(place));
        json!({
            "by": by,
            "quantities": self.names,
            "mean": means.collect::<Vec<_>>(),
            "cost_unit": self.rows.first().map(|(_, cost)| cost.unit.to_string()),
            "strips": rows.collect::<Vec<_>>(),
            "output": written.map(|path| path.display().to_string()),
        })
    }
}
