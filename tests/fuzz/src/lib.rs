//! What is asked of `landauer-core` whatever bytes it is given: no panic, no overflow, no hang, and
//! nothing predicted but what an independent evaluator computes.
//!
//! 1. [`model`]: a model file, as it comes and [mended](mend), so that damage gets past the checksum.
//! 2. [`hybrid`]: a hybrid's file, likewise.
//! 3. [`instrument`]: a serial line with an instrument at its end.
//!
//! Either is a function of bytes that panics if something is wrong: `targets/` gives them to
//! libFuzzer, `src/bin/replay.rs` to a fixed corpus and to mutations of it that are the same on every
//! machine.

#[path = "../../support/format_features.rs"]
pub mod format_features;
#[path = "../../support/integer_reference.rs"]
pub mod integer_reference;
#[path = "../../support/networks.rs"]
pub mod networks;

mod hybrid;
mod line;
mod mend;
pub mod mutations;
mod network;

pub use hybrid::{hybrid, run_hybrid, small_hybrid};
pub use line::instrument;
pub use mend::{mend, mend_hybrid};
pub use network::{model, run};
