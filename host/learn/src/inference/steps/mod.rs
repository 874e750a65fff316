//! The layers that have kernels, one operator a file: how it is packed, and how a block of passes
//! goes through it.

use landauer_core::inference::constants::Constants;

use super::kernels::SumVector;
use super::passes::Passes;
use super::rows::{Packing, RulesRoom};

mod along;
mod axis;
mod centre;
mod conv2d;
mod dense;
mod product;
mod separable;

pub(super) use axis::AxisStep;
pub(super) use centre::CentreStep;
pub(super) use conv2d::ConvStep;
pub(super) use dense::DenseStep;
pub(super) use product::ProductStep;
pub(super) use separable::SeparableStep;

/// Room that steps share.
#[derive(Debug, Default)]
pub(super) struct Room {
    packing: Packing,
    rules: RulesRoom,
    along: along::Columns,
    sums: Vec<SumVector>,
    bytes: Vec<i8>,
}

/// A layer that all passes of a block go through.
pub(super) trait Run: std::fmt::Debug + Send + Sync {
    /// Takes them through; none if a record is not what the loader accepts.
    fn run(&self, constants: Constants<'_>, passes: &mut Passes<'_>, room: &mut Room)
    -> Option<()>;
}
