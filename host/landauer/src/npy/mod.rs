//! NumPy's `.npy` files: arrays of numbers read in parts, arrays of `f64` written as they come.
//!
//! 1. [`ArrayFile`]: an array in a file, read in runs of neighbouring elements.
//! 2. [`ArrayWriter`]: an array of `f64` that appears whole or not at all.
//! 3. [`OnsiteFile`]: on-site energies in a file, to be [streamed](crate::Solver::stream).
//!    [`read_energies`]: a list of energies.
//!
//! Why not the `npyz` crate alone? Its reader multiplies the axes of a header unchecked and parses
//! the header by a recursive grammar for all of Python's literals, so that a hostile file could
//! overflow one or the stack of the other. Here a header is read by a strict parser of the one
//! dictionary that NumPy writes ([format description]); `npyz` knows the type strings.
//!
//! [format description]: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

mod element;
mod energies_file;
mod error;
mod header;
mod onsite_file;
mod read;
mod write;

pub use element::ElementType;
pub use energies_file::read_energies;
pub use error::{ArrayError, ArrayProblem};
pub use header::Order;
pub use onsite_file::{InputError, OnsiteFile};
pub use read::ArrayFile;
pub use write::ArrayWriter;
