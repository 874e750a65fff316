//! Files that appear whole or not at all.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::NamedTempFile;

use crate::failure::{Categorised, Category};

/// A file could not be written; the file that was at its path before is unchanged.
#[derive(Debug, Clone, thiserror::Error)]
#[error("cannot write {}: {reason} (nothing was changed there)", path.display())]
pub struct WriteError {
    path: PathBuf,
    // Not called source: the message has it already, and would be followed by it again.
    reason: Arc<io::Error>,
}

impl WriteError {
    /// Writing to `path` failed for this reason.
    #[must_use]
    pub fn new(path: &Path, reason: io::Error) -> Self {
        Self {
            path: path.to_owned(),
            reason: Arc::new(reason),
        }
    }
}

impl Categorised for WriteError {
    fn category(&self) -> Category {
        Category::System
    }
}

/// A file in the making: it takes its place at `path` when [`commit`](Self::commit) is called, and
/// leaves no trace if it is not.
///
/// It is made in a hidden file beside it, `.landauer-….partial`, locked as long as its process lives.
/// What a killed process has left is removed by the next one that makes a file of the same name.
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
            let prefix = partial_prefix(path);
            require_folder(folder)?;
            remove_stale(folder, &prefix);
            let mut builder = tempfile::Builder::new();
            builder.prefix(&prefix).suffix(PARTIAL);
            // Like any file that a program makes, not private like a temporary one.
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
            #[cfg(not(unix))]
            let _ = mode;
            loop {
                let file = builder.tempfile_in(folder).map_err(without_path)?;
                if is_ours(&file) {
                    return Ok(file);
                }
            }
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

/// Says by name that there is no such folder.
fn require_folder(folder: &Path) -> io::Result<()> {
    match fs::metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let reason = format!("the folder {} does not exist", folder.display());
            Err(io::Error::new(io::ErrorKind::NotFound, reason))
        }
        Err(error) => Err(error),
        Ok(found) if !found.is_dir() => {
            let reason = format!("{} is a file, not a folder", folder.display());
            Err(io::Error::new(io::ErrorKind::NotADirectory, reason))
        }
        Ok(_) => Ok(()),
    }
}

/// The same error without the path of a file that nobody asked for.
fn without_path(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::Other => error,
        kind => kind.into(),
    }
}

/// Makes a folder with its parents, if it is missing.
///
/// # Errors
/// A file at its path, or at a parent's; a folder that cannot be written to.
pub fn make_folder(folder: &Path) -> Result<(), WriteError> {
    let make = || match fs::metadata(folder) {
        Ok(_) => require_folder(folder),
        Err(_) => fs::create_dir_all(folder),
    };
    make().map_err(|reason| WriteError::new(folder, reason))
}

/// The ending of a file in the making.
const PARTIAL: &str = ".partial";

/// What the names of all files begin with that are made to stand at `path`: a checksum, since its own
/// name may be too long to have anything added.
fn partial_prefix(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    format!(".landauer-{:08x}-", crc32c::crc32c(name.as_encoded_bytes()))
}

/// Locks a file in the making; `false` if another process has taken it for a stale one before.
fn is_ours(file: &NamedTempFile) -> bool {
    match file.as_file().try_lock() {
        // The other may have removed it and be gone.
        Ok(()) => file.path().exists(),
        Err(TryLockError::WouldBlock) => false,
        // Nothing can be locked here, and a file that is not locked is not removed.
        Err(TryLockError::Error(_)) => true,
    }
}

/// Removes what killed processes have left of files in the making with this prefix.
///
/// A living process has its file locked, so that one that can be locked is stale. Where there are no
/// locks, nothing is removed; nor is any of this an error.
fn remove_stale(folder: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if !name.starts_with(prefix.as_bytes()) || !name.ends_with(PARTIAL.as_bytes()) {
            continue;
        }
        // For writing: over NFS nothing else can be locked.
        let Ok(file) = File::options().write(true).open(entry.path()) else {
            continue;
        };
        if file.try_lock().is_ok() {
            // While it is locked, so that its maker cannot take it for its own meanwhile. If it cannot
            // be removed, it does no harm.
            let _ = fs::remove_file(entry.path());
        }
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

impl Seek for PendingFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Writes `bytes` to `path`, whole or not at all.
///
/// # Errors
/// If the folder cannot be written to or the disk is full.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    put(PendingFile::create(path)?, bytes)
}

/// Makes sure that [`replace`] can write `path`, before the work that it is the result of.
///
/// # Errors
/// If the folder cannot be written to.
pub fn require_writable(path: &Path) -> Result<(), WriteError> {
    PendingFile::create(path).map(drop)
}

/// Writes two files that belong together; neither is there before both are on the disk.
///
/// # Errors
/// If a folder cannot be written to or the disk is full.
pub fn replace_both(files: [(&Path, &[u8]); 2]) -> Result<(), WriteError> {
    let mut begun = Vec::with_capacity(files.len());
    for (path, bytes) in files {
        let mut file = PendingFile::create(path)?;
        let written = file.write_all(bytes).and_then(|()| file.flush());
        written.map_err(|source| WriteError::new(path, source))?;
        begun.push(file);
    }
    begun.into_iter().try_for_each(PendingFile::commit)
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

/// The temporary file in which [`write_whole`] makes `file`: `.name.partial` beside it.
#[must_use]
pub fn partial(file: &Path) -> PathBuf {
    partial_by(file, None)
}

/// The temporary file in which [`write_whole_by`] makes `file`: `.name.writer.partial` beside it.
#[must_use]
pub fn partial_by(file: &Path, writer: Option<&str>) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    if let Some(writer) = writer {
        name.push(".");
        name.push(writer);
    }
    name.push(PARTIAL);
    file.with_file_name(name)
}

