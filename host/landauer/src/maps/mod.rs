//! Inside the strip: where the electrons are, where current flows, and what every site does to T.
//!
//! All maps are sums over the scattering states of the propagating modes. These are known at the ends, once the strip
//! between them has been eliminated, and the elimination's way back carries them to all sites by real numbers alone.
//!
//! What is computed is checked before it is believed (`guard`), and computed another way where it fails: for mirror
//! images of the strip, which go through other pivots, at last slice by slice with pivoting (`slices`).
//!
//! [`maps()`] for once; a [`Mapper`] for more, which gives [`Maps`] of a batch of strips, a [stream](Mapper::stream) of
//! them, or [`MeanMaps`]: averages over disorder.

mod guard;
mod mapper;
mod mean;
mod site_current;
mod slices;
mod stream;
mod strip_maps;
#[cfg(test)]
mod tests;

pub use mapper::Mapper;
pub use mean::MeanMaps;
pub use stream::MapStream;

use std::ops::AddAssign;

use crate::failure::{Categorised, Category};
use crate::memory::TooLittleMemory;
use crate::onsite::OnsiteEnergies;
use crate::solve::{Energies, SolverError};
use crate::system::StripSize;

/// A map of the inside of a strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
    /// The local density of states −Im G_ii/π, in 1/t: for one spin, from both leads.
    Ldos,
    /// That of the scattering states that come from the left lead, (G Γ_L G†)_ii/2π, in 1/t.
    DensityLeft,
    /// That of those from the right lead, (G Γ_R G†)_ii/2π, in 1/t.
    DensityRight,
    /// The particle current of all states that come from the left, each mode carrying 1: through every cross-section
    /// T. On bonds: [`Maps::current_x`] and [`Maps::current_y`].
    Current,
    /// The derivative of T by each on-site energy, in 1/t.
    Gradient,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Ldos,
        Self::DensityLeft,
        Self::DensityRight,
        Self::Current,
        Self::Gradient,
    ];

    /// Its name in files and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ldos => "ldos",
            Self::DensityLeft => "density_left",
            Self::DensityRight => "density_right",
            Self::Current => "current",
            Self::Gradient => "gradient",
        }
    }

    /// The field of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// How many strips' maps were computed another way, because the first lost too many digits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MapFallbacks {
    /// For a mirror image of the strip.
    pub mirrored: u64,
    /// Slice by slice, with pivoting.
    pub slices: u64,
}

impl AddAssign for MapFallbacks {
    fn add_assign(&mut self, other: Self) {
        self.mirrored += other.mirrored;
        self.slices += other.slices;
    }
}

/// Maps of some strips at some energies: see [`Mapper`].
#[derive(Debug, Clone, PartialEq)]
pub struct Maps {
    size: StripSize,
    energies: Energies,
    fields: Vec<Field>,
    transmissions: Vec<f64>,
    /// One for each field but the current, `[sample, energy, slice, row]`; empty for it.
    sites: Vec<Vec<f64>>,
    current: Option<[Vec<f64>; 2]>,
    fallbacks: MapFallbacks,
}

impl Maps {
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

    /// The fields that were asked for.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The transmissions, `[sample, energy]`.
    #[must_use]
    pub fn transmissions(&self) -> &[f64] {
        &self.transmissions
    }

    /// A map of sites, `[sample, energy, slice, row]`; `None` if it was not asked for, and of the current, which is on
    /// bonds.
    #[must_use]
    pub fn field(&self, field: Field) -> Option<&[f64]> {
        let place = self.fields.iter().position(|&one| one == field)?;
        (field != Field::Current).then(|| &self.sites[place][..])
    }

    /// The current from each site to the same row of the next slice, `[sample, energy, slice, row]`, one slice less
    /// than the strip has; `None` if it was not asked for.
    #[must_use]
    pub fn current_x(&self) -> Option<&[f64]> {
        self.current.as_ref().map(|[along, _]| &along[..])
    }

    /// The current from each site to the next row, `[sample, energy, slice, row]`, one row less than the strip has;
    /// `None` if it was not asked for.
    #[must_use]
    pub fn current_y(&self) -> Option<&[f64]> {
        self.current.as_ref().map(|[_, across]| &across[..])
    }

    /// What was computed another way.
    #[must_use]
    pub const fn fallbacks(&self) -> MapFallbacks {
        self.fallbacks
    }
}

/// Why there are no maps.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MapError {
    /// An energy that no solver takes.
    #[error(transparent)]
    Energy(#[from] SolverError),
    /// They do not fit into memory.
    #[error(transparent)]
    Memory(#[from] TooLittleMemory),
    /// The strips have another size than the mapper's.
    #[error(
        "the strips have {} x {} sites, and the maps are of {} x {}",
        found.length(), found.width(), expected.length(), expected.width()
    )]
    OtherSize {
        /// The mapper's size.
        expected: StripSize,
        /// The strips' size.
        found: StripSize,
    },
    /// Maps that cannot be averaged together.
    #[error("maps of other {what} than those before cannot be averaged with them")]
    Unlike {
        /// In what they differ.
        what: &'static str,
    },
    /// The magnitude of a current that no map has.
    #[error(
        "a strip of one slice has no bonds along transport: the current at its sites is not known, so leave it out"
    )]
    OneSlice,
    /// No way of computing them keeps enough digits.
    #[error(
        "sample {sample} at E = {}: no way to compute the maps of this strip keeps their promised accuracy; where a mode of the \
         leads begins to propagate, densities of states may have no bound: another energy helps",
        landauer_core::Compact(*energy)
    )]
    Lost {
        /// The sample, counted from the batch's first.
        sample: usize,
        /// The energy in units of t.
        energy: f64,
    },
}

impl Categorised for MapError {
    fn category(&self) -> Category {
        match self {
            Self::Energy(error) => error.category(),
            Self::Memory(error) => error.category(),
            Self::OtherSize { .. } | Self::Unlike { .. } | Self::OneSlice => Category::Input,
            Self::Lost { .. } => Category::Internal,
        }
    }
}

/// All maps of strips at one energy (units of t), on all threads: see [`Mapper`].
///
/// # Errors
/// An energy that is not finite; too little memory; a strip whose maps no method finds.
pub fn maps(strips: &OnsiteEnergies<'_>, energy: f64) -> Result<Maps, MapError> {
    let energies = Energies::new([energy]).map_err(|_| SolverError::Energy(energy))?;
    Mapper::new(strips.size(), energies, &Field::ALL)?.map(strips)
}
