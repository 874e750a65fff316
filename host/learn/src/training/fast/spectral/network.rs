//! A spectral network's outputs and gradients.

use pulp::Arch;

use super::super::affine::Affine;
use super::super::chain::{ChainError, equal};
use super::super::samples::{BLOCK, gather};
use super::super::tile::Row;
use super::batch::SpectralBatch;
use super::local::{self, Local, LocalGradient};
use super::matrices::Matrices;
use super::shape::{NODES, ORBITS, SpectralLayout, SpectralShape};
use super::{fold, gelu, product, readout, shape, simd};

#[allow(clippy::cast_possible_truncation, reason = "rounded once")]
const LOWEST_MODE: f32 = shape::LOWEST_MODE as f32;

const EMPTY: Row = [0.0; BLOCK];

/// A spectral network with its parameters, their gradient and all the memory of a step.
#[derive(Debug, Clone)]
pub struct SpectralNetwork {
    shape: SpectralShape,
    layout: SpectralLayout,
    parameters: Vec<f32>,
    gradient: Vec<f32>,
    count: usize,
    /// `[block][site][orbit]`
    sums: Vec<[Row; ORBITS]>,
    /// The channels' maps of a block, `[channel][site]`.
    map: Vec<Row>,
    /// Folded maps, `[channel][along][across][block][slice, site]`.
    folded: Vec<Row>,
    /// Transformed across, and turned, `[channel][along][across][block][mode across, slice]`.
    turned: Vec<Row>,
    /// Transformed along too, `[channel][along][across][block][mode across, mode along]`.
    modes: Vec<Row>,
    /// The gradient by the modes.
    by_modes: Vec<Row>,
    /// `[product][block][mode across, mode along]`
    maps: Vec<Row>,
    /// `[product][block][mode across, unit]`
    inner: Vec<Row>,
    /// Units before the share of impurities acts, `[block][unit]`; after it; the head's features.
    raw: Vec<Row>,
    units: Vec<Row>,
    features: Vec<Row>,
    /// The head's hidden sums, and their GELU.
    hidden: Vec<Row>,
    active: Vec<Row>,
    outputs: Vec<Row>,
    /// Gradients by the above.
    grad_output: Vec<Row>,
    by_active: Vec<Row>,
    by_features: Vec<Row>,
    part: Vec<Row>,
    other_part: Vec<Row>,
    /// `[block][feature]`: what the features are multiplied by in training.
    masks: Vec<Row>,
    results: Vec<f32>,
    matrices: Matrices,
    arch: Arch,
}

impl SpectralNetwork {
    /// A network of this shape, all parameters zero.
    ///
    /// # Errors
    /// If a size is zero, or the strip's length or width is odd.
    pub fn new(shape: SpectralShape) -> Result<Self, ChainError> {
        let odd = |size: usize| size == 0 || !size.is_multiple_of(2);
        if odd(shape.length) || odd(shape.width) {
            return Err(ChainError::EmptyLayer(0));
        }
        if shape.units == 0 || shape.head == 0 || shape.targets == 0 {
            return Err(ChainError::EmptyLayer(1));
        }
        if shape.local > 0 && shape.hidden == 0 {
            return Err(ChainError::EmptyLayer(2));
        }
        let parameters = shape.parameters();
        Ok(Self {
            shape,
            layout: shape.layout(),
            parameters: vec![0.0; parameters],
            gradient: vec![0.0; parameters],
            count: 0,
            sums: Vec::new(),
            map: Vec::new(),
            folded: Vec::new(),
            turned: Vec::new(),
            modes: Vec::new(),
            by_modes: Vec::new(),
            maps: Vec::new(),
            inner: Vec::new(),
            raw: Vec::new(),
            units: Vec::new(),
            features: Vec::new(),
            hidden: Vec::new(),
            active: Vec::new(),
            outputs: Vec::new(),
            grad_output: Vec::new(),
            by_active: Vec::new(),
            by_features: Vec::new(),
            part: Vec::new(),
            other_part: Vec::new(),
            masks: Vec::new(),
            results: Vec::new(),
            matrices: Matrices::new(),
            arch: Arch::new(),
        })
    }

    /// The sizes.
    #[must_use]
    pub const fn shape(&self) -> &SpectralShape {
        &self.shape
    }

    /// All parameters, as [`SpectralShape::layout`] says.
    #[must_use]
    pub fn parameters(&self) -> &[f32] {
        &self.parameters
    }

