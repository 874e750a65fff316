//! Making, resuming and extending a data set.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;

use super::arrays::Arrays;
use super::config::{ConfigError, DatasetConfig};
use super::create::{CreateError, compare, establish, has_energies};
use super::error::DatasetError;
use super::schema::{Attributes, Kind};
use super::unit::{Growing, Hand, Plan, Unit};
use crate::failure::{Categorised, Category};
use crate::files::WriteError;
use crate::memory::{self, TooLittleMemory};
use crate::parallel;
use crate::solve::{
    BatchSolver, Fallbacks, SolverError, SolverKind, StripError, propagating_modes,
};
use crate::work::{Access, LOCK, LockError, Locking, MAX_SAMPLES, Observer, Shard, WriteLock};

/// What [`generate`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GenerateReport {
    /// Chunks of the whole data set.
    pub chunks: u64,
    /// Chunks of this shard.
    pub shard_chunks: u64,
    /// Chunks of this shard that were there already, whole and sound.
    pub chunks_found: u64,
    /// Chunks written.
    pub chunks_written: u64,
    /// Samples in the chunks found that are within the data set.
    pub samples_found: u64,
    /// Samples in the chunks written that are within the data set.
    pub samples_written: u64,
    /// Samples solved, those beyond the last sample of the data set too.
    pub samples_computed: u64,
    /// Transmissions of the samples written that were recomputed by a fallback solver.
    pub fallbacks: Fallbacks,
    /// How many of their transmissions are too small for an `f64` (2e-308) and stored as 0, though a mode
    /// propagates.
    pub underflows: u64,
    /// It was stopped before all was done.
    pub stopped: bool,
}

/// What is told of a unit that was written.
struct Written {
    chunk: u64,
    fallbacks: Fallbacks,
    underflows: u64,
}

