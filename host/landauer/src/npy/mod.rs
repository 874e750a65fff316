//! NumPy's `.npy` files: arrays of numbers read in parts, arrays of `f64` written as they come.
//!
//! 1. [`ArrayFile`]: an array in a file, read in runs of neighbouring elements.
//! 2. [`ArrayWriter`]: an array of `f64` that appears whole or not at all; [`ArchiveWriter`]: several in a `.npz`.
//! 3. [`OnsiteFile`]: on-site energies in a file, to be [streamed](crate::Solver::stream).
//!    [`read_energies`]: a list of energies.
//! 4. [`OnsiteArray`], [`strip_to_bytes`]: on-site energies in memory; all that there is without the feature
//!    `files`.
//!
//! Why not the `npyz` crate? Its reader multiplies the axes of a header unchecked and parses
//! the header by a recursive grammar for all of Python's literals, so that a hostile file could
//! overflow one or the stack of the other. Here a header is read by a strict parser of the one
//! dictionary that NumPy writes ([format description]), and what `npyz` reads is what the fuzzer
//! compares with.
//!
//! [format description]: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

#[cfg(feature = "files")]
mod archive;
mod element;
#[cfg(feature = "files")]
mod energies_file;
mod error;
mod header;
mod onsite_array;
#[cfg(feature = "files")]
mod onsite_file;
#[cfg(feature = "files")]
mod read;
#[cfg(feature = "files")]
mod write;

#[cfg(feature = "files")]
pub use archive::{ArchiveWriter, ArrayInArchive};
pub use element::ElementType;
#[cfg(feature = "files")]
pub use energies_file::read_energies;
#[cfg(feature = "files")]
pub use error::ArrayError;
pub use error::ArrayProblem;
pub use header::Order;
pub use onsite_array::{OnsiteArray, OnsiteArrayError, strip_to_bytes};
#[cfg(feature = "files")]
pub use onsite_file::{InputError, OnsiteFile};
#[cfg(feature = "files")]
pub use read::ArrayFile;
#[cfg(feature = "files")]
pub use write::ArrayWriter;
