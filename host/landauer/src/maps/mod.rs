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
mod mean;
mod site_current;
mod slices;
mod stream;
#[cfg(test)]
mod tests;

pub use mean::MeanMaps;
pub use stream::MapStream;

use std::f64::consts::FRAC_1_PI;
use std::mem::take;
use std::sync::Arc;

use landauer_core::transport::Lead;
use pulp::Arch;

use crate::failure::{Categorised, Category};
use crate::memory::{self, TooLittleMemory};
use crate::onsite::OnsiteEnergies;
use crate::parallel;
use crate::solve::dissection::{
    Image, Incoming, Inside, InsideBatch, InstructionSet, Leads, Memory, Plan, Precise, Regions,
    Wanted, inside_workspace, is_wild, least_workspace,
};
use crate::solve::{Energies, SolverError, Stop};
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

/// Computes maps of strips of one size at some energies.
///
/// # Example
/// ```
/// use landauer::maps::{Field, Mapper};
/// use landauer::{Energies, OnsiteEnergies, StripSize};
/// let size = StripSize::new(3, 4)?;
/// let mut onsite = vec![0.0; 12];
/// onsite[5] = 5.0;
/// let strip = OnsiteEnergies::new(size, onsite)?;
/// let maps = Mapper::new(size, Energies::default(), &Field::ALL)?.map(&strip)?;
/// // Every cross-section carries T.
/// let current = maps.current_x().expect("it was asked for");
/// let sum: f64 = current[..4].iter().sum();
/// assert!((sum - maps.transmissions()[0]).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Mapper {
    size: StripSize,
    energies: Energies,
    fields: Vec<Field>,
    setups: Vec<Setup>,
    lanes: usize,
    arch: Arch,
}

/// What is wider has more numbers between its ends than a machine can count.
const MAX_WIDTH: usize = 1 << 20;

/// Vectors of strips that a thread maps before they are put in their place.
const JOBS: usize = 64;

/// One energy.
#[derive(Debug)]
struct Setup {
    lead: Lead<f64>,
    /// `None` where nothing propagates, or there is no inside to be dissected.
    dissection: Option<Dissection>,
}

/// What the fast way needs.
#[derive(Debug)]
struct Dissection {
    plan: Arc<Plan>,
    regions: Arc<Regions>,
    leads: Leads<f64>,
    incoming: Incoming,
}

/// All maps of strips at one energy (units of t), on all threads: see [`Mapper`].
///
/// # Errors
/// An energy that is not finite; too little memory; a strip whose maps no method finds.
pub fn maps(strips: &OnsiteEnergies<'_>, energy: f64) -> Result<Maps, MapError> {
    let energies = Energies::new([energy]).map_err(|_| SolverError::Energy(energy))?;
    Mapper::new(strips.size(), energies, &Field::ALL)?.map(strips)
}

impl Mapper {
    /// Computes these fields (each once, in this order) for strips of this size at these energies. Plans the
    /// elimination.
    ///
    /// # Errors
    /// An energy that no lead can have; too little memory.
    pub fn new(size: StripSize, energies: Energies, fields: &[Field]) -> Result<Self, MapError> {
        let lanes = InstructionSet::best().lanes::<f64>();
        let bytes = if size.width() <= MAX_WIDTH {
            (least_workspace(size) as u64).saturating_mul(8 * lanes as u64)
        } else {
            u64::MAX
        };
        memory::require("planning these maps", bytes)?;
        let plans = if size.length() > 1 {
            Plan::for_energies(size, energies.all())
        } else {
            Vec::new()
        };
        let mut regions: Vec<(Arc<Plan>, Arc<Regions>)> = Vec::new();
        let mut setups = Vec::with_capacity(energies.count());
        for (number, &energy) in energies.all().iter().enumerate() {
            let lead = Lead::new(size.width(), energy).map_err(|_| SolverError::Energy(energy))?;
            let plan = plans.get(number).filter(|_| lead.propagating_modes() > 0);
            let dissection = plan.map(|plan| {
                let known = regions.iter().find(|(known, _)| Arc::ptr_eq(known, plan));
                let regions = if let Some((_, regions)) = known {
                    Arc::clone(regions)
                } else {
                    let new = Arc::new(Regions::new(plan));
                    regions.push((Arc::clone(plan), Arc::clone(&new)));
                    new
                };
                Dissection {
                    plan: Arc::clone(plan),
                    regions,
                    leads: Leads::new(plan, lead),
                    incoming: Incoming::new(lead),
                }
            });
            setups.push(Setup { lead, dissection });
        }
        let mut once: Vec<Field> = Vec::with_capacity(fields.len());
        for &field in fields {
            if !once.contains(&field) {
                once.push(field);
            }
        }
        Ok(Self {
            size,
            energies,
            fields: once,
            setups,
            lanes,
            arch: Arch::new(),
        })
    }

