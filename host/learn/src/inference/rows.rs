//! Many rows of numbers times the weights of a layer: a matrix product, rounded.

use landauer_core::inference::constants::Constants;
use landauer_core::inference::format::{Activation, Curves, Requantise, Weights};
use landauer_core::inference::weights::WeightRows;

use super::kernels::{
    GroupVector, Kernels, LANES, Offset, Rounding, Spread, SumVector, TILE_VECTORS, Tile,
    panel_vectors, tile_rows,
};
use super::values::{Lie, Values};

/// The weights of a layer, as a model file has them: 8 bits each, row after row.
#[derive(Debug, Clone)]
pub(super) struct Unpacked {
    pub(super) rows: usize,
    /// Weights of a row.
    pub(super) length: usize,
    pub(super) weights: Vec<i8>,
}

impl Unpacked {
    /// Reads rows of weights: the only place that knows how they lie in a file.
    pub(super) fn new(
        weights: Weights,
        [rows, length]: [usize; 2],
        constants: Constants<'_>,
    ) -> Option<Self> {
        let packed = WeightRows::new(weights, length, constants)?;
        let mut unpacked = Vec::with_capacity(rows * length);
        for row in 0..rows {
            unpacked.extend(packed.row(row).weights().take(length));
        }
        (unpacked.len() == rows * length).then_some(Self {
            rows,
            length,
            weights: unpacked,
        })
    }

    /// Every row with its weights in another order: place k gets weight `order[k]`.
    pub(super) fn reordered(&self, order: &[usize]) -> Option<Self> {
        let rows = self.rows().map(|row| {
            let weights = order.iter().map(|&place| row.get(place).copied());
            weights.collect::<Option<Vec<i8>>>()
        });
        let rows: Option<Vec<Vec<i8>>> = rows.collect();
        Some(Self {
            rows: self.rows,
            length: order.len(),
            weights: rows?.concat(),
        })
    }

    /// One row after the other.
    pub(super) fn rows(&self) -> impl ExactSizeIterator<Item = &[i8]> {
        self.weights.chunks_exact(self.length.max(1))
    }

    /// What `offset` times every number adds to the sum of each row.
    pub(super) fn surplus(&self, offset: u8) -> Vec<i32> {
        let sums = self.rows().map(|row| {
            let sum: i32 = row.iter().map(|&weight| i32::from(weight)).sum();
            i32::from(offset).wrapping_mul(sum)
        });
        sums.collect()
    }
}

/// Weights packed for [`Kernels`], and how many numbers they meet.
#[derive(Debug, Clone)]
pub(super) struct Matrix {
    kernels: Kernels,
    outputs: usize,
    inputs: usize,
    /// Vectors of sums of a row, filled up with zeros.
    vectors: usize,
    /// `[panel, group of four inputs, vector]`, a panel being [`panel_vectors`] or the rest.
    lanes: Vec<GroupVector>,
}

/// Sums of some rows of a panel.
#[derive(Debug)]
pub(super) struct Part<'s> {
    /// The first row.
    pub(super) row: usize,
    /// The first vector of a row.
    pub(super) vector: usize,
    /// Vectors of a row.
    pub(super) vectors: usize,
    /// `[row, vector]`.
    pub(super) sums: &'s [SumVector],
}

/// Room for rows of numbers, those that do not fill a tile included.
#[derive(Debug, Default)]
pub(super) struct Packing(Vec<i8>);

impl Matrix {
    pub(super) fn new(kernels: Kernels, weights: &Unpacked) -> Self {
        let rows: Vec<&[i8]> = weights.rows().collect();
        let groups = weights.length.div_ceil(4);
        let vectors = weights.rows.div_ceil(LANES);
        let mut lanes = Vec::with_capacity(vectors * groups);
        for panel in rows.chunks(panel_vectors(vectors) * LANES) {
            for group in 0..groups {
                for rows in panel.chunks(LANES) {
                    lanes.push(group_vector(rows, group));
                }
            }
        }
        Self {
            kernels,
            outputs: weights.rows,
            inputs: weights.length,
            vectors,
            lanes,
        }
    }

    const fn groups(&self) -> usize {
        self.inputs.div_ceil(4)
    }

    /// Rows up to whole tiles.
    const fn padded(&self, rows: usize) -> usize {
        rows.next_multiple_of(tile_rows(self.vectors))
    }

