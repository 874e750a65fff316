//! The folder of an ensemble: what is in it, read and written whole.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::AveragesError;
use super::manifest::{Difference, Manifest};
use super::tally::Tally;
use super::unit_file::UnitFile;
use crate::files::{ReadError, WriteError, write_whole, write_whole_by};
use crate::work::FolderError;
use crate::work::folder::{Content, content, entries};

/// The configuration's file.
pub(super) const MANIFEST: &str = "ensemble.json";
/// Why a manifest of this name is none.
const OTHER_MANIFEST: &str = "its ensemble.json is not that of averages";
/// The folder of the units.
pub(super) const UNITS: &str = "units";

/// Which unit: a block of a point's samples. In this order they are worked on; the first blocks of
/// all points come first, so that a larger number of samples adds units at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct UnitId {
    pub(super) block: u64,
    pub(super) point: usize,
}

impl UnitId {
    fn file_name(self) -> String {
        format!("b{:05}-p{:04}.unit", self.block, self.point)
    }

    fn of_file_name(name: &str) -> Option<Self> {
        let numbers = name.strip_prefix('b')?.strip_suffix(".unit")?;
        let (block, point) = numbers.split_once("-p")?;
        let id = Self {
            block: block.parse().ok()?,
            point: point.parse().ok()?,
        };
        (id.file_name() == name).then_some(id)
    }
}

/// The identity of the solver that the ensemble at `path` has been begun with, if there is one, and
/// if it is one solver.
pub(super) fn recorded_solver(path: &Path) -> Option<String> {
    Manifest::solver(&fs::read_to_string(path.join(MANIFEST)).ok()?)
}

/// The folder of an ensemble.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    manifest: Manifest,
    fingerprint: u32,
}

impl Folder {
    /// The folder at `path`, which need not be there yet.
    pub(super) fn new(path: &Path, manifest: Manifest) -> Self {
        Self {
            path: path.to_owned(),
            fingerprint: manifest.fingerprint(),
            manifest,
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes sure that the ensemble at the path, if there is one, is this one with at most as many
    /// samples. Gives whether the manifest is still to be written.
    pub(super) fn compare(&self) -> Result<bool, AveragesError> {
        match content(&self.path, MANIFEST)? {
            Content::Blank => return Ok(true),
            Content::NotAFolder => return Err(self.foreign("it is not a folder")),
            Content::Files => {}
        }
        let file = self.path.join(MANIFEST);
        let text = match fs::read(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return self.compare_units(),
            read => read.map_err(|error| ReadError::new(&file, error))?,
        };
        let text = String::from_utf8_lossy(&text);
        match self.manifest.difference(&text) {
            None => Ok(false),
            Some(Difference::Foreign) => Err(self.foreign(OTHER_MANIFEST)),
            Some(Difference::Damaged(reason)) => Err(AveragesError::Manifest { file, reason }),
            Some(Difference::Entry {
                name,
                existing,
                wanted,
            }) => Err(FolderError::Differs {
                path: self.path.clone(),
                name,
                existing,
                wanted,
            }
            .into()),
            Some(Difference::Samples { existing, wanted }) if existing > wanted => {
                Err(FolderError::Shorter {
                    path: self.path.clone(),
                    existing,
                    wanted,
                }
                .into())
            }
            Some(Difference::Samples { .. }) => Ok(true),
        }
    }

    /// Without a manifest: makes sure that there are units, of this very ensemble.
    fn compare_units(&self) -> Result<bool, AveragesError> {
        let Some(&unit) = self.units()?.first() else {
            return Err(self.foreign("there is no ensemble.json in the folder"));
        };
        let file = self.unit_file(unit);
        let bytes = fs::read(&file).map_err(|error| ReadError::new(&file, error))?;
        match UnitFile::decode(&bytes) {
            Ok(found) if found.ensemble == self.fingerprint => Ok(true),
            Ok(_) => Err(FolderError::Lost {
                path: self.path.clone(),
                file: MANIFEST,
                part: file.display().to_string(),
            }
            .into()),
            Err(reason) => Err(AveragesError::Unit { file, reason }),
        }
    }

    /// Is what is there now this very ensemble, with as many samples?
    pub(super) fn is_current(&self) -> Result<bool, AveragesError> {
        let file = self.path.join(MANIFEST);
        let text = fs::read(&file).map_err(|error| ReadError::new(&file, error))?;
        let text = String::from_utf8_lossy(&text);
        Ok(self.manifest.difference(&text).is_none())
    }

    /// Makes the folder that of this ensemble; `outdated` are names of files that go if that
    /// changes what it is. For the holder of the metadata's lock, or a `writer` among others.
    pub(super) fn establish(
        &self,
        outdated: &[&str],
        writer: Option<&str>,
    ) -> Result<(), AveragesError> {
        if !self.compare()? {
            return Ok(());
        }
        for name in outdated {
            self.remove(name)?;
        }
        self.write(MANIFEST, self.manifest.text().as_bytes(), writer)
    }

    /// Writes a file of this name, over what stood there; nothing if it has this content already.
    pub(super) fn write(
        &self,
        name: &str,
        bytes: &[u8],
        writer: Option<&str>,
    ) -> Result<(), AveragesError> {
        let file = self.path.join(name);
        if fs::read(&file).is_ok_and(|existing| existing == bytes) {
            return Ok(());
        }
        write_whole_by(&file, bytes, writer).map_err(|error| WriteError::new(&file, error))?;
        Ok(())
    }

    /// Removes the file of this name, if it is there.
    pub(super) fn remove(&self, name: &str) -> Result<(), AveragesError> {
        let file = self.path.join(name);
        // On a file system that cannot be written, removing what is not there fails otherwise.
        if fs::symlink_metadata(&file).is_err() {
            return Ok(());
        }
        match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(WriteError::new(&file, error).into())
            }
            _ => Ok(()),
        }
    }

