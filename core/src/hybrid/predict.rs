//! As far as a budget goes.

use super::error::HybridError;
use super::file::HybridModel;
use super::format::{Completion, MAX_RUNGS, Rung};
use super::head::{self, Cut, HEAD_COST};
use super::{ImpurityStrip, local};
use crate::bias_average;
use crate::disorder::Ensemble;
use crate::energy::BIAS_POINTS;
use crate::inference::{ModelError, Target};
use crate::scalar::Scalar;
use crate::transport::SolveError;

/// The most energies of a rung: the grid's, and the Fermi energy.
const MAX_ENERGIES: usize = BIAS_POINTS + 1;

/// The smallest budget, in multiply-adds: what a head costs alone. The value is then a function of
/// the number of impurities.
pub const SMALLEST_BUDGET: u64 = HEAD_COST;

/// What [`Hybrid::predict_within`] found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate<S> {
    /// G or Ḡ in units of G0, from 0 to the width.
    pub value: S,
    /// Impurities that were taken in exactly, at each of the energies.
    pub solved: u32,
    /// Impurities of the strip.
    pub impurities: u32,
    /// How many energies.
    pub energies: u32,
    /// Is it the exact solution, nothing learned about it?
    pub exact: bool,
    /// What it cost.
    pub multiply_adds: u64,
}

/// Predicts G or Ḡ within a budget of multiply-adds.
///
/// The same bits on every machine; see the [module](super) for accuracy and an example.
#[derive(Debug)]
pub struct Hybrid<'m, S> {
    model: &'m HybridModel<'m>,
    workspace: &'m mut [S],
}

impl<'m, S: Scalar> Hybrid<'m, S> {
    /// A hybrid that works in `workspace`; what that held does not matter.
    ///
    /// # Errors
    /// [`HybridError::Solve`] with [`SolveError::TooShort`] if the workspace is shorter than
    /// [`HybridModel::workspace_len`].
    pub fn new(model: &'m HybridModel<'m>, workspace: &'m mut [S]) -> Result<Self, HybridError> {
        let (needed, found) = (model.workspace_len(), workspace.len());
        if found < needed {
            return Err(SolveError::TooShort { needed, found }.into());
        }
        Ok(Self { model, workspace })
    }

    /// The model.
    #[must_use]
    pub const fn model(&self) -> &'m HybridModel<'m> {
        self.model
    }

    /// The model's target for a strip with on-site energies `[slice, row]`, `width` sites to a slice,
    /// in units of t, at the cost of `budget` multiply-adds at most.
    ///
    /// Where the budget covers all of it, that is the exact solution, to 1e-11 in `f64` and 1e-5 on
    /// average in `f32`.
    ///
    /// # Errors
    /// [`HybridError::Budget`] below [`SMALLEST_BUDGET`]; [`HybridError::Model`] for strips of
    /// another size or disorder; [`SolveError::LostSolution`] if rounding has destroyed the solution,
    /// which has not been seen.
    pub fn predict_within(
        &mut self,
        onsite: &[S],
        width: usize,
        budget: u64,
    ) -> Result<Estimate<S>, HybridError> {
        let card = self.model.card();
        let expected = [card.length, card.width].map(usize::from);
        if onsite.len() != self.model.sites() || [width] != expected[1..] {
            let sites = onsite.len();
            return Err(HybridError::Model(ModelError::LatticeSize {
                expected,
                sites,
                width,
            }));
        }
        if budget < SMALLEST_BUDGET {
            return Err(HybridError::Budget {
                needed: SMALLEST_BUDGET,
                found: budget,
            });
        }
        let strip = ImpurityStrip::new(card.disorder, onsite, width)?;
        let plan = Plan::new(&card.rungs, &strip, width, budget);
        let Some(rung) = card.rungs.get(plan.rung) else {
            // A ladder has a rung: see `HybridModel::parse`.
            return Err(HybridError::Budget {
                needed: u64::MAX,
                found: budget,
            });
        };
        let mut found = [S::ZERO; MAX_ENERGIES];
        let energies = if plan.solves { rung.energies.len() } else { 0 };
        for (energy, slot) in rung
            .energies
            .energies(self.model.bias())
            .zip(&mut found)
            .take(energies)
        {
            let after = [plan.solved];
            let slot = core::slice::from_mut(slot);
            strip.transmissions_after(energy, &after, self.workspace, slot)?;
        }
        let found = found.get(..energies).unwrap_or_default();
        let whole = plan.solves && plan.solved == strip.impurities();
        let value = if whole {
            self.complete(rung, found, strip.impurities())
        } else {
            let cut = cut(found, width, &strip, &plan);
            let most = S::from_usize(width);
            let value = head::run(self.model.numbers(rung.head.unwrap_or_default()), &cut);
            if value < most { value } else { most }
        };
        Ok(Estimate {
            value,
            solved: plan.solved,
            impurities: strip.impurities(),
            energies: u32::try_from(energies).unwrap_or(0),
            exact: whole && rung.completion == Completion::Exact,
            multiply_adds: plan.multiply_adds,
        })
    }

