//! The threads of a solver.

use std::num::NonZeroUsize;

use super::SolverError;
use crate::parallel::{self, Pool};

/// A thread pool of its own, or the caller's.
#[derive(Debug, Default)]
pub(super) struct Threads {
    pool: Option<Pool>,
}

impl Threads {
    /// This many threads of its own; without a number, those of the current rayon pool. Without the
    /// feature `parallel` there is one.
    ///
    /// # Errors
    /// [`SolverError::Threads`] if they cannot be started.
    pub(super) fn new(count: Option<NonZeroUsize>) -> Result<Self, SolverError> {
        let start = |count: NonZeroUsize| {
            let pool = Pool::new(count.get());
            pool.ok_or(SolverError::Threads(count.get()))
        };
        Ok(Self {
            pool: count.map(start).transpose()?,
        })
    }

    /// Does some work on them.
    pub(super) fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.pool {
            Some(pool) => pool.run(work),
            None => work(),
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.run(parallel::threads)
    }
}
