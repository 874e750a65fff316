//! `--sbatch`: a Slurm job array that does what the command line asks for, as a script.
//!
//! A command that has `--shard` and `--threads` flattens [`SbatchArguments`] too and, once its
//! arguments are checked and before it does anything, asks whether a script
//! [is wanted](SbatchArguments::is_wanted) and [writes](SbatchArguments::write) it instead. Slurm
//! does the scheduling; every task is the same command with `--shard slurm/N`, N written into the script,
//! so that any of the tasks can be run again alone.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt::{self, Display};
use std::fs;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::path::{self, Path, PathBuf};

use clap::{ArgMatches, Args, CommandFactory, ValueHint};

use super::Arguments;
use super::failure::Failure;
use super::invocation;
use super::numbers;
use super::output::{self, Output, OutputArguments};
use super::parallel::{ThreadArguments, parse_threads};
use super::shard::ShardArguments;
use landauer::failure::{Categorised, Category};
use landauer::internal::counted;
use landauer::internal::files::{ReadError, open, replace_script};

/// How every script begins; other files are not replaced.
const BEGINNING: &str = "#!/usr/bin/env bash\n# A Slurm job array made by landauer";
/// The most tasks unless more are asked for: few enough for the limits that clusters commonly set
/// on the jobs of a user, and on an array.
const USUAL_TASKS: u64 = 64;
/// The most tasks that Slurm takes in one array unless it is configured for more (`MaxArraySize`).
const USUAL_ARRAY: u64 = 1001;
/// The most tasks that any Slurm can be configured to take in one array.
const MAX_TASKS: u64 = 4_000_000;
/// The file name that means standard output.
const STDOUT: &str = "-";

/// A job array instead of a run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Slurm")]
pub(super) struct SbatchArguments {
    /// Only write a script that does this as a Slurm job array, ready for `sbatch FILE`
    /// [default: to standard output]
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        default_missing_value = STDOUT,
        conflicts_with = "shard"
    )]
    sbatch: Option<PathBuf>,
    /// Tasks of the array [default: one for each piece of the work, at most 64]
    #[arg(long, value_name = "N", requires = "sbatch", value_parser = numbers::count::<u64>(1..=MAX_TASKS))]
    tasks: Option<u64>,
    /// CPUs of each task, and its threads [default: what --threads says, or 1]
    #[arg(long, value_name = "N", requires = "sbatch", conflicts_with = "threads", value_parser = parse_threads)]
    cpus_per_task: Option<NonZeroUsize>,
    /// Memory of each task, such as 500M or 4G [default: the cluster's]
    #[arg(long, value_name = "SIZE", requires = "sbatch", value_parser = parse_memory)]
    memory: Option<String>,
    /// Time limit of each task, such as 90 (minutes), 12:00:00 or 2-00 (days-hours) [default: the
    /// partition's]
    #[arg(long, value_name = "TIME", requires = "sbatch", value_parser = parse_time)]
    time: Option<String>,
    /// Partition to run in [default: the cluster's]
    #[arg(long, value_name = "NAME", requires = "sbatch", value_parser = parse_name)]
    partition: Option<String>,
    /// Account to charge [default: the user's]
    #[arg(long, value_name = "NAME", requires = "sbatch", value_parser = parse_name)]
    account: Option<String>,
}

/// The names that Slurm's administrators give; nothing that a shell or `sbatch` would read
/// otherwise.
fn parse_name(text: &str) -> Result<String, String> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_-.,@+".contains(letter);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err("a name of letters, digits and _ - . , @ + is needed".to_owned())
    }
}

fn parse_memory(text: &str) -> Result<String, String> {
    let number = text.strip_suffix(['K', 'M', 'G', 'T']).unwrap_or(text);
    if is_number(number) {
        Ok(text.to_owned())
    } else {
        Err("a number of megabytes, or one that ends with K, M, G or T, is needed".to_owned())
    }
}

