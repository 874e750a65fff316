//! What was planned for the last calls, so that the next one of the same size and energies need not: solvers, mappers.

use std::sync::Arc;

use landauer::{Energies, StripSize};

/// Plans that are kept at most, of each type.
const KEPT: usize = 8;
/// Sites times energies of all that are kept at most; a plan takes some 400 bytes of each.
const MAX_KEPT: usize = 1 << 20;

/// What something was planned for.
pub(crate) trait Purpose: PartialEq {
    /// The strips' size.
    fn size(&self) -> StripSize;
    /// The energies.
    fn energies(&self) -> &Energies;
}

/// What a plan's memory goes by.
fn cost(purpose: &impl Purpose) -> usize {
    { purpose.size().sites() }.saturating_mul(purpose.energies().count())
}

/// The last used ones first.
#[derive(Debug)]
pub(crate) struct Planned<P, T>(Vec<(P, Arc<T>)>);

impl<P, T> Default for Planned<P, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<P: Purpose, T> Planned<P, T> {
    /// What was planned for this purpose, if it is kept.
    pub(crate) fn find(&mut self, purpose: &P) -> Option<Arc<T>> {
        let place = self.0.iter().position(|(other, _)| other == purpose)?;
        let found = self.0.remove(place);
        let plan = Arc::clone(&found.1);
        self.0.insert(0, found);
        Some(plan)
    }

    /// Keeps a plan, unless it is too large; gives those that are not kept any more, to be dropped when nothing is
    /// locked.
    pub(crate) fn keep(&mut self, purpose: P, plan: Arc<T>) -> Vec<(P, Arc<T>)> {
        if cost(&purpose) > MAX_KEPT {
            return Vec::new();
        }
        self.0.insert(0, (purpose, plan));
        let mut sum: usize = 0;
        let kept = self.0.iter().take(KEPT).take_while(|(purpose, _)| {
            sum = sum.saturating_add(cost(purpose));
            sum <= MAX_KEPT
        });
        let kept = kept.count();
        self.0.split_off(kept)
    }
}
