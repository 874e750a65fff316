//! Fig. 6: CNN, model II, predicted against exact conductances; the error against N_train.

use landauer_core::DisorderModel;

use super::error::ExperimentError;
use super::fig5::pairs;
use super::figure::Figure;
use super::found::{Claim, Found, Picture};
use super::numbers::{bands_table, error_claim, points_table};
use super::order::{DataOrder, Point, PointOrder};
use super::pictures::{ERROR, at, plain, scatter};
use super::profile::Profile;
use super::trainings::{CHOICES, Patience, cnn};
use super::workshop::Workshop;
use crate::evaluation::Predictions;
use crate::plotting::{CurveAxis, CurvePoint, CurvesPanel, CurvesPicture, Division, Series, Style};
use crate::training::TargetName;

pub(super) const SEEDS: [u64; 2] = [6, 106];

/// A conductance that networks are trained for.
struct Conductance {
    target: TargetName,
    letter: &'static str,
    /// The ends of the names of the scatter's and the curve's files.
    suffixes: [&'static str; 2],
    /// What the paper has: N_train and the MAE.
    published: &'static [(u64, f64)],
}

const CONDUCTANCES: [Conductance; 2] = [
    Conductance {
        target: TargetName::G,
        letter: "G",
        suffixes: ["_a", "_b"],
        published: &[(30_000, 0.195), (80_000, 0.18)],
    },
    Conductance {
        target: TargetName::GBar,
        letter: "Ḡ",
        suffixes: ["_c", "_d"],
        published: &[(80_000, 0.095)],
    },
];

/// How much is trained.
struct Sizes {
    training: Vec<u64>,
    test: u64,
    /// Seeds of the networks with the most samples.
    seeds: u64,
    patience: Patience,
}

impl Sizes {
    fn of(profile: Profile) -> Self {
        profile.choose(
            Self {
                training: vec![5_000, 10_000, 20_000],
                test: 5_000,
                seeds: 1,
                patience: Patience {
                    epochs: 12,
                    patience: 3,
                },
            },
            Self {
                training: vec![30_000, 40_000, 50_000, 60_000, 70_000, 80_000],
                test: 20_000,
                seeds: 3,
                patience: PAPER,
            },
        )
    }

