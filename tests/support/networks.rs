//! Quantised networks made up for the tests: random programs that the format allows, with every
//! operator, odd shapes, extreme multipliers and sums close to what an i32 holds.

use landauer_core::inference::Target;
use landauer_core::inference::format::{
    Activation, Add, Axis, AxisLinear, Card, Centre, Conv2d, Count, Curves, Dense, Encoder,
    EncoderRule, Golden, Head, Layer, MAX_EXTENT, MAX_TERMS, Mirrors, ModelFile, Nodes, Operator,
    Output, Pair, Patterns, Pool, PoolKind, Product, Requantise, Rescale, Separable, Span, Tensor,
    WeightLayout, Weights, Window,
};
use landauer_core::{Concentration, DisorderModel, NUMBERED_MODELS, Species};

/// A network that owns what a model file borrows.
#[derive(Debug, Clone)]
pub struct Network {
    /// Everything but the layers.
    pub card: Card<'static>,
    /// The layers.
    pub layers: Vec<Layer>,
    /// The constants.
    pub constants: Vec<u8>,
}

impl Network {
    /// Its file.
    ///
    /// # Panics
    /// If it cannot be written.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let file = ModelFile {
            card: &self.card,
            layers: &self.layers,
            constants: &self.constants,
        };
        let mut bytes = vec![0; file.encoded_len().expect("small")];
        file.encode(&mut bytes).expect("it has the length");
        bytes
    }

    /// Appends numbers to the constants.
    pub fn add_integers(&mut self, values: &[i32]) -> Span {
        add_bytes(
            &mut self.constants,
            values.iter().flat_map(|value| value.to_le_bytes()),
        )
    }
}

fn add_bytes(constants: &mut Vec<u8>, bytes: impl IntoIterator<Item = u8>) -> Span {
    constants.resize(constants.len().next_multiple_of(4), 0xa5);
    let offset = constants.len();
    constants.extend(bytes);
    Span {
        offset: u32::try_from(offset).expect("small"),
        length: u32::try_from(constants.len() - offset).expect("small"),
    }
}

/// Every disorder model with a number, own species, more of them than any of those has, and given
/// on-site energies.
///
/// # Panics
/// Never: they are species.
#[must_use]
pub fn disorders() -> Vec<DisorderModel> {
    let numbered = NUMBERED_MODELS.iter().map(|entry| entry.model);
    let own = Species::new(&[-2.0, 1.0, 1.5, 1.0 / 3.0, 7.0]).expect("species");
    let given = DisorderModel::Given { bound: 2.5 };
    let own = [DisorderModel::Impurities(own), given];
    numbered.chain(own).collect()
}

/// A network drawn from a seed: small strips, any operator, any disorder.
#[must_use]
pub fn random(seed: u64) -> Network {
    let mut draw = Draw(seed);
    let size = [draw.below(12) + 1, draw.below(12) + 1];
    let disorders = disorders();
    let disorder = disorders[draw.index(disorders.len())];
    network(Author::new(draw), disorder, size)
}

/// The same with lines and layers longer than the vectors and tiles of a desktop.
#[must_use]
pub fn wide(seed: u64) -> Network {
    let mut draw = Draw(seed);
    let (long, short) = (draw.below(90) + 1, draw.below(4) + 1);
    let size = if draw.chance(2) {
        [long, short]
    } else {
        [short, long]
    };
    let disorder = [DisorderModel::II, DisorderModel::III][draw.index(2)];
    let mut author = Author::new(draw);
    author.most_outputs = 150;
    network(author, disorder, size)
}

/// The same whose strips are empty sites and impurities, and whose first two layers are convolutions
/// that do not depend on the count: what a window shows is a pattern of bits.
#[must_use]
pub fn with_stem(seed: u64) -> Network {
    let mut draw = Draw(seed);
    let size = [4 * draw.below(4) + 4, 4 * draw.below(15) + 4];
    let mut author = Author::new(draw);
    author.has_stem = true;
    author.most_outputs = 40;
    network(author, DisorderModel::II, size)
}

fn network(mut author: Author, disorder: DisorderModel, [length, width]: [u16; 2]) -> Network {
    author.constant = author.has_stem;
    let encoder = author.encoder(disorder, [length, width]);
    let mut layers = Vec::new();
    if author.has_stem {
        layers = author.stem(encoder.output);
        author.constant = false;
    }
    for _ in 0..author.draw.below(6) {
        let layer = author.layer();
        author.live.push(layer.output);
        layers.push(layer);
    }
    author.network(disorder, encoder, layers)
}

