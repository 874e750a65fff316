//! `landauer predict`: conductances of lattices from a file, by a trained network.

mod certainty;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use self::certainty::CertaintyArguments;
use super::arguments::parse_budget;
use super::failure::Failure;
use super::interrupt::{Interrupt, Interrupted};
use super::model;
use super::onsite;
use super::output::Output;
use super::parallel::ThreadArguments;
use landauer::StripSize;
use landauer::failure::{Categorised, Category};
use landauer::internal::memory;
use landauer::npy::ArrayWriter;
use landauer::npy::OnsiteFile;
use landauer::statistics::MeanAndError;
use landauer_learn::evaluation::{EvaluateError, Predictor, Target};
use landauer_learn::training::Trained;

/// Bytes of lattices that are in memory at a time.
const BLOCK_BYTES: usize = 16 << 20;

/// Predict conductances of lattices by a network: a model file in integers, or a run in floats; or by
/// a hybrid, which solves them as far as a budget goes
///
/// The network says what it predicts (`landauer inspect MODEL`): G, G-bar, T(E), in units of
/// G0 = 2e²/h. Every result of a model file is that of the microcontroller, to the last bit.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  landauer predict --model models/best-g.postcard --onsite lattices.npy --output g.npy
  landauer predict --model best-g --onsite lattices.npy --json
  landauer predict --model hybrid-g --within 1000000 --onsite lattices.npy --output g.npy
  landauer predict --float runs/cnn --onsite lattices.npy --output g.npy
  landauer predict --model best-gbar --onsite lattices.npy --exact
  landauer predict --model best-g --onsite lattices.npy --output g.npy --intervals g_ends.npy
  landauer predict --model best-g --onsite lattices.npy --output g.npy --exact-above 0.5

Lattices are on-site energies in units of t, [x, y] or [sample, x, y], as for `landauer solve`. They
must be ones that the network was made for: its size, its disorder model.

Exit codes: 0 done; 2 wrong usage; 3 a file with wrong content, or a lattice that the network was
not made for; 4 a file that cannot be read or written; 5 a run whose training is not finished; 6 a
damaged run; 130 stopped by Ctrl-C.")]
pub(super) struct PredictArguments {
    /// A model file, or the name of a model that comes with landauer
    #[arg(long, value_name = "FILE|NAME", required_unless_present = "float")]
    model: Option<PathBuf>,
    /// The folder of a finished run, instead of a model file: its best network, in floats
    #[arg(long, value_name = "RUN", conflicts_with = "model")]
    float: Option<PathBuf>,
    /// A .npy file of on-site energies in units of t, [x, y] or [sample, x, y]
    #[arg(long, value_name = "FILE")]
    onsite: PathBuf,
    /// Write the predictions to a .npy file (f64, [sample], or [sample, target] if the network
    /// predicts more than one number) [default: only their means are shown]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The most multiply-adds that a hybrid may spend on a lattice
    #[arg(long, value_name = "BUDGET", value_parser = parse_budget, conflicts_with = "float")]
    within: Option<u64>,
    #[command(flatten)]
    certainty: CertaintyArguments,
    #[command(flatten)]
    threads: ThreadArguments,
}

