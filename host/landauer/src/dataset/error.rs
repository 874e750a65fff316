//! Why a data set cannot be read.

use std::path::PathBuf;

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
    #[error(
        "{} is damaged: {reason}; no sample is lost: delete it and run the same `landauer generate` again",
        file.display()
    )]
    Metadata {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An array says that it is of another data set.
    #[error(
        "{} is of another data set, or its `fingerprint` is damaged: delete the folder and run the same `landauer generate` again to compute it anew",
        folder.display()
    )]
    Mixed {
        /// The array's folder.
        folder: PathBuf,
    },
    /// The copy of an array's metadata that zarr-python keeps in the group's is not what it should be.
    #[error(
        "{} is damaged: of zarr-python's copy of the metadata of `{array}`, {reason}; run `zarr.consolidate_metadata` again",
        file.display()
    )]
    Copy {
        /// The file.
        file: PathBuf,
        /// The array.
        array: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The group's metadata are not there, but arrays are.
    #[error(
        "{} is missing; no sample is lost: run the same `landauer generate` again, which writes it anew",
        file.display()
    )]
    NoRoot {
        /// The file that should be there.
        file: PathBuf,
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
            | Self::Mixed { .. }
            | Self::Copy { .. }
            | Self::NoRoot { .. }
            | Self::Unfinished { .. }
            | Self::Missing { .. }
            | Self::Damaged { .. } => Category::Damaged,
        }
    }
}
