//! Where the dissection begins to be faster than the recursion, on one thread.
//!
//! ```text
//! cargo run --release -p landauer-cli --example crossover -- --energy 0.1 --sizes 10,20,40
//! ```
//!
//! Prints the microseconds that one T takes by each solver, over the concentration of impurities,
//! and what `landauer::solve` expects, by which `--solver auto` chooses.

use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Parser;
use landauer::StripSize;
use landauer::internal::{BatchSolver, seconds};
use landauer::{Fallbacks, Method, Precision, SolverKind, Workload};
use landauer_core::{Concentration, DisorderModel, Ensemble};

/// Impurities in percent.
const PERCENTAGES: [f64; 10] = [0.0, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];
/// Strips that are solved over and over: whole vectors.
const STRIPS: usize = 64;

/// Times both solvers over the concentration of impurities.
#[derive(Debug, Parser)]
struct Arguments {
    /// Lengths (and widths) of the strips
    #[arg(
        long,
        value_name = "L,...",
        value_delimiter = ',',
        default_value = "10,20,40"
    )]
    sizes: Vec<usize>,
    /// Their width, if they are not to be square
    #[arg(long, value_name = "W")]
    width: Option<usize>,
    /// The energy in units of t
    #[arg(long, allow_hyphen_values = true, default_value_t = 0.1)]
    energy: f64,
    /// Single precision
    #[arg(long)]
    single: bool,
    /// Each time is the minimum of several runs, which together take about this many milliseconds
    #[arg(long, value_name = "MS", default_value_t = 300)]
    patience: u64,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let precision = if arguments.single {
        Precision::F32
    } else {
        Precision::F64
    };
    for &length in &arguments.sizes {
        let width = arguments.width.unwrap_or(length);
        table(
            &arguments,
            StripSize::new(length, width).unwrap(),
            precision,
        )?;
    }
    Ok(())
}

/// One size.
fn table(arguments: &Arguments, size: StripSize, precision: Precision) -> Result<()> {
    let kinds = [Method::Dissection, Method::Recursion];
    let kinds = kinds.map(|method| SolverKind::new(method, precision));
    let energies = [arguments.energy];
    let begin = Instant::now();
    let dissection = kinds[0].solver(size, &energies)?;
    let planning = begin.elapsed().as_secs_f64();
    let recursion = kinds[1].solver(size, &energies)?;
    println!(
        "{} x {} sites, E = {}, {precision}; planning {:.1} ms",
        size.length(),
        size.width(),
        arguments.energy,
        1e3 * planning,
    );
    println!("  impurities   dissection, expected   recursion, expected   (µs per T)");
    let (mut before, mut crossover) = (None, None);
    for percent in PERCENTAGES {
        let ensemble = Ensemble::new(DisorderModel::II, Concentration::Fixed(percent / 100.0), 1)?;
        let mut onsite = vec![0.0; STRIPS * size.length() * size.width()];
        for (strip, index) in onsite
            .chunks_exact_mut(size.length() * size.width())
            .zip(0..)
        {
            ensemble.sample(index).fill_onsite(strip);
        }
        let strips = Workload::of(&ensemble, size);
        let patience = Duration::from_millis(arguments.patience);
        let by_dissection = time(&*dissection, &onsite, patience)?;
        let by_recursion = time(&*recursion, &onsite, patience)?;
        let expected = kinds.map(|kind| 1e6 * seconds(kind, strips));
        println!(
            "  {percent:8.1} % {by_dissection:12.1} {:9.1} {by_recursion:11.1} {:9.1}",
            expected[0], expected[1]
        );
        // Where the difference, a straight line between two concentrations, vanishes.
        let difference = by_recursion - by_dissection;
        if let Some((other, at)) = before
            && difference > 0.0
            && other <= 0.0
        {
            crossover = Some(at + (percent - at) * other / (other - difference));
        }
        before = Some((difference, percent));
    }
    match (crossover, before) {
        (Some(percent), _) => println!("  from {percent:.2} % on the dissection is faster\n"),
        (None, Some((difference, _))) if difference > 0.0 => {
            println!("  the dissection is always faster\n");
        }
        _ => println!("  the recursion is always faster\n"),
    }
    Ok(())
}

/// The least time of one T, in microseconds.
fn time(solver: &dyn BatchSolver, onsite: &[f64], patience: Duration) -> Result<f64> {
    let mut worker = solver.worker();
    let mut transmissions = vec![0.0; STRIPS];
    let mut fallbacks = vec![Fallbacks::default(); STRIPS];
    let mut least = f64::INFINITY;
    let begin = Instant::now();
    while least.is_infinite() || begin.elapsed() < patience {
        let pass = Instant::now();
        worker.solve(onsite, &mut transmissions, &mut fallbacks)?;
        least = least.min(pass.elapsed().as_secs_f64());
    }
    Ok(1e6 * least / STRIPS as f64)
}
