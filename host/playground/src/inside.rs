//! Maps of the inside of the strip at hand: the local density of states, the current, and what every site does to G.

use landauer::maps::{Field, MapError, Mapper};
use landauer::{Energies, OnsiteEnergies, OnsiteError, SolverError, StripSize};
use serde::{Deserialize, Serialize};

use crate::Strip;

/// How far the T of a map may be from the recursion's, in units of the larger of 1 and T: they come from different
/// code, and a map that has another T is not drawn.
const AGREEMENT: f64 = 1e-9;

/// A map whose largest value is smaller is not drawn: it is known to 1e-9 (`landauer::maps`), so that of what is
/// drawn three digits are right.
const SMALLEST: f64 = 1e-6;

/// What a page can show of a strip beside its on-site energies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MapKind {
    /// The local density of states, in 1/t.
    Ldos,
    /// The current of the states that come from the left, each mode carrying 1.
    Current,
    /// The derivative of T by each on-site energy, in 1/t.
    Gradient,
}

impl MapKind {
    const fn field(self) -> Field {
        match self {
            Self::Ldos => Field::Ldos,
            Self::Current => Field::Current,
            Self::Gradient => Field::Gradient,
        }
    }
}

/// A map of a strip.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StripMap {
    /// What it shows.
    pub kind: MapKind,
    /// One value for every site, `[slice, row]`; of the current, the length of [`flow`](Self::flow) at each.
    pub sites: Vec<f64>,
    /// Of the current: its two parts at every site, `[slice, row]`, to the next slice and to the next row; each is
    /// the mean of the two bonds of the site in that direction. Empty for other kinds.
    pub flow: [Vec<f64>; 2],
    /// T, as the map's own code computes it.
    pub transmission: f64,
}

/// Why there is no map.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NoMap {
    /// Everything is too small to be known well.
    #[error(
        "all of it is below 10⁻⁶ here (the largest value is {largest:.1e}), too little to be drawn: maps are exact \
         to 10⁻⁹"
    )]
    TooSmall {
        /// The largest magnitude.
        largest: f64,
    },
    /// It does not fit the transmission that has been found before.
    #[error("no map is drawn: its own T, {inside}, is not the exact T, {exact}")]
    Differs {
        /// T of the recursion.
        exact: f64,
        /// T of the map.
        inside: f64,
    },
    /// Current flows from slice to slice.
    #[error("a strip of one slice has no bonds along the current")]
    OneSlice,
    /// The maps' own code.
    #[error("this strip has no maps: they cannot be computed to 10⁻⁹")]
    Lost,
    /// Too little memory.
    #[error(transparent)]
    Map(MapError),
    /// Energies that are not those of a strip, which a [`Strip`] never has.
    #[error(transparent)]
    Onsite(#[from] OnsiteError),
}

impl From<MapError> for NoMap {
    fn from(error: MapError) -> Self {
        match error {
            MapError::Lost { .. } => Self::Lost,
            other => Self::Map(other),
        }
    }
}

/// Makes maps at one energy; keeps the plans of the last size.
///
/// # Example
/// ```
/// use landauer_playground::{Inside, MapKind, Origin};
/// let chain = Origin::Clean {}.draw(5, 1)?;
/// let map = Inside::new(0.0).map(&chain, MapKind::Ldos, 1.0)?;
/// // An endless chain has 1/(2π t) on every site at the band centre.
/// assert!(map.sites.iter().all(|ldos| (ldos - 0.5 / std::f64::consts::PI).abs() < 1e-12));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Inside {
    energy: f64,
    /// All of strips of one size, each of another kind.
    mappers: Vec<(MapKind, Mapper)>,
    size: Option<StripSize>,
}

impl Inside {
    /// For strips at this energy, in units of t.
    #[must_use]
    pub const fn new(energy: f64) -> Self {
        Self {
            energy,
            mappers: Vec::new(),
            size: None,
        }
    }

    /// A map of a strip whose exact T is known: a map with another T is an error.
    ///
    /// # Errors
    /// See [`NoMap`].
    pub fn map(&mut self, strip: &Strip, kind: MapKind, exact: f64) -> Result<StripMap, NoMap> {
        let size = strip.size();
        if kind == MapKind::Current && size.length() == 1 {
            return Err(NoMap::OneSlice);
        }
        let mapper = self.mapper(size, kind)?;
        let onsite = OnsiteEnergies::new(size, strip.onsite())?;
        let maps = mapper.map(&onsite)?;
        let inside = maps.transmissions().first().copied().unwrap_or(f64::NAN);
        if !agree(exact, inside) {
            return Err(NoMap::Differs { exact, inside });
        }
        let flow = match (maps.current_x(), maps.current_y()) {
            (Some(along), Some(across)) => at_sites(size, along, across),
            _ => [Vec::new(), Vec::new()],
        };
        let sites = match maps.field(kind.field()) {
            Some(values) => values.to_vec(),
            None => { flow[0].iter().zip(&flow[1]) }
                .map(|(along, across)| along.hypot(*across))
                .collect(),
        };
        let largest = sites
            .iter()
            .fold(0.0_f64, |most, value| most.max(value.abs()));
        if largest < SMALLEST {
            return Err(NoMap::TooSmall { largest });
        }
        Ok(StripMap {
            kind,
            sites,
            flow,
            transmission: inside,
        })
    }