    /// The same on another instruction set than the best of this machine: a test's business.
    #[doc(hidden)]
    #[must_use]
    pub fn on(mut self, set: InstructionSet) -> Self {
        self.arch = set.arch();
        self.lanes = set.lanes::<f64>();
        self
    }

    /// The maps of these strips, on all threads of the current rayon pool. The same bits on every machine, at any
    /// number of threads, beside any other strips.
    ///
    /// # Errors
    /// Strips of another size; too little memory; a strip whose maps no method finds.
    pub fn map(&self, strips: &OnsiteEnergies<'_>) -> Result<Maps, MapError> {
        let maps = self.map_unless(strips, &|| false)?;
        Ok(maps.unwrap_or_else(|| self.empty(0)))
    }

    /// The same unless `stop` says yes, which is asked before each vector of strips: then `None`.
    ///
    /// # Errors
    /// As [`map`](Self::map).
    #[doc(hidden)]
    pub fn map_unless(
        &self,
        strips: &OnsiteEnergies<'_>,
        stop: Stop<'_>,
    ) -> Result<Option<Maps>, MapError> {
        if strips.size() != self.size {
            return Err(MapError::OtherSize {
                expected: self.size,
                found: strips.size(),
            });
        }
        memory::require("computing these maps", self.bytes(strips.samples()))?;
        let mut maps = self.empty(strips.samples());
        let strips: Vec<&[f64]> = strips.iter().collect();
        let jobs: Vec<(usize, usize)> = (0..strips.len())
            .step_by(self.lanes)
            .flat_map(|begin| (0..self.setups.len()).map(move |energy| (begin, energy)))
            .collect();
        // Not all at once, so that not everything is in memory twice.
        for jobs in jobs.chunks(JOBS * parallel::threads()) {
            let found =
                parallel::map_with(jobs.to_vec(), Memory::default, |memory, (begin, energy)| {
                    if stop() {
                        return Ok(None);
                    }
                    let end = (begin + self.lanes).min(strips.len());
                    self.vector(&strips[begin..end], begin, energy, memory)
                        .map(Some)
                });
            for (&(begin, energy), found) in jobs.iter().zip(found) {
                let Some(found) = found? else {
                    return Ok(None);
                };
                for (sample, strip) in (begin..).zip(found) {
                    self.put(&mut maps, sample, energy, &strip);
                }
            }
        }
        Ok(Some(maps))
    }

    /// Bytes of the maps of so many strips, and of the workers.
    fn bytes(&self, samples: usize) -> u64 {
        let sites = self.size.sites() as u64;
        let results = numbers(&self.fields, sites)
            .saturating_mul(samples as u64)
            .saturating_mul(self.setups.len() as u64);
        let plans = self
            .setups
            .iter()
            .filter_map(|setup| setup.dissection.as_ref());
        let workers = plans
            .map(|one| inside_workspace(&one.plan, &one.regions))
            .max();
        // And what they have found lately.
        let lately = numbers(&self.fields, sites).saturating_mul(JOBS as u64);
        let workers = (workers.unwrap_or(0) as u64 + lately)
            .saturating_mul(self.lanes as u64)
            .saturating_mul(parallel::threads() as u64);
        results.saturating_add(workers).saturating_mul(8)
    }

    fn empty(&self, samples: usize) -> Maps {
        let (length, width) = (self.size.length(), self.size.width());
        let count = samples * self.setups.len();
        let sites = self.fields.iter().map(|&field| {
            let sites = if field == Field::Current {
                0
            } else {
                self.size.sites()
            };
            vec![0.0; count * sites]
        });
        Maps {
            size: self.size,
            energies: self.energies.clone(),
            fields: self.fields.clone(),
            transmissions: vec![0.0; count],
            sites: sites.collect(),
            current: self.fields.contains(&Field::Current).then(|| {
                [(length - 1) * width, length * (width - 1)].map(|bonds| vec![0.0; count * bonds])
            }),
            fallbacks: MapFallbacks::default(),
        }
    }

