//! What has been measured of the predictors: tables that `build.rs` takes from the cards of the shipped models and from
//! `typical_errors.json`.

use serde::Serialize;

use crate::Predictor;

/// The tables themselves.
#[allow(clippy::unreadable_literal, reason = "numbers that nobody reads here")]
mod tables {
    include!(concat!(env!("OUT_DIR"), "/cards.rs"));
}

pub(crate) use tables::{BEST_G_HALF_WIDTHS, MEDIANS, PAPER_CNN_HALF_WIDTHS};

/// The budgets at which the hybrid has been measured, in multiply-adds, ascending.
pub static BUDGETS: &[u64] = &tables::BUDGETS;

/// How far a predictor is off on random strips with about as many impurities: measured by
/// `cargo run --release -p landauer-playground --example typical_errors`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TypicalError {
    /// The mean of |predicted − exact| in G0.
    pub error: f64,
    /// The impurity concentration n of the strips that it was measured on: of those that were measured, the nearest;
    /// for a strip with impurities the nearest of those that are not 0.
    pub concentration: f64,
    /// How many strips.
    pub strips: u64,
}

/// The typical error on strips of this impurity concentration, of the hybrid at the largest measured budget that
/// `budget` covers; none below the smallest.
pub(crate) fn typical_error(
    predictor: Predictor,
    concentration: f64,
    budget: u64,
) -> Option<TypicalError> {
    let distance = |place: &usize| (tables::CONCENTRATIONS[*place] - concentration).abs();
    // On a strip without impurities an error says nothing of strips with any, however few.
    let alike = |place: &usize| (tables::CONCENTRATIONS[*place] > 0.0) == (concentration > 0.0);
    let places = (0..tables::CONCENTRATIONS.len()).filter(alike);
    let place = places.min_by(|one, other| distance(one).total_cmp(&distance(other)))?;
    let errors: &[f64] = match predictor {
        Predictor::Counting => &tables::COUNTING_ERRORS,
        Predictor::PaperCnnG => &tables::PAPER_CNN_ERRORS,
        Predictor::BestG => &tables::BEST_G_ERRORS,
        Predictor::HybridG => {
            let covered = BUDGETS.iter().rposition(|&measured| measured <= budget)?;
            tables::HYBRID_ERRORS.get(covered)?
        }
    };
    Some(TypicalError {
        error: *errors.get(place)?,
        concentration: tables::CONCENTRATIONS[place],
        strips: tables::STRIPS,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use serde_json::Value;

    use super::*;
    use crate::{Predictors, TypicalErrors};

    #[test]
    fn the_file_is_what_its_command_measures() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("typical_errors.json");
        let file: TypicalErrors = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        assert_eq!(file.budgets, BUDGETS);
        let mut predictors = Predictors::new().unwrap();
        // One of few impurities, all of whose strips are solved within a second.
        let place = file.concentrations.iter().position(|n| *n == 0.01).unwrap();
        let found = file.measure(place, &mut predictors).unwrap();
        assert_eq!(
            serde_json::to_value(&file.errors[place]).unwrap(),
            serde_json::to_value(&found).unwrap()
        );
        let hybrid = |budget| {
            typical_error(Predictor::HybridG, 0.012, budget)
                .unwrap()
                .error
        };
        assert_eq!(hybrid(BUDGETS[0]), found.hybrid_g[0]);
        assert_eq!(hybrid(BUDGETS[1] - 1), found.hybrid_g[0]);
        assert_eq!(hybrid(u64::MAX), *found.hybrid_g.last().unwrap());
        let best = typical_error(Predictor::BestG, 0.008, 0).unwrap();
        assert_eq!((best.error, best.concentration), (found.best_g, 0.01));
        assert_eq!(
            typical_error(Predictor::HybridG, 0.01, BUDGETS[0] - 1),
            None
        );
        let _: Value = serde_json::to_value(best).unwrap();
        // One impurity is no strip without any.
        for (concentration, nearest) in [(0.0, 0.0), (1.0 / 1600.0, 0.005), (1.0, 1.0)] {
            let found = typical_error(Predictor::Counting, concentration, 0).unwrap();
            assert_eq!(found.concentration, nearest);
        }
    }
}
