//! Reading a data set.

use std::fs;
use std::io;
use std::iter;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::Value;
use zarrs::array::{ElementOwned, FromArrayBytes};

use super::arrays::{Arrays, METADATA};
use super::config::DatasetConfig;
use super::error::DatasetError;
use super::schema::{Attributes, FORMAT, FORMAT_VERSION, Kind, group_metadata};
use crate::ensemble::{Choice, Strips, Wish};
use crate::files::ReadError;
use crate::work::MAX_SAMPLES;

/// Which solver is to make this data set at `path`, as was wished: the one that has begun it, if it
/// is there.
#[must_use]
pub fn choose_solver(path: &Path, config: &DatasetConfig, wish: Wish) -> Choice {
    let there = attributes(path).ok().map(|attributes| attributes.solver);
    let strips = Strips::of(&config.ensemble, config.size);
    wish.choose(&[strips], there.as_deref())
}

/// A data set that is there, finished or not.
///
/// # Example
/// ```no_run
/// use landauer::dataset::Dataset;
///
/// let dataset = Dataset::open("data/m2.zarr".as_ref())?;
/// if let Some(g) = dataset.g()? {
///     let mean = g.iter().sum::<f64>() / dataset.samples() as f64;
///     println!("{:?}: mean G = {mean} G0", dataset.config().ensemble);
/// }
/// # Ok::<(), landauer::dataset::DatasetError>(())
/// ```
#[derive(Debug)]
pub struct Dataset {
    config: DatasetConfig,
    solver: String,
    pub(super) arrays: Arrays,
}

impl Dataset {
    /// Opens the data set at `path`: reads its metadata, none of its chunks.
    ///
    /// # Errors
    /// [`DatasetError::NoDataset`] if something else or nothing is there; damaged or unfinished
    /// metadata.
    pub fn open(path: &Path) -> Result<Self, DatasetError> {
        let attributes = attributes(path)?;
        let (samples, chunk_samples) = length(path)?;
        let file = path.join(METADATA);
        let wrong = |reason: String| DatasetError::Metadata {
            file: file.clone(),
            reason,
        };
        let config = attributes.config(chunk_samples);
        let config = config.map_err(|error| wrong(error.to_string()))?;
        config.check().map_err(|error| wrong(error.to_string()))?;
        if read_metadata(&file)? != Some(group_metadata(&config, &attributes.solver)) {
            return Err(wrong("it is not what a data set's would be".to_owned()));
        }
        let arrays = Arrays::new(path, &config, samples)?;
        for kind in arrays.kinds() {
            let file = arrays.metadata_file(kind);
            let Some(found) = read_metadata(&file)? else {
                return Err(DatasetError::Unfinished { file });
            };
            let wanted = arrays.metadata(kind)?;
            if found != wanted {
                return Err(if same_but_for_length(kind, &found, &wanted) {
                    DatasetError::Unfinished { file }
                } else {
                    let reason = "it is not what the data set's attributes ask for".to_owned();
                    DatasetError::Metadata { file, reason }
                });
            }
        }
        Ok(Self {
            config,
            solver: attributes.solver,
            arrays,
        })
    }

    /// What determines its content.
    #[must_use]
    pub const fn config(&self) -> &DatasetConfig {
        &self.config
    }

    /// The identity of the solver that it was made with.
    #[must_use]
    pub fn solver(&self) -> &str {
        &self.solver
    }

    /// The version of the format.
    #[must_use]
    pub const fn format_version(&self) -> u32 {
        FORMAT_VERSION
    }

    /// The number of samples it holds once complete.
    #[must_use]
    pub const fn samples(&self) -> u64 {
        self.arrays.samples()
    }

    /// The number of chunks it has once complete.
    #[must_use]
    pub const fn chunks(&self) -> u64 {
        self.arrays.chunks()
    }

