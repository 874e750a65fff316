//! Disorder on the command line: which model is drawn, and how it is told in words and in JSON.

use clap::Args;
use landauer_core::{
    Concentration, DisorderModel, Ensemble, NUMBERED_MODELS, NumberedModel, Species,
};
use serde_json::{Value, json};

use super::failure::Failure;
use super::numbers;
use landauer::work::GivenSamples;

/// The options that exclude on-site energies of one's own, by their identifiers.
pub(super) const DRAWN: [&str; 7] = [
    "disorder",
    "species",
    "length",
    "width",
    "strength",
    "concentration",
    "seed",
];

/// Which disorder to draw.
#[derive(Debug, Args)]
pub(super) struct DisorderArguments {
    #[command(flatten)]
    kind: DisorderKindArguments,
    /// Seed; equal seeds give equal samples on every machine
    #[arg(long, default_value_t = 1, value_parser = numbers::count::<u64>(0..=u64::MAX))]
    seed: u64,
}

/// The same without the seed.
#[derive(Debug, Args)]
pub(super) struct DisorderKindArguments {
    #[command(flatten)]
    model: ModelArguments,
    /// Disorder strength w of model I, in t: on-site energies are uniform in [-w/2, w/2]
    /// [default: 4]
    #[arg(long, value_name = "W", value_parser = numbers::finite)]
    strength: Option<f64>,
    /// Impurity concentration: a number in [0, 1], or `uniform` for one drawn from [0, 1) for each
    /// sample [default: uniform]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = parse_concentration)]
    concentration: Option<Concentration>,
}

/// Which disorder model.
#[derive(Debug, Args)]
pub(super) struct ModelArguments {
    #[arg(long, alias = "model", value_name = "MODEL", value_parser = parse_model, help = model_help())]
    disorder: Option<&'static NumberedModel>,
    /// Impurities with these energies in t instead, equally likely, such as 1.5,3
    #[arg(
        long,
        value_name = "ENERGIES",
        conflicts_with = "disorder",
        allow_hyphen_values = true,
        value_parser = parse_species
    )]
    species: Option<Species>,
}

/// What the help says of the option.
fn model_help() -> String {
    format!("{} [default: II]", required_model_help())
}

/// The same where a model must be named.
pub(super) fn required_model_help() -> String {
    let models = NUMBERED_MODELS.first().zip(NUMBERED_MODELS.last());
    let models = models.map(|(first, last)| {
        let numbers = format!("{} to {}", first.number, last.number);
        format!(": {numbers}, or {} to {}", first.numeral, last.numeral)
    });
    format!("Disorder model{}", models.unwrap_or_default())
}

/// A disorder model by its number or numeral.
fn parse_model(text: &str) -> Result<&'static NumberedModel, String> {
    let text = text.trim();
    NumberedModel::named(text).ok_or_else(|| {
        let known = NUMBERED_MODELS.iter();
        let known: Vec<_> = known
            .map(|one| format!("{} ({})", one.number, one.numeral))
            .collect();
        let known = known.join(", ");
        format!("unknown disorder model {text}: the models are {known}")
    })
}

/// Impurity energies, separated by commas.
fn parse_species(text: &str) -> Result<Species, String> {
    let energies = text.split(',').map(|energy| numbers::finite(energy.trim()));
    let energies: Vec<f64> = energies.collect::<Result<_, _>>()?;
    Species::new(&energies).map_err(|error| error.to_string())
}

/// A concentration, or `uniform`.
pub(super) fn parse_concentration(text: &str) -> Result<Concentration, String> {
    if text == "uniform" {
        return Ok(Concentration::Uniform);
    }
    match text.parse::<f64>() {
        Ok(n) if (0.0..=1.0).contains(&n) => Ok(Concentration::Fixed(n)),
        _ => Err("a number from 0 to 1, or `uniform`".to_owned()),
    }
}

impl DisorderArguments {
    /// Was a model given, by its number or by its species?
    pub(super) const fn is_given(&self) -> bool {
        self.kind.is_given()
    }

    /// The ensemble.
    pub(super) fn ensemble(&self) -> Result<Ensemble, Failure> {
        self.kind.ensemble(self.seed)
    }
}

impl DisorderKindArguments {
    /// Was a model given, by its number or by its species?
    pub(super) const fn is_given(&self) -> bool {
        self.model.disorder.is_some() || self.model.species.is_some()
    }

