//! What the engine asks of a kind of long work, and units while they are computed.

use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::samples::{SampleBlock, SampleSource};
use super::solvers::Problem;
use super::{FallbackTotals, WorkError};
use crate::solve::{Fallbacks, Underflow};

/// A kind of long work: units of samples that are drawn, solved and kept in a folder, each whole or not at
/// all. What a unit holds depends on its number and the configuration only.
pub(crate) trait LongWork: Sync {
    /// What is kept of a unit's samples, until it is written.
    type Unit: Send;
    /// Why it has failed.
    type Error: From<WorkError> + Send;

    /// What needs memory, in messages.
    const WHAT: &'static str;

    /// Copies of a unit that writing it takes.
    const COPIES: u64;

    /// How many threads only write units, so that computing does not wait for a slow disk.
    fn writers(&self) -> usize;

    /// The folder.
    fn path(&self) -> &Path;

    /// What is solved at each point.
    fn points(&self) -> Vec<Problem>;

    /// The number of units, of all shards.
    fn units(&self) -> u64;

    /// How many samples are solved for all units before this one.
    fn samples_before(&self, unit: u64) -> u64;

    /// How many samples of a unit are reported: all of them, unless some are never shown.
    fn samples_shown(&self, unit: u64) -> u64 {
        self.samples_before(unit + 1) - self.samples_before(unit)
    }

    /// Bytes that the largest unit takes until it is written.
    fn unit_bytes(&self) -> u64;

    /// Where the samples of a unit come from.
    fn origin(&self, unit: u64) -> Origin<'_>;

    /// The point of a unit in an error message, as `strength 4: `; empty where there is only one.
    fn place(&self, unit: u64) -> String;

    /// Whether the folder's metadata are there and as wanted.
    fn is_established(&self) -> Result<bool, Self::Error>;

    /// The units of the range of which something is in the folder, in order.
    fn on_disk(&self, units: Range<u64>) -> Result<Vec<u64>, Self::Error>;

    /// Whether a unit is there, whole and sound. What killed writers may have left beside it is removed if
    /// it is to `clean`.
    ///
    /// # Errors
    /// A unit that is damaged or cannot be read.
    fn is_finished(&self, unit: u64, clean: bool) -> Result<bool, Self::Error>;

    /// A unit of this number with nothing in it.
    fn empty(&self, unit: u64) -> Self::Unit;

    /// Takes a solved batch into its unit. Batches come in any order.
    fn add(&self, to: &mut Self::Unit, batch: &SolvedBatch<'_>) -> Result<(), Self::Error>;

    /// Writes a unit that has all of its samples.
    fn write(&self, unit: u64, content: Self::Unit) -> Result<UnitCounts, Self::Error>;
}

/// Where the samples of a unit come from, and what is solved of them.
pub(crate) struct Origin<'w> {
    /// The samples.
    pub(crate) source: &'w dyn SampleSource,
    /// The number of the unit's first.
    pub(crate) first: u64,
    /// The point that they belong to.
    pub(crate) point: usize,
}

/// Some samples of a unit that have been solved.
pub(crate) struct SolvedBatch<'b> {
    /// The unit's number.
    pub(crate) unit: u64,
    /// The samples, counted from the first of the unit.
    pub(crate) range: Range<usize>,
    /// What was solved.
    #[cfg_attr(
        not(feature = "zarr"),
        allow(dead_code, reason = "averages keep no sample, data sets do")
    )]
    pub(crate) samples: &'b SampleBlock,
    /// `[sample, energy]`
    pub(crate) transmissions: &'b [f64],
    /// Those too small for an `f64`; samples are counted from the first of the batch.
    pub(crate) underflows: &'b [Underflow],
    /// `[sample]`
    pub(crate) fallbacks: &'b [Fallbacks],
}

/// What is counted of a unit that was written, of the samples that are reported.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct UnitCounts {
    /// Transmissions recomputed by a fallback solver.
    pub(crate) fallbacks: FallbackTotals,
    /// Transmissions stored as 0 though a mode propagates.
    pub(crate) underflows: u64,
}

/// A unit that still lacks some of its batches.
pub(super) struct PartialUnit<U> {
    state: Mutex<State<U>>,
}

struct State<U> {
    /// `None` once it is finished.
    content: Option<U>,
    /// How many batches are still missing.
    remaining: usize,
}

impl<U> PartialUnit<U> {
    pub(super) fn new(content: U, batches: usize) -> Self {
        let content = Some(content);
        let remaining = batches;
        Self {
            state: Mutex::new(State { content, remaining }),
        }
    }

    /// Adds one batch; gives the unit if that was the last one it lacked.
    pub(super) fn add<E>(
        &self,
        batch: impl FnOnce(&mut U) -> Result<(), E>,
    ) -> Result<Option<U>, E> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(content) = &mut state.content {
            batch(content)?;
        }
        state.remaining = state.remaining.saturating_sub(1);
        Ok(if state.remaining == 0 {
            state.content.take()
        } else {
            None
        })
    }
}

/// A batch that is to be solved.
pub(super) struct Task<U> {
    pub(super) partial: Arc<PartialUnit<U>>,
    pub(super) unit: u64,
    /// Its samples, counted from the first of the unit.
    pub(super) range: Range<usize>,
}

impl<U> Task<U> {
    /// The batches of a unit of this many samples.
    pub(super) fn batches_of(
        unit: u64,
        content: U,
        samples: usize,
        batch: usize,
    ) -> impl Iterator<Item = Self> {
        let batch = batch.clamp(1, samples.max(1));
        let partial = Arc::new(PartialUnit::new(content, samples.div_ceil(batch)));
        (0..samples).step_by(batch).map(move |begin| Self {
            partial: partial.clone(),
            unit,
            range: begin..(begin + batch).min(samples),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_given_with_its_last_batch_in_whatever_order() {
        let mut tasks: Vec<Task<Vec<usize>>> = Task::batches_of(3, Vec::new(), 10, 4).collect();
        let ranges: Vec<Range<usize>> = tasks.iter().map(|task| task.range.clone()).collect();
        assert_eq!(ranges, [0..4, 4..8, 8..10]);
        tasks.rotate_left(2);
        for (number, task) in tasks.iter().enumerate() {
            let unit = task.partial.add(|content| {
                content.extend(task.range.clone());
                Ok::<_, ()>(())
            });
            let mut samples = unit.unwrap();
            if let Some(samples) = &mut samples {
                samples.sort_unstable();
            }
            let whole = (number == 2).then(|| (0..10).collect());
            assert_eq!(samples, whole);
        }
        // Batches of no samples or of more than there are.
        for batch in [0, 1000] {
            let tasks = Task::batches_of(0, (), 3, batch);
            let samples: usize = tasks.map(|task| task.range.len()).sum();
            assert_eq!(samples, 3);
        }
    }
}
