//! What this process has: threads, and solvers and mappers that are planned.
//!
//! After a `fork` the child has the parent's memory and none of its threads: a pool of the parent would be
//! waited for without end. So all of it belongs to a process number, and a child begins with none of it.
//! What it has of its parent is forgotten and not dropped: dropping would wake threads that do not exist.
//!
//! The lock is taken only by who holds the interpreter's lock, for moments in which no Python code runs. Whoever
//! forks holds that too, so that no child finds it taken.

use std::mem;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use landauer::Solver;
use landauer::internal::MAX_THREADS;
use landauer::maps::Mapper;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::failure::Failure;
use crate::maps::MapperPurpose;
use crate::planned::Planned;
use crate::solve::SolverPurpose;

/// Pools of other sizes than the last few are dropped; their threads end when nothing uses them.
const POOLS: usize = 4;

static PROCESS: Mutex<Option<Process>> = Mutex::new(None);

/// Everything that belongs to one process.
struct Process {
    id: u32,
    /// The last used one first.
    pools: Vec<Arc<ThreadPool>>,
    solvers: Planned<SolverPurpose, Solver>,
    mappers: Planned<MapperPurpose, Mapper>,
}

impl Process {
    fn pool(&mut self, threads: NonZeroUsize) -> Result<Arc<ThreadPool>, Failure> {
        let count = threads.get();
        let found = { self.pools.iter() }.position(|pool| pool.current_num_threads() == count);
        let pool = if let Some(place) = found {
            self.pools.remove(place)
        } else {
            let name = |number| format!("landauer-{number}");
            let pool = ThreadPoolBuilder::new()
                .num_threads(count)
                .thread_name(name);
            let pool = pool.build().map_err(|error| {
                Failure::usage(format!("cannot start {count} threads: {error}"))
            })?;
            Arc::new(pool)
        };
        self.pools.insert(0, Arc::clone(&pool));
        self.pools.truncate(POOLS);
        Ok(pool)
    }
}

fn with<R>(_: Python<'_>, act: impl FnOnce(&mut Process) -> R) -> R {
    let mut process = PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
    let id = std::process::id();
    if process.as_ref().is_none_or(|process| process.id != id) {
        mem::forget(process.take());
    }
    act(process.get_or_insert_with(|| Process {
        id,
        pools: Vec::new(),
        solvers: Planned::default(),
        mappers: Planned::default(),
    }))
}

/// So many threads; without a number one for each core.
pub(crate) fn pool(py: Python<'_>, threads: Option<usize>) -> Result<Arc<ThreadPool>, Failure> {
    let threads = match threads {
        None => thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        Some(count) => NonZeroUsize::new(count)
            .filter(|count| count.get() <= MAX_THREADS)
            .ok_or_else(|| {
                Failure::usage(format!(
                    "threads is {count}: give a number from 1 to {MAX_THREADS}, or None for one a core"
                ))
            })?,
    };
    with(py, |process| process.pool(threads))
}

/// Leaves a pool to the work that keeps its threads busy.
pub(crate) fn abandon(py: Python<'_>, busy: &Arc<ThreadPool>) {
    with(py, |process| {
        process.pools.retain(|pool| !Arc::ptr_eq(pool, busy));
    });
}

/// The solvers that are planned.
pub(crate) fn solvers<R>(
    py: Python<'_>,
    act: impl FnOnce(&mut Planned<SolverPurpose, Solver>) -> R,
) -> R {
    with(py, |process| act(&mut process.solvers))
}

/// The mappers that are planned.
pub(crate) fn mappers<R>(
    py: Python<'_>,
    act: impl FnOnce(&mut Planned<MapperPurpose, Mapper>) -> R,
) -> R {
    with(py, |process| act(&mut process.mappers))
}
