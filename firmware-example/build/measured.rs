//! Networks of the shapes that are measured, with weights from a seed: their biases are so large
//! that no activation is zero, so that no kernel can leave anything out.

use landauer_core::inference::Target;
use landauer_core::inference::format::{
    Activation, Card, Conv2d, Curves, Dense, Encoder, EncoderRule, Head, Layer, Mirrors, ModelFile,
    Operator, Output, Patterns, Requantise, Span, Tensor, WeightLayout, Weights, Window,
};
use landauer_core::inference::weights::{Bits, interleave};
use landauer_core::{Concentration, DisorderModel};

/// What the paper's network reads.
#[derive(Clone, Copy, PartialEq)]
enum Input {
    /// Sites of two kinds: a table takes the place of two convolutions.
    TwoValued,
    /// Any integers.
    Any,
}

/// Names and files.
pub fn networks() -> Vec<(String, Vec<u8>)> {
    let cnn = |name: &str, input, bits| (name.to_owned(), paper_cnn(input, bits));
    vec![
        cnn("measured_cnn_int8_binary", Input::TwoValued, Bits::Eight),
        cnn("measured_cnn_int8_any", Input::Any, Bits::Eight),
        cnn("measured_cnn_int4", Input::TwoValued, Bits::Four),
        ("measured_dnn".to_owned(), dnn()),
    ]
}

/// 1×40×40, three convolutions with 16 channels of 2×2 windows side by side, 400-1024-1.
fn paper_cnn(input: Input, bits: Bits) -> Vec<u8> {
    let mut author = Author::new();
    let sites = tensor(0, [1, 40, 40]);
    let second = tensor(if input == Input::Any { 0 } else { 1600 }, [16, 10, 10]);
    let third = tensor(if input == Input::Any { 1600 } else { 0 }, [16, 5, 5]);
    let hidden = tensor(if input == Input::Any { 0 } else { 400 }, [1024, 1, 1]);
    let mut layers = Vec::new();
    if input == Input::Any {
        let first = tensor(1600, [16, 20, 20]);
        layers.push(author.conv2d(sites, first));
        layers.push(author.conv2d(first, second));
    } else {
        layers.push(author.patterns(sites, second));
    }
    layers.push(author.conv2d(second, third));
    layers.push(author.dense(third, hidden, bits));
    let arena = if input == Input::Any { 8000 } else { 3200 };
    author.file(sites, layers, hidden, arena)
}

/// 9-20-20-20-1.
fn dnn() -> Vec<u8> {
    let mut author = Author::new();
    let sites = tensor(0, [1, 3, 3]);
    let hidden = [12, 32, 52].map(|offset| tensor(offset, [20, 1, 1]));
    let layers = vec![
        author.dense(sites, hidden[0], Bits::Eight),
        author.dense(hidden[0], hidden[1], Bits::Eight),
        author.dense(hidden[1], hidden[2], Bits::Eight),
    ];
    author.file(sites, layers, hidden[2], 72)
}

fn tensor(offset: u32, [channels, slices, rows]: [u16; 3]) -> Tensor {
    Tensor {
        offset,
        channels,
        slices,
        rows,
        scale: 1.0,
    }
}

/// A network being made up.
struct Author {
    state: u32,
    constants: Vec<u8>,
}

impl Author {
    fn new() -> Self {
        Self {
            state: 2020,
            constants: Vec::new(),
        }
    }

