//! Making, resuming and extending averages.

use std::ffi::OsStr;
use std::io;
use std::ops::Range;
use std::path::Path;

use super::config::{Point, SweepConfig, SweepError};
use super::error::AveragesError;
use super::folder::{Folder, MANIFEST, UNITS, UnitId};
use super::manifest::Manifest;
use super::solvers::{MakeSolver, Solvers};
use super::tally::{FallbackTotals, Tally};
use crate::files::WriteError;
use crate::memory;
use crate::parallel;
use crate::solve::SolverKind;
use crate::system::StripSize;
use crate::work::{Access, LOCK, Locking, MAX_SAMPLES, Observer, Shard, WriteLock};

/// What [`Part::compute`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AveragesReport {
    /// Units of all shards.
    pub units: u64,
    /// Units of this shard.
    pub shard_units: u64,
    /// Units of this shard that were there already, whole and sound.
    pub units_found: u64,
    /// Units computed and written.
    pub units_written: u64,
    /// Samples in the units that were there already.
    pub samples_found: u64,
    /// Samples in the units written.
    pub samples_written: u64,
    /// Transmissions of the samples written that were recomputed by a fallback solver.
    pub fallbacks: FallbackTotals,
    /// It was stopped before all was done.
    pub stopped: bool,
}

/// The averages in a folder, or those that are to be made there.
///
/// # Example
/// ```
/// use landauer::averages::{Averages, Axis, Conductance, SweepConfig};
/// use landauer::work::Shard;
/// use landauer::{DisorderModel, Method, Precision, SolverKind, StripSize};
///
/// let config = SweepConfig {
///     model: DisorderModel::II,
///     concentration: 0.0,
///     seed: 1,
///     size: StripSize::new(4, 3)?,
///     conductance: Conductance::Energy(0.0),
///     axis: Axis::Concentration,
///     values: vec![0.0, 0.5],
///     block: 64,
/// };
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("sweep");
/// let solver = SolverKind::new(Method::Dissection, Precision::F64);
/// let averages = Averages::new(&path, &config, 100, solver)?;
/// let part = averages.begin(Shard::WHOLE, &[])?;
/// // `()` watches without a word, and never stops it.
/// part.compute(&())?;
/// let tallies = averages.results()?.expect("all units are there");
/// // Without impurities all three modes pass.
/// assert!((tallies[0].g().mean().unwrap() - 3.0).abs() < 1e-12);
/// assert_eq!(tallies[1].samples(), 100);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Averages<'c> {
    pub(super) config: &'c SweepConfig,
    samples: u64,
    pub(super) points: Vec<Point>,
    pub(super) solvers: Solvers,
    pub(super) folder: Folder,
    locking: Locking,
}

/// One shard's part in the making of averages, which is this process's own as long as this value
/// lives.
#[derive(Debug)]
pub struct Part<'a> {
    averages: &'a Averages<'a>,
    /// The shard's units.
    units: Range<u64>,
    lock: WriteLock,
    /// What tells this process's temporary files from those of others, where there are no locks.
    writer: Option<String>,
}

impl std::fmt::Debug for Averages<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Averages")
            .field("config", &self.config)
            .field("samples", &self.samples)
            .finish_non_exhaustive()
    }
}

/// Refuses what is not the name of a file beside the units.
fn check_name(name: &str) -> Result<(), AveragesError> {
    let plain = Path::new(name).file_name() == Some(OsStr::new(name));
    if plain && name != MANIFEST && name != UNITS {
        return Ok(());
    }
    Err(AveragesError::Name {
        name: name.to_owned(),
    })
}

impl<'c> Averages<'c> {
    /// The averages of this configuration, over this many samples a point, in the folder `path`,
    /// which need not be there. Nothing is written yet.
    ///
    /// # Errors
    /// A configuration that cannot be; too little memory for it; a path that holds anything else
    /// than these averages, or more of them.
    pub fn new(
        path: &Path,
        config: &'c SweepConfig,
        samples: u64,
        solver: SolverKind,
    ) -> Result<Self, AveragesError> {
        let make_solver = |size: StripSize, energies: &[f64]| solver.solver(size, energies);
        Self::with_solvers(path, config, samples, &make_solver)
    }

