//! The report of a training, as text and as JSON.

use std::fmt::{self, Display};

use landauer::internal::counted;
use landauer_learn::training::{Data, Training, TrainingReport};

/// What was done.
pub(super) struct Summary<'s> {
    pub(super) training: &'s Training,
    pub(super) report: TrainingReport,
}

impl Summary<'_> {
    fn rate(&self) -> Option<f64> {
        let rate = self.report.learned as f64 / self.report.learning_seconds;
        (rate.is_finite() && rate > 0.0).then_some(rate)
    }

    pub(super) fn json(&self) -> serde_json::Value {
        let TrainingReport { record, found, .. } = &self.report;
        serde_json::json!({
            "path": self.training.output.display().to_string(),
            "preset": self.training.config.preset,
            "device": record.device,
            "seed": self.training.config.seed,
            "parameters": record.parameters,
            "multiply_adds": record.multiply_adds,
            "targets": record.outputs[..record.targets],
            "training_samples": record.data.training_samples,
            "validation_samples": record.data.validation_samples,
            "data_hash": record.data.hash,
            "epochs": record.finished.as_ref().map(|f| f.epochs),
            "best_epoch": record.finished.as_ref().map(|f| f.best_epoch),
            "validation_mae": record.finished.as_ref().map(|f| &f.validation_mae),
            "baseline_mae": record.finished.as_ref().map(|f| &f.baseline_mae),
            "found": found,
            "seconds": record.finished.as_ref().map(|f| f.seconds),
            "samples_per_second": self.rate(),
            "curve": self.report.curve,
        })
    }
}

impl Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = &self.report.record;
        writeln!(
            f,
            "{}: {} parameters, {} multiply-adds, trained on {}{}",
            self.training.output.display(),
            record.parameters,
            record.multiply_adds,
            counted(record.data.training_samples, "sample"),
            match self.training.data {
                Data::Online(_) => " an epoch, each used once",
                Data::Dataset { .. } => "",
            },
        )?;
        let Some(finished) = &record.finished else {
            return write!(f, "not finished");
        };
        if self.report.found {
            writeln!(f, "finished before; nothing was changed")?;
        }
        let counting = if record.data.disorder().has_impurities() {
            "counting impurities"
        } else {
            "the median"
        };
        let maes = finished.validation_mae.iter().zip(&finished.baseline_mae);
        for (target, (mae, baseline)) in record.outputs.iter().zip(maes) {
            writeln!(
                f,
                "{target}: validation MAE {mae:.4} G0 ({counting}: {baseline:.4}), epoch {} of {}",
                finished.best_epoch, finished.epochs
            )?;
        }
        match self.rate() {
            Some(rate) => write!(f, "{rate:.0} samples/s, {:.0} s", finished.seconds),
            None => write!(f, "{:.0} s", finished.seconds),
        }
    }
}
