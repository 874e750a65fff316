//! Checking every byte of a data set.

use std::path::PathBuf;
use std::{fs, io};

use super::error::DatasetError;
use super::read::Dataset;
use super::schema::Kind;
use crate::parallel;

/// A chunk that is not there or not sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The chunk's file.
    pub file: PathBuf,
    /// What is wrong with it; `None` if it is missing.
    pub damage: Option<String>,
}

/// What [`Dataset::verify`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Verification {
    /// Chunks along `sample` that the data set has once complete.
    pub chunks: u64,
    /// Those of which every array's file is there and sound.
    pub complete: u64,
    /// Chunk files that are missing.
    pub missing_files: u64,
    /// Chunk files that are damaged.
    pub damaged_files: u64,
    /// The first flaws, damage before gaps.
    pub flaws: Vec<Flaw>,
    /// Bytes of all sound chunk files.
    pub bytes: u64,
    /// The samples in complete chunks.
    pub samples: u64,
    /// How many of their transmissions were recomputed by a fallback solver.
    pub fallbacks: u64,
    /// The conductances at E = 0 of the samples in complete chunks, in order; empty if there are
    /// none in this data set.
    pub g: Vec<f64>,
    /// Their finite-bias conductances.
    pub g_bar: Vec<f64>,
}

impl Verification {
    /// Is everything there, and sound?
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.missing_files == 0 && self.damaged_files == 0
    }
}

/// What was found of one unit.
#[derive(Default)]
struct Found {
    missing: Vec<Kind>,
    damaged: Vec<Flaw>,
    bytes: u64,
    samples: u64,
    fallbacks: u64,
    g: Vec<f64>,
    g_bar: Vec<f64>,
}

impl Dataset {
    /// Reads every chunk file and checks its checksum, on all threads of the current rayon pool;
    /// names at most `most` flaws, and counts all.
    ///
    /// # Errors
    /// A file that cannot be read, for another reason than its content.
    pub fn verify(&self, most: usize) -> Result<Verification, DatasetError> {
        let chunks = self.chunks();
        // Only what is on disk is looked at one by one: a data set that has just been begun may lack
        // billions of chunks.
        let on_disk = self.arrays.on_disk(Kind::Transmission)?;
        let units: Vec<u64> = on_disk.range(..chunks).copied().collect();
        let found = parallel::try_map(&units, |&chunk| self.verify_unit(chunk))?;
        let energies = self.verify_energies()?;

        let kinds = self.arrays.sample_kinds().count() as u64;
        let mut result = Verification {
            chunks,
            complete: 0,
            missing_files: 0,
            damaged_files: 0,
            flaws: Vec::new(),
            bytes: energies.bytes,
            samples: 0,
            fallbacks: 0,
            g: Vec::new(),
            g_bar: Vec::new(),
        };
        let mut gaps: Vec<PathBuf> = Vec::new();
        let mut damaged = energies.damaged;
        if !energies.missing.is_empty() {
            gaps.push(self.arrays.file(Kind::Energies, 0));
            result.missing_files += 1;
        }
        for (&chunk, found) in units.iter().zip(found) {
            if found.missing.is_empty() && found.damaged.is_empty() {
                result.complete += 1;
            }
            result.bytes += found.bytes;
            result.missing_files += found.missing.len() as u64;
            gaps.extend(
                found
                    .missing
                    .iter()
                    .map(|&kind| self.arrays.file(kind, chunk)),
            );
            damaged.extend(found.damaged);
            result.samples += found.samples;
            result.fallbacks += found.fallbacks;
            result.g.extend(found.g);
            result.g_bar.extend(found.g_bar);
        }
        // Of a unit without `transmission` other files may be there, when its writer was killed.
        for chunk in (0..chunks)
            .filter(|chunk| !on_disk.contains(chunk))
            .take(most)
        {
            let kinds = self.arrays.sample_kinds();
            gaps.extend(
                kinds
                    .map(|kind| self.arrays.file(kind, chunk))
                    .filter(|file| !file.exists()),
            );
        }
        let absent = chunks - units.len() as u64;
        result.missing_files += absent.saturating_mul(kinds) - self.written_ahead(&units)?;
        result.damaged_files = damaged.len() as u64;
        let gaps = gaps.into_iter().map(|file| Flaw { file, damage: None });
        result.flaws = damaged.into_iter().chain(gaps).take(most).collect();
        Ok(result)
    }

