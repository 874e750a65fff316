//! On-site energies of strips in a `.npy` file that is in memory, and what such a file must hold.

use super::header::{Header, NoHeader, f64_header};
use super::{ArrayProblem, ElementType, Order};
use crate::system::{SizeError, StripSize};

/// The shape of a file of on-site energies.
const NEEDED: &str = "[x, y] or [sample, x, y] (x along transport)";

/// The number of samples, and the sides of a strip, of an array of this shape.
pub(super) fn strip_shape(shape: &[u64]) -> Result<(u64, [u64; 2]), ArrayProblem> {
    let (samples, sides) = match *shape {
        [length, width] => (1, [length, width]),
        [samples, length, width] => (samples, [length, width]),
        _ => {
            let found = shape.to_vec();
            let needed = NEEDED;
            return Err(ArrayProblem::Rank { found, needed });
        }
    };
    if shape.contains(&0) {
        return Err(ArrayProblem::EmptyAxis(shape.to_vec()));
    }
    Ok((samples, sides))
}

/// Refuses on-site energies `[sample, slice, row]` that are not all finite, by place; `start` is the
/// number of their first sample.
pub(super) fn check_finite(
    size: StripSize,
    start: u64,
    onsite: &[f64],
) -> Result<(), ArrayProblem> {
    let Some(place) = onsite.iter().position(|value| !value.is_finite()) else {
        return Ok(());
    };
    let [length, width] = size.sides();
    Err(ArrayProblem::OnsiteNotFinite {
        sample: start + (place / (length * width)) as u64,
        x: place / width % length,
        y: place % width,
        value: onsite[place],
    })
}

/// A `.npy` file of on-site energies in memory, in units of t, `[x, y]` or `[sample, x, y]`: what
/// `OnsiteFile` (feature `files`) is for one on the disk.
///
/// # Example
/// ```
/// use landauer::StripSize;
/// use landauer::npy::{OnsiteArray, strip_to_bytes};
/// let size = StripSize::new(2, 3)?;
/// let onsite = [0.0, 0.0, 5.0, 2.5, 0.0, -1.0];
/// let bytes = strip_to_bytes(size, &onsite).expect("a strip of this size");
/// let array = OnsiteArray::parse(&bytes)?;
/// assert_eq!((array.size(), array.samples()), (size, 1));
/// assert_eq!(array.sample(0)?, onsite);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct OnsiteArray<'b> {
    header: Header,
    data: &'b [u8],
    size: StripSize,
    samples: u64,
}

