//! Data sets in the making.

use std::path::PathBuf;

use landauer::dataset::{DatasetConfig, Generation, default_chunk_samples, usual_energies};
use landauer::failure::Category;
use landauer::work::{GivenSamples, Locking, Shard, WorkOptions};
use pyo3::prelude::*;

use crate::ensemble::Ensemble;
use crate::failure::Failure;
use crate::request::request;
use crate::{process, run};

/// Makes the data set at `path`, or completes or extends it: of an ensemble, or of the strips in a file.
#[pyfunction]
#[expect(
    clippy::too_many_arguments,
    reason = "the Python half has them by name"
)]
pub(crate) fn generate(
    py: Python<'_>,
    path: PathBuf,
    ensemble: Option<PyRef<'_, Ensemble>>,
    given: Option<PathBuf>,
    samples: Option<u64>,
    energies: Option<Vec<f64>>,
    bias: Option<f64>,
    chunk_samples: Option<u64>,
    precision: Option<&str>,
    solver: &str,
    shard: (u64, u64),
    lock: bool,
    threads: Option<usize>,
    progress: Option<Py<PyAny>>,
) -> PyResult<()> {
    let request = request(solver, precision)?;
    let shard = Shard::new(shard.0, shard.1).map_err(Failure::from)?;
    let locking = if lock { Locking::On } else { Locking::Off };
    let drawn = ensemble.map(|ensemble| (ensemble.ensemble, ensemble.size));
    let pool = process::pool(py, threads)?;
    run::owned(py, &pool, progress.as_ref(), move |watch| {
        let given = given.map(|file| GivenSamples::open(&file)).transpose()?;
        let of_given = given.as_ref().map(|given| (given.ensemble(), given.size()));
        let (ensemble, size) = of_given
            .or(drawn)
            .ok_or_else(|| Failure::usage("an ensemble or on-site energies are needed"))?;
        let (energies, bias) = usual_energies(energies, bias);
        let config = DatasetConfig {
            ensemble,
            size,
            energies,
            bias,
            chunk_samples: chunk_samples.unwrap_or_else(|| default_chunk_samples(size)),
        };
        let samples = samples
            .or(given.as_ref().map(GivenSamples::samples))
            .unwrap_or(0);
        let options = WorkOptions::new(samples)
            .solver(request)
            .shard(shard)
            .locking(locking);
        let generation = match &given {
            Some(given) => Generation::of_given(&path, &config, given, options)?,
            None => Generation::new(&path, &config, options)?,
        };
        let report = generation.run(watch)?;
        if report.stopped {
            return Err(Failure::new(
                Category::Interrupted,
                "stopped; finished chunks are kept",
            ));
        }
        Ok(())
    })
}
