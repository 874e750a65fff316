//! T(E) of one strip at many energies.

use super::{NoSolver, SharedOut, StripError, StripSize, Strips, Wish, open_modes};
use crate::failure::{Categorised, Category};
use crate::parallel;

/// The transmission of one strip over energy.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The transmission at each energy.
    pub transmission: Vec<f64>,
    /// Open modes of a lead at each energy.
    pub open_modes: Vec<usize>,
}

/// Solves the strip `onsite`, `[slice, row]` in units of t, at each of `energies` (units of t) in
/// f64, the energies shared out over all threads of the current rayon pool. The same bits at any
/// number of threads.
///
/// # Errors
/// A size of zero, an energy that is not finite, a strip that cannot be solved.
pub fn transmission_curve(
    size: StripSize,
    onsite: &[f64],
    energies: &[f64],
) -> Result<Curve, CurveError> {
    // Of one strip the recursion is through before a dissection is planned.
    let choice = Wish::default().choose_once(Strips::counted(size, onsite), 1, energies.len());
    let threads = parallel::threads();
    let shared = SharedOut::new(choice.kind, size, energies, 1, threads)?;
    let transmission = shared.solve(onsite)?.transmissions;
    Ok(Curve {
        transmission,
        open_modes: open_modes(size.width(), energies)?,
    })
}

/// Why there is no [`Curve`].
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CurveError {
    /// The size or an energy.
    #[error(transparent)]
    NoSolver(#[from] NoSolver),
    /// The strip.
    #[error(transparent)]
    Strip(#[from] StripError),
}

impl Categorised for CurveError {
    fn category(&self) -> Category {
        match self {
            Self::NoSolver(error) => error.category(),
            Self::Strip(error) => error.category(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_strip_transmits_its_open_modes_and_one_site_its_closed_form() {
        let size = StripSize::new(3, 4).unwrap();
        let energies = [-5.0, -1.0, 0.1, 3.0];
        let curve = transmission_curve(size, &[0.0; 12], &energies).unwrap();
        for (t, modes) in curve.transmission.iter().zip(&curve.open_modes) {
            assert!((t - *modes as f64).abs() < 1e-12, "{curve:?}");
        }
        let size = StripSize::new(1, 1).unwrap();
        let curve = transmission_curve(size, &[2.0], &[0.0]).unwrap();
        assert!((curve.transmission[0] - 0.5).abs() < 1e-15);
        assert_eq!(curve.open_modes, [1]);
    }

    #[test]
    fn an_infinite_energy_is_refused() {
        let size = StripSize::new(1, 1).unwrap();
        let error = transmission_curve(size, &[0.0], &[0.0, f64::INFINITY]).unwrap_err();
        assert_eq!(error, CurveError::NoSolver(NoSolver::Energy(f64::INFINITY)));
    }
}
