//! What of a `zarr.json` is ours, and what its users'.
//!
//! Ours are all entries that the data set's configuration asks for; each must be there and say the same,
//! however it is written. Users' are all other attributes, and entries beside them that Zarr lets a reader
//! ignore (`"must_understand": false`), among them zarr-python's copy of all arrays' metadata; what is
//! theirs we neither read nor change, but for what that copy says of arrays of ours.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::error::DatasetError;
use super::schema::in_current_words;
use crate::checksum::same;
use crate::files::ReadError;

/// Where zarr-python's `consolidate_metadata` puts its copy of all metadata, in the group's.
const CONSOLIDATED: &str = "consolidated_metadata";

/// A metadata file; `None` if there is none.
pub(super) fn read_metadata(file: &Path) -> Result<Option<Value>, DatasetError> {
    let bytes = match fs::read(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes.map_err(|error| ReadError::new(file, error))?,
    };
    let value = serde_json::from_slice(&bytes);
    value.map(Some).map_err(|error| DatasetError::Metadata {
        file: file.to_owned(),
        reason: match strange_number(&bytes) {
            Some(word) => format!(
                "an attribute in it is {word}, which is no JSON, though some programs write it: give \
                 the attribute another value, such as a string"
            ),
            None => format!("it is not JSON: {error}"),
        },
    })
}

/// A number that JSON does not have, outside the strings of a text that would be JSON else.
fn strange_number(bytes: &[u8]) -> Option<&'static str> {
    let text = std::str::from_utf8(bytes).ok()?;
    // Every other part is a string, if its quotes are left out.
    let escaped = text.replace("\\\\", "").replace("\\\"", "");
    let outside = escaped.split('"').step_by(2).collect::<Vec<_>>();
    ["NaN", "Infinity"]
        .into_iter()
        .find(|word| outside.iter().any(|part| part.contains(word)))
}

/// In words, the first thing of ours in which `there` is not `wanted`; `None` if they agree.
pub(super) fn difference(existing: &Value, wanted: &Value) -> Option<String> {
    let (Some(entries), Some(wanted_entries)) = (existing.as_object(), wanted.as_object()) else {
        return Some("it is not a JSON object".to_owned());
    };
    let attributes = |of: &Value| of["attributes"].as_object().cloned().unwrap_or_default();
    let ours = wanted_entries
        .iter()
        .filter(|(name, _)| *name != "attributes");
    let of_entries = first_difference(ours, entries, |value| usual(value, &wanted["data_type"]));
    let of_attributes =
        || first_difference(&attributes(wanted), &attributes(existing), in_current_words);
    let strange = || {
        let strange = entries.iter().find(|(name, value)| {
            !wanted_entries.contains_key(*name) && !may_be_ignored(name, value)
        });
        strange.map(|(name, _)| format!("it has an entry `{name}`, which belongs to no data set"))
    };
    of_entries.or_else(of_attributes).or_else(strange)
}

fn first_difference<'w>(
    wanted: impl IntoIterator<Item = (&'w String, &'w Value)>,
    existing: &Map<String, Value>,
    usual: impl Fn(&Value) -> Value,
) -> Option<String> {
    wanted
        .into_iter()
        .find_map(|(name, wanted)| match existing.get(name) {
            None => Some(format!("its `{name}` is missing")),
            Some(existing) if same(&usual(existing), &usual(wanted)) => None,
            Some(existing) => Some(format!("its `{name}` is {existing}, not {wanted}")),
        })
}

/// May a reader of Zarr ignore this entry beside the attributes?
fn may_be_ignored(name: &str, value: &Value) -> bool {
    let nothing = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    match name {
        // As good as not there.
        "storage_transformers" | CONSOLIDATED if nothing => true,
        _ => value["must_understand"] == false,
    }
}

/// A list of codecs, a grid and so on in one form: Zarr allows a `configuration` with nothing in it to be
/// left out, and, where an element is a byte, the order of its bytes (zarr-python does).
fn usual(value: &Value, data_type: &Value) -> Value {
    let bytes = json!({ "name": "bytes" });
    match value {
        Value::Array(values) => values.iter().map(|value| usual(value, data_type)).collect(),
        Value::Object(entries) => {
            let kept = entries
                .iter()
                .filter(|(name, value)| *name != "configuration" || **value != json!({}));
            let kept: Value = kept
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            if kept == bytes && *data_type == "uint8" {
                json!({ "name": "bytes", "configuration": { "endian": "little" } })
            } else {
                kept
            }
        }
        other => other.clone(),
    }
}

/// What is wanted, with what users have put into the file that is there.
pub(super) fn with_users_part(wanted: &Value, existing: Option<&Value>) -> Value {
    let mut merged = wanted.clone();
    let Some(existing) = existing.and_then(Value::as_object) else {
        return merged;
    };
    let add = |target: &mut Value, name: &String, value: &Value| {
        if let Some(target) = target.as_object_mut()
            && !target.contains_key(name)
        {
            target.insert(name.clone(), value.clone());
        }
    };
    for (name, value) in existing {
        if name != "attributes" && value["must_understand"] == false {
            add(&mut merged, name, value);
        }
    }
    let attributes = existing.get("attributes").and_then(Value::as_object);
    for (name, value) in attributes.into_iter().flatten() {
        add(&mut merged["attributes"], name, value);
    }
    merged
}

/// What zarr-python's copy, in the group's metadata, says of the array called `name`; `None` if there is no
/// copy or the array is not in it.
pub(super) fn consolidated<'v>(group: &'v Value, name: &str) -> Option<&'v Value> {
    group[CONSOLIDATED]["metadata"].get(name)
}

/// Makes that copy say this of the array.
pub(super) fn consolidate(group: &mut Value, name: &str, array: Value) {
    group[CONSOLIDATED]["metadata"][name] = array;
}

