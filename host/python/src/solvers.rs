//! Solvers that were planned for the last calls, so that the next one of the same size and energies need not.

use std::sync::Arc;

use landauer::{Energies, Solver, SolverKind, StripSize};

/// Solvers that are kept at most.
const KEPT: usize = 8;
/// Sites times energies of all that are kept at most; a plan takes some 400 bytes of each.
const MAX_KEPT: usize = 1 << 20;

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

impl Purpose {
    /// What a plan's memory goes by.
    fn cost(&self) -> usize {
        self.size.sites().saturating_mul(self.energies.count())
    }
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
        if purpose.cost() > MAX_KEPT {
            return Vec::new();
        }
        self.0.insert(0, (purpose, solver));
        let mut sum: usize = 0;
        let kept = self.0.iter().take(KEPT).take_while(|(purpose, _)| {
            sum = sum.saturating_add(purpose.cost());
            sum <= MAX_KEPT
        });
        let kept = kept.count();
        self.0.split_off(kept)
    }
}
