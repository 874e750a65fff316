//! Random strips.

use landauer::{Concentration, DisorderModel, OnsiteEnergies, Species, StripSize};
use landauer_core::{NUMBERED_MODELS, NumberedModel};
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;

use crate::failure::Failure;
use crate::{process, run};

/// An ensemble of strips of one size, checked.
#[pyclass(frozen, module = "landauer._landauer")]
pub(crate) struct Ensemble {
    pub(crate) ensemble: landauer::Ensemble,
    pub(crate) size: StripSize,
}

#[pymethods]
impl Ensemble {
    /// `concentration` is none for one drawn for each sample.
    #[new]
    fn new(
        model: Option<&str>,
        species: Option<Vec<f64>>,
        strength: Option<f64>,
        concentration: Option<f64>,
        seed: u64,
        length: usize,
        width: usize,
    ) -> PyResult<Self> {
        let model = disorder(model, species, strength)?;
        if concentration.is_some() && !model.has_impurities() {
            let reason = "concentration belongs to impurities; model 1 takes strength";
            return Err(Failure::usage(reason).into());
        }
        let concentration = concentration.map_or(Concentration::Uniform, Concentration::Fixed);
        let ensemble = landauer::Ensemble::new(model, concentration, seed);
        Ok(Self {
            ensemble: ensemble.map_err(Failure::from)?,
            size: StripSize::new(length, width).map_err(Failure::from)?,
        })
    }

    /// The number of the model, or none.
    fn number(&self) -> Option<u8> {
        self.ensemble.model().number()
    }

    /// The impurities' energies.
    fn species_energies(&self) -> Vec<f64> {
        self.ensemble.model().species_energies().to_vec()
    }

    /// The strength of model I.
    fn strength(&self) -> Option<f64> {
        self.ensemble.model().strength()
    }

    /// The concentration, if it is the same for all samples.
    fn concentration(&self) -> Option<f64> {
        match self.ensemble.concentration() {
            Concentration::Fixed(n) if self.ensemble.model().has_impurities() => Some(n),
            _ => None,
        }
    }

    /// Samples `start` to `stop`, `[sample, slice, row]`, flat.
    fn draw<'py>(
        &self,
        py: Python<'py>,
        start: u64,
        stop: u64,
        threads: Option<usize>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let draw = || {
            let drawn = OnsiteEnergies::draw(&self.ensemble, self.size, start..stop.max(start))?;
            Ok(drawn.into_values())
        };
        let values = if stop.saturating_sub(start) <= 1 {
            run::short(py, || {
                // One strip is drawn sooner than a thread is woken.
                let mut strip = vec![0.0; self.size.sites()];
                if start < stop {
                    self.ensemble.sample(start).fill_onsite(&mut strip);
                } else {
                    strip.clear();
                }
                Ok(strip)
            })?
        } else {
            let pool = process::pool(py, threads)?;
            run::scoped(py, &pool, |_| draw())?
        };
        Ok(values.into_pyarray(py))
    }

    /// The concentrations of samples `start` to `stop`, flat.
    fn concentrations<'py>(
        &self,
        py: Python<'py>,
        start: u64,
        stop: u64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let values = run::short(py, || {
            let samples = start..stop;
            Ok(samples
                .map(|index| self.ensemble.sample(index).concentration())
                .collect::<Vec<f64>>())
        })?;
        Ok(values.into_pyarray(py))
    }
}

/// The disorder model of this number, numeral or species.
fn disorder(
    model: Option<&str>,
    species: Option<Vec<f64>>,
    strength: Option<f64>,
) -> Result<DisorderModel, Failure> {
    let found = match (model, species) {
        (Some(_), Some(_)) => {
            return Err(Failure::usage(
                "give a model or species of your own, not both",
            ));
        }
        (None, Some(species)) => DisorderModel::Impurities(Species::new(&species)?),
        (None, None) => DisorderModel::II,
        (Some(name), None) => {
            let entry = NumberedModel::named(name.trim()).ok_or_else(|| {
                let known = NUMBERED_MODELS.iter();
                let known: Vec<String> = known
                    .map(|entry| format!("{} ({})", entry.number, entry.numeral))
                    .collect();
                let known = known.join(", ");
                Failure::usage(format!(
                    "unknown disorder model {name}: the models are {known}"
                ))
            })?;
            entry.model
        }
    };
    match strength {
        Some(_) if found.strength().is_none() => Err(Failure::usage(
            "strength belongs to disorder model 1; impurities take a concentration",
        )),
        Some(strength) => Ok(found.with_strength(strength)),
        None => Ok(found),
    }
}