    /// The same by any solvers.
    #[doc(hidden)]
    pub fn with_solvers(
        path: &Path,
        config: &'c SweepConfig,
        samples: u64,
        make_solver: MakeSolver<'_>,
    ) -> Result<Self, AveragesError> {
        config.check()?;
        if !(1..=MAX_SAMPLES).contains(&samples) {
            return Err(SweepError::Samples(samples).into());
        }
        let points = config.points()?;
        let solvers = Solvers::new(&points, make_solver)?;
        require_memory(&points, &solvers, config.block)?;
        let manifest = Manifest::new(config, samples, &solvers.identities());
        let folder = Folder::new(path, manifest);
        folder.compare()?;
        Ok(Self {
            config,
            samples,
            points,
            solvers,
            folder,
            locking: Locking::On,
        })
    }

    /// The folder is locked while they are made, or not.
    #[must_use]
    pub const fn locking(mut self, locking: Locking) -> Self {
        self.locking = locking;
        self
    }

    /// The number of units of work: in so many pieces it can be shared out.
    #[must_use]
    pub fn units(&self) -> u64 {
        self.samples.div_ceil(self.config.block) * self.points.len() as u64
    }

    /// Takes a shard's part in making them. The folder is made, with its parents, if it is not
    /// there, and extended if it has fewer samples a point; `outdated` are names of files that no
    /// longer hold after that. Where nothing can be written, what is complete is read.
    ///
    /// # Errors
    /// Another process computes some of these units; a path that cannot be written to, or that has
    /// become something else meanwhile.
    pub fn begin(&self, shard: Shard, outdated: &[&str]) -> Result<Part<'_>, AveragesError> {
        outdated.iter().try_for_each(|name| check_name(name))?;
        let path = self.folder.path();
        let units = shard.units(self.units());
        let writer = self.locking.writer(shard);
        let lock = match WriteLock::acquire(path, units.clone(), self.locking)? {
            Access::Granted(lock) => {
                lock.with_metadata(
                    |error| self.lock_failed(error),
                    || self.folder.establish(outdated, writer.as_deref()),
                )?;
                lock
            }
            Access::ReadOnly(denied) => {
                let there = self.folder.units()?;
                let mut wanted = units.clone().map(|number| self.unit(number));
                if self.folder.compare()? || !wanted.all(|unit| there.contains(&unit)) {
                    return Err(denied.into());
                }
                WriteLock::NONE
            }
            Access::Busy => {
                let path = path.to_owned();
                return Err(AveragesError::Busy { path });
            }
        };
        Ok(Part {
            averages: self,
            units,
            lock,
            writer,
        })
    }

    fn lock_failed(&self, error: io::Error) -> AveragesError {
        WriteError::new(&self.folder.path().join(LOCK), error).into()
    }

    /// The identities of the solvers, each once, in the order of the points.
    #[must_use]
    pub fn solvers(&self) -> Vec<&'static str> {
        self.solvers.identities()
    }

    /// The sums of each point, in the order of the points; `None` as long as units are missing,
    /// those of other shards.
    ///
    /// # Errors
    /// A unit that is damaged or cannot be read.
    pub fn results(&self) -> Result<Option<Vec<Tally>>, AveragesError> {
        let there = self.folder.units()?;
        let mut tallies = vec![Tally::default(); self.points.len()];
        let units = (0..self.units()).map(|number| self.unit(number));
        if !units.clone().all(|unit| there.contains(&unit)) {
            return Ok(None);
        }
        // Block by block for every point: always in the same order.
        for unit in units {
            match self.folder.read_unit(unit, self.samples_in(unit))? {
                Some(tally) => tallies[unit.point].merge(&tally),
                None => return Ok(None),
            }
        }
        Ok(Some(tallies))
    }

    /// The unit of this number.
    fn unit(&self, number: u64) -> UnitId {
        let points = self.points.len() as u64;
        #[allow(
            clippy::cast_possible_truncation,
            reason = "below the number of points"
        )]
        let point = (number % points) as usize;
        UnitId {
            block: number / points,
            point,
        }
    }

    /// The number of a unit, of whichever block a file's name may say.
    fn number(&self, unit: UnitId) -> u64 {
        let before = unit.block.saturating_mul(self.points.len() as u64);
        before.saturating_add(unit.point as u64)
    }

    /// The number of samples in the units before this one.
    fn samples_before(&self, number: u64) -> u64 {
        let UnitId { block, point } = self.unit(number);
        let (points, of_block) = (self.points.len() as u64, self.config.block);
        let begin = (block * of_block).min(self.samples);
        let end = (begin + of_block).min(self.samples);
        begin * points + (end - begin) * point as u64
    }

    /// The number of samples in a unit: the last block may have fewer than the others.
    pub(super) fn samples_in(&self, unit: UnitId) -> u64 {
        let block = self.config.block;
        (self.samples - unit.block * block).min(block)
    }
}

