//! One thread's part in long work.

use super::WorkError;
use super::samples::SampleBlock;
use super::solvers::Solvers;
use super::units::{LongWork, Origin, SolvedBatch, Task};
use crate::solve::{Fallbacks, Stop, StripError, Worker};

/// What has become of a batch.
pub(super) enum Added<U> {
    /// It was stopped.
    Stopped,
    /// It was added to its unit, which lacks others.
    ToUnit,
    /// It was the last one that this unit lacked.
    Last(U),
}

/// One thread's working memory.
#[derive(Default)]
pub(super) struct WorkerState<'s> {
    /// The number of the solver in use, and its working memory.
    worker: Option<(usize, Box<dyn Worker + 's>)>,
    samples: SampleBlock,
    transmissions: Vec<f64>,
    fallbacks: Vec<Fallbacks>,
}

impl<'s> WorkerState<'s> {
    /// Draws and solves a batch and adds it to its unit.
    pub(super) fn solve<W: LongWork>(
        &mut self,
        work: &W,
        solvers: &'s Solvers,
        task: &Task<W::Unit>,
        stop: Stop<'_>,
    ) -> Result<Added<W::Unit>, W::Error> {
        let Origin {
            source,
            first,
            point,
        } = work.origin(task.unit);
        let (number, solver) = solvers.of(point);
        let (begin, count) = (task.range.start, task.range.len());
        let energies = solver.energies().len();
        self.samples.resize(count, solver.size().sites());
        self.transmissions.resize(count * energies, 0.0);
        self.fallbacks.clear();
        self.fallbacks.resize(count, Fallbacks::default());
        let filled = source.fill(first + begin as u64, &mut self.samples);
        filled.map_err(WorkError::from)?;
        let worker = match &mut self.worker {
            Some((of, worker)) if *of == number => worker,
            other => &mut other.insert((number, solver.worker())).1,
        };
        let onsite = &self.samples.onsite;
        let (transmissions, fallbacks) = (&mut self.transmissions, &mut self.fallbacks);
        let solved = worker.solve_unless(onsite, transmissions, fallbacks, stop);
        let solved = solved.map_err(|in_batch| {
            let in_unit: StripError = in_batch.after(begin);
            let sample = first + in_unit.sample as u64;
            WorkError::Strip {
                place: work.place(task.unit),
                sample,
                in_unit,
            }
        })?;
        if !solved {
            return Ok(Added::Stopped);
        }
        let batch = SolvedBatch {
            unit: task.unit,
            range: task.range.clone(),
            samples: &self.samples,
            transmissions: &self.transmissions,
            underflows: worker.underflows(),
            fallbacks: &self.fallbacks,
        };
        let unit = task.partial.add(|unit| work.add(unit, &batch))?;
        Ok(unit.map_or(Added::ToUnit, Added::Last))
    }
}
