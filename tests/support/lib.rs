//! What the cross-checks share: cases, tolerances, an independent solver.

pub mod cases;
pub mod command;
pub mod fake_device;
pub mod folder;
pub mod format_features;
pub mod generators;
pub mod greens_function;
#[path = "../fuzz/host/mod.rs"]
pub mod hostile;
pub mod integer_reference;
#[path = "../fuzz/src/mutations.rs"]
pub mod mutations;
pub mod networks;
pub mod npy;
pub mod small_training;
pub mod tolerance;
pub mod vandal;

// The code on the front page and in the guide.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
