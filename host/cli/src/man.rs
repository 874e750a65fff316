//! `landauer man`: one manual page for each command.

use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;
use super::output::Output;
use landauer::internal::files::{self, WriteError};

/// Write the manual pages (roff), one for each command
#[derive(Debug, Args)]
#[command(after_help = "Example:
  landauer man --output ~/.local/share/man/man1 && man landauer-solve")]
pub(super) struct ManArguments {
    /// The folder for the pages, made if missing
    #[arg(long, short, value_name = "FOLDER")]
    output: PathBuf,
}

impl ManArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let folder = self.output;
        files::make_folder(&folder)?;
        let mut written = Vec::new();
        let mut write = |command: clap::Command| -> Result<(), Failure> {
            let page = clap_mangen::Man::new(command);
            let path = folder.join(page.get_filename());
            let mut text = Vec::new();
            let rendered = page.render(&mut text);
            rendered.map_err(|source| WriteError::new(&path, source))?;
            files::replace(&path, &text)?;
            written.push(path.display().to_string());
            Ok(())
        };
        let mut command = crate::command();
        command.build();
        // `landauer plot` has commands of its own, and each of them a page.
        let mut waiting = vec![command];
        while let Some(command) = waiting.pop() {
            let told =
                |command: &&clap::Command| !command.is_hide_set() && command.get_name() != "help";
            waiting.extend(command.get_subcommands().filter(told).cloned());
            write(command)?;
        }
        output.text(written.join("\n"));
        output.json(&serde_json::json!({ "written": written }));
        Ok(())
    }
}
