//! The front door: strips in, a [`Solution`] out.

use std::num::NonZeroUsize;
use std::sync::Arc;

use landauer_core::{Ensemble, Scalar};

use super::solution::{Frame, MoreDetails};
use super::stream::{Solutions, StripSource};
use super::threads::Threads;
use super::{
    Choice, Details, Energies, Method, Precision, RecursionSolver, SharedOut, Solution,
    SolutionError, Solved, SolverError, SolverRequest, Stop, StripError, StripFault, StripSize,
    Underflow, WHOLE_VECTORS, Workload, propagating_modes, seconds,
};
use crate::memory;
use crate::onsite::OnsiteEnergies;
use crate::parallel;

/// Solves strips of one size at some energies: T(E) by Landauer and Büttiker, exactly.
///
/// It is made by a [builder](Self::builder), which chooses among the methods and plans; then it solves as
/// many strips as there are, at once ([`solve`](Self::solve)) or a few at a time
/// ([`stream`](Self::stream)). The results have the same bits on every machine, at any number of threads.
///
/// # Example
/// ```
/// use landauer::{Concentration, DisorderModel, Energies, Ensemble, OnsiteEnergies, Solver, StripSize};
///
/// let size = StripSize::new(40, 40)?;
/// let ensemble = Ensemble::new(DisorderModel::II, Concentration::Fixed(0.1), 1)?;
/// let strips = OnsiteEnergies::draw(&ensemble, size, 0..4)?;
/// let solver = Solver::builder(size)
///     .energies(Energies::of_bias(0.36)?)
///     .tuned_for_ensemble(&ensemble)
///     .build()?;
/// let solution = solver.solve(&strips)?;
/// for g_bar in solution.g_bar().expect("there is a bias") {
///     assert!(g_bar.value() > 5.0 && g_bar.value() < 20.0);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Solver {
    frame: Arc<Frame>,
    threads: Threads,
    state: State,
    /// Strips that are read at a time from a source, and solved at a time.
    block: usize,
    step: usize,
}

/// The solver's state for each kind of request.
#[derive(Debug)]
enum State {
    Transmissions(SharedOut),
    DetailsDouble(RecursionSolver<f64>),
    DetailsSingle(RecursionSolver<f32>),
}

/// Settings of a [`Solver`], each with a default.
#[derive(Debug, Clone)]
#[must_use]
pub struct SolverBuilder {
    size: StripSize,
    energies: Energies,
    request: SolverRequest,
    eigenvalues: bool,
    threads: Option<NonZeroUsize>,
    workload: Workload,
    samples: u64,
}

/// Target duration of a step of a stream, in seconds, so that progress shows and it can be stopped.
const STEP_SECONDS: f64 = 0.5;

/// As many cores as large machines have; the idle ones of many thousands would only search each other
/// for work.
pub const MAX_THREADS: usize = 1024;

/// Strips of a step at most: each takes some hundred bytes on its way.
const MAX_STEP: f64 = 65_536.0;

/// Bytes of on-site energies and results that a stream holds for each thread (more if one strip is
/// larger).
const BLOCK_BYTES: u64 = 4 << 20;

impl SolverBuilder {
    /// Solves at these energies. Default: E = 0.
    pub fn energies(mut self, energies: Energies) -> Self {
        self.energies = energies;
        self
    }

    /// Solves by this method. Default: by the faster one for many strips of this size,
    /// as far as their disorder [is known](Self::tuned_for_workload).
    pub const fn method(mut self, method: Method) -> Self {
        self.request.method = Some(method);
        self
    }

    /// Solves in this precision. Default: `f64`.
    pub const fn precision(mut self, precision: Precision) -> Self {
        self.request.precision = Some(precision);
        self
    }

    /// Solves by the method and in the precision of this request.
    pub const fn request(mut self, request: SolverRequest) -> Self {
        self.request = request;
        self
    }

    /// Finds transmission eigenvalues and Fano factors too, which only the recursion gives.
    pub const fn eigenvalues(mut self, wanted: bool) -> Self {
        self.eigenvalues = wanted;
        self
    }