/// Why no data set was made. Every chunk that had been finished before is there and sound.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// There is no such data set.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The path holds something else, or something damaged, or cannot be written to.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// What is there cannot be read or is damaged.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The folder cannot be locked.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Another process writes these chunks.
    #[error(
        "another process is writing the same chunks of {}: wait for it, or give each process its own shard",
        path.display()
    )]
    Busy {
        /// The data set.
        path: PathBuf,
    },
    /// The machine has too little memory.
    #[error(transparent)]
    Memory(#[from] TooLittleMemory),
    /// A sample that cannot be solved.
    #[error("sample {sample} at E = {}: {}", landauer_core::Compact(in_chunk.energy), in_chunk.fault)]
    Strip {
        /// Its number in the data set.
        sample: u64,
        /// What is wrong; its sample is counted from the first of the chunk.
        in_chunk: StripError,
    },
    /// The solver is one for strips of another size or for other energies.
    #[error("the solver is not one for this data set")]
    OtherSolver,
    /// There is no solver.
    #[error(transparent)]
    Solver(#[from] SolverError),
}

impl Categorised for GenerateError {
    fn category(&self) -> Category {
        match self {
            Self::Config(error) => error.category(),
            Self::Create(error) => error.category(),
            Self::Dataset(error) => error.category(),
            Self::Write(error) => error.category(),
            Self::Lock(error) => error.category(),
            Self::Busy { .. } => Category::Refused,
            Self::Memory(error) => error.category(),
            Self::Strip { in_chunk, .. } => in_chunk.category(),
            Self::Solver(error) => error.category(),
            Self::OtherSolver => Category::Internal,
        }
    }
}

/// Makes the data set at `path`, or this shard's part of it, on all threads of the current rayon
/// pool: draws, solves and writes all chunks that are not there yet.
///
/// The bytes written depend on the configuration and the solver's identity, on nothing else: any
/// number of threads and shards, in any order, with any interruption in between, gives the same
/// files. Chunks that are there are read and verified; a data set that has fewer samples is
/// extended. Of one that is complete, or this shard's part of it, nothing is written: it may lie where
/// nothing can be.
///
/// # Example
/// ```
/// use landauer::dataset::{Dataset, DatasetConfig, generate};
/// use landauer::work::{Locking, Shard};
/// use landauer::{Concentration, DisorderModel, Ensemble, Method, Precision, SolverKind, StripSize};
///
/// let config = DatasetConfig {
///     ensemble: Ensemble::new(DisorderModel::II, Concentration::Fixed(0.1), 1)?,
///     size: StripSize::new(4, 3)?,
///     energies: vec![0.0, 0.5],
///     bias: None,
///     chunk_samples: 16,
/// };
/// let solver = SolverKind::new(Method::Recursion, Precision::F64);
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("small.zarr");
/// // `()` watches without a word, and never stops it.
/// let report = generate(&path, &config, 20, solver, Shard::WHOLE, Locking::On, &())?;
/// // The second chunk has 12 more samples than are shown.
/// assert_eq!((report.samples_written, report.samples_computed), (20, 32));
///
/// let dataset = Dataset::open(&path)?;
/// assert_eq!(dataset.g()?.map(|g| g.len()), Some(20));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// See [`GenerateError`]. A path that holds anything else than this data set is left as it is.
pub fn generate(
    path: &Path,
    config: &DatasetConfig,
    samples: u64,
    solver: SolverKind,
    shard: Shard,
    locking: Locking,
    observer: &dyn Observer,
) -> Result<GenerateReport, GenerateError> {
    // Before a solver is planned.
    can_generate(path, config, samples, solver)?;
    let solver = solver.solver(config.size, &config.energies)?;
    generate_with(path, config, samples, shard, locking, &*solver, observer)
}

/// [`generate`] by a solver that is there already.
///
/// # Errors
/// As [`generate`]; a solver for other strips or energies.
pub fn generate_with(
    path: &Path,
    config: &DatasetConfig,
    samples: u64,
    shard: Shard,
    locking: Locking,
    solver: &dyn BatchSolver,
    observer: &dyn Observer,
) -> Result<GenerateReport, GenerateError> {
    if solver.size() != config.size || solver.energies() != config.energies {
        return Err(GenerateError::OtherSolver);
    }
    let writer = locking.writer(shard);
    let (arrays, attributes) = checked(path, config, samples, solver.identity(), writer)?;
    let plan = Plan::new(config, solver);
    memory::require("a data set of this size", memory_bytes(&plan, solver))?;
    let chunks = shard.units(arrays.chunks());
    let (lock, denied) = match WriteLock::acquire(path, chunks.clone(), locking)? {
        Access::Granted(lock) => (lock, None),
        Access::ReadOnly(denied) => (WriteLock::NONE, Some(denied)),
        Access::Busy => {
            let path = path.to_owned();
            return Err(GenerateError::Busy { path });
        }
    };
    if let Some(denied) = denied {
        if !compare(&arrays, &attributes)?.is_empty() || !has_energies(&arrays, config)? {
            return Err(denied.into());
        }
        let work = Work::new(config, plan, arrays, chunks, solver, observer);
        let found = work.verify_found(false)?;
        return match work.report(&found) {
            report if report.stopped || report.chunks_found == report.shard_chunks => Ok(report),
            _ => Err(denied.into()),
        };
    }
    lock.with_metadata(
        |error| CreateError::Write(WriteError::new(&path.join(LOCK), error)),
        || establish(&arrays, config, &attributes),
    )?;
    Work::new(config, plan, arrays, chunks, solver, observer).run()
}

/// Makes sure that [`generate`] could make this data set at `path`, as far as that can be told
/// without writing anything and without regard to this machine's memory; gives the number of its
/// chunks, which shards share out.
///
/// # Errors
/// See [`GenerateError`].
pub fn can_generate(
    path: &Path,
    config: &DatasetConfig,
    samples: u64,
    solver: SolverKind,
) -> Result<u64, GenerateError> {
    let (arrays, _) = checked(path, config, samples, solver.identity(), None)?;
    Ok(arrays.chunks())
}

/// The arrays of a data set that can be made at `path`, and its attributes: anything else there is refused
/// before the first file is written.
fn checked(
    path: &Path,
    config: &DatasetConfig,
    samples: u64,
    solver: &str,
    writer: Option<String>,
) -> Result<(Arrays, Attributes), GenerateError> {
    config.check()?;
    if !(1..=MAX_SAMPLES).contains(&samples) {
        return Err(ConfigError::Samples(samples).into());
    }
    let attributes = Attributes::new(config, solver, samples);
    let arrays = Arrays::new(path, config, &attributes, writer)?;
    compare(&arrays, &attributes)?;
    Ok((arrays, attributes))
}

/// The bytes needed at most: every thread's own, and the units that are being made or written.
fn memory_bytes(plan: &Plan, solver: &dyn BatchSolver) -> u64 {
    let threads = parallel::threads();
    let per_thread = solver.worker_bytes().saturating_add(plan.batch_bytes());
    // Threads take batches in order, so that only so many units are in the making; one waits to be
    // written, and one is being written, of which zarrs makes two copies.
    let units = threads.div_ceil(plan.batches()) as u64 + 1 + 1 + 3;
    per_thread
        .saturating_mul(threads as u64)
        .saturating_add(plan.unit_bytes().saturating_mul(units))
}

/// Everything that the work needs to know.
struct Work<'w> {
    config: &'w DatasetConfig,
    plan: Plan<'w>,
    arrays: Arrays,
    /// The shard's chunks.
    chunks: Range<u64>,
    solver: &'w dyn BatchSolver,
    observer: &'w dyn Observer,
}

