//! The solver: strips into vectors, and what to do with those that lose too many digits.

use std::sync::Arc;

use landauer_core::transport::Lead;
use pulp::Arch;

use super::InstructionSet;
use super::batch::{Batch, Image, Solution, Strips};
use super::lanes::Lane;
use super::leads::Leads;
use super::memory::{LINE, Memory};
use super::plan::Plan;
use super::stages::StageTimes;
use crate::solve::recursion::is_at_edge;
use crate::solve::strips::check_batch;
use crate::solve::{
    BatchSolver, Fallbacks, RecursionSolver, SolverError, StripError, Underflow, Worker,
    note_underflow, recursion_bytes,
};
use crate::statistics::Scaled;
use crate::system::StripSize;

/// A precision that [`DissectionSolver`] works in: `f64` or `f32`, nothing else.
#[allow(private_bounds, reason = "which is what seals it")]
pub trait Precise: Lane {
    #[doc(hidden)]
    const IDENTITY: &'static str;
    /// The most growth that a solution is trusted with.
    #[doc(hidden)]
    const MAX_GROWTH: f64;
    /// The smallest transmission that a solution is trusted with, but for the power of two that is taken
    /// out of it: T is a product of what has T's own size, and growth's square above the smallest
    /// number of the precision it has all its digits still.
    #[doc(hidden)]
    const SMALLEST: f64;
}

impl Precise for f64 {
    const IDENTITY: &'static str = "nested dissection 3, f64";
    const MAX_GROWTH: f64 = 1e13;
    const SMALLEST: f64 = 1e-290;
}

impl Precise for f32 {
    const IDENTITY: &'static str = "nested dissection 3, f32";
    const MAX_GROWTH: f64 = 1e6;
    const SMALLEST: f64 = 1e-30;
}

/// Strips of one size at some energies, one strip in each lane of a vector, by nested dissection
/// (the module says how).
///
/// A strip's result depends on nothing but the strip: not on the strips beside it, nor on the
/// vectors of the machine.
#[derive(Debug)]
pub struct DissectionSolver<R> {
    size: StripSize,
    energies: Vec<f64>,
    setups: Vec<Setup<R>>,
    /// The numbers of the energies that share a plan, of those that are solved by it.
    sharing: Vec<Vec<usize>>,
    /// Samples in a vector of this machine.
    lanes: usize,
    /// For `f32`: who solves again what loses too many digits.
    promoted: Option<Box<DissectionSolver<f64>>>,
    recursion: RecursionSolver<f64>,
    arch: Arch,
}

/// One energy.
#[derive(Debug)]
struct Setup<R> {
    plan: Arc<Plan>,
    leads: Leads<R>,
    /// Is it so near to a band edge that its nearest number of this precision is another energy?
    /// (`f64` has no other.)
    at_edge: bool,
}

/// Refuses energies that are no numbers.
pub(crate) fn check_energies(energies: &[f64]) -> Result<(), SolverError> {
    match energies.iter().find(|energy| !energy.is_finite()) {
        Some(&energy) => Err(SolverError::Energy(energy)),
        None => Ok(()),
    }
}

/// The numbers of the energies that share a plan, of those that are solved by it.
fn sharing<R>(setups: &[Setup<R>]) -> Vec<Vec<usize>> {
    let mut sharing: Vec<Vec<usize>> = Vec::new();
    for (number, setup) in setups.iter().enumerate() {
        if setup.at_edge || setup.leads.propagating_modes == 0 {
            continue;
        }
        let same = |numbers: &&mut Vec<usize>| Arc::ptr_eq(&setups[numbers[0]].plan, &setup.plan);
        match sharing.iter_mut().find(same) {
            Some(numbers) => numbers.push(number),
            None => sharing.push(vec![number]),
        }
    }
    sharing
}

impl<R: Precise> DissectionSolver<R> {
    /// A solver for strips of this size at these energies (units of t). Plans the elimination, which
    /// takes about as long as a few hundred solves.
    ///
    /// # Errors
    /// A size of zero; an energy that is not finite.
    pub fn new(size: StripSize, energies: &[f64]) -> Result<Self, SolverError> {
        check_energies(energies)?;
        Self::planned(size, energies, &Plan::for_energies(size, energies))
    }

