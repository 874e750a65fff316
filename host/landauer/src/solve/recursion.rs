//! The core's scattering recursion at sizes chosen at run time.

use std::sync::OnceLock;

use landauer_core::transport::{Lead, Scattering, fano_factor, scattering_workspace_len};
use landauer_core::{Scalar, SolveError};

use super::elimination::{self, Elimination};
use super::strips::{StripFault, check_batch};
use super::{
    BatchSolver, Fallbacks, Method, Precision, StripError, StripSize, Underflow, Worker,
    note_underflow,
};
use crate::failure::{Categorised, Category};
use crate::memory::{self, TooLittleMemory};
use crate::statistics::Scaled;
use crate::system::SizeError;

/// The scattering recursion with transmission ([`Scattering`]) for run-time sizes, `S` = `f64` or
/// `f32` inside.
///
/// The core's own code runs, compiled once more for the widest vectors of the machine (by `pulp`,
/// chosen at run time); since that code fixes the order of every operation and fuses none, the
/// result has the same bits everywhere.
///
/// What the recursion would get wrong or lose is solved by Gaussian elimination with pivoting, in
/// `f64`, and counted: energies next to a band edge, strips that hardly transmit through high walls,
/// and whatever does not conserve current. In `f32` such strips are the recursion's in `f64` first.
#[derive(Debug)]
pub struct RecursionSolver<S> {
    size: StripSize,
    energies: Vec<f64>,
    leads: Vec<Lead<S>>,
    /// Which energies are too near to a band edge for this precision.
    at_edge: Vec<bool>,
    /// For `f32`: who solves what it cannot.
    promoted: Option<Box<RecursionSolver<f64>>>,
    /// For `f64`: the same. Made when first needed.
    eliminations: Vec<OnceLock<Elimination>>,
    arch: pulp::Arch,
}

/// On-site energies beyond this (in t) are walls: amplitudes lose as many digits as their inverse
/// has behind the point, where they have to pass such a site.
fn wall<S: Scalar>() -> f64 {
    if is_double::<S>() { 1e4 } else { 1e2 }
}

/// A strip with walls that transmits more than this does not do so through the walls.
const THROUGH_WALLS: f64 = 1e-6;

/// The share of T that may be rounding before it is found in `f64` instead.
const MAX_ROUNDING: f64 = 1e-3;

/// A mode whose |sin k| is smaller than this is too near to its band edge: amplitudes w ~ 1/√sin k
/// make the recursion lose the digits that its inverse has before the point.
fn smallest_sine<S: Scalar>() -> f64 {
    if is_double::<S>() { 1e-3 } else { 1e-2 }
}

/// Is the energy too near to a band edge for this precision?
pub(super) fn is_at_edge<S: Scalar>(lead: Lead<f64>) -> bool {
    let sines = (0..lead.width()).map(|mode| lead.mode(mode).sine());
    sines.fold(f64::INFINITY, f64::min) < smallest_sine::<S>()
}

fn is_double<S>() -> bool {
    size_of::<S>() == size_of::<f64>()
}

/// What [`RecursionSolver::details`] finds out about one strip at one energy.
#[derive(Debug, Clone, PartialEq)]
pub struct Details {
    /// The transmission.
    pub transmission: f64,
    /// The transmission eigenvalues, the largest first, zeros behind those of the propagating modes: `[row]`.
    pub eigenvalues: Vec<f64>,
    /// The shot-noise Fano factor; `None` where nothing is transmitted.
    pub fano_factor: Option<f64>,
    /// The largest element of |r†r + t†t − 1|; where the strip was solved by elimination, the
    /// relative difference of T between its two directions.
    pub unitarity_error: f64,
    /// How it was found.
    pub fallbacks: Fallbacks,
    /// The transmission, where it is too small for an `f64`.
    pub underflow: Option<Scaled>,
}

/// Bytes of working memory of one thread at this width.
#[must_use]
pub fn recursion_bytes(width: usize) -> u64 {
    let numbers = (scattering_workspace_len(width) as u64).saturating_add(width as u64);
    numbers.saturating_mul(size_of::<f64>() as u64)
}

/// Propagating modes of a lead of this width at each of some energies (units of t).
///
/// # Errors
/// A width of zero; an energy that is not finite.
pub fn propagating_modes(width: usize, energies: &[f64]) -> Result<Vec<usize>, SolverError> {
    leads(width, energies).map(|leads| leads.iter().map(Lead::<f64>::propagating_modes).collect())
}

