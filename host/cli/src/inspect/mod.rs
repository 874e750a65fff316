//! `landauer inspect`: a data set, a run or a model; or the plan by which strips of one size are solved.

mod dataset;
mod histogram;
mod model;
mod plan;
mod run;

use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;
use super::kind::{Kind, WrongKind};
use super::model::{open, open_if_model};
use super::numbers;
use super::output::Output;
use super::parallel::ThreadArguments;
use landauer::StripSize;

/// Show the content of a data set, a run or a model and verify its checksums; or show how strips of one
/// size are solved
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  landauer inspect data/m2.zarr
  landauer inspect data/m2.zarr --json | jq .g.mean
  landauer inspect runs/cnn
  landauer inspect models/best-g.postcard
  landauer inspect --plan 40x40
  landauer inspect --plan 100x20 --energy 0.18 --json | jq .multiply_adds

Exit codes: 0 complete and sound, 2 wrong usage, 3 another kind of file or a damaged model, 4
system error (I/O, disk, memory), 5 a run whose training is not finished, 6 a missing or damaged
file.")]
pub(super) struct InspectArguments {
    /// A data set, the folder of a run, a model file, or the name of a model that comes with landauer
    #[arg(required_unless_present = "plan")]
    path: Option<PathBuf>,
    /// Show the dissection solver's plan for strips of this size instead: fronts, multiply-adds, working
    /// memory, and a drawing of the cuts
    #[arg(long, value_name = "LxW", conflicts_with = "path", value_parser = plan::parse_size)]
    plan: Option<StripSize>,
    /// The energy of the plan, in units of t [default: 0]
    #[arg(
        long,
        value_name = "E",
        requires = "plan",
        conflicts_with = "path",
        allow_negative_numbers = true,
        value_parser = numbers::energy
    )]
    energy: Option<f64>,
    #[command(flatten)]
    threads: ThreadArguments,
}

impl InspectArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        if let Some(size) = self.plan {
            return plan::run(size, self.energy.unwrap_or(0.0), output);
        }
        let Some(path) = self.path else {
            return Err(Failure::usage("a path or --plan is needed"));
        };
        if let Some(model) = open_if_model(&path)? {
            return model::inspect(&model, output);
        }
        match Kind::of(&path) {
            Kind::Run => run::inspect(&path, output),
            // An error that says which models there are.
            Kind::Nothing => open(&path).map(drop),
            // What is no data set after all has an error that says why.
            Kind::Dataset | Kind::Zarr => dataset::inspect(path, &self.threads, output),
            kind => {
                let wanted = "inspect takes a data set, a run or a model";
                Err(WrongKind::new(&path, kind, wanted).into())
            }
        }
    }
}