impl PredictArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        self.check()?;
        let mut predictor = self.predictor()?;
        let lattices = onsite::open(&self.onsite, output)?;
        self.threads
            .run(|| self.predict(&mut *predictor, lattices, output))
    }

    fn predictor(&self) -> Result<Box<dyn Predictor>, Failure> {
        if let Some(run) = &self.float {
            return Ok(Box::new(Trained::load(run)?));
        }
        let model = self.model.as_deref();
        let model = model.ok_or_else(|| Failure::usage("--model or --float is needed"))?;
        let model = model::open(model)?;
        let predictor = if self.certainty.reads_card() {
            model.predictor(self.within)
        } else {
            // The card beside the model does not matter to a prediction.
            model.predictor_without_card(self.within)
        };
        predictor.map_err(model::explain)
    }

    /// Refuses to overwrite what is read.
    fn check(&self) -> Result<(), Failure> {
        let written = [self.output.as_deref(), self.certainty.written()];
        for (path, name) in written.iter().zip(["--output", "--intervals"]) {
            if let Some(path) = path {
                self.check_written(path, name)?;
            }
        }
        if let [Some(one), Some(other)] = written
            && one == other
        {
            return Err(Failure::usage("--intervals would overwrite --output"));
        }
        Ok(())
    }

    fn check_written(&self, output: &Path, name: &str) -> Result<(), Failure> {
        if output.extension().is_none_or(|ending| ending != "npy") {
            return Err(Failure::usage(format!(
                "{name} {}: predictions are written to .npy files",
                output.display()
            )));
        }
        let same = |path: &Path| match (path.canonicalize(), output.canonicalize()) {
            (Ok(path), Ok(output)) => path == output,
            _ => path == output,
        };
        if same(&self.onsite) {
            return Err(Failure::usage(format!("{name} would overwrite --onsite")));
        }
        Ok(())
    }

    fn predict(
        &self,
        predictor: &mut dyn Predictor,
        mut lattices: OnsiteFile,
        output: &Output,
    ) -> Result<(), Failure> {
        let (samples, size) = (lattices.samples(), lattices.size());
        let targets = predictor.targets().len();
        require_size(predictor, size)?;
        let sites = size.sites();
        let block = (BLOCK_BYTES / (8 * sites)).max(1);
        let needed = (block as u64).saturating_mul(8 * (sites + 3 * targets) as u64);
        memory::require("predicting this", needed).map_err(Failure::from)?;
        let interrupt = Interrupt::listen();
        let shape = match targets {
            1 => vec![samples],
            _ => vec![samples, targets as u64],
        };
        let writer = self.output.as_deref();
        let mut writer = writer
            .map(|path| ArrayWriter::create(path, &shape))
            .transpose()?;
        let mut certainty = self
            .certainty
            .begin(predictor, samples, self.within.is_some())?;
        let mut means = vec![MeanAndError::default(); targets];
        let bar = output.progress(samples, "Predicting");
        let mut first = 0;
        while first < samples {
            if interrupt.requested() {
                let kept = "nothing was written; the same command starts again".to_owned();
                return Err(Interrupted { kept }.into());
            }
            let left = usize::try_from(samples - first).unwrap_or(usize::MAX);
            let onsite = lattices.read_block(first, block.min(left))?;
            let read = onsite.len() / sites;
            let mut predictions = vec![0.0; read * targets];
            let before = usize::try_from(first).unwrap_or(usize::MAX);
            let predicted = predictor.predict(&onsite, &mut predictions);
            predicted.map_err(|error| Failure::from(error.after(before)).context("--onsite"))?;
            require_finite(predictor.targets(), &predictions, before)?;
            certainty.look(&onsite, &mut predictions)?;
            if let Some(writer) = &mut writer {
                writer.append(&predictions)?;
            }
            for predictions in predictions.chunks_exact(targets) {
                for (mean, &value) in means.iter_mut().zip(predictions) {
                    mean.push(value);
                }
            }
            first += read as u64;
            bar.inc(read as u64);
        }
        if let Some(writer) = writer {
            writer.commit()?;
        }
        bar.finish_and_clear();
        let certainty = certainty.finish()?;
        self.tell(predictor, samples, &means, certainty, output);
        Ok(())
    }

    fn tell(
        &self,
        predictor: &dyn Predictor,
        samples: u64,
        means: &[MeanAndError],
        (sure, certainty): (String, Option<Value>),
        output: &Output,
    ) {
        let name = predictor.name();
        let targets = predictor.targets().iter();
        let targets: Vec<String> = targets.map(ToString::to_string).collect();
        let mut text = format!("{samples} lattices, predicted by {name}\n");
        for (target, mean) in targets.iter().zip(means) {
            let value = mean.mean().unwrap_or(f64::NAN);
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{target:<12}mean {value:.6} G0");
        }
        text += &sure;
        for path in [&self.output, &self.certainty.written().map(Path::to_owned)]
            .into_iter()
            .flatten()
        {
            let _ = writeln!(text, "written to {}", path.display());
        }
        output.text(text.trim_end());
        let means = targets.iter().zip(means);
        let means = means.map(|(target, mean)| json!({ "target": target, "mean": mean.mean() }));
        output.json(&json!({
            "model": name,
            "samples": samples,
            "targets": means.collect::<Vec<_>>(),
            "certainty": certainty,
            "output": self.output.as_ref().map(|path| path.display().to_string()),
        }));
    }
}

/// Refuses predictions `[sample, target]` that are no numbers, of which `before` samples came before.
fn require_finite(targets: &[Target], predictions: &[f64], before: usize) -> Result<(), Failure> {
    let place = predictions.iter().position(|value| !value.is_finite());
    place.map_or(Ok(()), |place| {
        Err(Failure::from(EvaluateError::NotFinite {
            sample: before + place / targets.len(),
            target: targets[place % targets.len()],
            value: predictions[place],
        }))
    })
}

/// Lattices of another size than the network's.
#[derive(Debug, thiserror::Error)]
#[error(
    "--onsite: lattices of {} x {} sites; {name} is for {} x {}",
    found.length(), found.width(), made_for.length(), made_for.width()
)]
struct OtherSize {
    name: String,
    made_for: StripSize,
    found: StripSize,
}

impl Categorised for OtherSize {
    fn category(&self) -> Category {
        Category::Input
    }
}

fn require_size(predictor: &dyn Predictor, found: StripSize) -> Result<(), OtherSize> {
    let made_for = predictor.size();
    if found == made_for {
        return Ok(());
    }
    let name = predictor.name();
    Err(OtherSize {
        name,
        made_for,
        found,
    })
}
