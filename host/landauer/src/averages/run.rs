//! Making, resuming and extending averages.

use std::ffi::OsStr;
use std::path::Path;

use super::config::{Point, SweepConfig, SweepError};
use super::error::AveragesError;
use super::folder::{Folder, MANIFEST, UNITS, UnitId, recorded_solver};
use super::manifest::Manifest;
use super::tally::Tally;
use crate::solve::{Choice, Workload};
use crate::work::engine::Engine;
use crate::work::samples::SampleSource;
use crate::work::solvers::MakeSolver;
use crate::work::units::LongWork;
use crate::work::{GivenSamples, Observer, WorkError, WorkOptions, WorkReport};

/// The averages in a folder, or those that are to be made there.
///
/// # Example
/// ```
/// use landauer::averages::{Averages, Axis, Conductance, SweepConfig};
/// use landauer::work::WorkOptions;
/// use landauer::{DisorderModel, StripSize};
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
/// let averages = Averages::new(&path, &config, WorkOptions::new(100))?;
/// // `()` watches without a word, and never stops it.
/// averages.begin(&[])?.run(&())?;
/// let tallies = averages.results()?.expect("all units are there");
/// // Without impurities all three modes pass.
/// assert!((tallies[0].g().mean().unwrap() - 3.0).abs() < 1e-12);
/// assert_eq!(tallies[1].samples(), 100);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Averages<'c> {
    pub(super) config: &'c SweepConfig,
    options: WorkOptions,
    pub(super) samples: u64,
    choice: Choice,
    make: Box<dyn MakeSolver + 'c>,
    given: Option<&'c GivenSamples>,
    pub(super) points: Vec<Point>,
    pub(super) folder: Folder,
}

/// One shard's part in the making of averages, which is this process's own as long as this value
/// lives.
pub struct Part<'a> {
    averages: &'a Averages<'a>,
    engine: Engine<'a, Averages<'a>>,
}