impl Part<'_> {
    /// Computes all units of the shard that are not there yet, on all threads of the current rayon
    /// pool; those that are there are verified.
    ///
    /// # Errors
    /// A unit that is damaged, a sample that cannot be solved, a file that cannot be written.
    pub fn compute(&self, observer: &dyn Observer) -> Result<AveragesReport, AveragesError> {
        let found = self.verify_found(observer)?;
        let mut report = AveragesReport {
            units: self.averages.units(),
            shard_units: self.units.end - self.units.start,
            units_found: found.len() as u64,
            samples_found: found
                .iter()
                .map(|&unit| self.averages.samples_in(unit))
                .sum(),
            stopped: observer.stop(),
            ..AveragesReport::default()
        };
        observer.begin(
            self.averages.samples_before(self.units.end)
                - self.averages.samples_before(self.units.start)
                - report.samples_found,
        );
        // Of a very large ensemble the units must not even be listed.
        let missing = self.units.clone().map(|number| self.averages.unit(number));
        let missing = missing.filter(|unit| found.binary_search(unit).is_err());
        self.averages
            .compute_units(missing, observer, &mut report)?;
        Ok(report)
    }

    /// Writes files of these names beside the units, each whole or not at all, and removes those
    /// without content; unless the folder has been extended by another process since this
    /// part was begun, so that they would not hold. Gives whether that was done.
    ///
    /// # Errors
    /// A name that is no file's of this folder, or that of the configuration or the units; a file that
    /// cannot be written.
    pub fn publish(&self, files: &[(&str, Option<Vec<u8>>)]) -> Result<bool, AveragesError> {
        files.iter().try_for_each(|(name, _)| check_name(name))?;
        self.lock.with_metadata(
            |error| self.averages.lock_failed(error),
            || {
                let current = self.averages.folder.is_current()?;
                if current {
                    for (name, bytes) in files {
                        match bytes {
                            Some(bytes) => {
                                let writer = self.writer.as_deref();
                                self.averages.folder.write(name, bytes, writer)?;
                            }
                            None => self.averages.folder.remove(name)?,
                        }
                    }
                }
                Ok(current)
            },
        )
    }

    /// The units of the shard that are there and complete, in order; all of them are verified.
    fn verify_found(&self, observer: &dyn Observer) -> Result<Vec<UnitId>, AveragesError> {
        let own = |unit: &UnitId| {
            unit.point < self.averages.points.len()
                && self.units.contains(&self.averages.number(*unit))
        };
        let candidates: Vec<UnitId> = self
            .averages
            .folder
            .units()?
            .into_iter()
            .filter(own)
            .collect();
        let sound = |&unit: &UnitId| -> Result<Option<UnitId>, AveragesError> {
            if observer.stop() {
                return Ok(None);
            }
            let tally = self
                .averages
                .folder
                .read_unit(unit, self.averages.samples_in(unit))?;
            Ok(tally.map(|_| unit))
        };
        let found = parallel::try_map(&candidates, sound)?;
        Ok(found.into_iter().flatten().collect())
    }
}

/// Makes sure of the memory that every thread's working space, batch and unit need.
fn require_memory(points: &[Point], solvers: &Solvers, block: u64) -> Result<(), AveragesError> {
    /// More strips than this no solver wants at once.
    const BATCH: u64 = 64;
    let bytes = |(number, point): (usize, &Point)| {
        let [length, width] = point.size.sides();
        let sites = (length as u64).saturating_mul(width as u64);
        let batch = sites.saturating_mul(8 * BATCH.min(block));
        solvers.worker_bytes(number).saturating_add(batch)
    };
    let most = points.iter().enumerate().map(bytes).max().unwrap_or(0);
    let per_thread = most.saturating_add(block.saturating_mul(64));
    let needed = per_thread.saturating_mul(parallel::threads() as u64);
    memory::require("an ensemble of this size", needed)?;
    Ok(())
}
