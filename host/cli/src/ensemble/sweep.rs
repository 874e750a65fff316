//! The options of a sweep: the swept quantity, and the fixed ones.

use std::path::PathBuf;

use clap::Args;
use landauer_core::{Compact, FERMI_ENERGY};

use crate::disorder::{DRAWN, ModelArguments};
use crate::energies::EnergyArguments;
use crate::failure::Failure;
use crate::numbers;
use crate::values::{self, Values};
use landauer::StripSize;
use landauer::averages::{Axis, Conductance, SweepConfig, default_block};
use landauer::work::GivenSamples;

/// The swept quantity, and the fixed ones.
#[derive(Debug, Args)]
#[command(mut_arg("energies", |energies| energies.help(
    "Energy E in units of t, of G = T(E): a number, a list with commas, or a range with both ends [default: 0]"
)))]
pub(super) struct SweepArguments {
    #[command(flatten)]
    model: ModelArguments,
    /// Average over the on-site energies in a .npy file instead, [x, y] or [sample, x, y] in units of t, at
    /// one energy or a sweep of energies
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = DRAWN,
        conflicts_with = "bias"
    )]
    onsite: Option<PathBuf>,
    /// Impurity concentration, from 0 to 1
    #[arg(long, value_name = values::NAME, value_parser = values::parse, allow_hyphen_values = true)]
    concentration: Option<Values>,
    /// Disorder strength w of model I, in t: on-site energies are uniform in [-w/2, w/2]
    /// [default: 4]
    #[arg(long, value_name = values::NAME, value_parser = values::parse, allow_hyphen_values = true)]
    strength: Option<Values>,
    /// Length of the strip along transport, in sites [default: 40]
    #[arg(long, value_name = values::NAME, value_parser = values::parse, allow_hyphen_values = true)]
    length: Option<Values>,
    /// Width of the strip and its leads, in sites
    #[arg(long, default_value_t = 40, value_parser = numbers::count::<usize>(0..=u64::MAX))]
    width: usize,
    #[command(flatten)]
    energies: EnergyArguments,
    /// Average Ḡ over a bias eV (in t; the paper has 0.36), the mean of T at ten energies,
    /// instead of G
    #[arg(
        long,
        value_name = "EV",
        allow_negative_numbers = true,
        value_parser = numbers::bias,
        conflicts_with_all = ["energies", "energies_from"]
    )]
    bias: Option<f64>,
    /// Seed; equal seeds give equal samples on every machine
    #[arg(long, default_value_t = 1, value_parser = numbers::count::<u64>(0..=u64::MAX))]
    seed: u64,
    /// Samples in a block, the unit of work; the last digits of the averages depend on it
    /// [default: 64 to 1024, by the cost of a sample]
    #[arg(long, value_name = "N", value_parser = numbers::count::<u64>(0..=u64::MAX))]
    block: Option<u64>,
}

impl SweepArguments {
    /// The on-site energies that are averaged over, if they are not drawn.
    pub(super) fn given(&self) -> Result<Option<GivenSamples>, Failure> {
        let path = self.onsite.as_deref();
        Ok(path.map(GivenSamples::open).transpose()?)
    }

    /// The averages over given on-site energies, checked.
    pub(super) fn config_of(&self, given: &GivenSamples) -> Result<SweepConfig, Failure> {
        let block = || default_block(given.size(), 1);
        let config = SweepConfig {
            model: given.ensemble().model(),
            concentration: 0.0,
            seed: given.ensemble().seed(),
            size: given.size(),
            conductance: Conductance::Energy(FERMI_ENERGY),
            axis: Axis::Energy,
            values: self.energies.read()?.unwrap_or_else(|| vec![FERMI_ENERGY]),
            block: self.block.unwrap_or_else(block),
        };
        config.check()?;
        Ok(config)
    }

    /// The sweep, checked.
    pub(super) fn config(&self) -> Result<SweepConfig, Failure> {
        let energies = self.energies.read()?.map(Values::from);
        let (axis, swept) = self.swept(energies.as_ref())?;
        let fixed = |values: &Option<Values>| values.as_ref().and_then(Values::fixed);
        let model = self
            .model
            .model(self.strength.is_some(), self.concentration.is_some())?;
        let model = fixed(&self.strength).map_or(model, |strength| model.with_strength(strength));
        if model.has_impurities() && self.concentration.is_none() {
            return Err(Failure::usage(format!(
                "{model} needs --concentration: one number, or a sweep"
            )));
        }
        let length = fixed(&self.length).unwrap_or(40.0);
        let size = StripSize::new(whole(length)?, self.width)?;
        let conductance = match self.bias {
            Some(bias) => Conductance::Bias(bias),
            None => Conductance::Energy(fixed(&energies).unwrap_or(FERMI_ENERGY)),
        };
        let config = SweepConfig {
            model,
            concentration: fixed(&self.concentration).unwrap_or(0.0),
            seed: self.seed,
            size,
            conductance,
            axis,
            values: swept.to_vec(),
            block: self.block.unwrap_or(1),
        };
        if self.block.is_none() {
            return Ok(config.in_usual_blocks()?);
        }
        config.check()?;
        Ok(config)
    }

    /// The one that is swept.
    fn swept<'v>(&'v self, energies: Option<&'v Values>) -> Result<(Axis, &'v [f64]), Failure> {
        let all = [
            (
                Axis::Concentration,
                "--concentration",
                self.concentration.as_ref(),
            ),
            (Axis::Strength, "--strength", self.strength.as_ref()),
            (Axis::Length, "--length", self.length.as_ref()),
            (Axis::Energy, "--energies", energies),
        ];
        let mut swept = all.into_iter().filter_map(|(axis, option, values)| {
            let values = values.and_then(Values::swept)?;
            Some((axis, option, values))
        });
        match (swept.next(), swept.next()) {
            (Some((axis, _, values)), None) => Ok((axis, values)),
            (Some((_, first, _)), Some((_, second, _))) => Err(Failure::usage(format!(
                "both {first} and {second} are swept: sweep one at a time"
            ))),
            (None, _) => Err(Failure::usage(
                "nothing is swept: give --concentration, --strength, --length or --energies a range, \
                 such as 0:1:21, or a list, such as 0.05,0.1",
            )),
        }
    }
}

/// A number of sites.
fn whole(length: f64) -> Result<usize, Failure> {
    /// Far more than any memory holds, and exact as a number.
    const MAX: f64 = (1_u64 << 52) as f64;
    if !(1.0..=MAX).contains(&length) || length.fract() != 0.0 {
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
