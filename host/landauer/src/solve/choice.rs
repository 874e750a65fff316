//! Which solver is used: the only place that chooses.
//!
//! There are three methods. The scattering recursion does the more the more impurities there are, and
//! next to nothing where there are none; the dissection does the same whatever the disorder, for a vector of strips at a
//! time; the multifrontal method for one strip by all threads, without a plan that takes its time. Callers need not care:
//! for a [`SolverRequest`] without a method, the cost of one of very many strips decides, by their size and by what is
//! said of their disorder. How many there are, what else is in them, threads and machines do not: they would decide the
//! last bits of the results.
//!
//! # What a T costs
//!
//! [`multiply_adds`] counts what a T takes in multiply-adds of the dissection in `f64`: its own as its plan has them, all
//! else by a weight. The weights are part of the rule, [`AUTO_RULE`], which is the same on every machine: what a data set
//! is must not depend on where it is made. They are near what
//! `cargo bench -p landauer-cli --bench crossover` found on an Intel Xeon with AVX-512: in `f64` the dissection is the
//! faster one from 1.4 % of impurities on at 40×40 (2.5 % at 20×20, 3.4 % at 10×10), in `f32` from about half of that.

use landauer_core::{Concentration, Ensemble};
use serde::Serialize;

use super::dissection::{SharedPlans, check_energies};
use super::{
    BatchSolver, DissectionSolver, MultifrontalSolver, Precision, RecursionSolver, SolverError,
    Stop, StripSize, recursion_bytes,
};
use crate::memory;
use crate::parallel;

/// A way to solve strips.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// [`DissectionSolver`]: many strips at a time, at the same cost whatever is in them.
    Dissection,
    /// [`RecursionSolver`]: strip by strip; the fewer impurities, the faster.
    Recursion,
    /// [`MultifrontalSolver`]: one large strip after the other, each by all threads; in `f64` only.
    Multifrontal,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Dissection, Self::Recursion, Self::Multifrontal];

    /// The name that it is asked for by, on the command line and in Python.
    ///
    /// # Example
    /// ```
    /// assert_eq!(landauer::Method::Multifrontal.name(), "multifrontal");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dissection => "dissection",
            Self::Recursion => "recursion",
            Self::Multifrontal => "multifrontal",
        }
    }

    /// Does one strip keep all threads busy? Then they are solved one after the other.
    #[must_use]
    pub const fn uses_all_threads(self) -> bool {
        matches!(self, Self::Multifrontal)
    }

    /// Does it work in this precision?
    ///
    /// # Example
    /// ```
    /// use landauer::{Method, Precision};
    /// assert!(Method::Dissection.has(Precision::F32) && !Method::Multifrontal.has(Precision::F32));
    /// ```
    #[must_use]
    pub const fn has(self, precision: Precision) -> bool {
        match self {
            Self::Dissection | Self::Recursion => true,
            Self::Multifrontal => matches!(precision, Precision::F64),
        }
    }
}

/// A method in a precision: all that there is to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SolverKind {
    /// The method.
    pub method: Method,
    /// The precision it works in.
    pub precision: Precision,
}

