//! An independent textbook solver: recursive Green's functions, slice by slice, complex inverses.
//!
//! D. S. Fisher and P. A. Lee, Phys. Rev. B 23, 6851 (1981); D. J. Thouless and S. Kirkpatrick,
//! J. Phys. C 14, 235 (1981). It shares no formula with the scattering recursion: site basis
//! instead of modes, self-energies instead of phases, matrix inverses instead of rank-one updates.

use nalgebra::{Complex, DMatrix};

type Matrix = DMatrix<Complex<f64>>;

/// The retarded self-energy of a clean lead `width` sites wide at `energy`, in the site basis.
///
/// Transverse mode by transverse mode: the surface Green's function g of a semi-infinite chain
/// satisfies g = 1/(e − g) with e the energy left for motion along the chain; of the two roots the
/// retarded one decays or has Im g < 0. Where e is exactly ±2 both are ±1.
#[must_use]
pub fn lead_self_energy(width: usize, energy: f64) -> Matrix {
    let step = std::f64::consts::PI / (width + 1) as f64;
    let norm = (2.0 / (width + 1) as f64).sqrt();
    let modes = Matrix::from_fn(width, width, |y, j| {
        Complex::from(norm * (step * ((j + 1) * (y + 1)) as f64).sin())
    });
    let surface = Matrix::from_diagonal(&nalgebra::DVector::from_fn(width, |j, _| {
        let along = energy + 2.0 * (step * (j + 1) as f64).cos();
        let discriminant = along * along / 4.0 - 1.0;
        if discriminant < 0.0 {
            Complex::new(along / 2.0, -(-discriminant).sqrt())
        } else {
            // The smaller root, as the reciprocal of the larger.
            let larger = along.abs() / 2.0 + discriminant.sqrt();
            Complex::from(along.signum() / larger)
        }
    }));
    &modes * surface * modes.transpose()
}

/// T(E) of the strip `onsite`, `[slice, row]`, by the recursive Green's function method.
///
/// # Panics
/// If a slice's matrix is exactly singular, which no case here has.
#[must_use]
pub fn transmission(onsite: &[f64], width: usize, energy: f64) -> f64 {
    let sigma = lead_self_energy(width, energy);
    let gamma = (&sigma - sigma.adjoint()) * Complex::i();
    let length = onsite.len() / width;
    // G of the slice at hand with all that is left of it, and from the first slice to it.
    let mut from_left = sigma.clone();
    let mut across = Matrix::identity(width, width);
    for (x, slice) in onsite.chunks_exact(width).enumerate() {
        let mut inverse = Matrix::from_fn(width, width, |i, j| {
            Complex::from(match i.abs_diff(j) {
                0 => energy - slice[i],
                1 => 1.0,
                _ => 0.0,
            })
        });
        inverse -= &from_left;
        if x + 1 == length {
            inverse -= &sigma;
        }
        let green = inverse.try_inverse().expect("a regular slice");
        // The hopping −1 between slices: G_{0,x} = −G_{0,x−1} G_x, its sign without consequence.
        across *= &green;
        from_left = green;
    }
    (&gamma * &across * &gamma * across.adjoint()).trace().re
}