/// A chain that begins with two convolutions of 2×2 windows, side by side, over the sites of model
/// II, in one channel; then a dense layer.
///
/// # Panics
/// Never in practice: a random encoder has one channel often enough.
#[must_use]
pub fn two_convolutions(seed: u64) -> Network {
    let mut draw = Draw(seed);
    let size = [draw.below(9) + 4, draw.below(9) + 4];
    let disorder = DisorderModel::II;
    let (mut author, encoder) = (0..1000)
        .map(|number| {
            let mut author = Author::new(Draw(seed.wrapping_add(number << 32)));
            let encoder = author.encoder(disorder, size);
            (author, encoder)
        })
        .find(|(_, encoder)| encoder.output.channels == 1)
        .expect("one of three");
    let mut layers: Vec<Layer> = Vec::new();
    for _ in 0..2 {
        let input = author.live[author.live.len() - 1];
        let layer = author.side_by_side(input);
        author.live.push(layer.output);
        layers.push(layer);
    }
    // The dense layer reads what the second convolution wrote.
    author.live.drain(..2);
    let dense = author.dense();
    author.live.push(dense.output);
    layers.push(dense);
    // And the head what the dense layer wrote, and no more.
    author.live.remove(0);
    author.network(disorder, encoder, layers)
}

impl Author {
    /// All of it.
    fn network(mut self, disorder: DisorderModel, encoder: Encoder, layers: Vec<Layer>) -> Network {
        let author = &mut self;
        let [length, width] = [encoder.output.slices, encoder.output.rows];
        let mirrors = author.draw.index(if disorder.is_even() { 4 } else { 3 });
        let mirrors = [Mirrors::None, Mirrors::Y, Mirrors::XY, Mirrors::XYSign][mirrors];
        let targets = 1 + author.draw.index(3);
        let (head, outputs) = author.head(targets, width, mirrors.passes());
        let counts = if disorder.has_impurities() {
            [0, u32::from(length) * u32::from(width)]
        } else {
            [0, 0]
        };
        let mut network = Network {
            card: Card {
                name: "random",
                crate_version: "0.1.0",
                length,
                width,
                disorder,
                concentration: Concentration::Uniform,
                counts,
                outputs: outputs.into_iter().collect(),
                data_hash: [7; 32],
                mirrors,
                arena: author.arena,
                encoder,
                head,
                golden: heapless::Vec::new(),
            },
            layers,
            constants: std::mem::take(&mut author.constants),
        };
        if self.draw.chance(2) {
            upside_down(&mut network);
        }
        network
    }
}

/// A network with a self-test, its outputs being those of `predict` (from its file, seed and sample
/// to units of G0/65536).
///
/// # Panics
/// If there is no room for one more.
#[must_use]
pub fn with_golden(
    mut network: Network,
    seed: u64,
    sample: u64,
    predict: impl Fn(&[u8]) -> Vec<i32>,
) -> Network {
    let outputs = predict(&network.bytes());
    let outputs = network.add_integers(&outputs);
    let golden = Golden {
        seed,
        sample,
        outputs,
    };
    network.card.golden.push(golden).expect("there is room");
    network
}

/// The same network with the arena mirrored, so that what is read lies behind what is written.
fn upside_down(network: &mut Network) {
    let arena = network.card.arena;
    let turn = |tensor: &mut Tensor| {
        let length = u32::from(tensor.channels) * u32::from(tensor.slices) * u32::from(tensor.rows);
        tensor.offset = arena - tensor.offset - length;
    };
    turn(&mut network.card.encoder.output);
    turn(&mut network.card.head.input);
    for layer in &mut network.layers {
        turn(&mut layer.output);
        layer.operator.inputs_mut().for_each(turn);
    }
}

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
#[derive(Debug, Clone)]
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn index(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 32).expect("32 bits") % bound
    }

    fn below(&mut self, bound: u16) -> u16 {
        u16::try_from(self.index(usize::from(bound))).expect("below a u16")
    }

    /// True once in this many times.
    fn chance(&mut self, once_in: usize) -> bool {
        self.index(once_in) == 0
    }

    /// A magnitude up to `most` (below 2⁶²) with either sign: often small, now and then the largest.
    fn signed(&mut self, most: i64) -> i32 {
        let most = most.clamp(0, i64::from(i32::MAX));
        let magnitude = match self.index(4) {
            0 => most,
            1 => 0,
            _ => i64::try_from(self.next() >> 32).expect("32 bits") % (most + 1),
        };
        let value = i32::try_from(magnitude).expect("an i32");
        if self.chance(2) { -value } else { value }
    }
}

