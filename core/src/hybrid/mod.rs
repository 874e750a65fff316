//! G within a budget: exact as far as the budget goes, learned for the rest.
//!
//! The scattering recursion ([`transport`](crate::transport)) takes in one impurity after another.
//! [`Hybrid::predict_within`] stops where the budget ends, knows T of the part that is done, and
//! leaves the rest to a head of two small layers that sees T, how many impurities are done and
//! left, and how many slices. A strip that the budget covers is solved exactly; for the others T
//! falls as resistances in series, T₁/(1 + m h), m impurities left, h learned.
//!
//! # Accuracy
//!
//! Mean absolute error of G in G0 against the exact solution, model II, 40×40, n uniform in [0, 1];
//! the budget is what a strip may cost at most, in multiply-adds:
//!
//! | budget | MAE | solved exactly | average cost |
//! |---|---|---|---|
//! | 411: counting impurities | 0.173 | 0 % | 411 |
//! | 0.25 M | 0.149 | 2 % | 0.25 M |
//! | 0.5 M | 0.116 | 5 % | 0.49 M |
//! | 0.75 M | 0.090 | 9 % | 0.72 M |
//! | 1 M | 0.069 | 12 % | 0.94 M |
//! | 1.5 M | 0.039 | 20 % | 1.36 M |
//! | 2 M | 0.017 | 27 % | 1.75 M |
//! | 3 M | 0.0012 | 41 % | 2.41 M |
//! | 7.2 M | 0.00001 | 100 % | 3.63 M |
//!
//! (`f32`, the 20,000 strips of the data set of seed 901, which nothing was fitted to or chosen by;
//! standard errors 0.0024 at the top, 0.0012 at 1 M, 0.0005 at 2 M.)
//!
//! # What is counted
//!
//! Every multiplication, with the addition that it feeds, and every division count as one
//! multiply-add; additions alone, and the tables that [`Hybrid::new`] makes once, do not count. At
//! W = 40 an impurity costs 4,376 of them and a slice 3,380 (the recursion in running waves,
//! [`Reflection`](crate::transport::Reflection), 6.5 k each). About 800 of what an impurity saves are
//! products turned into additions (three for four, with four additions as before): where these cost
//! as much as a product, 5,168 an impurity is the fairer number, and 1 M and 2 M are then worth
//! 0.081 and 0.029 (8,000 strips of seed 1). Products and sums are never fused: bits are the same
//! everywhere.
//!
//! # Where the coefficients come from
//!
//! From 72,000 of the 80,000 strips of the data set of seed 1, cut at random, by the mean absolute
//! error; size and features were chosen on the other 8,000. They are constants of this crate and
//! not a model file, since they are 433 numbers that belong to one lattice, one ensemble and this
//! recursion: there is nothing in them that a user could exchange.
//!
//! # Example
//! ```
//! use landauer_core::hybrid::{HYBRID_WORKSPACE_LEN, Hybrid};
//! use landauer_core::{Concentration, DisorderModel, Ensemble, Lattice};
//!
//! let ensemble = Ensemble::new(DisorderModel::OneSpecies, Concentration::Fixed(0.1), 42)?;
//! let strip: Lattice<f32, 40, 40> = ensemble.sample(0).lattice();
//! let mut workspace = [0.0; HYBRID_WORKSPACE_LEN];
//! let mut hybrid = Hybrid::new(&mut workspace)?;
//! let rough = hybrid.predict_within(&strip, 500_000)?;
//! let exact = hybrid.predict_within(&strip, 1_000_000)?;
//! assert!(rough.multiply_adds <= 500_000 && !rough.is_exact());
//! assert!(exact.is_exact() && (rough.conductance - exact.conductance).abs() < 3.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod coefficients;
mod head;

use self::coefficients::MODEL_II;
use self::head::{Cut, HEAD_COST};
use crate::transport::standing_waves::{
    StandingWaves, scatterer_cost, slice_cost, standing_waves_workspace_len, transmission_cost,
};
use crate::{DisorderModel, Lattice, Scalar, SolveError};

/// Slices, and sites in a slice, of the strips that [`Hybrid`] knows.
const SIZE: usize = 40;

/// Elements of workspace that [`Hybrid`] needs: 1880, which are 7,520 bytes in `f32`.
pub const HYBRID_WORKSPACE_LEN: usize = standing_waves_workspace_len(SIZE);

/// The smallest budget, in multiply-adds: what the head costs alone. G is then a function of the
/// number of impurities.
pub const SMALLEST_BUDGET: u64 = HEAD_COST;

/// What [`Hybrid::predict_within`] found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate<S> {
    /// G in units of G0, in [0, 40].
    pub conductance: S,
    /// Impurities that were taken in exactly.
    pub solved: usize,
    /// Impurities of the strip.
    pub impurities: usize,
    /// What it cost.
    pub multiply_adds: u64,
}

impl<S> Estimate<S> {
    /// Is it the exact solution, nothing learned about it?
    #[must_use]
    pub const fn is_exact(&self) -> bool {
        self.solved == self.impurities
    }
}

/// Why there is no estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HybridError {
    /// The budget does not even suffice for the head.
    Budget {
        /// Multiply-adds that are needed, [`SMALLEST_BUDGET`].
        needed: u64,
        /// Multiply-adds that were granted.
        found: u64,
    },
    /// An on-site energy that model II does not have.
    NotModelII {
        /// The slice, counted from 0 at the left lead.
        slice: usize,
        /// The row.
        row: usize,
    },
    /// The recursion failed.
    Solve(SolveError),
}

