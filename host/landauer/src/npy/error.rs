//! Why an array is not read.

use std::fmt;
#[cfg(feature = "files")]
use std::path::{Path, PathBuf};

#[cfg(feature = "files")]
use crate::failure::{Categorised, Category};
#[cfg(feature = "files")]
use crate::files::ReadError;

/// A `.npy` file could not be read, or does not hold what it should.
#[cfg(feature = "files")]
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArrayError {
    /// The machine said no.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file is there, but has the wrong content.
    #[error("{}: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: ArrayProblem,
    },
}

#[cfg(feature = "files")]
impl ArrayError {
    /// The content of the file at `path` has this problem.
    #[must_use]
    pub fn content(path: &Path, problem: ArrayProblem) -> Self {
        let path = path.to_owned();
        Self::Content { path, problem }
    }
}

#[cfg(feature = "files")]
impl Categorised for ArrayError {
    fn category(&self) -> Category {
        match self {
            Self::Read(error) => error.category(),
            Self::Content { .. } => Category::Input,
        }
    }
}

/// What is wrong with the content of a `.npy` file.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ArrayProblem {
    /// Zero bytes.
    #[error("the file is empty; write it with numpy.save")]
    Empty,
    /// The first bytes are others.
    #[error("not a .npy file (it does not begin with \\x93NUMPY); write it with numpy.save")]
    NotNpy,
    /// An archive of several arrays.
    #[error(
        "this is an .npz archive (or another zip file), which may hold several arrays; save the one \
         that is meant by itself: numpy.save('array.npy', numpy.load('archive.npz')['NAME'])"
    )]
    Npz,
    /// An undefined version of the format.
    #[error(
        "version {major}.{minor} of the .npy format is unknown (1.0, 2.0 and 3.0 are read); write \
         it with numpy.save"
    )]
    Version {
        /// The first number of the version.
        major: u8,
        /// The second number of the version.
        minor: u8,
    },
    /// The file ends within its header.
    #[error(
        "the header is truncated: it should have {promised} bytes, but the file has {found}; copy \
         or write the file again"
    )]
    TruncatedHeader {
        /// Bytes to the end of the header.
        promised: u64,
        /// Bytes of the whole file.
        found: u64,
    },
    /// No array of numbers has such a long header.
    #[error("the header is {bytes} bytes long, which no array of numbers needs; is it damaged?")]
    LongHeader {
        /// The length that the file claims.
        bytes: u64,
    },
    /// The header is not the dictionary that NumPy writes.
    #[error("the header is damaged: {0}; write the file again with numpy.save")]
    Header(&'static str),
    /// The elements are no real numbers.
    #[error(
        "the array holds {what} (dtype {descr}), but real numbers are needed: bool, i1 to i8, u1 \
         to u8, f2, f4 and f8 are read; convert it with array.astype('f8')"
    )]
    Elements {
        /// The dtype as it stands in the file.
        descr: String,
        /// What that is, in words.
        what: &'static str,
    },
    /// The array has another number of axes.
    #[error("the array has the shape {}, but {needed} is needed", Shape(found))]
    Rank {
        /// The axes there are.
        found: Vec<u64>,
        /// The axes there should be, in words.
        needed: &'static str,
    },
    /// An axis has no elements.
    #[error("the array has the shape {}: it is empty (axis of length zero)", Shape(.0))]
    EmptyAxis(Vec<u64>),
    /// There are fewer data than the header says.
    #[error(
        "the data are truncated: an array of shape {} takes {promised} bytes, but only {found} \
         follow the header; copy or write the file again",
        Shape(shape)
    )]
    TruncatedData {
        /// The axes.
        shape: Vec<u64>,
        /// Bytes that an array of this shape takes.
        promised: u128,
        /// Bytes there are.
        found: u64,
    },
    /// There are more data than the header says.
    #[error(
        "{} bytes too many: an array of shape {} takes {promised} bytes, but {found} follow the \
         header; keep one array to a file",
        u128::from(*found) - promised,
        Shape(shape)
    )]
    TrailingData {
        /// The axes.
        shape: Vec<u64>,
        /// Bytes that an array of this shape takes.
        promised: u128,
        /// Bytes there are.
        found: u64,
    },
    /// An on-site energy is infinite or NaN.
    #[error(
        "the on-site energy of sample {sample} at x = {x}, y = {y} is {value}, not a finite number"
    )]
    OnsiteNotFinite {
        /// The sample, counted from 0.
        sample: u64,
        /// The slice, counted from 0 at the left lead.
        x: usize,
        /// The row, counted from 0.
        y: usize,
        /// What stands there.
        value: f64,
    },
    /// An energy is infinite or NaN.
    #[error("energy number {index} is {value}, not a finite number")]
    EnergyNotFinite {
        /// Its place in the array, counted from 0.
        index: usize,
        /// What stands there.
        value: f64,
    },
}

/// A shape as Python prints it.
struct Shape<'s>(&'s [u64]);

impl fmt::Display for Shape<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::header::python_tuple(self.0))
    }
}
