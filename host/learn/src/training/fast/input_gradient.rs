//! The gradient by a layer's inputs, and through the ReLU before it.

use pulp::{Simd, WithSimd};

use super::affine::{Affine, PANEL};
use super::tile::{Row, add_rows, pair, pairs};
use crate::fetch::fetch;

/// Inputs and outputs of a dense layer whose weights are read together: what a tile of inputs reads fits
/// the first cache, and the weights of all these inputs the second.
const ROWS: usize = 64;
const COLUMNS: usize = 4 * PANEL;

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
        let Affine {
            inputs, outputs, ..
        } = self.layer;
        for from in (0..outputs).step_by(COLUMNS) {
            let stretch = Stretch {
                layer: self.layer,
                weights: self.weights,
                from,
                masked: self.masked,
                ahead: outputs,
                every: outputs,
            };
            for group in 0..self.x.len() / inputs {
                let dy = &self.dy[group * outputs..][..outputs];
                let x = &self.x[group * inputs..][..inputs];
                let dx = &mut self.dx[group * inputs..][..inputs];
                stretch.add::<S, R>(simd, 0, dy, x, dx);
            }
        }
    }
}

/// The gradient by some inputs of a dense layer.
pub(super) struct DenseInputGradient<'f> {
    pub(super) layer: Affine,
    /// The first of these inputs.
    pub(super) first: usize,
    /// Of the whole layer, `[panel, input, output]`.
    pub(super) weights: &'f [f32],
    /// By the outputs, `[block, output]`.
    pub(super) dy: &'f [Row],
    /// All inputs, `[block, input]`.
    pub(super) x: &'f [Row],
    /// Whether x is a ReLU's.
    pub(super) masked: bool,
    /// Of every block, the rows of these inputs.
    pub(super) dx: Vec<&'f mut [Row]>,
}

impl WithSimd for DenseInputGradient<'_> {
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

impl DenseInputGradient<'_> {
    #[inline(always)]
    fn run<S: Simd, const R: usize>(&mut self, simd: S) {
        let Affine {
            inputs, outputs, ..
        } = self.layer;
        let all = self.dx.first().map_or(0, |rows| rows.len());
        for start in (0..all).step_by(ROWS) {
            let count = (all - start).min(ROWS);
            for from in (0..outputs).step_by(COLUMNS) {
                let mut stretch = Stretch {
                    layer: self.layer,
                    weights: self.weights,
                    from,
                    masked: self.masked,
                    ahead: outputs,
                    every: self.dx.len() * PANEL,
                };
                let first = self.first + start;
                for block in 0..self.dx.len() {
                    let dy = &self.dy[block * outputs..][..outputs];
                    let x = &self.x[block * inputs + first..][..count];
                    // The weights of the next outputs are asked for by the blocks in turns.
                    stretch.ahead = from + COLUMNS + block * PANEL;
                    stretch.add::<S, R>(simd, first, dy, x, &mut self.dx[block][start..][..count]);
                }
            }
        }
    }
}

/// The outputs `from..from + COLUMNS` of a layer.
struct Stretch<'f> {
    layer: Affine,
    weights: &'f [f32],
    from: usize,
    masked: bool,
    /// The first panel of the next stretch whose weights are asked for, and the step to the others.
    ahead: usize,
    every: usize,
}

impl Stretch<'_> {
    /// Adds this stretch's products to the gradient by the inputs from number `first` on, of one group.
    #[inline(always)]
    fn add<S: Simd, const R: usize>(
        &self,
        simd: S,
        first: usize,
        dy: &[Row],
        x: &[Row],
        dx: &mut [Row],
    ) {
        let mut input = 0;
        while input + R <= dx.len() {
            let (x, dx) = (&x[input..][..R], &mut dx[input..][..R]);
            self.fetch(first + input, R);
            self.tile::<S, R>(simd, first + input, dy, x, dx);
            input += R;
        }
        while input < dx.len() {
            let (x, dx) = (&x[input..][..1], &mut dx[input..][..1]);
            self.tile::<S, 1>(simd, first + input, dy, x, dx);
            input += 1;
        }
    }

    /// Asks for some of the next stretch's weights of these inputs.
    #[inline(always)]
    fn fetch(&self, input: usize, count: usize) {
        let Affine {
            inputs, outputs, ..
        } = self.layer;
        let to = (self.from + 2 * COLUMNS).min(outputs);
        for first in (self.ahead..to).step_by(self.every) {
            let width = (outputs - first).min(PANEL);
            fetch(&self.weights[inputs * first + input * width..][..count * width]);
        }
    }

    /// R inputs.
    #[inline(always)]
    fn tile<S: Simd, const R: usize>(
        &self,
        simd: S,
        input: usize,
        dy: &[Row],
        x: &[Row],
        dx: &mut [Row],
    ) {
        let Affine {
            inputs, outputs, ..
        } = self.layer;
        let from = self.from;
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
