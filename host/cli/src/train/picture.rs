//! The curves of a training as pictures, beside its weights.

use crate::failure::Failure;
use crate::picture::{self, PictureError};
use landauer_learn::training::{Epoch, Training, TrainingReport};
use landauer_plot::{AveragesPanel, AveragesPicture, FittedLine, Measured};

const FILES: [&str; 2] = ["curves.svg", "curves.png"];

/// Writes `curves.svg` and `curves.png` into the run's folder: the validation error of the first
/// target with that of counting impurities, and the loss.
pub(super) fn write(training: &Training, report: &TrainingReport) -> Result<(), Failure> {
    let Some(finished) = &report.record.finished else {
        return Ok(());
    };
    // A run that is finished may lie where nothing can be written.
    let are_there = FILES.iter().all(|file| training.output.join(file).exists());
    if report.found && are_there {
        return Ok(());
    }
    let over_epochs = |of: fn(&Epoch) -> f64| -> Vec<Measured> {
        let point = |epoch: &Epoch| Measured {
            at: epoch.epoch as f64,
            value: of(epoch),
            error: None,
        };
        report.curve.iter().map(point).collect()
    };
    let errors = over_epochs(|epoch| epoch.mae.first().copied().unwrap_or(0.0));
    let losses = over_epochs(|epoch| epoch.loss);
    let baseline = finished.baseline_mae.first().copied().unwrap_or(0.0);
    let last = report.curve.len() as f64;
    let target = report.record.outputs.first();
    let target = target.map_or_else(String::new, ToString::to_string);
    let title = format!("validation MAE of {target} (G₀)");
    let name = training.config.preset.as_deref().unwrap_or("network");
    let picture = AveragesPicture {
        name: &format!("{name}, {} parameters", report.record.parameters),
        along: "epoch",
        upper: AveragesPanel {
            title: &title,
            points: &errors,
            line: Some(FittedLine {
                ends: [(1.0, baseline), (last.max(1.0), baseline)],
                name: "counting impurities",
            }),
        },
        lower: AveragesPanel {
            title: "loss",
            points: &losses,
            line: None,
        },
    };
    let scene = picture.draw().map_err(PictureError)?;
    for file in FILES {
        picture::write(&scene, &training.output.join(file))?;
    }
    Ok(())
}
