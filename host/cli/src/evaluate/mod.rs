//! `landauer evaluate`: the errors of a predictor on a test set.

mod pictures;
mod report;

use std::path::{Path, PathBuf};

use clap::Args;

use super::arguments::parse_budget;
use super::failure::Failure;
use super::kind::{Kind, WrongKind};
use super::model::{explain, model_folder};
use super::numbers;
use super::output::{COMMON, JsonTo, Output};
use super::parallel::ThreadArguments;
use crate::input::open_dataset;
use crate::picture::PendingPicture;
use landauer::dataset::Dataset;
use landauer::internal::files::{make_folder, replace, require_writable};
use landauer::internal::json;
use landauer_learn::evaluation::{Predictions, Predictor, judge, predict_all};
use landauer_learn::{OpenError, open_predictor};
use landauer_plot::Scene;
pub(super) use pictures::heading;
use report::Report;

/// Evaluate a predictor on an unseen test set: errors, compared with counting impurities
///
/// The mean absolute error (MAE) is compared with that of the medians of the training set by the number
/// of impurities, and of one median for all. Skill is 1 - MAE / MAE of the medians: 0 means no better
/// than counting impurities.
#[derive(Debug, Args)]
#[command(after_help = "\
PREDICTOR is one of
  a run's folder    from `landauer train`: its best network, in floats
  MODEL.postcard    from `landauer export`: the network in integers
  HYBRID.postcard   from `landauer hybrid`, with a budget: --within
  best-g, ...       the name of a model that comes with landauer
  a data set        its medians by impurity count: the baseline itself

The test set must have the predictor's size and disorder model. One with samples that the
predictor was trained or chosen on is refused.

95 % intervals are the bootstrap's (1000 draws). Prediction intervals come from the errors on
the validation split; the table shows how often they hold. ln G is judged where G is from 1e-4
to 0.1; predictions below count as 1e-4.

Examples:
  landauer evaluate run --test-set data/test.zarr
  landauer evaluate run --test-set data/test.zarr --mirrors --json=run.json --output figures
  landauer evaluate models/best-g.postcard --test-set data/test.zarr
  landauer evaluate models/hybrid-g.postcard --within 1e6 --test-set data/test.zarr
  landauer evaluate data/m2.zarr --test-set data/test.zarr

Exit codes: 0 done, 2 wrong usage or a test set of another size or disorder, 3 no predictor or
no data set, 4 system error (I/O, disk, memory), 5 the test set holds training samples, or the
training is not finished, 6 damaged files.")]
pub(super) struct EvaluateArguments {
    /// A run's folder, a .postcard model file, or a data set whose medians are to be judged
    #[arg(value_name = "PREDICTOR")]
    predictor: PathBuf,
    /// The data set to judge it on
    #[arg(long, alias = "dataset", value_name = "FOLDER")]
    test_set: PathBuf,
    /// Write the result as JSON to FILE, as in --json=result.json; without a FILE, print it on stdout
    /// instead of text
    #[arg(
        id = "json",
        long,
        value_name = "FILE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "-",
        help_heading = COMMON
    )]
    json: Option<JsonTo>,
    /// A folder for pictures of predicted against exact G and Ḡ, SVG and PNG, made with its parents if
    /// missing
    #[arg(long, short, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Whether to average over the symmetry copies of each strip; each copy costs a pass
    /// [default: as the predictor was made]
    #[arg(
        long,
        value_name = "yes|no",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "yes",
        value_parser = parse_yes
    )]
    mirrors: Option<bool>,
    /// Maximum number of multiply-adds that a hybrid may spend on a strip
    #[arg(long, value_name = "BUDGET", value_parser = parse_budget)]
    within: Option<u64>,
    /// Seed of the bootstrap
    #[arg(long, default_value_t = 1, value_parser = numbers::count::<u64>(0..=u64::MAX))]
    seed: u64,
    #[command(flatten)]
    threads: ThreadArguments,
}

fn parse_yes(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("`yes` or `no`".to_owned()),
    }
}

impl EvaluateArguments {
    /// The file that the JSON shall be written to.
    #[cfg(test)]
    pub(super) fn json_file(&self) -> Option<PathBuf> {
        match &self.json {
            Some(JsonTo::File(path)) => Some(path.clone()),
            _ => None,
        }
    }

    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        self.threads.run(|| {
            let dataset = open_dataset(&self.test_set, Some("--test-set"))?;
            let folder = model_folder();
            let predictor = open_predictor(&self.predictor, folder.as_deref(), self.within);
            let mut predictor = predictor.map_err(|error| match error {
                OpenError::Model(error) => explain(error),
                OpenError::NotAPredictor { path, .. } => {
                    let wanted =
                        "a predictor is a run, a model, the name of a model, or a data set";
                    WrongKind::new(&path, Kind::of(&path), wanted).into()
                }
                error => error.into(),
            })?;
            if let Some(averaged) = self.mirrors {
                predictor.set_mirrors(averaged)?;
            }
            self.evaluate(&mut *predictor, &dataset, output)
        })
    }

    fn evaluate(
        &self,
        predictor: &mut dyn Predictor,
        dataset: &Dataset,
        output: &Output,
    ) -> Result<(), Failure> {
        let file = match &self.json {
            Some(JsonTo::File(path)) => Some(path),
            _ => None,
        };
        if let Some(path) = file {
            require_writable(path)?;
        }
        if predictor.trained_on().is_none() {
            output.warn(&format!(
                "the training samples of {} are unknown (its card, NAME.json, is not beside it): \
                 they may be in this test set",
                predictor.name()
            ));
        }
        let predictions = predict(predictor, dataset, "predicting", output)?;
        let (baseline, intervals) = (predictor.baseline(), predictor.intervals());
        let found = judge(&predictions, baseline, intervals, self.seed);
        let written = match &self.output {
            None => Vec::new(),
            Some(folder) => {
                let scenes = pictures::scenes(predictor, &predictions, &found)?;
                write_pictures(folder, &scenes)?
            }
        };
        let report = Report {
            predictor,
            dataset,
            predictions: &predictions,
            found: &found,
            written: &written,
        };
        let json = report.json();
        output.text(report.to_string());
        if let Some(path) = file {
            replace(path, json::file(path, &json)?.as_bytes())?;
            output.text(format!("wrote {}", path.display()));
        }
        output.json(&json);
        Ok(())
    }
}

/// The predictions for a data set, with a progress bar.
pub(super) fn predict(
    predictor: &mut dyn Predictor,
    dataset: &Dataset,
    doing: &'static str,
    output: &Output,
) -> Result<Predictions, Failure> {
    let bar = output.progress(dataset.samples(), doing);
    let predictions = predict_all(predictor, dataset, |samples| bar.inc(samples));
    bar.finish_and_clear();
    Ok(predictions?)
}

/// Each scene as SVG and PNG; gives the paths.
fn write_pictures(folder: &Path, scenes: &[(String, Scene)]) -> Result<Vec<PathBuf>, Failure> {
    make_folder(folder)?;
    let (mut begun, mut written) = (Vec::new(), Vec::new());
    for (name, scene) in scenes {
        for ending in ["svg", "png"] {
            let path = folder.join(format!("{name}.{ending}"));
            begun.push((PendingPicture::create(&path)?, scene));
            written.push(path);
        }
    }
    for (picture, scene) in begun {
        picture.finish(scene)?;
    }
    Ok(written)
}
