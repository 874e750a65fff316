//! Exact quantum transport through disordered nanostructures.
//!
//! A strip of sites on the square lattice, `length` slices along transport times `width` rows across,
//! stands between two clean leads of the same width. Neighbours are coupled by the hopping −t; every site
//! has an on-site energy of its own. This crate computes the transmission T(E) of such strips by the
//! scattering theory of Landauer and Büttiker: G = (2e²/h)·T at zero temperature. The model and its
//! disorder are those of K. Li, J. Lu, F. Zhai, Phys. Rev. B 102, 064205 (2020).
//!
//! Energies are in units of t, conductances in units of G0 = 2e²/h. Arrays of on-site energies are
//! `[sample, slice, row]`.
//!
//! # First example
//!
//! ```
//! use landauer::{Energies, OnsiteEnergies, StripSize};
//!
//! // Two slices of three sites: a clean one, and one with an impurity in the middle.
//! let size = StripSize::new(2, 3)?;
//! let strip = OnsiteEnergies::new(size, vec![0.0, 0.0, 0.0, 0.0, 5.0, 0.0])?;
//! let solution = landauer::solve(&strip, &Energies::new([0.0, 0.5])?)?;
//! for (energy, transmission) in solution.energies().all().iter().zip(solution.transmissions()) {
//!     println!("T({energy}) = {transmission}");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # In reading order
//!
//! 1. [`StripSize`] and [`OnsiteEnergies`]: a batch of strips, checked. [`Energies`]: where they are solved.
//! 2. [`Ensemble`], [`DisorderModel`] (or [`Species`] of your own), [`Concentration`]: random strips, the
//!    same ones everywhere.
//! 3. [`solve()`] for once; a [`Solver`] for more, chosen and planned by its [builder](Solver::builder):
//!    precision, method, threads, eigenvalues. [`Solution`]: transmissions, propagating modes, eigenvalues,
//!    Fano factors, Ḡ, which solver and why. [`StripSource`]: strips a few at a time.
//! 4. [`statistics`]: mean and standard error, P(G), localisation length.
//! 5. [`maps`]: inside the strip: local density of states, currents, and what every site does to T.
//! 6. [`thermal`]: conductance, Seebeck coefficient and thermal conductance of a warm strip; I(V).
#![cfg_attr(
    feature = "files",
    doc = "7. [`npy`]: NumPy's files. [`averages`]: disorder averages over a sweep that can be stopped and resumed."
)]
#![cfg_attr(
    feature = "zarr",
    doc = "8. [`dataset`]: data sets in Zarr v3, made, resumed, verified and read."
)]
//!
//! Most errors know their [category](failure::Category).
//!
//! # Cargo features
//!
//! | feature | what it brings |
//! |---|---|
//! | `parallel` (default) | all cores, by rayon; the results have the same bits without it |
//! | `npy` (by `files`) | `npy` for arrays in memory |
//! | `files` (by `zarr`) | `npy` for files, `averages`, `work` |
//! | `zarr` (default) | `dataset` |
//!
//! Without features the crate builds for `wasm32-unknown-unknown`.

#[cfg(feature = "files")]
pub mod averages;
#[cfg(feature = "files")]
mod checksum;
#[cfg(feature = "zarr")]
pub mod dataset;
pub mod failure;
#[cfg(feature = "files")]
mod files;
#[doc(hidden)]
pub mod internal;
#[cfg(feature = "files")]
mod json;
pub mod maps;
mod memory;
#[cfg(feature = "npy")]
pub mod npy;
mod onsite;
mod parallel;
mod solve;
pub mod statistics;
mod system;
pub mod thermal;
mod words;
#[cfg(feature = "files")]
pub mod work;

#[cfg(feature = "files")]
pub use files::{ReadError, WriteError};
pub use landauer_core::{
    BIAS_POINTS, Concentration, DisorderError, DisorderModel, Ensemble, PAPER_BIAS, Sample,
    SolveError, Species, bias_grid,
};
pub use memory::TooLittleMemory;
pub use onsite::{OnsiteEnergies, OnsiteError};
pub use solve::{
    Choice, Energies, EnergyError, EnsembleSource, Fallbacks, Method, Precision, Reason, Solution,
    SolutionError, Solutions, Solver, SolverBuilder, SolverError, SolverKind, SolverRequest,
    SourceError, StreamError, StripError, StripFault, StripSource, Underflow, Workload, solve,
};
pub use system::{SizeError, StripSize};

// The front page's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
