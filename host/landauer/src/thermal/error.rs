//! What can be wrong with measurements.

use landauer_core::Compact;

use crate::failure::{Categorised, Category};
use crate::memory::TooLittleMemory;
use crate::solve::{SolverError, StripError};

/// Why thermoelectric properties are not found.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ThermalError {
    /// A Fermi energy that is infinite or NaN.
    #[error("the Fermi energy {} is not a finite number", Compact(*.0))]
    FermiEnergy(f64),
    /// A temperature that is not 0 and not from 1e-8 t on.
    #[error(
        "the temperature kT = {} t is neither 0 nor a finite number of at least {} t", Compact(*.0), Compact(super::MIN_ENERGY)
    )]
    Temperature(f64),
    /// A voltage that is not 0 and not from 1e-8 t on.
    #[error(
        "the voltage eV = {} t is neither 0 nor a finite number of at least {} t (or at most minus that)",
        Compact(*.0),
        Compact(super::MIN_ENERGY)
    )]
    Voltage(f64),
    /// A list of Fermi energies or temperatures is empty.
    #[error("the list of {0} is empty: at least one is needed")]
    None(&'static str),
    /// Tolerances that cannot be kept.
    #[error(
        "the tolerances {} G0 and {} of G cannot be kept: one of them must be above 0, an absolute one at least {} G0, a \
         relative one at least {} and below 1",
        Compact(*absolute),
        Compact(*relative),
        Compact(super::MIN_TOLERANCE),
        Compact(super::MIN_RELATIVE)
    )]
    Tolerance {
        /// In G0.
        absolute: f64,
        /// As a part of G.
        relative: f64,
    },
    /// There is no solver.
    #[error(transparent)]
    Solver(#[from] SolverError),
    /// A strip cannot be solved.
    #[error(transparent)]
    Strip(#[from] StripError),
    /// Too little memory.
    #[error(transparent)]
    Memory(#[from] TooLittleMemory),
    /// The error of an integral is still larger than the tolerance after as many energies as may be solved.
    #[error(
        "sample {sample} at E_F = {}, kT = {}{}: after {solves} energies the error is {error:.1e} G0, and {tolerance:.1e} is \
         asked for: allow more energies or a larger tolerance",
        Compact(*fermi_energy),
        Compact(*temperature),
        voltage.map_or_else(String::new, |voltage| format!(", eV = {}", Compact(voltage)))
    )]
    NotConverged {
        /// The sample, counted from the batch's first.
        sample: usize,
        /// The Fermi energy in t.
        fermi_energy: f64,
        /// kT in t.
        temperature: f64,
        /// eV in t; `None` of linear response.
        voltage: Option<f64>,
        /// What was reached, in G0 (of a current: by eV).
        error: f64,
        /// What was asked for.
        tolerance: f64,
        /// Energies that were solved.
        solves: u64,
    },
}

impl ThermalError {
    /// The same error in a batch that begins `before` samples earlier.
    #[doc(hidden)]
    #[must_use]
    pub fn after(mut self, before: usize) -> Self {
        match &mut self {
            Self::Strip(error) => error.sample += before,
            Self::NotConverged { sample, .. } => *sample += before,
            _ => {}
        }
        self
    }
}

impl Categorised for ThermalError {
    fn category(&self) -> Category {
        match self {
            Self::Solver(error) => error.category(),
            Self::Strip(error) => error.category(),
            Self::Memory(error) => error.category(),
            Self::NotConverged { .. }
            | Self::FermiEnergy(_)
            | Self::Temperature(_)
            | Self::Voltage(_)
            | Self::None(_)
            | Self::Tolerance { .. } => Category::Usage,
        }
    }
}
