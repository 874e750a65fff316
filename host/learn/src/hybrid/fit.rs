//! From solved strips to the bytes of a hybrid.

use landauer_core::Scalar;
use landauer_core::hybrid::format::{
    Completion, HybridCard, HybridFile, HybridGolden, Lines, Rung,
};
use landauer_core::hybrid::{Hybrid, HybridModel, SMALLEST_BUDGET};
use landauer_core::inference::format::Span;
use rayon::prelude::*;

use super::error::FitError;
use super::local::{self, Axis};
use super::recipe::{Recipe, RungRecipe};
use super::strips::{Example, SolvedStrips};
use super::{head, ladder};

/// Budgets, in multiply-adds, of the golden samples and of the choice of a rung.
pub(super) const BUDGETS: [u64; 4] = [500_000, 1_000_000, 2_000_000, 4_000_000];

/// Who a hybrid is.
#[derive(Debug, Clone, Copy)]
pub struct HybridLabel<'i> {
    /// Its name.
    pub name: &'i str,
    /// The hash of the data that it is fitted to.
    pub data_hash: [u8; 32],
}

/// What was fitted to one rung.
pub(super) struct Fitted {
    recipe: RungRecipe,
    head: Option<Vec<f32>>,
    local: Option<(Axis, Vec<f32>)>,
    pub(super) least: u32,
}

/// Called with the number of further strips that have been cut and solved.
pub type Progress<'p> = &'p (dyn Fn(u64) + Sync);

/// How many strips are cut and solved in all.
#[must_use]
pub fn work(strips: &SolvedStrips, recipe: &Recipe) -> u64 {
    let heads = recipe.rungs.iter().filter(|rung| rung.head).count();
    (heads * fitted_to(strips, recipe)) as u64
}

/// Strips that coefficients are fitted to; the others are for choosing.
fn fitted_to(strips: &SolvedStrips, recipe: &Recipe) -> usize {
    let all = strips.exact.len();
    all - all / recipe.held_out.max(2)
}

/// Fits a hybrid; the same bytes at any number of threads.
///
/// # Errors
/// See [`FitError`].
pub fn fit(
    strips: &SolvedStrips,
    recipe: &Recipe,
    label: HybridLabel<'_>,
    progress: Progress<'_>,
) -> Result<Vec<u8>, FitError> {
    let (all, fitted_to) = (strips.exact.len(), fitted_to(strips, recipe));
    if all == fitted_to {
        return Err(FitError::TooFew { found: all });
    }
    let mut rungs = Vec::new();
    for recipe_of_rung in &recipe.rungs {
        let energies = recipe_of_rung.energies();
        let examples = if recipe_of_rung.head {
            strips.cut(0..fitted_to, energies, recipe, progress)?
        } else {
            Vec::new()
        };
        rungs.push((recipe_of_rung, examples));
    }
    let mut fitted: Vec<Fitted> = rungs
        .into_par_iter()
        .enumerate()
        .map(|(number, (rung, examples))| {
            one_rung(strips, fitted_to, recipe, (number, rung), &examples)
        })
        .collect();
    let alone: Result<Vec<Option<Vec<u8>>>, FitError> = fitted
        .iter()
        .map(|rung| {
            let encode = || encode(strips, recipe, label, std::slice::from_ref(rung), &[]);
            rung.head.as_ref().map(|_| encode()).transpose()
        })
        .collect();
    let chosen = ladder::choose(strips, fitted_to, &alone?)?;
    for (rung, least) in fitted.iter_mut().zip(chosen) {
        rung.least = least;
    }
    let untested = encode(strips, recipe, label, &fitted, &[])?;
    let golden = golden(strips, fitted_to, &untested)?;
    encode(strips, recipe, label, &fitted, &golden)
}

