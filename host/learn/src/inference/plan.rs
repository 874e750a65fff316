//! Which layer runs how, and how what it writes lies in the arena.

use std::sync::Arc;

use landauer_core::inference::Model;
use landauer_core::inference::format::{Layer, Operator, Tensor};

use super::head::PackedHead;
use super::kernels::Kernels;
use super::neighbours::NeighbourTable;
use super::patterns::PatternTable;
use super::sites::Sites;
use super::steps::{Run, reads_any_order, step_of, writes_any_order};
use super::windows::{Order, Written, elements};

/// A network ready to run.
#[derive(Debug, Clone)]
pub(super) struct ExecutionPlan {
    pub(super) front: Front,
    pub(super) steps: Vec<Step>,
    pub(super) head: PackedHead,
    pub(super) head_input: Tensor,
}

/// How a pass begins.
#[derive(Debug, Clone)]
pub(super) struct Front {
    /// How sites become bits, where they are only empty or not.
    pub(super) sites: Option<Sites>,
    /// Does a layer read the encoder's output?
    pub(super) encodes: bool,
    /// What takes the place of the first one or two layers.
    pub(super) table: Option<(Table, Written)>,
}

/// A table that stands for one layer or two.
#[derive(Debug, Clone)]
pub(super) enum Table {
    /// Windows side by side.
    Patterns(PatternTable),
    /// Windows around every site.
    Neighbours(NeighbourTable),
}

/// How a layer runs.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// By core's own function, pass by pass.
    Core(Box<Layer>),
    /// By this engine's kernels, all passes together.
    Packed(Arc<dyn Run>),
}

/// The readers of a layer's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Readers {
    /// None, or layers that take any order and read exactly this tensor.
    AnyOrder,
    /// Others, which expect core's order.
    Others,
}

impl ExecutionPlan {
    /// None if a record is not what [`Model::parse`] accepts.
    pub(super) fn new(kernels: Kernels, model: &Model<'_>) -> Option<Self> {
        let constants = model.constants();
        let layers: Vec<Layer> = model.layers().collect();
        let readers = readers(model, &layers);
        let sites = Sites::new(kernels, model);
        let first = layers.first().filter(|_| sites.is_some());
        let brought = first.and_then(|layer| PatternTable::of_layer(kernels, model, layer));
        let orders = layers.iter().enumerate().zip(&readers);
        let orders = orders.map(|((number, layer), readers)| {
            // A table writes in any order, too.
            let table =
                matches!(layer.operator, Operator::Patterns(_)) && number == 0 && brought.is_some();
            let windows = table || writes_any_order(&layer.operator);
            if windows && *readers == Readers::AnyOrder {
                Order::ChannelLast
            } else {
                Order::ChannelFirst
            }
        });
        let orders: Vec<Order> = orders.collect();
        let order_of = |tensor: &Tensor, before: usize| {
            let written = layers.iter().zip(&orders).take(before).rev();
            let mut writers = written.filter(|(layer, _)| overlap(&layer.output, tensor));
            let last = writers.next();
            last.map_or(Order::ChannelFirst, |(_, &order)| order)
        };
        let (front, replaced) = front(kernels, model, &layers, sites, brought, &orders);
        let mut steps = Vec::new();
        for (number, layer) in layers.iter().enumerate().skip(replaced) {
            let output = Written {
                tensor: layer.output,
                order: orders[number],
            };
            let order = |input: &Tensor| order_of(input, number);
            steps.push(step_of(kernels, layer, output, &order, constants)?);
        }
        let head_input = model.card().head.input;
        let order = elements(&head_input, order_of(&head_input, layers.len()));
        Some(Self {
            front,
            steps,
            head: PackedHead::new(kernels, model, &order)?,
            head_input,
        })
    }
}

/// How passes begin, and how many layers a table takes the place of: the one that is `brought` by the
/// model file, or two that are a table's.
fn front(
    kernels: Kernels,
    model: &Model<'_>,
    layers: &[Layer],
    sites: Option<Sites>,
    brought: Option<PatternTable>,
    orders: &[Order],
) -> (Front, usize) {
    let sources = last_writers(model, layers);
    let brought = brought.map(|table| (Table::Patterns(table), 1));
    let found = brought.or_else(|| {
        let table = sites
            .is_some()
            .then(|| two_layers(kernels, model, layers, &sources));
        Some((table??, 2))
    });
    let Some((table, replaced)) = found else {
        let without = Front {
            sites,
            encodes: true,
            table: None,
        };
        return (without, 0);
    };
    let last = replaced - 1;
    let output = Written {
        tensor: layers[last].output,
        order: orders[last],
    };
    let mut later = sources.iter().skip(replaced);
    let front = Front {
        sites,
        encodes: later.any(|read| read.contains(&Source::Encoder)),
        table: Some((table, output)),
    };
    (front, replaced)
}

/// The table of the first two layers, if nothing else reads what it leaves out.
fn two_layers(
    kernels: Kernels,
    model: &Model<'_>,
    layers: &[Layer],
    sources: &[Vec<Source>],
) -> Option<Table> {
    let [first, second, ..] = layers else {
        return None;
    };
    // Only the second layer reads what the first one wrote, and nothing else of the encoder's.
    let mut later = sources.iter().skip(2);
    let hidden = later.all(|read| !read.contains(&Source::Layer(0)));
    let codes = &model.card().encoder.output;
    let of_encoder = sources.get(1)?.contains(&Source::Encoder);
    if !hidden || of_encoder || overlap(codes, &first.output) {
        return None;
    }
    let patterns = PatternTable::new(kernels, model, first, second).map(Table::Patterns);
    patterns.or_else(|| NeighbourTable::new(model, first, second).map(Table::Neighbours))
}

fn overlap(a: &Tensor, b: &Tensor) -> bool {
    let (a, b) = (a.range(), b.range());
    a.start < b.end && b.start < a.end
}

/// The last writer of a byte of the arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Encoder,
    Layer(usize),
}

/// The writers of what each layer, and at last the head, reads.
fn last_writers(model: &Model<'_>, layers: &[Layer]) -> Vec<Vec<Source>> {
    let card = model.card();
    let mut arena = vec![Source::Encoder; card.arena as usize];
    let sources = |arena: &[Source], tensor: &Tensor| {
        let mut sources = arena.get(tensor.range()).unwrap_or(&[]).to_vec();
        sources.dedup();
        sources
    };
    let mut all = Vec::new();
    for (number, layer) in layers.iter().enumerate() {
        let inputs = layer.operator.inputs();
        all.push(inputs.flat_map(|input| sources(&arena, input)).collect());
        if let Some(written) = arena.get_mut(layer.output.range()) {
            written.fill(Source::Layer(number));
        }
    }
    all.push(sources(&arena, &card.head.input));
    all
}

fn readers(model: &Model<'_>, layers: &[Layer]) -> Vec<Readers> {
    let mut readers = vec![Readers::AnyOrder; layers.len()];
    let head = &model.card().head.input;
    for (number, sources) in last_writers(model, layers).iter().enumerate() {
        let (any_order, inputs) = match layers.get(number) {
            Some(layer) => (
                reads_any_order(&layer.operator),
                layer.operator.inputs().collect(),
            ),
            None => (true, vec![head]),
        };
        for source in sources {
            let Source::Layer(writer) = *source else {
                continue;
            };
            let written = &layers[writer].output;
            let whole = inputs
                .iter()
                .all(|&input| input.offset == written.offset && input.shape() == written.shape());
            if !(any_order && whole && sources.len() == 1) {
                readers[writer] = Readers::Others;
            }
        }
    }
    readers
}
