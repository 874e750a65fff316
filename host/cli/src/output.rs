//! What a command prints: text for the terminal or JSON for programs on stdout, the rest on stderr.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clap::{ArgAction, Args};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::failure::{Failure, exit_code};
use super::locale;
use landauer::failure::{Categorised, Category};
use landauer::internal::json;

/// Where help shows what every command has: last.
pub(super) const COMMON: &str = "Common options";

/// The flags that every command has.
#[derive(Debug, Args)]
pub(super) struct OutputArguments {
    /// Print one JSON object on stdout instead of text
    #[arg(long, global = true, num_args = 0, default_missing_value = "-", help_heading = COMMON)]
    json: Option<JsonTo>,
    /// Print nothing but errors (and JSON, if asked for)
    #[arg(long, short, global = true, help_heading = COMMON)]
    quiet: bool,
    /// Print help (a summary with -h)
    #[arg(long, short, global = true, action = ArgAction::Help, help_heading = COMMON)]
    help: Option<bool>,
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

impl From<OsString> for JsonTo {
    /// `-` is stdout.
    fn from(text: OsString) -> Self {
        if text == "-" {
            Self::Stdout
        } else {
            Self::File(text.into())
        }
    }
}

/// Something could not be printed. What was written to files before is there.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to standard output: {reason}")]
pub(super) struct PrintError {
    // Not called source: the message has it already, and would be followed by it again.
    reason: io::Error,
}

impl Categorised for PrintError {
    fn category(&self) -> Category {
        Category::System
    }
}

/// Where a command's words go.
#[derive(Debug)]
pub(super) struct Output {
    json: bool,
    quiet: bool,
    /// Why something could not be said.
    failed: Mutex<Option<PrintError>>,
}

impl Output {
    pub(super) fn new(arguments: &OutputArguments) -> Self {
        let OutputArguments { json, quiet, .. } = arguments;
        Self {
            json: *json == Some(JsonTo::Stdout),
            quiet: *quiet,
            failed: Mutex::new(None),
        }
    }

    /// Whether all that was said could be.
    pub(super) fn said(&self) -> Result<(), PrintError> {
        self.failed().take().map_or(Ok(()), Err)
    }

    fn failed(&self) -> MutexGuard<'_, Option<PrintError>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does stdout take JSON?
    pub(super) const fn is_json(&self) -> bool {
        self.json
    }

    /// Text for the terminal, on stdout; nothing under `--json` or `--quiet`.
    pub(super) fn text(&self, text: impl AsRef<str>) {
        if !self.json && !self.quiet {
            self.print(&locale::shown(text.as_ref()));
        }
    }

    /// Warns of something that is done nevertheless, on stderr; not under `--quiet`.
    pub(super) fn warn(&self, text: &str) {
        if !self.quiet {
            complain(&format!("warning: {text}"));
        }
    }

    /// The command's result as JSON, on stdout; nothing without `--json`.
    pub(super) fn json(&self, value: &impl Serialize) {
        if self.json {
            match json::text(value) {
                Ok(text) => self.print(&text),
                Err(error) => self.note(PrintError {
                    reason: error.into(),
                }),
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
    fn note(&self, error: PrintError) {
        self.failed().get_or_insert(error);
    }

    /// A progress bar over `total` samples, on stderr; hidden where stderr is no terminal.
    pub(super) fn progress(&self, total: u64, verb: &'static str) -> ProgressBar {
        let bar =
            self.bar("{msg} [{bar:30}] {human_pos}/{human_len} samples, {per_sec}, {eta} left");
        bar.set_length(total);
        bar.with_message(verb)
    }

    /// A progress bar of work that has parts of any kind.
    pub(super) fn parts(&self, total: u64, doing: &str) -> ProgressBar {
        let bar = self.bar("     {msg} [{bar:30}] {percent} %, {eta} left");
        bar.set_length(total);
        bar.with_message(locale::shown(doing).into_owned())
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

    /// Reports a failure: a message on stderr, JSON on stdout if asked for. Gives the exit code.
    pub(super) fn report(&self, failure: &Failure) -> u8 {
        let Failure {
            category,
            error,
            details,
        } = failure;
        complain(&format!("error: {error:#}"));
        let mut report = serde_json::json!({
            "error": format!("{error:#}"),
            "kind": category.name(),
            "exit_code": exit_code(*category),
        });
        for (name, detail) in details.as_object().into_iter().flatten() {
            report[name] = detail.clone();
        }
        self.json(&report);
        exit_code(*category)
    }
}

/// Puts text that is itself the result on stdout; a reader that has gone away is no error.
pub(super) fn put(text: &[u8]) -> Result<(), PrintError> {
    let mut stdout = io::stdout().lock();
    printed(stdout.write_all(text).and_then(|()| stdout.flush()))
}

/// Prints what clap has to say, in colour on a terminal: help and the version on stdout, errors on
/// stderr.
pub(super) fn put_message(message: &clap::Error) -> Result<(), PrintError> {
    if locale::is_utf8() {
        return printed(message.print().and_then(|()| io::stdout().flush()));
    }
    let text = message.render().to_string();
    let text = locale::shown(&text);
    if message.use_stderr() {
        return printed(io::stderr().write_all(text.as_bytes()));
    }
    put(text.as_bytes())
}

/// A reader that has gone away is no error.
fn printed(result: io::Result<()>) -> Result<(), PrintError> {
    match result {
        Err(reason) if reason.kind() != io::ErrorKind::BrokenPipe => Err(PrintError { reason }),
        _ => Ok(()),
    }
}

/// A line on stderr. `eprintln` would panic where stderr is closed.
pub(super) fn complain(text: &str) {
    let line = format!("landauer: {}\n", harmless(text));
    // An error on stderr has nowhere else to go.
    let _ = io::stderr().write_all(locale::shown(&line).as_bytes());
}

/// The text without what a terminal would obey and not show: it may quote a file that anybody made.
fn harmless(text: &str) -> String {
    let obeyed = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\t');
    text.replace(obeyed, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_says_in_an_error_does_not_move_the_cursor() {
        let text = "unknown field `\u{1b}[2J\u{9b}31m\u{7f}` at Ḡ,\n\tline 2\r";
        let expected = "unknown field `\u{fffd}[2J\u{fffd}31m\u{fffd}` at Ḡ,\n\tline 2\u{fffd}";
        assert_eq!(harmless(text), expected);
    }
}
