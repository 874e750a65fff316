//! The sum of two tensors.

use core::fmt::{self, Display, Formatter};
use serde::{Deserialize, Serialize};

use super::{Call, Record};
use crate::inference::check;
use crate::inference::compiled::{Source, structure};
use crate::inference::constants::Constants;
use crate::inference::error::Fault;
use crate::inference::format::{Activation, Span, Tensor};
use crate::inference::kernels::Kernels;
use crate::inference::quantize::{Activate, high_word};
use crate::inference::shape::Shape;

/// The sum of two tensors of one shape: out = activation(⌊(2^left·a·m₀ + 2^left·b·m₁ + 2³¹)/2³²⌋).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Add {
    /// a and b.
    pub inputs: [Tensor; 2],
    /// m₀ and m₁.
    pub multipliers: [i32; 2],
    /// At most 23.
    pub left: u8,
    /// What follows.
    pub activation: Activation,
}

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
    fn run(&self, constants: Constants<'_>, inputs: [&[i8]; 2], output: &mut [i8]) -> Option<()> {
        let activate = Activate::new(self.activation, constants)?;
        add(self.multipliers, self.left, activate, inputs, output);
        Some(())
    }
}

impl Record for Add {
    fn inputs(&self) -> [Option<&Tensor>; 2] {
        self.inputs.each_ref().map(Some)
    }

    fn inputs_mut(&mut self) -> [Option<&mut Tensor>; 2] {
        self.inputs.each_mut().map(Some)
    }

    fn visit_spans(&mut self, visit: &mut dyn FnMut(&mut Span)) {
        self.activation.visit_spans(visit);
    }

    fn check(&self, output: Shape, constants: Constants<'_>) -> Result<u64, Fault> {
        let fits = self.inputs.iter().all(|input| input.shape() == output);
        check::require(fits, Fault::Shape)?;
        check::require(self.left <= LARGEST_LEFT, Fault::OutOfRange)?;
        check::activation(self.activation, constants)?;
        Ok(check::LARGEST << self.left)
    }

    #[inline(always)]
    fn run_layer<K: Kernels>(&self, call: Call<'_>) -> Option<()> {
        let Call {
            constants,
            inputs,
            output,
            ..
        } = call;
        self.run(constants, inputs, output)
    }

    fn write_source(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Source(self).fmt(f)
    }
}

structure!(Add { inputs, multipliers, left; activation });

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
