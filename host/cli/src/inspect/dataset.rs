//! `landauer inspect` of a data set: its content, and whether it is complete and sound.

use std::fmt::{self, Display};
use std::path::PathBuf;

use landauer_core::{Compact, DISORDER_VERSION};
use serde_json::json;

use super::histogram::Histogram;
use crate::disorder;
use crate::failure::Failure;
use crate::output::Output;
use crate::parallel::ThreadArguments;
use crate::solve::number;
use landauer::dataset::{Dataset, Verification};
use landauer::failure::{Categorised, Category};
use landauer::internal::counted;
use landauer::internal::memory::human;
use landauer::statistics::MeanAndError;

/// How many flaws are named.
const NAMED: usize = 20;

/// Verifies every checksum of the data set at `path`, and shows its content.
pub(super) fn inspect(
    path: PathBuf,
    threads: &ThreadArguments,
    output: &Output,
) -> Result<(), Failure> {
    let dataset = Dataset::open(&path)?;
    let found = threads.run(|| dataset.verify(NAMED).map_err(Failure::from))?;
    let findings = Findings {
        dataset: &dataset,
        found: &found,
    };
    output.text(findings.to_string());
    if found.is_sound() {
        output.json(&findings.json());
        return Ok(());
    }
    // Under --json the findings go with the error: stdout takes one object.
    let unsound = Unsound {
        path,
        found: found.clone(),
    };
    Err(Failure::from(unsound).with_details(findings.json()))
}

/// A data set that is incomplete or damaged.
#[derive(Debug, thiserror::Error)]
struct Unsound {
    path: PathBuf,
    found: Verification,
}

impl Display for Unsound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verification {
            missing_files,
            damaged_files,
            flaws,
            ..
        } = &self.found;
        let what = if *damaged_files > 0 {
            "damaged"
        } else {
            "incomplete"
        };
        writeln!(
            f,
            "{} is {what}: chunk files damaged: {damaged_files}, missing: {missing_files}",
            self.path.display()
        )?;
        for flaw in flaws {
            let damage = flaw.damage.as_deref().unwrap_or("missing");
            writeln!(f, "  {}: {damage}", flaw.file.display())?;
        }
        let more = (missing_files + damaged_files).saturating_sub(flaws.len() as u64);
        if more > 0 {
            writeln!(f, "  and {more} more")?;
        }
        if *damaged_files > 0 {
            write!(f, "delete the damaged files, then ")?;
        }
        write!(f, "run the same `landauer generate` again to complete it")
    }
}

impl Categorised for Unsound {
    fn category(&self) -> Category {
        Category::Damaged
    }
}

/// The mean of some values and its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Mean {
    mean: f64,
    error: Option<f64>,
}

impl Mean {
    fn of(values: &[f64]) -> Option<Self> {
        let statistics: MeanAndError = values.iter().copied().collect();
        let (mean, error) = (statistics.mean()?, statistics.standard_error());
        Some(Self { mean, error })
    }

    fn json(self) -> serde_json::Value {
        json!({ "mean": self.mean, "standard_error": self.error })
    }
}

impl Display for Mean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mean {}", number(self.mean))?;
        match self.error {
            Some(error) => write!(f, " ± {} G0 (standard error)", number(error)),
            None => write!(f, " G0"),
        }
    }
}

/// A data set and what was found in it.
struct Findings<'f> {
    dataset: &'f Dataset,
    found: &'f Verification,
}

