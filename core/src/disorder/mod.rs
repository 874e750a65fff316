//! Disorder as a pure function of (model, seed, sample, site).
//!
//! A sample is never stored anywhere to be known everywhere: [`Ensemble::sample`] gives random
//! access to any sample, and [`Sample::site`] to any site of it, in any order, with the same bits
//! on every machine. One definition serves the host's data sets and the device's self-tests.
//!
//! # The rule (version 1, [`DISORDER_VERSION`])
//!
//! `ChaCha8` (the `rand_chacha` crate) with the 256-bit key made of the seed's 8 bytes, little
//! endian, and the 24 bytes of `landauer-core disorder 1`, and with the sample index as its 64-bit
//! stream number, gives a sequence of 32-bit words for each sample:
//!
//! * words 0 and 1, as the 64-bit number c = word 0 + 2³²·word 1: the concentration of a sample
//!   whose concentration is [`Concentration::Uniform`], n = (c >> 11)·2⁻⁵³;
//! * words 16 + 2s and 17 + 2s, called a and b: site s = slice·width + row.
//!   * A box of strength w (model I): m = (a + 2³²·b) >> 11, ε = w·((m + ½)·2⁻⁵³ − ½), uniform in
//!     (−w/2, w/2).
//!   * Impurities (models II to IV): an impurity if a < ⌊n·2³²⌋ (n is thus honoured to 2.4e-10), of
//!     species 1 + ⌊b·S/2³²⌋ out of S (equal chances to 2⁻³²).
//!
//! A longer strip of the same width begins with the shorter one of the same seed, and all models
//! draw on the same words (common random numbers).

mod model;
mod table;
#[cfg(test)]
mod tests;
pub(crate) mod wire;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

pub use model::{DisorderModel, MAX_SPECIES, Parameter, Species};
pub use table::{NUMBERED_MODELS, NumberedModel};

use crate::compact::Compact;
use crate::scalar::Scalar;

/// The version of the rule above; data sets record it.
pub const DISORDER_VERSION: u32 = 1;

/// The word at which the sites' words begin; what lies before is the sample's own.
const FIRST_SITE_WORD: u128 = 16;
const WORDS_PER_SITE: u128 = 2;

/// The impurity concentration n. A model without impurities has none and ignores it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Concentration {
    /// The same n in [0, 1] for every sample: the chance of each site to be an impurity.
    Fixed(f64),
    /// n drawn uniformly from [0, 1) for each sample.
    Uniform,
}

/// Why a disorder is invalid.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum DisorderError {
    /// The disorder strength is negative, infinite or NaN.
    Strength(f64),
    /// The bound of given on-site energies is negative, infinite or NaN.
    Bound(f64),
    /// The concentration is not a number in [0, 1].
    Concentration(f64),
    /// No species, or more than [`MAX_SPECIES`].
    SpeciesCount(usize),
    /// The energy of a species is 0, not finite in `f32`, or that of an earlier species.
    SpeciesEnergy(f64),
}

impl core::fmt::Display for DisorderError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match *self {
            Self::Strength(w) => {
                let w = Compact(w);
                write!(
                    f,
                    "invalid disorder strength {w}: w must be finite and at least 0"
                )
            }
            Self::Bound(bound) => {
                let bound = Compact(bound);
                write!(
                    f,
                    "invalid bound {bound} of on-site energies: finite and at least 0"
                )
            }
            Self::Concentration(n) => {
                let n = Compact(n);
                write!(
                    f,
                    "invalid impurity concentration {n}: n must lie in [0, 1]"
                )
            }
            Self::SpeciesCount(count) => {
                write!(
                    f,
                    "{count} impurity species: a model has 1 to {MAX_SPECIES}"
                )
            }
            Self::SpeciesEnergy(energy) => write!(
                f,
                "invalid species energy {}: each must be finite, not 0, and different from the \
                 others, also when rounded to f32",
                Compact(energy)
            ),
        }
    }
}

impl core::error::Error for DisorderError {}

/// All samples of one disorder model, one concentration rule and one seed.
///
/// # Example
/// ```
/// use landauer_core::{Concentration, DisorderModel, Ensemble, Lattice};
/// let ensemble = Ensemble::new(DisorderModel::II, Concentration::Fixed(0.1), 1)?;
/// let lattice: Lattice<f32, 40, 40> = ensemble.sample(12).lattice();
/// // Random access gives the same site.
/// assert_eq!(lattice[(3, 7)], ensemble.sample(12).site(3 * 40 + 7).onsite::<f32>());
/// # Ok::<(), landauer_core::DisorderError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked", into = "Unchecked")]
pub struct Ensemble {
    model: DisorderModel,
    concentration: Concentration,
    seed: u64,
}

impl Ensemble {
    /// The ensemble of this model, concentration and seed.
    ///
    /// # Errors
    /// A strength or bound that is negative or not finite; a concentration outside [0, 1].
    pub fn new(
        model: DisorderModel,
        concentration: Concentration,
        seed: u64,
    ) -> Result<Self, DisorderError> {
        model.check()?;
        if let Concentration::Fixed(n) = concentration
            && !(0.0..=1.0).contains(&n)
        {
            return Err(DisorderError::Concentration(n));
        }
        Ok(Self {
            model,
            concentration,
            seed,
        })
    }

    /// The disorder model.
    #[must_use]
    pub const fn model(&self) -> DisorderModel {
        self.model
    }

    /// The concentration rule.
    #[must_use]
    pub const fn concentration(&self) -> Concentration {
        self.concentration
    }

