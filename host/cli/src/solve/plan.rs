//! What is to be solved, checked, and how much memory and work that is.

use super::energies::Energies;
use crate::failure::Failure;
use landauer::StripSize;
use landauer::memory;
use landauer::solve::WHOLE_VECTORS;

/// Bytes of lattices and results that are in memory at a time (more if one lattice is larger).
const BLOCK_BYTES: u64 = 16 << 20;

/// Everything about a run but the lattices themselves.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) size: StripSize,
    /// The index of the first lattice.
    pub(super) first: u64,
    /// How many lattices.
    pub(super) samples: u64,
    pub(super) energies: Energies,
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
    /// results are kept to the end; `worker` are the bytes of one thread.
    pub(super) fn require_memory(&self, keep: u64, worker: u64) -> Result<(), Failure> {
        let block = (self.block() as u64).saturating_mul(self.bytes_per_sample());
        let workers = worker.saturating_mul(self.threads as u64);
        let kept = self.result_bytes().saturating_mul(keep);
        let needed = block.saturating_add(workers).saturating_add(kept);
        let [length, width] = self.size.sides();
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
        let fitting = usize::try_from(fitting.clamp(1, self.samples)).unwrap_or(1);
        match fitting - fitting % WHOLE_VECTORS {
            0 => fitting,
            whole => whole,
        }
    }

    fn width_bytes(&self) -> u64 {
        (self.size.width() as u64).saturating_mul(8)
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
        let onsite = (self.size.length() as u64).saturating_mul(self.width_bytes());
        onsite.saturating_add(self.result_bytes().saturating_mul(2))
    }
}
