//! The `landauer` command: raw arguments become checked ones once, one file a command.
//!
//! A new command is a file, its `mod`, and its line in `Command`.

#[macro_use]
mod commands;

mod arguments;
mod completions;
mod demo;
mod device;
mod disorder;
mod energies;
mod ensemble;
mod evaluate;
mod export;
mod failure;
mod fallbacks;
mod generate;
mod hybrid;
mod input;
mod inspect;
mod interrupt;
mod invocation;
mod kind;
mod locale;
mod lock;
mod man;
mod map;
mod model;
mod numbers;
mod output;
mod outputs;
mod parallel;
mod picture;
mod playground;
mod plot;
mod predict;
mod renamed;
mod reproduce;
mod sbatch;
mod shard;
mod solve;
mod solver;
mod train;
mod values;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser};

use failure::exit_code;
use landauer::failure::{Categorised, Category};
use output::Output;

/// Exact quantum transport through disordered nanostructures.
///
/// Conductances are in units of G0 = 2e²/h, energies in units of the hopping t.
#[derive(Debug, Parser)]
#[command(
    name = "landauer",
    version,
    arg_required_else_help = true,
    disable_help_flag = true,
    propagate_version = true
)]
struct Arguments {
    #[command(flatten)]
    output: output::OutputArguments,
    #[command(subcommand)]
    command: Command,
}

commands! {
    enum Command {
        Demo = demo::DemoArguments,
        Device = device::DeviceArguments,
        Ensemble = ensemble::EnsembleArguments,
        Evaluate = evaluate::EvaluateArguments,
        Export = export::ExportArguments,
        Generate = generate::GenerateArguments,
        Hybrid = hybrid::HybridArguments,
        Inspect = inspect::InspectArguments,
        Map = map::MapArguments,
        Solve = solve::SolveArguments,
        Completions = completions::CompletionsArguments,
        Man = man::ManArguments,
        Playground = playground::PlaygroundArguments,
        Plot = plot::PlotArguments,
        Predict = predict::PredictArguments,
        Reproduce = reproduce::ReproduceArguments,
        Train = train::TrainArguments,
    }
}

/// Runs the command line of this process; its exit code says what kind of failure there was.
#[must_use]
pub fn main() -> ExitCode {
    ExitCode::from(run_words())
}

/// Runs a command line that another program got, `words` with that program's name first: once in a
/// process. `program` is what a job script is to call. Gives the exit code.
#[must_use]
pub fn run(program: PathBuf, words: Vec<OsString>) -> u8 {
    invocation::set(invocation::Invocation { program, words });
    run_words()
}

/// Runs the command line; gives the exit code.
fn run_words() -> u8 {
    let arguments = match parse(command().try_get_matches_from(invocation::words())) {
        Ok(arguments) => arguments,
        Err(message) => return tell(message),
    };
    let output = Output::new(&arguments.output);
    let done = arguments.command.run(&output);
    match done.and_then(|()| Ok(output.said()?)) {
        Ok(()) => 0,
        Err(failure) => output.report(&failure),
    }
}

/// The command line as it is parsed.
fn command() -> clap::Command {
    fn prepared(command: clap::Command) -> clap::Command {
        let command = command.mut_args(numbers::take_negative_numbers);
        command.mut_subcommands(prepared)
    }
    prepared(Arguments::command())
}

/// Prints what clap has to say: help or the version, on stdout, or what is wrong with the command
/// line.
fn tell(message: clap::Error) -> u8 {
    let wrong = message.use_stderr();
    let words = invocation::words();
    let words = words.iter().map(|word| word.to_string_lossy().into_owned());
    match output::put_message(&with_hint(message, &words.collect::<Vec<_>>())) {
        // If stderr takes no message, the exit code says what kind of failure it was.
        _ if wrong => exit_code(Category::Usage),
        Ok(()) => 0,
        Err(error) => {
            output::complain(&format!("error: {error}"));
            exit_code(error.category())
        }
    }
}

/// The message about a command line of these words, with a hint where clap has none.
fn with_hint(mut message: clap::Error, words: &[String]) -> clap::Error {
    let unexpected = match message.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) if message.kind() == ErrorKind::UnknownArgument => {
            argument.clone()
        }
        _ => return message,
    };
    let hint = if let Some(hint) = renamed::hint(words, &unexpected) {
        // Not also one that is only spelled alike.
        message.remove(ContextKind::SuggestedArg);
        hint
    } else if numbers::looks_like_numbers(&unexpected) {
        "a list of numbers has commas and no spaces, as in --energies=-0.18,0,0.1, or stands in \
         quotes"
            .to_owned()
    } else if follows_json(words, &unexpected) {
        "a file for --json is given with an equals sign, as in --json=result.json".to_owned()
    } else {
        return message;
    };
    let hint = ContextValue::StyledStrs(vec![hint.into()]);
    message.insert(ContextKind::Suggested, hint);
    message
}

/// Does it stand behind `--json` where a file may be meant?
fn follows_json(words: &[String], argument: &str) -> bool {
    let behind = words
        .windows(2)
        .any(|pair| pair[0] == "--json" && pair[1] == argument);
    behind && words.iter().any(|word| word == "evaluate")
}

/// What a command line asks for, read but not done, as `{:?}` has it: for tests of the reading.
///
/// # Errors
/// What the user is told instead: what is wrong with it, or the help that was asked for.
pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<String, String> {
    let words: Vec<OsString> = arguments.into_iter().collect();
    let told = words.iter().map(|word| word.to_string_lossy().into_owned());
    let told: Vec<String> = told.collect();
    let read = parse(command().try_get_matches_from(words));
    read.map(|arguments| format!("{arguments:?}"))
        .map_err(|message| with_hint(message, &told).to_string())
}

/// The arguments that were found.
fn parse(found: Result<clap::ArgMatches, clap::Error>) -> Result<Arguments, clap::Error> {
    Arguments::from_arg_matches(&found?)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_argument_definitions_are_consistent() {
        command().debug_assert();
    }

    #[test]
    fn json_goes_to_stdout_or_to_the_file_that_evaluate_names() {
        let parse = |line: &str| super::parse(command().try_get_matches_from(line.split(' ')));
        let file = |line: &str| match parse(line).map(|arguments| arguments.command) {
            Ok(Command::Evaluate(arguments)) => arguments.json_file(),
            other => panic!("{line}: {other:?}"),
        };
        let is_json = |line: &str| Output::new(&parse(line).unwrap().output).is_json();
        let evaluate = "landauer evaluate run --test-set test.zarr";
        for (more, written, printed) in [
            ("", None, false),
            (" --json", None, true),
            (" --json=-", None, true),
            (" --json=a.json", Some("a.json"), false),
        ] {
            let line = format!("{evaluate}{more}");
            assert_eq!(file(&line).as_deref(), written.map(Path::new), "{line}");
            assert_eq!(is_json(&line), printed, "{line}");
        }
        assert!(is_json("landauer --json evaluate run --test-set test.zarr"));
        // A value needs an equals sign: otherwise the predictor would be taken for one.
        assert!(is_json("landauer evaluate --json run --test-set test.zarr"));
        assert!(parse(&format!("{evaluate} --json a.json")).is_err());
        assert!(is_json("landauer --json inspect a.zarr"));
        assert!(is_json("landauer inspect --json a.zarr"));
        assert!(!is_json("landauer inspect a.zarr"));
        assert!(parse("landauer inspect --json=a.json a.zarr").is_err());
    }
}
