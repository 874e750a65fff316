//! The readout with separable weights: a matrix product along rows, and a weighted sum of what it
//! gives, rounded to 16 bits, along slices.

use landauer_core::inference::constants::Constants;
use landauer_core::inference::curves::CurvesAt;
use landauer_core::inference::format::{Curves, Separable, Tensor};
use landauer_core::inference::quantize::Requantiser;

use super::{Room, Run};
use crate::fetch::fetch;
use crate::inference::kernels::{Kernels, LANES, Readout, Spread, WeightPairs, panel_vectors};
use crate::inference::passes::{Passes, views};
use crate::inference::rows::{Matrix, Unpacked};
use crate::inference::values::{Lie, Values};

#[derive(Debug, Clone)]
pub(in crate::inference) struct SeparableStep {
    kernels: Kernels,
    layer: Separable,
    output: Tensor,
    /// b of each channel, the units being its outputs.
    across: Vec<(Matrix, Values)>,
    /// a: `[channel, panel, pair of slices, vector]`.
    along: Vec<WeightPairs>,
    /// Of the inner sums, one a `[channel, slice]`.
    multipliers: Values,
}

impl SeparableStep {
    pub(in crate::inference) fn new(
        kernels: Kernels,
        layer: &Separable,
        output: Tensor,
        constants: Constants<'_>,
    ) -> Option<Self> {
        let (shape, units) = (layer.input.shape(), usize::from(output.channels));
        let rows = units * shape.channels;
        let b = Unpacked::new(layer.across, [rows, shape.rows], constants)?;
        let a = Unpacked::new(layer.along, [rows, shape.slices], constants)?;
        let across = (0..shape.channels).map(|channel| {
            let rows = b.rows().skip(channel).step_by(shape.channels);
            let weights = Unpacked {
                rows: units,
                length: shape.rows,
                weights: rows.flatten().copied().collect(),
            };
            let surplus = weights.surplus(kernels.offset());
            let start = Values::new((Curves::NONE, 0), surplus, Lie::Lanes, constants)?;
            Some((Matrix::new(kernels, &weights), start))
        });
        let multipliers = layer.inner.multiplier;
        let rules = shape.channels * shape.slices;
        Some(Self {
            kernels,
            layer: *layer,
            output,
            across: across.collect::<Option<_>>()?,
            along: along(kernels, &a, shape.channels, units),
            multipliers: Values::plain(multipliers, rules, Lie::Vectors, constants)?,
        })
    }
}

/// The weights `[unit, channel][slice]` with units in lanes.
fn along(kernels: Kernels, weights: &Unpacked, channels: usize, units: usize) -> Vec<WeightPairs> {
    let rows: Vec<&[i8]> = weights.rows().collect();
    let vectors = units.div_ceil(LANES);
    let each = panel_vectors(vectors);
    let mut packed = Vec::new();
    for channel in 0..channels {
        for panel in (0..vectors).step_by(each) {
            for slice in (0..weights.length).step_by(2) {
                for vector in panel..vectors.min(panel + each) {
                    let mut pairs = [[0; 2]; LANES];
                    for lane in 0..LANES {
                        let unit = vector * LANES + lane;
                        let row = rows.get(unit * channels + channel);
                        if let Some(row) = row.filter(|_| unit < units) {
                            let next = row.get(slice + 1).copied().unwrap_or(0);
                            pairs[kernels.lane(lane)] = [row[slice], next];
                        }
                    }
                    packed.push(pairs);
                }
            }
        }
    }
    packed
}

impl Run for SeparableStep {
    fn run(
        &self,
        constants: Constants<'_>,
        passes: &mut Passes<'_>,
        room: &mut Room,
    ) -> Option<()> {
        let shape = self.layer.input.shape();
        let lines = shape.slices;
        let vectors = self.output.shape().channels.div_ceil(LANES);
        let Room {
            packing,
            rules,
            sums: held,
            ..
        } = room;
        let ahead = std::mem::take(&mut passes.ahead);
        let parts = (passes.len() * shape.channels).max(1);
        let mut ahead = ahead.chunks(ahead.len().div_ceil(parts).max(1));
        for (count, arena) in passes.each() {
            let (input, output) = views(arena, self.layer.input.range(), self.output.range())?;
            let multipliers = self
                .multipliers
                .at(constants, count, &mut rules.multipliers)?;
            held.clear();
            held.resize(vectors, [0; LANES]);
            let planes = input.chunks_exact(shape.plane().max(1));
            for (channel, (plane, (matrix, start))) in planes.zip(&self.across).enumerate() {
                fetch(ahead.next().unwrap_or(&[]));
                matrix.pack_lines(plane, packing);
                let start = start.at(constants, count, &mut rules.start)?;
                let pairs = lines.div_ceil(2);
                let along = &self.along[channel * pairs * vectors..];
                let multipliers = &multipliers[channel * lines..];
                let start = Spread::for_all_rows(start);
                matrix.multiply(lines, start, (packing, &[]), |tile| {
                    // Panels before this one, then lines before this one.
                    let weights = &along[tile.vector * pairs + tile.row / 2 * tile.vectors..];
                    let readout = Readout {
                        vectors: tile.vectors,
                        multipliers: &multipliers[tile.row..],
                        left: self.layer.inner.left,
                        weights,
                    };
                    self.kernels
                        .read_out(tile.sums, readout, &mut held[tile.vector..]);
                });
            }
            let bias = CurvesAt::new(self.layer.bias, constants, count)?;
            let offset = CurvesAt::new(self.layer.offset, constants, count)?;
            let requantise = Requantiser::new(self.layer.requantise, constants, count)?;
            for (unit, slot) in output.iter_mut().enumerate() {
                let sum = held[unit / LANES][self.kernels.lane(unit % LANES)];
                let sum = sum.wrapping_add(bias.get(unit));
                let rule = requantise.row(unit);
                *slot = rule.apply_with_offset(sum, offset.get(unit));
            }
        }
        Some(())
    }
}
