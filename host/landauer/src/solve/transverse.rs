//! The transverse modes of a lead on its sites.

/// φ_j(y) = √(2/(W+1)) sin(πjy/(W+1)), by one table of sines: the product jy modulo the period of
/// 2(W+1).
#[derive(Debug)]
pub(crate) struct TransverseModes {
    sines: Vec<f64>,
}

impl TransverseModes {
    /// Of a lead `width` sites wide.
    pub(crate) fn new(width: usize) -> Self {
        let angle = std::f64::consts::PI / (width + 1) as f64;
        let scale = (2.0 / (width + 1) as f64).sqrt();
        let sine = |step: usize| scale * libm::sin(angle * step as f64);
        Self {
            sines: (0..2 * (width + 1)).map(sine).collect(),
        }
    }

    /// The amplitude of a mode in a row, both counted from 0.
    pub(crate) fn at(&self, mode: usize, row: usize) -> f64 {
        self.sines[(mode + 1) * (row + 1) % self.sines.len()]
    }
}
