//! The recipe of a fit: a ladder of energies, and how its coefficients are found.

use landauer_core::hybrid::EnergySet;
use landauer_core::inference::Target;
use serde::{Deserialize, Serialize};

/// How a hybrid is fitted; it stands in the card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// What it predicts.
    pub target: Target,
    /// From the cheapest rung to the dearest.
    pub rungs: Vec<RungRecipe>,
    /// Of the random numbers: where strips are cut, and how heads begin and are shuffled.
    pub seed: u64,
    /// One strip in this many, the last ones, is kept for choosing and for intervals.
    pub held_out: usize,
    /// Places where each strip is cut for the heads.
    pub cuts: usize,
    /// The most impurities before a cut, those of all energies together.
    pub most_solved: u32,
    /// Passes over the cut strips.
    pub epochs: usize,
    /// Cut strips in a step.
    pub batch: usize,
    /// The largest step size of Adam.
    pub learning_rate: f64,
    /// Nodes of the local regressions stand 2^step impurities apart.
    pub step: u8,
}

/// One rung.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RungRecipe {
    /// Is it solved at the Fermi energy?
    pub fermi: bool,
    /// At which points of the bias grid is it solved, counted from 0?
    pub grid: Vec<usize>,
    /// Has it a head, for strips that the budget does not cover?
    pub head: bool,
}

impl RungRecipe {
    /// Its energies.
    #[must_use]
    pub fn energies(&self) -> EnergySet {
        let none = EnergySet::default();
        let first = if self.fermi { EnergySet::FERMI } else { none };
        let add = |set: EnergySet, &point| set.with_grid_point(point);
        self.grid.iter().fold(first, add)
    }
}

impl Recipe {
    /// The shipped hybrid for G.
    #[must_use]
    pub fn conductance() -> Self {
        Self::new(Target::Conductance, &[(true, &[], true)])
    }

    /// The shipped hybrid for Ḡ: which energies are taken was chosen on the held-out strips of the
    /// data set of seed 1.
    #[must_use]
    pub fn bias_average() -> Self {
        Self::new(
            Target::PAPER_BIAS_AVERAGE,
            &[
                (true, &[], true),
                (true, &[1], true),
                (true, &[2, 7], true),
                (true, &[0, 3, 7], false),
                (true, &[1, 3, 6, 8], false),
                (true, &[0, 2, 4, 7, 9], false),
                (false, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], false),
            ],
        )
    }

    fn new(target: Target, rungs: &[(bool, &[usize], bool)]) -> Self {
        let rungs = rungs.iter().map(|&(fermi, grid, head)| RungRecipe {
            fermi,
            grid: grid.to_vec(),
            head,
        });
        Self {
            target,
            rungs: rungs.collect(),
            seed: 1,
            held_out: 10,
            cuts: 8,
            most_solved: 700,
            epochs: 20,
            batch: 128,
            learning_rate: 4e-3,
            step: 4,
        }
    }
}
