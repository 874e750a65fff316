//! The samples of a step, in the order in which the network reads them.

use super::super::samples::{BLOCK, Samples};
use super::super::tile::Row;
use super::shape::{NODES, deviation_scale, node_weights};

/// A batch of strips, `[block][site][sample]`, and what their shares of impurities make.
#[derive(Debug, Clone, Default)]
pub struct SpectralBatch {
    count: usize,
    sites: usize,
    pub(super) values: Vec<Row>,
    /// The share of impurities, `[block][sample]`.
    pub(super) shares: Vec<Row>,
    /// The factor of a deviation, `[block][sample]`.
    pub(super) scales: Vec<Row>,
    /// Subtracted from a site's value, `[block][sample]`.
    pub(super) means: Vec<Row>,
    /// The nodes' weights, `[block][node][sample]`.
    pub(super) nodes: Vec<[Row; NODES]>,
}

impl SpectralBatch {
    /// An empty batch of strips with this number of sites.
    #[must_use]
    pub fn new(sites: usize) -> Self {
        Self {
            sites,
            ..Self::default()
        }
    }

    /// Samples in the batch.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    pub(super) const fn blocks(&self) -> usize {
        self.shares.len()
    }

    /// Replaces the batch by strips of species codes `[sample][site]`; species s has the value
    /// `values[s]`, species 0 (no impurity) 0, and an impurity has the value `mean` on average.
    ///
    /// A species beyond `values` counts as the last one.
    pub fn fill<'r>(
        &mut self,
        strips: impl ExactSizeIterator<Item = &'r [u8]>,
        values: &[f32],
        mean: f32,
    ) {
        self.count = strips.len();
        let blocks = Samples::blocks(self.count);
        self.values.clear();
        self.values.resize(blocks * self.sites, [0.0; BLOCK]);
        self.shares.clear();
        self.shares.resize(blocks, [0.0; BLOCK]);
        let mut table = [0.0; 256];
        if let Some(last) = values.last() {
            table[1..].fill(*last);
        }
        for (slot, value) in table.iter_mut().zip(values) {
            *slot = *value;
        }
        for (sample, strip) in strips.enumerate() {
            let (block, column) = (sample / BLOCK, sample % BLOCK);
            let rows = &mut self.values[block * self.sites..][..self.sites];
            let mut impurities = 0_u32;
            for (row, species) in rows.iter_mut().zip(strip) {
                row[column] = table[usize::from(*species)];
                impurities += u32::from(*species != 0);
            }
            self.shares[block][column] = impurities as f32 / self.sites as f32;
        }
        let shares = self.shares.iter();
        self.scales = shares.clone().map(|row| row.map(deviation_scale)).collect();
        self.means = shares.clone().map(|row| row.map(|n| n * mean)).collect();
        self.nodes = shares
            .map(|row| {
                let weights = row.map(node_weights);
                std::array::from_fn(|node| std::array::from_fn(|at| weights[at][node]))
            })
            .collect();
    }
}
