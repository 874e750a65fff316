//! Fig. 6: CNN, model II, predicted against exact conductances; the error against N_train.

use landauer_core::DisorderModel;

use super::artifact_cache::ArtifactCache;
use super::error::ExperimentError;
use super::fig5::pairs;
use super::figure::Figure;
use super::jobs::{DatasetJob, Point, TrainingJob};
use super::numbers::{bands_table, points_table, seeds_claim};
use super::pictures::{ERROR, at, baseline, curves_picture, plain, scatter};
use super::profile::Profile;
use super::report::{Claim, FigureReport, Picture, Verdict};
use super::trainings::{Patience, choices, cnn};
use landauer::statistics::MeanAndError;
use landauer_learn::evaluation::Predictions;
use landauer_learn::training::TargetName;
use landauer_plot::{CurveAxis, CurvePoint, CurvesPanel, Division, Series, Style};

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
pub(super) fn job(
    profile: Profile,
    target: TargetName,
    first: Option<u64>,
    seed: u64,
) -> Result<TrainingJob, ExperimentError> {
    let sizes = Sizes::of(profile);
    let first = first.unwrap_or(sizes.most());
    let data = |samples, seed| DatasetJob {
        bias: true,
        ..DatasetJob::species(DisorderModel::II, samples, seed)
    };
    let letter = match target {
        TargetName::GBar => "G-bar",
        _ => "G",
    };
    Ok(TrainingJob {
        label: format!("Fig. 6, CNN, {letter}, {first} samples, seed {seed}"),
        config: cnn(target, seed, sizes.patience)?,
        data: data(sizes.most(), SEEDS[0]),
        first,
        test: data(sizes.test, SEEDS[1]),
    })
}

/// The networks with the most samples, one a seed.
pub(super) fn seeds(
    profile: Profile,
    target: TargetName,
) -> Result<Vec<TrainingJob>, ExperimentError> {
    let seeds = 1..=Sizes::of(profile).seeds;
    seeds.map(|seed| job(profile, target, None, seed)).collect()
}

pub(super) fn reproduce(cache: &ArtifactCache<'_>) -> Result<FigureReport, ExperimentError> {
    let profile = cache.profile();
    let sizes = Sizes::of(profile);
    let mut found = FigureReport {
        figure: Figure::Fig6,
        profile,
        pictures: Vec::new(),
        tables: Vec::new(),
        claims: Vec::new(),
        notes: vec![
            choices(sizes.patience),
            format!(
                "G and Ḡ are of the same configurations. The baseline is the median at the impurity \
                 count, of the training samples. P and P_NN are said to differ visibly in a window \
                 of 2 G0 if their numbers of strips differ by more than {VISIBLE} % and by more than \
                 {SURE} standard deviations of chance."
            ),
        ],
    };
    let (mut all_orders, mut all_points) = (Vec::new(), Vec::new());
    let mut of_most = Vec::new();
    for conductance in CONDUCTANCES {
        let Conductance {
            target,
            letter,
            suffixes,
            published,
        } = conductance;
        let mut jobs = seeds(profile, target)?;
        for &samples in sizes.training.iter().filter(|&&few| few != sizes.most()) {
            jobs.push(job(profile, target, Some(samples), 1)?);
        }
        let points = cache.points(&jobs)?;
        let (drawn, judged) = match &points[0] {
            Some(point) => {
                let predictions = cache.predictions(&jobs[0])?;
                let name = format!("Model II, 40 × 40 sites, {} samples", sizes.test);
                found.tables.push(pairs(suffixes[0], &predictions));
                let scene = scatter(&name, letter, &predictions, point)?;
                let claim = shape_claim(letter, &Shape::of(&predictions));
                (Some(Picture::new(suffixes[0], scene)), claim)
            }
            None => (None, Claim::not_done(&shape_words(letter), "yes")),
        };
        found.pictures.extend(drawn);
        let curve = curve(suffixes[1], letter, &points, published)?;
        found.pictures.extend(curve);
        found.claims.push(judged.of_networks(profile));
        for &(samples, paper) in published {
            let wanted = profile.choose(sizes.most(), samples);
            // The quick profile has one size that all of the paper's stand for.
            if profile == Profile::Quick && samples != published[published.len() - 1].0 {
                continue;
            }
            let what = format!("MAE of {letter}, {wanted} samples");
            let of_size = points.iter().flatten();
            let of_size = of_size.filter(|point| point.training_samples == wanted);
            found
                .claims
                .push(seeds_claim(profile, &what, paper, of_size));
        }
        let count = usize::try_from(sizes.seeds).unwrap_or(usize::MAX);
        of_most.push(points.iter().take(count).cloned().collect::<Vec<_>>());
        all_orders.extend(jobs);
        all_points.extend(points);
    }
    if let [g, g_bar] = &of_most[..] {
        found.claims.push(half_claim(profile, g, g_bar));
    }
    found.tables.push(points_table(&all_orders, &all_points));
    found.tables.push(bands_table(all_points.iter().flatten()));
    Ok(found)
}

