//! What solvers refuse: shapes and on-site energies that are not those of their strips.

use landauer_core::SolveError;

use super::elimination::LARGEST_ONSITE;
use super::{StripError, StripSize};

/// What is wrong with a strip, or with a batch of them.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StripFault {
    /// The strip cannot be solved.
    #[error(transparent)]
    Solve(#[from] SolveError),
    /// The on-site energies are not those of whole strips.
    #[error(
        "{found} on-site energies are not a multiple of {} (strips of {} x {} sites)",
        size.sites(), size.length(), size.width()
    )]
    Ragged {
        /// The size of a strip.
        size: StripSize,
        /// On-site energies that were given.
        found: usize,
    },
    /// The strips have another size than the solver's.
    #[error(
        "the strips have {} x {} sites, and the solver is for {} x {}",
        found.length(), found.width(), expected.length(), expected.width()
    )]
    OtherSize {
        /// The solver's size.
        expected: StripSize,
        /// The strips' size.
        found: StripSize,
    },
    /// An output has not one element for each result.
    #[error("an output has {found} elements where there are {needed} results")]
    Output {
        /// Results.
        needed: usize,
        /// Elements that were given.
        found: usize,
    },
    /// The solver has no energy of this number.
    #[error("energy number {index} does not exist: the solver has {energies}, counted from 0")]
    NoSuchEnergy {
        /// The number that was given.
        index: usize,
        /// How many energies there are.
        energies: usize,
    },
    /// An on-site energy is so large that its square has no digits.
    #[error(
        "the on-site energy {onsite:e} t at slice {slice}, row {row} is larger than {LARGEST_ONSITE:e} t, \
         beyond which nothing can be computed"
    )]
    TooLarge {
        /// The slice, counted from 0 at the left lead.
        slice: usize,
        /// The row.
        row: usize,
        /// The on-site energy, in t.
        onsite: f64,
    },
}

/// Refuses what is not `[sample, slice, row]` of this size, with `outputs` transmissions
/// `[sample, energy]` and `per_sample` values `[sample]`; and on-site energies that no method can
/// take.
pub(super) fn check_batch(
    size: StripSize,
    energies: &[f64],
    onsite: &[f64],
    outputs: usize,
    per_sample: usize,
) -> Result<(), StripError> {
    let sites = size.length() * size.width();
    let fail = |sample, fault| StripError {
        sample,
        energy: energies.first().copied().unwrap_or(0.0),
        fault,
    };
    if let Some((sample, fault)) = find_fault(size, onsite) {
        return Err(fail(sample, fault));
    }
    let samples = onsite.len() / sites;
    for (needed, found) in [(samples * energies.len(), outputs), (samples, per_sample)] {
        if needed != found {
            return Err(fail(0, StripFault::Output { needed, found }));
        }
    }
    Ok(())
}

/// The first sample that no method can take, and why: on-site energies that are not those of whole
/// strips of this size, one that is not finite, or one that is too large.
pub(crate) fn find_fault(size: StripSize, onsite: &[f64]) -> Option<(usize, StripFault)> {
    let (sites, found) = (size.sites(), onsite.len());
    if !found.is_multiple_of(sites) {
        return Some((found / sites, StripFault::Ragged { size, found }));
    }
    // A NaN is not possible either.
    let possible = |energy: &f64| energy.abs() <= LARGEST_ONSITE;
    let at = onsite.iter().position(|energy| !possible(energy))?;
    let (sample, site) = (at / sites, at % sites);
    let (slice, row) = (site / size.width(), site % size.width());
    let onsite = onsite[at];
    let fault = if onsite.is_finite() {
        StripFault::TooLarge { slice, row, onsite }
    } else {
        SolveError::OnsiteNotFinite { slice, row }.into()
    };
    Some((sample, fault))
}