    /// The maps of at most a vector of strips at one energy.
    fn vector(
        &self,
        strips: &[&[f64]],
        begin: usize,
        energy: usize,
        memory: &mut Memory<f64>,
    ) -> Result<Vec<(StripMaps, MapFallbacks)>, MapError> {
        let setup = &self.setups[energy];
        let modes = setup.lead.propagating_modes();
        if modes == 0 {
            // Nothing comes in, and all maps stay zero.
            let nothing = (StripMaps::new(0.0), MapFallbacks::default());
            return Ok(vec![nothing; strips.len()]);
        }
        let mut found: Vec<Option<(StripMaps, MapFallbacks)>> = vec![None; strips.len()];
        let images = std::iter::once(Image::PLAIN).chain(Image::MIRRORED);
        for (number, image) in images.enumerate() {
            // Walls are not for the fast way: the solver says why.
            let waits = |lane: &usize| found[*lane].is_none() && !is_wild(strips[*lane]);
            let lanes: Vec<usize> = (0..strips.len()).filter(waits).collect();
            let images: Vec<(&[f64], Image)> =
                lanes.iter().map(|&lane| (strips[lane], image)).collect();
            let fallbacks = MapFallbacks {
                mirrored: u64::from(number > 0),
                slices: 0,
            };
            let wanted = self.wanted(image);
            let insides = self.dissect(setup, wanted, &images, memory);
            for (lane, inside) in lanes.into_iter().zip(insides) {
                let maps = self.accept(inside, modes, image, wanted);
                found[lane] = maps.map(|maps| (maps, fallbacks));
            }
        }
        let found = found
            .into_iter()
            .zip(strips)
            .enumerate()
            .map(|(lane, (found, strip))| {
                if let Some(found) = found {
                    return Ok(found);
                }
                let maps = slices::maps(self.size, strip, setup.lead, &self.fields);
                let fallbacks = MapFallbacks {
                    mirrored: 0,
                    slices: 1,
                };
                let lost = MapError::Lost {
                    sample: begin + lane,
                    energy: setup.lead.energy(),
                };
                let is_right = guard::accepts(&maps, self.size, modes);
                is_right.then_some((maps, fallbacks)).ok_or(lost)
            });
        found.collect()
    }

    /// The fast way; nothing if there is none.
    fn dissect(
        &self,
        setup: &Setup,
        wanted: Wanted,
        strips: &[(&[f64], Image)],
        memory: &mut Memory<f64>,
    ) -> Vec<Inside> {
        let dissection = setup.dissection.as_ref().filter(|_| !strips.is_empty());
        let Some(dissection) = dissection else {
            return Vec::new();
        };
        self.arch.dispatch(InsideBatch {
            plan: &dissection.plan,
            regions: &dissection.regions,
            leads: &dissection.leads,
            incoming: &dissection.incoming,
            strips,
            wanted,
            memory,
        })
    }

    /// What the fields are made of, in an image of the strip: reversed, left is right.
    fn wanted(&self, image: Image) -> Wanted {
        let mut wanted = Wanted::default();
        let [left, right] = if image.reversed { [1, 0] } else { [0, 1] };
        for field in &self.fields {
            match field {
                Field::Ldos => wanted.states = [true; 2],
                Field::DensityLeft => wanted.states[left] = true,
                Field::DensityRight => wanted.states[right] = true,
                Field::Current => {
                    wanted.states[left] = true;
                    wanted.current[left] = true;
                }
                Field::Gradient => {
                    wanted.states[1] = true;
                    wanted.gradient = true;
                }
            }
        }
        wanted
    }

