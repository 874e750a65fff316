//! y = max(0, x·W + b).

use pulp::{Simd, WithSimd};

use super::affine::{Affine, PANEL};
use super::tile::{Row, add_columns, pairs};

/// One layer's outputs.
pub(super) struct Forward<'f> {
    pub(super) layer: Affine,
    /// `[block, group, input]`
    pub(super) x: &'f [Row],
    /// `[panel, input, output]`
    pub(super) weights: &'f [f32],
    pub(super) bias: &'f [f32],
    /// `[block, group, output]`
    pub(super) y: &'f mut [Row],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        if S::REGISTER_COUNT >= 32 {
            self.run::<S, 8>(simd);
        } else {
            self.run::<S, 4>(simd);
        }
    }
}

impl Forward<'_> {
    #[inline(always)]
    fn run<S: Simd, const R: usize>(&mut self, simd: S) {
        let Affine {
            inputs, outputs, ..
        } = self.layer;
        let groups = self.x.len() / inputs;
        for first in (0..outputs).step_by(PANEL) {
            let width = (outputs - first).min(PANEL);
            for group in 0..groups {
                let mut column = 0;
                while column + R <= width {
                    self.tile::<S, R>(simd, group, first, width, column);
                    column += R;
                }
                while column < width {
                    self.tile::<S, 1>(simd, group, first, width, column);
                    column += 1;
                }
            }
        }
        debug_assert_eq!(self.y.len(), groups * outputs);
    }

    /// R outputs of one group.
    #[inline(always)]
    fn tile<S: Simd, const R: usize>(
        &mut self,
        simd: S,
        group: usize,
        first: usize,
        width: usize,
        column: usize,
    ) {
        let Affine {
            inputs,
            outputs,
            relu,
            ..
        } = self.layer;
        let x = &self.x[group * inputs..][..inputs];
        let weights = &self.weights[inputs * first..][..inputs * width];
        let output = first + column;
        let bias = &self.bias[output..][..R];
        let y = &mut self.y[group * outputs + output..][..R];
        let zero = simd.splat_f32s(0.0);
        for pair_at in 0..pairs::<S>() {
            let at = 2 * pair_at;
            let mut sums = [[zero; 2]; R];
            add_columns::<S, R>(simd, &mut sums, weights, width, column, x, at);
            for r in 0..R {
                let bias = simd.splat_f32s(bias[r]);
                let y = S::as_mut_simd_f32s(&mut y[r]).0;
                for side in 0..2 {
                    let value = simd.add_f32s(sums[r][side], bias);
                    y[at + side] = if relu {
                        simd.max_f32s(value, zero)
                    } else {
                        value
                    };
                }
            }
        }
    }
}
