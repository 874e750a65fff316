//! Which layer runs how, and how what it writes lies in the arena.

use landauer_core::inference::Model;
use landauer_core::inference::format::{Layer, Operator, Tensor};

use super::head::PackedHead;
use super::kernels::Kernels;
use super::patterns::PatternTable;
use super::rows::PackedRows;
use super::windows::{Gather, Order, elements};

/// A network ready to run.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// The table that takes the place of the encoder and of the first two layers.
    pub(super) table: Option<(PatternTable, Written)>,
    pub(super) steps: Vec<Step>,
    pub(super) head: PackedHead,
    pub(super) head_input: Tensor,
}

/// What a step writes, and in which order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub(super) tensor: Tensor,
    pub(super) order: Order,
}

/// How a layer runs.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// By core's own function, strip by strip.
    Core(Box<Layer>),
    /// A fully connected layer: a row a strip.
    Dense {
        rows: PackedRows,
        input: Tensor,
        output: Tensor,
    },
    /// A convolution: a row a place.
    Conv2d {
        rows: PackedRows,
        gather: Gather,
        input: Tensor,
        output: Written,
    },
}

/// Who reads a layer's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Readers {
    /// Nobody, or packed layers that read exactly this tensor.
    Packed,
    /// Anybody else, who expects core's order.
    Others,
}

impl Plan {
    /// None if a record is not what [`Model::parse`] accepts.
    pub(super) fn new(kernels: Kernels, model: &Model<'_>) -> Option<Self> {
        let constants = model.constants();
        let layers: Vec<Layer> = model.layers().collect();
        let readers = readers(model, &layers);
        let orders = layers.iter().zip(&readers).map(|(layer, readers)| {
            let windows = matches!(layer.operator, Operator::Conv2d(_));
            let packed = windows && is_packed(layer) && *readers == Readers::Packed;
            if packed {
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
        let table = pattern_table(kernels, model, &layers);
        let replaced = if table.is_some() { 2 } else { 0 };
        let mut steps = Vec::new();
        for (number, layer) in layers.iter().enumerate().skip(replaced) {
            let output = Written {
                tensor: layer.output,
                order: orders[number],
            };
            let channels = usize::from(layer.output.channels);
            let step = match &layer.operator {
                Operator::Dense(dense) if is_packed(layer) => {
                    let order = elements(&dense.input, order_of(&dense.input, number));
                    let layer = (dense.weights, dense.bias, dense.requantise);
                    Step::Dense {
                        rows: PackedRows::new(kernels, layer, channels, &order, constants)?,
                        input: dense.input,
                        output: output.tensor,
                    }
                }
                Operator::Conv2d(conv2d) if is_packed(layer) => {
                    let order = order_of(&conv2d.input, number);
                    let gather = Gather::new(conv2d, layer.output.shape(), order);
                    let layer = (conv2d.weights, conv2d.bias, conv2d.requantise);
                    let order = gather.weights();
                    Step::Conv2d {
                        rows: PackedRows::new(kernels, layer, channels, &order, constants)?,
                        gather,
                        input: conv2d.input,
                        output,
                    }
                }
                _ => Step::Core(Box::new(layer.clone())),
            };
            steps.push(step);
        }
        let head_input = model.card().head.input;
        let order = elements(&head_input, order_of(&head_input, layers.len()));
        let table = table.map(|table| {
            let output = Written {
                tensor: layers[1].output,
                order: orders[1],
            };
            (table, output)
        });
        Some(Self {
            table,
            steps,
            head: PackedHead::new(kernels, model, &order)?,
            head_input,
        })
    }
}

/// The table of the first two layers, if nothing else reads what it leaves out.
fn pattern_table(kernels: Kernels, model: &Model<'_>, layers: &[Layer]) -> Option<PatternTable> {
    let [first, second, ..] = layers else {
        return None;
    };
    let left_out = [&model.card().encoder.output, &first.output];
    let sources = last_writers(model, layers);
    // Only the first layer reads what the encoder wrote, only the second what the first wrote.
    let read_later = sources.iter().skip(2).any(|read| {
        read.iter()
            .any(|source| matches!(source, Source::Encoder | Source::Layer(0)))
    });
    let read_early = sources
        .get(1)
        .is_some_and(|read| read.contains(&Source::Encoder));
    if read_later || read_early || overlap(left_out[0], left_out[1]) {
        return None;
    }
    PatternTable::new(kernels, model, first, second)
}

/// Can it be packed, since neither bias nor multipliers depend on the impurity count?
fn is_packed(layer: &Layer) -> bool {
    let (bias, requantise) = match &layer.operator {
        Operator::Conv2d(conv2d) => (conv2d.bias, conv2d.requantise),
        Operator::Dense(dense) => (dense.bias, dense.requantise),
        _ => return false,
    };
    super::rows::is_constant(bias) && super::rows::is_constant(requantise.multiplier)
}

fn overlap(a: &Tensor, b: &Tensor) -> bool {
    let (a, b) = (a.range(), b.range());
    a.start < b.end && b.start < a.end
}

/// Who wrote a byte of the arena last.
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
    let mut readers = vec![Readers::Packed; layers.len()];
    let head = &model.card().head.input;
    for (number, sources) in last_writers(model, layers).iter().enumerate() {
        let (packed, inputs) = match layers.get(number) {
            Some(layer) => (is_packed(layer), layer.operator.inputs().collect()),
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
            if !(packed && whole && sources.len() == 1) {
                readers[writer] = Readers::Others;
            }
        }
    }
    readers
}
