//! The form of JSON that its checksums are of, once more and on its own (`host/landauer/src/checksum.rs` says what it
//! is).

use serde_json::{Map, Value};

use super::folder::crc32c;

/// The checksum of the entries of these names.
pub(super) fn checksum(entries: &Map<String, Value>, covered: impl Fn(&str) -> bool) -> String {
    let covered = entries.iter().filter(|(name, _)| covered(name));
    let covered: Map<String, Value> = covered.map(|(n, v)| (n.clone(), v.clone())).collect();
    format!("{:08x}", crc32c(form(&Value::Object(covered)).as_bytes()))
}

fn form(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_f64() => {
            format!("f{:016x}", number.as_f64().unwrap_or_default().to_bits())
        }
        Value::String(text) => string(text),
        Value::Array(list) => {
            let elements = list.iter().map(|element| form(element) + ",");
            format!("[{}]", elements.collect::<String>())
        }
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by_key(|(name, _)| name.as_bytes());
            let entries = entries
                .into_iter()
                .map(|(name, value)| format!("{}={},", string(name), form(value)));
            format!("{{{}}}", entries.collect::<String>())
        }
        // null, true, false, and whole numbers.
        other => other.to_string(),
    }
}

fn string(text: &str) -> String {
    format!("{}:{text}", text.len())
}

/// All numbers in a value as those that they are if they need not be whole.
pub(super) fn as_floats(value: &mut Value) {
    match value {
        Value::Number(number) => *value = number.as_f64().into(),
        Value::Array(list) => list.iter_mut().for_each(as_floats),
        _ => {}
    }
}
