//! `landauer plot`: pictures for a paper.

mod dataset;
mod named_strip;
mod strip;

use clap::Args;

pub(super) use dataset::{Conductances, concentration_scene, distribution_scene};
pub(super) use named_strip::{NamedStrip, draw_strip, sample_name};

use super::failure::Failure;
use super::output::Output;

/// Draw pictures for a paper: SVG or PNG, one column wide
///
/// Pictures are 3.4 inches (86 mm) wide with 8-point type; a PNG has 300 pixels per inch.
/// Equal numbers give equal bytes. The file's ending, .svg or .png, names the format.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  landauer plot strip --disorder 2 --concentration 0.1 --sample 3 --output strip.svg
  landauer plot distribution data/m2.zarr --output p_of_g.svg
  landauer plot concentration data/m2.zarr --log --output g_of_n.png
  landauer plot dataset data/m2.zarr --output figures")]
pub(super) struct PlotArguments {
    #[command(subcommand)]
    figure: Figure,
}

commands! {
    enum Figure {
        Strip = strip::StripArguments,
        Distribution = dataset::DistributionArguments,
        Concentration = dataset::ConcentrationArguments,
        Dataset = dataset::DatasetArguments,
    }
}

impl PlotArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        self.figure.run(output)
    }
}
