//! One large strip: `cargo bench -p landauer --bench multifrontal`, with sides of squares behind `--` for others than
//! the usual ones.
//!
//! Every site is disordered, E = 0. Printed for each size: planning and one solve by the multifrontal solver on all
//! threads, and on one; its multiply-adds a second, and their share of what the cores can do; the memory that it asks
//! for and the most that the process has had; up to 400×400 also what the recursion takes, what a strip of a full vector
//! takes the dissection on one thread, and how far their T are from each other.

#[path = "support/peak.rs"]
mod peak;

use std::num::NonZeroUsize;
use std::time::Instant;

use landauer::internal::dissection::InstructionSet;
use landauer::internal::multifrontal::MultifrontalSolver;
use landauer::internal::{BatchSolver, memory, solve_all};
use landauer::{
    Concentration, DisorderModel, Energies, Ensemble, Method, OnsiteEnergies, Precision, Solver,
    SolverKind, StripSize,
};

/// Where all modes propagate.
const ENERGY: f64 = 0.0;
const USUAL: [usize; 4] = [300, 400, 600, 1000];
/// Beyond it the others take minutes.
const MOST_FOR_OTHERS: usize = 400;
/// Each time is the least of so many.
const REPEATS: usize = 3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // `cargo bench` adds `--bench`.
    let sides = std::env::args()
        .skip(1)
        .filter_map(|word| word.parse().ok());
    let mut sides: Vec<usize> = sides.collect();
    if sides.is_empty() {
        sides.extend(USUAL);
    }
    let threads = std::thread::available_parallelism()?;
    let peak = measured_peak();
    println!(
        "{threads} threads of {:.1} G multiply-adds a second each",
        1e-9 * peak
    );
    for side in sides {
        let size = StripSize::new(side, side)?;
        let ensemble = Ensemble::new(
            DisorderModel::AndersonBox { strength: 2.0 },
            Concentration::Uniform,
            1,
        )?;
        let strip = OnsiteEnergies::draw(&ensemble, size, 0..1)?;
        one_size(&strip, threads, peak)?;
        if side <= MOST_FOR_OTHERS {
            others(&strip, &ensemble)?;
        }
    }
    Ok(())
}

/// Multiply-adds that one core can do in a second.
fn measured_peak() -> f64 {
    const LENGTH: usize = 1 << 20;
    let set = InstructionSet::best();
    let rates = (0..20).map(|_| {
        let begin = Instant::now();
        peak::run::<f64>(set, LENGTH);
        peak::count::<f64>(set, LENGTH) as f64 / begin.elapsed().as_secs_f64()
    });
    rates.fold(0.0, f64::max)
}

fn one_size(
    strip: &OnsiteEnergies<'_>,
    threads: NonZeroUsize,
    peak: f64,
) -> Result<(), Box<dyn std::error::Error>> {
    let size = strip.size();
    let begin = Instant::now();
    let bare = MultifrontalSolver::new(size, &[ENERGY])?;
    let planning = begin.elapsed().as_secs_f64();
    let work: f64 = bare.multiply_adds().iter().sum();
    println!(
        "{0}x{0}: planned in {planning:.3} s, {1:.2e} multiply-adds between the ends and {2:.2e} for the leads, {3}",
        size.length(),
        bare.multiply_adds()[0],
        bare.multiply_adds()[1],
        memory::human(bare.worker_bytes()),
    );
    let mut counts = vec![threads];
    if threads > NonZeroUsize::MIN {
        counts.push(NonZeroUsize::MIN);
    }
    for threads in counts {
        let solver = Solver::builder(size)
            .method(Method::Multifrontal)
            .energies(Energies::new([ENERGY])?)
            .threads(threads)
            .build()?;
        let mut least = f64::INFINITY;
        for _ in 0..REPEATS {
            let begin = Instant::now();
            let solution = solver.solve(strip)?;
            least = least.min(begin.elapsed().as_secs_f64());
            assert_eq!(solution.fallbacks().total(), 0, "by another solver");
        }
        let rate = work / least;
        println!(
            "  {threads} threads: {least:.3} s, {:.1} G/s, {:.0} % of peak; {} in all",
            1e-9 * rate,
            100.0 * rate / (peak * threads.get() as f64),
            most_memory(),
        );
    }
    let timed = bare.timed(strip.values(), 0)?;
    if let Some((t, times)) = timed {
        println!(
            "  T = {t:.6}; between the ends {:.3?}, leads {:.3?}",
            times.interior, times.ends
        );
    }
    Ok(())
}

fn others(
    strip: &OnsiteEnergies<'_>,
    ensemble: &Ensemble,
) -> Result<(), Box<dyn std::error::Error>> {
    let size = strip.size();
    let bare = MultifrontalSolver::new(size, &[ENERGY])?;
    let found = solve_all(&bare, strip.values())?.transmissions[0];
    let apart = |other: f64| (other / found - 1.0).abs();

    let begin = Instant::now();
    let kind = SolverKind::new(Method::Dissection, Precision::F64);
    let dissection = kind.solver(size, &[ENERGY])?;
    let planning = begin.elapsed().as_secs_f64();
    let lanes = InstructionSet::best().lanes::<f64>();
    let strips = OnsiteEnergies::draw(ensemble, size, 0..lanes as u64)?;
    let begin = Instant::now();
    let other = solve_all(&*dissection, strips.values())?;
    let seconds = begin.elapsed().as_secs_f64();
    println!(
        "  dissection: planned in {planning:.2} s, {lanes} strips {seconds:.3} s on one thread, {:.3} s each; {:.1e} apart; {:?}",
        seconds / lanes as f64,
        apart(other.transmissions[0]),
        other.fallbacks,
    );
    let kind = SolverKind::new(Method::Recursion, Precision::F64);
    let recursion = kind.solver(size, &[ENERGY])?;
    let begin = Instant::now();
    let other = solve_all(&*recursion, strip.values())?;
    println!(
        "  recursion: {:.2} s on one thread; {:.1e} apart",
        begin.elapsed().as_secs_f64(),
        apart(other.transmissions[0]),
    );
    Ok(())
}

/// The most memory that this process has had, where the system tells.
fn most_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| {
        line.trim()
            .trim_end_matches("kB")
            .trim()
            .parse::<u64>()
            .ok()
    });
    kilobytes.map_or_else(
        || "unknown memory".to_owned(),
        |kb| memory::human(1024 * kb),
    )
}
