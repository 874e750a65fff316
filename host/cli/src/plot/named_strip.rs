//! One strip with its name, drawn from a disorder model or read from a file.

use std::path::Path;

use landauer_core::Ensemble;

use crate::disorder::capitalised;
use crate::failure::Failure;
use crate::input::open_onsite;
use crate::output::Output;
use landauer::internal::{counted, memory};
use landauer::{Energies, OnsiteEnergies, Solution, StripSize};
use landauer_plot::StripPicture;

/// A strip.
#[derive(Debug)]
pub(crate) struct NamedStrip {
    /// A short description.
    pub(crate) name: String,
    pub(crate) size: StripSize,
    /// On-site energies in t, `[slice, row]`.
    pub(crate) onsite: Vec<f64>,
}

impl NamedStrip {
    /// T(E) at these energies, in t.
    pub(crate) fn solve(&self, energies: Vec<f64>) -> Result<Solution, Failure> {
        let strip = OnsiteEnergies::new(self.size, &self.onsite[..])?;
        Ok(landauer::solve(&strip, &Energies::new(energies)?)?)
    }

    /// Its figure, with its T(E).
    pub(crate) fn picture<'a>(&'a self, solution: &'a Solution) -> StripPicture<'a> {
        StripPicture {
            name: &self.name,
            length: self.size.length(),
            width: self.size.width(),
            onsite: &self.onsite,
            energies: solution.energies().all(),
            transmission: solution.transmissions(),
            propagating_modes: solution.propagating_modes(),
        }
    }
}

/// Makes sure that one strip of this size fits into memory.
fn require_memory(size: StripSize) -> Result<usize, Failure> {
    let sites = size.sites();
    let bytes = (sites as u64).saturating_mul(size_of::<f64>() as u64);
    memory::require("a strip of this size", bytes)?;
    Ok(sites)
}

/// Sample number `sample` of an ensemble.
pub(crate) fn draw_strip(
    ensemble: Ensemble,
    size: StripSize,
    sample: u64,
) -> Result<NamedStrip, Failure> {
    let mut onsite = vec![0.0; require_memory(size)?];
    ensemble.sample(sample).fill_onsite(&mut onsite);
    Ok(NamedStrip {
        name: sample_name(&ensemble, sample),
        size,
        onsite,
    })
}

/// A short description of sample number `sample` of an ensemble.
pub(crate) fn sample_name(ensemble: &Ensemble, sample: u64) -> String {
    let model = ensemble.model();
    let mut disorder = capitalised(&model.to_string());
    if model.has_impurities() {
        let concentration = ensemble.sample(sample).concentration();
        disorder = format!("{disorder}, n = {}", percent(concentration));
    }
    format!("{disorder}, sample {sample}")
}

/// Sample number `sample` of a `.npy` file.
pub(super) fn read_strip(path: &Path, sample: u64, output: &Output) -> Result<NamedStrip, Failure> {
    let named = |failure: Failure| failure.context("--onsite");
    let mut file = open_onsite(path, output)?;
    if sample >= file.samples() {
        return Err(named(Failure::usage(format!(
            "{} has no sample {sample}: it has {}, counted from 0",
            path.display(),
            counted(file.samples(), "sample")
        ))));
    }
    let size = file.size();
    require_memory(size).map_err(named)?;
    let onsite = file.read_block(sample, 1);
    let onsite = onsite.map_err(|error| named(error.into()))?;
    let name = match file.samples() {
        1 => "Given on-site energies".to_owned(),
        _ => format!("Given on-site energies, sample {sample}"),
    };
    Ok(NamedStrip { name, size, onsite })
}

/// A share in percent, with as many digits as say something: `10 %`, `2.5 %`, `0.02 %`.
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    let decimals = if percent >= 1.0 { 1 } else { 3 };
    let text = format!("{percent:.decimals$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_short() {
        let shares = [0.0, 0.02, 0.1, 0.025, 0.592_089, 0.0002, 1.0, 0.3];
        assert_eq!(
            shares.map(percent),
            [
                "0 %", "2 %", "10 %", "2.5 %", "59.2 %", "0.02 %", "100 %", "30 %"
            ]
        );
    }
}
