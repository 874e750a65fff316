//! A network becomes bytes: what the host's exporter writes is written here.

use postcard::ser_flavors::{Size, Slice};

use super::envelope::{Envelope, Kind, seal};
use super::format::{MAGIC, MAX_LAYERS, ModelFile};

/// Why a network cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteError {
    /// The bytes given are not exactly as many as [`ModelFile::encoded_len`] says.
    Length {
        /// Bytes that are needed.
        needed: usize,
        /// Bytes that were given.
        found: usize,
    },
    /// More than [`MAX_LAYERS`] layers, or more than 4 GiB.
    TooLarge,
    /// A record that postcard cannot write.
    Record,
}

impl core::fmt::Display for WriteError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Length { needed, found } => write!(
                f,
                "the model takes {needed} bytes, and there is room for {found}"
            ),
            Self::TooLarge => write!(
                f,
                "a model has at most {MAX_LAYERS} layers and 4 GiB of constants"
            ),
            Self::Record => f.write_str("a record of the model cannot be written"),
        }
    }
}

impl core::error::Error for WriteError {}

impl ModelFile<'_> {
    /// How many bytes the file takes.
    ///
    /// # Errors
    /// [`WriteError::TooLarge`].
    pub fn encoded_len(&self) -> Result<usize, WriteError> {
        Envelope::len(self.records_len()?, self.constants.len())
    }

    /// Writes the file into `bytes`, which must be [`encoded_len`](Self::encoded_len) long.
    ///
    /// Whether the network makes sense is not asked here but by [`Model::parse`](super::Model),
    /// which the writer should let read what it wrote.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub fn encode(&self, bytes: &mut [u8]) -> Result<(), WriteError> {
        let records = self.records_len()?;
        let layers = u16::try_from(self.layers.len()).map_err(|_| WriteError::TooLarge)?;
        let versions = self
            .layers
            .iter()
            .map(|layer| layer.operator.oldest_version());
        let kind = Kind {
            magic: MAGIC,
            version: versions.fold(self.card.disorder.oldest_version(), u16::max),
        };
        seal(bytes, kind, (layers, records), self.constants, |room| {
            let mut rest = write_record(self.card, room)?;
            for layer in self.layers {
                rest = write_record(layer, rest)?;
            }
            Ok(())
        })
    }

    fn records_len(&self) -> Result<usize, WriteError> {
        if self.layers.len() > MAX_LAYERS {
            return Err(WriteError::TooLarge);
        }
        let mut length = record_len(self.card)?;
        for layer in self.layers {
            length = length
                .checked_add(record_len(layer)?)
                .ok_or(WriteError::TooLarge)?;
        }
        Ok(length)
    }
}

pub(crate) fn record_len(record: &impl serde::Serialize) -> Result<usize, WriteError> {
    postcard::serialize_with_flavor(record, Size::default()).map_err(|_| WriteError::Record)
}

/// Writes one record and returns what room is left.
pub(crate) fn write_record<'b>(
    record: &impl serde::Serialize,
    bytes: &'b mut [u8],
) -> Result<&'b mut [u8], WriteError> {
    let length = record_len(record)?;
    let (place, rest) = bytes
        .split_at_mut_checked(length)
        .ok_or(WriteError::Record)?;
    postcard::serialize_with_flavor(record, Slice::new(place)).map_err(|_| WriteError::Record)?;
    Ok(rest)
}
