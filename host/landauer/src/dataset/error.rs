//! Why a data set cannot be read.

use std::path::PathBuf;

use crate::failure::{Categorised, Category};
use crate::files::ReadError;

/// Why a data set, or some of it, cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// There is something else at this path, or nothing.
    #[error("{} does not hold a data set of landauer: {reason}", path.display())]
    NotADataset {
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
    MissingArray {
        /// The array's name.
        name: &'static str,
    },
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A metadata file does not say what it should.
    #[error(
        "{} is damaged: {reason}; no sample is lost: delete it and generate the same data set again, which rewrites it",
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
        "{} is of another data set, or its `fingerprint` is damaged: delete the folder and generate the same data set again, which recomputes it",
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
        "{} is missing; no sample is lost: generate the same data set again, which rewrites it",
        file.display()
    )]
    MissingRoot {
        /// The file that should be there.
        file: PathBuf,
    },
    /// The making of the data set was interrupted before there was anything in it.
    #[error(
        "{} is missing or has another length: the data set is incomplete; generate the same data set again to complete it",
        file.display()
    )]
    Unfinished {
        /// The metadata file that is missing or differs in length from the others.
        file: PathBuf,
    },
    /// A chunk has not been made yet.
    #[error(
        "{} is missing: the data set is incomplete; generate the same data set again to complete it",
        file.display()
    )]
    Missing {
        /// The chunk's file.
        file: PathBuf,
    },
    /// A chunk is not what was written.
    #[error(
        "{} is damaged ({reason}): delete it and generate the same data set again, which recomputes it",
        file.display()
    )]
    Damaged {
        /// The chunk's file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Samples beyond the last one were asked for.
    #[error("samples {first} to {end} are out of range: the data set has {samples}")]
    Range {
        /// The first sample asked for.
        first: u64,
        /// The one after the last asked for.
        end: u64,
        /// How many there are.
        samples: u64,
    },
    /// The memory that was given is not that of the samples.
    #[error(
        "{samples} samples of {per_sample} numbers do not fit into memory for {length}: give as many as they have"
    )]
    Output {
        /// Samples asked for.
        samples: usize,
        /// Numbers of each.
        per_sample: usize,
        /// Numbers that the memory holds.
        length: usize,
    },
}

impl Categorised for DatasetError {
    fn category(&self) -> Category {
        match self {
            Self::NotADataset { .. } => Category::Input,
            Self::Read(error) => error.category(),
            Self::Path { .. }
            | Self::MissingArray { .. }
            | Self::Range { .. }
            | Self::Output { .. } => Category::Usage,
            Self::Metadata { .. }
            | Self::Mixed { .. }
            | Self::Copy { .. }
            | Self::MissingRoot { .. }
            | Self::Unfinished { .. }
            | Self::Missing { .. }
            | Self::Damaged { .. } => Category::Damaged,
        }
    }
}
