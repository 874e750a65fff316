//! y = max(0, x·W + b).

use pulp::{Simd, WithSimd};

use super::affine::{Affine, PANEL};
use super::tile::{Row, add_columns, pair, pairs};
use crate::fetch::fetch;

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
            inputs,
            outputs,
            relu,
            ..
        } = self.layer;
        let groups = self.x.len() / inputs;
        for first in (0..outputs).step_by(PANEL) {
            let width = (outputs - first).min(PANEL);
            let stretch = Stretch {
                weights: &self.weights[inputs * first..][..inputs * width],
                bias: &self.bias[first..][..width],
                relu,
                is_first: true,
                is_last: true,
                ahead: &[],
            };
            for group in 0..groups {
                let x = &self.x[group * inputs..][..inputs];
                let y = &mut self.y[group * outputs + first..][..width];
                stretch.add::<S, R>(simd, x, y);
            }
        }
        debug_assert_eq!(self.y.len(), groups * outputs);
    }
}

/// Inputs of a dense layer that are read together by all parts: with their weights for a panel they
/// fit the first cache.
const INPUTS: usize = 128;

/// Some outputs of a dense layer.
pub(super) struct DenseForward<'f> {
    pub(super) layer: Affine,
    /// The first of these outputs, the first of a panel.
    pub(super) first: usize,
    /// `[block, input]`
    pub(super) x: &'f [Row],
    /// Of the whole layer, `[panel, input, output]`.
    pub(super) weights: &'f [f32],
    /// Of the whole layer.
    pub(super) bias: &'f [f32],
    /// Of every block, the rows of these outputs.
    pub(super) y: Vec<&'f mut [Row]>,
}

impl WithSimd for DenseForward<'_> {
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

impl DenseForward<'_> {
    #[inline(always)]
    fn run<S: Simd, const R: usize>(&mut self, simd: S) {
        let Affine { inputs, relu, .. } = self.layer;
        let outputs = self.y.first().map_or(0, |rows| rows.len());
        let blocks = self.y.len();
        for from in (0..inputs).step_by(INPUTS) {
            let count = (inputs - from).min(INPUTS);
            for panel in (0..outputs).step_by(PANEL) {
                let width = (outputs - panel).min(PANEL);
                let output = self.first + panel;
                // The weights that come next are asked for in equal parts.
                let next = if panel + width < outputs {
                    (from, panel + width)
                } else {
                    (from + count, 0)
                };
                let ahead = self.stretch(next.0, next.1, outputs);
                let mut ahead = ahead.chunks(ahead.len().div_ceil(blocks).max(1));
                let mut stretch = Stretch {
                    weights: self.stretch(from, panel, outputs),
                    bias: &self.bias[output..][..width],
                    relu,
                    is_first: from == 0,
                    is_last: from + count == inputs,
                    ahead: &[],
                };
                for block in 0..blocks {
                    stretch.ahead = ahead.next().unwrap_or(&[]);
                    let x = &self.x[block * inputs + from..][..count];
                    let y = &mut self.y[block][panel..][..width];
                    stretch.add::<S, R>(simd, x, y);
                }
            }
        }
    }
}

impl<'f> DenseForward<'f> {
    /// The weights of some inputs for one of the panels; none beyond the last input.
    #[inline(always)]
    fn stretch(&self, from: usize, panel: usize, outputs: usize) -> &'f [f32] {
        let inputs = self.layer.inputs;
        let width = (outputs - panel).min(PANEL);
        let count = inputs.saturating_sub(from).min(INPUTS);
        let all = &self.weights[inputs * (self.first + panel)..];
        &all[from.min(inputs) * width..][..count * width]
    }
}

/// A panel's weights for some inputs, one after another.
struct Stretch<'f> {
    /// `[input, output]`
    weights: &'f [f32],
    bias: &'f [f32],
    relu: bool,
    /// Whether the sums begin here, or go on.
    is_first: bool,
    /// Whether bias and ReLU come next.
    is_last: bool,
    /// Weights that will be needed next: asked for on the way.
    ahead: &'f [f32],
}

impl Stretch<'_> {
    /// Adds this stretch's products to the panel's outputs.
    #[inline(always)]
    fn add<S: Simd, const R: usize>(&self, simd: S, x: &[Row], y: &mut [Row]) {
        let width = y.len();
        let mut ahead = self
            .ahead
            .chunks((self.ahead.len() * R).div_ceil(width).max(1));
        let mut column = 0;
        while column + R <= width {
            fetch(ahead.next().unwrap_or(&[]));
            self.tile::<S, R>(simd, x, y, column);
            column += R;
        }
        while column < width {
            self.tile::<S, 1>(simd, x, y, column);
            column += 1;
        }
    }

    /// R outputs.
    #[inline(always)]
    fn tile<S: Simd, const R: usize>(&self, simd: S, x: &[Row], y: &mut [Row], column: usize) {
        let width = y.len();
        let bias = &self.bias[column..][..R];
        let y = &mut y[column..][..R];
        let zero = simd.splat_f32s(0.0);
        for pair_at in 0..pairs::<S>() {
            let at = 2 * pair_at;
            let mut sums = [[zero; 2]; R];
            if !self.is_first {
                for r in 0..R {
                    sums[r] = pair::<S>(&y[r], at);
                }
            }
            add_columns::<S, R>(simd, &mut sums, self.weights, width, column, x, at);
            for r in 0..R {
                let bias = simd.splat_f32s(bias[r]);
                let y = S::as_mut_simd_f32s(&mut y[r]).0;
                for side in 0..2 {
                    let mut value = sums[r][side];
                    if self.is_last {
                        value = simd.add_f32s(value, bias);
                        if self.relu {
                            value = simd.max_f32s(value, zero);
                        }
                    }
                    y[at + side] = value;
                }
            }
        }
    }
}
