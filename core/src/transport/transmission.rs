//! Whole strips in one call: transmission, finite-bias conductance, every partial length.

use super::{
    Lead, Reflection, Scattering, SolveError, reflection_workspace_len, scattering_workspace_len,
};
use crate::energy::{bias_average, bias_grid};
use crate::scalar::Scalar;
use crate::{BIAS_POINTS, Lattice};

/// The slices of a strip, or why the on-site energies `[slice, row]` do not make any.
fn slices<S>(onsite: &[S], width: usize) -> Result<core::slice::ChunksExact<'_, S>, SolveError> {
    if width == 0 {
        return Err(SolveError::ZeroWidth);
    }
    if onsite.is_empty() {
        return Err(SolveError::ZeroLength);
    }
    let slices = onsite.chunks_exact(width);
    if !slices.remainder().is_empty() {
        let found = onsite.len();
        return Err(SolveError::ShapeMismatch { width, found });
    }
    Ok(slices)
}

/// The transmission T(E) of a strip with on-site energies `[slice, row]`, `width` sites to a
/// slice, at `energy`; all in units of t.
///
/// Accurate to 1e-12 absolute in `f64` at 40×40; the `f32` error there is 1e-5 on average. Closed
/// modes are taken into account; outside the band (no propagating mode) T = 0; at a band edge see
/// [`Lead::mode`].
///
/// # Errors
/// [`SolveError`]: an empty or ragged strip, numbers that are not finite, a workspace shorter than
/// [`reflection_workspace_len`], a solution lost to rounding.
///
/// # Example
/// ```
/// use landauer_core::transport::{reflection_workspace_len, transmission};
/// let mut workspace = [0.0; reflection_workspace_len(2)];
/// // A clean strip transmits every propagating mode.
/// assert_eq!(transmission(&[0.0_f64; 6], 2, 0.0, &mut workspace), Ok(2.0));
/// ```
pub fn transmission<S: Scalar>(
    onsite: &[S],
    width: usize,
    energy: S,
    workspace: &mut [S],
) -> Result<S, SolveError> {
    let slices = slices(onsite, width)?;
    let mut recursion = Reflection::new(Lead::new(width, energy)?, workspace)?;
    for slice in slices {
        recursion.push_slice(slice)?;
    }
    recursion.transmission()
}

/// The finite-bias conductance Ḡ in units of G0 for a bias energy `bias` = eV (units of t): the
/// mean of the transmissions on the [`bias_grid`].
///
/// # Errors
/// As [`transmission`].
///
/// # Example
/// ```
/// use landauer_core::transport::{conductance, reflection_workspace_len};
/// let mut workspace = [0.0; reflection_workspace_len(40)];
/// // Off the band centre a 40-wide lead has only 35 to 39 propagating modes: a clean strip shows them.
/// let clean = conductance(&[0.0_f64; 40], 40, 0.36, &mut workspace)?;
/// assert!((clean - 36.6).abs() < 1e-9);
/// # Ok::<(), landauer_core::SolveError>(())
/// ```
pub fn conductance<S: Scalar>(
    onsite: &[S],
    width: usize,
    bias: f64,
    workspace: &mut [S],
) -> Result<S, SolveError> {
    let energies: [S; BIAS_POINTS] = bias_grid(bias);
    let mut transmissions = [S::ZERO; BIAS_POINTS];
    for (slot, energy) in transmissions.iter_mut().zip(energies) {
        *slot = transmission(onsite, width, energy, workspace)?;
    }
    Ok(bias_average(&transmissions))
}

/// Writes the transmission of every partial length: element ℓ − 1 of `transmissions` is that of
/// the first ℓ slices alone between the two leads. Costs no more than the last one does.
///
/// # Errors
/// As [`transmission`]; [`SolveError::TooShort`] if there are fewer elements than slices.
///
/// # Example
/// ```
/// use landauer_core::transport::{partial_transmissions, reflection_workspace_len, transmission};
/// let onsite = [1.0_f64, -2.0, 0.5];
/// let mut workspace = [0.0; reflection_workspace_len(1)];
/// let mut partial = [0.0; 3];
/// partial_transmissions(&onsite, 1, 0.1, &mut workspace, &mut partial)?;
/// assert_eq!(partial[1], transmission(&onsite[..2], 1, 0.1, &mut workspace)?);
/// # Ok::<(), landauer_core::SolveError>(())
/// ```
pub fn partial_transmissions<S: Scalar>(
    onsite: &[S],
    width: usize,
    energy: S,
    workspace: &mut [S],
    transmissions: &mut [S],
) -> Result<(), SolveError> {
    let slices = slices(onsite, width)?;
    let (needed, found) = (slices.len(), transmissions.len());
    if found < needed {
        return Err(SolveError::TooShort { needed, found });
    }
    let mut recursion = Reflection::new(Lead::new(width, energy)?, workspace)?;
    for (slice, slot) in slices.zip(transmissions) {
        recursion.push_slice(slice)?;
        *slot = recursion.transmission()?;
    }
    Ok(())
}

impl<S: Scalar, const LENGTH: usize, const WIDTH: usize> Lattice<S, LENGTH, WIDTH> {
    /// Elements of workspace for [`transmission`](Self::transmission) and
    /// [`conductance`](Self::conductance).
    pub const WORKSPACE_LEN: usize = reflection_workspace_len(WIDTH);

    /// Elements of workspace for [`transmission_eigenvalues`](Self::transmission_eigenvalues).
    pub const SCATTERING_WORKSPACE_LEN: usize = scattering_workspace_len(WIDTH);

