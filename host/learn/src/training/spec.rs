//! What a network is: one description, from which training, export and the device's layers follow.

use serde::{Deserialize, Serialize};

use super::fast::Affine;
use super::fast::spectral::SpectralShape;
use landauer::StripSize;
use landauer::failure::{Categorised, Category};

/// The most parameters of a network, and values between two of its layers: 17 GB of either.
const MAX_PARAMETERS: u64 = 1 << 32;

/// A convolution whose stride is its kernel, without padding, followed by a ReLU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Convolution {
    /// Output channels.
    pub channels: usize,
    /// Sites of a side of the square kernel; the stride is the same.
    pub kernel: usize,
}

/// A network: its hidden layers. The outputs are one linear unit for each target.
///
/// # Example
/// ```
/// use landauer::StripSize;
/// use landauer_learn::training::{Convolution, NetworkSpec};
/// let convolution = Convolution { channels: 16, kernel: 2 };
/// let paper = NetworkSpec::Convolutional { convolutions: vec![convolution; 3], hidden: vec![1024] };
/// let size = StripSize::new(40, 40).unwrap();
/// assert_eq!(paper.parameters(size, 1)?, 413_809);
/// assert_eq!(paper.multiply_adds(size, 1)?, 564_224);
/// # Ok::<(), landauer_learn::training::SpecError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum NetworkSpec {
    /// Fully connected layers with ReLU.
    Dense {
        /// Units of each hidden layer.
        hidden: Vec<usize>,
    },
    /// Convolutions with ReLU, then fully connected layers with ReLU.
    Convolutional {
        /// The convolutions, at least one.
        convolutions: Vec<Convolution>,
        /// Units of each fully connected hidden layer.
        hidden: Vec<usize>,
    },
    /// Maps transformed into modes along and across, products of modes, units that read them out:
    /// exactly invariant under both mirrors (see [`super::fast`]).
    Spectral {
        /// Channels that see a site with its neighbours; one more sees the site alone.
        local: usize,
        /// Hidden channels of those.
        kernels: usize,
        /// Units that read the products out.
        units: usize,
        /// Hidden units of the head.
        head: usize,
    },
}

impl NetworkSpec {
    /// Its layers as a chain, if it is one: `None` for a spectral network.
    ///
    /// # Errors
    /// A layer of nothing; a map that a kernel does not divide; a network beyond all memory.
    pub fn chain(&self, size: StripSize, outputs: usize) -> Result<Option<Vec<Affine>>, SpecError> {
        let [length, width] = size.sides();
        let (convolutions, hidden): (&[Convolution], _) = match self {
            Self::Dense { hidden } => (&[], hidden),
            Self::Convolutional {
                convolutions,
                hidden,
            } => (convolutions, hidden),
            Self::Spectral { .. } => return Ok(None),
        };
        let (mut length, mut width, mut channels) = (length, width, 1);
        let mut layers = Vec::new();
        for (number, convolution) in convolutions.iter().enumerate() {
            let Convolution {
                channels: outputs,
                kernel,
            } = *convolution;
            if outputs == 0 || kernel == 0 {
                return Err(SpecError::EmptyLayer);
            }
            // Kernels fit the map, and so their area is at most that of the strip.
            if !(length.is_multiple_of(kernel) && width.is_multiple_of(kernel)) {
                return Err(SpecError::Kernel {
                    number: number + 1,
                    kernel,
                    length,
                    width,
                });
            }
            (length, width) = (length / kernel, width / kernel);
            countable(&[length, width, outputs])?;
            layers.push(Affine {
                groups: length * width,
                inputs: countable(&[kernel, kernel, channels])?,
                outputs,
                relu: true,
            });
            channels = outputs;
        }
        let mut inputs = countable(&[length, width, channels])?;
        for &units in hidden {
            layers.push(Affine::dense(inputs, units, true));
            inputs = units;
        }
        layers.push(Affine::dense(inputs, outputs, false));
        let mut parameters = 0;
        for &Affine {
            inputs, outputs, ..
        } in &layers
        {
            if inputs == 0 || outputs == 0 {
                return Err(SpecError::EmptyLayer);
            }
            let weights = countable(&[inputs, outputs])? as u64;
            parameters += weights + outputs as u64;
            if parameters > MAX_PARAMETERS {
                return Err(SpecError::TooLarge);
            }
        }
        Ok(Some(layers))
    }

    /// The sizes of the spectral network that it is, if it is one.
    ///
    /// # Errors
    /// A layer of nothing; a strip of odd length or width, which has no parity; a network beyond all
    /// memory.
    pub fn spectral(
        &self,
        size: StripSize,
        targets: usize,
    ) -> Result<Option<SpectralShape>, SpecError> {
        let Self::Spectral {
            local,
            kernels,
            units,
            head,
        } = *self
        else {
            return Ok(None);
        };
        let [length, width] = size.sides();
        if !(length.is_multiple_of(2) && width.is_multiple_of(2)) {
            return Err(SpecError::Odd { length, width });
        }
        if units == 0 || head == 0 || (kernels == 0) != (local == 0) {
            return Err(SpecError::EmptyLayer);
        }
        let shape = SpectralShape {
            length,
            width,
            local,
            hidden: kernels,
            units,
            head,
            targets,
        };
        if shape.parameters() as u64 > MAX_PARAMETERS {
            return Err(SpecError::TooLarge);
        }
        Ok(Some(shape))
    }

