//! `landauer predict`: conductances of strips from a file or a data set, by a trained network.

mod certainty;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use serde_json::{Value, json};

use self::certainty::CertaintyArguments;
use super::arguments::parse_budget;
use super::failure::Failure;
use super::input::StripInput;
use super::interrupt::{Interrupt, Interrupted};
use super::model;
use super::numbers;
use super::output::Output;
use super::parallel::ThreadArguments;
use landauer::failure::{Categorised, Category};
use landauer::internal::{counted, memory};
use landauer::npy::ArrayWriter;
use landauer::statistics::MeanAndError;
use landauer::{StripSize, StripSource};
use landauer_learn::evaluation::{
    EvaluateError, Predictor, SampleRange, Target, require_same, strips_at_once,
};
use landauer_learn::training::Trained;

/// Predict conductances of strips with a network (an integer model file, or a run in floats) or
/// with a hybrid, which solves them up to a budget
///
/// `landauer inspect NETWORK` says what is predicted: G, Ḡ or T(E), in units of G0 = 2e²/h. Results of a
/// model file are those of the microcontroller, to the last bit.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("strips").required(true).args(["onsite", "dataset"])))]
#[command(after_help = "Examples:
  landauer predict --network models/best-g.postcard --onsite strips.npy --output g.npy
  landauer predict --network best-g --dataset m2.zarr --output g.npy
  landauer predict --network best-g --dataset m2.zarr --first 100 --samples 10 --exact
  landauer predict --network hybrid-g --within 1e6 --onsite strips.npy --output g.npy
  landauer predict --float runs/cnn --onsite strips.npy --json
  landauer predict --network best-g --onsite strips.npy --output g.npy --intervals g_ends.npy
  landauer predict --network best-g --onsite strips.npy --output g.npy --exact-above 0.5

On-site energies are in units of t, [x, y] or [sample, x, y], as for `landauer solve`; the
species of a data set become energies. Size and disorder must be those that the network was made
for.

