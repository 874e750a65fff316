//! Energies on the command line: `--energies` and `--energies-from`.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::failure::Failure;
use crate::values::{self, Values};
use landauer::npy;

/// The energies, of every command that takes several.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct EnergyArguments {
    /// Energies in units of t: a number, a list with commas, or a range with both ends
    #[arg(long, value_name = values::NAME, allow_hyphen_values = true, value_parser = values::parse)]
    energies: Vec<Values>,
    /// A .npy file of energies, [energy]; they come after those of --energies
    #[arg(long, value_name = "FILE")]
    energies_from: Option<PathBuf>,
}

impl EnergyArguments {
    /// The file they come from, if any.
    pub(super) fn file(&self) -> Option<&Path> {
        self.energies_from.as_deref()
    }

    /// The energies, read; `None` if none were given.
    pub(super) fn read(&self) -> Result<Option<Vec<f64>>, Failure> {
        let given = self.energies.iter().flat_map(Values::all);
        let mut all: Vec<f64> = given.copied().collect();
        if let Some(path) = self.file() {
            let more = npy::read_energies(path);
            all.extend(more.map_err(|error| Failure::from(error).context("--energies-from"))?);
        }
        Ok((!all.is_empty()).then_some(all))
    }

    /// The energies of a text such as `-0.5:0.5:201`.
    pub(super) fn parse(text: &str) -> Result<Vec<f64>, Failure> {
        let values = values::parse(text).map_err(Failure::usage)?;
        Ok(values.all().to_vec())
    }

    #[cfg(test)]
    pub(super) fn of(energies: Option<&[f64]>) -> Self {
        Self {
            energies: energies
                .map(|all| all.to_vec().into())
                .into_iter()
                .collect(),
            energies_from: None,
        }
    }
}
