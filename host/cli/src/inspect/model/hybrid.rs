//! The part of `landauer inspect` that only a hybrid has: its ladder.

use std::fmt::Write as _;

use landauer_core::hybrid::HybridModel;
use landauer_core::hybrid::format::{Completion, Rung};
use landauer_core::inference::Target;
use serde_json::{Value, json};

use landauer::internal::counted;
use landauer_learn::hybrid::HybridJson;

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

/// The least number of impurities of the strips that are begun without being finished; none for never.
fn least(rung: &Rung) -> Option<u32> {
    (rung.head.is_some() && rung.least < u32::MAX).then_some(rung.least)
}

/// Lines about its errors, from the card beside it.
pub(super) fn errors(card: &Value) -> Vec<(&'static str, String)> {
    let Ok(card) = serde_json::from_value::<HybridJson>(card.clone()) else {
        return Vec::new();
    };
    let budgets = card.budgets.iter().map(|one| {
        let mae = format!("{:.4} G0 within {} multiply-adds", one.mae, one.budget);
        ("MAE", mae)
    });
    let counting = format!("{:.4} G0 by counting impurities", card.baseline_mae);
    budgets.chain([("", counting)]).collect()
}

/// The table of its rungs.
pub(super) fn table(model: &HybridModel<'_>) -> String {
    let card = model.card();
    // Writing to a string cannot fail; so with all that follows.
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{:<6}{:<18}{:<24}energies (t)",
        "rung", "whole strips", "others, at least"
    );
    for (number, rung) in card.rungs.iter().enumerate() {
        let whole = match rung.completion {
            Completion::Exact => "exact",
            _ => "regression",
        };
        let others =
            least(rung).map_or_else(|| "never".to_owned(), |least| counted(least, "impurity"));
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

/// What only a hybrid's JSON has.
pub(super) fn report(model: &HybridModel<'_>) -> Value {
    let rungs = model.card().rungs.iter().map(|rung| {
        json!({
            "energies": energies(model, rung),
            "exact": rung.completion == Completion::Exact,
            "least": least(rung),
        })
    });
    json!({
        "kind": "hybrid",
        "rungs": rungs.collect::<Vec<_>>(),
    })
}
