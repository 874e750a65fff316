//! The paper's figures and numbers, computed again, and how far one can go beyond them.
//!
//! K. Li, J. Lu, F. Zhai, Phys. Rev. B **102**, 064205 (2020). In reading order:
//!
//! 1. [`Figure`]: what there is to reproduce, one file each (`fig1` to `fig12`, `text`), and
//!    `cost`, which is ours.
//!    [`Profile`]: the paper's sizes, or some for a quick look.
//! 2. [`ArtifactCache`]: data sets, trainings and numbers, each made once and found again; what would
//!    take too long is skipped and reported. An [`Observer`](landauer::work::Observer) watches, and may stop it.
//! 3. [`FigureReport`]: what came out: pictures, tables, claims of the paper beside our numbers, the time
//!    that each step took, what was skipped.
//!
//! Nothing is interpolated. A number of the paper stands beside ours and beside what counting
//! impurities is worth; whether they agree is a rule ([`Verdict::of_error`]), not an opinion.

mod artifact_cache;
mod cost;
mod error;
mod fig1;
mod fig10;
mod fig11;
mod fig12;
mod fig2;
mod fig3;
mod fig4;
mod fig5;
mod fig6;
mod fig7;
mod fig8;
mod fig9;
mod figure;
mod jobs;
mod learning;
mod numbers;
mod pictures;
mod profile;
mod report;
mod text;
mod timing;
mod trainings;

pub use artifact_cache::ArtifactCache;
pub use error::ExperimentError;
pub use figure::Figure;
pub use jobs::{DatasetJob, Point, TrainingJob};
pub use profile::Profile;
pub use report::{Claim, FigureReport, Picture, Skipped, Step, Table, Verdict};

// The front page's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