    /// The same, to be changed.
    pub fn parameters_mut(&mut self) -> &mut [f32] {
        &mut self.parameters
    }

    /// The gradient of the last [`Self::backward`], in the order of the parameters.
    #[must_use]
    pub fn gradient(&self) -> &[f32] {
        &self.gradient
    }

    /// Parameters to be changed, and their gradient: what an optimiser takes.
    pub fn parameters_and_gradient(&mut self) -> (&mut [f32], &[f32]) {
        (&mut self.parameters, &self.gradient)
    }

    /// The outputs, `[sample, target]`, without dropout.
    pub fn forward(&mut self, batch: &SpectralBatch) -> &[f32] {
        self.forward_with_dropout(batch, 0.0, || 0)
    }

    /// The outputs in training: each of the head's features is dropped with the chance `rate`, by
    /// the words of `random`, and the others are raised to make up for it.
    pub fn forward_with_dropout(
        &mut self,
        batch: &SpectralBatch,
        rate: f32,
        mut random: impl FnMut() -> u32,
    ) -> &[f32] {
        self.count = batch.count();
        self.masks.clear();
        let features = batch.blocks() * self.shape.features();
        if rate > 0.0 {
            let keep = 1.0 / (1.0 - rate);
            // 2^32 - 1 loses 2e-10 of the chance.
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a share of the largest word"
            )]
            let threshold = (f64::from(rate) * f64::from(u32::MAX)) as u32;
            let mut value = || if random() < threshold { 0.0 } else { keep };
            self.masks
                .extend((0..features).map(|_| std::array::from_fn::<f32, BLOCK, _>(|_| value())));
        } else {
            self.masks.resize(features, [1.0; BLOCK]);
        }
        self.transform(batch);
        self.read_out(batch);
        self.run_head();
        let targets = self.shape.targets;
        gather(&self.outputs, targets, self.count, &mut self.results);
        &self.results
    }

    const fn half(&self) -> (usize, usize) {
        (self.shape.length / 2, self.shape.width / 2)
    }

    const fn quarter(&self) -> usize {
        self.shape.sites() / 4
    }

    /// Channels, folded and transformed.
    fn transform(&mut self, batch: &SpectralBatch) {
        let shape = self.shape;
        let (blocks, sites, quarter) = (batch.blocks(), shape.sites(), self.quarter());
        let part = blocks * quarter;
        let all = shape.channels() * 4 * part;
        self.sums.resize(blocks * sites, [EMPTY; ORBITS]);
        self.map.resize(shape.channels() * sites, EMPTY);
        self.folded.resize(all, EMPTY);
        self.turned.resize(all, EMPTY);
        self.modes.resize(all, EMPTY);
        self.part.resize(part, EMPTY);
        self.other_part.resize(part, EMPTY);
        let (map, folded, sums) = (&mut self.map, &mut self.folded, &mut self.sums);
        let local = local_parameters(&self.parameters, &self.layout);
        let mean_curve = &self.parameters[self.layout.mean.clone()];
        let mut means = vec![EMPTY; shape.local];
        simd::run(
            self.arch,
            #[inline(always)]
            || {
                for block in 0..blocks {
                    let values = &batch.values[block * sites..][..sites];
                    let sums = &mut sums[block * sites..][..sites];
                    let (scale, mean) = (&batch.scales[block], &batch.means[block]);
                    if shape.local > 0 {
                        local::orbits(values, shape.length, shape.width, sums);
                    }
                    let (own, locals) = map.split_at_mut(sites);
                    for (map, value) in own.iter_mut().zip(values) {
                        for s in 0..BLOCK {
                            map[s] = (value[s] - mean[s]) * scale[s];
                        }
                    }
                    if shape.local > 0 {
                        let nodes = &batch.nodes[block];
                        for (channel, mean) in means.iter_mut().enumerate() {
                            *mean = curve(mean_curve, shape.local, channel, nodes);
                        }
                        local::forward(&local, sums, &means, scale, locals);
                    }
                    for (map, parts) in map
                        .chunks_exact(sites)
                        .zip(folded.chunks_exact_mut(4 * part))
                    {
                        let parts = parts_mut(parts, block, quarter);
                        fold::fold(map, shape.length, shape.width, parts);
                    }
                }
            },
        );
        for index in 0..shape.channels() * 4 {
            let place = index * part..(index + 1) * part;
            let [across, along] = self.transforms(index);
            self.matrices.forward(
                across.0,
                &self.parameters[across.1],
                &zeros(across.0.outputs),
                &self.folded[place.clone()],
                &mut self.part,
            );
            let (rows, columns) = self.half();
            fold::turn(&self.part, rows, columns, &mut self.turned[place.clone()]);
            self.matrices.forward(
                along.0,
                &self.parameters[along.1],
                &zeros(along.0.outputs),
                &self.turned[place.clone()],
                &mut self.modes[place],
            );
        }
    }

    /// The transforms across and along of part `index`, `[channel][along][across]`: how they run,
    /// and where their matrices are.
    fn transforms(&self, index: usize) -> [(Affine, std::ops::Range<usize>); 2] {
        let (channel, px, py) = (index / 4, index / 2 % 2, index % 2);
        let (half_along, half_across) = self.half();
        let one = |start: usize, groups: usize, size: usize, parity: usize| {
            let start = start + (channel * 2 + parity) * size * size;
            let layer = Affine {
                groups,
                inputs: size,
                outputs: size,
                relu: false,
            };
            (layer, start..start + size * size)
        };
        [
            one(self.layout.across.start, half_along, half_across, py),
            one(self.layout.along.start, half_across, half_along, px),
        ]
    }

    /// Products and units, after the share of impurities has acted on them.
    fn read_out(&mut self, batch: &SpectralBatch) {
        let shape = self.shape;
        let (blocks, sites, quarter) = (batch.blocks(), shape.sites(), self.quarter());
        let (part, half) = (blocks * quarter, self.half());
        let units = shape.units;
        self.maps.resize(shape.products() * blocks * sites, EMPTY);
        self.inner
            .resize(shape.products() * blocks * shape.width * units, EMPTY);
        let unit_bias = &self.parameters[self.layout.unit_bias.clone()];
        let inner_layer = self.inner_layer();
        self.raw.clear();
        for _ in 0..blocks {
            self.raw.extend(unit_bias.iter().map(|bias| [*bias; BLOCK]));
        }
        for (index, (a, b)) in shape.pairs().enumerate() {
            let maps = &mut self.maps[index * blocks * sites..][..blocks * sites];
            let modes = &self.modes;
            // The mean of a square of what has been scaled to vary by 1.
            let offset = if a == b { 1.0 } else { 0.0 };
            simd::run(
                self.arch,
                #[inline(always)]
                || {
                    for (block, map) in maps.chunks_exact_mut(sites).enumerate() {
                        let a = parts(&modes[a * 4 * part..][..4 * part], block, quarter);
                        let b = parts(&modes[b * 4 * part..][..4 * part], block, quarter);
                        product::product(a, b, offset, half, map);
                    }
                },
            );
            let inner_size = blocks * shape.width * units;
            let inner = &mut self.inner[index * inner_size..][..inner_size];
            let weights = &self.parameters[self.layout.inner.clone()];
            self.matrices.forward(
                inner_layer,
                &weights[index * shape.length * units..][..shape.length * units],
                &zeros(units),
                maps,
                inner,
            );
            let outer = &self.parameters[self.layout.outer.clone()];
            let outer = &outer[index * shape.width * units..][..shape.width * units];
            let raw = &mut self.raw;
            simd::run(
                self.arch,
                #[inline(always)]
                || {
                    for (y, sums) in inner
                        .chunks_exact(shape.width * units)
                        .zip(raw.chunks_exact_mut(units))
                    {
                        readout::add(outer, y, sums);
                    }
                },
            );
        }
        self.units.resize(blocks * units, EMPTY);
        let gain = &self.parameters[self.layout.gain.clone()];
        let shift = &self.parameters[self.layout.shift.clone()];
        for (block, nodes) in batch.nodes.iter().enumerate() {
            for unit in 0..units {
                let gain = curve(gain, units, unit, nodes);
                let shift = curve(shift, units, unit, nodes);
                let raw = &self.raw[block * units + unit];
                let to = &mut self.units[block * units + unit];
                for s in 0..BLOCK {
                    to[s] = raw[s] * (1.0 + gain[s]) + shift[s];
                }
            }
        }
        let width = shape.features();
        self.features.resize(blocks * width, EMPTY);
        for block in 0..blocks {
            let features = &mut self.features[block * width..][..width];
            gelu::rows(&self.units[block * units..][..units], features);
            features[units] = batch.shares[block];
            for channel in 0..shape.channels() {
                let lowest = &self.modes[channel * 4 * part + block * quarter];
                features[units + 1 + channel] = lowest.map(|value| value * LOWEST_MODE);
            }
            for (feature, mask) in features.iter_mut().zip(&self.masks[block * width..]) {
                for s in 0..BLOCK {
                    feature[s] *= mask[s];
                }
            }
        }
    }

    const fn inner_layer(&self) -> Affine {
        Affine {
            groups: self.shape.width,
            inputs: self.shape.length,
            outputs: self.shape.units,
            relu: false,
        }
    }

    const fn head_layers(&self) -> [Affine; 2] {
        [
            Affine::dense(self.shape.features(), self.shape.head, false),
            Affine::dense(self.shape.head, self.shape.targets, false),
        ]
    }

    fn run_head(&mut self) {
        let [first, last] = self.head_layers();
        let blocks = self.features.len() / first.inputs;
        self.hidden.resize(blocks * first.outputs, EMPTY);
        self.active.resize(blocks * first.outputs, EMPTY);
        self.outputs.resize(blocks * last.outputs, EMPTY);
        let (weights, bias) = self.parameters[self.layout.hidden.clone()].split_at(first.weights());
        self.matrices
            .forward(first, weights, bias, &self.features, &mut self.hidden);
        gelu::rows(&self.hidden, &mut self.active);
        let (weights, bias) = self.parameters[self.layout.output.clone()].split_at(last.weights());
        self.matrices
            .forward(last, weights, bias, &self.active, &mut self.outputs);
    }

    /// The gradient by all parameters, from the one by the outputs, `[sample, target]`, of the last
    /// forward pass, which was of the same batch.
    ///
    /// # Errors
    /// If the batch or the gradient is of another size than that pass.
    pub fn backward(
        &mut self,
        batch: &SpectralBatch,
        grad_output: &[f32],
    ) -> Result<(), ChainError> {
        let targets = self.shape.targets;
        equal("samples of the backward pass", batch.count(), self.count)?;
        equal(
            "gradient by the outputs",
            grad_output.len(),
            self.count * targets,
        )?;
        self.grad_output.clear();
        self.grad_output.resize(batch.blocks() * targets, EMPTY);
        for (sample, values) in grad_output.chunks_exact(targets).enumerate() {
            let rows = &mut self.grad_output[sample / BLOCK * targets..];
            for (row, value) in rows.iter_mut().zip(values) {
                row[sample % BLOCK] = *value;
            }
        }
        self.gradient.fill(0.0);
        self.head_gradient();
        self.units_gradient(batch);
        self.products_gradient(batch);
        self.transforms_gradient(batch);
        Ok(())
    }

    fn head_gradient(&mut self) {
        let [first, last] = self.head_layers();
        self.by_active.resize(self.active.len(), EMPTY);
        self.by_features.resize(self.features.len(), EMPTY);
        let place = self.layout.output.clone();
        let (weights, bias) = self.gradient[place.clone()].split_at_mut(last.weights());
        self.matrices
            .add_gradient(last, &self.active, &self.grad_output, weights, bias);
        self.matrices.input_gradient(
            last,
            &self.parameters[place][..last.weights()],
            &self.grad_output,
            &self.active,
            &mut self.by_active,
        );
        gelu::backward(&self.hidden, &mut self.by_active);
        let place = self.layout.hidden.clone();
        let (weights, bias) = self.gradient[place.clone()].split_at_mut(first.weights());
        self.matrices
            .add_gradient(first, &self.features, &self.by_active, weights, bias);
        self.matrices.input_gradient(
            first,
            &self.parameters[place][..first.weights()],
            &self.by_active,
            &self.features,
            &mut self.by_features,
        );
        for (gradient, mask) in self.by_features.iter_mut().zip(&self.masks) {
            for s in 0..BLOCK {
                gradient[s] *= mask[s];
            }
        }
    }

    /// Through the units' GELU and what the share of impurities does; leaves the gradient by the
    /// raw units in `raw`.
    fn units_gradient(&mut self, batch: &SpectralBatch) {
        let shape = self.shape;
        let (units, width) = (shape.units, shape.features());
        let mut bias = vec![EMPTY; units];
        let mut gains = vec![EMPTY; NODES * units];
        let mut shifts = vec![EMPTY; NODES * units];
        let gain_curve = &self.parameters[self.layout.gain.clone()];
        for (block, nodes) in batch.nodes.iter().enumerate() {
            let by_units = &mut self.by_features[block * width..][..units];
            gelu::backward(&self.units[block * units..][..units], by_units);
            for unit in 0..units {
                let gain = curve(gain_curve, units, unit, nodes);
                let raw = &mut self.raw[block * units + unit];
                for (node, weights) in nodes.iter().enumerate() {
                    let gains = &mut gains[node * units + unit];
                    let shifts = &mut shifts[node * units + unit];
                    for s in 0..BLOCK {
                        shifts[s] += by_units[unit][s] * weights[s];
                        gains[s] += by_units[unit][s] * weights[s] * raw[s];
                    }
                }
                for s in 0..BLOCK {
                    raw[s] = by_units[unit][s] * (1.0 + gain[s]);
                    bias[unit][s] += raw[s];
                }
            }
        }
        store(&bias, &mut self.gradient[self.layout.unit_bias.clone()]);
        store(&gains, &mut self.gradient[self.layout.gain.clone()]);
        store(&shifts, &mut self.gradient[self.layout.shift.clone()]);
    }

    fn products_gradient(&mut self, batch: &SpectralBatch) {
        let shape = self.shape;
        let (blocks, sites, quarter) = (batch.blocks(), shape.sites(), self.quarter());
        let (part, half, units) = (blocks * quarter, self.half(), shape.units);
        self.by_modes.clear();
        self.by_modes.resize(self.modes.len(), EMPTY);
        for (channel, by_modes) in self.by_modes.chunks_exact_mut(4 * part).enumerate() {
            for block in 0..blocks {
                let feature = units + 1 + channel;
                let by = &self.by_features[block * shape.features() + feature];
                by_modes[block * quarter] = by.map(|value| value * LOWEST_MODE);
            }
        }
        let layer = self.inner_layer();
        for (index, (a, b)) in shape.pairs().enumerate() {
            let size = shape.width * units;
            let y = &mut self.inner[index * blocks * size..][..blocks * size];
            let place = self.layout.outer.start + index * size;
            let outer = &self.parameters[place..place + size];
            let by_outer = &mut self.gradient[place..place + size];
            let raw = &self.raw;
            simd::run(
                self.arch,
                #[inline(always)]
                || {
                    for (y, by) in y.chunks_exact_mut(size).zip(raw.chunks_exact(units)) {
                        readout::backward(outer, y, by, by_outer);
                    }
                },
            );
            let place = self.layout.inner.start + index * shape.length * units;
            let place = place..place + shape.length * units;
            let map = &mut self.maps[index * blocks * sites..][..blocks * sites];
            self.matrices
                .add_gradient(layer, map, y, &mut self.gradient[place.clone()], &mut []);
            // Nothing reads the product any more but through its factors.
            self.part.resize(blocks * sites, EMPTY);
            self.matrices
                .input_gradient(layer, &self.parameters[place], y, map, &mut self.part);
            let (by_map, modes, by_modes) = (&self.part, &self.modes, &mut self.by_modes);
            simd::run(
                self.arch,
                #[inline(always)]
                || {
                    for (block, by_map) in by_map.chunks_exact(sites).enumerate() {
                        for (other, by) in [(b, a), (a, b)] {
                            let other =
                                parts(&modes[other * 4 * part..][..4 * part], block, quarter);
                            let by = &mut by_modes[by * 4 * part..][..4 * part];
                            let by = parts_mut(by, block, quarter);
                            product::add_gradient(other, by_map, half, by);
                        }
                    }
                },
            );
        }
    }

    fn transforms_gradient(&mut self, batch: &SpectralBatch) {
        let shape = self.shape;
        let (blocks, sites, quarter) = (batch.blocks(), shape.sites(), self.quarter());
        let part = blocks * quarter;
        self.part.resize(part, EMPTY);
        for index in 0..shape.channels() * 4 {
            let place = index * part..(index + 1) * part;
            let [across, along] = self.transforms(index);
            // Parts of both parities the other way share a matrix: gradients add up.
            self.matrices.add_gradient(
                along.0,
                &self.turned[place.clone()],
                &self.by_modes[place.clone()],
                &mut self.gradient[along.1.clone()],
                &mut [],
            );
            self.matrices.input_gradient(
                along.0,
                &self.parameters[along.1],
                &self.by_modes[place.clone()],
                &self.turned[place.clone()],
                &mut self.part,
            );
            let (rows, columns) = self.half();
            fold::turn(&self.part, columns, rows, &mut self.other_part);
            self.matrices.add_gradient(
                across.0,
                &self.folded[place.clone()],
                &self.other_part,
                &mut self.gradient[across.1.clone()],
                &mut [],
            );
            if index >= 4 {
                self.matrices.input_gradient(
                    across.0,
                    &self.parameters[across.1],
                    &self.other_part,
                    &self.folded[place.clone()],
                    &mut self.part,
                );
                self.folded[place].copy_from_slice(&self.part);
            }
        }
        self.local_gradient(batch, blocks, sites, quarter);
    }

    /// The local channels' gradient, from the one by their folded maps, which `folded` holds.
    fn local_gradient(
        &mut self,
        batch: &SpectralBatch,
        blocks: usize,
        sites: usize,
        quarter: usize,
    ) {
        let shape = self.shape;
        let part = blocks * quarter;
        if shape.local == 0 {
            return;
        }
        let mut gradient = LocalGradient::new(shape.hidden, shape.local);
        let mut means = vec![EMPTY; NODES * shape.local];
        let mut by_maps = vec![EMPTY; shape.local * sites];
        let local = local_parameters(&self.parameters, &self.layout);
        let (folded, sums) = (&self.folded, &self.sums);
        simd::run(
            self.arch,
            #[inline(always)]
            || {
                for block in 0..blocks {
                    for (channel, map) in by_maps.chunks_exact_mut(sites).enumerate() {
                        let folded = &folded[(1 + channel) * 4 * part..][..4 * part];
                        let folded = parts(folded, block, quarter);
                        fold::unfold(map, shape.length, shape.width, folded);
                        let scale = &batch.scales[block];
                        let mut total = EMPTY;
                        for row in &mut *map {
                            for s in 0..BLOCK {
                                row[s] *= scale[s];
                                total[s] -= row[s];
                            }
                        }
                        for (node, weights) in batch.nodes[block].iter().enumerate() {
                            for s in 0..BLOCK {
                                means[node * shape.local + channel][s] += total[s] * weights[s];
                            }
                        }
                    }
                    let sums = &sums[block * sites..][..sites];
                    gradient.add(&local, sums, &by_maps);
                }
            },
        );
        store(
            &gradient.kernel,
            &mut self.gradient[self.layout.kernel.clone()],
        );
        store(
            &gradient.bias,
            &mut self.gradient[self.layout.kernel_bias.clone()],
        );
        store(&gradient.mix, &mut self.gradient[self.layout.mix.clone()]);
        store(&means, &mut self.gradient[self.layout.mean.clone()]);
    }
}

