//! What determines a sweep's averages.

use landauer_core::{
    BIAS_POINTS, Compact, Concentration, DisorderError, DisorderModel, Ensemble, Parameter,
    bias_average, bias_grid,
};
use serde::{Deserialize, Serialize};

use crate::failure::{Categorised, Category};
use crate::system::{SizeError, StripSize};
use crate::work::MAX_SAMPLES;

/// The most points that a sweep can have.
pub const MAX_POINTS: usize = 10_000;
/// Strips shorter than this have samples of their own at every length of a sweep.
const MAX_SWEPT_LENGTH: u64 = u64::MAX / MAX_SAMPLES;

/// What is varied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    /// The impurity concentration n of models II to IV.
    Concentration,
    /// The disorder strength w of model I, in t.
    Strength,
    /// The length L of the strip, in sites.
    Length,
    /// The energy E, in t.
    Energy,
}

impl Axis {
    /// Its name, as the command line and the tables have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Concentration => "concentration",
            Self::Strength => "strength",
            Self::Length => "length",
            Self::Energy => "energy",
        }
    }
}

/// Which conductance is averaged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Conductance {
    /// G = T(E) at this energy, in t.
    Energy(f64),
    /// Ḡ, the mean of T over the [`bias_grid`] of this bias eV, in t.
    Bias(f64),
}

impl Conductance {
    /// The energies at which T is needed, in t.
    #[must_use]
    pub fn energies(self) -> Vec<f64> {
        match self {
            Self::Energy(energy) => vec![energy],
            Self::Bias(bias) => bias_grid::<f64>(bias).to_vec(),
        }
    }

    /// The conductance in 2e²/h by the transmissions at these energies; `None` if they are not as many
    /// as the energies.
    #[must_use]
    pub fn of(self, transmissions: &[f64]) -> Option<f64> {
        match self {
            Self::Bias(_) => <&[f64; BIAS_POINTS]>::try_from(transmissions)
                .ok()
                .map(bias_average),
            Self::Energy(_) => match transmissions {
                &[transmission] => Some(transmission),
                _ => None,
            },
        }
    }
}

/// All that determines the averages, but for the number of samples and the solver. What is swept
/// stands in `values`; the field of its fixed value does not count.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepConfig {
    /// The disorder model.
    pub model: DisorderModel,
    /// The impurity concentration of models II to IV; model I ignores it.
    pub concentration: f64,
    /// The seed.
    pub seed: u64,
    /// The size of the strips.
    pub size: StripSize,
    /// Which conductance.
    pub conductance: Conductance,
    /// What is swept.
    pub axis: Axis,
    /// Its values in ascending order.
    pub values: Vec<f64>,
    /// Samples in a block, the unit of work ([`default_block`]): sums are formed block by block,
    /// and so it has its part in the last bits of the averages.
    pub block: u64,
}

/// One point of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The samples.
    pub ensemble: Ensemble,
    /// The number of the first of them.
    pub first: u64,
    /// The size of the strips.
    pub size: StripSize,
    /// Which conductance.
    pub conductance: Conductance,
}

/// The number of samples in a block: at most 1024, at least 64, a power of two, fewer where
/// samples are dear, so that a kill loses seconds and not hours.
#[must_use]
pub fn default_block(longest: StripSize, energies: usize) -> u64 {
    /// Multiplications, roughly, that are worth a block.
    const WORK: u128 = 1 << 36;
    let [length, width] = longest.sides();
    let cubed = (width as u128).saturating_pow(3);
    let per_sample = cubed
        .saturating_mul(length as u128)
        .saturating_mul(energies as u128);
    let fitting = (WORK / per_sample.max(1)).clamp(64, 1024);
    1 << fitting.ilog2()
}

impl SweepConfig {
    /// The same in blocks of the [usual size](default_block), by the longest strip of the sweep.
    ///
    /// # Errors
    /// As [`check`](Self::check), whatever the block was before.
    pub fn in_usual_blocks(mut self) -> Result<Self, SweepError> {
        self.block = 1;
        self.check()?;
        let lengths = self.points()?.into_iter().map(|point| point.size);
        let longest = lengths.max_by_key(|size| size.length());
        let longest = longest.unwrap_or(self.size);
        self.block = default_block(longest, self.conductance.energies().len());
        Ok(self)
    }

