//! Strips in, their solution out.

use std::sync::Arc;

use landauer::failure::Category;
use landauer::internal::seconds;
use landauer::{
    Choice, Energies, Method, OnsiteEnergies, OnsiteError, Solver, SolverError, SolverKind,
    StripError, StripFault, StripSize, Workload,
};
use landauer_core::SolveError;
use numpy::{PyArray1, PyReadonlyArray3, PyUntypedArrayMethods};
use pyo3::prelude::*;

use crate::failure::Failure;
use crate::planned::Purpose;
use crate::process;
use crate::request::{request, told};
use crate::run::{self, Watch};

/// Strips of which the smallest piece of work may take longer than this on a slow machine are copied, so that
/// Ctrl-C need not wait for that piece.
const LONG: f64 = 0.1;

/// What a solver was made for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SolverPurpose {
    size: StripSize,
    energies: Energies,
    kind: SolverKind,
    eigenvalues: bool,
    /// Whether there are enough strips for all threads, or else energies are shared out.
    many: bool,
    threads: usize,
}

impl Purpose for SolverPurpose {
    fn size(&self) -> StripSize {
        self.size
    }

    fn energies(&self) -> &Energies {
        &self.energies
    }
}

/// The solution of some strips. Arrays are flat; their shapes follow from `samples` and the lengths.
#[pyclass(frozen, module = "landauer._landauer")]
pub(crate) struct Solution(landauer::Solution, Choice);

#[pymethods]
impl Solution {
    /// `[sample, energy]`, those of the bias grid last.
    fn transmissions<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.0.transmissions())
    }

    /// `[sample, energy]`, the natural logarithms.
    fn log_transmissions<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        let energies = self.0.energies().count();
        let places =
            (0..self.0.samples()).flat_map(|sample| (0..energies).map(move |e| (sample, e)));
        let logs = places.map(|(sample, energy)| {
            let log = self.0.ln_transmission(sample, energy);
            log.unwrap_or(f64::NAN)
        });
        PyArray1::from_vec(py, logs.collect())
    }

    /// `[sample]`, or none without a bias.
    fn g_bar<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f64>>> {
        let values = self
            .0
            .g_bar()?
            .into_iter()
            .map(landauer::statistics::Scaled::value);
        Some(PyArray1::from_vec(py, values.collect()))
    }

    /// `[energy]`.
    fn energies<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.0.energies().all())
    }

    /// `[energy]`.
    fn propagating_modes<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        let modes = self.0.propagating_modes().iter();
        let modes = modes.map(|&modes| i64::try_from(modes).unwrap_or(i64::MAX));
        PyArray1::from_vec(py, modes.collect())
    }

    /// `[sample, energy, row]`, or none where they were not asked for.
    fn eigenvalues<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f64>>> {
        Some(PyArray1::from_slice(py, self.0.eigenvalues()?))
    }

    /// `[sample, energy]`, NaN where nothing is transmitted; none where eigenvalues were not asked for.
    fn fano<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f64>>> {
        let factors = self.0.fano_factors()?.iter();
        let factors = factors.map(|factor| factor.unwrap_or(f64::NAN));
        Some(PyArray1::from_vec(py, factors.collect()))
    }

    /// Promoted, mirrored, by recursion, by elimination.
    fn fallbacks(&self) -> [u32; 4] {
        let fallbacks = self.0.fallbacks();
        [
            fallbacks.promoted,
            fallbacks.mirrored,
            fallbacks.recursion,
            fallbacks.elimination,
        ]
    }

    /// Its identity, and why it was chosen.
    fn solver(&self) -> (String, String) {
        told(self.1)
    }
}

/// Solves strips `[sample, slice, row]`. `shape` is that of the leading axes, for messages.
#[pyfunction]
#[expect(
    clippy::too_many_arguments,
    reason = "the Python half has them by name"
)]
pub(crate) fn solve(
    py: Python<'_>,
    onsite: PyReadonlyArray3<'_, f64>,
    shape: Vec<usize>,
    energies: Vec<f64>,
    bias: Option<f64>,
    precision: &str,
    solver: &str,
    eigenvalues: bool,
    threads: Option<usize>,
) -> PyResult<Solution> {
    let &[samples, length, width] = onsite.shape() else {
        return Err(Failure::usage("[sample, slice, row] is needed").into());
    };
    let size = StripSize::new(length, width).map_err(Failure::from)?;
    let energies = all_energies(energies, bias)?;
    let request = request(solver, Some(precision))?;
    let values = onsite.as_slice()?;
    let pool = process::pool(py, threads)?;
    let workload = Workload::undescribed(size);
    let choice = if eigenvalues {
        let choice = request.choose_details();
        choice.ok_or_else(|| Failure::from(SolverError::Eigenvalues))?
    } else {
        request.choose_at(workload, energies.count())
    };
    let purpose = SolverPurpose {
        size,
        energies,
        kind: choice.kind,
        eigenvalues,
        many: samples >= pool.current_num_threads().saturating_mul(32),
        threads: pool.current_num_threads(),
    };
    let lanes = match choice.kind.method {
        Method::Dissection => 32.0_f64.min(samples as f64),
        Method::Recursion | Method::Multifrontal => 1.0,
    };
    let solution = if seconds(choice.kind, workload) * lanes > LONG {
        let strips = values.to_vec();
        let (planned, solution) = run::owned(py, &pool, None, move |watch| {
            let solver = Arc::new(plan(&purpose, samples, watch)?);
            solved(&solver, &strips, &shape, watch).map(|solution| ((purpose, solver), solution))
        })?;
        keep(py, planned);
        solution
    } else {
        let kept = process::solvers(py, |planned| planned.find(&purpose));
        let solver = if let Some(solver) = kept {
            solver
        } else {
            let solver = run::scoped(py, &pool, |watch| plan(&purpose, samples, watch))?;
            let solver = Arc::new(solver);
            keep(py, (purpose, Arc::clone(&solver)));
            solver
        };
        run::scoped(py, &pool, |watch| solved(&solver, values, &shape, watch))?
    };
    Ok(Solution(solution, choice))
}

