//! The convolution: a row a place of the window.

use landauer_core::inference::constants::Constants;
use landauer_core::inference::format::{Conv2d, Tensor};

use super::{Room, Run};
use crate::inference::kernels::Kernels;
use crate::inference::passes::Passes;
use crate::inference::rows::{PackedRows, Unpacked};
use crate::inference::windows::{Gather, Order, Written, put};

/// Passes that go through together if their rules are the same: as many as fill tiles.
const TOGETHER: usize = 12;

#[derive(Debug, Clone)]
pub(in crate::inference) struct ConvStep {
    rows: PackedRows,
    gather: Gather,
    input: Tensor,
    output: Written,
}

impl ConvStep {
    /// `order` is that of what it reads.
    pub(in crate::inference) fn new(
        kernels: Kernels,
        conv2d: &Conv2d,
        output: Written,
        order: Order,
        constants: Constants<'_>,
    ) -> Option<Self> {
        let gather = Gather::new(conv2d, output.tensor.shape(), order);
        let order = gather.weights();
        let outputs = usize::from(output.tensor.channels);
        let weights = Unpacked::new(conv2d.weights, [outputs, order.len()], constants)?;
        let weights = weights.reordered(&order)?;
        let rules = (conv2d.bias, conv2d.requantise, 0);
        Some(Self {
            rows: PackedRows::new(kernels, &weights, rules, constants)?,
            gather,
            input: conv2d.input,
            output,
        })
    }
}

impl Run for ConvStep {
    fn run(
        &self,
        constants: Constants<'_>,
        passes: &mut Passes<'_>,
        room: &mut Room,
    ) -> Option<()> {
        let Written { tensor, order } = self.output;
        let (input, output, shape) = (self.input.range(), tensor.range(), tensor.shape());
        let places = shape.plane();
        let together = if self.rows.is_constant() { TOGETHER } else { 1 };
        for first in (0..passes.len()).step_by(together) {
            let rows = together.min(passes.len() - first) * places;
            self.rows.pack(rows, &mut room.packing, |row, seen| {
                let arena = passes.arena(first + row / places);
                self.gather.copy(&arena[input.clone()], row % places, seen);
            });
            let count = passes.counts[first];
            let rules = self.rows.rules(constants, count, &mut room.rules)?;
            self.rows.multiply(
                rows,
                rules,
                (&room.packing, &[]),
                |row, channel, outputs| {
                    let arena = passes.arena_mut(first + row / places);
                    let to = &mut arena[output.clone()];
                    put(order, shape, row % places, channel, outputs, to);
                },
            );
        }
        Some(())
    }
}
