//! Why a data set cannot be read.

use std::path::{Path, PathBuf};

use super::schema::Kind;
use crate::failure::{Categorised, Category};
use crate::files::ReadError;

/// Why a data set, or some of it, cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// There is something else at this path, or nothing.
    #[error("{} is no data set of landauer: {reason}", path.display())]
    NoDataset {
        /// The path.
        path: PathBuf,
        /// What is there instead.
        reason: String,
    },
    /// The path is not valid Unicode, which Zarr wants.
    #[error("{} is not valid Unicode: choose another path", path.display())]
    Path {
        /// The path.
        path: PathBuf,
    },
    /// The data set has no such array.
    #[error("the data set has no array `{name}`")]
    NoArray {
        /// The array's name.
        name: &'static str,
    },
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A metadata file does not say what it should.
    #[error("{} is damaged: {reason}; {}", file.display(), mending(file))]
    Metadata {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The making of the data set was interrupted before there was anything in it.
    #[error(
        "{} is missing or of another length: the data set was being made or extended; run the same `landauer generate` again",
        file.display()
    )]
    Unfinished {
        /// The metadata file that is missing or differs in length from the others.
        file: PathBuf,
    },
    /// A chunk has not been made yet.
    #[error(
        "{} is missing: the data set is incomplete; run the same `landauer generate` again to complete it",
        file.display()
    )]
    Missing {
        /// The chunk's file.
        file: PathBuf,
    },
    /// A chunk is not what was written.
    #[error(
        "{} is damaged ({reason}): delete it and run the same `landauer generate` again to recompute it",
        file.display()
    )]
    Damaged {
        /// The chunk's file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Samples beyond the last one were asked for.
    #[error("samples {first} to {end} were asked for, but there are only {samples}")]
    Range {
        /// The first sample asked for.
        first: u64,
        /// The one after the last asked for.
        end: u64,
        /// How many there are.
        samples: u64,
    },
}

impl Categorised for DatasetError {
    fn category(&self) -> Category {
        match self {
            Self::NoDataset { .. } => Category::Input,
            Self::Read(error) => error.category(),
            Self::Path { .. } | Self::NoArray { .. } | Self::Range { .. } => Category::Usage,
            Self::Metadata { .. }
            | Self::Unfinished { .. }
            | Self::Missing { .. }
            | Self::Damaged { .. } => Category::Damaged,
        }
    }
}

/// How a metadata file comes back; no sample is in it.
fn mending(file: &Path) -> &'static str {
    let folder = file.parent().and_then(Path::file_name);
    if Kind::ALL
        .iter()
        .any(|kind| folder == Some(kind.name().as_ref()))
    {
        "no sample is lost: delete it and run the same `landauer generate` again"
    } else {
        "no sample is lost: put in its place the zarr.json of a folder that the same `landauer generate` \
         makes with --samples 1 and another --output"
    }
}