/// Why a thread puts down its work.
enum Halt {
    /// It was told to, or the writer has failed.
    Stopped,
    /// There is a sample that cannot be solved.
    Failed(GenerateError),
}

/// A batch of a unit in the making.
struct Task {
    growing: Arc<Growing>,
    chunk: u64,
    batch: usize,
}

impl<'w> Work<'w> {
    fn new(
        config: &'w DatasetConfig,
        plan: Plan<'w>,
        arrays: Arrays,
        chunks: Range<u64>,
        solver: &'w dyn BatchSolver,
        observer: &'w dyn Observer,
    ) -> Self {
        Self {
            config,
            plan,
            arrays,
            chunks,
            solver,
            observer,
        }
    }

    /// What is to be said if nothing more is done, with these chunks found.
    fn report(&self, found: &[u64]) -> GenerateReport {
        GenerateReport {
            chunks: self.arrays.chunks(),
            shard_chunks: self.chunks.end - self.chunks.start,
            chunks_found: found.len() as u64,
            chunks_written: 0,
            samples_found: found.iter().map(|&chunk| self.samples_in(chunk)).sum(),
            samples_written: 0,
            samples_computed: 0,
            fallbacks: Fallbacks::default(),
            underflows: 0,
            stopped: self.observer.stop(),
        }
    }

    fn run(&self) -> Result<GenerateReport, GenerateError> {
        let found = self.verify_found(true)?;
        let mut report = self.report(&found);
        let missing = report.shard_chunks - report.chunks_found;
        let per_chunk = self.config.chunk_samples;
        self.observer.begin(missing.saturating_mul(per_chunk));

        // The writer has a thread of its own, so that nobody computes less while a disk is slow.
        let (finished, to_write) = mpsc::sync_channel(1);
        let (computed, written) = thread::scope(|scope| {
            let writer = scope.spawn(move || self.write(to_write));
            let computed = self.compute(&found, &finished);
            // Without a sender left the writer comes to its end.
            drop(finished);
            (computed, writer.join())
        });
        // A writer that panics takes this process with it, like any other thread of it.
        let written = written.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        match computed {
            Err(Halt::Failed(error)) => return Err(error),
            Err(Halt::Stopped) => report.stopped = true,
            Ok(()) => {}
        }
        report.chunks_written = written.len() as u64;
        report.samples_written = written.iter().map(|unit| self.samples_in(unit.chunk)).sum();
        report.fallbacks = written.iter().map(|unit| unit.fallbacks).sum();
        report.underflows = written.iter().map(|unit| unit.underflows).sum();
        report.samples_computed = report.chunks_written * per_chunk;
        Ok(report)
    }

