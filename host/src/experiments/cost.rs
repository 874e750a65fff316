//! Beyond the paper: the error of every way to a conductance against what it costs.

use landauer_core::inference::Target;
use landauer_core::{FERMI_ENERGY, PAPER_BIAS, bias_grid};
use serde::{Deserialize, Serialize};

use super::error::ExperimentError;
use super::fig6;
use super::figure::Figure;
use super::found::{Claim, Found, Picture, Table, Verdict};
use super::numbers::{four, four_or_power};
use super::order::square;
use super::pictures::{ERROR, plain};
use super::profile::Profile;
use super::timing::{PASSES, fastest};
use super::workshop::Workshop;
use crate::ensemble::dissection::Plan;
use crate::ensemble::{Method, Precision, SolverKind};
use crate::evaluation::{Counting, ExactTargets, Predictor, mean_absolute_error, target_values};
use crate::hybrid::HybridPredictor;
use crate::inference::IntegerPredictor;
use crate::plotting::{CurveAxis, CurvePoint, CurvesPanel, CurvesPicture, Division, Series, Style};
use crate::training::TargetName;

/// Strips that times and errors are taken of.
const STRIPS: [u64; 2] = [2_000, 20_000];

/// A conductance, the end of its files' names, and the shipped networks for it with their names in
/// the picture.
struct Wanted {
    target: Target,
    letter: &'static str,
    suffix: &'static str,
    networks: [(&'static str, &'static str); 2],
    hybrid: &'static str,
}

/// The budgets of the hybrids, in multiply-adds.
const BUDGETS: [u64; 5] = [250_000, 500_000, 1_000_000, 2_000_000, 3_000_000];

const WANTED: [Wanted; 2] = [
    Wanted {
        target: Target::Conductance,
        letter: "G",
        suffix: "_g",
        networks: [("paper-cnn-g", "the paper's CNN"), ("best-g", "best-g")],
        hybrid: "hybrid-g",
    },
    Wanted {
        target: Target::PAPER_BIAS_AVERAGE,
        letter: "Ḡ",
        suffix: "_g_bar",
        networks: [
            ("paper-cnn-gbar", "the paper's CNN"),
            ("best-gbar", "best-gbar"),
        ],
        hybrid: "hybrid-gbar",
    },
];

/// A way to a conductance.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Way {
    name: String,
    /// Of one strip; on average, where it depends on the strip.
    multiply_adds: f64,
    /// Of one strip, on one thread.
    microseconds: f64,
    mae: f64,
}

/// The strips, and what is exact of them.
struct Test {
    onsite: Vec<f64>,
    exact: Vec<f64>,
}

impl Test {
    fn strips(&self) -> f64 {
        self.exact.len() as f64
    }

    /// Judges a predictor of one target.
    fn judge(
        &self,
        name: &str,
        multiply_adds: f64,
        mut predict: impl FnMut(&[f64], &mut [f64]) -> Result<(), ExperimentError>,
    ) -> Result<Way, ExperimentError> {
        let mut predicted = vec![0.0; self.exact.len()];
        let seconds = fastest(|| predict(&self.onsite, &mut predicted))?;
        Ok(Way {
            name: name.to_owned(),
            multiply_adds,
            microseconds: 1e6 * seconds / self.strips(),
            mae: mean_absolute_error(&self.exact, &predicted),
        })
    }
}

pub(super) fn reproduce(workshop: &Workshop<'_>) -> Result<Found, ExperimentError> {
    let profile = workshop.profile();
    let mut found = Found {
        figure: Figure::Cost,
        profile,
        pictures: Vec::new(),
        tables: Vec::new(),
        claims: Vec::new(),
        notes: vec![format!(
            "Errors are those of model II, 40 × 40 sites, n uniform; times those of one strip among \
             many on one thread of this machine. Counting is a table of medians. Networks are the \
             shipped integer models, which the device computes to the same bits. Times are the \
             fastest of {PASSES} passes. The exact solver is \
             the nested dissection, in f64 (which the others are compared with) and in guarded f32. \
             The multiply-adds of what ends at a budget are the budget, its worst case."
        )],
    };
    for wanted in WANTED {
        let strips = profile.choose(STRIPS[0], STRIPS[1]);
        let name = format!("cost/{}-{strips}", wanted.suffix.trim_start_matches('_'));
        let ways: Vec<Way> = workshop.cached(&name, || ways(workshop, &wanted, strips))?;
        let mut table = Table::new(
            wanted.suffix,
            &["way", "multiply-adds", "microseconds", "MAE (G0)"],
        );
        for way in &ways {
            table.push([
                way.name.clone(),
                format!("{:.0}", way.multiply_adds),
                format!("{:.3}", way.microseconds),
                format!("{:.6}", way.mae),
            ]);
            found.claims.push(Claim {
                what: format!("{} by {}", wanted.letter, way.name),
                paper: String::new(),
                baseline: four(ways.first().map_or(0.0, |counting| counting.mae)),
                ours: format!(
                    "MAE {}; {:.3} M multiply-adds, {:.1} µs",
                    four_or_power(way.mae),
                    way.multiply_adds / 1e6,
                    way.microseconds
                ),
                verdict: Verdict::New,
            });
        }
        found.tables.push(table);
        let scene = draw(&wanted, &ways)?;
        found.pictures.push(Picture::new(wanted.suffix, scene));
    }
    Ok(found)
}