    /// Its folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.arrays.root()
    }

    /// The first chunk file that is missing; `None` if the data set is complete. Looks at names, not
    /// into files: [`verify`](Self::verify) does.
    #[must_use]
    pub fn first_missing(&self) -> Option<PathBuf> {
        let of_samples = (0..self.chunks()).flat_map(|chunk| {
            let kinds = self.arrays.sample_kinds();
            kinds.map(move |kind| self.arrays.file(kind, chunk))
        });
        let mut files = iter::once(self.arrays.file(Kind::Energies, 0)).chain(of_samples);
        files.find(|file| !file.exists())
    }

    /// The conductances at the Fermi energy, `[sample]`, in units of G0; `None` if E = 0 is not
    /// among the energies.
    ///
    /// # Errors
    /// A chunk that is missing or damaged.
    pub fn g(&self) -> Result<Option<Vec<f64>>, DatasetError> {
        self.column(Kind::G)
    }

    /// The finite-bias conductances, `[sample]`, in units of G0; `None` if the bias grid is not
    /// among the energies.
    ///
    /// # Errors
    /// A chunk that is missing or damaged.
    pub fn g_bar(&self) -> Result<Option<Vec<f64>>, DatasetError> {
        self.column(Kind::GBar)
    }

    /// The impurity concentrations, `[sample]`; `None` for model I.
    ///
    /// # Errors
    /// A chunk that is missing or damaged.
    pub fn concentration(&self) -> Result<Option<Vec<f64>>, DatasetError> {
        self.column(Kind::Concentration)
    }

    /// How many of each sample's transmissions the solver found on another way than its first,
    /// `[sample]`.
    ///
    /// # Errors
    /// A chunk that is missing or damaged.
    pub fn fallbacks(&self) -> Result<Vec<u32>, DatasetError> {
        self.values(Kind::Fallbacks, 0..self.samples())
    }

    /// The transmissions of some samples, `[sample, energy]`.
    ///
    /// # Errors
    /// A chunk that is missing or damaged; samples beyond the last.
    pub fn transmission(&self, samples: Range<u64>) -> Result<Vec<f64>, DatasetError> {
        self.values(Kind::Transmission, samples)
    }

    /// The species of the sites of some samples, `[sample, x, y]`; `None` for model I.
    ///
    /// # Errors
    /// A chunk that is missing or damaged; samples beyond the last.
    pub fn species(&self, samples: Range<u64>) -> Result<Option<Vec<u8>>, DatasetError> {
        if !self.arrays.has(Kind::Species) {
            return Ok(None);
        }
        self.values(Kind::Species, samples).map(Some)
    }

    /// The on-site energies of some samples, `[sample, x, y]`, in units of t, of any model: exactly
    /// what was solved.
    ///
    /// # Errors
    /// A chunk that is missing or damaged; samples beyond the last; a species that the model does
    /// not have.
    pub fn onsite(&self, samples: Range<u64>) -> Result<Vec<f64>, DatasetError> {
        let Some(species) = self.species(samples.clone())? else {
            return self.values(Kind::Onsite, samples);
        };
        let energies = self.config.ensemble.model().species_energies();
        let energy = |species: u8| match usize::from(species).checked_sub(1) {
            None => Some(0.0),
            Some(number) => energies.get(number).copied(),
        };
        let onsite: Option<Vec<f64>> = species.into_iter().map(energy).collect();
        onsite.ok_or_else(|| DatasetError::Damaged {
            file: self
                .arrays
                .file(Kind::Species, samples.start / self.config.chunk_samples),
            reason: "it holds a species that the model does not have".to_owned(),
        })
    }

    fn column(&self, kind: Kind) -> Result<Option<Vec<f64>>, DatasetError> {
        if !self.arrays.has(kind) {
            return Ok(None);
        }
        self.values(kind, 0..self.samples()).map(Some)
    }

    /// The values of some samples, of all their sites or energies.
    fn values<T: ElementOwned>(
        &self,
        kind: Kind,
        samples: Range<u64>,
    ) -> Result<Vec<T>, DatasetError>
    where
        Vec<T>: FromArrayBytes,
    {
        let Range { start, end } = samples;
        if start > end || end > self.samples() {
            return Err(DatasetError::Range {
                first: start,
                end,
                samples: self.samples(),
            });
        }
        let per_chunk = self.config.chunk_samples;
        let mut values = Vec::new();
        for chunk in start / per_chunk..end.div_ceil(per_chunk) {
            let chunk_values: Vec<T> = self.arrays.require(kind, chunk)?;
            // A chunk has been made, so that all within it can be counted in memory.
            let per_sample = chunk_values.len() as u64 / per_chunk;
            let within = |sample: u64| {
                let before = sample.saturating_sub(chunk * per_chunk).min(per_chunk);
                usize::try_from(before * per_sample).unwrap_or(chunk_values.len())
            };
            values.extend(
                chunk_values
                    .get(within(start)..within(end))
                    .into_iter()
                    .flatten()
                    .cloned(),
            );
        }
        Ok(values)
    }
}

