//! What is kept of the samples: sums, no sample.

use serde::{Deserialize, Serialize};

use crate::solve::Fallbacks;
use crate::statistics::{ConductanceError, ConductanceHistogram, MeanAndError, Scaled};
use crate::work::FallbackTotals;

/// What is known of the conductances of any number of samples.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    g: MeanAndError,
    ln_g: MeanAndError,
    extremes: Option<(f64, f64)>,
    fallbacks: FallbackTotals,
    #[serde(rename = "windows")]
    histogram: ConductanceHistogram,
}

impl Tally {
    /// Takes in one sample: its conductance in 2e²/h, which is 0 only if no mode propagates.
    ///
    /// # Errors
    /// A number that is no conductance; nothing of it is kept.
    pub fn push(
        &mut self,
        conductance: impl Into<Scaled>,
        fallbacks: Fallbacks,
    ) -> Result<(), ConductanceError> {
        let conductance = conductance.into();
        let value = conductance.value();
        self.histogram.push(value)?;
        self.g.push_scaled(conductance);
        if conductance > Scaled::ZERO {
            self.ln_g.push(conductance.ln());
        }
        self.fallbacks.push(fallbacks);
        self.extend(value, value);
        Ok(())
    }

    /// Takes in all samples of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.g.merge(&other.g);
        self.ln_g.merge(&other.ln_g);
        self.histogram.merge(&other.histogram);
        self.fallbacks.merge(other.fallbacks);
        if let Some((least, greatest)) = other.extremes {
            self.extend(least, greatest);
        }
    }

    fn extend(&mut self, least: f64, greatest: f64) {
        let (least_before, greatest_before) = self.extremes.unwrap_or((least, greatest));
        self.extremes = Some((least_before.min(least), greatest_before.max(greatest)));
    }

    /// How many samples there were.
    #[must_use]
    pub const fn samples(&self) -> u64 {
        self.g.count()
    }

    /// The conductances, in 2e²/h.
    #[must_use]
    pub const fn g(&self) -> &MeanAndError {
        &self.g
    }

    /// The natural logarithms of the conductances above zero.
    #[must_use]
    pub const fn ln_g(&self) -> &MeanAndError {
        &self.ln_g
    }

    /// How many conductances were 0, where there is no logarithm: no mode propagates.
    #[must_use]
    pub const fn zeros(&self) -> u64 {
        self.g.count() - self.ln_g.count()
    }

    /// The typical conductance exp⟨ln G⟩, in 2e²/h; `None` if all are zero, or where it is too small
    /// for an `f64`.
    #[must_use]
    pub fn typical(&self) -> Option<f64> {
        self.number(self.ln_g.mean().map(libm::exp))
    }

    /// The smallest conductance, in 2e²/h; `None` of nothing, or where it is too small for an `f64`.
    #[must_use]
    pub fn least(&self) -> Option<f64> {
        self.number(self.extremes.map(|(least, _)| least))
    }

    /// The largest conductance, in 2e²/h; `None` of nothing, or where it is too small for an `f64`.
    #[must_use]
    pub fn greatest(&self) -> Option<f64> {
        self.number(self.extremes.map(|(_, greatest)| greatest))
    }

    /// A conductance, unless it is that of a strip which conducts and still too small for a number.
    fn number(&self, conductance: Option<f64>) -> Option<f64> {
        let nothing_conducts = self.ln_g.count() == 0;
        conductance.filter(|&g| nothing_conducts || g >= f64::MIN_POSITIVE)
    }

    /// Transmissions recomputed by a fallback solver.
    #[must_use]
    pub const fn fallbacks(&self) -> FallbackTotals {
        self.fallbacks
    }

    /// How often which conductance occurs.
    #[must_use]
    pub const fn histogram(&self) -> &ConductanceHistogram {
        &self.histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(conductances: &[f64]) -> Tally {
        let mut tally = Tally::default();
        for &g in conductances {
            let fallbacks = Fallbacks {
                mirrored: u32::from(g > 2.0),
                ..Fallbacks::default()
            };
            tally.push(g, fallbacks).unwrap();
        }
        tally
    }

    #[test]
    fn a_zero_has_no_logarithm_and_is_counted() {
        let tally = tally(&[1.0, 0.0, 4.0, 0.0]);
        assert_eq!((tally.samples(), tally.zeros()), (4, 2));
        assert_eq!(tally.g().mean(), Some(1.25));
        assert!((tally.typical().unwrap() - 2.0).abs() < 1e-15);
        assert_eq!(tally.greatest(), Some(4.0));
        let nothing = super::Tally::default();
        assert_eq!((nothing.typical(), nothing.least()), (None, None));
        let outside = super::tests::tally(&[0.0, 0.0]);
        assert_eq!(
            (outside.least(), outside.greatest()),
            (Some(0.0), Some(0.0))
        );
        assert_eq!((outside.typical(), outside.zeros()), (None, 2));
    }

    #[test]
    fn what_is_too_small_for_a_number_has_its_logarithm_all_the_same() {
        let mut tally = Tally::default();
        for exponent in [-5000, -5010, -4990] {
            tally
                .push(Scaled::new(1.0, exponent), Fallbacks::default())
                .unwrap();
        }
        assert_eq!((tally.samples(), tally.zeros()), (3, 0));
        let expected = -5000.0 * 2.0_f64.ln();
        assert!((tally.ln_g().mean().unwrap() / expected - 1.0).abs() < 1e-14);
        let nothing = (tally.g().mean(), tally.typical(), tally.least());
        assert_eq!(nothing, (None, None, None));
        assert_eq!(tally.histogram().counts(), [3]);
    }

    #[test]
    fn parts_make_the_whole() {
        let values = [0.3, 2.5, 0.0, 1e-30, 7.5, 0.31];
        let whole = tally(&values);
        let mut merged = Tally::default();
        for part in values.chunks(2) {
            merged.merge(&tally(part));
        }
        assert_eq!(merged.histogram(), whole.histogram());
        assert_eq!(
            (merged.least(), merged.greatest()),
            (whole.least(), whole.greatest())
        );
        assert_eq!((merged.fallbacks().total(), merged.zeros()), (2, 1));
        let near = |a: Option<f64>, b: Option<f64>| (a.unwrap() / b.unwrap() - 1.0).abs() < 1e-14;
        assert!(near(merged.g().mean(), whole.g().mean()));
        assert!(near(merged.ln_g().variance(), whole.ln_g().variance()));
    }
}
