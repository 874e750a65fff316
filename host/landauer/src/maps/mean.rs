//! Averages of maps over disorder.

use super::{Field, MapError, MapFallbacks, Mapper, Maps};
use crate::memory;
use crate::solve::{Energies, StreamError, StripSource};
use crate::statistics::MeanAndError;
use crate::system::StripSize;

impl Field {
    /// The name of what is averaged of it: densities themselves, of the current and of the gradient the magnitude.
    #[must_use]
    pub const fn mean_name(self) -> &'static str {
        match self {
            Self::Current => "current_magnitude",
            Self::Gradient => "gradient_magnitude",
            density => density.name(),
        }
    }
}

/// Means of maps over samples, with their standard errors: of the densities themselves, of |dT/dε|, and of the magnitude
/// of the current at each site ([`Maps::current_magnitude`]).
///
/// Samples are taken in one after the other, so that the bits depend on nothing but their order.
///
/// # Example
/// ```
/// use landauer::maps::{Field, Mapper};
/// use landauer::{Concentration, DisorderModel, Energies, Ensemble, EnsembleSource, StripSize};
/// let size = StripSize::new(4, 3)?;
/// let ensemble = Ensemble::new(DisorderModel::II, Concentration::Fixed(0.2), 1)?;
/// let mapper = Mapper::new(size, Energies::new([0.1])?, &[Field::Ldos])?;
/// let means = mapper.mean(&mut EnsembleSource::new(ensemble, size, 0..100))?;
/// assert_eq!(means.samples(), 100);
/// let corner = means.field(Field::Ldos).expect("it was asked for")[0];
/// println!("{:?} 1/t, to {:?}", corner.mean(), corner.standard_error());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MeanMaps {
    size: StripSize,
    energies: Energies,
    fields: Vec<Field>,
    /// `[energy]`.
    transmissions: Vec<MeanAndError>,
    /// One for each field, `[energy, slice, row]`.
    sums: Vec<Vec<MeanAndError>>,
    samples: u64,
    fallbacks: MapFallbacks,
}

impl MeanMaps {
    /// Means of no samples yet, of what this mapper maps.
    ///
    /// # Errors
    /// Too little memory; a current of strips of one slice.
    pub fn new(mapper: &Mapper) -> Result<Self, MapError> {
        let (size, fields) = (mapper.size, &mapper.fields);
        if size.length() == 1 && fields.contains(&Field::Current) {
            return Err(MapError::OneSlice);
        }
        let energies = mapper.energies.clone();
        let sites = size.sites().saturating_mul(energies.count());
        let bytes = (sites as u64)
            .saturating_mul(fields.len() as u64)
            .saturating_mul(size_of::<MeanAndError>() as u64);
        memory::require("averaging these maps", bytes)?;
        Ok(Self {
            size,
            transmissions: vec![MeanAndError::default(); energies.count()],
            sums: vec![vec![MeanAndError::default(); sites]; fields.len()],
            energies,
            fields: fields.clone(),
            samples: 0,
            fallbacks: MapFallbacks::default(),
        })
    }

    /// Takes in the maps of more samples, in their order.
    ///
    /// # Errors
    /// Maps of another size, at other energies or of other fields; nothing of them is taken in.
    pub fn push(&mut self, maps: &Maps) -> Result<(), MapError> {
        self.check(maps.size, &maps.energies, &maps.fields)?;
        let count = self.energies.count();
        for of_sample in maps.transmissions.chunks_exact(count) {
            for (sum, &value) in self.transmissions.iter_mut().zip(of_sample) {
                sum.push(value);
            }
        }
        for (&field, sums) in self.fields.iter().zip(&mut self.sums) {
            let mut take = |value: &dyn Fn(usize) -> f64, numbers: usize| {
                // Sample by sample: `numbers` are those of all of them.
                for place in (0..numbers).step_by(sums.len()) {
                    for (sum, place) in sums.iter_mut().zip(place..) {
                        sum.push(value(place));
                    }
                }
            };
            match field {
                Field::Current => {
                    let values = maps.current_magnitude().unwrap_or_default();
                    take(&|place| values[place], values.len());
                }
                Field::Gradient => {
                    let values = maps.field(field).unwrap_or_default();
                    take(&|place| values[place].abs(), values.len());
                }
                density => {
                    let values = maps.field(density).unwrap_or_default();
                    take(&|place| values[place], values.len());
                }
            }
        }
        self.samples += (maps.transmissions.len() / count) as u64;
        self.fallbacks += maps.fallbacks;
        Ok(())
    }

    /// Takes in all samples of `other`. The same parts in the same order give the same bits; other parts differ by
    /// rounding.
    ///
    /// # Errors
    /// Means of another size, at other energies or of other fields; nothing of them is taken in.
    pub fn merge(&mut self, other: &Self) -> Result<(), MapError> {
        self.check(other.size, &other.energies, &other.fields)?;
        let own = self
            .sums
            .iter_mut()
            .flatten()
            .chain(&mut self.transmissions);
        let others = other.sums.iter().flatten().chain(&other.transmissions);
        for (sum, other) in own.zip(others) {
            sum.merge(other);
        }
        self.samples += other.samples;
        self.fallbacks += other.fallbacks;
        Ok(())
    }

    fn check(
        &self,
        size: StripSize,
        energies: &Energies,
        fields: &[Field],
    ) -> Result<(), MapError> {
        if size != self.size {
            return Err(MapError::OtherSize {
                expected: self.size,
                found: size,
            });
        }
        let differs = if *energies == self.energies {
            (*fields != self.fields).then_some("fields")
        } else {
            Some("energies")
        };
        differs.map_or(Ok(()), |what| Err(MapError::Unlike { what }))
    }

    /// The size of the strips.
    #[must_use]
    pub const fn size(&self) -> StripSize {
        self.size
    }

    /// The energies.
    #[must_use]
    pub const fn energies(&self) -> &Energies {
        &self.energies
    }

    /// The fields that are averaged.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// How many samples there were.
    #[must_use]
    pub const fn samples(&self) -> u64 {
        self.samples
    }

    /// The transmission, `[energy]`.
    #[must_use]
    pub fn transmissions(&self) -> &[MeanAndError] {
        &self.transmissions
    }

    /// A field, `[energy, slice, row]`, in the units of its maps: of the current and the gradient the magnitude. `None`
    /// if it was not asked for.
    #[must_use]
    pub fn field(&self, field: Field) -> Option<&[MeanAndError]> {
        let place = self.fields.iter().position(|&one| one == field)?;
        Some(&self.sums[place])
    }

    /// How many samples' maps were computed another way, at all energies.
    #[must_use]
    pub const fn fallbacks(&self) -> MapFallbacks {
        self.fallbacks
    }
}

impl Mapper {
    /// The means of the maps of all strips of a source, which are read a few at a time. On all threads of the current
    /// rayon pool; the same bits at any number of them.
    ///
    /// # Errors
    /// What the source says; strips of another size; too little memory; a strip whose maps no method finds.
    pub fn mean<S: StripSource>(&self, source: &mut S) -> Result<MeanMaps, StreamError<S::Error>> {
        let mut means = MeanMaps::new(self)?;
        for maps in self.stream(source) {
            means.push(&maps?)?;
        }
        Ok(means)
    }
}