/// One of Slurm's: M, M:S, H:M:S, D-H, D-H:M, D-H:M:S.
fn parse_time(text: &str) -> Result<String, String> {
    let (days, rest) = match text.split_once('-') {
        Some((days, rest)) => (Some(days), rest),
        None => (None, text),
    };
    let mut parts = days.into_iter().chain(rest.split(':'));
    if parts.all(is_number) && rest.split(':').count() <= 3 {
        Ok(text.to_owned())
    } else {
        Err("minutes, M:S, H:M:S, D-H, D-H:M or D-H:M:S are needed".to_owned())
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|letter| letter.is_ascii_digit())
}

/// What the tasks of an array are to do.
pub(super) struct Job<'j> {
    /// The number of pieces of the work.
    pub(super) pieces: u64,
    /// The command's own `--threads`.
    pub(super) threads: &'j ThreadArguments,
    /// Where the results will be.
    pub(super) results: &'j Path,
    /// The command of ours that shows them; without one they are files to look at.
    pub(super) shown_by: Option<&'static str>,
}

impl SbatchArguments {
    /// Is a script wanted instead of a run?
    pub(super) const fn is_wanted(&self) -> bool {
        self.sbatch.is_some()
    }

    /// Writes the script that does `job` by this process's own command line, and says what to do
    /// with it.
    pub(super) fn write(&self, job: &Job<'_>, output: &Output) -> Result<(), Failure> {
        let program = invocation::program().map_err(|error| {
            Failure::from(ReadError::new(Path::new("this program's own path"), error))
        })?;
        // They have been parsed before; here every one of them is wanted by name.
        let matches = super::command().try_get_matches_from(invocation::words());
        let matches = matches.map_err(|error| Failure::usage(error.to_string()))?;
        let program = word(program.as_os_str())?;
        let results = absolute(job.results)?;
        let mut look = match job.shown_by {
            Some(command) => vec![program.clone(), command.to_owned()],
            None => vec!["ls".to_owned()],
        };
        look.push(results);
        let look: Vec<_> = look.iter().map(|word| quoted(word)).collect();
        let script = Script {
            program,
            command: spell_out(&matches)?,
            look: look.join(" "),
            pieces: job.pieces,
            tasks: self.tasks(job.pieces)?,
            cpus: self.cpus(job.threads),
            arguments: self,
        };
        let text = script.to_string();
        let file = self.sbatch.as_deref().filter(|&file| file != STDOUT);
        match file {
            None if !output.is_json() => output::put(text.as_bytes())?,
            None => {}
            Some(file) => {
                require_ours(file)?;
                replace_script(file, &text)?;
                output.text(script.told(file));
            }
        }
        if let Some(warning) = script.warning() {
            output::complain(&format!("warning: {warning}"));
        }
        output.json(&serde_json::json!({
            "file": file.map(|file| file.display().to_string()),
            "script": text,
            "tasks": script.tasks,
            "pieces": script.pieces,
            "cpus_per_task": script.cpus,
            "warning": script.warning(),
        }));
        Ok(())
    }

    /// The number of tasks for this number of pieces.
    fn tasks(&self, pieces: u64) -> Result<u64, Failure> {
        match self.tasks {
            Some(tasks) if tasks > pieces => Err(Failure::usage(format!(
                "--tasks {tasks}: the work has {}, and further tasks would have none",
                counted(pieces, "piece")
            ))),
            Some(tasks) => Ok(tasks),
            None => Ok(pieces.clamp(1, USUAL_TASKS)),
        }
    }

    fn cpus(&self, threads: &ThreadArguments) -> usize {
        let asked = self.cpus_per_task.or(threads.given());
        asked.map_or(1, NonZeroUsize::get)
    }
}