    fn most(&self) -> u64 {
        self.training.iter().copied().max().unwrap_or_default()
    }
}

const PAPER: Patience = Patience {
    epochs: 30,
    patience: 5,
};

/// The CNN for a target, with the data of this figure.
pub(super) fn order(
    profile: Profile,
    target: TargetName,
    first: Option<u64>,
    seed: u64,
) -> Result<PointOrder, ExperimentError> {
    let sizes = Sizes::of(profile);
    let first = first.unwrap_or(sizes.most());
    let data = |samples, seed| DataOrder {
        bias: true,
        ..DataOrder::species(DisorderModel::OneSpecies, samples, seed)
    };
    let letter = match target {
        TargetName::GBar => "G-bar",
        _ => "G",
    };
    Ok(PointOrder {
        label: format!("Fig. 6, CNN, {letter}, {first} samples, seed {seed}"),
        config: cnn(target, seed, sizes.patience)?,
        data: data(sizes.most(), SEEDS[0]),
        first,
        test: data(sizes.test, SEEDS[1]),
    })
}

pub(super) fn reproduce(workshop: &Workshop<'_>) -> Result<Found, ExperimentError> {
    let profile = workshop.profile();
    let sizes = Sizes::of(profile);
    let mut found = Found {
        figure: Figure::Fig6,
        profile,
        pictures: Vec::new(),
        tables: Vec::new(),
        claims: Vec::new(),
        notes: vec![
            CHOICES.to_owned(),
            "G and Ḡ are of the same configurations. The baseline is the median at the impurity \
             count, of the training samples."
                .to_owned(),
        ],
    };
    let mut all = Vec::new();
    let mut errors = Vec::new();
    for conductance in CONDUCTANCES {
        let Conductance {
            target,
            letter,
            suffixes,
            published,
        } = conductance;
        let mut orders = Vec::new();
        for &samples in &sizes.training {
            let seeds = if samples == sizes.most() {
                sizes.seeds
            } else {
                1
            };
            for seed in 1..=seeds {
                orders.push(order(profile, target, Some(samples), seed)?);
            }
        }
        let points = workshop.points(&orders)?;
        found.pictures.push(Picture::new(
            suffixes[1],
            curve(letter, &points, published)?,
        ));
        let best = orders.iter().zip(&points);
        let mut best = best.filter(|(order, _)| order.first == sizes.most());
        let first = best.next();
        if let Some((order, Some(point))) = first {
            let predictions = workshop.predictions(order)?;
            let name = format!("Model II, 40 × 40 sites, {} samples", sizes.test);
            found.pictures.push(Picture::new(
                suffixes[0],
                scatter(&name, letter, &predictions, point)?,
            ));
            found.tables.push(pairs(suffixes[0], &predictions));
            found
                .claims
                .push(shape_claim(letter, &predictions).of_networks(profile));
        }
        for &(samples, paper) in published {
            let wanted = profile.choose(sizes.most(), samples);
            let of_size = points.iter().flatten();
            let of_size: Vec<&Point> = of_size
                .filter(|point| point.training_samples == wanted)
                .collect();
            if profile == Profile::Quick && samples != 80_000 {
                continue;
            }
            let what = format!("MAE of {letter}, {wanted} samples");
            let mut claim = error_claim(profile, &what, Some(paper), of_size.first().copied());
            if of_size.len() > 1 {
                let each: Vec<String> = of_size.iter().map(|p| format!("{:.4}", p.mae)).collect();
                claim.ours = format!("{}; seeds: {}", claim.ours, each.join(", "));
            }
            found.claims.push(claim);
        }
        errors.push(mean_error(&points, sizes.most()));
        let labels = orders.into_iter().map(|order| order.label);
        all.extend(labels.zip(points));
    }
    if let [Some(g), Some(g_bar)] = errors[..] {
        let claim = Claim::words(
            "the error of Ḡ is about half that of G",
            "0.2 to 0.1",
            format!("{g:.4} to {g_bar:.4}: {:.2} of it", g_bar / g),
            (0.4..0.65).contains(&(g_bar / g)),
        );
        found.claims.push(claim.of_networks(profile));
    }
    let table = all
        .iter()
        .map(|(label, point)| (label.clone(), point.as_ref()));
    found.tables.push(points_table(table));
    let done = all.iter().filter_map(|(_, point)| point.as_ref());
    found.tables.push(bands_table(done));
    Ok(found)
}

/// The mean over the seeds.
fn mean_error(points: &[Option<Point>], samples: u64) -> Option<f64> {
    let of_size = points.iter().flatten();
    let of_size = of_size.filter(|point| point.training_samples == samples);
    let errors: Vec<f64> = of_size.map(|point| point.mae).collect();
    (!errors.is_empty()).then(|| errors.iter().sum::<f64>() / errors.len() as f64)
}

/// Where the numbers of exact and predicted conductances differ most, in windows of 2 G0.
fn shape_claim(letter: &str, found: &Predictions) -> Claim {
    /// Windows from 0 to 40 G0.
    const WINDOWS: usize = 20;
    let count = |values: &[f64]| {
        let mut counts = [0_u32; WINDOWS];
        for value in found.column(values, 0) {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "what is negative counts as 0, what is larger in the last window"
            )]
            let window = (value / 2.0).max(0.0) as usize;
            counts[window.min(WINDOWS - 1)] += 1;
        }
        counts.map(f64::from)
    };
    let (exact, predicted) = (count(&found.exact), count(&found.predicted));
    let share = |window: usize| {
        let both = exact[window] + predicted[window];
        // Numbers of fewer differ by chance.
        if both < 40.0 {
            return 0.0;
        }
        2.0 * (exact[window] - predicted[window]).abs() / both
    };
    let last = share(WINDOWS - 1);
    let others = (0..WINDOWS - 1).map(share).fold(0.0, f64::max);
    let ours = format!(
        "numbers of exact and of predicted conductances in windows of 2 G0 with some \
         twenty of each differ by {:.0} % from 38 to 40 G0 ({} and {}), by {:.0} % at most below",
        100.0 * last,
        exact[WINDOWS - 1],
        predicted[WINDOWS - 1],
        100.0 * others
    );
    if letter == "G" {
        let what = "P and P_NN of G differ visibly only near 38 to 40";
        Claim::words(what, "yes", ours, last > 1.5 * others)
    } else {
        // Two windows of sixty samples each would differ by as much by chance.
        let what = "P and P_NN of Ḡ differ almost nowhere";
        Claim::words(what, "yes", ours, last < 0.4 && others < 0.4)
    }
}

fn curve(
    letter: &str,
    points: &[Option<Point>],
    published: &[(u64, f64)],
) -> Result<crate::plotting::Scene, ExperimentError> {
    let points: Vec<&Point> = points.iter().flatten().collect();
    let thousands = |samples: u64| samples as f64 / 1000.0;
    let of = |seed_1: &Point| at(thousands(seed_1.training_samples), seed_1);
    let ours: Vec<CurvePoint> = points.iter().map(|point| of(point)).collect();
    let counting: Vec<CurvePoint> = points
        .iter()
        .map(|point| plain(thousands(point.training_samples), point.baseline_mae))
        .collect();
    let paper = published
        .iter()
        .map(|&(samples, mae)| plain(thousands(samples), mae));
    let paper: Vec<CurvePoint> = paper.collect();
    let series = [
        Series {
            name: "CNN, ours",
            style: Style::Markers,
            points: &ours,
        },
        Series {
            name: "median at the count",
            style: Style::Line,
            points: &counting,
        },
        Series {
            name: "CNN, the paper's",
            style: Style::Published,
            points: &paper,
        },
    ];
    let name = format!("Model II, 40 × 40 sites, {letter}");
    let panels = [CurvesPanel {
        name: &name,
        along: CurveAxis {
            title: "Training samples (thousands)",
            division: Division::Even,
        },
        upright: ERROR,
        series: &series,
    }];
    let picture = CurvesPicture {
        name: &format!("Fig. 6: the CNN's error of {letter} against the training samples"),
        panels: &panels,
    };
    Ok(picture.draw()?)
}
