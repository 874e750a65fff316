//! y = max(0, x·W + b).

use pulp::{Simd, WithSimd};

use super::affine::Affine;
use super::tile::{Row, product, vectors};

/// Columns of W that are copied at a time into the order in which they are read.
const PANEL: usize = 32;

/// One layer's outputs.
pub(super) struct Forward<'f> {
    pub(super) layer: Affine,
    /// `[block, group, input]`
    pub(super) x: &'f [Row],
    /// `[input, output]`
    pub(super) weights: &'f [f32],
    pub(super) bias: &'f [f32],
    /// `[block, group, output]`
    pub(super) y: &'f mut [Row],
    pub(super) scratch: &'f mut Vec<f32>,
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if S::REGISTER_COUNT >= 32 {
            self.run::<S, 8>(simd);
        } else {
            self.run::<S, 4>(simd);
        }
    }
}

impl Forward<'_> {
    #[inline(always)]
    fn run<S: Simd, const R: usize>(self, simd: S) {
        let Affine {
            inputs,
            outputs,
            relu,
            ..
        } = self.layer;
        self.scratch.clear();
        self.scratch.resize(inputs * PANEL, 0.0);
        let zero = simd.splat_f32s(0.0);
        for (panel, bias) in self.bias.chunks(PANEL).enumerate() {
            let first = panel * PANEL;
            pack::<R>(self.weights, outputs, first, bias.len(), self.scratch);
            let tiles = self.scratch.as_chunks::<R>().0;
            let groups = self.x.chunks_exact(inputs);
            for (x, y) in groups.zip(self.y.chunks_exact_mut(outputs)) {
                let y = y[first..][..bias.len()].chunks_mut(R);
                let columns = tiles.chunks_exact(inputs).zip(bias.chunks(R));
                for ((tile, bias), y) in columns.zip(y) {
                    for at in (0..vectors::<S>()).step_by(2) {
                        let sums = product::<S, R>(simd, tile, x, at);
                        for ((y, bias), sums) in y.iter_mut().zip(bias).zip(sums) {
                            let bias = simd.splat_f32s(*bias);
                            let y = S::as_mut_simd_f32s(y).0;
                            for side in 0..2 {
                                let value = simd.add_f32s(sums[side], bias);
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
        }
    }
}

/// Copies columns `first..first + count` of W as tiles of R columns, `[tile, input, R]`. What is
/// beyond the last column is not used.
#[inline(always)]
fn pack<const R: usize>(
    weights: &[f32],
    outputs: usize,
    first: usize,
    count: usize,
    packed: &mut [f32],
) {
    let inputs = packed.len() / PANEL;
    let packed = packed.as_chunks_mut::<R>().0;
    for (k, row) in weights.chunks_exact(outputs).enumerate() {
        let (whole, rest) = row[first..][..count].as_chunks::<R>();
        let mut at = k;
        for columns in whole {
            packed[at] = *columns;
            at += inputs;
        }
        if !rest.is_empty() {
            packed[at][..rest.len()].copy_from_slice(rest);
        }
    }
}
