//! Arguments that several commands share, and what they become once checked.

use clap::Args;
use landauer_core::{Concentration, DisorderModel, Ensemble};

use super::failure::Failure;
use super::numbers;
use landauer::StripSize;

/// What the paper calls its disorder models, 1 to 4.
const NUMERALS: [&str; 4] = ["I", "II", "III", "IV"];

/// The strength w of model I, in t, unless another one is given.
pub(super) const STRENGTH: f64 = 4.0;

/// The number of a disorder model, given as `--disorder`: 1 to 4 or I to IV.
pub(super) fn parse_disorder(text: &str) -> Result<u8, String> {
    let text = text.trim();
    let mut known = (1..=4).zip(NUMERALS);
    let found = known.find(|(number, numeral)| {
        *text == number.to_string() || text.eq_ignore_ascii_case(numeral)
    });
    found.map(|(number, _)| number).ok_or_else(|| {
        format!("no disorder model {text}: the models are 1, 2, 3 and 4, or I, II, III and IV")
    })
}

/// What the paper calls this disorder model.
pub(super) fn numeral(model: DisorderModel) -> &'static str {
    NUMERALS[usize::from(model.number().clamp(1, 4)) - 1]
}

/// The disorder model of this number, 1 to 4, and for model I this strength.
pub(super) fn disorder_model(number: u8, strength: Option<f64>) -> Result<DisorderModel, Failure> {
    let model = match number {
        1 => DisorderModel::AndersonBox {
            strength: strength.unwrap_or(STRENGTH),
        },
        2 => DisorderModel::OneSpecies,
        3 => DisorderModel::TwoSpecies,
        4 => DisorderModel::ThreeSpecies,
        other => {
            return Err(Failure::usage(format!(
                "no disorder model {other}: the models are 1, 2, 3 and 4"
            )));
        }
    };
    if number > 1 && strength.is_some() {
        return Err(Failure::usage(
            "--strength belongs to disorder model I; models II to IV take --concentration",
        ));
    }
    Ok(model)
}

/// Refuses a concentration for model I.
pub(super) fn require_concentration(model: DisorderModel, given: bool) -> Result<(), Failure> {
    if given && matches!(model, DisorderModel::AndersonBox { .. }) {
        return Err(Failure::usage(
            "--concentration belongs to disorder models II to IV; model I takes --strength",
        ));
    }
    Ok(())
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
        require_concentration(model, self.concentration.is_some())?;
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
            assert_eq!(parse_disorder(numeral(model)), Ok(number));
            assert_eq!(require_concentration(model, true).is_err(), number == 1);
        }
        for text in ["0", "5", "V", "IIII", "", "two", "2.0"] {
            let problem = parse_disorder(text).unwrap_err();
            assert!(problem.contains("1, 2, 3 and 4"), "{problem}");
        }
    }
}
