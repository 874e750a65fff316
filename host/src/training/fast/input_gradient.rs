//! The gradient by a layer's inputs, and through the ReLU before it.

use pulp::{Simd, WithSimd};

use super::affine::Affine;
use super::tile::{Row, add_rows, vectors, zeros};

/// dx = dy·Wᵀ, where x > 0 if x is a ReLU's.
pub(super) struct InputGradient<'f> {
    pub(super) layer: Affine,
    /// `[input, output]`
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
    fn with_simd<S: Simd>(self, simd: S) {
        if S::REGISTER_COUNT >= 32 {
            self.run::<S, 8>(simd);
        } else {
            self.run::<S, 4>(simd);
        }
    }
}

impl InputGradient<'_> {
    #[inline(always)]
    fn run<S: Simd, const R: usize>(self, simd: S) {
        let Affine {
            groups,
            inputs,
            outputs,
            ..
        } = self.layer;
        // The weights of a dense layer are read once, those of a convolution stay in the cache.
        let rows_at_once = if groups == 1 { R } else { inputs };
        for first in (0..inputs).step_by(rows_at_once) {
            let last = (first + rows_at_once).min(inputs);
            let dy = self.dy.chunks_exact(outputs);
            let x = self.x.chunks_exact(inputs);
            for ((dy, x), dx) in dy.zip(x).zip(self.dx.chunks_exact_mut(inputs)) {
                let mut at = first;
                while at < last {
                    let end = (at + R).min(last);
                    // The last tile repeats its last row.
                    let mut weights: [&[f32]; R] = [&[]; R];
                    for r in 0..R {
                        let row = (at + r).min(end - 1);
                        weights[r] = &self.weights[row * outputs..][..outputs];
                    }
                    tile::<S, R>(
                        simd,
                        &weights,
                        dy,
                        &x[at..end],
                        self.masked,
                        &mut dx[at..end],
                    );
                    at = end;
                }
            }
        }
    }
}

/// Up to R rows of dx.
#[inline(always)]
fn tile<S: Simd, const R: usize>(
    simd: S,
    weights: &[&[f32]; R],
    dy: &[Row],
    x: &[Row],
    masked: bool,
    dx: &mut [Row],
) {
    let zero = simd.splat_f32s(0.0);
    for at in (0..vectors::<S>()).step_by(2) {
        let mut sums = zeros::<S, R>(simd);
        add_rows(simd, &mut sums, weights, dy, at);
        for ((dx, x), sums) in dx.iter_mut().zip(x).zip(sums) {
            let dx = S::as_mut_simd_f32s(dx).0;
            let x = S::as_simd_f32s(x).0;
            for side in 0..2 {
                dx[at + side] = if masked {
                    let positive = simd.greater_than_f32s(x[at + side], zero);
                    simd.select_f32s(positive, sums[side], zero)
                } else {
                    sums[side]
                };
            }
        }
    }
}
