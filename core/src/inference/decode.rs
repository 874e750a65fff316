//! The head: the last sums, and what they mean in G0.

use super::check;
use super::constants::Constants;
use super::curves::CurvesAt;
use super::error::Fault;
use super::format::{Head, MAX_OUTPUTS, Mirrors, Output};
use super::kernels::Kernels;
use super::weights::WeightRows;

/// The outputs' sums, added up over the mirror images.
pub(super) type Sums = [i64; MAX_OUTPUTS];

/// What a prediction counts in: G0 = 65536 of it.
pub(super) const UNITS: f32 = 65536.0;

impl Head {
    pub(super) fn check(
        &self,
        outputs: &[Output],
        mirrors: Mirrors,
        width: u16,
        constants: Constants<'_>,
    ) -> Result<u64, Fault> {
        let (rows, length) = (outputs.len(), self.input.shape().len());
        let weights = check::weights(
            &self.weights,
            rows,
            length,
            check::Allowed::RowMajor,
            constants,
        )?;
        let bias = check::curves(&self.bias, rows, true, constants)?;
        let bound = check::largest_sum(&weights, rows, &bias, check::LARGEST);
        check::sum(bound)?;
        check::curves(&self.centre, rows, false, constants)?;
        let scale = check::curves(&self.scale, rows, false, constants)?;
        let scale = scale.magnitudes();
        for (row, output) in outputs.iter().enumerate() {
            let open = i64::from(output.ceiling);
            let possible = (0..=i64::from(width) << 16).contains(&open);
            let shift = u32::from(output.shift) + mirrors.passes().ilog2();
            check::require(possible && (1..=62).contains(&shift), Fault::OutOfRange)?;
            check::require(output.shift > 0, Fault::OutOfRange)?;
            // 2⁶² and half of 2^62 fit in an i64.
            let sum = bound.saturating_mul(u64::from(mirrors.passes()));
            let product = sum.saturating_mul(scale.of(row));
            check::require(product <= 1 << 62, Fault::Accumulator)?;
        }
        Ok(bound)
    }

    /// Adds one pass's sums to those of the passes before.
    #[inline(always)]
    pub(super) fn add<K: Kernels>(
        &self,
        constants: Constants<'_>,
        count: u32,
        input: &[i8],
        sums: &mut [i64],
    ) -> Option<()> {
        let weights = WeightRows::new(self.weights, input.len(), constants)?;
        let bias = CurvesAt::new(self.bias, constants, count)?;
        for (row, slot) in sums.iter_mut().enumerate() {
            let weights = weights.row(row);
            let products = match weights.bytes() {
                Some(bytes) => K::dot(bytes, input),
                None => weights.dot(input),
            };
            let sum = products.wrapping_add(bias.get(row));
            *slot = slot.wrapping_add(i64::from(sum));
        }
        Some(())
    }

    /// clamp(centre + ⌊(sum·scale + 2^(s−1)) / 2^s⌋, 0, ceiling) of each output, s = shift + p.
    #[inline(always)]
    pub(super) fn decode(
        &self,
        outputs: &[Output],
        mirrors: Mirrors,
        constants: Constants<'_>,
        count: u32,
        sums: &[i64],
        values: &mut [i32],
    ) -> Option<()> {
        let centre = CurvesAt::new(self.centre, constants, count)?;
        let scale = CurvesAt::new(self.scale, constants, count)?;
        let numbers = outputs.iter().zip(sums).enumerate();
        for ((row, (output, &sum)), value) in numbers.zip(values) {
            let shift = u32::from(output.shift).wrapping_add(mirrors.passes().ilog2());
            let product = sum.wrapping_mul(i64::from(scale.get(row)));
            let half = 1_i64.wrapping_shl(shift.wrapping_sub(1));
            let scaled = product.wrapping_add(half).wrapping_shr(shift);
            let sum = scaled.saturating_add(i64::from(centre.get(row)));
            let clamped = sum.min(i64::from(output.ceiling)).max(0);
            #[allow(clippy::cast_possible_truncation, reason = "between 0 and an i32")]
            {
                *value = clamped as i32;
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::format::{Span, Tensor, WeightLayout, Weights};
    use crate::inference::kernels::Native;
    use crate::inference::target::Target;

    #[test]
    fn mirrors_are_averaged_rounded_once_and_clamped_once() {
        // One weight of 1; bias 0; the centre is 100, the scale 3.
        let mut bytes = [0; 12];
        let numbers = [1_i32, 100, 3];
        for (place, number) in bytes.chunks_exact_mut(4).zip(numbers) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        let constants = Constants::new(&bytes);
        let span = |offset, length| Span { offset, length };
        let curve = |offset| crate::inference::format::Curves::constants(1, span(offset, 4));
        let head = Head {
            input: Tensor {
                offset: 0,
                channels: 1,
                slices: 1,
                rows: 1,
                scale: 1.0,
            },
            weights: Weights {
                layout: WeightLayout::RowMajor,
                bits: 8,
                data: span(0, 1),
            },
            bias: crate::inference::format::Curves::NONE,
            centre: curve(4),
            scale: curve(8),
        };
        let output = Output {
            target: Target::Conductance,
            ceiling: 120,
            shift: 1,
        };
        let outputs = [output];
        let bound = head.check(&outputs, Mirrors::Y, 1, constants);
        assert_eq!(bound, Ok(127));
        let decode = |inputs: [i8; 2]| {
            let (mut sums, mut value) = ([0], [0]);
            for input in inputs {
                head.add::<Native>(constants, 0, &[input], &mut sums)
                    .unwrap();
            }
            head.decode(&outputs, Mirrors::Y, constants, 0, &sums, &mut value)
                .unwrap();
            value[0]
        };
        // 3·(5 + 1)/4 = 4.5 and 3·(−5 − 1)/4 = −4.5: halves upwards.
        assert_eq!(decode([5, 1]), 105);
        assert_eq!(decode([-5, -1]), 96);
        assert_eq!(decode([100, 1]), 120);
        assert_eq!(decode([-127, -127]), 0);
        assert_eq!(
            head.check(&outputs, Mirrors::Y, 0, constants),
            Err(Fault::OutOfRange)
        );
    }
}
