//! Fig. 12: the error against the number of species, DNN and CNN.

use super::error::ExperimentError;
use super::fig10::MODELS;
use super::fig11::{self, PUBLISHED, Sizes};
use super::figure::Figure;
use super::found::{Claim, Found, Picture};
use super::numbers::{bands_table, error_claim, numeral, points_table};
use super::order::{Point, PointOrder};
use super::pictures::{ERROR, at, plain};
use super::trainings::{CHOICES, Patience, cnn};
use super::workshop::Workshop;
use crate::plotting::{CurveAxis, CurvePoint, CurvesPanel, CurvesPicture, Division, Series, Style};
use crate::training::TargetName;

pub(super) fn reproduce(workshop: &Workshop<'_>) -> Result<Found, ExperimentError> {
    let profile = workshop.profile();
    let sizes = Sizes::of(profile);
    let patience = profile.choose(
        Patience {
            epochs: 12,
            patience: 3,
        },
        Patience {
            epochs: 30,
            patience: 5,
        },
    );
    let mut orders = Vec::new();
    for model in MODELS {
        orders.push(fig11::order(profile, model, 3, sizes.widest())?);
        let [data, test] = fig11::data(profile, model);
        orders.push(PointOrder {
            label: format!("Fig. 12, model {}, CNN", numeral(model)),
            config: cnn(TargetName::G, 1, patience)?,
            data,
            first: data.samples,
            test,
        });
    }
    let points = workshop.points(&orders)?;
    let labels = orders.iter().map(|order| order.label.clone());
    let table = points_table(labels.zip(points.iter().map(Option::as_ref)));
    let bands = bands_table(points.iter().flatten());
    let pairs = points.as_chunks::<2>().0;
    let mut claims = Vec::new();
    for ((model, paper), [dnn, cnn]) in MODELS.into_iter().zip(PUBLISHED).zip(pairs) {
        let numeral = numeral(model);
        for (name, point) in [("DNN", dnn), ("CNN", cnn)] {
            let what = format!("MAE, model {numeral}, {name}");
            claims.push(error_claim(profile, &what, Some(paper), point.as_ref()));
        }
        for claim in [both, times] {
            let claim = claim(numeral, dnn.as_ref(), cnn.as_ref());
            claims.push(claim.of_networks(profile));
        }
    }
    Ok(Found {
        figure: Figure::Fig12,
        profile,
        pictures: vec![Picture::new("", draw(pairs)?)],
        tables: vec![table, bands],
        claims,
        notes: vec![
            CHOICES.to_owned(),
            "The DNNs are those of Fig. 11; the CNN's values of the paper are read as equal to the \
             DNN's, which it calls nearly equally accurate."
                .to_owned(),
        ],
    })
}

fn both(numeral: &str, dnn: Option<&Point>, cnn: Option<&Point>) -> Claim {
    let what = format!("DNN and CNN are nearly equally accurate, model {numeral}");
    let (Some(dnn), Some(cnn)) = (dnn, cnn) else {
        return Claim::not_done(&what, "yes");
    };
    let ratio = dnn.mae / cnn.mae;
    Claim::words(
        &what,
        "yes",
        format!("{:.4} and {:.4}", dnn.mae, cnn.mae),
        (0.85..1.18).contains(&ratio),
    )
}

fn times(numeral: &str, dnn: Option<&Point>, cnn: Option<&Point>) -> Claim {
    let what = format!("the CNN trains far cheaper, model {numeral}");
    let (Some(dnn), Some(cnn)) = (dnn, cnn) else {
        return Claim::not_done(&what, "yes");
    };
    Claim::words(
        &what,
        "yes",
        format!(
            "DNN {:.0} s ({} epochs), CNN {:.0} s ({} epochs)",
            dnn.seconds, dnn.epochs[0], cnn.seconds, cnn.epochs[0]
        ),
        // By the epoch, since both end when they no longer improve.
        dnn.seconds / dnn.epochs[0].max(1) as f64 > 2.0 * cnn.seconds / cnn.epochs[0].max(1) as f64,
    )
}

fn draw(pairs: &[[Option<Point>; 2]]) -> Result<crate::plotting::Scene, ExperimentError> {
    let species = |place: usize| (place + 1) as f64;
    let curve = |which: usize| -> Vec<CurvePoint> {
        let each = pairs.iter().enumerate();
        each.filter_map(|(place, pair)| Some(at(species(place), pair[which].as_ref()?)))
            .collect()
    };
    let (dnn, cnn) = (curve(0), curve(1));
    let counting = pairs.iter().enumerate().filter_map(|(place, pair)| {
        let known = pair.iter().flatten().next()?;
        Some(plain(species(place), known.baseline_mae))
    });
    let counting: Vec<CurvePoint> = counting.collect();
    let paper: Vec<CurvePoint> = PUBLISHED
        .iter()
        .enumerate()
        .map(|(place, &mae)| plain(species(place), mae))
        .collect();
    let series = [
        Series {
            name: "DNN",
            style: Style::Marked,
            points: &dnn,
        },
        Series {
            name: "CNN",
            style: Style::Marked,
            points: &cnn,
        },
        Series {
            name: "median at the count",
            style: Style::Line,
            points: &counting,
        },
        Series {
            name: "the paper",
            style: Style::Published,
            points: &paper,
        },
    ];
    let panels = [CurvesPanel {
        name: "40 × 40 sites",
        along: CurveAxis {
            title: "Species of impurities",
            division: Division::Whole,
        },
        upright: ERROR,
        series: &series,
    }];
    let picture = CurvesPicture {
        name: "Fig. 12: the error against the number of species",
        panels: &panels,
    };
    Ok(picture.draw()?)
}
