//! The sum of two tensors.

use crate::inference::check;
use crate::inference::constants::Constants;
use crate::inference::error::Fault;
use crate::inference::format::Add;
use crate::inference::quantize::{Activate, high_word};
use crate::inference::shape::Shape;

/// The largest `left` of an [`Add`].
const LARGEST_LEFT: u8 = 23;

/// output = activate(⌊(2^left·a·multipliers\[0\] + 2^left·b·multipliers\[1\] + 2³¹)/2³²⌋).
pub fn add(
    multipliers: [i32; 2],
    left: u8,
    activate: Activate<'_>,
    [first, second]: [&[i8]; 2],
    output: &mut [i8],
) {
    let [m0, m1] = multipliers.map(i64::from);
    let left = u32::from(left.min(LARGEST_LEFT));
    for ((slot, &a), &b) in output.iter_mut().zip(first).zip(second) {
        // |a·2^left| < 2³⁰: the two products and the sum stay below 2⁶³.
        let a = i64::from(i32::from(a) << left);
        let b = i64::from(i32::from(b) << left);
        *slot = activate.apply(high_word(a * m0 + b * m1));
    }
}

impl Add {
    pub(super) fn check(&self, output: Shape, constants: Constants<'_>) -> Result<u64, Fault> {
        let fits = self.inputs.iter().all(|input| input.shape() == output);
        check::require(fits, Fault::Shape)?;
        check::require(self.left <= LARGEST_LEFT, Fault::OutOfRange)?;
        check::activation(self.activation, constants)?;
        Ok(check::LARGEST << self.left)
    }

    pub(super) fn run(
        &self,
        constants: Constants<'_>,
        inputs: [&[i8]; 2],
        output: &mut [i8],
    ) -> Option<()> {
        let activate = Activate::new(self.activation, constants)?;
        add(self.multipliers, self.left, activate, inputs, output);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_own_multiplier() {
        let mut output = [0; 5];
        let (a, b) = ([3, -3, 127, 0, -127], [1, 0, 127, -1, -127]);
        // a/2 − b
        let multipliers = [1 << 30, i32::MIN];
        add(multipliers, 1, Activate::Identity, [&a, &b], &mut output);
        // 1.5 − 1 = 0.5; −1.5; 63.5 − 127 = −63.5; 1; −63.5 + 127
        assert_eq!(output, [1, -1, -63, 1, 64]);
    }

    #[test]
    fn extremes_do_not_wrap() {
        let mut output = [0; 2];
        let inputs = [&[127, -127][..], &[127, -127][..]];
        let multipliers = [i32::MIN; 2];
        add(
            multipliers,
            LARGEST_LEFT,
            Activate::Identity,
            inputs,
            &mut output,
        );
        assert_eq!(output, [-127, 127]);
    }
}
