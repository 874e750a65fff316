//! A matrix times lines that lie side by side: neighbours of a slice in the lanes of vectors.

use landauer_core::inference::constants::Constants;
use landauer_core::inference::format::{Curves, Requantise};

use super::Room;
use crate::inference::kernels::{
    GroupVector, Kernels, LANES, Offset, Spread, TILE_VECTORS, Tile, panel_vectors, tile_rows,
};
use crate::inference::rows::{PackedRounding, Unpacked};
use crate::inference::values::{Lie, Values};

/// Room for a plane, four elements of a line together.
#[derive(Debug, Default)]
pub(super) struct Columns(Vec<GroupVector>);

/// A matrix whose rows are multiplied by columns of a plane.
#[derive(Debug, Clone)]
pub(super) struct PackedColumns {
    kernels: Kernels,
    outputs: usize,
    /// Elements of a column.
    elements: usize,
    /// Columns side by side.
    lines: usize,
    /// `[output, group of four]`, filled up with zeros to whole groups and tiles.
    weights: Vec<[i8; 4]>,
    start: Values,
    rounding: PackedRounding,
}

impl PackedColumns {
    pub(super) fn new(
        kernels: Kernels,
        weights: &Unpacked,
        (bias, requantise, first): (Curves, Requantise, usize),
        lines: usize,
        constants: Constants<'_>,
    ) -> Option<Self> {
        let rows = weights
            .rows
            .next_multiple_of(tile_rows(lines.div_ceil(LANES)));
        let mut packed: Vec<[i8; 4]> = weights
            .rows()
            .flat_map(|row| row.chunks(4))
            .map(|four| std::array::from_fn(|place| four.get(place).copied().unwrap_or(0)))
            .collect();
        packed.resize(rows * weights.length.div_ceil(4), [0; 4]);
        let mut surplus = weights.surplus(kernels.offset());
        surplus.resize(rows, 0);
        Some(Self {
            kernels,
            outputs: weights.rows,
            elements: weights.length,
            lines,
            weights: packed,
            start: Values::new((bias, first), surplus, Lie::Vectors, constants)?,
            rounding: PackedRounding::new(requantise, (first, rows), Lie::Vectors, constants)?,
        })
    }

    /// One channel: `[element, line]` to `[output, line]`.
    pub(super) fn run(
        &self,
        (constants, count): (Constants<'_>, u32),
        input: &[i8],
        output: &mut [i8],
        room: &mut Room,
    ) -> Option<()> {
        let Room { rules, along, .. } = room;
        let start = self.start.at(constants, count, &mut rules.start)?;
        let multipliers = &self.rounding.multipliers;
        let multipliers = multipliers.at(constants, count, &mut rules.multipliers)?;
        let (start, multipliers) = (Spread::one_a_row(start), Spread::one_a_row(multipliers));
        let groups = self.elements.div_ceil(4);
        let all = self.lines.div_ceil(LANES);
        let tile_rows = tile_rows(all);
        let mut sums = [[0; LANES]; TILE_VECTORS];
        let mut rounded = [0; TILE_VECTORS * LANES];
        let panel = panel_vectors(all);
        for vector in (0..all).step_by(panel) {
            let vectors = panel.min(all - vector);
            let first = vector * LANES;
            let lines = (vectors * LANES).min(self.lines - first);
            self.interleave(input, first..first + lines, vectors, &mut along.0);
            for row in (0..self.outputs).step_by(tile_rows) {
                let tile = Tile {
                    rows: &self.weights[row * groups..][..tile_rows * groups],
                    groups,
                    lanes: &along.0,
                    vectors,
                    start: start.from(row, 0),
                    offset: Offset::Lanes,
                    ahead: &[],
                };
                self.kernels.multiply(tile, tile_rows, &mut sums);
                let used = tile_rows.min(self.outputs - row);
                let sums = &sums[..used * vectors];
                let rounded = &mut rounded[..used * vectors * LANES];
                let multipliers = multipliers.from(row, 0);
                self.rounding
                    .round(self.kernels, (sums, vectors), multipliers, rounded);
                for (number, rounded) in rounded.chunks_exact(vectors * LANES).enumerate() {
                    let slots = &mut output[(row + number) * self.lines + first..];
                    slots[..lines].copy_from_slice(&rounded[..lines]);
                }
            }
        }
        Some(())
    }

    /// Puts four elements of each line together.
    fn interleave(
        &self,
        input: &[i8],
        lines: std::ops::Range<usize>,
        vectors: usize,
        columns: &mut Vec<GroupVector>,
    ) {
        let groups = self.elements.div_ceil(4);
        columns.resize(vectors * groups, [0; 4 * LANES]);
        for (group, columns) in columns.chunks_exact_mut(vectors).enumerate() {
            let four: [&[i8]; 4] = std::array::from_fn(|place| {
                let element = 4 * group + place;
                if element < self.elements {
                    &input[element * self.lines..][lines.clone()]
                } else {
                    &[]
                }
            });
            self.kernels.interleave(four, columns);
        }
    }
}
