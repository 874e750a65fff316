//! The solvers of a sweep.

use super::config::Point;
use crate::ensemble::{NoSolver, Solver, StripSize};

/// Makes a solver for strips of a size at some energies.
pub type MakeSolver = fn(StripSize, &[f64]) -> Result<Box<dyn Solver>, NoSolver>;

/// A solver for each size and set of energies that occurs.
pub(super) struct Solvers {
    each: Vec<Box<dyn Solver>>,
    /// The number of the solver that each point needs.
    of_point: Vec<usize>,
}

impl Solvers {
    pub(super) fn new(points: &[Point], make: MakeSolver) -> Result<Self, NoSolver> {
        let mut each: Vec<Box<dyn Solver>> = Vec::new();
        let mut of_point = Vec::with_capacity(points.len());
        for point in points {
            let energies = point.conductance.energies();
            // Points that share one follow each other: only one of the parameters changes.
            let last = each.last();
            if last.is_none_or(|last| last.size() != point.size || last.energies() != energies) {
                each.push(make(point.size, &energies)?);
            }
            of_point.push(each.len() - 1);
        }
        Ok(Self { each, of_point })
    }

    /// The solver of a point, and its number.
    pub(super) fn of(&self, point: usize) -> (usize, &dyn Solver) {
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