    /// The same with the plan for each energy ([`Plan::for_energies`]).
    pub(crate) fn planned(
        size: StripSize,
        energies: &[f64],
        plans: &[Arc<Plan>],
    ) -> Result<Self, SolverError> {
        let promoted = if size_of::<R>() == size_of::<f64>() {
            None
        } else {
            let promoted = DissectionSolver::planned(size, energies, plans)?;
            Some(Box::new(promoted))
        };
        let recursion = RecursionSolver::new(size, energies)?;
        let setups = energies.iter().zip(plans).map(|(&energy, plan)| {
            let lead = Lead::new(size.width(), energy).map_err(|_| SolverError::Energy(energy))?;
            let leads = Leads::new(plan, lead);
            let at_edge = promoted.is_some() && is_at_edge::<R>(lead);
            Ok(Setup {
                plan: Arc::clone(plan),
                leads,
                at_edge,
            })
        });
        let setups: Vec<Setup<R>> = setups.collect::<Result<_, SolverError>>()?;
        Ok(Self {
            size,
            energies: energies.to_vec(),
            sharing: sharing(&setups),
            setups,
            lanes: InstructionSet::best().lanes::<R>(),
            promoted,
            recursion,
            arch: Arch::new(),
        })
    }

    /// The same on another instruction set than the best of this machine: a test's business.
    #[must_use]
    pub fn on(mut self, arch: Arch) -> Self {
        self.arch = arch;
        self.promoted = self.promoted.map(|promoted| Box::new(promoted.on(arch)));
        self
    }

    /// The plan for each energy.
    pub fn plans(&self) -> impl Iterator<Item = &Plan> {
        self.setups.iter().map(|setup| &*setup.plan)
    }

    /// Where the time goes: what each stage takes for the strips `onsite`, `[sample, slice, row]`,
    /// at all energies together, on one thread and without other ways for what loses digits. They
    /// are solved twice, and the second time counts.
    ///
    /// # Errors
    /// On-site energies that are not those of whole strips.
    pub fn stage_times(&self, onsite: &[f64]) -> Result<StageTimes, StripError> {
        let [length, width] = self.size.sides();
        check_batch(self.size, &[], onsite, 0, onsite.len() / (length * width))?;
        let strips = onsite.chunks_exact(length * width);
        let strips: Vec<_> = strips.map(|strip| (strip, Image::PLAIN)).collect();
        let mut worker = self.own_worker();
        for _ in 0..2 {
            worker.times = Some(StageTimes::default());
            for (number, setup) in self.setups.iter().enumerate() {
                if length > 1 && setup.leads.propagating_modes > 0 {
                    worker.solve_lanes(number, &strips);
                }
            }
        }
        Ok(worker.times.unwrap_or_default())
    }

    /// Is this a transmission, with as many digits as it should have?
    fn accepts(&self, number: usize, solution: Solution) -> bool {
        let open = self.setups[number].leads.propagating_modes as f64;
        let slack = open * R::CONSERVATION_TOLERANCE.to_f64();
        // A NaN is none of these.
        Self::is_stable(solution)
            && solution.scaled >= R::SMALLEST
            && solution.transmission <= open + slack
    }

    /// Have rounding errors stayed small?
    fn is_stable(solution: Solution) -> bool {
        solution.growth <= R::MAX_GROWTH
    }
}

impl<R: Precise> BatchSolver for DissectionSolver<R> {
    fn identity(&self) -> &'static str {
        R::IDENTITY
    }

    fn size(&self) -> StripSize {
        self.size
    }

    fn energies(&self) -> &[f64] {
        &self.energies
    }

    fn batch(&self) -> usize {
        // Whole vectors of every instruction set; in `f32` enough for those few that are solved again
        // in `f64` to fill a vector.
        if self.promoted.is_some() { 256 } else { 32 }
    }

    fn worker(&self) -> Box<dyn Worker + '_> {
        Box::new(self.own_worker())
    }

    fn worker_bytes(&self) -> u64 {
        let own = self.setups.iter().map(|setup| bytes(&setup.plan)).max();
        let promoted = self.promoted.as_ref();
        own.unwrap_or(0)
            .saturating_add(promoted.map_or(0, |promoted| promoted.worker_bytes()))
            .saturating_add(recursion_bytes(self.size.width()))
    }
}

/// Memory, before any is taken.
impl<R: Precise> DissectionSolver<R> {
    /// [`BatchSolver::identity`].
    pub const IDENTITY: &'static str = R::IDENTITY;

