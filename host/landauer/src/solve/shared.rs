//! Few strips at many energies: the energies are shared out.

use super::{
    BatchSolver, Method, Solved, SolverError, SolverKind, Stop, StripError, StripSize, Underflow,
    WHOLE_VECTORS, Workload, seconds, solve_unless,
};
use crate::parallel;

/// `f64` in the longest vector.
const LANES: usize = 8;

/// A batch of strips takes about so many seconds at the energies of a part at most: then it can be stopped.
const PART_SECONDS: f64 = 0.05;

/// Strips at some energies, solved on all threads, whether there are many strips or many energies.
pub struct SharedOut {
    /// Solvers of the same strips, each for the energies that follow those of the one before it.
    parts: Vec<Box<dyn BatchSolver>>,
    kind: SolverKind,
    size: StripSize,
    energies: usize,
}

impl std::fmt::Debug for SharedOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedOut")
            .field("parts", &self.parts.len())
            .field("kind", &self.kind)
            .field("size", &self.size)
            .field("energies", &self.energies)
            .finish()
    }
}

impl SharedOut {
    /// For strips of this size, about `strips` at a time, at these energies (units of t), on some
    /// threads. The numbers of strips and threads do not affect the results.
    ///
    /// # Errors
    /// A size of zero; an energy that is not finite; too little memory.
    pub fn new(
        kind: SolverKind,
        size: StripSize,
        energies: &[f64],
        strips: u64,
        threads: usize,
    ) -> Result<Self, SolverError> {
        let shared = Self::new_unless(kind, size, energies, (strips, threads), &|| false)?;
        // It is never stopped.
        Ok(shared.unwrap_or_else(|| Self {
            parts: Vec::new(),
            kind,
            size,
            energies: 0,
        }))
    }

    /// The same unless it is stopped while it is planned: then `None`.
    pub(crate) fn new_unless(
        kind: SolverKind,
        size: StripSize,
        energies: &[f64],
        (strips, threads): (u64, usize),
        stop: Stop<'_>,
    ) -> Result<Option<Self>, SolverError> {
        // Strips are enough if there are two batches for each thread.
        let busy = (threads as u64).saturating_mul(2 * WHOLE_VECTORS as u64);
        let share = if strips >= busy {
            energies.len()
        } else {
            energies.len().div_ceil(threads.saturating_mul(4))
        };
        let share = share.min(stoppable(kind, size, strips)).max(1);
        // Of few strips, several energies fill a vector.
        let share = match kind.method {
            Method::Dissection => share.next_multiple_of(LANES),
            Method::Recursion => share,
            // All threads are at work on each strip at each energy.
            Method::Multifrontal => energies.len().max(1),
        };
        if stop() {
            return Ok(None);
        }
        let parts = kind.solvers_unless(size, energies, share, stop)?;
        Ok(parts.map(|parts| Self {
            parts,
            kind,
            size,
            energies: energies.len(),
        }))
    }

    /// The kind of the solvers.
    #[must_use]
    pub const fn kind(&self) -> SolverKind {
        self.kind
    }

    /// Bytes of working memory of one thread at most.
    #[must_use]
    pub fn worker_bytes(&self) -> u64 {
        let parts = self.parts.iter().map(|part| part.worker_bytes());
        parts.max().unwrap_or(0)
    }

    /// Solves the strips `onsite`, `[sample, slice, row]` in units of t, on all threads of the
    /// current rayon pool. The same bits at any number of threads.
    ///
    /// # Errors
    /// On-site energies that are not those of whole strips; a strip that cannot be solved, the first
    /// one at the first energies.
    pub fn solve(&self, onsite: &[f64]) -> Result<Solved, StripError> {
        // It is never stopped.
        Ok(self.solve_unless(onsite, &|| false)?.unwrap_or_default())
    }

    /// The same unless it is stopped: then `None`.
    ///
    /// # Errors
    /// As [`solve`](Self::solve).
    pub fn solve_unless(
        &self,
        onsite: &[f64],
        stop: Stop<'_>,
    ) -> Result<Option<Solved>, StripError> {
        if let [whole] = &self.parts[..] {
            return solve_unless(&**whole, onsite, stop);
        }
        // All of them first, so that the same error comes whatever the number of threads.
        let parts = parallel::map(&self.parts, |part| solve_unless(&**part, onsite, stop));
        let samples = onsite.len() / (self.size.length() * self.size.width());
        let mut all = Solved {
            transmissions: vec![0.0; samples * self.energies],
            ..Solved::default()
        };
        let mut before = 0;
        for (part, solver) in parts.into_iter().zip(&self.parts) {
            let Some(part) = part? else {
                return Ok(None);
            };
            all.fallbacks += part.fallbacks;
            let underflows = part.underflows.into_iter().map(|underflow| Underflow {
                energy: before + underflow.energy,
                ..underflow
            });
            all.underflows.extend(underflows);
            let count = solver.energies().len();
            let rows = all.transmissions.chunks_exact_mut(self.energies);
            for (row, part) in rows.zip(part.transmissions.chunks_exact(count)) {
                row[before..before + count].copy_from_slice(part);
            }
            before += count;
        }
        all.underflows
            .sort_by_key(|underflow| (underflow.sample, underflow.energy));
        Ok(Some(all))
    }
}

/// At how many energies a thread may solve a batch of as many strips as there are before it looks whether it is to
/// stop.
fn stoppable(kind: SolverKind, size: StripSize, strips: u64) -> usize {
    let batch = strips.clamp(1, 2 * WHOLE_VECTORS as u64) as f64
        * seconds(kind, Workload::undescribed(size));
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive; as many as there can be where nothing is known of the cost"
    )]
    let energies = (PART_SECONDS / batch) as usize;
    energies.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_shared_out_it_is_the_same() {
        let size = StripSize::new(4, 3).unwrap();
        let onsite: Vec<f64> = (0..5 * 12).map(|k| f64::from(k * k % 7) / 3.0).collect();
        let energies = [-5.0, -1.0, 0.0, 0.3, 0.6, 2.5, 3.9];
        for kind in SolverKind::ALL {
            let shared = SharedOut::new(kind, size, &energies, 5, 2).unwrap();
            assert_eq!(shared.solve_unless(&onsite, &|| true), Ok(None));
            let planned = kind.solvers_unless(size, &energies, 2, &|| true).unwrap();
            assert_eq!(planned.is_none(), kind.method != Method::Recursion);
            let stopped = SharedOut::new_unless(kind, size, &energies, (5, 2), &|| true);
            assert!(stopped.unwrap().is_none());
            let solve = |strips, threads| {
                let shared = SharedOut::new(kind, size, &energies, strips, threads).unwrap();
                (shared.parts.len(), shared.solve(&onsite).unwrap())
            };
            let (parts, expected) = solve(1000, 1);
            assert_eq!((parts, expected.transmissions.len()), (1, 35));
            for (threads, parts) in [(1, 4), (2, 7), (100, 7)] {
                let whole = kind.method != Method::Recursion;
                let parts = if whole { 1 } else { parts };
                assert_eq!(solve(5, threads), (parts, expected.clone()), "{kind:?}");
            }
        }
    }
}
