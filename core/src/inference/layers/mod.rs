//! The layers, one operator a file: its record, what the record must satisfy, and the portable kernel.
//!
//! A new operator is its file, which implements `Record`, and its lines in this one: `mod`, and a place
//! at the end of the list in `operators!`, under the version of the [format](super::format) that brings it:
//! the next one, unless the newest has not been released yet. The checklist
//! (`tests/learning/checklist.rs`) then fails until it also has a step on the host, a lowering, an
//! independent reference, random networks, a list of its features and a frozen file, and names the file of
//! each.
//!
//! A kernel takes slices and shapes and knows no arena. Faster ones (for a desktop's vectors, for
//! a Cortex-M's DSP) must return the same bits.

pub mod add;
pub mod axis_linear;
pub mod centre;
pub mod conv2d;
pub mod count;
pub mod dense;
mod finish;
pub mod patterns;
pub mod pool;
pub mod product;
pub mod separable;

use core::fmt::{self, Formatter};

use serde::{Deserialize, Serialize};

use super::constants::Constants;
use super::error::Fault;
use super::format::{Layer, Span, Tensor};
use super::kernels::Kernels;
use super::shape::Shape;

/// What every operator's record tells and does: implemented in the operator's own file.
trait Record {
    /// Can the record be a constant of a [compiled](super::compiled) network?
    const IS_CONSTANT: bool = true;

    /// The tensors that it reads.
    fn inputs(&self) -> [Option<&Tensor>; 2];

    /// The same, to be moved.
    fn inputs_mut(&mut self) -> [Option<&mut Tensor>; 2];

    /// Shows every place in the constants that it refers to, to be moved.
    fn visit_spans(&mut self, visit: &mut dyn FnMut(&mut Span));

