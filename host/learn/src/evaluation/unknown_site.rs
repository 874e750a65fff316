//! A site that a predictor does not know.

use std::fmt::{self, Display};

use landauer_core::{Compact, DisorderModel};

use landauer::failure::{Categorised, Category};

/// A site whose on-site energy does not occur in the disorder that a predictor was made for.
#[derive(Debug, Clone, PartialEq)]
pub struct UnknownSite {
    /// The predictor.
    pub name: String,
    /// The disorder that it was made for.
    pub disorder: DisorderModel,
    /// The slice, counted from 0 at the left lead.
    pub slice: usize,
    /// The row, counted from 0.
    pub row: usize,
    /// The on-site energy, in units of t.
    pub onsite: f64,
}

impl Display for UnknownSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            disorder,
            slice,
            row,
            onsite,
        } = self;
        write!(
            f,
            "site ({slice}, {row}) is {} t; {name} knows ",
            Compact(*onsite)
        )?;
        if !disorder.has_impurities() {
            let bound = Compact(disorder.bound());
            return write!(f, "energies from -{bound} to {bound} t");
        }
        f.write_str("0")?;
        let energies = disorder.species_energies();
        for (number, &energy) in energies.iter().enumerate() {
            let last = number + 1 == energies.len();
            write!(
                f,
                "{}{}",
                if last { " and " } else { ", " },
                Compact(energy)
            )?;
        }
        f.write_str(" t")?;
        // Numbers of species, 1 up to the last.
        let last = energies.len() as f64;
        if onsite.fract() == 0.0 && (1.0..=last.max(3.0)).contains(onsite) {
            f.write_str(" (are these species numbers?)")?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownSite {}

impl Categorised for UnknownSite {
    fn category(&self) -> Category {
        Category::Input
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_is_there_and_what_is_known() {
        let site = |disorder, onsite| UnknownSite {
            name: "best-g".to_owned(),
            disorder,
            slice: 3,
            row: 4,
            onsite,
        };
        let text = site(DisorderModel::II, 1.0).to_string();
        let expected = "site (3, 4) is 1 t; best-g knows 0 and 5 t (are these species numbers?)";
        assert_eq!(text, expected);
        let text = site(DisorderModel::III, 1e300).to_string();
        assert_eq!(text, "site (3, 4) is 1e300 t; best-g knows 0, 2.5 and 5 t");
        let strength = 4.0;
        let text = site(DisorderModel::AndersonBox { strength }, 2.5).to_string();
        assert_eq!(
            text,
            "site (3, 4) is 2.5 t; best-g knows energies from -2 to 2 t"
        );
    }
}
