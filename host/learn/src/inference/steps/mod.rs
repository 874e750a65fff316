//! The layers that have kernels, one operator a file: how it is packed, and how a block of passes
//! goes through it.

use std::sync::Arc;

use landauer_core::inference::constants::Constants;
use landauer_core::inference::format::{Layer, Operator, Tensor};

use super::kernels::{Kernels, SumVector};
use super::passes::Passes;
use super::plan::Step;
use super::rows::{Packing, RulesRoom};
use super::windows::{Order, Written, elements};

mod along;
mod axis;
mod centre;
mod conv2d;
mod dense;
mod product;
mod separable;

use axis::AxisStep;
use centre::CentreStep;
use conv2d::ConvStep;
use dense::DenseStep;
use product::ProductStep;
use separable::SeparableStep;

/// The step of a layer, for operators that have kernels here: one line for each. The others have few
/// products, and core's own functions run them.
///
/// `output` is the layer's own tensor, `order_of` the order of a tensor that it reads; `None` means that
/// a record is not what the loader accepts.
pub(super) fn step_of(
    kernels: Kernels,
    layer: &Layer,
    output: Written,
    order_of: &dyn Fn(&Tensor) -> Order,
    constants: Constants<'_>,
) -> Option<Step> {
    let tensor = layer.output;
    let step: Arc<dyn Run> = match &layer.operator {
        Operator::Dense(dense) => {
            let order = elements(&dense.input, order_of(&dense.input));
            Arc::new(DenseStep::new(kernels, dense, tensor, &order, constants)?)
        }
        Operator::Conv2d(conv2d) => {
            let order = order_of(&conv2d.input);
            Arc::new(ConvStep::new(kernels, conv2d, output, order, constants)?)
        }
        Operator::AxisLinear(axis) => Arc::new(AxisStep::new(kernels, axis, tensor, constants)?),
        Operator::Product(product) => {
            Arc::new(ProductStep::new(kernels, product, tensor, constants)?)
        }
        Operator::Separable(separable) => {
            Arc::new(SeparableStep::new(kernels, separable, tensor, constants)?)
        }
        Operator::Centre(centre) => Arc::new(CentreStep::new(kernels, centre, tensor, constants)?),
        _ => return Some(Step::Core(Box::new(layer.clone()))),
    };
    Some(Step::Packed(step))
}

/// Does its step read a tensor in any order? Without saying so here, an operator gets core's order.
pub(super) const fn reads_any_order(operator: &Operator) -> bool {
    matches!(operator, Operator::Conv2d(_) | Operator::Dense(_))
}

/// Does its step write a tensor in any order? Without saying so here, it writes core's order.
pub(super) const fn writes_any_order(operator: &Operator) -> bool {
    matches!(operator, Operator::Conv2d(_))
}

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
