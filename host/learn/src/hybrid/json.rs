//! What stands beside a hybrid's file: where it comes from and what it is worth.

use landauer_core::DisorderModel;
use serde::{Deserialize, Serialize};

use super::recipe::Recipe;
use crate::export::TestSet;
use crate::model::Provenance;

/// A hybrid's card, written as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HybridJson {
    /// `landauer-hybrid-card`.
    pub format: String,
    /// The version of the format.
    pub format_version: u32,
    /// The hybrid's name.
    pub name: String,
    /// The version of the program that fitted it.
    pub crate_version: String,
    /// Slices of its strips.
    pub length: usize,
    /// Sites in a slice.
    pub width: usize,
    /// The disorder that it was made for.
    pub disorder: DisorderModel,
    /// How it was fitted.
    pub recipe: Recipe,
    /// Bytes of the file.
    pub flash_bytes: usize,
    /// Bytes of workspace, in `f32`.
    pub ram_bytes: usize,
    /// The test set that it was judged on.
    pub test: TestSet,
    /// The mean absolute error of the median at the impurity count there, in G0.
    pub baseline_mae: f64,
    /// What it is worth there, by budget.
    pub budgets: Vec<BudgetMetrics>,
    /// What ties it to its file and its samples.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl HybridJson {
    /// What `format` says.
    pub const FORMAT: &'static str = "landauer-hybrid-card";

    /// The version of the format.
    pub const FORMAT_VERSION: u32 = 1;
}

/// What a budget is worth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BudgetMetrics {
    /// The most multiply-adds of a strip.
    pub budget: u64,
    /// The mean absolute error, in G0.
    pub mae: f64,
    /// The share of strips that were solved exactly.
    pub exact: f64,
    /// The mean of the multiply-adds.
    pub multiply_adds: f64,
}
