//! The parameters of a solve, and the check that it fits into memory.

use landauer::internal::{memory, recursion_bytes, result_bytes};
use landauer::{Energies, SolverError, StripSize};
use serde_json::Value;

use crate::failure::Failure;

/// Everything about a solve but the strips themselves.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) size: StripSize,
    /// The index of the first strip.
    pub(super) first: u64,
    /// How many strips.
    pub(super) samples: u64,
    /// Where the strips come from, in JSON and in words.
    pub(super) source: Value,
    pub(super) source_words: String,
    pub(super) energies: Energies,
    pub(super) threads: usize,
    /// Are Fano factors wanted?
    pub(super) fano: bool,
    /// Are transmission eigenvalues wanted?
    pub(super) eigenvalues: bool,
    /// Are numbers of propagating modes wanted?
    pub(super) propagating_modes: bool,
}

impl Plan {
    /// Is more wanted of each strip than its transmission?
    pub(super) const fn details(&self) -> bool {
        self.fano || self.eigenvalues
    }

    /// Refuses to keep the results of `keep` samples if they do not fit into memory beside a strip and
    /// what the threads need at least, before any of it is taken.
    pub(super) fn require_memory(&self, keep: u64) -> Result<(), Failure> {
        let each = result_bytes(self.size, self.energies.count(), self.details());
        let worker = recursion_bytes(self.size.width()).saturating_mul(self.threads as u64);
        let strip = (self.size.sites() as u64).saturating_mul(8);
        let needed = each
            .saturating_mul(keep)
            .saturating_add(worker)
            .saturating_add(strip);
        let kept = memory::require("solving this", needed);
        kept.map_err(|error| {
            let context = format!("{}, samples in the report {keep}", self.words());
            Failure::from(error).context(context)
        })
    }

    /// Why no solver can be built, with the options that ask for it.
    pub(super) fn no_solver(&self, error: SolverError) -> Failure {
        match error {
            SolverError::Eigenvalues => Failure::usage(
                "--fano and --eigenvalues need --solver recursion (or auto): the other solvers \
                 give nothing but transmissions",
            ),
            error => Failure::from(error).context(self.words()),
        }
    }

    fn words(&self) -> String {
        let [length, width] = self.size.sides();
        let (threads, energies) = (self.threads, self.energies.count());
        format!("length {length}, width {width}, energies {energies}, threads {threads}")
    }
}
