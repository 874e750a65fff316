//! The threads of a solver.

use std::num::NonZeroUsize;

use super::SolverError;
use crate::parallel;

/// Threads of its own, or those of whoever calls.
#[derive(Debug, Default)]
pub(super) struct Threads {
    #[cfg(feature = "parallel")]
    pool: Option<rayon::ThreadPool>,
}

impl Threads {
    /// So many of its own; without a number, those of the current rayon pool.
    ///
    /// # Errors
    /// [`SolverError::Threads`] if they cannot be started.
    #[cfg(feature = "parallel")]
    pub(super) fn new(count: Option<NonZeroUsize>) -> Result<Self, SolverError> {
        let start = |count: NonZeroUsize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(count.get());
            pool.build().map_err(|_| SolverError::Threads(count.get()))
        };
        Ok(Self {
            pool: count.map(start).transpose()?,
        })
    }

    /// Without the feature `parallel` there is one.
    #[cfg(not(feature = "parallel"))]
    pub(super) fn new(_: Option<NonZeroUsize>) -> Result<Self, SolverError> {
        Ok(Self {})
    }

    /// Does some work on them.
    pub(super) fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        #[cfg(feature = "parallel")]
        if let Some(pool) = &self.pool {
            return pool.install(work);
        }
        work()
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.run(parallel::threads)
    }
}