impl SolverKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::new(Method::Dissection, Precision::F64),
        Self::new(Method::Dissection, Precision::F32),
        Self::new(Method::Recursion, Precision::F64),
        Self::new(Method::Recursion, Precision::F32),
        Self::new(Method::Multifrontal, Precision::F64),
    ];

    /// This method in this precision.
    #[must_use]
    pub const fn new(method: Method, precision: Precision) -> Self {
        Self { method, precision }
    }

    /// The solver for strips of this size at these energies (units of t). A dissection is planned
    /// here, which takes its time.
    ///
    /// # Errors
    /// A size of zero; an energy that is not finite; too little memory for one thread; a precision that the method does
    /// not have.
    #[doc(hidden)]
    pub fn solver(
        self,
        size: StripSize,
        energies: &[f64],
    ) -> Result<Box<dyn BatchSolver>, SolverError> {
        let solvers = self.solvers_unless(size, energies, energies.len().max(1), &|| false)?;
        let solver = solvers.and_then(|mut solvers| solvers.pop());
        // Of no energies.
        solver.map_or_else(
            || Ok(boxed(RecursionSolver::<f64>::new(size, energies)?)),
            Ok,
        )
    }

    /// Solvers for strips of this size, each for at most `share` of these energies (units of t) that follow those of
    /// the one before it, unless they are stopped while they are planned: then `None`.
    pub(crate) fn solvers_unless(
        self,
        size: StripSize,
        energies: &[f64],
        share: usize,
        stop: Stop<'_>,
    ) -> Result<Option<Vec<Box<dyn BatchSolver>>>, SolverError> {
        self.solvers_sharing(&SharedPlans::new(size), energies, share, stop)
    }

    /// The same with plans that are kept for energies to come.
    pub(crate) fn solvers_sharing(
        self,
        plans: &SharedPlans,
        energies: &[f64],
        share: usize,
        stop: Stop<'_>,
    ) -> Result<Option<Vec<Box<dyn BatchSolver>>>, SolverError> {
        let size = plans.size();
        if !self.method.has(self.precision) {
            return Err(SolverError::Precision(self.method, self.precision));
        }
        memory::require("solving a strip of this size", self.least_bytes(size))?;
        check_energies(energies)?;
        let parts = energies.chunks(share);
        match self.method {
            Method::Recursion => parts
                .map(|energies| {
                    Ok(Some(match self.precision {
                        Precision::F64 => boxed(RecursionSolver::<f64>::new(size, energies)?),
                        Precision::F32 => boxed(RecursionSolver::<f32>::new(size, energies)?),
                    }))
                })
                .collect(),
            Method::Multifrontal => parts
                .map(|energies| {
                    if stop() {
                        return Ok(None);
                    }
                    Ok(Some(boxed(MultifrontalSolver::new(size, energies)?)))
                })
                .collect(),
            Method::Dissection => {
                let Some(plans) = plans.for_energies_unless(energies, stop) else {
                    return Ok(None);
                };
                let parts: Vec<_> = parts.zip(plans.chunks(share)).collect();
                let solvers = parallel::map(&parts, |&(energies, plans)| {
                    if stop() {
                        return Ok(None);
                    }
                    let solver = match self.precision {
                        Precision::F64 => {
                            boxed(DissectionSolver::<f64>::planned(size, energies, plans)?)
                        }
                        Precision::F32 => {
                            boxed(DissectionSolver::<f32>::planned(size, energies, plans)?)
                        }
                    };
                    Ok(Some(solver))
                });
                solvers.into_iter().collect()
            }
        }
    }

    /// Bytes that one thread of such a solver takes at least, before there is one to ask
    /// ([`BatchSolver::worker_bytes`]).
    #[must_use]
    #[doc(hidden)]
    pub fn least_bytes(self, size: StripSize) -> u64 {
        match self.method {
            Method::Dissection => DissectionSolver::<f64>::least_bytes(size),
            Method::Recursion => recursion_bytes(size.width()),
            Method::Multifrontal => MultifrontalSolver::least_bytes(size),
        }
    }

    /// What its solvers say they are ([`BatchSolver::identity`]).
    #[must_use]
    pub fn identity(self) -> &'static str {
        match (self.method, self.precision) {
            (Method::Dissection, Precision::F64) => DissectionSolver::<f64>::IDENTITY,
            (Method::Dissection, Precision::F32) => DissectionSolver::<f32>::IDENTITY,
            (Method::Recursion, Precision::F64) => RecursionSolver::<f64>::IDENTITY,
            (Method::Recursion, Precision::F32) => RecursionSolver::<f32>::IDENTITY,
            // It has no other precision.
            (Method::Multifrontal, _) => MultifrontalSolver::IDENTITY,
        }
    }

    /// The kind of the solvers with this identity, if they are of this program's.
    #[must_use]
    pub fn of_identity(identity: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.identity() == identity)
    }
}

impl std::fmt::Display for SolverKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.identity())
    }
}

fn boxed(solver: impl BatchSolver + 'static) -> Box<dyn BatchSolver> {
    Box::new(solver)
}

/// What the cost of strips depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Workload {
    /// Their size.
    pub(super) size: StripSize,
    /// How many sites of one are not clean, on average.
    pub(super) scatterers: f64,
}

impl Workload {
    /// The samples of an ensemble, as many scatterers as are to be expected.
    #[must_use]
    pub fn of(ensemble: &Ensemble, size: StripSize) -> Self {
        let model = ensemble.model();
        let share = match ensemble.concentration() {
            _ if model.bound() == 0.0 => 0.0,
            _ if !model.has_impurities() => 1.0,
            Concentration::Fixed(n) => n,
            Concentration::Uniform => 0.5,
        };
        Self {
            size,
            scatterers: share * size.length() as f64 * size.width() as f64,
        }
    }

    /// Strips of this size with as many scatterers.
    pub(crate) const fn at_size(mut self, size: StripSize) -> Self {
        self.size = size;
        self
    }

