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
pub(crate) fn path<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

/// The value as the content of the file at `path`.
///
/// # Errors
/// As [`text`], said of the file, which cannot be written.
pub(crate) fn file(path: &Path, value: &impl Serialize) -> Result<String, WriteError> {
    let text = text(value).map_err(|error| WriteError::new(path, error.into()))?;
    Ok(text + "\n")
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
    fn entries_have_lines_and_lists_have_one() {
        let value = json!({"a": [1.5, [2, 3], "x\n"], "b": {}, "c": {"d": [{"e": null}, {}]}});
        let expected = "{\n  \"a\": [1.5, [2, 3], \"x\\n\"],\n  \"b\": {},\n  \"c\": {\n    \"d\": \
                        [{\n      \"e\": null\n    }, {}]\n  }\n}";
        let found = text(&value).unwrap();
        assert_eq!(found, expected);
        assert_eq!(serde_json::from_str::<Value>(&found).unwrap(), value);
    }
}