/// Where a network is being written.
struct Author {
    draw: Draw,
    constants: Vec<u8>,
    arena: u32,
    live: Vec<Tensor>,
    /// The most outputs of fully connected layers and readouts, if it is not the operator's own.
    most_outputs: u16,
    /// Does nothing that is drawn now depend on the impurity count?
    constant: bool,
    /// Does it begin with two convolutions?
    has_stem: bool,
}

impl Author {
    const fn new(draw: Draw) -> Self {
        Self {
            draw,
            constants: Vec::new(),
            arena: 0,
            live: Vec::new(),
            most_outputs: 0,
            constant: false,
            has_stem: false,
        }
    }

    /// Outputs of a layer.
    fn outputs(&mut self, few: u16) -> u16 {
        let many = self.most_outputs > few && self.draw.chance(2);
        self.draw.below(if many { self.most_outputs } else { few }) + 1
    }

    /// Windows that touch, twice, or windows around every site and then each site by itself.
    fn stem(&mut self, input: Tensor) -> Vec<Layer> {
        let touching = Window {
            kernel: [2, 2],
            stride: [2, 2],
            padding: [0, 0],
        };
        let windows = if self.draw.chance(2) {
            [touching; 2]
        } else {
            let kernel = [self.draw.below(3) + 1, self.draw.below(3) + 1];
            let padding = kernel.map(|extent| self.draw.below(extent));
            let around = Window {
                kernel,
                stride: [1, 1],
                padding,
            };
            let site = Window {
                kernel: [1, 1],
                stride: [1, 1],
                padding: [0, 0],
            };
            [around, site]
        };
        let mut input = input;
        let mut layers = Vec::new();
        for window in windows {
            let layer = self.convolution(input, window);
            input = layer.output;
            layers.push(layer);
        }
        // What the first one writes may be read by others too, but seldom is.
        if self.draw.chance(4) {
            self.live.push(layers[0].output);
        }
        if self.draw.chance(2) {
            // Nor what the encoder writes.
            self.live.clear();
        }
        self.live.push(input);
        layers
    }

    /// A new tensor behind all others, now and then with a gap before it.
    fn tensor(&mut self, [channels, slices, rows]: [u16; 3]) -> Tensor {
        if self.draw.chance(3) {
            self.arena += u32::from(self.draw.below(5));
        }
        let offset = self.arena;
        self.arena += u32::from(channels) * u32::from(slices) * u32::from(rows);
        Tensor {
            offset,
            channels,
            slices,
            rows,
            scale: 0.5,
        }
    }

    fn input(&mut self) -> Tensor {
        self.live[self.draw.index(self.live.len())]
    }

    fn encoder(&mut self, disorder: DisorderModel, [slices, rows]: [u16; 2]) -> Encoder {
        let species = disorder.species_energies().len();
        let channels = if self.has_stem {
            1
        } else {
            self.draw.below(3) + 1
        };
        let output = self.tensor([channels, slices, rows]);
        self.live.push(output);
        let rule = if species == 0 {
            let scale = [63.5, 40.0, 1000.0, 1e-30, 3e38][self.draw.index(5)];
            EncoderRule::Onsite { scale }
        } else {
            let codes = usize::from(channels) * (species + 1);
            EncoderRule::Species(self.curves(codes, 200 << 16))
        };
        Encoder { output, rule }
    }

    /// This many curves with values up to `most`, mostly constants.
    fn curves(&mut self, curves: usize, most: i64) -> Curves {
        let many = u32::try_from(curves).expect("small");
        if !self.draw.chance(5) {
            return Curves::lines(many, self.nodes(curves, most));
        }
        let terms = self.draw.index(MAX_TERMS) + 1;
        // A sum of products below `most`, each coefficient with a function of up to 2.
        let share = most.min(i64::from(i32::MAX)) / 2 / i64::try_from(terms).expect("small");
        let coefficients = self.integers(curves * terms, share);
        let basis = self.nodes(terms, i64::from(i32::MAX));
        let terms = u8::try_from(terms).expect("small");
        Curves::mixture(many, terms, coefficients, basis)
    }

