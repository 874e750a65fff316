//! Fig. 12: the error against the number of species, DNN and CNN.

use super::artifact_cache::ArtifactCache;
use super::error::ExperimentError;
use super::fig10::MODELS;
use super::fig11::{self, PUBLISHED, Sizes};
use super::figure::Figure;
use super::jobs::{Point, TrainingJob};
use super::numbers::{bands_table, error_claim, numeral, points_table};
use super::pictures::{ERROR, at, baseline, curves_picture, plain};
use super::report::{Claim, FigureReport, Picture};
use super::trainings::{Patience, choices, cnn};
use landauer_learn::training::TargetName;
use landauer_plot::{CurveAxis, CurvePoint, CurvesPanel, Division, Series, Style};

/// More than this many times as many multiply-adds is far more expensive.
const FAR: f64 = 3.0;
/// Errors that differ by less than such a share are nearly equal.
const NEARLY: f64 = 0.1;

pub(super) fn reproduce(cache: &ArtifactCache<'_>) -> Result<FigureReport, ExperimentError> {
    let profile = cache.profile();
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
    let mut jobs = Vec::new();
    for model in MODELS {
        jobs.push(fig11::job(profile, model, 3, sizes.widest())?);
        let [data, test] = fig11::data(profile, model);
        jobs.push(TrainingJob {
            label: format!("Fig. 12, model {}, CNN", numeral(model)),
            config: cnn(TargetName::G, 1, patience)?,
            data,
            first: data.samples,
            test,
        });
    }
    let points = cache.points(&jobs)?;
    let table = points_table(&jobs, &points);
    let bands = bands_table(points.iter().flatten());
    let pairs = points.as_chunks::<2>().0;
    let mut claims = Vec::new();
    for ((model, paper), [dnn, cnn]) in MODELS.into_iter().zip(PUBLISHED).zip(pairs) {
        let numeral = numeral(model);
        for (name, point) in [("DNN", dnn), ("CNN", cnn)] {
            let what = format!("MAE, model {numeral}, {name}");
            claims.push(error_claim(profile, &what, paper, point.as_ref()));
        }
        for claim in [both, times] {
            let claim = claim(numeral, dnn.as_ref(), cnn.as_ref());
            claims.push(claim.of_networks(profile));
        }
    }
    Ok(FigureReport {
        figure: Figure::Fig12,
        profile,
        pictures: draw(pairs)?.into_iter().collect(),
        tables: vec![table, bands],
        claims,
        notes: vec![
            choices(patience),
            "This applies to the CNNs; the DNNs are those of Fig. 11. The CNN's values of the paper are read as equal to the \
             DNN's, which it calls nearly equally accurate. \
             Here that means within a tenth; far cheaper means a third of the multiply-adds of the \
             whole training (three for each of the network's and each sample)."
                .to_owned(),
        ],
    })
}

fn both(numeral: &str, dnn: Option<&Point>, cnn: Option<&Point>) -> Claim {
    let what = format!("DNN and CNN are nearly equally accurate, model {numeral}");
    let (Some(dnn), Some(cnn)) = (dnn, cnn) else {
        return Claim::not_done(&what, "yes");
    };
    let difference = (dnn.mae - cnn.mae).abs() / dnn.mae.max(cnn.mae);
    Claim::words(
        &what,
        "yes",
        format!(
            "{:.4} and {:.4}: {:.0} % apart",
            dnn.mae,
            cnn.mae,
            100.0 * difference
        ),
        difference <= NEARLY,
    )
}

fn times(numeral: &str, dnn: Option<&Point>, cnn: Option<&Point>) -> Claim {
    let what = format!("the CNN trains far cheaper, model {numeral}");
    let (Some(dnn), Some(cnn)) = (dnn, cnn) else {
        return Claim::not_done(&what, "yes");
    };
    // Seconds depend on how many threads there were and what else these did; work does not.
    let work = |point: &Point| {
        let passes = point.epochs[0] * point.training_samples;
        3.0 * point.multiply_adds as f64 * passes as f64
    };
    let said = |name: &str, point: &Point| {
        format!(
            "{name} {:.1e} multiply-adds in {} epochs ({:.0} s, {})",
            work(point),
            point.epochs[0],
            point.seconds,
            point.device
        )
    };
    Claim::words(
        &what,
        "yes",
        format!("{}; {}", said("DNN", dnn), said("CNN", cnn)),
        work(dnn) > FAR * work(cnn),
    )
}

fn draw(pairs: &[[Option<Point>; 2]]) -> Result<Option<Picture>, ExperimentError> {
    let species = |place: usize| (place + 1) as f64;
    let curve = |which: usize| -> Vec<CurvePoint> {
        let each = pairs.iter().enumerate();
        each.map(|(place, pair)| at(species(place), pair[which].as_ref()))
            .collect()
    };
    let (dnn, cnn) = (curve(0), curve(1));
    let counting = pairs
        .iter()
        .enumerate()
        .map(|(place, pair)| baseline(species(place), pair.iter().flatten().next()));
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
    curves_picture(
        "",
        "Fig. 12: the error against the number of species",
        &panels,
    )
}