    /// Works on this many threads of its own, 1024 at most. Default: those of the current rayon pool, which are all cores
    /// unless the caller has made another one. Without the feature `parallel` there is one thread.
    pub const fn threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// The faster method is that for samples of this ensemble. The choice decides the last bits of the results
    /// ([`Solution::solver`] says what was chosen). Default: strips without a clean site.
    pub fn tuned_for_ensemble(self, ensemble: &Ensemble) -> Self {
        let workload = Workload::of(ensemble, self.size);
        self.tuned_for_workload(workload)
    }

    /// The same for strips of this workload.
    pub const fn tuned_for_workload(mut self, workload: Workload) -> Self {
        self.workload = workload.at_size(self.size);
        self
    }

    /// About so many strips are solved at a time: the work is shared out accordingly. It changes no result. Default:
    /// very many.
    pub const fn samples(mut self, samples: u64) -> Self {
        self.samples = samples;
        self
    }

    /// The solver: chosen, and planned if its method needs a plan.
    ///
    /// # Errors
    /// Eigenvalues by a method that has none; a precision that the method does not have; threads that cannot be started; too little memory for
    /// them.
    pub fn build(self) -> Result<Solver, SolverError> {
        let built = self.build_unless(&|| false)?;
        Ok(built.unwrap_or_else(|| unreachable!("it is never stopped")))
    }

    /// The same, but planning can be stopped: `stop` is asked after each few energies, and as soon as it says so
    /// there is no solver, `None`.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn build_unless(self, stop: Stop<'_>) -> Result<Option<Solver>, SolverError> {
        let Self {
            size,
            energies,
            request,
            eigenvalues,
            threads,
            workload,
            samples,
        } = self;
        let choice = if eigenvalues {
            request.choose_details().ok_or(SolverError::Eigenvalues)?
        } else {
            request.choose_at(workload, energies.count())
        };
        let kind = choice.kind;
        if let Some(count) = threads.filter(|count| count.get() > MAX_THREADS) {
            return Err(SolverError::Threads(count.get()));
        }
        let threads = Threads::new(threads)?;
        let count = threads.count();
        let block = block_samples(size, &energies, eigenvalues, samples, count);
        let require = |worker: u64, workers: usize| {
            let workers = worker.saturating_mul(workers as u64);
            let block = (block as u64).saturating_mul(sample_bytes(size, &energies, eigenvalues));
            memory::require("solving this", workers.saturating_add(block))
        };
        // Before anything is planned, and then with the right number.
        let workers = if kind.method.uses_all_threads() {
            1
        } else {
            count
        };
        require(kind.least_bytes(size), workers)?;
        let state = match kind.precision {
            _ if !eigenvalues => {
                let all = energies.all();
                let work = (samples, count);
                let shared = threads.run(|| SharedOut::new_unless(kind, size, all, work, stop))?;
                let Some(shared) = shared else {
                    return Ok(None);
                };
                require(shared.worker_bytes(), workers)?;
                State::Transmissions(shared)
            }
            Precision::F64 => State::DetailsDouble(RecursionSolver::new(size, energies.all())?),
            Precision::F32 => State::DetailsSingle(RecursionSolver::new(size, energies.all())?),
        };
        let step = step(&workload, choice, energies.count(), count);
        Ok(Some(Solver {
            threads,
            state,
            block,
            step: step.min(block),
            frame: Arc::new(Frame {
                propagating_modes: propagating_modes(size.width(), energies.all())?,
                size,
                energies,
                choice,
            }),
        }))
    }
}

