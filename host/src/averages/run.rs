//! Making, resuming and extending averages.

use std::fs;
use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;

use super::config::{Point, SweepConfig, SweepError};
use super::error::AveragesError;
use super::folder::{Folder, UnitId};
use super::manifest::Manifest;
use super::tally::{FallbackTotals, Tally};
use crate::dataset::MAX_SAMPLES;
use crate::ensemble::{NoSolver, Solver, StripSize, default_solver_bytes};
use crate::files::WriteError;
use crate::memory;
use crate::work::{LOCK, Observer, Shard, WriteLock};

/// Makes a solver for strips of a size at some energies.
pub type MakeSolver = fn(StripSize, &[f64]) -> Result<Box<dyn Solver>, NoSolver>;

/// What [`Averages::compute`] did.
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
    /// What of the samples written took another way.
    pub fallbacks: FallbackTotals,
    /// It was stopped before all was done.
    pub stopped: bool,
}

/// The averages in a folder, or one shard's part in them, which is this process's own as long as
/// this value lives.
///
/// # Example
/// ```
/// use landauer::averages::{Averages, Axis, Conductance, SweepConfig};
/// use landauer::ensemble::{StripSize, default_solver};
/// use landauer::work::{Observer, Shard};
/// use landauer_core::DisorderModel;
///
/// /// Lets it run to its end.
/// struct Patience;
/// impl Observer for Patience {
///     fn begin(&self, _: u64) {}
///     fn computed(&self, _: u64) {}
///     fn stop(&self) -> bool {
///         false
///     }
/// }
///
/// let config = SweepConfig {
///     model: DisorderModel::OneSpecies,
///     concentration: 0.0,
///     seed: 1,
///     size: StripSize { length: 4, width: 3 },
///     conductance: Conductance::Energy(0.0),
///     axis: Axis::Concentration,
///     values: vec![0.0, 0.5],
///     block: 64,
/// };
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("sweep");
/// let averages = Averages::open(&path, &config, 100, Shard::WHOLE, default_solver, &[])?;
/// averages.compute(&Patience)?;
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
    /// The shard's units.
    units: Range<u64>,
    lock: WriteLock,
}

impl std::fmt::Debug for Averages<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Averages")
            .field("config", &self.config)
            .field("samples", &self.samples)
            .field("units", &self.units)
            .finish_non_exhaustive()
    }
}

impl<'c> Averages<'c> {
    /// Takes this shard's part in the averages at `path`; the folder is made, with its parents, if
    /// it is not there, and extended if it has fewer samples a point. `outdated` are names of files
    /// that no longer hold after that.
    ///
    /// # Errors
    /// See [`AveragesError`]. A path that holds anything else than these averages is left as it is.
    pub fn open(
        path: &Path,
        config: &'c SweepConfig,
        samples: u64,
        shard: Shard,
        make_solver: MakeSolver,
        outdated: &[&str],
    ) -> Result<Self, AveragesError> {
        config.check()?;
        if !(1..=MAX_SAMPLES).contains(&samples) {
            return Err(SweepError::Samples(samples).into());
        }
        let points = config.points()?;
        require_memory(&points, config.block)?;
        let solvers = Solvers::new(&points, make_solver)?;
        let manifest = Manifest::new(config, samples, &solvers.identities());
        let folder = Folder::new(path, manifest);
        // Anything else at this path is refused before the first file is written.
        folder.compare()?;
        fs::create_dir_all(path).map_err(|error| WriteError::new(path, error))?;
        let lock_failed = |error| AveragesError::from(WriteError::new(&path.join(LOCK), error));
        let units = shard.units(samples.div_ceil(config.block) * points.len() as u64);
        let lock = WriteLock::acquire(path, units.clone()).map_err(lock_failed)?;
        let Some(lock) = lock else {
            let path = path.to_owned();
            return Err(AveragesError::Busy { path });
        };
        lock.with_metadata(lock_failed, || folder.establish(outdated))?;
        Ok(Self {
            config,
            samples,
            points,
            solvers,
            folder,
            units,
            lock,
        })
    }

