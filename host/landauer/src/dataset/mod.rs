//! Data sets: many samples of one ensemble with their exact conductances, in Zarr v3.
//!
//! In reading order:
//!
//! 1. [`DatasetConfig`]: all that determines the content of a data set, but for its length.
//! 2. `schema`: which arrays and attributes that makes. Equal contents are equal bytes. `metadata`: which
//!    of them are ours, and which are users' own.
//! 3. `store`: a folder whose files appear whole or not at all.
//! 4. [`Dataset`]: reading one, by `gather` in any order; [`Verification`]: checking every byte of it.
//! 5. [`Generation`]: making, resuming and extending one, by one process or by many
//!    ([`Shard`](crate::work::Shard)); `unit` tells the engine for [long work](crate::work) what a chunk is.
//!
//! # The layout
//!
//! | array | type, shape | holds |
//! |---|---|---|
//! | `onsite` | f64 `[sample, x, y]` | on-site energies in t (model I) |
//! | `species` | u8 `[sample, x, y]` | 0 = no impurity, s = species s (models II to IV) |
//! | `concentration` | f64 `[sample]` | impurity concentration n (models II to IV) |
//! | `energies` | f64 `[energy]` | energies in t |
//! | `transmission` | f64 `[sample, energy]` | T, the conductance in G0 = 2e²/h |
//! | `fallbacks` | u32 `[sample]` | how many of the sample's T were recomputed by a fallback solver |
//! | `g` | f64 `[sample]` | T at E = 0, if that is among the energies |
//! | `g_bar` | f64 `[sample]` | mean of T over the bias grid, if that is among the energies |
//!
//! One chunk along `sample` is one unit of work: its samples are drawn and solved together, and
//! always all of them, also those beyond the last sample of the data set (which the shape of the
//! arrays hides). A chunk's bytes therefore depend on nothing but the [`DatasetConfig`], and a
//! longer data set begins with the files of the shorter one.
//!
//! # What is protected, and what is users' own
//!
//! Every chunk has the checksum of Zarr's codec `crc32c`. The group's attributes say all that decides
//! what the data set means (model, seed, size, energies, solver, samples, ...); of these, its attribute
//! `checksum` is a CRC-32C of what they say, however they are written (`host/landauer/src/checksum.rs` has the
//! form), and the arrays' metadata follow from them. Each array's attribute `fingerprint` is the same of
//! all but `samples`, so that arrays of different data sets cannot be mixed, and a lost `zarr.json` of the
//! group can be written again. All of that is compared whenever a data set is opened.
//!
//! Attributes, arrays and groups with other names are users' own, and so is zarr-python's consolidated
//! metadata: they are left as they are. Of that copy we make sure, and see to it when a data set is
//! extended, that it says the same of our arrays as these do.

mod arrays;
mod config;
mod create;
mod error;
mod gather;
mod generate;
mod metadata;
mod read;
mod schema;
mod store;
mod unit;
mod verify;

pub use config::{
    ConfigError, DatasetConfig, default_chunk_samples, usual_energies, with_bias_grid,
};
pub use error::DatasetError;
pub use generate::{GenerateError, Generation};
pub use read::Dataset;
pub use verify::{Flaw, Verification};
