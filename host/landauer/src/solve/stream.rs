//! Strips in, solutions out, in order, a few at a time.

use std::ops::Range;

use landauer_core::Ensemble;

use super::{Solution, Solver, StripError, StripSize, Workload};
use crate::failure::{Categorised, Category};
use crate::maps::MapError;
use crate::memory::TooLittleMemory;
use crate::onsite::OnsiteEnergies;

/// Where strips of one size come from, some at a time: a file, an ensemble, a caller's own.
///
/// # Example
/// ```
/// use std::convert::Infallible;
///
/// use landauer::{Solver, StripSize, StripSource};
///
/// /// Strips of one impurity, stronger from sample to sample.
/// struct Impurity(StripSize);
/// impl StripSource for Impurity {
///     type Error = Infallible;
///     fn size(&self) -> StripSize {
///         self.0
///     }
///     fn samples(&self) -> u64 {
///         100
///     }
///     fn read(&mut self, start: u64, count: usize) -> Result<Vec<f64>, Infallible> {
///         let mut onsite = vec![0.0; count * self.0.sites()];
///         for (strip, sample) in onsite.chunks_mut(self.0.sites()).zip(start..) {
///             strip[0] = sample as f64;
///         }
///         Ok(onsite)
///     }
/// }
///
/// let mut source = Impurity(StripSize::new(2, 3)?);
/// let solver = Solver::builder(source.size()).build()?;
/// let mut last = f64::INFINITY;
/// for solution in solver.stream(&mut source) {
///     for &transmission in solution?.transmissions() {
///         assert!(transmission < last);
///         last = transmission;
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait StripSource: Send {
    /// Why strips cannot be had.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The size of the strips.
    fn size(&self) -> StripSize;

    /// How many there are.
    fn samples(&self) -> u64;

    /// What the first of them is called; they are counted from there in solutions and errors.
    fn first_sample(&self) -> u64 {
        0
    }

    /// The strips from the one that has `start` before it on, `count` of them: `[sample, slice, row]` in
    /// units of t. A solver asks for no more than there are.
    ///
    /// # Errors
    /// If they cannot be had.
    fn read(&mut self, start: u64, count: usize) -> Result<Vec<f64>, Self::Error>;

    /// What the cost of solving them depends on, as far as their disorder is known.
    fn workload(&self) -> Workload {
        Workload::undescribed(self.size())
    }
}

/// Samples of an ensemble as a [`StripSource`], drawn when they are needed.
#[derive(Debug, Clone)]
pub struct EnsembleSource {
    ensemble: Ensemble,
    size: StripSize,
    samples: Range<u64>,
}

impl EnsembleSource {
    /// The samples of these numbers, as strips of this size.
    #[must_use]
    pub const fn new(ensemble: Ensemble, size: StripSize, samples: Range<u64>) -> Self {
        Self {
            ensemble,
            size,
            samples,
        }
    }
}

/// Samples that an [`EnsembleSource`] cannot draw.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// More samples were asked for than there are.
    #[error("{count} samples from number {start} on were asked for, of {samples}")]
    Samples {
        /// The first that was asked for, counted from 0.
        start: u64,
        /// How many were asked for.
        count: usize,
        /// How many there are.
        samples: u64,
    },
    /// They do not fit into memory.
    #[error(transparent)]
    Memory(#[from] TooLittleMemory),
}

impl Categorised for SourceError {
    fn category(&self) -> Category {
        match self {
            Self::Samples { .. } => Category::Usage,
            Self::Memory(error) => error.category(),
        }
    }
}

impl StripSource for EnsembleSource {
    type Error = SourceError;

    fn size(&self) -> StripSize {
        self.size
    }

    fn samples(&self) -> u64 {
        self.samples.end.saturating_sub(self.samples.start)
    }

    fn first_sample(&self) -> u64 {
        self.samples.start
    }