/// The ratio of the mean errors of Ḡ and of G beside the paper's, which goes from 0.2 to 0.1.
pub(super) fn half_claim(profile: Profile, g: &[Option<Point>], g_bar: &[Option<Point>]) -> Claim {
    const WHAT: &str = "from G to Ḡ the MAE is halved";
    const PAPER: f64 = 0.5;
    let mean = |points: &[Option<Point>]| {
        let errors: MeanAndError = points.iter().flatten().map(|point| point.mae).collect();
        errors.mean()
    };
    let (Some(g), Some(g_bar)) = (mean(g), mean(g_bar)) else {
        return Claim::not_done(WHAT, "0.2 to 0.1");
    };
    let claim = Claim {
        what: WHAT.to_owned(),
        paper: "0.2 to 0.1".to_owned(),
        baseline: String::new(),
        ours: format!(
            "{g:.4} to {g_bar:.4}, means of all seeds: times {:.2}",
            g_bar / g
        ),
        verdict: Verdict::of_error(PAPER, g_bar / g),
    };
    claim.of_networks(profile)
}

/// The shares of a window differ visibly in a picture from this many percent on,
const VISIBLE: u32 = 10;
/// if they differ by more than this many standard deviations.
const SURE: u32 = 3;
/// Windows from 0 to 40 G0.
const WINDOWS: usize = 20;
/// Fewer strips in a window, exact and predicted, say nothing.
const FEW: f64 = 40.0;

/// How many strips have an exact and a predicted conductance in each window of 2 G0.
struct Shape {
    exact: [f64; WINDOWS],
    predicted: [f64; WINDOWS],
}

impl Shape {
    fn of(found: &Predictions) -> Self {
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
        Self {
            exact: count(&found.exact),
            predicted: count(&found.predicted),
        }
    }

    /// By how many percent a window's numbers differ, if it has enough of them.
    fn difference(&self, window: usize) -> Option<f64> {
        let (exact, predicted) = (self.exact[window], self.predicted[window]);
        let both = exact + predicted;
        (both >= FEW).then(|| 200.0 * (exact - predicted).abs() / both)
    }

    /// Do they differ so that one sees it?
    fn differs(&self, window: usize) -> bool {
        let chance = 200.0 / (self.exact[window] + self.predicted[window]).sqrt();
        self.difference(window)
            .is_some_and(|found| found > VISIBLE.into() && found > f64::from(SURE) * chance)
    }
}

fn shape_words(letter: &str) -> String {
    match letter {
        "G" => "P and P_NN of G differ visibly only near 38 to 40".to_owned(),
        _ => format!("P and P_NN of {letter} differ almost nowhere"),
    }
}

