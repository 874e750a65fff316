//! Strips in memory, as compactly as possible, with the exact values of their targets.

use std::ops::Range;

use landauer_core::DisorderModel;
use sha2::{Digest, Sha256};

use super::config::Input;
use super::fast::spectral::deviation_scale;
use super::symmetry::SymmetryCopy;
use landauer::StripSize;
use landauer::internal::files::hexadecimal;

/// What stands on the sites, `[sample, slice, row]`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sites {
    /// Species of models II to IV; 0 is no impurity.
    Species(Vec<u8>),
    /// On-site energies of model I, in t.
    Onsite(Vec<f32>),
}

/// Strips of one size and model with the conductances to learn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Strips {
    pub(super) size: StripSize,
    pub(super) disorder: DisorderModel,
    pub(super) sites: Sites,
    /// Impurities, `[sample]`; all 0 for model I.
    pub(super) counts: Vec<u32>,
    /// Exact values, `[sample, output]`, in G0; empty where it is not known.
    pub(super) exact: Vec<f32>,
}

/// A strip that a network does not know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct UnknownOnsite {
    pub(super) sample: usize,
    pub(super) slice: usize,
    pub(super) row: usize,
    pub(super) onsite: f64,
}

impl Strips {
    /// Strips of species, `[sample, slice, row]`.
    pub(super) fn of_species(
        size: StripSize,
        disorder: DisorderModel,
        species: Vec<u8>,
        exact: Vec<f32>,
    ) -> Self {
        let strips = species.chunks_exact((size.length() * size.width()).max(1));
        let count = |strip: &[u8]| strip.iter().map(|&s| u32::from(s != 0)).sum();
        Self {
            size,
            disorder,
            counts: strips.map(count).collect(),
            sites: Sites::Species(species),
            exact,
        }
    }

    /// Strips of on-site energies in t, `[sample, slice, row]`, of any model.
    pub(super) fn of_onsite(
        size: StripSize,
        disorder: DisorderModel,
        onsite: &[f64],
    ) -> Result<Self, UnknownOnsite> {
        let sites = (size.length() * size.width()).max(1);
        let unknown = |number: usize, onsite: f64| UnknownOnsite {
            sample: number / sites,
            slice: number % sites / size.width(),
            row: number % size.width(),
            onsite,
        };
        if !disorder.has_impurities() {
            let bound = disorder.bound();
            let outside = |energy: &f64| energy.is_nan() || energy.abs() > bound;
            if let Some(number) = onsite.iter().position(outside) {
                return Err(unknown(number, onsite[number]));
            }
            #[allow(clippy::cast_possible_truncation, reason = "rounded once")]
            let energies = onsite.iter().map(|&energy| energy as f32).collect();
            return Ok(Self {
                size,
                disorder,
                sites: Sites::Onsite(energies),
                counts: vec![0; onsite.len() / sites],
                exact: Vec::new(),
            });
        }
        let energies = disorder.species_energies();
        let species = |(number, &energy): (usize, &f64)| -> Result<u8, UnknownOnsite> {
            if energy == 0.0 {
                return Ok(0);
            }
            let found = energies.iter().position(|&known| known == energy);
            #[allow(
                clippy::cast_possible_truncation,
                reason = "there are at most MAX_SPECIES"
            )]
            found
                .map(|species| species as u8 + 1)
                .ok_or_else(|| unknown(number, energy))
        };
        let species: Result<Vec<u8>, _> = onsite.iter().enumerate().map(species).collect();
        Ok(Self::of_species(size, disorder, species?, Vec::new()))
    }

    /// The number of strips.
    pub(super) const fn len(&self) -> usize {
        self.counts.len()
    }

    const fn site_count(&self) -> usize {
        self.size.length() * self.size.width()
    }

    /// A strip's species; empty for model I.
    pub(super) fn species(&self, sample: usize) -> &[u8] {
        match &self.sites {
            Sites::Species(species) => &species[sample * self.site_count()..][..self.site_count()],
            Sites::Onsite(_) => &[],
        }
    }

    /// Some of them.
    pub(super) fn range(&self, samples: Range<usize>) -> Self {
        let sites = samples.start * self.site_count()..samples.end * self.site_count();
        let outputs = self.exact.len() / self.len().max(1);
        Self {
            size: self.size,
            disorder: self.disorder,
            sites: match &self.sites {
                Sites::Species(species) => Sites::Species(species[sites].to_vec()),
                Sites::Onsite(onsite) => Sites::Onsite(onsite[sites].to_vec()),
            },
            counts: self.counts[samples.clone()].to_vec(),
            exact: self.exact[samples.start * outputs..samples.end * outputs].to_vec(),
        }
    }

    /// The SHA-256 of their sites and conductances, in hexadecimal.
    pub(super) fn hash(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(format!("{:?} {:?}", self.size, self.disorder));
        match &self.sites {
            Sites::Species(species) => hash.update(species),
            Sites::Onsite(onsite) => onsite.iter().for_each(|x| hash.update(x.to_le_bytes())),
        }
        self.exact.iter().for_each(|x| hash.update(x.to_le_bytes()));
        hexadecimal(&hash.finalize())
    }
}

