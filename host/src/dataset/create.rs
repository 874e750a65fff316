//! Making a data set's metadata, or making sure that those there are the ones wanted.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::arrays::{Arrays, METADATA};
use super::config::DatasetConfig;
use super::error::DatasetError;
use super::read::{attributes, chunk_samples, read_metadata, same_but_for_length};
use super::schema::{Kind, group_metadata};
use crate::failure::{Categorised, Category};
use crate::files::{ReadError, WriteError, partial};
use crate::work::LOCK;

/// Why a data set cannot be made at a path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// There is something at the path that is no data set.
    #[error(
        "{} holds something that is no data set of landauer; nothing was changed there: choose another path",
        path.display()
    )]
    Occupied {
        /// The path.
        path: PathBuf,
    },
    /// There is another data set.
    #[error(
        "{} is another data set: its {name} is {there}, not {wanted}; nothing was changed there: choose another path, or the same arguments to complete or extend it",
        path.display()
    )]
    Differs {
        /// The path.
        path: PathBuf,
        /// The first attribute that differs.
        name: String,
        /// What it is.
        there: String,
        /// What was wanted.
        wanted: String,
    },
    /// There is a longer data set.
    #[error(
        "{} has {there} samples already, more than {wanted}: a data set can be extended, not cut",
        path.display()
    )]
    Shorter {
        /// The path.
        path: PathBuf,
        /// The samples it has.
        there: u64,
        /// The samples wanted.
        wanted: u64,
    },
    /// What is there cannot be read, or is damaged.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Categorised for CreateError {
    fn category(&self) -> Category {
        match self {
            Self::Occupied { .. } | Self::Differs { .. } | Self::Shorter { .. } => {
                Category::Refused
            }
            Self::Dataset(error) => error.category(),
            Self::Write(error) => error.category(),
        }
    }
}

/// Makes sure that the data set at the arrays' path, if there is one, is this one and not longer.
/// Gives the metadata files that are missing or say another length.
pub(super) fn compare(
    arrays: &Arrays,
    config: &DatasetConfig,
    solver: &str,
) -> Result<Vec<(PathBuf, Value)>, CreateError> {
    let path = arrays.root();
    let mut to_write = Vec::new();
    let wanted = group_metadata(config, solver);
    let file = path.join(METADATA);
    if is_blank(path)? {
        to_write.push((file, wanted));
    } else {
        match attributes(path) {
            Err(DatasetError::NoDataset { path, .. }) => {
                return Err(CreateError::Occupied { path });
            }
            found => found?,
        };
        let there = read_metadata(&file)?.unwrap_or_default();
        compare_attributes(path, &there["attributes"], &wanted["attributes"])?;
        if there != wanted {
            let reason = "it has more to it than a data set's".to_owned();
            return Err(DatasetError::Metadata { file, reason }.into());
        }
    }
    for kind in arrays.kinds() {
        let file = arrays.metadata_file(kind);
        let wanted = arrays.metadata(kind)?;
        let there = read_metadata(&file)?;
        if let Some(there) = &there {
            compare_array(arrays, config, kind, there, &wanted)?;
        }
        if there.as_ref() != Some(&wanted) {
            to_write.push((file, wanted));
        }
    }
    Ok(to_write)
}

/// Makes the data set what it shall be: all metadata, and the energies.
pub(super) fn establish(
    arrays: &Arrays,
    config: &DatasetConfig,
    solver: &str,
) -> Result<(), CreateError> {
    arrays.clean_metadata(&arrays.root().join(METADATA))?;
    for kind in arrays.kinds() {
        arrays.clean_metadata(&arrays.metadata_file(kind))?;
    }
    // The group comes first: from then on nothing else can be made at this path.
    for (file, metadata) in compare(arrays, config, solver)? {
        arrays.write_metadata(&file, &metadata)?;
    }
    arrays.clean(Kind::Energies, 0)?;
    match arrays.read::<f64>(Kind::Energies, 0)? {
        None => arrays.write(Kind::Energies, 0, &config.energies)?,
        Some(there) if there == config.energies => {}
        Some(_) => {
            return Err(CreateError::Dataset(DatasetError::Damaged {
                file: arrays.file(Kind::Energies, 0),
                reason: "its energies are not those of the attributes".to_owned(),
            }));
        }
    }
    Ok(())
}

/// Is there nothing at the path, or nothing but what a process leaves that was killed before it
/// wrote the first file?
fn is_blank(path: &Path) -> Result<bool, CreateError> {
    let failed = |error| CreateError::Dataset(ReadError::new(path, error).into());
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory && path.exists() => {
            return Err(CreateError::Occupied {
                path: path.to_owned(),
            });
        }
        entries => entries.map_err(failed)?,
    };
    let half_made = partial(Path::new(METADATA));
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        if name != LOCK && name != half_made {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Names the first attribute that differs.
fn compare_attributes(path: &Path, there: &Value, wanted: &Value) -> Result<(), CreateError> {
    for (name, wanted) in wanted.as_object().into_iter().flatten() {
        let there = &there[name];
        if there != wanted {
            return Err(CreateError::Differs {
                path: path.to_owned(),
                name: name.clone(),
                there: there.to_string(),
                wanted: wanted.to_string(),
            });
        }
    }
    Ok(())
}

fn compare_array(
    arrays: &Arrays,
    config: &DatasetConfig,
    kind: Kind,
    there: &Value,
    wanted: &Value,
) -> Result<(), CreateError> {
    if same_but_for_length(kind, there, wanted) {
        let (samples, wanted) = (there["shape"][0].as_u64(), arrays.samples());
        return match samples {
            Some(samples) if kind != Kind::Energies && samples > wanted => {
                Err(CreateError::Shorter {
                    path: arrays.root().to_owned(),
                    there: samples,
                    wanted,
                })
            }
            _ => Ok(()),
        };
    }
    match chunk_samples(there) {
        Some(chunk) if kind != Kind::Energies && chunk != config.chunk_samples => {
            Err(CreateError::Differs {
                path: arrays.root().to_owned(),
                name: "number of samples in a chunk".to_owned(),
                there: chunk.to_string(),
                wanted: config.chunk_samples.to_string(),
            })
        }
        _ => Err(CreateError::Dataset(DatasetError::Metadata {
            file: arrays.metadata_file(kind),
            reason: "it is not what the data set's attributes ask for; delete it and run the same `landauer generate` again".to_owned(),
        })),
    }
}