    /// Nodes of this many functions with values up to `most`.
    fn nodes(&mut self, functions: usize, most: i64) -> Nodes {
        let nodes = if self.draw.chance(3) && !self.constant {
            self.draw.below(6) + 1
        } else {
            1
        };
        Nodes {
            nodes,
            step: u8::try_from(self.draw.index(5)).expect("small"),
            values: self.integers(functions * usize::from(nodes), most),
        }
    }

    fn integers(&mut self, count: usize, most: i64) -> Span {
        let values: Vec<i32> = (0..count).map(|_| self.draw.signed(most)).collect();
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        add_bytes(&mut self.constants, bytes)
    }

    /// One curve a row, one for all, or none.
    fn bias(&mut self, rows: usize, most: i64) -> Curves {
        match self.draw.index(4) {
            0 => Curves::NONE,
            1 => self.curves(1, most),
            _ => self.curves(rows, most),
        }
    }

    /// Rows of weights, one after the other or interleaved, and the largest sum of magnitudes.
    fn rows_or_blocks(&mut self, rows: usize, length: usize, bits: u8) -> (Weights, i64) {
        let (weights, sum) = self.weights(rows, length, bits);
        if self.draw.chance(3) {
            return (weights, sum);
        }
        let start = weights.data.offset as usize;
        // The row-major weights are the last constants so far.
        let plain = self.constants.split_off(start);
        let words = (plain.len() / rows).div_ceil(4);
        let mut bytes = Vec::new();
        for block in 0..rows.div_ceil(4) {
            for word in 0..words {
                for row in 4 * block..4 * block + 4 {
                    for byte in 4 * word..4 * word + 4 {
                        let each = plain.len() / rows;
                        let inside = row < rows && byte < each;
                        let stored = if inside { plain[row * each + byte] } else { 0 };
                        // All weights of a halfword but the last.
                        let turned = match (bits, byte % 2) {
                            (4, 0) => 0x88,
                            (4, _) => 0x08,
                            (_, 0) => 0x80,
                            _ => 0,
                        };
                        bytes.push(stored ^ turned);
                    }
                }
            }
        }
        let weights = Weights {
            layout: WeightLayout::Interleaved,
            data: add_bytes(&mut self.constants, bytes),
            ..weights
        };
        (weights, sum)
    }

    /// Rows of weights, and the largest sum of magnitudes of a row.
    fn weights(&mut self, rows: usize, length: usize, bits: u8) -> (Weights, i64) {
        let most = if bits == 4 { 7 } else { 127 };
        let mut largest = 0;
        let mut bytes = Vec::new();
        for _ in 0..rows {
            let row: Vec<i32> = (0..length).map(|_| self.draw.signed(most)).collect();
            largest = largest.max(row.iter().map(|w| i64::from(w.abs())).sum());
            let row = row.iter().map(|&w| i8::try_from(w).expect("an i8"));
            let row: Vec<u8> = row.map(i8::cast_unsigned).collect();
            match bits {
                4 => bytes.extend(row.chunks(2).map(|pair| match *pair {
                    [low, high] => (low & 15) | high << 4,
                    [low] => low & 15,
                    _ => 0,
                })),
                _ => bytes.extend(row),
            }
        }
        let weights = Weights {
            layout: WeightLayout::RowMajor,
            bits,
            data: add_bytes(&mut self.constants, bytes),
        };
        (weights, largest)
    }

    /// A bias, and a rule for sums that reach `bound` without it.
    fn rule(&mut self, rows: usize, bound: i64, with_bias: bool) -> (Curves, Requantise) {
        let room = i64::from(i32::MAX) - bound;
        let most = if self.draw.chance(4) {
            room
        } else {
            bound.min(room)
        };
        let bias = if with_bias {
            self.bias(rows, most)
        } else {
            Curves::NONE
        };
        let bound = bound + if bias.curves == 0 { 0 } else { most };
        let headroom = (i64::from(i32::MAX) / bound.max(1)).ilog2();
        let left = self.draw.index(headroom as usize + 1).min(30);
        // From the largest sum to the largest i8, or anything.
        let fitting = (127_i64 << 32) / (bound.max(1) << left) * 4;
        let most = if self.draw.chance(4) {
            i64::from(i32::MAX)
        } else {
            fitting
        };
        let multipliers = if self.draw.chance(2) { 1 } else { rows };
        let rule = Requantise {
            multiplier: self.curves(multipliers, most),
            left: u8::try_from(left).expect("at most 30"),
            activation: self.activation(),
        };
        (bias, rule)
    }

