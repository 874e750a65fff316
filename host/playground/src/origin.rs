//! Where the on-site energies of a strip come from: drawn by a rule that a link can name, or shaped.

use landauer::{Concentration, DisorderError, DisorderModel, Ensemble, StripSize};
use landauer_core::{NUMBERED_MODELS, NumberedModel};
use serde::{Deserialize, Serialize};

use crate::Strip;
use crate::strip::{StripProblem, checked_size};

/// The farthest that a random potential is smoothed, in sites.
const MAX_RADIUS: usize = 10;

/// The largest seed and sample: JavaScript's numbers tell all whole ones apart up to here.
const LARGEST_NUMBER: u64 = (1 << 53) - 1;

/// A rule that draws a strip of any size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Origin {
    /// No disorder: all on-site energies are 0.
    Clean {},
    /// A sample of a disorder model that has a number: that of `landauer solve --disorder`.
    Disorder {
        /// The number of the model, 1 to 4.
        model: u8,
        /// The impurity concentration n of models II to IV, or the strength w of model I in t.
        parameter: f64,
        /// The seed.
        seed: u64,
        /// The sample.
        sample: u64,
    },
    /// A random potential that is smooth on the scale of some sites: sample 0 of model I, averaged over
    /// the sites that are at most `radius` away in either direction.
    Potential {
        /// The largest and the smallest energy are ±this, in t.
        height: f64,
        /// How far it is smoothed, in sites.
        radius: usize,
        /// The seed.
        seed: u64,
    },
}

/// Walls of one on-site energy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Shape {
    /// Two wedges that leave an opening of some rows in the middle.
    PointContact {
        /// The on-site energy of the walls, in t.
        energy: f64,
        /// Rows of the opening.
        opening: usize,
    },
    /// A wall across the middle (two slices, one where the length is odd) with a slit of some rows.
    Slit {
        /// The on-site energy of the wall, in t.
        energy: f64,
        /// Rows of the slit.
        opening: usize,
    },
}

/// Why a strip is not drawn.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// The size.
    #[error(transparent)]
    Strip(#[from] StripProblem),
    /// The parameter of a disorder model.
    #[error(transparent)]
    Disorder(#[from] DisorderError),
    /// No disorder model has this number.
    #[error("there is no disorder model {0}: 1 to {last} (I to IV)", last = NUMBERED_MODELS.len())]
    Model(u8),
    /// A seed or a sample that JavaScript would round.
    #[error("{0} is too large for a seed or a sample here: at most {LARGEST_NUMBER}")]
    Number(u64),
    /// A height or an energy that is not a finite number from zero up.
    #[error("an energy of {0} t: a finite number is needed, not below 0 for a random potential")]
    Energy(f64),
    /// A random potential is not smoothed as far.
    #[error(
        "a random potential is averaged over 0 to {MAX_RADIUS} sites in each direction, not {0}"
    )]
    Radius(usize),
    /// An opening wider than the strip.
    #[error("an opening of {opening} rows in a strip of {width}")]
    Opening {
        /// Rows of the opening.
        opening: usize,
        /// Rows of the strip.
        width: usize,
    },
}

impl Origin {
    /// The ensemble that a sample is drawn from; none where it is no sample.
    ///
    /// # Errors
    /// A model that is not there, a parameter that it does not take.
    pub fn ensemble(&self) -> Result<Option<Ensemble>, OriginError> {
        let Self::Disorder {
            model,
            parameter,
            seed,
            ..
        } = *self
        else {
            return Ok(None);
        };
        let numbered = NumberedModel::with_number(model).ok_or(OriginError::Model(model))?;
        let (disorder, concentration) = if numbered.model.has_impurities() {
            (numbered.model, parameter)
        } else {
            (numbered.model.with_strength(parameter), 0.0)
        };
        let concentration = Concentration::Fixed(concentration);
        Ok(Some(Ensemble::new(disorder, concentration, seed)?))
    }