/// The attributes of the group at `path`, if it is a data set.
pub(super) fn attributes(path: &Path) -> Result<Attributes, DatasetError> {
    let no_dataset = |reason: &str| DatasetError::NoDataset {
        path: path.to_owned(),
        reason: reason.to_owned(),
    };
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(no_dataset("there is nothing at this path"));
        }
        Err(error) => return Err(ReadError::new(path, error).into()),
        Ok(found) if !found.is_dir() => return Err(no_dataset("it is not a folder")),
        Ok(_) => {}
    }
    let file = path.join(METADATA);
    let metadata =
        read_metadata(&file)?.ok_or_else(|| no_dataset("there is no zarr.json in the folder"))?;
    let attributes = &metadata["attributes"];
    if attributes["format"] != FORMAT {
        return Err(no_dataset("it is another kind of Zarr store"));
    }
    if attributes["format_version"] != FORMAT_VERSION {
        let version = &attributes["format_version"];
        return Err(no_dataset(&format!(
            "its format has version {version}, and this program knows version {FORMAT_VERSION}"
        )));
    }
    serde_json::from_value(attributes.clone()).map_err(|error| DatasetError::Metadata {
        file,
        reason: error.to_string(),
    })
}

/// Samples, and samples in a chunk, of the data set at `path`.
fn length(path: &Path) -> Result<(u64, u64), DatasetError> {
    let file = path.join(Kind::Transmission.name()).join(METADATA);
    let Some(metadata) = read_metadata(&file)? else {
        return Err(DatasetError::Unfinished { file });
    };
    let samples = metadata["shape"][0].as_u64();
    match (samples, chunk_samples(&metadata)) {
        (Some(samples @ 1..=MAX_SAMPLES), Some(chunk)) => Ok((samples, chunk)),
        _ => Err(DatasetError::Metadata {
            file,
            reason: "it has no valid shape".to_owned(),
        }),
    }
}

/// The samples in a chunk, by an array's metadata.
pub(super) fn chunk_samples(metadata: &Value) -> Option<u64> {
    metadata["chunk_grid"]["configuration"]["chunk_shape"][0].as_u64()
}

/// Do two metadata of this array differ in nothing but the number of samples?
pub(super) fn same_but_for_length(kind: Kind, one: &Value, other: &Value) -> bool {
    let mut one = one.clone();
    if kind != Kind::Energies
        && let (Some(slot), Some(length)) = (one.pointer_mut("/shape/0"), other.pointer("/shape/0"))
        && slot.is_u64()
    {
        *slot = length.clone();
    }
    one == *other
}

/// A metadata file; `None` if there is none.
pub(super) fn read_metadata(file: &Path) -> Result<Option<Value>, DatasetError> {
    let bytes = match fs::read(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes.map_err(|error| ReadError::new(file, error))?,
    };
    let value = serde_json::from_slice(&bytes);
    value.map(Some).map_err(|error| DatasetError::Metadata {
        file: file.to_owned(),
        reason: format!("it is not JSON: {error}"),
    })
}
