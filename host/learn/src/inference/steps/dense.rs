//! The fully connected layer: a row a pass.

use landauer_core::inference::constants::Constants;
use landauer_core::inference::format::{Dense, Tensor};

use super::{Room, Run};
use crate::inference::kernels::Kernels;
use crate::inference::passes::Passes;
use crate::inference::rows::{PackedRows, Unpacked};

#[derive(Debug, Clone)]
pub(in crate::inference) struct DenseStep {
    rows: PackedRows,
    input: Tensor,
    output: Tensor,
}

impl DenseStep {
    /// `order` says where in core's order the numbers stand that it reads.
    pub(in crate::inference) fn new(
        kernels: Kernels,
        dense: &Dense,
        output: Tensor,
        order: &[usize],
        constants: Constants<'_>,
    ) -> Option<Self> {
        let outputs = usize::from(output.channels);
        let weights = Unpacked::new(dense.weights, [outputs, order.len()], constants)?;
        let weights = weights.reordered(order)?;
        let rules = (dense.bias, dense.requantise, 0);
        Some(Self {
            rows: PackedRows::new(kernels, &weights, rules, constants)?,
            input: dense.input,
            output,
        })
    }
}

impl Run for DenseStep {
    fn run(
        &self,
        constants: Constants<'_>,
        passes: &mut Passes<'_>,
        room: &mut Room,
    ) -> Option<()> {
        let (input, start) = (self.input.range(), self.output.range().start);
        let rows = passes.len();
        self.rows.pack(rows, &mut room.packing, |pass, inputs| {
            inputs.copy_from_slice(&passes.arena(pass)[input.clone()]);
        });
        let rules = self
            .rows
            .rules_by_row(constants, passes.counts, &mut room.rules)?;
        let ahead = std::mem::take(&mut passes.ahead);
        self.rows.multiply(
            rows,
            rules,
            (&room.packing, ahead),
            |pass, first, outputs| {
                let slots = &mut passes.arena_mut(pass)[start + first..];
                slots[..outputs.len()].copy_from_slice(outputs);
            },
        );
        Some(())
    }
}
