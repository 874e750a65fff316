//! How many threads.

use std::num::NonZeroUsize;

use clap::Args;

use super::failure::Failure;
use super::numbers;
use landauer::internal::MAX_THREADS;

/// The number of threads; results do not depend on it.
#[derive(Debug, Args)]
pub(super) struct ThreadArguments {
    /// Threads to use [default: one for each core]
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    threads: Option<NonZeroUsize>,
}

pub(super) fn parse_threads(text: &str) -> Result<NonZeroUsize, String> {
    let threads: usize = numbers::count(1..=MAX_THREADS as u64)(text)?;
    Ok(NonZeroUsize::MIN.saturating_add(threads - 1))
}

impl ThreadArguments {
    /// The number of threads.
    pub(super) fn count(&self) -> usize {
        self.number().get()
    }

    /// The number of threads, which is not zero.
    pub(super) fn number(&self) -> NonZeroUsize {
        let every_core = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.threads.unwrap_or_else(every_core)
    }

    /// The number given, if any.
    pub(super) const fn given(&self) -> Option<NonZeroUsize> {
        self.threads
    }

    /// Runs `work` on that many threads.
    pub(super) fn run<R: Send>(
        &self,
        work: impl FnOnce() -> Result<R, Failure> + Send,
    ) -> Result<R, Failure> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.count())
            .build();
        match pool {
            Ok(pool) => pool.install(work),
            Err(error) => Err(Failure::usage(format!(
                "cannot start {} threads: {error}",
                self.count()
            ))),
        }
    }
}