    /// What the fast way has found of an image, if it is right; turned back.
    fn accept(
        &self,
        inside: Inside,
        modes: usize,
        image: Image,
        wanted: Wanted,
    ) -> Option<StripMaps> {
        let Inside {
            transmission,
            growth,
            defect,
            residual,
            mut densities,
            mut gradient,
            current: [mut along, mut across],
            sections,
        } = inside;
        // What comes from the right flows to the left.
        let flows = [transmission, -transmission];
        let carried = (0..2).filter(|&lead| wanted.states[lead]).all(|lead| {
            let mut sections = sections[lead].iter();
            sections.all(|&section| guard::agree(section, flows[lead], modes))
        });
        let is_right = growth <= f64::MAX_GROWTH
            && guard::agree(defect, 0.0, modes)
            && guard::solves(residual)
            && carried;
        if !is_right {
            return None;
        }
        if image.reversed {
            densities.reverse();
        }
        let width = self.size.width();
        let densities = densities.map(|mut density| {
            for value in &mut density {
                *value *= 0.5 * FRAC_1_PI;
            }
            turned(density, width, image, false)
        });
        let mut maps = StripMaps::new(transmission);
        let [left, right] = &densities;
        for &field in &self.fields {
            match field {
                Field::Ldos => {
                    let sums = left.iter().zip(right).map(|(left, right)| left + right);
                    maps.put(field, sums.collect());
                }
                Field::DensityLeft => maps.put(field, left.clone()),
                Field::DensityRight => maps.put(field, right.clone()),
                Field::Gradient => {
                    let gradient = take(&mut gradient);
                    maps.put(field, turned(gradient, width, image, false));
                }
                Field::Current => {
                    // What flows to the next slice of a reversed strip flows to the one before in the strip itself.
                    let along = turned(take(&mut along), width, image, image.reversed);
                    let across = turned(take(&mut across), width - 1, image, image.upside_down);
                    maps.put_current(along, across);
                }
            }
        }
        guard::accepts(&maps, self.size, modes).then_some(maps)
    }

    fn put(
        &self,
        maps: &mut Maps,
        sample: usize,
        energy: usize,
        (strip, fallbacks): &(StripMaps, MapFallbacks),
    ) {
        let place = sample * self.setups.len() + energy;
        maps.transmissions[place] = strip.transmission;
        maps.fallbacks.mirrored += fallbacks.mirrored;
        maps.fallbacks.slices += fallbacks.slices;
        let put = |to: &mut Vec<f64>, from: &[f64]| {
            to[place * from.len()..][..from.len()].copy_from_slice(from);
        };
        for (&field, to) in self.fields.iter().zip(&mut maps.sites) {
            if let Some(from) = strip.field(field) {
                put(to, from);
            }
        }
        if let (Some(to), Some(from)) = (&mut maps.current, strip.current()) {
            for (to, from) in to.iter_mut().zip(from) {
                put(to, from);
            }
        }
    }
}

/// Numbers of the maps of a strip of so many sites, at most.
fn numbers(fields: &[Field], sites: u64) -> u64 {
    let bonds = fields.contains(&Field::Current);
    sites.saturating_mul(fields.len() as u64 + u64::from(bonds))
}

/// The values of an image, so many in a slice, where they are in the strip itself; with the other sign if `negative`.
fn turned(mut values: Vec<f64>, slice: usize, image: Image, negative: bool) -> Vec<f64> {
    if image.reversed != image.upside_down {
        // Each slice on its own first, if all are to be reversed.
        if slice > 0 {
            values.chunks_exact_mut(slice).for_each(<[f64]>::reverse);
        }
    }
    if image.reversed {
        values.reverse();
    }
    if negative {
        for value in &mut values {
            *value = -*value;
        }
    }
    values
}

/// The maps of one strip at one energy.
#[derive(Debug, Clone, PartialEq)]
struct StripMaps {
    transmission: f64,
    sites: Vec<(Field, Vec<f64>)>,
    current: Option<[Vec<f64>; 2]>,
}

impl StripMaps {
    const fn new(transmission: f64) -> Self {
        Self {
            transmission,
            sites: Vec::new(),
            current: None,
        }
    }

    fn put(&mut self, field: Field, values: Vec<f64>) {
        self.sites.push((field, values));
    }

    fn put_current(&mut self, along: Vec<f64>, across: Vec<f64>) {
        self.current = Some([along, across]);
    }

    fn field(&self, field: Field) -> Option<&[f64]> {
        let found = self.sites.iter().find(|(one, _)| *one == field);
        found.map(|(_, values)| &values[..])
    }

    fn current(&self) -> Option<[&[f64]; 2]> {
        self.current
            .as_ref()
            .map(|[along, across]| [&along[..], &across[..]])
    }

    /// All arrays, in the order of the fields.
    fn arrays(&self) -> impl Iterator<Item = &[f64]> {
        let sites = self.sites.iter().map(|(_, values)| &values[..]);
        let current = self.current.iter().flatten();
        sites.chain(current.map(|values| &values[..]))
    }
}