    /// The file of a unit.
    pub(super) fn unit_file(&self, unit: UnitId) -> PathBuf {
        self.path.join(UNITS).join(unit.file_name())
    }

    /// The units that have a file.
    pub(super) fn units(&self) -> Result<BTreeSet<UnitId>, AveragesError> {
        Ok(entries(&self.path.join(UNITS), UnitId::of_file_name)?)
    }

    /// Reads a unit of `samples` samples and verifies it; `None` if it is of fewer, as one of a
    /// smaller ensemble is.
    pub(super) fn read_unit(
        &self,
        unit: UnitId,
        samples: u64,
    ) -> Result<Option<Tally>, AveragesError> {
        let file = self.unit_file(unit);
        let bytes = fs::read(&file).map_err(|error| ReadError::new(&file, error))?;
        let damaged = |reason: String| AveragesError::Unit {
            file: file.clone(),
            reason,
        };
        let found = UnitFile::decode(&bytes).map_err(damaged)?;
        let place = (found.ensemble, found.point, found.block);
        if place != (self.fingerprint, unit.point as u64, unit.block) {
            return Err(damaged("it belongs to another place".to_owned()));
        }
        match found.tally.samples() {
            found if found > samples => Err(damaged(format!(
                "it has {found} samples where at most {samples} belong"
            ))),
            count => Ok((count == samples).then_some(found.tally)),
        }
    }

    /// Writes a unit.
    pub(super) fn write_unit(&self, unit: UnitId, tally: Tally) -> Result<(), AveragesError> {
        let file = self.unit_file(unit);
        let content = UnitFile {
            ensemble: self.fingerprint,
            point: unit.point as u64,
            block: unit.block,
            tally,
        };
        let bytes = content.encode().map_err(io::Error::from);
        let written = bytes.and_then(|bytes| write_whole(&file, &bytes));
        written.map_err(|error| WriteError::new(&file, error))?;
        Ok(())
    }

    fn foreign(&self, reason: &str) -> AveragesError {
        let foreign = FolderError::Foreign {
            path: self.path.clone(),
            wanted: "averages",
            reason: reason.to_owned(),
        };
        foreign.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_have_names_in_their_order() {
        let name = |block, point| UnitId { block, point }.file_name();
        assert_eq!(name(0, 3), "b00000-p0003.unit");
        assert!(name(0, 3) < name(0, 12) && name(0, 12) < name(1, 0));
        for (block, point) in [(0, 0), (7, 20), (1 << 30, 9999)] {
            let id = UnitId { block, point };
            assert_eq!(UnitId::of_file_name(&id.file_name()), Some(id));
        }
        for other in [
            ".b00000-p0003.unit.partial",
            "b0-p0.unit",
            "notes",
            "b00000-p0003.unit~",
        ] {
            assert_eq!(UnitId::of_file_name(other), None, "{other}");
        }
    }
}