/// What a network reads of a site.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoder {
    /// What the species are, no impurity first: their energies in units of the largest. Empty for
    /// model I.
    pub values: Vec<f32>,
    /// By what model I's on-site energies (in t) are multiplied.
    pub scale: f32,
    /// Whether the mean at the impurity count is taken off and the rest scaled by the deviation
    /// there.
    pub standardised: bool,
    sites: usize,
}

impl Encoder {
    /// For strips of this number of sites.
    #[must_use]
    pub fn new(disorder: DisorderModel, input: Input, sites: usize) -> Self {
        let energies = disorder.species_energies();
        let largest = disorder.bound();
        #[allow(clippy::cast_possible_truncation, reason = "rounded once")]
        let value = |energy: f64| (energy / largest) as f32;
        let scale = if energies.is_empty() && largest > 0.0 {
            value(1.0)
        } else {
            0.0
        };
        let values = std::iter::once(0.0).chain(energies.iter().map(|&energy| value(energy)));
        Self {
            values: if energies.is_empty() {
                Vec::new()
            } else {
                values.collect()
            },
            scale,
            standardised: input == Input::Standardised && !energies.is_empty(),
            sites,
        }
    }

    /// The mean of an impurity's value: species are equally frequent.
    #[must_use]
    pub fn mean(&self) -> f32 {
        let species = self.values.len().saturating_sub(1).max(1);
        self.values.iter().sum::<f32>() / species as f32
    }

    /// What the species are to the network in a strip of `count` impurities, no impurity first.
    #[must_use]
    pub fn table(&self, count: u32) -> Vec<f32> {
        if !self.standardised {
            return self.values.clone();
        }
        let share = count as f32 / self.sites as f32;
        let (mean, scale) = (share * self.mean(), deviation_scale(share));
        self.values
            .iter()
            .map(|value| (value - mean) * scale)
            .collect()
    }

    /// Writes the network's input for a symmetry copy of a strip; `orders` are those of its places.
    pub(super) fn fill(
        &self,
        strips: &Strips,
        sample: usize,
        copy: SymmetryCopy,
        orders: &[Vec<u32>; 4],
        features: &mut [f32],
    ) {
        let order = &orders[copy.order()];
        match &strips.sites {
            Sites::Species(_) => {
                let species = strips.species(sample);
                let mut table = [0.0; 4];
                for (slot, value) in table.iter_mut().zip(self.table(strips.counts[sample])) {
                    *slot = value;
                }
                for (slot, &site) in features.iter_mut().zip(order) {
                    *slot = table[usize::from(species[site as usize] & 3)];
                }
            }
            Sites::Onsite(onsite) => {
                let onsite = &onsite[sample * self.sites..][..self.sites];
                let scale = if copy.sign { -self.scale } else { self.scale };
                for (slot, &site) in features.iter_mut().zip(order) {
                    *slot = onsite[site as usize] * scale;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::symmetry::symmetry_orders;

    const SIZE: StripSize = crate::strip_size(2, 2);

    #[test]
    fn strips_know_their_species_and_refuse_others() {
        let model = DisorderModel::III;
        let strips = Strips::of_onsite(SIZE, model, &[0.0, 2.5, 5.0, 0.0]).unwrap();
        assert_eq!(strips.species(0), [0, 1, 2, 0]);
        assert_eq!(strips.counts, [2]);
        let wrong = Strips::of_onsite(SIZE, model, &[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        let place = UnknownOnsite {
            sample: 1,
            slice: 1,
            row: 1,
            onsite: 1.0,
        };
        assert_eq!(wrong, Err(place));
        let model = DisorderModel::AndersonBox { strength: 4.0 };
        assert!(Strips::of_onsite(SIZE, model, &[2.0, -2.0, 0.0, 1.0]).is_ok());
        for bad in [2.1, f64::NAN] {
            assert!(Strips::of_onsite(SIZE, model, &[bad, 0.0, 0.0, 0.0]).is_err());
        }
    }

    #[test]
    fn what_a_network_reads_by_hand() {
        let model = DisorderModel::III;
        let strips = Strips::of_onsite(SIZE, model, &[0.0, 2.5, 5.0, 0.0]).unwrap();
        let orders = symmetry_orders(SIZE, &[0, 1, 2, 3]);
        let mut features = [0.0; 4];
        let plain = Encoder::new(model, Input::Plain, 4);
        plain.fill(&strips, 0, SymmetryCopy::of(1), &orders, &mut features);
        assert_eq!(features, [1.0, 0.0, 0.0, 0.5]);
        let standardised = Encoder::new(model, Input::Standardised, 4);
        standardised.fill(&strips, 0, SymmetryCopy::default(), &orders, &mut features);
        let scale = 1.0 / 0.251_f32.sqrt();
        let expected = [-0.375, 0.125, 0.625, -0.375].map(|x| x * scale);
        for (found, expected) in features.into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{features:?}");
        }
        let model = DisorderModel::AndersonBox { strength: 4.0 };
        let strips = Strips::of_onsite(SIZE, model, &[2.0, -1.0, 0.5, 0.0]).unwrap();
        let encoder = Encoder::new(model, Input::Standardised, 4);
        encoder.fill(&strips, 0, SymmetryCopy::of(6), &orders, &mut features);
        assert_eq!(features, [0.5, -1.0, -0.0, -0.25]);
    }
}
