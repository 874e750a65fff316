//! What a path is, as far as a message has to say it.

use std::fmt::{self, Display};
use std::io::Read;
use std::path::{Path, PathBuf};

use landauer::dataset::{Dataset, DatasetError};
use landauer::failure::{Categorised, Category};
use landauer::internal::files;
use landauer_core::hybrid::format::HYBRID_MAGIC;
use landauer_core::inference::format::MAGIC;
use landauer_learn::MODEL_EXTENSION;

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing.
    Nothing,
    /// A network's or a hybrid's file.
    Model,
    /// The folder of a training.
    Run,
    /// A data set, sound or not.
    Dataset,
    /// An array of this data set.
    ArrayOf(PathBuf),
    /// The folder of disorder averages.
    Ensemble,
    /// A `.npy` file.
    Array,
    /// Another Zarr store, or a data set of another version.
    Zarr,
    /// A folder with none of these.
    Folder,
    /// Any other file.
    File,
}

impl Kind {
    /// What stands at `path`; a file that cannot be read is [`File`](Self::File).
    pub(super) fn of(path: &Path) -> Self {
        if !path.exists() {
            return Self::Nothing;
        }
        if path.is_dir() {
            return Self::of_folder(path);
        }
        if begins_with(path, &[&MAGIC, &HYBRID_MAGIC]) || has_extension(path, MODEL_EXTENSION) {
            Self::Model
        } else if begins_with(path, &[b"\x93NUMPY"]) || has_extension(path, "npy") {
            Self::Array
        } else {
            Self::File
        }
    }

    fn of_folder(path: &Path) -> Self {
        if path.join("run.json").is_file() {
            return Self::Run;
        }
        if path.join("ensemble.json").is_file() {
            return Self::Ensemble;
        }
        if is_dataset(path) {
            return Self::Dataset;
        }
        if !path.join("zarr.json").is_file() {
            return Self::Folder;
        }
        let whole = path.canonicalize().ok();
        match whole.as_deref().and_then(Path::parent) {
            Some(parent) if is_dataset(parent) => Self::ArrayOf(parent.to_owned()),
            _ => Self::Zarr,
        }
    }
}

impl Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "missing",
            Self::Model => "a model",
            Self::Run => "the folder of a run",
            Self::Dataset => "a data set",
            Self::ArrayOf(dataset) => {
                return write!(f, "an array of the data set {}", dataset.display());
            }
            Self::Ensemble => "the folder of an ensemble",
            Self::Array => "a NumPy array",
            Self::Zarr => "another Zarr store",
            Self::Folder => "a folder that holds neither a data set nor a run",
            Self::File => "another kind of file",
        })
    }
}

/// What stands at a path is not what a command or an option takes.
#[derive(Debug, thiserror::Error)]
#[error("{} is {kind}; {wanted}", path.display())]
pub(super) struct WrongKind {
    path: PathBuf,
    kind: Kind,
    wanted: &'static str,
}

impl WrongKind {
    /// At `path` stands one of this kind, where something else is `wanted`.
    pub(super) fn new(path: &Path, kind: Kind, wanted: &'static str) -> Self {
        let path = path.to_owned();
        Self { path, kind, wanted }
    }
}

impl Categorised for WrongKind {
    fn category(&self) -> Category {
        Category::Input
    }
}

/// Is it a data set, sound or not?
fn is_dataset(path: &Path) -> bool {
    !matches!(Dataset::open(path), Err(DatasetError::NotADataset { .. }))
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

/// Does the file begin with one of these? They are at most 16 bytes long.
fn begins_with(path: &Path, beginnings: &[&[u8]]) -> bool {
    let mut bytes = Vec::new();
    // A pipe would wait for a writer.
    if !path.is_file() {
        return false;
    }
    let read = files::open(path).map(|file| file.take(16).read_to_end(&mut bytes));
    matches!(read, Ok(Ok(_))) && beginnings.iter().any(|one| bytes.starts_with(one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn files_and_folders_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("a.npy"), "").unwrap();
        fs::write(path("b"), b"\x93NUMPY\x01\x00").unwrap();
        fs::write(path("c.postcard"), "").unwrap();
        fs::write(path("d"), MAGIC).unwrap();
        fs::write(path("e"), "text").unwrap();
        fs::create_dir(path("run")).unwrap();
        fs::write(path("run/run.json"), "{}").unwrap();
        fs::create_dir(path("averages")).unwrap();
        fs::write(path("averages/ensemble.json"), "{}").unwrap();
        fs::create_dir(path("zarr")).unwrap();
        fs::write(path("zarr/zarr.json"), "{\"node_type\": \"group\"}").unwrap();
        for (name, kind) in [
            ("a.npy", Kind::Array),
            ("b", Kind::Array),
            ("c.postcard", Kind::Model),
            ("d", Kind::Model),
            ("e", Kind::File),
            ("run", Kind::Run),
            ("averages", Kind::Ensemble),
            ("zarr", Kind::Zarr),
            ("", Kind::Folder),
            ("f", Kind::Nothing),
        ] {
            assert_eq!(Kind::of(&path(name)), kind, "{name}");
        }
    }
}
