//! Fig. 11: DNN, models II, III, IV, the error against depth and width.

use landauer_core::DisorderModel;

use super::artifact_cache::ArtifactCache;
use super::error::ExperimentError;
use super::fig10::MODELS;
use super::figure::Figure;
use super::jobs::{DatasetJob, Point, TrainingJob};
use super::numbers::{bands_table, error_claim, numeral, points_table};
use super::pictures::{ERROR, at, baseline, curves_picture, plain};
use super::profile::Profile;
use super::report::{FigureReport, Picture};
use super::trainings::{Patience, choices, dense};
use landauer_plot::{CurveAxis, CurvePoint, CurvesPanel, Division, Series, Style};

const SEEDS: [u64; 2] = [11, 111];
/// The paper's MAE with three hidden layers of 3000, models II, III, IV.
pub(super) const PUBLISHED: [f64; 3] = [0.20, 0.26, 0.32];

/// The sizes of a profile.
pub(super) struct Sizes {
    pub(super) samples: u64,
    pub(super) test: u64,
    depths: Vec<usize>,
    neurons: Vec<usize>,
}

impl Sizes {
    pub(super) fn of(profile: Profile) -> Self {
        profile.choose(
            Self {
                samples: 8_000,
                test: 4_000,
                depths: vec![1, 3],
                neurons: vec![100, 300],
            },
            Self {
                samples: 80_000,
                test: 20_000,
                depths: vec![1, 2, 3, 4, 5],
                neurons: vec![2000, 2500, 3000],
            },
        )
    }

    /// The widest.
    pub(super) fn widest(&self) -> usize {
        self.neurons.iter().copied().max().unwrap_or(1)
    }
}

/// The samples that figures 11 and 12 learn from and are judged on.
pub(super) fn data(profile: Profile, model: DisorderModel) -> [DatasetJob; 2] {
    let Sizes { samples, test, .. } = Sizes::of(profile);
    [
        DatasetJob::species(model, samples, SEEDS[0]),
        DatasetJob::species(model, test, SEEDS[1]),
    ]
}

/// How long its networks are trained.
fn patience(profile: Profile) -> Patience {
    profile.choose(
        Patience {
            epochs: 6,
            patience: 2,
        },
        Patience {
            epochs: 15,
            patience: 3,
        },
    )
}

/// One of its networks.
pub(super) fn job(
    profile: Profile,
    model: DisorderModel,
    depth: usize,
    units: usize,
) -> Result<TrainingJob, ExperimentError> {
    let [data, test] = data(profile, model);
    Ok(TrainingJob {
        label: format!("Fig. 11, model {}, {depth} x {units}", numeral(model)),
        config: dense(depth, units, patience(profile))?,
        data,
        first: data.samples,
        test,
    })
}

pub(super) fn reproduce(cache: &ArtifactCache<'_>) -> Result<FigureReport, ExperimentError> {
    let profile = cache.profile();
    let sizes = Sizes::of(profile);
    let mut jobs = Vec::new();
    for model in MODELS {
        for &units in &sizes.neurons {
            for &depth in &sizes.depths {
                jobs.push(job(profile, model, depth, units)?);
            }
        }
    }
    let points = cache.points(&jobs)?;
    let table = points_table(&jobs, &points);
    let bands = bands_table(points.iter().flatten());
    let by_model: Vec<&[Option<Point>]> = points
        .chunks(sizes.depths.len() * sizes.neurons.len())
        .collect();
    let mut claims = Vec::new();
    for ((model, paper), points) in MODELS.into_iter().zip(PUBLISHED).zip(&by_model) {
        let widest = sizes.neurons.len().saturating_sub(1);
        let third = sizes.depths.iter().position(|&depth| depth == 3);
        let place = third.map(|third| widest * sizes.depths.len() + third);
        let point = place.and_then(|place| points.get(place)?.as_ref());
        let what = format!("MAE, model {}, 3 × {}", numeral(model), sizes.widest());
        claims.push(error_claim(profile, &what, paper, point));
    }
    let picture = draw(&sizes, &by_model)?;
    Ok(FigureReport {
        figure: Figure::Fig11,
        profile,
        pictures: picture.into_iter().collect(),
        tables: vec![table, bands],
        claims,
        notes: vec![
            choices(patience(profile)),
            "The range of depths is not given in the paper.".to_owned(),
        ],
    })
}

/// A panel a model.
fn draw(sizes: &Sizes, by_model: &[&[Option<Point>]]) -> Result<Option<Picture>, ExperimentError> {
    let depths = sizes.depths.len();
    let names: Vec<String> = sizes
        .neurons
        .iter()
        .map(|units| format!("{units} neurons"))
        .collect();
    let curve = |points: &[Option<Point>]| -> Vec<CurvePoint> {
        let pairs = sizes.depths.iter().zip(points);
        pairs
            .map(|(&depth, point)| at(depth as f64, point.as_ref()))
            .collect()
    };
    let counting = |points: &[Option<Point>]| -> Vec<CurvePoint> {
        let known = points.iter().flatten().next();
        let ends = [sizes.depths.first(), sizes.depths.last()];
        let ends = ends.into_iter().flatten();
        ends.map(|&depth| baseline(depth as f64, known)).collect()
    };
    let paper = PUBLISHED.map(|mae| [plain(3.0, mae)]);
    let drawn: Vec<(Vec<Vec<CurvePoint>>, Vec<CurvePoint>)> = by_model
        .iter()
        .map(|points| (points.chunks(depths).map(curve).collect(), counting(points)))
        .collect();
    let series: Vec<Vec<Series<'_>>> = drawn
        .iter()
        .zip(&paper)
        .map(|((errors, counting), paper)| {
            let mut series: Vec<Series<'_>> = names
                .iter()
                .zip(errors)
                .map(|(name, points)| Series {
                    name,
                    style: Style::Marked,
                    points,
                })
                .collect();
            series.push(Series {
                name: "median at the count",
                style: Style::Line,
                points: counting,
            });
            series.push(Series {
                name: "the paper, 3 × 3000",
                style: Style::Published,
                points: paper,
            });
            series
        })
        .collect();
    let titles = MODELS.map(|model| format!("Model {}, 40 × 40 sites", numeral(model)));
    let panels: Vec<CurvesPanel<'_>> = titles
        .iter()
        .zip(&series)
        .map(|(name, series)| CurvesPanel {
            name,
            along: CurveAxis {
                title: "Hidden layers",
                division: Division::Whole,
            },
            upright: ERROR,
            series,
        })
        .collect();
    curves_picture(
        "",
        "Fig. 11: the DNN's error against depth and width, models II, III, IV",
        &panels,
    )
}