impl Solver {
    /// A builder of solvers for strips of this size.
    pub fn builder(size: StripSize) -> SolverBuilder {
        SolverBuilder {
            size,
            energies: Energies::default(),
            request: SolverRequest::default(),
            eigenvalues: false,
            threads: None,
            workload: Workload::undescribed(size),
            samples: u64::MAX,
        }
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

    /// What was chosen, and why.
    #[must_use]
    pub fn choice(&self) -> Choice {
        self.frame.choice
    }

    /// How many modes of a lead propagate ("open modes") at each energy, `[energy]`.
    #[must_use]
    pub fn propagating_modes(&self) -> &[usize] {
        &self.frame.propagating_modes
    }

    /// Solves these strips, all at once, on all threads.
    ///
    /// # Errors
    /// Strips of another size; a strip that cannot be solved, the first one at the first energies.
    pub fn solve(&self, strips: &OnsiteEnergies<'_>) -> Result<Solution, StripError> {
        if strips.size() != self.frame.size {
            return Err(self.other_size(strips.size()));
        }
        self.solve_values(strips.values(), 0)
    }

    /// The same, but it can be stopped: `stop` is asked from all threads, several times a second unless the
    /// strips are very large, and as soon as it says so there is no solution, `None`.
    ///
    /// # Example
    /// ```
    /// use landauer::{OnsiteEnergies, Solver, StripSize};
    /// let size = StripSize::new(2, 3)?;
    /// let clean = OnsiteEnergies::new(size, vec![0.0; 6])?;
    /// let solver = Solver::builder(size).build()?;
    /// assert!(solver.solve_unless(&clean, &|| false)?.is_some());
    /// assert!(solver.solve_unless(&clean, &|| true)?.is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`solve`](Self::solve).
    pub fn solve_unless(
        &self,
        strips: &OnsiteEnergies<'_>,
        stop: Stop<'_>,
    ) -> Result<Option<Solution>, StripError> {
        if strips.size() != self.frame.size {
            return Err(self.other_size(strips.size()));
        }
        self.values_unless(strips.values(), 0, stop)
    }

    /// Solves the strips of a source in their order, a few at a time: each item is the [`Solution`] of some
    /// that follow each other, after about half a second of work. Dropping the iterator stops it.
    pub fn stream<'s, S: StripSource>(&'s self, source: &'s mut S) -> Solutions<'s, S> {
        Solutions::new(self, source)
    }

    /// Solves the strips `[sample, slice, row]`, the first of them number `first` of a source.
    pub(super) fn solve_values(&self, onsite: &[f64], first: u64) -> Result<Solution, StripError> {
        let solution = self.values_unless(onsite, first, &|| false)?;
        // It is never stopped.
        Ok(solution.unwrap_or_else(|| self.solution(first, Solved::default(), None)))
    }

    /// The same unless it is stopped.
    fn values_unless(
        &self,
        onsite: &[f64],
        first: u64,
        stop: Stop<'_>,
    ) -> Result<Option<Solution>, StripError> {
        let found = self.threads.run(|| match &self.state {
            State::Transmissions(shared) => {
                let solved = shared.solve_unless(onsite, stop)?;
                Ok(solved.map(|solved| (solved, None)))
            }
            State::DetailsDouble(solver) => self.details(solver, onsite, stop),
            State::DetailsSingle(solver) => self.details(solver, onsite, stop),
        })?;
        Ok(found.map(|(solved, details)| self.solution(first, solved, details)))
    }

    fn solution(&self, first: u64, solved: Solved, details: Option<MoreDetails>) -> Solution {
        Solution {
            frame: Arc::clone(&self.frame),
            first,
            solved,
            details,
        }
    }

    /// The error that strips of another size make.
    pub(super) fn other_size(&self, found: StripSize) -> StripError {
        StripError {
            sample: 0,
            energy: self.frame.energies.all()[0],
            fault: StripFault::OtherSize {
                expected: self.frame.size,
                found,
            },
        }
    }

    /// Strips that a stream reads, and solves, at a time.
    pub(super) const fn pieces(&self) -> [usize; 2] {
        [self.block, self.step]
    }

    /// The threads.
    pub(super) const fn threads(&self) -> &Threads {
        &self.threads
    }

    /// Everything, `[sample, energy]`.
    fn details<S: Scalar>(
        &self,
        solver: &RecursionSolver<S>,
        onsite: &[f64],
        stop: Stop<'_>,
    ) -> Result<Option<(Solved, Option<MoreDetails>)>, StripError> {
        let energies = self.frame.energies.count();
        let sites = self.frame.size.sites();
        let items = onsite.chunks(sites).enumerate();
        let items: Vec<_> = items
            .flat_map(|(sample, strip)| (0..energies).map(move |energy| (sample, strip, energy)))
            .collect();
        // All of them first, so that the same error comes whatever the number of threads.
        let results = parallel::map(&items, |&(sample, strip, energy)| {
            if stop() {
                return Ok(None);
            }
            let details = solver.details(strip, energy);
            details.map(Some).map_err(|error| error.after(sample))
        });
        let details: Option<Vec<Details>> = results.into_iter().collect::<Result<_, _>>()?;
        let Some(details) = details else {
            return Ok(None);
        };
        let underflows = details.iter().zip(&items).filter_map(|(details, item)| {
            Some(Underflow {
                sample: item.0,
                energy: item.2,
                transmission: details.underflow?,
            })
        });
        let solved = Solved {
            transmissions: details.iter().map(|details| details.transmission).collect(),
            fallbacks: details.iter().map(|details| details.fallbacks).sum(),
            underflows: underflows.collect(),
        };
        Ok(Some((solved, Some(MoreDetails::new(&details)))))
    }
}

/// Solves these strips at these energies in `f64`, by the faster method, on all threads: for once. A
/// [`Solver`] is for more.
///
/// # Example
/// ```
/// use landauer::{Energies, OnsiteEnergies, StripSize};
/// let size = StripSize::new(1, 1)?;
/// // One impurity of energy u in a chain: T = 1/(1 + u²/4) at E = 0.
/// let strip = OnsiteEnergies::new(size, vec![5.0])?;
/// let solution = landauer::solve(&strip, &Energies::default())?;
/// assert!((solution.transmissions()[0] - 1.0 / (1.0 + 25.0 / 4.0)).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Too little memory; a strip that cannot be solved, the first one at the first energies.
pub fn solve(strips: &OnsiteEnergies<'_>, energies: &Energies) -> Result<Solution, SolutionError> {
    let builder = Solver::builder(strips.size());
    let solver = builder
        .energies(energies.clone())
        .samples(strips.samples() as u64)
        .build()?;
    Ok(solver.solve(strips)?)
}

/// Strips that are solved between two looks at a stream.
fn step(workload: &Workload, choice: Choice, energies: usize, threads: usize) -> usize {
    let per_sample = seconds(choice.kind, *workload) * energies as f64;
    let samples = STEP_SECONDS * threads as f64 / per_sample;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive, and cut off far below 2^32"
    )]
    let samples = samples.clamp(1.0, MAX_STEP) as usize;
    // Small steps would leave threads without work, or vectors half empty.
    let least = match choice.kind.method {
        Method::Dissection => WHOLE_VECTORS,
        Method::Recursion => 2,
        Method::Multifrontal => 1,
    };
    let samples = if choice.kind.method.uses_all_threads() {
        samples
    } else {
        samples.max(threads.saturating_mul(least))
    };
    samples.next_multiple_of(least)
}

/// Strips that are read at a time.
fn block_samples(
    size: StripSize,
    energies: &Energies,
    eigenvalues: bool,
    samples: u64,
    threads: usize,
) -> usize {
    let bytes = BLOCK_BYTES.saturating_mul(threads as u64);
    let fitting = bytes / sample_bytes(size, energies, eigenvalues);
    let fitting = usize::try_from(fitting.clamp(1, samples.max(1))).unwrap_or(1);
    match fitting - fitting % WHOLE_VECTORS {
        0 => fitting,
        whole => whole,
    }
}

/// Bytes of the results of one sample.
#[must_use]
pub fn result_bytes(size: StripSize, energies: usize, eigenvalues: bool) -> u64 {
    let mut per_energy = 8;
    if eigenvalues {
        per_energy = (size.width() as u64).saturating_mul(8).saturating_add(128);
    }
    (energies as u64).saturating_mul(per_energy)
}

/// Bytes of one sample, its results, and as much again for what is on the way.
fn sample_bytes(size: StripSize, energies: &Energies, eigenvalues: bool) -> u64 {
    let onsite = (size.sites() as u64).saturating_mul(8);
    let results = result_bytes(size, energies.count(), eigenvalues);
    onsite.saturating_add(results.saturating_mul(2))
}
