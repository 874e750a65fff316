//! Checksums of JSON by what it says, not by how it is written.
//!
//! What is ours in a file that others may rewrite (zarr-python reformats a `zarr.json` whenever a
//! user adds an attribute) needs a checksum that neither spaces, nor the order of entries, nor the
//! spelling of a number can change. So a value is first brought into one form:
//!
//! | value | form |
//! |---|---|
//! | null, true, false | `null`, `true`, `false` |
//! | integer | its decimal digits |
//! | other number | `f` and the 16 hexadecimal digits of its IEEE 754 bits |
//! | string | its length in bytes, `:`, its bytes in UTF-8 |
//! | list | `[`, each element followed by `,`, `]` |
//! | object | `{`, each entry, in the order of the names' bytes, as name (a string), `=`, value, `,`; `}` |
//!
//! The checksum is the CRC-32C of that, in eight hexadecimal digits.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// The checksum of the entries that `covered` names.
pub fn of_entries(entries: &Map<String, Value>, covered: impl Fn(&str) -> bool) -> String {
    let mut form = String::new();
    write_object(&mut form, entries, covered);
    format!("{:08x}", crc32c::crc32c(form.as_bytes()))
}

/// Do two values say the same? An integer and another number do if they are equal: some programs write
/// 4 for 4.0.
#[must_use]
pub fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || ((a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64())
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        _ => one == other,
    }
}

fn write_object(form: &mut String, entries: &Map<String, Value>, covered: impl Fn(&str) -> bool) {
    let mut names: Vec<&String> = entries.keys().filter(|name| covered(name)).collect();
    names.sort();
    form.push('{');
    for name in names {
        write_string(form, name);
        form.push('=');
        write_value(form, &entries[name]);
        form.push(',');
    }
    form.push('}');
}

// Writing to a string cannot fail.
fn write_value(form: &mut String, value: &Value) {
    match value {
        Value::Null => form.push_str("null"),
        Value::Bool(value) => {
            let _ = write!(form, "{value}");
        }
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => {
                let _ = write!(form, "f{:016x}", float.to_bits());
            }
            None => {
                let _ = write!(form, "{number}");
            }
        },
        Value::String(text) => write_string(form, text),
        Value::Array(values) => {
            form.push('[');
            for value in values {
                write_value(form, value);
                form.push(',');
            }
            form.push(']');
        }
        Value::Object(entries) => write_object(form, entries, |_| true),
    }
}

fn write_string(form: &mut String, text: &str) {
    let _ = write!(form, "{}:{text}", text.len());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn form(value: &Value) -> String {
        let mut form = String::new();
        write_value(&mut form, value);
        form
    }

    #[test]
    fn the_form_is_the_documented_one() {
        let value = json!({"b": [null, true, -3, u64::MAX], "a": {"é": 1.0, "": "x\n"}});
        let expected = "{1:a={0:=2:x\n,2:é=f3ff0000000000000,},\
                        1:b=[null,true,-3,18446744073709551615,],}";
        assert_eq!(form(&value), expected);
        let entries = value.as_object().unwrap();
        let sum = format!("{:08x}", crc32c::crc32c(expected.as_bytes()));
        assert_eq!(of_entries(entries, |_| true), sum);
        assert_ne!(of_entries(entries, |name| name == "a"), sum);
    }

    #[test]
    fn writing_does_not_matter_and_saying_does() {
        let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let one = parse(r#"{"a": 10.0, "b": "é", "c": [1, 2]}"#);
        let other = parse("{\"c\":[ 1,2],\n\"b\":\"\\u00e9\",\"a\":1E+1}");
        assert_eq!(form(&one), form(&other));
        for different in [
            r#"{"a": 10.0, "b": "é", "c": [1, 3]}"#,
            r#"{"a": 10.000000000000002, "b": "é", "c": [1, 2]}"#,
            r#"{"a": 10.0, "b": "e", "c": [1, 2]}"#,
            r#"{"a": 10.0, "b": "é", "d": [1, 2]}"#,
            r#"{"a": 10.0, "b": "é", "c": [12]}"#,
        ] {
            assert_ne!(form(&one), form(&parse(different)));
            assert!(!same(&one, &parse(different)));
        }
        assert!(same(&one, &parse(r#"{"a": 10, "b": "é", "c": [1.0, 2]}"#)));
        assert!(!same(&json!(u64::MAX), &json!(u64::MAX - 1)));
    }
}