/// The subcommand and the values of all its options, defaults too, but for those that a script has
/// its own of: a later version of this program with other defaults shall not matter.
fn spell_out(matches: &ArgMatches) -> Result<Vec<String>, Failure> {
    let program = Arguments::command();
    let command = matches.subcommand().and_then(|(name, matches)| {
        let command = program.find_subcommand(name)?;
        Some((command, matches))
    });
    let Some((command, matches)) = command else {
        return Err(Failure::usage("a script needs a command"));
    };
    let mut left_out = ids::<SbatchArguments>();
    left_out.extend(ids::<ShardArguments>());
    left_out.extend(ids::<ThreadArguments>());
    // They are about what is said now.
    left_out.extend(ids::<OutputArguments>());

    let mut words = vec![command.get_name().to_owned()];
    for option in command.get_arguments() {
        let id = option.get_id().as_str();
        // A test makes sure that all options are long.
        let Some(long) = option.get_long() else {
            continue;
        };
        if left_out.iter().any(|other| other == id) {
            continue;
        }
        if !option.get_action().takes_values() {
            if matches.get_flag(id) {
                words.push(format!("--{long}"));
            }
            continue;
        }
        let is_path = matches!(
            option.get_value_hint(),
            ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath
        );
        for values in matches.get_raw_occurrences(id).into_iter().flatten() {
            let values = values.map(|value| {
                if is_path {
                    absolute(Path::new(value))
                } else {
                    word(value)
                }
            });
            let values: Vec<String> = values.collect::<Result<_, _>>()?;
            // What has several values has them with something between, mostly a comma.
            let between = option.get_value_delimiter().unwrap_or(',').to_string();
            words.push(format!("--{long}={}", values.join(&between)));
        }
    }
    Ok(words)
}

/// The names of a group's arguments.
fn ids<A: Args>() -> Vec<String> {
    let group = A::augment_args(clap::Command::new("group"));
    let ids = group.get_arguments().map(|option| option.get_id().as_str());
    ids.map(str::to_owned).collect()
}

/// A path that means the same in any folder.
fn absolute(path: &Path) -> Result<String, Failure> {
    let absolute = path::absolute(path).map_err(|error| ReadError::new(path, error))?;
    word(absolute.as_os_str())
}

/// Text that can stand in a script, quoted, and in its comments.
fn word(text: &OsStr) -> Result<String, Failure> {
    match text.to_str() {
        Some(word) if !word.chars().any(char::is_control) => Ok(word.to_owned()),
        _ => Err(Failure::usage(format!(
            "--sbatch: {} does not fit into a script: it has control characters or is not valid Unicode",
            text.display()
        ))),
    }
}

/// A word as a POSIX shell reads it back.
fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-+=:,./@%".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        Cow::Borrowed(word)
    } else {
        // In single quotes everything stands for itself but a single quote.
        Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
    }
}

/// A path that `sbatch` does not take for an option.
fn path_word(path: &Path) -> String {
    let path = path.display().to_string();
    if path.starts_with('-') {
        return quoted(&format!("./{path}")).into_owned();
    }
    quoted(&path).into_owned()
}

/// Only scripts of ours are replaced.
fn require_ours(file: &Path) -> Result<(), Failure> {
    let mut existing = Vec::new();
    match fs::metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        // A folder or a device.
        Ok(found) if !found.is_file() => {}
        _ => {
            let mut beginning = open(file)?.take(BEGINNING.len() as u64);
            let read = beginning.read_to_end(&mut existing);
            read.map_err(|error| ReadError::new(file, error))?;
        }
    }
    if existing.starts_with(BEGINNING.as_bytes()) {
        return Ok(());
    }
    Err(Foreign {
        file: file.to_owned(),
    }
    .into())
}

/// Another file is where the script should be.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} is not a script of `landauer ... --sbatch` and was not changed: choose another name",
    file.display()
)]
struct Foreign {
    file: PathBuf,
}

impl Categorised for Foreign {
    fn category(&self) -> Category {
        Category::Refused
    }
}