    /// How many numbers are learned.
    ///
    /// # Errors
    /// An invalid network.
    pub fn parameters(&self, size: StripSize, outputs: usize) -> Result<usize, SpecError> {
        if let Some(shape) = self.spectral(size, outputs)? {
            return Ok(shape.parameters());
        }
        let layers = self.chain(size, outputs)?.unwrap_or_default();
        Ok(layers.iter().map(Affine::parameters).sum())
    }

    /// Multiply-adds of a prediction, one pass.
    ///
    /// # Errors
    /// An invalid network.
    pub fn multiply_adds(&self, size: StripSize, outputs: usize) -> Result<u64, SpecError> {
        if let Some(shape) = self.spectral(size, outputs)? {
            return Ok(shape.multiply_adds() as u64);
        }
        let layers = self.chain(size, outputs)?.unwrap_or_default();
        let of_layer =
            |layer: &Affine| (layer.groups as u64).saturating_mul(layer.weights() as u64);
        Ok(layers.iter().map(of_layer).fold(0, u64::saturating_add))
    }

    /// Bytes that training the network on batches of `batch` samples takes, roughly: parameters with
    /// their gradient, the optimiser's means, the best ones and copies to judge and to write; what the
    /// layers give, and the gradient by that.
    ///
    /// # Errors
    /// An invalid network.
    pub fn training_bytes(
        &self,
        size: StripSize,
        outputs: usize,
        batch: usize,
    ) -> Result<u64, SpecError> {
        const COPIES: u64 = 12;
        let values = if let Some(shape) = self.spectral(size, outputs)? {
            // Maps as they are and transformed, and their products.
            let channels = (shape.channels() as u64).saturating_mul(4);
            (shape.sites() as u64).saturating_mul(channels.saturating_add(shape.products() as u64))
        } else {
            let layers = self.chain(size, outputs)?.unwrap_or_default();
            layers.iter().map(|layer| layer.features_out() as u64).sum()
        };
        let parameters = (self.parameters(size, outputs)? as u64).saturating_mul(COPIES);
        let of_batch = values.saturating_mul(2).saturating_mul(batch as u64);
        Ok(parameters.saturating_add(of_batch).saturating_mul(4))
    }

    /// Which site (slice·width + row) stands at each place of the input: in an order in which every
    /// convolution's patches are neighbours.
    #[must_use]
    pub fn site_order(&self, size: StripSize) -> Vec<u32> {
        let kernels: Vec<usize> = match self {
            Self::Convolutional { convolutions, .. } => {
                convolutions.iter().map(|c| c.kernel.max(1)).collect()
            }
            _ => Vec::new(),
        };
        let mut block: usize = kernels.iter().product();
        let mut corners: Vec<(usize, usize)> = Vec::new();
        for slice in (0..size.length()).step_by(block) {
            corners.extend((0..size.width()).step_by(block).map(|row| (slice, row)));
        }
        // From the last convolution's patches down to sites.
        for kernel in kernels.into_iter().rev() {
            block /= kernel;
            let parts = |(slice, row): (usize, usize)| {
                (0..kernel * kernel)
                    .map(move |k| (slice + k / kernel * block, row + k % kernel * block))
            };
            corners = corners.into_iter().flat_map(parts).collect();
        }
        #[allow(clippy::cast_possible_truncation, reason = "sites are counted in u32")]
        let number = |(slice, row): (usize, usize)| (slice * size.width() + row) as u32;
        corners.into_iter().map(number).collect()
    }
}

/// The product of these, if it is no more than [`MAX_PARAMETERS`].
fn countable(factors: &[usize]) -> Result<usize, SpecError> {
    let product = factors
        .iter()
        .try_fold(1_usize, |product, &factor| product.checked_mul(factor));
    let product = product.filter(|&product| product as u64 <= MAX_PARAMETERS);
    product.ok_or(SpecError::TooLarge)
}

/// Why a network is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpecError {
    /// A layer of zero units, channels or sites.
    #[error(
        "a layer of the network is empty: every number of units, channels and sites must be at least 1"
    )]
    EmptyLayer,
    /// More numbers than any memory holds.
    #[error(
        "the network is too large: it may have at most {MAX_PARAMETERS} parameters, and as many values between two layers"
    )]
    TooLarge,
    /// A kernel that does not divide its map.
    #[error(
        "the network does not fit this strip size: the kernel of convolution {number} ({kernel} x {kernel}) does not divide its map of {length} x {width}; choose another preset or other kernels"
    )]
    Kernel {
        /// Which convolution, from 1.
        number: usize,
        /// Its kernel.
        kernel: usize,
        /// Slices of what it sees.
        length: usize,
        /// Rows of what it sees.
        width: usize,
    },
    /// A spectral network of an odd strip.
    #[error("a spectral network needs strips of even length and width, not {length} x {width}")]
    Odd {
        /// Slices.
        length: usize,
        /// Rows.
        width: usize,
    },
}

