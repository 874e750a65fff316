//! The gradients by a few weights that many groups or samples share.

use pulp::{Simd, WithSimd};

use super::affine::Affine;
use super::samples::BLOCK;
use super::tile::Row;

/// Lanes over which a sum over samples is spread before they are added up: the same on every
/// instruction set.
pub(super) const LANES: usize = 16;

/// A sum that is spread over lanes.
pub(super) type Lanes = [f32; LANES];

/// Adds xᵀ·dy and Σ dy, over samples and groups, to sums that are still spread over lanes.
pub(super) struct LaneGradient<'f> {
    pub(super) layer: Affine,
    /// `[block, group, input]`
    pub(super) x: &'f [Row],
    /// `[block, group, output]`
    pub(super) dy: &'f [Row],
    /// By each parameter: `[panel, input, output]`, then the bias.
    pub(super) sums: &'f mut [Lanes],
}

impl WithSimd for LaneGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let Affine {
            inputs, outputs, ..
        } = self.layer;
        let many = S::REGISTER_COUNT >= 32;
        self.bias(simd);
        if inputs < 4 && outputs < 4 {
            self.weights::<S, 1, 1>(simd);
        } else if inputs < 4 {
            self.weights::<S, 1, 4>(simd);
        } else if outputs < 4 {
            self.weights::<S, 4, 1>(simd);
        } else if many {
            self.weights::<S, 4, 4>(simd);
        } else {
            self.weights::<S, 2, 4>(simd);
        }
    }
}

impl LaneGradient<'_> {
    #[inline(always)]
    fn weights<S: Simd, const I: usize, const O: usize>(&mut self, simd: S) {
        let Affine {
            inputs, outputs, ..
        } = self.layer;
        let mut input = 0;
        while input + I <= inputs {
            self.columns::<S, I, O>(simd, input);
            input += I;
        }
        while input < inputs {
            self.columns::<S, 1, O>(simd, input);
            input += 1;
        }
        debug_assert_eq!(self.x.len() / inputs, self.dy.len() / outputs);
    }

    #[inline(always)]
    fn columns<S: Simd, const I: usize, const O: usize>(&mut self, simd: S, input: usize) {
        let outputs = self.layer.outputs;
        let mut output = 0;
        while output + O <= outputs {
            self.tile::<S, I, O>(simd, input, output);
            output += O;
        }
        while output < outputs {
            self.tile::<S, I, 1>(simd, input, output);
            output += 1;
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const I: usize, const O: usize>(
        &mut self,
        simd: S,
        input: usize,
        output: usize,
    ) {
        let Affine {
            inputs, outputs, ..
        } = self.layer;
        let parts = LANES / S::F32_LANES;
        for part in 0..parts {
            let mut sums = [[simd.splat_f32s(0.0); O]; I];
            for i in 0..I {
                for o in 0..O {
                    let place = self.layer.place(input + i, output + o);
                    sums[i][o] = S::as_simd_f32s(&self.sums[place]).0[part];
                }
            }
            for group in 0..self.dy.len() / outputs {
                let x = &self.x[group * inputs + input..][..I];
                let dy = &self.dy[group * outputs + output..][..O];
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
                    let place = self.layer.place(input + i, output + o);
                    S::as_mut_simd_f32s(&mut self.sums[place]).0[part] = sums[i][o];
                }
            }
        }
    }

    #[inline(always)]
    fn bias<S: Simd>(&mut self, simd: S) {
        let outputs = self.layer.outputs;
        let mut output = 0;
        while output + 4 <= outputs {
            self.bias_tile::<S, 4>(simd, output);
            output += 4;
        }
        while output < outputs {
            self.bias_tile::<S, 1>(simd, output);
            output += 1;
        }
    }

    #[inline(always)]
    fn bias_tile<S: Simd, const O: usize>(&mut self, simd: S, output: usize) {
        let outputs = self.layer.outputs;
        let parts = LANES / S::F32_LANES;
        let all = &mut self.sums[self.layer.weights() + output..][..O];
        for part in 0..parts {
            let mut sums = [simd.splat_f32s(0.0); O];
            for o in 0..O {
                sums[o] = S::as_simd_f32s(&all[o]).0[part];
            }
            for group in 0..self.dy.len() / outputs {
                let dy = &self.dy[group * outputs + output..][..O];
                for half in 0..BLOCK / LANES {
                    for o in 0..O {
                        let dy = S::as_simd_f32s(&dy[o]).0[half * parts + part];
                        sums[o] = simd.add_f32s(sums[o], dy);
                    }
                }
            }
            for o in 0..O {
                S::as_mut_simd_f32s(&mut all[o]).0[part] = sums[o];
            }
        }
    }
}

/// The sum of all lanes, halves first.
#[inline(always)]
pub(super) fn total(lanes: &Lanes) -> f32 {
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
