//! Exact quantum transport through disordered nanostructures.
//!
//! In reading order:
//!
//! 1. [`solve`]: solvers for many strips of one size, behind one trait.
//! 2. [`input`]: on-site energies from `.npy` files, streamed.
//! 3. [`dataset`]: data sets in Zarr v3, written chunk by chunk, resumable.
//! 4. [`averages`]: disorder averages over a sweep, streamed, resumable.
//!
//! Cargo features (both are on by default; without any the crate builds for WebAssembly too):
//!
//! - `parallel`: all cores, by rayon. The results have the same bits without it.
//! - `zarr`: [`dataset`]. It contains the feature `files`: [`input`], [`averages`] and all else that
//!   reads or writes files.
//!
//! [`failure`] sorts errors into what a user can do about them, [`files`] replaces files as a
//! whole or not at all, [`memory`] asks before it takes, [`npy`] is NumPy's file format,
//! [`work`] shares long work out among processes.

#[cfg(feature = "files")]
pub mod averages;
#[cfg(feature = "files")]
pub mod checksum;
#[cfg(feature = "zarr")]
pub mod dataset;
pub mod failure;
#[cfg(feature = "files")]
pub mod files;
#[cfg(feature = "files")]
pub mod input;
#[cfg(feature = "files")]
pub mod json;
pub mod memory;
#[cfg(feature = "files")]
pub mod npy;
mod parallel;
pub mod solve;
pub mod statistics;
mod system;
#[cfg(feature = "files")]
pub mod work;

pub use system::{SizeError, StripSize};
