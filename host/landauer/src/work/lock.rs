//! Locks on units of work that vanish with the process that holds them.
//!
//! One file in the folder of what is made, [`LOCK`], of no content. Byte 0 guards the metadata, byte
//! 1 + u guards unit u (a data set's chunk); the system locks ranges of bytes that need not be there.
//! The last writer to leave removes the file, so that what is finished does not have it; what a
//! killed writer leaves of it locks nothing.
//!
//! On Linux (and over NFS from Linux) these are open-file-description locks. Elsewhere the file is
//! locked as a whole, so that shards can only be written one after the other.
//!
//! Some file systems have no locks (Lustre mounted without them, NFS without its lock service): there
//! work is refused, unless it is asked for with [`Locking::Off`].

use std::fs::{self, File, OpenOptions};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::Shard;
use crate::failure::{Categorised, Category};
use crate::files::WriteError;

/// The name of the lock file.
pub const LOCK: &str = ".lock";

/// Whether what is written is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Locking {
    /// No other process can write the same meanwhile.
    #[default]
    On,
    /// Nothing is locked, and the caller makes sure that no other process does the same share of the work,
    /// or other work in the same folder, at the same time. For file systems without locks.
    Off,
}

impl Locking {
    /// What tells the temporary files of this process from those of others that do other shares of the
    /// same work and may write the same metadata at the same time; `None` if no other may.
    #[must_use]
    pub fn writer(self, shard: Shard) -> Option<String> {
        let others = self == Self::Off && shard != Shard::WHOLE;
        others.then(|| format!("{}-{}", shard.index(), shard.count()))
    }
}

/// What came of asking for the right to write.
#[derive(Debug)]
pub enum Access {
    /// It is granted.
    Granted(WriteLock),
    /// Another process writes some of these units.
    Busy,
    /// The folder is read-only, for this reason; its content can be read.
    ReadOnly(WriteError),
}

/// Why the right to write could not be asked for; nothing was made for that.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// The file system has no locks.
    #[error(
        "{} lies on a file system without file locks ({reason}), which keep two processes from writing the same files (nothing was changed there): have them switched on (Lustre: mount option flock; NFS: its lock service), choose a path on another file system, or work without locks and make sure that no other process does the same work, or the same share of it, there at the same time",
        path.display()
    )]
    Unsupported {
        /// The folder.
        path: PathBuf,
        /// The system's error.
        reason: io::Error,
    },
    /// The folder or the lock file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Categorised for LockError {
    fn category(&self) -> Category {
        match self {
            Self::Unsupported { .. } => Category::System,
            Self::Write(error) => error.category(),
        }
    }
}

/// The right to write some units of what is made in a folder, until it is dropped.
#[derive(Debug)]
pub struct WriteLock {
    /// The lock file's path, and the file; `None` without locks.
    held: Option<(PathBuf, File)>,
}

impl WriteLock {
    /// No lock at all: for [`Locking::Off`], and where nothing is to be written.
    pub const NONE: Self = Self { held: None };

    /// Asks for the right to write these units in `folder`, which is made if need be, with its parents.
    ///
    /// # Errors
    /// A folder or lock file that cannot be made; file locks that do not work there.
    pub fn acquire(
        folder: &Path,
        units: Range<u64>,
        locking: Locking,
    ) -> Result<Access, LockError> {
        let made = make_folder(folder).map_err(|error| WriteError::new(folder, error))?;
        if locking == Locking::Off {
            return Ok(Access::Granted(Self::NONE));
        }
        let path = folder.join(LOCK);
        let mut created = false;
        let error = match Self::ask(&path, units, &mut created) {
            Ok(Some(file)) => {
                let held = Some((path, file));
                return Ok(Access::Granted(Self { held }));
            }
            Ok(None) => return Ok(Access::Busy),
            Err(error) => error,
        };
        // Whatever of this fails, the first error is the one to report.
        if created {
            let _ = fs::remove_file(&path);
        }
        for folder in &made {
            let _ = fs::remove_dir(folder);
        }
        if is_without_locks(&error) {
            return Err(LockError::Unsupported {
                path: folder.to_owned(),
                reason: error,
            });
        }
        let denied = matches!(
            error.kind(),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
        );
        let error = WriteError::new(&path, error);
        if denied && made.is_empty() {
            return Ok(Access::ReadOnly(error));
        }
        Err(error.into())
    }

