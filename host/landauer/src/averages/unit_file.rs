//! The sums of one unit, written down: a line of JSON, and a line with its checksum.

use serde::{Deserialize, Serialize};

use super::tally::Tally;
use crate::statistics::{ConductanceHistogram, MeanAndError};
use crate::work::{FallbackTotals, MAX_SAMPLES};

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
        let text = str::from_utf8(bytes).map_err(|_| "it is not text")?;
        let lines = text.split_once('\n');
        let (json, rest) = lines.ok_or("its checksum is missing")?;
        let expected = format!("crc32c {:08x}\n", crc32c::crc32c(json.as_bytes()));
        if rest != expected {
            return Err("its checksum is wrong".to_owned());
        }
        let unit: Self = serde_json::from_str(json).map_err(|error| error.to_string())?;
        if is_sound(&unit.tally) {
            Ok(unit)
        } else {
            Err("its sums are those of no samples".to_owned())
        }
    }
}

/// Can samples have these sums? A checksum says nothing of who wrote it.
fn is_sound(tally: &Tally) -> bool {
    /// What rounding may add to a mean or a variance.
    const SLACK: f64 = 1e-9;
    /// No ln G is beyond this: 10⁹ slices and far more.
    const MAX_LN: f64 = 1e15;
    /// How many of a unit's transmissions may have been recomputed by a fallback solver.
    const MAX_FALLBACKS: u64 = MAX_SAMPLES << 16;
    let within = |sums: &MeanAndError, least: f64, most: f64| {
        let (mean, variance) = (sums.mean().unwrap_or(least), sums.variance().unwrap_or(0.0));
        let widest = (most - least) * (most - least);
        sums.is_sound()
            && (least - SLACK..=most + SLACK).contains(&mean)
            && (0.0..=widest + SLACK).contains(&variance)
    };
    let FallbackTotals {
        promoted,
        mirrored,
        recursion,
        elimination,
    } = tally.fallbacks();
    let counts = tally.histogram().counts();
    let in_bins = { counts.iter() }.fold(0, |sum: u64, &count| sum.saturating_add(count));
    let most = ConductanceHistogram::edge(counts.len());
    let sound = |g: Option<f64>| g.is_none_or(|g| (-SLACK..=most + SLACK).contains(&g));
    tally.samples() <= MAX_SAMPLES
        && tally.ln_g().count() <= tally.samples()
        && in_bins == tally.samples()
        && within(tally.g(), 0.0, most)
        && within(tally.ln_g(), -MAX_LN, MAX_LN)
        && sound(tally.least())
        && sound(tally.greatest())
        && tally
            .least()
            .zip(tally.greatest())
            .is_none_or(|(least, greatest)| least <= greatest)
        && [promoted, mirrored, recursion, elimination]
            .iter()
            .all(|&count| count <= MAX_FALLBACKS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solve::Fallbacks;

    fn unit() -> UnitFile {
        let mut tally = Tally::default();
        for k in 0..500 {
            tally
                .push(f64::from(k) / 77.0, Fallbacks::default())
                .unwrap();
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
    fn a_file_with_the_former_name_of_promoted_is_read() {
        let unit = unit();
        let json = serde_json::to_string(&unit).unwrap();
        let former = json.replace("\"promoted\"", "\"doubled\"");
        assert_ne!(former, json);
        let sum = crc32c::crc32c(former.as_bytes());
        let file = format!("{former}\ncrc32c {sum:08x}\n");
        assert_eq!(UnitFile::decode(file.as_bytes()), Ok(unit));
    }

    #[test]
    fn sums_that_no_samples_have_are_refused_whatever_their_checksum() {
        let good = unit();
        let json = serde_json::to_value(&good).unwrap();
        let changed = |pointer: &str, value: serde_json::Value| {
            let mut json = json.clone();
            *json.pointer_mut(pointer).unwrap() = value;
            let json = json.to_string();
            let sum = crc32c::crc32c(json.as_bytes());
            UnitFile::decode(format!("{json}\ncrc32c {sum:08x}\n").as_bytes())
        };
        assert_eq!(changed("/point", 3.into()), Ok(good));
        for (pointer, value) in [
            ("/tally/g/count", 501.into()),
            ("/tally/g/count", u64::MAX.into()),
            ("/tally/g/spread", (-1.0).into()),
            ("/tally/g/spread", 1e308.into()),
            ("/tally/g/mean", (-0.1).into()),
            ("/tally/g/mean", 6.7.into()),
            ("/tally/ln_g/mean", 1e300.into()),
            ("/tally/ln_g/count", 501.into()),
            ("/tally/extremes/0", 6.5.into()),
            ("/tally/extremes/0", 7.0.into()),
            ("/tally/extremes/1", 7.0.into()),
            ("/tally/fallbacks/recursion", u64::MAX.into()),
            ("/tally/windows/0", 0.into()),
            ("/tally/windows/0", u64::MAX.into()),
        ] {
            let found = changed(pointer, value);
            let expected = "its sums are those of no samples";
            assert_eq!(found, Err(expected.to_owned()), "{pointer}");
        }
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
