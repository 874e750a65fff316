//! Fig. 7: ensemble mean and spread of Ḡ, by network and exactly, with times.

use landauer_core::inference::Target;
use landauer_core::{Concentration, DisorderModel, Ensemble};
use serde::{Deserialize, Serialize};

use super::error::ExperimentError;
use super::fig6;
use super::figure::Figure;
use super::found::{Claim, Found, Picture, Table, Verdict};
use super::order::square;
use super::pictures::{CONCENTRATION, plain};
use super::timing::{PASSES, fastest};
use super::workshop::Workshop;
use crate::ensemble::{MeanAndError, Method, Precision, SolverKind};
use crate::evaluation::{ExactTargets, Predictor};
use crate::export::{ExportError, WeightBits, identity, of_run, training_strips};
use crate::inference::IntegerPredictor;
use crate::plotting::{CurveAxis, CurvePoint, CurvesPanel, CurvesPicture, Division, Series, Style};
use crate::training::{TargetName, Trained};

const SEED: u64 = 7;
/// Strips that the integer network's scales are found on.
const CALIBRATION: usize = 1000;
/// The concentration at which times are taken.
const TIMED: f64 = 0.1;
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

pub(super) fn reproduce(workshop: &Workshop<'_>) -> Result<Found, ExperimentError> {
    let profile = workshop.profile();
    let (concentrations, samples): (u32, usize) = profile.choose((21, 200), (101, 1000));
    let order = fig6::order(profile, TargetName::GBar, None, 1)?;
    let mut found = Found {
        figure: Figure::Fig7,
        profile,
        pictures: Vec::new(),
        tables: Vec::new(),
        claims: Vec::new(),
        notes: Vec::new(),
    };
    let point = workshop.points(std::slice::from_ref(&order))?;
    if point.iter().all(Option::is_none) {
        let what = "means agree, spreads differ slightly";
        found.claims.push(Claim::not_done(what, "yes"));
        return Ok(found);
    }
    let mut networks = Networks::new(workshop.trained(&order)?)?;
    let key = format!("fig7/{}", order.name());
    let guide = workshop.guide();
    guide.begin("solving and predicting", concentrations.into());
    let mut all = Vec::new();
    for number in 0..concentrations {
        let n = f64::from(number) / f64::from(concentrations - 1);
        let name = format!("{key}-{samples}-{number}");
        let one = workshop.cached(&name, || networks.at(n, samples));
        guide.advance(1);
        match one {
            Ok(one) => all.push(one),
            Err(error) => {
                guide.end();
                return Err(error);
            }
        }
    }
    guide.end();
    let times: Times = workshop.cached(&format!("{key}-times-{samples}"), || {
        networks.times(samples)
    })?;

    found.pictures.push(Picture::new("", draw(&all)?));
    found.tables.extend([table(&all), times.table()]);
    let claims = claims(&all);
    found
        .claims
        .extend(claims.map(|claim| claim.of_networks(profile)));
    found.claims.extend(times.claims());
    found.notes.push(format!(
        "{samples} configurations at each of {concentrations} concentrations; the network is that \
         of Fig. 6(c). The paper's times are for one concentration, 10,000 solves, on an i5-7500; \
         ours are for {} solves on {} threads at n = {} %, the fastest of {PASSES} passes.",
        times.samples * 10,
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
}

impl Networks {
    fn new(float: Trained) -> Result<Self, ExperimentError> {
        let strips = training_strips(&float, CALIBRATION)?;
        let network = of_run(&float, 1)?;
        let identity = identity(&float, "fig7")?;
        let lowered = network.lower(&strips, WeightBits::Int8, &identity)?;
        let integer = IntegerPredictor::new(lowered.bytes, None).map_err(ExportError::Refused)?;
        Ok(Self {
            exact: exact(Precision::F64)?,
            float,
            integer,
        })
    }

    fn at(&mut self, n: f64, samples: usize) -> Result<AtConcentration, ExperimentError> {
        let onsite = strips(n, samples)?;
        let exact = self.exact.solve(&onsite)?;
        let mut predicted = [vec![0.0; samples], vec![0.0; samples]];
        self.float.predict(&onsite, &mut predicted[0])?;
        self.integer.predict(&onsite, &mut predicted[1])?;
        Ok(AtConcentration {
            n,
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
    let ensemble = Ensemble::new(DisorderModel::OneSpecies, Concentration::Fixed(n), SEED)?;
    let sites = square(40).sites()?;
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
        // Of as many strips as the paper's.
        let all = |seconds: f64| seconds * 1000.0 / self.samples as f64;
        let claim = |what: &str, paper: f64, ours: [(f64, &str); 2]| {
            let each = ours.map(|(seconds, name)| format!("{:.3} s ({name})", all(seconds)));
            Claim {
                what: what.to_owned(),
                paper: format!("{paper} s"),
                baseline: String::new(),
                ours: each.join(", "),
                verdict: Verdict::Better,
            }
        };
        let [kwant, network] = PAPER_SECONDS;
        [
            claim(
                "time for one concentration, exactly",
                kwant,
                [(self.f64, "f64"), (self.f32, "f32")],
            ),
            claim(
                "time for one concentration, by the network",
                network,
                [(self.float, "float"), (self.integer, "integer")],
            ),
        ]
    }
}

fn claims(all: &[AtConcentration]) -> [Claim; 2] {
    let worst = |of: fn(&Moments) -> f64, network: fn(&AtConcentration) -> &Moments| {
        let differences = all
            .iter()
            .map(|one| (of(network(one)) - of(&one.exact)).abs());
        differences.fold(0.0, f64::max)
    };
    let largest = |of: fn(&Moments) -> f64| {
        all.iter()
            .map(|one| of(&one.exact))
            .fold(f64::MIN_POSITIVE, f64::max)
    };
    let claim = |what: &str, paper: &str, of: fn(&Moments) -> f64, share: f64| {
        let (float, integer) = (worst(of, |one| &one.float), worst(of, |one| &one.integer));
        Claim::words(
            what,
            paper,
            format!(
                "largest difference: {float:.3} G0 in floats, {integer:.3} in integers, of {:.2} at \
                 most",
                largest(of)
            ),
            float < share * largest(of),
        )
    };
    [
        claim("the means agree", "yes", |m| m.mean, 0.03),
        claim("the spreads differ slightly", "yes", |m| m.deviation, 0.5),
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

fn draw(all: &[AtConcentration]) -> Result<crate::plotting::Scene, ExperimentError> {
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
                style: Style::Line,
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
}
