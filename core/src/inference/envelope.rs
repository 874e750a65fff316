//! What every file of this crate is wrapped in: magic, version, lengths, a checksum.
//!
//! [`format`](super::format) says how the bytes lie.

use super::error::ModelError;
use super::format::{CONSTANTS_ALIGNMENT, HEADER_LEN};
use super::write::WriteError;
use crate::checksum::CRC_32C;

/// Where the checksum stands in the header.
const CHECKSUM_OFFSET: usize = 20;

/// What stands in the header before the lengths.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) magic: [u8; 8],
    /// The newest version that is read, or the one that is written.
    pub(crate) version: u16,
}

/// A file whose lengths and checksum are right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Envelope<'a> {
    pub(crate) version: u16,
    /// Records behind the first one.
    pub(crate) more: u16,
    pub(crate) records: &'a [u8],
    pub(crate) constants: &'a [u8],
}

/// Where the constants begin, given the length of the records.
pub(crate) fn constants_offset(records: usize) -> Option<usize> {
    HEADER_LEN
        .checked_add(records)?
        .checked_next_multiple_of(CONSTANTS_ALIGNMENT)
}

/// The CRC-32C of a whole file, its own four bytes left out.
fn checksum(bytes: &[u8]) -> u32 {
    let mut digest = CRC_32C.digest();
    digest.update(bytes.get(..CHECKSUM_OFFSET).unwrap_or(bytes));
    digest.update(bytes.get(HEADER_LEN..).unwrap_or(&[]));
    digest.finalize()
}

impl<'a> Envelope<'a> {
    /// Checks all but what the records mean.
    pub(crate) fn open(bytes: &'a [u8], kind: Kind) -> Result<Self, ModelError> {
        let found = bytes.len();
        let cut = ModelError::Length {
            needed: HEADER_LEN,
            found,
        };
        let (magic, _) = bytes.split_first_chunk::<8>().ok_or(cut)?;
        if *magic != kind.magic {
            return Err(ModelError::NotAModel);
        }
        let header = bytes.first_chunk::<HEADER_LEN>().ok_or(cut)?;
        let [_, _, _, _, _, _, _, _, v0, v1, l0, l1, rest @ ..] = *header;
        let version = u16::from_le_bytes([v0, v1]);
        if !(1..=kind.version).contains(&version) {
            return Err(ModelError::UnsupportedVersion { found: version });
        }
        let [r0, r1, r2, r3, c0, c1, c2, c3, s0, s1, s2, s3] = rest;
        let records = u32::from_le_bytes([r0, r1, r2, r3]) as usize;
        let constants = u32::from_le_bytes([c0, c1, c2, c3]) as usize;
        let expected = u32::from_le_bytes([s0, s1, s2, s3]);

        // A length that no address can hold is not the file's.
        let start = constants_offset(records).unwrap_or(usize::MAX);
        let needed = start.saturating_add(constants);
        let wrong = ModelError::Length { needed, found };
        if needed != found {
            return Err(wrong);
        }
        let checksum = checksum(bytes);
        if checksum != expected {
            return Err(ModelError::Checksum {
                expected,
                found: checksum,
            });
        }
        let (front, constants) = bytes.split_at_checked(start).ok_or(wrong)?;
        let behind = front.get(HEADER_LEN..).ok_or(wrong)?;
        let (records, _padding) = behind.split_at_checked(records).ok_or(wrong)?;
        Ok(Self {
            version,
            more: u16::from_le_bytes([l0, l1]),
            records,
            constants,
        })
    }

    /// How many bytes a file of such lengths takes.
    pub(crate) fn len(records: usize, constants: usize) -> Result<usize, WriteError> {
        let constants = u32::try_from(constants).map_err(|_| WriteError::TooLarge)?;
        let start = constants_offset(records).ok_or(WriteError::TooLarge)?;
        let length = start.checked_add(constants as usize);
        length.ok_or(WriteError::TooLarge)
    }
}

/// Writes what stands around the records, which `write_records` writes into the room that it gets.
pub(crate) fn seal(
    bytes: &mut [u8],
    kind: Kind,
    (more, records): (u16, usize),
    constants: &[u8],
    write_records: impl FnOnce(&mut [u8]) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    let (needed, found) = (Envelope::len(records, constants.len())?, bytes.len());
    let wrong_length = WriteError::Length { needed, found };
    if needed != found {
        return Err(wrong_length);
    }
    let too_large = |_| WriteError::TooLarge;
    let records_len = u32::try_from(records).map_err(too_large)?;
    let constants_len = u32::try_from(constants.len()).map_err(too_large)?;
    let start = constants_offset(records).ok_or(WriteError::TooLarge)?;
    bytes.fill(0);
    let (front, place) = bytes.split_at_mut_checked(start).ok_or(wrong_length)?;
    place.copy_from_slice(constants);
    let (header, room) = front
        .split_first_chunk_mut::<HEADER_LEN>()
        .ok_or(wrong_length)?;
    write_records(room)?;
    let fields = kind
        .magic
        .into_iter()
        .chain(kind.version.to_le_bytes())
        .chain(more.to_le_bytes())
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
