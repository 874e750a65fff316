//! Who may write what: locks that vanish with the process that holds them.
//!
//! One file in the folder of what is made, [`LOCK`], of no content. Byte 0 guards the metadata, byte
//! 1 + u guards unit u (a data set's chunk); the system locks ranges of bytes that need not be there.
//! The last writer to leave removes the file, so that what is finished does not have it; what a
//! killed writer leaves of it locks nothing.
//!
//! On Linux (and over NFS from Linux) these are open-file-description locks. Elsewhere the file is
//! locked as a whole, so that shards can only be written one after the other.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The name of the lock file.
pub(crate) const LOCK: &str = ".lock";

/// The right to write some units of what is made in a folder, until it is dropped.
#[derive(Debug)]
pub(crate) struct WriteLock {
    path: PathBuf,
    file: File,
}

impl WriteLock {
    /// The right to write these units; `None` if someone else writes some of them.
    pub(crate) fn acquire(folder: &Path, units: Range<u64>) -> io::Result<Option<Self>> {
        let path = folder.join(LOCK);
        loop {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)?;
            let bytes = units.start.saturating_add(1)..units.end.saturating_add(1);
            if !bytes.is_empty() && !system::lock(&file, Lock::Try, &bytes)? {
                return Ok(None);
            }
            // The last writer of before may have removed the file since it was opened: then this
            // lock is one on nothing. A locked file is not removed.
            if is_at(&file, &path)? {
                return Ok(Some(Self { path, file }));
            }
        }
    }

    /// Does `work` on the metadata while no other process does.
    pub(crate) fn with_metadata<T, E>(
        &self,
        failed: impl Fn(io::Error) -> E,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        system::lock(&self.file, Lock::Wait, &METADATA).map_err(&failed)?;
        let result = work();
        system::unlock(&self.file, &METADATA).map_err(&failed)?;
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
        let removed = system::unlock(&self.file, &EVERYTHING)
            .and_then(|()| system::lock(&self.file, Lock::Try, &EVERYTHING))
            .and_then(|alone| {
                if alone && is_at(&self.file, &self.path)? {
                    fs::remove_file(&self.path)?;
                }
                Ok(())
            });
        drop(removed);
    }
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
        Ok(there) => Ok((there.dev(), there.ino()) == (open.dev(), open.ino())),
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
        WriteLock::acquire(folder.path(), units).unwrap()
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
}
