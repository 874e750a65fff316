//! What can be wrong with a model file, with a lattice for it, or with the memory to run it in.

/// Why a model or a strip is refused.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum ModelError {
    /// The bytes end too early, or go on after the end: the file is cut or padded.
    Length {
        /// Bytes that the header asks for (at least; the header itself, if that is cut).
        needed: usize,
        /// Bytes that were given.
        found: usize,
    },
    /// The bytes do not begin with [`MAGIC`](super::format::MAGIC): not a model file.
    NotAModel,
    /// A version of the format that this crate does not read.
    UnsupportedVersion {
        /// The version found; [`FORMAT_VERSION`](super::format::FORMAT_VERSION) is read.
        found: u16,
    },
    /// The file does not lie at a multiple of 4 in memory: on targets whose kernels read whole words
    /// (Cortex-M with DSP instructions) only.
    Misaligned,
    /// The checksum does not match: the file is damaged.
    Checksum {
        /// What the header says.
        expected: u32,
        /// What the bytes give.
        found: u32,
    },
    /// The card is not what the format says.
    Card(Fault),
    /// The encoder is not what the format says.
    Encoder(Fault),
    /// A layer is not what the format says.
    Layer {
        /// The layer, counted from 0.
        layer: usize,
        /// The fault.
        fault: Fault,
    },
    /// A rung of a hybrid's ladder is not what the format says.
    Rung {
        /// The rung, counted from 0.
        rung: usize,
        /// The fault.
        fault: Fault,
    },
    /// The head (last layer and decoder) is not what the format says.
    Head(Fault),
    /// The lattice is of another size.
    LatticeSize {
        /// Slices and rows of the model's strips.
        expected: [usize; 2],
        /// On-site energies that were given.
        sites: usize,
        /// The width that was given.
        width: usize,
    },
    /// An on-site energy that the model's disorder cannot have.
    UnknownOnsite {
        /// The slice, counted from 0 at the left lead.
        slice: usize,
        /// The row.
        row: usize,
    },
    /// More or fewer impurities than the model was made for.
    ImpurityCount {
        /// Impurities of the lattice.
        found: u32,
        /// The smallest and the largest count of the model.
        range: [u32; 2],
    },
    /// The scratch is too short.
    ScratchTooShort {
        /// Bytes that are needed.
        needed: usize,
        /// Bytes that were given.
        found: usize,
    },
    /// The outputs do not have one place for each target.
    OutputLength {
        /// Targets of the model.
        needed: usize,
        /// Places that were given.
        found: usize,
    },
    /// A self-test gave another number than the file says: the file, the code or the machine is
    /// not what it was.
    SelfTest {
        /// The golden sample, counted from 0.
        golden: usize,
        /// The target, counted from 0.
        target: usize,
        /// What the file says, in units of G0/65536.
        expected: i32,
        /// What was computed.
        found: i32,
    },
}

/// A fault in a record of a model file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// It does not follow the format, or names something that this version does not know.
    Malformed,
    /// There are more layers than [`MAX_LAYERS`](super::format::MAX_LAYERS).
    TooManyLayers,
    /// A size, number or name that must not be empty or zero is.
    Empty,
    /// A number is not finite, or outside what the format allows.
    OutOfRange,
    /// An invalid target.
    Target,
    /// Disorder, concentration, counts and encoder do not go together.
    Disorder,
    /// Shapes do not go together.
    Shape,
    /// A tensor reaches beyond the arena.
    OutsideArena,
    /// A layer writes over what it reads.
    Overlap,
    /// A layer reads what nothing has written.
    ReadBeforeWritten,
    /// A span reaches beyond the constants, or does not begin at a multiple of 4.
    Span,
    /// A list has another length than the shapes ask for.
    ListLength,
    /// A weight or a table entry is −128 (−8 in 4 bits).
    Asymmetric,
    /// A layout, or a number of bits, that this version does not run.
    Layout,
    /// A sum could overflow its i32 (or, in the decoder, its i64).
    Accumulator,
}

impl core::fmt::Display for ModelError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Length { needed, found } => write!(
                f,
                "the model has {found} bytes where its header asks for {needed}: it is cut or \
                 damaged"
            ),
            Self::NotAModel => f.write_str("this is not a landauer model file"),
            Self::UnsupportedVersion { found } => write!(
                f,
                "the model has format version {found}, and this program reads versions 1 to {}",
                super::format::FORMAT_VERSION
            ),
            Self::Checksum { expected, found } => write!(
                f,
                "the model is damaged: its checksum is {found:08x}, not {expected:08x}"
            ),
            Self::Misaligned => {
                f.write_str("the model must lie at a multiple of 4 bytes on this processor")
            }
            Self::Card(fault) => write!(f, "the model's card is invalid: {fault}"),
            Self::Encoder(fault) => write!(f, "the model's encoder is invalid: {fault}"),
            Self::Layer { layer, fault } => {
                write!(f, "layer {layer} of the model is invalid: {fault}")
            }
            Self::Rung { rung, fault } => {
                write!(f, "rung {rung} of the hybrid is invalid: {fault}")
            }
            Self::Head(fault) => write!(f, "the model's head is invalid: {fault}"),
            Self::LatticeSize {
                expected: [length, width],
                sites,
                width: found,
            } => write!(
                f,
                "the model is for strips of {length} slices of {width} sites, not for {sites} sites \
                 in slices of {found}"
            ),
            Self::UnknownOnsite { slice, row } => write!(
                f,
                "the on-site energy at slice {slice}, row {row} does not occur in the disorder \
                 model that this network was trained on"
            ),
            Self::ImpurityCount {
                found,
                range: [smallest, largest],
            } => write!(
                f,
                "the lattice has {found} impurities, and the model is for {smallest} to {largest}"
            ),
            Self::ScratchTooShort { needed, found } => write!(
                f,
                "the scratch has {found} bytes where the model needs {needed}"
            ),
            Self::OutputLength { needed, found } => write!(
                f,
                "there are {found} places for the {needed} numbers that the model predicts"
            ),
            Self::SelfTest {
                golden,
                target,
                expected,
                found,
            } => write!(
                f,
                "self-test {golden} of the model fails: target {target} is {found}/65536, not \
                 {expected}/65536"
            ),
        }
    }
}

impl core::error::Error for ModelError {}

impl core::fmt::Display for Fault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Malformed => "it is malformed, or of a kind that this program does not know",
            Self::TooManyLayers => "there are too many layers",
            Self::Empty => "a required entry is empty or zero",
            Self::OutOfRange => "a number is out of range",
            Self::Target => "a target is impossible",
            Self::Disorder => "disorder, concentration, counts and encoder do not go together",
            Self::Shape => "shapes do not go together",
            Self::OutsideArena => "a tensor reaches beyond the arena",
            Self::Overlap => "it writes over what it reads",
            Self::ReadBeforeWritten => "it reads what nothing has written",
            Self::Span => "a span reaches beyond the constants or is not aligned",
            Self::ListLength => "a list has the wrong length",
            Self::Asymmetric => "a weight or table entry is the lowest integer",
            Self::Layout => "its weights lie in a way that this program does not run",
            Self::Accumulator => "a sum could overflow",
        })
    }
}

impl core::error::Error for Fault {}