    /// The transmission T(E) at `energy` (units of t); see [`transmission`].
    ///
    /// # Errors
    /// As [`transmission`].
    ///
    /// # Example
    /// ```
    /// use landauer_core::Lattice;
    /// type Strip = Lattice<f32, 5, 4>;
    /// let mut workspace = [0.0; Strip::WORKSPACE_LEN];
    /// let t = Strip::clean().transmission(0.0, &mut workspace)?;
    /// assert_eq!(t, 4.0);
    /// # Ok::<(), landauer_core::SolveError>(())
    /// ```
    pub fn transmission(&self, energy: S, workspace: &mut [S]) -> Result<S, SolveError> {
        transmission(self.as_slice(), WIDTH, energy, workspace)
    }

    /// The finite-bias conductance Ḡ in units of G0; see [`conductance`].
    ///
    /// # Errors
    /// As [`conductance`].
    pub fn conductance(&self, bias: f64, workspace: &mut [S]) -> Result<S, SolveError> {
        conductance(self.as_slice(), WIDTH, bias, workspace)
    }

    /// The transmission of every partial length at `energy` (units of t), element ℓ − 1 that of
    /// the first ℓ slices; see [`partial_transmissions`].
    ///
    /// # Errors
    /// As [`partial_transmissions`].
    pub fn partial_transmissions(
        &self,
        energy: S,
        workspace: &mut [S],
    ) -> Result<[S; LENGTH], SolveError> {
        let mut transmissions = [S::ZERO; LENGTH];
        partial_transmissions(
            self.as_slice(),
            WIDTH,
            energy,
            workspace,
            &mut transmissions,
        )?;
        Ok(transmissions)
    }

    /// The transmission eigenvalues at `energy` (units of t), the largest first, one for each open
    /// mode; see [`Scattering::transmission_eigenvalues`].
    ///
    /// # Errors
    /// As [`transmission`], with a workspace of [`SCATTERING_WORKSPACE_LEN`](Self::SCATTERING_WORKSPACE_LEN).
    ///
    /// # Example
    /// ```
    /// use landauer_core::Lattice;
    /// type Strip = Lattice<f64, 3, 4>;
    /// let mut workspace = [0.0; Strip::SCATTERING_WORKSPACE_LEN];
    /// // At E = 3 only one of the four modes is open, and a clean strip transmits it.
    /// let eigenvalues = Strip::clean().transmission_eigenvalues(3.0, &mut workspace)?;
    /// assert_eq!(eigenvalues.as_slice(), &[1.0]);
    /// # Ok::<(), landauer_core::SolveError>(())
    /// ```
    pub fn transmission_eigenvalues(
        &self,
        energy: S,
        workspace: &mut [S],
    ) -> Result<heapless::Vec<S, WIDTH>, SolveError> {
        let mut recursion = Scattering::new(Lead::new(WIDTH, energy)?, workspace)?;
        for slice in self.slices() {
            recursion.push_slice(slice)?;
        }
        let mut eigenvalues = [S::ZERO; WIDTH];
        let open = recursion.transmission_eigenvalues(&mut eigenvalues)?;
        Ok(eigenvalues.into_iter().take(open).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workspaces_are_as_small_as_promised() {
        type Strip = Lattice<f32, 40, 40>;
        assert_eq!(size_of::<[f32; Strip::WORKSPACE_LEN]>(), 7_360);
        assert_eq!(size_of::<[f32; Strip::SCATTERING_WORKSPACE_LEN]>(), 20_480);
        // No width overflows.
        assert_eq!(scattering_workspace_len(usize::MAX), usize::MAX);
        assert_eq!(reflection_workspace_len(usize::MAX), usize::MAX);
    }

    #[test]
    fn shapes_that_cannot_be_are_refused() {
        let mut workspace = [0.0_f64; reflection_workspace_len(2)];
        let mut solve =
            |onsite: &[f64], width, energy| transmission(onsite, width, energy, &mut workspace);
        assert_eq!(solve(&[0.0; 2], 0, 0.0), Err(SolveError::ZeroWidth));
        assert_eq!(solve(&[], 2, 0.0), Err(SolveError::ZeroLength));
        let (width, found) = (2, 3);
        assert_eq!(
            solve(&[0.0; 3], 2, 0.0),
            Err(SolveError::ShapeMismatch { width, found })
        );
        assert_eq!(
            solve(&[0.0; 2], 2, f64::NAN),
            Err(SolveError::EnergyNotFinite)
        );
        let (slice, row) = (1, 0);
        assert_eq!(
            solve(&[0.0, 1.0, f64::INFINITY, 0.0], 2, 0.0),
            Err(SolveError::OnsiteNotFinite { slice, row })
        );
        let (needed, found) = (reflection_workspace_len(3), reflection_workspace_len(2));
        assert_eq!(
            solve(&[0.0; 3], 3, 0.0),
            Err(SolveError::TooShort { needed, found })
        );
    }

    #[test]
    fn a_lattice_answers_as_its_slice_does() {
        let strip: Lattice<f64, 4, 3> = Lattice::from_fn(|x, y| (x * 3 + y) as f64 * 0.4 - 2.0);
        let mut workspace = [0.0; scattering_workspace_len(3)];
        let t = strip.transmission(0.2, &mut workspace).unwrap();
        let partial = strip.partial_transmissions(0.2, &mut workspace).unwrap();
        assert_eq!(partial[3], t);
        let eigenvalues = strip.transmission_eigenvalues(0.2, &mut workspace).unwrap();
        let sum: f64 = eigenvalues.iter().sum();
        assert!(eigenvalues.len() == 3 && (sum - t).abs() < 1e-14);
    }
}
