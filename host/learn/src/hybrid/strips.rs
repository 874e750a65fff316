//! What the recursions tell of strips: T of the whole at every energy, and T at the cuts.

use landauer_core::hybrid::head::Cut;
use landauer_core::hybrid::{EnergySet, HybridError, ImpurityStrip, hybrid_workspace_len};
use landauer_core::{Ensemble, Scalar};
use rayon::prelude::*;

use super::fit::Progress;
use super::recipe::Recipe;
use crate::training::random::{Purpose, Words};

/// Strips whose solutions are known.
#[derive(Debug, Clone)]
pub struct SolvedStrips {
    /// Where they are drawn from: strip i is sample i.
    pub ensemble: Ensemble,
    /// Slices, and sites in a slice.
    pub size: [usize; 2],
    /// The bias whose grid the energies are, in units of t; 0 without a bias.
    pub bias: f64,
    /// T `[strip, energy]`: at the Fermi energy, and on the bias grid; NaN where it is not known.
    pub transmissions: Vec<[f64; 11]>,
    /// The target's values.
    pub exact: Vec<f64>,
    /// Impurities of the strips.
    pub counts: Vec<u32>,
}

/// A strip that has been cut, and what became of the whole of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Example {
    pub(super) cut: Cut<f32>,
    pub(super) exact: f32,
}

impl SolvedStrips {
    /// T of one strip at the energies of a set, in their order.
    pub(super) fn at(&self, strip: usize, energies: EnergySet) -> impl Iterator<Item = f64> + '_ {
        let row = self.transmissions.get(strip).into_iter().flatten();
        let wanted = move |number: usize| energies.contains(number);
        row.copied()
            .enumerate()
            .filter(move |&(number, _)| wanted(number))
            .map(|(_, t)| t)
    }

    /// The on-site energies of one strip.
    #[must_use]
    pub fn onsite(&self, strip: usize) -> Vec<f32> {
        let [length, width] = self.size;
        let mut onsite = vec![0.0; length * width];
        self.ensemble.sample(strip as u64).fill_onsite(&mut onsite);
        onsite
    }

    /// Some strips, cut and solved that far at each of the energies.
    pub(super) fn cut(
        &self,
        strips: std::ops::Range<usize>,
        energies: EnergySet,
        recipe: &Recipe,
        progress: Progress<'_>,
    ) -> Result<Vec<Example>, HybridError> {
        let cut: Result<Vec<Vec<Example>>, HybridError> = strips
            .into_par_iter()
            .map_init(Vec::new, |workspace, strip| {
                workspace.resize(hybrid_workspace_len(self.size[1]), 0.0);
                progress(1);
                self.cut_one(strip, energies, recipe, workspace)
            })
            .collect();
        Ok(cut?.concat())
    }

    fn cut_one(
        &self,
        number: usize,
        energies: EnergySet,
        recipe: &Recipe,
        workspace: &mut [f32],
    ) -> Result<Vec<Example>, HybridError> {
        let onsite = self.onsite(number);
        let width = self.size[1];
        let strip = ImpurityStrip::new(self.ensemble.model(), &onsite, width)?;
        let exact = self.exact.get(number).copied().unwrap_or(f64::NAN);
        let exact = f32::from_f64(exact);
        let solves = u32::try_from(energies.len().max(1)).unwrap_or(u32::MAX);
        let most = recipe.most_solved / solves;
        let after = places(strip.impurities(), number, most, recipe);
        let mut sums = vec![0.0_f32; after.len()];
        let mut found = vec![0.0_f32; after.len()];
        for energy in energies.energies(self.bias) {
            strip.transmissions_after(energy, &after, workspace, &mut found)?;
            for (sum, t) in sums.iter_mut().zip(&found) {
                *sum += t;
            }
        }
        let examples = after.iter().zip(sums).map(|(&solved, sum)| {
            // Of nothing, all is transmitted.
            let mean = if solved == 0 {
                width as f32
            } else {
                sum / energies.len() as f32
            };
            Example {
                cut: Cut::after(&strip, solved, mean),
                exact,
            }
        });
        Ok(examples.collect())
    }
}

/// After how many impurities a strip is cut, ascending: some of them evenly spread on a logarithmic
/// scale, and one of sixteen at the very beginning.
fn places(impurities: u32, strip: usize, most: u32, recipe: &Recipe) -> Vec<u32> {
    let Some(last) = impurities.checked_sub(1) else {
        return Vec::new();
    };
    let most = most.min(last);
    let mut words = Words::new(recipe.seed, Purpose::Cuts, strip as u64);
    let mut places: Vec<u32> = (0..recipe.cuts)
        .map(|_| {
            if words.word().is_multiple_of(16) || most == 0 {
                return 0;
            }
            let log = f64::from(words.unit()) * libm::log(f64::from(most + 1));
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "from 1 up to most + 1"
            )]
            let place = libm::exp(log) as u32;
            place.clamp(1, most)
        })
        .collect();
    places.sort_unstable();
    places
}
