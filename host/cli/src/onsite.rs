//! On-site energies from a file, and what is odd about them.

use std::fmt::Write as _;
use std::path::Path;

use landauer_core::{Compact, NUMBERED_MODELS};

use super::failure::Failure;
use super::output::Output;
use landauer::npy::OnsiteFile;

/// Opens the lattices of `--onsite`, and warns of a file that seems to hold species numbers.
pub(super) fn open(path: &Path, output: &Output) -> Result<OnsiteFile, Failure> {
    let named = |error| Failure::from(error).context("--onsite");
    let mut lattices = OnsiteFile::open(path).map_err(named)?;
    if let Some(largest) = lattices.seem_species().map_err(named)? {
        output.warn(&species_warning(path, largest));
    }
    Ok(lattices)
}

fn species_warning(path: &Path, largest: u8) -> String {
    let mut text = format!(
        "{} holds nothing but whole numbers from 0 to {largest}, which are taken for on-site \
         energies in units of t. If they are species numbers, as in a data set's `species`, make \
         energies of them first: numpy.array(ENERGIES)[species], where ENERGIES are",
        path.display()
    );
    let fitting = NUMBERED_MODELS.iter().filter(|entry| {
        // A model with fewer species does not have such numbers.
        entry.model.species_energies().len() >= usize::from(largest)
    });
    for (number, entry) in fitting.enumerate() {
        let energies = entry.model.species_energies().iter();
        let energies: Vec<String> = energies
            .map(|&energy| Compact(energy).to_string())
            .collect();
        let comma = if number > 0 { "," } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "{comma} [0, {}] for model {}",
            energies.join(", "),
            entry.numeral
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_warning_names_the_energies_of_the_models_that_it_may_be() {
        let all = species_warning(Path::new("s.npy"), 1);
        for words in [
            "s.npy holds",
            "units of t",
            "[0, 5] for model II,",
            "[0, 2.5, 5] for model III,",
            "[0, 1.6666666666666667, 3.3333333333333335, 5] for model IV",
        ] {
            assert!(all.contains(words), "no {words} in {all}");
        }
        let largest = species_warning(Path::new("s.npy"), 3);
        assert!(largest.contains("model IV") && !largest.contains("model III"));
    }
}
