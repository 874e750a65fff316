//! A strip of the page: its size and on-site energies, checked.

use landauer::StripSize;
use serde::{Deserialize, Serialize};

/// The most sites along a side: what a browser solves within two seconds.
pub const MAX_SIDE: usize = 80;

/// A strip: on-site energies `[slice, row]` in units of t, all finite, 1 to [`MAX_SIDE`] sites a side.
///
/// # Example
/// ```
/// use landauer_playground::Strip;
/// let strip = Strip::new(2, 3, vec![0.0, 0.0, 5.0, 2.5, 0.0, 0.0])?;
/// assert_eq!((strip.size().sites(), strip.impurities()), (6, 2));
/// assert!(Strip::new(2, 3, vec![0.0]).is_err());
/// # Ok::<(), landauer_playground::StripProblem>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked", into = "Unchecked")]
pub struct Strip {
    size: StripSize,
    onsite: Vec<f64>,
}

/// Why there is no such strip.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StripProblem {
    /// The size.
    #[error("{length} x {width} sites: length and width must be 1 to {MAX_SIDE}")]
    Size {
        /// Slices along transport.
        length: usize,
        /// Rows across.
        width: usize,
    },
    /// On-site energies are missing, or too many.
    #[error("{found} on-site energies for {length} x {width} sites")]
    Count {
        /// How many there are.
        found: usize,
        /// Slices along transport.
        length: usize,
        /// Rows across.
        width: usize,
    },
    /// An on-site energy is infinite or NaN.
    #[error("the on-site energy at x = {slice}, y = {row} is not a finite number")]
    NotFinite {
        /// The slice, counted from 0 at the left lead.
        slice: usize,
        /// The row.
        row: usize,
    },
}

/// A size that the page takes.
///
/// # Errors
/// [`StripProblem::Size`].
pub(crate) fn checked_size(length: usize, width: usize) -> Result<StripSize, StripProblem> {
    let problem = StripProblem::Size { length, width };
    if length > MAX_SIDE || width > MAX_SIDE {
        return Err(problem);
    }
    StripSize::new(length, width).map_err(|_| problem)
}

impl Strip {
    /// A strip of `length` slices times `width` rows with these on-site energies, `[slice, row]` in units
    /// of t.
    ///
    /// # Errors
    /// Any [`StripProblem`].
    pub fn new(length: usize, width: usize, onsite: Vec<f64>) -> Result<Self, StripProblem> {
        let size = checked_size(length, width)?;
        let found = onsite.len();
        if found != size.sites() {
            return Err(StripProblem::Count {
                found,
                length,
                width,
            });
        }
        match onsite.iter().position(|energy| !energy.is_finite()) {
            Some(place) => Err(StripProblem::NotFinite {
                slice: place / width,
                row: place % width,
            }),
            None => Ok(Self { size, onsite }),
        }
    }

    /// A strip without disorder.
    pub(crate) fn clean(size: StripSize) -> Self {
        let onsite = vec![0.0; size.sites()];
        Self { size, onsite }
    }

    /// The size.
    #[must_use]
    pub const fn size(&self) -> StripSize {
        self.size
    }

    /// The on-site energies, `[slice, row]` in units of t.
    #[must_use]
    pub fn onsite(&self) -> &[f64] {
        &self.onsite
    }

    /// Sites with an on-site energy other than 0.
    #[must_use]
    pub fn impurities(&self) -> usize {
        self.onsite.iter().filter(|&&energy| energy != 0.0).count()
    }

    /// The on-site energies of slice number `slice`; none, if there is no such slice.
    pub(crate) fn slice(&self, slice: usize) -> &[f64] {
        let width = self.size.width();
        let mut slices = self.onsite.chunks_exact(width);
        slices.nth(slice).unwrap_or_default()
    }

    /// How many slices from the left lead on have the same bits in both strips.
    pub(crate) fn common_slices(&self, other: &Self) -> usize {
        if self.size.width() != other.size.width() {
            return 0;
        }
        let both = self.onsite.iter().zip(&other.onsite);
        let same = both.take_while(|(a, b)| a.to_bits() == b.to_bits());
        same.count() / self.size.width()
    }
}

/// What JSON has.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    length: usize,
    width: usize,
    onsite: Vec<f64>,
}

impl TryFrom<Unchecked> for Strip {
    type Error = StripProblem;

    fn try_from(given: Unchecked) -> Result<Self, StripProblem> {
        Self::new(given.length, given.width, given.onsite)
    }
}

impl From<Strip> for Unchecked {
    fn from(strip: Strip) -> Self {
        let [length, width] = strip.size.sides();
        Self {
            length,
            width,
            onsite: strip.onsite,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_strip_is_refused_by_name() {
        let problem = |length, width, count: usize| {
            Strip::new(length, width, vec![0.0; count])
                .unwrap_err()
                .to_string()
        };
        assert!(problem(0, 4, 0).contains("0 x 4 sites: length and width must be 1 to 80"));
        assert!(problem(81, 4, 324).contains("81 x 4"));
        assert!(problem(usize::MAX, usize::MAX, 1).contains("must be 1 to 80"));
        assert!(problem(3, 4, 11).contains("11 on-site energies for 3 x 4 sites"));
        let nan = Strip::new(2, 2, vec![0.0, 0.0, f64::NAN, 0.0]).unwrap_err();
        assert_eq!(nan, StripProblem::NotFinite { slice: 1, row: 0 });
        let text = r#"{"length":1,"width":1,"onsite":[1e999]}"#;
        assert!(serde_json::from_str::<Strip>(text).is_err());
    }

    #[test]
    fn common_slices_are_whole_ones_with_the_same_bits() {
        let strip = |onsite: [f64; 6]| Strip::new(3, 2, onsite.to_vec()).unwrap();
        let first = strip([0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(first.common_slices(&first), 3);
        assert_eq!(
            first.common_slices(&strip([0.0, 1.0, 2.0, 0.0, 4.0, 5.0])),
            1
        );
        assert_eq!(
            first.common_slices(&strip([-0.0, 1.0, 2.0, 3.0, 4.0, 5.0])),
            0
        );
        let longer = Strip::new(4, 2, (0..8).map(f64::from).collect()).unwrap();
        assert_eq!(first.common_slices(&longer), 3);
        assert_eq!(
            first.common_slices(&Strip::new(2, 3, first.onsite().to_vec()).unwrap()),
            0
        );
    }
}
