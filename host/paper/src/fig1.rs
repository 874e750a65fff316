//! Fig. 1: a strip of model I and one of model II between their leads.

use landauer_core::{Concentration, DisorderModel, Ensemble};

use super::artifact_cache::ArtifactCache;
use super::error::ExperimentError;
use super::figure::Figure;
use super::pictures::strip;
use super::report::{FigureReport, Picture};

/// The strips: the model, n, sites along a side, what is said of it.
const STRIPS: [(DisorderModel, f64, usize, &str, &str); 2] = [
    (
        DisorderModel::AndersonBox { strength: 4.0 },
        0.0,
        10,
        "_model1",
        "Model I, w = 4 t",
    ),
    (DisorderModel::II, 0.1, 40, "_model2", "Model II, n = 10 %"),
];
const SEED: u64 = 1;

pub(super) fn reproduce(cache: &ArtifactCache<'_>) -> Result<FigureReport, ExperimentError> {
    let mut pictures = Vec::new();
    for (model, n, side, suffix, name) in STRIPS {
        let ensemble = Ensemble::new(model, Concentration::Fixed(n), SEED)?;
        pictures.push(Picture::new(suffix, strip(ensemble, side, 0, name)?));
    }
    Ok(FigureReport {
        figure: Figure::Fig1,
        profile: cache.profile(),
        pictures,
        tables: Vec::new(),
        claims: Vec::new(),
        notes: vec![
            "Each strip's transmission and the leads' propagating modes against energy are drawn beneath \
             it; the paper draws the strips alone."
                .to_owned(),
        ],
    })
}
