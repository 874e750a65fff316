//! Fig. 8: DNN, model I, the error against size, depth and width.

use super::artifact_cache::ArtifactCache;
use super::error::ExperimentError;
use super::figure::Figure;
use super::jobs::{DatasetJob, Point, TrainingJob};
use super::numbers::{four, points_table};
use super::pictures::{ERROR, at, baseline, curves_picture};
use super::report::{Claim, FigureReport, Picture};
use super::trainings::{Patience, choices, dense};
use landauer_plot::{CurveAxis, CurvePoint, CurvesPanel, Division, Series, Style};

/// w in t.
const STRENGTH: f64 = 2.0;
const SEEDS: [u64; 2] = [8, 108];
const SAMPLES: [u64; 2] = [10_000, 2_000];
const DEPTHS: [usize; 4] = [1, 2, 3, 4];
/// The strengths that are compared, for strips of 4 × 4 sites.
const STRENGTHS: [f64; 4] = [1.0, 2.0, 3.0, 4.0];
const SIDE: usize = 4;

/// A panel's networks: `[neurons, side]`.
type Grid = Vec<Vec<Option<Point>>>;

pub(super) fn reproduce(cache: &ArtifactCache<'_>) -> Result<FigureReport, ExperimentError> {
    let profile = cache.profile();
    let sides: Vec<usize> = profile.choose(vec![2, 3, 4, 5], vec![2, 3, 4, 5, 6, 7]);
    let neurons: Vec<usize> = profile.choose(vec![10, 40], vec![5, 10, 20, 40, 80]);
    let patience = profile.choose(
        Patience {
            epochs: 20,
            patience: 5,
        },
        Patience {
            epochs: 100,
            patience: 15,
        },
    );
    let job = |depth: usize, units: usize, side: usize, strength: f64| {
        let data = |which: usize| DatasetJob::model_1(strength, side, SAMPLES[which], SEEDS[which]);
        Ok::<_, ExperimentError>(TrainingJob {
            label: format!("Fig. 8, {side} x {side}, w = {strength}, {depth} x {units}"),
            config: dense(depth, units, patience)?,
            data: data(0),
            first: SAMPLES[0],
            test: data(1),
        })
    };
    let mut jobs = Vec::new();
    for depth in DEPTHS {
        for &units in &neurons {
            for &side in &sides {
                jobs.push(job(depth, units, side, STRENGTH)?);
            }
        }
    }
    let widest = neurons.iter().copied().max().unwrap_or(1);
    for strength in STRENGTHS {
        jobs.push(job(DEPTHS[3], widest, SIDE, strength)?);
    }
    let points = cache.points(&jobs)?;
    let table = points_table(&jobs, &points);
    let (grids, by_strength) = points.split_at(points.len() - STRENGTHS.len());
    let per_depth = neurons.len() * sides.len();
    let grids: Vec<Grid> = grids
        .chunks(per_depth)
        .map(|grid| grid.chunks(sides.len()).map(<[_]>::to_vec).collect())
        .collect();

    Ok(FigureReport {
        figure: Figure::Fig8,
        profile,
        pictures: [
            draw(&sides, &neurons, &grids)?,
            draw_strengths(by_strength)?,
        ]
        .into_iter()
        .flatten()
        .collect(),
        tables: vec![table],
        claims: claims(&sides, &neurons, &grids, by_strength)
            .into_iter()
            .map(|claim| claim.of_networks(profile))
            .collect(),
        notes: vec![
            choices(patience),
            format!(
                "Sizes and numbers of neurons are not given in the paper; here {sides:?} sites along \
                 a side and {neurons:?} neurons in a layer. Falling is by a tenth at least from the \
                 fewest neurons to the most, converging by a tenth at most in the last step, fast is a \
                 factor of three from the smallest to the largest size."
            ),
        ],
    })
}

