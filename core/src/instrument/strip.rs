//! On-site energies on the wire.

use heapless::Vec;
use serde::{Deserialize, Serialize};

use super::Refusal;

/// The most different on-site energies of a strip that is sent packed.
pub const MAX_LEVELS: usize = 4;

/// A strip as it is sent: its size and its on-site energies.
///
/// # Example
/// ```
/// use landauer_core::instrument::Strip;
/// let onsite = [0.0, 5.0, 0.0, 0.0, 0.0, 5.0]; // 2 slices of 3 sites
/// let mut buffer = [0; 24];
/// let strip = Strip::pack(&onsite, 3, &mut buffer).unwrap();
/// let mut found = [0.0; 6];
/// assert_eq!(strip.unpack(&mut found), Ok(&mut onsite.clone()[..]));
/// assert_eq!(found, onsite);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Strip<'a> {
    /// Slices.
    pub length: u16,
    /// Sites in a slice.
    pub width: u16,
    /// On-site energies `[slice, row]`, in units of t.
    #[serde(borrow)]
    pub onsite: Onsite<'a>,
}

/// On-site energies `[slice, row]`, in units of t.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Onsite<'a> {
    /// `f32`, little endian, one after the other.
    Energies(&'a [u8]),
    /// Numbers of levels, 1 bit a site if there are one or two levels, else 2 bits; the first site
    /// is in the lowest bits of the first byte, and what is left of the last byte is 0.
    Levels {
        /// The energies that occur, 1 to [`MAX_LEVELS`].
        levels: Vec<f32, MAX_LEVELS>,
        /// Which of them each site has.
        codes: &'a [u8],
    },
}

/// Bits of the number of a level.
const fn bits(levels: usize) -> usize {
    if levels <= 2 { 1 } else { 2 }
}

/// Bytes of the packed levels of a given number of sites.
const fn packed_len(sites: usize, bits: usize) -> usize {
    sites.saturating_mul(bits).div_ceil(8)
}

impl<'a> Strip<'a> {
    /// A strip with these on-site energies `[slice, row]`, in slices of `width`, as short as it can
    /// be; `buffer` holds what is sent, 4 bytes a site at most.
    ///
    /// None if the energies are not whole slices, or too many for the wire (65,535 slices of 65,535
    /// sites), or if the buffer is too short.
    #[must_use]
    pub fn pack(onsite: &[f32], width: usize, buffer: &'a mut [u8]) -> Option<Self> {
        let length = onsite.len().checked_div(width)?;
        if length.checked_mul(width)? != onsite.len() {
            return None;
        }
        let (length, width) = (length.try_into().ok()?, width.try_into().ok()?);
        let onsite = if let Some(levels) = levels(onsite) {
            pack_levels(onsite, levels, buffer)?
        } else {
            let (places, _) = buffer.as_chunks_mut::<4>();
            let places = places.get_mut(..onsite.len())?;
            for (place, energy) in places.iter_mut().zip(onsite) {
                *place = energy.to_le_bytes();
            }
            Onsite::Energies(places.as_flattened())
        };
        Some(Self {
            length,
            width,
            onsite,
        })
    }

    /// Sites: length times width.
    #[must_use]
    pub fn sites(&self) -> usize {
        usize::from(self.length).saturating_mul(usize::from(self.width))
    }

    /// Writes the on-site energies `[slice, row]` to the beginning of `onsite` and gives that part.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`] if there is no room; [`Refusal::Packing`] if the bytes do not
    /// match the number of sites.
    pub fn unpack<'o>(&self, onsite: &'o mut [f32]) -> Result<&'o mut [f32], Refusal> {
        let (sites, room) = (self.sites(), onsite.len());
        let count = |sites| u32::try_from(sites).unwrap_or(u32::MAX);
        let onsite = onsite.get_mut(..sites).ok_or(Refusal::TooLarge {
            sites: count(sites),
            room: count(room),
        })?;
        let wrong = |needed: usize, found: usize| Refusal::Packing {
            needed: count(needed),
            found: count(found),
        };
        match &self.onsite {
            Onsite::Energies(bytes) => {
                let needed = sites.saturating_mul(4);
                if bytes.len() != needed {
                    return Err(wrong(needed, bytes.len()));
                }
                let (energies, _) = bytes.as_chunks::<4>();
                for (slot, &energy) in onsite.iter_mut().zip(energies) {
                    *slot = f32::from_le_bytes(energy);
                }
            }
            Onsite::Levels { levels, codes } => {
                let bits = bits(levels.len());
                let needed = packed_len(sites, bits);
                if codes.len() != needed {
                    return Err(wrong(needed, codes.len()));
                }
                for (slot, code) in onsite.iter_mut().zip(numbers(codes, bits)) {
                    let level = levels.get(code).ok_or(Refusal::UnknownLevel {
                        level: count(code),
                        levels: count(levels.len()),
                    })?;
                    *slot = *level;
                }
            }
        }
        Ok(onsite)
    }
}

/// The different on-site energies in the order of their first sites; none if they are too many.
/// Energies are told apart by their bits, so that zeros keep their signs.
fn levels(onsite: &[f32]) -> Option<Vec<f32, MAX_LEVELS>> {
    let mut levels: Vec<f32, MAX_LEVELS> = Vec::new();
    for energy in onsite {
        if position(&levels, *energy).is_none() {
            levels.push(*energy).ok()?;
        }
    }
    Some(levels)
}

fn position(levels: &[f32], energy: f32) -> Option<usize> {
    let mut all = levels.iter();
    all.position(|level| level.to_bits() == energy.to_bits())
}

