//! G or Ḡ within a budget: exact as far as the budget goes, learned for the rest.
//!
//! DOCS

mod course;
mod energies;
mod error;
mod file;
pub mod format;
pub mod head;
mod local;
mod predict;

pub use course::{ImpurityStrip, hybrid_workspace_len};
pub use energies::EnergySet;
pub use error::HybridError;
pub use file::HybridModel;
pub use predict::{Estimate, Hybrid, SMALLEST_BUDGET};

#[cfg(test)]
mod tests;