impl Categorised for SpecError {
    fn category(&self) -> Category {
        Category::Usage
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convolutional(kernels: &[usize]) -> NetworkSpec {
        NetworkSpec::Convolutional {
            convolutions: kernels
                .iter()
                .map(|&kernel| Convolution {
                    channels: 3,
                    kernel,
                })
                .collect(),
            hidden: vec![7],
        }
    }

    #[test]
    fn patches_of_every_convolution_are_neighbours() {
        let size = StripSize::new(8, 4).unwrap();
        let order = convolutional(&[2, 2]).site_order(size);
        // The first patch of the second convolution: four patches of the first.
        assert_eq!(order[..8], [0, 1, 4, 5, 2, 3, 6, 7]);
        assert_eq!(order[8..16], [8, 9, 12, 13, 10, 11, 14, 15]);
        let mut sorted = order;
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..32));
        let dense = NetworkSpec::Dense { hidden: vec![] };
        assert!(dense.site_order(size).into_iter().eq(0..32));
    }

    #[test]
    fn networks_that_cannot_be_are_refused() {
        let size = StripSize::new(9, 6).unwrap();
        assert!(convolutional(&[3]).chain(size, 1).is_ok());
        assert!(matches!(
            convolutional(&[3, 2]).chain(size, 1),
            Err(SpecError::Kernel {
                number: 2,
                kernel: 2,
                length: 3,
                width: 2
            })
        ));
        let dense = |hidden| NetworkSpec::Dense { hidden }.chain(size, 1);
        assert_eq!(dense(vec![3, 0]), Err(SpecError::EmptyLayer));
        let spectral = NetworkSpec::Spectral {
            local: 1,
            kernels: 4,
            units: 8,
            head: 4,
        };
        assert!(matches!(
            spectral.parameters(size, 1),
            Err(SpecError::Odd { .. })
        ));
    }

    #[test]
    fn networks_beyond_all_memory_are_refused_and_nothing_overflows() {
        let size = |length, width| StripSize::new(length, width).unwrap();
        let small = size(4, 4);
        let dense = |hidden: &[usize]| NetworkSpec::Dense {
            hidden: hidden.to_vec(),
        };
        for hidden in [
            &[usize::MAX][..],
            &[1 << 40],
            &[1 << 17, 1 << 17],
            &[1 << 32, 1 << 32],
            &[1 << 31; 4],
        ] {
            let found = dense(hidden).parameters(small, 1);
            assert_eq!(found, Err(SpecError::TooLarge), "{hidden:?}");
            assert!(dense(hidden).multiply_adds(small, 1).is_err());
        }
        for size in [
            size(usize::MAX, 1),
            size(1 << 31, 1 << 31),
            size(1 << 20, 1 << 20),
        ] {
            assert_eq!(dense(&[]).parameters(size, 1), Err(SpecError::TooLarge));
            let found = convolutional(&[1]).multiply_adds(size, 1);
            assert_eq!(found, Err(SpecError::TooLarge));
        }
        let wide = NetworkSpec::Convolutional {
            convolutions: vec![Convolution {
                channels: usize::MAX,
                kernel: 2,
            }],
            hidden: vec![],
        };
        assert_eq!(wide.parameters(small, 1), Err(SpecError::TooLarge));
        let spectral = |local, units, head| NetworkSpec::Spectral {
            local,
            kernels: 1,
            units,
            head,
        };
        for network in [
            spectral(usize::MAX, 1, 1),
            spectral(1 << 32, 1 << 32, 1 << 32),
            spectral(1, usize::MAX, 1),
            spectral(1, 1, usize::MAX),
        ] {
            let found = network.parameters(small, 1);
            assert_eq!(found, Err(SpecError::TooLarge), "{network:?}");
            assert!(network.multiply_adds(small, usize::MAX).is_err());
        }
        let side = 1 << 31;
        let found = spectral(1, 1, 1).parameters(size(side, side), 1);
        assert_eq!(found, Err(SpecError::TooLarge));
    }

    #[test]
    fn the_memory_of_a_training_by_hand() {
        let network = NetworkSpec::Dense { hidden: vec![5] };
        let size = StripSize::new(3, 3).unwrap();
        // 56 parameters twelve times; 6 values and their gradient of 2 samples; 4 bytes each.
        assert_eq!(
            network.training_bytes(size, 1, 2),
            Ok(4 * (56 * 12 + 6 * 2 * 2))
        );
        let wide = NetworkSpec::Dense {
            hidden: vec![60_000, 60_000],
        };
        let bytes = wide.training_bytes(size, 1, 32).unwrap();
        assert!(bytes > 170_000_000_000, "{bytes}");
    }

    #[test]
    fn the_papers_small_network_has_its_sizes() {
        let paper = NetworkSpec::Dense {
            hidden: vec![20, 20, 20],
        };
        let size = StripSize::new(3, 3).unwrap();
        assert_eq!(paper.parameters(size, 1), Ok(1061));
    }
}
