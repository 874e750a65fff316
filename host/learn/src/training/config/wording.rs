//! What is wrong with a configuration, in the words of who writes one.

use super::TrainingConfigError;

/// Entries of inner tables, by the table's path: none has the name of an entry of the whole.
const INNER: [(&str, &[&str]); 4] = [
    (
        "optimiser",
        &[
            "learning_rate",
            "weight_decay",
            "beta_1",
            "beta_2",
            "epsilon",
            "schedule",
            "max_grad_norm",
            "ema",
        ],
    ),
    (
        "optimiser.schedule",
        &["warmup_steps", "final_learning_rate"],
    ),
    ("loss", &["delta"]),
    ("network", &["hidden", "convolutions"]),
];

/// Refuses an entry that belongs into an inner table, and says into which.
pub(super) fn refuse_misplaced(table: &toml::Table) -> Result<(), TrainingConfigError> {
    for (within, names) in INNER {
        if let Some(&name) = names.iter().find(|&&name| table.contains_key(name)) {
            return Err(TrainingConfigError::Misplaced { name, within });
        }
    }
    Ok(())
}

/// The error in one line: where, what stands there, what belongs there. A line of TOML that cannot be read is shown
/// as it is.
pub(super) fn told(error: &toml::de::Error) -> String {
    let text = error.to_string();
    if text.trim_end().contains('\n') && error.span().is_some() {
        return text.trim_end().to_owned();
    }
    let message = error.message();
    let plain = match message.rsplit_once(", expected ") {
        Some((found, expected)) => {
            let found = found.replace("floating point", "number");
            format!("{found}, expected {}", in_words(expected))
        }
        None => message.to_owned(),
    };
    // The path has no accessor: it is the line behind the message.
    let place = text.trim_end().rsplit_once("\nin ");
    match place {
        Some((_, place)) => format!("{place}: {plain}"),
        None => plain,
    }
}

/// What serde expects, by its type of Rust.
fn in_words(expected: &str) -> &str {
    match expected {
        "u64" | "u32" | "usize" => "a whole number of at least 0",
        "f32" | "f64" => "a number",
        "a sequence" => "a list",
        _ if expected.starts_with("struct ") => "a table (a dict) of its entries",
        _ if expected.starts_with("internally tagged enum ") => "a table (a dict) with its `kind`",
        _ => expected,
    }
}

#[cfg(test)]
mod tests {
    use crate::training::TrainingConfig;
    use serde_json::json;

    use super::*;

    fn refused(values: &serde_json::Value) -> String {
        let mut whole = json!({ "preset": "spectral" });
        whole
            .as_object_mut()
            .unwrap()
            .extend(values.as_object().unwrap().clone());
        let error = TrainingConfig::from_values(&whole).unwrap_err();
        error.to_string()
    }

    #[test]
    fn wrong_types_are_told_without_those_of_rust() {
        for (values, words) in [
            (
                json!({ "epochs": "a" }),
                "`epochs`: invalid type: string \"a\", expected a whole number of at least 0",
            ),
            (
                json!({ "epochs": 1.5 }),
                "`epochs`: invalid type: number `1.5`, expected a whole number of at least 0",
            ),
            (
                json!({ "targets": "g" }),
                "`targets`: invalid type: string \"g\", expected a list",
            ),
            (
                json!({ "optimiser": 3 }),
                "`optimiser`: invalid type: integer `3`, expected a table (a dict) of its entries",
            ),
            (
                json!({ "loss": "mse" }),
                "`loss`: invalid type: string \"mse\", expected a table (a dict) with its `kind`",
            ),
            (
                json!({ "optimiser": { "learning_rate": "x" } }),
                "`optimiser.learning_rate`: invalid type: string \"x\", expected a number",
            ),
            (
                json!({ "network": { "kind": "dense", "hidden": [1.5] } }),
                "`network`: invalid type: number `1.5`, expected a whole number of at least 0",
            ),
            (json!({ "preset": 5 }), "unknown preset `5`"),
        ] {
            let told = refused(&values);
            assert!(told.contains(words), "{told}");
            assert!(!told.contains('\n'), "{told}");
        }
        let broken = TrainingConfig::parse("preset = = \n").unwrap_err();
        let told = broken.to_string();
        assert!(told.contains("line 1") && !told.ends_with('\n'), "{told}");
    }

    #[test]
    fn an_entry_outside_of_its_table_is_told_where_it_belongs() {
        let told = refused(&json!({ "learning_rate": 0.1 }));
        assert!(told.contains("`optimiser.learning_rate`"), "{told}");
        for (within, names) in INNER {
            for name in names {
                // A table that does not know the name complains of it as an unknown field.
                let kind = match within {
                    "loss" => "huber",
                    "optimiser.schedule" => "cosine",
                    "network" => "convolutional",
                    _ => "",
                };
                let mut table = json!({ *name: { "nothing": 1 } });
                if !kind.is_empty() {
                    table["kind"] = kind.into();
                }
                let path = within.split('.').rev();
                let told = refused(&path.fold(table, |inner, key| json!({ key: inner })));
                assert!(!told.contains(&format!("unknown field `{name}`")), "{told}");
            }
        }
    }
}
