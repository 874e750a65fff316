//! Many rows of inputs times the weights of a layer: a matrix product.

use landauer_core::inference::constants::Constants;
use landauer_core::inference::curves::CurvesAt;
use landauer_core::inference::format::{Activation, Curves, Requantise, Weights};
use landauer_core::inference::weights::WeightRows;

use super::kernels::{
    Kernels, LANES, MOST_VECTORS, Rounding, SumVector, TILE_VECTORS, Tile, WeightVector, tile_rows,
};

/// A layer's weights, biases and multipliers, packed for [`Kernels`].
#[derive(Debug, Clone)]
pub(super) struct PackedRows {
    kernels: Kernels,
    /// Sums of a row.
    outputs: usize,
    /// Inputs of a row.
    inputs: usize,
    /// Vectors of sums of a row, filled up with zeros.
    vectors: usize,
    /// `[panel, group of four inputs, vector]`, a panel being [`MOST_VECTORS`] or what is left.
    weights: Vec<WeightVector>,
    bias: Vec<SumVector>,
    rounding: PackedRounding,
}

/// A [`Requantise`] whose multipliers do not depend on the impurity count.
#[derive(Debug, Clone)]
pub(super) struct PackedRounding {
    multipliers: Vec<SumVector>,
    left: u8,
    lowest: i8,
    table: Option<Vec<i8>>,
}

/// Room for packed inputs and for sums.
#[derive(Debug, Default)]
pub(super) struct Packing {
    inputs: Vec<[u8; 4]>,
    row: Vec<i8>,
}

/// Does it not depend on the impurity count?
pub(super) const fn is_constant(curves: Curves) -> bool {
    curves.is_constant()
}

/// Numbers, one after the other, in vectors that end with `filler`.
fn vectors(numbers: impl Iterator<Item = i32>, filler: i32) -> Vec<SumVector> {
    let numbers: Vec<i32> = numbers.collect();
    let chunks = numbers.chunks(LANES);
    chunks
        .map(|chunk| {
            let mut vector = [filler; LANES];
            vector[..chunk.len()].copy_from_slice(chunk);
            vector
        })
        .collect()
}

impl PackedRounding {
    /// For rows of so many sums; none if multipliers depend on the count.
    pub(super) fn new(
        requantise: Requantise,
        outputs: usize,
        constants: Constants<'_>,
    ) -> Option<Self> {
        if !is_constant(requantise.multiplier) {
            return None;
        }
        let multipliers = CurvesAt::new(requantise.multiplier, constants, 0)?;
        let (lowest, table) = match requantise.activation {
            Activation::Identity => (-127, None),
            Activation::Relu => (0, None),
            Activation::Table(span) => (-128, Some(constants.bytes(span)?)),
            _ => return None,
        };
        let signed = |table: &[u8]| table.iter().map(|&byte| byte.cast_signed()).collect();
        Some(Self {
            multipliers: vectors((0..outputs).map(|row| multipliers.get(row)), 1),
            left: requantise.left,
            lowest,
            table: table.map(signed),
        })
    }

    /// Rounds whole rows of sums; `output` has a slot for each, filled-up ones included.
    pub(super) fn apply(&self, kernels: Kernels, sums: &[SumVector], output: &mut [i8]) {
        self.apply_part(kernels, sums, 0, self.multipliers.len(), output);
    }

    /// The same for some of the vectors of each row.
    fn apply_part(
        &self,
        kernels: Kernels,
        sums: &[SumVector],
        first: usize,
        vectors: usize,
        output: &mut [i8],
    ) {
        let rounding = Rounding {
            multipliers: &self.multipliers[first..first + vectors],
            left: self.left,
            lowest: self.lowest,
        };
        kernels.round(sums, rounding, output);
        if let Some(table) = &self.table {
            for slot in output {
                *slot = table[usize::from(slot.cast_unsigned() ^ 0x80)];
            }
        }
    }
}

/// The weights of a layer, 8 bits each, those of every row in this order.
pub(super) fn unpack(
    weights: Weights,
    outputs: usize,
    order: &[usize],
    constants: Constants<'_>,
) -> Option<Vec<i8>> {
    let rows = WeightRows::new(weights, order.len(), constants)?;
    let mut unpacked = Vec::with_capacity(outputs * order.len());
    for row in 0..outputs {
        let row: Vec<i8> = rows.row(row).weights().collect();
        for &place in order {
            unpacked.push(*row.get(place)?);
        }
    }
    Some(unpacked)
}