fn leads<S: Scalar>(width: usize, energies: &[f64]) -> Result<Vec<Lead<S>>, SolverError> {
    StripSize::new(1, width)?;
    let lead = |&energy: &f64| {
        Lead::new(width, S::from_f64(energy)).map_err(|_| SolverError::Energy(energy))
    };
    energies.iter().map(lead).collect()
}

impl<S: Scalar> RecursionSolver<S> {
    /// [`BatchSolver::identity`].
    pub const IDENTITY: &'static str = if size_of::<S>() == size_of::<f64>() {
        "scattering recursion 2, f64"
    } else {
        "scattering recursion 2, f32"
    };

    /// A solver for strips of this size at these energies (units of t).
    ///
    /// # Errors
    /// A size of zero; an energy that is not finite.
    pub fn new(size: StripSize, energies: &[f64]) -> Result<Self, SolverError> {
        let leads: Vec<Lead<S>> = leads(size.width(), energies)?;
        let exact: Vec<Lead<f64>> = self::leads(size.width(), energies)?;
        let at_edge = exact.iter().map(|&lead| is_at_edge::<S>(lead));
        let promoted = if is_double::<S>() {
            None
        } else {
            Some(Box::new(RecursionSolver::new(size, energies)?))
        };
        Ok(Self {
            size,
            energies: energies.to_vec(),
            leads,
            at_edge: at_edge.collect(),
            promoted,
            eliminations: energies.iter().map(|_| OnceLock::new()).collect(),
            arch: pulp::Arch::new(),
        })
    }

    /// Propagating modes of one lead at each energy.
    #[must_use]
    pub fn propagating_modes(&self) -> Vec<usize> {
        match &self.promoted {
            // Of the energies that were asked for, not of their nearest `f32`.
            Some(promoted) => promoted.propagating_modes(),
            None => self.leads.iter().map(Lead::propagating_modes).collect(),
        }
    }

    /// Everything about one strip, `[slice, row]` in units of t, at energy number `energy`.
    ///
    /// # Errors
    /// If the strip has another size, there is no such energy, or the strip cannot be solved (its
    /// number in the error is 0).
    pub fn details(&self, onsite: &[f64], energy: usize) -> Result<Details, StripError> {
        let fail = self.one_strip(onsite, energy)?;
        if !self.hands_over(onsite, energy)
            && let Some(details) = self.recursion_details(onsite, energy).map_err(&fail)?
        {
            return Ok(details);
        }
        if let Some(promoted) = &self.promoted {
            let mut details = promoted.details(onsite, energy)?;
            details.fallbacks = details.fallbacks.or(Fallbacks::PROMOTED);
            return Ok(details);
        }
        let elimination = self.elimination(energy).map_err(&fail)?;
        let lost = match elimination.eigenvalues(onsite) {
            Ok((transmission, eigenvalues, difference)) => {
                let way = Fallbacks::ELIMINATION;
                return Ok(details(transmission, eigenvalues, difference, way));
            }
            Err(lost) => lost,
        };
        let details = self.recursion_details(onsite, energy).map_err(&fail)?;
        details.ok_or_else(|| fail(lost))
    }

    /// The same by the recursion itself; nothing if it has lost too many digits.
    fn recursion_details(
        &self,
        onsite: &[f64],
        energy: usize,
    ) -> Result<Option<Details>, SolveError> {
        let width = self.size.width();
        let mut workspace = vec![S::ZERO; scattering_workspace_len(width)];
        let mut slice = vec![S::ZERO; width];
        let mut recursion = Scattering::new(self.leads[energy], &mut workspace)?;
        let Some(transmission) = self.try_recursion(&mut recursion, &mut slice, onsite)? else {
            return Ok(None);
        };
        let unitarity_error = recursion.unitarity_error().to_f64();
        let mut eigenvalues = vec![S::ZERO; width];
        match recursion.transmission_eigenvalues(&mut eigenvalues) {
            Ok(_) => {}
            Err(SolveError::LostSolution { .. }) => return Ok(None),
            Err(error) => return Err(error),
        }
        let eigenvalues = eigenvalues.into_iter().map(Scalar::to_f64).collect();
        let way = Fallbacks::default();
        Ok(Some(details(
            transmission,
            eigenvalues,
            unitarity_error,
            way,
        )))
    }

    /// The transmission of one strip, `[slice, row]` in units of t, at energy number `energy`: 0
    /// where it is smaller than the smallest `f64`.
    ///
    /// # Errors
    /// As [`details`](Self::details).
    pub fn transmission(&self, onsite: &[f64], energy: usize) -> Result<f64, StripError> {
        let (transmission, _) = self.solve_strip(onsite, energy)?;
        Ok(transmission.value())
    }

    /// The transmission of one strip, `[slice, row]` in units of t, at energy number `energy`, and
    /// how it was found.
    ///
    /// # Errors
    /// As [`details`](Self::details).
    pub fn solve_strip(
        &self,
        onsite: &[f64],
        energy: usize,
    ) -> Result<(Scaled, Fallbacks), StripError> {
        let fail = self.one_strip(onsite, energy)?;
        let mut workspace = vec![S::ZERO; scattering_workspace_len(self.size.width())];
        let mut slice = vec![S::ZERO; self.size.width()];
        let mut recursion = Scattering::new(self.leads[energy], &mut workspace).map_err(&fail)?;
        self.solve_one(&mut recursion, &mut slice, onsite, energy)
            .map_err(fail)
    }

    /// What [`solve`](crate::solve()) finds for one strip at energy number `energy`, given a `recursion` that
    /// [began](Self::begin) there and has taken in its slices, one at a time: its T, or that of a fallback
    /// solver where the recursion's is not to be trusted. A recursion that is clearly not of this strip (its
    /// lead, its number of slices) is not used.
    ///
    /// # Errors
    /// As [`details`](Self::details).
    pub fn conclude(
        &self,
        recursion: &Scattering<'_, S>,
        onsite: &[f64],
        energy: usize,
    ) -> Result<(Scaled, Fallbacks), StripError> {
        let fail = self.one_strip(onsite, energy)?;
        let of_this_strip = recursion.reflection().lead() == self.leads[energy]
            && recursion.reflection().slices() == self.size.length();
        if self.promoted.is_some() || !of_this_strip || self.hands_over(onsite, energy) {
            return self.solve_strip(onsite, energy);
        }
        match recursion.scaled_transmission() {
            Ok((mantissa, exponent)) => {
                let transmission = Scaled::new(mantissa.to_f64(), exponent.into());
                if Self::is_sound(transmission, onsite) {
                    return Ok((transmission, Fallbacks::default()));
                }
            }
            Err(SolveError::LostSolution { .. }) => {}
            Err(error) => return Err(fail(error)),
        }
        self.solve_strip(onsite, energy)
    }

    /// The recursion of a strip with no slice yet, at energy number `energy`, in `workspace`
    /// ([`scattering_workspace_len`] numbers); `None` if there is no such energy or too little room.
    #[must_use]
    pub fn begin<'w>(&self, energy: usize, workspace: &'w mut [S]) -> Option<Scattering<'w, S>> {
        let lead = *self.leads.get(energy)?;
        Scattering::new(lead, workspace).ok()
    }

    /// Refuses what is not one strip or no energy of this solver; gives what makes an error of a
    /// fault of this strip.
    fn one_strip(
        &self,
        onsite: &[f64],
        energy: usize,
    ) -> Result<impl Fn(SolveError) -> StripError + use<S>, StripError> {
        let Some(&value) = self.energies.get(energy) else {
            return Err(StripError {
                sample: 0,
                energy: f64::NAN,
                fault: StripFault::NoSuchEnergy {
                    index: energy,
                    energies: self.energies.len(),
                },
            });
        };
        check_batch(self.size, &[value], onsite, 1, 1)?;
        Ok(move |source: SolveError| StripError {
            sample: 0,
            energy: value,
            fault: source.into(),
        })
    }

    /// The transmission of a strip whose length and numbers have been checked, and how it was found.
    fn solve_one(
        &self,
        recursion: &mut Scattering<'_, S>,
        slice: &mut [S],
        onsite: &[f64],
        energy: usize,
    ) -> Result<(Scaled, Fallbacks), SolveError> {
        if !self.hands_over(onsite, energy)
            && let Some(transmission) = self.try_recursion(recursion, slice, onsite)?
        {
            return Ok((transmission, Fallbacks::default()));
        }
        if let Some(promoted) = &self.promoted {
            let width = self.size.width();
            let mut workspace = vec![0.0; scattering_workspace_len(width)];
            let mut slice = vec![0.0; width];
            let mut recursion = Scattering::new(promoted.leads[energy], &mut workspace)?;
            let (transmission, fallbacks) =
                promoted.solve_one(&mut recursion, &mut slice, onsite, energy)?;
            return Ok((transmission, fallbacks.or(Fallbacks::PROMOTED)));
        }
        let lost = match self.elimination(energy)?.transmission(onsite) {
            Ok(transmission) => return Ok((transmission, Fallbacks::ELIMINATION)),
            Err(lost) => lost,
        };
        // Exactly at a band edge a clean strip has no Green's function, but waves that pass it.
        match self.try_recursion(recursion, slice, onsite)? {
            Some(transmission) => Ok((transmission, Fallbacks::default())),
            None => Err(lost),
        }
    }

    /// The recursion itself; nothing if it has lost too many digits.
    fn try_recursion(
        &self,
        recursion: &mut Scattering<'_, S>,
        slice: &mut [S],
        onsite: &[f64],
    ) -> Result<Option<Scaled>, SolveError> {
        recursion.reset();
        match self.pass(recursion, slice, onsite) {
            Ok(transmission) => {
                let known = self.promoted.is_none()
                    || recursion.evanescent_rounding().to_f64() <= MAX_ROUNDING;
                let sound = known && Self::is_sound(transmission, onsite);
                Ok(sound.then_some(transmission))
            }
            Err(SolveError::LostSolution { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Are the recursion's digits not worth a try?
    fn hands_over(&self, onsite: &[f64], energy: usize) -> bool {
        if self.promoted.is_some() {
            return self.at_edge[energy] || has_wall::<S>(onsite);
        }
        // It is tried even with walls, since most do not matter, and a clean strip is exact.
        self.at_edge[energy] && onsite.iter().any(|&energy| energy != 0.0)
    }

    /// May this be a strip whose transmission through walls has lost its digits?
    fn is_sound(transmission: Scaled, onsite: &[f64]) -> bool {
        transmission.value() > THROUGH_WALLS || !has_wall::<S>(onsite)
    }

    fn elimination(&self, energy: usize) -> Result<&Elimination, SolveError> {
        let lead = Lead::new(self.size.width(), self.energies[energy])?;
        let bytes = elimination::bytes(self.size.width());
        // This memory was not reserved: if it is not available, the strip is lost.
        if bytes > elimination::SMALL && memory::require("elimination", bytes).is_err() {
            let slices = self.size.length();
            return Err(SolveError::LostSolution { slices });
        }
        Ok(self.eliminations[energy].get_or_init(|| Elimination::new(lead)))
    }

    /// Takes a whole strip through the recursion, which must be fresh.
    fn pass(
        &self,
        recursion: &mut Scattering<'_, S>,
        slice: &mut [S],
        onsite: &[f64],
    ) -> Result<Scaled, SolveError> {
        self.arch.dispatch(Pass {
            recursion,
            slice,
            onsite,
        })
    }
}

/// Is there a site that amplitudes in this precision do not pass without a loss of digits?
fn has_wall<S: Scalar>(onsite: &[f64]) -> bool {
    onsite.iter().any(|energy| energy.abs() > wall::<S>())
}

/// The answer of [`RecursionSolver::details`].
fn details(
    transmission: Scaled,
    eigenvalues: Vec<f64>,
    unitarity_error: f64,
    fallbacks: Fallbacks,
) -> Details {
    let nothing = transmission == Scaled::ZERO;
    // Eigenvalues that are all beyond the range are as small as can be.
    let fano_factor = fano_factor(&eigenvalues).or((!nothing).then_some(1.0));
    Details {
        transmission: transmission.value(),
        fano_factor,
        eigenvalues,
        unitarity_error,
        fallbacks,
        underflow: (!transmission.is_in_range()).then_some(transmission),
    }
}

/// A strip on its way through the recursion. A struct and not a closure, because only so is all of
/// it compiled for the vectors that `pulp` has found.
struct Pass<'a, 'w, S> {
    recursion: &'a mut Scattering<'w, S>,
    slice: &'a mut [S],
    onsite: &'a [f64],
}

impl<S: Scalar> pulp::WithSimd for Pass<'_, '_, S> {
    type Output = Result<Scaled, SolveError>;

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "pulp's rule")]
    fn with_simd<V: pulp::Simd>(self, _: V) -> Self::Output {
        for energies in self.onsite.chunks_exact(self.slice.len()) {
            for (slot, &energy) in self.slice.iter_mut().zip(energies) {
                *slot = S::from_f64(energy);
            }
            self.recursion.push_slice(self.slice)?;
        }
        let (mantissa, exponent) = self.recursion.scaled_transmission()?;
        Ok(Scaled::new(mantissa.to_f64(), exponent.into()))
    }
}

impl<S: Scalar> BatchSolver for RecursionSolver<S> {
    fn identity(&self) -> &'static str {
        Self::IDENTITY
    }

    fn size(&self) -> StripSize {
        self.size
    }

    fn energies(&self) -> &[f64] {
        &self.energies
    }

    fn batch(&self) -> usize {
        // Enough to make the lead's tables once for several strips, little enough to share out.
        8
    }

    fn worker(&self) -> Box<dyn Worker + '_> {
        Box::new(RecursionWorker {
            solver: self,
            workspace: vec![S::ZERO; scattering_workspace_len(self.size.width())],
            slice: vec![S::ZERO; self.size.width()],
            underflows: Vec::new(),
        })
    }

    fn worker_bytes(&self) -> u64 {
        recursion_bytes(self.size.width())
    }
}