fn pack_levels<'a>(
    onsite: &[f32],
    levels: Vec<f32, MAX_LEVELS>,
    buffer: &'a mut [u8],
) -> Option<Onsite<'a>> {
    let bits = bits(levels.len());
    let codes = buffer.get_mut(..packed_len(onsite.len(), bits))?;
    // 8 or 4 sites in a byte.
    let in_a_byte = 8_usize.checked_div(bits)?;
    for (byte, sites) in codes.iter_mut().zip(onsite.chunks(in_a_byte)) {
        *byte = 0;
        // From the last site on, so that the first one ends up in the lowest bits.
        for energy in sites.iter().rev() {
            let code = u8::try_from(position(&levels, *energy)?).ok()?;
            *byte = *byte << bits | code;
        }
    }
    Some(Onsite::Levels { levels, codes })
}

/// The numbers of levels that such bytes hold.
fn numbers(codes: &[u8], bits: usize) -> impl Iterator<Item = usize> + '_ {
    let mask = if bits == 1 { 1 } else { 3 };
    codes.iter().flat_map(move |&byte| {
        let shifts = (0..8_u32).step_by(bits.max(1));
        shifts.map(move |shift| usize::from(byte >> shift & mask))
    })
}

#[cfg(test)]
mod tests {
    extern crate std;

    use proptest::prelude::*;
    use std::vec;

    use super::*;

    #[test]
    fn levels_lie_in_bits_from_the_lowest_on() {
        let mut buffer = [0xFF; 8];
        let onsite = [5.0, 0.0, 0.0, 5.0, 5.0, 0.0, 0.0, 0.0, 0.0, 5.0];
        let strip = Strip::pack(&onsite, 5, &mut buffer).unwrap();
        let levels = Vec::from_slice(&[5.0, 0.0]).unwrap();
        let codes = &[0b1110_0110, 0b01][..];
        assert_eq!((strip.length, strip.width), (2, 5));
        assert_eq!(strip.onsite, Onsite::Levels { levels, codes });

        let onsite = [0.0, -0.0, 2.5, 5.0, 2.5];
        let strip = Strip::pack(&onsite, 1, &mut buffer).unwrap();
        let levels = Vec::from_slice(&[0.0, -0.0, 2.5, 5.0]).unwrap();
        let codes = &[0b1110_0100, 0b10][..];
        assert_eq!(strip.onsite, Onsite::Levels { levels, codes });
    }

    #[test]
    fn five_levels_are_sent_as_they_are() {
        let onsite = [0.0, 1.0, 2.0, 3.0, 4.0, 4.0];
        let mut buffer = [0; 24];
        let strip = Strip::pack(&onsite, 2, &mut buffer).unwrap();
        let Onsite::Energies(bytes) = strip.onsite else {
            panic!("{strip:?}");
        };
        assert_eq!(bytes.len(), 24);
        assert_eq!(bytes[4..8], 1.0_f32.to_le_bytes());
        assert_eq!(Strip::pack(&onsite, 2, &mut [0; 23]), None);
        assert_eq!(Strip::pack(&onsite, 4, &mut [0; 24]), None);
        assert_eq!(Strip::pack(&onsite, 0, &mut [0; 24]), None);
    }

    #[test]
    fn bytes_that_do_not_fit_are_refused_with_the_numbers() {
        let strip = |length, width, onsite| Strip {
            length,
            width,
            onsite,
        };
        let mut room = [0.0; 12];
        let too_large = strip(13, 1, Onsite::Energies(&[0; 52])).unpack(&mut room);
        let (sites, limit) = (13, 12);
        assert_eq!(too_large, Err(Refusal::TooLarge { sites, room: limit }));
        let enormous = strip(65535, 65535, Onsite::Energies(&[])).unpack(&mut room);
        assert!(matches!(enormous, Err(Refusal::TooLarge { .. })));

        let (needed, found) = (24, 23);
        let short = strip(3, 2, Onsite::Energies(&[0; 23])).unpack(&mut room);
        assert_eq!(short, Err(Refusal::Packing { needed, found }));
        let levels = Vec::from_slice(&[0.0, 5.0, 2.5]).unwrap();
        let codes = &[0b11, 0, 0][..];
        let unknown = strip(3, 4, Onsite::Levels { levels, codes }).unpack(&mut room);
        let (level, levels) = (3, 3);
        assert_eq!(unknown, Err(Refusal::UnknownLevel { level, levels }));
        let levels = Vec::new();
        let codes = &[0][..];
        let none = strip(2, 2, Onsite::Levels { levels, codes }).unpack(&mut room);
        let (level, levels) = (0, 0);
        assert_eq!(none, Err(Refusal::UnknownLevel { level, levels }));
    }

    proptest! {
        #[test]
        fn every_strip_comes_back_to_the_bit(
            bits in prop::collection::vec(any::<u32>(), 1..9),
            sites in prop::collection::vec(any::<prop::sample::Index>(), 1..200),
        ) {
            let onsite: std::vec::Vec<f32> =
                sites.iter().map(|site| f32::from_bits(bits[site.index(bits.len())])).collect();
            let mut buffer = vec![0; 4 * onsite.len()];
            let strip = Strip::pack(&onsite, 1, &mut buffer).unwrap();
            let mut found = vec![0.0; onsite.len()];
            strip.unpack(&mut found).unwrap();
            let same = found.iter().zip(&onsite).all(|(a, b)| a.to_bits() == b.to_bits());
            prop_assert!(same);
        }
    }
}
