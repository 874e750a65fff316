//! Beyond the paper: the error of every method to a conductance against what it costs.

use landauer_core::inference::Target;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::artifact_cache::{ArtifactCache, BOOTSTRAP};
use super::error::ExperimentError;
use super::fig6;
use super::figure::Figure;
use super::jobs::square;
use super::numbers::{four, four_or_power};
use super::pictures::{ERROR, plain};
use super::report::{Claim, FigureReport, Picture, Table, Verdict};
use super::timing::{PASSES, fastest};
use landauer::internal::dissection::Plan;
use landauer::internal::files::hexadecimal;
use landauer::{Method, Precision, SolverKind};
use landauer_learn::LoadedModel;
use landauer_learn::evaluation::{
    BASELINE_RULE, Counting, ExactTargets, Interval, Predictor, error_interval,
    mean_absolute_error, target_values,
};
use landauer_learn::training::TargetName;
use landauer_plot::{CurveAxis, CurvePoint, CurvesPanel, CurvesPicture, Division, Series, Style};

/// Strips that times and errors are taken of.
const STRIPS: [u64; 2] = [1_000, 5_000];

/// A conductance, the end of its files' names, and the shipped networks for it with their names in
/// the picture.
struct Wanted {
    target: Target,
    letter: &'static str,
    suffix: &'static str,
    networks: [(&'static str, &'static str); 2],
    hybrid: &'static str,
}

const COUNTING: &str = "counting";

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

/// A method to a conductance.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Judged {
    /// What it has in common with others that differ by a budget or a precision only.
    family: String,
    name: String,
    /// Of one strip; the most, where it depends on the strip.
    multiply_adds: f64,
    /// Of one strip, on one thread.
    microseconds: f64,
    mae: f64,
    /// With 95 % confidence.
    mae_interval: Interval,
}

/// Predicts strips `[sample, slice, row]`.
type Predict = Box<dyn FnMut(&[f64], &mut [f64]) -> Result<(), ExperimentError> + Send>;

/// A method that is still to be judged.
struct Candidate {
    family: &'static str,
    name: String,
    /// What decides about its numbers: the hash of a file, a version.
    identity: String,
    multiply_adds: f64,
    predict: Predict,
}

/// The strips, and what is exact of them.
struct Test {
    onsite: Vec<f64>,
    exact: Vec<f64>,
}

impl Test {
    fn judge(&self, mut method: Candidate) -> Result<Judged, ExperimentError> {
        let mut predicted = vec![0.0; self.exact.len()];
        let seconds = fastest(|| (method.predict)(&self.onsite, &mut predicted))?;
        Ok(Judged {
            family: method.family.to_owned(),
            name: method.name,
            multiply_adds: method.multiply_adds,
            microseconds: 1e6 * seconds / self.exact.len() as f64,
            mae: mean_absolute_error(&self.exact, &predicted),
            mae_interval: error_interval(&self.exact, &predicted, BOOTSTRAP),
        })
    }
}

