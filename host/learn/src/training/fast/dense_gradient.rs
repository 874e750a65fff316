//! The gradients by the many weights of a dense layer.

use pulp::{Simd, WithSimd};

use super::affine::{Affine, PANEL};
use super::samples::BLOCK;
use super::tile::{Row, add_rows, pair, pairs};
use super::transpose::transpose;

/// Rows of dW that are done while a panel of dy is in the cache.
const ROWS: usize = 64;

/// dW = xᵀ·dy and db = Σ dy, over samples, for a layer of one group.
pub(super) struct DenseGradient<'f> {
    pub(super) layer: Affine,
    /// `[block, input]`
    pub(super) x: &'f [Row],
    /// `[block, output]`
    pub(super) dy: &'f [Row],
    /// `[panel, input, output]`
    pub(super) weights: &'f mut [f32],
    pub(super) bias: &'f mut [f32],
    pub(super) scratch: &'f mut Vec<Row>,
}

impl WithSimd for DenseGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        if S::REGISTER_COUNT >= 32 {
            self.turned::<S, 8>(simd);
        } else {
            self.turned::<S, 4>(simd);
        }
    }
}

impl DenseGradient<'_> {
    /// Vectors over outputs: dy is turned around, panel by panel.
    #[inline(always)]
    fn turned<S: Simd, const R: usize>(&mut self, simd: S) {
        let Affine {
            inputs, outputs, ..
        } = self.layer;
        let blocks = self.dy.len() / outputs;
        let panels = outputs.div_ceil(PANEL);
        self.scratch.resize(panels * blocks * BLOCK, [0.0; BLOCK]);
        turn(self.dy, outputs, self.scratch);
        self.bias::<S>(simd, blocks);
        for start in (0..inputs).step_by(ROWS) {
            let stop = (start + ROWS).min(inputs);
            for first in (0..outputs).step_by(PANEL) {
                let width = (outputs - first).min(PANEL);
                let mut input = start;
                while input + R <= stop {
                    self.tile::<S, R>(simd, blocks, first, width, input);
                    input += R;
                }
                while input < stop {
                    self.tile::<S, 1>(simd, blocks, first, width, input);
                    input += 1;
                }
            }
        }
    }

    /// R inputs of one panel.
    #[inline(always)]
    fn tile<S: Simd, const R: usize>(
        &mut self,
        simd: S,
        blocks: usize,
        first: usize,
        width: usize,
        input: usize,
    ) {
        let inputs = self.layer.inputs;
        let dy = &self.scratch[first * blocks..][..blocks * BLOCK];
        let weights = &mut self.weights[inputs * first + input * width..][..R * width];
        let zero = simd.splat_f32s(0.0);
        for pair_at in 0..pairs::<S>() {
            let at = 2 * pair_at;
            let mut sums = [[zero; 2]; R];
            for block in 0..blocks {
                let x = &self.x[block * inputs + input..][..R];
                let mut rows: [&[f32]; R] = [&[]; R];
                for r in 0..R {
                    rows[r] = &x[r];
                }
                add_rows(simd, &mut sums, &rows, &dy[block * BLOCK..][..BLOCK], at);
            }
            for r in 0..R {
                store::<S>(sums[r], at, &mut weights[r * width..][..width]);
            }
        }
    }

    /// Sums of the rows that have been turned around.
    #[inline(always)]
    fn bias<S: Simd>(&mut self, simd: S, blocks: usize) {
        let outputs = self.layer.outputs;
        for first in (0..outputs).step_by(PANEL) {
            let width = (outputs - first).min(PANEL);
            let bias = &mut self.bias[first..][..width];
            let dy = &self.scratch[first * blocks..][..blocks * BLOCK];
            for pair_at in 0..pairs::<S>() {
                let at = 2 * pair_at;
                let mut sums = [simd.splat_f32s(0.0); 2];
                for sample in 0..dy.len() {
                    let row = pair::<S>(&dy[sample], at);
                    sums[0] = simd.add_f32s(sums[0], row[0]);
                    sums[1] = simd.add_f32s(sums[1], row[1]);
                }
                store::<S>(sums, at, bias);
            }
        }
    }
}

/// Stores two vectors of a row, as far as the row goes.
#[inline(always)]
fn store<S: Simd>(sums: [S::f32s; 2], at: usize, row: &mut [f32]) {
    if row.len() == BLOCK {
        let row = S::as_mut_simd_f32s(row).0;
        row[at] = sums[0];
        row[at + 1] = sums[1];
    } else {
        let mut whole: Row = [0.0; BLOCK];
        let vectors = S::as_mut_simd_f32s(&mut whole).0;
        vectors[at] = sums[0];
        vectors[at + 1] = sums[1];
        let first = (at * S::F32_LANES).min(row.len());
        let last = ((at + 2) * S::F32_LANES).min(row.len());
        row[first..last].copy_from_slice(&whole[first..last]);
    }
}

/// `[block, output, sample]` to `[panel, block, sample, output of the panel]`.
#[inline(always)]
fn turn(dy: &[Row], outputs: usize, turned: &mut [Row]) {
    let blocks = dy.len() / outputs;
    for block in 0..blocks {
        for first in (0..outputs).step_by(PANEL) {
            let width = (outputs - first).min(PANEL);
            let dy = &dy[block * outputs + first..][..width];
            let mut rows: [&[f32]; PANEL] = [&[0.0; BLOCK]; PANEL];
            for output in 0..width {
                rows[output] = &dy[output];
            }
            transpose(
                &rows,
                &mut turned[first * blocks + block * BLOCK..][..BLOCK],
            );
        }
    }
}
