//! The localisation length of a sweep over lengths.
//!
//! In a strip much longer than its localisation length ξ the conductance falls off as
//! G ~ exp(−2L/ξ), and ln G, which is self-averaging, as
//!
//! ```text
//! ⟨ln G⟩ = c − 2L/ξ
//! ```
//!
//! (B. Kramer and A. MacKinnon, Rep. Prog. Phys. 56, 1469, 1993; for strips A. MacKinnon and
//! B. Kramer, Z. Phys. B 53, 1, 1983). The 2 is there because ξ is the decay length of wave
//! functions, and G is that of their squares. A straight line is fitted to ⟨ln G⟩ over L by least
//! squares, each length weighted with the inverse square of its standard error.
//!
//! Which lengths? Those in the localised regime, ⟨ln G⟩ ≤ −2, which is about L ≥ ξ: at shorter ones
//! the strip is a diffusive metal, G falls as 1/L, and the line would be bent. A shortest length
//! may be given instead.

use serde::Serialize;

/// ⟨ln G⟩ of the lengths that take part in the fit is at most this.
pub const LOCALISED: f64 = -2.0;
/// A fit whose χ² has less than this chance is no line, and the error of its length means nothing.
pub const HOPELESS: f64 = 1e-4;
/// Two lengths always lie on a line; only a third can contradict it.
const FEWEST: usize = 3;

/// ⟨ln G⟩ at one length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanLog {
    /// The length, in sites.
    pub length: f64,
    /// ⟨ln G⟩.
    pub mean: f64,
    /// Its standard error.
    pub error: f64,
}

/// A line through ⟨ln G⟩ over L, and what it says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Localisation {
    /// ξ, in sites.
    pub length: f64,
    /// Its standard error.
    pub error: f64,
    /// c: where the line meets L = 0.
    pub intercept: f64,
    /// −2/ξ.
    pub slope: f64,
    /// Σ((⟨ln G⟩ − line)/error)².
    pub chi_squared: f64,
    /// Lengths in the fit less two: what χ² is on average if the line is right.
    pub degrees_of_freedom: usize,
    /// How likely a χ² as large as this is if the line is right: 0.5 is as good as it gets, and below
    /// [`HOPELESS`] the line is wrong.
    pub chance: f64,
    /// The shortest length of the fit.
    pub from: f64,
    /// The longest length of the fit.
    pub to: f64,
}

/// Why there is no localisation length.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LocalisationError {
    /// Too few lengths to tell a line from a curve.
    #[error(
        "{found} different lengths can be fitted, and a line needs {FEWEST}: take longer strips, or a smaller length to begin the fit at"
    )]
    Lengths {
        /// How many there are.
        found: usize,
    },
    /// The conductance does not fall with the length.
    #[error(
        "⟨ln G⟩ does not fall with the length: these strips are not localised, or have too large errors"
    )]
    Rising,
    /// A length, a mean or the shortest length of the fit is not finite.
    #[error("a length or a ⟨ln G⟩ is not a finite number")]
    NotFinite,
}

impl Localisation {
    /// The localisation length by ⟨ln G⟩ at these lengths; those from `from` on, or without it those in
    /// the localised regime ([`LOCALISED`]). A length whose error is zero or unknown cannot be weighted and takes no
    /// part.
    ///
    /// # Errors
    /// Fewer than three different lengths; a number that is not finite; a line that does not fall.
    pub fn fit(means: &[MeanLog], from: Option<f64>) -> Result<Self, LocalisationError> {
        let finite = |point: &MeanLog| point.length.is_finite() && point.mean.is_finite();
        if !means.iter().all(finite) || from.is_some_and(f64::is_nan) {
            return Err(LocalisationError::NotFinite);
        }
        let takes_part = |point: &&MeanLog| {
            let localised = match from {
                Some(from) => point.length >= from,
                None => point.mean <= LOCALISED,
            };
            localised && point.error > 0.0 && point.error.is_finite()
        };
        let points: Vec<&MeanLog> = means.iter().filter(takes_part).collect();
        let mut lengths: Vec<f64> = points.iter().map(|point| point.length).collect();
        lengths.sort_unstable_by(f64::total_cmp);
        lengths.dedup();
        let (found, ends) = (lengths.len(), points.first().zip(points.last()));
        let Some((first, last)) = ends.filter(|_| found >= FEWEST) else {
            return Err(LocalisationError::Lengths { found });
        };
        let weight = |point: &MeanLog| 1.0 / (point.error * point.error);
        let sum = |of: &dyn Fn(&MeanLog) -> f64| -> f64 {
            points.iter().map(|point| weight(point) * of(point)).sum()
        };
        // Around the weighted middle, where slope and height do not depend on each other.
        let weights = sum(&|_| 1.0);
        let middle = sum(&|point| point.length) / weights;
        let height = sum(&|point| point.mean) / weights;
        let spread = sum(&|point| (point.length - middle) * (point.length - middle));
        let slope = sum(&|point| (point.length - middle) * (point.mean - height)) / spread;
        // Nor NaN, where the weights are beyond all measure.
        if slope >= 0.0 || slope.is_nan() {
            return Err(LocalisationError::Rising);
        }
        let line = |length: f64| height + slope * (length - middle);
        let chi_squared = sum(&|point| {
            let distance = point.mean - line(point.length);
            distance * distance
        });
        let degrees_of_freedom = points.len() - 2;
        Ok(Self {
            length: -2.0 / slope,
            error: 2.0 / (slope * slope) / spread.sqrt(),
            intercept: height - slope * middle,
            slope,
            chi_squared,
            degrees_of_freedom,
            chance: chance_of_more(chi_squared, degrees_of_freedom),
            from: first.length,
            to: last.length,
        })
    }
}

