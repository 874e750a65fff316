//! Hybrids: exact as far as a budget goes, learned for the rest
//! ([`landauer_core::hybrid`] runs them; here they are fitted and judged).
//!
//! 1. [`Recipe`]: which energies, how heads and regressions are found.
//! 2. [`SolvedStrips`]: the samples of a data set, and what the recursions tell of them.
//! 3. [`fit`]: from these to the bytes of a file. [`HybridJson`]: what stands beside it.
//! 4. [`HybridPredictor`]: a file and a budget as what [`evaluation`](crate::evaluation) judges.
//!
//! Not a part of [`training`](crate::training): a fit takes minutes, so that it is not resumed, and has no
//! float network that would have to become integers.

mod data;
mod error;
mod fit;
mod head;
mod json;
mod ladder;
mod local;
mod predictor;
mod recipe;
mod strips;

pub use data::Samples;
pub use error::FitError;
pub use fit::{HybridLabel, Progress, fit, work};
pub use json::{BudgetMetrics, HybridJson};
pub use predictor::HybridPredictor;
pub use recipe::{Recipe, RungRecipe};
pub use strips::SolvedStrips;
