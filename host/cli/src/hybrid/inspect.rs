//! What a hybrid's file holds.

use std::fmt::Write as _;

use landauer_core::hybrid::format::{Completion, Rung};
use landauer_core::hybrid::{Hybrid, HybridModel};
use landauer_core::inference::Target;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::model::{ModelBytes, concentration};
use crate::output::Output;
use landauer::failure::{Categorised, Category};
use landauer::internal::files::hexadecimal;
use landauer::internal::memory::human;
use landauer_learn::hybrid::HybridJson;

/// The self-test fails.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {problem}")]
struct Untrue {
    path: String,
    problem: landauer_core::hybrid::HybridError,
}

impl Categorised for Untrue {
    fn category(&self) -> Category {
        Category::Input
    }
}

/// Says what a hybrid's file holds, and runs its self-test.
pub(crate) fn inspect(bytes: &ModelBytes, output: &Output) -> Result<(), Failure> {
    let model = bytes.hybrid()?;
    let mut workspace = vec![0.0_f32; model.workspace_len()];
    let mut onsite = vec![0.0; model.sites()];
    let tested =
        Hybrid::new(&model, &mut workspace).and_then(|mut hybrid| hybrid.self_test(&mut onsite));
    tested.map_err(|problem| Untrue {
        path: bytes.path().display().to_string(),
        problem,
    })?;
    output.text(text(bytes, &model));
    output.json(&report(bytes, &model));
    Ok(())
}

/// The energies of a rung, in units of t.
fn energies(model: &HybridModel<'_>, rung: &Rung) -> Vec<f64> {
    let bias = match model.card().target {
        Target::BiasAverage { bias } => bias,
        _ => 0.0,
    };
    // Points of the grid are no round numbers.
    let rounded = |energy: f64| (energy * 1e6).round() / 1e6;
    rung.energies.energies(bias).map(rounded).collect()
}

/// From how many impurities on a strip is begun that cannot be finished; none for never.
fn least(rung: &Rung) -> Option<u32> {
    (rung.head.is_some() && rung.least < u32::MAX).then_some(rung.least)
}

fn text(bytes: &ModelBytes, model: &HybridModel<'_>) -> String {
    let card = model.card();
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        // Writing to a string cannot fail; so with all that follows.
        let _ = writeln!(text, "{name:<12}{value}");
    };
    line("hybrid", card.name.to_owned());
    line("written by", format!("landauer {}", card.crate_version));
    line("strips", format!("{} x {} sites", card.length, card.width));
    let disorder = concentration(card.disorder, card.concentration);
    line("disorder", disorder);
    line("predicts", card.target.to_string());
    line(
        "flash",
        format!("{} (the file)", human(bytes.bytes().len() as u64)),
    );
    line(
        "RAM",
        format!(
            "{} bytes of workspace",
            size_of::<f32>() * model.workspace_len()
        ),
    );
    line(
        "self-test",
        format!("passed, {} golden samples", card.golden.len()),
    );
    line("data hash", hexadecimal(&card.data_hash));
    if let Some(json) = json_card(bytes) {
        for one in &json.budgets {
            line(
                "MAE",
                format!("{:.4} G0 within {} multiply-adds", one.mae, one.budget),
            );
        }
        line(
            "",
            format!("{:.4} G0 by counting impurities", json.baseline_mae),
        );
    }
    let _ = writeln!(
        text,
        "\n{:<6}{:<18}{:<24}energies (t)",
        "rung", "whole strips", "others, from"
    );
    for (number, rung) in card.rungs.iter().enumerate() {
        let whole = match rung.completion {
            Completion::Exact => "exact",
            _ => "regression",
        };
        let others = least(rung).map_or_else(
            || "never".to_owned(),
            |least| format!("{least} impurities on"),
        );
        let energies: Vec<String> = energies(model, rung).iter().map(f64::to_string).collect();
        let _ = writeln!(
            text,
            "{number:<6}{whole:<18}{others:<24}{}",
            energies.join(", ")
        );
    }
    text.truncate(text.trim_end().len());
    text
}

fn json_card(bytes: &ModelBytes) -> Option<HybridJson> {
    serde_json::from_value(bytes.card()?).ok()
}

fn report(bytes: &ModelBytes, model: &HybridModel<'_>) -> Value {
    let card = model.card();
    let rungs = card.rungs.iter().map(|rung| {
        json!({
            "energies": energies(model, rung),
            "exact": rung.completion == Completion::Exact,
            "least": least(rung),
        })
    });
    json!({
        "path": bytes.path().display().to_string(),
        "kind": "hybrid",
        "name": card.name,
        "crate_version": card.crate_version,
        "length": card.length,
        "width": card.width,
        "disorder": card.disorder.number(),
        "targets": [card.target.to_string()],
        "flash_bytes": bytes.bytes().len(),
        "ram_bytes": size_of::<f32>() * model.workspace_len(),
        "golden": card.golden.len(),
        "self_test": "passed",
        "data_hash": hexadecimal(&card.data_hash),
        "rungs": rungs.collect::<Vec<_>>(),
        "card": bytes.card(),
    })
}
