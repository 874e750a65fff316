//! The current at sites, made of that on bonds.

use super::Maps;
use crate::system::StripSize;

impl Maps {
    /// The current at each site, along and across the strip, each `[sample, energy, slice, row]`: the mean of what
    /// comes in and what goes out along that axis, each mode carrying 1.
    ///
    /// The bonds beyond the ends, into the leads, carry what conservation at the site demands; those beyond the edges
    /// carry nothing. `None` if the current was not asked for, and of strips of one slice, where conservation does not
    /// say what comes from which lead.
    ///
    /// # Example
    /// ```
    /// use landauer::{OnsiteEnergies, StripSize};
    /// let clean = OnsiteEnergies::new(StripSize::new(3, 2)?, vec![0.0; 6])?;
    /// let maps = landauer::maps::maps(&clean, 0.0)?;
    /// // Both modes pass, and each row has half of both.
    /// let [along, across] = maps.site_current().expect("three slices");
    /// assert!(along.iter().all(|x| (x - 1.0).abs() < 1e-12));
    /// assert!(across.iter().all(|y| y.abs() < 1e-12));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn site_current(&self) -> Option<[Vec<f64>; 2]> {
        let [along, across] = [self.current_x()?, self.current_y()?];
        let size = self.size;
        if size.length() < 2 {
            return None;
        }
        let count = self.transmissions.len();
        let (bonds_along, bonds_across) = (along.len() / count.max(1), across.len() / count.max(1));
        let mut found = [0, 1].map(|_| Vec::with_capacity(count * size.sites()));
        for place in 0..count {
            let along = &along[place * bonds_along..][..bonds_along];
            let across = &across[place * bonds_across..][..bonds_across];
            for slice in 0..size.length() {
                for row in 0..size.width() {
                    let current = at(size, [along, across], [slice, row]);
                    for (found, value) in found.iter_mut().zip(current) {
                        found.push(value);
                    }
                }
            }
        }
        Some(found)
    }

    /// Its magnitude √(x² + y²), `[sample, energy, slice, row]`; `None` as there.
    #[must_use]
    pub fn current_magnitude(&self) -> Option<Vec<f64>> {
        let [along, across] = self.site_current()?;
        let both = along.into_iter().zip(across);
        Some(both.map(|(x, y)| libm::hypot(x, y)).collect())
    }
}

/// Along and across at a site of one strip of two slices or more, by the current on its bonds.
fn at(size: StripSize, [along, across]: [&[f64]; 2], [slice, row]: [usize; 2]) -> [f64; 2] {
    let (length, width) = (size.length(), size.width());
    let beside = |row: usize| across[slice * (width - 1) + row];
    let below = if row > 0 { beside(row - 1) } else { 0.0 };
    let above = if row + 1 < width { beside(row) } else { 0.0 };
    let onwards = |slice: usize| along[slice * width + row];
    // What goes on is what comes, and what is gained from the sides.
    let gained = below - above;
    let [before, after] = if slice == 0 {
        [onwards(0) - gained, onwards(0)]
    } else if slice + 1 == length {
        [onwards(slice - 1), onwards(slice - 1) + gained]
    } else {
        [onwards(slice - 1), onwards(slice)]
    };
    [0.5 * (before + after), 0.5 * (below + above)]
}

#[cfg(test)]
mod tests {
    use landauer_core::{Concentration, DisorderModel, Ensemble};

    use crate::maps::{Field, Mapper};
    use crate::{Energies, OnsiteEnergies, StripSize};

    #[test]
    fn every_slice_carries_t_and_a_mirror_image_the_mirrored_current() {
        let size = StripSize::new(5, 4).unwrap();
        let ensemble = Ensemble::new(DisorderModel::II, Concentration::Fixed(0.3), 3).unwrap();
        let strip = OnsiteEnergies::draw(&ensemble, size, 0..1).unwrap();
        let mut turned = strip.values().to_vec();
        turned.chunks_exact_mut(4).for_each(<[f64]>::reverse);
        let both = [strip.values().to_vec(), turned].concat();
        let both = OnsiteEnergies::new(size, both).unwrap();
        let energies = Energies::new([0.3]).unwrap();
        let mapper = Mapper::new(size, energies, &[Field::Current]).unwrap();
        let maps = mapper.map(&both).unwrap();
        let [along, across] = maps.site_current().unwrap();
        for (place, section) in along.chunks_exact(4).enumerate() {
            // The ends with what comes from the leads, too.
            let sum: f64 = section.iter().sum();
            assert!((sum - maps.transmissions()[place / 5]).abs() < 1e-12);
        }
        for slice in 0..5 {
            for row in 0..4 {
                let (one, image) = (slice * 4 + row, 20 + slice * 4 + 3 - row);
                assert!((along[one] - along[image]).abs() < 1e-12);
                assert!((across[one] + across[image]).abs() < 1e-12);
                let magnitude = maps.current_magnitude().unwrap()[one];
                assert!(
                    (magnitude.powi(2) - along[one].powi(2) - across[one].powi(2)).abs() < 1e-12
                );
            }
        }
    }

    #[test]
    fn one_slice_has_no_current_of_sites_and_others_need_to_ask_for_it() {
        let size = StripSize::new(1, 3).unwrap();
        let strip = OnsiteEnergies::new(size, vec![1.0; 3]).unwrap();
        assert_eq!(
            super::super::maps(&strip, 0.0).unwrap().site_current(),
            None
        );
        let size = StripSize::new(2, 3).unwrap();
        let mapper = Mapper::new(size, Energies::default(), &[Field::Ldos]).unwrap();
        let strip = OnsiteEnergies::new(size, vec![1.0; 6]).unwrap();
        assert_eq!(mapper.map(&strip).unwrap().site_current(), None);
    }
}
