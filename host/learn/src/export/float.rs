//! A network in floating point, as it was trained, and running it layer by layer.

use landauer_core::inference::format::{Mirrors, Window};
use landauer_core::inference::shape::Shape;
use landauer_core::inference::{Image, Model, Target};
use landauer_core::{Concentration, DisorderModel};

use super::ExportError;
use super::lower::layers;
use super::{ModelLabel, WeightBits, calibrate};
use crate::evaluation::impurities;
use landauer::StripSize;

/// A trained network that can become an integer program.
pub trait FloatModel: Sync {
    /// The size of its strips.
    fn size(&self) -> StripSize;

    /// What it predicts.
    fn targets(&self) -> &[Target];

    /// The encoder's output and then that of every layer of the integer program, for one strip as it
    /// is: their names and numbers. A strip that the network has nothing to say about has none.
    fn tensors(&self, onsite: &[f64]) -> Vec<(String, Vec<f32>)>;

    /// Makes the model file, with scales found on training strips (`[sample, slice, row]`, in units
    /// of t).
    ///
    /// # Errors
    /// A network whose layers do not fit each other, whose numbers are not finite, or that core
    /// refuses; no strips.
    fn lower(
        &self,
        strips: &[f64],
        bits: WeightBits,
        label: &ModelLabel,
    ) -> Result<Lowered, ExportError>;
}

/// A model file, and what its integers stand for.
#[derive(Debug, Clone, PartialEq)]
pub struct Lowered {
    /// The file.
    pub bytes: Vec<u8>,
    /// Of every tensor, the encoder's first: lines for equally many elements each, in their order.
    pub tensors: Vec<Vec<Line>>,
}

/// What an integer stands for: offset + step·integer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// What 0 stands for.
    pub offset: f64,
    /// From one integer to the next.
    pub step: f64,
}

impl Line {
    /// Where 0 stands for 0.
    #[must_use]
    pub const fn through_zero(step: f64) -> Self {
        Self { offset: 0.0, step }
    }
}

impl Lowered {
    /// A file whose tensors have one step each, the one that it tells its readers.
    ///
    /// # Errors
    /// Bytes that core refuses.
    pub fn with_scales(bytes: Vec<u8>) -> Result<Self, ExportError> {
        let model = Model::parse(&bytes).map_err(ExportError::InvalidModel)?;
        let encoder = model.card().encoder.output;
        let outputs = model.layers().map(|layer| layer.output);
        let tensors = [encoder].into_iter().chain(outputs);
        let lines = tensors.map(|tensor| vec![Line::through_zero(f64::from(tensor.scale))]);
        let tensors = lines.collect();
        Ok(Self { bytes, tensors })
    }
}

/// Weights and a bias, `[out, in]` and `[out]`; the weights of a convolution are
/// `[out, channel, kx, ky]`.
#[derive(Debug, Clone, PartialEq)]
pub struct FloatAffine {
    /// Its name in messages and reports.
    pub name: String,
    /// Outputs (channels, for a convolution).
    pub outputs: usize,
    /// The weights, row after row.
    pub weights: Vec<f32>,
    /// One number an output.
    pub bias: Vec<f32>,
}

/// A hidden layer, followed by ReLU.
#[derive(Debug, Clone, PartialEq)]
pub enum FloatLayer {
    /// A convolution.
    Conv2d {
        /// Kernel, stride, padding with zeros.
        window: Window,
        /// Its weights.
        affine: FloatAffine,
    },
    /// A fully connected layer; what it reads is flattened as `[channel, slice, row]`.
    Dense(FloatAffine),
}

/// What a site is to the network.
#[derive(Debug, Clone, PartialEq)]
pub enum FloatInput {
    /// One number for an empty site, and one for each species of the disorder model.
    Species(Vec<f32>),
    /// The same, less a mean and times a scale, both by the impurity count.
    Standardised {
        /// One number for an empty site, and one for each species.
        values: Vec<f32>,
        /// Subtracted, `[count]`.
        mean: Vec<f32>,
        /// By what the rest is multiplied, `[count]`; positive.
        scale: Vec<f32>,
    },
    /// Model I: the on-site energy (units of t) times a factor, the same in every channel.
    Onsite {
        /// The factor, in 1/t.
        factor: f32,
        /// How many channels; in integers they are rounded in turns, see
        /// [`EncoderRule`](landauer_core::inference::format::EncoderRule).
        channels: usize,
    },
}