    /// The strip of this size.
    ///
    /// # Errors
    /// A size or a parameter that is not possible.
    pub fn draw(&self, length: usize, width: usize) -> Result<Strip, OriginError> {
        let size = checked_size(length, width)?;
        let (Self::Disorder { seed, .. } | Self::Potential { seed, .. }) = *self else {
            return Ok(Strip::clean(size));
        };
        if seed > LARGEST_NUMBER {
            return Err(OriginError::Number(seed));
        }
        match *self {
            Self::Clean {} => Ok(Strip::clean(size)),
            Self::Disorder { sample, .. } if sample > LARGEST_NUMBER => {
                Err(OriginError::Number(sample))
            }
            Self::Disorder { sample, .. } => {
                let mut onsite = vec![0.0; size.sites()];
                if let Some(ensemble) = self.ensemble()? {
                    ensemble.sample(sample).fill_onsite(&mut onsite);
                }
                Ok(Strip::new(length, width, onsite)?)
            }
            Self::Potential {
                height,
                radius,
                seed,
            } => potential(size, height, radius, seed),
        }
    }
}

/// A smooth random potential.
fn potential(size: StripSize, height: f64, radius: usize, seed: u64) -> Result<Strip, OriginError> {
    if !(height.is_finite() && height >= 0.0) {
        return Err(OriginError::Energy(height));
    }
    if radius > MAX_RADIUS {
        return Err(OriginError::Radius(radius));
    }
    let model = DisorderModel::AndersonBox { strength: 2.0 };
    let ensemble = Ensemble::new(model, Concentration::Fixed(0.0), seed)?;
    let [length, width] = size.sides();
    let mut rough = vec![0.0; size.sites()];
    ensemble.sample(0).fill_onsite::<f64>(&mut rough);
    let near = |at: usize, sites: usize| at.saturating_sub(radius)..(at + radius + 1).min(sites);
    let mean_around = |place: usize| {
        let (x, y) = (place / width, place % width);
        let (mut sum, mut count) = (0.0, 0.0);
        for slice in near(x, length) {
            for row in near(y, width) {
                sum += rough[slice * width + row];
                count += 1.0;
            }
        }
        sum / count
    };
    let mut onsite: Vec<f64> = (0..size.sites()).map(mean_around).collect();
    let largest = onsite
        .iter()
        .fold(0.0_f64, |largest, e| largest.max(e.abs()));
    for energy in &mut onsite {
        *energy = if largest > 0.0 {
            *energy / largest * height
        } else {
            0.0
        };
    }
    Ok(Strip::new(length, width, onsite)?)
}

