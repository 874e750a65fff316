//! Shapes, and where tensors lie in the arena.

use core::ops::Range;

use super::format::{Tensor, Window};

/// The extents of a tensor `[channel, slice, row]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Channels.
    pub channels: usize,
    /// Extent along the strip.
    pub slices: usize,
    /// Extent across the strip.
    pub rows: usize,
}

impl Shape {
    /// Elements of one channel.
    #[must_use]
    pub const fn plane(self) -> usize {
        self.slices.saturating_mul(self.rows)
    }

    /// All elements.
    #[must_use]
    pub const fn len(self) -> usize {
        self.channels.saturating_mul(self.plane())
    }

    /// Has it no element at all?
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl Tensor {
    /// Its extents.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        Shape {
            channels: self.channels as usize,
            slices: self.slices as usize,
            rows: self.rows as usize,
        }
    }

    /// Where it lies in the arena, in bytes; as far as that can be counted.
    #[must_use]
    pub const fn range(&self) -> Range<usize> {
        let start = self.offset as usize;
        start..start.saturating_add(self.shape().len())
    }
}

impl Window {
    /// The window that covers one channel of this tensor: pooling over it is a global mean.
    #[must_use]
    pub const fn global(tensor: &Tensor) -> Self {
        Self {
            kernel: [tensor.slices, tensor.rows],
            stride: [1, 1],
            padding: [0, 0],
        }
    }

    /// Slices and rows of what it makes of an input of this shape; none if the window does not fit
    /// or if its numbers are not allowed.
    #[must_use]
    pub fn output(&self, input: Shape) -> Option<[usize; 2]> {
        let along = extent(
            input.slices,
            self.kernel[0],
            self.stride[0],
            self.padding[0],
        )?;
        let across = extent(input.rows, self.kernel[1], self.stride[1], self.padding[1])?;
        Some([along, across])
    }

    /// Places of the window: kernel slices times kernel rows.
    #[must_use]
    pub const fn area(&self) -> usize {
        (self.kernel[0] as usize).saturating_mul(self.kernel[1] as usize)
    }
}

/// ⌊(input + 2·padding − kernel)/stride⌋ + 1.
fn extent(input: usize, kernel: u16, stride: u16, padding: u16) -> Option<usize> {
    let [kernel, stride, padding] = [kernel, stride, padding].map(usize::from);
    if kernel == 0 || padding >= kernel {
        return None;
    }
    let room = input
        .checked_add(2 * padding)?
        .checked_sub(kernel)?
        .checked_div(stride)?;
    Some(room + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_counts_its_places() {
        let input = Shape {
            channels: 1,
            slices: 40,
            rows: 5,
        };
        let window = |kernel, stride, padding| Window {
            kernel,
            stride,
            padding,
        };
        assert_eq!(
            window([2, 2], [2, 2], [0, 0]).output(input),
            Some([20, 2]) // the fifth row is left out
        );
        assert_eq!(window([3, 3], [1, 1], [1, 1]).output(input), Some([40, 5]));
        for (kernel, stride, padding) in [
            ([0, 1], [1, 1], [0, 0]),
            ([1, 1], [0, 1], [0, 0]),
            ([1, 6], [1, 1], [0, 0]),
            ([3, 3], [1, 1], [3, 0]),
        ] {
            assert_eq!(window(kernel, stride, padding).output(input), None);
        }
    }
}
