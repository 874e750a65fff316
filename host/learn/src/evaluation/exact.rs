//! What the solver says of targets.

use landauer_core::inference::Target;

use super::targets::Columns;
use landauer::StripSize;
use landauer::dataset::with_bias_grid;
use landauer::failure::{Categorised, Category};
use landauer::internal::{BatchSolver, solve_unless};
use landauer::{SolverError, SolverKind, StripError};

/// The exact values of some targets, by the solver.
pub struct ExactTargets {
    solver: Box<dyn BatchSolver>,
    columns: Vec<Columns>,
}

impl std::fmt::Debug for ExactTargets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExactTargets")
            .field("solver", &self.solver.identity())
            .field("targets", &self.columns.len())
            .finish_non_exhaustive()
    }
}

impl ExactTargets {
    /// Plans the solutions of strips of this size at all energies of `targets`.
    ///
    /// # Errors
    /// An invalid size or energy; a kind of target that this version does not know.
    pub fn new(kind: SolverKind, size: StripSize, targets: &[Target]) -> Result<Self, ExactError> {
        let mut energies: Vec<f64> = Vec::new();
        for target in targets {
            if let Target::BiasAverage { bias } = *target {
                energies = with_bias_grid(energies, bias);
            } else if !energies.contains(&target.energy()) {
                energies.push(target.energy());
            }
        }
        let columns = targets.iter().map(|&target| {
            let columns = Columns::of(target, &energies);
            columns.ok_or(ExactError::Unknown(target))
        });
        Ok(Self {
            columns: columns.collect::<Result<_, _>>()?,
            solver: kind.solver(size, &energies)?,
        })
    }

    /// The energies that are solved at, in units of t.
    #[must_use]
    pub fn energies(&self) -> &[f64] {
        self.solver.energies()
    }

    /// The targets of the strips `onsite`, `[sample, slice, row]` in units of t: `[sample, target]` in
    /// units of G0. The same bits at any number of threads.
    ///
    /// # Errors
    /// The first strip whose solution fails.
    pub fn solve(&self, onsite: &[f64]) -> Result<Vec<f64>, StripError> {
        // It is never stopped.
        Ok(self.solve_unless(onsite, &|| false)?.unwrap_or_default())
    }

    /// The same, unless `stop` says so before it is done: `None` then.
    ///
    /// # Errors
    /// The first strip whose solution fails.
    pub fn solve_unless(
        &self,
        onsite: &[f64],
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Vec<f64>>, StripError> {
        let Some(solved) = solve_unless(&*self.solver, onsite, stop)? else {
            return Ok(None);
        };
        let rows = solved
            .transmissions
            .chunks_exact(self.solver.energies().len());
        let values =
            rows.flat_map(|row| self.columns.iter().map(move |columns| columns.value(row)));
        Ok(Some(values.collect()))
    }
}

/// Why exact values are not computed.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExactError {
    /// The size or an energy.
    #[error(transparent)]
    SolverError(#[from] SolverError),
    /// A kind of target that this version does not know.
    #[error("the exact solver cannot compute {0}")]
    Unknown(Target),
}

impl Categorised for ExactError {
    fn category(&self) -> Category {
        match self {
            Self::SolverError(error) => error.category(),
            Self::Unknown(_) => Category::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use landauer_core::{BIAS_POINTS, bias_grid};

    use super::*;
    use landauer::{Method, Precision};

    #[test]
    fn targets_of_any_kind_are_solved_in_their_order() {
        // One site: T = 1/(1 + ε²/(4 − E²)).
        let size = StripSize::new(1, 1).unwrap();
        let targets = [
            Target::Transmission { energy: 1.0 },
            Target::PAPER_BIAS_AVERAGE,
            Target::Conductance,
        ];
        let kind = SolverKind::new(Method::Recursion, Precision::F64);
        let exact = ExactTargets::new(kind, size, &targets).unwrap();
        let closed =
            |onsite: f64, energy: f64| 1.0 / (1.0 + onsite.powi(2) / (4.0 - energy.powi(2)));
        let grid: [f64; BIAS_POINTS] = bias_grid(landauer_core::PAPER_BIAS);
        let found = exact.solve(&[0.5, -3.0]).unwrap();
        for (onsite, found) in [0.5, -3.0].into_iter().zip(found.chunks(3)) {
            let mean = grid
                .iter()
                .map(|&energy| closed(onsite, energy))
                .sum::<f64>()
                / 10.0;
            for (found, closed) in
                found
                    .iter()
                    .zip([closed(onsite, 1.0), mean, closed(onsite, 0.0)])
            {
                assert!(
                    (found - closed).abs() < 1e-12,
                    "{onsite}: {found} for {closed}"
                );
            }
        }
    }
}
