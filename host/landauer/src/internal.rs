//! What the other crates of this repository share with this one. Nothing here is promised to anybody
//! else: names come and go without a new version.

pub use crate::solve::{
    BatchSolver, Details, DissectionSolver, MAX_THREADS, MultifrontalSolver, RecursionSolver,
    SharedOut, Solved, WHOLE_VECTORS, Worker, propagating_modes, recursion_bytes, result_bytes,
    seconds, solve_all, solve_unless,
};

pub use crate::statistics::median::significant;
pub use crate::words::counted;
#[cfg(feature = "files")]
pub use crate::work::lock::{Access, LOCK, WriteLock};
#[cfg(feature = "files")]
pub use crate::work::solvers::MakeSolver;

/// Asking for memory before taking it.
pub mod memory {
    pub use crate::memory::*;
}

/// The dissection from inside.
pub mod dissection {
    pub use crate::solve::dissection::*;
}

/// The multifrontal solver from inside.
pub mod multifrontal {
    pub use crate::solve::multifrontal::*;
}

/// Checksums of what JSON says.
#[cfg(feature = "files")]
pub mod checksum {
    pub use crate::checksum::*;
}

/// Files that appear whole or not at all.
#[cfg(feature = "files")]
pub mod files {
    pub use crate::files::*;
}

/// JSON on its way to files.
#[cfg(feature = "files")]
pub mod json {
    pub use crate::json::*;
}
