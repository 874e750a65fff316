//! The demo's strips: solved one by one, with the checks that physics offers.

use std::time::{Duration, Instant};

use comfy_table::{CellAlignment, Table};
use landauer_core::{BIAS_POINTS, Concentration, DisorderModel, Ensemble, bias_average};

use crate::failure::Failure;
use crate::plot::{NamedStrip, draw_strip};
use crate::solve::{aligned, new_table};
use landauer::Fallbacks;
use landauer::StripSize;
use landauer::failure::{Categorised, Category};
use landauer::internal::{BatchSolver, Details, RecursionSolver};

/// A conservation law broken by more than this is a lost solution.
const TOLERANCE: f64 = 1e-9;
/// How long the timing of one strip takes at least.
const TIMING: Duration = Duration::from_millis(100);

/// A strip and its solution.
#[derive(Debug)]
pub(super) struct SolvedStrip {
    pub(super) strip: NamedStrip,
    propagating_modes: usize,
    /// At E = 0.
    details: Details,
    g_bar: f64,
    /// |T from left to right - T from right to left| at E = 0.
    asymmetry: f64,
    /// Of one solve at one energy.
    microseconds: f64,
}

impl SolvedStrip {
    /// As JSON.
    pub(super) fn json(&self) -> serde_json::Value {
        let Self {
            strip,
            propagating_modes,
            details,
            g_bar,
            asymmetry,
            microseconds,
        } = self;
        serde_json::json!({
            "name": strip.name,
            "propagating_modes": propagating_modes,
            "transmission": details.transmission,
            "g_bar": g_bar,
            "fano_factor": details.fano_factor,
            "unitarity_error": details.unitarity_error,
            "asymmetry": asymmetry,
            "microseconds_per_solve": microseconds,
        })
    }
}

/// A strip whose current is not conserved.
#[derive(Debug, thiserror::Error)]
#[error(
    "{strip}: current is lost, |r†r + t†t - 1| = {error:e}: this is a defect, please report it"
)]
struct CurrentLost {
    strip: String,
    error: f64,
}

impl Categorised for CurrentLost {
    fn category(&self) -> Category {
        Category::Internal
    }
}

/// Solves the demo's strips: a clean one, three of model II, one of model I.
pub(super) fn solve_all(size: StripSize, seed: u64) -> Result<Vec<SolvedStrip>, Failure> {
    let solver = RecursionSolver::<f64>::new(size, &super::energies())?;
    let impurities = |n| (DisorderModel::II, Concentration::Fixed(n));
    let mut solved = vec![solve(clean(size), &solver)?];
    for (model, concentration) in [
        impurities(0.02),
        impurities(super::CONCENTRATION),
        impurities(0.3),
        (
            DisorderModel::AndersonBox { strength: 2.0 },
            Concentration::Uniform,
        ),
    ] {
        let ensemble = Ensemble::new(model, concentration, seed);
        let ensemble = ensemble.map_err(|error| Failure::usage(error.to_string()))?;
        solved.push(solve(draw_strip(ensemble, size, 0)?, &solver)?);
    }
    Ok(solved)
}

fn clean(size: StripSize) -> NamedStrip {
    NamedStrip {
        name: "Clean".to_owned(),
        size,
        onsite: vec![0.0; size.sites()],
    }
}

/// Everything about one strip; energy number 0 is E = 0, the others are the bias grid.
fn solve(strip: NamedStrip, solver: &RecursionSolver<f64>) -> Result<SolvedStrip, Failure> {
    let details = solver.details(&strip.onsite, 0)?;
    if details.unitarity_error.is_nan() || details.unitarity_error > TOLERANCE {
        return Err(Failure::from(CurrentLost {
            strip: strip.name,
            error: details.unitarity_error,
        }));
    }
    let mut transmissions = vec![0.0; solver.energies().len()];
    let mut worker = solver.worker();
    let begin = Instant::now();
    let mut solves = 0;
    while begin.elapsed() < TIMING {
        worker.solve(
            &strip.onsite,
            &mut transmissions,
            &mut [Fallbacks::default()],
        )?;
        solves += transmissions.len();
    }
    let microseconds = begin.elapsed().as_secs_f64() * 1e6 / solves as f64;
    let grid: [f64; BIAS_POINTS] = std::array::from_fn(|k| transmissions[k + 1]);

    let backwards: Vec<f64> = strip
        .onsite
        .chunks_exact(strip.size.width())
        .rev()
        .flatten()
        .copied()
        .collect();
    let reversed = solver.details(&backwards, 0)?.transmission;
    Ok(SolvedStrip {
        propagating_modes: solver.propagating_modes()[0],
        asymmetry: (details.transmission - reversed).abs(),
        g_bar: bias_average(&grid),
        strip,
        details,
        microseconds,
    })
}

/// The strips, one a row.
pub(super) fn table(solved: &[SolvedStrip]) -> Table {
    let header = [
        "strip",
        "modes",
        "T (E=0)",
        "Ḡ",
        "Fano",
        "|r†r+t†t-1|",
        "µs/solve",
    ];
    let mut table = new_table(header.map(str::to_owned).to_vec());
    for strip in solved {
        let name = strip.strip.name.rsplit_once(", sample");
        let fano = strip.details.fano_factor;
        table.add_row([
            name.map_or(&*strip.strip.name, |(name, _)| name).to_owned(),
            strip.propagating_modes.to_string(),
            format!("{:.4}", strip.details.transmission),
            format!("{:.4}", strip.g_bar),
            fano.map_or_else(|| "-".to_owned(), |fano| format!("{:.3}", fano.abs())),
            format!("{:.0e}", strip.details.unitarity_error),
            format!("{:.0}", strip.microseconds),
        ]);
    }
    let mut table = aligned(table);
    if let Some(column) = table.column_mut(0) {
        column.set_cell_alignment(CellAlignment::Left);
    }
    table
}

/// What the table shows.
pub(super) fn remarks(solved: &[SolvedStrip]) -> String {
    let most = |of: fn(&SolvedStrip) -> f64| solved.iter().map(of).fold(0.0, f64::max);
    format!(
        "Units of G0 = 2e²/h; modes: those that propagate; Ḡ is the mean over the bias 0.36 t; diffusive strips have Fano ≈ 1/3.\n\
         Current is conserved to {:.0e}, and T is the same from either end to {:.0e}.",
        most(|strip| strip.details.unitarity_error),
        most(|strip| strip.asymmetry),
    )
}