/// From the last layer's outputs to conductances: centre\[count\] + scale\[count\]·output, not below
/// 0 and not above the propagating modes.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoder {
    /// `[target][count]`, in G0; one number where it does not depend on the count.
    pub centre: Vec<Vec<f64>>,
    /// `[target][count]`, in G0; one number where it does not depend on the count.
    pub scale: Vec<Vec<f64>>,
}

/// A chain of layers that was trained.
#[derive(Debug, Clone, PartialEq)]
pub struct FloatNetwork {
    /// The size of its strips.
    pub size: StripSize,
    /// The disorder that it was trained on.
    pub disorder: DisorderModel,
    /// The concentration that it was trained on.
    pub concentration: Concentration,
    /// What it predicts.
    pub targets: Vec<Target>,
    /// What it reads.
    pub input: FloatInput,
    /// The hidden layers.
    pub layers: Vec<FloatLayer>,
    /// The last layer: linear, one output a target.
    pub head: FloatAffine,
    /// What its outputs mean.
    pub decoder: Decoder,
    /// The mirror images whose outputs are averaged.
    pub mirrors: Mirrors,
}

impl FloatLayer {
    /// Its weights.
    #[must_use]
    pub const fn affine(&self) -> &FloatAffine {
        match self {
            Self::Conv2d { affine, .. } | Self::Dense(affine) => affine,
        }
    }

    /// What it makes of an input of this shape; none if it does not fit.
    #[must_use]
    pub fn output(&self, input: Shape) -> Option<Shape> {
        let channels = self.affine().outputs;
        let [slices, rows] = match self {
            Self::Conv2d { window, .. } => window.output(input)?,
            Self::Dense(_) => [1, 1],
        };
        Some(Shape {
            channels,
            slices,
            rows,
        })
    }

    fn row_len(&self, input: Shape) -> usize {
        match self {
            Self::Conv2d { window, .. } => input.channels * window.area(),
            Self::Dense(_) => input.len(),
        }
    }

    fn run(&self, shape: Shape, input: &[f32]) -> Vec<f32> {
        let mut output = match self {
            Self::Dense(affine) => affine.run(input),
            Self::Conv2d { window, affine } => {
                let [slices, rows] = window.output(shape).unwrap_or_default();
                let mut output = vec![0.0; affine.outputs * slices * rows];
                let mut seen = vec![0.0; self.row_len(shape)];
                for place in 0..slices * rows {
                    gather(
                        window,
                        [place / rows, place % rows],
                        shape,
                        input,
                        &mut seen,
                    );
                    let slots = output.iter_mut().skip(place).step_by(slices * rows);
                    for (slot, value) in slots.zip(affine.run(&seen)) {
                        *slot = value;
                    }
                }
                output
            }
        };
        for value in &mut output {
            *value = value.max(0.0);
        }
        output
    }
}

/// Copies what the window at place \[x, y\] sees, `[channel, kx, ky]`; zeros outside.
fn gather(window: &Window, [x, y]: [usize; 2], shape: Shape, input: &[f32], seen: &mut [f32]) {
    let [kernel_slices, kernel_rows] = window.kernel.map(usize::from);
    let origin = |place: usize, axis: usize| {
        (place * usize::from(window.stride[axis])).cast_signed()
            - usize::from(window.padding[axis]).cast_signed()
    };
    let (first_slice, first_row) = (origin(x, 0), origin(y, 1));
    for (number, slot) in seen.iter_mut().enumerate() {
        let (channel, tap) = (number / window.area(), number % window.area());
        debug_assert!(tap < kernel_slices * kernel_rows);
        let slice = first_slice.checked_add_unsigned(tap / kernel_rows);
        let row = first_row.checked_add_unsigned(tap % kernel_rows);
        let inside = |place: Option<isize>, extent: usize| {
            let place = usize::try_from(place?).ok()?;
            (place < extent).then_some(place)
        };
        *slot = match (inside(slice, shape.slices), inside(row, shape.rows)) {
            (Some(slice), Some(row)) => input[(channel * shape.slices + slice) * shape.rows + row],
            _ => 0.0,
        };
    }
}