fn zeros(length: usize) -> Vec<f32> {
    vec![0.0; length]
}

fn local_parameters<'p>(parameters: &'p [f32], layout: &SpectralLayout) -> Local<'p> {
    Local {
        kernel: &parameters[layout.kernel.clone()],
        bias: &parameters[layout.kernel_bias.clone()],
        mix: &parameters[layout.mix.clone()],
    }
}

/// Curve `column` of `columns`, `[node, column]`, at the nodes' weights.
#[inline(always)]
fn curve(values: &[f32], columns: usize, column: usize, nodes: &[Row; NODES]) -> Row {
    let mut row = EMPTY;
    for (node, weights) in nodes.iter().enumerate() {
        let value = values[node * columns + column];
        for s in 0..BLOCK {
            row[s] += value * weights[s];
        }
    }
    row
}

/// Block `block` of the four parts of a channel, `[along][across][block][mode or site]`.
#[inline(always)]
fn parts(all: &[Row], block: usize, quarter: usize) -> [[&[Row]; 2]; 2] {
    let size = all.len() / 4;
    let part = |index: usize| &all[index * size + block * quarter..][..quarter];
    [[part(0), part(1)], [part(2), part(3)]]
}

#[inline(always)]
fn parts_mut(all: &mut [Row], block: usize, quarter: usize) -> [[&mut [Row]; 2]; 2] {
    let size = all.len() / 4;
    let (even, odd) = all.split_at_mut(2 * size);
    let (a, b) = even.split_at_mut(size);
    let (c, d) = odd.split_at_mut(size);
    let at = block * quarter..(block + 1) * quarter;
    [
        [&mut a[at.clone()], &mut b[at.clone()]],
        [&mut c[at.clone()], &mut d[at]],
    ]
}

/// Each row's sum.
fn store(rows: &[Row], sums: &mut [f32]) {
    for (row, sum) in rows.iter().zip(sums) {
        *sum = row.iter().sum();
    }
}
