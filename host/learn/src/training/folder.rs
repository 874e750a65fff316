//! The folder of a run: its files, read and written whole, with checksums.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::config::TrainingConfig;
use super::curve::Epoch;
use super::error::TrainingError;
use super::source::DataRecord;
use landauer::internal::LOCK;
use landauer::internal::files::{ReadError, WriteError, partial, write_whole};
use landauer::internal::json::{self, SealError, unsealed};
use landauer_core::inference::Target;

/// The description of a run.
pub(super) const RUN: &str = "run.json";
const CONFIG: &str = "config.toml";
pub(super) const SCALING: &str = "scaling.json";
pub(super) const BASELINE: &str = "baseline.json";
pub(super) const INTERVALS: &str = "intervals.json";
pub(super) const EVALUATION: &str = "evaluation.json";
pub(super) const CURVES: &str = "curves.csv";
const FORMAT: &str = "landauer-run";
/// The configuration's entries had other names up to version 2.
const FORMAT_VERSION: u32 = 3;
/// The oldest version that is still read. Before it, `run.json` had no checksum.
const OLDEST_VERSION: u32 = 2;

/// What a run says of itself, in `run.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    /// `landauer-run`.
    pub format: String,
    /// The version of the format.
    pub format_version: u32,
    /// The version of the program that began it.
    pub version: String,
    /// Where it was trained.
    pub device: String,
    /// What it was trained on.
    pub data: DataRecord,
    /// The network's outputs: its targets first, then the auxiliary targets.
    pub outputs: Vec<Target>,
    /// The number of outputs that are targets.
    pub targets: usize,
    /// The number of parameters.
    pub parameters: usize,
    /// Multiply-adds of a prediction of all outputs, one pass.
    pub multiply_adds: u64,
    /// CRC-32C of `config.toml`.
    pub config: u32,
    /// The result, once the run has finished.
    pub finished: Option<Finished>,
}

/// The result of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finished {
    /// Epochs done.
    pub epochs: u64,
    /// The one that was best on the validation split, from 1; its weights are `best`.
    pub best_epoch: u64,
    /// The mean absolute error of each target on the validation split, without symmetry copies, in G0.
    pub validation_mae: Vec<f64>,
    /// That of the median at the impurity count (model I: of the median).
    pub baseline_mae: Vec<f64>,
    /// Seconds of training.
    pub seconds: f64,
    /// The epochs.
    pub curve: Vec<Epoch>,
    /// CRC-32C of all other files of the run but the configuration.
    pub files: BTreeMap<String, u32>,
}

impl RunRecord {
    pub(super) fn new(
        data: DataRecord,
        device: &str,
        outputs: Vec<Target>,
        targets: usize,
        config: &TrainingConfig,
    ) -> Result<Self, TrainingError> {
        let size = data.size();
        Ok(Self {
            format: FORMAT.to_owned(),
            format_version: FORMAT_VERSION,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            device: device.to_owned(),
            parameters: config.network.parameters(size, outputs.len())?,
            multiply_adds: config.network.multiply_adds(size, outputs.len())?,
            config: crc32c::crc32c(config.to_toml().as_bytes()),
            data,
            outputs,
            targets,
            finished: None,
        })
    }

    /// A number that differs between runs that are not the same.
    pub(super) fn fingerprint(&self) -> u32 {
        let same = Self {
            finished: None,
            version: String::new(),
            data: DataRecord {
                path: String::new(),
                ..self.data.clone()
            },
            ..self.clone()
        };
        crc32c::crc32c(&serde_json::to_vec(&same).unwrap_or_default())
    }

    /// The first thing in which another run differs from this one, wherever its data may lie.
    fn difference(&self, other: &Self) -> Option<&'static str> {
        let DataRecord {
            hash,
            training_samples,
            online,
            ..
        } = &self.data;
        if self.config != other.config {
            Some("configuration or seed")
        } else if *online != other.data.online {
            Some("source of samples")
        } else if *hash != other.data.hash || *training_samples != other.data.training_samples {
            Some("data")
        } else if self.device != other.device {
            Some("device")
        } else if self.fingerprint() != other.fingerprint() {
            Some("description")
        } else {
            None
        }
    }
}

