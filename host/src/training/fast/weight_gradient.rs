//! The gradients by a layer's weights and bias.

use pulp::{Simd, WithSimd};

use super::affine::Affine;
use super::samples::BLOCK;
use super::tile::{Row, add_rows, vectors, zeros};

/// Lanes over which a sum over samples is spread before they are added up: the same on every
/// instruction set.
const LANES: usize = 16;
/// A dense layer has more outputs than this to be worth turning dy around.
const FEW: usize = 16;
/// Rows of dW that are done while a panel of dy is in the cache.
const ROWS: usize = 64;

/// dW = xᵀ·dy and db = Σ dy, over samples and groups.
pub(super) struct WeightGradient<'f> {
    pub(super) layer: Affine,
    /// `[block, group, input]`
    pub(super) x: &'f [Row],
    /// `[block, group, output]`
    pub(super) dy: &'f [Row],
    /// `[input, output]`
    pub(super) weights: &'f mut [f32],
    pub(super) bias: &'f mut [f32],
    pub(super) scratch: &'f mut Vec<f32>,
}

impl WithSimd for WeightGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        bias_gradient(self.dy, self.bias, self.scratch);
        let Affine {
            groups,
            inputs,
            outputs,
            ..
        } = self.layer;
        let many = S::REGISTER_COUNT >= 32;
        if groups == 1 && outputs > FEW {
            if many {
                self.turned::<S, 8>(simd);
            } else {
                self.turned::<S, 4>(simd);
            }
        } else if inputs < 4 {
            self.by_lane::<S, 1, 1>(simd);
        } else if outputs < 4 {
            self.by_lane::<S, 4, 1>(simd);
        } else if many {
            self.by_lane::<S, 4, 4>(simd);
        } else {
            self.by_lane::<S, 2, 4>(simd);
        }
    }
}

