//! The part of `landauer inspect` that only a network has: its layers.

use std::fmt::Write as _;

use landauer_core::inference::Model;
use serde_json::{Value, json};

use landauer::internal::counted;

fn shape(tensor: &landauer_core::inference::format::Tensor) -> String {
    let (channels, slices, rows) = (tensor.channels, tensor.slices, tensor.rows);
    format!("{channels} x {slices} x {rows}")
}

/// Lines of the heading.
pub(super) fn heading(model: &Model<'_>) -> Vec<(&'static str, String)> {
    let card = model.card();
    let [least, most] = card.counts;
    vec![
        ("impurities", format!("{least} to {most}")),
        ("mirrors", counted(card.mirrors.passes(), "pass")),
        ("MAC", format!("{} a prediction", model.macs())),
    ]
}

/// Lines about its errors, from the card beside it.
pub(super) fn errors(card: &Value) -> Vec<(&'static str, String)> {
    let targets = card["targets"].as_array().into_iter().flatten();
    let line = |target: &Value| {
        let (name, mae) = (target["target"].as_str()?, target["integer_mae"].as_f64()?);
        Some(("MAE", format!("{name}: {mae:.4} G0 on its test set")))
    };
    targets.filter_map(line).collect()
}

/// The table of its layers.
pub(super) fn table(model: &Model<'_>) -> String {
    let card = model.card();
    // Writing to a string cannot fail; so with all that follows.
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{:<12}{:<16}{:>10}{:>12}{:>9}",
        "layer", "output", "MAC", "scale", "sum <"
    );
    let _ = writeln!(
        text,
        "{:<12}{:<16}{:>10}{:>12.3e}{:>9}",
        "Encoder",
        shape(&card.encoder.output),
        "",
        card.encoder.output.scale,
        ""
    );
    let bounds: Vec<u64> = model.largest_sums().collect();
    for (layer, bound) in model.layers().zip(&bounds) {
        let _ = writeln!(
            text,
            "{:<12}{:<16}{:>10}{:>12.3e}{:>9}",
            layer.operator.name(),
            shape(&layer.output),
            layer.macs(),
            layer.output.scale,
            power(*bound)
        );
    }
    let _ = write!(
        text,
        "{:<12}{:<16}{:>10}{:>12}{:>9}",
        "Head",
        counted(card.outputs.len(), "output"),
        "",
        "",
        bounds.last().copied().map(power).unwrap_or_default()
    );
    text
}

/// The power of two that is larger than a bound.
fn power(bound: u64) -> String {
    format!("2^{}", u64::BITS - bound.leading_zeros())
}

/// What only a network's JSON has.
pub(super) fn report(model: &Model<'_>) -> Value {
    let card = model.card();
    let layers = model
        .layers()
        .zip(model.largest_sums())
        .map(|(layer, bound)| {
            let tensor = layer.output;
            json!({
                "operator": layer.operator.name(),
                "output": [tensor.channels, tensor.slices, tensor.rows],
                "mac": layer.macs(),
                "scale": tensor.scale,
                "largest_sum": bound,
            })
        });
    json!({
        "kind": "network",
        "counts": card.counts,
        "passes": card.mirrors.passes(),
        "mac": model.macs(),
        "layers": layers.collect::<Vec<_>>(),
    })
}
