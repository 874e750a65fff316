//! The gradients by the many weights of a dense layer, a few panels at a time, and steps along them.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::adam::{Memory, Pass, Step, StepSize};
use super::affine::{Affine, PANEL};
use super::samples::BLOCK;
use super::tile::{Row, add_rows, pair, pairs};
use super::transpose::transpose;
use crate::fetch::fetch;

/// Inputs that all panels of a part take before the next ones, so that these inputs stay in the nearest
/// caches.
const ROWS: usize = 32;

/// The most outputs of some panels.
pub(super) const MAX_OUTPUTS: usize = 4 * PANEL;

/// The most weights of a tile.
const TILE: usize = 8 * PANEL;

/// dW = xᵀ·dy and db = Σ dy, over samples, for some panels of a layer of one group.
pub(super) struct PanelsGradient<'f> {
    pub(super) layer: Affine,
    /// The first of their outputs.
    pub(super) first: usize,
    /// `[block, input]`
    pub(super) x: &'f [Row],
    /// `[block, output]`
    pub(super) dy: &'f [Row],
    /// Room for their dy, `[panel, sample, output]`.
    pub(super) turned: &'f mut [Row],
    /// `[panel, input, output]`
    pub(super) weights: &'f mut [f32],
    pub(super) bias: &'f mut [f32],
}

impl WithSimd for PanelsGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let outputs = self.first..self.first + self.bias.len();
        turn(self.dy, self.layer.outputs, outputs.clone(), self.turned);
        bias::<S>(simd, self.turned, self.bias);
        let panels = Panels {
            inputs: self.layer.inputs,
            outputs: outputs.len(),
            x: self.x,
            dy: self.turned,
        };
        panels.products(simd, &mut Keep(self.weights));
    }
}

/// The same, and Adam's step: each tile's weights move along its gradient while the next tile's is
/// computed, since a step is divisions and memory, and a gradient neither.
pub(super) struct PanelsStep<'f> {
    pub(super) layer: Affine,
    /// The first of their outputs.
    pub(super) first: usize,
    /// `[block, input]`
    pub(super) x: &'f [Row],
    /// `[block, output]`
    pub(super) dy: &'f [Row],
    /// Room for their dy, `[panel, sample, output]`.
    pub(super) turned: &'f mut [Row],
    /// Of the weights, `[panel, input, output]`.
    pub(super) weights: Memory<'f>,
    pub(super) bias: Memory<'f>,
    pub(super) size: StepSize,
}

impl WithSimd for PanelsStep<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let outputs = self.first..self.first + self.bias.means.len();
        turn(self.dy, self.layer.outputs, outputs.clone(), self.turned);
        let mut gradient = [0.0; MAX_OUTPUTS];
        let gradient = &mut gradient[..outputs.len()];
        bias::<S>(simd, self.turned, gradient);
        let pass = Pass {
            memory: self.bias,
            gradient,
            size: self.size,
        };
        pass.with_simd(simd);
        let panels = Panels {
            inputs: self.layer.inputs,
            outputs: outputs.len(),
            x: self.x,
            dy: self.turned,
        };
        // Vectors of a tile, spread over the blocks of samples in which the next one is computed.
        let blocks = pairs::<S>() * self.x.len() / self.layer.inputs;
        let each = (TILE / S::F32_LANES).div_ceil(blocks.max(1));
        let mut follow = Follow {
            memory: self.weights,
            step: Step::<S>::new(simd, self.size),
            gradient: [0.0; TILE],
            count: 0,
            first: 0,
            done: 0,
            each,
        };
        panels.products(simd, &mut follow);
        follow.finish(simd);
    }
}

/// What becomes of a gradient, tile by tile.
trait Target<S: Simd> {
    /// A little of what remains to be done with the tile before.
    fn meanwhile(&mut self, simd: S);

    /// Room for the tile of `count` weights from number `first` on; the tile before is
    /// done with.
    fn tile(&mut self, simd: S, first: usize, count: usize) -> &mut [f32];
}

/// It is kept.
struct Keep<'f>(&'f mut [f32]);

impl<S: Simd> Target<S> for Keep<'_> {
    #[inline(always)]
    fn meanwhile(&mut self, _: S) {}

    #[inline(always)]
    fn tile(&mut self, _: S, first: usize, count: usize) -> &mut [f32] {
        &mut self.0[first..][..count]
    }
}

/// The weights follow it.
struct Follow<'f, S: Simd> {
    memory: Memory<'f>,
    step: Step<S>,
    /// The tile before.
    gradient: [f32; TILE],
    /// Its weights, and the number of the first of them.
    count: usize,
    first: usize,
    /// Vectors of it that are done.
    done: usize,
    /// Vectors that are done between products.
    each: usize,
}

impl<S: Simd> Follow<'_, S> {
    /// The next vectors, at most `count`.
    #[inline(always)]
    fn some(&mut self, simd: S, count: usize) {
        let all = self.count / S::F32_LANES;
        let next = (self.done + count).min(all);
        if self.done < next {
            let mut memory = self.memory.part(self.first, self.count);
            let gradient = &self.gradient[..self.count];
            self.step
                .vectors(simd, &mut memory, gradient, self.done..next);
            self.done = next;
        }
    }

    /// All that remains of the tile before.
    #[inline(always)]
    fn finish(&mut self, simd: S) {
        self.some(simd, TILE);
        if !self.count.is_multiple_of(S::F32_LANES) {
            let mut memory = self.memory.part(self.first, self.count);
            self.step
                .rest(simd, &mut memory, &self.gradient[..self.count]);
        }
        (self.count, self.done) = (0, 0);
    }
}