pub(super) fn reproduce(cache: &ArtifactCache<'_>) -> Result<FigureReport, ExperimentError> {
    let profile = cache.profile();
    let strips = profile.choose(STRIPS[0], STRIPS[1]);
    let mut found = FigureReport {
        figure: Figure::Cost,
        profile,
        pictures: Vec::new(),
        tables: Vec::new(),
        claims: Vec::new(),
        notes: vec![format!(
            "Errors are those of {strips} strips of model II, 40 × 40 sites, n uniform; times those of \
             one strip among many on one thread of this machine, the fastest of {PASSES} passes. \
             Counting is a table of medians; its time is that of reading the strip. Networks are the \
             shipped integer models, which the device computes to the same bits; the first layer of \
             the paper's CNN is a table there, which saves a fifth of its multiply-adds. A hybrid's \
             multiply-adds are its budget, the worst case; its time is an average. The exact solver \
             is the nested dissection, in f64 (which all are compared with) and in f32, which solves \
             again in f64 what loses too many digits; that is in its time, not in its multiply-adds. \
             (On processors that are slow with subnormal numbers, as Intel's are, f32 loses more in \
             localised strips than it gains elsewhere.)"
        )],
    };
    // All models are read before anything is computed for hours.
    let mut all = Vec::new();
    for wanted in WANTED {
        let methods = candidates(cache, &wanted)?;
        all.push((wanted, methods));
    }
    for (wanted, others) in all {
        let methods = judged(cache, &wanted, others, strips)?;
        let mut table = Table::new(
            wanted.suffix,
            &[
                "way",
                "multiply-adds",
                "microseconds",
                "MAE (G0)",
                "MAE low",
                "MAE high",
            ],
        );
        for method in &methods {
            let [low, high] = method.mae_interval;
            table.push([
                method.name.clone(),
                format!("{:.0}", method.multiply_adds),
                format!("{:.3}", method.microseconds),
                format!("{:.3e}", method.mae),
                format!("{low:.3e}"),
                format!("{high:.3e}"),
            ]);
            found.claims.push(Claim {
                what: format!("{} by {}", wanted.letter, method.name),
                paper: String::new(),
                baseline: four(methods.first().map_or(0.0, |counting| counting.mae)),
                ours: format!(
                    "MAE {} ({} to {}); {:.3} M multiply-adds, {:.1} µs",
                    four_or_power(method.mae),
                    four_or_power(low),
                    four_or_power(high),
                    method.multiply_adds / 1e6,
                    method.microseconds
                ),
                verdict: Verdict::New,
            });
        }
        found.tables.push(table);
        let scene = draw(&wanted, &methods)?;
        found.pictures.push(Picture::new(wanted.suffix, scene));
    }
    Ok(found)
}

/// Every method but counting, which has to be fitted to samples.
fn candidates(
    cache: &ArtifactCache<'_>,
    wanted: &Wanted,
) -> Result<Vec<Candidate>, ExperimentError> {
    let mut methods = Vec::new();
    for (name, family) in wanted.networks {
        let model = cache.model(name)?;
        methods.push(candidate(&model, None, family, family.to_owned())?);
    }
    let hybrid = cache.model(wanted.hybrid)?;
    for budget in BUDGETS {
        let name = format!("{}, {} k", wanted.hybrid, budget / 1000);
        methods.push(candidate(&hybrid, Some(budget), wanted.hybrid, name)?);
    }
    let mut multiply_adds = None;
    for (precision, name) in [
        (Precision::F32, "exact, f32"),
        (Precision::F64, "exact, f64"),
    ] {
        let kind = SolverKind::new(Method::Dissection, precision);
        let exact = ExactTargets::new(kind, square(40), &[wanted.target])?;
        methods.push(Candidate {
            family: name,
            name: name.to_owned(),
            identity: kind.identity().to_owned(),
            // The same in both precisions.
            multiply_adds: *multiply_adds.get_or_insert_with(|| exact_cost(exact.energies())),
            predict: Box::new(move |onsite, out| {
                out.copy_from_slice(&exact.solve(onsite)?);
                Ok(())
            }),
        });
    }
    Ok(methods)
}

/// A model, with its budget if it is a hybrid.
fn candidate(
    model: &LoadedModel,
    budget: Option<u64>,
    family: &'static str,
    name: String,
) -> Result<Candidate, ExperimentError> {
    let mut predictor = model.predictor(budget)?;
    Ok(Candidate {
        family,
        name,
        identity: hexadecimal(&Sha256::digest(model.file().bytes())),
        multiply_adds: predictor.multiply_adds().unwrap_or_default() as f64,
        predict: Box::new(move |onsite, out| Ok(predictor.predict(onsite, out)?)),
    })
}