    /// The seed.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// Sample number `index` (any number; samples are independent of each other).
    #[must_use]
    pub fn sample(&self, index: u64) -> Sample {
        let mut key = *b"\0\0\0\0\0\0\0\0landauer-core disorder 1";
        for (byte, seed) in key.iter_mut().zip(self.seed.to_le_bytes()) {
            *byte = seed;
        }
        let mut words = ChaCha8Rng::from_seed(key);
        words.set_stream(index);
        let concentration = match self.concentration {
            Concentration::Fixed(n) => n,
            Concentration::Uniform => unit_interval(words.next_u64()),
        };
        Sample {
            model: self.model,
            concentration,
            threshold: impurity_threshold(concentration),
            words,
        }
    }
}

/// The top 53 bits of a word pair as a number in [0, 1).
fn unit_interval(pair: u64) -> f64 {
    (pair >> 11) as f64 * TWO_TO_MINUS_53
}

const TWO_TO_MINUS_53: f64 = 1.0 / (1_u64 << 53) as f64;

/// ⌊n·2³²⌋: a 32-bit word below it makes an impurity; 2³² (n = 1) makes every site one.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "n lies in [0, 1], so that the product lies in [0, 2^32]"
)]
fn impurity_threshold(concentration: f64) -> u64 {
    (concentration * 4_294_967_296.0) as u64
}

/// What stands on one site of a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Site {
    species: u8,
    onsite: f64,
}

impl Site {
    /// The impurity's species, 1 up to the number of species; 0 is no impurity, and any site of a
    /// model without impurities.
    #[must_use]
    pub const fn species(self) -> u8 {
        self.species
    }

    /// The on-site energy in units of t; in `f32` it is the `f64` value, rounded.
    #[must_use]
    pub fn onsite<S: Scalar>(self) -> S {
        S::from_f64(self.onsite)
    }
}

/// One sample of an [`Ensemble`]: random access to its sites.
#[derive(Debug, Clone)]
pub struct Sample {
    model: DisorderModel,
    concentration: f64,
    threshold: u64,
    words: ChaCha8Rng,
}

impl Sample {
    /// The impurity concentration n of this sample: the chance of a site, not the share counted.
    /// Without impurities what the ensemble says, without meaning.
    #[must_use]
    pub const fn concentration(&self) -> f64 {
        self.concentration
    }

    /// The site numbered slice·width + row.
    #[must_use]
    pub fn site(&mut self, number: u64) -> Site {
        self.seek(number);
        self.next_site()
    }

    /// Sites 0, 1, 2, … in order: faster than asking for one after the other.
    pub fn sites(&mut self) -> impl Iterator<Item = Site> + '_ {
        self.seek(0);
        core::iter::repeat_with(|| self.next_site())
    }

    /// Writes the on-site energies of sites 0 … `onsite.len() - 1`, in units of t.
    pub fn fill_onsite<S: Scalar>(&mut self, onsite: &mut [S]) {
        for (slot, site) in onsite.iter_mut().zip(self.sites()) {
            *slot = site.onsite();
        }
    }

    /// Writes the species of sites 0 … `species.len() - 1`; 0 is no impurity.
    pub fn fill_species(&mut self, species: &mut [u8]) {
        for (slot, site) in species.iter_mut().zip(self.sites()) {
            *slot = site.species;
        }
    }

    /// The whole sample as a lattice.
    #[must_use]
    pub fn lattice<S: Scalar, const LENGTH: usize, const WIDTH: usize>(
        &mut self,
    ) -> crate::Lattice<S, LENGTH, WIDTH> {
        let mut lattice = crate::Lattice::clean();
        self.fill_onsite(lattice.as_mut_slice());
        lattice
    }

    fn seek(&mut self, site: u64) {
        self.words
            .set_word_pos(FIRST_SITE_WORD + WORDS_PER_SITE * u128::from(site));
    }

    fn next_site(&mut self) -> Site {
        let (a, b) = (self.words.next_u32(), self.words.next_u32());
        let species = match &self.model {
            DisorderModel::Impurities(species) => species,
            DisorderModel::AndersonBox { strength } => return uniform(*strength, a, b),
            DisorderModel::Given { bound } => return uniform(2.0 * bound, a, b),
        };
        let energies = species.energies();
        if u64::from(a) >= self.threshold {
            return Site {
                species: 0,
                onsite: 0.0,
            };
        }
        // b·S / 2³² < S <= MAX_SPECIES, so that the index is always found and always fits.
        let index = (u64::from(b) * energies.len() as u64) >> 32;
        #[allow(clippy::cast_possible_truncation, reason = "below MAX_SPECIES")]
        let (species, index) = (index as u8 + 1, index as usize);
        Site {
            species,
            onsite: energies.get(index).copied().unwrap_or(0.0),
        }
    }
}

/// A site of a box of width w, given its two words.
fn uniform(width: f64, a: u32, b: u32) -> Site {
    let m = (u64::from(a) | u64::from(b) << 32) >> 11;
    Site {
        species: 0,
        onsite: width * ((m as f64 + 0.5) * TWO_TO_MINUS_53 - 0.5),
    }
}

/// What serde sees of an [`Ensemble`]: checked when it comes back.
#[derive(Serialize, Deserialize)]
struct Unchecked {
    model: DisorderModel,
    concentration: Concentration,
    seed: u64,
}

impl From<Ensemble> for Unchecked {
    fn from(ensemble: Ensemble) -> Self {
        let Ensemble {
            model,
            concentration,
            seed,
        } = ensemble;
        Self {
            model,
            concentration,
            seed,
        }
    }
}

impl TryFrom<Unchecked> for Ensemble {
    type Error = DisorderError;

    fn try_from(stored: Unchecked) -> Result<Self, DisorderError> {
        Self::new(stored.model, stored.concentration, stored.seed)
    }
}
