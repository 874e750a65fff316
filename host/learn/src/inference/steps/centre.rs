//! The mean is taken away.

use landauer_core::inference::constants::Constants;
use landauer_core::inference::format::{Centre, Tensor};

use super::{Room, Run};
use crate::inference::kernels::{Kernels, LANES, Spread};
use crate::inference::passes::{Passes, views};
use crate::inference::rows::PackedRounding;
use crate::inference::values::Lie;

#[derive(Debug, Clone)]
pub(in crate::inference) struct CentreStep {
    kernels: Kernels,
    rounding: PackedRounding,
    input: Tensor,
    output: Tensor,
}

impl CentreStep {
    pub(in crate::inference) fn new(
        kernels: Kernels,
        centre: &Centre,
        output: Tensor,
        constants: Constants<'_>,
    ) -> Option<Self> {
        let rows = (0, usize::from(output.channels));
        Some(Self {
            kernels,
            rounding: PackedRounding::new(centre.requantise, rows, Lie::Vectors, constants)?,
            input: centre.input,
            output,
        })
    }
}

impl Run for CentreStep {
    fn run(
        &self,
        constants: Constants<'_>,
        passes: &mut Passes<'_>,
        room: &mut Room,
    ) -> Option<()> {
        let plane = self.input.shape().plane().max(1);
        let elements = i32::try_from(plane).ok()?;
        let Room {
            rules, sums, bytes, ..
        } = room;
        sums.resize(plane.div_ceil(LANES), [0; LANES]);
        bytes.resize(sums.len() * LANES, 0);
        for (count, arena) in passes.each() {
            let (input, output) = views(arena, self.input.range(), self.output.range())?;
            let multipliers = &self.rounding.multipliers;
            let multipliers = multipliers.at(constants, count, &mut rules.multipliers)?;
            let planes = input.chunks_exact(plane);
            let planes = planes.zip(output.chunks_exact_mut(plane));
            for ((input, output), multiplier) in planes.zip(multipliers) {
                let sum = input.iter().fold(0_i32, |sum, &v| sum + i32::from(v));
                for (slot, &value) in sums.as_flattened_mut().iter_mut().zip(input) {
                    *slot = elements.wrapping_mul(i32::from(value)).wrapping_sub(sum);
                }
                // The same for all vectors of the plane.
                let multiplier = Spread {
                    vectors: std::slice::from_ref(multiplier),
                    row_step: 0,
                    vector_step: 0,
                };
                self.rounding
                    .round(self.kernels, (sums, sums.len()), multiplier, bytes);
                output.copy_from_slice(&bytes[..plane]);
            }
        }
        Some(())
    }
}
