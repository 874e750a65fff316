//! The learned numbers by name, and how they begin.

use super::fast::Affine;
use super::fast::spectral::{NODES, ORBITS, SpectralShape};
use super::random::{Purpose, Words};

/// One named array of learned numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedTensor {
    /// Its name, the same as in the files of weights.
    pub name: String,
    /// Its shape; the last index runs fastest.
    pub shape: Vec<usize>,
    /// Its numbers.
    pub values: Vec<f32>,
}

impl NamedTensor {
    fn zeros(name: impl Into<String>, shape: &[usize]) -> Self {
        Self {
            name: name.into(),
            shape: shape.to_vec(),
            values: vec![0.0; shape.iter().product()],
        }
    }
}

/// All learned numbers of a network.
///
/// | network | names |
/// |---|---|
/// | dense, convolutional | `layers.0.weight` `[input, output]`, `layers.0.bias` `[output]`, … in the order of the layers; the inputs of a convolution are `[kx, ky, channel]`, those of the dense layer after it `[x, y, channel]` |
/// | spectral | those of [`SpectralLayout`](super::fast::spectral::SpectralLayout) in its order, with `hidden` and `output` as `.weight` and `.bias` |
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// In their order.
    pub tensors: Vec<NamedTensor>,
}

impl Weights {
    /// The array of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&NamedTensor> {
        self.tensors.iter().find(|tensor| tensor.name == name)
    }

    /// All numbers, one array after the other.
    #[must_use]
    pub fn flat(&self) -> Vec<f32> {
        let values = self.tensors.iter().flat_map(|tensor| &tensor.values);
        values.copied().collect()
    }

    /// Sets all numbers, as [`flat`](Self::flat) gives them.
    pub(super) fn set_flat(&mut self, values: &[f32]) {
        let mut values = values.iter();
        for slot in self
            .tensors
            .iter_mut()
            .flat_map(|tensor| &mut tensor.values)
        {
            if let Some(&value) = values.next() {
                *slot = value;
            }
        }
    }

    /// Are they named and shaped like these, and finite?
    pub(super) fn fit(&self, other: &Self) -> bool {
        let same = |(one, other): (&NamedTensor, &NamedTensor)| {
            one.name == other.name
                && one.shape == other.shape
                && one.values.len() == other.values.len()
                && one.values.iter().all(|value| value.is_finite())
        };
        self.tensors.len() == other.tensors.len()
            && self.tensors.iter().zip(&other.tensors).all(same)
    }

    /// A chain's initial weights: Glorot's uniform ones, zero biases, as Keras'; `calm` makes the
    /// last layer begin at zero.
    ///
    /// A convolution's fan is its kernel times its channels, as in Keras.
    pub(super) fn of_chain(layers: &[Affine], kernels: &[usize], seed: u64, calm: bool) -> Self {
        let mut tensors = Vec::new();
        for (number, layer) in layers.iter().enumerate() {
            let shape = [layer.inputs, layer.outputs];
            let mut weight = NamedTensor::zeros(format!("layers.{number}.weight"), &shape);
            // Each output pixel of a kernel reaches k² weights of a channel.
            let area = kernels.get(number).map_or(1, |kernel| kernel * kernel);
            if !(calm && number + 1 == layers.len()) {
                glorot(
                    &mut weight.values,
                    (layer.inputs, layer.outputs * area),
                    &mut Words::new(seed, Purpose::Weights, number as u64),
                );
            }
            tensors.push(weight);
            tensors.push(NamedTensor::zeros(
                format!("layers.{number}.bias"),
                &[layer.outputs],
            ));
        }
        Self { tensors }
    }

    /// A spectral network's arrays, all zero.
    pub(super) fn zero_spectral(shape: &SpectralShape) -> Self {
        let &SpectralShape {
            length,
            width,
            local,
            hidden,
            units,
            head,
            targets,
        } = shape;
        let (channels, products) = (shape.channels(), shape.products());
        let zeros = |name: &str, shape: &[usize]| NamedTensor::zeros(name, shape);
        Self {
            tensors: vec![
                zeros("kernel", &[ORBITS, hidden]),
                zeros("kernel_bias", &[hidden]),
                zeros("mix", &[hidden, local]),
                zeros("mean", &[NODES, local]),
                zeros("across", &[channels, 2, width / 2, width / 2]),
                zeros("along", &[channels, 2, length / 2, length / 2]),
                zeros("inner", &[products, length, units]),
                zeros("outer", &[products, width, units]),
                zeros("unit_bias", &[units]),
                zeros("gain", &[NODES, units]),
                zeros("shift", &[NODES, units]),
                zeros("hidden.weight", &[shape.features(), head]),
                zeros("hidden.bias", &[head]),
                zeros("output.weight", &[head, targets]),
                zeros("output.bias", &[targets]),
            ],
        }
    }

    /// A spectral network's initial weights: cosines for the transforms, a little noise on them,
    /// random units, an output of zero. The means of its local channels are still to be
    /// [found](super::local_mean::fit).
    pub(super) fn of_spectral(shape: &SpectralShape, seed: u64) -> Self {
        let mut weights = Self::zero_spectral(shape);
        let features = shape.features();
        for (number, tensor) in weights.tensors.iter_mut().enumerate() {
            let mut words = Words::new(seed, Purpose::Weights, number as u64);
            let mut normal = |values: &mut [f32], deviation: f32| {
                for value in values {
                    *value += deviation * words.normal();
                }
            };
            match tensor.name.as_str() {
                "kernel" => normal(&mut tensor.values, 0.5),
                "kernel_bias" => normal(&mut tensor.values, 0.2),
                "mix" => normal(&mut tensor.values, reciprocal_root(shape.hidden)),
                "across" => {
                    cosines(&mut tensor.values, shape.width / 2);
                    normal(&mut tensor.values, 0.02);
                }
                "along" => {
                    cosines(&mut tensor.values, shape.length / 2);
                    normal(&mut tensor.values, 0.02);
                }
                "inner" => normal(&mut tensor.values, reciprocal_root(shape.length)),
                "outer" => {
                    normal(
                        &mut tensor.values,
                        reciprocal_root(shape.width * shape.products()),
                    );
                }
                "hidden.weight" => glorot(&mut tensor.values, (features, shape.head), &mut words),
                _ => {}
            }
        }
        weights
    }
}

