//! What the cross-checks share: cases, tolerances, an independent solver.

pub mod cases;
pub mod command;
pub mod folder;
pub mod greens_function;
pub mod npy;
pub mod tolerance;
