//! Adam and AdamW, in one pass over the parameters.

use pulp::{Arch, Simd, WithSimd};

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
    means: Vec<f32>,
    squares: Vec<f32>,
    arch: Arch,
}

impl Adam {
    /// For this number of parameters.
    #[must_use]
    pub fn new(settings: AdamSettings, parameters: usize) -> Self {
        Self {
            settings,
            steps: 0,
            means: vec![0.0; parameters],
            squares: vec![0.0; parameters],
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
        self.means = means.to_vec();
        self.squares = squares.to_vec();
    }

    /// Steps so far, means and mean squares, for a checkpoint.
    #[must_use]
    pub fn memory(&self) -> (u32, &[f32], &[f32]) {
        (self.steps, &self.means, &self.squares)
    }

    /// One step down `gradient`, which is multiplied by `scale` first (1, or less to clip it).
    pub fn step(&mut self, parameters: &mut [f32], gradient: &[f32], scale: f32, rate: f32) {
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
        let pass = Pass {
            parameters,
            gradient,
            means: &mut self.means,
            squares: &mut self.squares,
            scale,
            beta_1,
            beta_2,
            epsilon: (f64::from(epsilon) * correction_2) as f32,
            keep: 1.0 - rate * weight_decay,
            rate: (f64::from(rate) * correction_2 / correction_1) as f32,
        };
        self.arch.dispatch(pass);
    }
}

/// One pass over everything.
struct Pass<'p> {
    parameters: &'p mut [f32],
    gradient: &'p [f32],
    means: &'p mut [f32],
    squares: &'p mut [f32],
    scale: f32,
    beta_1: f32,
    beta_2: f32,
    epsilon: f32,
    keep: f32,
    rate: f32,
}

impl WithSimd for Pass<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (parameters, last_parameters) = S::as_mut_simd_f32s(self.parameters);
        let (gradient, last_gradient) = S::as_simd_f32s(self.gradient);
        let (means, last_means) = S::as_mut_simd_f32s(self.means);
        let (squares, last_squares) = S::as_mut_simd_f32s(self.squares);
        let step = Step::new(
            simd,
            self.scale,
            self.beta_1,
            self.beta_2,
            self.epsilon,
            self.keep,
            self.rate,
        );
        let count = parameters.len();
        let (gradient, means, squares) = (
            &gradient[..count],
            &mut means[..count],
            &mut squares[..count],
        );
        for i in 0..count {
            (parameters[i], means[i], squares[i]) =
                step.of(simd, parameters[i], gradient[i], means[i], squares[i]);
        }
        let mut w = simd.partial_load_f32s(last_parameters);
        let g = simd.partial_load_f32s(last_gradient);
        let mut m = simd.partial_load_f32s(last_means);
        let mut v = simd.partial_load_f32s(last_squares);
        (w, m, v) = step.of(simd, w, g, m, v);
        simd.partial_store_f32s(last_parameters, w);
        simd.partial_store_f32s(last_means, m);
        simd.partial_store_f32s(last_squares, v);
    }
}

/// A step's constants in every lane.
struct Step<S: Simd> {
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
    fn new(
        simd: S,
        scale: f32,
        beta_1: f32,
        beta_2: f32,
        epsilon: f32,
        keep: f32,
        rate: f32,
    ) -> Self {
        Self {
            scale: simd.splat_f32s(scale),
            beta_1: simd.splat_f32s(beta_1),
            rest_1: simd.splat_f32s(1.0 - beta_1),
            beta_2: simd.splat_f32s(beta_2),
            rest_2: simd.splat_f32s(1.0 - beta_2),
            epsilon: simd.splat_f32s(epsilon),
            keep: simd.splat_f32s(keep),
            rate: simd.splat_f32s(rate),
        }
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