    /// The samples of a chunk that are within the data set.
    fn samples_in(&self, chunk: u64) -> u64 {
        let per_chunk = self.config.chunk_samples;
        (self.arrays.samples() - chunk * per_chunk).min(per_chunk)
    }

    /// The complete units among the shard's, in order; all of their chunks have been verified. What killed
    /// writers may have left beside them is removed if it is to `clean`.
    fn verify_found(&self, clean: bool) -> Result<Vec<u64>, GenerateError> {
        let on_disk = self.arrays.on_disk(Kind::Transmission)?;
        let candidates: Vec<u64> = on_disk.range(self.chunks.clone()).copied().collect();
        let sound = |&chunk: &u64| -> Result<Option<u64>, GenerateError> {
            let mut complete = true;
            for kind in self.arrays.sample_kinds() {
                if self.observer.stop() {
                    return Ok(None);
                }
                if clean {
                    self.arrays.clean(kind, chunk)?;
                }
                complete &= self.arrays.check(kind, chunk)?;
            }
            Ok(complete.then_some(chunk))
        };
        let found = parallel::try_map(&candidates, sound)?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Computes all units but those found; hands each to the writer once finished.
    fn compute(&self, found: &[u64], finished: &mpsc::SyncSender<Unit>) -> Result<(), Halt> {
        let batches = self.plan.batches();
        let missing = self
            .chunks
            .clone()
            .filter(|chunk| found.binary_search(chunk).is_err());
        let tasks = missing.flat_map(|chunk| {
            let growing = Growing::new(&self.plan, chunk);
            (0..batches).map(move |batch| Task {
                growing: growing.clone(),
                chunk,
                batch,
            })
        });
        // Whoever is free takes the next batch: no thread waits for another at a chunk's end, and
        // no more chunks are in the making than the threads can reach.
        parallel::try_for_each_with(
            tasks,
            || (Hand::new(&self.plan, self.solver), finished.clone()),
            |(hand, finished), task| {
                if self.observer.stop() {
                    return Err(Halt::Stopped);
                }
                let worked = hand.work(&task.growing, task.chunk, task.batch);
                let (samples, unit) = worked.map_err(|error| self.strip_failed(&task, error))?;
                self.observer.computed(samples as u64);
                match unit {
                    Some(unit) => finished.send(unit).map_err(|_| Halt::Stopped),
                    None => Ok(()),
                }
            },
        )
    }

    fn strip_failed(&self, task: &Task, in_chunk: StripError) -> Halt {
        Halt::Failed(GenerateError::Strip {
            sample: task.chunk * self.config.chunk_samples + in_chunk.sample as u64,
            in_chunk,
        })
    }

    /// Writes what comes, and says what came.
    fn write(&self, units: mpsc::Receiver<Unit>) -> Result<Vec<Written>, WriteError> {
        let mut written = Vec::new();
        let modes = propagating_modes(self.config.size.width(), &self.config.energies);
        let conducts: Vec<bool> = modes
            .unwrap_or_default()
            .into_iter()
            .map(|modes| modes > 0)
            .collect();
        for unit in units {
            unit.write(&self.arrays, self.config)?;
            let samples = usize::try_from(self.samples_in(unit.chunk)).unwrap_or(usize::MAX);
            written.push(Written {
                chunk: unit.chunk,
                fallbacks: unit.fallbacks(samples),
                underflows: unit.underflows(samples, &conducts),
            });
        }
        Ok(written)
    }
}
