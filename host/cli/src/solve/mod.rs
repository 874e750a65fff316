//! `landauer solve`: exact transmission of lattices from a file or drawn from a model.
//!
//! Raw arguments become energies ([`energies`]), a source of lattices ([`lattices`]), both
//! together a [`plan`] and files in the making ([`results`]); then the lattices stream through the
//! library's solver, and what came of it is told ([`report`], [`table`]).

mod energies;
mod lattices;
mod plan;
mod report;
mod results;
mod table;

pub(super) use table::{aligned, new_table, number, optional, short};

use clap::{ArgGroup, Args};

use super::failure::Failure;
use super::interrupt::{Interrupt, Interrupted};
use super::output::Output;
use super::parallel::ThreadArguments;
use super::solver::SolverArguments;
use energies::EnergyArguments;
use landauer::{Solver, StripSource};
use lattices::LatticeArguments;
use plan::Plan;
use report::Report;
use results::{ResultArguments, ResultFiles};

/// Exact transmission T(E) of lattices from a file or drawn from a disorder model
///
/// Transmissions are conductances in units of G0 = 2e²/h; energies are in units of the hopping t.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("lattices").required(true).args(["onsite", "model"])))]
#[command(after_help = "Examples:
  landauer solve --onsite lattices.npy --energies -0.18,0,0.1 --output t.npy
  landauer solve --onsite lattice.npy --bias 0.36 --open-modes
  landauer solve --model 2 --length 40 --width 40 --samples 5 --seed 1
  landauer solve --model 1 --strength 2 --samples 1000 --bias 0.36 --g-bar-output g_bar.npy
  landauer solve --model 4 --concentration 0.1 --fano --json
  landauer solve --model 2 --samples 10000 --solver dissection --precision f32 -o t.npy

Lattices are on-site energies in units of t, [x, y] or [sample, x, y], x along transport with 0 at
the left lead; bool, integers and floats up to 64 bits are read. The faster solver is taken unless
--solver names one: the recursion for few lattices, for few impurities, and always for --fano and
--eigenvalues; the dissection, which solves many lattices at a time, for the rest. Outputs take their places when the
last lattice is solved: after an error or Ctrl-C there are none.

Exit codes: 0 done; 1 a solution was lost to rounding; 2 wrong usage; 3 a file with wrong content;
4 a file that cannot be read or written, or too little memory; 130 stopped by Ctrl-C.")]
pub(super) struct SolveArguments {
    #[command(flatten)]
    lattices: LatticeArguments,
    #[command(flatten)]
    energies: EnergyArguments,
    #[command(flatten)]
    results: ResultArguments,
    /// Show the number of open modes of the leads at each energy (JSON always has it)
    #[arg(long)]
    open_modes: bool,
    /// Show the shot-noise Fano factor F at each energy, and add it to a .csv output
    #[arg(long)]
    fano: bool,
    #[command(flatten)]
    solver: SolverArguments,
    #[command(flatten)]
    threads: ThreadArguments,
}

impl SolveArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let inputs = [self.lattices.file(), self.energies.file()];
        self.results.check(inputs.into_iter().flatten())?;
        let energies = self.energies.energies()?;
        let mut lattices = self.lattices.open(output)?;
        let plan = Plan {
            size: lattices.size(),
            first: lattices.first_sample(),
            samples: lattices.samples(),
            energies,
            threads: self.threads.count(),
            fano: self.fano,
            eigenvalues: self.results.wants_eigenvalues(),
            open_modes: self.open_modes,
        };
        let keep = if self.results.has_output() {
            0
        } else if output.is_json() {
            plan.samples
        } else {
            table::MOST_SAMPLES.min(plan.samples)
        };
        plan.require_memory(keep)?;
        let solver = Solver::builder(plan.size)
            .energies(plan.energies.clone())
            .request(self.solver.wish())
            .eigenvalues(plan.details())
            .threads(self.threads.number())
            .tuned_for_workload(lattices.workload()?, plan.samples)
            .build()
            .map_err(|error| plan.no_solver(error))?;
        // From here on Ctrl-C takes away what is in the making.
        let interrupt = Interrupt::listen();
        let mut files = ResultFiles::create(&self.results, &plan)?;
        let mut report = Report::new(&plan, &solver, keep);
        let bar = output.progress(plan.samples, "Solving");
        for solution in solver.stream(&mut lattices) {
            let solution = solution?;
            report.take(&solution);
            files.append(&solution)?;
            bar.inc(solution.samples() as u64);
            if interrupt.requested() {
                let kept = "nothing was written; the same command starts again".to_owned();
                return Err(Interrupted { kept }.into());
            }
        }
        bar.finish_and_clear();
        report.written = files.commit()?;
        output.text(table::text(&report));
        output.json(&report.json());
        Ok(())
    }
}
