//! Fits the head of a rung: Adam on the mean absolute error, one step after the other, so that the
//! number of threads cannot show.

use landauer_core::Scalar;
use landauer_core::hybrid::head::{FEATURES, HEAD_LEN, OUTPUTS, UNITS};

use super::recipe::Recipe;
use super::strips::Example;
use crate::training::random::{Purpose, Words};

/// Rows and inputs of the three layers.
const LAYERS: [(usize, usize); 3] = [(UNITS, FEATURES), (UNITS, UNITS), (OUTPUTS, UNITS)];

/// Where the layers begin in the coefficients.
const STARTS: [usize; 3] = [
    0,
    UNITS * (1 + FEATURES),
    UNITS * (1 + FEATURES) + UNITS * (1 + UNITS),
];

/// Steps over which the mean of the coefficients is taken that becomes the head.
const AVERAGED: f32 = 1000.0;

/// The coefficients of a head that is fitted to `examples`, as core reads them.
pub(super) fn fit(examples: &[Example], recipe: &Recipe, rung: u64) -> Vec<f32> {
    let mut weights = beginning(&mut Words::new(recipe.seed, Purpose::Head, rung));
    let mut mean = weights.clone();
    let mut adam = Adam::default();
    let batches = examples.len().div_ceil(recipe.batch.max(1));
    let steps = (recipe.epochs * batches).max(1);
    let mut step = 0;
    let mut words = Words::new(recipe.seed, Purpose::CutOrder, rung);
    for _ in 0..recipe.epochs {
        let order = words.order(examples.len());
        for batch in order.chunks(recipe.batch.max(1)) {
            let mut gradient = vec![0.0; HEAD_LEN];
            for &number in batch {
                if let Some(example) = examples.get(number) {
                    add_gradient(&weights, example, &mut gradient);
                }
            }
            let share = 1.0 / batch.len() as f32;
            let progress = f64::from(step) / steps as f64;
            let rate =
                recipe.learning_rate * 0.5 * (1.0 + libm::cos(std::f64::consts::PI * progress));
            adam.step(&mut weights, &gradient, share, f32::from_f64(rate));
            step += 1;
            // A running mean over all steps at first, over the last ones later.
            let share = 1.0 / (step as f32).min(AVERAGED);
            for (mean, weight) in mean.iter_mut().zip(&weights) {
                *mean += share * (weight - *mean);
            }
        }
    }
    mean
}

/// Weights of a spread that keeps that of the features; the last layer begins as a = 1, h = 1.
fn beginning(words: &mut Words) -> Vec<f32> {
    let mut weights = vec![0.0; HEAD_LEN];
    for (layer, ((rows, inputs), start)) in LAYERS.into_iter().zip(STARTS).enumerate() {
        let spread = (6.0 / inputs as f32).sqrt() * if layer == 2 { 0.1 } else { 1.0 };
        let rows = weights
            .get_mut(start..)
            .unwrap_or_default()
            .chunks_exact_mut(inputs + 1)
            .take(rows);
        for (row, weights) in rows.enumerate() {
            for (place, weight) in weights.iter_mut().enumerate() {
                *weight = match (layer, place) {
                    (2, 0) if row < 2 => 1.0,
                    (_, 0) => 0.0,
                    _ => spread * (2.0 * words.unit() - 1.0),
                };
            }
        }
    }
    weights
}

/// What the layers give for one example.
struct Passed {
    features: [f32; FEATURES],
    first: [f32; UNITS],
    second: [f32; UNITS],
    outputs: [f32; OUTPUTS],
}

fn pass(weights: &[f32], example: &Example) -> Passed {
    let features = example.cut.features();
    let first = layer(weights, STARTS[0], &features).map(|value: f32| value.max(0.0));
    let second = layer(weights, STARTS[1], &first).map(|value: f32| value.max(0.0));
    let outputs = layer(weights, STARTS[2], &second);
    Passed {
        features,
        first,
        second,
        outputs,
    }
}

fn layer<const N: usize, const M: usize>(
    weights: &[f32],
    start: usize,
    inputs: &[f32; N],
) -> [f32; M] {
    let mut outputs = [0.0; M];
    let rows = weights.get(start..).unwrap_or_default().chunks_exact(N + 1);
    for (output, row) in outputs.iter_mut().zip(rows) {
        if let Some((bias, weights)) = row.split_first() {
            *output = weights
                .iter()
                .zip(inputs)
                .fold(*bias, |sum, (weight, input)| sum + weight * input);
        }
    }
    outputs
}

