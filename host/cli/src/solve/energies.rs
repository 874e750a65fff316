//! Which energies to solve at.

use std::path::{Path, PathBuf};

use clap::Args;
use landauer_core::{BIAS_POINTS, FERMI_ENERGY, bias_average, bias_grid};

use crate::failure::Failure;
use crate::numbers;
use landauer::input;

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

/// Energies in units of t: those that were asked for, then the ten of the bias grid, if any.
#[derive(Debug, Clone)]
pub(super) struct Energies {
    all: Vec<f64>,
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
            let more = input::read_energies(path);
            all.extend(more.map_err(|error| Failure::from(error).context("--energies-from"))?);
        }
        if let Some(bias) = self.bias {
            all.extend::<[f64; BIAS_POINTS]>(bias_grid(bias));
        }
        if all.is_empty() {
            all.push(FERMI_ENERGY);
        }
        let bias = self.bias;
        Ok(Energies { all, bias })
    }
}

impl Energies {
    /// All of them.
    pub(super) fn all(&self) -> &[f64] {
        &self.all
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    /// How many there are before the bias grid.
    pub(super) fn given(&self) -> usize {
        let grid = if self.bias.is_some() { BIAS_POINTS } else { 0 };
        self.all.len() - grid
    }

    /// The bias, if there is a grid.
    pub(super) const fn bias(&self) -> Option<f64> {
        self.bias
    }

    /// The finite-bias conductance of each sample, given `[sample, energy]`; nothing without a
    /// grid.
    pub(super) fn g_bars(&self, transmissions: &[f64]) -> Vec<f64> {
        if self.bias.is_none() {
            return Vec::new();
        }
        let grids = transmissions.chunks_exact(self.count());
        grids
            .filter_map(|row| row.last_chunk().map(bias_average))
            .collect()
    }
}
