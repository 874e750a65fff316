//! Reading a data set.

use std::fs;
use std::iter;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::Value;
use zarrs::array::{ElementOwned, FromArrayBytes};

use super::arrays::{Arrays, METADATA};
use super::config::DatasetConfig;
use super::error::DatasetError;
use super::gather::Verified;
use super::metadata::{consolidated, difference, read_metadata, same_but_for_length};
use super::schema::{Attributes, FINGERPRINT, FORMAT, FORMAT_VERSIONS, Kind, group_metadata};
use crate::files::ReadError;
use crate::onsite::{OnsiteEnergies, OnsiteError};
use crate::solve::{Choice, SolverKind, SolverRequest, StripSource, Workload};
use crate::system::StripSize;
use crate::work::MAX_SAMPLES;

/// Which solver is to make this data set at `path`, for this request: the one that began it, if
/// the data set exists already.
pub(super) fn choose_solver(path: &Path, config: &DatasetConfig, request: SolverRequest) -> Choice {
    // Whether what is there is sound, and this data set, is seen when it is to be written.
    let root = read_metadata(&path.join(METADATA)).ok().flatten();
    let attributes = root.map(|root| root["attributes"].clone());
    let attributes = attributes.filter(|attributes| attributes["format"] == FORMAT);
    let resume_from = attributes.and_then(|found| found["solver"].as_str().map(str::to_owned));
    let strips = Workload::of(&config.ensemble, config.size);
    request.choose(&[strips], resume_from.as_deref())
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
    format_version: u32,
    config: DatasetConfig,
    solver: String,
    pub(super) arrays: Arrays,
    pub(super) verified: Verified,
}

