//! Making a data set's metadata, or making sure that those there are the ones wanted.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::arrays::{Arrays, METADATA};
use super::config::DatasetConfig;
use super::error::DatasetError;
use super::generate::GenerateError;
use super::metadata::{consolidate, consolidated, difference, read_metadata, with_users_part};
use super::read::{Root, damaged_array, of_another_length, read_root};
use super::schema::{Attributes, Kind, group_metadata, is_fixed};
use crate::checksum::same;
use crate::work::FolderError;
use crate::work::folder::{Content, content};

/// What there is of the group's metadata.
enum Group {
    /// Nothing, and nothing else either.
    Blank,
    /// They are lost.
    Lost,
    /// They are sound.
    There(Value),
}

/// Makes sure that the data set at the arrays' path, if there is one, is this one and not longer.
/// Gives the metadata files that are missing or say another length, in the order in which they are to be
/// written.
pub(super) fn compare(
    arrays: &Arrays,
    attributes: &Attributes,
) -> Result<Vec<(PathBuf, Value)>, GenerateError> {
    let path = arrays.root();
    let file = path.join(METADATA);
    let wanted = group_metadata(attributes);
    let group = group_there(path)?;
    let existing = match &group {
        Group::There(value) => {
            let existing = &value["attributes"];
            compare_attributes(path, existing, &wanted["attributes"])?;
            require_not_longer(path, existing["samples"].as_u64(), attributes.samples)?;
            Some(value)
        }
        Group::Blank | Group::Lost => None,
    };
    let mut new = with_users_part(&wanted, existing);
    let mut is_current = existing.is_some_and(|existing| difference(existing, &wanted).is_none());
    let mut to_write = Vec::new();
    for kind in arrays.kinds() {
        let file_of_array = arrays.metadata_file(kind);
        let wanted = arrays.metadata(kind)?;
        let existing = read_metadata(&file_of_array)?;
        let array = with_users_part(&wanted, existing.as_ref());
        if let Some(existing) = &existing {
            compare_array(arrays, kind, existing, &wanted, &group)?;
        }
        if let Some(copy) = consolidated(&new, kind.name())
            && difference(copy, &wanted).is_some()
        {
            if !of_another_length(kind, copy, &wanted) {
                return Err(damaged_array(kind, copy, &wanted, &file, true).into());
            }
            consolidate(&mut new, kind.name(), array.clone());
            is_current = false;
        }
        if existing.is_none_or(|existing| difference(&existing, &wanted).is_some()) {
            to_write.push((file_of_array, array));
        }
    }
    match group {
        _ if is_current => {}
        // The group comes first: from then on nothing else can be made at this path.
        Group::Blank => to_write.insert(0, (file, new)),
        // It comes last: until then the data set is the old one, partly extended.
        Group::Lost | Group::There(_) => to_write.push((file, new)),
    }
    Ok(to_write)
}

fn group_there(path: &Path) -> Result<Group, GenerateError> {
    let foreign = |path: &Path, reason: String| FolderError::Foreign {
        path: path.to_owned(),
        wanted: "a data set",
        reason,
    };
    match content(path, METADATA).map_err(DatasetError::from)? {
        Content::Blank => return Ok(Group::Blank),
        Content::NotAFolder => return Err(foreign(path, "it is not a folder".to_owned()).into()),
        Content::Files => {}
    }
    match read_root(path) {
        Ok(Root { value, .. }) => Ok(Group::There(value)),
        Err(DatasetError::MissingRoot { .. }) => Ok(Group::Lost),
        Err(DatasetError::NotADataset { path, reason }) => Err(foreign(&path, reason).into()),
        Err(other) => Err(other.into()),
    }
}

/// A data set can be extended, not cut.
fn require_not_longer(
    path: &Path,
    existing: Option<u64>,
    wanted: u64,
) -> Result<(), GenerateError> {
    match existing {
        Some(existing) if existing > wanted => Err(FolderError::Shorter {
            path: path.to_owned(),
            existing,
            wanted,
        }
        .into()),
        _ => Ok(()),
    }
}

/// Makes the data set what it shall be: all metadata, and the energies.
pub(super) fn establish(
    arrays: &Arrays,
    config: &DatasetConfig,
    attributes: &Attributes,
) -> Result<(), GenerateError> {
    arrays.clean_metadata(&arrays.root().join(METADATA))?;
    for kind in arrays.kinds() {
        arrays.clean_metadata(&arrays.metadata_file(kind))?;
    }
    for (file, metadata) in compare(arrays, attributes)? {
        arrays.write_metadata(&file, &metadata)?;
    }
    arrays.clean(Kind::Energies, 0)?;
    if !has_energies(arrays, config)? {
        arrays.write(Kind::Energies, 0, &config.energies)?;
    }
    Ok(())
}

/// Are the energies there, and the right ones?
pub(super) fn has_energies(arrays: &Arrays, config: &DatasetConfig) -> Result<bool, DatasetError> {
    match arrays.read::<f64>(Kind::Energies, 0)? {
        None => Ok(false),
        Some(existing) if existing == config.energies => Ok(true),
        Some(_) => Err(DatasetError::Damaged {
            file: arrays.file(Kind::Energies, 0),
            reason: "its energies are not those of the attributes".to_owned(),
        }),
    }
}

/// Names the first attribute that differs.
fn compare_attributes(path: &Path, existing: &Value, wanted: &Value) -> Result<(), GenerateError> {
    let wanted = wanted.as_object().into_iter().flatten();
    for (name, wanted) in wanted.filter(|(name, _)| is_fixed(name)) {
        let existing = &existing[name];
        if !same(existing, wanted) {
            let name = match name.as_str() {
                "chunk_samples" => "number of samples in a chunk",
                other => other,
            };
            return Err(FolderError::Differs {
                path: path.to_owned(),
                name: name.to_owned(),
                existing: existing.to_string(),
                wanted: wanted.to_string(),
            }
            .into());
        }
    }
    Ok(())
}

fn compare_array(
    arrays: &Arrays,
    kind: Kind,
    existing: &Value,
    wanted: &Value,
    group: &Group,
) -> Result<(), GenerateError> {
    if difference(existing, wanted).is_none() || of_another_length(kind, existing, wanted) {
        let samples = existing["shape"][0]
            .as_u64()
            .filter(|_| kind != Kind::Energies);
        return require_not_longer(arrays.root(), samples, arrays.samples());
    }
    match group {
        Group::Lost => Err(FolderError::Lost {
            path: arrays.root().to_owned(),
            file: METADATA,
            part: format!("`{}`", kind.name()),
        }
        .into()),
        Group::Blank | Group::There(_) => {
            let file = arrays.metadata_file(kind);
            Err(damaged_array(kind, existing, wanted, &file, false).into())
        }
    }
}
