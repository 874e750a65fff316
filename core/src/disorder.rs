//! Disorder models I to IV as a pure function of (seed, sample, site).
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
//!   * Model I: m = (a + 2³²·b) >> 11, ε = w·((m + ½)·2⁻⁵³ − ½), uniform in (−w/2, w/2).
//!   * Models II to IV: an impurity if a < ⌊n·2³²⌋ (n is thus honoured to 2.4e-10), of species
//!     1 + ⌊b·S/2³²⌋ out of S = 1, 2, 3 (equal chances to 2⁻³²).
//!
//! A longer strip of the same width begins with the shorter one of the same seed, and all models
//! draw on the same words (common random numbers).

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::compact::Compact;
use crate::scalar::Scalar;

/// The version of the rule above; data sets record it.
pub const DISORDER_VERSION: u32 = 1;

/// The word at which the sites' words begin; what lies before is the sample's own.
const FIRST_SITE_WORD: u128 = 16;
const WORDS_PER_SITE: u128 = 2;

/// The energies of the impurity species of models II, III and IV, in units of t.
const SPECIES_II: [f64; 1] = [5.0];
const SPECIES_III: [f64; 2] = [5.0 / 2.0, 5.0];
const SPECIES_IV: [f64; 3] = [5.0 / 3.0, 10.0 / 3.0, 5.0];

/// How the on-site energies are drawn (Li, Lu, Zhai 2020, Sec. II).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum DisorderModel {
    /// Model I: every site uniform in [−w/2, w/2], the disorder strength w in units of t.
    AndersonBox {
        /// The disorder strength w, finite and not negative, in units of t.
        strength: f64,
    },
    /// Model II: an impurity has energy 5 t.
    OneSpecies,
    /// Model III: an impurity has energy 5/2 t or 5 t with equal chance.
    TwoSpecies,
    /// Model IV: an impurity has energy 5/3 t, 10/3 t or 5 t with equal chance.
    ThreeSpecies,
}

impl DisorderModel {
    /// The model's number in the paper, 1 to 4.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::AndersonBox { .. } => 1,
            Self::OneSpecies => 2,
            Self::TwoSpecies => 3,
            Self::ThreeSpecies => 4,
        }
    }

    /// The impurity energies by species (species 0, no impurity, is not listed), in units of t;
    /// empty for model I.
    #[must_use]
    pub const fn species_energies(self) -> &'static [f64] {
        match self {
            Self::AndersonBox { .. } => &[],
            Self::OneSpecies => &SPECIES_II,
            Self::TwoSpecies => &SPECIES_III,
            Self::ThreeSpecies => &SPECIES_IV,
        }
    }
}

/// The impurity concentration n of models II to IV. Model I has none and ignores it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Concentration {
    /// The same n in [0, 1] for every sample: the chance of each site to be an impurity.
    Fixed(f64),
    /// n drawn uniformly from [0, 1) for each sample.
    Uniform,
}

/// Why an [`Ensemble`] cannot be.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum DisorderError {
    /// The disorder strength is negative, infinite or NaN.
    Strength(f64),
    /// The concentration is not a number in [0, 1].
    Concentration(f64),
}

impl core::fmt::Display for DisorderError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Strength(w) => write!(
                f,
                "the disorder strength w must be finite and not negative, not {}",
                Compact(*w)
            ),
            Self::Concentration(n) => {
                let n = Compact(*n);
                write!(f, "the impurity concentration must lie in [0, 1], not {n}")
            }
        }
    }
}

impl core::error::Error for DisorderError {}

