//! Data sets: many samples of one ensemble with their exact conductances, in Zarr v3.
//!
//! In reading order:
//!
//! 1. [`DatasetConfig`]: all that determines the content of a data set, but for its length.
//! 2. `schema`: which arrays and attributes that makes. Equal contents are equal bytes.
//! 3. `store`: a folder whose files appear whole or not at all.
//! 4. [`Dataset`]: reading one; [`Verification`]: checking every byte of it.
//! 5. [`generate`]: making, resuming and extending one, by one process or by many ([`Shard`]).
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
//! | `fallbacks` | u32 `[sample]` | how many of the sample's T the solver found on another way |
//! | `g` | f64 `[sample]` | T at E = 0, if that is among the energies |
//! | `g_bar` | f64 `[sample]` | mean of T over the bias grid, if that is among the energies |
//!
//! One chunk along `sample` is one unit of work: its samples are drawn and solved together, and
//! always all of them, also those beyond the last sample of the data set (which the shape of the
//! arrays hides). A chunk's bytes therefore depend on nothing but the [`DatasetConfig`], and a
//! longer data set begins with the files of the shorter one.

mod arrays;
mod config;
mod create;
mod error;
mod generate;
mod read;
mod schema;
mod store;
mod unit;
mod verify;

pub use config::{ConfigError, DatasetConfig, default_chunk_samples, with_bias_grid};
pub use create::CreateError;
pub use error::DatasetError;
pub use generate::{GenerateError, GenerateReport, can_generate, generate};
pub use read::{Dataset, choose_solver};
pub use verify::{Flaw, Verification};

pub use crate::work::{MAX_SAMPLES, Observer, Shard, ShardError};