impl Shape {
    /// The strip of this size.
    ///
    /// # Errors
    /// A size, an energy or an opening that is not possible.
    pub fn draw(&self, length: usize, width: usize) -> Result<Strip, OriginError> {
        let size = checked_size(length, width)?;
        let (Self::PointContact { energy, opening } | Self::Slit { energy, opening }) = *self;
        if !energy.is_finite() {
            return Err(OriginError::Energy(energy));
        }
        if opening > width {
            return Err(OriginError::Opening { opening, width });
        }
        // Rows from the edge to the opening at the middle of the strip, fewer away from it in a wedge.
        let depth = |slice: usize, upper: bool| {
            let walls = width - opening;
            let full = if upper { walls / 2 } else { walls - walls / 2 };
            // Slices to the one or two in the middle.
            let off = (2 * slice + 1).abs_diff(length) / 2;
            match self {
                Self::PointContact { .. } => full.saturating_sub(off),
                Self::Slit { .. } if off == 0 => full,
                Self::Slit { .. } => 0,
            }
        };
        let onsite = (0..size.sites()).map(|place| {
            let (slice, row) = (place / width, place % width);
            let wall = row < depth(slice, true) || width - 1 - row < depth(slice, false);
            if wall { energy } else { 0.0 }
        });
        Ok(Strip::new(length, width, onsite.collect())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_those_of_the_command_line() {
        let origin = Origin::Disorder {
            model: 2,
            parameter: 0.1,
            seed: 7,
            sample: 3,
        };
        let strip = origin.draw(8, 6).unwrap();
        let ensemble = Ensemble::new(DisorderModel::II, Concentration::Fixed(0.1), 7).unwrap();
        let mut onsite = vec![0.0; 48];
        ensemble.sample(3).fill_onsite(&mut onsite);
        assert_eq!(strip.onsite(), onsite);
        // A longer strip begins with the shorter one.
        assert_eq!(origin.draw(9, 6).unwrap().common_slices(&strip), 8);
    }

    #[test]
    fn shapes_leave_their_opening_and_are_symmetric() {
        for (length, width, opening) in [(40, 40, 4), (40, 40, 5), (7, 9, 0), (1, 3, 1), (6, 6, 6)]
        {
            for energy in [5.0, -1.0] {
                for shape in [
                    Shape::PointContact { energy, opening },
                    Shape::Slit { energy, opening },
                ] {
                    let strip = shape.draw(length, width).unwrap();
                    let open = |slice| strip.slice(slice).iter().filter(|&&e| e == 0.0).count();
                    let narrowest = (0..length).map(open).min();
                    assert_eq!(narrowest, Some(opening), "{shape:?}");
                    for slice in 0..length {
                        assert_eq!(
                            strip.slice(slice),
                            strip.slice(length - 1 - slice),
                            "{shape:?}"
                        );
                        // What is open is in one piece.
                        let row = strip.slice(slice);
                        let first = row.iter().position(|&e| e == 0.0).unwrap_or(0);
                        assert!(row[first..first + open(slice)].iter().all(|&e| e == 0.0));
                    }
                }
            }
        }
    }

    #[test]
    fn a_random_potential_reaches_its_height_and_is_smooth() {
        let draw = |radius| {
            let origin = Origin::Potential {
                height: 1.5,
                radius,
                seed: 4,
            };
            origin.draw(40, 40).unwrap()
        };
        let roughness = |strip: &Strip| {
            let pairs = strip.onsite().windows(2);
            pairs.map(|pair| (pair[0] - pair[1]).abs()).sum::<f64>()
        };
        let (rough, smooth) = (draw(0), draw(4));
        let largest = smooth.onsite().iter().fold(0.0_f64, |l, e| l.max(e.abs()));
        assert_eq!(largest, 1.5);
        assert!(roughness(&smooth) < 0.5 * roughness(&rough));
    }

    #[test]
    fn what_cannot_be_drawn_says_why() {
        let disorder = |model, parameter| {
            let origin = Origin::Disorder {
                model,
                parameter,
                seed: 1,
                sample: 0,
            };
            origin.draw(4, 4).unwrap_err().to_string()
        };
        assert!(disorder(5, 0.1).contains("no disorder model 5: 1 to 4"));
        assert!(disorder(2, 1.5).contains("concentration 1.5"));
        assert!(disorder(1, f64::NAN).contains("strength"));
        let draw = |seed, sample| {
            let origin = Origin::Disorder {
                model: 2,
                parameter: 0.1,
                seed,
                sample,
            };
            origin.draw(4, 4)
        };
        assert!(draw(LARGEST_NUMBER, LARGEST_NUMBER).is_ok());
        for (seed, sample) in [(LARGEST_NUMBER + 1, 0), (0, u64::MAX)] {
            let error = draw(seed, sample).unwrap_err().to_string();
            assert!(error.contains("at most 9007199254740991"), "{error}");
        }
        let wide = Shape::Slit {
            energy: 5.0,
            opening: 5,
        };
        let error = wide.draw(4, 4).unwrap_err().to_string();
        assert!(
            error.contains("opening of 5 rows in a strip of 4"),
            "{error}"
        );
    }
}
