//! Quantised networks evaluated a second time: slowly, in `i128`, from the documented arithmetic.
//!
//! Nothing of `landauer_core::inference` is used but the records of its format. Every element is
//! computed by itself, from indices, as the formulas of the format's documentation say it; nothing
//! is shared with the kernels, not even the way a sum is ordered.

use std::collections::BTreeMap;

use landauer_core::inference::Model;
use landauer_core::inference::format::{
    Activation, Add, Axis, AxisLinear, Card, Centre, Conv2d, Count, CurveRule, Curves, Dense,
    EncoderRule, Layer, Mirrors, Nodes, Operator, Patterns, Pool, PoolKind, Product, Requantise,
    Separable, Span, Tensor, WeightLayout, Weights, Window,
};

/// What the reference makes of one lattice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// The predictions in units of G0/65536, `[target]`.
    pub outputs: Vec<i32>,
    /// The arena as the last pass leaves it; `None` where nothing was written.
    pub arena: Vec<Option<i8>>,
}

/// A model with its layers and weights at hand: made once for all its lattices.
#[derive(Debug)]
pub struct Reference<'m> {
    card: &'m Card<'m>,
    layers: Vec<Layer>,
    constants: &'m [u8],
    /// Row after row, by where they lie, their bits, and how long a row is.
    weights: BTreeMap<(u32, u8, usize), Vec<i8>>,
}

impl<'m> Reference<'m> {
    /// Of a model that has been parsed.
    ///
    /// # Panics
    /// If an operator of the core has no reference.
    #[must_use]
    pub fn new(model: &'m Model<'m>) -> Self {
        let card = model.card();
        let mut reference = Self {
            card,
            layers: model.layers().collect(),
            constants: model.constants().as_bytes(),
            weights: BTreeMap::new(),
        };
        let mut all = vec![(card.head.weights, size(&card.head.input))];
        for layer in &reference.layers {
            all.extend(
                reference_of(&layer.operator)
                    .expect("a known operator")
                    .weights(),
            );
        }
        for (weights, length) in all {
            let rows = reference.rows_of(&weights, length);
            let row = |row: usize| (0..length).map(move |index| (row, index));
            let decoded = (0..rows).flat_map(row);
            let decoded =
                decoded.map(|(row, index)| reference.weight(&weights, row, index, length));
            let decoded: Vec<i8> = decoded.collect();
            let key = (weights.data.offset, weights.bits, length);
            reference.weights.insert(key, decoded);
        }
        reference
    }

    /// Evaluates a lattice `[slice, row]` that suits the model.
    ///
    /// # Panics
    /// If the lattice or the model do not make sense.
    #[must_use]
    pub fn evaluate(&self, onsite: &[f64]) -> Evaluation {
        let card = self.card;
        let count = if card.disorder.has_impurities() {
            onsite.iter().filter(|&&energy| energy != 0.0).count()
        } else {
            0
        };
        let images: &[(bool, bool, bool)] = match card.mirrors {
            Mirrors::None => &[(false, false, false)],
            Mirrors::Y => &[(false, false, false), (true, false, false)],
            Mirrors::XY => &[
                (false, false, false),
                (true, false, false),
                (false, true, false),
                (true, true, false),
            ],
            Mirrors::XYSign => &[
                (false, false, false),
                (true, false, false),
                (false, true, false),
                (true, true, false),
                (false, false, true),
                (true, false, true),
                (false, true, true),
                (true, true, true),
            ],
            _ => panic!("unknown mirrors"),
        };
        let mut sums = vec![0_i128; card.outputs.len()];
        let mut arena = Arena(Vec::new());
        for &image in images {
            arena = Arena(vec![None; card.arena as usize]);
            self.encode(onsite, count, image, &mut arena);
            for layer in &self.layers {
                self.run(layer, count, &mut arena);
            }
            let input = &card.head.input;
            for (row, sum) in sums.iter_mut().enumerate() {
                *sum += self.curve(&card.head.bias, row, count);
                let weights = self.row(&card.head.weights, row, size(input));
                for (i, &weight) in weights.iter().enumerate() {
                    *sum += i128::from(weight) * arena.flat(input, i);
                }
            }
        }
        let passes = i128::try_from(images.len()).expect("at most 8");
        let outputs = card.outputs.iter().zip(sums).enumerate();
        let outputs = outputs.map(|(row, (output, sum))| {
            let divisor = passes << output.shift;
            let scaled = sum * self.curve(&card.head.scale, row, count);
            let scaled = (2 * scaled + divisor).div_euclid(2 * divisor);
            let value = self.curve(&card.head.centre, row, count) + scaled;
            i32::try_from(value.clamp(0, i128::from(output.ceiling))).expect("clamped")
        });
        Evaluation {
            outputs: outputs.collect(),
            arena: arena.0,
        }
    }

