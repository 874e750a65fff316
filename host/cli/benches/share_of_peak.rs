//! How much of the machine the dissection solver uses.
//!
//! ```text
//! cargo run --release -p landauer-cli --example share_of_peak
//! ```
//!
//! In one run, again and again: the peak of multiply-adds of an instruction set and precision, then
//! the solver with them. Shares and ratios are of neighbours in time; medians are printed. The clock
//! is the thread's own, so that other programs disturb little; the scaling with threads is also
//! given on the wall's clock, and the load of the machine beside it.

#[allow(dead_code, reason = "benchmarks use the rest")]
mod support;

use std::sync::Barrier;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use clap::Parser;
use landauer::Fallbacks;
use landauer::StripSize;
use landauer::internal::dissection::{DissectionSolver, InstructionSet, Plan, StageTimes};
use landauer::internal::{BatchSolver, Worker};
use serde::Serialize;
use serde_json::json;

use support::Disorder;
use support::peak::{self, Peak};

/// Measures the dissection solver against the peak of the machine.
#[derive(Debug, Parser)]
struct Arguments {
    /// Length of the strips
    #[arg(long, default_value_t = 40)]
    length: usize,
    /// Width of the strips
    #[arg(long, default_value_t = 40)]
    width: usize,
    /// How many times everything is measured; medians are printed
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Print JSON instead of tables
    #[arg(long)]
    json: bool,
}

/// The band's centre, where the plan has straight cuts, and an energy with diagonal ones.
const ENERGIES: [f64; 2] = [0.0, 0.18];
/// Multiply-adds of each sum and lane: some milliseconds.
const CHAIN: usize = 1_000_000;
/// Strips in a measurement, at most; fewer without vectors, which takes long.
const STRIPS: usize = 64;
/// How many times the stages of a batch are timed in a round, of which the best counts.
const STAGE_REPEATS: usize = 3;
/// Strips for each thread, where threads are compared.
const STRIPS_OF_A_THREAD: usize = 256;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let size = StripSize::new(arguments.length, arguments.width).unwrap();
    let onsite = Disorder::ModelII.onsite(size, STRIPS_OF_A_THREAD);
    let sets = InstructionSet::all();
    let mut shares = Vec::new();
    for &set in &sets {
        for energy in ENERGIES {
            shares.push(Share::new(set, size, energy)?);
        }
    }
    let best = InstructionSet::best();
    let mut scalings = Vec::new();
    for energy in ENERGIES {
        scalings.push(Scaling::new::<f64>(best, size, energy)?);
        scalings.push(Scaling::new::<f32>(best, size, energy)?);
    }

    let before = load();
    for _ in 0..arguments.rounds {
        for share in &mut shares {
            share.measure(&onsite)?;
        }
        for scaling in &mut scalings {
            scaling.measure(&onsite)?;
        }
    }
    let load = [before, load()];

    if arguments.json {
        let shares = shares.iter().flat_map(Share::rows);
        let report = json!({
            "size": [size.length(), size.width()],
            "rounds": arguments.rounds,
            "load_average": load,
            "solver": shares.collect::<Vec<_>>(),
            "threads": scalings.iter().map(Scaling::row).collect::<Vec<_>>(),
        });
        println!("{report:#}");
        return Ok(());
    }
    let [before, after] = load.map(|load| load.map_or("?".to_owned(), |load| format!("{load:.2}")));
    println!(
        "{}x{} sites, model II, medians of {} rounds; load average {before} before, {after} after",
        size.length(),
        size.width(),
        arguments.rounds
    );
    print_shares(&shares);
    print_scalings(&scalings);
    Ok(())
}

