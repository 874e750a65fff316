//! Exact quantum transport through disordered nanostructures, without std or heap.
//!
//! A strip of `LENGTH`×`WIDTH` square-lattice sites (hopping −t = −1, the energy unit) with
//! disordered on-site energies sits between two clean semi-infinite leads of the same width. This
//! crate computes its zero-temperature conductance G = G0·T(E), G0 = 2e²/h, exactly, in real
//! arithmetic, with the same bits on a cluster and on a microcontroller. The physics is that of
//! K. Li, J. Lu and F. Zhai, Phys. Rev. B 102, 064205 (2020).
//!
//! The layers in reading order:
//!
//! 1. [`Scalar`]: `f32` or `f64`.
//! 2. [`Lattice`]: on-site energies `[slice, row]` of a strip whose size the compiler knows.
//! 3. [`Ensemble`]: disorder models I to IV as a pure function of (seed, sample, site).
//! 4. [`bias_grid`]: the energies of the finite-bias average.
//! 5. [`transport`]: leads, the scattering recursion, transmission.
//! 6. [`hybrid`]: G or Ḡ within a budget, exact as far as that goes and learned for the rest.
//! 7. [`inference`]: quantised networks that predict the conductance, in integers.
//! 8. [`instrument`]: both as a service over a serial line, request in, reply out.
//!
//! # Example
//!
//! ```
//! use landauer_core::{Concentration, DisorderModel, Ensemble, Lattice, PAPER_BIAS};
//!
//! type Strip = Lattice<f32, 10, 10>;
//! let ensemble = Ensemble::new(DisorderModel::II, Concentration::Fixed(0.05), 42)?;
//! let strip: Strip = ensemble.sample(0).lattice();
//!
//! let mut workspace = [0.0; Strip::WORKSPACE_LEN];
//! let g = strip.transmission(0.0, &mut workspace)?;
//! let g_bar = strip.conductance(PAPER_BIAS, &mut workspace)?;
//! assert!(g > 0.0 && g < 10.0 && g_bar > 0.0 && g_bar < 10.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! `nalgebra`: scattering matrices as nalgebra matrices. `micromath`: leads with fast approximate sines,
//! `transport::Lead::approximate`. The networks and hybrids that come with Landauer are bytes in a crate of
//! their own, `landauer-models`.
//!
//! # Not here
//!
//! No geometry but the strip, no magnetic field, no spin, no temperature, no leads of another
//! width. No allocation, no threads, no files: those are the host crate's, `landauer`.

#![no_std]
// Two files are allowed it: `inference/kernels/dsp.rs` and `transport/dsp.rs`.
#![deny(unsafe_code)]

mod checksum;
mod compact;
mod disorder;
mod energy;
pub mod hybrid;
pub mod inference;
pub mod instrument;
mod lattice;
mod scalar;
pub mod transport;

pub use compact::Compact;
pub use disorder::{
    Concentration, DISORDER_VERSION, DisorderError, DisorderModel, Ensemble, MAX_SPECIES,
    NUMBERED_MODELS, NumberedModel, Parameter, Sample, Site, Species,
};
pub use energy::{BIAS_POINTS, FERMI_ENERGY, PAPER_BIAS, bias_average, bias_grid};
pub use lattice::Lattice;
pub use scalar::Scalar;
pub use transport::SolveError;

// The front page's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
