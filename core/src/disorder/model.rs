//! What a disorder model is: its kind and that kind's numbers. Nothing else in the project tells
//! one model from another.

use serde::{Deserialize, Serialize};

use super::DisorderError;
use super::table::{NUMBERED_MODELS, NumberedModel};
use super::wire::{NUMBERED_ONLY, Wire};
use crate::compact::Compact;

/// The most impurity species of one model.
pub const MAX_SPECIES: usize = 8;

/// How the on-site energies of a strip are distributed (Li, Lu, Zhai 2020, Sec. II, for models I to
/// IV).
///
/// The models that have a number stand in [`NUMBERED_MODELS`]; an own list of species makes an own
/// model, for which everything works that works for those.
///
/// # Example
/// ```
/// use landauer_core::{DisorderModel, Species};
/// let own = DisorderModel::Impurities(Species::new(&[1.5, 3.0])?);
/// assert_eq!(own.to_string(), "impurities of 1.5 or 3 t");
/// assert_eq!((own.number(), DisorderModel::III.number()), (None, Some(3)));
/// // Equal species are the same model, however it was made.
/// let two = DisorderModel::Impurities(Species::new(&[5.0])?);
/// assert_eq!(two, DisorderModel::II);
/// assert_eq!(two.to_string(), "model II");
/// # Ok::<(), landauer_core::DisorderError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(into = "Wire", try_from = "Wire")]
#[non_exhaustive]
pub enum DisorderModel {
    /// Every site is uniform in [−w/2, w/2] (Anderson's box): model I.
    AndersonBox {
        /// The disorder strength w, finite and not negative, in units of t.
        strength: f64,
    },
    /// A site is an impurity with the probability n, its concentration, and then of one of these
    /// species, with equal chances; any other site has energy 0. Models II to IV.
    Impurities(Species),
    /// On-site energies that come from elsewhere, such as a file, with no rule that is known here.
    ///
    /// Where a sample of it must be drawn all the same, as self-tests of networks do, every site is
    /// uniform in [−bound, bound].
    Given {
        /// The largest magnitude of an on-site energy, finite and not negative, in units of t.
        bound: f64,
    },
}

/// The one number that a kind of disorder has besides its seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    /// The disorder strength w, in units of t.
    Strength,
    /// The impurity concentration n, in [0, 1].
    Concentration,
}

impl DisorderModel {
    /// Model I of the paper with its disorder strength, w = 4 t.
    pub const I: Self = NUMBERED_MODELS[0].model;
    /// Model II of the paper: an impurity has energy 5 t.
    pub const II: Self = NUMBERED_MODELS[1].model;
    /// Model III of the paper: an impurity has energy 5/2 t or 5 t.
    pub const III: Self = NUMBERED_MODELS[2].model;
    /// Model IV of the paper: an impurity has energy 5/3 t, 10/3 t or 5 t.
    pub const IV: Self = NUMBERED_MODELS[3].model;

    /// Checks the numbers of a model; a list of [`Species`] has been checked when it was made.
    ///
    /// # Errors
    /// [`DisorderError::Strength`], [`DisorderError::Bound`].
    pub fn check(&self) -> Result<(), DisorderError> {
        let sound = |number: f64| number.is_finite() && number >= 0.0;
        match *self {
            Self::AndersonBox { strength } if !sound(strength) => {
                Err(DisorderError::Strength(strength))
            }
            // A box of twice the bound can be drawn.
            Self::Given { bound } if !sound(2.0 * bound) => Err(DisorderError::Bound(bound)),
            _ => Ok(()),
        }
    }

