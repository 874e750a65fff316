//! A network that is compiled into a firmware: no loader, no operator that it does not have.
//!
//! A model that never changes need not be parsed and checked on the device, where the loader and
//! the operators of all networks take 60 kB of flash. A build script does it:
//!
//! ```
//! # fn build(file: &[u8], out: &mut String) -> Result<(), Box<dyn std::error::Error>> {
//! use landauer_core::inference::{Model, compiled};
//!
//! let model = Model::parse(file)?; // with every check that there is
//! compiled::write_source(&model, file.len(), out)?;
//! # Ok(())
//! # }
//! ```
//!
//! writes the body of a Rust module: the records as constants and a function `run` that goes through
//! them in a straight line, with the very functions that [`Model::run`](super::Model::run) calls.
//! Only the kernels that occur are linked. The model's file itself lies in flash as it is, and the
//! constants are borrowed from it. The module has
//!
//! - `FILE_LEN` and `constants(&'static [u8; FILE_LEN])`,
//! - `SCRATCH_LEN`: bytes of scratch; `INPUT`: where in it the integers `[channel, slice, row]`
//!   belong that the network reads; both known before anything runs,
//! - `CODES`: the integers of no impurity and of each species, `[channel, species]`, for a network
//!   whose codes do not depend on the impurity count (else it is empty),
//! - `run::<K>(constants, count, scratch, outputs)`, in units of G0/65536: none if the scratch is too
//!   short. The file has been proven when the module was written; with another file's constants
//!   numbers are wrong, and nothing else is.
//!
//! One pass only: networks that average mirror images need [`Model`], and so do those
//! with [`Product`](super::format::Product) layers.

use core::fmt::{self, Display, Formatter, Write};

pub use super::constants::Constants;
pub use super::kernels::Kernels;

use super::curves::CurvesAt;
use super::format::{
    Activation, CurveRule, Curves, EncoderRule, Head, Layer, Mirrors, Operator, Output, Requantise,
    Rescale, Weights,
};
use super::quantize::from_q16;
use super::{Model, model};

/// Why no module can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceError {
    /// The network averages mirror images.
    Mirrors,
    /// A layer (counted from 0) whose record has a list, which a constant cannot have.
    Layer {
        /// The layer.
        layer: usize,
    },
    /// The file's length does not fit the model.
    Length,
    /// The text could not be written.
    Write,
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mirrors => f.write_str("a network that averages mirror images is not compiled"),
            Self::Layer { layer } => write!(f, "layer {layer} has a list and is not compiled"),
            Self::Length => f.write_str("the file is shorter than its constants"),
            Self::Write => f.write_str("the text could not be written"),
        }
    }
}

impl core::error::Error for SourceError {}

impl From<fmt::Error> for SourceError {
    fn from(_: fmt::Error) -> Self {
        Self::Write
    }
}

/// Runs one layer in the arena; none if it reaches outside of it.
#[inline(always)]
#[must_use]
pub fn run_layer<K: Kernels>(
    layer: &Layer,
    constants: Constants<'_>,
    count: u32,
    arena: &mut [i8],
    patch: &mut [i8],
) -> Option<()> {
    model::run_layer::<K>(layer, constants, count, arena, patch)
}

/// Sums and decodes the outputs of a network that does not average mirror images.
#[inline(always)]
#[must_use]
pub fn run_head<K: Kernels, const OUTPUTS: usize>(
    head: &Head,
    records: &[Output; OUTPUTS],
    constants: Constants<'_>,
    count: u32,
    arena: &[i8],
    outputs: &mut [i32; OUTPUTS],
) -> Option<()> {
    let mut sums = [0; OUTPUTS];
    model::run_head::<K>(head, constants, count, arena, &mut sums)?;
    head.decode(records, Mirrors::None, constants, count, &sums, outputs)
}

/// Writes the body of a module for a model, given the length of its file.
///
/// # Errors
/// See [`SourceError`].
pub fn write_source<K: Kernels>(
    model: &Model<'_, K>,
    file_len: usize,
    out: &mut impl Write,
) -> Result<(), SourceError> {
    let card = model.card();
    if card.mirrors != Mirrors::None {
        return Err(SourceError::Mirrors);
    }
    let constants = model.constants().as_bytes().len();
    let start = file_len.checked_sub(constants).ok_or(SourceError::Length)?;
    let input = card.encoder.output.range();
    let (arena, scratch, outputs) = (card.arena, model.scratch_len(), card.outputs.len());
    writeln!(
        out,
        "use landauer_core::inference::Target;
use landauer_core::inference::compiled::{{Constants, Kernels, run_head, run_layer}};
use landauer_core::inference::format::*;

/// Bytes of the model's file.
pub const FILE_LEN: usize = {file_len};

/// Bytes of scratch.
pub const SCRATCH_LEN: usize = {scratch};

/// Where in the scratch the integers `[channel, slice, row]` belong that the network reads.
pub const INPUT: core::ops::Range<usize> = {}..{};

/// How many numbers are predicted.
pub const OUTPUTS: usize = {outputs};

/// What the sites are encoded as, `[channel, species]`, if that does not depend on their count.
pub const CODES: &[i8] = &{};

/// The constants of the model's file.
#[must_use]
pub fn constants(file: &[u8; FILE_LEN]) -> Constants<'_> {{
    Constants::new(file.get({start}..).unwrap_or(&[]))
}}

