//! From a run to a model file and its card: with progress bars, and a picture.

use indicatif::ProgressBar;

use crate::evaluate;
use crate::failure::Failure;
use crate::input::open_dataset;
use crate::output::Output;
use crate::picture::PictureError;
use landauer::work::Observer;
use landauer_learn::evaluation::Predictor;
use landauer_learn::export::{ExportOrder, Exported, TargetLoss};
use landauer_plot::{ComparisonPicture, Scene};

/// Makes it, and refuses it if the mean absolute error of a target grows by more than this percentage.
pub(crate) fn make(
    order: &ExportOrder<'_>,
    max_loss: f64,
    output: &Output,
) -> Result<Exported, Failure> {
    // The library opens it itself; here it is asked what stands there.
    open_dataset(order.test_set, Some("--test-set"))?;
    let bar = Bar(output.progress(0, ""));
    let made = order.make(&bar);
    bar.0.finish_and_clear();
    let made = made?;
    made.judgement.require(max_loss).map_err(|error| {
        let details = serde_json::json!({ "judgement": made.judgement });
        Failure::from(error)
            .context("--max-loss")
            .with_details(details)
    })?;
    Ok(made)
}

/// Shows which network is being judged, and how far.
struct Bar(ProgressBar);

impl Observer for Bar {
    fn begin(&self, what: &str, samples: u64) {
        self.0.set_message(what.to_owned());
        self.0.set_length(samples);
        self.0.set_position(0);
        self.0.reset_eta();
    }

    fn advance(&self, samples: u64) {
        self.0.inc(samples);
    }
}

/// Exact, float and integer side by side, for the first target.
pub(crate) fn picture(made: &Exported) -> Result<Scene, Failure> {
    let (float, quantised) = (&made.float, &made.quantised);
    let letter = float.targets.first().map(ToString::to_string);
    let losses = made.card.targets.first().map(|target| &target.loss);
    let note = |mae: fn(&TargetLoss) -> f64| {
        let mae = losses.map_or(0.0, mae);
        format!("MAE {mae:.4}")
    };
    let predictor: &dyn Predictor = &made.integer;
    let scene = ComparisonPicture {
        name: &evaluate::heading(predictor, made.card.test.samples),
        letter: &letter.unwrap_or_default(),
        exact: &float.column(&float.exact, 0),
        float: &float.column(&float.predicted, 0),
        integer: &quantised.column(&quantised.predicted, 0),
        notes: [
            &note(|losses| losses.float_mae),
            &note(|losses| losses.integer_mae),
        ],
    };
    Ok(scene.draw().map_err(PictureError)?)
}
