//! Which energies share a plan.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::pivots::nearly_whole;
use super::plan::Plan;
use crate::parallel;
use crate::solve::Stop;
use crate::system::StripSize;

/// Energies whose plans others share, in the order in which they are tried.
const REFERENCES: [f64; 2] = [0.18, 0.53];

/// By how much more than at its own energy the squares of rounding errors may grow in a clean strip, for a plan to
/// serve at another. At 40×40 the first serves at seven of eight energies within ±1; none does near the eigenvalues of
/// the small clean blocks that it eliminates.
const MAX_MORE_GROWTH: f64 = 100.0;

/// Strips of more sites than this have a plan for each energy: in large clean strips some block is nearly singular at
/// almost any energy but the one of the plan.
const MAX_SHARED_SITES: usize = 40_000;
/// So have those that are wider: the matrix between their ends, which looking at growth needs too, is large.
const MAX_SHARED_WIDTH: usize = 512;
/// Energies at which growth is looked at by one thread.
const LOOKED_AT: usize = 16;

/// The plans that others share, for strips of one size: made when first needed, and kept for energies to come.
#[derive(Debug)]
pub(crate) struct SharedPlans {
    size: StripSize,
    references: [OnceLock<Reference>; REFERENCES.len()],
    /// Those of whole energies, each with its energy.
    whole: Mutex<Vec<(f64, Arc<Plan>)>>,
}

/// A plan that others share.
#[derive(Debug)]
struct Reference {
    plan: Arc<Plan>,
    /// The most that rounding errors may grow in a clean strip where it serves.
    most: f64,
}

impl Reference {
    fn new(size: StripSize, energy: f64) -> Self {
        let plan = Arc::new(Plan::at(size, energy));
        let most = MAX_MORE_GROWTH * plan.clean_growth(&[energy])[0];
        Self { plan, most }
    }
}

impl SharedPlans {
    /// None is made yet.
    pub(crate) fn new(size: StripSize) -> Self {
        Self {
            size,
            references: [const { OnceLock::new() }; REFERENCES.len()],
            whole: Mutex::default(),
        }
    }

    /// The size of the strips.
    pub(crate) const fn size(&self) -> StripSize {
        self.size
    }

    /// The plans at some energies: they depend on nothing but their energy. Made on all threads, unless it is stopped,
    /// which is asked before each plan: then `None`.
    pub(crate) fn for_energies_unless(
        &self,
        energies: &[f64],
        stop: Stop<'_>,
    ) -> Option<Vec<Arc<Plan>>> {
        let size = self.size;
        let mut plans: Vec<Option<Arc<Plan>>> = vec![None; energies.len()];
        if size.sites() <= MAX_SHARED_SITES && size.width() <= MAX_SHARED_WIDTH {
            for (kept, energy) in self.references.iter().zip(REFERENCES) {
                let waits = |number: &usize| {
                    plans[*number].is_none() && nearly_whole(energies[*number]).is_none()
                };
                let waiting: Vec<usize> = (0..energies.len()).filter(waits).collect();
                if waiting.is_empty() {
                    break;
                }
                if stop() {
                    return None;
                }
                let reference = kept.get_or_init(|| Reference::new(size, energy));
                let parts: Vec<&[usize]> = waiting.chunks(LOOKED_AT).collect();
                let growths = parallel::map(&parts, |numbers| {
                    if stop() {
                        return None;
                    }
                    let energies: Vec<f64> =
                        numbers.iter().map(|&number| energies[number]).collect();
                    Some(reference.plan.clean_growth(&energies))
                });
                let growths = growths.into_iter().collect::<Option<Vec<_>>>()?;
                for (&number, growth) in waiting.iter().zip(growths.into_iter().flatten()) {
                    // Not of NaN.
                    if growth <= reference.most {
                        plans[number] = Some(Arc::clone(&reference.plan));
                    }
                }
            }
        }
        // What is planned as the same whole energy is planned once.
        let key = |number: usize| {
            let energy = energies[number];
            nearly_whole(energy).unwrap_or(energy).to_bits()
        };
        let mut left: Vec<usize> = (0..energies.len())
            .filter(|&number| plans[number].is_none())
            .collect();
        left.sort_by_key(|&number| key(number));
        let groups: Vec<&[usize]> = left
            .chunk_by(|&one, &other| key(one) == key(other))
            .collect();
        let made = parallel::map(&groups, |group| {
            (!stop()).then(|| self.own(energies[group[0]]))
        });
        for (group, plan) in groups.into_iter().zip(made) {
            let plan = plan?;
            for &number in group {
                plans[number] = Some(Arc::clone(&plan));
            }
        }
        plans.into_iter().collect()
    }

    /// A plan that is made at this energy; at a whole one it is kept, since all that are near share it.
    fn own(&self, energy: f64) -> Arc<Plan> {
        let Some(whole) = nearly_whole(energy) else {
            return Arc::new(Plan::at(self.size, energy));
        };
        let kept = || self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept().iter().find(|known| known.0 == whole).cloned();
        if let Some((_, plan)) = known {
            return plan;
        }
        let plan = Arc::new(Plan::at(self.size, energy));
        kept().push((whole, Arc::clone(&plan)));
        plan
    }
}
