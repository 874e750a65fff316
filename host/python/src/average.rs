//! Disorder averages.

use std::path::PathBuf;

use landauer::averages::{Averages as Work, Axis, Conductance, SweepConfig, Tally, mean_logs};
use landauer::failure::Category;
use landauer::statistics::{ConductanceHistogram, Localisation, MeanAndError, MeanLog};
use landauer::work::{GivenSamples, WorkOptions};
use landauer::{Concentration, SolverRequest};
use pyo3::prelude::*;

use crate::ensemble::Ensemble;
use crate::failure::Failure;
use crate::request::{request, told};
use crate::run::Watch;
use crate::{process, run};

/// The averages of a sweep, a row for each of its points.
#[pyclass(frozen, module = "landauer._landauer")]
pub(crate) struct Averages {
    tallies: Vec<Tally>,
    mean_logs: Vec<MeanLog>,
    solver: (String, String),
}

/// A number, or NaN where there is none.
fn number(value: Option<f64>) -> f64 {
    value.unwrap_or(f64::NAN)
}

#[pymethods]
impl Averages {
    /// The columns by their names.
    fn columns(&self) -> [(&'static str, Vec<f64>); 10] {
        let g = |of: fn(&MeanAndError) -> Option<f64>| -> Vec<f64> {
            self.tallies
                .iter()
                .map(|tally| number(of(tally.g())))
                .collect()
        };
        let ln_g = |of: fn(&MeanAndError) -> Option<f64>| -> Vec<f64> {
            self.tallies
                .iter()
                .map(|tally| number(of(tally.ln_g())))
                .collect()
        };
        let each = |of: fn(&Tally) -> Option<f64>| -> Vec<f64> {
            self.tallies.iter().map(|tally| number(of(tally))).collect()
        };
        [
            ("mean", g(MeanAndError::mean)),
            ("standard_error", g(MeanAndError::standard_error)),
            ("variance", g(MeanAndError::variance)),
            ("deviation", g(MeanAndError::deviation)),
            ("mean_log", ln_g(MeanAndError::mean)),
            (
                "mean_log_standard_error",
                ln_g(MeanAndError::standard_error),
            ),
            ("variance_log", ln_g(MeanAndError::variance)),
            ("typical", each(Tally::typical)),
            ("min", each(Tally::least)),
            ("max", each(Tally::greatest)),
        ]
    }

    /// The number of samples of each point, and of those without a logarithm.
    fn counts(&self) -> Vec<(u64, u64)> {
        let tallies = self.tallies.iter();
        tallies
            .map(|tally| (tally.samples(), tally.zeros()))
            .collect()
    }

    /// The histogram of each point: counts in bins of 0.2.
    fn histograms(&self) -> Vec<Vec<u64>> {
        let tallies = self.tallies.iter();
        tallies
            .map(|tally| tally.histogram().counts().to_vec())
            .collect()
    }

    /// The edges of so many bins.
    #[staticmethod]
    fn edges(bins: usize) -> Vec<f64> {
        (0..=bins).map(ConductanceHistogram::edge).collect()
    }

    /// Promoted, mirrored, by recursion, by elimination, at all points.
    fn fallbacks(&self) -> [u64; 4] {
        let mut sum = [0; 4];
        for fallbacks in self.tallies.iter().map(Tally::fallbacks) {
            sum[0] += fallbacks.promoted;
            sum[1] += fallbacks.mirrored;
            sum[2] += fallbacks.recursion;
            sum[3] += fallbacks.elimination;
        }
        sum
    }

    /// The solver, and why it was chosen.
    fn solver(&self) -> (String, String) {
        self.solver.clone()
    }

    /// Length, ⟨ln G⟩ and its standard error at each point of a sweep over lengths.
    fn mean_logs(&self) -> Vec<(f64, f64, f64)> {
        let each = self.mean_logs.iter();
        each.map(|one| (one.length, one.mean, one.error)).collect()
    }
}

/// Length, error, intercept, slope, χ², degrees of freedom, chance, from, to.
type Fit = (f64, f64, f64, f64, f64, usize, f64, f64, f64);

/// The localisation length by (length, ⟨ln G⟩, standard error), of lengths from `shortest` on.
#[pyfunction]
pub(crate) fn fit_localisation(
    means: Vec<(f64, f64, f64)>,
    shortest: Option<f64>,
) -> PyResult<Fit> {
    let means: Vec<MeanLog> = { means.into_iter() }
        .map(|(length, mean, error)| MeanLog {
            length,
            mean,
            error,
        })
        .collect();
    let fit = Localisation::fit(&means, shortest);
    let fit = fit.map_err(|error| Failure::of(Category::Input, &error))?;
    Ok((
        fit.length,
        fit.error,
        fit.intercept,
        fit.slope,
        fit.chi_squared,
        fit.degrees_of_freedom,
        fit.chance,
        fit.from,
        fit.to,
    ))
}

/// Averages over an ensemble, or over the strips in a file, in the folder `path`. What is swept, `axis`, has these
/// values.
#[pyfunction]
#[expect(
    clippy::too_many_arguments,
    reason = "the Python half has them by name"
)]
pub(crate) fn average(
    py: Python<'_>,
    path: PathBuf,
    ensemble: Option<PyRef<'_, Ensemble>>,
    given: Option<PathBuf>,
    axis: &str,
    values: Vec<f64>,
    energy: f64,
    bias: Option<f64>,
    samples: Option<u64>,
    precision: Option<&str>,
    solver: &str,
    threads: Option<usize>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Averages> {
    let axis = match axis {
        "concentration" => Axis::Concentration,
        "strength" => Axis::Strength,
        "length" => Axis::Length,
        _ => Axis::Energy,
    };
    let conductance = bias.map_or(Conductance::Energy(energy), Conductance::Bias);
    let sweep = Sweep {
        path,
        axis,
        values,
        conductance,
        samples,
        request: request(solver, precision)?,
    };
    let drawn = ensemble.map(|ensemble| (ensemble.ensemble, ensemble.size));
    let pool = process::pool(py, threads)?;
    run::owned(py, &pool, progress.as_ref(), move |watch| {
        match (given, drawn) {
            (Some(file), _) => {
                let given = GivenSamples::open(&file)?;
                sweep.run((given.ensemble(), given.size()), Some(&given), watch)
            }
            (None, Some(drawn)) => sweep.run(drawn, None, watch),
            (None, None) => Err(Failure::usage("an ensemble or on-site energies are needed")),
        }
    })
}

/// What is averaged, apart from the strips.
struct Sweep {
    path: PathBuf,
    axis: Axis,
    values: Vec<f64>,
    conductance: Conductance,
    samples: Option<u64>,
    request: SolverRequest,
}

impl Sweep {
    fn run(
        self,
        (ensemble, size): (landauer::Ensemble, landauer::StripSize),
        given: Option<&GivenSamples>,
        watch: &Watch,
    ) -> Result<Averages, Failure> {
        let concentration = match ensemble.concentration() {
            Concentration::Fixed(n) => n,
            Concentration::Uniform
                if ensemble.model().has_impurities() && self.axis != Axis::Concentration =>
            {
                return Err(Failure::usage(
                    "the concentration of this ensemble differs from sample to sample: make the Ensemble with \
                     one number, as in concentration=0.1, or sweep it, as in average(..., concentration=[0, 0.1])",
                ));
            }
            Concentration::Uniform => 0.0,
        };
        let config = SweepConfig {
            model: ensemble.model(),
            concentration,
            seed: ensemble.seed(),
            size,
            conductance: self.conductance,
            axis: self.axis,
            values: self.values,
            block: 1,
        };
        let config = config.in_usual_blocks()?;
        let samples = self
            .samples
            .or(given.map(GivenSamples::samples))
            .unwrap_or(0);
        let options = WorkOptions::new(samples).solver(self.request);
        let work = match given {
            Some(given) => Work::of_given(&self.path, &config, given, options)?,
            None => Work::new(&self.path, &config, options)?,
        };
        work.begin(&[])?.run(watch)?;
        if watch.is_stopped() {
            return Err(Failure::stopped());
        }
        let incomplete = || Failure::new(Category::Damaged, "units are missing: average again");
        let tallies = work.results()?.ok_or_else(incomplete)?;
        Ok(Averages {
            mean_logs: mean_logs(&config, &tallies),
            solver: told(work.choice()),
            tallies,
        })
    }
}