impl Findings<'_> {
    fn bytes(&self) -> u64 {
        self.found.bytes + self.dataset.metadata_bytes()
    }

    fn json(&self) -> serde_json::Value {
        let Self { dataset, found } = self;
        let config = dataset.config();
        let ensemble = config.ensemble;
        let model = ensemble.model();
        let concentration = disorder::concentration(model, ensemble.concentration());
        let flaws = found
            .flaws
            .iter()
            .map(|flaw| json!({ "file": flaw.file.display().to_string(), "damage": flaw.damage }));
        let flaws: Vec<_> = flaws.collect();
        json!({
            "path": dataset.path().display().to_string(),
            "format_version": dataset.format_version(),
            "disorder_version": DISORDER_VERSION,
            "disorder": model.number(),
            "strength": model.strength(),
            "concentration": concentration,
            "species_energies": model.species_energies(),
            "seed": ensemble.seed(),
            "length": config.size.length(),
            "width": config.size.width(),
            "energies": config.energies,
            "bias": config.bias,
            "solver": dataset.solver(),
            "samples": dataset.samples(),
            "chunk_samples": config.chunk_samples,
            "chunks": found.chunks,
            "chunks_complete": found.complete,
            "missing_files": found.missing_files,
            "damaged_files": found.damaged_files,
            "flaws": flaws,
            "sound": found.is_sound(),
            "bytes": self.bytes(),
            "fallbacks": found.fallbacks,
            "g": Mean::of(&found.g).map(Mean::json),
            "g_bar": Mean::of(&found.g_bar).map(Mean::json),
            "histogram": Histogram::of(&found.g).map(|histogram| histogram.json()),
        })
    }
}

impl Display for Findings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dataset, found } = self;
        let config = dataset.config();
        let ensemble = config.ensemble;
        let mut line = |name: &str, value: String| writeln!(f, "{name:<12}{value}");
        line("data set", dataset.path().display().to_string())?;
        let disorder = disorder::describe(ensemble.model(), ensemble.concentration());
        line("disorder", disorder)?;
        let size = config.size;
        line(
            "strips",
            format!("{} x {} sites", size.length(), size.width()),
        )?;
        let count = config.energies.len();
        let bias = config
            .bias
            .map(|bias| format!("; bias {} t", Compact(bias)));
        line(
            "energies",
            format!(
                "{count}: {} t{}",
                list(&config.energies, 4),
                bias.unwrap_or_default()
            ),
        )?;
        line("seed", ensemble.seed().to_string())?;
        line("solver", dataset.solver().to_owned())?;
        line(
            "versions",
            format!(
                "format {}, disorder rule {DISORDER_VERSION}",
                dataset.format_version()
            ),
        )?;
        line(
            "samples",
            format!(
                "{} in {} of {}",
                dataset.samples(),
                counted(found.chunks, "chunk"),
                config.chunk_samples
            ),
        )?;
        let state = if found.is_sound() {
            "complete; every checksum verified".to_owned()
        } else {
            format!(
                "{} of {} complete; files damaged: {}, missing: {}",
                found.complete,
                counted(found.chunks, "chunk"),
                found.damaged_files,
                found.missing_files
            )
        };
        line("state", state)?;
        if found.samples > 0 {
            let transmissions = found.samples.saturating_mul(count as u64);
            line(
                "fallbacks",
                format!(
                    "{} of {transmissions} T recomputed by a fallback solver",
                    found.fallbacks
                ),
            )?;
        }
        line("on disk", human(self.bytes()))?;
        for (name, values) in [("G", &found.g), ("Ḡ", &found.g_bar)] {
            if let Some(mean) = Mean::of(values) {
                line(name, mean.to_string())?;
            }
        }
        if let Some(histogram) = Histogram::of(&found.g) {
            write!(
                f,
                "\nG in G0 = 2e²/h, and the number of samples\n{histogram}"
            )?;
        }
        Ok(())
    }
}

/// The first `most` of some numbers, to six decimals.
fn list(values: &[f64], most: usize) -> String {
    let shown = values.iter().take(most).map(|&value| {
        let rounded = (value * 1e6).round() / 1e6;
        // Numbers too small or too large for that keep all digits.
        let sound = rounded.is_finite() && rounded != 0.0;
        Compact(if sound { rounded } else { value }).to_string()
    });
    let shown: Vec<String> = shown.collect();
    let more = if values.len() > most { ", ..." } else { "" };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_error_is_that_of_the_mean() {
        let found = Mean::of(&[1.0, 2.0, 3.0, 4.0]).unwrap();
        // Variance 5/3, over 4.
        assert!((found.mean - 2.5).abs() < 1e-15);
        assert!((found.error.unwrap() - (5.0_f64 / 12.0).sqrt()).abs() < 1e-15);
        assert_eq!(Mean::of(&[7.0]).unwrap().error, None);
        assert_eq!(Mean::of(&[]), None);
    }
}
