//! The readout with separable weights: a matrix product along rows, and a weighted sum of what it
//! gives, rounded to 16 bits, along slices.

use landauer_core::inference::constants::Constants;
use landauer_core::inference::curves::CurvesAt;
use landauer_core::inference::format::{Curves, Separable, Tensor};
use landauer_core::inference::quantize::Requantiser;

use super::{Room, Run};
use crate::inference::kernels::{Kernels, LANES, MAX_VECTORS, Readout, Spread};
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
    /// a: `[channel, panel, slice, vector]`.
    along: Vec<[i8; LANES]>,
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
            along: along(&a, shape.channels, units),
            multipliers: Values::plain(multipliers, rules, Lie::Vectors, constants)?,
        })
    }
}

/// The weights `[unit, channel][slice]` with units in lanes.
fn along(weights: &Unpacked, channels: usize, units: usize) -> Vec<[i8; LANES]> {
    let rows: Vec<&[i8]> = weights.rows().collect();
    let vectors = units.div_ceil(LANES);
    let mut packed = Vec::new();
    for channel in 0..channels {
        for panel in (0..vectors).step_by(MAX_VECTORS) {
            for slice in 0..weights.length {
                for vector in panel..vectors.min(panel + MAX_VECTORS) {
                    packed.push(std::array::from_fn(|lane| {
                        let unit = vector * LANES + lane;
                        let row = rows.get(unit * channels + channel);
                        row.filter(|_| unit < units).map_or(0, |row| row[slice])
                    }));
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
        let (lines, width) = (shape.slices, shape.rows);
        let vectors = self.output.shape().channels.div_ceil(LANES);
        let Room {
            packing,
            rules,
            sums: held,
            ..
        } = room;
        for (count, arena) in passes.each() {
            let (input, output) = views(arena, self.layer.input.range(), self.output.range())?;
            let multipliers = self
                .multipliers
                .at(constants, count, &mut rules.multipliers)?;
            held.clear();
            held.resize(vectors, [0; LANES]);
            let planes = input.chunks_exact(shape.plane().max(1));
            for (channel, (plane, (matrix, start))) in planes.zip(&self.across).enumerate() {
                matrix.pack(lines, packing, |line, slots| {
                    slots.copy_from_slice(&plane[line * width..][..width]);
                });
                let start = start.at(constants, count, &mut rules.start)?;
                let along = &self.along[channel * lines * vectors..];
                let multipliers = &multipliers[channel * lines..];
                let start = Spread::for_all_rows(start);
                matrix.multiply(lines, start, (packing, &[]), |tile| {
                    // Panels before this one, then lines before this one.
                    let weights = &along[tile.vector * lines + tile.row * tile.vectors..];
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
            let sums = held.as_flattened().iter();
            for (unit, (slot, &sum)) in output.iter_mut().zip(sums).enumerate() {
                let sum = sum.wrapping_add(bias.get(unit));
                let rule = requantise.row(unit);
                *slot = rule.apply_with_offset(sum, offset.get(unit));
            }
        }
        Some(())
    }
}
