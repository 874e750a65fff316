//! The folder that long work fills: what it may contain, and why it may be refused.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::LOCK;
use crate::failure::{Categorised, Category};
use crate::files::{ReadError, is_partial};

/// Why a folder cannot be filled with what was asked for. Nothing was changed there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// Something else is at the path.
    #[error(
        "{} does not hold {wanted} of landauer: {reason}; nothing was changed there: choose another path",
        path.display()
    )]
    Foreign {
        /// The path.
        path: PathBuf,
        /// What was asked for: a data set, or averages.
        wanted: &'static str,
        /// What is there instead.
        reason: String,
    },
    /// The folder was begun with another configuration.
    #[error(
        "{} was made with another configuration: its {name} {} {}, not {}; nothing was changed there: choose another path, or give the same configuration to complete or extend it",
        path.display(),
        if existing.starts_with('[') { "are" } else { "is" },
        shortened(existing),
        shortened(wanted)
    )]
    Differs {
        /// The path.
        path: PathBuf,
        /// The first entry that differs.
        name: String,
        /// Its value there.
        existing: String,
        /// The value asked for.
        wanted: String,
    },
    /// The file that describes the folder is lost, and its other files have another configuration.
    #[error(
        "{} has lost its {file}, and {part} has another configuration than the one asked for; nothing was changed there: give the configuration that it was made with, the solver included, or choose another path",
        path.display()
    )]
    Lost {
        /// The path.
        path: PathBuf,
        /// The file that is lost.
        file: &'static str,
        /// What has another configuration.
        part: String,
    },
    /// The folder holds more samples.
    #[error(
        "{} has {existing} samples already, more than {wanted}: samples can be added, not removed",
        path.display()
    )]
    Shorter {
        /// The path.
        path: PathBuf,
        /// The samples it has, of averages at each point.
        existing: u64,
        /// The samples asked for.
        wanted: u64,
    },
}

/// A value as a message can have it: long lists lose their end.
fn shortened(value: &str) -> Cow<'_, str> {
    const LONGEST: usize = 60;
    match value.char_indices().nth(LONGEST) {
        None => value.into(),
        Some((end, _)) => format!("{} …", &value[..end]).into(),
    }
}

impl Categorised for FolderError {
    fn category(&self) -> Category {
        Category::Refused
    }
}

/// What is at the path of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// Nothing, or only what a process leaves that was killed before it wrote the first file.
    Blank,
    /// Files.
    Files,
    /// No folder.
    NotAFolder,
}

/// What is at `path`, whose first file is called `first`.
pub(crate) fn content(path: &Path, first: &str) -> Result<Content, ReadError> {
    let names = match names(path) {
        Err(error) if error.kind() == io::ErrorKind::NotADirectory && path.exists() => {
            return Ok(Content::NotAFolder);
        }
        names => names.map_err(|error| ReadError::new(path, error))?,
    };
    let blank = { names.iter() }.all(|name| name == LOCK || is_partial(name, first));
    Ok(if blank {
        Content::Blank
    } else {
        Content::Files
    })
}

/// What `parse` makes of the names of the files in a folder, of those that it knows; nothing if there is no
/// such folder.
pub(crate) fn entries<T, C: FromIterator<T>>(
    path: &Path,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<C, ReadError> {
    let names = names(path).map_err(|error| ReadError::new(path, error))?;
    let known = names.iter().filter_map(|name| parse(name.to_str()?));
    Ok(known.collect())
}

/// The names of all entries of a folder; none if there is no such folder.
fn names(path: &Path) -> io::Result<Vec<OsString>> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    entries.map(|entry| Ok(entry?.file_name())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_shortened_in_messages() {
        let error = |existing: String| FolderError::Differs {
            path: "d".into(),
            name: "seed".to_owned(),
            existing,
            wanted: "2".to_owned(),
        };
        let short = error("1".to_owned()).to_string();
        assert!(short.contains("its seed is 1, not 2;"), "{short}");
        let long = error(format!("[{}", "Ḡ".repeat(1000))).to_string();
        let expected = format!("its seed are [{} …, not 2;", "Ḡ".repeat(59));
        assert!(long.contains(&expected), "{long}");
    }

    #[test]
    fn what_a_killed_writer_leaves_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("d");
        let found = || content(&path, "zarr.json").unwrap();
        assert_eq!(found(), Content::Blank);
        fs::create_dir(&path).unwrap();
        for left in [LOCK, ".zarr.json.partial", ".zarr.json.1-3.partial"] {
            fs::write(path.join(left), "").unwrap();
            assert_eq!(found(), Content::Blank, "{left}");
        }
        fs::write(path.join("7"), "").unwrap();
        assert_eq!(found(), Content::Files);
        let numbers: Vec<u64> = entries(&path, |name| name.parse().ok()).unwrap();
        assert_eq!(numbers, [7]);
        let none: Vec<u64> = entries(&path.join("c"), |name| name.parse().ok()).unwrap();
        assert!(none.is_empty());
        assert_eq!(
            content(&path.join("7"), "zarr.json").unwrap(),
            Content::NotAFolder
        );
    }
}
