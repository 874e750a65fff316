//! Work without the interpreter's lock: on a pool's threads, stopped by Ctrl-C, watched by a progress bar.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use landauer::failure::Category;
use landauer::work::Observer;
use pyo3::prelude::*;
use rayon::ThreadPool;

use crate::failure::Failure;
use crate::process;

/// How often signals are looked at.
const TICK: Duration = Duration::from_millis(50);
/// How long work that owns what it needs may take to stop before it is left to itself: it stops when it looks.
const PATIENCE: Duration = Duration::from_millis(700);

/// Watches work, and asks it to stop.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    stop: AtomicBool,
    /// Nobody waits for it any more.
    abandoned: AtomicBool,
    total: AtomicU64,
    done: AtomicU64,
}

impl Watch {
    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl Observer for Watch {
    fn begin(&self, _: &str, parts: u64) {
        self.done.store(0, Ordering::Relaxed);
        self.total.store(parts, Ordering::Relaxed);
    }

    fn advance(&self, parts: u64) {
        self.done.fetch_add(parts, Ordering::Relaxed);
    }

    fn stop(&self) -> bool {
        self.is_stopped()
    }
}

/// Does `work` on the pool while signals are looked at. After one it is waited for, since it borrows: it should
/// look at its [`Watch`] often.
pub(crate) fn scoped<T: Send>(
    py: Python<'_>,
    pool: &ThreadPool,
    work: impl FnOnce(&Watch) -> Result<T, Failure> + Send,
) -> PyResult<T> {
    let watch = Watch::default();
    py.detach(|| {
        let (done, results) = mpsc::channel();
        let watch = &watch;
        pool.in_place_scope(|scope| {
            scope.spawn(move |_| {
                // Nobody is gone: the scope waits for both.
                let _ = done.send(caught(|| work(watch)));
            });
            wait(&results, watch, None, None)
        })
    })
}

/// The same for work that owns what it needs: if it does not stop soon after a signal it is left to itself.
/// `progress` is called with what is done and all that there is to do.
pub(crate) fn owned<T: Send + 'static>(
    py: Python<'_>,
    pool: &Arc<ThreadPool>,
    progress: Option<&Py<PyAny>>,
    work: impl FnOnce(&Watch) -> Result<T, Failure> + Send + 'static,
) -> PyResult<T> {
    let watch = Arc::new(Watch::default());
    let done = py.detach(|| {
        let (done, results) = mpsc::channel();
        let watched = Arc::clone(&watch);
        // A pool whose last handle is dropped lets its threads finish what they do.
        pool.spawn(move || {
            let _ = done.send(caught(|| work(&watched)));
        });
        wait(&results, &watch, progress, Some(PATIENCE))
    });
    if watch.abandoned.load(Ordering::Relaxed) {
        // The next call must not wait for its threads.
        process::abandon(py, pool);
    }
    done
}

/// Does something short, without the pool.
pub(crate) fn short<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Failure> + Send,
) -> PyResult<T> {
    Ok(py.detach(|| caught(work))?)
}

fn caught<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    // What it had borrowed is not looked at any more after a panic.
    let done = catch_unwind(AssertUnwindSafe(work));
    done.unwrap_or_else(|panic| Err(Failure::panic(&*panic)))
}

fn wait<T>(
    results: &Receiver<Result<T, Failure>>,
    watch: &Watch,
    progress: Option<&Py<PyAny>>,
    patience: Option<Duration>,
) -> PyResult<T> {
    let mut stopped: Option<(PyErr, Instant)> = None;
    loop {
        let found = results.recv_timeout(TICK);
        if stopped.is_none()
            && let Err(error) = Python::attach(|py| look(py, watch, progress))
        {
            watch.stop.store(true, Ordering::Relaxed);
            stopped = Some((error, Instant::now()));
        }
        match (found, stopped.take()) {
            (Ok(_), Some((error, _))) => return Err(error),
            (Ok(done), None) => return Ok(done?),
            (Err(RecvTimeoutError::Timeout), Some((error, since))) => {
                if patience.is_some_and(|patience| since.elapsed() > patience) {
                    watch.abandoned.store(true, Ordering::Relaxed);
                    return Err(error);
                }
                stopped = Some((error, since));
            }
            (Err(RecvTimeoutError::Timeout), None) => {}
            (Err(RecvTimeoutError::Disconnected), _) => {
                let lost = "a thread has ended without a result";
                return Err(Failure::new(Category::Internal, lost).into());
            }
        }
    }
}

/// Lets Python act on signals, and on the progress.
fn look(py: Python<'_>, watch: &Watch, progress: Option<&Py<PyAny>>) -> PyResult<()> {
    py.check_signals()?;
    if let Some(progress) = progress {
        let (done, total) = (&watch.done, &watch.total);
        let counts = (done.load(Ordering::Relaxed), total.load(Ordering::Relaxed));
        progress.call1(py, counts)?;
    }
    Ok(())
}

/// Panics on a thread of the pool: for the test that this becomes an exception.
#[pyfunction]
pub(crate) fn panic(py: Python<'_>, message: String) -> PyResult<()> {
    let pool = process::pool(py, None)?;
    scoped(py, &pool, |_| std::panic::panic_any(message))
}