impl PackedRows {
    /// Packs the weights of a layer with so many outputs; weight k of a packed row is weight
    /// `order[k]` of the layer's. None if biases or multipliers depend on the count.
    pub(super) fn new(
        kernels: Kernels,
        (weights, bias, requantise): (Weights, Curves, Requantise),
        outputs: usize,
        order: &[usize],
        constants: Constants<'_>,
    ) -> Option<Self> {
        if !is_constant(bias) {
            return None;
        }
        let rounding = PackedRounding::new(requantise, outputs, constants)?;
        let bias = CurvesAt::new(bias, constants, 0)?;
        let unpacked = unpack(weights, outputs, order, constants)?;
        let inputs = order.len();
        let rows: Vec<&[i8]> = unpacked.chunks_exact(inputs.max(1)).collect();
        let offset = i32::from(kernels.offset());
        let bias = rows.iter().enumerate().map(|(row, weights)| {
            let sum: i32 = weights.iter().map(|&weight| i32::from(weight)).sum();
            bias.get(row).wrapping_sub(offset.wrapping_mul(sum))
        });
        let bias = vectors(bias, 0);
        let mut packed = Vec::with_capacity(bias.len() * inputs.div_ceil(4));
        for panel in rows.chunks(MOST_VECTORS * LANES) {
            for group in 0..inputs.div_ceil(4) {
                for rows in panel.chunks(LANES) {
                    packed.push(weight_vector(rows, group));
                }
            }
        }
        Some(Self {
            kernels,
            outputs,
            inputs,
            vectors: bias.len(),
            weights: packed,
            bias,
            rounding,
        })
    }

    /// Multiplies the rows of inputs that `read` writes (each is given room for its inputs) and
    /// hands the rounded outputs to `write`, a part of a row at a time: its row, its first output.
    pub(super) fn run(
        &self,
        rows: usize,
        packing: &mut Packing,
        mut read: impl FnMut(usize, &mut [i8]),
        mut write: impl FnMut(usize, usize, &[i8]),
    ) {
        let tile_rows = tile_rows(self.vectors);
        let groups = self.inputs.div_ceil(4);
        let tiles = rows.div_ceil(tile_rows);
        self.pack(rows, tile_rows, packing, &mut read);
        let mut sums = [[0; LANES]; TILE_VECTORS];
        let mut rounded = [0; TILE_VECTORS * LANES];
        for (panel, bias) in self.bias.chunks(MOST_VECTORS).enumerate() {
            let vectors = bias.len();
            let first = panel * MOST_VECTORS;
            let weights = &self.weights[first * groups..][..vectors * groups];
            let inputs = packing.inputs.chunks_exact((groups * tile_rows).max(1));
            for (tile, inputs) in inputs.take(tiles).enumerate() {
                let multiplied = Tile {
                    inputs,
                    weights,
                    bias,
                };
                self.kernels.multiply(multiplied, tile_rows, &mut sums);
                let used = tile_rows.min(rows - tile * tile_rows);
                let sums = &sums[..used * vectors];
                let rounded = &mut rounded[..sums.len() * LANES];
                self.rounding
                    .apply_part(self.kernels, sums, first, vectors, rounded);
                let (start, width) = (first * LANES, vectors * LANES);
                let width_used = width.min(self.outputs - start);
                for (row, rounded) in rounded.chunks_exact(width).enumerate() {
                    write(tile * tile_rows + row, start, &rounded[..width_used]);
                }
            }
        }
    }

    /// Packs the inputs `[tile, group of four, row]`.
    fn pack(
        &self,
        rows: usize,
        tile_rows: usize,
        packing: &mut Packing,
        read: &mut impl FnMut(usize, &mut [i8]),
    ) {
        let groups = self.inputs.div_ceil(4);
        let offset = self.kernels.offset();
        let size = groups * tile_rows;
        packing
            .inputs
            .resize(rows.div_ceil(tile_rows) * size, [offset; 4]);
        // What fills the last group up meets weights of 0.
        packing.row.clear();
        packing.row.resize(4 * groups, 0);
        for row in 0..rows {
            read(row, &mut packing.row[..self.inputs]);
            let tile = &mut packing.inputs[row / tile_rows * size..][..size];
            let slots = tile.iter_mut().skip(row % tile_rows).step_by(tile_rows);
            let (groups, _) = packing.row.as_chunks::<4>();
            for (slot, &[a, b, c, d]) in slots.zip(groups) {
                let flip = |input: i8| input.cast_unsigned() ^ offset;
                *slot = [flip(a), flip(b), flip(c), flip(d)];
            }
        }
    }
}

/// Weights 4·group … 4·group + 3 of up to 16 rows, zeros beyond the end of either.
fn weight_vector(rows: &[&[i8]], group: usize) -> WeightVector {
    let mut vector = [0; 4 * LANES];
    for (slots, row) in vector.chunks_exact_mut(4).zip(rows) {
        for (slot, &weight) in slots.iter_mut().zip(row.iter().skip(4 * group)) {
            *slot = weight;
        }
    }
    vector
}
