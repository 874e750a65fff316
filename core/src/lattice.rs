//! A strip of on-site energies whose size the compiler knows.

use crate::scalar::Scalar;

/// The on-site energies of a strip of `LENGTH` slices of `WIDTH` sites, in units of t, indexed
/// `[slice, row]`.
///
/// Slices run along transport, slice 0 touches the left lead; rows run across. Any `LENGTH` and
/// `WIDTH` from 1 up; the kernels behind it take slices and a width, so that a size that is only
/// known at run time is solved by the same code (see [`transport`](crate::transport)).
///
/// # Example
/// ```
/// use landauer_core::Lattice;
/// let lattice: Lattice<f64, 3, 2> = Lattice::from_fn(|slice, row| (10 * slice + row) as f64);
/// assert_eq!(lattice[(2, 1)], 21.0);
/// assert_eq!(lattice.as_slice(), &[0.0, 1.0, 10.0, 11.0, 20.0, 21.0]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lattice<S, const LENGTH: usize, const WIDTH: usize> {
    onsite: [[S; WIDTH]; LENGTH],
}

impl<S: Scalar, const LENGTH: usize, const WIDTH: usize> Lattice<S, LENGTH, WIDTH> {
    const NOT_EMPTY: () = assert!(LENGTH > 0 && WIDTH > 0, "a lattice needs at least one site");

    /// A strip without disorder: every on-site energy 0.
    #[must_use]
    pub const fn clean() -> Self {
        const { Self::NOT_EMPTY };
        Self {
            onsite: [[S::ZERO; WIDTH]; LENGTH],
        }
    }

    /// The strip with these on-site energies, `[slice][row]`, in units of t.
    #[must_use]
    pub const fn new(onsite: [[S; WIDTH]; LENGTH]) -> Self {
        const { Self::NOT_EMPTY };
        Self { onsite }
    }

    /// The strip whose on-site energy at (slice, row) is `onsite(slice, row)`, in units of t.
    #[must_use]
    pub fn from_fn(mut onsite: impl FnMut(usize, usize) -> S) -> Self {
        Self::new(core::array::from_fn(|slice| {
            core::array::from_fn(|row| onsite(slice, row))
        }))
    }

    /// All on-site energies, slice after slice: element `slice * WIDTH + row`.
    #[must_use]
    pub const fn as_slice(&self) -> &[S] {
        self.onsite.as_flattened()
    }

    /// All on-site energies for changing, slice after slice: element `slice * WIDTH + row`.
    #[must_use]
    pub const fn as_mut_slice(&mut self) -> &mut [S] {
        self.onsite.as_flattened_mut()
    }

    /// The on-site energies of one slice after another, from the left lead to the right one.
    pub fn slices(&self) -> impl ExactSizeIterator<Item = &[S; WIDTH]> + DoubleEndedIterator {
        self.onsite.iter()
    }

    /// The strip seen from the other lead: `[slice, row]` becomes `[LENGTH - 1 - slice, row]`.
    ///
    /// Reciprocity leaves the transmission as it is.
    #[must_use]
    pub fn mirrored_in_x(mut self) -> Self {
        self.onsite.reverse();
        self
    }

    /// The strip turned upside down: `[slice, row]` becomes `[slice, WIDTH - 1 - row]`.
    ///
    /// The leads are symmetric, so the transmission stays as it is.
    #[must_use]
    pub fn mirrored_in_y(mut self) -> Self {
        for slice in &mut self.onsite {
            slice.reverse();
        }
        self
    }
}

impl<S, const LENGTH: usize, const WIDTH: usize> core::ops::Index<(usize, usize)>
    for Lattice<S, LENGTH, WIDTH>
{
    type Output = S;

    /// The on-site energy at (slice, row).
    ///
    /// # Panics
    /// Like any index, outside the lattice.
    fn index(&self, (slice, row): (usize, usize)) -> &S {
        &self.onsite[slice][row]
    }
}

impl<S, const LENGTH: usize, const WIDTH: usize> core::ops::IndexMut<(usize, usize)>
    for Lattice<S, LENGTH, WIDTH>
{
    fn index_mut(&mut self, (slice, row): (usize, usize)) -> &mut S {
        &mut self.onsite[slice][row]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_reverse_their_own_axis_only() {
        let lattice: Lattice<f32, 2, 3> = Lattice::from_fn(|x, y| (3 * x + y) as f32);
        assert_eq!(
            lattice.mirrored_in_x().as_slice(),
            &[3.0, 4.0, 5.0, 0.0, 1.0, 2.0]
        );
        assert_eq!(
            lattice.mirrored_in_y().as_slice(),
            &[2.0, 1.0, 0.0, 5.0, 4.0, 3.0]
        );
    }
}
