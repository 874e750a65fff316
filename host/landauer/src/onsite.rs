//! On-site energies of a batch of strips, checked.

use std::borrow::Cow;
use std::ops::Range;

use landauer_core::Ensemble;

use crate::failure::{Categorised, Category};
use crate::memory::{self, TooLittleMemory};
use crate::parallel;
use crate::solve::{StripFault, find_fault};
use crate::system::StripSize;

/// On-site energies of a batch of strips of one size, `[sample, slice, row]` in units of t: whole strips,
/// every number finite.
///
/// Slice 0 is at the left lead. The leads are clean, at energy 0.
///
/// # Example
/// ```
/// use landauer::{OnsiteEnergies, StripSize};
/// let size = StripSize::new(2, 3)?;
/// let strips = OnsiteEnergies::new(size, vec![0.0, 1.0, 0.0, 0.5, -0.5, 0.0])?;
/// assert_eq!(strips.samples(), 1);
/// // Five numbers are not whole strips of 2 x 3 sites.
/// assert!(OnsiteEnergies::new(size, vec![0.0; 5]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct OnsiteEnergies<'a> {
    size: StripSize,
    values: Cow<'a, [f64]>,
}

impl<'a> OnsiteEnergies<'a> {
    /// These on-site energies, `[sample, slice, row]` in units of t; a `Vec` or a slice.
    ///
    /// # Errors
    /// [`OnsiteError`] if they are not those of whole strips, for a number that is not finite, or one
    /// beyond 1e300 t.
    pub fn new(size: StripSize, values: impl Into<Cow<'a, [f64]>>) -> Result<Self, OnsiteError> {
        let values = values.into();
        match find_fault(size, &values) {
            None => Ok(Self { size, values }),
            Some((sample, fault)) => Err(OnsiteError { sample, fault }),
        }
    }

    /// The samples of these numbers of an ensemble, drawn on all threads. The same bits everywhere and
    /// always.
    ///
    /// # Errors
    /// [`TooLittleMemory`] if they do not fit into memory.
    pub fn draw(
        ensemble: &Ensemble,
        size: StripSize,
        samples: Range<u64>,
    ) -> Result<OnsiteEnergies<'static>, TooLittleMemory> {
        let count = samples.end.saturating_sub(samples.start);
        let number = |place| samples.start + place;
        drawn(ensemble, size, count, number, &|| false)
    }

    /// As [`draw`](Self::draw), but `count` samples of any numbers: `number` gives that of each place. `None`
    /// soon after `stop` says yes, which every thread asks between pieces of a strip.
    ///
    /// # Errors
    /// If they do not fit into memory.
    pub fn draw_unless(
        ensemble: &Ensemble,
        size: StripSize,
        count: u64,
        number: impl Fn(u64) -> u64 + Send + Sync,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<OnsiteEnergies<'static>>, TooLittleMemory> {
        let drawn = drawn(ensemble, size, count, number, stop)?;
        Ok((!stop()).then_some(drawn))
    }

    /// The size of each strip.
    #[must_use]
    pub const fn size(&self) -> StripSize {
        self.size
    }

    /// How many strips there are.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.values.len() / self.size.sites()
    }

    /// All numbers, `[sample, slice, row]` in units of t.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The strips one by one, each `[slice, row]` in units of t.
    pub fn iter(&self) -> std::slice::ChunksExact<'_, f64> {
        self.values.chunks_exact(self.size.sites())
    }

    /// The numbers, without the check.
    #[must_use]
    pub fn into_values(self) -> Vec<f64> {
        self.values.into_owned()
    }
}

impl<'s> IntoIterator for &'s OnsiteEnergies<'_> {
    type Item = &'s [f64];
    type IntoIter = std::slice::ChunksExact<'s, f64>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Numbers that are no on-site energies of strips of a size.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("sample {sample}: {fault}")]
pub struct OnsiteError {
    /// The first sample that is none, counted from 0.
    pub sample: usize,
    /// What is wrong with it.
    pub fault: StripFault,
}

impl Categorised for OnsiteError {
    fn category(&self) -> Category {
        Category::Input
    }
}

/// Sites that are drawn between two looks at whether to stop: less than a millisecond of work.
const PIECE: usize = 1 << 14;