/// What is not a `.npy` file of on-site energies.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OnsiteArrayError {
    /// The content.
    #[error(transparent)]
    Content(#[from] ArrayProblem),
    /// The size of the strips.
    #[error(transparent)]
    Size(#[from] SizeError),
    /// The bytes cannot be read, which memory always can.
    #[error("{0}")]
    Read(String),
    /// A sample that is not there was asked for.
    #[error("sample {index} was asked for, counted from 0, of {samples}")]
    Sample {
        /// The sample.
        index: u64,
        /// How many there are.
        samples: u64,
    },
}

impl<'b> OnsiteArray<'b> {
    /// Reads the header; looks at no on-site energy.
    ///
    /// # Errors
    /// Bytes that are no `.npy` file of real numbers, or fewer or more of them than the header says; an
    /// array without exactly two or three axes, or with one of length zero.
    pub fn parse(bytes: &'b [u8]) -> Result<Self, OnsiteArrayError> {
        let file_length = bytes.len() as u64;
        let header = Header::read(bytes, file_length).map_err(|no_header| match no_header {
            NoHeader::Content(problem) => problem.into(),
            NoHeader::Read(error) => OnsiteArrayError::Read(error.to_string()),
        })?;
        header.check_length(file_length)?;
        let (samples, sides) = strip_shape(&header.shape)?;
        let [length, width] = sides.map(|axis| usize::try_from(axis).unwrap_or(usize::MAX));
        let size = StripSize::new(length, width)?;
        let start = usize::try_from(header.data_start).unwrap_or(usize::MAX);
        Ok(Self {
            header,
            data: bytes.get(start..).unwrap_or_default(),
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

    /// The type of the elements.
    #[must_use]
    pub const fn element(&self) -> ElementType {
        self.header.element
    }

    /// The on-site energies of one sample, `[slice, row]` in units of t.
    ///
    /// # Errors
    /// A sample that is not there; a number that is not finite, by its place.
    pub fn sample(&self, index: u64) -> Result<Vec<f64>, OnsiteArrayError> {
        let samples = self.samples;
        let missing = OnsiteArrayError::Sample { index, samples };
        let [length, width] = self.size.sides();
        let (element, sites) = (self.header.element, self.size.sites());
        let (Ok(number), Ok(count)) = (usize::try_from(index), usize::try_from(samples)) else {
            return Err(missing);
        };
        if number >= count {
            return Err(missing);
        }
        let mut onsite = Vec::with_capacity(sites);
        // The length has been checked, so that every place is there.
        let mut append = |first: usize, elements: usize| {
            let bytes = first * element.size()..(first + elements) * element.size();
            element.decode(self.data.get(bytes).unwrap_or_default(), &mut onsite);
        };
        match self.header.order {
            Order::C => append(number * sites, sites),
            Order::Fortran => {
                for slice in 0..length {
                    for row in 0..width {
                        append((row * length + slice) * count + number, 1);
                    }
                }
            }
        }
        check_finite(self.size, index, &onsite)?;
        Ok(onsite)
    }
}

/// A strip as a `.npy` file, byte for byte what `numpy.save` writes for an array `[x, y]` of `f64`;
/// `None` unless there is one on-site energy for each site.
#[must_use]
pub fn strip_to_bytes(size: StripSize, onsite: &[f64]) -> Option<Vec<u8>> {
    let mut bytes = f64_header(&size.sides().map(|side| side as u64));
    bytes.extend(onsite.iter().flat_map(|energy| energy.to_le_bytes()));
    (onsite.len() == size.sites()).then_some(bytes)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The file of the array with element (s, x, y) = 100 s + 10 x + y as `i2`.
    pub(crate) fn bytes(shape: [usize; 3], fortran: bool) -> Vec<u8> {
        let [samples, length, width] = shape;
        let (order, mut places) = (if fortran { "True" } else { "False" }, Vec::new());
        for s in 0..samples {
            for x in 0..length {
                for y in 0..width {
                    let c = (s * length + x) * width + y;
                    let f = s + samples * (x + length * y);
                    let value = i16::try_from(100 * s + 10 * x + y).unwrap();
                    places.push((if fortran { f } else { c }, value));
                }
            }
        }
        places.sort_unstable();
        let text = format!(
            "{{'descr': '<i2', 'fortran_order': {order}, 'shape': ({samples}, {length}, {width})}}"
        );
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
        bytes.extend(text.as_bytes());
        bytes.extend(places.iter().flat_map(|(_, value)| value.to_le_bytes()));
        bytes
    }

    #[test]
    fn both_memory_orders_give_the_same_samples() {
        for fortran in [false, true] {
            let bytes = bytes([3, 4, 2], fortran);
            let array = OnsiteArray::parse(&bytes).unwrap();
            assert_eq!((array.samples(), array.size().sides()), (3, [4, 2]));
            assert!(array.element().is_integer());
            for index in 0..3 {
                let onsite = array.sample(index).unwrap();
                assert_eq!(onsite.len(), 8);
                for (at, value) in onsite.into_iter().enumerate() {
                    let expected = 100.0 * index as f64 + (10 * (at / 2) + at % 2) as f64;
                    assert_eq!(value, expected, "fortran: {fortran}");
                }
            }
            let missing = array.sample(3).unwrap_err();
            assert_eq!(
                missing,
                OnsiteArrayError::Sample {
                    index: 3,
                    samples: 3
                }
            );
        }
    }

    #[test]
    fn what_is_no_strip_says_what_is_wrong() {
        let size = StripSize::new(2, 2).unwrap();
        let good = strip_to_bytes(size, &[1.0, 2.0, f64::NAN, 4.0]).unwrap();
        let error = OnsiteArray::parse(&good).unwrap().sample(0).unwrap_err();
        assert!(error.to_string().contains("x = 1, y = 0 is NaN"), "{error}");
        assert_eq!(strip_to_bytes(size, &[1.0]), None);
        for length in 0..good.len() {
            assert!(OnsiteArray::parse(&good[..length]).is_err(), "{length}");
        }
        let longer = [&good[..], &[0]].concat();
        let error = OnsiteArray::parse(&longer).unwrap_err().to_string();
        assert!(error.contains("too many"), "{error}");
        let flat = [f64_header(&[4]), vec![0; 32]].concat();
        let error = OnsiteArray::parse(&flat).unwrap_err().to_string();
        assert!(error.contains("[x, y] or [sample, x, y]"), "{error}");
        let empty = f64_header(&[0, 4]);
        let error = OnsiteArray::parse(&empty).unwrap_err().to_string();
        assert!(error.contains("axis of length zero"), "{error}");
    }
}
