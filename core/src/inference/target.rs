//! What a network predicts.

use core::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::compact::Compact;
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
            Self::BiasAverage { bias } => {
                f.write_str("Ḡ(eV = ")?;
                write_short(f, *bias)?;
                f.write_str(")")
            }
            Self::Transmission { energy } => {
                f.write_str("T(")?;
                write_short(f, *energy)?;
                f.write_str(")")
            }
        }
    }
}

/// Twelve decimals at most: energies of a grid are a rounding away from what one would call them.
fn write_short(f: &mut core::fmt::Formatter<'_>, value: f64) -> core::fmt::Result {
    /// Smaller ones would have lost digits that matter.
    const SMALLEST: f64 = 1e-6;
    /// Larger ones would have many digits that do not.
    const LARGEST: f64 = 1e16;
    let mut text: heapless::String<32> = heapless::String::new();
    let fits = write!(text, "{value:.12}").is_ok();
    if fits && (value == 0.0 || (SMALLEST..LARGEST).contains(&value.abs())) {
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    } else {
        write!(f, "{}", Compact(value))
    }
}

#[cfg(test)]
mod tests {
    use heapless::String;

    use super::*;
    use crate::energy::bias_grid;

    fn called(target: Target) -> String<64> {
        let mut text = String::new();
        write!(text, "{target}").unwrap();
        text
    }

    #[test]
    fn energies_are_called_by_few_digits_that_tell_them_apart() {
        let name = |energy: f64| called(Target::Transmission { energy });
        let grid: [f64; 10] = bias_grid(PAPER_BIAS);
        assert_eq!(name(grid[1]), "T(-0.14)");
        assert_eq!(name(0.0), "T(0)");
        assert_eq!(name(10.0), "T(10)");
        assert_eq!(name(0.1 + 1e-9), "T(0.100000001)");
        assert_eq!(name(1.25e-9), "T(1.25e-9)");
        assert_eq!(name(-1e-300), "T(-1e-300)");
        assert_eq!(name(1e22), "T(1e22)");
        assert_eq!(name(1e300), "T(1e300)");
        assert_eq!(
            called(Target::BiasAverage { bias: 0.1 + 0.2 }),
            "Ḡ(eV = 0.3)"
        );
    }
}
