//! A strip as text, for the fragment (`#`) of a link: `v=1&size=40x40&disorder=2&n=0.1&seed=1&sample=0`, what was
//! painted over it, and a checksum.
//!
//! | part | meaning |
//! |---|---|
//! | `v=1` | the version of this format; comes first |
//! | `size=40x40` | slices times rows |
//! | `disorder=2&n=0.1&seed=1&sample=0` | a sample of models II to IV; of model I with `w=4` instead of `n` |
//! | `potential=1&radius=3&seed=1` | a smooth random potential of this height |
//! | `edit=5:12,14-20;0:7` | energies in t, each with the sites (slice·width + row) that it is painted on |
//! | `onsite=…` | all on-site energies, little-endian `f64` in base64url, where `edit` would be longer |
//! | `check=0badcafe` | the CRC-32C of all before `&check=`, in eight hexadecimal digits; comes last |
//!
//! A link that has lost its end would often still name a strip, another one: it is refused by its checksum.
//! Without an origin the strip is clean. Numbers are written with all their digits: a strip comes back bit
//! by bit.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::origin::OriginError;
use crate::strip::StripProblem;
use crate::{Origin, Strip};

/// The only version there is.
const VERSION: &str = "1";

/// What stands before the checksum.
const CHECK: &str = "&check=";

/// More kinds of sites than these are written as they are.
const MAX_EDIT_KINDS: usize = 64;

