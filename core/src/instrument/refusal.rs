//! Why an instrument does not do what it is asked.

use serde::{Deserialize, Serialize};

use crate::hybrid::HybridError;
use crate::inference::ModelError;
use crate::transport::SolveError;

/// Why a request was not carried out, with the numbers that say what would have been right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Refusal {
    /// The network predicts strips of another size.
    LatticeSize {
        /// Slices and rows of the model's strips.
        expected: [u16; 2],
        /// Slices and rows that were sent.
        found: [u16; 2],
    },
    /// An on-site energy that the model's disorder cannot have.
    UnknownOnsite {
        /// The slice, counted from 0 at the left lead.
        slice: u32,
        /// The row.
        row: u32,
    },
    /// More or fewer impurities than the model was made for.
    ImpurityCount {
        /// Impurities of the strip.
        found: u32,
        /// The smallest and the largest count of the model.
        range: [u32; 2],
    },
    /// The strip has more sites than the device has room for.
    TooLarge {
        /// Sites that were sent.
        sites: u32,
        /// Sites that there is room for.
        room: u32,
    },
    /// The strip is wider than the device's workspace allows.
    TooWide {
        /// Sites in a slice that were sent.
        width: u32,
        /// `f32` numbers that the workspace would need.
        needed: u32,
        /// `f32` numbers that it has.
        found: u32,
    },
    /// A strip without sites.
    Empty,
    /// The bytes of a strip do not fit its number of sites.
    Packing {
        /// Bytes that its size asks for.
        needed: u32,
        /// Bytes that were sent.
        found: u32,
    },
    /// A packed strip names a level that it does not list.
    UnknownLevel {
        /// The level, counted from 0.
        level: u32,
        /// Levels that are listed.
        levels: u32,
    },
    /// An on-site energy is infinite or NaN.
    OnsiteNotFinite {
        /// The slice, counted from 0 at the left lead.
        slice: u32,
        /// The row.
        row: u32,
    },
    /// The energy or the bias is infinite or NaN.
    EnergyNotFinite,
    /// Rounding has destroyed the exact solution.
    LostSolution {
        /// How many slices had been taken in when it was noticed.
        slices: u32,
    },
    /// A golden sample gave another number than the model file says.
    SelfTest {
        /// The golden sample, counted from 0.
        golden: u32,
        /// The target, counted from 0.
        target: u32,
        /// What the file says, in units of G0/65536.
        expected: i32,
        /// What the device computed.
        found: i32,
    },
    /// The request is of another version of the protocol.
    UnsupportedVersion {
        /// The request's version.
        found: u8,
        /// The device's version.
        supported: u8,
    },
    /// Something is wrong with the device's model or memory, whatever the request: a defect.
    Device,
    /// The device's model is a hybrid, which predicts within a budget only.
    NoNetwork,
    /// The device's model is a network, which knows no budget.
    NoHybrid,
    /// The budget is too small for anything.
    Budget {
        /// Multiply-adds that are needed.
        needed: u64,
        /// Multiply-adds that were granted.
        found: u64,
    },
    /// A golden sample of a hybrid gave another number than the file says.
    HybridSelfTest {
        /// The golden sample, counted from 0.
        golden: u32,
        /// The bits of what the file says, in `f32`.
        expected: u32,
        /// The bits of what the device computed.
        found: u32,
    },
}

/// Numbers on the wire have 32 bits; larger ones cannot come from it.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl From<ModelError> for Refusal {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::UnknownOnsite { slice, row } => Self::UnknownOnsite {
                slice: count(slice),
                row: count(row),
            },
            ModelError::ImpurityCount { found, range } => Self::ImpurityCount { found, range },
            ModelError::SelfTest {
                golden,
                target,
                expected,
                found,
            } => Self::SelfTest {
                golden: count(golden),
                target: count(target),
                expected,
                found,
            },
            // The service checks sizes itself, and what a checked model needs.
            _ => Self::Device,
        }
    }
}