impl<S: Simd> Target<S> for Follow<'_, S> {
    #[inline(always)]
    fn meanwhile(&mut self, simd: S) {
        self.some(simd, self.each);
    }

    #[inline(always)]
    fn tile(&mut self, simd: S, first: usize, count: usize) -> &mut [f32] {
        self.finish(simd);
        (self.first, self.count) = (first, count);
        // The next tile's weights are needed when its gradient is there.
        let all = self.memory.means.len();
        let next = (first + count).min(all)..(first + 2 * count).min(all);
        fetch(&self.memory.parameters[next.clone()]);
        fetch(&self.memory.means[next.clone()]);
        fetch(&self.memory.squares[next]);
        &mut self.gradient[..count]
    }
}

/// The factors of some panels.
struct Panels<'f> {
    inputs: usize,
    outputs: usize,
    /// `[block, input]`
    x: &'f [Row],
    /// `[panel, sample, output]`
    dy: &'f [Row],
}

impl Panels<'_> {
    /// All products, a few inputs at a time: vectors run over outputs.
    #[inline(always)]
    fn products<S: Simd>(&self, simd: S, target: &mut impl Target<S>) {
        if S::REGISTER_COUNT >= 32 {
            self.tiles::<S, 8>(simd, target);
        } else {
            self.tiles::<S, 4>(simd, target);
        }
    }

    #[inline(always)]
    fn tiles<S: Simd, const R: usize>(&self, simd: S, target: &mut impl Target<S>) {
        for start in (0..self.inputs).step_by(ROWS) {
            let stop = (start + ROWS).min(self.inputs);
            for first in (0..self.outputs).step_by(PANEL) {
                let mut input = start;
                while input + R <= stop {
                    self.tile::<S, R>(simd, first, input, target);
                    input += R;
                }
                while input < stop {
                    self.tile::<S, 1>(simd, first, input, target);
                    input += 1;
                }
            }
        }
    }

    /// R inputs of one panel.
    #[inline(always)]
    fn tile<S: Simd, const R: usize>(
        &self,
        simd: S,
        first: usize,
        input: usize,
        target: &mut impl Target<S>,
    ) {
        let width = (self.outputs - first).min(PANEL);
        let zero = simd.splat_f32s(0.0);
        let blocks = self.x.len() / self.inputs;
        let (dy, _) = self.dy[first / PANEL * blocks * BLOCK..].as_chunks::<BLOCK>();
        let mut tile: [Row; R] = [[0.0; BLOCK]; R];
        for pair_at in 0..pairs::<S>() {
            let at = 2 * pair_at;
            let mut sums = [[zero; 2]; R];
            for block in 0..blocks {
                let x = &self.x[block * self.inputs + input..][..R];
                let mut rows: [&[f32]; R] = [&[]; R];
                for r in 0..R {
                    rows[r] = &x[r];
                }
                add_rows(simd, &mut sums, &rows, &dy[block], at);
                target.meanwhile(simd);
            }
            for r in 0..R {
                let row = S::as_mut_simd_f32s(&mut tile[r]).0;
                row[at] = sums[r][0];
                row[at + 1] = sums[r][1];
            }
        }
        let weights = target.tile(simd, self.inputs * first + input * width, R * width);
        for r in 0..R {
            weights[r * width..][..width].copy_from_slice(&tile[r][..width]);
        }
    }
}

/// The sum over samples of each output, `dy` being `[panel, sample, output]`.
#[inline(always)]
fn bias<S: Simd>(simd: S, dy: &[Row], bias: &mut [f32]) {
    let samples = dy.len() / bias.len().div_ceil(PANEL);
    for (bias, dy) in bias.chunks_mut(PANEL).zip(dy.chunks(samples)) {
        for pair_at in 0..pairs::<S>() {
            let at = 2 * pair_at;
            let mut sums = [simd.splat_f32s(0.0); 2];
            for sample in 0..dy.len() {
                let row = pair::<S>(&dy[sample], at);
                sums[0] = simd.add_f32s(sums[0], row[0]);
                sums[1] = simd.add_f32s(sums[1], row[1]);
            }
            let mut whole: Row = [0.0; BLOCK];
            let vectors = S::as_mut_simd_f32s(&mut whole).0;
            vectors[at] = sums[0];
            vectors[at + 1] = sums[1];
            let first = (at * S::F32_LANES).min(bias.len());
            let last = ((at + 2) * S::F32_LANES).min(bias.len());
            bias[first..last].copy_from_slice(&whole[first..last]);
        }
    }
}

/// Some panels of `[block, output, sample]` to `[panel, block, sample, output of the panel]`.
#[inline(always)]
fn turn(dy: &[Row], all: usize, outputs: Range<usize>, turned: &mut [Row]) {
    let blocks = dy.len() / all;
    for (panel, turned) in turned.chunks_exact_mut((blocks * BLOCK).max(1)).enumerate() {
        let first = outputs.start + panel * PANEL;
        let width = (outputs.end - first).min(PANEL);
        for block in 0..blocks {
            let dy = &dy[block * all + first..][..width];
            let mut rows: [&[f32]; PANEL] = [&[0.0; BLOCK]; PANEL];
            for output in 0..width {
                rows[output] = &dy[output];
            }
            transpose(&rows, &mut turned[block * BLOCK..][..BLOCK]);
        }
    }
}