    /// The identities of the solvers, each once, in the order of the points.
    #[must_use]
    pub fn solvers(&self) -> Vec<&'static str> {
        self.solvers.identities()
    }

    /// Computes all units of the shard that are not there yet, on all threads of the current rayon
    /// pool; those that are there are verified.
    ///
    /// # Errors
    /// A unit that is damaged, a sample that cannot be solved, a file that cannot be written.
    pub fn compute(&self, observer: &dyn Observer) -> Result<AveragesReport, AveragesError> {
        let found = self.verify_found(observer)?;
        let mut report = AveragesReport {
            units: self.all_units(),
            shard_units: self.units.end - self.units.start,
            units_found: found.len() as u64,
            samples_found: found.iter().map(|&unit| self.samples_in(unit)).sum(),
            stopped: observer.stop(),
            ..AveragesReport::default()
        };
        observer.begin(
            self.samples_before(self.units.end)
                - self.samples_before(self.units.start)
                - report.samples_found,
        );
        // Of a very large ensemble the units must not even be listed.
        let missing = self.units.clone().map(|number| self.unit(number));
        let missing = missing.filter(|unit| found.binary_search(unit).is_err());
        self.compute_units(missing, observer, &mut report)?;
        Ok(report)
    }

    /// The sums of each point, in the order of the points; `None` as long as units are missing,
    /// those of other shards.
    ///
    /// # Errors
    /// A unit that is damaged or cannot be read.
    pub fn results(&self) -> Result<Option<Vec<Tally>>, AveragesError> {
        let there = self.folder.units()?;
        let mut tallies = vec![Tally::default(); self.points.len()];
        let mut units = (0..self.all_units()).map(|number| self.unit(number));
        if !units.clone().all(|unit| there.contains(&unit)) {
            return Ok(None);
        }
        // Block by block for every point: always in the same order.
        let complete =
            units.try_for_each(
                |unit| match self.folder.read_unit(unit, self.samples_in(unit)) {
                    Ok(Some(tally)) => {
                        tallies[unit.point].merge(&tally);
                        Ok(())
                    }
                    Ok(None) => Err(None),
                    Err(error) => Err(Some(error)),
                },
            );
        match complete {
            Ok(()) => Ok(Some(tallies)),
            Err(None) => Ok(None),
            Err(Some(error)) => Err(error),
        }
    }

    /// Writes files of these names beside the units, each whole or not at all, and removes those
    /// without content; unless the folder has been extended by another process since
    /// [`open`](Self::open), so that they would not hold. Gives whether that was done.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn publish(&self, files: &[(&str, Option<Vec<u8>>)]) -> Result<bool, AveragesError> {
        let path = self.folder.path();
        let lock_failed = |error| AveragesError::from(WriteError::new(&path.join(LOCK), error));
        self.lock.with_metadata(lock_failed, || {
            let current = self.folder.is_current()?;
            if current {
                for (name, bytes) in files {
                    match bytes {
                        Some(bytes) => self.folder.write(name, bytes)?,
                        None => self.folder.remove(name)?,
                    }
                }
            }
            Ok(current)
        })
    }

    /// The number of units of all shards.
    fn all_units(&self) -> u64 {
        self.samples.div_ceil(self.config.block) * self.points.len() as u64
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

    /// The number of a unit.
    fn number(&self, unit: UnitId) -> u64 {
        unit.block * self.points.len() as u64 + unit.point as u64
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

    /// The units of the shard that are there and complete, in order; all of them are verified.
    fn verify_found(&self, observer: &dyn Observer) -> Result<Vec<UnitId>, AveragesError> {
        let own = |unit: &UnitId| {
            unit.point < self.points.len() && self.units.contains(&self.number(*unit))
        };
        let candidates: Vec<UnitId> = self.folder.units()?.into_iter().filter(own).collect();
        let sound = |unit: UnitId| -> Result<Option<UnitId>, AveragesError> {
            if observer.stop() {
                return Ok(None);
            }
            let tally = self.folder.read_unit(unit, self.samples_in(unit))?;
            Ok(tally.map(|_| unit))
        };
        let found: Result<Vec<Option<UnitId>>, _> = candidates.into_par_iter().map(sound).collect();
        Ok(found?.into_iter().flatten().collect())
    }
}

/// A solver for each size and set of energies that occurs.
pub(super) struct Solvers {
    each: Vec<Box<dyn Solver>>,
    /// The number of the solver that each point needs.
    of_point: Vec<usize>,
}

impl Solvers {
    fn new(points: &[Point], make: MakeSolver) -> Result<Self, NoSolver> {
        let mut each: Vec<Box<dyn Solver>> = Vec::new();
        let mut of_point = Vec::with_capacity(points.len());
        for point in points {
            let energies = point.conductance.energies();
            // Points that share one follow each other: only one of the parameters changes.
            let last = each.last();
            if last.is_none_or(|last| last.size() != point.size || last.energies() != energies) {
                each.push(make(point.size, &energies)?);
            }
            of_point.push(each.len() - 1);
        }
        Ok(Self { each, of_point })
    }

    /// The solver of a point, and its number.
    pub(super) fn of(&self, point: usize) -> (usize, &dyn Solver) {
        let number = self.of_point[point];
        (number, &*self.each[number])
    }

    /// Each identity once, in the order of the points.
    fn identities(&self) -> Vec<&'static str> {
        let mut identities = Vec::new();
        for solver in &self.each {
            if !identities.contains(&solver.identity()) {
                identities.push(solver.identity());
            }
        }
        identities
    }
}

/// Makes sure of the memory that every thread's working space, batch and unit need.
fn require_memory(points: &[Point], block: u64) -> Result<(), AveragesError> {
    /// More strips than this no solver wants at once.
    const BATCH: u64 = 64;
    let bytes = |point: &Point| {
        let StripSize { length, width } = point.size;
        let sites = (length as u64).saturating_mul(width as u64);
        default_solver_bytes(point.size).saturating_add(sites.saturating_mul(8 * BATCH.min(block)))
    };
    let most = points.iter().map(bytes).max().unwrap_or(0);
    let per_thread = most.saturating_add(block.saturating_mul(64));
    let needed = per_thread.saturating_mul(rayon::current_num_threads() as u64);
    memory::require("an ensemble of this size", needed)?;
    Ok(())
}