    fn encode(
        &self,
        onsite: &[f64],
        count: usize,
        (flip_y, flip_x, negate): (bool, bool, bool),
        arena: &mut Arena,
    ) {
        let card = self.card;
        let tensor = card.encoder.output;
        let (length, width) = (usize::from(card.length), usize::from(card.width));
        let mut energies = vec![0.0];
        energies.extend_from_slice(card.disorder.species_energies());
        for c in 0..usize::from(tensor.channels) {
            for x in 0..length {
                for y in 0..width {
                    let from_x = if flip_x { length - 1 - x } else { x };
                    let from_y = if flip_y { width - 1 - y } else { y };
                    let energy = onsite[from_x * width + from_y];
                    let value = match card.encoder.rule {
                        EncoderRule::Species(curves) => {
                            let species = energies.iter().position(|&e| e == energy);
                            let species = species.expect("a known species");
                            let row = c * energies.len() + species;
                            round_q16(self.curve(&curves, row, count))
                        }
                        EncoderRule::Onsite { scale } => {
                            #[allow(clippy::cast_possible_truncation, reason = "the rule")]
                            let v = energy as f32 * scale;
                            // Exact: few channels.
                            let channels = f32::from(tensor.channels);
                            #[allow(clippy::cast_precision_loss, reason = "few channels")]
                            let moved = (2.0 * c as f32 + 1.0 - channels) / (2.0 * channels);
                            let v = v + moved;
                            // Truncated towards zero; the sum itself is rounded to f32.
                            let moved = if v < 0.0 { v - 0.5 } else { v + 0.5 };
                            #[allow(clippy::cast_possible_truncation, reason = "clamped")]
                            let whole = moved.trunc().clamp(-127.0, 127.0) as i128;
                            whole
                        }
                        _ => panic!("unknown encoder"),
                    };
                    arena.set(&tensor, [c, x, y], if negate { -value } else { value });
                }
            }
        }
    }

    fn run(&self, layer: &Layer, count: usize, arena: &mut Arena) {
        let output = &layer.output;
        for c in 0..usize::from(output.channels) {
            for x in 0..usize::from(output.slices) {
                for y in 0..usize::from(output.rows) {
                    let value = self.element(&layer.operator, [c, x, y], output, count, arena);
                    arena.set(output, [c, x, y], value);
                }
            }
        }
    }

    /// One element of a layer's output.
    fn element(
        &self,
        operator: &Operator,
        [c, x, y]: [usize; 3],
        output: &Tensor,
        count: usize,
        arena: &Arena,
    ) -> i128 {
        let place = Place {
            element: [c, x, y],
            output,
            count,
            arena,
        };
        let reference = reference_of(operator).expect("a known operator");
        reference.element(self, &place)
    }

    fn conv2d(&self, conv2d: &Conv2d, [o, x, y]: [usize; 3], count: usize, arena: &Arena) -> i128 {
        let Window {
            kernel,
            stride,
            padding,
        } = conv2d.window;
        let [kernel, stride, padding] = [kernel, stride, padding].map(|both| both.map(usize::from));
        let inputs = usize::from(conv2d.input.channels);
        let weights = self.row(&conv2d.weights, o, patch_len(conv2d));
        let mut sum = self.curve(&conv2d.bias, o, count);
        for i in 0..inputs {
            for kx in 0..kernel[0] {
                for ky in 0..kernel[1] {
                    let index = (i * kernel[0] + kx) * kernel[1] + ky;
                    let from_x = signed(x * stride[0] + kx) - signed(padding[0]);
                    let from_y = signed(y * stride[1] + ky) - signed(padding[1]);
                    let value = arena.at(&conv2d.input, i, from_x, from_y);
                    sum += i128::from(weights[index]) * value;
                }
            }
        }
        self.requantise(&conv2d.requantise, o, count, sum)
    }