Exit codes: 0 done; 2 wrong usage; 3 invalid content of a file, or a strip that the network was
not made for; 4 system error (I/O, disk, memory); 5 a run whose training is not finished, or
--exact on samples that the network was trained on; 6 a damaged run or data set; 130 stopped by
Ctrl-C.")]
pub(super) struct PredictArguments {
    /// A model file (network or hybrid), or the name of a model that comes with landauer
    #[arg(
        long,
        alias = "model",
        value_name = "FILE|NAME",
        required_unless_present = "float"
    )]
    network: Option<PathBuf>,
    /// The folder of a finished run, instead of a model file: its best network, in floats
    #[arg(long, value_name = "RUN", conflicts_with = "network")]
    float: Option<PathBuf>,
    /// A .npy file of on-site energies in units of t, [x, y] or [sample, x, y]
    #[arg(long, value_name = "FILE")]
    onsite: Option<PathBuf>,
    /// A data set of `landauer generate` with the strips
    #[arg(long, value_name = "FOLDER")]
    dataset: Option<PathBuf>,
    /// The index of the first sample of the data set
    #[arg(long, value_name = "INDEX", conflicts_with = "onsite", default_value_t = 0, value_parser = numbers::count::<u64>(0..=u64::MAX))]
    first: u64,
    /// How many samples of the data set [default: all]
    #[arg(long, value_name = "N", conflicts_with = "onsite", value_parser = numbers::count::<u64>(1..=u64::MAX))]
    samples: Option<u64>,
    /// Write the predictions to a .npy file (f64, [sample], or [sample, target] if the network
    /// predicts more than one number) [default: only their means are shown]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Maximum number of multiply-adds that a hybrid may spend on a strip
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
        let strips = self.open(output)?;
        let seen = self.check_dataset(&*predictor, &strips, output)?;
        self.threads
            .run(|| self.predict(&mut *predictor, strips, seen, output))
    }

    fn predictor(&self) -> Result<Box<dyn Predictor>, Failure> {
        if let Some(run) = &self.float {
            return Ok(Box::new(Trained::load(run)?));
        }
        let network = self.network.as_deref();
        let network = network.ok_or_else(|| Failure::usage("--network or --float is needed"))?;
        let model = model::open(network)?;
        let predictor = if self.certainty.reads_card() || self.dataset.is_some() {
            model.predictor(self.within)
        } else {
            // The card beside the model does not matter to a prediction.
            model.predictor_without_card(self.within)
        };
        predictor.map_err(model::explain)
    }

    /// The strips, none of them read yet.
    fn open(&self, output: &Output) -> Result<StripInput, Failure> {
        match (&self.onsite, &self.dataset) {
            (Some(path), _) => StripInput::open_onsite(path, output),
            (None, Some(path)) => StripInput::open_dataset(path, self.first, self.samples),
            // clap sees to it that one of them is given.
            (None, None) => Err(Failure::usage("--onsite or --dataset is needed")),
        }
    }

    /// Refuses a data set of another size or disorder than the predictor's, and to judge it by samples
    /// that it was trained on. Says whether these are among them, if both is known.
    fn check_dataset(
        &self,
        predictor: &dyn Predictor,
        strips: &StripInput,
        output: &Output,
    ) -> Result<Option<bool>, Failure> {
        let Some(dataset) = strips.dataset() else {
            return Ok(None);
        };
        require_same(predictor, dataset)?;
        let Some(trained_on) = predictor.trained_on() else {
            return Ok(None);
        };
        let first = strips.first_sample();
        let asked = SampleRange {
            seed: dataset.config().ensemble.seed(),
            first,
            end: first.saturating_add(strips.samples()),
        };
        let Some(seen) = trained_on.overlap(dataset.config(), asked) else {
            return Ok(Some(false));
        };
        let learned = Learned {
            dataset: dataset.path().to_owned(),
            seen,
            name: predictor.name(),
        };
        if self.certainty.judges() {
            return Err(learned.into());
        }
        output.warn(&format!(
            "{learned}: errors on them are smaller than on others"
        ));
        Ok(Some(true))
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
        if self.onsite.as_deref().is_some_and(same) {
            return Err(Failure::usage(format!("{name} would overwrite --onsite")));
        }
        Ok(())
    }

    fn predict(
        &self,
        predictor: &mut dyn Predictor,
        mut strips: StripInput,
        seen: Option<bool>,
        output: &Output,
    ) -> Result<(), Failure> {
        let (samples, size) = (strips.samples(), strips.size());
        let targets = predictor.targets().len();
        require_size(predictor, size)?;
        let sites = size.sites();
        let block = strips_at_once(size);
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
            let onsite = strips.read(first, block.min(left))?;
            let read = onsite.len() / sites;
            let mut predictions = vec![0.0; read * targets];
            let before = usize::try_from(first).unwrap_or(usize::MAX);
            let predicted = predictor.predict(&onsite, &mut predictions);
            predicted
                .map_err(|error| Failure::from(error.after(before)).context(strips.option()))?;
            require_finite(predictor.targets(), &predictions, before)?;
            let stop = || interrupt.requested();
            if let Err(error) = certainty.look(&onsite, &mut predictions, &stop) {
                if stop() {
                    // The loop says so at its beginning.
                    continue;
                }
                return Err(error);
            }
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
        self.report(predictor, (&strips, seen), &means, certainty, output);
        Ok(())
    }

    fn report(
        &self,
        predictor: &dyn Predictor,
        (strips, seen): (&StripInput, Option<bool>),
        means: &[MeanAndError],
        (sure, certainty): (String, Option<Value>),
        output: &Output,
    ) {
        let (name, samples) = (predictor.name(), strips.samples());
        let targets = predictor.targets().iter();
        let targets: Vec<String> = targets.map(ToString::to_string).collect();
        let mut text = format!(
            "{} {}, predicted by {name}\n",
            counted(samples, "strip"),
            strips.words()
        );
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
            "network": name,
            "samples": samples,
            "source": strips.json(),
            "seen_in_training": seen,
            "targets": means.collect::<Vec<_>>(),
            "certainty": certainty,
            "output": self.output.as_ref().map(|path| path.display().to_string()),
        }));
    }
}

/// Samples that the network was trained on.
#[derive(Debug, thiserror::Error)]
#[error("{seen} of {} were used to train or choose the predictor ({name})", dataset.display())]
struct Learned {
    dataset: PathBuf,
    seen: SampleRange,
    name: String,
}

impl Categorised for Learned {
    fn category(&self) -> Category {
        Category::Refused
    }
}

/// Refuses predictions `[sample, target]` that are not finite; `before` samples came before them.
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

/// Strips of another size than the network's.
#[derive(Debug, thiserror::Error)]
#[error(
    "--onsite: strips of {} x {} sites; {name} takes {} x {}",
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
