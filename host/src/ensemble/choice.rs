//! Which solver is used where nobody asks for a certain one: the only place that says so.

use super::{NoSolver, RecursionSolver, Solver, StripSize, recursion_bytes};

/// The solver for strips of this size at these energies (units of t) where none is asked for.
///
/// # Errors
/// A size of zero; an energy that is not finite.
pub fn default_solver(size: StripSize, energies: &[f64]) -> Result<Box<dyn Solver>, NoSolver> {
    Ok(Box::new(RecursionSolver::<f64>::new(size, energies)?))
}

/// Bytes of working memory that one thread of the [`default_solver`] takes at this size.
#[must_use]
pub fn default_solver_bytes(size: StripSize) -> u64 {
    recursion_bytes(size.width)
}