impl FloatAffine {
    /// bias + weights · input, before any activation.
    #[must_use]
    pub fn run(&self, input: &[f32]) -> Vec<f32> {
        let rows = self.weights.chunks_exact(input.len().max(1));
        let sums = rows
            .zip(&self.bias)
            .map(|(row, bias)| bias + dot(row, input));
        sums.collect()
    }

    fn check(&self, inputs: usize) -> Result<(), ExportError> {
        let layer = || self.name.clone();
        let wrong = |problem| ExportError::Layer {
            layer: layer(),
            problem,
        };
        if self.weights.len() != self.outputs * inputs {
            return Err(wrong("its weights are not [outputs, inputs]"));
        }
        if self.bias.len() != self.outputs {
            return Err(wrong("its bias has not one number an output"));
        }
        let mut numbers = self.weights.iter().chain(&self.bias);
        if !numbers.all(|number| number.is_finite()) {
            return Err(ExportError::NotFinite { layer: layer() });
        }
        Ok(())
    }
}

/// Σ a·b in several sums at once, which a compiler turns into vectors.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a, a_last) = a.as_chunks::<16>();
    let (b, b_last) = b.as_chunks::<16>();
    let mut sums = [0.0_f32; 16];
    for (a, b) in a.iter().zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let last: f32 = a_last.iter().zip(b_last).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + last
}

impl FloatNetwork {
    /// Checks that every layer fits the one before it and that every number is finite; returns the
    /// shapes of the input and of every hidden layer's output.
    ///
    /// # Errors
    /// The first layer that does not fit.
    pub fn shapes(&self) -> Result<Vec<Shape>, ExportError> {
        let sites = self.size.length() * self.size.width();
        let mut shape = self.input_shape();
        if let FloatInput::Standardised { mean, scale, .. } = &self.input {
            let tables = sites + 1;
            if [mean.len(), scale.len()] != [tables; 2] || self.layers.is_empty() {
                return Err(ExportError::Layer {
                    layer: "input".to_owned(),
                    problem: "to be standardised it needs a hidden layer, and a mean and a scale at \
                              every impurity count",
                });
            }
        }
        let mut shapes = vec![shape];
        for layer in &self.layers {
            layer.affine().check(layer.row_len(shape))?;
            let output = layer.output(shape).filter(|output| !output.is_empty());
            shape = output.ok_or_else(|| ExportError::Layer {
                layer: layer.affine().name.clone(),
                problem: "its window does not fit what it reads",
            })?;
            shapes.push(shape);
        }
        self.head.check(shape.len())?;
        let targets = self.targets.len();
        let decoder = &self.decoder;
        if [self.head.outputs, decoder.centre.len(), decoder.scale.len()] != [targets; 3] {
            return Err(ExportError::Layer {
                layer: self.head.name.clone(),
                problem: "it has not one output a target",
            });
        }
        Ok(shapes)
    }

    /// The input (before it is standardised) and every hidden layer's output for one mirror image of
    /// a strip, and at last the head's outputs. The strip must be of the network's disorder model.
    #[must_use]
    pub fn activations(&self, onsite: &[f64], image: Image) -> Vec<Vec<f32>> {
        let mut shape = self.input_shape();
        let mut all = vec![self.encode(onsite, image)];
        let mut input = self.standardised(onsite, &all[0]);
        for layer in &self.layers {
            let output = layer.run(shape, &input);
            shape = layer.output(shape).unwrap_or(shape);
            input.clone_from(&output);
            all.push(output);
        }
        let head = self.head.run(&input);
        all.push(head);
        all
    }

    /// Predicts every target of a strip, in G0.
    #[must_use]
    pub fn predict(&self, onsite: &[f64]) -> Vec<f64> {
        let mut outputs = vec![0.0; self.targets.len()];
        for image in self.mirrors.images() {
            let activations = self.activations(onsite, image);
            let head = activations.last().map_or(&[][..], Vec::as_slice);
            for (sum, &output) in outputs.iter_mut().zip(head) {
                *sum += f64::from(output);
            }
        }
        let passes = f64::from(self.mirrors.passes());
        let count = impurities(onsite);
        let most = self.size.width() as f64;
        let numbers = outputs.iter().enumerate();
        numbers
            .map(|(target, sum)| {
                let centre = at(&self.decoder.centre[target], count);
                let scale = at(&self.decoder.scale[target], count);
                (centre + scale * sum / passes).clamp(0.0, most)
            })
            .collect()
    }

