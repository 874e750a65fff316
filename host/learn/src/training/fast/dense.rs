//! Dense layers: their passes cut into parts, which threads share.
//!
//! A part is a stretch of one side's features together with everything on the other side, so that no
//! sum is divided among parts: results have the same bits whatever the number of threads. Within a
//! part, sums are taken a stretch of the other side at a time, as long as the first cache holds it.

use pulp::{Arch, WithSimd};
use rayon::prelude::*;

use super::adam::{Memory, StepSize};
use super::affine::{Affine, PANEL};
use super::dense_gradient::{MAX_OUTPUTS, PanelsGradient, PanelsStep};
use super::forward::DenseForward;
use super::input_gradient::DenseInputGradient;
use super::samples::BLOCK;
use super::tile::Row;

/// Outputs that a part of the forward pass has.
const OUTPUTS: usize = 4 * PANEL;

/// Inputs that a part of the gradient by the inputs has.
const INPUTS: usize = 64;

/// Products of a pass that are worth waking other threads for: some 0.1 ms of one.
const WORTH_SHARING: usize = 1 << 22;

/// y = max(0, x·W + b), without the maximum unless the layer has a ReLU.
pub(super) fn forward(
    arch: Arch,
    layer: Affine,
    x: &[Row],
    (weights, bias): (&[f32], &[f32]),
    y: &mut [Row],
) {
    let parts = by_features(y, layer.outputs, OUTPUTS);
    let parts = parts.into_iter().enumerate().map(|(part, y)| DenseForward {
        layer,
        first: part * OUTPUTS,
        x,
        weights,
        bias,
        y,
    });
    share(arch, products(layer, x), parts.collect());
}

/// dx = dy·Wᵀ, where x > 0 if x is a ReLU's (`masked`).
pub(super) fn input_gradient(
    arch: Arch,
    (layer, masked): (Affine, bool),
    weights: &[f32],
    (x, dy): (&[Row], &[Row]),
    dx: &mut [Row],
) {
    let parts = by_features(dx, layer.inputs, INPUTS);
    let parts = parts.into_iter().enumerate();
    let parts = parts.map(|(part, dx)| DenseInputGradient {
        layer,
        first: part * INPUTS,
        weights,
        dy,
        x,
        masked,
        dx,
    });
    share(arch, products(layer, x), parts.collect());
}

/// dW = xᵀ·dy and db = Σ dy, over samples.
pub(super) fn gradient(
    arch: Arch,
    layer: Affine,
    (x, dy): (&[Row], &[Row]),
    (weights, bias): (&mut [f32], &mut [f32]),
    scratch: &mut Vec<Row>,
) {
    let turned = turned(layer, dy, scratch);
    let weights = weights.chunks_mut(layer.inputs * MAX_OUTPUTS);
    let bias = bias.chunks_mut(MAX_OUTPUTS);
    let parts = turned.zip(weights).zip(bias).enumerate();
    let parts = parts.map(|(part, ((turned, weights), bias))| PanelsGradient {
        layer,
        first: part * MAX_OUTPUTS,
        x,
        dy,
        turned,
        weights,
        bias,
    });
    share(arch, products(layer, x), parts.collect());
}

/// Adam's step along that gradient, which is not kept: it goes from the registers into the weights.
pub(super) fn step(
    arch: Arch,
    (layer, size): (Affine, StepSize),
    (x, dy): (&[Row], &[Row]),
    memory: Memory<'_>,
    scratch: &mut Vec<Row>,
) {
    let turned = turned(layer, dy, scratch);
    let (weights, bias) = memory.split_at(layer.weights());
    let weights = weights.chunks(layer.inputs * MAX_OUTPUTS);
    let bias = bias.chunks(MAX_OUTPUTS);
    let parts = turned.zip(weights).zip(bias).enumerate();
    let parts = parts.map(|(part, ((turned, weights), bias))| PanelsStep {
        layer,
        first: part * MAX_OUTPUTS,
        x,
        dy,
        turned,
        weights,
        bias,
        size,
    });
    share(arch, products(layer, x), parts.collect());
}

/// Products of a pass, its inputs being `[block, input]`.
const fn products(layer: Affine, x: &[Row]) -> usize {
    layer.weights() * x.len() / layer.inputs * BLOCK
}

/// Room for the samples of each part's panels.
fn turned<'s>(
    layer: Affine,
    dy: &[Row],
    scratch: &'s mut Vec<Row>,
) -> impl Iterator<Item = &'s mut [Row]> {
    let samples = dy.len() / layer.outputs * BLOCK;
    let panels = layer.outputs.div_ceil(PANEL);
    scratch.resize(panels * samples, [0.0; BLOCK]);
    scratch.chunks_mut((MAX_OUTPUTS / PANEL * samples).max(1))
}

/// Rows `[block, feature]`, `each` features a part: of every block, the rows of these.
fn by_features(rows: &mut [Row], features: usize, each: usize) -> Vec<Vec<&mut [Row]>> {
    let blocks = rows.len() / features;
    let count = features.div_ceil(each);
    let mut parts: Vec<Vec<&mut [Row]>> = (0..count).map(|_| Vec::with_capacity(blocks)).collect();
    for block in rows.chunks_exact_mut(features) {
        for (part, rows) in parts.iter_mut().zip(block.chunks_mut(each)) {
            part.push(rows);
        }
    }
    parts
}

/// Runs parts of a pass of so many products, on all threads of the current pool if that is worth it.
fn share<T: WithSimd<Output = ()> + Send>(arch: Arch, products: usize, parts: Vec<T>) {
    if products < WORTH_SHARING || parts.len() < 2 {
        for part in parts {
            arch.dispatch(part);
        }
    } else {
        parts
            .into_par_iter()
            .with_max_len(1)
            .for_each(|part| arch.dispatch(part));
    }
}