/// What the paper says of the curves, in the middle of the sizes unless it is about them.
fn claims(
    sides: &[usize],
    neurons: &[usize],
    grids: &[Grid],
    by_strength: &[Option<Point>],
) -> Vec<Claim> {
    let middle = sides.len() / 2;
    let point = |depth: usize, units: usize, side: usize| -> Option<&Point> {
        grids.get(depth)?.get(units)?.get(side)?.as_ref()
    };
    // Every number of neurons, at one depth.
    let along_neurons = |depth| -> Option<Vec<&Point>> {
        let each = 0..neurons.len();
        each.map(|units| point(depth, units, middle)).collect()
    };
    let along_sides = || -> Option<Vec<&Point>> {
        let each = 0..sides.len();
        let widest = neurons.len().checked_sub(1)?;
        each.map(|side| point(DEPTHS.len() - 1, widest, side))
            .collect()
    };
    let strengths: Option<Vec<&Point>> = by_strength.iter().map(Option::as_ref).collect();
    let side = sides.get(middle).copied().unwrap_or_default();
    let of_neurons = format!("{side} × {side}, {neurons:?} neurons");
    let widest = neurons.last().copied().unwrap_or_default();
    let of_sides = format!("four layers of {widest}, {sides:?} sites along a side");
    let of_strengths = format!("{SIDE} × {SIDE}, w = {STRENGTHS:?} t");
    vec![
        errors_claim(
            "falls with the number of neurons (one hidden layer)",
            &of_neurons,
            along_neurons(0),
            |errors| errors[errors.len() - 1] < 0.9 * errors[0],
        ),
        errors_claim(
            "converges with the number of neurons at four hidden layers",
            &of_neurons,
            // With two numbers of neurons there is no telling.
            along_neurons(3).filter(|points| points.len() > 2),
            |errors| match errors {
                [.., before, last] => (before - last).abs() <= 0.1 * before,
                _ => false,
            },
        ),
        errors_claim(
            "rises fast with the size",
            &of_sides,
            along_sides(),
            |errors| errors.is_sorted() && errors[errors.len() - 1] > 3.0 * errors[0],
        ),
        errors_claim("rises with w", &of_strengths, strengths, <[f64]>::is_sorted),
    ]
}

/// What the paper says of a series of errors, if all of it is there.
fn errors_claim(
    what: &str,
    along: &str,
    points: Option<Vec<&Point>>,
    holds: impl Fn(&[f64]) -> bool,
) -> Claim {
    let Some(points) = points.filter(|points| !points.is_empty()) else {
        return Claim::not_done(what, "yes");
    };
    let errors: Vec<f64> = points.iter().map(|point| point.mae).collect();
    let each: Vec<String> = errors.iter().map(|&error| four(error)).collect();
    let ours = format!("{along}: MAE {} G0", each.join(", "));
    let mut baselines: Vec<String> = points.iter().map(|p| four(p.baseline_mae)).collect();
    baselines.dedup();
    Claim {
        baseline: baselines.join(", "),
        ..Claim::words(what, "yes", ours, holds(&errors))
    }
}

fn draw(
    sides: &[usize],
    neurons: &[usize],
    grids: &[Grid],
) -> Result<Option<Picture>, ExperimentError> {
    // A curve a number of neurons, and what the constant is worth.
    let curves: Vec<Vec<(String, Style, Vec<CurvePoint>)>> = grids
        .iter()
        .map(|grid| {
            let mut curves: Vec<(String, Style, Vec<CurvePoint>)> = grid
                .iter()
                .zip(neurons)
                .map(|(row, neurons)| {
                    let points = sides.iter().zip(row);
                    let points = points.map(|(&side, point)| at(side as f64, point.as_ref()));
                    (format!("{neurons}"), Style::Marked, points.collect())
                })
                .collect();
            let constant = sides.iter().zip(grid.iter().flatten());
            let constant = constant.map(|(&side, point)| baseline(side as f64, point.as_ref()));
            curves.push(("constant".to_owned(), Style::Line, constant.collect()));
            curves
        })
        .collect();
    let series: Vec<Vec<Series<'_>>> = curves
        .iter()
        .map(|curves| {
            let series = curves.iter().map(|(name, style, points)| Series {
                name,
                style: *style,
                points,
            });
            series.collect()
        })
        .collect();
    let names = DEPTHS.map(|depth| match depth {
        1 => "One hidden layer, neurons:".to_owned(),
        depth => format!("{depth} hidden layers, neurons:"),
    });
    let panels: Vec<CurvesPanel<'_>> = names
        .iter()
        .zip(&series)
        .map(|(name, series)| CurvesPanel {
            name,
            along: CurveAxis {
                title: "Sites along a side",
                division: Division::Whole,
            },
            upright: ERROR,
            series,
        })
        .collect();
    curves_picture(
        "",
        "Fig. 8: the DNN's error against the size, model I, w = 2 t",
        &panels,
    )
}

fn draw_strengths(points: &[Option<Point>]) -> Result<Option<Picture>, ExperimentError> {
    let pairs = || STRENGTHS.into_iter().zip(points.iter());
    let ours: Vec<CurvePoint> = pairs().map(|(w, point)| at(w, point.as_ref())).collect();
    let constant: Vec<CurvePoint> = pairs()
        .map(|(w, point)| baseline(w, point.as_ref()))
        .collect();
    let series = [
        Series {
            name: "DNN",
            style: Style::Marked,
            points: &ours,
        },
        Series {
            name: "constant",
            style: Style::Line,
            points: &constant,
        },
    ];
    let panels = [CurvesPanel {
        name: "Model I, 4 × 4 sites, four hidden layers",
        along: CurveAxis {
            title: "Disorder strength w (t)",
            division: Division::FromZero,
        },
        upright: ERROR,
        series: &series,
    }];
    curves_picture(
        "_w",
        "Fig. 8, beside it: the DNN's error against w",
        &panels,
    )
}
