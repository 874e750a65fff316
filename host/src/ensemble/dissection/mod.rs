//! Nested dissection in lanes (draft).
#![allow(
    clippy::inline_always,
    reason = "pulp's rule: what is inlined is compiled for the vectors it has found"
)]

mod batch;
mod cost;
mod degeneracy;
mod diagonal;
mod ends;
mod instructions;
mod interior;
mod lanes;
mod leads;
mod levels;
mod memory;
mod pair;
mod pivots;
mod plan;
mod product;
mod solver;
mod stages;
mod straight;
mod tree;

pub use instructions::InstructionSet;
pub use plan::{FrontSummary, Plan, PlanSummary};
pub use solver::{DissectionSolver, Precise};
pub use stages::StageTimes;
