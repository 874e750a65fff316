//! What weight a measurement gives to each energy: derivatives and differences of Fermi functions.

/// Integrals that are taken at once, at most: of T times x⁰, x¹ and x².
pub(super) const COMPONENTS: usize = 3;

/// Numbers for each component; those that a window does not have are 0.
pub(super) type Components = [f64; COMPONENTS];

/// The weight of T(E) in a measurement. The weight of the first component integrates to 1 over all energies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Window {
    /// Linear response: −∂f/∂E times xⁿ, n = 0, 1, 2, with x = (E − E_F)/kT.
    Linear { fermi: f64, temperature: f64 },
    /// A current for each eV: (f_L − f_R)/eV.
    Biased {
        fermi: f64,
        temperature: f64,
        /// |eV|: the weight does not depend on the sign.
        voltage: f64,
    },
    /// The same at kT = 0: 1/eV between the two chemical potentials.
    Sharp { fermi: f64, voltage: f64 },
}

impl Window {
    /// The chemical potentials between which T counts, the lower one first, where nothing else does.
    pub(super) fn limits(self) -> Option<[f64; 2]> {
        match self {
            Self::Linear { .. } | Self::Biased { .. } => None,
            Self::Sharp { fermi, voltage } => Some([fermi - 0.5 * voltage, fermi + 0.5 * voltage]),
        }
    }

    /// The energies over which the weight changes, in t. Of the flat part between two chemical potentials far apart it is
    /// a part: that it ends there cannot go unseen.
    pub(super) const fn scale(self) -> f64 {
        match self {
            Self::Linear { temperature, .. } => temperature,
            Self::Biased {
                temperature,
                voltage,
                ..
            } => temperature.max(voltage / 16.0),
            Self::Sharp { voltage, .. } => voltage,
        }
    }

    /// The weights at an energy, in 1/t.
    pub(super) fn weights(self, energy: f64) -> Components {
        match self {
            Self::Linear { fermi, temperature } => {
                let x = (energy - fermi) / temperature;
                let decay = libm::exp(-x.abs());
                if decay == 0.0 {
                    return [0.0; COMPONENTS];
                }
                let derivative = decay / ((1.0 + decay) * (1.0 + decay)) / temperature;
                [derivative, derivative * x, derivative * x * x]
            }
            Self::Biased {
                fermi,
                temperature,
                voltage,
            } => {
                let half = 0.5 * voltage / temperature;
                let x = ((energy - fermi) / temperature).abs();
                [biased(x, half) / voltage, 0.0, 0.0]
            }
            Self::Sharp { voltage, .. } => [1.0 / voltage, 0.0, 0.0],
        }
    }

    /// No less than the integral of the weights' sizes between two energies.
    pub(super) fn bounds(self, [from, to]: [f64; 2]) -> Components {
        match self {
            Self::Linear { fermi, temperature } => {
                let place = |energy: f64| (energy - fermi) / temperature;
                let mut sum = [0.0; COMPONENTS];
                for [near, far] in sides([place(from), place(to)]) {
                    // −∂f/∂x is no more than exp(−|x|).
                    let (near, far) = (gamma(near), gamma(far));
                    for ((sum, near), far) in sum.iter_mut().zip(near).zip(far) {
                        *sum += near - far;
                    }
                }
                sum
            }
            Self::Biased {
                fermi,
                temperature,
                voltage,
            } => {
                let place = |energy: f64| (energy - fermi) / temperature;
                let half = 0.5 * voltage / temperature;
                let mut sum = 0.0;
                for [near, far] in sides([place(from), place(to)]) {
                    // It falls with |x|; outside of the window it is no more than an exponential.
                    if near < half {
                        sum += (far.min(half) - near) * biased(near, half);
                    }
                    if far > half {
                        let (near, far) = (near.max(half) - half, far - half);
                        sum += -libm::expm1(-2.0 * half) * (libm::exp(-near) - libm::exp(-far));
                    }
                }
                [sum * temperature / voltage, 0.0, 0.0]
            }
            Self::Sharp { voltage, .. } => [(to - from) / voltage, 0.0, 0.0],
        }
    }
}

/// f_L − f_R = sinh w/(cosh x + cosh w) where the chemical potentials are at ±w from the middle, both in units of kT,
/// x ≥ 0.
fn biased(x: f64, w: f64) -> f64 {
    let both = libm::exp(-2.0 * w);
    -libm::expm1(-2.0 * w) / (libm::exp(x - w) + libm::exp(-x - w) + 1.0 + both)
}