/// Head and regression of one rung.
fn one_rung(
    strips: &SolvedStrips,
    fitted_to: usize,
    recipe: &Recipe,
    (number, rung): (usize, &RungRecipe),
    examples: &[Example],
) -> Fitted {
    let energies = rung.energies();
    let head = rung
        .head
        .then(|| head::fit(examples, recipe, number as u64));
    let local = (!energies.makes_up(recipe.target)).then(|| {
        let [length, width] = strips.size;
        let axis = Axis::up_to(length * width, recipe.step);
        let at: Vec<Vec<f64>> = (0..fitted_to)
            .map(|strip| strips.at(strip, energies).collect())
            .collect();
        let rows = at.iter().zip(&strips.counts).zip(&strips.exact);
        let rows = rows.map(|((at, &count), &exact)| (count, &at[..], exact));
        let coefficients = local::fit(axis, &rows, energies.len());
        (
            axis,
            coefficients
                .iter()
                .map(|&coefficient| f32::from_f64(coefficient))
                .collect(),
        )
    });
    Fitted {
        recipe: rung.clone(),
        head,
        local,
        least: 0,
    }
}

/// Numbers as constants of a file.
#[derive(Default)]
struct Constants(Vec<u8>);

impl Constants {
    fn push(&mut self, numbers: &[f32]) -> Result<Span, FitError> {
        let offset = self.0.len();
        self.0
            .extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        let length = self.0.len() - offset;
        match (u32::try_from(offset), u32::try_from(length)) {
            (Ok(offset), Ok(length)) => Ok(Span { offset, length }),
            _ => Err(FitError::TooLarge),
        }
    }
}

fn encode(
    strips: &SolvedStrips,
    recipe: &Recipe,
    label: HybridLabel<'_>,
    fitted: &[Fitted],
    golden: &[HybridGolden],
) -> Result<Vec<u8>, FitError> {
    let mut constants = Constants::default();
    let mut rungs = heapless::Vec::new();
    for rung in fitted {
        let head = rung
            .head
            .as_ref()
            .map(|head| constants.push(head))
            .transpose()?;
        let completion = match &rung.local {
            None => Completion::Exact,
            Some((axis, coefficients)) => Completion::Local(Lines {
                nodes: u16::try_from(axis.nodes).map_err(|_| FitError::TooLarge)?,
                step: axis.step,
                values: constants.push(coefficients)?,
            }),
        };
        let rung = Rung {
            energies: rung.recipe.energies(),
            least: rung.least,
            head,
            completion,
        };
        rungs.push(rung).map_err(|_| FitError::TooLarge)?;
    }
    let small = |number: usize| u16::try_from(number).map_err(|_| FitError::TooLarge);
    let [length, width] = strips.size;
    let card = HybridCard {
        name: label.name,
        crate_version: env!("CARGO_PKG_VERSION"),
        length: small(length)?,
        width: small(width)?,
        disorder: strips.ensemble.model(),
        concentration: strips.ensemble.concentration(),
        target: recipe.target,
        data_hash: label.data_hash,
        rungs,
        golden: heapless::Vec::from_slice(golden).map_err(|_| FitError::TooLarge)?,
    };
    let file = HybridFile {
        card: &card,
        constants: &constants.0,
    };
    let mut bytes = vec![0; file.encoded_len()?];
    file.encode(&mut bytes)?;
    Ok(bytes)
}

/// Held-out strips of which every budget covers something and something else not.
fn golden(
    strips: &SolvedStrips,
    first: usize,
    bytes: &[u8],
) -> Result<Vec<HybridGolden>, FitError> {
    let model = HybridModel::parse(bytes)?;
    let width = strips.size[1];
    let mut workspace = vec![0.0_f32; model.workspace_len()];
    let mut hybrid = Hybrid::new(&model, &mut workspace)?;
    let wanted = [
        (SMALLEST_BUDGET, 200),
        (BUDGETS[0], 10),
        (BUDGETS[0], 100),
        (BUDGETS[1], 40),
        (BUDGETS[1], 300),
        (BUDGETS[2], 600),
    ];
    let mut golden = Vec::new();
    for (budget, count) in wanted {
        // The first one with about this number of impurities.
        let near = |&strip: &usize| {
            strips
                .counts
                .get(strip)
                .is_some_and(|found| found.abs_diff(count) <= count / 2)
        };
        let Some(strip) = (first..strips.exact.len()).find(near) else {
            continue;
        };
        let estimate = hybrid.predict_within(&strips.onsite(strip), width, budget)?;
        golden.push(HybridGolden {
            seed: strips.ensemble.seed(),
            sample: strip as u64,
            budget,
            bits: estimate.value.to_bits(),
        });
    }
    Ok(golden)
}
