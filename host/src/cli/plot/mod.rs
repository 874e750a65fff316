//! `landauer plot`: pictures for a paper.

mod strip;

use clap::{Args, Subcommand};

use super::failure::Failure;
use super::output::Output;

/// Draw pictures for a paper: SVG or PNG, one column wide
#[derive(Debug, Args)]
pub(super) struct PlotArguments {
    #[command(subcommand)]
    figure: Figure,
}

#[derive(Debug, Subcommand)]
enum Figure {
    Strip(strip::StripArguments),
}

impl PlotArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        match self.figure {
            Figure::Strip(arguments) => arguments.run(output),
        }
    }
}
