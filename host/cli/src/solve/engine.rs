//! Solves lattices as a [`Plan`] wants it.

use landauer_core::Scalar;
use rayon::prelude::*;

use super::energies::Energies;
use super::plan::Plan;
use crate::failure::Failure;
use landauer::solve::{
    self, Choice, Details, Fallbacks, Method, NoSolver, Precision, RecursionSolver, SharedOut,
    StripError, Strips, Underflow, WHOLE_VECTORS, Wish, open_modes, seconds,
};

/// The results of a few lattices.
#[derive(Debug)]
pub(super) struct Solved {
    /// T: `[sample, energy]`.
    pub(super) transmissions: Vec<f64>,
    /// Ḡ: `[sample]`; empty without a bias.
    pub(super) g_bars: Vec<f64>,
    /// More about each: `[sample, energy]`; empty if nothing was asked.
    pub(super) details: Vec<Details>,
    /// How many T were found on another way.
    pub(super) fallbacks: Fallbacks,
    /// The T that are too small for an `f64`, by sample and energy.
    pub(super) underflows: Vec<Underflow>,
}

/// Solves lattices for a [`Plan`].
#[derive(Debug)]
pub(super) struct Engine {
    energies: Energies,
    sites: usize,
    strips: Strips,
    choice: Choice,
    threads: usize,
    open_modes: Vec<usize>,
    way: Way,
}

/// Ctrl-C and the progress bar wait for about so many seconds of one thread's work.
const STEP_SECONDS: f64 = 0.5;

/// What is asked about each lattice.
#[derive(Debug)]
enum Way {
    /// Transmissions.
    Transmissions(SharedOut),
    /// Everything, in this precision.
    Double(RecursionSolver<f64>),
    Single(RecursionSolver<f32>),
}

impl Engine {
    /// Chooses the solver for such strips, and makes it.
    pub(super) fn new(plan: &Plan, wish: Wish, strips: Strips) -> Result<Self, Failure> {
        let energies = plan.energies.all();
        let choice = if plan.details() {
            wish.choose_details().ok_or_else(|| {
                Failure::usage(
                    "--fano and --eigenvalues need --solver recursion (or auto): the dissection \
                     finds nothing but transmissions",
                )
            })?
        } else {
            wish.choose_once(strips, plan.samples, energies.len())
        };
        let (kind, size) = (choice.kind, plan.size);
        let way = || -> Result<Way, NoSolver> {
            Ok(match kind.precision {
                _ if !plan.details() => {
                    let (samples, threads) = (plan.samples, plan.threads);
                    Way::Transmissions(SharedOut::new(kind, size, energies, samples, threads)?)
                }
                Precision::F64 => Way::Double(RecursionSolver::new(size, energies)?),
                Precision::F32 => Way::Single(RecursionSolver::new(size, energies)?),
            })
        };
        let way = way().map_err(|error| {
            Failure::from(error).context(format!("in the precision {}", kind.precision))
        })?;
        Ok(Self {
            energies: plan.energies.clone(),
            sites: size.sites(),
            strips,
            choice,
            threads: plan.threads,
            open_modes: open_modes(size.width(), energies)?,
            way,
        })
    }

    /// The solver, and why it is this one.
    pub(super) const fn choice(&self) -> Choice {
        self.choice
    }

    /// Open modes of a lead: `[energy]`.
    pub(super) fn open_modes(&self) -> &[usize] {
        &self.open_modes
    }

    /// Bytes of working memory of one thread at most.
    pub(super) fn worker_bytes(&self, plan: &Plan) -> u64 {
        match &self.way {
            Way::Transmissions(shared) => shared.worker_bytes(),
            Way::Double(_) | Way::Single(_) => self.choice.kind.least_bytes(plan.size),
        }
    }

    /// Lattices that are solved between two looks at the clock.
    pub(super) fn step(&self) -> usize {
        let kind = self.choice.kind;
        let per_sample = seconds(kind, self.strips) * self.energies.count() as f64;
        let samples = STEP_SECONDS * self.threads as f64 / per_sample;
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive, and cut off far below 2^32"
        )]
        let samples = samples.clamp(1.0, 1e6) as usize;
        // Small steps would leave threads without work, or vectors half empty.
        let least = match kind.method {
            Method::Dissection => WHOLE_VECTORS,
            Method::Recursion => 2,
        };
        let samples = samples.max(self.threads.saturating_mul(least));
        samples.next_multiple_of(least)
    }

    /// Solves the lattices `[sample, slice, row]` on all threads of the current pool.
    pub(super) fn solve(&self, onsite: &[f64]) -> Result<Solved, StripError> {
        let (solved, details) = match &self.way {
            Way::Transmissions(shared) => (shared.solve(onsite)?, Vec::new()),
            Way::Double(solver) => self.everything(solver, onsite)?,
            Way::Single(solver) => self.everything(solver, onsite)?,
        };
        Ok(Solved {
            g_bars: self.energies.g_bars(&solved.transmissions),
            transmissions: solved.transmissions,
            details,
            fallbacks: solved.fallbacks,
            underflows: solved.underflows,
        })
    }

    /// Everything, `[sample, energy]`.
    fn everything<S: Scalar>(
        &self,
        solver: &RecursionSolver<S>,
        onsite: &[f64],
    ) -> Result<(solve::Solved, Vec<Details>), StripError> {
        let energies = self.energies.count();
        let strips: Vec<&[f64]> = onsite.chunks_exact(self.sites).collect();
        let results = (0..strips.len() * energies).into_par_iter().map(|number| {
            let (sample, energy) = (number / energies, number % energies);
            let details = solver.details(strips[sample], energy);
            details.map_err(|error| error.after(sample))
        });
        // All of them first, so that the same error comes whatever the number of threads.
        let results: Vec<_> = results.collect();
        let details: Vec<Details> = results.into_iter().collect::<Result<_, _>>()?;
        let underflows = details.iter().enumerate().filter_map(|(number, details)| {
            Some(Underflow {
                sample: number / energies,
                energy: number % energies,
                transmission: details.underflow?,
            })
        });
        let transmissions = details.iter().map(|details| details.transmission);
        let solved = solve::Solved {
            transmissions: transmissions.collect(),
            fallbacks: details.iter().map(|details| details.fallbacks).sum(),
            underflows: underflows.collect(),
        };
        Ok((solved, details))
    }
}