/// Every method judged, counting first.
fn judged(
    cache: &ArtifactCache<'_>,
    wanted: &Wanted,
    others: Vec<Candidate>,
    strips: u64,
) -> Result<Vec<Judged>, ExperimentError> {
    let target = match wanted.target {
        Target::BiasAverage { .. } => TargetName::GBar,
        _ => TargetName::G,
    };
    let job = fig6::job(cache.profile(), target, None, 1)?;
    let data = cache.dataset(&job.data)?;
    let dataset = cache.dataset(&job.test)?;
    let test = Test {
        onsite: dataset.onsite(0..strips)?,
        exact: target_values(&dataset, &[wanted.target], 0..strips)?,
    };
    let mut counting = Counting::fit(&data, Some(&[wanted.target]))?;
    let counting = Candidate {
        family: COUNTING,
        name: COUNTING.to_owned(),
        identity: format!("{}; {BASELINE_RULE}", job.data.name()),
        multiply_adds: 0.0,
        predict: Box::new(move |onsite, out| Ok(counting.predict(onsite, out)?)),
    };
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let one_thread = one_thread.map_err(|error| ExperimentError::Thread(error.to_string()))?;
    let observer = cache.observer();
    observer.begin(
        &format!("judging methods to {}", wanted.letter),
        1 + others.len() as u64,
    );
    let judge = |method: Candidate| {
        let inputs = format!(
            "{}: {}, on {strips} strips of {}, {PASSES} passes, one thread",
            method.name,
            method.identity,
            job.test.name()
        );
        let name = format!("cost/{}", wanted.letter);
        let judged = cache.cached(&name, &inputs, || one_thread.install(|| test.judge(method)));
        observer.advance(1);
        judged
    };
    let methods = std::iter::once(counting).chain(others).map(judge).collect();
    observer.end();
    methods
}

/// Multiply-adds of the dissection of one strip at these energies.
fn exact_cost(energies: &[f64]) -> f64 {
    let cost = |&energy: &f64| {
        let summary = Plan::new(square(40), energy).summary();
        summary.interior_fma + summary.lead_fma
    };
    energies.iter().map(cost).sum()
}

fn draw(wanted: &Wanted, methods: &[Judged]) -> Result<landauer_plot::Scene, ExperimentError> {
    let mut families: Vec<(&str, Vec<&Judged>)> = Vec::new();
    for method in methods {
        match families.last_mut() {
            Some((family, members)) if *family == method.family => members.push(method),
            _ => families.push((&method.family, vec![method])),
        }
    }
    let lists: [Vec<Vec<CurvePoint>>; 2] = [
        |method: &Judged| method.multiply_adds,
        |method: &Judged| method.microseconds,
    ]
    .map(|cost| points(&families, cost));
    let series: Vec<Vec<Series<'_>>> = lists
        .iter()
        .map(|list| {
            let each = families.iter().zip(list);
            each.map(|((name, _), points)| Series {
                name,
                style: if *name == COUNTING {
                    Style::Line
                } else {
                    Style::Marked
                },
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

/// The points of each family; counting, which costs next to nothing, is a line across.
fn points(families: &[(&str, Vec<&Judged>)], cost: fn(&Judged) -> f64) -> Vec<Vec<CurvePoint>> {
    let others = families.iter().filter(|(family, _)| *family != COUNTING);
    let costs: Vec<f64> = others
        .flat_map(|(_, members)| members.iter().map(|method| cost(method)))
        .collect();
    let ends = [
        costs.iter().copied().fold(f64::INFINITY, f64::min),
        costs.iter().copied().fold(0.0, f64::max),
    ];
    let family = |(family, members): &(&str, Vec<&Judged>)| match (*family, &members[..]) {
        (COUNTING, [method]) => ends.map(|end| plain(end, method.mae)).to_vec(),
        (_, members) => members
            .iter()
            .map(|method| CurvePoint {
                x: cost(method),
                y: Some(method.mae),
                interval: Some(method.mae_interval),
            })
            .collect(),
    };
    families.iter().map(family).collect()
}
