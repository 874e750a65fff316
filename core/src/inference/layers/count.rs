//! Functions of the impurity count as features.

use core::fmt::{self, Display, Formatter};
use serde::{Deserialize, Serialize};

use super::{Call, Record};
use crate::inference::check;
use crate::inference::compiled::{Source, structure};
use crate::inference::constants::Constants;
use crate::inference::curves::CurvesAt;
use crate::inference::error::Fault;
use crate::inference::format::{Curves, Span, Tensor};
use crate::inference::kernels::Kernels;
use crate::inference::quantize::from_q16;
use crate::inference::shape::Shape;

/// Functions of the impurity count: out\[c\] = clamp(⌊(curve\[c\] + 2¹⁵)/2¹⁶⌋).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// One curve an output channel, or one for all, in units of 2⁻¹⁶.
    pub curves: Curves,
}

impl Count {
    fn run(&self, constants: Constants<'_>, count: u32, output: &mut [i8]) -> Option<()> {
        let curves = CurvesAt::new(self.curves, constants, count)?;
        for (channel, slot) in output.iter_mut().enumerate() {
            *slot = from_q16(curves.get(channel));
        }
        Some(())
    }
}

impl Record for Count {
    fn inputs(&self) -> [Option<&Tensor>; 2] {
        [None, None]
    }

    fn inputs_mut(&mut self) -> [Option<&mut Tensor>; 2] {
        [None, None]
    }

    fn visit_spans(&mut self, visit: &mut dyn FnMut(&mut Span)) {
        self.curves.visit_spans(visit);
    }

    fn check(&self, output: Shape, constants: Constants<'_>) -> Result<u64, Fault> {
        check::require(output.plane() == 1, Fault::Shape)?;
        check::curves(&self.curves, output.channels, false, constants)?;
        Ok(check::LARGEST)
    }

    #[inline(always)]
    fn run_layer<K: Kernels>(&self, call: Call<'_>) -> Option<()> {
        let Call {
            constants,
            count,
            output,
            ..
        } = call;
        self.run(constants, count, output)
    }

    fn write_source(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Source(self).fmt(f)
    }
}

structure!(Count { ; curves });

#[cfg(test)]
mod tests {
    use crate::inference::format::{Count, Operator};
    use crate::inference::layers::tests::Bench;

    #[test]
    fn one_feature_a_curve() {
        let mut bench = Bench::new();
        let curves = bench.curves(&[3 << 16, (-2 << 16) + (1 << 15), 1000 << 16]);
        let output = bench.run(Operator::Count(Count { curves }), [3, 1, 1], &[]);
        assert_eq!(output, [3, -1, 127]);
    }
}
