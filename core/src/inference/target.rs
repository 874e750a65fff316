//! What a network predicts.

use serde::{Deserialize, Serialize};

use crate::energy::{FERMI_ENERGY, PAPER_BIAS};

/// One number that a network predicts of a strip, in units of G0 = 2e²/h.
///
/// # Example
/// ```
/// use landauer_core::inference::Target;
/// assert_eq!(Target::Conductance.to_string(), "G");
/// assert_eq!(Target::Transmission { energy: 0.1 }.to_string(), "T(0.1)");
/// assert!(Target::PAPER_BIAS_AVERAGE.is_valid());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Target {
    /// G: the zero-temperature conductance, T at the Fermi energy E = 0.
    Conductance,
    /// Ḡ: the finite-bias conductance, the mean of T over
    /// [`bias_grid(bias)`](crate::bias_grid).
    BiasAverage {
        /// The bias eV, finite and not negative, in units of t.
        bias: f64,
    },
    /// T at one energy.
    Transmission {
        /// The energy E, finite, in units of t.
        energy: f64,
    },
}

impl Target {
    /// Ḡ at the paper's bias, [`PAPER_BIAS`].
    pub const PAPER_BIAS_AVERAGE: Self = Self::BiasAverage { bias: PAPER_BIAS };

    /// Are its numbers finite, and is its bias not negative?
    #[must_use]
    pub const fn is_valid(self) -> bool {
        match self {
            Self::Conductance => true,
            Self::BiasAverage { bias } => bias.is_finite() && bias >= 0.0,
            Self::Transmission { energy } => energy.is_finite(),
        }
    }

    /// The energy of the target, or the middle of its energies, in units of t.
    #[must_use]
    pub const fn energy(self) -> f64 {
        match self {
            Self::Conductance | Self::BiasAverage { .. } => FERMI_ENERGY,
            Self::Transmission { energy } => energy,
        }
    }
}

impl core::fmt::Display for Target {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Conductance => f.write_str("G"),
            Self::BiasAverage { bias } if *bias == PAPER_BIAS => f.write_str("Ḡ"),
            Self::BiasAverage { bias } => write!(f, "Ḡ(eV = {bias})"),
            Self::Transmission { energy } => write!(f, "T({energy})"),
        }
    }
}
