//! Why an estimate fails.

use crate::inference::ModelError;
use crate::transport::SolveError;

/// Why an estimate fails.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum HybridError {
    /// The budget does not even suffice for the head.
    Budget {
        /// Multiply-adds that are needed, [`SMALLEST_BUDGET`](super::SMALLEST_BUDGET).
        needed: u64,
        /// Multiply-adds that were granted.
        found: u64,
    },
    /// Something is wrong with the file, or the strip is not one that it was made for.
    Model(ModelError),
    /// A recursion failed.
    Solve(SolveError),
    /// A golden sample gave another number than the file says.
    SelfTest {
        /// The golden sample, counted from 0.
        golden: usize,
        /// The bits of what the file says, in `f32`.
        expected: u32,
        /// The bits of what was found.
        found: u32,
    },
}

impl From<SolveError> for HybridError {
    fn from(error: SolveError) -> Self {
        Self::Solve(error)
    }
}

impl From<ModelError> for HybridError {
    fn from(error: ModelError) -> Self {
        Self::Model(error)
    }
}

impl core::fmt::Display for HybridError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Budget { needed, found } => write!(
                f,
                "a budget of {found} multiply-adds is too small: {needed} are needed at least"
            ),
            Self::Model(error) => error.fmt(f),
            Self::Solve(error) => error.fmt(f),
            Self::SelfTest {
                golden,
                expected,
                found,
            } => write!(
                f,
                "self-test {golden} of the hybrid fails: its bits are {found:08x}, not {expected:08x}"
            ),
        }
    }
}

impl core::error::Error for HybridError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Model(error) => Some(error),
            Self::Solve(error) => Some(error),
            _ => None,
        }
    }
}
