//! What is found of strips.

use std::f64::consts::PI;

use super::panels::Sums;
use crate::solve::{Choice, Fallbacks};
use crate::system::StripSize;

/// A number and the estimate of its error.
///
/// # Example
/// ```
/// use landauer::thermal::Estimate;
/// let exact = Estimate { value: 1.0, error: 0.0 };
/// assert_eq!(exact, Estimate { value: 1.0, ..Estimate::default() });
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// The estimate of its error, never negative, in the same unit.
    pub error: f64,
}

/// Thermoelectric properties of some strips: see [`Thermal`](super::Thermal), which has an example.
#[derive(Debug, Clone, PartialEq)]
pub struct ThermalSolution {
    pub(super) size: StripSize,
    pub(super) choice: Choice,
    pub(super) conductance: Vec<Estimate>,
    pub(super) thermal_conductance: Vec<Estimate>,
    pub(super) seebeck: Vec<Option<Estimate>>,
    pub(super) current: Vec<Estimate>,
    pub(super) solves: Vec<u64>,
    pub(super) fallbacks: Fallbacks,
}

impl ThermalSolution {
    /// The size of the strips.
    #[must_use]
    pub const fn size(&self) -> StripSize {
        self.size
    }

    /// How many strips there are.
    #[must_use]
    pub const fn samples(&self) -> usize {
        self.solves.len()
    }

    /// The conductances ∫ T (−∂f/∂E) dE, `[sample, Fermi energy, temperature]`, in G0 = 2e²/h.
    #[must_use]
    pub fn conductances(&self) -> &[Estimate] {
        &self.conductance
    }

    /// The Seebeck coefficients −L1/(eT L0), `[sample, Fermi energy, temperature]`, in k_B/e = 86.17 µV/K: negative where
    /// electrons above the Fermi energy carry more than holes below it. 0 at kT = 0; `None` where nothing is transmitted
    /// that is larger than the conductance's error.
    #[must_use]
    pub fn seebeck_coefficients(&self) -> &[Option<Estimate>] {
        &self.seebeck
    }

    /// The electronic thermal conductances (L2 − L1²/L0)/T at no electric current, `[sample, Fermi energy, temperature]`,
    /// in (π²/3)(k_B/e)² G0 T: where the law of Wiedemann and Franz holds, equal to the conductance in G0.
    #[must_use]
    pub fn thermal_conductances(&self) -> &[Estimate] {
        &self.thermal_conductance
    }

    /// The Lorenz numbers, thermal by electric conductance and temperature, `[sample, Fermi energy, temperature]`, in
    /// (π²/3)(k_B/e)²: 1 where the law of Wiedemann and Franz holds. `None` where nothing is transmitted that is larger
    /// than the conductance's error.
    #[must_use]
    pub fn lorenz_numbers(&self) -> Vec<Option<Estimate>> {
        let both = self.thermal_conductance.iter().zip(&self.conductance);
        both.map(|(thermal, electric)| {
            let least = electric.value - electric.error;
            (least > 0.0).then(|| {
                let value = thermal.value / electric.value;
                Estimate {
                    value,
                    error: (thermal.error + value * electric.error) / least,
                }
            })
        })
        .collect()
    }

    /// The currents ∫ T (f_L − f_R) dE, `[sample, Fermi energy, temperature, voltage]`, in G0 t/e: of the voltage's sign.
    #[must_use]
    pub fn currents(&self) -> &[Estimate] {
        &self.current
    }

    /// At how many energies each strip was solved, `[sample]`.
    #[must_use]
    pub fn solves(&self) -> &[u64] {
        &self.solves
    }

    /// How many transmissions a fallback solver has recomputed, and which.
    #[must_use]
    pub const fn fallbacks(&self) -> Fallbacks {
        self.fallbacks
    }

    /// The solver, and why it is this one.
    #[must_use]
    pub const fn solver(&self) -> Choice {
        self.choice
    }
}

/// Linear response, from the moments M_n = L_n/(kT)ⁿ.
#[derive(Debug, Clone, Copy)]
pub(super) struct Response {
    pub(super) conductance: Estimate,
    pub(super) seebeck: Option<Estimate>,
    pub(super) thermal_conductance: Estimate,
}

impl Response {
    /// At kT = 0: the limit.
    pub(super) fn cold(transmission: f64) -> Self {
        let exact = Estimate {
            value: transmission,
            error: 0.0,
        };
        Self {
            conductance: exact,
            seebeck: (transmission > 0.0).then(Estimate::default),
            thermal_conductance: exact,
        }
    }

    pub(super) fn of(sums: &Sums) -> Self {
        let [zeroth, first, second] = sums.values;
        let [d_zeroth, d_first, d_second] = sums.errors;
        let unit = 3.0 / (PI * PI);
        // No zeroth moment is smaller.
        let least = zeroth - d_zeroth;
        let conductance = Estimate {
            value: zeroth,
            error: d_zeroth,
        };
        if least > 0.0 {
            let ratio = first / zeroth;
            let lost = ratio.abs() * d_zeroth;
            let seebeck = Estimate {
                value: -ratio,
                error: (d_first + lost) / least,
            };
            let square =
                (2.0 * first.abs() * d_first + d_first * d_first + first.abs() * lost) / least;
            return Self {
                conductance,
                seebeck: Some(seebeck),
                thermal_conductance: Estimate {
                    value: unit * (second - first * ratio),
                    error: unit * (d_second + square),
                },
            };
        }
        // By Cauchy and Schwarz it is between 0 and the second moment.
        let half = 0.5 * unit * (second + d_second);
        Self {
            conductance,
            seebeck: None,
            thermal_conductance: Estimate {
                value: half,
                error: half,
            },
        }
    }
}
