//! What is to be solved, checked, and how much memory and work that is.

use super::energies::Energies;
use crate::cli::failure::Failure;
use crate::ensemble::{Precision, StripSize, recursion_bytes};
use crate::memory;

/// Bytes of lattices and results that are in memory at a time (more if one lattice is larger).
const BLOCK_BYTES: u64 = 16 << 20;
/// Ctrl-C and the progress bar wait for about so many seconds of one thread's work.
const STEP_SECONDS: f64 = 0.5;
/// Floating-point operations a second of one thread, roughly; more is better, less does no harm.
const SPEED: f64 = 2e9;

/// Everything about a run but the lattices themselves.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) size: StripSize,
    /// The index of the first lattice.
    pub(super) first: u64,
    /// How many lattices.
    pub(super) samples: u64,
    pub(super) energies: Energies,
    pub(super) precision: Precision,
    pub(super) threads: usize,
    /// Are Fano factors wanted?
    pub(super) fano: bool,
    /// Are transmission eigenvalues wanted?
    pub(super) eigenvalues: bool,
    /// Are open modes wanted?
    pub(super) open_modes: bool,
}

impl Plan {
    /// Is more wanted of each strip than its transmission?
    pub(super) const fn details(&self) -> bool {
        self.fano || self.eigenvalues
    }

    /// Refuses what would not fit into memory, with numbers, before any is taken. `keep` samples'
    /// results are kept to the end.
    pub(super) fn require_memory(&self, keep: u64) -> Result<(), Failure> {
        let block = (self.block() as u64).saturating_mul(self.bytes_per_sample());
        let workers = recursion_bytes(self.size.width)
            .saturating_add(self.width_bytes())
            .saturating_mul(self.threads as u64);
        let kept = self.result_bytes().saturating_mul(keep);
        let needed = block.saturating_add(workers).saturating_add(kept);
        let StripSize { length, width } = self.size;
        let (threads, energies) = (self.threads, self.energies.count());
        let what = format!(
            "length {length}, width {width}, energies {energies}, threads {threads}, samples in the \
             report {keep}"
        );
        memory::require("solving this", needed).map_err(|error| Failure::from(error).context(what))
    }

    /// Lattices that are read or drawn at a time.
    pub(super) fn block(&self) -> usize {
        let fitting = BLOCK_BYTES / self.bytes_per_sample();
        usize::try_from(fitting.clamp(1, self.samples)).unwrap_or(1)
    }

    /// Lattices that are solved between two looks at the clock.
    pub(super) fn step(&self) -> usize {
        let StripSize { length, width } = self.size;
        // Two multiplications and additions for re and im of r and t, a rank-one update a site.
        let operations =
            16.0 * length as f64 * (width as f64).powi(3) * self.energies.count() as f64;
        let samples = STEP_SECONDS * SPEED * self.threads as f64 / operations;
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive, and cut off far below 2^32"
        )]
        let samples = samples.clamp(1.0, 1e6) as usize;
        // Small steps would leave threads without work.
        samples.max(self.threads.saturating_mul(2))
    }

    fn width_bytes(&self) -> u64 {
        (self.size.width as u64).saturating_mul(8)
    }

    /// Bytes of the results of one sample.
    fn result_bytes(&self) -> u64 {
        let mut per_energy = 8;
        if self.details() {
            per_energy = self.width_bytes().saturating_add(128);
        }
        (self.energies.count() as u64).saturating_mul(per_energy)
    }

    /// Bytes of one sample, its results, and as much again for what is on the way.
    fn bytes_per_sample(&self) -> u64 {
        let onsite = (self.size.length as u64).saturating_mul(self.width_bytes());
        onsite.saturating_add(self.result_bytes().saturating_mul(2))
    }
}
