//! Scattering matrices as nalgebra matrices (feature `nalgebra`).

use nalgebra::{Complex, SMatrix};

use super::{Reflection, Scattering, Sine};
use crate::scalar::Scalar;

impl<S: Scalar + nalgebra::Scalar, T: Sine<S>> Reflection<'_, S, T> {
    /// The reflection matrix r of the strip so far, seen from the right lead, `[out, in]`.
    ///
    /// Rows and columns of evanescent modes (and, if the lead is wider than `WIDTH`, nothing else) are
    /// zero, so that the open block stands where its modes are.
    #[must_use]
    pub fn reflection_matrix<const WIDTH: usize>(&self) -> SMatrix<Complex<S>, WIDTH, WIDTH> {
        SMatrix::from_fn(|i, j| complex(self.reflection(i, j)))
    }
}

impl<S: Scalar + nalgebra::Scalar, T: Sine<S>> Scattering<'_, S, T> {
    /// The transmission matrix t of the strip so far, from the right lead into the left one,
    /// `[out, in]`; rows and columns of evanescent modes are zero.
    #[must_use]
    pub fn transmission_matrix<const WIDTH: usize>(&self) -> SMatrix<Complex<S>, WIDTH, WIDTH> {
        SMatrix::from_fn(|i, j| complex(self.transmission_amplitude(i, j)))
    }
}

fn complex<S: Scalar>(amplitude: Option<(S, S)>) -> Complex<S> {
    let (re, im) = amplitude.unwrap_or((S::ZERO, S::ZERO));
    Complex { re, im }
}