/// ∫ tⁿ exp(−t) dt from x ≥ 0 to infinity, n = 0, 1, 2.
fn gamma(x: f64) -> Components {
    let decay = libm::exp(-x);
    if decay == 0.0 {
        return [0.0; COMPONENTS];
    }
    [decay, decay * (x + 1.0), decay * (x * x + 2.0 * x + 2.0)]
}

/// Both sides of 0 of what lies between two numbers, each by its distances from 0: the nearer end first.
fn sides([from, to]: [f64; 2]) -> impl Iterator<Item = [f64; 2]> {
    let above = (to > 0.0).then(|| [from.max(0.0), to]);
    let below = (from < 0.0).then(|| [(-to).max(0.0), -from]);
    above.into_iter().chain(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOWS: [Window; 4] = [
        Window::Linear {
            fermi: 0.3,
            temperature: 0.1,
        },
        Window::Biased {
            fermi: 0.3,
            temperature: 0.1,
            voltage: 0.02,
        },
        Window::Biased {
            fermi: -0.3,
            temperature: 0.01,
            voltage: 0.5,
        },
        Window::Sharp {
            fermi: 0.1,
            voltage: 0.5,
        },
    ];

    /// The integral of the weights' sizes by the midpoint rule.
    fn integral(window: Window, [from, to]: [f64; 2]) -> Components {
        let points = 20_000;
        let step = (to - from) / f64::from(points);
        let mut sum = [0.0; COMPONENTS];
        for point in 0..points {
            let weights = window.weights(from + (f64::from(point) + 0.5) * step);
            for (sum, weight) in sum.iter_mut().zip(weights) {
                *sum += weight.abs() * step;
            }
        }
        sum
    }

    #[test]
    fn the_first_weight_has_the_integral_one() {
        for window in WINDOWS {
            let all = window.limits().unwrap_or([-6.0, 6.0]);
            let [found, _, square] = integral(window, all);
            assert!((found - 1.0).abs() < 1e-9, "{window:?}: {found}");
            if matches!(window, Window::Linear { .. }) {
                let expected = std::f64::consts::PI.powi(2) / 3.0;
                assert!((square - expected).abs() < 1e-7, "{square}");
            }
        }
    }

    #[test]
    fn weights_are_derivatives_and_differences_of_fermi_functions() {
        let fermi = |energy: f64, mu: f64, kt: f64| 1.0 / (1.0 + ((energy - mu) / kt).exp());
        for energy in [-0.7, -0.31, 0.0, 0.3, 0.44] {
            let [found, first, _] = WINDOWS[0].weights(energy);
            let f = fermi(energy, 0.3, 0.1);
            assert!((found - f * (1.0 - f) / 0.1).abs() < 1e-13);
            assert!((first - found * (energy - 0.3) / 0.1).abs() < 1e-13);
            let [found, ..] = WINDOWS[2].weights(energy);
            let expected = fermi(energy, -0.05, 0.01) - fermi(energy, -0.55, 0.01);
            assert!((found - expected / 0.5).abs() < 1e-13, "{energy}");
        }
        // Nothing overflows.
        let cold = Window::Linear {
            fermi: 1e300,
            temperature: 1e-8,
        };
        assert_eq!(cold.weights(0.0), [0.0; COMPONENTS]);
        assert_eq!(cold.bounds([-4.0, 4.0]), [0.0; COMPONENTS]);
        let wide = Window::Biased {
            fermi: 0.0,
            temperature: 1e-8,
            voltage: 1e300,
        };
        assert_eq!(wide.weights(0.5)[0], 1e-300);
    }

    #[test]
    fn bounds_are_no_less_than_the_integrals_and_small_far_away() {
        for window in WINDOWS {
            for ends in [
                [-4.0, -3.9],
                [-0.2, 0.05],
                [0.0, 0.25],
                [0.29, 0.31],
                [0.9, 1.0],
            ] {
                let (bounds, found) = (window.bounds(ends), integral(window, ends));
                let inside = window
                    .limits()
                    .is_none_or(|[from, to]| from <= ends[0] && ends[1] <= to);
                for (bound, found) in bounds.into_iter().zip(found) {
                    assert!(
                        !inside || bound >= found * (1.0 - 1e-7),
                        "{window:?} {ends:?}"
                    );
                }
            }
            if window.limits().is_none() {
                assert!(window.bounds([-4.0, -3.9])[2] < 1e-13);
            }
        }
    }
}
