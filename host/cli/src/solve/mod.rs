//! `landauer solve`: exact transmission of strips from a file, a data set or a disorder model.
//!
//! Raw arguments become strips ([`input`]), with the energies a [`plan`], and output files in the
//! making ([`results`]); then the strips stream through the library's solver, and the results are
//! printed ([`report`], [`table`]). Temperatures and voltages are another question about the same strips ([`thermal`]).

mod input;
mod plan;
mod report;
mod results;
mod table;
mod thermal;

pub(super) use input::StripArguments;
pub(super) use table::{aligned, new_table, number, optional, short};

use clap::{ArgGroup, Args};

use super::disorder::required_model_help;
use super::energies::EnergyArguments;
use super::failure::Failure;
use super::interrupt::{Interrupt, Interrupted};
use super::numbers;
use super::output::Output;
use super::parallel::ThreadArguments;
use super::solver::SolverArguments;
use landauer::{Energies, Solver, StripSource};
use plan::Plan;
use report::Report;
use results::{ResultArguments, ResultFiles};
use thermal::ThermalArguments;

/// Exact transmission T(E) of strips from a file, a data set or a disorder model
///
/// Transmissions are conductances in units of G0 = 2e²/h; energies are in units of the hopping t.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("strips").required(true).args(["onsite", "dataset", "disorder", "species"])))]
#[command(mut_arg("energies", |energies| energies.help(
    "Energies in units of t: a number, a list with commas, or a range with both ends [default: 0, unless \
     --energies-from or --bias gives some]"
)))]
#[command(mut_arg("disorder", |disorder| disorder.help(required_model_help())))]
#[command(after_help = "Examples:
  landauer solve --onsite strips.npy --energies -0.18,0,0.1 --output t.npy
  landauer solve --onsite strip.npy --bias 0.36 --propagating-modes
  landauer solve --disorder 2 --concentration 0.1 --energies 0.2 --temperature 0.01:0.1:10
  landauer solve --onsite strip.npy --temperature 0,0.02 --voltage -0.4:0.4:9 --output iv.csv
  landauer solve --dataset m2.zarr --first 1000 --samples 10 --energies -0.5:0.5:101
  landauer solve --disorder 2 --length 40 --width 40 --samples 5 --seed 1
  landauer solve --disorder 1 --strength 2 --samples 1e3 --bias 0.36 --g-bar-output g_bar.npy
  landauer solve --disorder IV --concentration 0.1 --fano --json
  landauer solve --species 1.5,3 --concentration 0.2 --samples 100 --output t.npy
  landauer solve --disorder 2 --samples 1e4 --solver dissection --precision f32 -o t.npy

On-site energies are in units of t, [x, y] or [sample, x, y], x along transport with 0 at the
left lead; bool, integers and floats up to 64 bits are read. The species of a data set become
energies. Without --solver the faster one for many strips of this size and disorder is taken: the
recursion where an ensemble has few impurities, and always for --fano and --eigenvalues; else the
dissection, or in f64 the multifrontal solver for strips of 200 x 200 sites and more. A strip's
result does not depend on the strips beside it. Output files appear when the last strip is solved;
after an error or Ctrl-C nothing is left.

Exit codes: 0 done; 1 a solution was lost to rounding; 2 wrong usage; 3 invalid content of a
file; 4 system error (I/O, disk, memory); 6 a damaged or incomplete data set; 130 stopped by
Ctrl-C.")]
pub(super) struct SolveArguments {
    #[command(flatten)]
    strips: StripArguments,
    #[command(flatten)]
    energies: EnergyArguments,
    /// Add the ten energies of the finite-bias average over a bias eV (units of t; the paper has
    /// 0.36) after all others, and give their mean transmission Ḡ
    #[arg(long, value_name = "EV", value_parser = numbers::bias)]
    bias: Option<f64>,
    #[command(flatten)]
    thermal: ThermalArguments,
    #[command(flatten)]
    results: ResultArguments,
    /// Show how many modes of the leads propagate ("open" modes) at each energy (JSON always has it)
    #[arg(long)]
    propagating_modes: bool,
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
        let inputs = [self.strips.path(), self.energies.file()];
        self.results.check(inputs.into_iter().flatten())?;
        self.thermal.check(&[
            ("--bias", self.bias.is_some()),
            ("--propagating-modes", self.propagating_modes),
            ("--fano", self.fano),
            ("--eigenvalues", self.results.wants_eigenvalues()),
        ])?;
        if self.thermal.is_given() {
            let fermi_energies = self.all_energies()?.all().to_vec();
            return self.thermal.run(
                &self.strips,
                fermi_energies,
                &self.results,
                &self.solver,
                &self.threads,
                output,
            );
        }
        let energies = self.all_energies()?;
        let mut strips = self.strips.open(output)?;
        let plan = Plan {
            size: strips.size(),
            first: strips.first_sample(),
            samples: strips.samples(),
            source: strips.json(),
            source_words: strips.words(),
            energies,
            threads: self.threads.count(),
            fano: self.fano,
            eigenvalues: self.results.wants_eigenvalues(),
            propagating_modes: self.propagating_modes,
        };
        let keep = if self.results.has_output() {
            0
        } else if output.is_json() {
            plan.samples
        } else {
            table::MAX_SAMPLES.min(plan.samples)
        };
        plan.require_memory(keep)?;
        let solver = Solver::builder(plan.size)
            .energies(plan.energies.clone())
            .request(self.solver.request())
            .eigenvalues(plan.details())
            .threads(self.threads.number())
            .tuned_for_workload(strips.workload())
            .samples(plan.samples)
            .build()
            .map_err(|error| plan.no_solver(error))?;
        // From here on Ctrl-C removes unfinished output.
        let interrupt = Interrupt::listen();
        let mut files = ResultFiles::create(&self.results, &plan)?;
        let mut report = Report::new(&plan, &solver, keep);
        let bar = output.progress(plan.samples, "Solving");
        for solution in solver.stream(&mut strips) {
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

    /// The energies: those given, and those of the bias.
    fn all_energies(&self) -> Result<Energies, Failure> {
        let energies = match (self.energies.read()?, self.bias) {
            (None, None) => Ok(Energies::default()),
            (None, Some(bias)) => Energies::of_bias(bias),
            (Some(given), None) => Energies::new(given),
            (Some(given), Some(bias)) => {
                Energies::new(given).and_then(|energies| energies.with_bias(bias))
            }
        };
        Ok(energies?)
    }
}
