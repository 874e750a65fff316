//! Generated strips for the property tests.

use proptest::prelude::*;

/// A strip of any kind: its size, on-site energies and an energy to solve it at.
#[derive(Debug, Clone)]
pub struct Strip {
    /// Sites in a slice.
    pub width: usize,
    /// On-site energies `[slice, row]`.
    pub onsite: Vec<f64>,
    /// The energy.
    pub energy: f64,
}

impl Strip {
    /// Slices.
    #[must_use]
    pub fn length(&self) -> usize {
        self.onsite.len() / self.width
    }

    /// The strip seen from the other lead.
    #[must_use]
    pub fn mirrored_in_x(&self) -> Self {
        let slices = self.onsite.chunks(self.width).rev();
        Self {
            onsite: slices.flatten().copied().collect(),
            ..*self
        }
    }

    /// The strip upside down.
    #[must_use]
    pub fn mirrored_in_y(&self) -> Self {
        let slices = self.onsite.chunks(self.width);
        Self {
            onsite: slices
                .flat_map(|slice| slice.iter().rev().copied())
                .collect(),
            ..*self
        }
    }
}

/// Strips up to `longest` × `widest`: clean sites, impurities of models II to IV, box disorder of
/// any strength, now and then an absurdly strong or weak scatterer; energies in and out of the
/// band, the bias window among them, not within 1e-3 of a band edge.
pub fn strips(longest: usize, widest: usize) -> impl Strategy<Value = Strip> {
    let site = prop_oneof![
        4 => Just(0.0),
        3 => prop::sample::select(vec![5.0, 2.5, 5.0 / 3.0, 10.0 / 3.0]),
        6 => -2.0..2.0,
        1 => -10.0..10.0,
        1 => prop::sample::select(vec![1e6, -1e9, 1e-9, 1e-300, -1e150]),
    ];
    let energy = prop_oneof![
        2 => Just(0.0),
        3 => -0.18..0.18,
        4 => -4.0..4.0,
        1 => -6.0..6.0,
    ];
    (1..=longest, 1..=widest, energy)
        .prop_filter("too near a band edge", |&(_, width, energy)| {
            distance_to_band_edge(width, energy) > 1e-3
        })
        .prop_flat_map(move |(length, width, energy)| {
            prop::collection::vec(site.clone(), length * width).prop_map(move |onsite| Strip {
                width,
                onsite,
                energy,
            })
        })
}

/// How far `energy` is from the nearest edge of a mode's band.
#[must_use]
pub fn distance_to_band_edge(width: usize, energy: f64) -> f64 {
    let step = std::f64::consts::PI / (width + 1) as f64;
    let distance = |j: usize| {
        let along = energy + 2.0 * (step * j as f64).cos();
        (along.abs() - 2.0).abs()
    };
    (1..=width).map(distance).fold(f64::INFINITY, f64::min)
}
