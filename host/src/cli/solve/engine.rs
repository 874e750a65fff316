//! A solver that uses all threads, whether there are many lattices or many energies.

use landauer_core::Scalar;
use rayon::prelude::*;

use super::energies::Energies;
use super::plan::Plan;
use crate::cli::failure::Failure;
use crate::ensemble::{
    Details, Fallbacks, Precision, RecursionSolver, Solver, StripError, StripSize, solve_all,
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
}

/// Solves lattices for a [`Plan`].
pub(super) trait Engine: Send + Sync {
    /// The method and its version.
    fn identity(&self) -> &'static str;

    /// Open modes of a lead: `[energy]`.
    fn open_modes(&self) -> Vec<usize>;

    /// Solves the lattices `[sample, slice, row]` on all threads of the current pool.
    fn solve(&self, onsite: &[f64]) -> Result<Solved, StripError>;
}

/// The scattering recursion.
pub(super) fn recursion(plan: &Plan) -> Result<Box<dyn Engine>, Failure> {
    Ok(match plan.precision {
        Precision::F64 => Box::new(Recursion::<f64>::new(plan)?),
        Precision::F32 => Box::new(Recursion::<f32>::new(plan)?),
    })
}

/// The scattering recursion in one precision.
struct Recursion<S> {
    energies: Energies,
    details: bool,
    /// A solver for all energies.
    whole: RecursionSolver<S>,
    /// If there are too few lattices to keep all threads busy: solvers for some energies each.
    parts: Vec<RecursionSolver<S>>,
}

impl<S: Scalar> Recursion<S> {
    fn new(plan: &Plan) -> Result<Self, Failure> {
        let energies = plan.energies.all();
        let solver = |energies: &[f64]| {
            let solver = RecursionSolver::new(plan.size, energies);
            solver.map_err(|error| {
                Failure::from(error).context(format!("as a number of {} bytes", size_of::<S>()))
            })
        };
        let whole = solver(energies)?;
        let busy = plan.threads.saturating_mul(whole.batch()).saturating_mul(2);
        let parts = if plan.samples >= busy as u64 {
            Vec::new()
        } else {
            let share = energies
                .len()
                .div_ceil(plan.threads.saturating_mul(4))
                .max(1);
            energies
                .chunks(share)
                .map(solver)
                .collect::<Result<_, _>>()?
        };
        Ok(Self {
            energies: plan.energies.clone(),
            details: plan.details(),
            whole,
            parts,
        })
    }

    /// T: `[sample, energy]`, and what took another way.
    fn transmissions(&self, onsite: &[f64]) -> Result<(Vec<f64>, Fallbacks), StripError> {
        if self.parts.len() < 2 {
            return solve_all(&self.whole, onsite);
        }
        let parts = self.parts.par_iter().map(|part| solve_all(part, onsite));
        let parts: Vec<_> = parts.collect();
        let energies = self.energies.count();
        let mut transmissions = vec![0.0; onsite.len() / self.sites() * energies];
        let mut fallbacks = Fallbacks::default();
        let mut before = 0;
        for (part, solver) in parts.into_iter().zip(&self.parts) {
            let count = solver.energies().len();
            let rows = transmissions.chunks_exact_mut(energies);
            let (part, redone) = part?;
            fallbacks += redone;
            for (row, part) in rows.zip(part.chunks_exact(count)) {
                row[before..before + count].copy_from_slice(part);
            }
            before += count;
        }
        Ok((transmissions, fallbacks))
    }

    /// Everything: `[sample, energy]`.
    fn details(&self, onsite: &[f64]) -> Result<Vec<Details>, StripError> {
        let energies = self.energies.count();
        let strips: Vec<&[f64]> = onsite.chunks_exact(self.sites()).collect();
        let results = (0..strips.len() * energies).into_par_iter().map(|number| {
            let (sample, energy) = (number / energies, number % energies);
            let details = self.whole.details(strips[sample], energy);
            details.map_err(|error| error.after(sample))
        });
        // All of them first, so that the same error comes whatever the number of threads.
        let results: Vec<_> = results.collect();
        results.into_iter().collect()
    }

    fn sites(&self) -> usize {
        let StripSize { length, width } = self.whole.size();
        length * width
    }
}

impl<S: Scalar> Engine for Recursion<S> {
    fn identity(&self) -> &'static str {
        self.whole.identity()
    }

    fn open_modes(&self) -> Vec<usize> {
        self.whole.open_modes()
    }

    fn solve(&self, onsite: &[f64]) -> Result<Solved, StripError> {
        let (transmissions, fallbacks, details) = if self.details {
            let details = self.details(onsite)?;
            let transmissions = details.iter().map(|d| d.transmission).collect();
            (transmissions, Fallbacks::default(), details)
        } else {
            let (transmissions, fallbacks) = self.transmissions(onsite)?;
            (transmissions, fallbacks, Vec::new())
        };
        Ok(Solved {
            g_bars: self.energies.g_bars(&transmissions),
            transmissions,
            details,
            fallbacks,
        })
    }
}
