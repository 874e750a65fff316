//! The configuration, written down: `ensemble.json`.

use landauer_core::{DISORDER_VERSION, DisorderModel};
use serde_json::{Map, Value, json};

use super::config::{Axis, SweepConfig};
use crate::checksum;

/// The format's name.
const FORMAT: &str = "landauer-ensemble";
/// The format's version. Another one is another layout.
const FORMAT_VERSION: u32 = 1;
/// Entries that say nothing about what the averages are: they may differ.
const MADE_BY: &str = "made_by";
const SAMPLES: &str = "samples";
/// The identities of the solvers.
const SOLVERS: &str = "solvers";
/// A [checksum] of all other entries.
const CHECKSUM: &str = "checksum";

/// The content of `ensemble.json`: the configuration and nothing else, so that equal ensembles are
/// equal bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Manifest {
    entries: Map<String, Value>,
    samples: u64,
}

/// How an ensemble that is there differs from the one wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Difference {
    /// It is something else altogether.
    Foreign,
    /// It cannot be what was written.
    Damaged(String),
    /// An entry says something else.
    Entry {
        name: String,
        existing: String,
        wanted: String,
    },
    /// It is the same but for the number of samples.
    Samples { existing: u64, wanted: u64 },
}

impl Manifest {
    /// The manifest of this configuration with these solvers, each once, in the order of the
    /// points.
    pub(super) fn new(config: &SweepConfig, samples: u64, solvers: &[&str]) -> Self {
        let SweepConfig {
            model,
            concentration,
            seed,
            size,
            conductance,
            axis,
            values,
            block,
        } = config;
        // What is swept has no fixed value.
        let fixed = |of: Axis, value: Value| if *axis == of { Value::Null } else { value };
        let concentration = model.has_impurities().then_some(concentration);
        let (strength, concentration) = (
            fixed(Axis::Strength, json!(model.strength())),
            fixed(Axis::Concentration, json!(concentration)),
        );
        let entries = [
            ("format", json!(FORMAT)),
            ("format_version", json!(FORMAT_VERSION)),
            (
                MADE_BY,
                json!(concat!("landauer ", env!("CARGO_PKG_VERSION"))),
            ),
            ("disorder_version", json!(DISORDER_VERSION)),
            ("swept", json!(axis)),
            ("values", json!(values)),
            ("model", json!(model.number_in_files())),
            ("strength", strength),
            ("concentration", concentration),
            ("species_energies", json!(model.species_energies())),
            ("seed", json!(seed)),
            ("length", fixed(Axis::Length, json!(size.length()))),
            ("width", json!(size.width())),
            ("conductance", fixed(Axis::Energy, json!(conductance))),
            ("block", json!(block)),
            (SOLVERS, json!(solvers)),
            (SAMPLES, json!(samples)),
        ];
        let entries = entries.map(|(name, value)| (name.to_owned(), value));
        let mut entries: Map<_, _> = entries.into_iter().collect();
        if let DisorderModel::Given { bound } = model {
            entries.insert("bound".to_owned(), json!(bound));
        }
        entries.insert(CHECKSUM.to_owned(), json!(sum(&entries)));
        Self { entries, samples }
    }

    /// The identity of the solver in a file with the content `text`, if that is one solver.
    pub(super) fn solver(text: &str) -> Option<String> {
        let existing: Value = serde_json::from_str(text).ok()?;
        match &existing[SOLVERS].as_array()?[..] {
            [Value::String(one)] if existing["format"] == FORMAT => Some(one.clone()),
            _ => None,
        }
    }

    /// The bytes of the file.
    pub(super) fn text(&self) -> String {
        format!("{:#}\n", Value::Object(self.entries.clone()))
    }

    /// A number that tells ensembles apart, whatever their number of samples.
    pub(super) fn fingerprint(&self) -> u32 {
        let mut entries = self.entries.clone();
        entries.retain(|name, _| is_fixed(name));
        crc32c::crc32c(Value::Object(entries).to_string().as_bytes())
    }

    /// How the ensemble of a file with the content `text` differs from this one; `None` if it is
    /// the same.
    pub(super) fn difference(&self, text: &str) -> Option<Difference> {
        let existing = match serde_json::from_str(text) {
            Ok(Value::Object(existing)) => existing,
            Ok(_) => return Some(Difference::Foreign),
            Err(error) => return Some(Difference::Damaged(error.to_string())),
        };
        let entry = |name: &str| existing.get(name).unwrap_or(&Value::Null);
        if entry("format") != FORMAT {
            return Some(Difference::Foreign);
        }
        // Another version has other rules.
        let version = "format_version";
        let of_this_version = entry(version) == &self.entries[version];
        if of_this_version && *entry(CHECKSUM) != sum(&existing) {
            let reason = "its entries do not match their checksum".to_owned();
            return Some(Difference::Damaged(reason));
        }
        for (name, wanted) in self.entries.iter().filter(|(name, _)| is_fixed(name)) {
            if !checksum::same(entry(name), wanted) {
                return Some(Difference::Entry {
                    name: name.clone(),
                    existing: short(entry(name)),
                    wanted: short(wanted),
                });
            }
        }
        let Some(samples) = entry(SAMPLES).as_u64().filter(|&samples| samples > 0) else {
            let reason = "its number of samples is invalid".to_owned();
            return Some(Difference::Damaged(reason));
        };
        if existing.keys().any(|name| !self.entries.contains_key(name)) {
            let reason = "it has entries that averages do not have".to_owned();
            return Some(Difference::Damaged(reason));
        }
        (samples != self.samples).then_some(Difference::Samples {
            existing: samples,
            wanted: self.samples,
        })
    }
}