    /// The lock file, locked; `None` if someone else has some of these units. Says whether the file has
    /// been `created`.
    fn ask(path: &Path, units: Range<u64>, created: &mut bool) -> io::Result<Option<File>> {
        let bytes = units.start.saturating_add(1)..units.end.saturating_add(1);
        loop {
            let mut options = OpenOptions::new();
            options.read(true).write(true).truncate(false);
            let file = match options.clone().create_new(true).open(path) {
                Ok(file) => {
                    *created = true;
                    file
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    match options.open(path) {
                        // The last writer has just removed it.
                        Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                        opened => opened?,
                    }
                }
                Err(error) => return Err(error),
            };
            if bytes.is_empty() {
                // Whether there are locks does not depend on how many units there are.
                system::lock(&file, Lock::Wait, &METADATA)?;
                system::unlock(&file, &METADATA)?;
            } else if !system::lock(&file, Lock::Try, &bytes)? {
                return Ok(None);
            }
            // An earlier writer may have removed the file since it was opened: then this lock
            // protects nothing. A locked file is not removed.
            if is_at(&file, path)? {
                return Ok(Some(file));
            }
        }
    }

    /// Does `work` on the metadata while no other process does.
    ///
    /// # Errors
    /// Those of `work`; a lock that cannot be had, as `failed` has it.
    pub fn with_metadata<T, E>(
        &self,
        failed: impl Fn(io::Error) -> E,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let Some((_, file)) = &self.held else {
            return work();
        };
        system::lock(file, Lock::Wait, &METADATA).map_err(&failed)?;
        let result = work();
        system::unlock(file, &METADATA).map_err(&failed)?;
        result
    }
}

/// The byte that guards the metadata.
const METADATA: Range<u64> = 0..1;
/// All bytes that can be locked.
const EVERYTHING: Range<u64> = 0..i64::MAX as u64;

impl Drop for WriteLock {
    fn drop(&mut self) {
        // Whoever is the last to give its own bytes back gets all of them, and removes the file.
        // If any of this fails the file stays, which does no harm.
        let Some((path, file)) = &self.held else {
            return;
        };
        let removed = system::unlock(file, &EVERYTHING)
            .and_then(|()| system::lock(file, Lock::Try, &EVERYTHING))
            .and_then(|alone| {
                if alone && is_at(file, path)? {
                    fs::remove_file(path)?;
                }
                Ok(())
            });
        drop(removed);
    }
}

/// Makes a folder and its parents; gives those that were not there, the innermost first.
fn make_folder(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let missing = folder
        .ancestors()
        .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
    let missing = missing.map(Path::to_owned).collect();
    fs::create_dir_all(folder)?;
    Ok(missing)
}

/// Does this error of a lock say that the file system has none?
#[cfg(unix)]
fn is_without_locks(error: &io::Error) -> bool {
    use nix::libc;
    let number = error.raw_os_error();
    // "Not supported" has two numbers on some systems; a system that does not know locks of this kind
    // calls the request invalid.
    [
        libc::ENOLCK,
        libc::ENOSYS,
        libc::EOPNOTSUPP,
        libc::ENOTSUP,
        libc::EINVAL,
    ]
    .iter()
    .any(|&without| number == Some(without))
}

/// Does this error of a lock say that the file system has none?
#[cfg(not(unix))]
fn is_without_locks(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported
}

/// How to ask for a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lock {
    /// Give up at once if another process has it.
    Try,
    /// Wait until it is free.
    Wait,
}

