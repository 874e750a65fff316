//! The mean is taken away.

use core::fmt::{self, Display, Formatter};
use serde::{Deserialize, Serialize};

use super::{Call, Record};
use crate::inference::check;
use crate::inference::compiled::{Source, structure};
use crate::inference::constants::Constants;
use crate::inference::error::Fault;
use crate::inference::format::{Requantise, Span, Tensor};
use crate::inference::kernels::Kernels;
use crate::inference::quantize::{Requantiser, RowRequantiser};
use crate::inference::shape::Shape;

/// The mean of each channel is taken away: out\[c, x, y\] = requantise(N·in\[c, x, y\] −
/// Σ in\[c, …\]), N being the number of elements of a channel (1/N stands in the multiplier).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Centre {
    /// What it reads.
    pub input: Tensor,
    /// One multiplier, or one a channel.
    pub requantise: Requantise,
}

/// One channel: output\[i\] = requantise(N·input\[i\] − Σ input), N being the number of elements.
pub fn centre(requantise: RowRequantiser<'_>, input: &[i8], output: &mut [i8]) {
    let sum = input
        .iter()
        .fold(0_i32, |sum, &value| sum.wrapping_add(i32::from(value)));
    // A plane whose bound has been proven has fewer than 2³¹ elements.
    let elements = i32::try_from(input.len()).unwrap_or(i32::MAX);
    for (slot, &value) in output.iter_mut().zip(input) {
        let times = elements.wrapping_mul(i32::from(value));
        *slot = requantise.apply(times.wrapping_sub(sum));
    }
}

impl Centre {
    fn run(
        &self,
        constants: Constants<'_>,
        count: u32,
        input: &[i8],
        output: &mut [i8],
    ) -> Option<()> {
        let requantise = Requantiser::new(self.requantise, constants, count)?;
        let plane = self.input.shape().plane().max(1);
        let planes = input.chunks_exact(plane);
        let results = output.chunks_exact_mut(plane);
        for (channel, (input, output)) in planes.zip(results).enumerate() {
            centre(requantise.row(channel), input, output);
        }
        Some(())
    }
}

impl Record for Centre {
    fn inputs(&self) -> [Option<&Tensor>; 2] {
        [Some(&self.input), None]
    }

    fn inputs_mut(&mut self) -> [Option<&mut Tensor>; 2] {
        [Some(&mut self.input), None]
    }

    fn visit_spans(&mut self, visit: &mut dyn FnMut(&mut Span)) {
        self.requantise.visit_spans(visit);
    }

    fn check(&self, output: Shape, constants: Constants<'_>) -> Result<u64, Fault> {
        check::require(output == self.input.shape(), Fault::Shape)?;
        let bound = (output.plane() as u64).saturating_mul(2 * check::LARGEST);
        check::requantise(&self.requantise, output.channels, bound, constants)?;
        Ok(bound)
    }

    #[inline(always)]
    fn run_layer<K: Kernels>(&self, call: Call<'_>) -> Option<()> {
        let Call {
            constants,
            count,
            inputs,
            output,
            ..
        } = call;
        self.run(constants, count, inputs[0], output)
    }

    fn write_source(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Source(self).fmt(f)
    }
}

structure!(Centre { input; requantise });

#[cfg(test)]
mod tests {
    use crate::inference::format::{Activation, Centre, Operator};
    use crate::inference::layers::tests::Bench;

    #[test]
    fn each_channel_has_its_own_mean() {
        let mut bench = Bench::new();
        let operator = Operator::Centre(Centre {
            input: bench.tensor([2, 1, 4]),
            requantise: bench.halves(Activation::Identity),
        });
        // 4·value − 12, and 4·value + 7; then halved upwards.
        let input = [1, 2, 3, 6, 0, 0, 0, -7];
        let output = bench.run(operator, [2, 1, 4], &input);
        assert_eq!(output, [-4, -2, 0, 6, 4, 4, 4, -10]);
    }
}
