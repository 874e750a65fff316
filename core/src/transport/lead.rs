//! The clean semi-infinite leads: their transverse modes and what each does at an energy.

use core::ops::Range;

#[cfg(feature = "micromath")]
use super::Micromath;
use super::{Libm, Sine, SolveError};
use crate::scalar::Scalar;

/// A clean semi-infinite lead (on-site energy 0, hopping −1) of some width, at some energy.
///
/// Its transverse modes are φ_j(y) = √(2/(W+1))·sin(πjy/(W+1)), j, y = 1…W, with energies
/// −2cos(πj/(W+1)); along the lead a mode is a wave exp(ikx) with
/// E = −2cos(πj/(W+1)) − 2cos k. All of it is closed form, nothing is diagonalised. The type `T`
/// says where the sines come from ([`Sine`]).
///
/// # Example
/// ```
/// use landauer_core::transport::Lead;
/// assert_eq!(Lead::new(40, 0.0_f64)?.propagating_modes(), 40);
/// assert_eq!(Lead::new(40, 0.18_f64)?.propagating_modes(), 35);
/// assert_eq!(Lead::new(40, 4.5_f64)?.propagating_modes(), 0); // outside the band
/// # Ok::<(), landauer_core::SolveError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lead<S, T = Libm> {
    width: usize,
    energy: S,
    sine: T,
}

/// What a transverse mode of the lead does along the lead.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Mode<S> {
    /// A propagating wave exp(ikx), 0 < k < π, that carries current away from the sample.
    Propagating {
        /// cos k.
        cos_k: S,
        /// sin k > 0; the group velocity is 2 sin k (in units of t·a/ħ).
        sin_k: S,
    },
    /// An evanescent wave that decays by `decay` from one site to the next and carries no current.
    Evanescent {
        /// exp(ik): positive below the mode's band (k = iκ), negative above it (k = π + iκ).
        decay: S,
        /// sinh κ > 0.
        sinh_kappa: S,
    },
}

impl<S: Scalar> Mode<S> {
    /// Does the mode carry current?
    #[must_use]
    pub const fn is_propagating(self) -> bool {
        matches!(self, Self::Propagating { .. })
    }

    /// exp(ik) as (real part, imaginary part).
    #[must_use]
    pub const fn phase_factor(self) -> (S, S) {
        match self {
            Self::Propagating { cos_k, sin_k } => (cos_k, sin_k),
            Self::Evanescent { decay, .. } => (decay, S::ZERO),
        }
    }

    /// |sin k|: half the group velocity of a propagating mode, sinh κ of an evanescent one.
    #[must_use]
    pub const fn sine(self) -> S {
        match self {
            Self::Propagating { sin_k, .. } => sin_k,
            Self::Evanescent { sinh_kappa, .. } => sinh_kappa,
        }
    }
}

impl<S: Scalar> Lead<S> {
    /// The lead of `width` sites at `energy` (units of t), with the sines of [`Libm`].
    ///
    /// # Errors
    /// [`SolveError::ZeroWidth`]; [`SolveError::EnergyNotFinite`].
    pub fn new(width: usize, energy: S) -> Result<Self, SolveError> {
        Self::with_sine(width, energy, Libm)
    }
}

#[cfg(feature = "micromath")]
impl Lead<f32, Micromath> {
    /// The lead of `width` sites at `energy` (units of t), with the approximate sines of
    /// [`Micromath`] (feature `micromath`).
    ///
    /// These are smaller and faster on a microcontroller that has no other use for libm's sine.
    /// [`Sine`] says what takes such a lead.
    ///
    /// # Accuracy
    /// A sine is off by up to 1.1e-3 instead of 6e-8. T of a 40×40 strip of model II at E = 0, n
    /// uniform, is then wrong by 0.004 on average and by 0.04 in the worst of 100 samples instead of
    /// 1e-5 on average. The edges of the modes' bands move by up to 0.004 t. Current stays conserved.
    ///
    /// # Errors
    /// As [`Lead::new`].
    ///
    /// # Example
    /// ```
    /// use landauer_core::transport::{Lead, Reflection, reflection_workspace_len, transmission};
    /// let mut workspace = [0.0; reflection_workspace_len(2)];
    /// let mut strip = Reflection::new(Lead::approximate(2, 0.0)?, &mut workspace)?;
    /// for slice in [[1.0, 0.0], [0.0, -0.5]] {
    ///     strip.push_slice(&slice)?;
    /// }
    /// let approximate = strip.transmission()?;
    /// let exact = transmission(&[1.0, 0.0, 0.0, -0.5], 2, 0.0, &mut workspace)?;
    /// assert!(approximate != exact && (approximate - exact).abs() < 0.01);
    /// # Ok::<(), landauer_core::SolveError>(())
    /// ```
    pub fn approximate(width: usize, energy: f32) -> Result<Self, SolveError> {
        Self::with_sine(width, energy, Micromath)
    }
}

