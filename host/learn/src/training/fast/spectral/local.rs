//! Channels that see a site with its eight neighbours: symmetric 3×3 kernels, ReLU, a mix of them.

use super::super::samples::BLOCK;
use super::super::tile::Row;
use super::shape::ORBITS;

/// The parameters of the local channels, or their gradient.
pub(super) struct Local<'p> {
    /// `[orbit, hidden]`
    pub(super) kernel: &'p [f32],
    /// `[hidden]`
    pub(super) bias: &'p [f32],
    /// `[hidden, local]`
    pub(super) mix: &'p [f32],
}

/// Sums over the orbits of a site's neighbourhood, outside the strip zeros: `[site, orbit]`.
#[inline(always)]
pub(super) fn orbits(values: &[Row], length: usize, width: usize, sums: &mut [[Row; ORBITS]]) {
    const NOTHING: Row = [0.0; BLOCK];
    let at = |x: usize, y: usize| {
        // Left of the strip, x wraps around to a number beyond it.
        if x < length && y < width {
            &values[x * width + y]
        } else {
            &NOTHING
        }
    };
    for x in 0..length {
        let (left, right) = (x.wrapping_sub(1), x + 1);
        for y in 0..width {
            let (below, above) = (y.wrapping_sub(1), y + 1);
            let sum = &mut sums[x * width + y];
            sum[0] = *at(x, y);
            let (a, b) = (at(left, y), at(right, y));
            let (c, d) = (at(x, below), at(x, above));
            let (e, f) = (at(left, below), at(left, above));
            let (g, h) = (at(right, below), at(right, above));
            for s in 0..BLOCK {
                sum[1][s] = a[s] + b[s];
                sum[2][s] = c[s] + d[s];
                sum[3][s] = (e[s] + f[s]) + (g[s] + h[s]);
            }
        }
    }
}

/// A hidden unit's sum.
#[inline(always)]
fn hidden(local: &Local, unit: usize, sums: &[Row; ORBITS]) -> Row {
    let units = local.bias.len();
    let mut row = [local.bias[unit]; BLOCK];
    for orbit in 0..ORBITS {
        let weight = local.kernel[orbit * units + unit];
        for s in 0..BLOCK {
            row[s] = weight.mul_add(sums[orbit][s], row[s]);
        }
    }
    row
}

/// The channels' maps (mix − mean)·scale, `[local][site]`; `means` is `[local]`.
#[inline(always)]
pub(super) fn forward(
    local: &Local,
    sums: &[[Row; ORBITS]],
    means: &[Row],
    scale: &Row,
    maps: &mut [Row],
) {
    let channels = means.len();
    for site in 0..sums.len() {
        for channel in 0..channels {
            let row = &mut maps[channel * sums.len() + site];
            for s in 0..BLOCK {
                row[s] = -means[channel][s];
            }
        }
        for unit in 0..local.bias.len() {
            let mut active = hidden(local, unit, &sums[site]);
            for s in 0..BLOCK {
                active[s] = active[s].max(0.0);
            }
            for channel in 0..channels {
                let weight = local.mix[unit * channels + channel];
                let row = &mut maps[channel * sums.len() + site];
                for s in 0..BLOCK {
                    row[s] = weight.mul_add(active[s], row[s]);
                }
            }
        }
        for channel in 0..channels {
            let row = &mut maps[channel * sums.len() + site];
            for s in 0..BLOCK {
                row[s] *= scale[s];
            }
        }
    }
}

/// The gradient of the local channels' parameters, spread over a block's columns.
#[derive(Debug, Clone)]
pub(super) struct LocalGradient {
    /// `[orbit, hidden]`
    pub(super) kernel: Vec<Row>,
    /// `[hidden]`
    pub(super) bias: Vec<Row>,
    /// `[hidden, local]`
    pub(super) mix: Vec<Row>,
}

impl LocalGradient {
    pub(super) fn new(hidden: usize, local: usize) -> Self {
        Self {
            kernel: vec![[0.0; BLOCK]; ORBITS * hidden],
            bias: vec![[0.0; BLOCK]; hidden],
            mix: vec![[0.0; BLOCK]; hidden * local],
        }
    }

    /// Adds a block's share; `by_maps` is the gradient by all channels' maps before they are
    /// scaled, `[local][site]`.
    #[inline(always)]
    pub(super) fn add(&mut self, local: &Local, sums: &[[Row; ORBITS]], by_maps: &[Row]) {
        let units = local.bias.len();
        let channels = local.mix.len() / units;
        let mut mix = vec![[0.0; BLOCK]; channels];
        for unit in 0..units {
            let mut kernel = [[0.0; BLOCK]; ORBITS];
            let mut bias = [0.0; BLOCK];
            mix.fill([0.0; BLOCK]);
            for (site, sums) in sums.iter().enumerate() {
                let row = hidden(local, unit, sums);
                let mut by_row = [0.0; BLOCK];
                for channel in 0..channels {
                    let weight = local.mix[unit * channels + channel];
                    let by_map = &by_maps[channel * (by_maps.len() / channels) + site];
                    let mix = &mut mix[channel];
                    for s in 0..BLOCK {
                        mix[s] = by_map[s].mul_add(row[s].max(0.0), mix[s]);
                        by_row[s] = by_map[s].mul_add(weight, by_row[s]);
                    }
                }
                for s in 0..BLOCK {
                    by_row[s] = if row[s] > 0.0 { by_row[s] } else { 0.0 };
                    bias[s] += by_row[s];
                }
                for orbit in 0..ORBITS {
                    for s in 0..BLOCK {
                        kernel[orbit][s] = by_row[s].mul_add(sums[orbit][s], kernel[orbit][s]);
                    }
                }
            }
            for channel in 0..channels {
                add(&mut self.mix[unit * channels + channel], &mix[channel]);
            }
            add(&mut self.bias[unit], &bias);
            for orbit in 0..ORBITS {
                add(&mut self.kernel[orbit * units + unit], &kernel[orbit]);
            }
        }
    }
}

fn add(to: &mut Row, from: &Row) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from;
    }
}