    /// Strips of which nothing is known but their size: every site counts. What is in them is not looked at, since
    /// the choice decides the last bits of a result, and those are not to depend on the strips beside one.
    #[must_use]
    pub fn undescribed(size: StripSize) -> Self {
        Self {
            size,
            scatterers: size.sites() as f64,
        }
    }
}

/// What a caller asks of the choice of a solver.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SolverRequest {
    /// The method; `None` for the faster one.
    pub method: Option<Method>,
    /// The precision; `None` for `f64`.
    pub precision: Option<Precision>,
}

impl From<SolverKind> for SolverRequest {
    fn from(kind: SolverKind) -> Self {
        Self {
            method: Some(kind.method),
            precision: Some(kind.precision),
        }
    }
}

/// What was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// This.
    pub kind: SolverKind,
    /// Because of this.
    pub reason: Reason,
}

/// Why a solver was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// It was asked for.
    Asked,
    /// It should be the faster one.
    Faster,
    /// It alone gives Fano factors and eigenvalues.
    Details,
    /// What is there was made with it.
    Continued,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Asked => "as requested",
            Self::Faster => return write!(f, "auto, rule {AUTO_RULE}: fewer operations"),
            Self::Details => "auto: only this one gives Fano factors and eigenvalues",
            Self::Continued => "auto: the existing work used it",
        })
    }
}

impl std::fmt::Display for Choice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.kind.identity(), self.reason)
    }
}

impl SolverRequest {
    /// The solver for samples without end of each of these strips, as many of one as of the others:
    /// the choice depends on nothing else, so that whatever is made of them can be extended.
    /// `resume_from` is the identity of the solver that began it, if work has begun.
    #[doc(hidden)]
    #[must_use]
    pub fn choose(self, each: &[Workload], resume_from: Option<&str>) -> Choice {
        if let Some(kind) = resume_from.and_then(SolverKind::of_identity)
            && self.method.is_none()
            && self.precision.is_none_or(|asked| asked == kind.precision)
        {
            let reason = Reason::Continued;
            return Choice { kind, reason };
        }
        let is_multifrontal = each.iter().any(|strips| self.is_multifrontal(strips.size));
        let elimination = if is_multifrontal {
            Method::Multifrontal
        } else {
            Method::Dissection
        };
        self.cheaper(elimination, |kind| {
            each.iter().map(|&strips| multiply_adds(kind, strips)).sum()
        })
    }

    /// The solver for strips of this workload at a number of energies.
    #[doc(hidden)]
    #[must_use]
    pub fn choose_at(self, strips: Workload, energies: usize) -> Choice {
        let width = strips.size.width() as u64;
        let kept = width.saturating_mul(width).saturating_mul(LEAD_BYTES);
        let all = kept.saturating_mul(energies as u64);
        let is_multifrontal = self.is_multifrontal(strips.size);
        if self.method.is_none() && all > MAX_LEAD_BYTES && !is_multifrontal {
            let kind = SolverKind::new(Method::Recursion, self.precision());
            let reason = Reason::Faster;
            return Choice { kind, reason };
        }
        self.choose(&[strips], None)
    }

    /// The solver for what only one method gives; `None` if another one was asked for.
    #[doc(hidden)]
    #[must_use]
    pub fn choose_details(self) -> Option<Choice> {
        let reason = match self.method {
            None => Reason::Details,
            Some(Method::Recursion) => Reason::Asked,
            Some(Method::Dissection | Method::Multifrontal) => return None,
        };
        let kind = SolverKind::new(Method::Recursion, self.precision());
        Some(Choice { kind, reason })
    }

    /// Are strips of this size the multifrontal method's, if any elimination's?
    fn is_multifrontal(self, size: StripSize) -> bool {
        is_large(size) && Method::Multifrontal.has(self.precision())
    }

    fn precision(self) -> Precision {
        self.precision.unwrap_or(Precision::F64)
    }

    /// The recursion or this method.
    fn cheaper(self, elimination: Method, cost: impl Fn(SolverKind) -> f64) -> Choice {
        let kind = |method| SolverKind::new(method, self.precision());
        if let Some(method) = self.method {
            return Choice {
                kind: kind(method),
                reason: Reason::Asked,
            };
        }
        let (elimination, recursion) = (kind(elimination), kind(Method::Recursion));
        let faster = cost(elimination) < cost(recursion);
        Choice {
            kind: if faster { elimination } else { recursion },
            reason: Reason::Faster,
        }
    }
}

/// Bytes that the dissection keeps of each energy, for each pair of rows: its leads, and its share of plans.
const LEAD_BYTES: u64 = 80;
/// The most that it keeps unless somebody asks for it: at 40×40, of 8000 energies.
const MAX_LEAD_BYTES: u64 = 1 << 30;

