//! From which number of impurities on a rung is worth it: chosen on held-out strips.

use landauer_core::hybrid::{Estimate, Hybrid, HybridError, HybridModel};
use rayon::prelude::*;

use super::error::FitError;
use super::fit::BUDGETS;
use super::strips::SolvedStrips;

/// Budgets that a ladder is chosen for.
const CHOSEN_FOR: [u64; 3] = [BUDGETS[0], BUDGETS[1], BUDGETS[2]];

/// The most held-out strips that are looked at.
const MAX_STRIPS: usize = 4000;

/// What a rung may ask for at least, impurities at each of its energies; the last one is never.
const MIN_IMPURITIES: [u32; 10] = [16, 24, 32, 48, 64, 96, 128, 192, 256, u32::MAX];

/// What the rungs find alone, `[rung, budget, strip]`.
type Found = Vec<Vec<Vec<Estimate<f32>>>>;

/// The number for each rung, given each that has a head alone, as the bytes of a hybrid; the first one
/// asks for nothing, and those without a head are for whole strips only.
pub(super) fn choose(
    strips: &SolvedStrips,
    first: usize,
    alone: &[Option<Vec<u8>>],
) -> Result<Vec<u32>, FitError> {
    let end = strips.exact.len().min(first + MAX_STRIPS);
    let mut chosen = vec![u32::MAX; alone.len()];
    if let Some(first) = chosen.first_mut() {
        *first = 0;
    }
    if alone.iter().flatten().count() < 2 {
        return Ok(chosen);
    }
    let found: Result<Found, FitError> = alone
        .iter()
        .map(|bytes| match bytes {
            Some(bytes) => predict(strips, first..end, bytes),
            None => Ok(Vec::new()),
        })
        .collect();
    let found = found?;
    // Rung by rung until nothing changes; twice is enough for these few.
    for _ in 0..2 {
        for rung in 1..alone.len() {
            if alone[rung].is_none() {
                continue;
            }
            let mut best = f64::INFINITY;
            let mut least = chosen[rung];
            for candidate in MIN_IMPURITIES {
                let mut tried = chosen.clone();
                tried[rung] = candidate;
                let error = error(strips, first, &found, &tried);
                if error < best {
                    (best, least) = (error, candidate);
                }
            }
            chosen[rung] = least;
        }
    }
    Ok(chosen)
}

fn predict(
    strips: &SolvedStrips,
    range: std::ops::Range<usize>,
    bytes: &[u8],
) -> Result<Vec<Vec<Estimate<f32>>>, FitError> {
    let model = HybridModel::parse(bytes)?;
    let width = strips.size[1];
    let of_budget = |budget| -> Result<Vec<Estimate<f32>>, HybridError> {
        range
            .clone()
            .into_par_iter()
            .map_init(
                || vec![0.0; model.workspace_len()],
                |workspace, strip| {
                    let mut hybrid = Hybrid::new(&model, workspace)?;
                    hybrid.predict_within(&strips.onsite(strip), width, budget)
                },
            )
            .collect()
    };
    CHOSEN_FOR
        .into_iter()
        .map(|budget| Ok(of_budget(budget)?))
        .collect()
}

/// The mean absolute errors of all budgets, added up, if rungs ask for so much.
fn error(strips: &SolvedStrips, first: usize, found: &Found, least: &[u32]) -> f64 {
    let mut sum = 0.0;
    for budget in 0..CHOSEN_FOR.len() {
        let strip_count = found
            .first()
            .and_then(|rung| rung.get(budget))
            .map_or(0, Vec::len);
        for strip in 0..strip_count {
            let at = |rung: &Vec<Vec<Estimate<f32>>>| rung.get(budget)?.get(strip).copied();
            let rungs = found.iter().map(at).zip(least).rev();
            let usable = rungs.filter_map(|(estimate, &least)| {
                let estimate = estimate?;
                let whole = estimate.energies > 0 && estimate.solved == estimate.impurities;
                (whole || estimate.solved >= least).then_some(estimate)
            });
            let exact = strips.exact.get(first + strip).copied().unwrap_or(0.0);
            if let Some(estimate) = { usable }.next() {
                sum += (f64::from(estimate.value) - exact).abs();
            }
        }
    }
    sum
}
