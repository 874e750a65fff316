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
        self.length.saturating_mul(self.width)
    }

    /// Channels that are transformed.
    #[must_use]
    pub const fn channels(&self) -> usize {
        self.local.saturating_add(1)
    }

    /// Products of two channels, a channel with itself included.
    #[must_use]
    pub const fn products(&self) -> usize {
        let channels = self.channels();
        channels.saturating_mul(channels.saturating_add(1)) / 2
    }

    /// The pairs of channels that are multiplied, in their order.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let channels = self.channels();
        (0..channels).flat_map(move |a| (a..channels).map(move |b| (a, b)))
    }

    /// What the head sees: the units, the share of impurities, the lowest mode of every channel.
    #[must_use]
    pub const fn features(&self) -> usize {
        self.units.saturating_add(1).saturating_add(self.channels())
    }

    /// Where the parameters are; of more than can be counted the last end at `usize::MAX`.
    #[must_use]
    pub fn layout(&self) -> SpectralLayout {
        let mut end = 0_usize;
        let mut array = |axes: &[usize]| {
            let start = end;
            let length = axes
                .iter()
                .fold(1_usize, |product, &axis| product.saturating_mul(axis));
            end = end.saturating_add(length);
            start..end
        };
        let (half_across, half_along) = (self.width / 2, self.length / 2);
        let (channels, products) = (self.channels(), self.products());
        SpectralLayout {
            kernel: array(&[ORBITS, self.hidden]),
            kernel_bias: array(&[self.hidden]),
            mix: array(&[self.hidden, self.local]),
            mean: array(&[NODES, self.local]),
            across: array(&[channels, 2, half_across, half_across]),
            along: array(&[channels, 2, half_along, half_along]),
            inner: array(&[products, self.length, self.units]),
            outer: array(&[products, self.width, self.units]),
            unit_bias: array(&[self.units]),
            gain: array(&[NODES, self.units]),
            shift: array(&[NODES, self.units]),
            // The bias is one more input.
            hidden: array(&[self.features().saturating_add(1), self.head]),
            output: array(&[self.head.saturating_add(1), self.targets]),
        }
    }

    /// The number of parameters.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.layout().output.end
    }

    /// Multiply-adds of one prediction of one target, with the transforms as whole matrices and a
    /// kernel of nine weights, as the core runs it.
    #[must_use]
    pub const fn multiply_adds(&self) -> usize {
        let (sites, products) = (self.sites(), self.products());
        let local = if self.local == 0 {
            0
        } else {
            let weights = self.local.saturating_add(9).saturating_mul(self.hidden);
            sites.saturating_mul(weights)
        };
        let sides = self.length.saturating_add(self.width);
        let transforms = sites.saturating_mul(self.channels()).saturating_mul(sides);
        let sums = sites.saturating_add(self.width).saturating_mul(products);
        let readout = sums.saturating_mul(self.units);
        let head = self.features().saturating_add(1).saturating_mul(self.head);
        local
            .saturating_add(transforms)
            .saturating_add(sites.saturating_mul(products))
            .saturating_add(readout)
            .saturating_add(head)
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
    /// Subtracted from a local channel, by the share of impurities, `[node, local]`.
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
    /// Added then, `[node, unit]`.
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
