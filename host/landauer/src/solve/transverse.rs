//! The transverse modes of a lead on its sites, and what follows from them.

use landauer_core::transport::Lead;

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

/// −Re Σ and −Im Σ, `[row, row]`: Σ = −Σ_j φ_j exp(ik_j) φ_j, φ_j the transverse modes.
pub(crate) fn self_energy(lead: Lead<f64>) -> (Vec<f64>, Vec<f64>) {
    let width = lead.width();
    let modes = TransverseModes::new(width);
    let mut shift = vec![0.0; width * width];
    let mut drain = vec![0.0; width * width];
    for j in 0..width {
        let (re, im) = lead.surface_factor(j);
        for row in 0..width {
            for column in 0..width {
                let product = modes.at(j, row) * modes.at(j, column);
                shift[row * width + column] += re * product;
                drain[row * width + column] += im * product;
            }
        }
    }
    (shift, drain)
}

/// What comes in by each propagating mode, of unit flux: √(2 sin k)·φ, `[mode, row]`.
pub(crate) fn incoming(lead: Lead<f64>) -> Vec<f64> {
    let modes = TransverseModes::new(lead.width());
    let of_mode = |mode| {
        let velocity = (2.0 * lead.mode(mode).sine()).sqrt();
        let modes = &modes;
        (0..lead.width()).map(move |row| velocity * modes.at(mode, row))
    };
    lead.open_range().flat_map(of_mode).collect()
}

/// A mode with a smaller |sin k| is at its band edge, where its Green's function diverges.
const EDGE: f64 = 1e-6;

/// Is a mode at its band edge?
pub(crate) fn has_mode_at_edge(lead: Lead<f64>) -> bool {
    (0..lead.width()).any(|mode| lead.mode(mode).sine() < EDGE)
}