/// Everything that stands in the script; its `Display` is the script.
struct Script<'s> {
    /// This program, [absolute](absolute) like all paths here.
    program: String,
    /// The words after it.
    command: Vec<String>,
    /// A command line that shows what came of it, quoted.
    look: String,
    pieces: u64,
    tasks: u64,
    cpus: usize,
    arguments: &'s SbatchArguments,
}

impl Script<'_> {
    /// A warning about it.
    fn warning(&self) -> Option<String> {
        let tasks = self.tasks;
        (tasks > USUAL_ARRAY).then(|| {
            format!(
                "an array of {tasks} tasks is more than most Slurms take (MaxArraySize, usually {USUAL_ARRAY}; \
                 `scontrol show config | grep MaxArraySize` says this one's): if sbatch calls it invalid, give \
                 a smaller --tasks"
            )
        })
    }

    /// What to do with the script, as text.
    fn told(&self, file: &Path) -> String {
        let Self {
            pieces,
            tasks,
            cpus,
            look,
            ..
        } = self;
        format!(
            "{}: a Slurm job array; tasks: {tasks}, pieces of work: {pieces}, CPUs each: {cpus}
submit it:        sbatch {}
watch it:         squeue --me
see what came:    {look}",
            file.display(),
            path_word(file),
        )
    }

    /// The options of `sbatch`, each with its value if it has one.
    fn options(&self) -> Vec<(&'static str, Option<String>)> {
        let SbatchArguments {
            memory,
            time,
            partition,
            account,
            ..
        } = self.arguments;
        let name = format!("landauer-{}", self.command[0]);
        let mut options = vec![
            ("job-name", Some(name.clone())),
            ("array", Some(format!("0-{}", self.tasks - 1))),
            ("ntasks", Some("1".to_owned())),
            ("cpus-per-task", Some(self.cpus.to_string())),
            // In the folder in which it is submitted, which is there.
            ("output", Some(format!("{name}-%A_%a.log"))),
            ("open-mode", Some("append".to_owned())),
            ("requeue", None),
        ];
        let given = [
            ("mem", memory),
            ("time", time),
            ("partition", partition),
            ("account", account),
        ];
        let given = given.into_iter().filter(|(_, value)| value.is_some());
        options.extend(given.map(|(name, value)| (name, value.clone())));
        options
    }
}