    fn axis_linear(
        &self,
        layer: &AxisLinear,
        [c, x, y]: [usize; 3],
        output: &Tensor,
        count: usize,
        arena: &Arena,
    ) -> i128 {
        let (k, outputs, elements) = match layer.axis {
            Axis::Slice => (x, output.slices, layer.input.slices),
            Axis::Row => (y, output.rows, layer.input.rows),
        };
        let (outputs, elements) = (usize::from(outputs), usize::from(elements));
        let value = |i: usize| match layer.axis {
            Axis::Slice => arena.at(&layer.input, c, signed(i), signed(y)),
            Axis::Row => arena.at(&layer.input, c, signed(x), signed(i)),
        };
        let row = if layer.by_channel { c * outputs + k } else { k };
        let weights = self.row(&layer.weights, row, row_len(layer));
        let sign = if k < outputs / 2 { 1 } else { -1 };
        let mut sum = self.curve(&layer.bias, row, count);
        for (i, &weight) in weights.iter().enumerate() {
            let seen = if layer.folded {
                value(i) + sign * value(elements - 1 - i)
            } else {
                value(i)
            };
            sum += i128::from(weight) * seen;
        }
        self.requantise(&layer.requantise, row, count, sum)
    }

    fn product(
        &self,
        product: &Product,
        [p, x, y]: [usize; 3],
        count: usize,
        arena: &Arena,
    ) -> i128 {
        let pair = &product.pairs[p];
        let [dx, dy] = pair.shift.map(i64::from);
        let (first, second) = (usize::from(pair.first), usize::from(pair.second));
        let a = arena.at(&product.input, first, signed(x), signed(y));
        let b = arena.at(&product.input, second, signed(x) + dx, signed(y) + dy);
        let slices = usize::from(product.input.slices);
        let row = if product.by_slice { p * slices + x } else { p };
        let sum = self.curve(&product.bias, row, count) + a * b;
        self.requantise(&product.requantise, row, count, sum)
    }

    fn separable(&self, layer: &Separable, u: usize, count: usize, arena: &Arena) -> i128 {
        let input = &layer.input;
        let [channels, slices, rows] = [input.channels, input.slices, input.rows].map(usize::from);
        let mut sum = self.curve(&layer.bias, u, count);
        for m in 0..channels {
            let row = u * channels + m;
            let across = self.row(&layer.across, row, rows);
            let along = self.row(&layer.along, row, slices);
            for (x, &along) in along.iter().enumerate() {
                let mut inner = 0;
                for (y, &across) in across.iter().enumerate() {
                    let value = arena.at(input, m, signed(x), signed(y));
                    inner += i128::from(across) * value;
                }
                let multiplier = self.curve(&layer.inner.multiplier, m * slices + x, count);
                let inner = divide_2_to_32((inner << layer.inner.left) * multiplier);
                let inner = inner.clamp(-32767, 32767);
                sum += i128::from(along) * inner;
            }
        }
        let rule = &layer.requantise;
        assert!((sum << rule.left).abs() < 1 << 31, "a sum overflows");
        let product = (sum << rule.left) * self.curve(&rule.multiplier, u, count);
        let offset = self.curve(&layer.offset, u, count) << 16;
        self.activate(rule.activation, divide_2_to_32(product + offset))
    }

    fn pool(&self, pool: &Pool, [c, x, y]: [usize; 3], count: usize, arena: &Arena) -> i128 {
        let [kernel, stride] =
            [pool.window.kernel, pool.window.stride].map(|both| both.map(usize::from));
        let mut seen = Vec::new();
        for kx in 0..kernel[0] {
            for ky in 0..kernel[1] {
                let (from_x, from_y) = (x * stride[0] + kx, y * stride[1] + ky);
                seen.push(arena.at(&pool.input, c, signed(from_x), signed(from_y)));
            }
        }
        match pool.kind {
            PoolKind::Max => seen.into_iter().max().expect("a window is not empty"),
            PoolKind::Average(rule) => self.requantise(&rule, c, count, seen.into_iter().sum()),
        }
    }

