//! Random strips.

use landauer::internal::memory;
use landauer::{Concentration, DisorderModel, OnsiteEnergies, Species, StripSize};
use landauer_core::{NUMBERED_MODELS, NumberedModel};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
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

    /// `count` samples, every `step`th from number `start` on, `[sample, slice, row]`, flat.
    fn draw<'py>(
        &self,
        py: Python<'py>,
        start: u64,
        step: u64,
        count: u64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let number = |place: u64| start.wrapping_add(step.wrapping_mul(place));
        let values = if count == 1 && self.size.sites() <= SMALL {
            run::short(py, || {
                let mut strip = vec![0.0; self.size.sites()];
                self.ensemble.sample(start).fill_onsite(&mut strip);
                Ok(strip)
            })?
        } else {
            self.drawn(py, count, number)?
        };
        Ok(values.into_pyarray(py))
    }

    /// The samples of these numbers, `[sample, slice, row]`, flat.
    fn gather<'py>(
        &self,
        py: Python<'py>,
        numbers: PyReadonlyArray1<'_, u64>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let numbers = numbers.as_slice()?;
        let number = |place| usize::try_from(place).map_or(0, |place: usize| numbers[place]);
        let values = self.drawn(py, numbers.len() as u64, number)?;
        Ok(values.into_pyarray(py))
    }

    /// The concentrations of samples `start` to `stop`, flat.
    fn concentrations<'py>(
        &self,
        py: Python<'py>,
        start: u64,
        stop: u64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let bytes = stop.saturating_sub(start).saturating_mul(8);
        let pool = process::pool(py, None)?;
        let values = run::scoped(py, &pool, |watch| {
            memory::require("listing these concentrations", bytes)?;
            let concentration =
                |index| (!watch.is_stopped()).then(|| self.ensemble.sample(index).concentration());
            let values: Option<Vec<f64>> = (start..stop).map(concentration).collect();
            values.ok_or_else(Failure::stopped)
        })?;
        Ok(values.into_pyarray(py))
    }
}

/// Sites of a strip that is drawn sooner than a thread is woken.
const SMALL: usize = 1 << 14;

impl Ensemble {
    /// Draws on the pool, until Ctrl-C.
    fn drawn(
        &self,
        py: Python<'_>,
        count: u64,
        number: impl Fn(u64) -> u64 + Send + Sync,
    ) -> PyResult<Vec<f64>> {
        let pool = process::pool(py, None)?;
        run::scoped(py, &pool, |watch| {
            let stop = || watch.is_stopped();
            let drawn =
                OnsiteEnergies::draw_unless(&self.ensemble, self.size, count, number, &stop)?;
            Ok(drawn.ok_or_else(Failure::stopped)?.into_values())
        })
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