    /// Packs rows of numbers: `read` is given each row's number and room.
    pub(super) fn pack(
        &self,
        rows: usize,
        packing: &mut Packing,
        mut read: impl FnMut(usize, &mut [i8]),
    ) {
        let length = 4 * self.groups();
        let Packing(packed) = packing;
        // What fills a row up meets weights of 0, what fills a tile up is not looked at.
        packed.resize(self.padded(rows) * length, 0);
        let slots = packed.chunks_exact_mut(length.max(1)).take(rows);
        for (row, slots) in slots.enumerate() {
            read(row, &mut slots[..self.inputs]);
        }
        let offset = self.kernels.offset().cast_signed();
        if offset != 0 {
            for number in &mut packed[..rows * length] {
                *number ^= offset;
            }
        }
    }

    /// Packs rows that lie one after the other.
    pub(super) fn pack_lines(&self, lines: &[i8], packing: &mut Packing) {
        let rows = lines.len() / self.inputs.max(1);
        if !self.inputs.is_multiple_of(4) {
            self.pack(rows, packing, |row, slots| {
                slots.copy_from_slice(&lines[row * self.inputs..][..self.inputs]);
            });
            return;
        }
        let Packing(packed) = packing;
        packed.resize(self.padded(rows) * self.inputs, 0);
        let offset = self.kernels.offset().cast_signed();
        for (slot, &number) in packed.iter_mut().zip(lines) {
            *slot = number ^ offset;
        }
    }

    /// The sums of `rows` packed rows, each beginning with its numbers of `start`, which have had
    /// the surplus taken off: tile by tile, panel by panel. The numbers ahead are asked for in
    /// equal parts.
    pub(super) fn multiply(
        &self,
        rows: usize,
        start: Spread<'_>,
        (packing, ahead): (&Packing, &[f64]),
        mut take: impl FnMut(Part<'_>),
    ) {
        let groups = self.groups();
        let (numbers, _) = packing.0.as_chunks::<4>();
        let mut sums = [[0; LANES]; TILE_VECTORS];
        let tile_rows = tile_rows(self.vectors);
        let (lines, _) = ahead.as_chunks::<8>();
        let panel = panel_vectors(self.vectors);
        let tiles = rows.div_ceil(tile_rows) * self.vectors.div_ceil(panel);
        let mut ahead = lines.chunks(lines.len().div_ceil(tiles.max(1)).max(1));
        for vector in (0..self.vectors).step_by(panel) {
            let vectors = panel.min(self.vectors - vector);
            let lanes = &self.lanes[vector * groups..][..vectors * groups];
            for row in (0..rows).step_by(tile_rows) {
                let numbers = &numbers[row * groups..][..tile_rows * groups];
                let tile = Tile {
                    rows: numbers,
                    groups,
                    lanes,
                    vectors,
                    start: start.from(row, vector),
                    offset: Offset::Rows,
                    ahead: ahead.next().unwrap_or(&[]),
                };
                self.kernels.multiply(tile, tile_rows, &mut sums);
                let used = tile_rows.min(rows - row);
                take(Part {
                    row,
                    vector,
                    vectors,
                    sums: &sums[..used * vectors],
                });
            }
        }
    }
}

/// A [`Requantise`] for vectors of sums.
#[derive(Debug, Clone)]
pub(super) struct PackedRounding {
    pub(super) multipliers: Values,
    left: u8,
    lowest: i8,
    table: Option<Vec<i8>>,
}

impl PackedRounding {
    /// For `rows` rows from row `first` on.
    pub(super) fn new(
        requantise: Requantise,
        (first, rows): (usize, usize),
        lie: Lie,
        constants: Constants<'_>,
    ) -> Option<Self> {
        let (lowest, table) = match requantise.activation {
            Activation::Identity => (-127, None),
            Activation::Relu => (0, None),
            Activation::Table(span) => (-128, Some(constants.bytes(span)?)),
            _ => return None,
        };
        let signed = |table: &[u8]| table.iter().map(|&byte| byte.cast_signed()).collect();
        let curves = (requantise.multiplier, first);
        Some(Self {
            multipliers: Values::new(curves, vec![0; rows], lie, constants)?,
            left: requantise.left,
            lowest,
            table: table
                .map(signed)
                .filter(|table: &Vec<i8>| table.len() == 256),
        })
    }

    /// The rule with its multipliers.
    pub(super) const fn with<'r>(&self, multipliers: Spread<'r>) -> Rounding<'r> {
        Rounding {
            multipliers,
            left: self.left,
            lowest: self.lowest,
        }
    }

    /// Rounds rows of `vectors` vectors of sums.
    pub(super) fn round(
        &self,
        kernels: Kernels,
        (sums, vectors): (&[SumVector], usize),
        multipliers: Spread<'_>,
        output: &mut [i8],
    ) {
        kernels.round(sums, vectors, self.with(multipliers), output);
        self.look_up(output);
    }

    /// The activation: the table, if it has one.
    pub(super) fn look_up(&self, values: &mut [i8]) {
        if let Some(table) = &self.table {
            for value in values {
                *value = table[usize::from(value.cast_unsigned() ^ 0x80)];
            }
        }
    }
}