/// One thread's workspace.
struct RecursionWorker<'s, S> {
    solver: &'s RecursionSolver<S>,
    workspace: Vec<S>,
    slice: Vec<S>,
    underflows: Vec<Underflow>,
}

impl<S: Scalar> Worker for RecursionWorker<'_, S> {
    fn solve(
        &mut self,
        onsite: &[f64],
        transmissions: &mut [f64],
        fallbacks: &mut [Fallbacks],
    ) -> Result<(), StripError> {
        let solver = self.solver;
        let energies = solver.energies.len();
        let (outputs, strips) = (transmissions.len(), fallbacks.len());
        check_batch(solver.size, &solver.energies, onsite, outputs, strips)?;
        self.underflows.clear();
        let sites = solver.size.length() * solver.size.width();
        for (number, &energy) in solver.energies.iter().enumerate() {
            let fail = |sample| {
                move |source: SolveError| StripError {
                    sample,
                    energy,
                    fault: source.into(),
                }
            };
            let lead = solver.leads[number];
            let mut recursion = Scattering::new(lead, &mut self.workspace).map_err(fail(0))?;
            for (sample, onsite) in onsite.chunks_exact(sites).enumerate() {
                let solved = solver.solve_one(&mut recursion, &mut self.slice, onsite, number);
                let (transmission, way) = solved.map_err(fail(sample))?;
                transmissions[sample * energies + number] = transmission.value();
                fallbacks[sample] += way;
                note_underflow(&mut self.underflows, sample, number, transmission);
            }
        }
        Ok(())
    }

    fn underflows(&self) -> &[Underflow] {
        &self.underflows
    }
}

/// Why there is no solver.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SolverError {
    /// The size.
    #[error(transparent)]
    Size(#[from] SizeError),
    /// An energy is infinite or NaN.
    #[error("the energy {} is not a finite number", landauer_core::Compact(*.0))]
    Energy(f64),
    /// There is too little memory.
    #[error(transparent)]
    Memory(#[from] TooLittleMemory),
    /// Eigenvalues and Fano factors were asked for, and a method that has none.
    #[error(
        "only the recursion finds eigenvalues and Fano factors: the other methods find nothing but transmissions"
    )]
    Eigenvalues,
    /// The method does not work in the precision that was asked for.
    #[error("the {} solver works in f64 only, not in {}: ask for f64, or for another solver", .0.name(), .1)]
    Precision(Method, Precision),
    /// Threads cannot be started.
    #[error("{0} threads cannot be started: ask for fewer, or for none to use every core")]
    Threads(usize),
}

impl Categorised for SolverError {
    fn category(&self) -> Category {
        match self {
            Self::Size(_) | Self::Energy(_) | Self::Eigenvalues | Self::Precision(..) => {
                Category::Usage
            }
            Self::Memory(error) => error.category(),
            Self::Threads(_) => Category::System,
        }
    }
}
