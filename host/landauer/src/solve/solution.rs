//! The solution of strips.

use std::sync::Arc;

use super::{
    Choice, Details, Energies, Fallbacks, Solved, SolverError, StripError, StripSize, Underflow,
};
use crate::failure::{Categorised, Category};
use crate::statistics::Scaled;

/// The solution of some strips: transmissions, propagating modes, eigenvalues, and how they were found.
///
/// Transmissions are conductances in units of G0 = 2e²/h.
///
/// # Example
/// ```
/// use landauer::{Energies, OnsiteEnergies, Solver, StripSize};
/// let size = StripSize::new(10, 6)?;
/// let clean = OnsiteEnergies::new(size, vec![0.0; 60])?;
/// let solver = Solver::builder(size)
///     .energies(Energies::new([0.0, 0.5])?)
///     .eigenvalues(true)
///     .build()?;
/// let solution = solver.solve(&clean)?;
/// // A clean strip transmits as many modes as propagate, without shot noise.
/// assert_eq!(solution.propagating_modes(), [6, 5]);
/// assert!((solution.transmission(0, 1).unwrap() - 5.0).abs() < 1e-12);
/// assert!(solution.fano_factor(0, 0).unwrap() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    pub(super) frame: Arc<Frame>,
    pub(super) first: u64,
    pub(super) solved: Solved,
    pub(super) details: Option<MoreDetails>,
}

/// What all solutions of a solver have in common.
#[derive(Debug, PartialEq)]
pub(super) struct Frame {
    pub(super) size: StripSize,
    pub(super) energies: Energies,
    pub(super) choice: Choice,
    /// `[energy]`.
    pub(super) propagating_modes: Vec<usize>,
}

/// What only the recursion finds out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MoreDetails {
    /// `[sample, energy, row]`.
    eigenvalues: Vec<f64>,
    /// `[sample, energy]`.
    fano: Vec<Option<f64>>,
}

impl MoreDetails {
    /// Of `[sample, energy]`.
    pub(super) fn new(all: &[Details]) -> Self {
        let eigenvalues = all.iter().flat_map(|one| &one.eigenvalues).copied();
        Self {
            eigenvalues: eigenvalues.collect(),
            fano: all.iter().map(|one| one.fano_factor).collect(),
        }
    }
}

