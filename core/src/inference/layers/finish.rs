//! What follows the products of interleaved rows.

use crate::inference::curves::CurvesAt;
use crate::inference::kernels::Kernels;
use crate::inference::quantize::Requantiser;
use crate::inference::weights::BLOCK_ROWS;

/// Bias and rounding of a layer whose rows come four at a time.
pub(super) struct Finish<'a> {
    pub(super) bias: CurvesAt<'a>,
    pub(super) requantise: Requantiser<'a>,
}

impl Finish<'_> {
    /// From the products of rows `row` to `row` + 3 to i8.
    #[inline]
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