    fn activation(&mut self) -> Activation {
        match self.draw.index(4) {
            0 => Activation::Relu,
            1 => {
                let table: Vec<u8> = (0..256)
                    .map(|_| {
                        i8::try_from(self.draw.signed(127))
                            .expect("an i8")
                            .cast_unsigned()
                    })
                    .collect();
                Activation::Table(add_bytes(&mut self.constants, table))
            }
            _ => Activation::Identity,
        }
    }

    fn layer(&mut self) -> Layer {
        match self.draw.index(10) {
            0 => self.conv2d(),
            1 => self.dense(),
            2 => self.axis_linear(),
            3 => self.product(),
            4 => self.separable(),
            5 => self.pool(),
            6 => self.add(),
            7 => self.centre(),
            8 => self.patterns(),
            _ => self.count(),
        }
    }

    fn window(&mut self, input: &Tensor, padded: bool) -> (Window, [u16; 2]) {
        let mut window = Window::global(input);
        let mut output = [0; 2];
        for (axis, extent) in [input.slices, input.rows].into_iter().enumerate() {
            let kernel = self.draw.below(extent.min(4)) + 1;
            let padding = if padded { self.draw.below(kernel) } else { 0 };
            let stride = self.draw.below(4) + 1;
            window.kernel[axis] = kernel;
            window.padding[axis] = padding;
            window.stride[axis] = stride;
            output[axis] = (extent + 2 * padding - kernel) / stride + 1;
        }
        (window, output)
    }

    fn side_by_side(&mut self, input: Tensor) -> Layer {
        let window = Window {
            kernel: [2, 2],
            stride: [2, 2],
            padding: [0, 0],
        };
        self.convolution(input, window)
    }

    fn conv2d(&mut self) -> Layer {
        let input = self.input();
        let (window, _) = self.window(&input, true);
        self.convolution(input, window)
    }

    fn convolution(&mut self, input: Tensor, window: Window) -> Layer {
        let extents = window.output(input.shape()).expect("it fits");
        let [slices, rows] = extents.map(|extent| u16::try_from(extent).expect("small"));
        // Those of a stem only: what follows must not grow with every layer.
        let channels = if self.constant {
            self.outputs(5)
        } else {
            self.draw.below(5) + 1
        };
        let output = self.tensor([channels, slices, rows]);
        let outputs = usize::from(channels);
        let length = usize::from(input.channels) * window.area();
        let (weights, sum) = self.rows_or_blocks(outputs, length, 8);
        let (bias, requantise) = self.rule(outputs, 127 * sum, true);
        let operator = Operator::Conv2d(Conv2d {
            input,
            window,
            weights,
            bias,
            requantise,
        });
        Layer { output, operator }
    }

    fn dense(&mut self) -> Layer {
        let input = self.input();
        let outputs = self.outputs(20);
        let output = self.tensor([outputs, 1, 1]);
        let bits = if self.draw.chance(2) { 4 } else { 8 };
        let (weights, sum) = self.rows_or_blocks(usize::from(outputs), input.shape().len(), bits);
        let (bias, requantise) = self.rule(usize::from(outputs), 127 * sum, true);
        let operator = Operator::Dense(Dense {
            input,
            weights,
            bias,
            requantise,
        });
        Layer { output, operator }
    }