/// The checksum of a file's other entries.
fn sum(entries: &Map<String, Value>) -> String {
    checksum::of_entries(entries, |name| name != CHECKSUM)
}

/// Is this entry the same whatever the number of samples, and whichever program made it?
fn is_fixed(name: &str) -> bool {
    ![SAMPLES, MADE_BY, CHECKSUM].contains(&name)
}

/// A value in a message: long lists are cut.
fn short(value: &Value) -> String {
    const MOST: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        None => text,
        Some((end, _)) => format!("{}...", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::tests::lengths;
    use super::*;
    use crate::system::StripSize;

    #[test]
    fn the_same_is_the_same_and_each_difference_has_its_name() {
        let config = lengths();
        let manifest = Manifest::new(&config, 100, &["solver 1"]);
        assert_eq!(manifest.difference(&manifest.text()), None);
        let of = |change: fn(&mut SweepConfig)| {
            let mut other = config.clone();
            change(&mut other);
            let other = Manifest::new(&other, 100, &["solver 1"]);
            assert_ne!(other.fingerprint(), manifest.fingerprint());
            match manifest.difference(&other.text()) {
                Some(Difference::Entry { name, .. }) => name,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(of(|c| c.seed = 8), "seed");
        assert_eq!(of(|c| c.size = StripSize::new(1, 4).unwrap()), "width");
        assert_eq!(of(|c| c.values = vec![1.0]), "values");
        assert_eq!(of(|c| c.block = 3), "block");
        assert_eq!(of(|c| c.axis = Axis::Energy), "swept");
        let other = Manifest::new(&config, 100, &["solver 2"]);
        assert!(matches!(
            manifest.difference(&other.text()),
            Some(Difference::Entry { name, .. }) if name == "solvers"
        ));
        let longer = Manifest::new(&config, 200, &["solver 1"]);
        assert_eq!(
            manifest.difference(&longer.text()),
            Some(Difference::Samples {
                existing: 200,
                wanted: 100
            })
        );
        assert_eq!(longer.fingerprint(), manifest.fingerprint());
        assert_eq!(Manifest::solver(&longer.text()), Some("solver 1".into()));
        let two = Manifest::new(&config, 1, &["one", "two"]);
        assert_eq!(Manifest::solver(&two.text()), None);
    }

    #[test]
    fn numbers_survive_the_file() {
        let mut config = lengths();
        config.values = (0..500).map(|k| f64::from(k) / 7.0 + 1e-13).collect();
        config.axis = Axis::Strength;
        let manifest = Manifest::new(&config, 1, &[]);
        assert_eq!(manifest.difference(&manifest.text()), None);
    }

    #[test]
    fn anything_else_is_foreign_or_damaged() {
        let manifest = Manifest::new(&lengths(), 100, &["solver 1"]);
        assert_eq!(manifest.difference("3"), Some(Difference::Foreign));
        assert_eq!(manifest.difference("{}"), Some(Difference::Foreign));
        let cut = manifest.text()[..80].to_owned();
        let samples = manifest.text().replace("100", "-1");
        let more = manifest.text().replacen('{', "{\"x\": 1,", 1);
        for text in [cut, samples, more, String::new()] {
            let found = manifest.difference(&text);
            assert!(matches!(found, Some(Difference::Damaged(_))), "{found:?}");
        }
    }

    /// Every entry is looked at: also those that may differ.
    #[test]
    fn every_flipped_bit_is_found() {
        let manifest = Manifest::new(&lengths(), 100, &["solver 1"]);
        let text = manifest.text();
        let parsed: Value = serde_json::from_str(&text).unwrap();
        let mut harmless = 0;
        for place in 0..text.len() {
            for bit in 0..8 {
                let mut bytes = text.clone().into_bytes();
                bytes[place] ^= 1 << bit;
                let flipped = String::from_utf8_lossy(&bytes);
                if serde_json::from_str::<Value>(&flipped).is_ok_and(|flipped| flipped == parsed) {
                    // A space that has become another one.
                    harmless += 1;
                    assert_eq!(manifest.difference(&flipped), None);
                } else {
                    let found = manifest.difference(&flipped);
                    let samples = matches!(found, Some(Difference::Samples { .. }));
                    assert!(found.is_some() && !samples, "{place}, {bit}: {found:?}");
                }
            }
        }
        assert!(harmless < text.len() / 4, "{harmless}");
    }

    #[test]
    fn a_checksum_that_is_missing_is_none_that_is_right() {
        let manifest = Manifest::new(&lengths(), 100, &["solver 1"]);
        let mut without: Map<String, Value> = serde_json::from_str(&manifest.text()).unwrap();
        without.remove(CHECKSUM);
        without["samples"] = json!(200);
        let found = manifest.difference(&Value::Object(without).to_string());
        assert!(matches!(found, Some(Difference::Damaged(_))), "{found:?}");
    }
}
