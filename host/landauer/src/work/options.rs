//! How long work is done.

use super::{Locking, MAX_SAMPLES, Shard, WorkError};
use crate::solve::SolverRequest;

/// How much of a data set or of averages is made, with which solver, and by whom.
///
/// # Example
/// ```
/// use landauer::work::{Shard, WorkOptions};
/// use landauer::{Method, Precision, SolverKind};
///
/// // All of it, by the solver that has begun it or else by the faster one.
/// let options = WorkOptions::new(10_000);
/// assert_eq!(options.shard, Shard::WHOLE);
///
/// // The second of four processes, by a solver of one's own choice.
/// let kind = SolverKind::new(Method::Dissection, Precision::F32);
/// let options = WorkOptions::new(10_000).solver(kind).shard(Shard::new(1, 4)?);
/// # Ok::<(), landauer::work::ShardError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkOptions {
    /// The number of samples, of averages at each point; 1 to [`MAX_SAMPLES`](super::MAX_SAMPLES).
    pub samples: u64,
    /// The solver; what it leaves open is chosen: the solver that has begun what is there, else the faster
    /// one.
    pub solver: SolverRequest,
    /// This process's share of the units.
    pub shard: Shard,
    /// Whether other processes are kept from the same units by a lock.
    pub locking: Locking,
}

impl WorkOptions {
    /// This many samples, all of them by this process alone, under a lock, and the solver is
    /// chosen.
    #[must_use]
    pub const fn new(samples: u64) -> Self {
        Self {
            samples,
            solver: SolverRequest {
                method: None,
                precision: None,
            },
            shard: Shard::WHOLE,
            locking: Locking::On,
        }
    }

    /// With this solver: a [`SolverKind`](crate::SolverKind), or a request that leaves some of it open.
    #[must_use]
    pub fn solver(self, solver: impl Into<SolverRequest>) -> Self {
        let solver = solver.into();
        Self { solver, ..self }
    }

    /// This share of the units only.
    #[must_use]
    pub const fn shard(self, shard: Shard) -> Self {
        Self { shard, ..self }
    }

    /// With a lock, or without one.
    #[must_use]
    pub const fn locking(self, locking: Locking) -> Self {
        Self { locking, ..self }
    }

    /// Checks the number of samples.
    pub(crate) fn check(&self) -> Result<(), WorkError> {
        if (1..=MAX_SAMPLES).contains(&self.samples) {
            Ok(())
        } else {
            Err(WorkError::SampleCount(self.samples))
        }
    }

    /// What tells this process's temporary files from those of others, where there are no locks.
    pub(crate) fn writer(&self) -> Option<String> {
        self.locking.writer(self.shard)
    }
}