    /// Bytes that a worker for strips of this size takes at least, and the planning too: what can be
    /// told without a plan. For a strip of one slice, which needs no plan, it is more than enough.
    #[must_use]
    pub fn least_bytes(size: StripSize) -> u64 {
        let (length, width) = (size.length() as u64, size.width() as u64);
        // The on-site energies; the ends' matrix and scratch, if no site is left over.
        let ends = width.saturating_mul(width).saturating_mul(4 + 7);
        let vectors = length.saturating_mul(width).saturating_add(ends);
        vectors.saturating_mul(LINE as u64)
    }
}

/// Bytes of a thread's memory for a plan, where vectors are the longest ([`Batch`]).
fn bytes(plan: &Plan) -> u64 {
    (plan.workspace() as u64 + 1).saturating_mul(LINE as u64)
}

impl<R: Precise> DissectionSolver<R> {
    fn own_worker(&self) -> DissectionWorker<'_, R> {
        DissectionWorker {
            solver: self,
            memory: Memory::default(),
            solutions: Vec::new(),
            underflows: Vec::new(),
            times: None,
            promoted: self
                .promoted
                .as_ref()
                .map(|promoted| Box::new(promoted.own_worker())),
            recursion: None,
        }
    }
}

/// One thread's working memory.
struct DissectionWorker<'s, R> {
    solver: &'s DissectionSolver<R>,
    memory: Memory<R>,
    solutions: Vec<Solution>,
    underflows: Vec<Underflow>,
    /// Kept for [`DissectionSolver::stage_times`] alone.
    times: Option<StageTimes>,
    promoted: Option<Box<DissectionWorker<'s, f64>>>,
    /// Made when first needed.
    recursion: Option<Box<dyn Worker + 's>>,
}

