//! A network becomes bytes: what the host's exporter writes is written here.

use postcard::ser_flavors::{Size, Slice};

use super::format::{
    CONSTANTS_ALIGNMENT, FORMAT_VERSION, HEADER_LEN, MAGIC, MAX_LAYERS, ModelFile,
};
use crate::checksum::CRC_32C;

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
        let constants = u32::try_from(self.constants.len()).map_err(|_| WriteError::TooLarge)?;
        let records = constants_offset(self.records_len()?).ok_or(WriteError::TooLarge)?;
        records
            .checked_add(constants as usize)
            .ok_or(WriteError::TooLarge)
    }

    /// Writes the file into `bytes`, which must be [`encoded_len`](Self::encoded_len) long.
    ///
    /// Whether the network makes sense is not asked here but by [`Model::parse`](super::Model),
    /// which the writer should let read what it wrote.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub fn encode(&self, bytes: &mut [u8]) -> Result<(), WriteError> {
        let (needed, found) = (self.encoded_len()?, bytes.len());
        let wrong_length = WriteError::Length { needed, found };
        if needed != found {
            return Err(wrong_length);
        }
        let records = self.records_len()?;
        let layers = u16::try_from(self.layers.len()).map_err(|_| WriteError::TooLarge)?;
        let too_large = |_| WriteError::TooLarge;
        let records_len = u32::try_from(records).map_err(too_large)?;
        let constants_len = u32::try_from(self.constants.len()).map_err(too_large)?;

        let start = constants_offset(records).ok_or(WriteError::TooLarge)?;
        bytes.fill(0);
        let (front, constants) = bytes.split_at_mut_checked(start).ok_or(wrong_length)?;
        constants.copy_from_slice(self.constants);
        let (header, mut rest) = front
            .split_first_chunk_mut::<HEADER_LEN>()
            .ok_or(wrong_length)?;
        rest = write_record(self.card, rest)?;
        for layer in self.layers {
            rest = write_record(layer, rest)?;
        }

        let fields = MAGIC
            .into_iter()
            .chain(FORMAT_VERSION.to_le_bytes())
            .chain(layers.to_le_bytes())
            .chain(records_len.to_le_bytes())
            .chain(constants_len.to_le_bytes());
        for (slot, byte) in header.iter_mut().zip(fields) {
            *slot = byte;
        }
        let checksum = checksum(bytes).to_le_bytes();
        if let Some(place) = bytes.get_mut(CHECKSUM_OFFSET..HEADER_LEN) {
            place.copy_from_slice(&checksum);
        }
        Ok(())
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

/// Where the checksum stands in the header.
pub(super) const CHECKSUM_OFFSET: usize = 20;

/// Where the constants begin, given the length of the records.
pub(super) fn constants_offset(records: usize) -> Option<usize> {
    HEADER_LEN
        .checked_add(records)?
        .checked_next_multiple_of(CONSTANTS_ALIGNMENT)
}

/// The CRC-32C of a whole file, its own four bytes left out.
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    let mut digest = CRC_32C.digest();
    digest.update(bytes.get(..CHECKSUM_OFFSET).unwrap_or(bytes));
    digest.update(bytes.get(HEADER_LEN..).unwrap_or(&[]));
    digest.finalize()
}

fn record_len(record: &impl serde::Serialize) -> Result<usize, WriteError> {
    postcard::serialize_with_flavor(record, Size::default()).map_err(|_| WriteError::Record)
}

/// Writes one record and returns what room is left.
fn write_record<'b>(
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