fn print_shares(shares: &[Share]) {
    println!(
        "\n{:<9}{:>5}{:>5}{:>9}{:>9}{:>10}{:>8}{:>7}{:>9}{:>8}{:>10}{:>10}{:>8}{:>11}",
        "set",
        "E",
        "bits",
        "peak",
        "FMA",
        "time",
        "rate",
        "share",
        "f64/f32",
        "stages",
        "vectors",
        "interior",
        "leads",
        "fallbacks"
    );
    println!(
        "{:<19}{:>9}{:>9}{:>10}{:>8}{:>7}{:>9}{:>8}{:>10}{:>10}{:>8}",
        "", "GFMA/s", "M/solve", "us/solve", "GFMA/s", "%", "time", "alone", "us", "us", "us"
    );
    for row in shares.iter().flat_map(Share::rows) {
        let [vectors, interior, leads] = row.stage_us_per_solve;
        let fallbacks = format!("{}/{}", row.fallbacks, row.strips);
        println!(
            "{:<9}{:>5}{:>5}{:>9.2}{:>9.3}{:>10.2}{:>8.2}{:>7.1}{:>9.2}{:>8.2}{:>10.2}{:>10.2}{:>8.2}{:>11}",
            row.instructions,
            row.energy,
            row.bits,
            row.peak_fma_per_s / 1e9,
            row.fma_per_solve / 1e6,
            row.us_per_solve,
            row.fma_per_s / 1e9,
            100.0 * row.share_of_peak,
            row.speed_against_f64,
            row.stages_speed_against_f64,
            vectors,
            interior,
            leads,
            fallbacks,
        );
    }
    println!(
        "FMA: interior and leads' stage, as the plan counts them. Time: all that a worker does, on the\n\
         thread's clock. Stages: strips into vectors, interior, leads; no fallbacks; the least on the wall."
    );
}

fn print_scalings(scalings: &[Scaling]) {
    println!(
        "\n{:<9}{:>5}{:>5}{:>13}{:>14}{:>12}",
        "set", "E", "bits", "CPU, median", "wall, median", "wall, least"
    );
    for row in scalings.iter().map(Scaling::row) {
        println!(
            "{:<9}{:>5}{:>5}{:>13.3}{:>14.3}{:>12.3}",
            row.instructions,
            row.energy,
            row.bits,
            row.speed_by_cpu,
            row.speed_by_wall,
            row.by_least_wall,
        );
    }
    println!("Two threads' speed in that of one. By CPU: had each thread a core of its own.");
}

/// One precision of one instruction set at one energy, measured again and again.
struct Half<R> {
    solver: DissectionSolver<R>,
    set: InstructionSet,
    strips: usize,
    rounds: Vec<Round>,
    fallbacks: u32,
}

/// One measurement.
#[derive(Clone, Copy)]
struct Round {
    /// Multiply-adds a second, of which there cannot be more.
    peak: f64,
    /// Seconds for one solve.
    time: f64,
    stages: StageTimes,
    strips: usize,
}

impl<R: Peak> Half<R> {
    fn new(set: InstructionSet, size: StripSize, energy: f64) -> Result<Self> {
        let solver = DissectionSolver::new(size, &[energy])?.on(set.arch());
        Ok(Self {
            solver,
            set,
            strips: STRIPS.min(8 * set.lanes::<R>()),
            rounds: Vec::new(),
            fallbacks: 0,
        })
    }

    fn measure(&mut self, onsite: &[f64]) -> Result<()> {
        let [length, width] = self.solver.size().sides();
        let onsite = &onsite[..self.strips * length * width];
        let mut run = Run::new(&self.solver, onsite);
        run.solve()?;
        let clock = ThreadClock::start()?;
        peak::run::<R>(self.set, CHAIN);
        let peak = clock.seconds()?;
        let clock = ThreadClock::start()?;
        run.solve()?;
        let time = clock.seconds()?;
        self.fallbacks = run.fallbacks.iter().map(|way| way.total()).sum();
        let batches = onsite.chunks(self.solver.batch() * length * width);
        let mut stages = StageTimes::default();
        for onsite in batches {
            let times = (0..STAGE_REPEATS).map(|_| self.solver.stage_times(onsite));
            let times: Vec<StageTimes> = times.collect::<Result<_, _>>()?;
            let times = times
                .into_iter()
                .min_by_key(|times| times.total())
                .unwrap_or_default();
            stages.transpose += times.transpose;
            stages.interior += times.interior;
            stages.leads += times.leads;
        }
        self.rounds.push(Round {
            peak: peak::count::<R>(self.set, CHAIN) as f64 / peak,
            time: time / self.strips as f64,
            stages,
            strips: self.strips,
        });
        Ok(())
    }

    fn median(&self, value: impl Fn(&Round) -> f64) -> f64 {
        median(self.rounds.iter().map(value).collect())
    }

