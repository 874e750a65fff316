//! What is mapped: everything but the strips themselves.

use landauer::internal::counted;
use landauer::maps::Field;
use landauer::{Energies, StripSize, StripSource};
use landauer_core::{Compact, DISORDER_VERSION, DisorderModel, Ensemble};
use serde_json::{Value, json};

use crate::disorder::{capitalised, concentration, describe};
use crate::failure::Failure;
use crate::input::StripInput;
use crate::plot::sample_name;

/// The format of what is written, and its version.
const FORMAT: &str = "landauer-maps";
const FORMAT_VERSION: u32 = 1;

/// What is mapped.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) size: StripSize,
    /// The index of the first strip.
    first: u64,
    pub(super) samples: u64,
    pub(super) energies: Energies,
    /// Each once.
    pub(super) fields: Vec<Field>,
    /// Is it averaged over the samples?
    pub(super) average: bool,
    /// What the strips are samples of; `None` of a file.
    ensemble: Option<Ensemble>,
    /// Where they come from, in words.
    source: String,
}

impl Plan {
    pub(super) fn new(
        strips: &StripInput,
        energies: Energies,
        fields: Vec<Field>,
        average: bool,
    ) -> Self {
        Self {
            size: strips.size(),
            first: strips.first_sample(),
            samples: strips.samples(),
            energies,
            fields,
            average,
            ensemble: strips.ensemble(),
            source: strips.words(),
        }
    }

    /// Refuses what no single picture shows.
    pub(super) fn require_picture(&self) -> Result<(), Failure> {
        let energies = self.energies.count();
        if energies > 1 {
            return Err(Failure::usage(format!(
                "a picture shows one energy, and {energies} were given: --energy takes one"
            )));
        }
        if self.samples > 1 && !self.average {
            return Err(Failure::usage(format!(
                "a picture shows one strip, or with --average the mean of all: {} were given; --first and --samples 1 \
                 choose one of a data set or a disorder model",
                counted(self.samples, "strip")
            )));
        }
        if self.size.length() == 1 && self.fields.contains(&Field::Current) {
            return Err(Failure::usage(
                "a strip of one slice has no current that could be drawn: leave it out of --fields",
            ));
        }
        Ok(())
    }

    /// What a picture of one strip or of an average is called.
    pub(super) fn name(&self) -> String {
        match (&self.ensemble, self.average) {
            (Some(ensemble), false) => sample_name(ensemble, self.first),
            (Some(ensemble), true) => format!(
                "{}, {}",
                capitalised(&describe(ensemble.model(), ensemble.concentration())),
                counted(self.samples, "sample")
            ),
            (None, true) => format!("Mean of {}", counted(self.samples, "strip")),
            (None, false) => "Given on-site energies".to_owned(),
        }
    }

    /// The names of the arrays that are found.
    pub(super) fn names(&self) -> Vec<&'static str> {
        let name = |field: &Field| {
            if self.average {
                field.mean_name()
            } else {
                field.name()
            }
        };
        self.fields.iter().map(name).collect()
    }

    /// In words.
    pub(super) fn words(&self) -> String {
        let [length, width] = self.size.sides();
        let what = if self.average { "mean maps" } else { "maps" };
        let energies = match self.energies.all() {
            [one] => format!("E = {} t", Compact(*one)),
            all => counted(all.len(), "energy"),
        };
        format!(
            "{what} of {} {} of {length} x {width} sites at {energies}",
            counted(self.samples, "strip"),
            self.source
        )
    }

    /// What the content of a file depends on, and nothing else.
    pub(super) fn json(&self) -> Value {
        let mut config = json!({
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "made_by": concat!("landauer ", env!("CARGO_PKG_VERSION")),
            "length": self.size.length(),
            "width": self.size.width(),
            "energies": self.energies.all(),
            "fields": self.fields.iter().map(|field| field.name()).collect::<Vec<_>>(),
            "average": self.average,
            "first": self.first,
            "samples": self.samples,
        });
        if let Some(ensemble) = &self.ensemble {
            let model = ensemble.model();
            config["disorder_version"] = json!(DISORDER_VERSION);
            config["model"] = json!(model.number_in_files());
            config["strength"] = json!(model.strength());
            config["concentration"] = concentration(model, ensemble.concentration());
            config["species_energies"] = json!(model.species_energies());
            config["seed"] = json!(ensemble.seed());
            if let DisorderModel::Given { bound } = model {
                config["bound"] = json!(bound);
            }
        }
        config
    }
}
