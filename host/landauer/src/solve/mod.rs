//! Solvers for many strips of one size, behind one trait.
//!
//! A [`SolverRequest`] leads to a [`SolverKind`], and that to a [`BatchSolver`]; callers need nothing else.

mod choice;
pub(crate) mod dissection;
mod elimination;
mod energies;
pub(crate) mod multifrontal;
mod recursion;
mod shared;
mod solution;
mod solver;
mod stream;
mod strips;
mod threads;
mod transverse;

use landauer_core::SolveError;
use serde::Serialize;

pub use choice::{Choice, Method, Reason, SolverKind, SolverRequest, Workload, seconds};
pub use dissection::DissectionSolver;
pub use energies::{Energies, EnergyError};
pub use multifrontal::MultifrontalSolver;
pub use recursion::{Details, RecursionSolver, SolverError, propagating_modes, recursion_bytes};
pub use shared::SharedOut;
pub use solution::{Solution, SolutionError};
pub use solver::{MAX_THREADS, Solver, SolverBuilder, result_bytes, solve};
pub use stream::{EnsembleSource, Solutions, SourceError, StreamError, StripSource};
pub use strips::StripFault;
pub(crate) use strips::find_fault;
pub(crate) use transverse::self_energy;

use crate::failure::{Categorised, Category};
use crate::parallel;
use crate::statistics::Scaled;
use crate::system::StripSize;

/// The floating-point precision of a solver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits: T to about 1e-5 on average at 40×40.
    F32,
    /// 64 bits: T to 1e-12 absolute at 40×40, small T relatively accurate.
    F64,
}

impl std::fmt::Display for Precision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
        })
    }
}

/// The most strips in a vector: multiples of it fill the vectors of every solver and machine.
pub const WHOLE_VECTORS: usize = 16;

/// Transmissions of many strips of one size at the same energies.
pub trait BatchSolver: Send + Sync {
    /// The method and its version, as data sets record it: results of equal identity are equal to
    /// the last bit, whatever the machine, its vector width and the number of threads.
    fn identity(&self) -> &'static str;

    /// The size of the strips.
    fn size(&self) -> StripSize;

    /// The energies, in units of t.
    fn energies(&self) -> &[f64];

    /// How many strips a worker likes to get at once.
    fn batch(&self) -> usize;

    /// Does one worker keep all threads busy? Then there is to be one at a time, for the sake of memory.
    fn uses_all_threads(&self) -> bool {
        false
    }

    /// Working memory for one thread.
    fn worker(&self) -> Box<dyn Worker + '_>;

    /// Bytes of a [`BatchSolver::worker`] at most, on any machine.
    fn worker_bytes(&self) -> u64;
}

/// How many transmissions a [`BatchSolver`] recomputed by a fallback solver, because its first
/// method would have lost too many digits there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Fallbacks {
    /// Promoted: solved in `f64` where `f32` was asked for.
    pub promoted: u32,
    /// Solved for a mirror image of the strip, which transmits the same.
    pub mirrored: u32,
    /// Solved by the scattering recursion.
    pub recursion: u32,
    /// Solved by Gaussian elimination with pivoting, the last resort.
    pub elimination: u32,
}

impl Fallbacks {
    const NONE: Self = Self {
        promoted: 0,
        mirrored: 0,
        recursion: 0,
        elimination: 0,
    };
    /// One solved in `f64`.
    pub(crate) const PROMOTED: Self = Self {
        promoted: 1,
        ..Self::NONE
    };
    /// One solved for a mirror image.
    pub(crate) const MIRRORED: Self = Self {
        mirrored: 1,
        ..Self::NONE
    };
    /// One solved by the recursion.
    pub(crate) const RECURSION: Self = Self {
        recursion: 1,
        ..Self::NONE
    };
    /// One solved by elimination.
    pub(crate) const ELIMINATION: Self = Self {
        elimination: 1,
        ..Self::NONE
    };