    fn read(&mut self, start: u64, count: usize) -> Result<Vec<f64>, SourceError> {
        let samples = self.samples();
        let end = start.checked_add(count as u64);
        let Some(end) = end.filter(|&end| end <= samples) else {
            return Err(SourceError::Samples {
                start,
                count,
                samples,
            });
        };
        let samples = self.samples.start + start..self.samples.start + end;
        Ok(OnsiteEnergies::draw(&self.ensemble, self.size, samples)?.into_values())
    }

    fn workload(&self) -> Workload {
        Workload::of(&self.ensemble, self.size)
    }
}

/// The solutions of a [stream](Solver::stream), in the order of its strips.
#[derive(Debug)]
pub struct Solutions<'s, S> {
    solver: &'s Solver,
    source: &'s mut S,
    /// What has been read, and how much of it is solved.
    block: Vec<f64>,
    solved: usize,
    /// Strips that have been solved.
    done: u64,
    failed: bool,
}

impl<'s, S: StripSource> Solutions<'s, S> {
    pub(super) const fn new(solver: &'s Solver, source: &'s mut S) -> Self {
        Self {
            solver,
            source,
            block: Vec::new(),
            solved: 0,
            done: 0,
            failed: false,
        }
    }

    fn next_part(&mut self) -> Result<Option<Solution>, StreamError<S::Error>> {
        let (solver, sites) = (self.solver, self.solver.size().sites());
        let [block, step] = solver.pieces();
        if self.source.size() != solver.size() {
            return Err(StreamError::Strip(solver.other_size(self.source.size())));
        }
        if self.solved == self.block.len() {
            let left = self.source.samples().saturating_sub(self.done);
            let count = block.min(usize::try_from(left).unwrap_or(usize::MAX));
            if count == 0 {
                return Ok(None);
            }
            // Two blocks at a time would be twice the memory.
            self.block = Vec::new();
            let (source, done) = (&mut *self.source, self.done);
            let read = solver.threads().run(|| source.read(done, count));
            self.block = read.map_err(StreamError::Source)?;
            self.solved = 0;
            if self.block.len() != count * sites {
                return Err(StreamError::Length {
                    sample: self.source.first_sample().saturating_add(self.done),
                    wanted: count * sites,
                    found: self.block.len(),
                });
            }
        }
        let rest = &self.block[self.solved..];
        let onsite = &rest[..rest.len().min(step * sites)];
        let sample = self.source.first_sample().saturating_add(self.done);
        let solution = solver.solve_values(onsite, sample).map_err(|error| {
            // Errors count from the first strip of a step.
            error.after(usize::try_from(sample).unwrap_or_default())
        })?;
        self.solved += onsite.len();
        self.done += solution.samples() as u64;
        Ok(Some(solution))
    }
}

impl<S: StripSource> Iterator for Solutions<'_, S> {
    type Item = Result<Solution, StreamError<S::Error>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let part = self.next_part();
        self.failed = part.is_err();
        part.transpose()
    }
}

/// Why a stream has ended early.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError<E> {
    /// The source failed.
    #[error(transparent)]
    Source(E),
    /// A strip could not be solved.
    #[error(transparent)]
    Strip(#[from] StripError),
    /// The maps of a strip could not be found.
    #[error(transparent)]
    Map(#[from] MapError),
    /// The source gave another number of on-site energies than it was asked for.
    #[error(
        "the source of strips gave {found} on-site energies from sample {sample} on, not {wanted}"
    )]
    Length {
        /// The first sample that was asked for.
        sample: u64,
        /// As many as were asked for.
        wanted: usize,
        /// As many as came.
        found: usize,
    },
}

impl<E: Categorised> Categorised for StreamError<E> {
    fn category(&self) -> Category {
        match self {
            Self::Source(error) => error.category(),
            Self::Strip(error) => error.category(),
            Self::Map(error) => error.category(),
            Self::Length { .. } => Category::Input,
        }
    }
}