impl<S: Scalar, T: Sine<S>> Lead<S, T> {
    #[inline]
    fn with_sine(width: usize, energy: S, sine: T) -> Result<Self, SolveError> {
        if width == 0 {
            return Err(SolveError::ZeroWidth);
        }
        if !energy.is_finite() {
            return Err(SolveError::EnergyNotFinite);
        }
        Ok(Self {
            width,
            energy,
            sine,
        })
    }

    /// The number of sites across, which is the number of modes.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// The energy in units of t.
    #[must_use]
    pub const fn energy(&self) -> S {
        self.energy
    }

    /// How many modes propagate: the transmission of a clean strip, and the most that any strip
    /// can reach.
    #[must_use]
    pub fn propagating_modes(&self) -> usize {
        self.open_range().len()
    }

    /// The propagating modes, counted from 0: mode j − 1 of the formulas. They are always neighbours;
    /// the evanescent ones are the first (E > 0) or the last (E < 0).
    #[must_use]
    pub fn open_range(&self) -> Range<usize> {
        let closed = (0..self.width)
            .filter(|&j| !self.mode(j).is_propagating())
            .count();
        if self.energy > S::ZERO {
            closed..self.width
        } else {
            0..self.width - closed
        }
    }

    /// Mode number `index`, counted from 0 (so that j = index + 1).
    ///
    /// # At a band edge
    ///
    /// A mode exactly at its band edge (k = 0 or π) has no velocity: it carries no current and
    /// counts as **evanescent**. Its Green's function diverges there, so that κ is held at the value
    /// that belongs to an energy 16 ε off the edge (ε the machine epsilon, κ ≈ 8e-8 in `f64`):
    /// with disorder, T is the limit from either side to a few times κ (1e-6 in `f64`), and a clean
    /// strip has as many modes as its number of truly open ones. Energies closer to the edge than
    /// that are treated as at the edge. [`surface_factor`](Self::surface_factor) has no such limit.
    #[must_use]
    pub fn mode(&self, index: usize) -> Mode<S> {
        let (half_sine, half_cosine) = self.half_angle(index);
        Lead::mode_from_half_angle(self.energy, half_sine, half_cosine)
    }

    /// exp(ik) of mode number `index` as (real part, imaginary part): minus the mode's part of the
    /// lead's self-energy, in units of t.
    ///
    /// The imaginary part is 0 exactly where [`mode`](Self::mode) says that the mode is evanescent. At
    /// its band edge exp(ik) = ±1 has nothing that diverges, and nothing is held back: a solver that
    /// needs self-energies only finds T there without the error that `mode` speaks of.
    #[must_use]
    pub fn surface_factor(&self, index: usize) -> (S, S) {
        let mode = self.mode(index);
        if mode.is_propagating() {
            return mode.phase_factor();
        }
        let (half_sine, half_cosine) = self.half_angle(index);
        let (one_plus, one_minus) =
            Lead::one_plus_minus_cosine(self.energy, half_sine, half_cosine);
        let (outside, inside, sign) = outside_inside(one_plus, one_minus);
        // Closer than the rounding of a sine the mode is at its edge.
        let at_edge = outside <= S::from_f64(4.0) * S::EPSILON;
        let outside = if at_edge { S::ZERO } else { outside };
        let cosh = S::ONE.larger(S::HALF * (outside + inside));
        (sign / (cosh + (outside * inside).sqrt()), S::ZERO)
    }

    /// Sine and cosine of πj/(2(W+1)), j = `index` + 1.
    fn half_angle(&self, index: usize) -> (S, S) {
        let sites = S::from_usize(self.width.saturating_add(1));
        let sine = |step: usize| self.sine(S::FRAC_PI_2 * S::from_usize(step) / sites);
        (sine(index + 1), sine(self.width.saturating_sub(index)))
    }

    /// The same lead with the sines of [`Libm`].
    #[cfg(feature = "micromath")]
    pub(super) const fn with_libm(self) -> Lead<S> {
        Lead {
            width: self.width,
            energy: self.energy,
            sine: Libm,
        }
    }

    /// The sine of an angle between 0 and π/2, from where this lead takes its sines.
    #[inline]
    pub(super) fn sine(&self, angle: S) -> S {
        self.sine.sine(angle)
    }
}

impl<S: Scalar> Lead<S> {
    /// 1 + cos k and 1 − cos k.
    #[inline]
    fn one_plus_minus_cosine(energy: S, half_sine: S, half_cosine: S) -> (S, S) {
        let half_energy = S::HALF * energy;
        // The smaller angle decides and the other follows, so that |exp(ik)| = 1 to the last bit
        // or two even where the sines are approximate.
        if half_sine < half_cosine {
            let one_plus = S::TWO * half_sine * half_sine - half_energy;
            (one_plus, S::TWO - one_plus)
        } else {
            let one_minus = S::TWO * half_cosine * half_cosine + half_energy;
            (S::TWO - one_minus, one_minus)
        }
    }

