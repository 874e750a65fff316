//! On-site energies from a `.npy` file, in blocks of samples.

use std::path::Path;

use crate::failure::{Categorised, Category};
use crate::memory::{self, TooLittleMemory};
use crate::npy::onsite_array::{check_finite, strip_shape};
use crate::npy::{ArrayError, ArrayFile, Order};
use crate::solve::{SourceError, StripSource};
use crate::system::{SizeError, StripSize};

/// Blocks up to this size are read without asking whether there is memory for them.
const UNASKED_BYTES: u64 = 64 << 20;

/// Strips in a `.npy` file: on-site energies in units of t, `[x, y]` or `[sample, x, y]`, x
/// along transport (the slice, 0 at the left lead), y across (the row).
///
/// Any real numbers in either byte order and either memory order are read; nothing is until
/// [`read_block`](Self::read_block) asks for it, so that the file may be larger than memory.
#[derive(Debug)]
pub struct OnsiteFile {
    array: ArrayFile,
    size: StripSize,
    samples: u64,
}

/// On-site energies or energies could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The file.
    #[error(transparent)]
    Array(#[from] ArrayError),
    /// The size of the strips.
    #[error(transparent)]
    Size(#[from] SizeError),
    /// More samples were asked for than there are.
    #[error("{count} samples from number {start} on were asked for, of {samples}")]
    Samples {
        /// The first that was asked for, counted from 0.
        start: u64,
        /// How many were asked for.
        count: usize,
        /// How many there are.
        samples: u64,
    },
    /// They do not fit into memory.
    #[error(transparent)]
    Memory(#[from] TooLittleMemory),
}

impl From<SourceError> for InputError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Samples {
                start,
                count,
                samples,
            } => Self::Samples {
                start,
                count,
                samples,
            },
            SourceError::Memory(error) => Self::Memory(error),
        }
    }
}

impl Categorised for InputError {
    fn category(&self) -> Category {
        match self {
            Self::Array(error) => error.category(),
            Self::Size(_) => Category::Input,
            Self::Samples { .. } => Category::Usage,
            Self::Memory(error) => error.category(),
        }
    }
}

impl OnsiteFile {
    /// Opens the file at `path`; reads no on-site energy.
    ///
    /// # Errors
    /// As [`ArrayFile::open`]; an array without exactly two or three axes, or with one of length
    /// zero.
    pub fn open(path: &Path) -> Result<Self, InputError> {
        let array = ArrayFile::open(path)?;
        let shape = strip_shape(array.shape());
        let (samples, sides) = shape.map_err(|problem| ArrayError::content(path, problem))?;
        let [length, width] = sides.map(|axis| usize::try_from(axis).unwrap_or(usize::MAX));
        let size = StripSize::new(length, width)?;
        Ok(Self {
            array,
            size,
            samples,
        })
    }

    /// The size of the strips.
    #[must_use]
    pub const fn size(&self) -> StripSize {
        self.size
    }

    /// The number of samples, at least 1.
    #[must_use]
    pub const fn samples(&self) -> u64 {
        self.samples
    }

    /// Reads the samples `start`, `start + 1`, …, `count` of them: `[sample, slice, row]`, in
    /// units of t.
    ///
    /// In C order that is one contiguous read; in Fortran order, where the samples are closest
    /// neighbours, one of `count` elements for each site.
    ///
    /// # Errors
    /// Samples that are not there; a file that has changed or cannot be read; a number that is not
    /// finite, by its place.
    pub fn read_block(&mut self, start: u64, count: usize) -> Result<Vec<f64>, InputError> {
        let end = start.checked_add(count as u64);
        if end.is_none_or(|end| end > self.samples) {
            return Err(InputError::Samples {
                start,
                count,
                samples: self.samples,
            });
        }
        let [length, width] = self.size.sides();
        let sites = length * width;
        let bytes = (count as u64)
            .saturating_mul(8)
            .saturating_mul(sites as u64);
        if bytes > UNASKED_BYTES {
            memory::require("reading these strips", bytes)?;
        }
        let mut onsite = Vec::with_capacity(count * sites);
        match self.array.order() {
            Order::C => {
                let first = start * sites as u64;
                self.array
                    .read_run(first, count * sites, &mut onsite)
                    .map_err(ArrayError::from)?;
            }
            Order::Fortran => {
                onsite.resize(count * sites, 0.0);
                let mut run = Vec::with_capacity(count);
                for number in 0..sites {
                    let (row, slice) = (number / length, number % length);
                    run.clear();
                    self.array
                        .read_run(number as u64 * self.samples + start, count, &mut run)
                        .map_err(ArrayError::from)?;
                    let slots = onsite.iter_mut().skip(slice * width + row).step_by(sites);
                    for (slot, &value) in slots.zip(&run) {
                        *slot = value;
                    }
                }
            }
        }
        let finite = check_finite(self.size, start, &onsite);
        finite.map_err(|problem| ArrayError::content(self.array.path(), problem))?;
        Ok(onsite)
    }

