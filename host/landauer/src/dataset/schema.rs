//! Which arrays and attributes a data set has: the only definition of the format.

use std::ops::RangeInclusive;

use landauer_core::{
    Concentration, DISORDER_VERSION, DisorderError, DisorderModel, Ensemble, NumberedModel, Species,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::config::DatasetConfig;
use crate::checksum;
use crate::system::{SizeError, StripSize};

/// The format's name, in the group's attributes.
pub(super) const FORMAT: &str = "landauer-dataset";
/// The format's newest version. Another one is another layout; readers refuse what is newer than they.
pub(super) const FORMAT_VERSION: u32 = 4;
/// The version of data sets of models I to IV, which have a number and no attribute that came later.
const NUMBERED_VERSION: u32 = 3;
/// Versions that are read.
pub(super) const FORMAT_VERSIONS: RangeInclusive<u32> = NUMBERED_VERSION..=FORMAT_VERSION;

/// The attribute of the group that says how many samples there are.
const SAMPLES: &str = "samples";
/// The attribute of the group that covers all others of ours.
const CHECKSUM: &str = "checksum";
/// The attribute of each array that says which data set it is of.
pub(super) const FINGERPRINT: &str = "fingerprint";

/// The description of the array `fallbacks`, and the one that earlier versions of this program wrote.
const FALLBACKS: &str = "how many of the transmissions were recomputed by a fallback solver";
const FORMER_FALLBACKS: &str =
    "how many of the transmissions the solver found on another way than its first";

/// An attribute in the words of this version, which may have been written by an earlier one.
pub(super) fn in_current_words(attribute: &Value) -> Value {
    if *attribute == FORMER_FALLBACKS {
        json!(FALLBACKS)
    } else {
        attribute.clone()
    }
}

/// An array of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Onsite,
    Species,
    Concentration,
    Fallbacks,
    Energies,
    G,
    GBar,
    Transmission,
}

impl Kind {
    pub(super) const ALL: [Self; 8] = [
        Self::Onsite,
        Self::Species,
        Self::Concentration,
        Self::Fallbacks,
        Self::Energies,
        Self::G,
        Self::GBar,
        Self::Transmission,
    ];

    /// The arrays of a data set that have a chunk in every unit of work, in the order in which
    /// they are written; `transmission` is always there and always the last.
    pub(super) fn of(config: &DatasetConfig) -> Vec<Self> {
        let mut kinds = if config.ensemble.model().has_impurities() {
            vec![Self::Species, Self::Concentration]
        } else {
            vec![Self::Onsite]
        };
        kinds.push(Self::Fallbacks);
        if config.fermi_column().is_some() {
            kinds.push(Self::G);
        }
        if config.bias_columns().is_some() {
            kinds.push(Self::GBar);
        }
        kinds.push(Self::Transmission);
        kinds
    }

    /// The array's name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Onsite => "onsite",
            Self::Species => "species",
            Self::Concentration => "concentration",
            Self::Fallbacks => "fallbacks",
            Self::Energies => "energies",
            Self::G => "g",
            Self::GBar => "g_bar",
            Self::Transmission => "transmission",
        }
    }

    /// What the array's attributes say of it, in a data set with this [fingerprint](Attributes::fingerprint).
    pub(super) fn attributes(
        self,
        config: &DatasetConfig,
        fingerprint: &str,
    ) -> Map<String, Value> {
        let (unit, what) = match self {
            Self::Onsite => (
                "t",
                "on-site energies; x along transport, 0 at the left lead",
            ),
            Self::Species => (
                "1",
                "impurity species of the sites, 0 = none; x along transport, 0 at the left lead",
            ),
            Self::Concentration => ("1", "impurity concentration: the chance of a site"),
            Self::Fallbacks => ("1", FALLBACKS),
            Self::Energies => ("t", "energies of the transmissions"),
            Self::G => ("2e^2/h", "conductance at the Fermi energy E = 0"),
            Self::GBar => ("2e^2/h", "finite-bias conductance: mean over the bias grid"),
            Self::Transmission => ("1", "transmission; the conductance in units of 2e^2/h"),
        };
        let mut attributes = Map::new();
        attributes.insert("description".to_owned(), json!(what));
        attributes.insert("unit".to_owned(), json!(unit));
        if self == Self::Species {
            let model = config.ensemble.model();
            let energies = json!(model.species_energies());
            attributes.insert("species_energies".to_owned(), energies);
        }
        attributes.insert(FINGERPRINT.to_owned(), json!(fingerprint));
        attributes
    }

    /// The names of its dimensions.
    pub(super) const fn dimensions(self) -> &'static [&'static str] {
        match self {
            Self::Onsite | Self::Species => &["sample", "x", "y"],
            Self::Transmission => &["sample", "energy"],
            Self::Concentration | Self::Fallbacks | Self::G | Self::GBar => &["sample"],
            Self::Energies => &["energy"],
        }
    }

    /// Its shape if it holds `samples` samples.
    pub(super) fn shape(self, config: &DatasetConfig, samples: u64) -> Vec<u64> {
        let [length, width] = config.size.sides();
        let energies = config.energies.len() as u64;
        match self {
            Self::Onsite | Self::Species => vec![samples, length as u64, width as u64],
            Self::Transmission => vec![samples, energies],
            Self::Concentration | Self::Fallbacks | Self::G | Self::GBar => vec![samples],
            Self::Energies => vec![energies],
        }
    }
}

