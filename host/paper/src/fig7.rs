//! Fig. 7: ensemble mean and spread of Ḡ, by network and exactly, with times.

use std::time::Instant;

use landauer_core::inference::Target;
use landauer_core::{Concentration, DisorderModel, Ensemble};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::artifact_cache::ArtifactCache;
use super::error::ExperimentError;
use super::fig6;
use super::figure::Figure;
use super::jobs::square;
use super::pictures::{CONCENTRATION, plain};
use super::report::{Claim, FigureReport, Picture, Table, Verdict};
use super::timing::{PASSES, fastest};
use landauer::internal::files::hexadecimal;
use landauer::statistics::MeanAndError;
use landauer::{Method, Precision, SolverKind};
use landauer_learn::evaluation::{ExactTargets, Predictor};
use landauer_learn::export::{ExportError, WeightBits, model_label, of_run, training_strips};
use landauer_learn::inference::IntegerPredictor;
use landauer_learn::training::{TargetName, Trained};
use landauer_plot::{CurveAxis, CurvePoint, CurvesPanel, CurvesPicture, Division, Series, Style};

const SEED: u64 = 7;
/// Strips that the integer network's scales are found on.
const CALIBRATION: usize = 1000;
/// The concentration at which times are taken.
const TIMED: f64 = 0.1;
/// Strips that they are taken of: as many as the paper's.
const TIMED_STRIPS: usize = 1000;
/// Means and spreads are compared where the exact mean is above this, in G0.
const COMPARED: f64 = 0.1;
/// Means agree if they differ by this share at most, spreads differ slightly if by this one.
const AGREEING: [f64; 2] = [0.1, 0.25];
const MEANS: &str = "the means agree";
const SPREADS: &str = "the spreads differ slightly";
const TIME_EXACT: &str = "time for one concentration, exactly";
const TIME_NETWORK: &str = "time for one concentration, by the network";
/// The paper's times for one concentration, in seconds: Kwant, and the network.
const PAPER_SECONDS: [f64; 2] = [8885.0, 32.0];

/// Mean and standard deviation of one concentration's Ḡ, in G0.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Moments {
    mean: f64,
    deviation: f64,
}

impl Moments {
    fn of(values: &[f64]) -> Self {
        let statistics: MeanAndError = values.iter().copied().collect();
        let count = values.len() as f64;
        // The paper's divisor is N.
        let variance = statistics.variance().unwrap_or_default() * (count - 1.0) / count;
        Self {
            mean: statistics.mean().unwrap_or_default(),
            deviation: variance.max(0.0).sqrt(),
        }
    }
}

/// What is found at one concentration.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AtConcentration {
    n: f64,
    /// What it took to solve and to predict.
    seconds: f64,
    exact: Moments,
    float: Moments,
    integer: Moments,
}

/// Seconds for one concentration, all threads.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Times {
    samples: usize,
    threads: usize,
    f64: f64,
    f32: f64,
    float: f64,
    integer: f64,
}