/// Is the only thing in which `there` differs from `wanted` the number of samples?
pub(super) fn same_but_for_length(existing: &Value, wanted: &Value) -> bool {
    let mut wanted = wanted.clone();
    if let (Some(slot), Some(length)) =
        (wanted.pointer_mut("/shape/0"), existing.pointer("/shape/0"))
        && length.is_u64()
    {
        *slot = length.clone();
    }
    difference(existing, &wanted).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> Value {
        json!({
            "zarr_format": 3,
            "shape": [50, 7],
            "codecs": [{"name": "crc32c"}],
            "attributes": {"unit": "t", "energies": [0.0, 1.5], "bias": null},
        })
    }

    /// The wanted one as it would be after this change.
    fn changed(change: impl FnOnce(&mut Value)) -> Value {
        let mut existing = wanted();
        change(&mut existing);
        existing
    }

    #[test]
    fn numbers_that_json_has_not_are_named_and_words_in_strings_are_not() {
        let found = |text: &str| strange_number(text.as_bytes());
        assert_eq!(found(r#"{"note": NaN}"#), Some("NaN"));
        assert_eq!(found(r#"{"a \" b": [-Infinity]}"#), Some("Infinity"));
        for sound in [r#"{"note": "NaN"}"#, r#"{"NaN \" NaN": 1}"#, "{", ""] {
            assert_eq!(found(sound), None, "{sound}");
        }
    }

    #[test]
    fn what_users_add_and_how_it_is_written_is_no_difference() {
        let wanted = wanted();
        let note = json!({"text": ["mine"], "must_understand": true});
        for existing in [
            wanted.clone(),
            changed(|existing| existing["attributes"]["note"] = note),
            changed(|existing| existing["attributes"]["energies"] = json!([0, 1.5])),
            changed(|existing| existing["storage_transformers"] = json!([])),
            changed(|existing| existing["codecs"][0]["configuration"] = json!({})),
            changed(|existing| existing[CONSOLIDATED] = json!(null)),
            changed(|existing| existing["extension"] = json!({"must_understand": false})),
        ] {
            assert_eq!(difference(&existing, &wanted), None, "{existing}");
        }
    }

    #[test]
    fn every_entry_of_ours_counts() {
        let wanted = wanted();
        for (existing, words) in [
            (
                changed(|existing| existing["shape"] = json!([51, 7])),
                "`shape` is [51,7]",
            ),
            (
                changed(|existing| existing["attributes"]["unit"] = json!("T")),
                "`unit` is \"T\"",
            ),
            (
                changed(|existing| existing["codecs"] = json!([])),
                "`codecs`",
            ),
            (
                changed(|existing| existing["codecs"][0]["configuration"] = json!({"a": 1})),
                "`codecs`",
            ),
            (
                changed(|existing| existing["storage_transformers"] = json!([1])),
                "`storage_transformers`",
            ),
            (
                changed(|existing| existing["extension"] = json!({})),
                "`extension`",
            ),
            (
                changed(|existing| existing["attributes"] = json!(3)),
                "`unit` is missing",
            ),
            (
                changed(|existing| {
                    existing["attributes"]
                        .as_object_mut()
                        .unwrap()
                        .remove("bias");
                }),
                "`bias` is missing",
            ),
            (json!([]), "not a JSON object"),
        ] {
            let found = difference(&existing, &wanted).unwrap();
            assert!(found.contains(words), "{found}");
        }
        assert!(same_but_for_length(
            &changed(|existing| existing["shape"] = json!([51, 7])),
            &wanted
        ));
        assert!(!same_but_for_length(
            &changed(|existing| existing["shape"] = json!([50, 8])),
            &wanted
        ));
        assert!(!same_but_for_length(
            &changed(|existing| existing["shape"] = json!(["x", 7])),
            &wanted
        ));
    }

    #[test]
    fn bytes_have_no_order() {
        let array =
            |data_type: &str, codec: Value| json!({"data_type": data_type, "codecs": [codec]});
        let with = |endian: &str| json!({"name": "bytes", "configuration": {"endian": endian}});
        let without = json!({"name": "bytes"});
        let found = |data_type: &str, codec: &Value| {
            difference(
                &array(data_type, codec.clone()),
                &array(data_type, with("little")),
            )
        };
        assert_eq!(found("uint8", &without), None);
        assert!(found("uint8", &with("big")).is_some());
        assert!(found("uint8", &with("lattle")).is_some());
        assert!(found("float64", &without).is_some());
    }

    #[test]
    fn the_users_part_survives() {
        let existing = changed(|existing| {
            existing["attributes"]["note"] = json!("mine");
            existing["attributes"]["unit"] = json!("wrong");
            existing["storage_transformers"] = json!([]);
            existing[CONSOLIDATED] =
                json!({"must_understand": false, "metadata": {"g": {"shape": [1]}}});
        });
        let mut merged = with_users_part(&wanted(), Some(&existing));
        assert_eq!(difference(&merged, &wanted()), None);
        assert_eq!(merged["attributes"]["note"], "mine");
        assert!(merged.get("storage_transformers").is_none());
        assert_eq!(consolidated(&merged, "g"), Some(&json!({"shape": [1]})));
        assert_eq!(consolidated(&merged, "h"), None);
        assert_eq!(consolidated(&wanted(), "g"), None);
        consolidate(&mut merged, "g", json!({"shape": [2]}));
        assert_eq!(consolidated(&merged, "g"), Some(&json!({"shape": [2]})));
        assert_eq!(with_users_part(&wanted(), None), wanted());
        assert_eq!(with_users_part(&wanted(), Some(&json!(3))), wanted());
    }
}
