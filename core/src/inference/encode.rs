//! From a lattice to the integers that a network reads: the only place that does this.
//!
//! Impurities must have exactly the energies of the model's species (rounded to `f32`, if the strip
//! is in `f32`); other on-site energies must lie within the model's bound (w/2 of model I), and are
//! rounded to `f32` before anything else. So a sample has the same integers in `f32` and in `f64`.

use super::constants::Constants;
use super::curves::CurvesAt;
use super::error::ModelError;
use super::format::{Encoder, EncoderRule, Mirrors};
use super::quantize::from_q16;
use crate::disorder::{DisorderModel, MAX_SPECIES};
use crate::scalar::Scalar;

/// The most kinds of sites: no impurity, and the species.
const MAX_KINDS: usize = MAX_SPECIES + 1;

/// One of the mirror images of a strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Image {
    /// Upside down: row y is read from row width − 1 − y.
    pub mirrored_in_y: bool,
    /// Seen from the other lead: slice x is read from slice length − 1 − x.
    pub mirrored_in_x: bool,
    /// Every integer is negated.
    pub negated: bool,
}

impl Mirrors {
    /// The images that are averaged, in their order.
    pub fn images(self) -> impl Iterator<Item = Image> {
        (0..self.passes()).map(|pass| Image {
            mirrored_in_y: pass & 1 != 0,
            mirrored_in_x: pass & 2 != 0,
            negated: pass & 4 != 0,
        })
    }
}

/// The energies that a site can have, in units of t: no impurity, and then the species.
struct Kinds<S> {
    energies: [S; MAX_KINDS],
    known: usize,
}

impl<S: Scalar> Kinds<S> {
    fn new(disorder: &DisorderModel) -> Self {
        let mut energies = [S::ZERO; MAX_KINDS];
        let species = disorder.species_energies();
        for (slot, &energy) in energies.iter_mut().skip(1).zip(species) {
            *slot = S::from_f64(energy);
        }
        let known = species.len().saturating_add(1);
        Self { energies, known }
    }

    /// The kind of a site: its species, 0 being no impurity; none if no species has this energy.
    fn of(&self, onsite: S) -> Option<usize> {
        let energies = self.energies.iter().take(self.known);
        energies.clone().position(|&energy| energy == onsite)
    }
}

/// Checks every on-site energy and counts the impurities (0 of a model without them).
pub(crate) fn count<S: Scalar>(
    disorder: &DisorderModel,
    onsite: &[S],
    width: usize,
) -> Result<u32, ModelError> {
    let (count, unknown) = if disorder.has_impurities() {
        let kinds = Kinds::<S>::new(disorder);
        let mut count = 0_u32;
        let unknown = onsite.iter().position(|&energy| {
            let found = kinds.of(energy);
            count = count.saturating_add(u32::from(found.is_some_and(|kind| kind > 0)));
            found.is_none()
        });
        (count, unknown)
    } else {
        let largest = S::from_f64(disorder.bound());
        // A NaN is not inside either.
        let inside = |energy: S| energy.abs() <= largest;
        let outside = onsite.iter().position(|&energy| !inside(energy));
        (0, outside)
    };
    match unknown {
        None => Ok(count),
        Some(site) => Err(ModelError::UnknownOnsite {
            slice: site.checked_div(width).unwrap_or(0),
            row: site.checked_rem(width).unwrap_or(0),
        }),
    }
}

/// Writes the integers `[channel, slice, row]` of one image of a lattice that [`count`] has
/// accepted; none if the encoder has not been checked.
pub(super) fn encode<S: Scalar>(
    encoder: &Encoder,
    disorder: &DisorderModel,
    constants: Constants<'_>,
    count: u32,
    image: Image,
    (onsite, width): (&[S], usize),
    output: &mut [i8],
) -> Option<()> {
    let width = width.max(1);
    let plane = encoder.output.shape().plane().max(1);
    for (channel, output) in output.chunks_exact_mut(plane).enumerate() {
        match encoder.rule {
            EncoderRule::Species(curves) => {
                let kinds = Kinds::<S>::new(disorder);
                let curves = CurvesAt::new(curves, constants, count)?;
                let mut codes = [0_i8; MAX_KINDS];
                for (number, code) in codes.iter_mut().enumerate().take(kinds.known) {
                    *code = from_q16(curves.get(channel * kinds.known + number));
                }
                copy(image, (onsite, width), output, |energy| {
                    let code = kinds.of(energy).and_then(|kind| codes.get(kind));
                    code.copied().unwrap_or(0)
                });
            }
            EncoderRule::Onsite { scale } => {
                let moved = moved(channel, encoder.output.channels);
                copy(image, (onsite, width), output, |energy| {
                    continuous(energy, scale, moved)
                });
            }
        }
    }
    Some(())
}