/// Uniform within ±√(6 / (fan in + fan out)) (X. Glorot, Y. Bengio, AISTATS 2010).
fn glorot(values: &mut [f32], fans: (usize, usize), words: &mut Words) {
    let limit = libm::sqrtf(6.0 / (fans.0 + fans.1) as f32);
    for value in values {
        *value = limit * (2.0 * words.unit() - 1.0);
    }
}

fn reciprocal_root(count: usize) -> f32 {
    1.0 / libm::sqrtf(count.max(1) as f32)
}

/// The cosines and sines of a line of 2·`half` sites folded at its middle, `[channel, parity,
/// site, mode]`: site 0 is the outermost; each mode of norm 1 over the half line.
fn cosines(values: &mut [f32], half: usize) {
    use std::f64::consts::PI;
    for (number, matrix) in values.chunks_exact_mut((half * half).max(1)).enumerate() {
        let odd = number % 2 == 1;
        for mode in 0..half {
            let wave = |site: usize| {
                let u = (site as f64 + 0.5) / (2 * half) as f64 - 0.5;
                if odd {
                    libm::sin(PI * (2 * mode + 1) as f64 * u)
                } else {
                    libm::cos(2.0 * PI * mode as f64 * u)
                }
            };
            let norm = (0..half).map(|site| wave(site).powi(2)).sum::<f64>().sqrt();
            for site in 0..half {
                #[allow(clippy::cast_possible_truncation, reason = "rounded once")]
                let value = (wave(site) / norm) as f32;
                matrix[site * half + mode] = value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_transforms_are_orthogonal() {
        let half = 6;
        let mut values = vec![0.0; 2 * half * half];
        cosines(&mut values, half);
        for matrix in values.chunks_exact(half * half) {
            for a in 0..half {
                for b in 0..half {
                    let dot: f32 = (0..half)
                        .map(|site| matrix[site * half + a] * matrix[site * half + b])
                        .sum();
                    let expected = f32::from(u8::from(a == b));
                    assert!((dot - expected).abs() < 1e-5, "{a} {b}: {dot}");
                }
            }
        }
    }

    #[test]
    fn glorots_limits_are_kept_and_reached() {
        let layers = [Affine::dense(100, 50, true), Affine::dense(50, 1, false)];
        let weights = Weights::of_chain(&layers, &[], 1, true);
        let largest = |values: &[f32]| values.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
        let found = largest(&weights.tensors[0].values);
        assert!(found <= 0.2 && found > 0.199, "{found}");
        assert_eq!(largest(&weights.tensors[2].values), 0.0);
        let mut other = weights.clone();
        other.set_flat(&weights.flat());
        assert!(other == weights && other.fit(&weights));
        other.tensors[1].values[0] = f32::NAN;
        assert!(!other.fit(&weights));
    }
}