impl From<SolveError> for Refusal {
    fn from(error: SolveError) -> Self {
        match error {
            SolveError::ZeroWidth | SolveError::ZeroLength => Self::Empty,
            SolveError::EnergyNotFinite => Self::EnergyNotFinite,
            SolveError::OnsiteNotFinite { slice, row } => Self::OnsiteNotFinite {
                slice: count(slice),
                row: count(row),
            },
            SolveError::LostSolution { slices } => Self::LostSolution {
                slices: count(slices),
            },
            SolveError::ShapeMismatch { .. } | SolveError::TooShort { .. } => Self::Device,
        }
    }
}

impl From<HybridError> for Refusal {
    fn from(error: HybridError) -> Self {
        match error {
            HybridError::Budget { needed, found } => Self::Budget { needed, found },
            HybridError::Model(error) => error.into(),
            HybridError::Solve(error) => error.into(),
            HybridError::SelfTest {
                golden,
                expected,
                found,
            } => Self::HybridSelfTest {
                golden: count(golden),
                expected,
                found,
            },
        }
    }
}

impl core::fmt::Display for Refusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::LatticeSize {
                expected: [length, width],
                found: [slices, rows],
            } => write!(
                f,
                "the network is for strips of {length} x {width} sites, not of {slices} x {rows}"
            ),
            Self::UnknownOnsite { slice, row } => write!(
                f,
                "the on-site energy at slice {slice}, row {row} does not occur in the disorder \
                 model that the network was trained on"
            ),
            Self::ImpurityCount {
                found,
                range: [smallest, largest],
            } => write!(
                f,
                "the strip has {found} impurities, and the network is for {smallest} to {largest}"
            ),
            Self::TooLarge { sites, room } => {
                write!(
                    f,
                    "the strip has {sites} sites, and there is room for {room}"
                )
            }
            Self::TooWide {
                width,
                needed,
                found,
            } => write!(
                f,
                "a width of {width} sites needs a workspace of {needed} numbers, and there are \
                 {found}"
            ),
            Self::Empty => f.write_str("the strip has no site"),
            Self::Packing { needed, found } => write!(
                f,
                "the strip has {found} bytes, but its size needs {needed}"
            ),
            Self::UnknownLevel { level, levels } => write!(
                f,
                "the packed strip names level {level} of {levels}, counted from 0"
            ),
            Self::OnsiteNotFinite { slice, row } => write!(
                f,
                "the on-site energy at slice {slice}, row {row} is not a finite number"
            ),
            Self::EnergyNotFinite => f.write_str("the energy or the bias is not a finite number"),
            Self::LostSolution { slices } => write!(
                f,
                "the solution was lost to rounding within the first {slices} slices: current is \
                 not conserved"
            ),
            Self::SelfTest {
                golden,
                target,
                expected,
                found,
            } => write!(
                f,
                "the self-test fails: golden sample {golden}, target {target} is {found}/65536, \
                 not {expected}/65536"
            ),
            Self::UnsupportedVersion { found, supported } => write!(
                f,
                "the request has version {found} of the protocol, and the device speaks version \
                 {supported}"
            ),
            Self::Device => f.write_str("something is wrong with the device's model or memory"),
            Self::NoNetwork => f.write_str(
                "the device's model is a hybrid: it predicts within a budget of multiply-adds only",
            ),
            Self::NoHybrid => f.write_str(
                "the device's model is a network, which always costs the same: it takes no budget",
            ),
            Self::Budget { needed, found } => write!(
                f,
                "a budget of {found} multiply-adds is too small: {needed} are needed at least"
            ),
            Self::HybridSelfTest {
                golden,
                expected,
                found,
            } => write!(
                f,
                "the self-test fails: the bits of golden sample {golden} are {found:08x}, not \
                 {expected:08x}"
            ),
        }
    }
}

impl core::error::Error for Refusal {}
