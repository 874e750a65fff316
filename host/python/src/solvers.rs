//! Solvers that were planned for the last calls, so that the next one of the same size and energies need not.

use std::sync::Arc;

use landauer::{Energies, Solver, SolverKind, StripSize};

/// Solvers that are kept at most.
const KEPT: usize = 8;
/// A solver of more sites times energies is not kept: its plan is large, and its strips take much longer.
const MAX_KEPT: usize = 1 << 21;

/// What a solver was made for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Purpose {
    pub(crate) size: StripSize,
    pub(crate) energies: Energies,
    pub(crate) kind: SolverKind,
    pub(crate) eigenvalues: bool,
    /// Whether there are enough strips for all threads, or else energies are shared out.
    pub(crate) many: bool,
    pub(crate) threads: usize,
}

/// The last used ones first.
#[derive(Debug, Default)]
pub(crate) struct Planned(Vec<(Purpose, Arc<Solver>)>);

impl Planned {
    /// The solver for this purpose, if it is kept.
    pub(crate) fn find(&mut self, purpose: &Purpose) -> Option<Arc<Solver>> {
        let place = self.0.iter().position(|(other, _)| other == purpose)?;
        let found = self.0.remove(place);
        let solver = Arc::clone(&found.1);
        self.0.insert(0, found);
        Some(solver)
    }

    /// Keeps a solver, unless it is too large; gives those that are not kept any more, to be dropped when
    /// nothing is locked.
    pub(crate) fn keep(
        &mut self,
        purpose: Purpose,
        solver: Arc<Solver>,
    ) -> Vec<(Purpose, Arc<Solver>)> {
        let cost = purpose
            .size
            .sites()
            .saturating_mul(purpose.energies.count());
        if cost > MAX_KEPT {
            return Vec::new();
        }
        self.0.insert(0, (purpose, solver));
        self.0.split_off(KEPT.min(self.0.len()))
    }
}
