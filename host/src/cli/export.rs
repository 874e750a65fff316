//! `landauer export`: from a run to a model file.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use landauer_core::DisorderModel;
use serde_json::json;

use super::failure::Failure;
use super::output::Output;
use super::parallel::ThreadArguments;
use crate::dataset::Dataset;
use crate::evaluation::{Baseline, Predictions, Predictor, mean_absolute_error, predict_all};
use crate::export::{
    Judgement, ModelCard, RunSummary, TestSet, WeightBits, identity, layer_noise, of_run,
};
use crate::files::{PendingFile, WriteError};
use crate::inference::{IntegerPredictor, Provenance};
use crate::training::Trained;

/// Strips of the test set whose tensors are compared layer by layer.
const COMPARED: u64 = 200;

/// Model files end so.
const ENDING: &str = "postcard";

/// Make a model file in integers from a run, for microcontrollers and `landauer predict`
///
/// The scales come from training strips, which are drawn again from the seed in run.json. Both
/// networks are judged on the test set; a file that loses too much is not written. Beside the file
/// stands its card, NAME.json: where it comes from, what it is worth.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  landauer export runs/cnn -o models/cnn.postcard --dataset data/test.zarr
  landauer export runs/cnn -o models/cnn-int4.postcard --dataset data/test.zarr --weights int4

Exit codes: 0 done; 2 wrong usage; 3 no run, or no test set for it; 4 a file that cannot be written;
5 it would lose too much (--max-loss), or the test set holds what was learned; 6 a damaged run.")]
pub(super) struct ExportArguments {
    /// The folder of a finished run
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// The model file, NAME.postcard; its card, NAME.json, is written beside it
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// The test set that both networks are judged on
    #[arg(long, value_name = "FOLDER")]
    dataset: PathBuf,
    /// By how many percent the mean absolute error of any target may grow
    #[arg(long, value_name = "PERCENT", default_value_t = 2.0, value_parser = parse_loss)]
    max_loss: f64,
    /// Bits of the weights of fully connected hidden layers
    #[arg(long, value_enum, default_value_t)]
    weights: WeightBits,
    /// The model's name [default: that of the file]
    #[arg(long)]
    name: Option<String>,
    /// Training strips that the scales are found on
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    calibration: u32,
    #[command(flatten)]
    threads: ThreadArguments,
}

fn parse_loss(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(loss) if loss >= 0.0 => Ok(loss),
        _ => Err("a number of percent, not below 0".to_owned()),
    }
}

/// What was made of a run.
struct Made {
    bytes: Vec<u8>,
    judgement: Judgement,
    integer: IntegerPredictor,
    card: ModelCard,
}

