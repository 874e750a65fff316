//! The `landauer` command: raw arguments become checked ones once, one file a command.

mod arguments;
mod completions;
mod demo;
mod device;
mod ensemble;
mod evaluate;
mod export;
mod failure;
mod fallbacks;
mod generate;
mod histogram;
mod hybrid;
mod inspect;
mod interrupt;
mod lock;
mod man;
mod model;
mod output;
mod parallel;
mod plan;
mod plot;
mod predict;
mod reproduce;
mod sbatch;
mod shard;
mod solve;
mod solver;
mod train;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use failure::Failure;
use output::Output;

/// Exact quantum transport through disordered nanostructures.
///
/// Conductances are in units of G0 = 2e²/h, energies in units of the hopping t.
#[derive(Debug, Parser)]
#[command(
    name = "landauer",
    version,
    arg_required_else_help = true,
    propagate_version = true
)]
struct Arguments {
    #[command(flatten)]
    output: output::OutputArguments,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::DemoArguments),
    Device(Box<device::DeviceArguments>),
    Ensemble(Box<ensemble::EnsembleArguments>),
    Evaluate(evaluate::EvaluateArguments),
    Export(export::ExportArguments),
    Generate(generate::GenerateArguments),
    Hybrid(hybrid::HybridArguments),
    Inspect(inspect::InspectArguments),
    Solve(Box<solve::SolveArguments>),
    Completions(completions::CompletionsArguments),
    Man(man::ManArguments),
    Plot(plot::PlotArguments),
    Predict(predict::PredictArguments),
    Reproduce(reproduce::ReproduceArguments),
    Train(Box<train::TrainArguments>),
}

/// Runs the command line of this process; its exit code is documented in
/// [`Category::exit_code`](crate::failure::Category::exit_code).
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output::new(&arguments.output);
    let done = arguments.run(&output);
    match done.and_then(|()| Ok(output.said()?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => output.report(&failure),
    }
}

impl Arguments {
    fn run(self, output: &Output) -> Result<(), Failure> {
        match self.command {
            Command::Demo(arguments) => arguments.run(output),
            Command::Device(arguments) => arguments.run(output),
            Command::Ensemble(arguments) => arguments.run(output),
            Command::Evaluate(arguments) => arguments.run(output),
            Command::Export(arguments) => arguments.run(output),
            Command::Generate(arguments) => arguments.run(output),
            Command::Hybrid(arguments) => arguments.run(output),
            Command::Inspect(arguments) => arguments.run(output),
            Command::Solve(arguments) => arguments.run(output),
            Command::Completions(arguments) => arguments.run(Self::command()),
            Command::Man(arguments) => arguments.run(Self::command(), output),
            Command::Plot(arguments) => arguments.run(output),
            Command::Predict(arguments) => arguments.run(output),
            Command::Reproduce(arguments) => arguments.run(output),
            Command::Train(arguments) => arguments.run(output),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_argument_definitions_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn json_goes_to_stdout_or_to_the_file_that_evaluate_names() {
        let parse = |line: &str| Arguments::try_parse_from(line.split(' '));
        let file = |line: &str| match parse(line).map(|arguments| arguments.command) {
            Ok(Command::Evaluate(arguments)) => arguments.json_file(),
            other => panic!("{line}: {other:?}"),
        };
        let is_json = |line: &str| Output::new(&parse(line).unwrap().output).is_json();
        let evaluate = "landauer evaluate run --dataset test.zarr";
        for (more, written, printed) in [
            ("", None, false),
            (" --json", None, true),
            (" --json -", None, true),
            (" --json a.json", Some("a.json"), false),
            (" --json=a.json", Some("a.json"), false),
        ] {
            let line = format!("{evaluate}{more}");
            assert_eq!(file(&line).as_deref(), written.map(Path::new), "{line}");
            assert_eq!(is_json(&line), printed, "{line}");
        }
        assert!(is_json("landauer --json evaluate run --dataset test.zarr"));
        assert!(is_json("landauer --json inspect a.zarr"));
        assert!(is_json("landauer inspect --json a.zarr"));
        assert!(!is_json("landauer inspect a.zarr"));
        assert!(parse("landauer inspect --json=a.json a.zarr").is_err());
    }
}
