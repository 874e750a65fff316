//! The engine: finds what is finished, computes what is missing on all threads, writes it unit by unit.
//!
//! Bytes never depend on it. A unit's content depends on its number alone, whichever thread, process or
//! run computes it; a stopped or killed run leaves finished units, and the next one computes the others.

use std::io;
use std::ops::Range;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use super::samples::SampleBlock;
use super::solvers::{MakeSolver, Solvers};
use super::units::{LongWork, Task, UnitCounts};
use super::worker::{Added, WorkerState};
use super::{Access, LOCK, Observer, WorkError, WorkOptions, WorkReport, WriteLock};
use crate::files::WriteError;
use crate::memory;
use crate::parallel;

/// One shard's part of long work, which is this process's own as long as this value lives.
pub(crate) struct Engine<'w, W> {
    work: &'w W,
    solvers: Solvers,
    /// The shard's units.
    units: Range<u64>,
    lock: WriteLock,
    /// Why nothing can be written here, if nothing can.
    denied: Option<WriteError>,
}

/// Why a thread ends its work.
enum Stop<E> {
    /// It was asked to, or a unit could not be written.
    Asked,
    /// Something failed.
    Failed(E),
}

/// A finished unit on its way to a writer.
type Finished<U> = (u64, U);

/// What a thread works with.
type TaskState<'s, U> = (WorkerState<'s>, mpsc::SyncSender<Finished<U>>);

impl<'w, W: LongWork> Engine<'w, W> {
    /// Makes the solvers, takes this shard's units and has the folder's metadata established, while no
    /// other process changes them. Where nothing can be written, what is complete is read.
    pub(crate) fn begin(
        work: &'w W,
        make: &dyn MakeSolver,
        options: &WorkOptions,
        establish: impl FnOnce() -> Result<(), W::Error>,
    ) -> Result<Self, W::Error> {
        let solvers = Solvers::new(work.points(), make).map_err(WorkError::from)?;
        let needed = memory_bytes(work, &solvers);
        memory::require(W::WHAT, needed).map_err(WorkError::from)?;
        let (path, units) = (work.path(), options.shard.units(work.units()));
        let access = WriteLock::acquire(path, units.clone(), options.locking);
        let (lock, denied) = match access.map_err(WorkError::from)? {
            Access::Granted(lock) => (lock, None),
            Access::ReadOnly(denied) => {
                let existing = work.on_disk(units.clone())?.len() as u64;
                if !work.is_established()? || existing != units.end - units.start {
                    return Err(WorkError::from(denied).into());
                }
                (WriteLock::NONE, Some(denied))
            }
            Access::Busy => {
                let path = path.to_owned();
                return Err(WorkError::Busy { path }.into());
            }
        };
        let engine = Self {
            work,
            solvers,
            units,
            lock,
            denied,
        };
        if engine.denied.is_none() {
            engine.with_metadata(establish)?;
        }
        Ok(engine)
    }

    /// Does something with the folder's metadata while no other process does.
    pub(crate) fn with_metadata<T>(
        &self,
        change: impl FnOnce() -> Result<T, W::Error>,
    ) -> Result<T, W::Error> {
        let file = self.work.path().join(LOCK);
        let failed = |error: io::Error| WorkError::from(WriteError::new(&file, error)).into();
        self.lock.with_metadata(failed, change)
    }

    /// Computes and writes the shard's units that are not there yet, on all threads of the current rayon
    /// pool; those that are there are verified.
    pub(crate) fn run(&self, observer: &dyn Observer) -> Result<WorkReport, W::Error> {
        let found = self.finished(observer)?;
        let mut report = self.report(&found);
        report.stopped = observer.stop();
        if let Some(denied) = &self.denied {
            return if report.stopped || report.units_found == report.shard_units {
                Ok(report)
            } else {
                Err(WorkError::from(denied.clone()).into())
            };
        }
        let path = self.work.path();
        let name = path.file_name().unwrap_or(path.as_os_str());
        let all = self.samples(self.units.start, self.units.end);
        let existing: u64 = found.iter().map(|&unit| self.samples(unit, unit + 1)).sum();
        observer.begin(&format!("solving {}", name.display()), all - existing);
        let done = self.compute(&found, observer, &mut report);
        observer.end();
        done.map(|()| report)
    }

    /// The samples that are solved for these units.
    fn samples(&self, from: u64, to: u64) -> u64 {
        self.work.samples_before(to) - self.work.samples_before(from)
    }

    /// The report if nothing more is done, with these units found.
    fn report(&self, found: &[u64]) -> WorkReport {
        let samples = found.iter().map(|&unit| self.work.samples_shown(unit));
        WorkReport {
            units: self.work.units(),
            shard_units: self.units.end - self.units.start,
            units_found: found.len() as u64,
            samples_found: samples.sum(),
            ..WorkReport::default()
        }
    }

