//! What a command says: text for people or JSON for machines on stdout, the rest on stderr.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::failure::Failure;
use crate::files::WriteError;
use crate::json;

/// The flags that every command has.
#[derive(Debug, Args)]
pub(super) struct OutputArguments {
    /// Print one JSON object on stdout instead of text
    #[arg(long, global = true, num_args = 0, default_missing_value = "-")]
    json: Option<JsonTo>,
    /// Print nothing but errors (and JSON, if asked for)
    #[arg(long, short, global = true)]
    quiet: bool,
}

/// Where a command's JSON goes. Commands that can write it to a file have an argument `--json` of
/// their own, of this very type: for the parser it is the global one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum JsonTo {
    /// Stdout, instead of text.
    Stdout,
    /// A file, beside the text.
    File(PathBuf),
}

impl From<String> for JsonTo {
    /// `-` is stdout.
    fn from(text: String) -> Self {
        match &*text {
            "-" => Self::Stdout,
            _ => Self::File(text.into()),
        }
    }
}

/// Where a command's words go.
#[derive(Debug)]
pub(super) struct Output {
    json: bool,
    quiet: bool,
    /// Why something could not be said.
    failed: Mutex<Option<WriteError>>,
}

impl Output {
    pub(super) fn new(arguments: &OutputArguments) -> Self {
        let OutputArguments { json, quiet } = arguments;
        Self {
            json: *json == Some(JsonTo::Stdout),
            quiet: *quiet,
            failed: Mutex::new(None),
        }
    }

    /// Whether all that was said could be.
    pub(super) fn said(&self) -> Result<(), WriteError> {
        self.failed().take().map_or(Ok(()), Err)
    }

    fn failed(&self) -> MutexGuard<'_, Option<WriteError>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Is stdout for a machine?
    pub(super) const fn is_json(&self) -> bool {
        self.json
    }

    /// Text for people, on stdout; nothing under `--json` or `--quiet`.
    pub(super) fn text(&self, text: impl AsRef<str>) {
        if !self.json && !self.quiet {
            self.print(text.as_ref());
        }
    }

    /// The command's result for machines, on stdout; nothing without `--json`.
    pub(super) fn json(&self, value: &impl Serialize) {
        if self.json {
            match json::text(value) {
                Ok(text) => self.print(&text),
                Err(error) => self.note(WriteError::new(stdout_path(), error.into())),
            }
        }
    }

    /// Prints a line.
    fn print(&self, text: &str) {
        if let Err(error) = put(format!("{text}\n").as_bytes()) {
            self.note(error);
        }
    }

    /// The first failure is the one that is told.
    fn note(&self, error: WriteError) {
        self.failed().get_or_insert(error);
    }

    /// A progress bar over `total` samples, on stderr; hidden where nobody watches.
    pub(super) fn progress(&self, total: u64, verb: &'static str) -> ProgressBar {
        let bar =
            self.bar("{msg} [{bar:30}] {human_pos}/{human_len} samples, {per_sec}, {eta} left");
        bar.set_length(total);
        bar.with_message(verb)
    }

    /// A progress bar of work that has parts of any kind.
    pub(super) fn parts(&self, total: u64, doing: String) -> ProgressBar {
        let bar = self.bar("     {msg} [{bar:30}] {percent} %, {eta} left");
        bar.set_length(total);
        bar.with_message(doing)
    }

    /// A progress bar of a training, whose message is the loss.
    pub(super) fn training_progress(&self) -> ProgressBar {
        self.bar(
            "training [{bar:30}] {msg}, {human_pos}/{human_len} samples, {per_sec}, {eta} left",
        )
    }

    fn bar(&self, template: &str) -> ProgressBar {
        let target = if self.quiet || self.json || !io::stderr().is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let style = ProgressStyle::with_template(template);
        let bar = ProgressBar::with_draw_target(Some(0), target);
        bar.enable_steady_tick(Duration::from_millis(200));
        match style {
            Ok(style) => bar.with_style(style.progress_chars("=> ")),
            Err(_) => bar,
        }
    }

    /// Reports a failure: a message on stderr, JSON on stdout if asked for.
    pub(super) fn report(&self, failure: &Failure) -> ExitCode {
        let Failure {
            category,
            error,
            details,
        } = failure;
        eprintln!("landauer: error: {error:#}");
        let mut report = serde_json::json!({
            "error": format!("{error:#}"),
            "kind": category.name(),
            "exit_code": category.exit_code(),
        });
        for (name, detail) in details.as_object().into_iter().flatten() {
            report[name] = detail.clone();
        }
        self.json(&report);
        ExitCode::from(category.exit_code())
    }
}

/// Puts text that is itself the result on stdout; a reader that has gone away is no error.
pub(super) fn put(text: &[u8]) -> Result<(), WriteError> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(WriteError::new(stdout_path(), error))
        }
        _ => Ok(()),
    }
}

/// What standard output is called in an error.
fn stdout_path() -> &'static Path {
    Path::new("standard output")
}
