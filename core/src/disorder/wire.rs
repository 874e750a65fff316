//! Disorder models in files and on the line: what serde sees of them.

use heapless::Vec;
use serde::{Deserialize, Serialize};

use super::DisorderError;
use super::model::{DisorderModel, MAX_SPECIES, Species};

/// The version of model files, hybrids and messages that knows models I to IV only.
pub(crate) const NUMBERED_ONLY: u16 = 1;

/// The version that knows every model: with the energies of the species inside.
pub(crate) const ANY_MODEL: u16 = 2;

/// A model as it is written. The order of the variants is part of the formats, and so are their
/// names: they are never changed, only added to.
#[derive(Serialize, Deserialize)]
#[serde(rename = "DisorderModel")]
pub(super) enum Wire {
    AndersonBox { strength: f64 },
    OneSpecies,
    TwoSpecies,
    ThreeSpecies,
    // From here on in version 2.
    Impurities(Vec<f64, MAX_SPECIES>),
    Given { bound: f64 },
}

impl From<DisorderModel> for Wire {
    fn from(model: DisorderModel) -> Self {
        match model {
            // Version 1 writes these without their energies.
            DisorderModel::II => Self::OneSpecies,
            DisorderModel::III => Self::TwoSpecies,
            DisorderModel::IV => Self::ThreeSpecies,
            DisorderModel::AndersonBox { strength } => Self::AndersonBox { strength },
            DisorderModel::Given { bound } => Self::Given { bound },
            DisorderModel::Impurities(species) => {
                let mut energies = Vec::new();
                for &energy in species.energies() {
                    // As many as fit: MAX_SPECIES is the capacity.
                    let _ = energies.push(energy);
                }
                Self::Impurities(energies)
            }
        }
    }
}

impl TryFrom<Wire> for DisorderModel {
    type Error = DisorderError;

    fn try_from(wire: Wire) -> Result<Self, DisorderError> {
        let model = match wire {
            Wire::AndersonBox { strength } => Self::AndersonBox { strength },
            Wire::OneSpecies => Self::II,
            Wire::TwoSpecies => Self::III,
            Wire::ThreeSpecies => Self::IV,
            Wire::Impurities(energies) => Self::Impurities(Species::new(&energies)?),
            Wire::Given { bound } => Self::Given { bound },
        };
        Ok(model)
    }
}

impl DisorderModel {
    /// The oldest version of model files, hybrids and messages that can say which model this is.
    /// What is written has that version, so that readers of older versions go on reading it.
    pub(crate) fn oldest_version(&self) -> u16 {
        match Wire::from(*self) {
            Wire::AndersonBox { .. } | Wire::OneSpecies | Wire::TwoSpecies | Wire::ThreeSpecies => {
                NUMBERED_ONLY
            }
            Wire::Impurities(_) | Wire::Given { .. } => ANY_MODEL,
        }
    }
}