    /// These, or `other` if there are none.
    pub(crate) fn or(self, other: Self) -> Self {
        if self == Self::NONE { other } else { self }
    }

    /// All of them.
    #[must_use]
    pub const fn total(self) -> u32 {
        self.promoted + self.mirrored + self.recursion + self.elimination
    }
}

/// A transmission that is smaller than the smallest `f64`. That of a strip between propagating modes
/// is never 0: what is 0 (or has lost digits) in a list of transmissions has all of them here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Underflow {
    /// The sample, counted from the batch's first.
    pub sample: usize,
    /// The number of the energy.
    pub energy: usize,
    /// The transmission.
    pub transmission: Scaled,
}

/// Where the mean is this much, a transmission that is too small for an `f64` does not count.
const NEAR_UNDERFLOW: f64 = 1e-280;

/// The mean of some transmissions of one sample, those from energy number `first` on: `mean`, as `f64` has
/// it, unless that has lost digits to the sample's `underflows`.
pub(crate) fn mean_with_underflows(
    mean: f64,
    transmissions: &[f64],
    first: usize,
    underflows: &[Underflow],
) -> Scaled {
    if underflows.is_empty() || mean >= NEAR_UNDERFLOW {
        return mean.into();
    }
    let mut scaled: Vec<Scaled> = transmissions.iter().map(|&t| t.into()).collect();
    for underflow in underflows {
        let place = underflow.energy.checked_sub(first);
        if let Some(slot) = place.and_then(|place| scaled.get_mut(place)) {
            *slot = underflow.transmission;
        }
    }
    Scaled::mean(&scaled)
}

/// Notes a transmission that is too small for an `f64`.
fn note_underflow(
    underflows: &mut Vec<Underflow>,
    sample: usize,
    energy: usize,
    transmission: Scaled,
) {
    if !transmission.is_in_range() {
        underflows.push(Underflow {
            sample,
            energy,
            transmission,
        });
    }
}

impl std::ops::AddAssign for Fallbacks {
    fn add_assign(&mut self, other: Self) {
        self.promoted += other.promoted;
        self.mirrored += other.mirrored;
        self.recursion += other.recursion;
        self.elimination += other.elimination;
    }
}

impl std::iter::Sum for Fallbacks {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::default(), |mut sum, one| {
            sum += one;
            sum
        })
    }
}

/// One thread's share of a [`BatchSolver`].
pub trait Worker {
    /// Solves the strips `onsite`, `[sample, slice, row]` in units of t, into `transmissions`,
    /// `[sample, energy]`; adds to `fallbacks`, `[sample]`, what a fallback solver recomputed.
    ///
    /// # Errors
    /// Lengths that do not fit together; the first strip that cannot be solved.
    fn solve(
        &mut self,
        onsite: &[f64],
        transmissions: &mut [f64],
        fallbacks: &mut [Fallbacks],
    ) -> Result<(), StripError>;

    /// The same unless it is stopped: then `false`, and what has been solved means nothing. A worker that keeps
    /// all threads busy asks while it solves, others before.
    ///
    /// # Errors
    /// As [`solve`](Self::solve).
    fn solve_unless(
        &mut self,
        onsite: &[f64],
        transmissions: &mut [f64],
        fallbacks: &mut [Fallbacks],
        stop: Stop<'_>,
    ) -> Result<bool, StripError> {
        if stop() {
            return Ok(false);
        }
        self.solve(onsite, transmissions, fallbacks)?;
        Ok(true)
    }

    /// Those transmissions of the last [`solve`](Self::solve) that are smaller than the smallest
    /// `f64`.
    fn underflows(&self) -> &[Underflow];
}

/// What [`solve_all`] finds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Solved {
    /// `[sample, energy]`.
    pub transmissions: Vec<f64>,
    /// What a fallback solver recomputed, of all samples.
    pub fallbacks: Fallbacks,
    /// The transmissions that are smaller than the smallest `f64`, by sample and energy.
    pub underflows: Vec<Underflow>,
}

