//! Convolutions as matrix products: what a window sees is a row.

use landauer_core::inference::format::{Conv2d, Tensor, Window};
use landauer_core::inference::shape::Shape;

/// How the elements of a tensor follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// `[channel, slice, row]`, as in core.
    ChannelFirst,
    /// `[slice, row, channel]`: what a window sees lies together.
    ChannelLast,
}

/// What a step writes, and in which order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub(super) tensor: Tensor,
    pub(super) order: Order,
}

/// Copies what windows see.
#[derive(Debug, Clone)]
pub(super) struct Gather {
    window: Window,
    input: Shape,
    order: Order,
    /// Windows across the strip.
    rows: usize,
}

impl Gather {
    pub(super) fn new(conv2d: &Conv2d, output: Shape, order: Order) -> Self {
        Self {
            window: conv2d.window,
            input: conv2d.input.shape(),
            order,
            rows: output.rows,
        }
    }

    /// Where in core's row of weights `[channel, kx, ky]` the weight of each value stands.
    pub(super) fn weights(&self) -> Vec<usize> {
        let (channels, area) = (self.input.channels, self.window.area());
        match self.order {
            Order::ChannelFirst => (0..channels * area).collect(),
            Order::ChannelLast => (0..area)
                .flat_map(|place| (0..channels).map(move |channel| channel * area + place))
                .collect(),
        }
    }

    /// Copies what the window at place number `place` of the output sees; zeros outside.
    pub(super) fn copy(&self, input: &[i8], place: usize, seen: &mut [i8]) {
        let [kernel_slices, kernel_rows] = self.window.kernel.map(usize::from);
        let [x, y] = [place / self.rows, place % self.rows];
        let first_slice = x * usize::from(self.window.stride[0]);
        let first_row = y * usize::from(self.window.stride[1]);
        if self.window.padding == [0, 0] && self.order == Order::ChannelLast {
            let (line, width) = (
                self.input.rows * self.input.channels,
                kernel_rows * self.input.channels,
            );
            let lines = seen.chunks_exact_mut(width);
            for (kx, seen) in lines.take(kernel_slices).enumerate() {
                let start = (first_slice + kx) * line + first_row * self.input.channels;
                seen.copy_from_slice(&input[start..start + width]);
            }
            return;
        }
        let [slice_padding, row_padding] = self.window.padding.map(usize::from);
        let area = self.window.area();
        for kx in 0..kernel_slices {
            for ky in 0..kernel_rows {
                let slice = (first_slice + kx).checked_sub(slice_padding);
                let row = (first_row + ky).checked_sub(row_padding);
                let site = match (slice, row) {
                    (Some(slice), Some(row))
                        if slice < self.input.slices && row < self.input.rows =>
                    {
                        Some(slice * self.input.rows + row)
                    }
                    _ => None,
                };
                let tap = kx * kernel_rows + ky;
                for channel in 0..self.input.channels {
                    let (slot, index) = match self.order {
                        Order::ChannelFirst => (
                            channel * area + tap,
                            site.map(|site| channel * self.input.plane() + site),
                        ),
                        Order::ChannelLast => (
                            tap * self.input.channels + channel,
                            site.map(|site| site * self.input.channels + channel),
                        ),
                    };
                    seen[slot] = index.map_or(0, |index| input[index]);
                }
            }
        }
    }
}

/// Writes outputs from number `first` on of one place.
pub(super) fn put(
    order: Order,
    shape: Shape,
    place: usize,
    first: usize,
    outputs: &[i8],
    to: &mut [i8],
) {
    match order {
        Order::ChannelLast => {
            let start = place * shape.channels + first;
            to[start..start + outputs.len()].copy_from_slice(outputs);
        }
        Order::ChannelFirst => {
            let plane = shape.plane();
            let slots = to.iter_mut().skip(first * plane + place).step_by(plane);
            for (slot, &output) in slots.zip(outputs) {
                *slot = output;
            }
        }
    }
}

/// Where in core's order the elements of a tensor in this order stand.
pub(super) fn elements(tensor: &Tensor, order: Order) -> Vec<usize> {
    let shape = tensor.shape();
    let plane = shape.plane();
    match order {
        Order::ChannelFirst => (0..shape.len()).collect(),
        Order::ChannelLast => (0..plane)
            .flat_map(|site| (0..shape.channels).map(move |channel| channel * plane + site))
            .collect(),
    }
}
