//! Long work in units that many threads and processes share, that may be stopped, and that somebody
//! watches: how data sets and averages are made.
//!
//! 1. [`WorkOptions`]: how many samples, by which solver, which share of the work ([`Shard`]), under a lock
//!    or not ([`Locking`]).
//! 2. [`Observer`]: watches the work and may stop it. [`WorkReport`]: what it came to.
//! 3. `units`: what a kind of long work tells the engine (the trait `LongWork`). `samples`: where its
//!    samples come from.
//! 4. `engine`: finds the finished units, computes the others on all threads (`worker`), has them written.
//!    `lock`: no other process computes them meanwhile, and the lock vanishes with its holder.
//!    `folder`: whether the folder matches the configuration.

pub(crate) mod engine;
mod error;
mod fallbacks;
pub(crate) mod folder;
mod given;
pub(crate) mod lock;
mod options;
mod progress;
pub(crate) mod samples;
mod shard;
pub(crate) mod solvers;
pub(crate) mod units;
mod worker;

pub use error::WorkError;
pub use fallbacks::FallbackTotals;
pub use folder::FolderError;
pub use given::{GivenError, GivenSamples};
pub(crate) use lock::{Access, LOCK, WriteLock};
pub use lock::{LockError, Locking};
pub use options::WorkOptions;
pub use progress::{Observer, WorkReport};
pub use shard::{Shard, ShardError};

/// The most samples that a data set, or a point of a sweep, can have: 2⁴⁰.
pub const MAX_SAMPLES: u64 = 1 << 40;