/// A layer whose rows are the outputs: a matrix, what its sums begin with, and how they are rounded.
#[derive(Debug, Clone)]
pub(super) struct PackedRows {
    matrix: Matrix,
    start: Values,
    rounding: PackedRounding,
}

/// What a block of rows begins and ends with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'r> {
    start: Spread<'r>,
    multipliers: Spread<'r>,
}

/// Room for [`Rules`] that depend on the impurity count.
#[derive(Debug, Default)]
pub(super) struct RulesRoom {
    pub(super) start: Vec<SumVector>,
    pub(super) multipliers: Vec<SumVector>,
}

impl PackedRows {
    /// Packs a layer. Its biases and multipliers are those of the rows from `first` on.
    pub(super) fn new(
        kernels: Kernels,
        weights: &Unpacked,
        (bias, requantise, first): (Curves, Requantise, usize),
        constants: Constants<'_>,
    ) -> Option<Self> {
        let surplus = weights.surplus(kernels.offset());
        let rows = (first, weights.rows);
        Some(Self {
            matrix: Matrix::new(kernels, weights),
            start: Values::new((bias, first), surplus, Lie::Lanes, constants)?,
            rounding: PackedRounding::new(requantise, rows, Lie::Lanes, constants)?,
        })
    }

    /// Do its rules not depend on the impurity count?
    pub(super) const fn is_constant(&self) -> bool {
        self.start.is_constant() && self.rounding.multipliers.is_constant()
    }

    /// See [`Matrix::pack`].
    pub(super) fn pack(
        &self,
        rows: usize,
        packing: &mut Packing,
        read: impl FnMut(usize, &mut [i8]),
    ) {
        self.matrix.pack(rows, packing, read);
    }

    /// See [`Matrix::pack_lines`].
    pub(super) fn pack_lines(&self, lines: &[i8], packing: &mut Packing) {
        self.matrix.pack_lines(lines, packing);
    }

    /// The rules of rows that all have this count.
    pub(super) fn rules<'r>(
        &'r self,
        constants: Constants<'_>,
        count: u32,
        room: &'r mut RulesRoom,
    ) -> Option<Rules<'r>> {
        let start = self.start.at(constants, count, &mut room.start)?;
        let multipliers = &self.rounding.multipliers;
        let multipliers = multipliers.at(constants, count, &mut room.multipliers)?;
        Some(Rules {
            start: Spread::for_all_rows(start),
            multipliers: Spread::for_all_rows(multipliers),
        })
    }

    /// The rules of rows that have these counts.
    pub(super) fn rules_by_row<'r>(
        &'r self,
        constants: Constants<'_>,
        counts: &[u32],
        room: &'r mut RulesRoom,
    ) -> Option<Rules<'r>> {
        let rows = self.matrix.padded(counts.len());
        let start = &self.start;
        let start = start.by_row(constants, counts, rows, &mut room.start)?;
        let multipliers = &self.rounding.multipliers;
        let multipliers = multipliers.by_row(constants, counts, rows, &mut room.multipliers)?;
        Some(Rules { start, multipliers })
    }

    /// Multiplies packed rows (asking for the numbers ahead) and hands the rounded outputs to `write`, a part of a row at a time:
    /// its row, its first output.
    pub(super) fn multiply(
        &self,
        rows: usize,
        rules: Rules<'_>,
        packed: (&Packing, &[f64]),
        mut write: impl FnMut(usize, usize, &[i8]),
    ) {
        let mut rounded = [0; TILE_VECTORS * LANES];
        let Matrix {
            kernels, outputs, ..
        } = self.matrix;
        self.matrix.multiply(rows, rules.start, packed, |tile| {
            let rounded = &mut rounded[..tile.sums.len() * LANES];
            let sums = (tile.sums, tile.vectors);
            let multipliers = rules.multipliers.from(tile.row, tile.vector);
            self.rounding.round(kernels, sums, multipliers, rounded);
            let (first, width) = (tile.vector * LANES, tile.vectors * LANES);
            let used = width.min(outputs - first);
            for (row, rounded) in rounded.chunks_exact(width).enumerate() {
                write(tile.row + row, first, &rounded[..used]);
            }
        });
    }
}

/// Weights 4·group … 4·group + 3 of up to 16 rows, zeros beyond the end of either.
fn group_vector(rows: &[&[i8]], group: usize) -> GroupVector {
    let mut vector = [0; 4 * LANES];
    for (slots, row) in vector.chunks_exact_mut(4).zip(rows) {
        for (slot, &weight) in slots.iter_mut().zip(row.iter().skip(4 * group)) {
            *slot = weight;
        }
    }
    vector
}