impl ExportArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let name = self.name()?;
        // Begun before the work, so that a path that cannot be written to is known at once.
        let model_file = PendingFile::create(&self.output)?;
        let card_path = self.output.with_extension("json");
        let card_file = PendingFile::create(&card_path)?;
        let made = self.threads.run(|| self.make(&name, output))?;
        let text = serde_json::to_string_pretty(&made.card).map_err(std::io::Error::from);
        let text = text.map_err(|error| WriteError::new(&card_path, error))?;
        for (path, mut file, bytes) in [
            (&self.output, model_file, &made.bytes[..]),
            (&card_path, card_file, format!("{text}\n").as_bytes()),
        ] {
            let written = file.write_all(bytes);
            written.map_err(|error| WriteError::new(path, error))?;
            file.commit()?;
        }
        output.text(self.text(&made));
        output.json(&json!({
            "path": self.output.display().to_string(),
            "card": card_path.display().to_string(),
            "name": name,
            "samples": made.judgement.samples,
            "targets": made.card.targets,
            "layers": made.card.layers,
            "multiply_adds": made.card.multiply_adds,
            "flash_bytes": made.card.flash_bytes,
            "ram_bytes": made.card.ram_bytes,
        }));
        Ok(())
    }

    fn name(&self) -> Result<String, Failure> {
        if self
            .output
            .extension()
            .is_none_or(|ending| ending != ENDING)
        {
            return Err(Failure::usage(format!(
                "--output {}: model files end in .{ENDING}",
                self.output.display()
            )));
        }
        let stem = self.output.file_stem().unwrap_or_default();
        let stem = stem.to_string_lossy().into_owned();
        Ok(self.name.clone().unwrap_or(stem))
    }

    fn make(&self, name: &str, output: &Output) -> Result<Made, Failure> {
        let mut trained = Trained::load(&self.run)?;
        let dataset = Dataset::open(&self.dataset)?;
        let network = of_run(&trained)?;
        let strips = training_strips(&trained, self.calibration)?;
        let identity = identity(&trained, name)?;
        let lowered = network.lower(&strips, self.weights, &identity)?;
        let bytes = lowered.bytes;
        let provenance = Provenance {
            model_crc32c: crc32c::crc32c(&bytes),
            trained_on: trained.trained_on().cloned(),
            baseline: trained.baseline().cloned(),
            intervals: trained.intervals().cloned(),
        };
        let integer = IntegerPredictor::new(bytes.clone(), Some(provenance.clone()));
        let mut integer = integer.map_err(crate::export::ExportError::Refused)?;
        let float = predict(&mut trained, &dataset, "float network", output)?;
        let quantised = predict(&mut integer, &dataset, "integer network", output)?;
        let compared = dataset.onsite(0..dataset.samples().min(COMPARED))?;
        let layers = layer_noise(&*network, (integer.model(), &lowered.tensors), &compared)?;
        let judgement = Judgement::new(&float, &quantised, layers);
        judgement.require(self.max_loss).map_err(|error| {
            Failure::from(error).with_details(json!({ "judgement": judgement }))
        })?;
        let baseline_mae = trained.baseline().map(|baseline| guesses(baseline, &float));
        let model = integer.model();
        let card = ModelCard {
            format: ModelCard::FORMAT.to_owned(),
            format_version: ModelCard::FORMAT_VERSION,
            name: name.to_owned(),
            crate_version: env!("CARGO_PKG_VERSION").to_owned(),
            length: integer.size().length,
            width: integer.size().width,
            disorder: integer.disorder(),
            weight_bits: match self.weights {
                WeightBits::Int8 => 8,
                WeightBits::Int4 => 4,
            },
            multiply_adds: model.macs(),
            passes: integer.passes(),
            flash_bytes: bytes.len(),
            ram_bytes: model.scratch_len(),
            test: TestSet {
                path: dataset.path().display().to_string(),
                seed: dataset.config().ensemble.seed(),
                samples: judgement.samples,
            },
            targets: ModelCard::metrics(&judgement, &baseline_mae.unwrap_or_default()),
            layers: judgement.layers.clone(),
            run: RunSummary::of(&trained),
            provenance,
        };
        Ok(Made {
            bytes,
            judgement,
            integer,
            card,
        })
    }

    fn text(&self, made: &Made) -> String {
        let card = &made.card;
        let mut text = format!(
            "{}: {} bytes of flash, {} of RAM, {} multiply-adds in {} passes\n\n",
            self.output.display(),
            card.flash_bytes,
            card.ram_bytes,
            card.multiply_adds,
            made.integer.passes(),
        );
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:<10}{:>12}{:>14}{:>9}{:>19}{:>10}",
            "target", "float MAE", "integer MAE", "loss", "worst difference", "counting"
        );
        for target in &card.targets {
            let counting = target.baseline_mae;
            let counting = counting.map_or_else(|| "-".to_owned(), |mae| format!("{mae:.4}"));
            let _ = writeln!(
                text,
                "{:<10}{:>12.5}{:>14.5}{:>7.2} %{:>19.4}{:>10}",
                target.loss.target,
                target.loss.float_mae,
                target.loss.integer_mae,
                target.loss.loss(),
                target.loss.worst_difference,
                counting,
            );
        }
        let _ = writeln!(text, "\n{:<16}{:>22}", "layer", "signal to noise");
        for layer in &card.layers {
            let _ = writeln!(
                text,
                "{:<16}{:>19.1} dB",
                layer.layer, layer.signal_to_noise_db
            );
        }
        let _ = write!(
            text,
            "\njudged on {} samples of {}; in G0",
            made.judgement.samples,
            Path::new(&card.test.path).display()
        );
        text
    }
}

/// The first training strips of a run, drawn again.
fn training_strips(trained: &Trained, wanted: u32) -> Result<Vec<f64>, Failure> {
    let data = &trained.record().data;
    let sites = data.size().sites()?;
    let count = (wanted as usize).min(data.training_samples);
    let mut strips = vec![0.0; count * sites];
    for (number, strip) in strips.chunks_exact_mut(sites).enumerate() {
        data.ensemble.sample(number as u64).fill_onsite(strip);
    }
    Ok(strips)
}

fn predict(
    predictor: &mut dyn Predictor,
    dataset: &Dataset,
    what: &'static str,
    output: &Output,
) -> Result<Predictions, Failure> {
    let bar = output.progress(dataset.samples(), what);
    let predictions = predict_all(predictor, dataset, |samples| bar.inc(samples));
    bar.finish_and_clear();
    Ok(predictions?)
}

/// The mean absolute error of each target's guesses from the impurity count.
fn guesses(baseline: &Baseline, found: &Predictions) -> Vec<f64> {
    let counted = !matches!(found.disorder, DisorderModel::AndersonBox { .. });
    let of_target = |target: usize| {
        let place = baseline
            .position(found.targets[target])
            .unwrap_or(usize::MAX);
        let counts = found.counts.iter();
        let counts = counts.map(|&count| if counted { count } else { 0 });
        let guesses: Vec<f64> = counts.map(|count| baseline.guess(place, count)).collect();
        mean_absolute_error(&found.column(&found.exact, target), &guesses)
    };
    (0..found.targets.len()).map(of_target).collect()
}
