//! `landauer hybrid`: from a data set to a hybrid's file.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::input::open_dataset;
use clap::{Args, ValueEnum};
use landauer_core::hybrid::SMALLEST_BUDGET;

use super::evaluate;
use super::failure::Failure;
use super::model::model_name;
use super::numbers;
use super::output::Output;
use super::parallel::ThreadArguments;
use landauer::internal::counted;
use landauer_learn::evaluation::mean_absolute_error;
use landauer_learn::export::TestSet;
use landauer_learn::hybrid::{
    BudgetMetrics, FitError, HybridJson, HybridLabel, HybridPredictor, Recipe, Samples, fit, work,
};
use landauer_learn::{ModelPlace, Provenance};

/// Budgets that a hybrid is judged at, in multiply-adds.
const BUDGETS: [u64; 8] = [
    SMALLEST_BUDGET,
    250_000,
    500_000,
    1_000_000,
    1_500_000,
    2_000_000,
    3_000_000,
    5_000_000,
];

/// The predicted conductance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum HybridTarget {
    /// G: T at E = 0
    G,
    /// Ḡ: the finite-bias conductance
    GBar,
}

/// Fit and evaluate a hybrid, which solves a strip up to a budget and predicts the rest
///
/// Coefficients are fitted to nine tenths of the data set, choices are made on the rest; this takes
/// minutes, and gives the same file at any number of threads. The hybrid is judged on the test set at
/// several budgets and written with its card, NAME.json: its origin and its errors.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  landauer hybrid --target g --dataset m2.zarr --test-set test.zarr -o hybrid-g.postcard
  landauer hybrid --target g-bar --dataset m2.zarr --test-set test.zarr -o hybrid-gbar.postcard
  landauer predict --network hybrid-g.postcard --within 1e6 --onsite strips.npy -o g.npy
  landauer evaluate hybrid-g.postcard --within 2e6 --test-set test.zarr

Exit codes: 0 done; 2 wrong usage; 3 a data set of model I, or without the energies; 4 system
error (I/O, disk, memory); 5 the test set holds training samples; 6 damaged files.")]
pub(super) struct HybridArguments {
    /// What it predicts
    #[arg(long, value_enum)]
    target: HybridTarget,
    /// The data set that it is fitted to, of models II to IV
    #[arg(long, value_name = "FOLDER")]
    dataset: PathBuf,
    /// The data set that it is judged on
    #[arg(long, value_name = "FOLDER")]
    test_set: PathBuf,
    /// The file, NAME.postcard; its card, NAME.json, is written beside it
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// The hybrid's name [default: that of the file]
    #[arg(long)]
    name: Option<String>,
    /// Seed of the fit; equal seeds give equal files
    #[arg(long, default_value_t = 1, value_parser = numbers::count::<u64>(0..=u64::MAX))]
    seed: u64,
    #[command(flatten)]
    threads: ThreadArguments,
}

impl HybridArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let name = model_name(
            &self.output,
            self.name.as_deref(),
            "hybrids are written to .postcard files",
        )?;
        let place = ModelPlace::create(&self.output)?;
        let (bytes, card) = self.threads.run(|| self.make(&name, output))?;
        let card_path = place.write(&bytes, &card)?;
        output.text(self.text(&card));
        output.json(&serde_json::json!({
            "path": self.output.display().to_string(),
            "card": card_path.display().to_string(),
            "name": name,
            "flash_bytes": card.flash_bytes,
            "ram_bytes": card.ram_bytes,
            "samples": card.test.samples,
            "baseline_mae": card.baseline_mae,
            "budgets": card.budgets,
        }));
        Ok(())
    }

    fn recipe(&self) -> Recipe {
        let recipe = match self.target {
            HybridTarget::G => Recipe::conductance(),
            HybridTarget::GBar => Recipe::bias_average(),
        };
        Recipe {
            seed: self.seed,
            ..recipe
        }
    }

    fn make(&self, name: &str, output: &Output) -> Result<(Vec<u8>, HybridJson), Failure> {
        let recipe = self.recipe();
        let (dataset, test) = (
            open_dataset(&self.dataset, Some("--dataset"))?,
            open_dataset(&self.test_set, Some("--test-set"))?,
        );
        let samples = Samples::read(&dataset, recipe.target)?;
        // Known before minutes are spent.
        samples.trained_on.require_unseen(&test)?;
        let bar = output.progress(work(&samples.strips, &recipe), "fitting");
        let label = HybridLabel {
            name,
            data_hash: samples.data_hash,
        };
        let bytes = fit(&samples.strips, &recipe, label, &|strips| {
            bar.inc(strips);
        })?;
        bar.finish_and_clear();
        let provenance = Provenance {
            model_crc32c: crc32c::crc32c(&bytes),
            trained_on: Some(samples.trained_on.clone()),
            baseline: Some(samples.baseline.clone()),
            intervals: None,
        };
        let predictor =
            HybridPredictor::new(bytes.clone(), SMALLEST_BUDGET, Some(provenance.clone()));
        let predictor = predictor.map_err(FitError::from)?;
        let mut budgets: Vec<BudgetMetrics> = Vec::new();
        let mut baseline_mae = 0.0;
        for budget in BUDGETS {
            let mut predictor = predictor.with_budget(budget);
            let found = evaluate::predict(&mut predictor, &test, "judging", output)?;
            let mae = mean_absolute_error(&found.exact, &found.predicted);
            let metrics = predictor.metrics(mae);
            let all_exact = metrics.exact >= 1.0;
            budgets.push(metrics);
            let counting = samples.baseline.errors(&found);
            baseline_mae = counting.first().copied().unwrap_or_default();
            // A larger budget would change nothing.
            if all_exact {
                break;
            }
        }
        let model = predictor.model();
        let size = dataset.config().size;
        let card = HybridJson {
            format: HybridJson::FORMAT.to_owned(),
            format_version: HybridJson::FORMAT_VERSION,
            name: name.to_owned(),
            crate_version: env!("CARGO_PKG_VERSION").to_owned(),
            length: size.length(),
            width: size.width(),
            disorder: model.card().disorder,
            recipe,
            flash_bytes: bytes.len(),
            ram_bytes: size_of::<f32>() * model.workspace_len(),
            test: TestSet {
                path: test.path().display().to_string(),
                seed: test.config().ensemble.seed(),
                samples: usize::try_from(test.samples()).unwrap_or(usize::MAX),
            },
            baseline_mae,
            budgets,
            provenance,
        };
        Ok((bytes, card))
    }

    fn text(&self, card: &HybridJson) -> String {
        let mut text = format!(
            "{}: {} bytes of flash, {} of workspace\n\n",
            self.output.display(),
            card.flash_bytes,
            card.ram_bytes
        );
        text.push_str(&table(&card.budgets));
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\nmedians by impurity count: {:.4}; judged on {} of {}; in G0",
            card.baseline_mae,
            counted(card.test.samples, "sample"),
            card.test.path
        );
        text
    }
}

/// The errors at each budget, a line each.
fn table(budgets: &[BudgetMetrics]) -> String {
    let mut text = format!(
        "{:>12}{:>10}{:>16}{:>18}\n",
        "budget", "MAE", "solved exactly", "mean cost"
    );
    for one in budgets {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:>12}{:>10.5}{:>14.1} %{:>18.0}",
            one.budget,
            one.mae,
            100.0 * one.exact,
            one.multiply_adds
        );
    }
    text
}