/// Adds the gradient of |value − exact|.
fn add_gradient(weights: &[f32], example: &Example, gradient: &mut [f32]) {
    let passed = pass(weights, example);
    let cut = &example.cut;
    let [h, a, b] = passed.outputs.map(|output| output.max(0.0));
    let share = 1.0 / (1.0 + cut.weight() * h);
    let value = (a * cut.transmission + b) * share;
    let sign = (value - example.exact).signum();
    let grads = [
        -value * share * cut.weight(),
        cut.transmission * share,
        share,
    ];
    let mut outputs = [0.0; OUTPUTS];
    for ((slot, grad), output) in outputs.iter_mut().zip(grads).zip(passed.outputs) {
        if output > 0.0 {
            *slot = sign * grad;
        }
    }
    let mut second = back(weights, STARTS[2], &outputs, &passed.second, gradient);
    mask(&mut second, &passed.second);
    let mut first = back(weights, STARTS[1], &second, &passed.first, gradient);
    mask(&mut first, &passed.first);
    back(weights, STARTS[0], &first, &passed.features, gradient);
}

/// A rectified unit that gives nothing passes nothing back.
fn mask<const N: usize>(grads: &mut [f32; N], values: &[f32; N]) {
    for (grad, value) in grads.iter_mut().zip(values) {
        if *value <= 0.0 {
            *grad = 0.0;
        }
    }
}

/// Adds the gradient of a layer's weights; gives that of its inputs.
fn back<const N: usize, const M: usize>(
    weights: &[f32],
    start: usize,
    outputs: &[f32; M],
    inputs: &[f32; N],
    gradient: &mut [f32],
) -> [f32; N] {
    let mut grads = [0.0; N];
    let rows = weights.get(start..).unwrap_or_default().chunks_exact(N + 1);
    let gradients = gradient
        .get_mut(start..)
        .unwrap_or_default()
        .chunks_exact_mut(N + 1);
    for ((&output, row), gradient) in outputs.iter().zip(rows).zip(gradients) {
        let (Some((_, weights)), Some((bias, gradients))) =
            (row.split_first(), gradient.split_first_mut())
        else {
            continue;
        };
        *bias += output;
        for ((slot, input), (grad, weight)) in gradients
            .iter_mut()
            .zip(inputs)
            .zip(grads.iter_mut().zip(weights))
        {
            *slot += output * input;
            *grad += output * weight;
        }
    }
    grads
}

/// D. P. Kingma and J. Ba, arXiv:1412.6980, with their constants.
#[derive(Debug, Default)]
struct Adam {
    steps: i32,
    moments: Vec<[f32; 2]>,
}

impl Adam {
    fn step(&mut self, weights: &mut [f32], gradient: &[f32], share: f32, rate: f32) {
        const BETA: [f32; 2] = [0.9, 0.999];
        self.steps += 1;
        self.moments.resize(weights.len(), [0.0; 2]);
        let [first, second] = BETA.map(|beta| 1.0 - beta.powi(self.steps));
        for ((weight, grad), [m, v]) in weights.iter_mut().zip(gradient).zip(&mut self.moments) {
            let grad = grad * share;
            *m += (1.0 - BETA[0]) * (grad - *m);
            *v += (1.0 - BETA[1]) * (grad * grad - *v);
            *weight -= rate * (*m / first) / ((*v / second).sqrt() + 1e-8);
        }
    }
}

#[cfg(test)]
mod tests {
    use landauer_core::hybrid::head::Cut;

    use super::*;

    fn example(transmission: f32, left: u32) -> Example {
        Example {
            cut: Cut {
                transmission,
                solved: 40,
                left,
                slices_left: 20,
                length: 40,
                sites: 1600,
            },
            exact: 0.5,
        }
    }

    #[test]
    fn the_gradient_is_the_difference_quotient() {
        let weights = beginning(&mut Words::new(3, Purpose::Head, 0));
        let example = example(2.5, 300);
        let loss = |weights: &[f32]| {
            let value = example.cut.value(pass(weights, &example).outputs);
            f64::from((value - example.exact).abs())
        };
        let mut gradient = vec![0.0; HEAD_LEN];
        add_gradient(&weights, &example, &mut gradient);
        let mut seen = 0;
        for number in 0..HEAD_LEN {
            let at = |step: f32| {
                let mut moved = weights.clone();
                moved[number] += step;
                loss(&moved)
            };
            // Wide enough for the rounding of f32, and even, so that the curvature cancels.
            let grad = (at(0.01) - at(-0.01)) / 0.02;
            let found = f64::from(gradient[number]);
            assert!(
                (grad - found).abs() < 0.02 * (1.0 + found.abs()),
                "{number}: {grad}, {found}"
            );
            seen += usize::from(found.abs() > 0.01);
        }
        assert!(seen > 50, "{seen} weights matter");
    }
}