/// Runs the network on the integers at `INPUT`, with this number of impurities; outputs in G0/65536.
#[must_use]
pub fn run<K: Kernels>(
    constants: Constants<'_>,
    count: u32,
    scratch: &mut [i8; SCRATCH_LEN],
    outputs: &mut [i32; OUTPUTS],
) -> Option<()> {{
    let (arena, patch) = scratch.split_at_mut_checked({arena})?;",
        input.start,
        input.end,
        Codes(model),
    )?;
    for (number, layer) in model.layers().enumerate() {
        if !layer.operator.is_constant() {
            return Err(SourceError::Layer { layer: number });
        }
        let (output, operator) = (layer.output, Source(&layer.operator));
        writeln!(
            out,
            "    const LAYER_{number}: Layer = Layer {{ output: {output:?}, operator: {operator} }};
    run_layer::<K>(&LAYER_{number}, constants, count, arena, patch)?;"
        )?;
    }
    writeln!(
        out,
        "    const HEAD: Head = {};
    const RECORDS: [Output; OUTPUTS] = [{}];
    run_head::<K, OUTPUTS>(&HEAD, &RECORDS, constants, count, arena, outputs)
}}",
        Source(&card.head),
        List(card.outputs.as_slice()),
    )?;
    Ok(())
}

/// A record as Rust says it, the names of the format in scope.
pub(super) struct Source<'a, T>(pub(super) &'a T);

/// Records, one after the other.
struct List<'a, T>(&'a [T]);

impl<T> Display for List<'_, T>
where
    for<'a> Source<'a, T>: Display,
{
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|item| write!(f, "{}, ", Source(item)))
    }
}

/// The integers that sites become.
struct Codes<'a, 'm, K>(&'a Model<'m, K>);

impl<K: Kernels> Display for Codes<'_, '_, K> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (card, constants) = (self.0.card(), self.0.constants());
        f.write_str("[")?;
        if let EncoderRule::Species(curves) = card.encoder.rule
            && curves.is_constant()
            && let Some(codes) = CurvesAt::new(curves, constants, 0)
        {
            for row in 0..curves.curves as usize {
                write!(f, "{}, ", from_q16(codes.get(row)))?;
            }
        }
        f.write_str("]")
    }
}

/// What is written as a structure's name and fields, each either as it shows itself or as source.
macro_rules! structure {
    ($record:ident { $($plain:ident),* ; $($source:ident),* }) => {
        impl Display for Source<'_, $record> {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($record), " { "))?;
                $(write!(f, concat!(stringify!($plain), ": {:?}, "), self.0.$plain)?;)*
                $(write!(f, concat!(stringify!($source), ": {}, "), Source(&self.0.$source))?;)*
                f.write_str("}")
            }
        }
    };
}

pub(super) use structure;

structure!(Requantise { left; multiplier, activation });
structure!(Rescale { left; multiplier });
structure!(Head { input; weights, bias, centre, scale });

impl Display for Source<'_, Weights> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Weights { layout, bits, data } = self.0;
        write!(
            f,
            "Weights {{ layout: WeightLayout::{layout:?}, bits: {bits}, data: {data:?} }}"
        )
    }
}

impl Display for Source<'_, Curves> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Curves {{ curves: {}, rule: CurveRule::", self.0.curves)?;
        match self.0.rule {
            CurveRule::Lines(nodes) => write!(f, "Lines({nodes:?}) }}"),
            rule @ CurveRule::Mixture { .. } => write!(f, "{rule:?} }}"),
        }
    }
}

impl Display for Source<'_, Activation> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Activation::{:?}", self.0)
    }
}

impl Display for Source<'_, Output> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Output {
            target,
            ceiling,
            shift,
        } = self.0;
        write!(
            f,
            "Output {{ target: Target::{target:?}, ceiling: {ceiling}, shift: {shift} }}"
        )
    }
}

impl Display for Source<'_, Operator> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let name = self.0.name();
        write!(f, "Operator::{name}(")?;
        self.0.write_source(f)?;
        f.write_str(")")
    }
}
