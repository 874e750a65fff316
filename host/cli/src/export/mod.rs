//! `landauer export`: from a run to a model file.

mod make;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use landauer_core::inference::format::MAX_INPUT_CHANNELS;

use super::failure::Failure;
use super::model::model_name;
use super::numbers;
use super::output::Output;
use super::parallel::ThreadArguments;
use crate::picture::PendingPicture;
use landauer::internal::counted;
use landauer_learn::ModelPlace;
use landauer_learn::export::{ExportOrder, Exported, WeightBits};
pub(super) use make::{make, picture};

/// Bits of weights on the command line.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum WeightsArgument {
    /// −127 … 127
    #[default]
    Int8,
    /// −7 … 7: half the flash
    Int4,
}

impl WeightsArgument {
    const fn bits(self) -> WeightBits {
        match self {
            Self::Int8 => WeightBits::Int8,
            Self::Int4 => WeightBits::Int4,
        }
    }
}

/// Quantise a run to an integer model file, for microcontrollers and `landauer predict`
///
/// The scales come from training strips, which are drawn again from the seed in run.json. Both
/// networks are judged on the test set; a file that loses too much is not written. Its card, NAME.json,
/// is written beside it: its origin and its errors.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  landauer export runs/cnn -o models/cnn.postcard --test-set data/test.zarr
  landauer export runs/cnn -o models/cnn-int4.postcard --test-set data/test.zarr --weights int4
  landauer export runs/cnn -o cnn.postcard --test-set data/test.zarr --plot cnn.svg

Exit codes: 0 done; 2 wrong usage; 3 no run, or no test set for it; 4 system error (I/O, disk,
memory); 5 the loss exceeds --max-loss, the training is not finished, or the test set holds
training samples; 6 a damaged run.")]
pub(super) struct ExportArguments {
    /// The folder of a finished run
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// The model file, NAME.postcard; its card, NAME.json, is written beside it
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// The data set that both networks are judged on
    #[arg(long, alias = "dataset", value_name = "FOLDER")]
    test_set: PathBuf,
    /// By how many percent the mean absolute error of any target may grow; 0.0002 G0 are allowed in any
    /// case
    #[arg(long, value_name = "PERCENT", default_value_t = ExportOrder::MAX_LOSS, value_parser = parse_loss)]
    max_loss: f64,
    /// Bits of the weights of fully connected hidden layers
    #[arg(long, value_enum, default_value_t)]
    weights: WeightsArgument,
    /// The model's name [default: that of the file]
    #[arg(long)]
    name: Option<String>,
    /// Input channels for model I, rounded at different offsets: this many times finer than 8 bits
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = numbers::count::<u16>(1..=u64::from(MAX_INPUT_CHANNELS)))]
    input_channels: u16,
    /// A picture of exact, float and integer values of the first target, .svg or .png
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Number of training strips that the scales are calibrated on
    #[arg(long, value_name = "N", default_value_t = ExportOrder::CALIBRATION, value_parser = numbers::count::<u32>(1..=u64::from(u32::MAX)))]
    calibration: u32,
    #[command(flatten)]
    threads: ThreadArguments,
}

fn parse_loss(text: &str) -> Result<f64, String> {
    match numbers::finite(text) {
        Ok(loss) if loss >= 0.0 => Ok(loss),
        _ => Err("a finite percentage of at least 0 is needed".to_owned()),
    }
}

impl ExportArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let name = model_name(
            &self.output,
            self.name.as_deref(),
            "model files end in .postcard",
        )?;
        // Begun before the work, so that an unwritable path is an error at once.
        let place = ModelPlace::create(&self.output)?;
        let plot = self.plot.as_deref().map(PendingPicture::create);
        let plot = plot.transpose()?;
        let order = ExportOrder {
            run: &self.run,
            test_set: &self.test_set,
            name: &name,
            weights: self.weights.bits(),
            input_channels: usize::from(self.input_channels),
            calibration: self.calibration,
        };
        let made = self.threads.run(|| make(&order, self.max_loss, output))?;
        let card_path = made.write(place)?;
        if let Some(plot) = plot {
            plot.finish(&picture(&made)?)?;
        }
        output.text(self.text(&made));
        output.json(&serde_json::json!({
            "path": self.output.display().to_string(),
            "card": card_path.display().to_string(),
            "name": name,
            "samples": made.card.test.samples,
            "targets": made.card.targets,
            "layers": made.card.layers,
            "multiply_adds": made.card.multiply_adds,
            "flash_bytes": made.card.flash_bytes,
            "ram_bytes": made.card.ram_bytes,
        }));
        Ok(())
    }

    fn text(&self, made: &Exported) -> String {
        let card = &made.card;
        let mut text = format!(
            "{}: {} bytes of flash, {} of RAM, {} multiply-adds in {}\n\n",
            self.output.display(),
            card.flash_bytes,
            card.ram_bytes,
            card.multiply_adds,
            counted(card.passes, "pass"),
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
            let loss = target.loss.loss();
            let loss = loss.map_or_else(|| "-".to_owned(), |loss| format!("{loss:.2} %"));
            let _ = writeln!(
                text,
                "{:<10}{:>12.5}{:>14.5}{:>9}{:>19.4}{:>10}",
                target.loss.target,
                target.loss.float_mae,
                target.loss.integer_mae,
                loss,
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
            "\njudged on {} of {}; in G0",
            counted(card.test.samples, "sample"),
            Path::new(&card.test.path).display()
        );
        text
    }
}