/// The metadata of the group: what determines the content and nothing else, so that equal data are
/// equal bytes.
pub(super) fn group_metadata(attributes: &Attributes) -> Value {
    let mut entries = attributes.entries();
    entries.insert(CHECKSUM.to_owned(), json!(attributes.checksum()));
    json!({
        "zarr_format": 3,
        "node_type": "group",
        "attributes": entries,
    })
}

/// Is this attribute of the group one that says the same in a data set that has fewer samples?
pub(super) fn is_fixed(attribute: &str) -> bool {
    attribute != SAMPLES && attribute != CHECKSUM
}

/// The attributes of the group that are ours, in the order in which they are written and compared.
/// Users may add others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Attributes {
    format: String,
    pub(super) format_version: u32,
    disorder_version: u32,
    /// Of models I to IV; any other has its species or its bound.
    model: Option<u8>,
    strength: Option<f64>,
    concentration: Option<ConcentrationRule>,
    species_energies: Vec<f64>,
    /// The largest magnitude of given on-site energies, in units of t.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bound: Option<f64>,
    /// Of given on-site energies their digest, which tells them from others.
    seed: u64,
    length: usize,
    width: usize,
    energies: Vec<f64>,
    bias: Option<f64>,
    pub(super) solver: String,
    chunk_samples: u64,
    pub(super) samples: u64,
}

/// `"uniform"` or a number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum ConcentrationRule {
    Fixed(f64),
    Named(Uniform),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Uniform {
    #[serde(rename = "uniform")]
    Uniform,
}

