//! The gradient by a layer's inputs, and through the ReLU before it.

use pulp::{Simd, WithSimd};

use super::affine::{Affine, PANEL};
use super::tile::{Row, add_rows, pair, pairs};

/// Inputs and outputs whose weights are read together, so that each page of them is looked up once.
const ROWS: usize = 64;
const COLUMNS: usize = 8 * PANEL;

/// dx = dy·Wᵀ, where x > 0 if x is a ReLU's.
pub(super) struct InputGradient<'f> {
    pub(super) layer: Affine,
    /// `[panel, input, output]`
    pub(super) weights: &'f [f32],
    /// By the outputs, `[block, group, output]`.
    pub(super) dy: &'f [Row],
    /// The inputs, `[block, group, input]`.
    pub(super) x: &'f [Row],
    /// Whether x is a ReLU's.
    pub(super) masked: bool,
    pub(super) dx: &'f mut [Row],
}

impl WithSimd for InputGradient<'_> {
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

impl InputGradient<'_> {
    #[inline(always)]
    fn run<S: Simd, const R: usize>(&mut self, simd: S) {
        let inputs = self.layer.inputs;
        // The weights of a dense layer are read once, those of a convolution stay in the cache.
        let at_once = if self.layer.groups == 1 { ROWS } else { inputs };
        for start in (0..inputs).step_by(at_once) {
            let stop = (start + at_once).min(inputs);
            for from in (0..self.layer.outputs).step_by(COLUMNS) {
                for group in 0..self.x.len() / inputs {
                    let mut input = start;
                    while input + R <= stop {
                        self.tile::<S, R>(simd, group, input, from);
                        input += R;
                    }
                    while input < stop {
                        self.tile::<S, 1>(simd, group, input, from);
                        input += 1;
                    }
                }
            }
        }
    }

    /// R inputs of one group, from the outputs `from..from + COLUMNS`.
    #[inline(always)]
    fn tile<S: Simd, const R: usize>(&mut self, simd: S, group: usize, input: usize, from: usize) {
        let Affine {
            inputs, outputs, ..
        } = self.layer;
        let dy = &self.dy[group * outputs..][..outputs];
        let x = &self.x[group * inputs + input..][..R];
        let dx = &mut self.dx[group * inputs + input..][..R];
        let to = (from + COLUMNS).min(outputs);
        let masked = self.masked && to == outputs;
        let zero = simd.splat_f32s(0.0);
        for pair_at in 0..pairs::<S>() {
            let at = 2 * pair_at;
            let mut sums = [[zero; 2]; R];
            if from > 0 {
                for r in 0..R {
                    sums[r] = pair::<S>(&dx[r], at);
                }
            }
            for first in (from..to).step_by(PANEL) {
                let width = (outputs - first).min(PANEL);
                let mut weights: [&[f32]; R] = [&[]; R];
                for r in 0..R {
                    let start = inputs * first + (input + r) * width;
                    weights[r] = &self.weights[start..][..width];
                }
                add_rows(simd, &mut sums, &weights, &dy[first..][..width], at);
            }
            for r in 0..R {
                let dx = S::as_mut_simd_f32s(&mut dx[r]).0;
                let x = S::as_simd_f32s(&x[r]).0;
                for side in 0..2 {
                    dx[at + side] = if masked {
                        let positive = simd.greater_than_f32s(x[at + side], zero);
                        simd.select_f32s(positive, sums[r][side], zero)
                    } else {
                        sums[r][side]
                    };
                }
            }
        }
    }
}
