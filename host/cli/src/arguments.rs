//! Arguments that several commands share, and what they become once checked.

use clap::Args;
use landauer_core::{Concentration, DisorderModel, Ensemble, NUMBERED_MODELS, NumberedModel};

use super::failure::Failure;
use super::numbers;
use landauer::StripSize;

/// The number of a disorder model, given as `--disorder`: 1 to 4 or I to IV.
pub(super) fn parse_disorder(text: &str) -> Result<u8, String> {
    let text = text.trim();
    let found = NumberedModel::named(text).map(|entry| entry.number);
    found.ok_or_else(|| {
        let known = NUMBERED_MODELS.iter();
        let known: Vec<_> = known
            .map(|one| format!("{} ({})", one.number, one.numeral))
            .collect();
        format!(
            "unknown disorder model {text}: the models are {}",
            known.join(", ")
        )
    })
}

/// The disorder model of this number, and with this strength if it has one.
pub(super) fn disorder_model(number: u8, strength: Option<f64>) -> Result<DisorderModel, Failure> {
    let Some(entry) = NumberedModel::with_number(number) else {
        return Err(Failure::usage(format!("unknown disorder model {number}")));
    };
    let with = |strength| entry.model.with_strength(strength);
    Ok(strength.map_or(entry.model, with))
}

/// Refuses a parameter that was given and that the model does not have.
pub(super) fn require_parameters(
    model: DisorderModel,
    strength: bool,
    concentration: bool,
) -> Result<(), Failure> {
    if strength && model.strength().is_none() {
        return Err(Failure::usage(
            "--strength belongs to disorder model I; models II to IV take --concentration",
        ));
    }
    if concentration && !model.has_impurities() {
        return Err(Failure::usage(
            "--concentration belongs to disorder models II to IV; model I takes --strength",
        ));
    }
    Ok(())
}

/// The same text with a capital letter.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

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
    /// Disorder strength w of model I, in t: on-site energies are uniform in [-w/2, w/2]
    /// [default: 4]
    #[arg(long, value_name = "W", value_parser = numbers::finite)]
    strength: Option<f64>,
    /// Impurity concentration of models II to IV: a number in [0, 1], or `uniform` for one drawn
    /// from [0, 1) for each sample [default: uniform]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = parse_concentration)]
    concentration: Option<Concentration>,
}

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
    /// The ensemble of the disorder model of this number, 1 to 4.
    pub(super) fn ensemble(&self, disorder: u8) -> Result<Ensemble, Failure> {
        self.kind.ensemble(disorder, self.seed)
    }
}

impl DisorderKindArguments {
    /// The ensemble of the disorder model of this number, 1 to 4, and of this seed.
    pub(super) fn ensemble(&self, disorder: u8, seed: u64) -> Result<Ensemble, Failure> {
        let model = disorder_model(disorder, self.strength)?;
        require_parameters(model, self.strength.is_some(), self.concentration.is_some())?;
        let concentration = self.concentration.unwrap_or(Concentration::Uniform);
        Ensemble::new(model, concentration, seed).map_err(|error| Failure::usage(error.to_string()))
    }
}

/// A budget of multiply-adds: 1000000 or 1e6.
pub(super) fn parse_budget(text: &str) -> Result<u64, String> {
    numbers::count(1..=u64::MAX)(text).map_err(|problem| format!("multiply-adds: {problem}"))
}

/// The size of the strips to draw.
#[derive(Debug, Args)]
pub(super) struct SizeArguments {
    /// Length of the strip along transport, in sites
    #[arg(long, default_value_t = 40, value_parser = numbers::count::<usize>(0..=u64::MAX))]
    length: usize,
    /// Width of the strip and its leads, in sites
    #[arg(long, default_value_t = 40, value_parser = numbers::count::<usize>(0..=u64::MAX))]
    width: usize,
}

impl SizeArguments {
    /// The size, checked.
    pub(super) fn size(&self) -> Result<StripSize, Failure> {
        Ok(StripSize::new(self.length, self.width)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_whole_and_not_none() {
        assert_eq!(parse_budget("1000000"), Ok(1_000_000));
        assert_eq!(parse_budget("2.5e5"), Ok(250_000));
        for text in ["0", "-1", "1.5", "1e30", "NaN", "much"] {
            assert!(parse_budget(text).is_err(), "{text}");
        }
    }

    #[test]
    fn disorder_models_have_numbers_and_numerals() {
        for (text, number) in [("1", 1), ("ii", 2), ("III", 3), ("Iv", 4), (" 4", 4)] {
            assert_eq!(parse_disorder(text), Ok(number), "{text}");
            let model = disorder_model(number, None).unwrap();
            assert_eq!(model.number(), Some(number));
            assert_eq!(require_parameters(model, true, false).is_ok(), number == 1);
            assert_eq!(require_parameters(model, false, true).is_ok(), number > 1);
        }
        for text in ["0", "9", "X", "IIII", "", "two", "2.0"] {
            let problem = parse_disorder(text).unwrap_err();
            assert!(problem.contains("1 (I), 2 (II)"), "{problem}");
        }
        assert_eq!(capitalised("model II"), "Model II");
    }
}
