//! The layers of many groups at the beginning, a few groups at a time.
//!
//! Their outputs are many more numbers than their weights: going through all of them layer by layer
//! would be reading and writing memory. So all layers do a stretch of groups that fits the cache
//! before the next stretch. The first layer's outputs, which take the most memory and the fewest
//! products, are not kept but computed once more on the way back.

use pulp::Arch;

use super::affine::Affine;
use super::forward::Forward;
use super::input_gradient::InputGradient;
use super::lane_gradient::{LaneGradient, Lanes, total};
use super::samples::BLOCK;
use super::tile::Row;

/// Rows of one layer's outputs that a stretch may have, 128 KiB.
const ROWS: usize = 1024;

/// The leading layers that are done together.
#[derive(Debug, Clone, Default)]
pub(super) struct Stem {
    layers: Vec<Affine>,
    /// Groups of the last of these layers.
    groups: usize,
    /// How many of them a stretch has.
    stretch: usize,
    /// The first layer's outputs in one stretch.
    first: Vec<Row>,
    /// The gradients by each layer's outputs in one stretch, but for the last layer.
    deltas: Vec<Vec<Row>>,
    /// Of each layer, parameter by parameter.
    sums: Vec<Vec<Lanes>>,
}

/// A layer's weights and bias.
pub(super) type Parameters<'p> = (&'p [f32], &'p [f32]);

impl Stem {
    /// As many of the leading layers as have groups that go into each other.
    pub(super) fn new(layers: &[Affine]) -> Self {
        let grouped = layers.iter().take_while(|layer| layer.groups > 1).count();
        let fits = |count: &usize| {
            let groups = layers[count - 1].groups;
            layers[..*count]
                .iter()
                .all(|layer| layer.groups % groups == 0)
        };
        let count = (1..=grouped).rev().find(fits).unwrap_or(0);
        let layers = layers[..count].to_vec();
        let groups = layers.last().map_or(0, |last| last.groups);
        let most = layers
            .iter()
            .map(|layer| layer.features_out() / groups)
            .max();
        let stretch = (ROWS / most.unwrap_or(1)).clamp(1, groups.max(1));
        let rows = |layer: &Affine| vec![[0.0; BLOCK]; layer.features_out() / groups * stretch];
        Self {
            groups,
            stretch,
            first: layers.first().map_or_else(Vec::new, rows),
            deltas: layers
                .iter()
                .take(count.saturating_sub(1))
                .map(rows)
                .collect(),
            sums: layers
                .iter()
                .map(|layer| vec![Lanes::default(); layer.parameters()])
                .collect(),
            layers,
        }
    }

    /// How many layers these are.
    pub(super) fn len(&self) -> usize {
        self.layers.len()
    }

    /// Whether a layer's outputs are kept for the way back.
    pub(super) fn keeps(&self, index: usize) -> bool {
        index > 0 || self.len() <= 1
    }

    /// All outputs that are kept.
    pub(super) fn forward(
        &mut self,
        arch: Arch,
        samples: &[Row],
        parameters: &[Parameters<'_>],
        outputs: &mut [Vec<Row>],
    ) {
        let Some(blocks) = self.blocks(samples) else {
            return;
        };
        for block in 0..blocks {
            for start in (0..self.groups).step_by(self.stretch) {
                for index in 0..self.len() {
                    self.layer(arch, index, block, start, samples, parameters, outputs);
                }
            }
        }
    }

    /// One layer in one stretch.
    #[expect(clippy::too_many_arguments, reason = "where, from what, to what")]
    fn layer(
        &mut self,
        arch: Arch,
        index: usize,
        block: usize,
        start: usize,
        samples: &[Row],
        parameters: &[Parameters<'_>],
        outputs: &mut [Vec<Row>],
    ) {
        let layer = self.layers[index];
        let (weights, bias) = parameters[index];
        let inputs = self.range(layer.features_in(), block, start);
        let range = self.range(layer.features_out(), block, start);
        let kept = self.keeps(index);
        let (before, after) = outputs.split_at_mut(index);
        let (x, y) = if kept {
            let x = match before.last() {
                None => &samples[inputs],
                Some(_) if index == 1 => &self.first[..inputs.len()],
                Some(before) => &before[inputs],
            };
            (x, &mut after[0][range])
        } else {
            (&samples[inputs], &mut self.first[..range.len()])
        };
        arch.dispatch(Forward {
            layer,
            x,
            weights,
            bias,
            y,
        });
    }

    /// Gradients by all parameters of these layers, from the one by the last one's outputs.
    pub(super) fn backward(
        &mut self,
        arch: Arch,
        samples: &[Row],
        parameters: &[Parameters<'_>],
        outputs: &mut [Vec<Row>],
        grad_output: &[Row],
    ) {
        for sums in &mut self.sums {
            sums.fill(Lanes::default());
        }
        let Some(blocks) = self.blocks(samples) else {
            return;
        };
        for block in 0..blocks {
            for start in (0..self.groups).step_by(self.stretch) {
                if !self.keeps(0) {
                    self.layer(arch, 0, block, start, samples, parameters, outputs);
                }
                for index in (0..self.len()).rev() {
                    let layer = self.layers[index];
                    let inputs = self.range(layer.features_in(), block, start);
                    let range = self.range(layer.features_out(), block, start);
                    let x = match index {
                        0 => &samples[inputs.clone()],
                        1 => &self.first[..inputs.len()],
                        _ => &outputs[index - 1][inputs.clone()],
                    };
                    let (before, after) = self.deltas.split_at_mut(index);
                    let dy = match after.first() {
                        Some(dy) => &dy[..range.len()],
                        None => &grad_output[range],
                    };
                    arch.dispatch(LaneGradient {
                        layer,
                        x,
                        dy,
                        sums: &mut self.sums[index],
                    });
                    // The gradient with respect to the samples is not needed.
                    if let Some(dx) = before.last_mut() {
                        arch.dispatch(InputGradient {
                            layer,
                            weights: parameters[index].0,
                            dy,
                            x,
                            masked: self.layers[index - 1].relu,
                            dx: &mut dx[..inputs.len()],
                        });
                    }
                }
            }
        }
    }

    /// The gradient by a layer's parameters.
    pub(super) fn gradient(&self, index: usize, gradient: &mut [f32]) {
        for (value, sums) in gradient.iter_mut().zip(&self.sums[index]) {
            *value = total(sums);
        }
    }

    /// The place of a stretch among all blocks of this number of features.
    fn range(&self, features: usize, block: usize, start: usize) -> std::ops::Range<usize> {
        let each = features / self.groups;
        let end = (start + self.stretch).min(self.groups);
        block * features + start * each..block * features + end * each
    }

    /// Blocks of samples; none without layers.
    fn blocks(&self, samples: &[Row]) -> Option<usize> {
        let first = self.layers.first()?;
        Some(samples.len() / first.features_in())
    }
}