    /// What becomes of the transmissions of a whole strip.
    fn complete(&self, rung: &Rung, found: &[S], impurities: u32) -> S {
        match rung.completion {
            Completion::Local(lines) => {
                let values = self.model.numbers(lines.values);
                let most = S::from_usize(usize::from(self.model.card().width));
                local::run(&lines, values, impurities, found, most)
            }
            Completion::Exact => match (self.model.card().target, found.first_chunk()) {
                (Target::BiasAverage { .. }, Some(grid)) => bias_average(grid),
                _ => found.first().copied().unwrap_or(S::ZERO),
            },
        }
    }
}

impl Hybrid<'_, f32> {
    /// Predicts the golden samples of the file and compares all bits. `onsite` has room for a strip
    /// ([`HybridModel::sites`]); what it held is lost.
    ///
    /// # Errors
    /// [`HybridError::SelfTest`]; [`HybridError::Model`] if there is too little room.
    pub fn self_test(&mut self, onsite: &mut [f32]) -> Result<(), HybridError> {
        let card = self.model.card();
        let (length, width) = (usize::from(card.length), usize::from(card.width));
        let sites = onsite.len();
        let onsite = onsite
            .get_mut(..self.model.sites())
            .ok_or(HybridError::Model(ModelError::LatticeSize {
                expected: [length, width],
                sites,
                width,
            }))?;
        let (disorder, concentration) = (card.disorder, card.concentration);
        for (number, golden) in card.golden.iter().enumerate() {
            let ensemble = Ensemble::new(disorder, concentration, golden.seed);
            let ensemble =
                ensemble.map_err(|_| ModelError::Card(crate::inference::Fault::Disorder))?;
            ensemble.sample(golden.sample).fill_onsite(onsite);
            let estimate = self.predict_within(onsite, width, golden.budget)?;
            let (expected, found) = (golden.bits, estimate.value.to_bits());
            if expected != found {
                return Err(HybridError::SelfTest {
                    golden: number,
                    expected,
                    found,
                });
            }
        }
        Ok(())
    }
}

/// Where the recursions stopped, as the head sees it.
fn cut<S: Scalar>(found: &[S], width: usize, strip: &ImpurityStrip<'_, S>, plan: &Plan) -> Cut<S> {
    let mut transmission = S::from_usize(width);
    if !found.is_empty() {
        let sum = found.iter().fold(S::ZERO, |sum, &t| sum + t);
        transmission = sum / S::from_usize(found.len());
    }
    Cut::after(strip, plan.solved, transmission)
}

/// How far a budget goes.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Plan {
    rung: usize,
    solved: u32,
    /// Is anything solved at all?
    solves: bool,
    multiply_adds: u64,
}

/// How far a budget goes on one rung.
#[derive(Debug, Clone, Copy, Default)]
struct Reach {
    solved: u32,
    whole: bool,
    cost: u64,
}

impl Plan {
    fn new<S: Scalar>(
        rungs: &[Rung],
        strip: &ImpurityStrip<'_, S>,
        width: usize,
        budget: u64,
    ) -> Self {
        let mut reached = [Reach::default(); MAX_RUNGS];
        let (mut impurities, mut first, mut slices) = (0_u32, None, 0);
        for place in strip.places() {
            // Until there is an impurity, slices cost nothing.
            slices = (place - *first.get_or_insert(place)) as u64;
            impurities += 1;
            for (rung, reach) in rungs.iter().zip(&mut reached) {
                let cost = rung.energies.cost(width, slices, impurities.into());
                let cost = cost.saturating_add(HEAD_COST);
                if cost <= budget {
                    (reach.solved, reach.cost) = (impurities, cost);
                }
            }
        }
        for (rung, reach) in rungs.iter().zip(&mut reached) {
            let cost = rung.energies.cost(width, slices, impurities.into());
            let cost = cost.saturating_add(rung.completion_cost());
            if cost <= budget {
                let (solved, whole) = (impurities, true);
                *reach = Reach {
                    solved,
                    whole,
                    cost,
                };
            }
        }
        let mut plan = Self {
            rung: 0,
            solved: 0,
            solves: false,
            multiply_adds: HEAD_COST,
        };
        // The last one that will do; forwards, since zipped iterators link a panic about going back.
        for (number, (rung, reach)) in rungs.iter().zip(&reached).enumerate() {
            let far_enough = reach.solved > 0 && reach.solved >= rung.least;
            if reach.whole || (rung.head.is_some() && far_enough) {
                plan = Self {
                    rung: number,
                    solved: reach.solved,
                    solves: true,
                    multiply_adds: reach.cost,
                };
            }
        }
        plan
    }
}

impl Rung {
    const fn completion_cost(&self) -> u64 {
        match self.completion {
            // A sum and a division.
            Completion::Exact => 1,
            Completion::Local(_) => local::cost(self.energies.len()),
        }
    }
}
