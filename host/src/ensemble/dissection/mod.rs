//! Nested dissection in lanes (draft).
#![allow(
    clippy::inline_always,
    reason = "pulp's rule: what is inlined is compiled for the vectors it has found"
)]

mod cost;
mod degeneracy;
mod diagonal;
mod ends;
mod front;
mod lanes;
mod leads;
mod pair;
mod pivots;
mod plan;
mod product;
mod solver;
mod straight;
mod tree;

pub use plan::{Plan, PlanSummary};
pub use solver::DissectionSolver;