    /// Checks the configuration.
    ///
    /// # Errors
    /// The first thing in it that is invalid.
    pub fn check(&self) -> Result<(), SweepError> {
        let count = self.values.len();
        if !(1..=MAX_POINTS).contains(&count) {
            return Err(SweepError::Points(count));
        }
        let parameter = self.model.parameter();
        match self.axis {
            Axis::Concentration if parameter != Some(Parameter::Concentration) => {
                return Err(SweepError::NoConcentration);
            }
            Axis::Strength if parameter != Some(Parameter::Strength) => {
                return Err(SweepError::NoStrength);
            }
            Axis::Length if parameter.is_none() => return Err(SweepError::GivenLength),
            Axis::Energy if matches!(self.conductance, Conductance::Bias(_)) => {
                return Err(SweepError::EnergyAndBias);
            }
            _ => {}
        }
        if let Some(&value) = self.values.iter().find(|value| !value.is_finite()) {
            return Err(SweepError::Value(value));
        }
        let falling = self.values.windows(2).find(|pair| pair[0] >= pair[1]);
        if let Some(pair) = falling {
            return Err(SweepError::Order(pair[0], pair[1]));
        }
        for &value in &self.values {
            let point = self.at(value)?;
            match point.conductance {
                Conductance::Energy(energy) if !energy.is_finite() => {
                    return Err(SweepError::Energy(energy));
                }
                Conductance::Bias(bias) if !(bias.is_finite() && bias > 0.0) => {
                    return Err(SweepError::Bias(bias));
                }
                _ => {}
            }
        }
        if !(1..=1 << 20).contains(&self.block) {
            return Err(SweepError::Block(self.block));
        }
        Ok(())
    }

    /// The points, in ascending order of what is swept.
    ///
    /// # Errors
    /// An invalid value.
    pub fn points(&self) -> Result<Vec<Point>, SweepError> {
        self.values.iter().map(|&value| self.at(value)).collect()
    }

    /// The point at this value of what is swept.
    fn at(&self, value: f64) -> Result<Point, SweepError> {
        let Self {
            mut model,
            mut concentration,
            mut size,
            mut conductance,
            ..
        } = *self;
        // Everywhere else the points have the same samples (common random numbers), which makes
        // differences between them sharper than their errors. But the errors of a localisation
        // length are right only if the lengths know nothing of each other, and a longer strip
        // would begin with the shorter one of the same number.
        let mut first = 0;
        match self.axis {
            Axis::Concentration => concentration = value,
            Axis::Strength => model = model.with_strength(value),
            Axis::Length => {
                let length = whole(value).ok_or(SweepError::Length(value))?;
                size = StripSize::new(length, size.width())?;
                first = length as u64 * MAX_SAMPLES;
            }
            Axis::Energy => conductance = Conductance::Energy(value),
        }
        let concentration = if model.has_impurities() {
            Concentration::Fixed(concentration)
        } else {
            Concentration::Uniform
        };
        Ok(Point {
            ensemble: Ensemble::new(model, concentration, self.seed)?,
            first,
            size,
            conductance,
        })
    }
}

/// A number of slices.
fn whole(value: f64) -> Option<usize> {
    let fits = value >= 1.0 && value < MAX_SWEPT_LENGTH as f64 && value.fract() == 0.0;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive whole number below 2^24"
    )]
    fits.then_some(value as usize)
}

