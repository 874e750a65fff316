//! Watching long work, and what it came to.

use super::FallbackTotals;

/// Watches long work and may stop it. Called from all threads; one piece of work is under way at a time.
///
/// `()` watches without a word and never stops it.
pub trait Observer: Sync {
    /// Work begins; the number of its parts: samples to be solved.
    fn begin(&self, what: &str, parts: u64);
    /// This many more of its parts are done.
    fn advance(&self, parts: u64);
    /// It has ended, done or not.
    fn end(&self) {}
    /// Whether it is to stop: finished units are kept, partial ones are not.
    fn stop(&self) -> bool {
        false
    }
}

impl Observer for () {
    fn begin(&self, _: &str, _: u64) {}

    fn advance(&self, _: u64) {}
}

/// What was done of long work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WorkReport {
    /// Units of all shards: a data set's chunks, an average's blocks of samples at each point.
    pub units: u64,
    /// Units of this shard.
    pub shard_units: u64,
    /// Units of this shard that were there already, whole and sound.
    pub units_found: u64,
    /// Units computed and written.
    pub units_written: u64,
    /// Samples in the units found; of a data set's last chunk those within the data set.
    pub samples_found: u64,
    /// Samples in the units written, counted in the same way.
    pub samples_written: u64,
    /// Samples solved, those beyond the last sample of a data set too.
    pub samples_computed: u64,
    /// Transmissions of the samples written that were recomputed by a fallback solver.
    pub fallbacks: FallbackTotals,
    /// Transmissions of the samples written that a data set stores as 0 since they are too small for an
    /// `f64` (2e-308), though a mode propagates. Averages keep their logarithms.
    pub underflows: u64,
    /// It was stopped before all was done.
    pub stopped: bool,
}