/// Why one strip of a batch has no transmission.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("sample {sample} at E = {}: {fault}", landauer_core::Compact(*energy))]
pub struct StripError {
    /// The sample, counted from the batch's first.
    pub sample: usize,
    /// The energy in units of t.
    pub energy: f64,
    /// What is wrong.
    pub fault: StripFault,
}

impl StripError {
    /// The same error in a batch that begins `before` samples earlier.
    #[doc(hidden)]
    #[must_use]
    pub fn after(mut self, before: usize) -> Self {
        self.sample += before;
        self
    }
}

impl Categorised for StripError {
    fn category(&self) -> Category {
        match self.fault {
            StripFault::Solve(SolveError::LostSolution { .. }) => Category::Internal,
            _ => Category::Input,
        }
    }
}

/// Whether what is being solved is not wanted any more; asked from all threads, before each batch.
pub(crate) type Stop<'s> = &'s (dyn Fn() -> bool + Sync);

/// A batch and its number: on-site energies, transmissions and fallbacks.
type Numbered<'b> = (usize, ((&'b [f64], &'b mut [f64]), &'b mut [Fallbacks]));

/// Solves the strips `onsite`, `[sample, slice, row]` in units of t, on all threads of the current
/// rayon pool. The same bits at any number of threads.
///
/// # Errors
/// On-site energies that are not those of whole strips; the first strip that cannot be solved.
pub fn solve_all(solver: &dyn BatchSolver, onsite: &[f64]) -> Result<Solved, StripError> {
    // It is never stopped.
    Ok(solve_unless(solver, onsite, &|| false)?.unwrap_or_default())
}

/// The same unless it is stopped: then `None`.
///
/// # Errors
/// As [`solve_all`].
pub fn solve_unless(
    solver: &dyn BatchSolver,
    onsite: &[f64],
    stop: Stop<'_>,
) -> Result<Option<Solved>, StripError> {
    let size = solver.size();
    let (sites, energies) = (size.length() * size.width(), solver.energies());
    let samples = onsite.len() / sites;
    let (count, batch) = (energies.len(), solver.batch());
    let mut transmissions = vec![0.0; samples * count];
    let mut fallbacks = vec![Fallbacks::default(); samples];
    strips::check_batch(size, energies, onsite, samples * count, samples)?;
    let batches = onsite
        .chunks(sites * batch)
        .zip(transmissions.chunks_mut((count * batch).max(1)))
        .zip(fallbacks.chunks_mut(batch))
        .enumerate();
    let solve = |worker: &mut Box<dyn Worker + '_>, numbered: Numbered<'_>| {
        let (number, ((onsite, transmissions), fallbacks)) = numbered;
        let before = number * batch;
        let solved = worker.solve_unless(onsite, transmissions, fallbacks, stop);
        if !solved.map_err(|error| error.after(before))? {
            return Ok(None);
        }
        let underflows = worker.underflows().iter().map(|&underflow| Underflow {
            sample: before + underflow.sample,
            ..underflow
        });
        Ok::<Option<Vec<_>>, StripError>(Some(underflows.collect()))
    };
    let parts = if solver.uses_all_threads() {
        let mut worker = solver.worker();
        let mut parts = Vec::with_capacity(samples.div_ceil(batch));
        for batch in batches {
            let part = solve(&mut worker, batch);
            let ends = !matches!(part, Ok(Some(_)));
            parts.push(part);
            if ends {
                break;
            }
        }
        parts
    } else {
        parallel::map_with(batches.collect(), || solver.worker(), solve)
    };
    let mut underflows = Vec::new();
    for part in parts {
        // In the order of the samples: the first error is that of the first strip.
        let Some(part) = part? else {
            return Ok(None);
        };
        underflows.extend(part);
    }
    underflows.sort_by_key(|underflow: &Underflow| (underflow.sample, underflow.energy));
    Ok(Some(Solved {
        transmissions,
        fallbacks: fallbacks.into_iter().sum(),
        underflows,
    }))
}