    /// The largest number of a file that seems to hold numbers of species, 0 to 3, in the place of
    /// on-site energies: its numbers are stored as integers or truth values, and there is nothing
    /// but 0 to 3 among the first 2²⁴ of them, and not only 0.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn seem_species(&mut self) -> Result<Option<u8>, InputError> {
        /// As many species as a disorder model has, and the clean site.
        const LARGEST: u8 = 3;
        /// Enough of them to tell, and read in no time.
        const LOOKED_AT: u64 = 1 << 24;
        /// Numbers that are in memory at a time.
        const PIECE: u64 = 1 << 16;
        if !self.array.element().is_integer() {
            return Ok(None);
        }
        let all = self.array.shape().iter();
        let all = all.fold(1, |product: u64, &axis| product.saturating_mul(axis));
        let all = all.min(LOOKED_AT);
        let (mut largest, mut first, mut values) = (0.0_f64, 0, Vec::new());
        while first < all {
            let count = PIECE.min(all - first);
            values.clear();
            // A piece fits everywhere.
            let piece = usize::try_from(count).unwrap_or_default();
            let read = self.array.read_run(first, piece, &mut values);
            read.map_err(ArrayError::from)?;
            if !values
                .iter()
                .all(|value| (0.0..=f64::from(LARGEST)).contains(value))
            {
                return Ok(None);
            }
            largest = values.iter().copied().fold(largest, f64::max);
            first += count;
        }
        Ok((1..=LARGEST)
            .rev()
            .find(|&number| f64::from(number) == largest))
    }
}

impl StripSource for OnsiteFile {
    type Error = InputError;

    fn size(&self) -> StripSize {
        self.size
    }

    fn samples(&self) -> u64 {
        self.samples
    }

    fn read(&mut self, start: u64, count: usize) -> Result<Vec<f64>, InputError> {
        self.read_block(start, count)
    }
}

#[cfg(test)]
mod tests {
    use super::super::onsite_array::tests::bytes;
    use super::*;
    use std::fs;

    /// Writes the array with element (s, x, y) = 100 s + 10 x + y as `i2`.
    fn open(shape: [usize; 3], fortran: bool) -> OnsiteFile {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("onsite.npy");
        fs::write(&path, bytes(shape, fortran)).unwrap();
        OnsiteFile::open(&path).unwrap()
    }

    #[test]
    fn numbers_of_species_are_noticed() {
        // 0, 1, and rows of the second and third slice: 10 and more.
        assert_eq!(open([1, 1, 2], false).seem_species().unwrap(), Some(1));
        assert_eq!(open([1, 1, 4], true).seem_species().unwrap(), Some(3));
        for other in [[1, 1, 1], [1, 1, 5], [1, 2, 2], [2, 1, 2]] {
            assert_eq!(
                open(other, false).seem_species().unwrap(),
                None,
                "{other:?}"
            );
        }
    }

    #[test]
    fn samples_that_are_not_there_are_an_error() {
        let mut file = open([5, 1, 1], false);
        for (start, count) in [(5, 1), (0, 6), (u64::MAX, 1), (3, usize::MAX)] {
            let error = file.read_block(start, count).unwrap_err();
            assert!(matches!(error, InputError::Samples { samples: 5, .. }));
        }
    }

    #[test]
    fn both_memory_orders_give_the_same_blocks() {
        for fortran in [false, true] {
            let mut file = open([5, 4, 3], fortran);
            assert_eq!(file.samples(), 5);
            let size = StripSize::new(4, 3).unwrap();
            assert_eq!(file.size(), size);
            for (start, count) in [(0, 5), (1, 2), (4, 1), (0, 0)] {
                let block = file.read_block(start, count).unwrap();
                assert_eq!(block.len(), count * 12);
                for (at, value) in block.into_iter().enumerate() {
                    let (s, x, y) = (at / 12, at / 3 % 4, at % 3);
                    let expected = 100 * (usize::try_from(start).unwrap() + s) + 10 * x + y;
                    assert_eq!(value, expected as f64, "fortran: {fortran}");
                }
            }
        }
    }
}
