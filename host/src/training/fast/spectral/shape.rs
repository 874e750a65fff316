//! How large a spectral network is, and where its parameters are.

use std::ops::Range;

/// Nodes of the curves that depend on the share of impurities.
pub const NODES: usize = 8;
/// The distinct weights of a 3×3 kernel that both mirrors leave as it is: the site itself, its two
/// neighbours along, its two neighbours across, the four corners.
pub const ORBITS: usize = 4;

/// The lowest mode of a channel counts so much among the head's features: it varies more than they.
pub const LOWEST_MODE: f64 = 0.1;

/// The sizes of a spectral network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpectralShape {
    /// Slices of the strip, even.
    pub length: usize,
    /// Sites of a slice, even.
    pub width: usize,
    /// Channels that see a site with its neighbours; one more sees the site alone.
    pub local: usize,
    /// Hidden channels of those.
    pub hidden: usize,
    /// Units that read the products out.
    pub units: usize,
    /// Hidden units of the head.
    pub head: usize,
    /// Outputs.
    pub targets: usize,
}

impl SpectralShape {
    /// Sites of the strip.
    #[must_use]
    pub const fn sites(&self) -> usize {
        self.length * self.width
    }

    /// Channels that are transformed.
    #[must_use]
    pub const fn channels(&self) -> usize {
        1 + self.local
    }

    /// Products of two channels, a channel with itself included.
    #[must_use]
    pub const fn products(&self) -> usize {
        self.channels() * (self.channels() + 1) / 2
    }

    /// The pairs of channels that are multiplied, in their order.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let channels = self.channels();
        (0..channels).flat_map(move |a| (a..channels).map(move |b| (a, b)))
    }

    /// What the head sees: the units, the share of impurities, the lowest mode of every channel.
    #[must_use]
    pub const fn features(&self) -> usize {
        self.units + 1 + self.channels()
    }

    /// Where the parameters are.
    #[must_use]
    pub fn layout(&self) -> SpectralLayout {
        let mut end = 0;
        let mut next = |length: usize| {
            end += length;
            end - length..end
        };
        let (half_across, half_along) = (self.width / 2, self.length / 2);
        SpectralLayout {
            kernel: next(ORBITS * self.hidden),
            kernel_bias: next(self.hidden),
            mix: next(self.hidden * self.local),
            mean: next(NODES * self.local),
            across: next(self.channels() * 2 * half_across * half_across),
            along: next(self.channels() * 2 * half_along * half_along),
            inner: next(self.products() * self.length * self.units),
            outer: next(self.products() * self.width * self.units),
            unit_bias: next(self.units),
            gain: next(NODES * self.units),
            shift: next(NODES * self.units),
            hidden: next(self.features() * self.head + self.head),
            output: next(self.head * self.targets + self.targets),
        }
    }

    /// How many parameters there are.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.layout().output.end
    }

    /// Multiply-adds of one prediction of one target, with the transforms as whole matrices and a
    /// kernel of nine weights, as the core runs it.
    #[must_use]
    pub const fn multiply_adds(&self) -> usize {
        let local = if self.local == 0 {
            0
        } else {
            self.sites() * (9 * self.hidden + self.hidden * self.local)
        };
        let transforms = self.channels() * self.sites() * (self.length + self.width);
        let products = self.products() * self.sites();
        let readout = self.products() * (self.sites() + self.width) * self.units;
        let head = self.features() * self.head + self.head;
        local + transforms + products + readout + head
    }
}

/// Where the parameters of a spectral network are among all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpectralLayout {
    /// Symmetric kernels, `[orbit, hidden]`.
    pub kernel: Range<usize>,
    /// Their biases, `[hidden]`.
    pub kernel_bias: Range<usize>,
    /// 1×1 convolution after them, `[hidden, local]`.
    pub mix: Range<usize>,
    /// What is taken off a local channel, by the share of impurities, `[node, local]`.
    pub mean: Range<usize>,
    /// Transforms across, `[channel, parity, site of half a slice, mode]`.
    pub across: Range<usize>,
    /// Transforms along, `[channel, parity, slice of half the strip, mode]`.
    pub along: Range<usize>,
    /// Readout along, `[product, mode along, unit]`.
    pub inner: Range<usize>,
    /// Readout across, `[product, mode across, unit]`.
    pub outer: Range<usize>,
    /// `[unit]`
    pub unit_bias: Range<usize>,
    /// By how much more than 1 a unit is multiplied, by the share of impurities, `[node, unit]`.
    pub gain: Range<usize>,
    /// What is added then, `[node, unit]`.
    pub shift: Range<usize>,
    /// The head's first layer, weights `[feature, head]` and bias.
    pub hidden: Range<usize>,
    /// The head's last layer, weights `[head, target]` and bias.
    pub output: Range<usize>,
}

/// The weights of the curves' nodes at a share of impurities n; they add up to 1.
#[must_use]
pub fn node_weights(n: f32) -> [f32; NODES] {
    const CENTRES: [f32; NODES] = [0.0, 0.02, 0.05, 0.1, 0.17, 0.25, 0.35, 0.5];
    const WIDTHS: [f32; NODES] = [0.02, 0.03, 0.05, 0.07, 0.09, 0.1, 0.13, 0.2];
    let mut weights = [0.0; NODES];
    for ((weight, centre), width) in weights.iter_mut().zip(CENTRES).zip(WIDTHS) {
        // Beyond the last centre the last node counts alone.
        let distance = (n.min(CENTRES[NODES - 1]) - centre) / width;
        *weight = libm::expf(-0.5 * distance * distance);
    }
    let sum: f32 = weights.iter().sum();
    weights.map(|weight| weight / sum)
}

/// By what the deviation of a site from the share of impurities n is multiplied.
#[must_use]
pub fn deviation_scale(n: f32) -> f32 {
    1.0 / libm::sqrtf(n * (1.0 - n) + 0.001)
}
