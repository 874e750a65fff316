//! Arguments that several commands share, and what they become once checked.

use clap::Args;
use landauer_core::{Concentration, Ensemble, NumberedModel};

use super::failure::Failure;
use super::numbers;
use landauer::StripSize;

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
    /// The ensemble of the paper's model number `model`, 1 to 4.
    pub(super) fn ensemble(&self, model: u8) -> Result<Ensemble, Failure> {
        self.kind.ensemble(model, self.seed)
    }
}

impl DisorderKindArguments {
    /// The ensemble of the paper's model number `model`, 1 to 4, and of this seed.
    pub(super) fn ensemble(&self, model: u8, seed: u64) -> Result<Ensemble, Failure> {
        let Some(entry) = NumberedModel::with_number(model) else {
            return Err(Failure::usage(format!("unknown disorder model {model}")));
        };
        let mut model = entry.model;
        if let Some(strength) = self.strength {
            model = model.with_strength(strength);
        }
        let box_model = model.strength().is_some();
        if !box_model && self.strength.is_some() {
            return Err(Failure::usage(
                "--strength belongs to model 1; models 2 to 4 take --concentration",
            ));
        }
        if box_model && self.concentration.is_some() {
            return Err(Failure::usage(
                "--concentration belongs to models 2 to 4; model 1 takes --strength",
            ));
        }
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
}
