//! Adam and AdamW, in one pass over the parameters.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::large::Large;

/// Parameters that a thread takes at a time; where there are fewer, one does it all.
const TOGETHER: usize = 1 << 18;

/// Adam's settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamSettings {
    /// The share of the mean gradient that a step keeps.
    pub beta_1: f32,
    /// The share of the mean square that a step keeps.
    pub beta_2: f32,
    /// Added to the root of the mean square.
    pub epsilon: f32,
    /// The share by which a step of learning rate 1 shrinks all parameters (AdamW's decoupled decay).
    pub weight_decay: f32,
}

impl Default for AdamSettings {
    /// Keras' and PyTorch's common ground; no weight decay.
    fn default() -> Self {
        Self {
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.0,
        }
    }
}

/// Adam's memory: the means of the gradient and of its square, and the number of steps so far.
#[derive(Debug, Clone)]
pub struct Adam {
    settings: AdamSettings,
    steps: u32,
    means: Large,
    squares: Large,
    arch: Arch,
}

impl Adam {
    /// For this number of parameters.
    #[must_use]
    pub fn new(settings: AdamSettings, parameters: usize) -> Self {
        Self {
            settings,
            steps: 0,
            means: Large::zeros(parameters),
            squares: Large::zeros(parameters),
            arch: Arch::new(),
        }
    }

    /// The same on a certain instruction set.
    #[cfg(test)]
    pub(super) fn on(mut self, arch: Arch) -> Self {
        self.arch = arch;
        self
    }

    /// Goes on from a checkpoint; both slices are as long as the parameters.
    pub fn resume(&mut self, steps: u32, means: &[f32], squares: &[f32]) {
        self.steps = steps;
        self.means = Large::from(means);
        self.squares = Large::from(squares);
    }

    /// Steps so far, means and mean squares, for a checkpoint.
    #[must_use]
    pub fn memory(&self) -> (u32, &[f32], &[f32]) {
        (self.steps, &self.means, &self.squares)
    }

    /// One step down `gradient`, which is multiplied by `scale` first (1, or less to clip it).
    pub fn step(&mut self, parameters: &mut [f32], gradient: &[f32], scale: f32, rate: f32) {
        let size = self.begin(scale, rate);
        let pass = |((parameters, gradient), (means, squares))| Pass {
            memory: Memory {
                parameters,
                means,
                squares,
            },
            gradient,
            size,
        };
        let arch = self.arch;
        if parameters.len() <= TOGETHER {
            let memory = (&mut self.means[..], &mut self.squares[..]);
            arch.dispatch(pass(((parameters, gradient), memory)));
            return;
        }
        let means = self.means.par_chunks_mut(TOGETHER);
        let memory = means.zip(self.squares.par_chunks_mut(TOGETHER));
        let gradient = gradient.par_chunks(TOGETHER);
        let parameters = parameters.par_chunks_mut(TOGETHER).zip(gradient);
        let parts = parameters.zip(memory);
        parts.for_each(|part| arch.dispatch(pass(part)));
    }

    /// Counts a step and says how large it is.
    pub(super) fn begin(&mut self, scale: f32, rate: f32) -> StepSize {
        self.steps += 1;
        let steps = i32::try_from(self.steps).unwrap_or(i32::MAX);
        let AdamSettings {
            beta_1,
            beta_2,
            epsilon,
            weight_decay,
        } = self.settings;
        // In f64: 1 - 0.999^t would otherwise be off by 1e-4 in the first steps.
        let correction_1 = 1.0 - f64::from(beta_1).powi(steps);
        let correction_2 = (1.0 - f64::from(beta_2).powi(steps)).sqrt();
        #[expect(clippy::cast_possible_truncation, reason = "rounded once")]
        StepSize {
            scale,
            beta_1,
            beta_2,
            epsilon: (f64::from(epsilon) * correction_2) as f32,
            keep: 1.0 - rate * weight_decay,
            rate: (f64::from(rate) * correction_2 / correction_1) as f32,
        }
    }

    /// The means and mean squares of some parameters, with these parameters themselves.
    pub(super) fn memory_of<'m>(
        &'m mut self,
        parameters: &'m mut [f32],
        range: std::ops::Range<usize>,
    ) -> Memory<'m> {
        Memory {
            parameters: &mut parameters[range.clone()],
            means: &mut self.means[range.clone()],
            squares: &mut self.squares[range],
        }
    }

    /// The number of parameters.
    pub(super) fn len(&self) -> usize {
        self.means.len()
    }
}

/// A step's numbers, the same for all parameters.
#[derive(Debug, Clone, Copy)]
pub(super) struct StepSize {
    scale: f32,
    beta_1: f32,
    beta_2: f32,
    epsilon: f32,
    keep: f32,
    rate: f32,
}

/// Some parameters with their means and mean squares, all of one length.
#[derive(Debug)]
pub(super) struct Memory<'p> {
    pub(super) parameters: &'p mut [f32],
    pub(super) means: &'p mut [f32],
    pub(super) squares: &'p mut [f32],
}

