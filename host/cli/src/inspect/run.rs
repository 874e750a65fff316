//! `landauer inspect` of a run's folder.

use std::fmt::Write as _;
use std::path::Path;

use landauer_core::inference::Target;
use serde_json::json;

use crate::disorder;
use crate::failure::Failure;
use crate::output::Output;
use landauer::internal::counted;
use landauer_learn::evaluation::Predictor;
use landauer_learn::training::{Finished, Trained};

/// Shows the run in the folder at `path`, whose checksums are verified.
pub(super) fn inspect(path: &Path, output: &Output) -> Result<(), Failure> {
    let trained = Trained::load(path)?;
    output.text(text(path, &trained).trim_end());
    output.json(&report(path, &trained));
    Ok(())
}

/// Each target with its validation error, and that of counting impurities.
fn errors<'t>(
    trained: &'t Trained,
    finished: &'t Finished,
) -> impl Iterator<Item = (&'t Target, f64, f64)> {
    let maes = finished.validation_mae.iter().zip(&finished.baseline_mae);
    let targets = trained.record().outputs.iter();
    targets
        .zip(maes)
        .map(|(target, (&mae, &baseline))| (target, mae, baseline))
}

fn text(path: &Path, trained: &Trained) -> String {
    let (record, config) = (trained.record(), trained.config());
    let data = &record.data;
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<12}{value}");
    };
    line("run", path.display().to_string());
    line("written by", format!("landauer {}", record.version));
    let preset = config.preset.as_deref().unwrap_or("a configuration");
    line(
        "network",
        format!(
            "{preset}: {}, {}",
            counted(record.parameters, "parameter"),
            counted(record.multiply_adds, "multiply-add")
        ),
    );
    line(
        "strips",
        format!("{} x {} sites", data.size.length(), data.size.width()),
    );
    let (model, n) = (data.ensemble.model(), data.ensemble.concentration());
    line("disorder", disorder::describe(model, n));
    let targets = trained.targets().iter().map(ToString::to_string);
    line("predicts", targets.collect::<Vec<_>>().join(", "));
    let made = if data.online {
        "samples made while training".to_owned()
    } else {
        format!("samples of {}", data.path)
    };
    line(
        "trained on",
        format!(
            "{} {made}, {} for validation",
            data.training_samples, data.validation_samples
        ),
    );
    line(
        "seed",
        format!(
            "{} (weights), {} (samples)",
            config.seed,
            data.ensemble.seed()
        ),
    );
    line("device", record.device.clone());
    if let Some(finished) = &record.finished {
        line(
            "epochs",
            format!(
                "{} in {:.0} s, the best: {}",
                finished.epochs, finished.seconds, finished.best_epoch
            ),
        );
        for (target, mae, baseline) in errors(trained, finished) {
            line(
                "MAE",
                format!(
                    "{target}: {mae:.4} G0 on its validation split (counting impurities: {baseline:.4})"
                ),
            );
        }
    }
    line("state", "complete; every checksum verified".to_owned());
    text
}

fn report(path: &Path, trained: &Trained) -> serde_json::Value {
    let (record, config) = (trained.record(), trained.config());
    let data = &record.data;
    let finished = record.finished.as_ref();
    let targets = finished.map(|finished| {
        let targets = errors(trained, finished).map(|(target, mae, baseline)| {
            json!({
                "target": target.to_string(),
                "validation_mae": mae,
                "baseline_mae": baseline,
            })
        });
        targets.collect::<Vec<_>>()
    });
    json!({
        "path": path.display().to_string(),
        "kind": "run",
        "crate_version": record.version,
        "preset": config.preset,
        "parameters": record.parameters,
        "multiply_adds": record.multiply_adds,
        "length": data.size.length(),
        "width": data.size.width(),
        "disorder": data.ensemble.model().number(),
        "seed": config.seed,
        "data": data,
        "device": record.device,
        "epochs": finished.map(|finished| finished.epochs),
        "best_epoch": finished.map(|finished| finished.best_epoch),
        "targets": targets,
        "sound": true,
    })
}
