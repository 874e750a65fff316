//! `landauer completions`: shell completions on stdout.

use clap::Args;
use clap_complete::Shell;

use super::failure::Failure;
use super::output::{self, Output};

/// Print a completion script for a shell
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  landauer completions bash > ~/.local/share/bash-completion/completions/landauer
  landauer completions zsh > ~/.zfunc/_landauer")]
pub(super) struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

impl CompletionsArguments {
    pub(super) fn run(self, _output: &Output) -> Result<(), Failure> {
        // Into a buffer first: clap_complete panics when a reader such as `head` goes away.
        let mut script = Vec::new();
        let mut command = crate::command();
        clap_complete::generate(self.shell, &mut command, "landauer", &mut script);
        Ok(output::put(&script)?)
    }
}