    fn row(&self, doubles: &[Round]) -> Row {
        let plan = self.solver.plans().next().map(Plan::summary);
        let fma = plan.map_or(0.0, |plan| plan.interior_fma + plan.lead_fma);
        // On the wall's clock others only add: the least is the truth.
        let stage = |stage: fn(&StageTimes) -> Duration| {
            let least = self.rounds.iter().map(|round| stage(&round.stages)).min();
            1e6 * least.unwrap_or_default().as_secs_f64() / self.strips as f64
        };
        let against = self.rounds.iter().zip(doubles);
        let against = against.map(|(own, double)| double.time / own.time);
        // The rounds of the other precision may have had fewer strips.
        let least = |rounds: &[Round]| {
            let stages = |round: &Round| round.stages.total().as_secs_f64() / round.strips as f64;
            rounds.iter().map(stages).fold(f64::INFINITY, f64::min)
        };
        Row {
            instructions: self.set.name(),
            energy: self.solver.energies()[0],
            bits: 8 * size_of::<R>(),
            peak_fma_per_s: self.median(|round| round.peak),
            fma_per_solve: fma,
            us_per_solve: 1e6 * self.median(|round| round.time),
            fma_per_s: self.median(|round| fma / round.time),
            share_of_peak: self.median(|round| fma / round.time / round.peak),
            speed_against_f64: median(against.collect()),
            stages_speed_against_f64: least(doubles) / least(&self.rounds),
            stage_us_per_solve: [
                stage(|stages| stages.transpose),
                stage(|stages| stages.interior),
                stage(|stages| stages.leads),
            ],
            strips: self.strips,
            fallbacks: self.fallbacks,
        }
    }
}

/// Both precisions of an instruction set at one energy.
struct Share {
    double: Half<f64>,
    single: Half<f32>,
}

impl Share {
    fn new(set: InstructionSet, size: StripSize, energy: f64) -> Result<Self> {
        Ok(Self {
            double: Half::new(set, size, energy)?,
            single: Half::new(set, size, energy)?,
        })
    }

    fn measure(&mut self, onsite: &[f64]) -> Result<()> {
        self.double.measure(onsite)?;
        self.single.measure(onsite)
    }

    fn rows(&self) -> [Row; 2] {
        let doubles = &self.double.rounds;
        [self.double.row(doubles), self.single.row(doubles)]
    }
}

/// A line of the table.
#[derive(Serialize)]
struct Row {
    instructions: &'static str,
    energy: f64,
    bits: usize,
    peak_fma_per_s: f64,
    fma_per_solve: f64,
    us_per_solve: f64,
    fma_per_s: f64,
    share_of_peak: f64,
    speed_against_f64: f64,
    /// The same without fallbacks: by the sum of the stages.
    stages_speed_against_f64: f64,
    /// Strips into vectors, interior, leads' stage; nothing for fallbacks.
    stage_us_per_solve: [f64; 3],
    strips: usize,
    fallbacks: u32,
}

/// Two threads against one.
struct Scaling {
    solver: Box<dyn BatchSolver>,
    set: InstructionSet,
    bits: usize,
    /// Seconds of one thread and of two, each by the threads' clocks and by the wall's.
    rounds: Vec<[[f64; 2]; 2]>,
}

#[derive(Serialize)]
struct ScalingRow {
    instructions: &'static str,
    energy: f64,
    bits: usize,
    speed_by_cpu: f64,
    speed_by_wall: f64,
    /// By the shortest times of all rounds.
    by_least_wall: f64,
}

impl Scaling {
    fn new<R: Peak>(set: InstructionSet, size: StripSize, energy: f64) -> Result<Self> {
        let solver = DissectionSolver::<R>::new(size, &[energy])?;
        Ok(Self {
            solver: Box::new(solver.on(set.arch())),
            set,
            bits: 8 * size_of::<R>(),
            rounds: Vec::new(),
        })
    }

    fn measure(&mut self, onsite: &[f64]) -> Result<()> {
        let one = self.threads(1, onsite)?;
        let two = self.threads(2, onsite)?;
        self.rounds.push([one, two]);
        Ok(())
    }

