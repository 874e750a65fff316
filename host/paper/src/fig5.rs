//! Fig. 5: DNN, model I, predicted against exact G at four sizes.

use super::artifact_cache::ArtifactCache;
use super::error::ExperimentError;
use super::figure::Figure;
use super::jobs::{DatasetJob, TrainingJob};
use super::numbers::{error_claim, points_table};
use super::pictures::scatter;
use super::report::{FigureReport, Picture, Table};
use super::trainings::{Patience, choices, dense};
use landauer_learn::evaluation::Predictions;
use landauer_plot::thinning;

/// Sites along a side, neurons in each of three hidden layers, training samples, the paper's MAE.
const SIZES: [(usize, usize, u64, f64); 4] = [
    (3, 20, 40_000, 0.1),
    (5, 60, 80_000, 0.24),
    (10, 150, 160_000, 0.31),
    (20, 600, 240_000, 0.38),
];
/// w in t.
const STRENGTH: f64 = 4.0;
const SEEDS: [u64; 2] = [5, 105];

pub(super) fn reproduce(cache: &ArtifactCache<'_>) -> Result<FigureReport, ExperimentError> {
    let profile = cache.profile();
    let test = profile.choose(5_000, 20_000);
    let patience = profile.choose(
        Patience {
            epochs: 20,
            patience: 5,
        },
        Patience {
            epochs: 100,
            patience: 10,
        },
    );
    let mut jobs = Vec::new();
    for (side, units, samples, _) in SIZES {
        let samples = profile.choose(samples / 8, samples);
        jobs.push(TrainingJob {
            label: format!("Fig. 5, {side} x {side}, 3 x {units}"),
            config: dense(3, units, patience)?,
            data: DatasetJob::model_1(STRENGTH, side, samples, SEEDS[0]),
            first: samples,
            test: DatasetJob::model_1(STRENGTH, side, test, SEEDS[1]),
        });
    }
    let points = cache.points(&jobs)?;
    let mut found = FigureReport {
        figure: Figure::Fig5,
        profile,
        pictures: Vec::new(),
        tables: Vec::new(),
        claims: Vec::new(),
        notes: vec![
            choices(patience),
            "The baseline is the constant median: G of a larger strip fluctuates by as much as that \
             of a smaller one, so that always predicting the median has an error of 0.3 G0 at every size."
                .to_owned(),
        ],
    };
    found.tables.push(points_table(&jobs, &points));
    for (((side, units, _, paper), job), point) in SIZES.into_iter().zip(&jobs).zip(&points) {
        let what = format!("MAE, {side} × {side}, three hidden layers of {units}");
        found
            .claims
            .push(error_claim(profile, &what, paper, point.as_ref()));
        let Some(point) = point else {
            continue;
        };
        let predictions = cache.predictions(job)?;
        let suffix = format!("_{side}x{side}");
        let name = format!("Model I (w = 4 t), {side} × {side} sites, {test} samples");
        let scene = scatter(&name, "G", &predictions, point)?;
        found.pictures.push(Picture::new(&suffix, scene));
        found.tables.push(pairs(&suffix, &predictions));
    }
    Ok(found)
}

/// Exact and predicted conductances, as many as are drawn.
pub(super) fn pairs(suffix: &str, found: &Predictions) -> Table {
    let mut table = Table::new(suffix, &["exact (G0)", "predicted (G0)"]);
    let exact = found.column(&found.exact, 0);
    let predicted = found.column(&found.predicted, 0);
    let pairs = exact.iter().zip(&predicted);
    for (exact, predicted) in pairs.step_by(thinning(exact.len())) {
        table.push([format!("{exact:.5}"), format!("{predicted:.5}")]);
    }
    table
}