/// Why attributes describe no data set.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum AttributesError {
    #[error("its disorder is that of rule {0}, and this program knows rule {DISORDER_VERSION}")]
    Rule(u32),
    #[error("disorder model {0} is unknown")]
    Model(u8),
    #[error("`{0}` is missing")]
    Lacks(&'static str),
    #[error(transparent)]
    Disorder(#[from] DisorderError),
    #[error(transparent)]
    Size(#[from] SizeError),
}

impl Attributes {
    /// Those of a data set.
    pub(super) fn new(config: &DatasetConfig, solver: &str, samples: u64) -> Self {
        let [length, width] = config.size.sides();
        let model = config.ensemble.model();
        let concentration = match config.ensemble.concentration() {
            Concentration::Fixed(n) => ConcentrationRule::Fixed(n),
            Concentration::Uniform => ConcentrationRule::Named(Uniform::Uniform),
        };
        let number = model.number_in_files();
        let bound = matches!(model, DisorderModel::Given { .. }).then(|| model.bound());
        Self {
            format: FORMAT.to_owned(),
            format_version: if number.is_some() {
                NUMBERED_VERSION
            } else {
                FORMAT_VERSION
            },
            disorder_version: DISORDER_VERSION,
            model: number,
            strength: model.strength(),
            concentration: model.has_impurities().then_some(concentration),
            species_energies: model.species_energies().to_vec(),
            bound,
            seed: config.ensemble.seed(),
            length,
            width,
            energies: config.energies.clone(),
            bias: config.bias,
            solver: solver.to_owned(),
            chunk_samples: config.chunk_samples,
            samples,
        }
    }

    fn entries(&self) -> Map<String, Value> {
        match json!(self) {
            Value::Object(entries) => entries,
            // What has named fields is an object.
            _ => Map::new(),
        }
    }

    /// What the attribute `checksum` of the group must be.
    pub(super) fn checksum(&self) -> String {
        checksum::of_entries(&self.entries(), |_| true)
    }

    /// A checksum of all but the number of samples: what each array must be of.
    pub(super) fn fingerprint(&self) -> String {
        checksum::of_entries(&self.entries(), |name| name != SAMPLES)
    }

    /// The disorder model that they describe.
    fn model(&self) -> Result<DisorderModel, AttributesError> {
        let Some(number) = self.model else {
            if let Some(bound) = self.bound {
                return Ok(DisorderModel::Given { bound });
            }
            let species = Species::new(&self.species_energies)?;
            return Ok(DisorderModel::Impurities(species));
        };
        let entry = NumberedModel::with_number(number).ok_or(AttributesError::Model(number))?;
        match self.strength {
            Some(strength) => Ok(entry.model.with_strength(strength)),
            None if entry.model.strength().is_some() => Err(AttributesError::Lacks("strength")),
            None => Ok(entry.model),
        }
    }

    /// The configuration that they describe.
    pub(super) fn config(&self) -> Result<DatasetConfig, AttributesError> {
        if self.disorder_version != DISORDER_VERSION {
            return Err(AttributesError::Rule(self.disorder_version));
        }
        let model = self.model()?;
        let concentration = match &self.concentration {
            Some(ConcentrationRule::Fixed(n)) => Concentration::Fixed(*n),
            Some(ConcentrationRule::Named(Uniform::Uniform)) => Concentration::Uniform,
            None if !model.has_impurities() => Concentration::Uniform,
            None => return Err(AttributesError::Lacks("concentration")),
        };
        Ok(DatasetConfig {
            ensemble: Ensemble::new(model, concentration, self.seed)?,
            size: StripSize::new(self.length, self.width)?,
            energies: self.energies.clone(),
            bias: self.bias,
            chunk_samples: self.chunk_samples,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_of_an_earlier_version_stays_valid() {
        assert_eq!(in_current_words(&json!(FORMER_FALLBACKS)), FALLBACKS);
        for other in [json!(FALLBACKS), json!("mine"), json!(3)] {
            assert_eq!(in_current_words(&other), other);
        }
    }

    #[test]
    fn attributes_give_the_configuration_back() {
        for (model, concentration) in [
            (
                DisorderModel::AndersonBox { strength: 4.5 },
                Concentration::Uniform,
            ),
            (DisorderModel::II, Concentration::Uniform),
            (DisorderModel::IV, Concentration::Fixed(1.0)),
            (
                DisorderModel::Impurities(Species::new(&[-1.5, 3.0]).unwrap()),
                Concentration::Fixed(0.25),
            ),
            (DisorderModel::Given { bound: 2.5 }, Concentration::Uniform),
        ] {
            let config = DatasetConfig {
                ensemble: Ensemble::new(model, concentration, u64::MAX).unwrap(),
                size: StripSize::new(7, 3).unwrap(),
                energies: vec![0.0, -0.1, 1.0 / 3.0],
                bias: None,
                chunk_samples: 16,
            };
            let attributes = Attributes::new(&config, "solver 1", 70);
            let text = group_metadata(&attributes).to_string();
            let value: Value = serde_json::from_str(&text).unwrap();
            let back: Attributes = serde_json::from_value(value["attributes"].clone()).unwrap();
            assert_eq!(back.config().unwrap(), config);
            assert_eq!(back, attributes);
            assert_eq!(value["attributes"][CHECKSUM], back.checksum());
            let longer = Attributes::new(&config, "solver 1", 71);
            assert_eq!(longer.fingerprint(), back.fingerprint());
            assert_ne!(longer.checksum(), back.checksum());
            let other = Attributes::new(&config, "solver 2", 70);
            assert_ne!(other.fingerprint(), back.fingerprint());
        }
    }
}
