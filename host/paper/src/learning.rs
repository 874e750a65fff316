//! Networks trained side by side as one piece of work.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use landauer::work::Observer;
use landauer_learn::training::{Epoch, Watcher};

/// Watches one training of several, whose parts are the samples that are learned from.
pub(super) struct Learning<'o> {
    observer: &'o dyn Observer,
    /// Has one of those beside it failed?
    failed: &'o AtomicBool,
    left: AtomicU64,
}

impl<'o> Learning<'o> {
    /// Of a training that counts for this many samples.
    pub(super) const fn new(
        observer: &'o dyn Observer,
        failed: &'o AtomicBool,
        samples: u64,
    ) -> Self {
        Self {
            observer,
            failed,
            left: AtomicU64::new(samples),
        }
    }

    fn advance(&self, samples: u64) {
        let left = self.left.load(Ordering::Relaxed);
        let some = samples.min(left);
        self.left.store(left - some, Ordering::Relaxed);
        self.observer.advance(some);
    }

    /// The training has ended, perhaps early.
    pub(super) fn end(&self) {
        self.advance(u64::MAX);
    }
}

impl Watcher for Learning<'_> {
    fn begin(&self, _total: u64, done: u64) {
        self.advance(done);
    }

    fn learned(&self, samples: u64, _loss: f64) {
        self.advance(samples);
    }

    fn judged(&self, _epoch: &Epoch) {}

    fn stop(&self) -> bool {
        self.failed.load(Ordering::Relaxed) || self.observer.stop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Count(AtomicU64);

    impl Observer for Count {
        fn begin(&self, _what: &str, _parts: u64) {}
        fn advance(&self, parts: u64) {
            self.0.fetch_add(parts, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_training_counts_for_what_was_said_however_it_ends() {
        for learned in [0, 3, 10, 100] {
            let count = Count::default();
            let failed = AtomicBool::new(false);
            let learning = Learning::new(&count, &failed, 10);
            learning.begin(10, 2);
            learning.learned(learned, 0.0);
            learning.end();
            assert_eq!(count.0.into_inner(), 10);
        }
    }

    #[test]
    fn a_training_stops_when_one_beside_it_has_failed() {
        let (count, failed) = (Count::default(), AtomicBool::new(false));
        let learning = Learning::new(&count, &failed, 10);
        assert!(!learning.stop());
        failed.store(true, Ordering::Relaxed);
        assert!(learning.stop());
    }
}