pub(super) fn reproduce(cache: &ArtifactCache<'_>) -> Result<FigureReport, ExperimentError> {
    let profile = cache.profile();
    let (concentrations, samples): (u32, usize) = profile.choose((21, 200), (101, 1000));
    let job = fig6::job(profile, TargetName::GBar, None, 1)?;
    let mut found = FigureReport {
        figure: Figure::Fig7,
        profile,
        pictures: Vec::new(),
        tables: Vec::new(),
        claims: Vec::new(),
        notes: Vec::new(),
    };
    let point = cache.points(std::slice::from_ref(&job))?;
    if point.iter().all(Option::is_none) {
        let all = [
            (MEANS, "yes".to_owned()),
            (SPREADS, "yes".to_owned()),
            (TIME_EXACT, seconds_words(PAPER_SECONDS[0])),
            (TIME_NETWORK, seconds_words(PAPER_SECONDS[1])),
        ];
        let not_done = all.map(|(what, paper)| Claim::not_done(what, &paper));
        found.claims.extend(not_done);
        return Ok(found);
    }
    let mut networks = Networks::new(cache.trained(&job)?)?;
    let (name, file) = (job.name(), networks.hash.clone());
    let observer = cache.observer();
    observer.begin("solving and predicting", concentrations.into());
    let at = |number: u32| {
        let n = f64::from(number) / f64::from(concentrations - 1);
        let inputs = format!("{name}, {file}, n = {n}, {samples} strips, seed {SEED}");
        let one = cache.cached("fig7/moments", &inputs, || networks.at(n, samples));
        observer.advance(1);
        one
    };
    let all: Result<Vec<AtConcentration>, ExperimentError> = (0..concentrations).map(at).collect();
    observer.end();
    let all = all?;
    let seconds = all.iter().map(|one| one.seconds).sum();
    cache.record("solving and predicting".to_owned(), Some(seconds), false);
    let inputs = format!(
        "{name}, n = {TIMED}, {TIMED_STRIPS} strips, seed {SEED}, {CALIBRATION}, {PASSES} passes, {} \
         threads",
        rayon::current_num_threads()
    );
    let times: Times = cache.cached("fig7/times", &inputs, || networks.times(TIMED_STRIPS))?;

    found.pictures.push(Picture::new("", draw(&all)?));
    found.tables.extend([table(&all), times.table()]);
    let claims = claims(&all);
    found
        .claims
        .extend(claims.map(|claim| claim.of_networks(profile)));
    found.claims.extend(times.claims());
    found.notes.push(format!(
        "{samples} configurations at each of {concentrations} concentrations; the network is that \
         of Fig. 6(c). Means and spreads are compared where the exact mean is above {COMPARED} G0: \
         means agree if they differ by a tenth at most, spreads differ slightly if by a quarter at \
         most. The paper's times are for one concentration, 10,000 solves and 1000 predictions, on \
         an i5-7500; ours for as many, on {} threads at n = {} %, the fastest of {PASSES} passes.",
        times.threads,
        100.0 * TIMED
    ));
    Ok(found)
}

/// The network of Fig. 6(c), in floats and in integers, and the solver.
struct Networks {
    exact: ExactTargets,
    float: Trained,
    integer: IntegerPredictor,
    /// SHA-256 of the integer network's file: another way of rounding makes another one.
    hash: String,
}

impl Networks {
    fn new(float: Trained) -> Result<Self, ExperimentError> {
        let strips = training_strips(&float, CALIBRATION)?;
        let network = of_run(&float, 1)?;
        let label = model_label(&float, "fig7")?;
        let lowered = network.lower(&strips, WeightBits::Int8, &label)?;
        let hash = hexadecimal(&Sha256::digest(&lowered.bytes));
        let integer =
            IntegerPredictor::new(lowered.bytes, None).map_err(ExportError::InvalidModel)?;
        Ok(Self {
            exact: exact(Precision::F64)?,
            float,
            integer,
            hash,
        })
    }

    fn at(&mut self, n: f64, samples: usize) -> Result<AtConcentration, ExperimentError> {
        let onsite = strips(n, samples)?;
        let begin = Instant::now();
        let exact = self.exact.solve(&onsite)?;
        let mut predicted = [vec![0.0; samples], vec![0.0; samples]];
        self.float.predict(&onsite, &mut predicted[0])?;
        self.integer.predict(&onsite, &mut predicted[1])?;
        Ok(AtConcentration {
            n,
            seconds: begin.elapsed().as_secs_f64(),
            exact: Moments::of(&exact),
            float: Moments::of(&predicted[0]),
            integer: Moments::of(&predicted[1]),
        })
    }

