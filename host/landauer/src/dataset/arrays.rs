//! The arrays of a data set: their metadata, and their chunks in and out.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use zarrs::array::codec::{BytesCodec, Crc32cCodec};
use zarrs::array::{
    Array, ArrayBuilder, ArrayError, ArrayMetadataOptions, CodecError, CodecOptions, Element,
    ElementOwned, FromArrayBytes, data_type,
};
use zarrs::storage::{StorageError, StoreKey, WritableStorageTraits};

use super::config::DatasetConfig;
use super::error::DatasetError;
use super::schema::{Attributes, Kind};
use super::store::AtomicStore;
use crate::files::{ReadError, WriteError};
use crate::work::folder::entries;

/// The arrays of a data set at a path, whatever of them is there.
#[derive(Debug)]
pub(super) struct Arrays {
    store: Arc<AtomicStore>,
    samples: u64,
    chunk_samples: u64,
    list: Vec<(Kind, Array<AtomicStore>)>,
}

impl Arrays {
    /// The arrays that the data set at `path` has, which is of this configuration and has these
    /// attributes. A `writer` has a name where others may write the same metadata at the same time.
    pub(super) fn new(
        path: &Path,
        config: &DatasetConfig,
        attributes: &Attributes,
        writer: Option<String>,
    ) -> Result<Self, DatasetError> {
        let samples = attributes.samples;
        let fingerprint = attributes.fingerprint();
        let store = AtomicStore::new(path, writer).map_err(|_| DatasetError::Path {
            path: path.to_owned(),
        })?;
        let store = Arc::new(store);
        let mut kinds = vec![Kind::Energies];
        kinds.extend(Kind::of(config));
        let build = |kind: Kind| {
            let array = describe(kind, config, samples, &fingerprint);
            let array = array.build(store.clone(), &node(kind));
            let array = array.map_err(|error| DatasetError::Metadata {
                file: path.join(kind.name()),
                reason: error.to_string(),
            })?;
            Ok((kind, array))
        };
        Ok(Self {
            samples,
            chunk_samples: config.chunk_samples,
            list: kinds
                .into_iter()
                .map(build)
                .collect::<Result<_, DatasetError>>()?,
            store,
        })
    }

    /// The number of samples.
    pub(super) const fn samples(&self) -> u64 {
        self.samples
    }

    /// The number of chunks along `sample`.
    pub(super) const fn chunks(&self) -> u64 {
        self.samples.div_ceil(self.chunk_samples)
    }

    /// The data set's folder.
    pub(super) fn root(&self) -> &Path {
        self.store.root()
    }