/// By how much of a step channel k of K is moved: (2k + 1 − K)/2K, as far up as down.
fn moved(channel: usize, channels: u16) -> f32 {
    // At most 16 channels: exact.
    let channels = f32::from(channels);
    (2.0 * channel as f32 + 1.0 - channels) / (2.0 * channels)
}

/// clamp(truncate(v + ½ sign v)), v = scale·energy + moved, in `f32`: halves go away from 0, so
/// that the negative energy has the negative integer (in the channel that is moved the other way).
#[inline]
fn continuous<S: Scalar>(energy: S, scale: f32, moved: f32) -> i8 {
    let value = f32::from_f64(energy.to_f64()) * scale + moved;
    let half = if value < 0.0 { -0.5 } else { 0.5 };
    #[allow(
        clippy::cast_possible_truncation,
        reason = "truncating is meant, and a cast from a float saturates"
    )]
    let rounded = (value + half) as i8;
    rounded.max(-127)
}

/// Writes every site's code to its place in the image.
#[inline]
fn copy<S: Scalar>(
    image: Image,
    (onsite, width): (&[S], usize),
    output: &mut [i8],
    code: impl Fn(S) -> i8,
) {
    let code = |energy: S| {
        let code = code(energy);
        if image.negated { -code } else { code }
    };
    let last = output.len().saturating_sub(width);
    for (x, slice) in onsite.chunks_exact(width).enumerate() {
        let start = x.saturating_mul(width);
        let start = if image.mirrored_in_x {
            last.saturating_sub(start)
        } else {
            start
        };
        let Some(line) = output.get_mut(start..start.saturating_add(width)) else {
            continue;
        };
        if image.mirrored_in_y {
            let slots = line.iter_mut().rev();
            slots
                .zip(slice)
                .for_each(|(slot, &energy)| *slot = code(energy));
        } else {
            let slots = line.iter_mut();
            slots
                .zip(slice)
                .for_each(|(slot, &energy)| *slot = code(energy));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::format::{Curves, Span, Tensor};

    const IMAGES: [Image; 3] = [
        Image {
            mirrored_in_y: true,
            mirrored_in_x: false,
            negated: false,
        },
        Image {
            mirrored_in_y: false,
            mirrored_in_x: true,
            negated: false,
        },
        Image {
            mirrored_in_y: true,
            mirrored_in_x: true,
            negated: true,
        },
    ];

    fn encoder(channels: u16, rule: EncoderRule) -> Encoder {
        let output = Tensor {
            offset: 0,
            channels,
            slices: 2,
            rows: 3,
            scale: 1.0,
        };
        Encoder { output, rule }
    }

    #[test]
    fn every_channel_has_a_code_for_every_species() {
        let mut bytes = [0; 24];
        let codes = [-1_i32, 10, 20, 2, 0, 100];
        for (place, code) in bytes.chunks_exact_mut(4).zip(codes) {
            place.copy_from_slice(&(code << 16).to_le_bytes());
        }
        let span = Span {
            offset: 0,
            length: 24,
        };
        let encoder = encoder(2, EncoderRule::Species(Curves::constants(6, span)));
        let disorder = DisorderModel::III;
        let onsite = [0.0, 5.0, 0.0, 2.5, 5.0, -0.0_f32];
        assert_eq!(count(&disorder, &onsite, 3), Ok(3));
        let run = |image| {
            let mut output = [0; 12];
            let constants = Constants::new(&bytes);
            let lattice = (&onsite[..], 3);
            encode(
                &encoder,
                &disorder,
                constants,
                3,
                image,
                lattice,
                &mut output,
            )
            .unwrap();
            output
        };
        let expected = [-1, 20, -1, 10, 20, -1, 2, 100, 2, 0, 100, 2];
        assert_eq!(run(Image::default()), expected);
        let mirrored = IMAGES.map(run).map(|output| output.first_chunk().copied());
        assert_eq!(
            mirrored,
            [
                Some([-1, 20, -1, -1, 20, 10]),
                Some([10, 20, -1, -1, 20, -1]),
                Some([1, -20, -10, 1, -20, 1]),
            ]
        );
    }

    /// What an encoder makes of on-site energies of model I, three to a slice.
    fn continuous_codes<const N: usize>(encoder: &Encoder, onsite: &[f64]) -> [i8; N] {
        let disorder = DisorderModel::AndersonBox { strength: 4.0 };
        let mut output = [0; N];
        let (constants, image) = (Constants::new(&[]), Image::default());
        let lattice = (onsite, 3);
        encode(
            encoder,
            &disorder,
            constants,
            0,
            image,
            lattice,
            &mut output,
        )
        .unwrap();
        output
    }

    #[test]
    fn model_1_rounds_halves_away_from_zero() {
        let disorder = DisorderModel::AndersonBox { strength: 4.0 };
        let onsite = [0.25, -0.25, 2.0, -2.0, 0.24, 1.75];
        let encoder = encoder(1, EncoderRule::Onsite { scale: 2.0 });
        assert_eq!(count(&disorder, &onsite, 3), Ok(0));
        let output: [i8; 6] = continuous_codes(&encoder, &onsite);
        assert_eq!(output, [1, -1, 4, -4, 0, 4]);
        assert_eq!(
            [1e30, -1e30, 63.4, -63.6].map(|energy: f64| continuous(energy, 2.0, 0.0)),
            [127, -127, 127, -127]
        );
    }

    #[test]
    fn four_channels_are_four_times_as_fine() {
        let disorder = DisorderModel::AndersonBox { strength: 4.0 };
        let encoder = encoder(4, EncoderRule::Onsite { scale: 2.0 });
        let onsite = [0.0, 0.2, 0.3, -0.3, 0.49, 2.0_f64];
        assert_eq!(count(&disorder, &onsite, 3), Ok(0));
        let output: [i8; 24] = continuous_codes(&encoder, &onsite);
        // Moved by −3/8, −1/8, 1/8, 3/8 of a step: the sums are 4·2·energy, rounded.
        assert_eq!(
            output,
            [
                [0, 0, 0, -1, 1, 4],
                [0, 0, 0, -1, 1, 4],
                [0, 1, 1, 0, 1, 4],
                [0, 1, 1, 0, 1, 4],
            ]
            .concat()[..]
        );
    }

    #[test]
    fn energies_that_cannot_be_are_found() {
        let unknown = |disorder: DisorderModel, onsite: &[f64]| count(&disorder, onsite, 3);
        let at = |slice, row| Err(ModelError::UnknownOnsite { slice, row });
        let two = DisorderModel::III;
        assert_eq!(unknown(two, &[0.0, 2.5, 5.0, 0.0, f64::NAN, 0.0]), at(1, 1));
        let next = f64::from_bits(5.0_f64.to_bits() + 1);
        assert_eq!(unknown(two, &[0.0, 2.5, next]), at(0, 2));
        // 5/3 is not the f64 of the f32 nearest to it.
        let three = DisorderModel::IV;
        assert_eq!(unknown(three, &[f64::from(5.0_f32 / 3.0)]), at(0, 0));
        assert_eq!(count(&three, &[5.0_f32 / 3.0], 1), Ok(1));
        let one = DisorderModel::AndersonBox { strength: 2.0 };
        assert_eq!(unknown(one, &[1.0, -1.0, 0.5]), Ok(0));
        assert_eq!(unknown(one, &[1.0, -1.0, 0.5, -1.01]), at(1, 0));
        assert_eq!(unknown(one, &[1.0, f64::NAN]), at(0, 1));
        assert_eq!(unknown(one, &[f64::INFINITY]), at(0, 0));
    }
}
