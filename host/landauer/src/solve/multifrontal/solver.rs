//! The solver: strips one after the other, and what to do with those that lose digits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use landauer_core::Scalar;
use landauer_core::transport::Lead;
use pulp::Arch;

use super::ends::{Found, Lost, transmit};
use super::interior::Interior;
use super::modes::{Leads, Modes};
use super::order::Order;
use crate::memory;
use crate::solve::dissection::check_energies;
use crate::solve::recursion::RecursionSolver;
use crate::solve::strips::check_batch;
use crate::solve::transverse::has_mode_at_edge;
use crate::solve::{
    BatchSolver, Fallbacks, Method, SolverError, Stop, StripError, Underflow, Worker,
    note_underflow, recursion_bytes,
};
use crate::statistics::Scaled;
use crate::system::StripSize;

/// By how much the check may miss, relative to the largest number between the ends. Measured 1e-13 at 300×300, 7e-12 in
/// a clean strip of 1000×1000.
const MAX_MISSED: f64 = 1e-10;

/// By how much evanescent modes may carry more across the strip than propagating ones: rounding of the former is as
/// large, in the latter.
const MAX_EVANESCENT: f64 = 1e4;

/// The smallest amplitude that is trusted: what is below [`super::tiles::TINY`] has counted as zero.
const SMALLEST_AMPLITUDE: f64 = 1e-250;

/// Strips of one size at some energies, one after the other, each by all threads (the module says how).
///
/// A strip's result depends on nothing but the strip: not on threads, nor on the vectors of the machine.
///
/// # Example
/// ```
/// use landauer::{Energies, Method, OnsiteEnergies, Solver, StripSize};
/// // One clean strip of 80 × 60 sites: each of the 60 modes passes.
/// let size = StripSize::new(80, 60)?;
/// let solver = Solver::builder(size)
///     .method(Method::Multifrontal)
///     .energies(Energies::new([0.0])?)
///     .build()?;
/// let solution = solver.solve(&OnsiteEnergies::new(size, vec![0.0; 4800])?)?;
/// assert!((solution.transmissions()[0] - 60.0).abs() < 1e-10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct MultifrontalSolver {
    size: StripSize,
    energies: Vec<f64>,
    leads: Vec<Setup>,
    order: Order,
    recursion: RecursionSolver<f64>,
    arch: Arch,
}

/// One energy.
#[derive(Debug)]
struct Setup {
    leads: Leads,
    /// Is a mode at its band edge?
    at_edge: bool,
}

/// How long a strip took, on the wall's clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StripTimes {
    /// Eliminating the strip.
    pub interior: Duration,
    /// The leads, and the transmission.
    pub ends: Duration,
}

impl MultifrontalSolver {
    /// [`BatchSolver::identity`].
    pub const IDENTITY: &'static str = "multifrontal 1, f64";

    /// A solver for strips of this size at these energies (units of t).
    ///
    /// # Errors
    /// An energy that is not finite; too little memory.
    pub fn new(size: StripSize, energies: &[f64]) -> Result<Self, SolverError> {
        memory::require("solving a strip of this size", Self::least_bytes(size))?;
        check_energies(energies)?;
        let width = size.width();
        let modes = Arc::new(Modes::new(width));
        let leads = energies.iter().map(|&energy| {
            let lead = Lead::new(width, energy).map_err(|_| SolverError::Energy(energy))?;
            Ok(Setup {
                leads: Leads::new(&modes, lead),
                at_edge: has_mode_at_edge(lead),
            })
        });
        Ok(Self {
            size,
            leads: leads.collect::<Result<_, SolverError>>()?,
            energies: energies.to_vec(),
            order: Order::new(size),
            recursion: RecursionSolver::new(size, energies)?,
            arch: Arch::new(),
        })
    }

    /// The same on another instruction set than the best of this machine: a test's business.
    #[must_use]
    pub fn on(mut self, arch: Arch) -> Self {
        self.arch = arch;
        self
    }

    /// Bytes that a worker for strips of this size takes at least, and the planning too: what can be told without a plan.
    #[must_use]
    pub fn least_bytes(size: StripSize) -> u64 {
        let numbers = ends_numbers(size).saturating_add(order_numbers(size));
        let recursion = recursion_bytes(size.width());
        numbers.saturating_mul(8).saturating_add(recursion)
    }

    /// Multiply-adds of a strip whose modes all propagate: between its ends, and of the leads.
    #[must_use]
    pub fn multiply_adds(&self) -> [f64; 2] {
        let interior = self.order.root().map_or(0.0, |root| root.work);
        let width = self.size.width() as f64;
        [interior, LEADS * width * width * width]
    }

    /// Where the time goes: T of a strip `[slice, row]` at energy number `energy`, without another way for what loses
    /// digits, and how long it took. `None` if there is no such energy, no mode propagates, or digits are lost.
    ///
    /// # Errors
    /// On-site energies that are not those of one strip.
    pub fn timed(
        &self,
        onsite: &[f64],
        energy: usize,
    ) -> Result<Option<(f64, StripTimes)>, StripError> {
        check_batch(self.size, &[], onsite, 0, 1)?;
        let Some(setup) = self.leads.get(energy) else {
            return Ok(None);
        };
        let mut times = StripTimes::default();
        let found = self.find(setup, onsite, energy, &|| false, Some(&mut times));
        let found = found.ok().filter(|found| accepts(setup, found));
        Ok(found.map(|found| (found.transmission.value(), times)))
    }

