//! Lattices in, results out, in order, a few at a time.

use indicatif::ProgressBar;

use super::engine::{Engine, Solved};
use super::lattices::Lattices;
use super::plan::Plan;
use crate::failure::Failure;
use crate::interrupt::{Interrupt, Interrupted};

/// Who watches the work, and may stop it.
pub(super) struct Watch {
    pub(super) interrupt: Interrupt,
    pub(super) bar: ProgressBar,
}

/// Solves all lattices and gives the results to `take`, in order, with the index of their first
/// sample.
pub(super) fn solve(
    plan: &Plan,
    engine: &Engine,
    lattices: &mut Lattices,
    watch: &Watch,
    mut take: impl FnMut(u64, &Solved) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let sites = plan.size.sites();
    let (block, step) = (plan.block(), engine.step());
    let mut start = 0;
    while start < plan.samples {
        let left = usize::try_from(plan.samples - start).unwrap_or(usize::MAX);
        let onsite = lattices.block(start, block.min(left))?;
        for onsite in onsite.chunks(sites * step.min(block)) {
            if watch.interrupt.requested() {
                let kept = "nothing was written; the same command starts again".to_owned();
                return Err(Interrupted { kept }.into());
            }
            let sample = plan.first + start;
            let solved = engine.solve(onsite).map_err(|error| {
                // Errors count from the first strip they were given.
                error.after(usize::try_from(sample).unwrap_or_default())
            })?;
            take(sample, &solved)?;
            let done = (onsite.len() / sites) as u64;
            start += done;
            watch.bar.inc(done);
        }
    }
    watch.bar.finish_and_clear();
    Ok(())
}
