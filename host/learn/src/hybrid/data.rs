//! The samples of a data set as what a hybrid is fitted to.

use landauer_core::inference::Target;
use sha2::{Digest, Sha256};

use super::error::FitError;
use super::strips::SolvedStrips;
use crate::evaluation::{Baseline, SampleRange, TrainedOn, impurities, target_values};
use landauer::dataset::Dataset;
use landauer::internal::files::hexadecimal;

/// Strips, and where they come from.
#[derive(Debug, Clone)]
pub struct Samples {
    /// The solved strips.
    pub strips: SolvedStrips,
    /// Which they are.
    pub trained_on: TrainedOn,
    /// A hash of what was learned.
    pub data_hash: [u8; 32],
    /// What counting impurities is worth.
    pub baseline: Baseline,
}

impl Samples {
    /// Reads all samples of a data set.
    ///
    /// # Errors
    /// A data set that is unreadable, of model I, or without the energies of the target.
    pub fn read(dataset: &Dataset, target: Target) -> Result<Self, FitError> {
        let config = dataset.config();
        let disorder = config.ensemble.model();
        if !disorder.has_impurities() {
            return Err(FitError::Disorder);
        }
        let columns = columns(dataset, target)?;
        let sites = config.size.sites();
        let samples = dataset.samples();
        let (mut counts, mut transmissions, mut exact) = (Vec::new(), Vec::new(), Vec::new());
        let mut hash = Sha256::new();
        hash.update(format!(
            "{:?} {:?} {target:?}",
            config.ensemble, config.size
        ));
        let mut first = 0;
        while first < samples {
            let end = samples.min(first + config.chunk_samples);
            let onsite = dataset.onsite(first..end)?;
            counts.extend(
                onsite
                    .chunks_exact(sites)
                    .map(|strip| u32::try_from(impurities(strip)).unwrap_or(u32::MAX)),
            );
            for row in dataset
                .transmission(first..end)?
                .chunks_exact(config.energies.len())
            {
                let value = |column: Option<usize>| {
                    column
                        .and_then(|column| row.get(column))
                        .copied()
                        .unwrap_or(f64::NAN)
                };
                transmissions.push(columns.map(value));
            }
            exact.extend(target_values(dataset, &[target], first..end)?);
            first = end;
        }
        for number in transmissions.as_flattened().iter().chain(&exact) {
            hash.update(number.to_le_bytes());
        }
        let data_hash: [u8; 32] = hash.finalize().into();
        let wide: Vec<usize> = counts.iter().map(|&count| count as usize).collect();
        let baseline = Baseline::fit(disorder, sites, &[target], &wide, &exact)?;
        let bias = match target {
            Target::BiasAverage { bias } => bias,
            _ => 0.0,
        };
        Ok(Self {
            strips: SolvedStrips {
                ensemble: config.ensemble,
                size: [config.size.length(), config.size.width()],
                bias,
                transmissions,
                exact,
                counts,
            },
            trained_on: TrainedOn {
                disorder,
                size: config.size,
                samples: vec![SampleRange {
                    seed: config.ensemble.seed(),
                    first: 0,
                    end: samples,
                }],
                data_hash: hexadecimal(&data_hash),
            },
            data_hash,
            baseline,
        })
    }
}

/// Where in a data set the Fermi energy and the points of the bias grid are.
fn columns(dataset: &Dataset, target: Target) -> Result<[Option<usize>; 11], FitError> {
    let config = dataset.config();
    let lacks = FitError::Energies { target };
    let fermi = config.fermi_column();
    if fermi.is_none() {
        return Err(lacks);
    }
    let mut columns = [None; 11];
    columns[0] = fermi;
    if let Target::BiasAverage { bias } = target {
        let grid = config.bias_columns().filter(|_| config.bias == Some(bias));
        let grid = grid.ok_or(lacks)?;
        for (slot, column) in columns[1..].iter_mut().zip(grid) {
            *slot = Some(column);
        }
    }
    Ok(columns)
}