    /// T and R of a strip, unless digits are lost or it is stopped.
    fn find(
        &self,
        setup: &Setup,
        onsite: &[f64],
        energy: usize,
        stop: Stop<'_>,
        times: Option<&mut StripTimes>,
    ) -> Result<Found, Lost> {
        if setup.at_edge {
            return Err(Lost::Singular);
        }
        let begin = times.is_some().then(Instant::now);
        let interior = Interior {
            arch: self.arch,
            order: &self.order,
            onsite,
            energy: self.energies[energy],
            stop,
        };
        let update = interior.eliminate().ok_or(Lost::Stopped)?;
        let middle = times.is_some().then(Instant::now);
        let found = transmit(self.arch, &setup.leads, self.size, update, stop);
        if let (Some(times), Some(begin), Some(middle)) = (times, begin, middle) {
            times.interior = middle - begin;
            times.ends = middle.elapsed();
        }
        found
    }

    /// T of a strip, and how it was found; `None` if it is stopped.
    fn solve_strip(
        &self,
        onsite: &[f64],
        energy: usize,
        stop: Stop<'_>,
    ) -> Result<Option<(Scaled, Fallbacks)>, StripError> {
        let setup = &self.leads[energy];
        if setup.leads.propagating.is_empty() {
            // Nothing comes in.
            return Ok(Some((Scaled::ZERO, Fallbacks::default())));
        }
        match self.find(setup, onsite, energy, stop, None) {
            Err(Lost::Stopped) => Ok(None),
            Ok(found) if accepts(setup, &found) => {
                Ok(Some((found.transmission, Fallbacks::default())))
            }
            Ok(_) | Err(Lost::Singular) => {
                let (transmission, way) = self.recursion.solve_strip(onsite, energy)?;
                Ok(Some((transmission, way.or(Fallbacks::RECURSION))))
            }
        }
    }
}

/// Has a solution all the digits that it should have?
fn accepts(setup: &Setup, found: &Found) -> bool {
    let modes = setup.leads.propagating.len() as f64;
    let sum = found.transmission.value() + found.reflection;
    // A NaN is none of these.
    found.missed <= MAX_MISSED
        && (sum - modes).abs() <= modes * f64::CONSERVATION_TOLERANCE
        && found.evanescent <= MAX_EVANESCENT
        && found.amplitude >= SMALLEST_AMPLITUDE
}

/// Multiply-adds of the leads' part, for each cube of a site of the width: both ends into modes (6), the right one folded
/// on to the left one, with rows of the identity, and the left one solved (each 4(1/6 + 1 + 3/2)).
const LEADS: f64 = 6.0 + 2.0 * 32.0 / 3.0;

/// Numbers that the leads' part needs at most.
fn ends_numbers(size: StripSize) -> u64 {
    // Two complex matrices of 3W rows and 2W columns; twice as large each if as many unknowns have been delayed.
    let width = size.width() as u64;
    width.saturating_mul(width).saturating_mul(60)
}

/// Numbers that say what is coupled to what.
fn order_numbers(size: StripSize) -> u64 {
    (size.sites() as u64).saturating_mul(8)
}

impl BatchSolver for MultifrontalSolver {
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
        1
    }

    fn uses_all_threads(&self) -> bool {
        Method::Multifrontal.uses_all_threads()
    }

    fn worker(&self) -> Box<dyn Worker + '_> {
        Box::new(MultifrontalWorker {
            solver: self,
            underflows: Vec::new(),
        })
    }

    fn worker_bytes(&self) -> u64 {
        let interior = self.order.root().map_or(0, |root| root.numbers as u64);
        // Some unknowns are delayed.
        let interior = interior.saturating_add(interior / 2);
        let numbers = interior.max(ends_numbers(self.size));
        let numbers = numbers.saturating_add(order_numbers(self.size));
        numbers
            .saturating_mul(8)
            .saturating_add(recursion_bytes(self.size.width()))
    }
}

/// A strip at a time.
struct MultifrontalWorker<'s> {
    solver: &'s MultifrontalSolver,
    underflows: Vec<Underflow>,
}

impl Worker for MultifrontalWorker<'_> {
    fn solve(
        &mut self,
        onsite: &[f64],
        transmissions: &mut [f64],
        fallbacks: &mut [Fallbacks],
    ) -> Result<(), StripError> {
        // It is never stopped.
        self.solve_unless(onsite, transmissions, fallbacks, &|| false)
            .map(drop)
    }

    fn solve_unless(
        &mut self,
        onsite: &[f64],
        transmissions: &mut [f64],
        fallbacks: &mut [Fallbacks],
        stop: Stop<'_>,
    ) -> Result<bool, StripError> {
        let solver = self.solver;
        let energies = solver.energies.len();
        let (outputs, samples) = (transmissions.len(), fallbacks.len());
        check_batch(solver.size, &solver.energies, onsite, outputs, samples)?;
        self.underflows.clear();
        let strips = onsite.chunks_exact(solver.size.sites());
        for (sample, (strip, fallbacks)) in strips.zip(fallbacks).enumerate() {
            for number in 0..energies {
                let solved = solver.solve_strip(strip, number, stop);
                let Some((transmission, way)) = solved.map_err(|error| error.after(sample))? else {
                    return Ok(false);
                };
                transmissions[sample * energies + number] = transmission.value();
                *fallbacks += way;
                note_underflow(&mut self.underflows, sample, number, transmission);
            }
        }
        Ok(true)
    }

    fn underflows(&self) -> &[Underflow] {
        &self.underflows
    }
}
