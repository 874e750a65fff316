//! How this process was asked: its words, and the program that they are for.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::sync::OnceLock;

/// What a host program said ([`crate::run`]); without one the operating system is asked.
static OF_HOST: OnceLock<Invocation> = OnceLock::new();

/// The program's name where nothing better is known.
const NAME: &str = "landauer";

/// A program and the words that it got.
#[derive(Debug)]
pub(super) struct Invocation {
    /// What a job script is to call.
    pub(super) program: PathBuf,
    /// The command line, first how the program was called.
    pub(super) words: Vec<OsString>,
}

/// From now on this is what the process was asked. Only the first call counts: a process has one command line.
pub(super) fn set(invocation: Invocation) {
    let _ = OF_HOST.set(invocation);
}

/// The command line, the program's name first.
pub(super) fn words() -> Vec<OsString> {
    match OF_HOST.get() {
        Some(invocation) => invocation.words.clone(),
        None => env::args_os().collect(),
    }
}

/// How this program was called, so that examples of further commands can be pasted.
pub(super) fn name() -> String {
    if let Some(invocation) = OF_HOST.get() {
        // As the host program wants it said, such as `python -m landauer`.
        let name = invocation.words.first();
        return name.map_or_else(
            || NAME.to_owned(),
            |name| name.to_string_lossy().into_owned(),
        );
    }
    let plain = env::args().next().filter(|name| {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "/._-".contains(letter);
        !name.is_empty() && name.chars().all(allowed)
    });
    plain.unwrap_or_else(|| NAME.to_owned())
}

/// The program that another process has to call for the same command.
pub(super) fn program() -> io::Result<PathBuf> {
    match OF_HOST.get() {
        Some(invocation) => Ok(invocation.program.clone()),
        None => env::current_exe(),
    }
}
