//! What follows the products of interleaved rows.

use crate::inference::constants::Constants;
use crate::inference::curves::CurvesAt;
use crate::inference::format::{Activation, Curves, Requantise};
use crate::inference::kernels::{Kernels, ReluRows};
use crate::inference::quantize::Requantiser;
use crate::inference::weights::BLOCK_ROWS;

/// Can kernels finish the sums themselves? One bias and one multiplier for every row, the same for
/// every impurity count; rows in fours; a ReLU; and no shift. The record alone says so: where it is
/// a constant, the compiler links nothing else.
#[inline(always)]
pub(super) fn is_by_row(bias: &Curves, rule: &Requantise, rows: usize) -> bool {
    rule.left == 0
        && rule.activation == Activation::Relu
        && rows.is_multiple_of(BLOCK_ROWS)
        && bias.is_by_row(rows)
        && rule.multiplier.is_by_row(rows)
}

/// Its blocks, biases and multipliers.
#[inline(always)]
pub(super) fn relu_rows<'a>(
    blocks: (&'a [u8], usize),
    bias: &Curves,
    rule: &Requantise,
    constants: Constants<'a>,
) -> Option<ReluRows<'a>> {
    ReluRows::new(
        blocks,
        bias.by_row(constants)?,
        rule.multiplier.by_row(constants)?,
    )
}

/// Bias and rounding of any layer whose rows come four at a time.
pub(super) struct Finish<'a> {
    bias: CurvesAt<'a>,
    requantise: Requantiser<'a>,
}

impl<'a> Finish<'a> {
    #[inline(never)]
    pub(super) fn new(
        bias: Curves,
        rule: Requantise,
        constants: Constants<'a>,
        count: u32,
    ) -> Option<Self> {
        Some(Self {
            bias: CurvesAt::new(bias, constants, count)?,
            requantise: Requantiser::new(rule, constants, count)?,
        })
    }

    /// From the products of rows `row` to `row` + 3 to i8.
    pub(super) fn four<K: Kernels>(
        &self,
        products: [i32; BLOCK_ROWS],
        row: usize,
    ) -> [i8; BLOCK_ROWS] {
        let bias = self.bias.four(row);
        let multipliers = self.requantise.multipliers().four(row);
        let left = u32::from(self.requantise.left());
        let activate = self.requantise.activate();
        let mut values = [0; BLOCK_ROWS];
        let rows = products.into_iter().zip(bias).zip(multipliers);
        for (value, ((products, bias), multiplier)) in values.iter_mut().zip(rows) {
            let sum = products.wrapping_add(bias).wrapping_shl(left);
            *value = activate.apply(K::round(sum, multiplier));
        }
        values
    }
}
