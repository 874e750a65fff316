//! The table of the disorder models that have a number. A new one is one entry here, with the next
//! number, before the one for tests.

use super::model::{DisorderModel, Species};

/// A disorder model that is asked for by its number or numeral.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct NumberedModel {
    /// Its number, as files and the command line have it.
    pub number: u8,
    /// Its numeral, as texts and pictures have it.
    pub numeral: &'static str,
    /// The model; a disorder strength is the usual one.
    pub model: DisorderModel,
}

/// All of them, in the order of their numbers (Li, Lu, Zhai 2020, Sec. II).
pub const NUMBERED_MODELS: &[NumberedModel] = &[
    NumberedModel {
        number: 1,
        numeral: "I",
        model: DisorderModel::AndersonBox { strength: 4.0 },
    },
    impurities(2, "II", &[5.0]),
    impurities(3, "III", &[5.0 / 2.0, 5.0]),
    impurities(4, "IV", &[5.0 / 3.0, 10.0 / 3.0, 5.0]),
    // For `tests.rs` only, which show that a model takes nothing but its entry: far from the others, so
    // that it is in nobody's way.
    #[cfg(test)]
    impurities(99, "XCIX", &[-1.0, 1.0, 2.0, 3.0]),
];

/// A model of impurities; an invalid list of species does not compile.
const fn impurities(number: u8, numeral: &'static str, energies: &[f64]) -> NumberedModel {
    let Ok(species) = Species::new(energies) else {
        panic!("not a list of species");
    };
    NumberedModel {
        number,
        numeral,
        model: DisorderModel::Impurities(species),
    }
}

impl NumberedModel {
    /// The model with this number.
    #[must_use]
    pub fn with_number(number: u8) -> Option<&'static Self> {
        NUMBERED_MODELS.iter().find(|entry| entry.number == number)
    }

    /// The model that a text names: by its number or its numeral, in either case.
    ///
    /// # Example
    /// ```
    /// use landauer_core::NumberedModel;
    /// assert_eq!(NumberedModel::named("iii"), NumberedModel::with_number(3));
    /// assert_eq!(NumberedModel::named("3"), NumberedModel::with_number(3));
    /// assert_eq!(NumberedModel::named("three"), None);
    /// ```
    #[must_use]
    pub fn named(text: &str) -> Option<&'static Self> {
        let number: Option<u8> = text.parse().ok();
        let is_meant = |entry: &&Self| {
            number == Some(entry.number) || text.eq_ignore_ascii_case(entry.numeral)
        };
        NUMBERED_MODELS.iter().find(is_meant)
    }
}