impl Display for Script<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{BEGINNING} {}; tasks: {}, pieces of work: {}.
#
# Submit it:      sbatch FILE
# Some tasks:     sbatch --array=3,17 FILE     (options before FILE go before those here)
# Watch it:       squeue --me
# See what came:  {}
#
# The work is in {} shares, task I does share I, and any of them may be run again, alone or with others.
# The result's bytes do not depend on the number of the tasks, on their order, or on what happens to
# them. A task that is killed, requeued or out of time loses nothing that it had finished: Slurm may
# start it again, and submitting this script again does what is missing, or nothing. A task's exit
# code is the command's own.
#
# This program and all paths must be the same on every node.",
            env!("CARGO_PKG_VERSION"),
            self.tasks,
            self.pieces,
            self.look,
            self.tasks
        )?;
        for (name, value) in self.options() {
            match value {
                Some(value) => writeln!(f, "#SBATCH --{name}={value}")?,
                None => writeln!(f, "#SBATCH --{name}")?,
            }
        }
        writeln!(
            f,
            "
set -euo pipefail
: \"${{SLURM_ARRAY_TASK_ID:?is not set: submit this script with sbatch}}\"

# exec: what Slurm signals is the command itself, which then keeps what it has finished.
exec {} {} \\",
            quoted(&self.program),
            quoted(&self.command[0])
        )?;
        for word in &self.command[1..] {
            writeln!(f, "  {} \\", quoted(word))?;
        }
        writeln!(
            f,
            "  --shard=slurm/{} --threads=\"$SLURM_CPUS_PER_TASK\"",
            self.tasks
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn parsed(line: &[&str]) -> Result<ArgMatches, String> {
        let words = ["landauer"].iter().chain(line);
        let parsed = Arguments::command().try_get_matches_from(words);
        parsed.map_err(|error| error.to_string())
    }

    fn spelled(line: &[&str]) -> Vec<String> {
        spell_out(&parsed(line).unwrap()).unwrap()
    }

    fn arguments(line: &[&str]) -> SbatchArguments {
        #[derive(Debug, Parser)]
        struct Only {
            #[command(flatten)]
            sbatch: SbatchArguments,
            #[command(flatten)]
            shard: ShardArguments,
            #[command(flatten)]
            threads: ThreadArguments,
        }
        let words = ["only", "--sbatch"].iter().chain(line);
        Only::try_parse_from(words).unwrap().sbatch
    }

    #[test]
    fn what_a_shell_would_change_is_quoted() {
        for plain in ["--samples=5", "/a/b.zarr", "-0.5,0", "a@b%c"] {
            assert_eq!(quoted(plain), plain);
        }
        for (word, expected) in [
            ("", "''"),
            ("a b", "'a b'"),
            ("$HOME", "'$HOME'"),
            ("~", "'~'"),
            ("it's", r"'it'\''s'"),
            ("'", r"''\'''"),
            ("a;rm -r *", "'a;rm -r *'"),
            ("{1,2}", "'{1,2}'"),
            ("Ḡ", "'Ḡ'"),
            ("#", "'#'"),
        ] {
            assert_eq!(quoted(word), expected);
        }
        assert!(word(OsStr::new("a\n#SBATCH --array=0-9")).is_err());
        assert_eq!(path_word(Path::new("-x y")), "'./-x y'");
    }

    #[test]
    fn every_option_is_spelled_out_and_reads_back_the_same() {
        let line = [
            "generate",
            "--samples",
            "100",
            "--energies",
            "-0.5,0",
            "--bias=0.36",
            "--output",
            "sub dir/m.zarr",
            "--sbatch",
            "m.sh",
            "--tasks=3",
            "--json",
            "--threads",
            "2",
        ];
        let words = spelled(&line);
        let output = path::absolute("sub dir/m.zarr").unwrap();
        for expected in [
            "generate",
            "--samples=100",
            "--energies=-0.5,0",
            "--bias=0.36",
            // Defaults too.
            "--seed=1",
            "--length=40",
            &format!("--output={}", output.display()),
        ] {
            let found = words.iter().any(|word| word == expected);
            assert!(found, "no {expected} in {words:?}");
        }
        let other = ["sbatch", "tasks", "json", "threads", "shard", "strength"];
        for other in other {
            let found = words.iter().find(|word| word.contains(other));
            assert_eq!(found, None);
        }
        let again: Vec<&str> = words.iter().map(String::as_str).collect();
        assert_eq!(spelled(&again), words);
    }

    #[test]
    fn commands_with_sbatch_have_nothing_but_long_options() {
        let program = Arguments::command();
        let mut count = 0;
        for command in program.get_subcommands() {
            let options: Vec<_> = command.get_arguments().collect();
            if options.iter().any(|option| option.get_id() == "sbatch") {
                assert!(options.iter().all(|option| option.get_long().is_some()));
                count += 1;
            }
        }
        assert!(count > 0);
    }

    #[test]
    fn there_are_no_more_tasks_than_pieces() {
        let tasks = |line: &[&str], pieces| arguments(line).tasks(pieces).ok();
        assert_eq!(tasks(&[], 1), Some(1));
        assert_eq!(tasks(&[], 7), Some(7));
        assert_eq!(tasks(&[], 1_000_000), Some(64));
        assert_eq!(tasks(&["--tasks=1000"], 1_000_000), Some(1000));
        assert_eq!(tasks(&["--tasks=8"], 8), Some(8));
        assert_eq!(tasks(&["--tasks=9"], 8), None);
    }

    #[test]
    fn what_slurm_would_refuse_is_refused_now() {
        for time in ["90", "90:30", "1:30:00", "2-0", "2-12:30", "2-12:30:00"] {
            assert!(parse_time(time).is_ok(), "{time}");
        }
        for time in ["", "soon", "1:2:3:4", "1-", "-1", "1-2-3", "1:", "1.5"] {
            assert!(parse_time(time).is_err(), "{time}");
        }
        for memory in ["500", "500M", "4G", "1T"] {
            assert!(parse_memory(memory).is_ok(), "{memory}");
        }
        for memory in ["", "M", "4 G", "4GB", "-4G", "1.5G"] {
            assert!(parse_memory(memory).is_err(), "{memory}");
        }
        for name in ["main", "long,short", "proj-1.a@x"] {
            assert!(parse_name(name).is_ok(), "{name}");
        }
        for name in ["", "-x", "a b", "a\n", "a;b", "$x", "a'b"] {
            assert!(parse_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn the_companions_need_sbatch() {
        let run = "generate --samples 10 --output d";
        let run: Vec<&str> = run.split(' ').collect();
        let with = |more: &str| {
            let words = run.iter().copied().chain(more.split_whitespace());
            parsed(&words.collect::<Vec<_>>())
        };
        assert!(with("").is_ok() && with("--sbatch").is_ok());
        assert!(with("--sbatch f --tasks 2 --time 5 --cpus-per-task 2").is_ok());
        for (wrong, words) in [
            ("--tasks 2", "--sbatch"),
            ("--time 5", "--sbatch"),
            ("--memory 1G", "--sbatch"),
            ("--partition p", "--sbatch"),
            ("--account a", "--sbatch"),
            ("--cpus-per-task 2", "--sbatch"),
            ("--sbatch --shard slurm/2", "--shard"),
            ("--sbatch --shard 0/2", "--shard"),
            ("--sbatch --threads 2 --cpus-per-task 2", "--threads"),
            ("--sbatch --tasks 0", "--tasks"),
            ("--sbatch --tasks 4000001", "--tasks"),
            ("--sbatch --cpus-per-task 0", "--cpus-per-task"),
        ] {
            let error = with(wrong).unwrap_err();
            assert!(error.contains(words), "{wrong}: {error}");
        }
    }

    #[test]
    fn the_script_has_what_slurm_wants_to_know_before_its_first_command() {
        let arguments = arguments(&["--time=1:00:00", "--memory=2G", "--partition=p"]);
        let script = Script {
            program: "/opt/my tools/landauer".to_owned(),
            command: vec!["generate".to_owned(), "--output=/d/it's".to_owned()],
            look: "landauer inspect /d".to_owned(),
            pieces: 9,
            tasks: 4,
            cpus: 2,
            arguments: &arguments,
        };
        let text = script.to_string();
        assert!(text.starts_with(BEGINNING));
        let (options, commands) = text.split_once("\nset -euo pipefail\n").unwrap();
        let options: Vec<&str> = options
            .lines()
            .filter_map(|line| line.strip_prefix("#SBATCH --"))
            .collect();
        assert_eq!(
            options,
            [
                "job-name=landauer-generate",
                "array=0-3",
                "ntasks=1",
                "cpus-per-task=2",
                "output=landauer-generate-%A_%a.log",
                "open-mode=append",
                "requeue",
                "mem=2G",
                "time=1:00:00",
                "partition=p",
            ]
        );
        assert!(commands.ends_with(
            r#"exec '/opt/my tools/landauer' generate \
  '--output=/d/it'\''s' \
  --shard=slurm/4 --threads="$SLURM_CPUS_PER_TASK"
"#
        ));
        assert!(text.contains("# See what came:  landauer inspect /d\n"));
        assert!(script.told(Path::new("a b.sh")).contains("sbatch 'a b.sh'"));
        assert_eq!(script.warning(), None);
        let tasks = USUAL_ARRAY + 1;
        let warning = Script { tasks, ..script }.warning().unwrap();
        assert!(warning.contains("1002") && warning.contains("MaxArraySize"));
    }
}
