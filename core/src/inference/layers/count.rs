//! Functions of the impurity count as features.

use crate::inference::check;
use crate::inference::constants::Constants;
use crate::inference::curves::CurvesAt;
use crate::inference::error::Fault;
use crate::inference::format::Count;
use crate::inference::quantize::from_q16;
use crate::inference::shape::Shape;

impl Count {
    pub(super) fn check(&self, output: Shape, constants: Constants<'_>) -> Result<u64, Fault> {
        check::require(output.plane() == 1, Fault::Shape)?;
        check::curves(&self.curves, output.channels, false, constants)?;
        Ok(check::LARGEST)
    }

    pub(super) fn run(
        &self,
        constants: Constants<'_>,
        count: u32,
        output: &mut [i8],
    ) -> Option<()> {
        let curves = CurvesAt::new(self.curves, constants, count)?;
        for (channel, slot) in output.iter_mut().enumerate() {
            *slot = from_q16(curves.get(channel));
        }
        Some(())
    }
}

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
