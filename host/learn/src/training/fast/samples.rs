//! Samples in the order in which the chain reads them.

use super::tile::Row;
use super::transpose::transpose;

/// Samples in a block.
pub const BLOCK: usize = 32;

/// A batch of samples, `[block][feature][sample]`.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    features: usize,
    count: usize,
    values: Vec<f32>,
}

impl Samples {
    /// No samples yet, of this number of features.
    #[must_use]
    pub const fn new(features: usize) -> Self {
        Self {
            features,
            count: 0,
            values: Vec::new(),
        }
    }

    /// Features of a sample.
    #[must_use]
    pub const fn features(&self) -> usize {
        self.features
    }

    /// The number of samples.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Blocks that this number of samples needs.
    pub(super) const fn blocks(count: usize) -> usize {
        count.div_ceil(BLOCK)
    }

    /// Replaces the batch by `rows`, each sample's features in their order.
    ///
    /// A sample with more features than these loses the last ones, one with fewer is
    /// followed by zeros.
    pub fn fill<'r>(&mut self, rows: impl ExactSizeIterator<Item = &'r [f32]>) {
        self.count = rows.len();
        let needed = Self::blocks(self.count) * self.features * BLOCK;
        self.values.clear();
        self.values.resize(needed, 0.0);
        let mut rows = rows;
        for block in self.values.chunks_exact_mut((self.features * BLOCK).max(1)) {
            let block = block.as_chunks_mut::<BLOCK>().0;
            let mut group: [&[f32]; BLOCK] = [&[]; BLOCK];
            for (slot, row) in group.iter_mut().zip(&mut rows) {
                *slot = row;
            }
            transpose(&group, block);
        }
    }

    /// All values, row by row.
    pub(super) fn rows(&self) -> &[Row] {
        self.values.as_chunks().0
    }
}

/// `[block][feature][sample]` to `[sample][feature]`, the first `count` samples.
pub(super) fn gather(rows: &[Row], features: usize, count: usize, values: &mut Vec<f32>) {
    values.clear();
    for sample in 0..count {
        let rows = &rows[sample / BLOCK * features..][..features];
        values.extend(rows.iter().map(|row| row[sample % BLOCK]));
    }
}
