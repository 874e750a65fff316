//! Data sets, read.

use std::path::PathBuf;
use std::sync::Arc;

use landauer::dataset::{Dataset as Read, DatasetError};
use landauer_core::DisorderModel;
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyReadwriteArray1};
use pyo3::prelude::*;
use pyo3::types::PyAny;

use crate::ensemble::Ensemble;
use crate::{process, run};

/// A data set. Arrays are flat.
#[pyclass(frozen, module = "landauer._landauer")]
pub(crate) struct Dataset(pub(crate) Arc<Read>);

#[pymethods]
impl Dataset {
    #[new]
    fn new(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let dataset = run::short(py, || Ok(Read::open(&path)?))?;
        Ok(Self(Arc::new(dataset)))
    }

    fn samples(&self) -> u64 {
        self.0.samples()
    }

    fn sides(&self) -> [usize; 2] {
        self.0.config().size.sides()
    }

    fn energies<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, &self.0.config().energies)
    }

    fn bias(&self) -> Option<f64> {
        self.0.config().bias
    }

    fn solver(&self) -> &str {
        self.0.solver()
    }

    /// The first file that is missing.
    fn first_missing(&self, py: Python<'_>) -> PyResult<Option<PathBuf>> {
        run::short(py, || Ok(self.0.first_missing()))
    }

    /// The names of the arrays that it has, of those that not all have.
    fn optional(&self) -> Vec<&'static str> {
        let config = self.0.config();
        let has = [
            ("species", config.ensemble.model().has_impurities()),
            ("concentration", config.ensemble.model().has_impurities()),
            ("g", config.fermi_column().is_some()),
            ("g_bar", config.bias_columns().is_some()),
        ];
        has.into_iter()
            .filter_map(|(name, has)| has.then_some(name))
            .collect()
    }

    /// The ensemble, and its seed; none of given on-site energies.
    fn ensemble(&self) -> Option<(Ensemble, u64)> {
        let config = self.0.config();
        let ensemble = config.ensemble;
        let is_drawn = !matches!(ensemble.model(), DisorderModel::Given { .. });
        let size = config.size;
        is_drawn.then_some((Ensemble { ensemble, size }, ensemble.seed()))
    }

    /// An array that has one number for each sample.
    fn column<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let dataset = &*self.0;
        if name == "fallbacks" {
            let values = self.read(py, None, || dataset.fallbacks())?;
            return Ok(Some(values.into_pyarray(py).into_any()));
        }
        let values = self.read(py, None, || match name {
            "g" => dataset.g(),
            "g_bar" => dataset.g_bar(),
            _ => dataset.concentration(),
        })?;
        Ok(values.map(|values| values.into_pyarray(py).into_any()))
    }

    /// Writes the on-site energies of the samples of these numbers into `out`, which NumPy has made: its memory
    /// comes in large pages, and a data set of hundreds of megabytes in half the time.
    fn fill_onsite(
        &self,
        py: Python<'_>,
        samples: PyReadonlyArray1<'_, u64>,
        mut out: PyReadwriteArray1<'_, f64>,
    ) -> PyResult<()> {
        let (samples, out) = (samples.as_slice()?, out.as_slice_mut()?);
        self.read(py, None, || self.0.gather_onsite_into(samples, out))
    }

    /// An array of the samples of these numbers: `onsite`, `transmission` or `species`.
    fn gather<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        samples: PyReadonlyArray1<'py, u64>,
        threads: Option<usize>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let samples = samples.as_slice()?;
        let dataset = &*self.0;
        let few = samples.len() <= 1;
        if name == "species" {
            let read = || dataset.gather_species(samples);
            let values = if few {
                run::short(py, || Ok(read()?))?
            } else {
                self.read(py, threads, read)?
            };
            return Ok(values.map(|values| values.into_pyarray(py).into_any()));
        }
        let read = || match name {
            "onsite" => dataset.gather_onsite(samples),
            _ => dataset.gather_transmission(samples),
        };
        let values = if few {
            run::short(py, || Ok(read()?))?
        } else {
            self.read(py, threads, read)?
        };
        Ok(Some(values.into_pyarray(py).into_any()))
    }
}

impl Dataset {
    #[expect(clippy::unused_self, reason = "what is read is its own")]
    fn read<T: Send>(
        &self,
        py: Python<'_>,
        threads: Option<usize>,
        read: impl FnOnce() -> Result<T, DatasetError> + Send,
    ) -> PyResult<T> {
        let pool = process::pool(py, threads)?;
        run::scoped(py, &pool, |_| Ok(read()?))
    }
}
