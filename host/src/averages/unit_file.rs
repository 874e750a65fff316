//! The sums of one unit, written down: a line of JSON, and a line with its checksum.

use serde::{Deserialize, Serialize};

use super::tally::Tally;

/// What a unit's file says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnitFile {
    /// The [fingerprint](super::manifest::Manifest::fingerprint) of the ensemble that it is of.
    pub(super) ensemble: u32,
    /// The number of the point.
    pub(super) point: u64,
    /// The number of the block.
    pub(super) block: u64,
    /// The sums.
    pub(super) tally: Tally,
}

impl UnitFile {
    /// The bytes of the file.
    pub(super) fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        let json = serde_json::to_string(self)?;
        let sum = crc32c::crc32c(json.as_bytes());
        Ok(format!("{json}\ncrc32c {sum:08x}\n").into_bytes())
    }

    /// What the bytes of a file say.
    ///
    /// # Errors
    /// In words, why they are not those of such a file.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, String> {
        let text = str::from_utf8(bytes).map_err(|_| "it is no text")?;
        let lines = text.split_once('\n');
        let (json, rest) = lines.ok_or("its checksum is missing")?;
        let expected = format!("crc32c {:08x}\n", crc32c::crc32c(json.as_bytes()));
        if rest != expected {
            return Err("its checksum is wrong".to_owned());
        }
        serde_json::from_str(json).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::Fallbacks;

    fn unit() -> UnitFile {
        let mut tally = Tally::default();
        for k in 0..500 {
            tally.push(f64::from(k) / 77.0, Fallbacks::default());
        }
        UnitFile {
            ensemble: 0xdead_beef,
            point: 3,
            block: 12,
            tally,
        }
    }

    #[test]
    fn every_bit_survives() {
        let unit = unit();
        let bytes = unit.encode().unwrap();
        assert_eq!(UnitFile::decode(&bytes), Ok(unit));
    }

    #[test]
    fn every_changed_byte_and_every_cut_is_seen() {
        let bytes = unit().encode().unwrap();
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            assert!(UnitFile::decode(&changed).is_err(), "{place}");
            assert!(UnitFile::decode(&bytes[..place]).is_err(), "{place}");
        }
        assert!(UnitFile::decode(&[&bytes[..], b"\n"].concat()).is_err());
        assert!(UnitFile::decode(&[0xff, b'\n']).is_err());
    }
}