/// Strips with no shorter side than this are the multifrontal method's in `f64`, unless somebody asks for another or the
/// recursion is faster still. A full vector of them is dissected up to four times as fast, strip by strip; but the plan for
/// each energy, with all that it holds, takes as long as twenty to thirty of them by the multifrontal method, and of so
/// large strips few are solved. (`cargo bench -p landauer --bench multifrontal` measures both.)
const LARGE_SIDE: usize = 200;

/// Is it so large that each strip is worth all threads?
fn is_large(size: StripSize) -> bool {
    size.length().min(size.width()) >= LARGE_SIDE
}

/// The largest strips, in sites, that are dissected unless somebody asks for it: beyond them a plan
/// takes minutes, and a thread gigabytes.
const MAX_SITES: f64 = (1_u64 << 20) as f64;

/// The version of the rule by which auto chooses. Another weight, limit or count is another rule; what was begun by an
/// older one goes on with the solver that it chose.
const AUTO_RULE: u32 = 2;

/// How many multiply-adds of the dissection in `f64` one T of such strips costs as much as, if there are many of them.
fn multiply_adds(kind: SolverKind, strips: Workload) -> f64 {
    let Workload { size, scatterers } = strips;
    let (length, width) = (size.length() as f64, size.width() as f64);
    match kind.method {
        // A slice costs phases of all elements, a scatterer a rank-one update of them.
        Method::Recursion => SLICE.of(width) * length + SCATTERER.of(width) * scatterers,
        Method::Multifrontal => {
            TILE_WEIGHT * tile_multiply_adds(size) + FRONT_SITE * length * width
        }
        // There is no interior; or far too much of it.
        Method::Dissection if length < 2.0 || length * width > MAX_SITES => f64::INFINITY,
        Method::Dissection => {
            let weight = match kind.precision {
                Precision::F64 => 1.0,
                Precision::F32 => SINGLE,
            };
            weight * (lane_multiply_adds(size) + SITE * length * width)
        }
    }
}

/// About how many seconds one T of such strips takes one thread of an ordinary machine: for progress and shares of
/// work, never for what is computed.
#[must_use]
pub fn seconds(kind: SolverKind, strips: Workload) -> f64 {
    /// Of a multiply-add of the dissection, on an Intel Xeon with AVX-512.
    const SECONDS: f64 = 48e-12;
    SECONDS * multiply_adds(kind, strips)
}

/// A polynomial in the width: what a step of the recursion costs.
struct Weights {
    constant: f64,
    linear: f64,
    square: f64,
}

impl Weights {
    fn of(&self, width: f64) -> f64 {
        self.constant + self.linear * width + self.square * width * width
    }
}

/// A slice of a strip that is not clean.
const SLICE: Weights = Weights {
    constant: 0.0,
    linear: 167.0,
    square: 7.7,
};
/// A site that is not clean.
const SCATTERER: Weights = Weights {
    constant: 2020.0,
    linear: 281.0,
    square: 23.5,
};
/// A site of a dissection, beside its multiply-adds.
const SITE: f64 = 292.0;
/// All of a dissection in `f32`.
const SINGLE: f64 = 0.5;
/// About how many multiply-adds a dissection has, within a factor of two of what its plan counts:
/// the largest separators are as long as the short side, and the ends as the width.
fn lane_multiply_adds(size: StripSize) -> f64 {
    let (length, width) = (size.length() as f64, size.width() as f64);
    let interior = INTERIOR * length * width * (width + length.min(width));
    interior + LEADS * width * width * width
}

/// Multiply-adds of the interior, for each site and each site of the longest separators.
const INTERIOR: f64 = 5.0;
/// Multiply-adds of the leads' stage, for each cube of a site of the width: 4(1/6 + 1/2 + 1/2) + 4.
const LEADS: f64 = 26.0 / 3.0;

/// A multiply-add of the multifrontal method, and a site of it: there most fronts are small.
const TILE_WEIGHT: f64 = 1.25;
const FRONT_SITE: f64 = 20_800.0;
/// About how many multiply-adds the multifrontal method has, as [`lane_multiply_adds`].
fn tile_multiply_adds(size: StripSize) -> f64 {
    let (length, width) = (size.length() as f64, size.width() as f64);
    TILE_INTERIOR * length * width * (width + length.min(width))
        + TILE_LEADS * width * width * width
}

/// As [`INTERIOR`].
const TILE_INTERIOR: f64 = 8.6;
/// As [`LEADS`]: 6 + 8(1/6 + 1 + 3/2).
const TILE_LEADS: f64 = 6.0 + 64.0 / 3.0;

#[cfg(test)]
mod tests;
