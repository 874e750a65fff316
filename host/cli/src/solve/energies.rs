//! Which energies to solve at.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::failure::Failure;
use crate::numbers;
use landauer::{Energies, npy};

/// The energies.
#[derive(Debug, Args)]
pub(super) struct EnergyArguments {
    /// Energies in units of t, with commas between [default: 0, if there are no others]
    #[arg(
        long,
        value_name = "E,...",
        value_delimiter = ',',
        allow_hyphen_values = true,
        value_parser = numbers::energy
    )]
    energies: Vec<f64>,
    /// A .npy file of energies, [energy]; they come after those of --energies
    #[arg(long, value_name = "FILE")]
    energies_from: Option<PathBuf>,
    /// Add the ten energies of the finite-bias average over a bias eV (units of t; the paper has
    /// 0.36) after all others, and give their mean transmission G-bar
    #[arg(long, value_name = "EV", value_parser = numbers::bias)]
    bias: Option<f64>,
}

impl EnergyArguments {
    /// The file they come from, if any.
    pub(super) fn file(&self) -> Option<&Path> {
        self.energies_from.as_deref()
    }

    /// The energies, read.
    pub(super) fn energies(&self) -> Result<Energies, Failure> {
        let mut all = self.energies.clone();
        if let Some(path) = self.file() {
            let more = npy::read_energies(path);
            all.extend(more.map_err(|error| Failure::from(error).context("--energies-from"))?);
        }
        let energies = match self.bias {
            Some(bias) if all.is_empty() => Energies::of_bias(bias),
            Some(bias) => Energies::new(all).and_then(|energies| energies.with_bias(bias)),
            None if all.is_empty() => Ok(Energies::default()),
            None => Energies::new(all),
        };
        Ok(energies?)
    }
}