    /// How many files there are of units that have no `transmission` yet.
    fn written_ahead(&self, units: &[u64]) -> Result<u64, DatasetError> {
        let mut count = 0;
        for kind in self.arrays.sample_kinds() {
            let on_disk = self.arrays.on_disk(kind)?;
            let ahead = on_disk.range(..self.chunks());
            let ahead = ahead.filter(|chunk| units.binary_search(chunk).is_err());
            count += ahead
                .filter(|&&chunk| self.arrays.file(kind, chunk).exists())
                .count() as u64;
        }
        Ok(count)
    }

    fn verify_energies(&self) -> Result<Found, DatasetError> {
        let mut found = Found::default();
        if let Some(energies) = self.verify_chunk::<f64>(Kind::Energies, 0, &mut found)?
            && energies != self.config().energies
        {
            found.damaged.push(Flaw {
                file: self.arrays.file(Kind::Energies, 0),
                damage: Some("its energies are not those of the attributes".to_owned()),
            });
        }
        Ok(found)
    }

    fn verify_unit(&self, chunk: u64) -> Result<Found, DatasetError> {
        let mut found = Found::default();
        let (mut g, mut g_bar) = (Vec::new(), Vec::new());
        let mut fallbacks = Vec::new();
        for kind in self.arrays.sample_kinds() {
            // Each with the type that the array has.
            match kind {
                Kind::Species => {
                    self.verify_chunk::<u8>(kind, chunk, &mut found)?;
                }
                Kind::Fallbacks => {
                    let values = self.verify_chunk::<u32>(kind, chunk, &mut found)?;
                    fallbacks = values.unwrap_or_default();
                }
                Kind::G | Kind::GBar => {
                    let values = self.verify_chunk::<f64>(kind, chunk, &mut found)?;
                    let column = if kind == Kind::G { &mut g } else { &mut g_bar };
                    *column = values.unwrap_or_default();
                }
                Kind::Onsite | Kind::Concentration | Kind::Energies | Kind::Transmission => {
                    self.verify_chunk::<f64>(kind, chunk, &mut found)?;
                }
            }
        }
        if found.missing.is_empty() && found.damaged.is_empty() {
            let per_chunk = self.config().chunk_samples;
            let within = (self.samples() - chunk * per_chunk).min(per_chunk);
            found.samples = within;
            let within = usize::try_from(within).unwrap_or(usize::MAX);
            let fallbacks = fallbacks.into_iter().take(within);
            found.fallbacks = fallbacks.map(u64::from).sum();
            g.truncate(within);
            g_bar.truncate(within);
            (found.g, found.g_bar) = (g, g_bar);
        }
        Ok(found)
    }

    /// Reads one chunk; what is wrong with it goes to `found`.
    fn verify_chunk<T>(
        &self,
        kind: Kind,
        chunk: u64,
        found: &mut Found,
    ) -> Result<Option<Vec<T>>, DatasetError>
    where
        T: zarrs::array::ElementOwned,
        Vec<T>: zarrs::array::FromArrayBytes,
    {
        match self.arrays.read::<T>(kind, chunk) {
            Ok(Some(values)) => {
                found.bytes += file_size(&self.arrays.file(kind, chunk));
                Ok(Some(values))
            }
            Ok(None) => {
                found.missing.push(kind);
                Ok(None)
            }
            Err(DatasetError::Damaged { file, reason }) => {
                found.damaged.push(Flaw {
                    file,
                    damage: Some(reason),
                });
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// Bytes of the metadata files.
    #[must_use]
    pub fn metadata_bytes(&self) -> u64 {
        let group = self.path().join(super::arrays::METADATA);
        let arrays = self
            .arrays
            .kinds()
            .map(|kind| self.arrays.metadata_file(kind));
        arrays.chain([group]).map(|file| file_size(&file)).sum()
    }
}

/// The size of a file that is there; 0 if it has gone meanwhile.
fn file_size(file: &std::path::Path) -> u64 {
    let size: io::Result<u64> = fs::metadata(file).map(|found| found.len());
    size.unwrap_or(0)
}