/// The folder of a run.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// Makes sure that a run may begin here, or go on: `Some` with its description.
    pub(super) fn begun(&self) -> Result<Option<RunRecord>, TrainingError> {
        let failed = |error| ReadError::new(&self.path, error);
        let occupied = || TrainingError::Occupied {
            path: self.path.clone(),
        };
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(_) if self.path.is_file() => return Err(occupied()),
            entries => entries.map_err(failed)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            names.push(entry.map_err(failed)?.file_name());
        }
        if names.iter().any(|name| name == RUN) {
            return self.record().map(Some);
        }
        // What a process leaves that was killed before it wrote the description.
        let (run, config) = (partial(Path::new(RUN)), partial(Path::new(CONFIG)));
        let ours = |name: &std::ffi::OsString| {
            name == LOCK || name == CONFIG || *name == *run || *name == *config
        };
        if names.iter().all(ours) {
            Ok(None)
        } else {
            Err(occupied())
        }
    }

    /// Begins the run, or makes sure that it is the one that was begun here.
    pub(super) fn establish(
        &self,
        record: &RunRecord,
        config: &TrainingConfig,
    ) -> Result<RunRecord, TrainingError> {
        if let Some(existing) = self.begun()? {
            if existing.format_version != FORMAT_VERSION {
                return Err(TrainingError::EarlierFormat {
                    path: self.path.clone(),
                    version: existing.format_version,
                });
            }
            return match record.difference(&existing) {
                None => {
                    self.config(&existing)?;
                    Ok(existing)
                }
                Some(name) => Err(TrainingError::Differs {
                    path: self.path.clone(),
                    name,
                }),
            };
        }
        self.write(CONFIG, config.to_toml().as_bytes())?;
        self.write_record(record)?;
        Ok(record.clone())
    }

    /// Writes that the run has finished.
    pub(super) fn finish(&self, record: &RunRecord) -> Result<(), TrainingError> {
        self.write_record(record)?;
        self.remove_checkpoint();
        Ok(())
    }

    /// Removes the checkpoint of a run that has finished: it is of no use any more, and does no harm if it
    /// stays.
    pub(super) fn remove_checkpoint(&self) {
        let _ = fs::remove_dir_all(self.path.join("checkpoint"));
    }

    /// Writes the run's description, with its checksum.
    fn write_record(&self, record: &RunRecord) -> Result<(), TrainingError> {
        let text = json::sealed_file(&self.path.join(RUN), record)?;
        self.write(RUN, text.as_bytes())?;
        Ok(())
    }

    /// Makes sure that whatever is there of a finished run's files is what was written.
    pub(super) fn verify(&self, finished: &Finished) -> Result<(), TrainingError> {
        for (name, &sum) in &finished.files {
            if self.path.join(name).exists() {
                self.read(name, Some(sum))?;
            }
        }
        Ok(())
    }

    /// Writes a file of this name, over what stood there; gives its checksum.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<u32, TrainingError> {
        let file = self.path.join(name);
        write_whole(&file, bytes).map_err(|error| WriteError::new(&file, error))?;
        Ok(crc32c::crc32c(bytes))
    }

    pub(super) fn write_json(
        &self,
        name: &str,
        value: &impl Serialize,
    ) -> Result<u32, TrainingError> {
        let text = json::file(&self.path.join(name), value)?;
        self.write(name, text.as_bytes())
    }

    /// The run's description.
    pub(super) fn record(&self) -> Result<RunRecord, TrainingError> {
        let file = self.path.join(RUN);
        let bytes = match fs::read(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(TrainingError::NotARun {
                    path: self.path.clone(),
                    reason: "it has no run.json".to_owned(),
                });
            }
            bytes => bytes.map_err(|error| ReadError::new(&file, error))?,
        };
        let text = match unsealed(&bytes) {
            Ok(text) => text,
            Err(SealError::Missing) => return Err(self.without_seal(&bytes)),
            Err(broken) => return Err(self.damaged(RUN, broken.to_string())),
        };
        let value: serde_json::Value = self.parse(RUN, text.as_bytes())?;
        let version = value["format_version"].as_u64();
        let readable = version.is_some_and(|version| {
            (u64::from(OLDEST_VERSION)..=u64::from(FORMAT_VERSION)).contains(&version)
        });
        if value["format"] != FORMAT || !readable {
            return Err(self.of_another_version());
        }
        self.parse(RUN, text.as_bytes())
    }

    fn of_another_version(&self) -> TrainingError {
        TrainingError::NotARun {
            path: self.path.clone(),
            reason: format!(
                "its run.json is of another program, or of a version other than {OLDEST_VERSION} to \
                 {FORMAT_VERSION}"
            ),
        }
    }

    /// The error about a description without a checksum.
    fn without_seal(&self, bytes: &[u8]) -> TrainingError {
        let value: serde_json::Value = match self.parse(RUN, bytes) {
            Ok(value) => value,
            Err(error) => return error,
        };
        if value["format"] != FORMAT {
            return self.of_another_version();
        }
        match value["format_version"].as_u64() {
            Some(1) => TrainingError::NotARun {
                path: self.path.clone(),
                reason:
                    "its run.json is of version 1, which has no checksum, so that damage would \
                         not be found; train again in another folder"
                        .to_owned(),
            },
            Some(2 | 3) => self.damaged(RUN, SealError::Missing.to_string()),
            _ => self.of_another_version(),
        }
    }

    /// The run's configuration.
    pub(super) fn config(&self, record: &RunRecord) -> Result<TrainingConfig, TrainingError> {
        let bytes = self.read(CONFIG, Some(record.config))?;
        let text = String::from_utf8_lossy(&bytes);
        let config = TrainingConfig::parse_run(&text, record.format_version);
        config.map_err(|error| self.damaged(CONFIG, error.to_string()))
    }

    /// A file of the run, whose checksum must be this one.
    pub(super) fn read(&self, name: &str, sum: Option<u32>) -> Result<Vec<u8>, TrainingError> {
        let file = self.path.join(name);
        let bytes = fs::read(&file).map_err(|error| ReadError::new(&file, error))?;
        if sum == Some(crc32c::crc32c(&bytes)) {
            Ok(bytes)
        } else {
            Err(self.damaged(name, "its checksum is not the one in run.json".to_owned()))
        }
    }

    /// A file of JSON, whose checksum must be this one.
    pub(super) fn read_json<T: DeserializeOwned>(
        &self,
        name: &str,
        sum: Option<u32>,
    ) -> Result<T, TrainingError> {
        let bytes = self.read(name, sum)?;
        self.parse(name, &bytes)
    }

    fn parse<T: DeserializeOwned>(&self, name: &str, bytes: &[u8]) -> Result<T, TrainingError> {
        let value = serde_json::from_slice(bytes);
        value.map_err(|error| self.damaged(name, error.to_string()))
    }

    pub(super) fn damaged(&self, name: &str, reason: String) -> TrainingError {
        let file = self.path.join(name);
        TrainingError::Damaged { file, reason }
    }
}