    /// The mode whose transverse half angle πj/(2(W+1)) has this sine and cosine.
    ///
    /// 1 + cos k and 1 − cos k come from half angles, so that neither suffers from cancellation
    /// near a band edge: cos k = −E/2 − cos θ gives 1 + cos k = 2sin²(θ/2) − E/2 and
    /// 1 − cos k = 2cos²(θ/2) + E/2.
    #[inline]
    pub(super) fn mode_from_half_angle(energy: S, half_sine: S, half_cosine: S) -> Mode<S> {
        let (one_plus, one_minus) = Self::one_plus_minus_cosine(energy, half_sine, half_cosine);
        let edge = S::from_f64(8.0) * S::EPSILON;
        let cos_k = S::HALF * (one_plus - one_minus);
        if one_plus > edge && one_minus > edge {
            let sin_k = (one_plus * one_minus).sqrt();
            return Mode::Propagating { cos_k, sin_k };
        }
        let (outside, inside, sign) = outside_inside(one_plus, one_minus);
        let sinh_kappa = (edge.larger(outside) * inside).sqrt();
        // exp(−κ) = 1/(cosh κ + sinh κ); the difference would cancel.
        let decay = sign / (S::ONE.larger(cos_k.abs()) + sinh_kappa);
        Mode::Evanescent { decay, sinh_kappa }
    }
}

/// Of an evanescent mode cosh κ − 1, cosh κ + 1 and the sign of cos k, from 1 + cos k and 1 − cos k, of
/// which exactly one is not positive (or as good as zero).
#[inline]
fn outside_inside<S: Scalar>(one_plus: S, one_minus: S) -> (S, S, S) {
    if one_plus > one_minus {
        (-one_minus, one_plus, S::ONE)
    } else {
        (-one_plus, one_minus, -S::ONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(width: usize, energy: f64) -> usize {
        Lead::new(width, energy).unwrap().propagating_modes()
    }

    #[test]
    fn every_mode_is_open_at_the_band_centre() {
        for width in 1..200 {
            assert_eq!(open(width, 0.0), width);
        }
    }

    #[test]
    fn open_modes_match_the_count_by_the_dispersion() {
        for width in [1, 2, 3, 7, 40, 41] {
            for energy in [-4.5, -3.6, -1.3, -0.18, 0.1, 0.5, 2.7, 3.95] {
                let count = (1..=width)
                    .filter(|&j| {
                        let angle = core::f64::consts::PI * j as f64 / (width + 1) as f64;
                        (energy + 2.0 * libm::cos(angle)).abs() < 2.0
                    })
                    .count();
                assert_eq!(open(width, energy), count, "W = {width}, E = {energy}");
            }
        }
    }

    #[test]
    fn an_exact_band_edge_counts_as_closed() {
        // W = 1: the band is [−2, 2]; W = 2: [−3, 1] and [−1, 3]; W = 5: 2cos θ = ±√3, ±1, 0.
        for (width, energy, expected) in [
            (1, 2.0, 0),
            (1, -2.0, 0),
            (2, 1.0, 1),
            (2, -1.0, 1),
            (2, 3.0, 0),
            (5, 1.0, 3),
            (5, -2.0, 2),
        ] {
            assert_eq!(open(width, energy), expected, "W = {width}, E = {energy}");
            let sine = Lead::new(width, energy).unwrap();
            assert!((0..width).all(|j| sine.mode(j).sine() > 0.0));
        }
    }

    #[test]
    fn phase_factors_solve_the_dispersion() {
        for energy in [-3.0, -0.18, 0.0, 0.7, 2.2, 5.0, 1e6] {
            let lead = Lead::new(9, energy).unwrap();
            for j in 0..9 {
                let angle = core::f64::consts::PI * (j + 1) as f64 / 10.0;
                let cos_k = -0.5 * energy - libm::cos(angle);
                match lead.mode(j) {
                    Mode::Propagating { cos_k: c, sin_k: s } => {
                        assert!((c - cos_k).abs() < 1e-15 && (c * c + s * s - 1.0).abs() < 1e-15);
                    }
                    Mode::Evanescent { decay, sinh_kappa } => {
                        assert!(decay.abs() < 1.0);
                        let cosh = 0.5 * (decay + 1.0 / decay);
                        assert!((cosh / cos_k - 1.0).abs() < 1e-14);
                        assert!((sinh_kappa / (cosh * cosh - 1.0).sqrt() - 1.0).abs() < 1e-13);
                    }
                }
            }
        }
    }

    #[test]
    fn impossible_leads_are_refused() {
        assert_eq!(Lead::new(0, 0.0_f32), Err(SolveError::ZeroWidth));
        assert_eq!(Lead::new(3, f64::NAN), Err(SolveError::EnergyNotFinite));
        assert_eq!(
            Lead::new(3, f64::INFINITY),
            Err(SolveError::EnergyNotFinite)
        );
    }
}