/// Makes sure that on-site energies `[sample, slice, row]` can be solved; `shape` is that of the leading axes, for
/// messages.
#[pyfunction]
pub(crate) fn check_onsite(
    py: Python<'_>,
    onsite: PyReadonlyArray3<'_, f64>,
    shape: Vec<usize>,
) -> PyResult<()> {
    let &[_, length, width] = onsite.shape() else {
        return Err(Failure::usage("[sample, slice, row] is needed").into());
    };
    let size = StripSize::new(length, width).map_err(Failure::from)?;
    let values = onsite.as_slice()?;
    run::short(py, || checked(size, values, &shape).map(drop))
}

/// What tells on-site energies from others: of those that a lazy solution is of.
#[pyfunction]
pub(crate) fn checksum(py: Python<'_>, onsite: PyReadonlyArray3<'_, f64>) -> PyResult<u32> {
    let values = onsite.as_slice()?;
    Ok(py.detach(|| {
        // Numbers that are equal count as equal, -0 and 0 too.
        let mut sum = 0;
        let mut bytes = [0; 8 * 512];
        for values in values.chunks(512) {
            let (places, _) = bytes.as_chunks_mut::<8>();
            for (place, value) in places.iter_mut().zip(values) {
                *place = (value + 0.0).to_le_bytes();
            }
            sum = crc32c::crc32c_append(sum, &bytes[..8 * values.len()]);
        }
        sum
    }))
}

fn all_energies(given: Vec<f64>, bias: Option<f64>) -> Result<Energies, Failure> {
    let energies = match bias {
        None => Energies::new(given),
        Some(bias) if given.is_empty() => Energies::of_bias(bias),
        Some(bias) => Energies::new(given).and_then(|energies| energies.with_bias(bias)),
    };
    Ok(energies?)
}

fn plan(purpose: &SolverPurpose, samples: usize, watch: &Watch) -> Result<Solver, Failure> {
    let solver = Solver::builder(purpose.size)
        .energies(purpose.energies.clone())
        .request(purpose.kind.into())
        .eigenvalues(purpose.eigenvalues)
        .samples(samples as u64)
        .build_unless(&|| watch.is_stopped())?;
    solver.ok_or_else(Failure::stopped)
}

fn keep(py: Python<'_>, (purpose, solver): (SolverPurpose, Arc<Solver>)) {
    let dropped = process::solvers(py, |planned| planned.keep(purpose, solver));
    py.detach(|| drop(dropped));
}

fn solved(
    solver: &Solver,
    values: &[f64],
    shape: &[usize],
    watch: &Watch,
) -> Result<landauer::Solution, Failure> {
    let strips = checked(solver.size(), values, shape)?;
    let found = solver.solve_unless(&strips, &|| watch.is_stopped());
    let found = found.map_err(|error| {
        let StripError { sample, fault, .. } = error;
        match fault {
            StripFault::Solve(SolveError::LostSolution { .. }) => Failure::from(error),
            _ => faulty(sample, &fault, shape, values),
        }
    })?;
    found.ok_or_else(Failure::stopped)
}

/// The strips, if every number of them is finite and not too large.
pub(crate) fn checked<'v>(
    size: StripSize,
    values: &'v [f64],
    shape: &[usize],
) -> Result<OnsiteEnergies<'v>, Failure> {
    OnsiteEnergies::new(size, values)
        .map_err(|OnsiteError { sample, fault }| faulty(sample, &fault, shape, values))
}

/// What is wrong with an on-site energy, by its index in the caller's array.
fn faulty(sample: usize, fault: &StripFault, shape: &[usize], values: &[f64]) -> Failure {
    let (StripFault::Solve(SolveError::OnsiteNotFinite { slice, row })
    | StripFault::TooLarge { slice, row, .. }) = *fault
    else {
        return Failure::new(Category::Input, format!("sample {sample}: {fault}"));
    };
    let mut index = index_of(sample, shape);
    index.extend([slice.to_string(), row.to_string()]);
    let sites = values.len() / shape.iter().product::<usize>().max(1);
    let value = match *fault {
        StripFault::TooLarge { onsite, .. } => format!("{onsite:e}"),
        _ => not_finite(&values[sample * sites..], sites).to_owned(),
    };
    let cure = match fault {
        StripFault::TooLarge { .. } => {
            "on-site energies are in units of the hopping t, at most 1e300"
        }
        _ => {
            "on-site energies must be finite: replace it by the energy that is meant, or leave the strip \
             out, as in onsite[numpy.isfinite(onsite).all(axis=(-2, -1))]"
        }
    };
    Failure::new(
        Category::Input,
        format!("onsite[{}] is {value}: {cure}", index.join(", ")),
    )
}

/// A strip's index in the caller's array, whose leading axes have this shape.
pub(crate) fn index_of(sample: usize, shape: &[usize]) -> Vec<String> {
    let mut place = sample;
    let mut index: Vec<String> = Vec::new();
    for &count in shape.iter().rev() {
        index.insert(0, (place % count.max(1)).to_string());
        place /= count.max(1);
    }
    index
}

/// The first number of a strip that is not finite, as Python has it.
fn not_finite(strip: &[f64], sites: usize) -> &'static str {
    match strip.iter().take(sites).find(|value| !value.is_finite()) {
        Some(value) if *value == f64::INFINITY => "inf",
        Some(value) if *value == f64::NEG_INFINITY => "-inf",
        _ => "nan",
    }
}