/// Samples of these numbers; what is not drawn after `stop` has said yes is left clean.
fn drawn(
    ensemble: &Ensemble,
    size: StripSize,
    count: u64,
    number: impl Fn(u64) -> u64 + Send + Sync,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<OnsiteEnergies<'static>, TooLittleMemory> {
    let numbers = count.saturating_mul(size.sites() as u64);
    // The list of strips counts where they are of a few sites.
    let list = count.saturating_mul(size_of::<(u64, &mut [f64])>() as u64);
    let bytes = numbers.saturating_mul(8).saturating_add(list);
    memory::require("drawing these samples", bytes)?;
    let mut values = memory::zeros("drawing these samples", numbers)?;
    let strips = (0..).zip(values.chunks_mut(size.sites()));
    parallel::map_with(
        strips.collect(),
        || (),
        |(), (place, strip)| {
            let mut sample = ensemble.sample(number(place));
            let mut sites = sample.sites();
            for piece in strip.chunks_mut(PIECE) {
                if stop() {
                    return;
                }
                // The slot first: no site may be taken for which there is none.
                for (slot, site) in piece.iter_mut().zip(sites.by_ref()) {
                    *slot = site.onsite();
                }
            }
        },
    );
    Ok(OnsiteEnergies {
        size,
        values: values.into(),
    })
}

#[cfg(test)]
mod tests {
    use landauer_core::{Concentration, DisorderModel, SolveError};

    use super::*;

    fn size() -> StripSize {
        StripSize::new(2, 3).unwrap()
    }

    #[test]
    fn the_first_fault_is_named_by_sample_slice_and_row() {
        let error = |place: usize, value| {
            let mut values = vec![0.5; 18];
            values[place] = value;
            OnsiteEnergies::new(size(), values).unwrap_err()
        };
        let found = error(6 + 3 + 2, f64::NAN);
        let fault = SolveError::OnsiteNotFinite { slice: 1, row: 2 }.into();
        assert_eq!(found, OnsiteError { sample: 1, fault });
        let found = error(17, -2e300);
        assert!(matches!(
            found.fault,
            StripFault::TooLarge { onsite: -2e300, .. }
        ));
        assert!(
            found
                .to_string()
                .starts_with("sample 2: the on-site energy -2e300 t at slice 1, row 2")
        );
        let found = OnsiteEnergies::new(size(), &[0.0; 7][..]).unwrap_err();
        assert!(matches!(found.fault, StripFault::Ragged { found: 7, .. }));
        assert_eq!(OnsiteEnergies::new(size(), vec![]).unwrap().samples(), 0);
    }

    #[test]
    fn drawn_samples_are_those_of_the_ensemble() {
        let model = DisorderModel::III;
        let ensemble = Ensemble::new(model, Concentration::Fixed(0.4), 11).unwrap();
        let drawn = OnsiteEnergies::draw(&ensemble, size(), 7..10).unwrap();
        assert_eq!(drawn.samples(), 3);
        for (strip, index) in drawn.iter().zip(7..) {
            let mut expected = [0.0; 6];
            ensemble.sample(index).fill_onsite(&mut expected);
            assert_eq!(strip, expected);
        }
        let none = OnsiteEnergies::draw(&ensemble, size(), 3..3).unwrap();
        assert_eq!(none.samples(), 0);
        OnsiteEnergies::draw(&ensemble, size(), 0..u64::MAX).unwrap_err();
        // One strip can be too large, too.
        let large = StripSize::new(1 << 24, 1 << 24).unwrap();
        OnsiteEnergies::draw(&ensemble, large, 0..1).unwrap_err();
    }

    #[test]
    fn samples_of_any_numbers_are_drawn_until_a_stop() {
        let ensemble = Ensemble::new(DisorderModel::IV, Concentration::Fixed(0.4), 11).unwrap();
        // Longer than a piece.
        let size = StripSize::new(PIECE + 3, 1).unwrap();
        let draw = |stop: &(dyn Fn() -> bool + Sync)| {
            OnsiteEnergies::draw_unless(&ensemble, size, 3, |place| 9 - 2 * place, stop).unwrap()
        };
        let drawn = draw(&|| false).unwrap();
        for (strip, index) in drawn.iter().zip([9, 7, 5]) {
            let mut expected = vec![0.0; size.sites()];
            ensemble.sample(index).fill_onsite(&mut expected);
            assert_eq!(strip, expected);
        }
        assert!(draw(&|| true).is_none());
    }
}
