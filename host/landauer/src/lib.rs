//! Exact quantum transport through disordered nanostructures.
//!
//! In reading order:
//!
//! 1. [`solve`]: solvers for many strips of one size, behind one trait.
//! 2. [`input`]: on-site energies from `.npy` files, streamed.
//! 3. [`dataset`]: data sets in Zarr v3, written chunk by chunk, resumable.
//! 4. [`averages`]: disorder averages over a sweep, streamed, resumable.
//!
//! [`failure`] sorts errors into what a user can do about them, [`files`] replaces files as a
//! whole or not at all, [`memory`] asks before it takes, [`npy`] is NumPy's file format,
//! [`work`] shares long work out among processes.

pub mod averages;
pub mod checksum;
pub mod dataset;
pub mod failure;
pub mod files;
pub mod input;
pub mod json;
pub mod memory;
pub mod npy;
pub mod solve;
pub mod statistics;
mod system;
pub mod work;

pub use system::{SizeError, StripSize};
