//! A folder of files that appear whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zarrs::filesystem::{FilesystemStore, FilesystemStoreCreateError};
use zarrs::storage::byte_range::ByteRangeIterator;
use zarrs::storage::{
    Bytes, MaybeBytesIterator, OffsetBytesIterator, ReadableStorageTraits, StorageError, StoreKey,
    StorePrefix, WritableStorageTraits, store_set_partial_many,
};

/// zarrs's filesystem store with atomic writes: a value is written to a temporary file beside its
/// place and renamed into it.
///
/// The temporary file has one name for each key ([`partial`]), so that whoever may write the key
/// overwrites what a killed writer left.
#[derive(Debug)]
pub(super) struct AtomicStore {
    root: PathBuf,
    files: FilesystemStore,
}

impl AtomicStore {
    /// The store in the folder `root`, which need not be there yet.
    pub(super) fn new(root: &Path) -> Result<Self, FilesystemStoreCreateError> {
        Ok(Self {
            root: root.to_owned(),
            files: FilesystemStore::new(root)?,
        })
    }

    /// The folder.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The file of a key.
    pub(super) fn file(&self, key: &StoreKey) -> PathBuf {
        self.root.join(key.as_str())
    }

    /// Removes what a killed writer of this key may have left.
    pub(super) fn remove_partial(&self, key: &StoreKey) -> io::Result<()> {
        match fs::remove_file(partial(&self.file(key))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// The temporary file in which `file` is being made: `.name.partial` beside it.
pub(super) fn partial(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!(".{name}.partial"))
}

/// Writes `bytes` to `file`, making its folder if need be; on failure nothing is left or changed.
fn write_whole(file: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let partial = partial(file);
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

impl ReadableStorageTraits for AtomicStore {
    fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        byte_ranges: ByteRangeIterator<'a>,
    ) -> Result<MaybeBytesIterator<'a>, StorageError> {
        self.files.get_partial_many(key, byte_ranges)
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        self.files.size_key(key)
    }

    fn supports_get_partial(&self) -> bool {
        self.files.supports_get_partial()
    }
}

impl WritableStorageTraits for AtomicStore {
    fn set(&self, key: &StoreKey, value: Bytes) -> Result<(), StorageError> {
        write_whole(&self.file(key), &value).map_err(|error| StorageError::from(Arc::new(error)))
    }

    fn set_partial_many(
        &self,
        key: &StoreKey,
        offset_values: OffsetBytesIterator,
    ) -> Result<(), StorageError> {
        store_set_partial_many(self, key, offset_values)
    }

    fn erase(&self, key: &StoreKey) -> Result<(), StorageError> {
        self.files.erase(key)
    }

    fn erase_prefix(&self, prefix: &StorePrefix) -> Result<(), StorageError> {
        self.files.erase_prefix(prefix)
    }

    fn supports_set_partial(&self) -> bool {
        false
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
