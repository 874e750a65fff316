//! Where a strip is solved: a set of energies, and what each costs.

use serde::{Deserialize, Serialize};

use crate::energy::{BIAS_POINTS, FERMI_ENERGY, bias_grid};
use crate::inference::Target;
use crate::transport::reflection::{
    reflection_scatterer_cost, reflection_slice_cost, reflection_transmission_cost,
};
use crate::transport::standing_waves::{scatterer_cost, slice_cost, transmission_cost};

/// Some of eleven energies: bit 0 is the Fermi energy E = 0, bit 1 + k point k of the
/// [`bias_grid`].
///
/// # Example
/// ```
/// use landauer_core::hybrid::EnergySet;
/// let set = EnergySet::FERMI.with_grid_point(9);
/// assert_eq!((set.len(), set.energies(0.36).last()), (2, Some(0.18)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EnergySet(u16);

impl EnergySet {
    /// The Fermi energy alone.
    pub const FERMI: Self = Self(1);

    /// All points of the bias grid, and nothing else.
    pub const GRID: Self = Self(((1 << BIAS_POINTS) - 1) << 1);

    /// This set with point `point` of the bias grid, counted from 0; itself, if there is no such
    /// point.
    #[must_use]
    pub const fn with_grid_point(self, point: usize) -> Self {
        if point < BIAS_POINTS {
            Self(self.0 | 2 << point)
        } else {
            self
        }
    }

    /// Is the Fermi energy in it (number 0), or a point of the grid (counted from 1)?
    #[must_use]
    pub const fn contains(self, number: usize) -> bool {
        number <= BIAS_POINTS && self.0 >> number & 1 == 1
    }

    /// How many energies.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Is there no energy in it?
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The energies of the grid of a bias, in units of t: the Fermi energy first, then from the lowest
    /// up.
    pub fn energies(self, bias: f64) -> impl Iterator<Item = f64> {
        let grid: [f64; BIAS_POINTS] = bias_grid(bias);
        let all = core::iter::once(FERMI_ENERGY).chain(grid);
        let chosen = move |&(number, _): &(u32, f64)| self.0 >> number & 1 == 1;
        (0..).zip(all).filter(chosen).map(|(_, energy)| energy)
    }

    /// The set without the Fermi energy.
    #[must_use]
    pub const fn without_fermi(self) -> Self {
        Self(self.0 & !Self::FERMI.0)
    }

    /// Is there no energy in it that does not exist?
    pub(super) const fn is_known(self) -> bool {
        self.0 >> (BIAS_POINTS + 1) == 0
    }

    /// Is it just what a target is made of?
    #[must_use]
    pub const fn makes_up(self, target: Target) -> bool {
        match target {
            Target::Conductance => self.0 == Self::FERMI.0,
            Target::BiasAverage { .. } => self.0 == Self::GRID.0,
            Target::Transmission { .. } => false,
        }
    }

    /// What it costs to take in the first impurities of a strip at each of the energies.
    pub(super) const fn cost(self, width: usize, slices: u64, impurities: u64) -> u64 {
        let fermi = (self.0 & 1) as u64;
        let others = (self.0 >> 1).count_ones() as u64;
        fermi * Rates::fermi(width).of(slices, impurities)
            + others * Rates::other(width).of(slices, impurities)
    }
}

/// Multiply-adds of the recursion at one energy.
struct Rates {
    /// The tables of the lead, and T in the end.
    once: u64,
    slice: u64,
    impurity: u64,
}

/// Multiply-adds for a mode's entries in all tables; a sine counts as 16.
const TABLE_COST: u64 = 40;

impl Rates {
    /// At E = 0: standing waves.
    const fn fermi(width: usize) -> Self {
        Self {
            once: transmission_cost(width) + TABLE_COST * width as u64,
            slice: slice_cost(width),
            impurity: scatterer_cost(width),
        }
    }

    /// Elsewhere: running waves.
    const fn other(width: usize) -> Self {
        Self {
            once: reflection_transmission_cost(width) + TABLE_COST * width as u64,
            slice: reflection_slice_cost(width),
            impurity: reflection_scatterer_cost(width),
        }
    }

    const fn of(&self, slices: u64, impurities: u64) -> u64 {
        self.once + slices * self.slice + impurities * self.impurity
    }
}