    fn requantise(&self, rule: &Requantise, row: usize, count: usize, acc: i128) -> i128 {
        assert!((acc << rule.left).abs() < 1 << 31, "a sum overflows");
        let multiplier = self.curve(&rule.multiplier, row, count);
        let scaled = divide_2_to_32((acc << rule.left) * multiplier);
        self.activate(rule.activation, scaled)
    }

    fn activate(&self, activation: Activation, scaled: i128) -> i128 {
        match activation {
            Activation::Identity => scaled.clamp(-127, 127),
            Activation::Relu => scaled.clamp(0, 127),
            Activation::Table(span) => {
                let index = usize::try_from(128 + scaled.clamp(-128, 127)).expect("0 to 255");
                i128::from(self.bytes(span)[index].cast_signed())
            }
            _ => panic!("unknown activation"),
        }
    }

    /// The value of row `row`'s curve at `count`: its own, the only one, or 0.
    fn curve(&self, curves: &Curves, row: usize, count: usize) -> i128 {
        let curve = match curves.curves {
            0 => return 0,
            1 => 0,
            _ => row,
        };
        match curves.rule {
            CurveRule::Lines(nodes) => self.line(&nodes, curve, count),
            CurveRule::Mixture {
                coefficients,
                terms,
                basis,
            } => {
                let terms = usize::from(terms);
                let sum: i128 = (0..terms)
                    .map(|term| {
                        let coefficient = self.integer(coefficients, curve * terms + term);
                        coefficient * self.line(&basis, term, count)
                    })
                    .sum();
                (2 * sum + (1 << 30)).div_euclid(1 << 31)
            }
            _ => panic!("unknown curves"),
        }
    }

    /// The straight lines of function `function`.
    fn line(&self, lines: &Nodes, function: usize, count: usize) -> i128 {
        let nodes = usize::from(lines.nodes);
        let node = |k: usize| self.integer(lines.values, function * nodes + k);
        let width = 1_usize << lines.step;
        let k = count / width;
        if k + 1 >= nodes {
            return node(nodes - 1);
        }
        let (a, b) = (node(k), node(k + 1));
        let beyond = i128::try_from(count % width).expect("small");
        let width = i128::try_from(width).expect("small");
        a + ((b - a) * beyond + width / 2).div_euclid(width)
    }

    fn integer(&self, span: Span, index: usize) -> i128 {
        let bytes = &self.bytes(span)[4 * index..][..4];
        i128::from(i32::from_le_bytes(bytes.try_into().expect("four bytes")))
    }

    /// Weight `index` of row `row` of `length` weights.
    fn weight(&self, weights: &Weights, row: usize, index: usize, length: usize) -> i8 {
        let bytes = self.bytes(weights.data);
        // Weights in a byte, and in a word of four.
        let (in_byte, in_word) = match weights.bits {
            8 => (1, 4),
            4 => (2, 8),
            _ => panic!("unknown width"),
        };
        let place = match weights.layout {
            WeightLayout::RowMajor => row * length.div_ceil(in_byte) + index / in_byte,
            WeightLayout::Interleaved => {
                let words = length.div_ceil(in_word);
                let word = (row / 4 * words + index / in_word) * 4 + row % 4;
                4 * word + index % in_word / in_byte
            }
            _ => panic!("unknown layout"),
        };
        let modulus = if weights.bits == 8 { 256 } else { 16 };
        let stored = match (weights.bits, index % 2) {
            (4, 0) => i16::from(bytes[place] % 16),
            (4, _) => i16::from(bytes[place] / 16),
            _ => i16::from(bytes[place]),
        };
        // All weights of a halfword but the last.
        let lifted = index % (in_word / 2) + 1 < in_word / 2;
        let value = if weights.layout == WeightLayout::Interleaved && lifted {
            stored - modulus / 2
        } else if stored >= modulus / 2 {
            stored - modulus
        } else {
            stored
        };
        i8::try_from(value).expect("eight bits")
    }

    /// How many rows of `length` weights there are.
    fn rows_of(&self, weights: &Weights, length: usize) -> usize {
        let bits = usize::from(weights.bits);
        let row = match weights.layout {
            WeightLayout::RowMajor => (length * bits).div_ceil(8),
            WeightLayout::Interleaved => 4 * (length * bits).div_ceil(32),
            _ => panic!("unknown layout"),
        };
        self.bytes(weights.data).len() / row
    }

