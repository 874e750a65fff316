//! `landauer solve --temperature --voltage`: warm strips and currents.

mod files;
mod report;

use std::path::Path;

use clap::Args;

use super::input::StripArguments;
use super::results::ResultArguments;
use crate::failure::Failure;
use crate::interrupt::{Interrupt, Interrupted};
use crate::output::Output;
use crate::parallel::ThreadArguments;
use crate::solver::SolverArguments;
use crate::values::{self, Values};
use files::ThermalFile;
use landauer::thermal::{TOLERANCE, Thermal, ThermalSolution};
use landauer::{OnsiteEnergies, OnsiteError, Precision, StripSource};
use report::Report;

/// Strips between two looks at the progress: two batches of a solver.
const STEP: u64 = 64;

/// Temperatures and voltages.
#[derive(Debug, Args)]
pub(super) struct ThermalArguments {
    /// Temperatures kT in units of t: gives conductance, Seebeck coefficient and electronic thermal
    /// conductance of warm strips; --energies are their Fermi energies
    #[arg(long, value_name = values::NAME, allow_hyphen_values = true, value_parser = values::parse)]
    temperature: Option<Values>,
    /// Voltages eV in units of t: gives the current between leads whose chemical potentials are
    /// E + eV/2 (left) and E - eV/2 (right), at the --temperature [default: 0]
    #[arg(long, value_name = values::NAME, allow_hyphen_values = true, value_parser = values::parse)]
    voltage: Option<Values>,
    /// The largest error of conductances, and of currents by voltage, in G0 [default: 1e-6]
    #[arg(long, value_name = "G0", allow_hyphen_values = true, value_parser = crate::numbers::finite)]
    tolerance: Option<f64>,
}

impl ThermalArguments {
    /// Are warm strips or currents asked for?
    pub(super) const fn is_given(&self) -> bool {
        self.temperature.is_some() || self.voltage.is_some()
    }

    /// Refuses a tolerance of nothing, and other questions beside those of temperature and voltage: each option with
    /// whether it is given.
    pub(super) fn check(&self, others: &[(&str, bool)]) -> Result<(), Failure> {
        let given = others.iter().find(|(_, given)| *given);
        match given {
            _ if !self.is_given() && self.tolerance.is_some() => Err(Failure::usage(
                "--tolerance belongs to --temperature and --voltage: T itself is exact",
            )),
            Some(("--bias", _)) if self.is_given() => Err(Failure::usage(
                "--bias is the mean of T at ten energies without a temperature, --temperature and --voltage integrate \
                 over all energies: give either",
            )),
            Some((option, _)) if self.is_given() => Err(Failure::usage(format!(
                "{option} is of single energies, --temperature and --voltage integrate over them: give either"
            ))),
            _ => Ok(()),
        }
    }

    /// Solves the strips at these Fermi energies, and reports.
    pub(super) fn run(
        &self,
        arguments: &StripArguments,
        fermi_energies: Vec<f64>,
        results: &ResultArguments,
        solver: &SolverArguments,
        threads: &ThreadArguments,
        output: &Output,
    ) -> Result<(), Failure> {
        let request = solver.request();
        if request.precision == Some(Precision::F32) {
            return Err(Failure::usage(
                "--temperature and --voltage need --precision f64: errors of f32 would be mistaken for resonances",
            ));
        }
        let values = |values: &Option<Values>| values.as_ref().map(|values| values.all().to_vec());
        let mut strips = arguments.open(output)?;
        let builder = Thermal::builder(strips.size())
            .fermi_energies(fermi_energies)
            .temperatures(values(&self.temperature).unwrap_or_else(|| vec![0.0]))
            .voltages(values(&self.voltage).unwrap_or_default())
            .tolerance(self.tolerance.unwrap_or(TOLERANCE))
            .method(request.method)
            .tuned_for_workload(strips.workload());
        let thermal = threads.run(|| Ok(builder.build()?))?;
        let (samples, first) = (strips.samples(), strips.first_sample());
        // From here on Ctrl-C removes an unfinished output.
        let interrupt = Interrupt::listen();
        let path: Option<&Path> = results.transmissions();
        let mut file = path
            .map(|path| ThermalFile::create(path, &thermal, [first, samples]))
            .transpose()?;
        let keep = output.is_json() && path.is_none();
        let mut report = Report::new(&thermal, samples, first, keep);
        let bar = output.progress(samples, "Solving");
        let mut done = 0;
        while done < samples {
            let count = STEP.min(samples - done);
            #[expect(clippy::cast_possible_truncation, reason = "a few at a time")]
            let onsite = strips.read(done, count as usize)?;
            let solution = threads.run(|| {
                solve(&thermal, onsite, first.saturating_add(done), &|| {
                    interrupt.requested()
                })
            })?;
            let Some(solution) = solution else {
                let kept = "nothing was written; the same command starts again".to_owned();
                return Err(Interrupted { kept }.into());
            };
            report.take(&solution);
            if let Some(file) = &mut file {
                file.append(&solution)?;
            }
            done += count;
            bar.inc(count);
        }
        bar.finish_and_clear();
        report.written = file.map(ThermalFile::commit).transpose()?;
        output.text(report.text(&strips.words()));
        output.json(&report.json(strips.json()));
        Ok(())
    }
}

/// Solves some strips, the first of them number `first`.
fn solve(
    thermal: &Thermal,
    onsite: Vec<f64>,
    first: u64,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Option<ThermalSolution>, Failure> {
    // Errors count from the first strip of a step.
    let before = usize::try_from(first).unwrap_or_default();
    let strips = OnsiteEnergies::new(thermal.size(), onsite).map_err(|error| OnsiteError {
        sample: error.sample + before,
        ..error
    })?;
    let found = thermal.solve_unless(&strips, stop);
    Ok(found.map_err(|error| error.after(before))?)
}
