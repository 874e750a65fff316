//! The solvers of a sweep.

use rayon::prelude::*;

use super::config::Point;
use crate::solve::{BatchSolver, SolverError};
use crate::system::StripSize;

/// Makes a solver for strips of a size at some energies.
pub(super) type MakeSolver<'m> =
    &'m (dyn Fn(StripSize, &[f64]) -> Result<Box<dyn BatchSolver>, SolverError> + Sync);

/// A solver for each size and set of energies that occurs.
pub(super) struct Solvers {
    each: Vec<Box<dyn BatchSolver>>,
    /// The number of the solver that each point needs.
    of_point: Vec<usize>,
}

impl Solvers {
    /// Makes them on all threads of the current rayon pool.
    pub(super) fn new(points: &[Point], make: MakeSolver<'_>) -> Result<Self, SolverError> {
        let mut wanted: Vec<(StripSize, Vec<f64>)> = Vec::new();
        let mut of_point = Vec::with_capacity(points.len());
        for point in points {
            let wants = (point.size, point.conductance.energies());
            // Points that share one follow each other: only one of the parameters changes.
            if wanted.last() != Some(&wants) {
                wanted.push(wants);
            }
            of_point.push(wanted.len() - 1);
        }
        let each = wanted.par_iter();
        // All of them first, so that the same error comes whatever the number of threads.
        let each: Vec<_> = each.map(|(size, energies)| make(*size, energies)).collect();
        let each = each.into_iter().collect::<Result<_, _>>()?;
        Ok(Self { each, of_point })
    }

    /// Bytes of working memory that one thread needs at most for a point.
    pub(super) fn worker_bytes(&self, point: usize) -> u64 {
        self.of(point).1.worker_bytes()
    }

    /// The solver of a point, and its number.
    pub(super) fn of(&self, point: usize) -> (usize, &dyn BatchSolver) {
        let number = self.of_point[point];
        (number, &*self.each[number])
    }

    /// Each identity once, in the order of the points.
    pub(super) fn identities(&self) -> Vec<&'static str> {
        let mut identities = Vec::new();
        for solver in &self.each {
            if !identities.contains(&solver.identity()) {
                identities.push(solver.identity());
            }
        }
        identities
    }
}
