//! The solvers of long work.

use crate::parallel;
use crate::solve::{BatchSolver, SolverError, SolverKind};
use crate::system::StripSize;

/// Makes solvers of one identity: a [`SolverKind`], and in tests whatever they need.
pub trait MakeSolver: Sync {
    /// The identity of all of them, as data sets and averages record it.
    fn identity(&self) -> &str;

    /// A solver for strips of this size at these energies, in t.
    ///
    /// # Errors
    /// A size or energies that the method does not have, or too little memory.
    fn make(&self, size: StripSize, energies: &[f64]) -> Result<Box<dyn BatchSolver>, SolverError>;
}

impl MakeSolver for SolverKind {
    fn identity(&self) -> &str {
        (*self).identity()
    }

    fn make(&self, size: StripSize, energies: &[f64]) -> Result<Box<dyn BatchSolver>, SolverError> {
        self.solver(size, energies)
    }
}

impl<M: MakeSolver + ?Sized> MakeSolver for &M {
    fn identity(&self) -> &str {
        (**self).identity()
    }

    fn make(&self, size: StripSize, energies: &[f64]) -> Result<Box<dyn BatchSolver>, SolverError> {
        (**self).make(size, energies)
    }
}

/// What is solved at a point: strips of one size at some energies, in t.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Problem {
    pub(crate) size: StripSize,
    pub(crate) energies: Vec<f64>,
}

/// A solver for each problem that occurs.
pub(crate) struct Solvers {
    each: Vec<Box<dyn BatchSolver>>,
    /// The number of the solver that each point needs.
    of_point: Vec<usize>,
}

impl Solvers {
    /// Makes them on all threads of the current rayon pool, one for neighbouring points with the same
    /// problem.
    pub(crate) fn new(points: Vec<Problem>, make: &dyn MakeSolver) -> Result<Self, SolverError> {
        let mut wanted: Vec<Problem> = Vec::new();
        let mut of_point = Vec::with_capacity(points.len());
        for point in points {
            if wanted.last() != Some(&point) {
                wanted.push(point);
            }
            of_point.push(wanted.len() - 1);
        }
        // All of them before the first error is looked for, so that it is the same one whatever the number of
        // threads.
        let each = parallel::map(&wanted, |problem| {
            make.make(problem.size, &problem.energies)
        });
        let each = each.into_iter().collect::<Result<_, _>>()?;
        Ok(Self { each, of_point })
    }

    /// The solver of a point, and its number.
    pub(crate) fn of(&self, point: usize) -> (usize, &dyn BatchSolver) {
        let number = self.of_point[point];
        (number, &*self.each[number])
    }

    /// How many threads take tasks of their own: all, unless a solver uses them all for one.
    pub(crate) fn workers(&self) -> usize {
        if self.iter().any(BatchSolver::uses_all_threads) {
            1
        } else {
            parallel::threads()
        }
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &dyn BatchSolver> {
        self.each.iter().map(|solver| &**solver)
    }
}
