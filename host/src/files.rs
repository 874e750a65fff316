//! Files that appear whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::failure::{Categorised, Category};

/// A file could not be written; what stood at its path before still does.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {reason} (nothing was changed there)", path.display())]
pub struct WriteError {
    path: PathBuf,
    // Not called source: the message has it already, and would be followed by it again.
    reason: io::Error,
}

impl WriteError {
    /// Writing to `path` failed for this reason.
    #[must_use]
    pub fn new(path: &Path, reason: io::Error) -> Self {
        let path = path.to_owned();
        Self { path, reason }
    }
}

impl Categorised for WriteError {
    fn category(&self) -> Category {
        Category::System
    }
}

/// A file in the making: it takes its place at `path` when [`commit`](Self::commit) is called, and
/// leaves no trace if it is not.
#[derive(Debug)]
pub struct PendingFile {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
}

impl PendingFile {
    /// Begins a file that shall stand at `path`, whose folder must exist.
    ///
    /// # Errors
    /// If the folder does not exist or cannot be written to.
    pub fn create(path: &Path) -> Result<Self, WriteError> {
        Self::create_as(path, 0o666)
    }

    /// Begins a file with these permissions, of which the user's mask takes some away.
    fn create_as(path: &Path, mode: u32) -> Result<Self, WriteError> {
        let begin = || {
            if path.is_dir() {
                return Err(io::Error::from(io::ErrorKind::IsADirectory));
            }
            let folder = match path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder,
                _ => Path::new("."),
            };
            let mut builder = tempfile::Builder::new();
            builder.prefix(".landauer-").suffix(".partial");
            // Like any file that a program makes, not private like a temporary one.
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
            #[cfg(not(unix))]
            let _ = mode;
            builder.tempfile_in(folder)
        };
        let file = begin().map_err(|source| WriteError::new(path, source))?;
        Ok(Self {
            path: path.to_owned(),
            file: BufWriter::new(file),
        })
    }

    /// Puts the file in its place, over what stood there.
    ///
    /// # Errors
    /// If the last bytes cannot be written or the file cannot be renamed.
    pub fn commit(self) -> Result<(), WriteError> {
        let Self { path, file } = self;
        let finish = || -> io::Result<()> {
            let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.as_file().sync_data()?;
            file.persist(&path)?;
            Ok(())
        };
        finish().map_err(|source| WriteError::new(&path, source))
    }
}

impl Write for PendingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Writes `bytes` to `path`, whole or not at all.
///
/// # Errors
/// If the folder cannot be written to or the disk is full.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    put(PendingFile::create(path)?, bytes)
}

/// Writes a file that can be executed to `path`, whole or not at all.
///
/// # Errors
/// If the folder cannot be written to or the disk is full.
pub fn replace_script(path: &Path, text: &str) -> Result<(), WriteError> {
    put(PendingFile::create_as(path, 0o777)?, text.as_bytes())
}

fn put(mut file: PendingFile, bytes: &[u8]) -> Result<(), WriteError> {
    let written = file.write_all(bytes);
    written.map_err(|source| WriteError::new(&file.path, source))?;
    file.commit()
}

/// Opens a file for reading.
///
/// # Errors
/// A [`ReadError`] that names the path.
pub fn open(path: &Path) -> Result<File, ReadError> {
    let file = File::open(path).map_err(|source| ReadError::new(path, source))?;
    if path.is_dir() {
        let source = io::Error::from(io::ErrorKind::IsADirectory);
        return Err(ReadError::new(path, source));
    }
    Ok(file)
}

/// A file could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {reason}", path.display())]
pub struct ReadError {
    path: PathBuf,
    // Not called source: the message has it already, and would be followed by it again.
    reason: io::Error,
}

impl ReadError {
    /// Reading `path` failed for this reason.
    #[must_use]
    pub fn new(path: &Path, reason: io::Error) -> Self {
        let path = path.to_owned();
        Self { path, reason }
    }
}

impl Categorised for ReadError {
    fn category(&self) -> Category {
        Category::System
    }
}