impl From<SolveError> for HybridError {
    fn from(error: SolveError) -> Self {
        Self::Solve(error)
    }
}

impl core::fmt::Display for HybridError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Budget { needed, found } => write!(
                f,
                "a budget of {found} multiply-adds is too small: {needed} are needed at least"
            ),
            Self::NotModelII { slice, row } => write!(
                f,
                "the on-site energy at slice {slice}, row {row} is none of disorder model II"
            ),
            Self::Solve(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for HybridError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Solve(error) => Some(error),
            _ => None,
        }
    }
}

/// Predicts G of 40×40 strips of disorder model II within a budget of multiply-adds.
///
/// The same bits on every machine; see the [module](self) for accuracy and an example.
#[derive(Debug)]
pub struct Hybrid<'w, S> {
    strip: StandingWaves<'w, S>,
}

impl<'w, S: Scalar> Hybrid<'w, S> {
    /// Prepares its tables in `workspace`; what that held does not matter.
    ///
    /// # Errors
    /// [`SolveError::TooShort`] if the workspace is shorter than [`HYBRID_WORKSPACE_LEN`].
    pub fn new(workspace: &'w mut [S]) -> Result<Self, HybridError> {
        Ok(Self {
            strip: StandingWaves::new(SIZE, workspace)?,
        })
    }

    /// G at E = 0 of `strip`, at the cost of `budget` multiply-adds at most.
    ///
    /// Where the budget covers the strip, that is the exact solution, to 1e-11 in `f64` and 1e-5 on
    /// average in `f32`.
    ///
    /// # Errors
    /// [`HybridError::Budget`] below [`SMALLEST_BUDGET`]; [`HybridError::NotModelII`];
    /// [`SolveError::LostSolution`] if rounding has destroyed the solution, which has not been seen.
    pub fn predict_within(
        &mut self,
        strip: &Lattice<S, SIZE, SIZE>,
        budget: u64,
    ) -> Result<Estimate<S>, HybridError> {
        if budget < SMALLEST_BUDGET {
            return Err(HybridError::Budget {
                needed: SMALLEST_BUDGET,
                found: budget,
            });
        }
        let plan = Plan::new(strip, budget)?;
        self.strip.reset();
        let mut solved = 0;
        let mut slices_left = SIZE - 1;
        'strip: for (slice, energies) in strip.slices().enumerate() {
            if solved == plan.solved {
                break;
            }
            self.strip.next_slice();
            for (row, &energy) in energies.iter().enumerate() {
                if energy == S::ZERO {
                    continue;
                }
                if solved == plan.solved {
                    break 'strip;
                }
                self.strip.scatter(row, energy)?;
                solved += 1;
                slices_left = SIZE - 1 - slice;
            }
        }
        let transmission = self.strip.transmission()?;
        let left = plan.impurities - solved;
        let conductance = if left == 0 {
            transmission
        } else {
            MODEL_II.transmission(&Cut {
                transmission,
                solved,
                left,
                slices_left,
            })
        };
        Ok(Estimate {
            conductance,
            solved,
            impurities: plan.impurities,
            multiply_adds: plan.multiply_adds,
        })
    }
}

/// How far a budget goes.
struct Plan {
    impurities: usize,
    solved: usize,
    multiply_adds: u64,
}

impl Plan {
    fn new<S: Scalar>(strip: &Lattice<S, SIZE, SIZE>, budget: u64) -> Result<Self, HybridError> {
        let mut plan = Self {
            impurities: 0,
            solved: 0,
            multiply_adds: 0,
        };
        // What the impurities so far cost, without T and the head; and the part that fits beside
        // the head.
        let (mut spent, mut cut) = (0, 0);
        let mut slices = 0;
        for (slice, energies) in strip.slices().enumerate() {
            for (row, energy) in energies.iter().enumerate() {
                if *energy == S::ZERO {
                    continue;
                }
                if !is_impurity(energy.to_f64()) {
                    return Err(HybridError::NotModelII { slice, row });
                }
                plan.impurities += 1;
                spent += slices * slice_cost(SIZE) + scatterer_cost(SIZE);
                slices = 0;
                if spent + transmission_cost(SIZE) + HEAD_COST <= budget {
                    plan.solved = plan.impurities;
                    cut = spent;
                }
            }
            // Until there is an impurity, slices cost nothing.
            slices += u64::from(plan.impurities > 0);
        }
        if plan.impurities == 0 {
            return Ok(plan);
        }
        if spent + transmission_cost(SIZE) <= budget {
            plan.solved = plan.impurities;
            plan.multiply_adds = spent + transmission_cost(SIZE);
        } else if plan.solved > 0 {
            plan.multiply_adds = cut + transmission_cost(SIZE) + HEAD_COST;
        } else {
            plan.multiply_adds = HEAD_COST;
        }
        Ok(plan)
    }
}

/// Is it the on-site energy of an impurity of model II?
fn is_impurity(energy: f64) -> bool {
    let species = DisorderModel::OneSpecies.species_energies();
    species.contains(&energy)
}

#[cfg(test)]
mod tests;
