//! What benchmarks and measuring examples share.

pub(crate) mod peak;

use landauer::StripSize;
use landauer_core::{Concentration, DisorderModel, Ensemble};

/// What strips are made of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Disorder {
    /// Model II, all concentrations.
    ModelII,
    /// Model II at one concentration.
    Concentration(f64),
    /// Model I, w = 4.
    ModelI,
}

impl std::fmt::Display for Disorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ModelII => f.write_str("model II, n uniform"),
            Self::Concentration(n) => write!(f, "model II, n = {n}"),
            Self::ModelI => f.write_str("model I"),
        }
    }
}

impl Disorder {
    /// On-site energies of the first samples with seed 1, `[sample, slice, row]`.
    ///
    /// # Panics
    /// If there is no such ensemble.
    #[must_use]
    pub(crate) fn onsite(self, size: StripSize, samples: usize) -> Vec<f64> {
        let (model, concentration) = match self {
            Self::ModelII => (DisorderModel::II, Concentration::Uniform),
            Self::Concentration(n) => (DisorderModel::II, Concentration::Fixed(n)),
            Self::ModelI => (
                DisorderModel::AndersonBox { strength: 4.0 },
                Concentration::Uniform,
            ),
        };
        let ensemble = Ensemble::new(model, concentration, 1).expect("a possible ensemble");
        let sites = size.length() * size.width();
        let mut onsite = vec![0.0; samples * sites];
        for (index, strip) in (0..).zip(onsite.chunks_exact_mut(sites)) {
            ensemble.sample(index).fill_onsite(strip);
        }
        onsite
    }
}
