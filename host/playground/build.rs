//! Takes from the cards of the shipped models, which are larger than the page may be, and from `typical_errors.json`
//! what the page needs of them.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use landauer_models::{BEST_G, PAPER_CNN_G, ShippedModel};
use serde_json::Value;

fn main() {
    let mut text = String::new();
    for (name, model) in [("PAPER_CNN", &PAPER_CNN_G), ("BEST_G", &BEST_G)] {
        let intervals = &card(model)["intervals"];
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
    errors(&mut text);
    let out = env::var_os("OUT_DIR").expect("cargo says where");
    fs::write(PathBuf::from(out).join("cards.rs"), text).expect("the folder can be written");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=typical_errors.json");
}

/// What `examples/typical_errors.rs` has measured.
fn errors(text: &mut String) {
    let file = fs::read_to_string("typical_errors.json").expect("the file is beside this one");
    let file: Value = serde_json::from_str(&file).expect("the file is JSON");
    let errors = list(&file["errors"]);
    let numbers = |values: &Value| list(values).iter().map(number).collect::<Vec<f64>>();
    table(text, "CONCENTRATIONS", numbers(&file["concentrations"]));
    for (name, key) in [
        ("COUNTING_ERRORS", "counting"),
        ("PAPER_CNN_ERRORS", "paper_cnn_g"),
        ("BEST_G_ERRORS", "best_g"),
    ] {
        table(text, name, errors.iter().map(|at| number(&at[key])));
    }
    let budgets = list(&file["budgets"]);
    let kind = format!("[u64; {}]", budgets.len());
    constant(text, "BUDGETS", &kind, &file["budgets"].to_string());
    constant(text, "STRIPS", "u64", &file["strips"].to_string());
    // `[budget][concentration]`.
    let rows = (0..budgets.len()).map(|budget| {
        let errors = errors.iter().map(|at| number(&at["hybrid_g"][budget]));
        format!("{:?}", errors.collect::<Vec<f64>>())
    });
    let rows: Vec<String> = rows.collect();
    let kind = format!("[[f64; {}]; {}]", errors.len(), budgets.len());
    constant(
        text,
        "HYBRID_ERRORS",
        &kind,
        &format!("[{}]", rows.join(", ")),
    );
}

fn card(model: &ShippedModel) -> Value {
    serde_json::from_str(model.card()).expect("a card is JSON")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("there is a list here")
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("there is a number here")
}

/// A list of numbers.
fn table(text: &mut String, name: &str, numbers: impl IntoIterator<Item = f64>) {
    // Debug's digits come back bit by bit.
    let numbers: Vec<String> = numbers
        .into_iter()
        .map(|number| format!("{number:?}"))
        .collect();
    let kind = format!("[f64; {}]", numbers.len());
    constant(text, name, &kind, &format!("[{}]", numbers.join(", ")));
}

fn constant(text: &mut String, name: &str, kind: &str, value: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "pub(crate) static {name}: {kind} = {value};");
}
