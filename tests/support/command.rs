//! The `landauer` command as a user runs it.

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The `landauer` binary of the profile that the tests were built with, built if need be.
///
/// # Panics
/// If it cannot be built.
#[must_use]
pub fn binary() -> &'static PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let mut cargo = Command::new(env!("CARGO"));
        // The whole workspace, as the tests were: another selection of packages may select other
        // features of their dependencies, and all would be built anew.
        cargo.args(["build", "--quiet", "--workspace", "--bin", "landauer"]);
        if !cfg!(debug_assertions) {
            cargo.arg("--release");
        }
        cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
        let status = cargo.status().expect("cargo can be started");
        assert!(status.success(), "the landauer binary cannot be built");
        // target/<profile>/deps/<test> -> target/<profile>/landauer
        let test = env::current_exe().expect("a test knows its own path");
        let folder = test.parent().and_then(|deps| deps.parent());
        let binary = folder
            .expect("tests lie in target/<profile>/deps")
            .join("landauer");
        assert!(binary.exists(), "{} is missing", binary.display());
        binary
    })
}

/// A `landauer` command with these arguments, not yet started.
pub fn landauer<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(binary());
    command.args(arguments);
    command
}

/// What a finished command said.
#[derive(Debug)]
pub struct Finished {
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    /// All of stdout.
    pub stdout: String,
    /// All of stderr.
    pub stderr: String,
}

impl From<Output> for Finished {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Sends a signal, such as `-TERM`, to a process of ours.
///
/// # Panics
/// If it cannot be sent.
#[cfg(unix)]
pub fn signal(child: &std::process::Child, name: &str) {
    let sent = Command::new("kill")
        .arg(name)
        .arg(child.id().to_string())
        .status();
    assert!(sent.expect("`kill` can be started").success());
}

/// Runs `landauer` with these arguments to its end.
///
/// # Panics
/// If it cannot be started.
pub fn run<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Finished {
    let output = landauer(arguments).output();
    output.expect("landauer can be started").into()
}

impl Finished {
    /// Insists on success.
    ///
    /// # Panics
    /// With everything it said, if it failed.
    #[must_use]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self
    }

    /// Insists on this exit code, on a message that has all of `words`, and on no panic.
    ///
    /// # Panics
    /// With everything it said, if any of that is not so.
    #[track_caller]
    #[allow(
        clippy::must_use_candidate,
        clippy::return_self_not_must_use,
        reason = "most tests want no more than to insist"
    )]
    pub fn failed(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        let mut lines = self.stderr.lines();
        let first = lines.find(|line| !line.starts_with("landauer: warning: "));
        assert!(
            first.is_some_and(|line| line.starts_with("landauer: error: ")) || code == 2,
            "{self:#?}"
        );
        assert!(!self.stderr.contains("panicked"), "{self:#?}");
        for word in words {
            assert!(self.stderr.contains(word), "no `{word}` in {self:#?}");
        }
        self
    }

    /// What it printed under `--json`.
    ///
    /// # Panics
    /// If that is not one JSON value.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}