    /// The shard's units that are finished, in order; all of them are verified.
    fn finished(&self, observer: &dyn Observer) -> Result<Vec<u64>, W::Error> {
        let candidates = self.work.on_disk(self.units.clone())?;
        let can_write = self.denied.is_none();
        let finished = |&unit: &u64| -> Result<Option<u64>, W::Error> {
            if observer.stop() {
                return Ok(None);
            }
            let finished = self.work.is_finished(unit, can_write)?;
            Ok(finished.then_some(unit))
        };
        let found = parallel::try_map(&candidates, finished)?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Computes all units but those found and has them written.
    fn compute(
        &self,
        found: &[u64],
        observer: &dyn Observer,
        report: &mut WorkReport,
    ) -> Result<(), W::Error> {
        let written = Mutex::new(*report);
        let (finished, to_write) = mpsc::sync_channel(1);
        let to_write = Mutex::new(Some(to_write));
        let (solved, wrote) = thread::scope(|scope| {
            let write = || self.write(&to_write, &written);
            let writers = (0..self.work.writers().max(1)).map(|_| scope.spawn(write));
            let writers: Vec<_> = writers.collect();
            let solved = self.solve(found, observer, &finished);
            // Without a sender left the writers come to their end.
            drop(finished);
            // A writer that panics takes this process with it, like any other thread of it.
            let joined = writers.into_iter().map(|writer| {
                let joined = writer.join();
                joined.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            let wrote: Vec<Result<(), W::Error>> = joined.collect();
            (solved, wrote)
        });
        *report = written.into_inner().unwrap_or_else(PoisonError::into_inner);
        wrote.into_iter().collect::<Result<(), _>>()?;
        match solved {
            Ok(()) => Ok(()),
            Err(Stop::Asked) => {
                report.stopped = true;
                Ok(())
            }
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    /// Solves all units but those found, and sends each to the writers.
    fn solve(
        &self,
        found: &[u64],
        observer: &dyn Observer,
        finished: &mpsc::SyncSender<Finished<W::Unit>>,
    ) -> Result<(), Stop<W::Error>> {
        // There may be too many units to list them.
        let missing = self.units.clone();
        let missing = missing.filter(|unit| found.binary_search(unit).is_err());
        let tasks = missing.flat_map(|unit| {
            let samples = usize::try_from(self.samples(unit, unit + 1)).unwrap_or(usize::MAX);
            let (_, solver) = self.solvers.of(self.work.origin(unit).point);
            Task::batches_of(unit, self.work.empty(unit), samples, solver.batch())
        });
        // A thread that is free takes the next batch: none waits for another at a unit's end, and no
        // more units are under way than the threads can reach.
        let state = || (WorkerState::default(), finished.clone());
        if self.solvers.workers() == 1 {
            let (mut state, mut tasks) = (state(), tasks);
            return tasks.try_for_each(|task| self.solve_task(&mut state, &task, observer));
        }
        parallel::try_for_each_with(tasks, state, |state, task| {
            self.solve_task(state, &task, observer)
        })
    }

    /// Solves a batch, and sends its unit to the writers if that was the last batch it lacked.
    fn solve_task<'s>(
        &'s self,
        (state, finished): &mut TaskState<'s, W::Unit>,
        task: &Task<W::Unit>,
        observer: &dyn Observer,
    ) -> Result<(), Stop<W::Error>> {
        let stop = || observer.stop();
        let unit = state.solve(self.work, &self.solvers, task, &stop);
        let unit = match unit.map_err(Stop::Failed)? {
            Added::Stopped => return Err(Stop::Asked),
            Added::ToUnit => None,
            Added::Last(unit) => Some(unit),
        };
        observer.advance(task.range.len() as u64);
        match unit {
            Some(unit) => finished.send((task.unit, unit)).map_err(|_| Stop::Asked),
            None => Ok(()),
        }
    }

    /// Writes what comes, and adds it to the report.
    fn write(
        &self,
        units: &Mutex<Option<mpsc::Receiver<Finished<W::Unit>>>>,
        report: &Mutex<WorkReport>,
    ) -> Result<(), W::Error> {
        loop {
            let queue = units.lock().unwrap_or_else(PoisonError::into_inner);
            let Some((unit, content)) = queue.as_ref().and_then(|queue| queue.recv().ok()) else {
                return Ok(());
            };
            drop(queue);
            let UnitCounts {
                fallbacks,
                underflows,
            } = self.work.write(unit, content).inspect_err(|_| {
                // Nothing more is taken, so that the threads that compute end.
                *units.lock().unwrap_or_else(PoisonError::into_inner) = None;
            })?;
            let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
            report.units_written += 1;
            report.samples_written += self.work.samples_shown(unit);
            report.samples_computed += self.samples(unit, unit + 1);
            report.fallbacks.merge(fallbacks);
            report.underflows += underflows;
        }
    }
}

/// The bytes needed at most: every thread's own, and the units that are under way or being written.
fn memory_bytes<W: LongWork>(work: &W, solvers: &Solvers) -> u64 {
    let threads = parallel::threads() as u64;
    let samples = largest_unit(work);
    let per_thread = solvers.iter().map(|solver| {
        let batch = (solver.batch() as u64).clamp(1, samples);
        let (sites, energies) = (solver.size().sites() as u64, solver.energies().len() as u64);
        let sample = SampleBlock::sample_bytes(sites).saturating_add(energies.saturating_mul(8));
        solver
            .worker_bytes()
            .saturating_add(sample.saturating_mul(batch))
    });
    let per_worker = per_thread.max().unwrap_or(0);
    // Threads take batches in order, so that only a limited number of units is in progress.
    let batches = solvers
        .iter()
        .map(|solver| samples.div_ceil((solver.batch() as u64).clamp(1, samples)));
    let under_way = threads.div_ceil(batches.min().unwrap_or(1).max(1)) + 1;
    // One waits to be written, and each writer has one.
    let writing = 1 + (1 + W::COPIES) * work.writers() as u64;
    per_worker
        .saturating_mul(solvers.workers() as u64)
        .saturating_add(work.unit_bytes().saturating_mul(under_way + writing))
}

/// The samples that are solved for the largest unit, which is the first.
fn largest_unit<W: LongWork>(work: &W) -> u64 {
    work.samples_before(1).max(1)
}
