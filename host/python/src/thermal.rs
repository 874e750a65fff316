//! Warm strips and currents.

use std::sync::Arc;

use landauer::StripSize;
use landauer::failure::Category;
use landauer::thermal::{Estimate, ThermalError, ThermalSolution};
use numpy::{PyArray1, PyReadonlyArray3, PyUntypedArrayMethods};
use pyo3::prelude::*;

use crate::failure::Failure;
use crate::process;
use crate::request::{request, told};
use crate::run;
use crate::solve::{checked, index_of};

/// Thermoelectric properties of some strips. Arrays are flat; their shapes follow from the numbers of samples, Fermi
/// energies, temperatures and voltages.
#[pyclass(frozen, module = "landauer._landauer")]
pub(crate) struct Thermal(ThermalSolution);

/// Values and errors, NaN where there are none.
type Pair<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>);

fn pair(py: Python<'_>, estimates: impl Iterator<Item = Option<Estimate>>) -> Pair<'_> {
    let undefined = Estimate {
        value: f64::NAN,
        error: f64::NAN,
    };
    let both = estimates.map(|one| one.unwrap_or(undefined));
    let (values, errors) = both.map(|one| (one.value, one.error)).unzip();
    (
        PyArray1::from_vec(py, values),
        PyArray1::from_vec(py, errors),
    )
}

#[pymethods]
impl Thermal {
    /// `[sample, Fermi energy, temperature]`.
    fn conductance<'py>(&self, py: Python<'py>) -> Pair<'py> {
        pair(py, self.0.conductances().iter().copied().map(Some))
    }

    /// `[sample, Fermi energy, temperature]`.
    fn seebeck<'py>(&self, py: Python<'py>) -> Pair<'py> {
        pair(py, self.0.seebeck_coefficients().iter().copied())
    }

    /// `[sample, Fermi energy, temperature]`.
    fn thermal_conductance<'py>(&self, py: Python<'py>) -> Pair<'py> {
        pair(py, self.0.thermal_conductances().iter().copied().map(Some))
    }

    /// `[sample, Fermi energy, temperature]`.
    fn lorenz<'py>(&self, py: Python<'py>) -> Pair<'py> {
        pair(py, self.0.lorenz_numbers().into_iter())
    }

    /// `[sample, Fermi energy, temperature, voltage]`.
    fn current<'py>(&self, py: Python<'py>) -> Pair<'py> {
        pair(py, self.0.currents().iter().copied().map(Some))
    }

    /// `[sample]`.
    fn solves<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        let solves = self.0.solves().iter();
        let solves = solves.map(|&solves| i64::try_from(solves).unwrap_or(i64::MAX));
        PyArray1::from_vec(py, solves.collect())
    }

    /// Its identity, and why it was chosen.
    fn solver(&self) -> (String, String) {
        told(self.0.solver())
    }
}

/// Thermoelectric properties of strips `[sample, slice, row]`. `shape` is that of the leading axes, for messages;
/// `tolerances` are the absolute and the relative one.
#[pyfunction]
#[expect(
    clippy::too_many_arguments,
    reason = "the Python half has them by name"
)]
pub(crate) fn thermal(
    py: Python<'_>,
    onsite: PyReadonlyArray3<'_, f64>,
    shape: Vec<usize>,
    fermi_energies: Vec<f64>,
    temperatures: Vec<f64>,
    voltages: Vec<f64>,
    tolerances: (f64, f64),
    max_solves: u64,
    solver: &str,
    threads: Option<usize>,
) -> PyResult<Thermal> {
    let &[_, length, width] = onsite.shape() else {
        return Err(Failure::usage("[sample, slice, row] is needed").into());
    };
    let size = StripSize::new(length, width).map_err(Failure::from)?;
    let request = request(solver, None)?;
    let pool = process::pool(py, threads)?;
    // A copy, so that Ctrl-C need not wait for the planning of a large strip.
    let strips: Vec<f64> = onsite.as_slice()?.to_vec();
    let found = run::owned(py, &Arc::clone(&pool), None, move |watch| {
        let strips = checked(size, &strips, &shape)?;
        let thermal = landauer::thermal::Thermal::builder(size)
            .fermi_energies(fermi_energies)
            .temperatures(temperatures)
            .voltages(voltages)
            .tolerance(tolerances.0)
            .relative_tolerance(tolerances.1)
            .max_solves(max_solves)
            .method(request.method)
            .build()?;
        let found = thermal.solve_unless(&strips, &|| watch.is_stopped());
        let found = found.map_err(|error| match error {
            ThermalError::NotConverged { sample, .. } if !shape.is_empty() => {
                let index = index_of(sample, &shape).join(", ");
                Failure::new(Category::Usage, format!("onsite[{index}], {error}"))
            }
            error => error.into(),
        })?;
        found.ok_or_else(Failure::stopped)
    })?;
    Ok(Thermal(found))
}
