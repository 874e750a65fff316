//! Takes from the cards of the shipped models what the page needs of them: the cards themselves are larger
//! than the page may be.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use landauer_models::{BEST_G, HYBRID_G, PAPER_CNN_G, ShippedModel};
use serde_json::Value;

fn main() {
    let mut text = String::new();
    for (name, model) in [("PAPER_CNN", &PAPER_CNN_G), ("BEST_G", &BEST_G)] {
        let card = card(model);
        let mae = number(&card["targets"][0]["integer_mae"]);
        constant(
            &mut text,
            &format!("{name}_MAE"),
            "f64",
            &format!("{mae:?}"),
        );
        let intervals = &card["intervals"];
        let levels = list(&intervals["nominal"]);
        let level = levels.iter().position(|level| number(level) == 0.9);
        let level = level.expect("a card has intervals of 90 %");
        let by_count = list(&intervals["targets"][0]["half_widths"]);
        let half_widths = by_count.iter().map(|row| number(&row[level]));
        table(&mut text, &format!("{name}_HALF_WIDTHS"), half_widths);
    }
    let card = card(&BEST_G);
    let medians = list(&card["baseline"]["targets"][0]["by_count"]);
    table(&mut text, "MEDIANS", medians.iter().map(number));
    let mae = number(&card["targets"][0]["baseline_mae"]);
    constant(&mut text, "COUNTING_MAE", "f64", &format!("{mae:?}"));
    let budgets = self::card(&HYBRID_G);
    let budgets = list(&budgets["budgets"]);
    let pairs = budgets.iter().map(|row| {
        let budget = row["budget"].as_u64().expect("a budget is a whole number");
        format!("({budget}, {:?})", number(&row["mae"]))
    });
    let pairs: Vec<String> = pairs.collect();
    let kind = format!("[(u64, f64); {}]", pairs.len());
    constant(
        &mut text,
        "HYBRID_MAES",
        &kind,
        &format!("[{}]", pairs.join(", ")),
    );
    let out = env::var_os("OUT_DIR").expect("cargo says where");
    fs::write(PathBuf::from(out).join("cards.rs"), text).expect("the folder can be written");
    println!("cargo::rerun-if-changed=build.rs");
}

fn card(model: &ShippedModel) -> Value {
    serde_json::from_str(model.card()).expect("a card is JSON")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a card has a list here")
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a card has a number here")
}

/// A table by the number of impurities.
fn table(text: &mut String, name: &str, numbers: impl Iterator<Item = f64>) {
    // Debug's digits come back bit by bit.
    let numbers: Vec<String> = numbers.map(|number| format!("{number:?}")).collect();
    let kind = format!("[f64; {}]", numbers.len());
    constant(text, name, &kind, &format!("[{}]", numbers.join(", ")));
}

fn constant(text: &mut String, name: &str, kind: &str, value: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "pub(crate) static {name}: {kind} = {value};");
}