impl Memory<'_> {
    /// The first `count` and the rest.
    pub(super) fn split_at(self, count: usize) -> (Self, Self) {
        let (parameters, parameters_behind) = self.parameters.split_at_mut(count);
        let (means, means_behind) = self.means.split_at_mut(count);
        let (squares, squares_behind) = self.squares.split_at_mut(count);
        let front = Self {
            parameters,
            means,
            squares,
        };
        let back = Self {
            parameters: parameters_behind,
            means: means_behind,
            squares: squares_behind,
        };
        (front, back)
    }

    /// One after the other, `count` at a time.
    pub(super) fn chunks(self, count: usize) -> impl Iterator<Item = Self> {
        let parameters = self.parameters.chunks_mut(count);
        let memory = self
            .means
            .chunks_mut(count)
            .zip(self.squares.chunks_mut(count));
        let parts = parameters.zip(memory);
        parts.map(|(parameters, (means, squares))| Self {
            parameters,
            means,
            squares,
        })
    }

    /// Those from number `first` on, `count` of them.
    #[inline(always)]
    pub(super) fn part(&mut self, first: usize, count: usize) -> Memory<'_> {
        Memory {
            parameters: &mut self.parameters[first..][..count],
            means: &mut self.means[first..][..count],
            squares: &mut self.squares[first..][..count],
        }
    }
}

/// One pass over some parameters.
pub(super) struct Pass<'p> {
    pub(super) memory: Memory<'p>,
    pub(super) gradient: &'p [f32],
    pub(super) size: StepSize,
}

impl WithSimd for Pass<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let step = Step::new(simd, self.size);
        let vectors = self.gradient.len() / S::F32_LANES;
        step.vectors(simd, &mut self.memory, self.gradient, 0..vectors);
        step.rest(simd, &mut self.memory, self.gradient);
    }
}

/// A step's numbers in every lane.
pub(super) struct Step<S: Simd> {
    scale: S::f32s,
    beta_1: S::f32s,
    rest_1: S::f32s,
    beta_2: S::f32s,
    rest_2: S::f32s,
    epsilon: S::f32s,
    keep: S::f32s,
    rate: S::f32s,
}

impl<S: Simd> Step<S> {
    #[inline(always)]
    pub(super) fn new(simd: S, size: StepSize) -> Self {
        Self {
            scale: simd.splat_f32s(size.scale),
            beta_1: simd.splat_f32s(size.beta_1),
            rest_1: simd.splat_f32s(1.0 - size.beta_1),
            beta_2: simd.splat_f32s(size.beta_2),
            rest_2: simd.splat_f32s(1.0 - size.beta_2),
            epsilon: simd.splat_f32s(size.epsilon),
            keep: simd.splat_f32s(size.keep),
            rate: simd.splat_f32s(size.rate),
        }
    }

    /// A step of some of the whole vectors.
    #[inline(always)]
    pub(super) fn vectors(
        &self,
        simd: S,
        memory: &mut Memory<'_>,
        gradient: &[f32],
        which: std::ops::Range<usize>,
    ) {
        let gradient = &S::as_simd_f32s(gradient).0[which.clone()];
        let parameters = &mut S::as_mut_simd_f32s(memory.parameters).0[which.clone()];
        let means = &mut S::as_mut_simd_f32s(memory.means).0[which.clone()];
        let squares = &mut S::as_mut_simd_f32s(memory.squares).0[which];
        let count = gradient.len();
        let (parameters, means, squares) = (
            &mut parameters[..count],
            &mut means[..count],
            &mut squares[..count],
        );
        for i in 0..count {
            (parameters[i], means[i], squares[i]) =
                self.of(simd, parameters[i], gradient[i], means[i], squares[i]);
        }
    }

    /// A step of what the whole vectors leave.
    #[inline(always)]
    pub(super) fn rest(&self, simd: S, memory: &mut Memory<'_>, gradient: &[f32]) {
        let gradient = S::as_simd_f32s(gradient).1;
        let parameters = S::as_mut_simd_f32s(memory.parameters).1;
        let means = S::as_mut_simd_f32s(memory.means).1;
        let squares = S::as_mut_simd_f32s(memory.squares).1;
        let mut w = simd.partial_load_f32s(parameters);
        let g = simd.partial_load_f32s(gradient);
        let mut m = simd.partial_load_f32s(means);
        let mut v = simd.partial_load_f32s(squares);
        (w, m, v) = self.of(simd, w, g, m, v);
        simd.partial_store_f32s(parameters, w);
        simd.partial_store_f32s(means, m);
        simd.partial_store_f32s(squares, v);
    }

    /// Parameter, mean and mean square after the step.
    #[inline(always)]
    fn of(
        &self,
        simd: S,
        w: S::f32s,
        g: S::f32s,
        m: S::f32s,
        v: S::f32s,
    ) -> (S::f32s, S::f32s, S::f32s) {
        let g = simd.mul_f32s(g, self.scale);
        let m = simd.mul_add_f32s(m, self.beta_1, simd.mul_f32s(g, self.rest_1));
        let square = simd.mul_f32s(simd.mul_f32s(g, g), self.rest_2);
        let v = simd.mul_add_f32s(v, self.beta_2, square);
        let root = simd.add_f32s(simd.sqrt_f32s(v), self.epsilon);
        let delta = simd.div_f32s(simd.mul_f32s(m, self.rate), root);
        (simd.sub_f32s(simd.mul_f32s(w, self.keep), delta), m, v)
    }
}
