//! `landauer inspect` of a model: a network or a hybrid.

mod hybrid;
mod network;

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::disorder;
use crate::failure::Failure;
use crate::model::explain;
use crate::output::Output;
use landauer::internal::files::hexadecimal;
use landauer::internal::memory::human;
use landauer_learn::{LoadedModel, ModelContents};

/// Says what a model file holds, and runs its self-test.
pub(super) fn inspect(model: &LoadedModel, output: &Output) -> Result<(), Failure> {
    model.self_test().map_err(explain)?;
    let card = json_card(model);
    output.text(text(model, card.as_ref()));
    output.json(&report(model, card.as_ref()));
    Ok(())
}

/// The card beside the model, if it can be read.
fn json_card(model: &LoadedModel) -> Option<Value> {
    let text = model.file().card().ok()??;
    serde_json::from_slice(&text).ok()
}

fn text(model: &LoadedModel, card: Option<&Value>) -> String {
    let summary = model.summary();
    let (kind, memory, table) = match model.contents() {
        ModelContents::Network(model) => ("model", "scratch", network::table(model)),
        ModelContents::Hybrid(model) => ("hybrid", "workspace", hybrid::table(model)),
    };
    let size = summary.size;
    let targets: Vec<String> = summary.targets.iter().map(ToString::to_string).collect();
    let mut lines = vec![
        (kind, summary.name.to_owned()),
        ("written by", format!("landauer {}", summary.crate_version)),
        (
            "strips",
            format!("{} x {} sites", size.length(), size.width()),
        ),
        (
            "disorder",
            disorder::describe(summary.disorder, summary.concentration),
        ),
        ("predicts", targets.join(", ")),
    ];
    if let ModelContents::Network(model) = model.contents() {
        lines.extend(network::heading(model));
    }
    lines.extend([
        (
            "flash",
            format!("{} (the file)", human(summary.flash_bytes as u64)),
        ),
        ("RAM", format!("{} bytes of {memory}", summary.ram_bytes)),
        (
            "self-test",
            format!("passed, {} golden samples", summary.golden),
        ),
        ("data hash", hexadecimal(&summary.data_hash)),
    ]);
    if let Some(card) = card {
        lines.extend(match model.contents() {
            ModelContents::Network(_) => network::errors(card),
            ModelContents::Hybrid(_) => hybrid::errors(card),
        });
    }
    let mut text = String::new();
    for (name, value) in lines {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<12}{value}");
    }
    format!("{text}\n{table}")
}

fn report(model: &LoadedModel, card: Option<&Value>) -> Value {
    let summary = model.summary();
    let targets: Vec<String> = summary.targets.iter().map(ToString::to_string).collect();
    let mut report = match model.contents() {
        ModelContents::Network(model) => network::report(model),
        ModelContents::Hybrid(model) => hybrid::report(model),
    };
    let common = json!({
        "path": model.file().path().display().to_string(),
        "name": summary.name,
        "crate_version": summary.crate_version,
        "length": summary.size.length(),
        "width": summary.size.width(),
        "disorder": summary.disorder.number(),
        "species_energies": summary.disorder.species_energies(),
        "targets": targets,
        "flash_bytes": summary.flash_bytes,
        "ram_bytes": summary.ram_bytes,
        "golden": summary.golden,
        "self_test": "passed",
        "data_hash": hexadecimal(&summary.data_hash),
        "card": card,
    });
    if let (Value::Object(report), Value::Object(common)) = (&mut report, common) {
        report.extend(common);
    }
    report
}