impl Dataset {
    /// Opens the data set at `path`: reads its metadata, none of its chunks.
    ///
    /// # Errors
    /// [`DatasetError::NotADataset`] if something else or nothing is there; damaged or unfinished
    /// metadata.
    pub fn open(path: &Path) -> Result<Self, DatasetError> {
        let Root { attributes, value } = read_root(path)?;
        let file = path.join(METADATA);
        let wrong = |reason: String| DatasetError::Metadata {
            file: file.clone(),
            reason,
        };
        let config = attributes.config();
        let config = config.map_err(|error| wrong(error.to_string()))?;
        config.check().map_err(|error| wrong(error.to_string()))?;
        let arrays = Arrays::new(path, &config, &attributes, None)?;
        for kind in arrays.kinds() {
            let wanted = arrays.metadata(kind)?;
            let array_file = arrays.metadata_file(kind);
            let Some(found) = read_metadata(&array_file)? else {
                return Err(DatasetError::Unfinished { file: array_file });
            };
            require_current(kind, &found, &wanted, &array_file, false)?;
            if let Some(copy) = consolidated(&value, kind.name()) {
                require_current(kind, copy, &wanted, &file, true)?;
            }
        }
        Ok(Self {
            config,
            format_version: attributes.format_version,
            solver: attributes.solver,
            arrays,
            verified: Verified::default(),
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
        self.format_version
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

    /// How many of each sample's transmissions were recomputed by a fallback solver, `[sample]`.
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
        let table = self.species_table();
        let onsite: Vec<f64> = { species.iter() }
            .map(|&species| table[usize::from(species)])
            .collect();
        let Some(site) = onsite.iter().position(|energy| energy.is_nan()) else {
            return Ok(onsite);
        };
        let sample = samples.start + (site / self.config.size.sites()) as u64;
        Err(DatasetError::Damaged {
            file: self
                .arrays
                .file(Kind::Species, sample / self.config.chunk_samples),
            reason: "it holds a species that the model does not have".to_owned(),
        })
    }

    /// The on-site energy of each species, after 0 for none; NaN for those that the model does not have.
    pub(super) fn species_table(&self) -> [f64; 256] {
        let mut energies = [f64::NAN; 256];
        energies[0] = 0.0;
        let model = self.config.ensemble.model();
        for (slot, &energy) in energies[1..].iter_mut().zip(model.species_energies()) {
            *slot = energy;
        }
        energies
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

/// Makes sure that an array's metadata are those wanted; `copied` says if they are zarr-python's copy in
/// `file`, not `file` itself.
fn require_current(
    kind: Kind,
    found: &Value,
    wanted: &Value,
    file: &Path,
    copied: bool,
) -> Result<(), DatasetError> {
    if difference(found, wanted).is_none() {
        return Ok(());
    }
    if of_another_length(kind, found, wanted) {
        let file = file.to_owned();
        return Err(DatasetError::Unfinished { file });
    }
    Err(damaged_array(kind, found, wanted, file, copied))
}

/// The metadata of an array in `file`, or zarr-python's copy of them there, are not those wanted.
pub(super) fn damaged_array(
    kind: Kind,
    found: &Value,
    wanted: &Value,
    file: &Path,
    copied: bool,
) -> DatasetError {
    let reason = difference(found, wanted).unwrap_or_default();
    if copied {
        return DatasetError::Copy {
            file: file.to_owned(),
            array: kind.name(),
            reason,
        };
    }
    let mut of_this_one = found.clone();
    if let Some(slot) = of_this_one.pointer_mut("/attributes/fingerprint") {
        *slot = wanted["attributes"][FINGERPRINT].clone();
        let difference = difference(&of_this_one, wanted);
        if difference.is_none() || of_another_length(kind, &of_this_one, wanted) {
            let folder = file.parent().unwrap_or(file).to_owned();
            return DatasetError::Mixed { folder };
        }
    }
    let file = file.to_owned();
    DatasetError::Metadata { file, reason }
}

/// Do two metadata of this array differ in nothing but the number of samples?
pub(super) fn of_another_length(kind: Kind, existing: &Value, wanted: &Value) -> bool {
    kind != Kind::Energies && same_but_for_length(existing, wanted)
}

/// The metadata of a group that is a data set.
pub(super) struct Root {
    /// What of it is ours: it has the right checksum.
    pub(super) attributes: Attributes,
    /// All of it.
    pub(super) value: Value,
}

/// The metadata of the group at `path`, if it is a data set.
pub(super) fn read_root(path: &Path) -> Result<Root, DatasetError> {
    let no_dataset = |reason: &str| DatasetError::NotADataset {
        path: path.to_owned(),
        reason: reason.to_owned(),
    };
    match fs::metadata(path) {
        Err(error) => return Err(ReadError::new(path, error).into()),
        Ok(found) if !found.is_dir() => return Err(no_dataset("it is not a folder")),
        Ok(_) => {}
    }
    let file = path.join(METADATA);
    let Some(value) = read_metadata(&file)? else {
        return Err(if has_arrays_of_ours(path) {
            DatasetError::MissingRoot { file }
        } else {
            no_dataset("there is no zarr.json in the folder")
        });
    };
    let damaged = |reason: String| DatasetError::Metadata {
        file: file.clone(),
        reason,
    };
    let found = &value["attributes"];
    if found["format"] != FORMAT {
        return Err(if has_arrays_of_ours(path) {
            damaged(format!(
                "its `format` is {}, not \"{FORMAT}\"",
                found["format"]
            ))
        } else {
            no_dataset("it is another kind of Zarr store")
        });
    }
    let version = &found["format_version"];
    let number = version
        .as_u64()
        .and_then(|version| u32::try_from(version).ok());
    if !number.is_some_and(|version| FORMAT_VERSIONS.contains(&version)) {
        let is_older = version
            .as_u64()
            .is_some_and(|version| version < (*FORMAT_VERSIONS.start()).into());
        let hint = if is_older {
            ", which protects metadata by a checksum: generate the data set again at another path"
        } else {
            ""
        };
        return Err(no_dataset(&format!(
            "its format has version {version}, and this program knows versions {} to {}{hint}",
            FORMAT_VERSIONS.start(),
            FORMAT_VERSIONS.end()
        )));
    }
    let attributes = serde_json::from_value::<Attributes>(found.clone());
    let attributes = attributes.map_err(|error| damaged(format!("of its attributes, {error}")))?;
    if found["checksum"] != attributes.checksum() {
        let reason = "its attributes do not match their checksum";
        return Err(damaged(reason.to_owned()));
    }
    if !(1..=MAX_SAMPLES).contains(&attributes.samples) {
        return Err(damaged(format!("its `samples` is {}", attributes.samples)));
    }
    match difference(&value, &group_metadata(&attributes)) {
        None => Ok(Root { attributes, value }),
        Some(reason) => Err(damaged(reason)),
    }
}

/// Is there an array that says of which data set it is? Then a folder without the group's metadata has
/// lost them.
fn has_arrays_of_ours(path: &Path) -> bool {
    Kind::ALL.iter().any(|kind| {
        let array = read_metadata(&path.join(kind.name()).join(METADATA));
        array.is_ok_and(|array| {
            array.is_some_and(|array| array["attributes"][FINGERPRINT].is_string())
        })
    })
}
impl Dataset {
    /// Some of its strips, to be solved again.
    ///
    /// # Errors
    /// As [`onsite`](Self::onsite).
    pub fn strips(&self, samples: Range<u64>) -> Result<OnsiteEnergies<'static>, DatasetError> {
        let damaged = |error: OnsiteError| DatasetError::Damaged {
            file: self.arrays.file(Kind::Onsite, 0),
            reason: error.to_string(),
        };
        OnsiteEnergies::new(self.config.size, self.onsite(samples)?).map_err(damaged)
    }

    /// The solver that has made it; `None` if this program does not know it.
    #[must_use]
    pub fn solver_kind(&self) -> Option<SolverKind> {
        SolverKind::of_identity(&self.solver)
    }
}

/// The strips of a data set, to be [streamed](crate::Solver::stream) into another solver.
impl StripSource for Dataset {
    type Error = DatasetError;

    fn size(&self) -> StripSize {
        self.config.size
    }

    fn samples(&self) -> u64 {
        Self::samples(self)
    }

    fn read(&mut self, start: u64, count: usize) -> Result<Vec<f64>, DatasetError> {
        self.onsite(start..start.saturating_add(count as u64))
    }

    fn workload(&self) -> Workload {
        Workload::of(&self.config.ensemble, self.config.size)
    }
}