    fn times(&mut self, samples: usize) -> Result<Times, ExperimentError> {
        let onsite = strips(TIMED, samples)?;
        let mut out = vec![0.0; samples];
        let solved = |precision| -> Result<f64, ExperimentError> {
            let exact = exact(precision)?;
            fastest(|| {
                exact.solve(&onsite)?;
                Ok(())
            })
        };
        let (f64, f32) = (solved(Precision::F64)?, solved(Precision::F32)?);
        let mut time = |predictor: &mut dyn Predictor| -> Result<f64, ExperimentError> {
            fastest(|| Ok(predictor.predict(&onsite, &mut out)?))
        };
        Ok(Times {
            samples,
            threads: rayon::current_num_threads(),
            f64,
            f32,
            float: time(&mut self.float)?,
            integer: time(&mut self.integer)?,
        })
    }
}

/// Strips of model II at one concentration, `[sample, slice, row]`.
fn strips(n: f64, samples: usize) -> Result<Vec<f64>, ExperimentError> {
    let ensemble = Ensemble::new(DisorderModel::II, Concentration::Fixed(n), SEED)?;
    let sites = square(40).sites();
    let mut onsite = vec![0.0; samples * sites];
    for (number, strip) in onsite.chunks_exact_mut(sites).enumerate() {
        ensemble.sample(number as u64).fill_onsite(strip);
    }
    Ok(onsite)
}

/// The exact solver for Ḡ.
fn exact(precision: Precision) -> Result<ExactTargets, ExperimentError> {
    let kind = SolverKind::new(Method::Dissection, precision);
    let targets = [Target::PAPER_BIAS_AVERAGE];
    Ok(ExactTargets::new(kind, square(40), &targets)?)
}

impl Times {
    fn table(&self) -> Table {
        let mut table = Table::new("_times", &["by", "seconds", "solves or predictions"]);
        let (solves, threads) = (10 * self.samples, self.threads);
        for (by, seconds, count) in [
            (
                "Kwant, i5-7500 (the paper)".to_owned(),
                PAPER_SECONDS[0],
                10_000,
            ),
            (
                "network, i5-7500 (the paper)".to_owned(),
                PAPER_SECONDS[1],
                1000,
            ),
            (format!("exact f64, {threads} threads"), self.f64, solves),
            (format!("exact f32, {threads} threads"), self.f32, solves),
            (
                format!("float network, {threads} threads"),
                self.float,
                self.samples,
            ),
            (
                format!("integer network, {threads} threads"),
                self.integer,
                self.samples,
            ),
        ] {
            table.push([by, format!("{seconds:.4}"), count.to_string()]);
        }
        table
    }

    fn claims(&self) -> [Claim; 2] {
        let claim = |what: &str, paper: f64, ours: [(f64, &str); 2]| {
            let each = ours.map(|(seconds, name)| format!("{seconds:.3} s ({name})"));
            let [slower, other] = ours.map(|(seconds, _)| seconds);
            Claim {
                what: what.to_owned(),
                paper: seconds_words(paper),
                baseline: String::new(),
                ours: each.join(", "),
                verdict: Verdict::of_error(paper, slower.max(other)),
            }
        };
        let [kwant, network] = PAPER_SECONDS;
        [
            claim(TIME_EXACT, kwant, [(self.f64, "f64"), (self.f32, "f32")]),
            claim(
                TIME_NETWORK,
                network,
                [(self.float, "float"), (self.integer, "integer")],
            ),
        ]
    }
}

fn seconds_words(seconds: f64) -> String {
    format!("{seconds} s")
}

fn claims(all: &[AtConcentration]) -> [Claim; 2] {
    // The largest relative difference, and where it is.
    let worst = |of: fn(&Moments) -> f64, network: fn(&AtConcentration) -> &Moments| {
        let compared = all
            .iter()
            .filter(|one| one.exact.mean > COMPARED && of(&one.exact) > 0.0);
        let each = compared.map(|one| {
            let exact = of(&one.exact);
            ((of(network(one)) - exact).abs() / exact, one.n)
        });
        each.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default()
    };
    let claim = |what: &str, of: fn(&Moments) -> f64, most: f64| {
        let found = [
            ("in floats", worst(of, |one| &one.float)),
            ("in integers", worst(of, |one| &one.integer)),
        ];
        let words = found.map(|(name, (share, n))| {
            format!("{:.1} % at n = {:.0} % {name}", 100.0 * share, 100.0 * n)
        });
        let holds = found.iter().all(|(_, (share, _))| *share <= most);
        Claim::words(
            what,
            "yes",
            format!("off by up to {}", words.join(", ")),
            holds,
        )
    };
    [
        claim(MEANS, |moments| moments.mean, AGREEING[0]),
        claim(SPREADS, |moments| moments.deviation, AGREEING[1]),
    ]
}

