//! Exact transmission of a disordered strip between two clean leads.
//!
//! One algorithm, the scattering recursion ([`scattering`](self)), in four sizes:
//!
//! | you want | use | workspace, 40×40 in `f32` |
//! |---|---|---|
//! | T, to 1e-12 absolute in `f64` | [`transmission`], or [`Reflection`] slice by slice | 7,360 bytes |
//! | T relatively accurate however small, eigenvalues, Fano factor, a conservation check | [`Scattering`] | 20,480 bytes |
//! | T in 16-bit integers, with a mean error of 0.002 | [`FixedPointReflection`] | 4,400 bytes |
//! | Ḡ over the bias, T of every partial length | [`conductance`], [`partial_transmissions`] | 7,360 bytes |
//!
//! The recursions take a [`Lead`], whose type says where the sines of its modes come from ([`Sine`]);
//! what takes an energy instead makes the lead by [`Lead::new`].
//!
//! The caller owns the workspace, a plain slice of `S`; [`reflection_workspace_len`] and
//! [`scattering_workspace_len`] say how long it must be and are `const`, so that an array does:
//!
//! ```
//! use landauer_core::transport::{reflection_workspace_len, transmission};
//! let mut workspace = [0.0_f32; reflection_workspace_len(3)];
//! let onsite = [0.5_f32, -1.0, 0.25, 2.0, 0.0, -0.5]; // 2 slices of 3 sites
//! let t = transmission(&onsite, 3, 0.0, &mut workspace)?;
//! assert!(t > 0.0 && t < 3.0);
//! # Ok::<(), landauer_core::SolveError>(())
//! ```
//!
//! # The scattering recursion
//!
//! In the basis of the lead's modes the part of the strip that lies left of some slice is known
//! by its reflection matrix r, seen from the right, and its transmission matrix t, both W×W. They
//! start as 0 and 1; one slice more multiplies r_ij by exp(i(k_i + k_j)) and t_ij by exp(ik_j);
//! one site of on-site energy ε in row y adds one rank-one term, the T-matrix of a point
//! scatterer between that reflector and an open lead:
//!
//! ```text
//! w_j = φ_j(y)/√(2 sin k_j)      u = w + r w      c = 1/(i/ε − w·u)
//! r += c u uᵀ                    t += c (t w) uᵀ
//! ```
//!
//! and T = Σ|t_ij|² = N − Σ|r_ij|² over the propagating modes. Clean sites cost nothing. r stays passive,
//! so nothing grows, and the denominator cannot vanish while a mode is open: there is no singular
//! case and nothing to pivot. It is the composition rule of scattering matrices (D. S. Fisher and
//! P. A. Lee, Phys. Rev. B 23, 6851, 1981, for the link to Green's functions; S. Datta, Electronic
//! Transport in Mesoscopic Systems, 1995, Ch. 3), taken one site at a time by the
//! Sherman–Morrison formula.
//!
//! Evanescent modes (complex k_j) take part as well. Their √(2 sin k_j) has the phase exp(∓iπ/4); we
//! keep w real and put the square of the phase, D_j = −i (below the mode's band) or +i (above it),
//! into every sum over modes instead: u = w + r D w, w·u = wᵀD u. For propagating modes D_j = 1.

#[cfg(landauer_dsp)]
mod dsp;
mod fixed_point;
mod lead;
#[cfg(feature = "nalgebra")]
mod matrices;
pub(crate) mod reflection;
mod scattering;
mod sine;
pub(crate) mod standing_waves;
pub(crate) mod symmetric;
mod transmission;

pub use fixed_point::{FixedPointReflection, fixed_point_workspace_len};
pub use lead::{Lead, Mode};
pub use reflection::{Reflection, reflection_workspace_len};
pub use scattering::{Scattering, fano_factor, scattering_workspace_len, squared_singular_values};
#[cfg(feature = "micromath")]
pub use sine::Micromath;
pub use sine::{Libm, Sine};
pub use transmission::{conductance, partial_transmissions, transmission};

use crate::scalar::Scalar;

/// Why a transmission cannot be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SolveError {
    /// The strip has no row.
    ZeroWidth,
    /// The strip has no slice.
    ZeroLength,
    /// The energy is infinite or NaN.
    EnergyNotFinite,
    /// An on-site energy is infinite or NaN.
    OnsiteNotFinite {
        /// The slice, counted from 0 at the left lead.
        slice: usize,
        /// The row.
        row: usize,
    },
    /// The on-site energies do not fill whole slices of the given width.
    ShapeMismatch {
        /// Sites in a slice.
        width: usize,
        /// On-site energies that were given.
        found: usize,
    },
    /// The workspace or an output is too short.
    TooShort {
        /// Elements that are needed.
        needed: usize,
        /// Elements that were given.
        found: usize,
    },
    /// Current was not conserved, or a number overflowed: rounding has destroyed the solution.
    LostSolution {
        /// How many slices had been taken in when it was noticed.
        slices: usize,
    },
}

impl core::fmt::Display for SolveError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::ZeroWidth => f.write_str("a strip needs a width of at least one site"),
            Self::ZeroLength => f.write_str("a strip needs a length of at least one slice"),
            Self::EnergyNotFinite => f.write_str("the energy is not a finite number"),
            Self::OnsiteNotFinite { slice, row } => write!(
                f,
                "the on-site energy at slice {slice}, row {row} is not a finite number"
            ),
            Self::ShapeMismatch { width, found } => write!(
                f,
                "{found} on-site energies do not make whole slices of {width} sites"
            ),
            Self::TooShort { needed, found } => write!(
                f,
                "the workspace or output has {found} elements where {needed} are needed"
            ),
            Self::LostSolution { slices } => write!(
                f,
                "the solution was lost to rounding within the first {slices} slices"
            ),
        }
    }
}

impl core::error::Error for SolveError {}

/// Refuses on-site energies of one slice that no recursion can take in: other than `width`, or not
/// finite. `slice` is the slice's number.
#[inline]
fn check_slice<S: Scalar>(onsite: &[S], width: usize, slice: usize) -> Result<(), SolveError> {
    let found = onsite.len();
    if found != width {
        return Err(SolveError::ShapeMismatch { width, found });
    }
    match onsite.iter().position(|energy| !energy.is_finite()) {
        Some(row) => Err(SolveError::OnsiteNotFinite { slice, row }),
        None => Ok(()),
    }
}