/// Every way, counting first.
fn ways(
    workshop: &Workshop<'_>,
    wanted: &Wanted,
    strips: u64,
) -> Result<Vec<Way>, ExperimentError> {
    let target = match wanted.target {
        Target::BiasAverage { .. } => TargetName::GBar,
        _ => TargetName::G,
    };
    let order = fig6::order(Profile::Paper, target, None, 1)?;
    let data = workshop.dataset(&order.data)?;
    let dataset = workshop.dataset(&order.test)?;
    let test = Test {
        onsite: dataset.onsite(0..strips)?,
        exact: target_values(&dataset, &[wanted.target], 0..strips)?,
    };
    let mut ways = Vec::new();
    let mut counting = Counting::fit(&data, Some(&[wanted.target]))?;
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let one_thread = one_thread.map_err(|error| ExperimentError::Thread(error.to_string()))?;
    one_thread.install(|| {
        ways.push(test.judge("counting", 1.0, |onsite, out| {
            Ok(counting.predict(onsite, out)?)
        })?);
        for (file, name) in wanted.networks {
            let mut network = IntegerPredictor::open(&workshop.model(file))?;
            let multiply_adds = network.multiply_adds().unwrap_or_default() as f64;
            ways.push(test.judge(name, multiply_adds, |onsite, out| {
                Ok(network.predict(onsite, out)?)
            })?);
        }
        let hybrid = HybridPredictor::open(&workshop.model(wanted.hybrid), BUDGETS[0])?;
        for budget in BUDGETS {
            let mut hybrid = hybrid.with_budget(budget);
            let name = format!("{}, {} k", wanted.hybrid, budget / 1000);
            ways.push(test.judge(&name, budget as f64, |onsite, out| {
                Ok(hybrid.predict(onsite, out)?)
            })?);
        }
        for precision in [Precision::F32, Precision::F64] {
            let kind = SolverKind::new(Method::Dissection, precision);
            let exact = ExactTargets::new(kind, square(40), &[wanted.target])?;
            let name = format!("exact, {precision}");
            ways.push(test.judge(&name, exact_cost(wanted.target), |onsite, out| {
                out.copy_from_slice(&exact.solve(onsite)?);
                Ok(())
            })?);
        }
        Ok(ways)
    })
}

/// Multiply-adds of the dissection of one strip.
fn exact_cost(target: Target) -> f64 {
    let grid: [f64; 10];
    let energies = match target {
        Target::BiasAverage { .. } => {
            grid = bias_grid(PAPER_BIAS);
            &grid[..]
        }
        _ => &[FERMI_ENERGY],
    };
    let cost = |&energy: &f64| {
        let summary = Plan::new(square(40), energy).summary();
        summary.interior_fma + summary.lead_fma
    };
    energies.iter().map(cost).sum()
}

fn draw(wanted: &Wanted, ways: &[Way]) -> Result<crate::plotting::Scene, ExperimentError> {
    // One series a family: what differs by a budget only is one.
    let mut families: Vec<(String, Vec<&Way>)> = Vec::new();
    for way in ways {
        let family = way.name.split(',').next().unwrap_or_default();
        match families.last_mut() {
            Some((name, members)) if name == family => members.push(way),
            _ => families.push((family.to_owned(), vec![way])),
        }
    }
    let panel = |of: fn(&Way) -> f64| -> Vec<Vec<CurvePoint>> {
        let family = |(_, members): &(String, Vec<&Way>)| {
            members.iter().map(|way| plain(of(way), way.mae)).collect()
        };
        families.iter().map(family).collect()
    };
    let lists = [
        panel(|way| way.multiply_adds),
        panel(|way| way.microseconds),
    ];
    let series: Vec<Vec<Series<'_>>> = lists
        .iter()
        .map(|list| {
            let each = families.iter().zip(list);
            each.map(|((name, _), points)| Series {
                name,
                style: Style::Marked,
                points,
            })
            .collect()
        })
        .collect();
    let panel = |title, number: usize| CurvesPanel {
        name: if number == 0 { wanted.letter } else { "" },
        along: CurveAxis {
            title,
            division: Division::Decades,
        },
        upright: ERROR,
        series: &series[number],
    };
    let panels = [
        panel("Multiply-adds a strip", 0),
        panel("Microseconds a strip, one thread", 1),
    ];
    let picture = CurvesPicture {
        name: &format!("The error of {} against its cost", wanted.letter),
        panels: &panels,
    };
    Ok(picture.draw()?)
}