    /// The entry of [`NUMBERED_MODELS`] that this is, whatever its strength.
    #[must_use]
    pub fn numbered(&self) -> Option<&'static NumberedModel> {
        NUMBERED_MODELS.iter().find(|entry| {
            let both_boxes = matches!(
                (self, entry.model),
                (Self::AndersonBox { .. }, Self::AndersonBox { .. })
            );
            both_boxes || *self == entry.model
        })
    }

    /// Its number, if it has one: 1 to 4 for those of the paper. It is for people; files have
    /// [`number_in_files`](Self::number_in_files).
    #[must_use]
    pub fn number(&self) -> Option<u8> {
        self.numbered().map(|entry| entry.number)
    }

    /// The number that files have it under: of models I to IV only. Files of any other hold its species,
    /// which a number that these get later must not change.
    #[must_use]
    pub fn number_in_files(&self) -> Option<u8> {
        self.number()
            .filter(|_| self.oldest_version() == NUMBERED_ONLY)
    }

    /// The impurity energies by species, in units of t; species 0, no impurity, is not listed. Empty
    /// where sites are not either empty or an impurity.
    #[must_use]
    pub const fn species_energies(&self) -> &[f64] {
        match self {
            Self::Impurities(species) => species.energies(),
            Self::AndersonBox { .. } | Self::Given { .. } => &[],
        }
    }

    /// Is a site either empty or an impurity, so that impurities can be counted?
    #[must_use]
    pub const fn has_impurities(&self) -> bool {
        matches!(self, Self::Impurities(_))
    }

    /// The largest magnitude that an on-site energy can have, in units of t.
    #[must_use]
    pub fn bound(&self) -> f64 {
        match self {
            Self::AndersonBox { strength } => strength * 0.5,
            Self::Given { bound } => *bound,
            Self::Impurities(species) => {
                let sizes = species.energies().iter().map(|energy| energy.abs());
                sizes.fold(0.0, f64::max)
            }
        }
    }

    /// May strips of `other` be given to a network that was trained on this disorder? They may if both
    /// are the same, or if both are given from elsewhere and those of `other` are not larger.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Given { bound }, Self::Given { bound: inner }) => inner <= bound,
            _ => self == other,
        }
    }

    /// Are the on-site energies of a sample, all of them negated, as likely as they are? At E = 0
    /// both have the same transmission, so that a network may be shown either.
    #[must_use]
    pub const fn is_even(&self) -> bool {
        // Species are not negated: each is a kind of site of its own.
        matches!(self, Self::AndersonBox { .. })
    }

    /// What the model asks for besides a seed.
    #[must_use]
    pub const fn parameter(&self) -> Option<Parameter> {
        match self {
            Self::AndersonBox { .. } => Some(Parameter::Strength),
            Self::Impurities(_) => Some(Parameter::Concentration),
            Self::Given { .. } => None,
        }
    }

    /// The disorder strength w in units of t, where there is one.
    #[must_use]
    pub const fn strength(&self) -> Option<f64> {
        match self {
            Self::AndersonBox { strength } => Some(*strength),
            Self::Impurities(_) | Self::Given { .. } => None,
        }
    }

    /// The same model with another disorder strength; unchanged where it has none.
    #[must_use]
    pub const fn with_strength(self, strength: f64) -> Self {
        match self {
            Self::AndersonBox { .. } => Self::AndersonBox { strength },
            other => other,
        }
    }
}

/// `model I, w = 4 t`, `model III`, `impurities of 1.5 or 3 t`, `given on-site energies up to 2 t`.
impl core::fmt::Display for DisorderModel {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if let Some(entry) = self.numbered() {
            write!(f, "model {}", entry.numeral)?;
        }
        match self {
            Self::AndersonBox { strength } => write!(f, ", w = {} t", Compact(*strength)),
            Self::Given { bound } => {
                write!(f, "given on-site energies up to {} t", Compact(*bound))
            }
            Self::Impurities(_) if self.numbered().is_some() => Ok(()),
            Self::Impurities(species) => write!(f, "impurities of {species} t"),
        }
    }
}

/// The energies of the impurity species of a model, in units of t, in their order: at least one and
/// at most [`MAX_SPECIES`], each finite, none 0, no two equal (nor equal when rounded to `f32`).
#[derive(Clone, Copy, PartialEq)]
pub struct Species {
    // What lies behind `count` is 0.
    energies: [f64; MAX_SPECIES],
    count: u8,
}

impl Species {
    /// The species with these energies, in units of t.
    ///
    /// # Errors
    /// [`DisorderError::SpeciesCount`], [`DisorderError::SpeciesEnergy`].
    #[allow(
        clippy::indexing_slicing,
        clippy::cast_possible_truncation,
        reason = "a const fn has no iterators; both lengths are checked first, and an energy is \
                  rounded to `f32` on purpose"
    )]
    #[allow(clippy::float_cmp, reason = "the same energy, not a near one")]
    pub const fn new(energies: &[f64]) -> Result<Self, DisorderError> {
        let count = energies.len();
        if count == 0 || count > MAX_SPECIES {
            return Err(DisorderError::SpeciesCount(count));
        }
        let mut all = [0.0; MAX_SPECIES];
        let mut number = 0;
        while number < count {
            let energy = energies[number];
            let rounded = energy as f32;
            let mut is_new = rounded != 0.0 && rounded.is_finite();
            let mut other = 0;
            while other < number {
                is_new = is_new && energies[other] as f32 != rounded;
                other += 1;
            }
            if !is_new {
                return Err(DisorderError::SpeciesEnergy(energy));
            }
            all[number] = energy;
            number += 1;
        }
        Ok(Self {
            energies: all,
            count: count as u8,
        })
    }

    /// The energies, in units of t.
    #[must_use]
    pub const fn energies(&self) -> &[f64] {
        match self.energies.split_at_checked(self.count as usize) {
            Some((energies, _)) => energies,
            None => &self.energies,
        }
    }
}

impl core::fmt::Debug for Species {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("Species").field(&self.energies()).finish()
    }
}

/// `5`, `2.5 or 5`, `1, 2 or 3`.
impl core::fmt::Display for Species {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let energies = self.energies();
        for (number, &energy) in energies.iter().enumerate() {
            let before = match number {
                0 => "",
                last if last + 1 == energies.len() => " or ",
                _ => ", ",
            };
            write!(f, "{before}{}", Compact(energy))?;
        }
        Ok(())
    }
}
