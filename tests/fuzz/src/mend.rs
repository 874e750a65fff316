//! Lengths and checksum of a model file, or of a hybrid's, put right.

use landauer_core::hybrid::format::{HYBRID_MAGIC, HYBRID_VERSION, HybridCard};
use landauer_core::inference::format::{
    CONSTANTS_ALIGNMENT, Card, FORMAT_VERSION, HEADER_LEN, Layer, MAGIC,
};

/// The same file with a sound header: its last bytes are as many constants as the header says, or as
/// there are; what stands before them are records, as far as the card and the header's number of
/// layers go.
///
/// So bytes that are changed, taken out or put in anywhere leave everything else what it was.
///
/// # Panics
/// If there are 4 GiB.
#[must_use]
pub fn mend(bytes: &[u8]) -> Vec<u8> {
    mend_as(bytes, (MAGIC, FORMAT_VERSION), decoded)
}

/// The same of a hybrid's file, which has one record.
///
/// # Panics
/// If there are 4 GiB.
#[must_use]
pub fn mend_hybrid(bytes: &[u8]) -> Vec<u8> {
    mend_as(bytes, (HYBRID_MAGIC, HYBRID_VERSION), |records, _| {
        let (_, rest) = postcard::take_from_bytes::<HybridCard<'_>>(records).ok()?;
        Some(records.len() - rest.len())
    })
}

/// What `decoded` says are the records of so many layers, behind a magic and the version of the file, or
/// the newest one if there is no such version.
fn mend_as(
    bytes: &[u8],
    (magic, newest): ([u8; 8], u16),
    decoded: impl Fn(&[u8], u16) -> Option<usize>,
) -> Vec<u8> {
    let Some((header, body)) = bytes.split_first_chunk::<HEADER_LEN>() else {
        return bytes.to_vec();
    };
    let version = match u16::from_le_bytes([header[8], header[9]]) {
        version @ 1.. if version <= newest => version,
        _ => newest,
    };
    let layers = u16::from_le_bytes([header[10], header[11]]);
    let constants = u32::from_le_bytes([header[16], header[17], header[18], header[19]]);
    let constants = usize::try_from(constants).map_or(body.len(), |length| length.min(body.len()));
    let (records, constants) = body.split_at(body.len() - constants);
    let records = &records[..decoded(records, layers).unwrap_or(records.len())];

    let mut mended = Vec::new();
    mended.extend(magic);
    mended.extend(version.to_le_bytes());
    mended.extend(layers.to_le_bytes());
    for part in [records, constants] {
        let length = u32::try_from(part.len()).expect("less than 4 GiB");
        mended.extend(length.to_le_bytes());
    }
    mended.extend([0; 4]);
    mended.extend(records);
    mended.resize(mended.len().next_multiple_of(CONSTANTS_ALIGNMENT), 0);
    mended.extend(constants);

    // By another road than the core's.
    let crc = crc::Crc::<u32, crc::NoTable>::new(&crc::CRC_32_ISCSI);
    let mut digest = crc.digest();
    digest.update(&mended[..20]);
    digest.update(&mended[HEADER_LEN..]);
    mended[20..HEADER_LEN].copy_from_slice(&digest.finalize().to_le_bytes());
    mended
}

/// Bytes that the card and so many layers take, if they can be decoded.
fn decoded(records: &[u8], layers: u16) -> Option<usize> {
    let (_, mut rest) = postcard::take_from_bytes::<Card<'_>>(records).ok()?;
    for _ in 0..layers {
        (_, rest) = postcard::take_from_bytes::<Layer>(rest).ok()?;
    }
    Some(records.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use landauer_core::inference::{Model, ModelError};

    use super::*;
    use crate::hybrid::small_hybrid;
    use crate::networks;

    #[test]
    fn a_sound_file_stays_what_it_is_and_a_longer_record_moves_nothing_else() {
        for seed in 0..50 {
            let bytes = networks::random(seed).bytes();
            assert_eq!(mend(&bytes), bytes);
        }
        for seed in 0..50 {
            let bytes = small_hybrid(seed);
            assert_eq!(mend_hybrid(&bytes), bytes);
        }
        let bytes = networks::random(1).bytes();
        let mut damaged = bytes.clone();
        // A letter more in the card's name: its length, and the letter.
        damaged[HEADER_LEN] += 1;
        damaged.insert(HEADER_LEN + 1, b'a');
        let refused = Model::parse(&damaged).map(drop);
        assert!(matches!(refused, Err(ModelError::Length { .. })));
        let mended = mend(&damaged);
        let [before, after] = [&bytes, &mended].map(|bytes| Model::parse(bytes).expect("mended"));
        assert_eq!(after.card().name.len(), before.card().name.len() + 1);
        assert_eq!(after.constants(), before.constants());
    }
}