    /// The weights of one row.
    fn row(&self, weights: &Weights, row: usize, length: usize) -> &[i8] {
        &self.weights[&(weights.data.offset, weights.bits, length)][row * length..][..length]
    }

    fn bytes(&self, span: Span) -> &[u8] {
        &self.constants[span.offset as usize..][..span.length as usize]
    }
}

/// An element of a layer's output that is asked for.
struct Place<'a> {
    /// `[channel, slice, row]`.
    element: [usize; 3],
    output: &'a Tensor,
    /// Impurities of the strip.
    count: usize,
    arena: &'a Arena,
}

/// One operator, evaluated a second time.
trait Element {
    /// Its weights, and how long a row of them is.
    fn weights(&self) -> Vec<(Weights, usize)> {
        Vec::new()
    }

    /// One element of its output.
    fn element(&self, net: &Reference<'_>, place: &Place<'_>) -> i128;
}

/// The reference of an operator: one line for each.
fn reference_of(operator: &Operator) -> Option<&dyn Element> {
    Some(match operator {
        Operator::Conv2d(record) => record,
        Operator::Dense(record) => record,
        Operator::AxisLinear(record) => record,
        Operator::Product(record) => record,
        Operator::Separable(record) => record,
        Operator::Pool(record) => record,
        Operator::Add(record) => record,
        Operator::Count(record) => record,
        Operator::Centre(record) => record,
        Operator::Patterns(record) => record,
        _ => return None,
    })
}

/// Does an operator have a reference?
#[must_use]
pub fn has_reference(operator: &Operator) -> bool {
    reference_of(operator).is_some()
}

impl Element for Conv2d {
    fn weights(&self) -> Vec<(Weights, usize)> {
        vec![(self.weights, patch_len(self))]
    }

    fn element(&self, net: &Reference<'_>, place: &Place<'_>) -> i128 {
        net.conv2d(self, place.element, place.count, place.arena)
    }
}

impl Element for Dense {
    fn weights(&self) -> Vec<(Weights, usize)> {
        vec![(self.weights, size(&self.input))]
    }

    fn element(&self, net: &Reference<'_>, place: &Place<'_>) -> i128 {
        let ([c, _, _], count, arena) = (place.element, place.count, place.arena);
        let mut sum = net.curve(&self.bias, c, count);
        let weights = net.row(&self.weights, c, size(&self.input));
        for (i, &weight) in weights.iter().enumerate() {
            sum += i128::from(weight) * arena.flat(&self.input, i);
        }
        net.requantise(&self.requantise, c, count, sum)
    }
}

impl Element for AxisLinear {
    fn weights(&self) -> Vec<(Weights, usize)> {
        vec![(self.weights, row_len(self))]
    }

    fn element(&self, net: &Reference<'_>, place: &Place<'_>) -> i128 {
        net.axis_linear(self, place.element, place.output, place.count, place.arena)
    }
}

impl Element for Product {
    fn element(&self, net: &Reference<'_>, place: &Place<'_>) -> i128 {
        net.product(self, place.element, place.count, place.arena)
    }
}

impl Element for Separable {
    fn weights(&self) -> Vec<(Weights, usize)> {
        let [rows, slices] = [self.input.rows, self.input.slices].map(usize::from);
        vec![(self.across, rows), (self.along, slices)]
    }

    fn element(&self, net: &Reference<'_>, place: &Place<'_>) -> i128 {
        net.separable(self, place.element[0], place.count, place.arena)
    }
}

impl Element for Pool {
    fn element(&self, net: &Reference<'_>, place: &Place<'_>) -> i128 {
        net.pool(self, place.element, place.count, place.arena)
    }
}

impl Element for Add {
    fn element(&self, net: &Reference<'_>, place: &Place<'_>) -> i128 {
        let ([c, x, y], arena) = (place.element, place.arena);
        let terms = self.inputs.iter().zip(self.multipliers);
        let sum: i128 = terms
            .map(|(input, m)| {
                let value = arena.at(input, c, signed(x), signed(y));
                (value << self.left) * i128::from(m)
            })
            .sum();
        net.activate(self.activation, divide_2_to_32(sum))
    }
}