/// All samples of one disorder model, one concentration rule and one seed.
///
/// # Example
/// ```
/// use landauer_core::{Concentration, DisorderModel, Ensemble, Lattice};
/// let ensemble = Ensemble::new(DisorderModel::OneSpecies, Concentration::Fixed(0.1), 1)?;
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
    /// A strength that is negative or not finite; a concentration outside [0, 1].
    pub fn new(
        model: DisorderModel,
        concentration: Concentration,
        seed: u64,
    ) -> Result<Self, DisorderError> {
        if let DisorderModel::AndersonBox { strength } = model
            && !(strength.is_finite() && strength >= 0.0)
        {
            return Err(DisorderError::Strength(strength));
        }
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
    /// The impurity's species, 1 up to the number of species; 0 is no impurity, and model I.
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
    /// For model I what the ensemble says, without meaning.
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
        let energies = match self.model {
            DisorderModel::AndersonBox { strength } => {
                let m = (u64::from(a) | u64::from(b) << 32) >> 11;
                let onsite = strength * ((m as f64 + 0.5) * TWO_TO_MINUS_53 - 0.5);
                return Site { species: 0, onsite };
            }
            model => model.species_energies(),
        };
        if u64::from(a) >= self.threshold {
            return Site {
                species: 0,
                onsite: 0.0,
            };
        }
        // b·S / 2³² < S <= 3, so that the index is always found and always fits.
        let index = (u64::from(b) * energies.len() as u64) >> 32;
        #[allow(clippy::cast_possible_truncation, reason = "below 3")]
        let (species, index) = (index as u8 + 1, index as usize);
        Site {
            species,
            onsite: energies.get(index).copied().unwrap_or(0.0),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::vec::Vec;

    fn ensemble(model: DisorderModel, concentration: Concentration) -> Ensemble {
        Ensemble::new(model, concentration, 7).unwrap()
    }

    /// Version 1 is frozen: these values may never change. They are what `python
    /// tests/python/disorder.py 1 2 3`, an independent `ChaCha8`, prints.
    #[test]
    fn version_1_draws_these_numbers_for_ever() {
        let model = DisorderModel::AndersonBox { strength: 4.0 };
        let mut sample = Ensemble::new(model, Concentration::Uniform, 1)
            .unwrap()
            .sample(2);
        let found: [f64; 3] = core::array::from_fn(|s| sample.site(s as u64).onsite());
        assert_eq!(
            (sample.concentration(), found),
            (
                0.592_089_152_021_520_9,
                [
                    -1.139_911_933_376_272_2,
                    1.561_942_882_597_326,
                    -0.400_716_141_333_316_9
                ]
            )
        );
    }

    #[test]
    fn any_order_of_visiting_gives_the_same_sample() {
        for model in [
            DisorderModel::AndersonBox { strength: 4.0 },
            DisorderModel::OneSpecies,
            DisorderModel::TwoSpecies,
            DisorderModel::ThreeSpecies,
        ] {
            let ensemble = ensemble(model, Concentration::Uniform);
            let forward: Vec<Site> = ensemble.sample(3).sites().take(500).collect();
            let mut sample = ensemble.sample(3);
            for (number, &site) in (0_u16..500).zip(&forward).rev() {
                assert_eq!(sample.site(number.into()), site);
            }
        }
    }

    #[test]
    fn species_and_concentration_come_out_in_their_shares() {
        let count = 200_000;
        let ensemble = ensemble(DisorderModel::ThreeSpecies, Concentration::Fixed(0.3));
        let mut shares = [0.0; 4];
        for site in ensemble.sample(0).sites().take(count) {
            shares[usize::from(site.species())] += 1.0 / count as f64;
        }
        // Five standard deviations of a share of 200,000.
        for (share, expected) in shares.into_iter().zip([0.7, 0.1, 0.1, 0.1]) {
            assert!((share - expected).abs() < 0.0052, "{shares:?}");
        }
    }

    #[test]
    fn extreme_concentrations_are_exact() {
        for (n, species) in [(0.0, 0), (1.0, 1)] {
            let ensemble = ensemble(DisorderModel::OneSpecies, Concentration::Fixed(n));
            assert!(
                ensemble
                    .sample(9)
                    .sites()
                    .take(10_000)
                    .all(|site| site.species() == species)
            );
        }
    }

    #[test]
    fn model_i_is_uniform_in_the_open_box() {
        let ensemble = ensemble(
            DisorderModel::AndersonBox { strength: 4.0 },
            Concentration::Uniform,
        );
        let values: Vec<f64> = ensemble
            .sample(1)
            .sites()
            .take(100_000)
            .map(Site::onsite)
            .collect();
        let mean = values.iter().sum::<f64>() / 1e5;
        let square = values.iter().map(|e| e * e).sum::<f64>() / 1e5;
        assert!(values.iter().all(|e| e.abs() < 2.0));
        assert!(mean.abs() < 0.02 && (square - 16.0 / 12.0).abs() < 0.02);
    }

    #[test]
    fn samples_and_seeds_differ() {
        let model = DisorderModel::AndersonBox { strength: 1.0 };
        let value = |seed, index| -> f64 {
            Ensemble::new(model, Concentration::Uniform, seed)
                .unwrap()
                .sample(index)
                .site(0)
                .onsite()
        };
        assert_ne!(value(1, 0), value(1, 1));
        assert_ne!(value(1, 0), value(2, 0));
    }

    #[test]
    fn impossible_ensembles_are_refused() {
        for w in [-1.0, f64::NAN, f64::INFINITY] {
            let model = DisorderModel::AndersonBox { strength: w };
            assert!(Ensemble::new(model, Concentration::Uniform, 0).is_err());
        }
        for n in [-0.1, 1.1, f64::NAN] {
            let concentration = Concentration::Fixed(n);
            assert!(Ensemble::new(DisorderModel::OneSpecies, concentration, 0).is_err());
        }
    }

    #[test]
    fn a_stored_ensemble_is_checked_when_it_comes_back() {
        let good = ensemble(DisorderModel::TwoSpecies, Concentration::Fixed(0.25));
        let mut buffer = [0_u8; 64];
        let bytes = postcard::to_slice(&good, &mut buffer).unwrap();
        assert_eq!(postcard::from_bytes::<Ensemble>(bytes).unwrap(), good);
        let bad = Unchecked {
            model: DisorderModel::TwoSpecies,
            concentration: Concentration::Fixed(2.0),
            seed: 7,
        };
        let bytes = postcard::to_slice(&bad, &mut buffer).unwrap();
        assert!(postcard::from_bytes::<Ensemble>(bytes).is_err());
    }
}
