//! Long work in units that many processes share, that may be stopped, and that somebody watches.
//!
//! 1. [`Shard`]: which units are one process's own.
//! 2. `lock`: nobody else writes them meanwhile, and the lock vanishes with its holder ([`Locking`]).
//! 3. [`Observer`]: who is told how far it is and may stop it.

pub(crate) mod lock;
#[allow(dead_code, reason = "the engine that data sets and averages are to share draws from it")]
pub(crate) mod samples;
mod shard;

pub(crate) use lock::{Access, LOCK, WriteLock};
pub use lock::{LockError, Locking};
pub use shard::{Shard, ShardError};

/// The most samples that a data set, or a point of an ensemble, can have: 2⁴⁰.
pub const MAX_SAMPLES: u64 = 1 << 40;

/// Who watches long work and may stop it. Called from all threads.
pub trait Observer: Sync {
    /// The work begins: so many samples are to be computed.
    fn begin(&self, samples: u64);
    /// So many more samples have been computed.
    fn computed(&self, samples: u64);
    /// Shall it stop? Finished units are kept, those in the making are not.
    fn stop(&self) -> bool;
}

/// Watches without a word, and lets it run to its end.
impl Observer for () {
    fn begin(&self, _: u64) {}

    fn computed(&self, _: u64) {}

    fn stop(&self) -> bool {
        false
    }
}
