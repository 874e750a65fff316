//! The constants of a model file, found by their spans.

use super::format::{SPAN_ALIGNMENT, Span};

/// The constants of a model, borrowed from its file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Constants<'a>(&'a [u8]);

impl<'a> Constants<'a> {
    /// These bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// All of them.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The bytes of a span; none if it is not aligned or reaches beyond the end.
    #[must_use]
    pub fn bytes(self, span: Span) -> Option<&'a [u8]> {
        if !span.offset.is_multiple_of(SPAN_ALIGNMENT) {
            return None;
        }
        let start = usize::try_from(span.offset).ok()?;
        let length = usize::try_from(span.length).ok()?;
        self.0.get(start..start.checked_add(length)?)
    }

    /// The i32 numbers of a span; none if it does not consist of whole numbers.
    #[must_use]
    pub fn integers(self, span: Span) -> Option<impl ExactSizeIterator<Item = i32> + 'a> {
        let (numbers, rest) = self.bytes(span)?.as_chunks::<4>();
        rest.is_empty()
            .then(|| numbers.iter().map(|&bytes| i32::from_le_bytes(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_aligned_and_inside() {
        let constants = Constants::new(&[1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
        let bytes = |offset, length| constants.bytes(Span { offset, length });
        assert_eq!(bytes(4, 2), Some(&[0xff, 0xff][..]));
        assert_eq!(bytes(8, 0), Some(&[][..]));
        for (offset, length) in [(2, 2), (4, 5), (8, 1), (12, 0), (u32::MAX - 3, u32::MAX)] {
            assert_eq!(bytes(offset, length), None);
        }
        let integers = |length| constants.integers(Span { offset: 0, length });
        assert!(integers(8).unwrap().eq([1, -1]));
        assert!(integers(7).is_none());
    }
}