    fn axis_linear(&mut self) -> Layer {
        let input = self.input();
        let extents = [input.slices, input.rows];
        let axis = usize::from(self.draw.chance(2));
        // One that is longer than an axis may be leaves the other, unless that is as long.
        let too_long = usize::from(extents[axis]) > MAX_EXTENT;
        let axis = if too_long { 1 - axis } else { axis };
        let elements = extents[axis];
        if usize::from(elements) > MAX_EXTENT {
            return self.count();
        }
        let axis = [Axis::Slice, Axis::Row][axis];
        let folded = elements.is_multiple_of(2) && self.draw.chance(2);
        let outputs = if folded {
            2 * (self.draw.below(5) + 1)
        } else {
            self.draw.below(12) + 1
        };
        let output = match axis {
            Axis::Slice => [input.channels, outputs, input.rows],
            Axis::Row => [input.channels, input.slices, outputs],
        };
        let output = self.tensor(output);
        let by_channel = self.draw.chance(2);
        let matrices = if by_channel { input.channels } else { 1 };
        let rows = usize::from(matrices) * usize::from(outputs);
        let length = usize::from(if folded { elements / 2 } else { elements });
        let (weights, sum) = self.weights(rows, length, 8);
        let largest = if folded { 254 } else { 127 };
        let (bias, requantise) = self.rule(rows, largest * sum, true);
        let operator = Operator::AxisLinear(AxisLinear {
            input,
            axis,
            folded,
            by_channel,
            weights,
            bias,
            requantise,
        });
        Layer { output, operator }
    }

    fn product(&mut self) -> Layer {
        let input = self.input();
        let pairs: Vec<Pair> = (0..=self.draw.index(4))
            .map(|_| Pair {
                first: self.draw.below(input.channels),
                second: self.draw.below(input.channels),
                shift: [0; 2].map(|zero: i16| match self.draw.index(3) {
                    0 => i16::try_from(self.draw.signed(14)).expect("small"),
                    _ => zero,
                }),
            })
            .collect();
        let channels = u16::try_from(pairs.len()).expect("few");
        let output = self.tensor([channels, input.slices, input.rows]);
        let by_slice = self.draw.chance(3);
        let each = if by_slice { input.slices } else { 1 };
        let rows = pairs.len() * usize::from(each);
        let (bias, requantise) = self.rule(rows, 127 * 127, true);
        let operator = Operator::Product(Product {
            input,
            pairs: pairs.into_iter().collect(),
            by_slice,
            bias,
            requantise,
        });
        Layer { output, operator }
    }

    fn separable(&mut self) -> Layer {
        let input = self.input();
        // Sums of 127·32767 that an i32 does not hold in any case.
        if usize::from(input.channels) * usize::from(input.slices) > 512 {
            return self.count();
        }
        let units = self.outputs(8);
        let output = self.tensor([units, 1, 1]);
        let [channels, slices, rows] = [input.channels, input.slices, input.rows].map(usize::from);
        let units = usize::from(units);
        let (across, sum) = self.weights(units * channels, rows, 8);
        // From the largest sum to the largest i16, or anything.
        let left = self.draw.index(3);
        let fitting = (32767_i64 << 32) / ((127 * sum).max(1) << left) * 2;
        let most = if self.draw.chance(4) {
            i64::from(i32::MAX)
        } else {
            fitting
        };
        let multipliers = if self.draw.chance(2) {
            1
        } else {
            channels * slices
        };
        let inner = Rescale {
            multiplier: self.curves(multipliers, most),
            left: u8::try_from(left).expect("small"),
        };
        let (along, sum) = self.weights(units, channels * slices, 8);
        let (bias, requantise) = self.rule(units, 32767 * sum, true);
        let offset = self.bias(units, i64::from(i32::MAX));
        let operator = Operator::Separable(Separable {
            input,
            along,
            across,
            inner,
            bias,
            requantise,
            offset,
        });
        Layer { output, operator }
    }

    fn pool(&mut self) -> Layer {
        let input = self.input();
        let (window, [slices, rows]) = if self.draw.chance(3) {
            (Window::global(&input), [1, 1])
        } else {
            self.window(&input, false)
        };
        let output = self.tensor([input.channels, slices, rows]);
        let kind = if self.draw.chance(2) {
            PoolKind::Max
        } else {
            let bound = 127 * i64::try_from(window.area()).expect("small");
            PoolKind::Average(self.rule(usize::from(input.channels), bound, false).1)
        };
        let operator = Operator::Pool(Pool {
            input,
            window,
            kind,
        });
        Layer { output, operator }
    }

    fn add(&mut self) -> Layer {
        let first = self.input();
        // Another tensor of the same shape where there is one; else twice the same.
        let same: Vec<Tensor> = self.live.clone();
        let same: Vec<Tensor> = same
            .into_iter()
            .filter(|t| t.shape() == first.shape())
            .collect();
        let second = same[self.draw.index(same.len())];
        let output = self.tensor([first.channels, first.slices, first.rows]);
        let left = u8::try_from(self.draw.index(24)).expect("small");
        let fitting = (1_i64 << 32) >> left;
        let most = if self.draw.chance(4) {
            i64::from(i32::MAX)
        } else {
            fitting
        };
        let operator = Operator::Add(Add {
            inputs: [first, second],
            multipliers: [self.draw.signed(most), self.draw.signed(most)],
            left,
            activation: self.activation(),
        });
        Layer { output, operator }
    }