impl Localisation {
    /// Does ⟨ln G⟩ not lie on the line, so that neither the length nor its error can be trusted?
    #[must_use]
    pub fn is_hopeless(&self) -> bool {
        self.chance < HOPELESS
    }
}

/// The chance of a χ² larger than this one, by the normal approximation of its cube root (E. B. Wilson
/// and M. M. Hilferty, Proc. Natl. Acad. Sci. 17, 684, 1931): within 0.01 of the truth, and within a
/// factor of two where it is 1e-4.
fn chance_of_more(chi_squared: f64, degrees_of_freedom: usize) -> f64 {
    let spread = 2.0 / (9.0 * degrees_of_freedom as f64);
    let root = libm::cbrt(chi_squared / degrees_of_freedom as f64);
    let deviations = (root - (1.0 - spread)) / spread.sqrt();
    0.5 * libm::erfc(deviations * std::f64::consts::FRAC_1_SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(of: impl Fn(f64) -> (f64, f64)) -> Vec<MeanLog> {
        let lengths = (1..=10).map(|k| f64::from(k) * 10.0);
        lengths
            .map(|length| {
                let (mean, error) = of(length);
                MeanLog {
                    length,
                    mean,
                    error,
                }
            })
            .collect()
    }

    #[test]
    fn an_exact_line_gives_its_length() {
        let fit = Localisation::fit(&points(|l| (0.5 - 2.0 * l / 13.0, 0.1)), None).unwrap();
        assert!((fit.length - 13.0).abs() < 1e-12 && (fit.intercept - 0.5).abs() < 1e-12);
        assert!(fit.chi_squared < 1e-20);
        // 0.5 - 2·10/13 = -1.04 is above -2.
        assert_eq!((fit.from, fit.to, fit.degrees_of_freedom), (20.0, 100.0, 7));
    }

    #[test]
    fn the_error_is_the_textbooks() {
        // Three lengths of equal error s, ten apart: the slope's error is s/√(2·10²).
        let three = &points(|l| (-l / 5.0, 0.3))[..3];
        let fit = Localisation::fit(three, Some(0.0)).unwrap();
        let slope_error = 0.3 / 200.0_f64.sqrt();
        assert!((fit.error - 2.0 / 0.04 * slope_error).abs() < 1e-12);
        // The middle one is one error above the line: the others' weights pull the line up a
        // third of it.
        let mut bent = three.to_vec();
        bent[1].mean += 0.3;
        let fit = Localisation::fit(&bent, Some(0.0)).unwrap();
        assert!((fit.chi_squared - 2.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn the_chance_of_a_chi_squared_is_that_of_the_tables() {
        // Of 1, 2, 5 and 20 degrees of freedom (M. Abramowitz and I. A. Stegun, table 26.8).
        for (chi_squared, degrees_of_freedom, chance) in [
            (3.841, 1, 0.05),
            (4.605, 2, 0.1),
            (11.070, 5, 0.05),
            (37.566, 20, 0.01),
        ] {
            let found = chance_of_more(chi_squared, degrees_of_freedom);
            assert!((found - chance).abs() < 5e-3, "{found} {chance}");
        }
        let far = chance_of_more(25.745, 5);
        assert!((0.5..2.0).contains(&(far / 1e-4)), "{far}");
        assert!(chance_of_more(267.0, 3) < 1e-30);
    }

    #[test]
    fn a_bent_line_is_hopeless_and_a_straight_one_is_not() {
        let noise = |l: f64| 0.1 * (l * 0.7).sin();
        let straight = Localisation::fit(&points(|l| (-l / 5.0 + noise(l), 0.1)), None).unwrap();
        assert!(!straight.is_hopeless(), "{straight:?}");
        // What becomes of lengths whose smallest conductances are lost.
        let cut = |l: f64| (-l / 5.0).max(-12.0);
        let bent = Localisation::fit(&points(|l| (cut(l), 0.1)), None).unwrap();
        assert!(bent.is_hopeless(), "{bent:?}");
    }

    #[test]
    fn an_imprecise_length_counts_less() {
        let mean = |l: f64| -l / 5.0 + if l > 95.0 { 3.0 } else { 0.0 };
        let error = |l: f64| if l > 95.0 { 100.0 } else { 0.01 };
        let fit = Localisation::fit(&points(|l| (mean(l), error(l))), None).unwrap();
        assert!((fit.length - 10.0).abs() < 1e-4);
    }

    #[test]
    fn there_is_none_of_few_lengths_or_a_rising_line() {
        let fit = |of: fn(f64) -> (f64, f64)| Localisation::fit(&points(of), None);
        let few = Err(LocalisationError::Lengths { found: 2 });
        assert_eq!(fit(|l| (-l / 40.0, 0.1 * f64::from(l > 85.0))), few);
        let none = Err(LocalisationError::Lengths { found: 0 });
        assert_eq!(fit(|_| (3.0, 0.1)), none);
        assert_eq!(fit(|_| (-3.0, 0.0)), none);
        assert_eq!(fit(|_| (-3.0, f64::NAN)), none);
        assert_eq!(
            fit(|l| (-9.0 + l / 50.0, 0.1)),
            Err(LocalisationError::Rising)
        );
        let words = LocalisationError::Lengths { found: 2 }.to_string();
        assert!(words.starts_with("2 different lengths") && words.contains("needs 3"));
    }
}