    /// What the first layer reads of an input that [`encode`](Self::encode) has made.
    fn standardised(&self, onsite: &[f64], input: &[f32]) -> Vec<f32> {
        let FloatInput::Standardised { mean, scale, .. } = &self.input else {
            return input.to_vec();
        };
        let count = impurities(onsite).min(mean.len().saturating_sub(1));
        let (mean, scale) = (mean[count], scale.get(count).copied().unwrap_or(0.0));
        input.iter().map(|value| (value - mean) * scale).collect()
    }

    /// The network's input, `[channel, slice, row]`, of one image.
    fn encode(&self, onsite: &[f64], image: Image) -> Vec<f32> {
        let [length, width] = self.size.sides();
        let species = self.disorder.species_energies();
        let value = |energy: f64| match &self.input {
            FloatInput::Species(values) | FloatInput::Standardised { values, .. } => {
                let species = species.iter().position(|&known| known == energy);
                let number = species.map_or(0, |species| species + 1);
                values.get(number).copied().unwrap_or(0.0)
            }
            #[allow(clippy::cast_possible_truncation, reason = "single precision is meant")]
            FloatInput::Onsite { factor, .. } => energy as f32 * factor,
        };
        let mut input = Vec::with_capacity(length * width);
        for x in 0..length {
            for y in 0..width {
                let x = if image.mirrored_in_x {
                    length - 1 - x
                } else {
                    x
                };
                let y = if image.mirrored_in_y {
                    width - 1 - y
                } else {
                    y
                };
                let value = value(onsite[x * width + y]);
                input.push(if image.negated { -value } else { value });
            }
        }
        input.repeat(self.input_shape().channels)
    }

    fn input_shape(&self) -> Shape {
        Shape {
            channels: match self.input {
                FloatInput::Onsite { channels, .. } => channels,
                _ => 1,
            },
            slices: self.size.length(),
            rows: self.size.width(),
        }
    }

    /// The same network with `channels` equal channels in its input: each has its share of the first
    /// layer's weights. `None` but for one channel, unless it is of model I and has a hidden layer.
    pub(super) fn with_input_channels(mut self, wanted: usize) -> Option<Self> {
        if wanted == 1 {
            return Some(self);
        }
        let sites = self.size.length() * self.size.width();
        let FloatInput::Onsite { channels, .. } = &mut self.input else {
            return None;
        };
        let layer = self.layers.first_mut()?;
        *channels = wanted;
        // Of one output: `[channel, ...]` and nothing before it.
        let row_len = match layer {
            FloatLayer::Conv2d { window, .. } => window.area(),
            FloatLayer::Dense(_) => sites,
        };
        let (FloatLayer::Conv2d { affine, .. } | FloatLayer::Dense(affine)) = layer;
        let rows = affine.weights.chunks_exact(row_len.max(1));
        affine.weights = rows
            .flat_map(|row| {
                let share = row.iter().map(|weight| weight / wanted as f32);
                share.collect::<Vec<_>>().repeat(wanted)
            })
            .collect();
        Some(self)
    }
}

impl FloatModel for FloatNetwork {
    fn size(&self) -> StripSize {
        self.size
    }

    fn targets(&self) -> &[Target] {
        &self.targets
    }

    fn tensors(&self, onsite: &[f64]) -> Vec<(String, Vec<f32>)> {
        let names = self.layers.iter().map(|layer| layer.affine().name.clone());
        let names = ["input".to_owned()].into_iter().chain(names);
        names
            .zip(self.activations(onsite, Image::default()))
            .collect()
    }

    fn lower(
        &self,
        strips: &[f64],
        bits: WeightBits,
        label: &ModelLabel,
    ) -> Result<Lowered, ExportError> {
        let calibration = calibrate(self, strips)?;
        let layers = layers(self, &calibration, bits)?;
        let file = layers.file(self, label)?;
        let predict = |strip: &[f64]| self.predict(strip);
        let centred = Self {
            decoder: self.decoder.centred(&file, strips, predict)?,
            ..self.clone()
        };
        Lowered::with_scales(layers.file(&centred, label)?)
    }
}

/// The number for a count, of a table that may be a constant.
pub(super) fn at(table: &[f64], count: usize) -> f64 {
    let last = table.len().saturating_sub(1);
    table.get(count.min(last)).copied().unwrap_or(0.0)
}