/// Why a sweep is invalid.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SweepError {
    /// The size of the strips.
    #[error(transparent)]
    Size(#[from] SizeError),
    /// A strength or concentration.
    #[error(transparent)]
    Disorder(#[from] DisorderError),
    /// No point, or too many.
    #[error("invalid number of points {0}: a sweep has 1 to {MAX_POINTS}")]
    Points(usize),
    /// A value that is infinite or NaN.
    #[error("the value {0} is not a finite number")]
    Value(f64),
    /// The values do not ascend.
    #[error("the values of a sweep must strictly ascend: {} is followed by {}", Compact(*.0), Compact(*.1))]
    Order(f64, f64),
    /// A length that is no number of slices.
    #[error("invalid length {}: a length is a whole number of sites from 1 to {most}", Compact(*.0), most = MAX_SWEPT_LENGTH - 1)]
    Length(f64),
    /// The energy is infinite or NaN.
    #[error("the energy {0} is not a finite number")]
    Energy(f64),
    /// The bias is not above 0, infinite or NaN.
    #[error("the bias must be finite and above 0, not {}", Compact(*.0))]
    Bias(f64),
    /// Given on-site energies have the length that they have.
    #[error("given on-site energies have one length: sweep the energy")]
    GivenLength,
    /// Model I has no concentration to sweep.
    #[error("model 1 has no impurity concentration: sweep its strength, or choose model 2, 3 or 4")]
    NoConcentration,
    /// Models II to IV have no strength to sweep.
    #[error("only model 1 has a disorder strength: sweep the concentration, or choose model 1")]
    NoStrength,
    /// A sweep of the energy has no bias.
    #[error("a sweep of the energy gives G at each energy, and takes no bias")]
    EnergyAndBias,
    /// Blocks of zero samples, or of too many.
    #[error("invalid block of {0} samples: a block has 1 to {max} samples", max = 1 << 20)]
    Block(u64),
}

impl Categorised for SweepError {
    fn category(&self) -> Category {
        Category::Usage
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Model I, 3 sites wide, at three lengths.
    pub(in crate::averages) fn lengths() -> SweepConfig {
        SweepConfig {
            model: DisorderModel::AndersonBox { strength: 4.0 },
            concentration: 0.0,
            seed: 7,
            size: StripSize::new(1, 3).unwrap(),
            conductance: Conductance::Energy(0.0),
            axis: Axis::Length,
            values: vec![2.0, 4.0, 8.0],
            block: 64,
        }
    }

    #[test]
    fn blocks_are_smaller_where_samples_are_dear() {
        for (length, width, energies, expected) in [
            (40, 40, 10, 1024),
            (10, 10, 1, 1024),
            (80, 80, 10, 128),
            (160, 160, 10, 64),
            (1 << 31, 1 << 31, 10, 64),
        ] {
            let found = default_block(StripSize::new(length, width).unwrap(), energies);
            assert_eq!(found, expected, "{length} x {width}");
        }
    }

    #[test]
    fn lengths_have_samples_of_their_own_and_all_other_points_share_theirs() {
        let mut config = lengths();
        let points = config.points().unwrap();
        let firsts: Vec<u64> = points.iter().map(|point| point.first >> 40).collect();
        assert_eq!(firsts, [2, 4, 8]);
        config.axis = Axis::Strength;
        let points = config.points().unwrap();
        assert!(points.iter().all(|point| point.first == 0));
        let strengths: Vec<_> = points.iter().map(|point| point.ensemble.model()).collect();
        assert_eq!(strengths[2], DisorderModel::AndersonBox { strength: 8.0 });
        config.axis = Axis::Energy;
        let points = config.points().unwrap();
        assert_eq!(points[1].conductance.energies(), [4.0]);
    }

    #[test]
    fn the_conductance_is_that_of_the_energies() {
        assert_eq!(Conductance::Energy(0.3).of(&[2.5]), Some(2.5));
        // As many transmissions as energies, or none at all.
        assert_eq!(Conductance::Energy(0.3).of(&[2.5, 1.0]), None);
        assert_eq!(Conductance::Bias(0.36).of(&[2.5]), None);
        let grid: Vec<f64> = (0..10).map(f64::from).collect();
        let bias = Conductance::Bias(0.36);
        assert_eq!((bias.of(&grid), bias.energies().len()), (Some(4.5), 10));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let error = |change: fn(&mut SweepConfig)| {
            let mut config = lengths();
            change(&mut config);
            config.check().unwrap_err()
        };
        lengths().check().unwrap();
        assert_eq!(error(|c| c.values.clear()), SweepError::Points(0));
        assert_eq!(
            error(|c| c.values = vec![4.0, 4.0]),
            SweepError::Order(4.0, 4.0)
        );
        assert_eq!(error(|c| c.values = vec![2.5]), SweepError::Length(2.5));
        assert_eq!(error(|c| c.values = vec![0.0]), SweepError::Length(0.0));
        assert_eq!(error(|c| c.values = vec![1e9]), SweepError::Length(1e9));
        assert!(matches!(
            error(|c| c.values = vec![f64::NAN]),
            SweepError::Value(_)
        ));
        assert_eq!(
            error(|c| c.axis = Axis::Concentration),
            SweepError::NoConcentration
        );
        assert_eq!(
            error(|c| {
                c.model = DisorderModel::II;
                c.axis = Axis::Strength;
            }),
            SweepError::NoStrength
        );
        assert!(matches!(
            error(|c| {
                c.model = DisorderModel::II;
                c.axis = Axis::Concentration;
            }),
            SweepError::Disorder(DisorderError::Concentration(_))
        ));
        assert_eq!(
            error(|c| {
                c.conductance = Conductance::Bias(1.0);
                c.axis = Axis::Energy;
            }),
            SweepError::EnergyAndBias
        );
        assert_eq!(
            error(|c| c.conductance = Conductance::Bias(-1.0)),
            SweepError::Bias(-1.0)
        );
        assert!(matches!(
            error(|c| c.conductance = Conductance::Energy(f64::INFINITY)),
            SweepError::Energy(_)
        ));
        assert_eq!(error(|c| c.block = 0), SweepError::Block(0));
    }
}