/// Where the numbers of exact and predicted conductances differ visibly.
fn shape_claim(letter: &str, shape: &Shape) -> Claim {
    let visible: Vec<usize> = (0..WINDOWS)
        .filter(|&window| shape.differs(window))
        .collect();
    let mut parts: Vec<String> = visible
        .iter()
        .map(|&window| {
            format!(
                "{} to {} G0: {} exact, {} predicted",
                2 * window,
                2 * window + 2,
                shape.exact[window],
                shape.predicted[window]
            )
        })
        .collect();
    if parts.is_empty() {
        parts.push("nowhere".to_owned());
    }
    let last = WINDOWS - 1;
    if !visible.contains(&last) {
        let (exact, predicted) = (shape.exact[last], shape.predicted[last]);
        let found = match shape.difference(last) {
            Some(percent) => format!("{percent:.0} %"),
            None => "too few to say".to_owned(),
        };
        parts.push(format!(
            "38 to 40 G0: {found} ({exact} exact, {predicted} predicted)"
        ));
    }
    let holds = match letter {
        "G" => visible == [last],
        _ => visible.len() <= 1,
    };
    let ours = format!("visibly: {}", parts.join("; "));
    Claim::words(&shape_words(letter), "yes", ours, holds)
}

fn curve(
    suffix: &str,
    letter: &str,
    points: &[Option<Point>],
    published: &[(u64, f64)],
) -> Result<Option<Picture>, ExperimentError> {
    let mut points: Vec<&Point> = points.iter().flatten().collect();
    points.sort_by_key(|point| point.training_samples);
    let thousands = |samples: u64| samples as f64 / 1000.0;
    let places = || {
        points
            .iter()
            .map(|p| (thousands(p.training_samples), Some(*p)))
    };
    let ours: Vec<CurvePoint> = places().map(|(x, point)| at(x, point)).collect();
    let counting: Vec<CurvePoint> = places().map(|(x, point)| baseline(x, point)).collect();
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
    let name = format!("Fig. 6: the CNN's error of {letter} against the training samples");
    curves_picture(suffix, &name, &panels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(exact: &[(usize, f64)], predicted: &[(usize, f64)]) -> Shape {
        let counts = |pairs: &[(usize, f64)]| {
            let mut counts = [100.0; WINDOWS];
            for &(window, count) in pairs {
                counts[window] = count;
            }
            counts
        };
        Shape {
            exact: counts(exact),
            predicted: counts(predicted),
        }
    }

    #[test]
    fn only_what_is_seen_and_no_chance_is_a_difference() {
        // 5 %, though sure; 25 %, but of a few; 40 %.
        let found = shape(
            &[(3, 20_000.0), (4, 22.0), (5, 120.0)],
            &[(3, 19_000.0), (4, 28.0), (5, 80.0)],
        );
        let differing: Vec<usize> = (0..WINDOWS).filter(|&at| found.differs(at)).collect();
        assert!(differing.is_empty(), "{differing:?}");
        assert!(shape(&[(5, 600.0)], &[(5, 400.0)]).differs(5));
        assert_eq!(shape(&[(5, 3.0)], &[(5, 30.0)]).difference(5), None);
    }

    #[test]
    fn the_paper_s_words_hold_only_where_it_says() {
        let verdict = |letter: &str, shape: &Shape| shape_claim(letter, shape).verdict;
        let last = shape(&[(19, 600.0)], &[(19, 300.0)]);
        assert_eq!(verdict("G", &last), Verdict::Agrees);
        let before = shape(&[(7, 600.0)], &[(7, 300.0)]);
        assert_eq!(verdict("G", &before), Verdict::Differs);
        let empty = shape(&[(19, 0.0)], &[(19, 0.0)]);
        assert_eq!(verdict("Ḡ", &empty), Verdict::Agrees);
        assert!(shape_claim("Ḡ", &empty).ours.contains("too few to say"));
        let two = shape(&[(7, 600.0), (8, 600.0)], &[(7, 300.0), (8, 300.0)]);
        assert_eq!(verdict("Ḡ", &two), Verdict::Differs);
    }
}
