//! `landauer completions`: shell completions on stdout.

use std::io;

use clap::Args;
use clap_complete::Shell;

use super::failure::Failure;

/// Print the completions of a shell
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  landauer completions bash > ~/.local/share/bash-completion/completions/landauer
  landauer completions zsh > ~/.zfunc/_landauer")]
pub(super) struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

impl CompletionsArguments {
    #[allow(
        clippy::unnecessary_wraps,
        reason = "every command gives the same type"
    )]
    pub(super) fn run(self, mut command: clap::Command) -> Result<(), Failure> {
        clap_complete::generate(self.shell, &mut command, "landauer", &mut io::stdout());
        Ok(())
    }
}