    /// Seconds in which each of some threads solves all strips: the mean of their own clocks, and
    /// from the first's beginning to the last's end.
    fn threads(&self, threads: usize, onsite: &[f64]) -> Result<[f64; 2]> {
        let barrier = Barrier::new(threads);
        let work = || {
            let mut run = Run::new(&*self.solver, onsite);
            let warm = run.solve();
            // Everyone comes here, else the others would wait for ever.
            barrier.wait();
            let (begin, clock) = (Instant::now(), ThreadClock::start()?);
            warm.and_then(|()| run.solve())?;
            Ok((clock.seconds()?, begin, Instant::now()))
        };
        let finished: Vec<Result<(f64, Instant, Instant)>> = std::thread::scope(|scope| {
            let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let panicked = |_| Err(anyhow!("a thread panicked"));
            let joined = handles
                .into_iter()
                .map(|handle| handle.join().unwrap_or_else(panicked));
            joined.collect()
        });
        let finished = finished.into_iter().collect::<Result<Vec<_>>>()?;
        let cpu: f64 = finished.iter().map(|(cpu, ..)| cpu).sum();
        let begin = finished.iter().map(|&(_, begin, _)| begin).min();
        let end = finished.iter().map(|&(.., end)| end).max();
        let wall = begin
            .zip(end)
            .map_or(0.0, |(begin, end)| end.duration_since(begin).as_secs_f64());
        Ok([cpu / threads as f64, wall])
    }

    fn row(&self) -> ScalingRow {
        let speed = |clock: usize| {
            let rounds = self.rounds.iter();
            median(
                rounds
                    .map(|[one, two]| 2.0 * one[clock] / two[clock])
                    .collect(),
            )
        };
        // Others only add.
        let least = |threads: usize| {
            let wall = self.rounds.iter().map(|round| round[threads][1]);
            wall.fold(f64::INFINITY, f64::min)
        };
        ScalingRow {
            instructions: self.set.name(),
            energy: self.solver.energies()[0],
            bits: self.bits,
            speed_by_cpu: speed(0),
            speed_by_wall: speed(1),
            by_least_wall: 2.0 * least(0) / least(1),
        }
    }
}

/// Strips and a worker that solves them.
struct Run<'s> {
    worker: Box<dyn Worker + 's>,
    onsite: &'s [f64],
    transmissions: Vec<f64>,
    fallbacks: Vec<Fallbacks>,
    sites: usize,
    batch: usize,
}

impl<'s> Run<'s> {
    fn new(solver: &'s dyn BatchSolver, onsite: &'s [f64]) -> Self {
        let [length, width] = solver.size().sides();
        let (sites, batch) = (length * width, solver.batch());
        let strips = onsite.len() / sites;
        Self {
            worker: solver.worker(),
            onsite,
            transmissions: vec![0.0; strips],
            fallbacks: vec![Fallbacks::default(); strips],
            sites,
            batch,
        }
    }

    /// Solves all, a batch at a time, as `solve` and `generate` do.
    fn solve(&mut self) -> Result<()> {
        self.fallbacks.fill(Fallbacks::default());
        let batches = self.onsite.chunks(self.batch * self.sites);
        let transmissions = self.transmissions.chunks_mut(self.batch);
        let fallbacks = self.fallbacks.chunks_mut(self.batch);
        for ((onsite, transmissions), fallbacks) in batches.zip(transmissions).zip(fallbacks) {
            self.worker.solve(onsite, transmissions, fallbacks)?;
        }
        Ok(())
    }
}

/// Time that this thread has a core for.
struct ThreadClock(Duration);

impl ThreadClock {
    fn start() -> Result<Self> {
        Ok(Self(thread_time()?))
    }

    fn seconds(&self) -> Result<f64> {
        Ok(thread_time()?.saturating_sub(self.0).as_secs_f64())
    }
}

#[cfg(unix)]
fn thread_time() -> Result<Duration> {
    use nix::time::{ClockId, clock_gettime};
    Ok(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?.into())
}

/// Without such a clock it is the time on the wall.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
fn thread_time() -> Result<Duration> {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    Ok(START.elapsed())
}

/// How many programs want a core, as a mean over the last minute.
fn load() -> Option<f64> {
    let load = sysinfo::System::load_average().ok()?;
    Some(load.one)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let (half, odd) = (values.len() / 2, values.len() % 2 == 1);
    match values.len() {
        0 => f64::NAN,
        _ if odd => values[half],
        _ => f64::midpoint(values[half - 1], values[half]),
    }
}