    /// All arrays, `energies` first.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.list.iter().map(|&(kind, _)| kind)
    }

    /// The arrays that are chunked along `sample`, `transmission` last.
    pub(super) fn sample_kinds(&self) -> impl Iterator<Item = Kind> {
        self.kinds().filter(|&kind| kind != Kind::Energies)
    }

    /// Is there such an array?
    pub(super) fn has(&self, kind: Kind) -> bool {
        self.kinds().any(|other| other == kind)
    }

    fn array(&self, kind: Kind) -> Result<&Array<AtomicStore>, DatasetError> {
        let found = self.list.iter().find(|(other, _)| *other == kind);
        let (_, array) = found.ok_or_else(|| DatasetError::MissingArray { name: kind.name() })?;
        Ok(array)
    }

    /// The metadata that the array should have.
    pub(super) fn metadata(&self, kind: Kind) -> Result<Value, DatasetError> {
        // Which version of zarrs wrote an array does not determine its content.
        let options = ArrayMetadataOptions::default().with_include_zarrs_metadata(false);
        let metadata = serde_json::to_value(self.array(kind)?.metadata_opt(&options));
        metadata.map_err(|error| DatasetError::Metadata {
            file: self.metadata_file(kind),
            reason: error.to_string(),
        })
    }

    /// The file of an array's metadata.
    pub(super) fn metadata_file(&self, kind: Kind) -> PathBuf {
        self.root().join(kind.name()).join(METADATA)
    }

    /// Writes a metadata file, whole or not at all.
    pub(super) fn write_metadata(&self, file: &Path, metadata: &Value) -> Result<(), WriteError> {
        let failed = |error: io::Error| WriteError::new(file, error);
        let bytes = serde_json::to_vec_pretty(metadata).map_err(|error| failed(error.into()))?;
        let key = self.key(file).map_err(failed)?;
        let stored = self.store.set(&key, bytes.into());
        stored.map_err(|error| failed(io_error(error)))
    }

    /// Removes what a killed writer may have left of a metadata file.
    pub(super) fn clean_metadata(&self, file: &Path) -> Result<(), WriteError> {
        let key = self.key(file);
        let cleaned = key.and_then(|key| self.store.remove_partial(&key));
        cleaned.map_err(|error| WriteError::new(file, error))
    }

    /// The key of a file in the store.
    fn key(&self, file: &Path) -> io::Result<StoreKey> {
        let path = file.strip_prefix(self.root()).unwrap_or(file);
        let names: Vec<_> = path.iter().map(|name| name.to_string_lossy()).collect();
        StoreKey::new(names.join("/")).map_err(io::Error::other)
    }

    /// The file of a chunk: number `chunk` along the first dimension, the only one along the
    /// others.
    pub(super) fn file(&self, kind: Kind, chunk: u64) -> PathBuf {
        match self.array(kind) {
            Ok(array) => self.store.file(&array.chunk_key(&indices(kind, chunk))),
            Err(_) => self.root().join(kind.name()),
        }
    }

    /// Writes a chunk, whole or not at all.
    pub(super) fn write<T: Element>(
        &self,
        kind: Kind,
        chunk: u64,
        values: &[T],
    ) -> Result<(), WriteError> {
        let failed = |error: io::Error| WriteError::new(&self.file(kind, chunk), error);
        // A chunk that happens to hold nothing but the fill value is a chunk nevertheless.
        let options = CodecOptions::default().with_store_empty_chunks(true);
        let array = self.array(kind).map_err(io::Error::other).map_err(failed)?;
        array
            .store_chunk_opt(&indices(kind, chunk), values, &options)
            .map_err(|error| match error {
                ArrayError::StorageError(error) => failed(io_error(error)),
                other => failed(io::Error::other(other)),
            })
    }

    /// Removes what a killed writer may have left of a chunk.
    pub(super) fn clean(&self, kind: Kind, chunk: u64) -> Result<(), WriteError> {
        let file = self.file(kind, chunk);
        self.clean_metadata(&file)
    }

    /// Reads a chunk and verifies its checksum; `None` if it has not been written yet.
    pub(super) fn read<T: ElementOwned>(
        &self,
        kind: Kind,
        chunk: u64,
    ) -> Result<Option<Vec<T>>, DatasetError>
    where
        Vec<T>: FromArrayBytes,
    {
        let array = self.array(kind)?;
        let found = array.retrieve_chunk_if_exists::<Vec<T>>(&indices(kind, chunk));
        found.map_err(|error| {
            let file = self.file(kind, chunk);
            match error {
                ArrayError::StorageError(error) => ReadError::new(&file, io_error(error)).into(),
                ArrayError::CodecError(CodecError::InvalidChecksum) => DatasetError::Damaged {
                    file,
                    reason: "its checksum is wrong".to_owned(),
                },
                other => DatasetError::Damaged {
                    file,
                    reason: other.to_string(),
                },
            }
        })
    }

    /// Reads a chunk that must be there.
    pub(super) fn require<T: ElementOwned>(
        &self,
        kind: Kind,
        chunk: u64,
    ) -> Result<Vec<T>, DatasetError>
    where
        Vec<T>: FromArrayBytes,
    {
        self.read(kind, chunk)?
            .ok_or_else(|| DatasetError::Missing {
                file: self.file(kind, chunk),
            })
    }

    /// Is this chunk there, and sound?
    pub(super) fn check(&self, kind: Kind, chunk: u64) -> Result<bool, DatasetError> {
        let found = match kind {
            Kind::Species => self.read::<u8>(kind, chunk)?.is_some(),
            Kind::Fallbacks => self.read::<u32>(kind, chunk)?.is_some(),
            _ => self.read::<f64>(kind, chunk)?.is_some(),
        };
        Ok(found)
    }

    /// The chunks of an array of which there is something in its folder, beyond the last one too.
    pub(super) fn on_disk(&self, kind: Kind) -> Result<BTreeSet<u64>, DatasetError> {
        let folder = self.root().join(kind.name()).join(CHUNKS);
        Ok(entries(&folder, |name| name.parse().ok())?)
    }
}

/// The name of every metadata file.
pub(super) const METADATA: &str = "zarr.json";
/// The folder of an array's chunks.
const CHUNKS: &str = "c";

fn node(kind: Kind) -> String {
    format!("/{}", kind.name())
}

/// Indices of a chunk that is the only one along all dimensions but the first.
fn indices(kind: Kind, chunk: u64) -> Vec<u64> {
    let mut indices = vec![0; kind.dimensions().len()];
    if let Some(first) = indices.first_mut() {
        *first = chunk;
    }
    indices
}

/// The Zarr metadata of an array.
fn describe(kind: Kind, config: &DatasetConfig, samples: u64, fingerprint: &str) -> ArrayBuilder {
    let shape = kind.shape(config, samples);
    let mut chunk_shape = shape.clone();
    if let (Some(first), true) = (chunk_shape.first_mut(), kind != Kind::Energies) {
        *first = config.chunk_samples;
    }
    let mut builder = match kind {
        Kind::Species => ArrayBuilder::new(shape, chunk_shape, data_type::uint8(), 255_u8),
        Kind::Fallbacks => ArrayBuilder::new(shape, chunk_shape, data_type::uint32(), u32::MAX),
        _ => ArrayBuilder::new(shape, chunk_shape, data_type::float64(), f64::NAN),
    };
    builder
        .array_to_bytes_codec(Arc::new(BytesCodec::little()))
        .bytes_to_bytes_codecs(vec![Arc::new(Crc32cCodec::new())])
        .dimension_names(Some(kind.dimensions().iter().copied()))
        .attributes(kind.attributes(config, fingerprint));
    builder
}

/// The operating system's error behind a store's.
fn io_error(error: StorageError) -> io::Error {
    match error {
        StorageError::IOError(error) => io::Error::new(error.kind(), error.to_string()),
        other => io::Error::other(other),
    }
}
