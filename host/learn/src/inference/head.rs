//! The last layer: few sums, each over many inputs.

use landauer_core::inference::Model;
use landauer_core::inference::curves::CurvesAt;
use landauer_core::inference::format::Curves;

use super::kernels::Kernels;
use super::rows::Unpacked;

/// The head's weights, in the order in which its input lies.
#[derive(Debug, Clone)]
pub(super) struct PackedHead {
    kernels: Kernels,
    inputs: usize,
    weights: Vec<i8>,
    /// What the kernels' offset adds to each sum.
    surplus: Vec<i32>,
    bias: Curves,
}

impl PackedHead {
    pub(super) fn new(kernels: Kernels, model: &Model<'_>, order: &[usize]) -> Option<Self> {
        let card = model.card();
        let inputs = order.len();
        let outputs = card.outputs.len();
        let weights = Unpacked::new(card.head.weights, [outputs, inputs], model.constants())?;
        let weights = weights.reordered(order)?;
        Some(Self {
            kernels,
            inputs,
            surplus: weights.surplus(kernels.offset()),
            weights: weights.weights,
            bias: card.head.bias,
        })
    }

    /// Adds one pass's sums to those of the passes before.
    pub(super) fn add(
        &self,
        model: &Model<'_>,
        count: u32,
        input: &[i8],
        sums: &mut [i64],
    ) -> Option<()> {
        let bias = CurvesAt::new(self.bias, model.constants(), count)?;
        let rows = self.weights.chunks_exact(self.inputs.max(1));
        for (row, ((weights, &surplus), sum)) in rows.zip(&self.surplus).zip(sums).enumerate() {
            let products = self.kernels.dot(input, weights).wrapping_sub(surplus);
            *sum += i64::from(products.wrapping_add(bias.get(row)));
        }
        Some(())
    }
}