    /// Checks shapes, lists, layouts and ranges for an output of this shape, and returns the largest
    /// magnitude that a sum can reach.
    fn check(&self, output: Shape, constants: Constants<'_>) -> Result<u64, Fault>;

    /// Multiply-accumulates (or what is added up without multiplying) of one pass, requantising not
    /// counted.
    fn macs(&self, _output: Shape) -> u64 {
        0
    }

    /// Bytes that it needs beside the arena.
    fn patch_len(&self) -> usize {
        0
    }

    /// Runs the layer; none if the record has not passed [`check`](Self::check).
    fn run_layer<K: Kernels>(&self, call: Call<'_>) -> Option<()>;

    /// Writes the record as Rust source, the names of the format in scope.
    fn write_source(&self, f: &mut Formatter<'_>) -> fmt::Result;
}

/// What a layer reads and writes in one pass.
struct Call<'a> {
    constants: Constants<'a>,
    /// Impurities of the strip.
    count: u32,
    /// The elements of the tensors that it reads.
    inputs: [&'a [i8]; 2],
    /// Bytes beside the arena.
    patch: &'a mut [i8],
    /// The shape of the output.
    shape: Shape,
    output: &'a mut [i8],
}

/// Makes the enum of all operators, in the order of the list: a file holds an operator's place in it,
/// so that new ones come last and none is ever moved. Before the operators stands the version of the
/// format that brought them.
macro_rules! operators {
    ($($version:literal {
        $($(#[$doc:meta])* $file:ident::$record:ident $(with $($more:ident),+)?;)+
    })+) => {
        /// The records of all operators.
        pub(super) mod records {
            $($(pub use super::$file::$record; $($(pub use super::$file::$more;)+)?)+)+
            pub use super::Operator;
        }

        use records::{$($($record,)+)+};

        /// What a layer does.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Operator {
            $($($(#[$doc])* $record($record),)+)+
        }

        impl Operator {
            /// The names of all operators, in the order of the format.
            pub const NAMES: &'static [&'static str] = &[$($(stringify!($record),)+)+];

            /// Its name, as in this crate.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $($(Self::$record(_) => stringify!($record),)+)+
                }
            }

            /// The oldest version of the format that has it. A file is written in the oldest version that
            /// has all that is in it, so that readers of older versions go on reading it.
            pub(super) const fn oldest_version(&self) -> u16 {
                match self {
                    $($(Self::$record(_) => $version,)+)+
                }
            }

            /// The tensors that it reads.
            // Inlined for the reason of `run`.
            #[inline(always)]
            pub fn inputs(&self) -> impl Iterator<Item = &Tensor> {
                let inputs = match self {
                    $($(Self::$record(record) => record.inputs(),)+)+
                };
                inputs.into_iter().flatten()
            }

            /// The tensors that it reads, to be moved.
            pub fn inputs_mut(&mut self) -> impl Iterator<Item = &mut Tensor> {
                let inputs = match self {
                    $($(Self::$record(record) => record.inputs_mut(),)+)+
                };
                inputs.into_iter().flatten()
            }

            /// Shows every place in the constants that it refers to, to be moved.
            pub fn visit_spans(&mut self, visit: &mut dyn FnMut(&mut Span)) {
                match self {
                    $($(Self::$record(record) => record.visit_spans(visit),)+)+
                }
            }

            /// Can it be a constant of a [compiled](super::compiled) network?
            pub(super) const fn is_constant(&self) -> bool {
                match self {
                    $($(Self::$record(_) => $record::IS_CONSTANT,)+)+
                }
            }

            /// Writes its record as Rust source.
            pub(super) fn write_source(&self, f: &mut Formatter<'_>) -> fmt::Result {
                match self {
                    $($(Self::$record(record) => record.write_source(f),)+)+
                }
            }

            fn check(&self, output: Shape, constants: Constants<'_>) -> Result<u64, Fault> {
                match self {
                    $($(Self::$record(record) => record.check(output, constants),)+)+
                }
            }

            fn macs(&self, output: Shape) -> u64 {
                match self {
                    $($(Self::$record(record) => record.macs(output),)+)+
                }
            }

            fn patch_len(&self) -> usize {
                match self {
                    $($(Self::$record(record) => record.patch_len(),)+)+
                }
            }

            // Where the record is a constant only its own operator is left: see `compiled`.
            #[inline(always)]
            fn run<K: Kernels>(&self, call: Call<'_>) -> Option<()> {
                match self {
                    $($(Self::$record(record) => record.run_layer::<K>(call),)+)+
                }
            }
        }
    };
}

operators! {
    1 {
        /// A convolution.
        conv2d::Conv2d;
        /// A fully connected layer.
        dense::Dense;
        /// A matrix product along one axis.
        axis_linear::AxisLinear with Axis;
        /// Products of channels.
        product::Product with Pair;
        /// A readout with separable weights.
        separable::Separable;
        /// Pooling.
        pool::Pool with PoolKind;
        /// A sum of two tensors.
        add::Add;
        /// Functions of the impurity count.
        count::Count;
        /// The mean is taken away.
        centre::Centre;
        /// Two convolutions as one table.
        patterns::Patterns;
    }
}

impl Layer {
    /// Checks shapes, lists, layouts and ranges, and returns the largest magnitude that a sum of
    /// this layer can reach.
    pub(super) fn check(&self, constants: Constants<'_>) -> Result<u64, Fault> {
        self.operator.check(self.output.shape(), constants)
    }

    /// Multiply-accumulates (or what is added up without multiplying) of one pass, requantising not
    /// counted.
    #[must_use]
    pub fn macs(&self) -> u64 {
        self.operator.macs(self.output.shape())
    }

    /// Bytes that it needs beside the arena.
    #[must_use]
    pub fn patch_len(&self) -> usize {
        self.operator.patch_len()
    }

    /// Runs it on what it reads; none if the record has not passed [`check`](Self::check).
    // Where the record is a constant only its own operator is left: see `compiled`.
    #[inline(always)]
    pub(super) fn run<K: Kernels>(
        &self,
        constants: Constants<'_>,
        count: u32,
        inputs: [&[i8]; 2],
        patch: &mut [i8],
        output: &mut [i8],
    ) -> Option<()> {
        self.operator.run::<K>(Call {
            constants,
            count,
            inputs,
            patch,
            shape: self.output.shape(),
            output,
        })
    }
}

/// The places in the constants that parts of a record refer to, each shown to be moved.
mod spans {
    use crate::inference::format::{Activation, CurveRule, Curves, Requantise, Span, Weights};

    impl Weights {
        /// Shows where the weights are.
        pub fn visit_spans(&mut self, visit: &mut dyn FnMut(&mut Span)) {
            visit(&mut self.data);
        }
    }

    impl Curves {
        /// Shows where the curves' numbers are.
        pub fn visit_spans(&mut self, visit: &mut dyn FnMut(&mut Span)) {
            match &mut self.rule {
                CurveRule::Lines(nodes) => visit(&mut nodes.values),
                CurveRule::Mixture {
                    coefficients,
                    basis,
                    ..
                } => {
                    visit(coefficients);
                    visit(&mut basis.values);
                }
            }
        }
    }

    impl Requantise {
        /// Shows where multipliers and table are.
        pub fn visit_spans(&mut self, visit: &mut dyn FnMut(&mut Span)) {
            self.multiplier.visit_spans(visit);
            self.activation.visit_spans(visit);
        }
    }

    impl Activation {
        /// Shows where the table is, if it has one.
        pub fn visit_spans(&mut self, visit: &mut dyn FnMut(&mut Span)) {
            if let Self::Table(table) = self {
                visit(table);
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
