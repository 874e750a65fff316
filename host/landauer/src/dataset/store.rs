//! A folder of files that appear whole or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zarrs::filesystem::{FilesystemStore, FilesystemStoreCreateError};
use zarrs::storage::byte_range::ByteRangeIterator;
use zarrs::storage::{
    Bytes, MaybeBytesIterator, OffsetBytesIterator, ReadableStorageTraits, StorageError, StoreKey,
    StorePrefix, WritableStorageTraits, store_set_partial_many,
};

use crate::files::{partial_by, write_whole_by};

/// zarrs's filesystem store with atomic writes: a value is written to a temporary file beside its
/// place and renamed into it.
///
/// The temporary file has one name for each key and `writer` ([`partial_by`]), so that whoever may write
/// the key overwrites what a killed writer left.
#[derive(Debug)]
pub(super) struct AtomicStore {
    root: PathBuf,
    files: FilesystemStore,
    writer: Option<String>,
}

impl AtomicStore {
    /// The store in the folder `root`, which need not be there yet.
    pub(super) fn new(
        root: &Path,
        writer: Option<String>,
    ) -> Result<Self, FilesystemStoreCreateError> {
        Ok(Self {
            root: root.to_owned(),
            files: FilesystemStore::new(root)?,
            writer,
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
        match fs::remove_file(partial_by(&self.file(key), self.writer.as_deref())) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
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
        write_whole_by(&self.file(key), &value, self.writer.as_deref())
            .map_err(|error| StorageError::from(Arc::new(error)))
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
