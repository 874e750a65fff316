//! What is swept, and what stays the same.

use clap::Args;
use landauer_core::{Compact, DisorderModel, FERMI_ENERGY, NumberedModel};

use super::values::{self, Values};
use crate::failure::Failure;
use crate::numbers;
use landauer::StripSize;
use landauer::averages::{Axis, Conductance, SweepConfig, default_block};

/// What is swept, and what stays the same.
#[derive(Debug, Args)]
pub(super) struct SweepArguments {
    /// Disorder model of the paper, 1 to 4 (or I to IV)
    #[arg(long, default_value_t = 2, value_parser = numbers::disorder_model)]
    model: u8,
    /// Impurity concentration of models 2 to 4, from 0 to 1
    #[arg(long, value_name = values::NAME, value_parser = values::parse, allow_hyphen_values = true)]
    concentration: Option<Values>,
    /// Disorder strength w of model 1, in t: on-site energies are uniform in [-w/2, w/2]
    /// [default: 4]
    #[arg(long, value_name = values::NAME, value_parser = values::parse, allow_hyphen_values = true)]
    strength: Option<Values>,
    /// Length of the strip along transport, in sites [default: 40]
    #[arg(long, value_name = values::NAME, value_parser = values::parse, allow_hyphen_values = true)]
    length: Option<Values>,
    /// Width of the strip and its leads, in sites
    #[arg(long, default_value_t = 40, value_parser = numbers::count::<usize>(0..=u64::MAX))]
    width: usize,
    /// Energy E in t, of G = T(E) [default: 0]
    #[arg(long, value_name = values::NAME, value_parser = values::parse, allow_hyphen_values = true)]
    energy: Option<Values>,
    /// Average G-bar over a bias eV (in t; the paper has 0.36), the mean of T at ten energies,
    /// instead of G
    #[arg(
        long,
        value_name = "EV",
        allow_negative_numbers = true,
        value_parser = numbers::bias,
        conflicts_with = "energy"
    )]
    bias: Option<f64>,
    /// Seed; equal seeds give equal samples on every machine
    #[arg(long, default_value_t = 1, value_parser = numbers::count::<u64>(0..=u64::MAX))]
    seed: u64,
    /// Samples in a block, the unit of work; it has its part in the last digits of the averages
    /// [default: 64 to 1024, by what a sample costs]
    #[arg(long, value_name = "N", value_parser = numbers::count::<u64>(0..=u64::MAX))]
    block: Option<u64>,
}

impl SweepArguments {
    /// The sweep, checked.
    pub(super) fn config(&self) -> Result<SweepConfig, Failure> {
        let (axis, swept) = self.swept()?;
        let fixed = |values: &Option<Values>| values.as_ref().and_then(Values::fixed);
        let model = self.model(fixed(&self.strength))?;
        if !model.has_impurities() && self.concentration.is_some() {
            return Err(Failure::usage(
                "--concentration belongs to models 2 to 4; model 1 takes --strength",
            ));
        }
        if model.has_impurities() && self.concentration.is_none() {
            return Err(Failure::usage(format!(
                "model {} needs --concentration: one number, or a sweep",
                self.model
            )));
        }
        let length = fixed(&self.length).unwrap_or(40.0);
        let size = StripSize::new(whole(length)?, self.width)?;
        let conductance = match self.bias {
            Some(bias) => Conductance::Bias(bias),
            None => Conductance::Energy(fixed(&self.energy).unwrap_or(FERMI_ENERGY)),
        };
        let mut config = SweepConfig {
            model,
            concentration: fixed(&self.concentration).unwrap_or(0.0),
            seed: self.seed,
            size,
            conductance,
            axis,
            values: swept.to_vec(),
            block: self.block.unwrap_or(1),
        };
        config.check()?;
        if self.block.is_none() {
            let points = config.points()?;
            let longest = points.iter().map(|point| point.size.length()).max();
            let longest = StripSize::new(longest.unwrap_or(1), self.width)?;
            config.block = default_block(longest, conductance.energies().len());
        }
        Ok(config)
    }

    /// The one that is swept.
    fn swept(&self) -> Result<(Axis, &[f64]), Failure> {
        let all = [
            (Axis::Concentration, &self.concentration),
            (Axis::Strength, &self.strength),
            (Axis::Length, &self.length),
            (Axis::Energy, &self.energy),
        ];
        let mut swept = all.into_iter().filter_map(|(axis, values)| match values {
            Some(Values::Swept(values)) => Some((axis, &values[..])),
            _ => None,
        });
        match (swept.next(), swept.next()) {
            (Some(one), None) => Ok(one),
            (Some((first, _)), Some((second, _))) => Err(Failure::usage(format!(
                "both --{} and --{} are swept: one at a time",
                first.name(),
                second.name()
            ))),
            (None, _) => Err(Failure::usage(
                "nothing is swept: give --concentration, --strength, --length or --energy a range, \
                 such as 0:1:21, or a list, such as 0.05,0.1",
            )),
        }
    }

    fn model(&self, strength: Option<f64>) -> Result<DisorderModel, Failure> {
        let Some(entry) = NumberedModel::with_number(self.model) else {
            return Err(Failure::usage(format!(
                "unknown disorder model {}",
                self.model
            )));
        };
        let model = strength.map_or(entry.model, |w| entry.model.with_strength(w));
        if model.strength().is_none() && self.strength.is_some() {
            return Err(Failure::usage(
                "--strength belongs to model 1; models 2 to 4 take --concentration",
            ));
        }
        Ok(model)
    }
}

/// A number of sites.
fn whole(length: f64) -> Result<usize, Failure> {
    /// Far more than any memory holds, and exact as a number.
    const MOST: f64 = (1_u64 << 52) as f64;
    if !(1.0..=MOST).contains(&length) || length.fract() != 0.0 {
        return Err(Failure::usage(format!(
            "--length {}: a length is a whole number of sites, at least 1",
            Compact(length)
        )));
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive whole number below 2^53"
    )]
    let length = length as usize;
    Ok(length)
}
