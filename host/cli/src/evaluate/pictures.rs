//! The pictures of an evaluation: predicted against exact.

use crate::disorder::capitalised;
use crate::failure::Failure;
use crate::picture::PictureError;
use landauer::internal::counted;
use landauer::statistics::ConductanceHistogram;
use landauer_learn::evaluation::{Predictions, Predictor, Target, TargetEvaluation, target_key};
use landauer_plot::{ScatterPicture, Scene};

/// A figure of each conductance, with its name; without any, one of the first target.
pub(super) fn scenes(
    predictor: &dyn Predictor,
    predictions: &Predictions,
    found: &[TargetEvaluation],
) -> Result<Vec<(String, Scene)>, Failure> {
    let conductance = |one: &&TargetEvaluation| !matches!(one.target, Target::Transmission { .. });
    let any = found.iter().any(|one| conductance(&one));
    let mut scenes = Vec::new();
    for (number, one) in found.iter().enumerate() {
        if !(conductance(&one) || (!any && number == 0)) {
            continue;
        }
        let name = heading(predictor, one.samples);
        let exact = predictions.column(&predictions.exact, number);
        let predicted = predictions.column(&predictions.predicted, number);
        let scene = ScatterPicture {
            name: &name,
            letter: &one.name,
            exact: &exact,
            predicted: &predicted,
            shares: [
                &ConductanceHistogram::shares_of(&exact)?,
                &ConductanceHistogram::shares_of(&predicted)?,
            ],
            notes: &notes(one),
        }
        .draw()
        .map_err(PictureError)?;
        scenes.push((format!("scatter_{}", target_key(one.target)), scene));
    }
    Ok(scenes)
}

/// What data they are, the most important first.
pub(crate) fn heading(predictor: &dyn Predictor, samples: usize) -> String {
    let size = predictor.size();
    let model = capitalised(&predictor.disorder().to_string());
    format!(
        "{model}, {} × {} sites, {}",
        size.length(),
        size.width(),
        counted(samples, "sample")
    )
}

/// What the corner says.
fn notes(found: &TargetEvaluation) -> Vec<String> {
    let mut notes = vec![format!("MAE {:.4}", found.mae)];
    notes.extend(found.skill.map(|skill| format!("skill {skill:.3}")));
    notes.extend(found.r2.map(|r2| format!("R² {r2:.4}")));
    // With a true minus sign, as the axes have it.
    notes.iter().map(|note| note.replace('-', "−")).collect()
}
