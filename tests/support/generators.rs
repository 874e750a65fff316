//! Generated strips for the property tests.

use landauer::StripSize;
use landauer_core::{Concentration, DisorderModel, Ensemble};
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

    /// Its size.
    ///
    /// # Panics
    /// Never: a strip has sites.
    #[must_use]
    pub fn size(&self) -> StripSize {
        StripSize::new(self.length(), self.width).unwrap()
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

/// Lengths and widths from 1 to 50; now and then a very long strip or a very wide one.
///
/// # Panics
/// Never: they have sites.
pub fn sizes() -> impl Strategy<Value = StripSize> {
    prop_oneof![
        3 => (1..=12_usize, 1..=12_usize),
        5 => (1..=50_usize, 1..=50_usize),
        1 => (100..=300_usize, 1..=5_usize),
        1 => (1..=3_usize, 80..=120_usize),
    ]
    .prop_map(|(length, width)| StripSize::new(length, width).unwrap())
}

/// The disorder models, weak and strong, with few and many impurities.
///
/// # Panics
/// Never: all of these models exist.
pub fn ensembles() -> impl Strategy<Value = Ensemble> {
    let model = prop_oneof![
        2 => (0.1..8.0).prop_map(|strength| DisorderModel::AndersonBox { strength }),
        3 => Just(DisorderModel::II),
        1 => Just(DisorderModel::III),
        1 => Just(DisorderModel::IV),
    ];
    let concentration = prop_oneof![
        3 => Just(Concentration::Uniform),
        3 => (0.0..0.2).prop_map(Concentration::Fixed),
        1 => Just(Concentration::Fixed(1.0)),
    ];
    (model, concentration, any::<u64>()).prop_map(|(model, concentration, seed)| {
        Ensemble::new(model, concentration, seed).expect("a model of the paper's")
    })
}

/// A strip of a disorder model, known by its numbers.
#[derive(Debug, Clone, Copy)]
pub struct Sampled {
    /// Its model, concentration and seed.
    pub ensemble: Ensemble,
    /// Its number in the ensemble.
    pub number: u64,
    /// Its size.
    pub size: StripSize,
    /// The energy to solve it at.
    pub energy: f64,
}

impl Sampled {
    /// The strip itself.
    #[must_use]
    pub fn strip(&self) -> Strip {
        let mut onsite = vec![0.0; self.size.length() * self.size.width()];
        self.ensemble.sample(self.number).fill_onsite(&mut onsite);
        Strip {
            width: self.size.width(),
            onsite,
            energy: self.energy,
        }
    }
}

/// Samples of the models at any of [`sizes`]; the energies are the band centre or what is left and
/// right of the border to other plans, the bias window, in and out of the band, not within 1e-3
/// of a band edge.
pub fn samples() -> impl Strategy<Value = Sampled> {
    let energy = prop_oneof![
        3 => Just(0.0),
        1 => prop::sample::select(vec![1e-3, -5e-3, 9e-3, 1.1e-2, -2e-2]),
        2 => -0.18..0.18,
        3 => -4.0..4.0,
        1 => prop::sample::select(vec![-2.0, -1.0, 0.5, 1.0, 2.0, 2.5, 3.0]),
        1 => -6.0..6.0,
    ];
    (sizes(), ensembles(), energy)
        .prop_filter("too near a band edge", |&(size, _, energy)| {
            distance_to_band_edge(size.width(), energy) > 1e-3
        })
        .prop_map(|(size, ensemble, energy)| Sampled {
            ensemble,
            number: 0,
            size,
            energy,
        })
}

/// Strips that contain blocks of equal sites which are singular at the energy for many cuts: what is
/// made for clean blocks of zeros knows nothing of these.
///
/// # Panics
/// Never: the background's model exists.
pub fn treacherous() -> impl Strategy<Value = Strip> {
    let energy = prop::sample::select(vec![0.0, 0.5, -0.25, 1.25]);
    // E − ε is 0, or ±1, ±2 as in two and four sites that are singular by themselves.
    let beside = prop::sample::select(vec![0.0, 0.0, 0.0, 1.0, -1.0, 2.0]);
    let rectangle = (0.0..1.0, 0.0..1.0, 0.3..1.0, 0.3..1.0);
    let background = prop::sample::select(vec![0.0, 0.0, 1.0, 2.0]);
    let rectangles = prop::collection::vec((rectangle, beside), 1..4);
    (
        4..=16_usize,
        2..=14_usize,
        energy,
        background,
        rectangles,
        any::<u64>(),
    )
        .prop_map(|(length, width, energy, background, rectangles, seed)| {
            let model = DisorderModel::AndersonBox {
                strength: background,
            };
            let ensemble = Ensemble::new(model, Concentration::Uniform, seed).expect("an ensemble");
            let sampled = Sampled {
                ensemble,
                number: 0,
                size: StripSize::new(length, width).unwrap(),
                energy,
            };
            let mut strip = sampled.strip();
            for ((x, y, long, wide), beside) in rectangles {
                for (site, onsite) in strip.onsite.iter_mut().enumerate() {
                    let (slice, row) = (site / width, site % width);
                    let inside = |at: usize, side: usize, begin: f64, share: f64| {
                        let at = (at as f64 + 0.5) / side as f64 - begin * (1.0 - share);
                        (0.0..share).contains(&at)
                    };
                    if inside(slice, length, x, long) && inside(row, width, y, wide) {
                        *onsite = energy + beside;
                    }
                }
            }
            strip
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