impl std::fmt::Debug for Averages<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Averages")
            .field("config", &self.config)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Part")
            .field("averages", &self.averages)
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
    /// An invalid configuration; a path that holds anything else than these averages, or more of them.
    pub fn new(
        path: &Path,
        config: &'c SweepConfig,
        options: WorkOptions,
    ) -> Result<Self, AveragesError> {
        let (points, choice) = chosen(path, config, options)?;
        let chosen = (points, choice);
        Self::checked(path, (config, None), options, chosen, Box::new(choice.kind))
    }

    /// The same of given on-site energies, whose disorder, size and digest (for the seed) the
    /// configuration has.
    ///
    /// # Errors
    /// As [`new`](Self::new); other or fewer samples than are asked for.
    pub fn of_given(
        path: &Path,
        config: &'c SweepConfig,
        given: &'c GivenSamples,
        options: WorkOptions,
    ) -> Result<Self, AveragesError> {
        let (points, choice) = chosen(path, config, options)?;
        let (chosen, make) = ((points, choice), Box::new(choice.kind));
        Self::checked(path, (config, Some(given)), options, chosen, make)
    }

    /// The same by any solvers.
    #[doc(hidden)]
    pub fn with_solver(
        path: &Path,
        config: &'c SweepConfig,
        options: WorkOptions,
        make: &'c dyn MakeSolver,
    ) -> Result<Self, AveragesError> {
        let chosen = chosen(path, config, options)?;
        Self::checked(path, (config, None), options, chosen, Box::new(make))
    }

    fn checked(
        path: &Path,
        (config, given): (&'c SweepConfig, Option<&'c GivenSamples>),
        options: WorkOptions,
        (points, choice): (Vec<Point>, Choice),
        make: Box<dyn MakeSolver + 'c>,
    ) -> Result<Self, AveragesError> {
        options.check()?;
        let samples = options.samples;
        for point in &points {
            GivenSamples::check(given, (point.ensemble, point.size), samples)
                .map_err(WorkError::from)?;
        }
        let manifest = Manifest::new(config, samples, &[make.identity()]);
        let folder = Folder::new(path, manifest);
        folder.compare()?;
        Ok(Self {
            config,
            options,
            samples,
            choice,
            make,
            given,
            points,
            folder,
        })
    }

    /// The number of units of work, which shards share out.
    #[must_use]
    pub fn units(&self) -> u64 {
        LongWork::units(self)
    }

    /// The solver, and why it was chosen.
    #[must_use]
    pub const fn choice(&self) -> Choice {
        self.choice
    }

    /// Takes this shard's part in making them. The folder is made, with its parents, if it is not
    /// there, and extended if it has fewer samples a point; `outdated` are names of files that no
    /// longer hold after that. Where nothing can be written, what is complete is read.
    ///
    /// # Errors
    /// Another process computes some of these units; too little memory; a path that cannot be written to,
    /// or that has become something else meanwhile.
    pub fn begin(&self, outdated: &[&str]) -> Result<Part<'_>, AveragesError> {
        outdated.iter().try_for_each(|name| check_name(name))?;
        let writer = self.options.writer();
        let establish = || self.folder.establish(outdated, writer.as_deref());
        Ok(Part {
            averages: self,
            engine: Engine::begin(self, &*self.make, &self.options, establish)?,
        })
    }

    /// The sums of each point, in the order of the points; `None` as long as units are missing,
    /// those of other shards.
    ///
    /// # Errors
    /// A unit that is damaged or cannot be read.
    pub fn results(&self) -> Result<Option<Vec<Tally>>, AveragesError> {
        let existing = self.folder.units()?;
        let mut tallies = vec![Tally::default(); self.points.len()];
        let units = 0..self.units();
        if !units
            .clone()
            .all(|unit| existing.contains(&self.unit(unit)))
        {
            return Ok(None);
        }
        // Block by block for every point: always in the same order.
        for unit in units {
            let id = self.unit(unit);
            match self.folder.read_unit(id, self.samples_shown(unit))? {
                Some(tally) => tallies[id.point].merge(&tally),
                None => return Ok(None),
            }
        }
        Ok(Some(tallies))
    }

    /// Where the samples of a point come from.
    pub(super) fn source<'s>(&'s self, point: &'s Point) -> &'s dyn SampleSource {
        match self.given {
            Some(given) => given,
            None => &point.ensemble,
        }
    }

    /// The unit of this number.
    pub(super) fn unit(&self, number: u64) -> UnitId {
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
    pub(super) fn number(&self, unit: UnitId) -> u64 {
        let before = unit.block.saturating_mul(self.points.len() as u64);
        before.saturating_add(unit.point as u64)
    }
}

/// The points, and the solver that has begun the averages at `path`, or the one that suits the points.
fn chosen(
    path: &Path,
    config: &SweepConfig,
    options: WorkOptions,
) -> Result<(Vec<Point>, Choice), SweepError> {
    config.check()?;
    let points = config.points()?;
    let each = points
        .iter()
        .map(|point| Workload::of(&point.ensemble, point.size));
    let each: Vec<Workload> = each.collect();
    let choice = options
        .solver
        .choose(&each, recorded_solver(path).as_deref());
    Ok((points, choice))
}

impl Part<'_> {
    /// Computes all units of the shard that are not there yet, on all threads of the current rayon
    /// pool; those that are there are verified.
    ///
    /// # Errors
    /// A unit that is damaged, a sample that cannot be solved, a file that cannot be written.
    pub fn run(&self, observer: &dyn Observer) -> Result<WorkReport, AveragesError> {
        self.engine.run(observer)
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
        let writer = self.averages.options.writer();
        let folder = &self.averages.folder;
        self.engine.with_metadata(|| {
            let current = folder.is_current()?;
            if current {
                for (name, bytes) in files {
                    match bytes {
                        Some(bytes) => folder.write(name, bytes, writer.as_deref())?,
                        None => folder.remove(name)?,
                    }
                }
            }
            Ok(current)
        })
    }
}
