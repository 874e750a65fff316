//! Fig. 8: DNN, model I, the error against size, depth and width.

use super::error::ExperimentError;
use super::figure::Figure;
use super::found::{Claim, Found, Picture};
use super::numbers::points_table;
use super::order::{DataOrder, Point, PointOrder};
use super::pictures::{ERROR, at, plain};
use super::trainings::{CHOICES, Patience, dense};
use super::workshop::Workshop;
use crate::plotting::{CurveAxis, CurvePoint, CurvesPanel, CurvesPicture, Division, Series, Style};

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

pub(super) fn reproduce(workshop: &Workshop<'_>) -> Result<Found, ExperimentError> {
    let profile = workshop.profile();
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
    let order = |depth: usize, units: usize, side: usize, strength: f64| {
        let data = |which: usize| DataOrder::model_1(strength, side, SAMPLES[which], SEEDS[which]);
        Ok::<_, ExperimentError>(PointOrder {
            label: format!("Fig. 8, {side} x {side}, w = {strength}, {depth} x {units}"),
            config: dense(depth, units, patience)?,
            data: data(0),
            first: SAMPLES[0],
            test: data(1),
        })
    };
    let mut orders = Vec::new();
    for depth in DEPTHS {
        for &units in &neurons {
            for &side in &sides {
                orders.push(order(depth, units, side, STRENGTH)?);
            }
        }
    }
    let widest = neurons.iter().copied().max().unwrap_or(1);
    for strength in STRENGTHS {
        orders.push(order(DEPTHS[3], widest, SIDE, strength)?);
    }
    let points = workshop.points(&orders)?;
    let labels = orders.iter().map(|order| order.label.clone());
    let table = points_table(labels.zip(points.iter().map(Option::as_ref)));
    let (grids, by_strength) = points.split_at(points.len() - STRENGTHS.len());
    let per_depth = neurons.len() * sides.len();
    let grids: Vec<Grid> = grids
        .chunks(per_depth)
        .map(|grid| grid.chunks(sides.len()).map(<[_]>::to_vec).collect())
        .collect();

    Ok(Found {
        figure: Figure::Fig8,
        profile,
        pictures: vec![
            Picture::new("", draw(&sides, &neurons, &grids)?),
            Picture::new("_w", draw_strengths(by_strength)?),
        ],
        tables: vec![table],
        claims: claims(&grids, by_strength)
            .into_iter()
            .map(|claim| claim.of_networks(profile))
            .collect(),
        notes: vec![
            CHOICES.to_owned(),
            format!(
                "Sizes and numbers of neurons are not given in the paper; here {sides:?} sites along \
                 a side and {neurons:?} neurons in a layer."
            ),
        ],
    })
}

fn error(point: Option<&Option<Point>>) -> Option<f64> {
    point.and_then(Option::as_ref).map(|point| point.mae)
}

fn claims(grids: &[Grid], by_strength: &[Option<Point>]) -> Vec<Claim> {
    let corner = |depth: usize, units: usize, side: usize| {
        let row = grids.get(depth).and_then(|grid| grid.get(units));
        error(row.and_then(|row| row.get(side)))
    };
    let last = |list: usize| list.saturating_sub(1);
    let widths = grids.first().map_or(0, Vec::len);
    let sides = grids
        .first()
        .and_then(|grid| grid.first())
        .map_or(0, Vec::len);
    let mut claims = Vec::new();
    // In the middle of the sizes.
    let middle = sides / 2;
    let words = "falls with the number of neurons (one hidden layer)";
    claims.push(
        match (corner(0, 0, middle), corner(0, last(widths), middle)) {
            (Some(few), Some(many)) => Claim::words(
                words,
                "yes",
                format!("{few:.4} with the fewest, {many:.4} with the most"),
                many < few,
            ),
            _ => Claim::not_done(words, "yes"),
        },
    );
    let words = "converges with the number of neurons at four hidden layers";
    let at_four = |units| corner(3, units, middle);
    claims.push(
        match (
            at_four(0),
            at_four(last(widths).saturating_sub(1)),
            at_four(last(widths)),
        ) {
            (Some(few), Some(more), Some(most)) => Claim::words(
                words,
                "yes",
                format!("{few:.4} with the fewest, then {more:.4}, {most:.4} with the most"),
                (more - most).abs() < 0.15 * most || widths < 3,
            ),
            _ => Claim::not_done(words, "yes"),
        },
    );
    let words = "rises fast with the size";
    let deepest = |side| corner(3, last(widths), side);
    claims.push(match (deepest(0), deepest(last(sides))) {
        (Some(small), Some(large)) => Claim::words(
            words,
            "yes",
            format!("{small:.4} for the smallest, {large:.4} for the largest"),
            large > 3.0 * small,
        ),
        _ => Claim::not_done(words, "yes"),
    });
    let words = "rises with w";
    let errors: Option<Vec<f64>> = by_strength.iter().map(|point| error(Some(point))).collect();
    claims.push(match errors {
        Some(errors) => Claim::words(
            words,
            "yes",
            errors
                .iter()
                .map(|error| format!("{error:.4}"))
                .collect::<Vec<_>>()
                .join(", "),
            errors.is_sorted(),
        ),
        None => Claim::not_done(words, "yes"),
    });
    claims
}

fn draw(
    sides: &[usize],
    neurons: &[usize],
    grids: &[Grid],
) -> Result<crate::plotting::Scene, ExperimentError> {
    // A curve a number of neurons, and what the constant is worth.
    let curves: Vec<Vec<(String, Style, Vec<CurvePoint>)>> = grids
        .iter()
        .map(|grid| {
            let mut curves: Vec<(String, Style, Vec<CurvePoint>)> = grid
                .iter()
                .zip(neurons)
                .map(|(row, neurons)| {
                    let points = sides.iter().zip(row);
                    let points =
                        points.filter_map(|(&side, point)| Some(at(side as f64, point.as_ref()?)));
                    (format!("{neurons}"), Style::Marked, points.collect())
                })
                .collect();
            let constant = sides.iter().zip(grid.iter().flatten());
            let constant = constant.filter_map(|(&side, point)| {
                Some(plain(side as f64, point.as_ref()?.baseline_mae))
            });
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
    let picture = CurvesPicture {
        name: "Fig. 8: the DNN's error against the size, model I, w = 2 t",
        panels: &panels,
    };
    Ok(picture.draw()?)
}

fn draw_strengths(points: &[Option<Point>]) -> Result<crate::plotting::Scene, ExperimentError> {
    let pairs = || STRENGTHS.into_iter().zip(points.iter());
    let ours: Vec<CurvePoint> = pairs()
        .filter_map(|(w, point)| Some(at(w, point.as_ref()?)))
        .collect();
    let constant: Vec<CurvePoint> = pairs()
        .filter_map(|(w, point)| Some(plain(w, point.as_ref()?.baseline_mae)))
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
    let picture = CurvesPicture {
        name: "Fig. 8, beside it: the DNN's error against w",
        panels: &panels,
    };
    Ok(picture.draw()?)
}