fn table(all: &[AtConcentration]) -> Table {
    let header = [
        "n (%)",
        "mean exact (G0)",
        "mean float",
        "mean integer",
        "spread exact (G0)",
        "spread float",
        "spread integer",
    ];
    let mut table = Table::new("", &header);
    for one in all {
        let five = |value: f64| format!("{value:.5}");
        table.push([
            format!("{:.0}", 100.0 * one.n),
            five(one.exact.mean),
            five(one.float.mean),
            five(one.integer.mean),
            five(one.exact.deviation),
            five(one.float.deviation),
            five(one.integer.deviation),
        ]);
    }
    table
}

fn draw(all: &[AtConcentration]) -> Result<landauer_plot::Scene, ExperimentError> {
    let curve = |of: fn(&AtConcentration) -> f64| -> Vec<CurvePoint> {
        all.iter()
            .map(|one| plain(100.0 * one.n, of(one)))
            .collect()
    };
    let curves = [
        [
            curve(|one| one.exact.mean),
            curve(|one| one.float.mean),
            curve(|one| one.integer.mean),
        ],
        [
            curve(|one| one.exact.deviation),
            curve(|one| one.float.deviation),
            curve(|one| one.integer.deviation),
        ],
    ];
    let series = curves.each_ref().map(|[exact, float, integer]| {
        [
            Series {
                name: "exact",
                style: Style::Markers,
                points: exact,
            },
            Series {
                name: "CNN, float",
                style: Style::Line,
                points: float,
            },
            Series {
                name: "CNN, integers",
                style: Style::Dashed,
                points: integer,
            },
        ]
    });
    let panel = |name, title, number: usize| CurvesPanel {
        name,
        along: CONCENTRATION,
        upright: CurveAxis {
            title,
            division: Division::FromZero,
        },
        series: &series[number],
    };
    let panels = [
        panel("Model II, 40 × 40 sites", "Mean of Ḡ (2e²/h)", 0),
        panel("", "Spread of Ḡ (2e²/h)", 1),
    ];
    let picture = CurvesPicture {
        name: "Fig. 7: ensemble mean and spread of Ḡ against n, model II",
        panels: &panels,
    };
    Ok(picture.draw()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paper_s_variance_is_a_standard_deviation_with_n_in_the_divisor() {
        let moments = Moments::of(&[1.0, 3.0]);
        assert_eq!((moments.mean, moments.deviation), (2.0, 1.0));
    }

    #[test]
    fn the_worst_difference_decides_where_there_is_something_to_compare() {
        let moments = |mean, deviation| Moments { mean, deviation };
        let one = |n, exact: Moments, found: Moments| AtConcentration {
            n,
            seconds: 0.0,
            exact,
            float: found,
            integer: exact,
        };
        let good = one(0.1, moments(6.0, 0.7), moments(5.9, 0.6));
        // A mean of less than a tenth: not compared.
        let small = one(0.5, moments(0.03, 0.035), moments(0.06, 0.01));
        let verdicts = |all: &[AtConcentration]| claims(all).map(|claim| claim.verdict);
        let both = [good.clone(), small];
        assert_eq!(verdicts(&both), [Verdict::Agrees, Verdict::Agrees]);
        let narrow = one(0.3, moments(0.8, 0.18), moments(0.8, 0.11));
        let both = [good, narrow];
        assert_eq!(verdicts(&both), [Verdict::Agrees, Verdict::Differs]);
        assert!(
            claims(&both)[1]
                .ours
                .contains("38.9 % at n = 30 % in floats")
        );
    }
}
