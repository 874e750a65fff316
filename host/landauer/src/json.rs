//! JSON for people and programs: an entry of an object a line, a list on one line.

use std::io;
use std::path::Path;

use serde::{Serialize, Serializer};
use serde_json::ser::{self, Formatter};

use crate::files::WriteError;

/// The value as text; every object's entries stand on lines of their own, and every list, however
/// long, on one, so that tables of thousands of numbers do not become thousands of lines.
///
/// # Errors
/// A value that JSON has no form for, such as a map whose keys are no text.
pub fn text(value: &impl Serialize) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    value.serialize(&mut ser::Serializer::with_formatter(
        &mut bytes,
        Style::default(),
    ))?;
    String::from_utf8(bytes).map_err(serde::ser::Error::custom)
}

/// A path as text. Paths need not be text: what is none in one becomes U+FFFD, as in every message,
/// so that a result is never lost for the name of its file.
///
/// # Errors
/// Those of the serializer.
pub fn path<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

/// The value as the content of the file at `path`.
///
/// # Errors
/// As [`text`], said of the file, which cannot be written.
pub fn file(path: &Path, value: &impl Serialize) -> Result<String, WriteError> {
    let text = text(value).map_err(|error| WriteError::new(path, error.into()))?;
    Ok(text + "\n")
}

/// How a file of [`file`] ends, without and with the seal of [`sealed_file`].
const END: &str = "\n}\n";
const SEALED_END: &str = "\"\n}\n";
/// The seal up to its value: the CRC-32C of the file without it, in eight hexadecimal digits.
const SEAL: &str = ",\n  \"crc32c\": \"";

/// The value, an object, as the content of the file at `path`, with one more entry at its end, the checksum of all
/// others: [`unsealed`] finds whatever was changed since.
///
/// # Errors
/// As [`file`].
pub fn sealed_file(path: &Path, value: &impl Serialize) -> Result<String, WriteError> {
    Ok(sealed(&file(path, value)?))
}

fn sealed(text: &str) -> String {
    let body = text.strip_suffix(END).unwrap_or(text);
    let sum = crc32c::crc32c(text.as_bytes());
    format!("{body}{SEAL}{sum:08x}{SEALED_END}")
}

/// Why the content of a sealed file cannot be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It does not end with a checksum.
    #[error("the checksum at its end is missing")]
    Missing,
    /// It ends with that of something else.
    #[error("its checksum is not that of its contents")]
    Broken,
}

/// The content of a sealed file, without the seal.
///
/// # Errors
/// A seal that is missing, or not that of the rest.
pub fn unsealed(bytes: &[u8]) -> Result<String, SealError> {
    let text = std::str::from_utf8(bytes).map_err(|_| SealError::Broken)?;
    let parts = text
        .strip_suffix(SEALED_END)
        .and_then(|text| text.rsplit_once(SEAL));
    let (body, sum) = parts.ok_or(SealError::Missing)?;
    let whole = format!("{body}{END}");
    // Digit by digit: a capital letter is another byte.
    if format!("{:08x}", crc32c::crc32c(whole.as_bytes())) == sum {
        Ok(whole)
    } else {
        Err(SealError::Broken)
    }
}

#[derive(Default)]
struct Style {
    depth: usize,
    /// Has the innermost object an entry?
    entries: bool,
}

impl Style {
    fn line<W: io::Write + ?Sized>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| writer.write_all(b"  "))
    }
}

impl Formatter for Style {
    fn begin_array_value<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        self.entries = false;
        writer.write_all(b"{")
    }

    fn end_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if self.entries {
            self.line(writer)?;
        }
        writer.write_all(b"}")
    }

    fn begin_object_key<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b"," })?;
        self.line(writer)
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: io::Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.entries = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn whatever_byte_of_a_sealed_text_is_another_is_found() {
        let text = "{\n  \"a\": {\n    \"crc32c\": \"1\"\n  }\n}\n";
        let sealed = sealed(text);
        assert_eq!(
            serde_json::from_str::<Value>(&sealed).unwrap()["a"]["crc32c"],
            "1"
        );
        assert_eq!(unsealed(sealed.as_bytes()), Ok(text.to_owned()));
        assert_eq!(unsealed(text.as_bytes()), Err(SealError::Missing));
        for place in 0..sealed.len() {
            for bit in 0..8 {
                let mut flipped = sealed.clone().into_bytes();
                flipped[place] ^= 1 << bit;
                assert!(unsealed(&flipped).is_err(), "{place}, {bit}");
            }
        }
    }

    #[test]
    fn entries_have_lines_and_lists_have_one() {
        let value = json!({"a": [1.5, [2, 3], "x\n"], "b": {}, "c": {"d": [{"e": null}, {}]}});
        let expected = "{\n  \"a\": [1.5, [2, 3], \"x\\n\"],\n  \"b\": {},\n  \"c\": {\n    \"d\": \
                        [{\n      \"e\": null\n    }, {}]\n  }\n}";
        let found = text(&value).unwrap();
        assert_eq!(found, expected);
        assert_eq!(serde_json::from_str::<Value>(&found).unwrap(), value);
    }
}