/// Is `file` still the file at `path`?
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let open = file.metadata()?;
    match fs::metadata(path) {
        Ok(existing) => Ok((existing.dev(), existing.ino()) == (open.dev(), open.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Is `file` still the file at `path`? An open file cannot be removed here.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    path.try_exists()
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use std::fs::File;
    use std::io;
    use std::ops::Range;

    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc;

    use super::Lock;

    /// Locks a range of bytes; `false` if another has some of it.
    pub(super) fn lock(file: &File, how: Lock, bytes: &Range<u64>) -> io::Result<bool> {
        let range = flock(libc::F_WRLCK, bytes)?;
        loop {
            let asked = match how {
                Lock::Try => fcntl(file, FcntlArg::F_OFD_SETLK(&range)),
                Lock::Wait => fcntl(file, FcntlArg::F_OFD_SETLKW(&range)),
            };
            match asked {
                Ok(_) => return Ok(true),
                Err(Errno::EAGAIN | Errno::EACCES) if how == Lock::Try => return Ok(false),
                // A signal came while waiting.
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Gives a range of bytes back.
    pub(super) fn unlock(file: &File, bytes: &Range<u64>) -> io::Result<()> {
        let range = flock(libc::F_UNLCK, bytes)?;
        fcntl(file, FcntlArg::F_OFD_SETLK(&range))?;
        Ok(())
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "the system's constants are small, whatever their type"
    )]
    fn flock(kind: libc::c_int, bytes: &Range<u64>) -> io::Result<libc::flock> {
        let offset = |byte: u64| {
            libc::off_t::try_from(byte).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))
        };
        Ok(libc::flock {
            l_type: kind as libc::c_short,
            l_whence: libc::SEEK_SET as libc::c_short,
            l_start: offset(bytes.start)?,
            l_len: offset(bytes.end.saturating_sub(bytes.start))?,
            l_pid: 0,
        })
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod system {
    use std::fs::{File, TryLockError};
    use std::io;
    use std::ops::Range;

    use super::{Lock, METADATA};

    /// Locks the file as a whole; `false` if another has it. Its metadata are then locked too.
    pub(super) fn lock(file: &File, _: Lock, bytes: &Range<u64>) -> io::Result<bool> {
        if *bytes == METADATA {
            return Ok(true);
        }
        match file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Gives the file back.
    pub(super) fn unlock(file: &File, bytes: &Range<u64>) -> io::Result<()> {
        if *bytes == METADATA {
            return Ok(());
        }
        file.unlock()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn acquire(folder: &tempfile::TempDir, units: Range<u64>) -> Option<WriteLock> {
        match WriteLock::acquire(folder.path(), units, Locking::On).unwrap() {
            Access::Granted(lock) => Some(lock),
            Access::Busy => None,
            Access::ReadOnly(error) => panic!("{error}"),
        }
    }

    #[test]
    fn the_same_unit_has_one_writer_and_others_have_theirs() {
        let folder = tempfile::tempdir().unwrap();
        let first = acquire(&folder, 0..5).unwrap();
        assert!(acquire(&folder, 4..6).is_none());
        let second = acquire(&folder, 5..9).unwrap();
        assert!(acquire(&folder, 0..1).is_none());
        drop(first);
        assert!(acquire(&folder, 0..5).is_some());
        assert!(acquire(&folder, 8..9).is_none());
        drop(second);
    }

    #[test]
    fn the_last_writer_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join(LOCK);
        let (first, second) = (acquire(&folder, 0..1), acquire(&folder, 1..2));
        let none = acquire(&folder, 2..2);
        assert!(none.is_some());
        drop(first);
        assert!(lock.exists());
        drop(none);
        assert!(lock.exists());
        drop(second);
        assert!(!lock.exists());
    }

    #[test]
    fn a_removed_lock_file_locks_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let first = acquire(&folder, 0..1).unwrap();
        // Not what we do, but what a user may.
        fs::remove_file(folder.path().join(LOCK)).unwrap();
        let second = acquire(&folder, 0..1).unwrap();
        drop(first);
        assert!(acquire(&folder, 0..1).is_none());
        drop(second);
    }
    #[test]
    fn without_locks_nothing_is_made_but_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        for _ in 0..2 {
            let access = WriteLock::acquire(&path, 0..1, Locking::Off).unwrap();
            let Access::Granted(lock) = access else {
                panic!("{access:?}");
            };
            assert_eq!(lock.with_metadata(|error| error, || Ok(3)).unwrap(), 3);
            assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
        }
        let share = Shard::new(1, 3).unwrap();
        assert_eq!(Locking::Off.writer(share), Some("1-3".to_owned()));
        assert_eq!(Locking::Off.writer(Shard::WHOLE), None);
        assert_eq!(Locking::On.writer(share), None);
    }

    #[test]
    fn only_missing_folders_count_as_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        let made = make_folder(&path).unwrap();
        assert_eq!(made, [path.clone(), folder.path().join("a")]);
        assert_eq!(make_folder(&path).unwrap(), Vec::<PathBuf>::new());
    }
}