impl Element for Patterns {
    fn element(&self, net: &Reference<'_>, place: &Place<'_>) -> i128 {
        let ([c, x, y], output) = (place.element, place.output);
        let (count, arena) = (place.count, place.arena);
        let outputs = usize::from(output.channels);
        let mut sum = 0;
        for (place, [px, py]) in [[0, 0], [0, 1], [1, 0], [1, 1]].into_iter().enumerate() {
            let bit = |kx: usize, ky: usize| {
                let (from_x, from_y) = (4 * x + 2 * px + kx, 4 * y + 2 * py + ky);
                let value = arena.at(&self.input, 0, signed(from_x), signed(from_y));
                usize::from(value.rem_euclid(2) == 1)
            };
            let pattern = bit(0, 0) + 2 * bit(0, 1) + 4 * bit(1, 0) + 8 * bit(1, 1);
            sum += net.integer(self.table, (16 * place + pattern) * outputs + c);
        }
        net.requantise(&self.requantise, c, count, sum)
    }
}

impl Element for Count {
    fn element(&self, net: &Reference<'_>, place: &Place<'_>) -> i128 {
        round_q16(net.curve(&self.curves, place.element[0], place.count))
    }
}

impl Element for Centre {
    fn element(&self, net: &Reference<'_>, place: &Place<'_>) -> i128 {
        let ([c, x, y], count, arena) = (place.element, place.count, place.arena);
        let input = &self.input;
        let plane = usize::from(input.slices) * usize::from(input.rows);
        let whole: i128 = (0..plane).map(|i| arena.flat(input, c * plane + i)).sum();
        let value = arena.at(input, c, signed(x), signed(y));
        let sum = i128::try_from(plane).expect("small") * value - whole;
        net.requantise(&self.requantise, c, count, sum)
    }
}

/// The arena, with what has not been written marked.
struct Arena(Vec<Option<i8>>);

impl Arena {
    /// Element `[c, x, y]`, 0 outside the plane.
    fn at(&self, tensor: &Tensor, c: usize, x: i64, y: i64) -> i128 {
        let (slices, rows) = (i64::from(tensor.slices), i64::from(tensor.rows));
        if !(0..slices).contains(&x) || !(0..rows).contains(&y) {
            return 0;
        }
        let place = usize::try_from(x * rows + y).expect("not negative");
        let plane = usize::try_from(slices * rows).expect("not negative");
        self.flat(tensor, c * plane + place)
    }

    fn flat(&self, tensor: &Tensor, index: usize) -> i128 {
        assert!(index < size(tensor));
        let value = self.0[tensor.offset as usize + index];
        i128::from(value.expect("read before written"))
    }

    fn set(&mut self, tensor: &Tensor, [c, x, y]: [usize; 3], value: i128) {
        let place = (c * usize::from(tensor.slices) + x) * usize::from(tensor.rows) + y;
        let value = i8::try_from(value).expect("an i8");
        self.0[tensor.offset as usize + place] = Some(value);
    }
}

/// Weights of one output of a convolution, `[in, kx, ky]`.
fn patch_len(conv2d: &Conv2d) -> usize {
    let [kernel_slices, kernel_rows] = conv2d.window.kernel.map(usize::from);
    usize::from(conv2d.input.channels) * kernel_slices * kernel_rows
}

/// Weights of one output of a product along an axis.
fn row_len(layer: &AxisLinear) -> usize {
    let elements = usize::from(match layer.axis {
        Axis::Slice => layer.input.slices,
        Axis::Row => layer.input.rows,
    });
    if layer.folded { elements / 2 } else { elements }
}

fn size(tensor: &Tensor) -> usize {
    let extents = [tensor.channels, tensor.slices, tensor.rows];
    extents.into_iter().map(usize::from).product()
}

fn signed(index: usize) -> i64 {
    i64::try_from(index).expect("small")
}

/// value/2³² rounded to the nearest integer, halves upwards.
fn divide_2_to_32(value: i128) -> i128 {
    (2 * value + (1 << 32)).div_euclid(1 << 33)
}

/// value/2¹⁶ rounded to the nearest integer, halves upwards, as a symmetric i8.
fn round_q16(value: i128) -> i128 {
    (2 * value + (1 << 16)).div_euclid(1 << 17).clamp(-127, 127)
}