    /// The ensemble of this seed.
    pub(super) fn ensemble(&self, seed: u64) -> Result<Ensemble, Failure> {
        let has_concentration = self.concentration.is_some();
        let model = self
            .model
            .model(self.strength.is_some(), has_concentration)?;
        let model = self
            .strength
            .map_or(model, |strength| model.with_strength(strength));
        let concentration = self.concentration.unwrap_or(Concentration::Uniform);
        Ensemble::new(model, concentration, seed).map_err(|error| Failure::usage(error.to_string()))
    }
}

impl ModelArguments {
    /// The model, with its usual strength. A strength or concentration that was given, and that the model
    /// does not have, is refused.
    pub(super) fn model(
        &self,
        has_strength: bool,
        has_concentration: bool,
    ) -> Result<DisorderModel, Failure> {
        let model = match (&self.species, self.disorder) {
            (Some(species), _) => DisorderModel::Impurities(*species),
            (None, Some(entry)) => entry.model,
            (None, None) => DisorderModel::II,
        };
        if has_strength && model.strength().is_none() {
            return Err(Failure::usage(
                "--strength belongs to disorder model I; impurities take --concentration",
            ));
        }
        if has_concentration && !model.has_impurities() {
            return Err(Failure::usage(
                "--concentration belongs to impurities; disorder model I takes --strength",
            ));
        }
        Ok(model)
    }
}

/// The number of samples: the one asked for, or all that were given. clap sees to it that there is one of
/// them.
pub(super) fn sample_count(asked_for: Option<u64>, given: Option<&GivenSamples>) -> u64 {
    asked_for
        .or(given.map(GivenSamples::samples))
        .unwrap_or_default()
}

/// The same text with a capital letter.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// The disorder model and how strong it is, as in `model II, concentration 0.1`.
pub(super) fn describe(model: DisorderModel, concentration: Concentration) -> String {
    match concentration {
        _ if !model.has_impurities() => model.to_string(),
        Concentration::Fixed(n) => format!("{model}, concentration {n}"),
        Concentration::Uniform => format!("{model}, concentration uniform in [0, 1)"),
    }
}

/// The value of the key `concentration`: a number, `"uniform"`, or null without impurities.
pub(super) fn concentration(model: DisorderModel, concentration: Concentration) -> Value {
    match concentration {
        _ if !model.has_impurities() => Value::Null,
        Concentration::Fixed(n) => json!(n),
        Concentration::Uniform => json!("uniform"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disorder_models_have_numbers_and_numerals_or_species() {
        for (text, number) in [("1", 1), ("ii", 2), ("III", 3), ("Iv", 4), (" 4", 4)] {
            let entry = parse_model(text).unwrap();
            assert_eq!(entry.number, number, "{text}");
            let arguments = ModelArguments {
                disorder: Some(entry),
                species: None,
            };
            assert_eq!(arguments.model(true, false).is_ok(), number == 1);
            assert_eq!(arguments.model(false, true).is_ok(), number > 1);
            assert_eq!(arguments.model(false, false).ok(), Some(entry.model));
        }
        for text in ["0", "9", "X", "IIII", "", "two", "2.0"] {
            let problem = parse_model(text).unwrap_err();
            assert!(problem.contains("1 (I), 2 (II)"), "{problem}");
        }
        let species = |text| parse_species(text).map(|species| species.energies().to_vec());
        assert_eq!(species("1.5, 3"), Ok(vec![1.5, 3.0]));
        assert_eq!(species("-2"), Ok(vec![-2.0]));
        for text in ["", "1,,2", "0", "1,1", "one", "nan", "1,2,3,4,5,6,7,8,9"] {
            assert!(parse_species(text).is_err(), "{text}");
        }
        assert_eq!(capitalised("model II"), "Model II");
    }

    #[test]
    fn disorder_is_told_with_what_it_has() {
        let own = DisorderModel::Impurities(Species::new(&[1.5, 3.0]).expect("species"));
        let fixed = Concentration::Fixed(0.1);
        for (model, concentration, expected) in [
            (DisorderModel::I, fixed, "model I, w = 4 t"),
            (DisorderModel::II, fixed, "model II, concentration 0.1"),
            (
                own,
                Concentration::Uniform,
                "impurities of 1.5 or 3 t, concentration uniform in [0, 1)",
            ),
            (
                DisorderModel::Given { bound: 2.0 },
                fixed,
                "given on-site energies up to 2 t",
            ),
        ] {
            assert_eq!(describe(model, concentration), expected);
        }
        assert_eq!(concentration(own, fixed), json!(0.1));
        assert_eq!(concentration(own, Concentration::Uniform), json!("uniform"));
        assert_eq!(concentration(DisorderModel::I, fixed), Value::Null);
    }
}