/// Why a link leads to no strip.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// Another version.
    #[error(
        "this link was made for another version of this page ({0:?}; this one reads version 1)"
    )]
    Version(String),
    /// The end with the checksum is missing.
    #[error("the end of this link is missing: copy all of it, or ask for it again")]
    Cut,
    /// The checksum is that of another link.
    #[error(
        "this link is cut off, or was changed on its way (its checksum is wrong): copy all of it, or ask for it again"
    )]
    Checksum,
    /// A part that is missing, comes twice, is unknown or cannot be read.
    #[error("this link is damaged or cut off, ask for it again: {what} ({part:?})")]
    Part {
        /// The part.
        part: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The strip.
    #[error("this link names a strip that cannot be drawn: {0}")]
    Strip(#[from] StripProblem),
    /// What it is drawn by.
    #[error("this link names a strip that cannot be drawn: {0}")]
    Origin(#[from] OriginError),
}

fn damaged(part: &str, what: &'static str) -> LinkError {
    // What is shown is short, whatever the link.
    let part = part.chars().take(40).collect();
    LinkError::Part { part, what }
}

/// The text of a strip, which is what `origin` draws but for what has been painted.
///
/// # Errors
/// An origin that draws nothing of this size.
///
/// # Example
/// ```
/// use landauer_playground::{Origin, Strip, link};
/// let strip = Strip::new(2, 2, vec![0.0, 5.0, 5.0, 5.0])?;
/// let text = link::write(&strip, Origin::Clean {})?;
/// assert!(text.starts_with("v=1&size=2x2&edit=5:1-3&check="));
/// assert_eq!(link::read(&text)?, (strip, Origin::Clean {}));
/// assert!(link::read(&text[..text.len() - 1]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write(strip: &Strip, origin: Origin) -> Result<String, OriginError> {
    let [length, width] = strip.size().sides();
    let drawn = origin.draw(length, width)?;
    let mut text = format!("v={VERSION}&size={length}x{width}");
    // Writing to a string cannot fail.
    let _ = match origin {
        Origin::Clean {} => Ok(()),
        Origin::Disorder {
            model,
            parameter,
            seed,
            sample,
        } => {
            let name = if is_strength(model) { "w" } else { "n" };
            write!(
                text,
                "&disorder={model}&{name}={}&seed={seed}&sample={sample}",
                short(parameter)
            )
        }
        Origin::Potential {
            height,
            radius,
            seed,
        } => write!(
            text,
            "&potential={}&radius={radius}&seed={seed}",
            short(height)
        ),
    };
    let edit = edits(&drawn, strip);
    let bytes = strip.onsite().len() * 8;
    match edit {
        Some(edit) if edit.is_empty() => {}
        // Base64 takes four letters for three bytes.
        Some(edit) if edit.len() <= bytes / 3 * 4 => {
            let _ = write!(text, "&edit={edit}");
        }
        _ => {
            let bytes: Vec<u8> = strip
                .onsite()
                .iter()
                .flat_map(|e| e.to_le_bytes())
                .collect();
            // What it was drawn by does not matter any more.
            text = format!(
                "v={VERSION}&size={length}x{width}&onsite={}",
                URL_SAFE_NO_PAD.encode(&bytes)
            );
        }
    }
    Ok(with_checksum(text))
}

/// The strip that a text leads to, and what it was drawn by. A leading `#` is left out.
///
/// # Errors
/// Any [`LinkError`], whatever the text.
pub fn read(text: &str) -> Result<(Strip, Origin), LinkError> {
    let mut parts = Parts::split(checked(text.strip_prefix('#').unwrap_or(text))?)?;
    parts.required("v")?;
    let size = parts
        .take("size")
        .ok_or_else(|| damaged("size", "the size is missing"))?;
    let sides = size
        .split_once('x')
        .ok_or_else(|| damaged(size, "a size such as 40x40 is needed"))?;
    let (length, width) = (number(sides.0)?, number(sides.1)?);
    let mut origin = Origin::Clean {};
    if let Some(model) = parts.take("disorder") {
        let model = number(model)?;
        let name = if is_strength(model) { "w" } else { "n" };
        origin = Origin::Disorder {
            model,
            parameter: number(parts.required(name)?)?,
            seed: number(parts.required("seed")?)?,
            sample: number(parts.required("sample")?)?,
        };
    } else if let Some(height) = parts.take("potential") {
        origin = Origin::Potential {
            height: number(height)?,
            radius: number(parts.required("radius")?)?,
            seed: number(parts.required("seed")?)?,
        };
    }
    let mut strip = origin.draw(length, width)?;
    if let Some(edit) = parts.take("edit") {
        strip = painted(&strip, edit)?;
    } else if let Some(onsite) = parts.take("onsite") {
        strip = Strip::new(length, width, energies(onsite)?)?;
    }
    parts.end()?;
    Ok((strip, origin))
}

/// The text with its checksum.
fn with_checksum(mut text: String) -> String {
    let sum = checksum(&text);
    text.push_str(CHECK);
    text.push_str(&sum);
    text
}

/// The text before its checksum, which is right. The version comes first: another one may have another checksum.
fn checked(text: &str) -> Result<&str, LinkError> {
    let first = text.split('&').next().and_then(|v| v.strip_prefix("v="));
    match first {
        Some(VERSION) => {}
        Some(version) => return Err(LinkError::Version(damaged_text(version))),
        None => return Err(damaged("v", "the version is missing")),
    }
    let (body, sum) = text.rsplit_once(CHECK).ok_or(LinkError::Cut)?;
    if sum == checksum(body) {
        Ok(body)
    } else {
        Err(LinkError::Checksum)
    }
}

fn checksum(text: &str) -> String {
    // Without a table, which would make the page larger.
    let crc = crc::Crc::<u32, crc::NoTable>::new(&crc::CRC_32_ISCSI);
    format!("{:08x}", crc.checksum(text.as_bytes()))
}

/// A number with the fewest digits that come back as the same bits.
fn short(number: f64) -> String {
    let text = format!("{number:?}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn damaged_text(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Is the parameter of this model its strength? Of a model that is not there it does not matter.
fn is_strength(model: u8) -> bool {
    let numbered = landauer_core::NumberedModel::with_number(model);
    numbered.is_some_and(|numbered| !numbered.model.has_impurities())
}

/// `key=value&key=value`, each key once.
struct Parts<'t>(Vec<(&'t str, &'t str)>);

impl<'t> Parts<'t> {
    fn split(text: &'t str) -> Result<Self, LinkError> {
        let mut parts: Vec<(&str, &str)> = Vec::new();
        for part in text.split('&').filter(|part| !part.is_empty()) {
            let (key, value) = part
                .split_once('=')
                .ok_or_else(|| damaged(part, "a name, = and a value are needed"))?;
            if parts.iter().any(|(other, _)| *other == key) {
                return Err(damaged(key, "this comes twice"));
            }
            parts.push((key, value));
        }
        Ok(Self(parts))
    }

    fn take(&mut self, key: &str) -> Option<&'t str> {
        let place = self.0.iter().position(|(other, _)| *other == key)?;
        Some(self.0.swap_remove(place).1)
    }

    fn required(&mut self, key: &str) -> Result<&'t str, LinkError> {
        self.take(key)
            .ok_or_else(|| damaged(key, "this is missing"))
    }

    fn end(self) -> Result<(), LinkError> {
        match self.0.first() {
            Some((key, _)) => Err(damaged(
                key,
                "this is unknown, or does not go with the rest",
            )),
            None => Ok(()),
        }
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, LinkError> {
    text.parse()
        .map_err(|_| damaged(text, "this is not a number, or not a possible one"))
}

/// The sites that differ, by energy; none if there are too many energies.
fn edits(drawn: &Strip, strip: &Strip) -> Option<String> {
    let mut kinds: Vec<(f64, Vec<(usize, usize)>)> = Vec::new();
    for (site, (from, to)) in drawn.onsite().iter().zip(strip.onsite()).enumerate() {
        if from.to_bits() == to.to_bits() {
            continue;
        }
        let known = kinds.iter().position(|(e, _)| e.to_bits() == to.to_bits());
        let place = known.unwrap_or_else(|| {
            kinds.push((*to, Vec::new()));
            kinds.len() - 1
        });
        if kinds.len() > MAX_EDIT_KINDS {
            return None;
        }
        let (_, runs) = &mut kinds[place];
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == site => *last = site,
            _ => runs.push((site, site)),
        }
    }
    let kinds = kinds.into_iter().map(|(energy, runs)| {
        let runs = runs.into_iter().map(|(first, last)| {
            if first == last {
                first.to_string()
            } else {
                format!("{first}-{last}")
            }
        });
        format!("{}:{}", short(energy), runs.collect::<Vec<_>>().join(","))
    });
    Some(kinds.collect::<Vec<_>>().join(";"))
}

/// The strip with these edits.
fn painted(strip: &Strip, edit: &str) -> Result<Strip, LinkError> {
    let [length, width] = strip.size().sides();
    let mut onsite = strip.onsite().to_vec();
    for kind in edit.split(';') {
        let (energy, runs) = kind
            .split_once(':')
            .ok_or_else(|| damaged(kind, "an energy, : and sites are needed"))?;
        let energy: f64 = number(energy)?;
        for run in runs.split(',') {
            let (first, last) = run.split_once('-').unwrap_or((run, run));
            let (first, last): (usize, usize) = (number(first)?, number(last)?);
            let sites = if first <= last {
                onsite.get_mut(first..last.saturating_add(1))
            } else {
                None
            };
            let sites = sites.ok_or_else(|| damaged(run, "the strip has no such sites"))?;
            sites.fill(energy);
        }
    }
    Ok(Strip::new(length, width, onsite)?)
}

/// The on-site energies in base64url.
fn energies(text: &str) -> Result<Vec<f64>, LinkError> {
    let wrong = || damaged("onsite", "the on-site energies cannot be read");
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong())?;
    let (numbers, rest) = bytes.as_chunks();
    if !rest.is_empty() {
        return Err(wrong());
    }
    Ok(numbers
        .iter()
        .map(|&number| f64::from_le_bytes(number))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: Origin = Origin::Disorder {
        model: 3,
        parameter: 0.1,
        seed: (1 << 53) - 1,
        sample: 12,
    };

    fn edited(origin: Origin, edits: &[(usize, f64)]) -> Strip {
        let drawn = origin.draw(10, 8).unwrap();
        let mut onsite = drawn.onsite().to_vec();
        for &(site, energy) in edits {
            onsite[site] = energy;
        }
        Strip::new(10, 8, onsite).unwrap()
    }

    #[test]
    fn strips_come_back_bit_by_bit_with_their_origin() {
        let box_model = Origin::Disorder {
            model: 1,
            parameter: 4.0 / 3.0,
            seed: 1,
            sample: 0,
        };
        let potential = Origin::Potential {
            height: 0.7,
            radius: 2,
            seed: 9,
        };
        for origin in [Origin::Clean {}, SAMPLE, box_model, potential] {
            for edits in [
                &[][..],
                &[(0, 5.0), (1, 5.0), (79, -1.0 / 3.0), (40, 0.0)],
                &[(3, 1e-300), (4, 5e-324), (5, 1e300), (7, -0.0)],
            ] {
                let strip = edited(origin, edits);
                let text = write(&strip, origin).unwrap();
                assert!(text.len() < 200, "{text}");
                let (found, from) = read(&format!("#{text}")).unwrap();
                assert_eq!(from, origin, "{text}");
                assert_eq!(found.common_slices(&strip), 10, "{text}");
            }
        }
    }

    #[test]
    fn strips_of_many_energies_are_written_whole() {
        let box_model = Origin::Disorder {
            model: 1,
            parameter: 4.0,
            seed: 1,
            sample: 0,
        };
        let strip = edited(box_model, &[]);
        let text = write(&strip, Origin::Clean {}).unwrap();
        assert!(
            text.contains("&onsite=") && text.len() < 20 + 80 * 8 / 3 * 4 + 35,
            "{text}"
        );
        let (found, origin) = read(&text).unwrap();
        assert_eq!(
            (found.common_slices(&strip), origin),
            (10, Origin::Clean {})
        );
        // The origin of a strip that is written whole is left out.
        let text = write(&strip, SAMPLE).unwrap();
        assert_eq!(read(&text).unwrap(), (strip, Origin::Clean {}));
    }

    #[test]
    fn the_text_is_what_the_format_says() {
        let strip = edited(
            SAMPLE,
            &[(1, 2.5), (2, 2.5), (3, 2.5), (9, 2.5), (20, 7.25)],
        );
        let text = write(&strip, SAMPLE).unwrap();
        let begin = "v=1&size=10x8&disorder=3&n=0.1&seed=9007199254740991&sample=12&edit=2.5:";
        assert!(text.starts_with(begin), "{text}");
        assert!(text.contains(";7.25:20&check="), "{text}");
        // CRC-32C's own check value.
        assert_eq!(checksum("123456789"), "e3069283");
    }

    #[test]
    fn a_link_that_is_cut_off_or_changed_is_refused() {
        let strip = edited(SAMPLE, &[(1, 2.5), (2, 2.5), (9, 2.5), (20, 7.25)]);
        let text = write(&strip, SAMPLE).unwrap();
        for end in 0..text.len() {
            let error = read(&text[..end]).unwrap_err();
            // Once the version is there, what is wrong is said to be that, not what the cut left of a part.
            let cut = matches!(error, LinkError::Cut | LinkError::Checksum);
            assert!(cut || end < "v=1".len(), "{}: {error}", &text[..end]);
        }
        for place in 0..text.len() {
            for other in ["0", "1", "&", "x"] {
                let mut changed = text.clone();
                changed.replace_range(place..=place, other);
                assert!(changed == text || read(&changed).is_err(), "{changed}");
            }
        }
        for text in ["v=1&size=2x2", "v=1&size=2x2&edit=5:0", "v=1"] {
            let error = read(text).unwrap_err();
            assert_eq!(error, LinkError::Cut);
            assert!(error.to_string().contains("copy all of it"));
        }
        let error = read("v=1&size=2x2&check=00000000").unwrap_err();
        assert!(error.to_string().contains("copy all of it"), "{error}");
    }

    #[test]
    fn damaged_links_are_errors_that_say_where() {
        for (text, word) in [
            ("", "version"),
            ("v=2&size=4x4", "\"2\""),
            ("v=1", "size"),
            ("v=1&size=4", "40x40"),
            ("v=1&size=4xx4", "x4"),
            ("v=1&size=-4x4", "-4"),
            ("v=1&size=81x4", "1 to 80"),
            ("v=1&size=0x4", "1 to 80"),
            ("v=1&size=99999999999999999999x4", "not a number"),
            ("v=1&size=4x4&size=4x4", "twice"),
            ("v=1&size=4x4&colour=red", "unknown"),
            ("v=1&size=4x4&n=0.1", "does not go"),
            ("v=1&size=4x4&disorder=2&n=0.1&seed=1", "sample"),
            ("v=1&size=4x4&disorder=2&w=0.1&seed=1&sample=0", "\"n\""),
            ("v=1&size=4x4&disorder=2&n=1.1&seed=1&sample=0", "[0, 1]"),
            ("v=1&size=4x4&disorder=2&n=NaN&seed=1&sample=0", "[0, 1]"),
            ("v=1&size=4x4&disorder=9&n=0.1&seed=1&sample=0", "model 9"),
            (
                "v=1&size=4x4&disorder=2&n=0.1&seed=9007199254740992&sample=0",
                "too large",
            ),
            ("v=1&size=4x4&potential=1&radius=11&seed=1", "not 11"),
            ("v=1&size=4x4&potential=-1&radius=1&seed=1", "-1 t"),
            ("v=1&size=4x4&edit=5", "an energy, :"),
            ("v=1&size=4x4&edit=5:16", "no such sites"),
            ("v=1&size=4x4&edit=5:3-2", "no such sites"),
            (
                "v=1&size=4x4&edit=5:3-18446744073709551615",
                "no such sites",
            ),
            ("v=1&size=4x4&edit=inf:3", "finite"),
            ("v=1&size=4x4&edit=x:3", "not a number"),
            ("v=1&size=1x1&onsite=AAAAAAAAAAA", ""),
            ("v=1&size=1x1&onsite=AAAAAAAAAA", "cannot be read"),
            ("v=1&size=1x1&onsite=AAAAAAAAAAB", "cannot be read"),
            ("v=1&size=1x1&onsite=AAAAAAAAA*A", "cannot be read"),
            ("v=1&size=1x1&onsite=é", "cannot be read"),
            (
                "v=1&size=1x2&onsite=AAAAAAAAAAA",
                "1 on-site energies for 1 x 2",
            ),
            ("v=1&size=1x1&onsite=AAAAAAAA8H8", "finite"),
            ("v=1&size=1x1&edit=0:0&onsite=AAAAAAAAAAA", "does not go"),
            (&format!("v=1{}", "&=".repeat(9)), "twice"),
        ] {
            match read(&with_checksum(text.to_owned())) {
                Ok(_) => assert_eq!(word, "", "{text}"),
                Err(error) => {
                    let said = error.to_string();
                    assert!(!word.is_empty() && said.contains(word), "{text}: {said}");
                }
            }
        }
    }
}