    /// Marsaglia's xorshift (J. Stat. Softw. 8, 14, 2003).
    fn draw(&mut self, below: u32) -> u32 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 17;
        self.state ^= self.state << 5;
        (self.state >> 8) % below
    }

    fn bytes(&mut self, bytes: &[u8]) -> Span {
        self.constants
            .resize(self.constants.len().next_multiple_of(4), 0);
        let offset = self.constants.len();
        self.constants.extend_from_slice(bytes);
        Span {
            offset: u32::try_from(offset).expect("small"),
            length: u32::try_from(bytes.len()).expect("small"),
        }
    }

    fn constants(&mut self, values: &[i32]) -> Curves {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let curves = u32::try_from(values.len()).expect("small");
        Curves::constants(curves, self.bytes(&bytes))
    }

    fn weights(&mut self, rows: usize, length: usize, bits: Bits) -> Weights {
        let mut bytes = Vec::new();
        for _ in 0..rows {
            let row: Vec<i32> = (0..length)
                .map(|_| match bits {
                    Bits::Eight => self.draw(255) as i32 - 127,
                    Bits::Four => self.draw(15) as i32 - 7,
                })
                .collect();
            match bits {
                Bits::Eight => bytes.extend(row.iter().map(|&w| w as u8)),
                Bits::Four => bytes.extend(row.chunks(2).map(|pair| {
                    let nibble = |k: usize| pair.get(k).map_or(0, |&w| w as u8 & 15);
                    nibble(0) | nibble(1) << 4
                })),
            }
        }
        let row_bytes = bytes.len() / rows;
        let bytes: Vec<u8> = interleave(bits, &bytes, row_bytes).collect();
        Weights {
            layout: WeightLayout::Interleaved,
            bits: if bits == Bits::Eight { 8 } else { 4 },
            data: self.bytes(&bytes),
        }
    }

    /// A bias that lifts sums of `length` weights up to `most` to about 64 of 127.
    fn rule(&mut self, rows: usize, length: usize, most: u32) -> (Curves, Requantise) {
        let spread = 64.0 * f64::from(most) * (length as f64).sqrt();
        let bias: Vec<i32> = (0..rows).map(|_| (3.0 * spread) as i32).collect();
        let multiplier = 64.0 / (3.0 * spread) * 4_294_967_296.0;
        let multipliers: Vec<i32> = (0..rows)
            .map(|_| multiplier as i32 + self.draw(1000) as i32)
            .collect();
        let rule = Requantise {
            multiplier: self.constants(&multipliers),
            left: 0,
            activation: Activation::Relu,
        };
        (self.constants(&bias), rule)
    }

    fn conv2d(&mut self, input: Tensor, output: Tensor) -> Layer {
        let (rows, length) = (
            usize::from(output.channels),
            4 * usize::from(input.channels),
        );
        let (bias, requantise) = self.rule(rows, length, 127);
        let operator = Operator::Conv2d(Conv2d {
            input,
            window: Window {
                kernel: [2, 2],
                stride: [2, 2],
                padding: [0, 0],
            },
            weights: self.weights(rows, length, Bits::Eight),
            bias,
            requantise,
        });
        Layer { output, operator }
    }

    fn dense(&mut self, input: Tensor, output: Tensor, bits: Bits) -> Layer {
        let (rows, length) = (usize::from(output.channels), input.shape().len());
        let most = if bits == Bits::Eight { 127 } else { 7 };
        let (bias, requantise) = self.rule(rows, length, most);
        let operator = Operator::Dense(Dense {
            input,
            weights: self.weights(rows, length, bits),
            bias,
            requantise,
        });
        Layer { output, operator }
    }

    fn patterns(&mut self, input: Tensor, output: Tensor) -> Layer {
        let outputs = usize::from(output.channels);
        // Sums from 4·8000 to 4·12000.
        let table: Vec<i32> = (0..64 * outputs)
            .map(|_| 8000 + self.draw(4000) as i32)
            .collect();
        let operator = Operator::Patterns(Patterns {
            input,
            table: match self.constants(&table).rule {
                landauer_core::inference::format::CurveRule::Lines(nodes) => nodes.values,
                _ => unreachable!("constants are lines"),
            },
            requantise: Requantise {
                multiplier: self.constants(&vec![8_000_000; outputs]),
                left: 0,
                activation: Activation::Relu,
            },
        });
        Layer { output, operator }
    }

    fn file(mut self, sites: Tensor, layers: Vec<Layer>, last: Tensor, arena: u32) -> Vec<u8> {
        let length = last.shape().len();
        let weights: Vec<u8> = (0..length).map(|_| self.draw(100) as u8).collect();
        let card = Card {
            name: "measured",
            crate_version: "",
            length: sites.slices,
            width: sites.rows,
            disorder: DisorderModel::II,
            concentration: Concentration::Uniform,
            counts: [0, u32::from(sites.slices) * u32::from(sites.rows)],
            outputs: [Output {
                target: Target::Conductance,
                ceiling: i32::from(sites.rows) << 16,
                shift: 16,
            }]
            .into_iter()
            .collect(),
            data_hash: [0; 32],
            mirrors: Mirrors::None,
            arena,
            encoder: Encoder {
                output: sites,
                rule: EncoderRule::Species(self.constants(&[0, 1 << 16])),
            },
            head: Head {
                input: last,
                weights: Weights {
                    layout: WeightLayout::RowMajor,
                    bits: 8,
                    data: self.bytes(&weights),
                },
                bias: self.constants(&[1000]),
                centre: self.constants(&[5000]),
                scale: self.constants(&[200]),
            },
            golden: Default::default(),
        };
        let file = ModelFile {
            card: &card,
            layers: &layers,
            constants: &self.constants,
        };
        let mut bytes = vec![0; file.encoded_len().expect("small")];
        file.encode(&mut bytes).expect("it has the length");
        bytes
    }
}