    /// The mapper of this size and kind, made where there is none.
    fn mapper(&mut self, size: StripSize, kind: MapKind) -> Result<&Mapper, NoMap> {
        if self.size != Some(size) {
            self.mappers.clear();
            self.size = Some(size);
        }
        let known = self.mappers.iter().position(|(of, _)| *of == kind);
        let place = if let Some(place) = known {
            place
        } else {
            let energies = Energies::new([self.energy])
                .map_err(|_| MapError::Energy(SolverError::Energy(self.energy)))?;
            let mapper = Mapper::new(size, energies, &[kind.field()])?;
            self.mappers.push((kind, mapper));
            self.mappers.len() - 1
        };
        Ok(&self.mappers[place].1)
    }
}

fn agree(exact: f64, inside: f64) -> bool {
    (exact - inside).abs() <= AGREEMENT * exact.abs().max(1.0)
}

/// The current at the sites: half of what comes and half of what goes, along and across. At the ends of the strip
/// the bond to the lead is missing, and the other counts alone; at its edges there is none.
fn at_sites(size: StripSize, along: &[f64], across: &[f64]) -> [Vec<f64>; 2] {
    let [length, width] = size.sides();
    let mut flow = [vec![0.0; size.sites()], vec![0.0; size.sites()]];
    for slice in 0..length {
        for row in 0..width {
            let site = slice * width + row;
            let before = slice.checked_sub(1).map(|slice| along[slice * width + row]);
            let after = (slice + 1 < length).then(|| along[site]);
            flow[0][site] = match (before, after) {
                (Some(before), Some(after)) => 0.5 * (before + after),
                (one, other) => one.or(other).unwrap_or(0.0),
            };
            let bond = |row: usize| across[slice * (width - 1) + row];
            let above = row.checked_sub(1).map_or(0.0, bond);
            let below = if row + 1 < width { bond(row) } else { 0.0 };
            flow[1][site] = 0.5 * (above + below);
        }
    }
    flow
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Exact, Origin, Shape};

    fn transmission(strip: &Strip) -> f64 {
        let mut exact = Exact::new(0.0);
        exact.begin(strip.clone()).unwrap();
        exact.advance(u64::MAX).unwrap().unwrap().value
    }

    fn disordered(parameter: f64) -> Strip {
        let origin = Origin::Disorder {
            model: 2,
            parameter,
            seed: 4,
            sample: 0,
        };
        origin.draw(12, 9).unwrap()
    }

    #[test]
    fn the_current_is_conserved_from_slice_to_slice() {
        let strip = disordered(0.1);
        let exact = transmission(&strip);
        let map = Inside::new(0.0)
            .map(&strip, MapKind::Current, exact)
            .unwrap();
        let [along, across] = &map.flow;
        for slice in along.chunks_exact(9) {
            assert!((slice.iter().sum::<f64>() - exact).abs() < 1e-9);
        }
        for (site, length) in map.sites.iter().enumerate() {
            assert_eq!(*length, along[site].hypot(across[site]));
        }
    }

    #[test]
    fn the_gradient_is_what_a_site_does_to_g() {
        let strip = disordered(0.1);
        let mut inside = Inside::new(0.0);
        let gradient = inside
            .map(&strip, MapKind::Gradient, transmission(&strip))
            .unwrap();
        for site in [0, 40, 107] {
            let moved = |by: f64| {
                let mut onsite = strip.onsite().to_vec();
                onsite[site] += by;
                transmission(&Strip::new(12, 9, onsite).unwrap())
            };
            let step = 1e-4;
            let slope = (moved(step) - moved(-step)) / (2.0 * step);
            assert!((gradient.sites[site] - slope).abs() < 1e-6, "{site}");
        }
    }

    #[test]
    fn maps_of_one_size_after_another_are_those_of_a_new_mapper() {
        let mut inside = Inside::new(0.0);
        let one = Shape::PointContact {
            energy: 5.0,
            opening: 3,
        };
        for strip in [
            disordered(0.2),
            one.draw(9, 12).unwrap(),
            one.draw(1, 4).unwrap(),
        ] {
            for kind in [MapKind::Ldos, MapKind::Current, MapKind::Ldos] {
                let exact = transmission(&strip);
                let found = inside.map(&strip, kind, exact);
                assert_eq!(found, Inside::new(0.0).map(&strip, kind, exact));
            }
        }
    }

    #[test]
    fn what_is_not_known_well_is_not_drawn() {
        let mut inside = Inside::new(0.0);
        let strip = disordered(0.1);
        let wrong = transmission(&strip) + 1e-6;
        let refused = inside.map(&strip, MapKind::Ldos, wrong).unwrap_err();
        assert!(matches!(refused, NoMap::Differs { .. }), "{refused}");
        // Nothing changes a clean strip's G to first order, and a thick barrier lets almost nothing through.
        let clean = Origin::Clean {}.draw(12, 9).unwrap();
        let refused = inside.map(&clean, MapKind::Gradient, 9.0).unwrap_err();
        assert!(refused.to_string().contains("below 10⁻⁶"), "{refused}");
        let barrier = disordered(1.0);
        let exact = transmission(&barrier);
        assert!(inside.map(&barrier, MapKind::Current, exact).is_err());
        assert!(inside.map(&barrier, MapKind::Ldos, exact).is_ok());
    }
}
