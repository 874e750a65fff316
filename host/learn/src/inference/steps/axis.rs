//! The matrix product along one axis.
//!
//! Folded weights are unfolded: a difference of two numbers does not fit in 8 bits, and a product
//! with 8 bits costs half of one with 16.

use landauer_core::inference::constants::Constants;
use landauer_core::inference::format::{Axis, AxisLinear, Tensor};

use super::along::PackedColumns;
use super::{Room, Run};
use crate::inference::kernels::Kernels;
use crate::inference::passes::{Passes, views};
use crate::inference::rows::{PackedRows, Unpacked};

#[derive(Debug, Clone)]
pub(in crate::inference) struct AxisStep {
    matrices: Matrices,
    input: Tensor,
    output: Tensor,
}

/// One matrix for all channels, or one for each.
#[derive(Debug, Clone)]
enum Matrices {
    /// Along rows, the factors lie together: a row a line.
    Across(Vec<PackedRows>),
    /// Along slices, lines lie side by side.
    Along(Vec<PackedColumns>),
}

/// What folded weights are without folding: Σ w·(in\[i\] ± in\[N − 1 − i\]).
fn unfolded(folded: &Unpacked, outputs: usize) -> Unpacked {
    let rows = folded.rows().enumerate().flat_map(|(row, weights)| {
        let sign = if 2 * (row % outputs) < outputs { 1 } else { -1 };
        let mirrored = weights.iter().rev().map(move |weight| sign * weight);
        weights.iter().copied().chain(mirrored)
    });
    Unpacked {
        rows: folded.rows,
        length: 2 * folded.length,
        weights: rows.collect(),
    }
}

impl AxisStep {
    pub(in crate::inference) fn new(
        kernels: Kernels,
        layer: &AxisLinear,
        output: Tensor,
        constants: Constants<'_>,
    ) -> Option<Self> {
        let (from, to) = (layer.input.shape(), output.shape());
        let [elements, outputs] = match layer.axis {
            Axis::Row => [from.rows, to.rows],
            Axis::Slice => [from.slices, to.slices],
        };
        let length = if layer.folded { elements / 2 } else { elements };
        let matrices = if layer.by_channel { from.channels } else { 1 };
        let all = Unpacked::new(layer.weights, [matrices * outputs, length], constants)?;
        let all = if layer.folded {
            unfolded(&all, outputs)
        } else {
            all
        };
        let each = all.weights.chunks_exact((outputs * elements).max(1));
        let each = each.enumerate().map(|(number, weights)| {
            let weights = Unpacked {
                rows: outputs,
                length: elements,
                weights: weights.to_vec(),
            };
            (weights, (layer.bias, layer.requantise, number * outputs))
        });
        let matrices = match layer.axis {
            Axis::Row => {
                let rows = |(weights, rules): (Unpacked, _)| {
                    PackedRows::new(kernels, &weights, rules, constants)
                };
                Matrices::Across(each.map(rows).collect::<Option<_>>()?)
            }
            Axis::Slice => {
                let columns = |(weights, rules): (Unpacked, _)| {
                    PackedColumns::new(kernels, &weights, rules, from.rows, constants)
                };
                Matrices::Along(each.map(columns).collect::<Option<_>>()?)
            }
        };
        Some(Self {
            matrices,
            input: layer.input,
            output,
        })
    }
}

impl Run for AxisStep {
    fn run(
        &self,
        constants: Constants<'_>,
        passes: &mut Passes<'_>,
        room: &mut Room,
    ) -> Option<()> {
        let (from, to) = (self.input.shape(), self.output.shape());
        for (count, arena) in passes.each() {
            let (input, output) = views(arena, self.input.range(), self.output.range())?;
            match &self.matrices {
                Matrices::Across(matrices) => {
                    let planes = from.channels / matrices.len().max(1) * from.plane();
                    let results = planes / from.rows.max(1) * to.rows;
                    let inputs = input.chunks_exact(planes.max(1));
                    let outputs = output.chunks_exact_mut(results.max(1));
                    for (rows, (input, output)) in matrices.iter().zip(inputs.zip(outputs)) {
                        let lines = input.len() / from.rows.max(1);
                        rows.pack_lines(input, &mut room.packing);
                        let rules = rows.rules(constants, count, &mut room.rules)?;
                        rows.multiply(
                            lines,
                            rules,
                            (&room.packing, &[]),
                            |line, first, outputs| {
                                let slots = &mut output[line * to.rows + first..];
                                slots[..outputs.len()].copy_from_slice(outputs);
                            },
                        );
                    }
                }
                Matrices::Along(matrices) => {
                    let inputs = input.chunks_exact(from.plane().max(1));
                    let outputs = output.chunks_exact_mut(to.plane().max(1));
                    for ((input, output), columns) in
                        inputs.zip(outputs).zip(matrices.iter().cycle())
                    {
                        columns.run((constants, count), input, output, room)?;
                    }
                }
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_half_of_each_matrix_is_even() {
        let folded = Unpacked {
            rows: 4,
            length: 2,
            weights: vec![1, 2, 3, 4, 5, 6, 7, 8],
        };
        let all = unfolded(&folded, 2);
        let rows: Vec<&[i8]> = all.rows().collect();
        assert_eq!(
            rows,
            [[1, 2, 2, 1], [3, 4, -4, -3], [5, 6, 6, 5], [7, 8, -8, -7]]
        );
    }
}
