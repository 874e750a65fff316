//! Fig. 9: DNN, model I, the error against N_train.

use super::artifact_cache::ArtifactCache;
use super::error::ExperimentError;
use super::figure::Figure;
use super::jobs::{DatasetJob, Point, TrainingJob};
use super::numbers::{points_table, seeds_claim};
use super::pictures::{LOG_ERROR, at, curves_picture, plain};
use super::report::{FigureReport, Picture};
use super::trainings::{Patience, choices, dense};
use landauer_learn::training::TrainingConfig;
use landauer_plot::{CurveAxis, CurvePoint, CurvesPanel, Division, Series, Style};

/// w in t.
const STRENGTH: f64 = 2.0;
/// Of the data that are learned from, and of the test set.
const DATA_SEEDS: [u64; 2] = [9, 109];
/// Of the weights, where the paper has a number; the first is the one that is drawn.
const SEEDS: [u64; 3] = [1, 2, 3];
const TEST: u64 = 2_000;
const SIDES: [usize; 3] = [3, 4, 5];
/// Hidden layers and neurons: those of (a), then what (b) has beside the first.
const NETWORKS: [(usize, usize); 3] = [(1, 30), (1, 60), (3, 30)];
/// What the paper has of one hidden layer of 30: side, the binary logarithm of N_train, MAE.
const PUBLISHED: [(usize, u32, f64); 2] = [(3, 16, 0.04), (4, 18, 0.09)];

/// A trained network and what it is.
struct Curve {
    side: usize,
    network: (usize, usize),
    points: Vec<(u64, Option<Point>)>,
}

pub(super) fn reproduce(cache: &ArtifactCache<'_>) -> Result<FigureReport, ExperimentError> {
    let profile = cache.profile();
    let exponents: Vec<u32> = profile.choose(vec![11, 12, 13, 14], (11..=18).collect());
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
    let most = exponents.iter().max().copied().unwrap_or_default();
    let job = |side: usize, (depth, units): (usize, usize), exponent: u32, seed: u64| {
        Ok::<_, ExperimentError>(TrainingJob {
            label: format!("Fig. 9, {side} x {side}, {depth} x {units}, 2^{exponent}, seed {seed}"),
            config: TrainingConfig {
                seed,
                ..dense(depth, units, patience)?
            },
            data: DatasetJob::model_1(STRENGTH, side, 1 << most, DATA_SEEDS[0]),
            first: 1 << exponent,
            test: DatasetJob::model_1(STRENGTH, side, TEST, DATA_SEEDS[1]),
        })
    };
    let mut jobs = Vec::new();
    for side in SIDES {
        for network in NETWORKS {
            for &exponent in &exponents {
                jobs.push(job(side, network, exponent, SEEDS[0])?);
            }
        }
    }
    let drawn = jobs.len();
    for (side, exponent, _) in PUBLISHED {
        for seed in SEEDS {
            jobs.push(job(side, NETWORKS[0], exponent.min(most), seed)?);
        }
    }
    let points = cache.points(&jobs)?;
    let table = points_table(&jobs, &points);
    let (points, seeds) = points.split_at(drawn);
    let mut groups = jobs
        .chunks(exponents.len())
        .zip(points.chunks(exponents.len()));
    let mut curves = Vec::new();
    for side in SIDES {
        for network in NETWORKS {
            let Some((jobs, points)) = groups.next() else {
                continue;
            };
            let firsts = jobs.iter().map(|job| job.first);
            curves.push(Curve {
                side,
                network,
                points: firsts.zip(points.iter().cloned()).collect(),
            });
        }
    }
    let mut claims = Vec::new();
    for ((side, exponent, paper), points) in PUBLISHED.into_iter().zip(seeds.chunks(SEEDS.len())) {
        let exponent = exponent.min(most);
        let what = format!("MAE, {side} × {side}, one hidden layer of 30, 2^{exponent} samples");
        claims.push(seeds_claim(profile, &what, paper, points.iter().flatten()));
    }
    Ok(FigureReport {
        figure: Figure::Fig9,
        profile,
        pictures: draw(&curves)?.into_iter().collect(),
        tables: vec![table],
        claims,
        notes: vec![choices(patience)],
    })
}

fn draw(all: &[Curve]) -> Result<Option<Picture>, ExperimentError> {
    let paper: Vec<CurvePoint> = PUBLISHED
        .iter()
        .map(|&(_, exponent, mae)| plain(f64::from(exponent).exp2(), mae))
        .collect();
    let drawn = |networks: [(usize, usize); 2]| -> Vec<(String, Vec<CurvePoint>)> {
        let picked = all.iter().filter(|curve| networks.contains(&curve.network));
        picked
            .map(|curve| {
                let (depth, units) = curve.network;
                let name = format!("{0} × {0}, {depth} × {units}", curve.side);
                let points = curve.points.iter();
                let points = points.map(|(samples, point)| at(*samples as f64, point.as_ref()));
                (name, points.collect())
            })
            .collect()
    };
    let lists = [
        drawn([NETWORKS[0], NETWORKS[1]]),
        drawn([NETWORKS[0], NETWORKS[2]]),
    ];
    let series: Vec<Vec<Series<'_>>> = lists
        .iter()
        .map(|list| {
            let mut series: Vec<Series<'_>> = list
                .iter()
                .map(|(name, points)| Series {
                    name,
                    style: Style::Marked,
                    points,
                })
                .collect();
            series.push(Series {
                name: "the paper, 1 × 30",
                style: Style::Published,
                points: &paper,
            });
            series
        })
        .collect();
    let panel = |name, number: usize| CurvesPanel {
        name,
        along: CurveAxis {
            title: "Training samples",
            division: Division::Octaves,
        },
        upright: LOG_ERROR,
        series: &series[number],
    };
    let panels = [
        panel("One hidden layer, 30 and 60 neurons", 0),
        panel("30 neurons, one and three hidden layers", 1),
    ];
    curves_picture(
        "",
        "Fig. 9: the DNN's error against the training samples, model I, w = 2 t",
        &panels,
    )
}
