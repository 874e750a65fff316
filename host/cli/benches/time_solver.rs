//! Times a solver on the strips of a `.npy` file, on one thread.
//!
//! ```text
//! cargo run --release -p landauer-cli --example time_solver -- \
//!     --onsite strips.npy --energies 0 --solver recursion --precision f64 --repeat 5 --output t.npy
//! ```
//!
//! Prints one line of JSON. A solve is one T of one lattice at one energy; what counts is the time
//! that a worker of the solver needs, and neither the start of a program, nor files, nor what the
//! solver prepares once for all strips. `host/benches/kwant` compares these times with Kwant's.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::{Parser, ValueEnum};
use landauer::internal::{BatchSolver, Worker};
use landauer::npy::ArrayWriter;
use landauer::npy::OnsiteFile;
use landauer::{Method, Precision, SolverKind};
use serde_json::json;

/// Times a solver on one thread.
#[derive(Debug, Parser)]
struct Arguments {
    /// A .npy file of on-site energies in units of t, [x, y] or [sample, x, y]
    #[arg(long, value_name = "FILE")]
    onsite: PathBuf,
    /// Energies in units of t, with commas between
    #[arg(
        long,
        value_name = "E,...",
        value_delimiter = ',',
        allow_hyphen_values = true,
        default_value = "0"
    )]
    energies: Vec<f64>,
    /// The method
    #[arg(long, value_enum, default_value_t = Way::Dissection)]
    solver: Way,
    /// The precision of its numbers
    #[arg(long, value_enum, default_value_t = Format::F64)]
    precision: Format,
    /// How many times all strips are solved; the median of the times is printed
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// A .npy file for the transmissions, [sample, energy]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Way {
    Dissection,
    Recursion,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    F64,
    F32,
}

impl Arguments {
    fn kind(&self) -> SolverKind {
        let method = match self.solver {
            Way::Dissection => Method::Dissection,
            Way::Recursion => Method::Recursion,
        };
        let precision = match self.precision {
            Format::F64 => Precision::F64,
            Format::F32 => Precision::F32,
        };
        SolverKind::new(method, precision)
    }
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut file = OnsiteFile::open(&arguments.onsite)?;
    let (size, samples) = (file.size(), usize::try_from(file.samples())?);
    let energies = &arguments.energies;
    let solver = arguments.kind().solver(size, energies)?;
    let mut bench = Bench::new(&*solver, &file.read_block(0, samples)?);

    // Memory is touched and the clock of the core is up before anything counts.
    bench.solve(1)?;
    let strips = bench.strips();
    let mut passes = Vec::new();
    for _ in 0..arguments.repeat {
        let (wall, cpu) = (Instant::now(), cpu_time()?);
        bench.solve(strips)?;
        passes.push((wall.elapsed(), cpu_time()?.saturating_sub(cpu)));
    }

    let per_solve = |pass: fn(&(Duration, Duration)) -> Duration| {
        let solves = (strips * energies.len()) as f64;
        let times = passes.iter().map(|times| pass(times).as_secs_f64());
        median(times.collect()) * 1e6 / solves
    };
    let (wall, cpu) = (per_solve(|times| times.0), per_solve(|times| times.1));
    if let Some(path) = &arguments.output {
        let transmissions = &bench.transmissions[..samples * energies.len()];
        let mut output = ArrayWriter::create(path, &[samples as u64, energies.len() as u64])?;
        output.append(transmissions)?;
        output.commit()?;
    }
    let line = json!({
        "solver": solver.identity(),
        "length": size.length(),
        "width": size.width(),
        "samples": samples,
        "energies": energies,
        "strips_in_a_pass": strips,
        "passes": arguments.repeat,
        "wall_us_per_solve": wall,
        "cpu_us_per_solve": cpu,
    });
    println!("{line}");
    Ok(())
}

/// Lattices and a worker that solves them.
struct Bench<'s> {
    worker: Box<dyn Worker + 's>,
    /// The strips, over and over until a batch is full: `[strip, slice, row]`.
    onsite: Vec<f64>,
    /// T: `[strip, energy]`.
    transmissions: Vec<f64>,
    sites: usize,
    energies: usize,
    batch: usize,
}

impl<'s> Bench<'s> {
    fn new(solver: &'s dyn BatchSolver, onsite: &[f64]) -> Self {
        let [length, width] = solver.size().sides();
        let (sites, energies) = (length * width, solver.energies().len());
        let batch = solver.batch().max(1);
        let onsite = onsite.repeat(batch.div_ceil(onsite.len() / sites));
        Self {
            worker: solver.worker(),
            transmissions: vec![0.0; onsite.len() / sites * energies],
            onsite,
            sites,
            energies,
            batch,
        }
    }

    fn strips(&self) -> usize {
        self.onsite.len() / self.sites
    }

    /// Solves this many strips, a batch at a time, as `solve` and `generate` do.
    fn solve(&mut self, strips: usize) -> Result<()> {
        let onsite = self.onsite[..strips * self.sites].chunks(self.batch * self.sites);
        let transmissions = self.transmissions.chunks_mut(self.batch * self.energies);
        for (number, (onsite, transmissions)) in onsite.zip(transmissions).enumerate() {
            let count = onsite.len() / self.sites;
            let mut fallbacks = vec![landauer::Fallbacks::default(); count];
            let solved = (self.worker).solve(
                onsite,
                &mut transmissions[..count * self.energies],
                &mut fallbacks,
            );
            solved.map_err(|error| error.after(number * self.batch))?;
        }
        Ok(())
    }
}

/// How long this program has had a core.
#[cfg(unix)]
fn cpu_time() -> Result<Duration> {
    use nix::time::{ClockId, clock_gettime};
    Ok(clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)?.into())
}

/// Without such a clock it is the time on the wall.
#[cfg(not(unix))]
fn cpu_time() -> Result<Duration> {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    Ok(START.elapsed())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    let (half, odd) = (times.len() / 2, times.len() % 2 == 1);
    if odd {
        times[half]
    } else {
        f64::midpoint(times[half - 1], times[half])
    }
}
