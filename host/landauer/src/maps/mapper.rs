//! From strips to maps: planning, vectors of strips, and what is done where one way fails.

use std::f64::consts::FRAC_1_PI;
use std::mem::take;
use std::sync::Arc;

use landauer_core::transport::Lead;
use pulp::Arch;

use super::strip_maps::{StripMaps, turned};
use super::{Field, MapError, MapFallbacks, Maps, guard, slices};
use crate::memory;
use crate::onsite::OnsiteEnergies;
use crate::parallel;
use crate::solve::dissection::{
    Image, Incoming, Inside, InsideBatch, InstructionSet, Leads, Memory, Plan, Precise, Regions,
    Wanted, inside_workspace, is_wild, least_workspace,
};
use crate::solve::{Energies, SolverError, Stop};
use crate::system::StripSize;

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
    pub(super) size: StripSize,
    pub(super) energies: Energies,
    pub(super) fields: Vec<Field>,
    setups: Vec<Setup>,
    pub(super) lanes: usize,
    arch: Arch,
}

/// What is wider has more numbers between its ends than a machine can count.
const MAX_WIDTH: usize = 1 << 20;

/// Vectors of strips for each thread that are mapped together.
const VECTORS: usize = 64;

/// A strip at an energy, by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Case {
    sample: usize,
    energy: usize,
}

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
        // Strips that lie beside each other, at one energy after the other.
        let cases: Vec<Case> = (0..strips.len())
            .step_by(self.lanes)
            .flat_map(|begin| {
                let samples = begin..(begin + self.lanes).min(strips.len());
                let energies = 0..self.setups.len();
                energies.flat_map(move |energy| {
                    let samples = samples.clone();
                    samples.map(move |sample| Case { sample, energy })
                })
            })
            .collect();
        // Not all at once, so that not everything is in memory twice.
        for cases in cases.chunks(VECTORS * self.lanes * parallel::threads()) {
            if !self.map_some(&strips, cases, stop, &mut maps)? {
                return Ok(None);
            }
        }
        Ok(Some(maps))
    }

    /// Puts the maps of some cases in their places; not if it is stopped.
    fn map_some(
        &self,
        strips: &[&[f64]],
        cases: &[Case],
        stop: Stop<'_>,
        maps: &mut Maps,
    ) -> Result<bool, MapError> {
        // Walls are not for the fast way, unless nothing comes in.
        let is_wall = |case: &Case| {
            let lead = self.setups[case.energy].lead;
            lead.propagating_modes() > 0 && is_wild(strips[case.sample])
        };
        let (walls, mut left): (Vec<Case>, Vec<Case>) = cases.iter().copied().partition(is_wall);
        let images = std::iter::once(Image::PLAIN).chain(Image::MIRRORED);
        for (number, image) in images.enumerate() {
            // What is left of many vectors fills a few.
            let vectors: Vec<&[Case]> = left
                .chunk_by(|one, other| one.energy == other.energy)
                .flat_map(|cases| cases.chunks(self.lanes))
                .collect();
            let found = parallel::map_with(vectors.clone(), Memory::default, |memory, cases| {
                (!stop()).then(|| self.by_dissection(strips, cases, image, memory))
            });
            let mut lost = Vec::new();
            for (cases, found) in vectors.into_iter().zip(found) {
                let Some(found) = found else {
                    return Ok(false);
                };
                for (&case, found) in cases.iter().zip(found) {
                    if let Some(found) = found {
                        self.put(maps, case, &found);
                        maps.fallbacks.mirrored += u64::from(number > 0);
                    } else {
                        lost.push(case);
                    }
                }
            }
            lost.sort_unstable_by_key(|case| (case.energy, case.sample));
            left = lost;
        }
        left.extend(walls);
        left.sort_unstable_by_key(|case| (case.energy, case.sample));
        let found = parallel::map(&left, |&case| {
            (!stop()).then(|| self.by_slices(strips[case.sample], case))
        });
        for (case, found) in left.into_iter().zip(found) {
            let Some(found) = found else {
                return Ok(false);
            };
            self.put(maps, case, &found?);
            maps.fallbacks.slices += 1;
        }
        Ok(true)
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
        let lately = numbers(&self.fields, sites).saturating_mul(VECTORS as u64);
        let workers = (workers.unwrap_or(0) as u64 + lately)
            .saturating_mul(self.lanes as u64)
            .saturating_mul(parallel::threads() as u64);
        results.saturating_add(workers).saturating_mul(8)
    }

    pub(super) fn empty(&self, samples: usize) -> Maps {
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

    /// The maps of at most a vector of strips at one energy, dissected in this image; of none that it does not find.
    fn by_dissection(
        &self,
        strips: &[&[f64]],
        cases: &[Case],
        image: Image,
        memory: &mut Memory<f64>,
    ) -> Vec<Option<StripMaps>> {
        let Some(setup) = cases.first().map(|case| &self.setups[case.energy]) else {
            return Vec::new();
        };
        let modes = setup.lead.propagating_modes();
        if modes == 0 {
            // Nothing comes in, and all maps stay zero.
            return vec![Some(StripMaps::new(0.0)); cases.len()];
        }
        let images = cases.iter().map(|case| (strips[case.sample], image));
        let images: Vec<(&[f64], Image)> = images.collect();
        let wanted = self.wanted(image);
        let mut insides = self.dissect(setup, wanted, &images, memory).into_iter();
        { cases.iter() }
            .map(|_| self.accept(insides.next()?, modes, image, wanted))
            .collect()
    }

    /// The maps of a strip, slice by slice.
    fn by_slices(&self, strip: &[f64], case: Case) -> Result<StripMaps, MapError> {
        let lead = self.setups[case.energy].lead;
        let maps = slices::maps(self.size, strip, lead, &self.fields);
        let is_right = guard::accepts(&maps, self.size, lead.propagating_modes());
        is_right.then_some(maps).ok_or_else(|| MapError::Lost {
            sample: case.sample,
            energy: lead.energy(),
        })
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

    fn put(&self, maps: &mut Maps, case: Case, strip: &StripMaps) {
        let place = case.sample * self.setups.len() + case.energy;
        maps.transmissions[place] = strip.transmission;
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
pub(super) fn numbers(fields: &[Field], sites: u64) -> u64 {
    let bonds = fields.contains(&Field::Current);
    sites.saturating_mul(fields.len() as u64 + u64::from(bonds))
}