impl<R: Precise> Worker for DissectionWorker<'_, R> {
    fn solve(
        &mut self,
        onsite: &[f64],
        transmissions: &mut [f64],
        fallbacks: &mut [Fallbacks],
    ) -> Result<(), StripError> {
        let [length, width] = self.solver.size.sides();
        let sites = length * width;
        let (outputs, samples) = (transmissions.len(), fallbacks.len());
        check_batch(
            self.solver.size,
            &self.solver.energies,
            onsite,
            outputs,
            samples,
        )?;
        self.underflows.clear();
        if length == 1 {
            // There is no interior to dissect.
            let recursion = self.recursion();
            recursion.solve(onsite, transmissions, fallbacks)?;
            let underflows = recursion.underflows().to_vec();
            self.underflows = underflows;
            return Ok(());
        }
        let strips = onsite.chunks_exact(sites);
        let strips: Vec<(&[f64], Image)> = strips.map(|strip| (strip, Image::PLAIN)).collect();
        let wild: Vec<bool> = strips.iter().map(|&(strip, _)| is_wild(strip)).collect();
        let energies = self.solver.energies.len();
        let ahead = self.solve_ahead(&strips);
        for number in 0..energies {
            if self.solver.setups[number].leads.propagating_modes == 0 {
                // Nothing comes in.
                let row = transmissions.iter_mut().skip(number).step_by(energies);
                row.for_each(|transmission| *transmission = 0.0);
                continue;
            }
            let (mut again, mut lost) = (Vec::new(), Vec::new());
            if self.solver.setups[number].at_edge {
                again.extend(0..strips.len());
                lost.extend(strips.iter().map(|&(strip, _)| (strip, true)));
                self.solutions.clear();
            } else if let Some(ahead) = &ahead {
                self.solutions.clone_from(&ahead[number]);
            } else {
                self.solve_lanes(number, &strips);
            }
            for (sample, &solution) in self.solutions.iter().enumerate() {
                if self.solver.accepts(number, solution) && !wild[sample] {
                    transmissions[sample * energies + number] = solution.transmission;
                } else {
                    again.push(sample);
                    lost.push((strips[sample].0, DissectionSolver::<R>::is_stable(solution)));
                }
            }
            let found = self.rescue(number, &lost);
            let found = found.map_err(|mut error| {
                error.sample = again.get(error.sample).copied().unwrap_or(0);
                error
            })?;
            for (sample, (transmission, way)) in again.into_iter().zip(found) {
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

impl<R: Precise> DissectionWorker<'_, R> {
    fn recursion(&mut self) -> &mut dyn Worker {
        let solver = self.solver;
        &mut **self
            .recursion
            .get_or_insert_with(|| solver.recursion.worker())
    }

    /// Solves strips at energy number `number` into `solutions`.
    fn solve_lanes(&mut self, number: usize, strips: &[(&[f64], Image)]) {
        let Setup { plan, leads, .. } = &self.solver.setups[number];
        self.solutions.clear();
        self.solver.arch.dispatch(Batch {
            plan,
            strips: Strips::Together(leads, strips),
            memory: &mut self.memory,
            solutions: &mut self.solutions,
            times: self.times.as_mut(),
        });
    }

    /// Where strips are too few to fill a vector, several energies do: the solutions by energy and strip, of those
    /// energies that are solved at all. `None` where a vector is filled.
    fn solve_ahead(&mut self, strips: &[(&[f64], Image)]) -> Option<Vec<Vec<Solution>>> {
        let solver = self.solver;
        if strips.len() >= solver.lanes || solver.setups.len() < 2 {
            return None;
        }
        let mut solutions = vec![Vec::with_capacity(strips.len()); solver.setups.len()];
        for numbers in &solver.sharing {
            let pairs = numbers.iter().flat_map(|&number| {
                let leads = &solver.setups[number].leads;
                strips.iter().map(move |&(strip, _)| (leads, strip))
            });
            let pairs: Vec<_> = pairs.collect();
            self.solutions.clear();
            solver.arch.dispatch(Batch {
                plan: &solver.setups[numbers[0]].plan,
                strips: Strips::Apart(&pairs),
                memory: &mut self.memory,
                solutions: &mut self.solutions,
                times: self.times.as_mut(),
            });
            let found = self.solutions.chunks(strips.len().max(1));
            for (&number, found) in numbers.iter().zip(found) {
                solutions[number].extend_from_slice(found);
            }
        }
        Some(solutions)
    }

    /// Other ways to the transmissions of strips that lose too many digits; each comes with whether
    /// its elimination was stable, so that all that is wrong is how little it transmits.
    fn rescue(
        &mut self,
        number: usize,
        strips: &[(&[f64], bool)],
    ) -> Result<Vec<(Scaled, Fallbacks)>, StripError> {
        if strips.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(promoted) = &mut self.promoted {
            return promoted.in_place_of_single(number, strips);
        }
        let rescued = strips.iter().enumerate().map(|(place, &(strip, stable))| {
            self.rescue_one(number, strip, stable)
                .map_err(|error| error.after(place))
        });
        rescued.collect()
    }

    /// Mirror images of one strip, if that may help; at last the recursion, and what that falls back
    /// on.
    fn rescue_one(
        &mut self,
        number: usize,
        strip: &[f64],
        stable: bool,
    ) -> Result<(Scaled, Fallbacks), StripError> {
        self.solutions.clear();
        if !stable && !is_wild(strip) {
            let images = Image::MIRRORED.map(|image| (strip, image));
            self.solve_lanes(number, &images);
        }
        let accepted = |solution: &&Solution| self.solver.accepts(number, **solution);
        if let Some(solution) = self.solutions.iter().find(accepted) {
            return Ok((solution.transmission.into(), Fallbacks::MIRRORED));
        }
        let (transmission, way) = self.solver.recursion.solve_strip(strip, number)?;
        Ok((transmission, way.or(Fallbacks::RECURSION)))
    }
}

impl DissectionWorker<'_, f64> {
    /// What `f32` could not solve.
    fn in_place_of_single(
        &mut self,
        number: usize,
        strips: &[(&[f64], bool)],
    ) -> Result<Vec<(Scaled, Fallbacks)>, StripError> {
        let plain: Vec<_> = strips
            .iter()
            .map(|&(strip, _)| (strip, Image::PLAIN))
            .collect();
        self.solve_lanes(number, &plain);
        let solutions = std::mem::take(&mut self.solutions);
        let solved = strips.iter().zip(solutions).enumerate();
        let solved = solved.map(|(place, (&(strip, _), solution))| {
            if self.solver.accepts(number, solution) && !is_wild(strip) {
                return Ok((solution.transmission.into(), Fallbacks::PROMOTED));
            }
            let stable = DissectionSolver::<f64>::is_stable(solution);
            self.rescue_one(number, strip, stable)
                .map_err(|error| error.after(place))
        });
        solved.collect()
    }
}

/// On-site energies beyond this (in t) are walls: what is exact about a wall is lost among its
/// neighbours' rounding before the guard can tell, so that such strips are the recursion's.
const WALL: f64 = 1e4;

/// Is there a wall in the strip?
pub(crate) fn is_wild(strip: &[f64]) -> bool {
    strip.iter().any(|energy| energy.abs() > WALL)
}