/// Is `name` that of a temporary file in which a file called `file` is made, by whomever?
#[must_use]
pub fn is_partial(name: &OsStr, file: &str) -> bool {
    let name = name.to_string_lossy();
    let rest = name
        .strip_prefix('.')
        .and_then(|name| name.strip_prefix(file));
    rest.is_some_and(|rest| rest.starts_with('.') && rest.ends_with(PARTIAL))
}

/// Writes `bytes` to `file`, making its folder if need be; on failure nothing is left or changed.
///
/// Unlike a [`PendingFile`] it is made in a temporary file of one known name ([`partial`]), so that
/// the next writer (only one process may write at a time) overwrites the remains of a killed
/// one.
///
/// # Errors
/// A folder or file that cannot be made or written.
pub fn write_whole(file: &Path, bytes: &[u8]) -> io::Result<()> {
    write_whole_by(file, bytes, None)
}

/// As [`write_whole`], for one of several writers who may write the same bytes at the same time: each
/// has a name of its own.
///
/// # Errors
/// As [`write_whole`].
pub fn write_whole_by(file: &Path, bytes: &[u8], writer: Option<&str>) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let partial = partial_by(file, writer);
    let written = File::create(&partial)
        .and_then(|mut partial| {
            partial.write_all(bytes)?;
            partial.sync_data()
        })
        .and_then(|()| fs::rename(&partial, file));
    if written.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(&partial);
    }
    written
}

/// Bytes as they are written: two digits each.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c").join("0").join("1");
        write_whole(&file, b"first").unwrap();
        fs::write(partial(&file), b"what a killed writer left").unwrap();
        write_whole(&file, b"second").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"second");
        let names = fs::read_dir(file.parent().unwrap()).unwrap().count();
        assert_eq!(names, 1);
    }

    fn hidden(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let partial = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "partial");
        paths.filter(partial).collect()
    }

    #[test]
    fn what_a_killed_process_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a.npy"), folder.path().join("b.npy"));
        let alive = PendingFile::create(&a).unwrap();
        let in_use = hidden(folder.path());
        // These two are not locked.
        let left = |path: &Path| {
            let name = format!("{}abcdef{PARTIAL}", partial_prefix(path));
            let file = folder.path().join(name);
            fs::write(&file, "half").unwrap();
            file
        };
        let (stale, of_another) = (left(&a), left(&b));
        let mut next = PendingFile::create(&a).unwrap();
        assert!(!stale.exists() && of_another.exists() && in_use[0].exists());
        assert_eq!(hidden(folder.path()).len(), 3);
        next.write_all(b"next").unwrap();
        next.commit().unwrap();
        assert_eq!(fs::read(&a).unwrap(), b"next");
        // The first one is as good as before.
        assert!(in_use[0].exists());
        alive.commit().unwrap();
        assert_eq!(
            (fs::read(&a).unwrap(), hidden(folder.path())),
            (vec![], vec![of_another])
        );
    }

    #[test]
    fn names_may_be_as_long_as_they_can_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("n".repeat(255));
        replace(&path, b"content").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"content");
    }

    #[test]
    fn writers_have_temporary_files_of_their_own() {
        let file = Path::new("d/zarr.json");
        let name = |writer| {
            let path = partial_by(file, writer);
            assert_eq!(path.parent(), file.parent());
            path.file_name().unwrap().to_owned()
        };
        assert_ne!(name(None), name(Some("1-3")));
        assert!(is_partial(&name(None), "zarr.json"));
        assert!(is_partial(&name(Some("1-3")), "zarr.json"));
        for other in [
            "zarr.json",
            ".zarr.jsonx.partial",
            ".other.partial",
            ".zarr.json",
        ] {
            assert!(!is_partial(other.as_ref(), "zarr.json"), "{other}");
        }
    }

    #[test]
    fn folders_that_are_none_are_named() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        let missing = PendingFile::create(&path("missing/a.npy")).unwrap_err();
        assert!(missing.to_string().contains("missing does not exist"));
        assert!(!missing.to_string().contains(PARTIAL), "{missing}");
        make_folder(&path("made/below")).unwrap();
        make_folder(&path("made/below")).unwrap();
        fs::write(path("file"), "").unwrap();
        let file = make_folder(&path("file")).unwrap_err().to_string();
        assert!(file.contains("file is a file, not a folder"), "{file}");
    }

    #[test]
    fn a_failed_write_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        // A folder cannot be replaced by a file.
        let file = folder.path().join("taken");
        fs::create_dir_all(file.join("by a folder")).unwrap();
        write_whole(&file, b"content").unwrap_err();
        assert!(file.join("by a folder").exists() && !partial(&file).exists());
    }
}
