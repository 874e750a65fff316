//! The chain's kernels for matrices that are kept `[input, output]`.

use pulp::Arch;

use super::super::affine::Affine;
use super::super::forward::Forward;
use super::super::input_gradient::InputGradient;
use super::super::lane_gradient::{LaneGradient, Lanes, total};
use super::super::tile::Row;

/// Runs products, with the memory that they need.
#[derive(Debug, Clone)]
pub(super) struct Matrices {
    arch: Arch,
    /// A matrix in the kernels' order.
    panels: Vec<f32>,
    lanes: Vec<Lanes>,
}

impl Matrices {
    pub(super) fn new() -> Self {
        Self {
            arch: Arch::new(),
            panels: Vec::new(),
            lanes: Vec::new(),
        }
    }

    /// `[input, output]` to the kernels' panels.
    fn pack(&mut self, layer: Affine, weights: &[f32]) {
        self.panels.clear();
        self.panels.resize(layer.weights(), 0.0);
        for (input, row) in weights.chunks_exact(layer.outputs).enumerate() {
            for (output, weight) in row.iter().enumerate() {
                self.panels[layer.place(input, output)] = *weight;
            }
        }
    }

    /// y = x·W + b.
    pub(super) fn forward(
        &mut self,
        layer: Affine,
        weights: &[f32],
        bias: &[f32],
        x: &[Row],
        y: &mut [Row],
    ) {
        self.pack(layer, weights);
        self.arch.dispatch(Forward {
            layer,
            x,
            weights: &self.panels,
            bias,
            y,
        });
    }

    /// dx = dy·Wᵀ.
    pub(super) fn input_gradient(
        &mut self,
        layer: Affine,
        weights: &[f32],
        dy: &[Row],
        x: &[Row],
        dx: &mut [Row],
    ) {
        self.pack(layer, weights);
        self.arch.dispatch(InputGradient {
            layer,
            weights: &self.panels,
            dy,
            x,
            masked: false,
            dx,
        });
    }

    /// Adds xᵀ·dy to the gradient by the weights, and Σ dy to the one by the bias, if there is one.
    pub(super) fn add_gradient(
        &mut self,
        layer: Affine,
        x: &[Row],
        dy: &[Row],
        weights: &mut [f32],
        bias: &mut [f32],
    ) {
        self.lanes.clear();
        self.lanes.resize(layer.parameters(), Lanes::default());
        self.arch.dispatch(LaneGradient {
            layer,
            x,
            dy,
            sums: &mut self.lanes,
        });
        for (input, row) in weights.chunks_exact_mut(layer.outputs).enumerate() {
            for (output, weight) in row.iter_mut().enumerate() {
                *weight += total(&self.lanes[layer.place(input, output)]);
            }
        }
        for (bias, lanes) in bias.iter_mut().zip(&self.lanes[layer.weights()..]) {
            *bias += total(lanes);
        }
    }
}
