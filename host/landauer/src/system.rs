//! The system: a strip of sites between two leads.

use serde::{Deserialize, Serialize};

use crate::failure::{Categorised, Category};

/// The size of a strip: `length` slices along transport times `width` rows across.
///
/// There is at least one site, and a machine can count them all.
///
/// # Example
/// ```
/// use landauer::StripSize;
/// let size = StripSize::new(40, 10)?;
/// assert_eq!((size.length(), size.width(), size.sites()), (40, 10, 400));
/// assert!(StripSize::new(0, 10).is_err());
/// # Ok::<(), landauer::SizeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Sides")]
pub struct StripSize {
    length: usize,
    width: usize,
}

impl StripSize {
    /// `length` slices along transport, `width` rows across.
    ///
    /// # Errors
    /// [`SizeError`] if a side is zero or there are more sites than a machine can count.
    pub const fn new(length: usize, width: usize) -> Result<Self, SizeError> {
        match length.checked_mul(width) {
            Some(sites) if sites > 0 => Ok(Self { length, width }),
            _ => Err(SizeError { length, width }),
        }
    }

    /// The number of slices along transport, at least 1.
    #[must_use]
    pub const fn length(self) -> usize {
        self.length
    }

    /// The number of rows across, which is that of sites in a slice, at least 1.
    #[must_use]
    pub const fn width(self) -> usize {
        self.width
    }

    /// Length and width.
    #[must_use]
    pub const fn sides(self) -> [usize; 2] {
        [self.length, self.width]
    }

    /// The number of sites, length × width.
    #[must_use]
    pub const fn sites(self) -> usize {
        self.length * self.width
    }
}

/// The sides as a file has them, not checked yet.
#[derive(Deserialize)]
struct Sides {
    length: usize,
    width: usize,
}

impl TryFrom<Sides> for StripSize {
    type Error = SizeError;

    fn try_from(Sides { length, width }: Sides) -> Result<Self, SizeError> {
        Self::new(length, width)
    }
}

/// No strip has this size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "invalid strip size {length} x {width}: {}",
    if *length == 0 || *width == 0 { "length and width must be at least 1" } else { "no memory holds as many sites" }
)]
pub struct SizeError {
    length: usize,
    width: usize,
}

impl Categorised for SizeError {
    fn category(&self) -> Category {
        Category::Usage
    }
}