impl WeightGradient<'_> {
    /// Vectors over outputs: dy is turned around, panel by panel.
    #[inline(always)]
    fn turned<S: Simd, const R: usize>(&mut self, simd: S) {
        let Affine {
            inputs, outputs, ..
        } = self.layer;
        let blocks = self.dy.len() / outputs;
        let panels = outputs.div_ceil(BLOCK);
        self.scratch.clear();
        self.scratch.resize(panels * blocks * BLOCK * BLOCK, 0.0);
        turn(self.dy, outputs, self.scratch.as_chunks_mut().0);
        let turned = self.scratch.as_chunks::<BLOCK>().0;
        for start in (0..inputs).step_by(ROWS) {
            let stop = (start + ROWS).min(inputs);
            for (panel, dy) in turned.chunks_exact(blocks * BLOCK).enumerate() {
                let column = panel * BLOCK;
                let width = (outputs - column).min(BLOCK);
                let mut first = start;
                while first < stop {
                    let end = (first + R).min(stop);
                    for at in (0..vectors::<S>()).step_by(2) {
                        let mut sums = zeros::<S, R>(simd);
                        for (x, dy) in self.x.chunks_exact(inputs).zip(dy.chunks_exact(BLOCK)) {
                            let mut rows: [&[f32]; R] = [&[]; R];
                            for r in 0..R {
                                rows[r] = &x[(first + r).min(end - 1)];
                            }
                            add_rows(simd, &mut sums, &rows, dy, at);
                        }
                        let rows =
                            self.weights[first * outputs..end * outputs].chunks_exact_mut(outputs);
                        for (row, sums) in rows.zip(sums) {
                            store(simd, sums, at, &mut row[column..][..width]);
                        }
                    }
                    first = end;
                }
            }
        }
    }

    /// Vectors over samples, added up at the end: for a few weights and many groups.
    #[inline(always)]
    fn by_lane<S: Simd, const I: usize, const O: usize>(&mut self, simd: S) {
        let Affine {
            inputs, outputs, ..
        } = self.layer;
        for input in (0..inputs).step_by(I) {
            // The last tile reaches back, over what another one has already done.
            let input = input.min(inputs - I);
            for output in (0..outputs).step_by(O) {
                let output = output.min(outputs - O);
                let sums = self.lane_sums::<S, I, O>(simd, input, output);
                for i in 0..I {
                    for o in 0..O {
                        self.weights[(input + i) * outputs + output + o] = total(&sums[i][o]);
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn lane_sums<S: Simd, const I: usize, const O: usize>(
        &self,
        simd: S,
        input: usize,
        output: usize,
    ) -> [[[f32; LANES]; O]; I] {
        let mut all = [[[0.0; LANES]; O]; I];
        let parts = LANES / S::F32_LANES;
        for part in 0..parts {
            let mut sums = [[simd.splat_f32s(0.0); O]; I];
            let x = self.x.chunks_exact(self.layer.inputs);
            for (x, dy) in x.zip(self.dy.chunks_exact(self.layer.outputs)) {
                let (x, dy) = (&x[input..][..I], &dy[output..][..O]);
                for half in 0..BLOCK / LANES {
                    let at = half * parts + part;
                    let mut column = [simd.splat_f32s(0.0); O];
                    for o in 0..O {
                        column[o] = S::as_simd_f32s(&dy[o]).0[at];
                    }
                    for i in 0..I {
                        let x = S::as_simd_f32s(&x[i]).0[at];
                        for o in 0..O {
                            sums[i][o] = simd.mul_add_f32s(x, column[o], sums[i][o]);
                        }
                    }
                }
            }
            for i in 0..I {
                for o in 0..O {
                    S::as_mut_simd_f32s(&mut all[i][o]).0[part] = sums[i][o];
                }
            }
        }
        all
    }
}

/// Stores two vectors of a row, as far as the row goes.
#[inline(always)]
fn store<S: Simd>(_simd: S, sums: [S::f32s; 2], at: usize, row: &mut [f32]) {
    if row.len() == BLOCK {
        let row = S::as_mut_simd_f32s(row).0;
        row[at..at + 2].copy_from_slice(&sums);
    } else {
        let mut whole: Row = [0.0; BLOCK];
        S::as_mut_simd_f32s(&mut whole).0[at..at + 2].copy_from_slice(&sums);
        let first = (at * S::F32_LANES).min(row.len());
        let last = ((at + 2) * S::F32_LANES).min(row.len());
        row[first..last].copy_from_slice(&whole[first..last]);
    }
}

/// `[block, output, sample]` to `[panel, block, sample, output of the panel]`.
#[inline(always)]
fn turn(dy: &[Row], outputs: usize, turned: &mut [Row]) {
    let blocks = dy.len() / outputs;
    for (block, dy) in dy.chunks_exact(outputs).enumerate() {
        for (panel, dy) in dy.chunks(BLOCK).enumerate() {
            let square = &mut turned[(panel * blocks + block) * BLOCK..][..BLOCK];
            for (sample, row) in square.iter_mut().enumerate() {
                for (to, from) in row.iter_mut().zip(dy) {
                    *to = from[sample];
                }
            }
        }
    }
}

/// Sums over samples and groups.
#[inline(always)]
fn bias_gradient(dy: &[Row], bias: &mut [f32], scratch: &mut Vec<f32>) {
    scratch.clear();
    scratch.resize(bias.len() * LANES, 0.0);
    let sums = scratch.as_chunks_mut::<LANES>().0;
    for group in dy.chunks_exact(bias.len()) {
        for (sums, row) in sums.iter_mut().zip(group) {
            for half in row.as_chunks::<LANES>().0 {
                for lane in 0..LANES {
                    sums[lane] += half[lane];
                }
            }
        }
    }
    for (bias, sums) in bias.iter_mut().zip(sums) {
        *bias = total(sums);
    }
}

/// The sum of all lanes, halves first.
#[inline(always)]
fn total(lanes: &[f32; LANES]) -> f32 {
    let mut sums = *lanes;
    let mut count = LANES / 2;
    while count > 0 {
        for lane in 0..count {
            sums[lane] += sums[lane + count];
        }
        count /= 2;
    }
    sums[0]
}
