//! Pooling.

use core::fmt::{self, Display, Formatter};
use serde::{Deserialize, Serialize};

use super::{Call, Record};
use crate::inference::check;
use crate::inference::compiled::{Source, structure};
use crate::inference::constants::Constants;
use crate::inference::error::Fault;
use crate::inference::format::{Requantise, Span, Tensor, Window};
use crate::inference::kernels::Kernels;
use crate::inference::quantize::Requantiser;
use crate::inference::shape::Shape;

/// What a [`Pool`] does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PoolKind {
    /// The largest value.
    Max,
    /// The sum, requantised with one multiplier or one a channel (1/area stands in it).
    Average(Requantise),
}

/// Pooling within a channel. A window as large as the tensor is a mean over all of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    /// What it reads.
    pub input: Tensor,
    /// The window; its padding must be 0.
    pub window: Window,
    /// The operation.
    pub kind: PoolKind,
}

/// For every place of the window (without padding) in every channel: output = `reduce`(channel,
/// the values that it sees, in their order).
pub fn pool(
    window: &Window,
    (input_shape, input): (Shape, &[i8]),
    (output_shape, output): (Shape, &mut [i8]),
    mut reduce: impl FnMut(usize, &mut dyn Iterator<Item = i8>) -> i8,
) {
    let [kernel_slices, kernel_rows] = window.kernel.map(usize::from);
    let [slice_stride, row_stride] = window.stride.map(usize::from);
    let rows = input_shape.rows.max(1);
    let planes = input.chunks_exact(input_shape.plane().max(1));
    let results = output.chunks_exact_mut(output_shape.plane().max(1));
    for (channel, (plane, results)) in planes.zip(results).enumerate() {
        let lines = results.chunks_exact_mut(output_shape.rows.max(1));
        for (x, line) in lines.enumerate() {
            for (y, slot) in line.iter_mut().enumerate() {
                let seen = plane.chunks_exact(rows).skip(x * slice_stride);
                let mut seen = seen.take(kernel_slices).flat_map(|line| {
                    let seen = line.iter().skip(y * row_stride);
                    seen.take(kernel_rows).copied()
                });
                *slot = reduce(channel, &mut seen);
            }
        }
    }
}

impl Pool {
    fn run(
        &self,
        constants: Constants<'_>,
        count: u32,
        input: &[i8],
        output: (Shape, &mut [i8]),
    ) -> Option<()> {
        let input = (self.input.shape(), input);
        match self.kind {
            PoolKind::Max => pool(&self.window, input, output, |_, seen| {
                seen.fold(i8::MIN, i8::max)
            }),
            PoolKind::Average(rule) => {
                let requantise = Requantiser::new(rule, constants, count)?;
                pool(&self.window, input, output, |channel, seen| {
                    let sum = seen.fold(0_i32, |sum, value| sum.wrapping_add(i32::from(value)));
                    requantise.row(channel).apply(sum)
                });
            }
        }
        Some(())
    }
}

impl Record for Pool {
    fn inputs(&self) -> [Option<&Tensor>; 2] {
        [Some(&self.input), None]
    }

    fn inputs_mut(&mut self) -> [Option<&mut Tensor>; 2] {
        [Some(&mut self.input), None]
    }

    fn visit_spans(&mut self, visit: &mut dyn FnMut(&mut Span)) {
        if let PoolKind::Average(rule) = &mut self.kind {
            rule.visit_spans(visit);
        }
    }

    fn check(&self, output: Shape, constants: Constants<'_>) -> Result<u64, Fault> {
        check::require(self.window.padding == [0, 0], Fault::OutOfRange)?;
        let input = self.input.shape();
        let extents = self.window.output(input).ok_or(Fault::Shape)?;
        let fits = extents == [output.slices, output.rows] && output.channels == input.channels;
        check::require(fits, Fault::Shape)?;
        match self.kind {
            PoolKind::Max => Ok(check::LARGEST),
            PoolKind::Average(rule) => {
                let bound = (self.window.area() as u64).saturating_mul(check::LARGEST);
                check::requantise(&rule, output.channels, bound, constants)?;
                Ok(bound)
            }
        }
    }

    #[inline(always)]
    fn run_layer<K: Kernels>(&self, call: Call<'_>) -> Option<()> {
        let Call {
            constants,
            count,
            inputs,
            shape,
            output,
            ..
        } = call;
        self.run(constants, count, inputs[0], (shape, output))
    }

    fn write_source(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Source(self).fmt(f)
    }
}

structure!(Pool { input, window; kind });

impl Display for Source<'_, PoolKind> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            PoolKind::Max => f.write_str("PoolKind::Max"),
            PoolKind::Average(rule) => write!(f, "PoolKind::Average({})", Source(rule)),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::inference::format::{Activation, Operator, Pool, PoolKind, Window};
    use crate::inference::layers::tests::Bench;

    const INPUT: [i8; 12] = [1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6];

    #[test]
    fn the_largest_of_each_window() {
        let bench = Bench::new();
        let operator = Operator::Pool(Pool {
            input: bench.tensor([2, 2, 3]),
            window: Window {
                kernel: [2, 2],
                stride: [1, 1],
                padding: [0, 0],
            },
            kind: PoolKind::Max,
        });
        assert_eq!(bench.run(operator, [2, 1, 2], &INPUT), [5, 6, -1, -2]);
    }

    #[test]
    fn the_mean_of_each_channel() {
        let mut bench = Bench::new();
        let input = bench.tensor([2, 2, 3]);
        let operator = Operator::Pool(Pool {
            input,
            window: Window::global(&input),
            kind: PoolKind::Average(bench.halves(Activation::Identity)),
        });
        // Half of 21 and of −21, upwards.
        assert_eq!(bench.run(operator, [2, 1, 1], &INPUT), [11, -10]);
    }
}
