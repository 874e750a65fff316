//! Making, resuming and extending a data set.

use std::path::Path;

use super::arrays::Arrays;
use super::config::{ConfigError, DatasetConfig};
use super::create::{compare, establish};
use super::error::DatasetError;
use super::read::choose_solver;
use super::schema::{Attributes, Kind};
use crate::failure::{Categorised, Category};
use crate::files::WriteError;
use crate::solve::Choice;
use crate::work::engine::Engine;
use crate::work::samples::SampleSource;
use crate::work::solvers::MakeSolver;
use crate::work::{FolderError, GivenSamples, Observer, WorkError, WorkOptions, WorkReport};

/// Why no data set was made. Every chunk that was finished before is there and sound.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The configuration is invalid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The path holds something else, or more samples.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The data set at the path cannot be read or is damaged.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The work failed.
    #[error(transparent)]
    Work(#[from] WorkError),
}

impl From<WriteError> for GenerateError {
    fn from(error: WriteError) -> Self {
        Self::Work(error.into())
    }
}

impl Categorised for GenerateError {
    fn category(&self) -> Category {
        match self {
            Self::Config(error) => error.category(),
            Self::Folder(error) => error.category(),
            Self::Dataset(error) => error.category(),
            Self::Work(error) => error.category(),
        }
    }
}

/// A data set that is to be made at a path, or completed or extended there.
///
/// The bytes written depend on the configuration and the solver's identity, on nothing else: any
/// number of threads and shards, in any order, with any interruption in between, gives the same
/// files. Chunks that are there are read and verified; a data set that has fewer samples is
/// extended. Of one that is complete, or this shard's part of it, nothing is written: it may lie where
/// nothing can be.
///
/// # Example
/// ```
/// use landauer::dataset::{Dataset, DatasetConfig, Generation};
/// use landauer::work::WorkOptions;
/// use landauer::{Concentration, DisorderModel, Ensemble, StripSize};
///
/// let config = DatasetConfig {
///     ensemble: Ensemble::new(DisorderModel::II, Concentration::Fixed(0.1), 1)?,
///     size: StripSize::new(4, 3)?,
///     energies: vec![0.0, 0.5],
///     bias: None,
///     chunk_samples: 16,
/// };
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("small.zarr");
/// let generation = Generation::new(&path, &config, WorkOptions::new(20))?;
/// // `()` watches without a word, and never stops it.
/// let report = generation.run(&())?;
/// // The second chunk has 12 more samples than are shown.
/// assert_eq!((report.samples_written, report.samples_computed), (20, 32));
///
/// let dataset = Dataset::open(&path)?;
/// assert_eq!(dataset.g()?.map(|g| g.len()), Some(20));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Generation<'g> {
    pub(super) config: &'g DatasetConfig,
    options: WorkOptions,
    choice: Choice,
    make: Box<dyn MakeSolver + 'g>,
    given: Option<&'g GivenSamples>,
    pub(super) arrays: Arrays,
    pub(super) attributes: Attributes,
    /// Whether the arrays hold on-site energies, and not species.
    pub(super) has_onsite: bool,
}

impl std::fmt::Debug for Generation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Generation")
            .field("config", &self.config)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl<'g> Generation<'g> {
    /// The data set of this configuration at `path`. Nothing is written yet: this tells whether it could
    /// be made, as far as that can be known without regard to this machine's memory.
    ///
    /// # Errors
    /// See [`GenerateError`]. A path that holds anything else than this data set is left as it is.
    pub fn new(
        path: &Path,
        config: &'g DatasetConfig,
        options: WorkOptions,
    ) -> Result<Self, GenerateError> {
        let choice = choose_solver(path, config, options.solver);
        Self::checked(path, (config, None), options, choice, Box::new(choice.kind))
    }

    /// The same of given on-site energies, whose [`ensemble`](GivenSamples::ensemble) and size the
    /// configuration has.
    ///
    /// # Errors
    /// As [`new`](Self::new); other or fewer samples than are asked for.
    pub fn of_given(
        path: &Path,
        config: &'g DatasetConfig,
        given: &'g GivenSamples,
        options: WorkOptions,
    ) -> Result<Self, GenerateError> {
        let choice = choose_solver(path, config, options.solver);
        let make = Box::new(choice.kind);
        Self::checked(path, (config, Some(given)), options, choice, make)
    }

    /// The same by any solver.
    #[doc(hidden)]
    pub fn with_solver(
        path: &Path,
        config: &'g DatasetConfig,
        options: WorkOptions,
        make: &'g dyn MakeSolver,
    ) -> Result<Self, GenerateError> {
        let choice = choose_solver(path, config, options.solver);
        Self::checked(path, (config, None), options, choice, Box::new(make))
    }

    fn checked(
        path: &Path,
        (config, given): (&'g DatasetConfig, Option<&'g GivenSamples>),
        options: WorkOptions,
        choice: Choice,
        make: Box<dyn MakeSolver + 'g>,
    ) -> Result<Self, GenerateError> {
        config.check()?;
        options.check()?;
        let samples = options.samples;
        GivenSamples::check(given, (config.ensemble, config.size), samples)
            .map_err(WorkError::from)?;
        let attributes = Attributes::new(config, make.identity(), samples);
        let arrays = Arrays::new(path, config, &attributes, options.writer())?;
        compare(&arrays, &attributes)?;
        Ok(Self {
            config,
            options,
            choice,
            make,
            given,
            has_onsite: arrays.has(Kind::Onsite),
            arrays,
            attributes,
        })
    }

    /// The number of chunks, which shards share out.
    #[must_use]
    pub const fn units(&self) -> u64 {
        self.arrays.chunks()
    }

    /// The solver, and why it was chosen.
    #[must_use]
    pub const fn choice(&self) -> Choice {
        self.choice
    }

    /// Where the samples come from.
    pub(super) fn source(&self) -> &dyn SampleSource {
        match self.given {
            Some(given) => given,
            None => &self.config.ensemble,
        }
    }

    /// Draws, solves and writes all chunks of this shard that are not there yet, on all threads of the
    /// current rayon pool.
    ///
    /// # Errors
    /// See [`GenerateError`].
    pub fn run(&self, observer: &dyn Observer) -> Result<WorkReport, GenerateError> {
        let establish = || establish(&self.arrays, self.config, &self.attributes);
        Engine::begin(self, &*self.make, &self.options, establish)?.run(observer)
    }
}
