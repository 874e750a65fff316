//! Products of channels, element by element.

use landauer_core::inference::constants::Constants;
use landauer_core::inference::format::{Pair, Product, Tensor};
use landauer_core::inference::shape::Shape;

use super::{Room, Run};
use crate::inference::kernels::{Kernels, Lines, Spread};
use crate::inference::passes::{Passes, views};
use crate::inference::rows::PackedRounding;
use crate::inference::values::{Lie, Values};

#[derive(Debug, Clone)]
pub(in crate::inference) struct ProductStep {
    kernels: Kernels,
    pairs: Vec<Pair>,
    /// Lines of a plane that have a rule of their own.
    lines: usize,
    start: Values,
    rounding: PackedRounding,
    input: Tensor,
    output: Tensor,
}

impl ProductStep {
    pub(in crate::inference) fn new(
        kernels: Kernels,
        product: &Product,
        output: Tensor,
        constants: Constants<'_>,
    ) -> Option<Self> {
        let lines = if product.by_slice {
            usize::from(product.input.slices)
        } else {
            1
        };
        let rows = product.pairs.len() * lines;
        let rule = product.requantise;
        Some(Self {
            kernels,
            pairs: product.pairs.to_vec(),
            lines,
            start: Values::plain(product.bias, rows, Lie::Vectors, constants)?,
            rounding: PackedRounding::new(rule, (0, rows), Lie::Vectors, constants)?,
            input: product.input,
            output,
        })
    }
}

/// A plane moved by a shift: element \[x, y\] is what stands at \[x, y\] + shift, 0 outside.
fn moved(plane: &[i8], shape: Shape, shift: [i16; 2], room: &mut Vec<i8>) {
    room.clear();
    room.resize(plane.len(), 0);
    let amount = usize::from(shift[1].unsigned_abs());
    let kept = shape.rows.saturating_sub(amount);
    let (from, to) = if shift[1] < 0 {
        (0, amount)
    } else {
        (amount, 0)
    };
    for (x, line) in room.chunks_exact_mut(shape.rows.max(1)).enumerate() {
        let source = x.checked_add_signed(isize::from(shift[0]));
        let Some(source) = source.filter(|&source| source < shape.slices && kept > 0) else {
            continue;
        };
        let source = &plane[source * shape.rows..][..shape.rows];
        line[to..to + kept].copy_from_slice(&source[from..from + kept]);
    }
}

impl Run for ProductStep {
    fn run(
        &self,
        constants: Constants<'_>,
        passes: &mut Passes<'_>,
        room: &mut Room,
    ) -> Option<()> {
        let shape = self.input.shape();
        let plane = shape.plane();
        let Room { rules, bytes, .. } = room;
        for (count, arena) in passes.each() {
            let (input, output) = views(arena, self.input.range(), self.output.range())?;
            let start = self.start.at(constants, count, &mut rules.start)?;
            let multipliers = &self.rounding.multipliers;
            let multipliers = multipliers.at(constants, count, &mut rules.multipliers)?;
            let outputs = output.chunks_exact_mut(plane.max(1));
            for (number, (pair, output)) in self.pairs.iter().zip(outputs).enumerate() {
                let channel = |number: u16| &input[usize::from(number) * plane..][..plane];
                let second = channel(pair.second);
                let second = if pair.shift == [0, 0] {
                    second
                } else {
                    moved(second, shape, pair.shift, bytes);
                    &bytes[..]
                };
                let rows = number * self.lines..(number + 1) * self.lines;
                let lines = Lines {
                    width: plane / self.lines,
                    first: channel(pair.first),
                    second,
                    start: &start[rows.clone()],
                };
                let multipliers = Spread::one_a_row(&multipliers[rows]);
                self.kernels
                    .product(lines, self.rounding.with(multipliers), output);
            }
            self.rounding.look_up(output);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_is_zero() {
        let shape = Shape {
            channels: 1,
            slices: 2,
            rows: 3,
        };
        let plane = [1, 2, 3, 4, 5, 6];
        for (shift, expected) in [
            ([0, 1], [2, 3, 0, 5, 6, 0]),
            ([1, -1], [0, 4, 5, 0, 0, 0]),
            ([-1, 0], [0, 0, 0, 1, 2, 3]),
            ([0, -3], [0; 6]),
            ([i16::MIN, i16::MAX], [0; 6]),
        ] {
            let mut room = Vec::new();
            moved(&plane, shape, shift, &mut room);
            assert_eq!(room, expected, "{shift:?}");
        }
    }
}