impl Solution {
    /// How many strips were solved.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.solved.transmissions.len() / self.frame.energies.count()
    }

    /// The number of the first of them in what they were [streamed](super::Solver::stream) from; else 0.
    #[must_use]
    pub const fn first_sample(&self) -> u64 {
        self.first
    }

    /// The size of the strips.
    #[must_use]
    pub fn size(&self) -> StripSize {
        self.frame.size
    }

    /// The energies.
    #[must_use]
    pub fn energies(&self) -> &Energies {
        &self.frame.energies
    }

    /// The transmissions, `[sample, energy]`: 0 where one is smaller than the smallest `f64`
    /// ([`ln_transmission`](Self::ln_transmission) has it).
    #[must_use]
    pub fn transmissions(&self) -> &[f64] {
        &self.solved.transmissions
    }

    /// The transmission of sample number `sample` at energy number `energy`, both counted from 0; `None`
    /// if there is none of that number.
    #[must_use]
    pub fn transmission(&self, sample: usize, energy: usize) -> Option<f64> {
        self.of_sample(sample)?.get(energy).copied()
    }

    /// The transmissions of sample number `sample`, `[energy]`.
    #[must_use]
    pub fn of_sample(&self, sample: usize) -> Option<&[f64]> {
        let count = self.frame.energies.count();
        let begin = sample.checked_mul(count)?;
        self.solved
            .transmissions
            .get(begin..begin.checked_add(count)?)
    }

    /// The natural logarithm of a transmission, however small that is; −∞ of 0, where no mode
    /// propagates. `None` if there is none of that number.
    #[must_use]
    pub fn ln_transmission(&self, sample: usize, energy: usize) -> Option<f64> {
        let transmission = self.transmission(sample, energy)?;
        let mut underflows = self.underflows_of(sample).iter();
        let scaled = match underflows.find(|one| one.energy == energy) {
            Some(underflow) => underflow.transmission,
            None => transmission.into(),
        };
        Some(scaled.ln())
    }

    /// The finite-bias conductance Ḡ, `[sample]`, in 2e²/h; `None` if the [`Energies`] have no grid of a
    /// bias. Values that are smaller than the smallest `f64` are [`Scaled`] all the same.
    #[must_use]
    pub fn g_bar(&self) -> Option<Vec<Scaled>> {
        self.frame.energies.g_bar(self)
    }

    /// How many modes of a lead propagate ("open modes") at each energy, `[energy]`: no transmission is
    /// larger.
    #[must_use]
    pub fn propagating_modes(&self) -> &[usize] {
        &self.frame.propagating_modes
    }

    /// The transmission eigenvalues, `[sample, energy, row]`, the largest first, zeros behind those of the
    /// propagating modes; `None` unless the solver was [asked](super::SolverBuilder::eigenvalues) for them.
    #[must_use]
    pub fn eigenvalues(&self) -> Option<&[f64]> {
        Some(&self.details.as_ref()?.eigenvalues)
    }

    /// The transmission eigenvalues of sample number `sample` at energy number `energy`, `[row]`, the largest
    /// first; `None` if there is none of that number, or if eigenvalues were not asked for.
    #[must_use]
    pub fn eigenvalues_of(&self, sample: usize, energy: usize) -> Option<&[f64]> {
        self.transmission(sample, energy)?;
        let width = self.frame.size.width();
        let begin = (sample * self.frame.energies.count() + energy) * width;
        self.eigenvalues()?.get(begin..begin + width)
    }

    /// The Fano factors of shot noise, `[sample, energy]`, `None` in places where nothing is transmitted;
    /// `None` in all unless the solver was [asked](super::SolverBuilder::eigenvalues) for eigenvalues.
    #[must_use]
    pub fn fano_factors(&self) -> Option<&[Option<f64>]> {
        Some(&self.details.as_ref()?.fano)
    }

    /// The Fano factor of sample number `sample` at energy number `energy`; `None` where nothing is
    /// transmitted, or if eigenvalues were not asked for.
    #[must_use]
    pub fn fano_factor(&self, sample: usize, energy: usize) -> Option<f64> {
        self.transmission(sample, energy)?;
        let place = sample * self.frame.energies.count() + energy;
        *self.details.as_ref()?.fano.get(place)?
    }

    /// How many of the transmissions a fallback solver has recomputed, and which.
    #[must_use]
    pub const fn fallbacks(&self) -> Fallbacks {
        self.solved.fallbacks
    }

    /// Those transmissions that are smaller than the smallest `f64`, by sample and energy.
    #[must_use]
    pub fn underflows(&self) -> &[Underflow] {
        &self.solved.underflows
    }

    /// Those of one sample.
    pub(super) fn underflows_of(&self, sample: usize) -> &[Underflow] {
        let all = &self.solved.underflows;
        let begin = all.partition_point(|one| one.sample < sample);
        let end = all.partition_point(|one| one.sample <= sample);
        &all[begin..end]
    }

    /// The solver, and why it is this one.
    #[must_use]
    pub fn solver(&self) -> Choice {
        self.frame.choice
    }
}

/// Why there is no [`Solution`].
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SolutionError {
    /// There is no solver.
    #[error(transparent)]
    Solver(#[from] SolverError),
    /// A strip cannot be solved.
    #[error(transparent)]
    Strip(#[from] StripError),
}

impl Categorised for SolutionError {
    fn category(&self) -> Category {
        match self {
            Self::Solver(error) => error.category(),
            Self::Strip(error) => error.category(),
        }
    }
}
