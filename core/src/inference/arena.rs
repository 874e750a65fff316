//! The arena: which layers read and write which bytes.

use core::ops::Range;

use super::error::Fault;
use super::format::{Layer, MAX_LAYERS, Tensor};

/// Splits the arena into what a layer writes and the (up to two) tensors that it reads; none if
/// they overlap or lie outside.
// If the record is a constant, this compiles to a few offsets.
#[inline(always)]
pub(super) fn views<'a>(
    arena: &'a mut [i8],
    layer: &Layer,
) -> Option<(&'a mut [i8], [&'a [i8]; 2])> {
    let output = layer.output.range();
    let (front, rest) = arena.split_at_mut_checked(output.start)?;
    let (written, back) = rest.split_at_mut_checked(output.len())?;
    let (front, back) = (&*front, &*back);
    let view = |tensor: &Tensor| {
        let range = tensor.range();
        if range.end <= output.start {
            front.get(range)
        } else {
            let start = range.start.checked_sub(output.end)?;
            back.get(start..range.end.checked_sub(output.end)?)
        }
    };
    let mut inputs = [&[][..]; 2];
    for (slot, tensor) in inputs.iter_mut().zip(layer.operator.inputs()) {
        *slot = view(tensor)?;
    }
    Some((written, inputs))
}

/// Which parts of the arena have been written so far.
#[derive(Default)]
pub(super) struct Written(heapless::Vec<Range<usize>, { MAX_LAYERS + 1 }>);

impl Written {
    /// One more.
    pub(super) fn write(&mut self, tensor: &Tensor) -> Result<(), Fault> {
        let pushed = self.0.push(tensor.range());
        pushed.map_err(|_| Fault::TooManyLayers)
    }

    /// Has all of the tensor been written?
    pub(super) fn read(&self, tensor: &Tensor) -> Result<(), Fault> {
        let Range { mut start, end } = tensor.range();
        while start < end {
            // As far as any one write reaches from here.
            let covering = self.0.iter().filter(|range| range.contains(&start));
            start = covering
                .map(|range| range.end)
                .max()
                .ok_or(Fault::ReadBeforeWritten)?;
        }
        Ok(())
    }
}

/// A layer must not write over what it reads.
pub(super) fn overlap(layer: &Layer) -> Result<(), Fault> {
    let output = layer.output.range();
    for input in layer.operator.inputs() {
        let input = input.range();
        if input.start < output.end && output.start < input.end {
            return Err(Fault::Overlap);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn bytes(offset: u32, length: u16) -> Tensor {
        Tensor {
            offset,
            channels: length,
            slices: 1,
            rows: 1,
            scale: 1.0,
        }
    }

    #[test]
    fn what_is_read_has_been_written_piece_by_piece() {
        let mut written = Written::default();
        written.write(&bytes(10, 5)).unwrap();
        written.write(&bytes(20, 5)).unwrap();
        written.write(&bytes(13, 7)).unwrap();
        assert_eq!(written.read(&bytes(10, 15)), Ok(()));
        for gap in [bytes(9, 2), bytes(10, 16), bytes(30, 1)] {
            assert_eq!(written.read(&gap), Err(Fault::ReadBeforeWritten));
        }
    }
}