    fn centre(&mut self) -> Layer {
        let input = self.input();
        let output = self.tensor([input.channels, input.slices, input.rows]);
        let plane = i64::from(input.slices) * i64::from(input.rows);
        let (_, requantise) = self.rule(usize::from(input.channels), 254 * plane, false);
        let operator = Operator::Centre(Centre { input, requantise });
        Layer { output, operator }
    }

    /// A table for a tensor of one channel, four slices and four rows at least; where there is none, a
    /// dense layer.
    fn patterns(&mut self) -> Layer {
        let fits = |t: &&Tensor| t.channels == 1 && t.slices >= 4 && t.rows >= 4;
        let fitting: Vec<Tensor> = self.live.iter().filter(fits).copied().collect();
        if fitting.is_empty() {
            return self.dense();
        }
        let input = fitting[self.draw.index(fitting.len())];
        let channels = self.draw.below(8) + 1;
        let output = self.tensor([channels, input.slices / 4, input.rows / 4]);
        let outputs = usize::from(channels);
        let most = if self.draw.chance(4) {
            i64::from(i32::MAX) / 4
        } else {
            1000
        };
        let table = self.integers(64 * outputs, most);
        let (_, requantise) = self.rule(outputs, 4 * most, false);
        let operator = Operator::Patterns(Patterns {
            input,
            table,
            requantise,
        });
        Layer { output, operator }
    }

    fn count(&mut self) -> Layer {
        let channels = self.draw.below(4) + 1;
        let output = self.tensor([channels, 1, 1]);
        let curves = self.curves(usize::from(channels), 200 << 16);
        let operator = Operator::Count(Count { curves });
        Layer { output, operator }
    }

    /// What the head reads: the last tensor, with the one before it if they are neighbours.
    fn seen(&mut self) -> Tensor {
        let last = self.live[self.live.len() - 1];
        let Some(&before) = self.live.iter().rev().nth(1) else {
            return last;
        };
        let [length, more] = [before, last].map(|tensor| tensor.shape().len());
        if before.range().end != last.range().start {
            return last;
        }
        // Two tensors of the size of the strip may be too long for one tensor.
        let Ok(channels) = u16::try_from(length + more) else {
            return last;
        };
        Tensor {
            channels,
            slices: 1,
            rows: 1,
            ..before
        }
    }

    fn head(&mut self, targets: usize, width: u16, passes: u32) -> (Head, Vec<Output>) {
        let input = self.seen();
        let bits = if self.draw.chance(4) { 4 } else { 8 };
        let (weights, sum) = self.weights(targets, input.shape().len(), bits);
        let room = i64::from(i32::MAX) - 127 * sum;
        let most = if self.draw.chance(4) {
            room
        } else {
            room.min(127 * sum)
        };
        let bias = self.bias(targets, most);
        let bound = (127 * sum + if bias.curves == 0 { 0 } else { most }).max(1);
        let largest = (1_i64 << 62) / (bound * i64::from(passes));
        let ceiling = i32::from(width) << 16;
        let head = Head {
            input,
            weights,
            bias,
            centre: self.curves(targets, i64::from(ceiling)),
            scale: self.curves(targets, largest),
        };
        // A shift that brings the largest product near the ceiling, or any.
        let reach = bound.saturating_mul(largest.min(i64::from(i32::MAX)));
        let fitting = reach.ilog2().saturating_sub(ceiling.ilog2()).clamp(1, 59);
        let outputs = (0..targets).map(|target| Output {
            target: match target {
                0 => Target::Conductance,
                1 => Target::PAPER_BIAS_AVERAGE,
                _ => Target::Transmission { energy: 0.0 },
            },
            ceiling,
            shift: if self.draw.chance(5) {
                u8::try_from(self.draw.index(59) + 1).expect("small")
            } else {
                u8::try_from(fitting).expect("small")
            },
        });
        let outputs = outputs.collect();
        (head, outputs)
    }
}
