//! The recursion for the reflection matrix in 16-bit integers: T in 4 kB for 40×40.

mod complex;
mod rows;
mod sine;

use core::ops::Range;

use self::complex::{im, multiply_add, pack, re};
use self::rows::{add_outer, multiply, norm_squared};
use self::sine::{cosine, sine, upper_product};
use super::reflection::reciprocal_of_inverse;
use super::symmetric::packed_len;
use super::{Lead, Mode, SolveError};
use crate::scalar::Scalar;

/// Words of workspace that [`FixedPointReflection`] needs for a strip `width` sites wide, of any
/// length. 40 sites: 1000 words, 4,000 bytes. Saturates instead of overflowing.
#[must_use]
pub const fn fixed_point_workspace_len(width: usize) -> usize {
    packed_len(width)
        .saturating_add(width.saturating_mul(4))
        .saturating_add(width.div_ceil(2))
}

/// Bits of r's integer part, beside its sign, where modes are closed: see [`FixedPointReflection`].
const CLOSED_HEADROOM: u32 = 2;
/// The finest unit of the waves' amplitudes is 2^-15.
const FINEST: u32 = 15;
/// A scatterer may be added in so many equal parts.
const MOST_PARTS: f32 = 64.0;
/// By how much more current may come back than went in, for each mode, before a solution counts as
/// lost: 20 times what rounding does to it.
const CONSERVATION_TOLERANCE: f32 = 0.02;

/// The scattering recursion for the reflection matrix in 16-bit integers, slice by slice from the
/// left lead: the algorithm of [`Reflection`](super::Reflection) in half its workspace.
///
/// # Accuracy
///
/// TODO
#[derive(Debug)]
pub struct FixedPointReflection<'w> {
    lead: Lead<f32>,
    open: Range<usize>,
    /// r, packed in pairs of rows, in units of 2^-15, or 2^(h-15) where there are h bits of headroom.
    r: &'w mut [i32],
    /// For each mode m, and the sums that become u; then, from the front, u alone.
    columns: &'w mut [i32],
    /// k of an open mode in 2^-32 turns; exp(ik), which is real, of a closed one in units of 2^-30.
    propagation: &'w mut [i32],
    /// 1/√((W + 1)·|sin k|), two to a word, in units of 2^-(amplitude_bits + 1).
    normalisations: &'w mut [i32],
    /// m and w are in units of 2^-amplitude_bits.
    amplitude_bits: u32,
    headroom: u32,
    /// Has there been a scatterer? Until then r = 0.
    scattered: bool,
    slices: usize,
    state: Result<(), SolveError>,
}

impl<'w> FixedPointReflection<'w> {
    /// Prepares the recursion in `workspace`; what that held does not matter.
    ///
    /// # Errors
    /// [`SolveError::TooShort`] if the workspace is shorter than [`fixed_point_workspace_len`].
    pub fn new(lead: Lead<f32>, workspace: &'w mut [i32]) -> Result<Self, SolveError> {
        let width = lead.width();
        let needed = fixed_point_workspace_len(width);
        let found = workspace.len();
        let too_short = SolveError::TooShort { needed, found };
        let (r, rest) = workspace
            .split_at_mut_checked(packed_len(width))
            .ok_or(too_short)?;
        let (columns, rest) = rest.split_at_mut_checked(3 * width).ok_or(too_short)?;
        let (propagation, rest) = rest.split_at_mut_checked(width).ok_or(too_short)?;
        let (normalisations, _) = rest
            .split_at_mut_checked(width.div_ceil(2))
            .ok_or(too_short)?;
        let mut recursion = Self {
            lead,
            open: 0..0,
            r,
            columns,
            propagation,
            normalisations,
            amplitude_bits: FINEST,
            headroom: 0,
            scattered: false,
            slices: 0,
            state: Ok(()),
        };
        recursion.tabulate_modes();
        recursion.reset();
        Ok(recursion)
    }

    /// Forgets the strip; the lead stays.
    pub fn reset(&mut self) {
        self.r.fill(0);
        self.scattered = false;
        self.slices = 0;
        self.state = Ok(());
    }

    /// The lead.
    #[must_use]
    pub const fn lead(&self) -> Lead<f32> {
        self.lead
    }

    /// How many slices the strip has so far.
    #[must_use]
    pub const fn slices(&self) -> usize {
        self.slices
    }

    /// Fills `propagation`, `normalisations`, and what depends on them.
    fn tabulate_modes(&mut self) {
        let width = self.lead.width();
        let sites = width as f32 + 1.0;
        // The half angles' sines and then the normalisations wait in the columns as floats.
        let (sines, rest) = self.columns.split_at_mut(width);
        let (norms, _) = rest.split_at_mut(width);
        for (index, slot) in sines.iter_mut().enumerate() {
            let angle = core::f32::consts::FRAC_PI_2 * (index as f32 + 1.0) / sites;
            *slot = to_word(Scalar::sin(angle));
        }
        let (mut closed, mut largest, mut squares) = (0, 0.0_f32, 0.0);
        let half_angles = sines.iter().zip(sines.iter().rev());
        let slots = self.propagation.iter_mut().zip(norms.iter_mut());
        for ((&sine, &cosine), (propagation, norm)) in half_angles.zip(slots) {
            let (sine, cosine) = (from_word(sine), from_word(cosine));
            let mode = Lead::mode_from_half_angle(self.lead.energy(), sine, cosine);
            *propagation = match mode {
                Mode::Open { cos_k, sin_k } => turns(cos_k, sin_k),
                Mode::Closed { decay, .. } => {
                    closed += 1;
                    rounded(decay * UNIT_30)
                }
            };
            let normalisation = 1.0 / Scalar::sqrt(sites * mode.sine());
            *norm = to_word(normalisation);
            largest = largest.larger(normalisation);
            squares += normalisation * normalisation;
        }
        self.open = if self.lead.energy() > 0.0 {
            closed..width
        } else {
            0..width - closed
        };
        self.headroom = if closed == 0 { 0 } else { CLOSED_HEADROOM };
        // No amplitude may leave 16 bits, nor u = w* + r m, which |w| + |m| bounds, 32.
        let reach = largest + Scalar::sqrt(squares);
        self.amplitude_bits = (0..=FINEST)
            .rev()
            .find(|&bits| {
                let unit = power_of_two(bits.cast_signed());
                largest * unit < 32_767.0 && reach * unit < 65_000.0
            })
            .unwrap_or(0);
        let unit = 2.0 * power_of_two(self.amplitude_bits.cast_signed());
        for (word, pair) in self.normalisations.iter_mut().zip(norms.chunks(2)) {
            let half = |norm: Option<&i32>| norm.map_or(0, |&norm| rounded(from_word(norm) * unit));
            *word = pack(half(pair.first()), half(pair.get(1)));
        }
    }

    /// Adds one slice on the right: the on-site energies `[row]` in units of t.
    ///
    /// # Errors
    /// [`SolveError::ShapeMismatch`] or [`SolveError::OnsiteNotFinite`], and the strip is as
    /// before; [`SolveError::LostSolution`] where r has left its range, and nothing more is to be
    /// had from this strip.
    pub fn push_slice(&mut self, onsite: &[f32]) -> Result<(), SolveError> {
        self.state?;
        if onsite.len() != self.lead.width() {
            return Err(SolveError::ShapeMismatch {
                width: self.lead.width(),
                found: onsite.len(),
            });
        }
        if let Some(row) = onsite.iter().position(|energy| !energy.is_finite()) {
            return Err(SolveError::OnsiteNotFinite {
                slice: self.slices,
                row,
            });
        }
        self.slices += 1;
        if self.open.is_empty() {
            return Ok(());
        }
        if self.scattered && self.open.len() < self.lead.width() {
            self.state = self.decay();
            self.state?;
        }
        for (row, &energy) in onsite.iter().enumerate() {
            if energy != 0.0 {
                self.state = self.scatter(row, energy);
                self.state?;
            }
        }
        Ok(())
    }

    /// One lattice constant further for the closed modes; the open ones' phases are in m instead.
    fn decay(&mut self) -> Result<(), SolveError> {
        let width = self.lead.width();
        let factor = |open: &Range<usize>, propagation: &[i32], mode: usize| {
            if open.contains(&mode) {
                1 << 30
            } else {
                propagation.get(mode).copied().unwrap_or(0)
            }
        };
        for i in 0..width {
            for j in i..width {
                if self.open.contains(&i) && self.open.contains(&j) {
                    continue;
                }
                let factor = upper_product(
                    factor(&self.open, self.propagation, i),
                    factor(&self.open, self.propagation, j),
                );
                let Some(word) = self.r.get_mut(position(width, i, j)) else {
                    continue;
                };
                let parts = [re(*word), im(*word)];
                if parts.iter().any(|part| part.abs() >= 32_767) {
                    return Err(self.lost());
                }
                let scaled = |part: i32| upper_product((part << 16) + (1 << 11), factor) >> 12;
                *word = pack(scaled(parts[0]), scaled(parts[1]));
            }
        }
        Ok(())
    }

    /// Writes m of all modes on a site of row `row` of the slice at hand, and into the sums what u
    /// begins with: m* of an open mode, w of a closed one.
    fn write_waves(&mut self, row: usize) {
        let step = site_angle(self.lead.width(), row + 1);
        let distance = self.slices as u32;
        let closed_sign = if self.lead.energy() > 0.0 { 1 } else { -1 };
        let shift = FINEST - self.headroom;
        let (columns, _) = self.columns.as_chunks_mut::<3>();
        let modes = columns.iter_mut().zip(self.propagation.iter()).enumerate();
        let mut angle = 0_u32;
        for (index, (column, &propagation)) in modes {
            angle = angle.wrapping_add(step);
            let pair = self.normalisations.get(index / 2).copied().unwrap_or(0).cast_unsigned();
            let norm = (pair >> (16 * (index as u32 & 1))) & 0xffff;
            // In units of 2^-(amplitude_bits + 14).
            let amplitude = upper_product((norm << 15).cast_signed(), sine(angle));
            if self.open.contains(&index) {
                let phase = propagation.cast_unsigned().wrapping_mul(distance);
                let part = |factor| (upper_product(amplitude, factor) + (1 << 11)) >> 12;
                let (real, imaginary) = (part(cosine(phase)), part(sine(phase)));
                *column = [pack(real, imaginary), real << shift, -(imaginary << shift)];
            } else {
                let real = (amplitude + (1 << 13)) >> 14;
                *column = [pack(0, closed_sign * real), real << shift, 0];
            }
        }
    }

    /// One scatterer of on-site energy `energy` in row `row`: r += c u uᵀ.
    fn scatter(&mut self, row: usize, energy: f32) -> Result<(), SolveError> {
        self.write_waves(row);
        let (columns, _) = self.columns.as_chunks_mut::<3>();
        if self.scattered {
            multiply(self.r, columns);
        }
        self.scattered = true;

        // u in 16 bits, as many of them as its largest part allows.
        let bits = columns.iter().fold(0, |bits, &[_, real, imaginary]| {
            bits | (real ^ (real >> 31)) | (imaginary ^ (imaginary >> 31))
        });
        let bits = bits.cast_unsigned();
        // A little more, so that rounding does not carry beyond 16 bits.
        let bits = bits + (bits >> 12);
        let shift = (u32::BITS - bits.leading_zeros()).saturating_sub(15).max(1);
        let largest = ((bits >> shift) + 1) as f32;
        let half = 1 << (shift - 1);
        let mut denominator = [0_i64; 2];
        for mode in 0..self.lead.width() {
            let Some(&[m, real, imaginary]) = self.columns.get(3 * mode..).and_then(<[i32]>::first_chunk) else {
                break;
            };
            let part = |sum: i32| sum.wrapping_add(half) >> shift;
            let u = pack(part(real), part(imaginary));
            let [real, imaginary] = multiply_add(m, u, [0, 0]);
            denominator[0] += i64::from(real);
            denominator[1] += i64::from(imaginary);
            if let Some(slot) = self.columns.get_mut(mode) {
                *slot = u;
            }
        }

        // u is in units of 2^-u_bits.
        let amplitude_bits = self.amplitude_bits.cast_signed();
        let r_bits = (FINEST - self.headroom).cast_signed();
        let u_bits = amplitude_bits + r_bits - shift.cast_signed();
        let unit = power_of_two(-(amplitude_bits + u_bits));
        let z = (denominator[0] as f32 * unit, denominator[1] as f32 * unit);
        let c = reciprocal_of_inverse(energy, z);
        let unit = power_of_two(r_bits + 16 - 2 * u_bits);
        let (f_re, f_im) = (c.0 * unit, c.1 * unit);
        let (factor, parts) = Factor::new((f_re, f_im), largest).ok_or(self.lost())?;
        let (u, _) = self.columns.split_at(self.lead.width());
        for _ in 0..parts {
            add_outer(self.r, u, |u| factor.times(u));
        }
        Ok(())
    }

    /// The transmission of the strip so far, in [0, open modes].
    ///
    /// # Errors
    /// [`SolveError::ZeroLength`] before the first slice; [`SolveError::LostSolution`] if more
    /// current comes back than went in, by more than 0.02 of that of one mode.
    pub fn transmission(&self) -> Result<f32, SolveError> {
        self.state?;
        if self.slices == 0 {
            return Err(SolveError::ZeroLength);
        }
        let width = self.lead.width();
        let one = 1_i64 << (2 * (FINEST - self.headroom));
        let unit = power_of_two(-2 * (FINEST - self.headroom).cast_signed());
        let mut transmission = 0_i64;
        for i in self.open.clone() {
            let mut passed = one;
            for j in self.open.clone() {
                let word = self.r.get(position(width, i, j)).copied().unwrap_or(0);
                passed -= norm_squared(word);
            }
            if passed as f32 * unit < -CONSERVATION_TOLERANCE {
                return Err(self.lost());
            }
            transmission += passed;
        }
        Ok(0.0_f32.larger(transmission as f32 * unit))
    }

    const fn lost(&self) -> SolveError {
        SolveError::LostSolution {
            slices: self.slices,
        }
    }
}

/// A complex factor mantissa/2^shift.
struct Factor {
    mantissa: i32,
    shift: u32,
}

impl Factor {
    /// The factor over the number of parts that it must be taken in, so that no product with a
    /// complex number whose parts are up to `largest` leaves 16 bits; `None` if there is none.
    fn new((f_re, f_im): (f32, f32), largest: f32) -> Option<(Self, u32)> {
        let (a, b) = (Scalar::abs(f_re), Scalar::abs(f_im));
        let (longer, shorter) = if a > b { (a, b) } else { (b, a) };
        // Not below the modulus, and at most 1/8 above it.
        let modulus = longer + 0.5 * shorter;
        let parts = modulus * largest * (core::f32::consts::SQRT_2 / 32_767.0);
        // A NaN is not less either.
        let possible = parts < MOST_PARTS;
        if !possible {
            return None;
        }
        let parts = parts as u32 + 1;
        let share = 1.0 / parts as f32;
        let exponent = ((longer * share).to_bits() >> 23).cast_signed() - 127;
        // The longer part gets 14 bits beside its sign.
        let shift = (13 - exponent).clamp(1, 30);
        let unit = share * power_of_two(shift);
        let mantissa = pack(rounded(f_re * unit), rounded(f_im * unit));
        let shift = shift.cast_unsigned();
        Some((Self { mantissa, shift }, parts))
    }

    /// The product with a complex word.
    #[inline]
    fn times(&self, word: i32) -> i32 {
        let half = 1 << (self.shift - 1);
        let [real, imaginary] = multiply_add(self.mantissa, word, [half; 2]);
        pack(real >> self.shift, imaginary >> self.shift)
    }
}

/// Where the word of r_ij stands, i and j in any order.
const fn position(order: usize, i: usize, j: usize) -> usize {
    let (row, column) = if i <= j { (i, j) } else { (j, i) };
    let pair = row / 2;
    let start = pair * (2 * order + 1 - 2 * pair);
    if column < 2 * pair + 2 {
        start + (row - 2 * pair) + (column - 2 * pair)
    } else {
        start + 3 + 2 * (column - 2 * pair - 2) + (row - 2 * pair)
    }
}

const UNIT_30: f32 = (1 << 30) as f32;

/// 2^`exponent`, within the range of `f32`.
fn power_of_two(exponent: i32) -> f32 {
    f32::from_bits((exponent.clamp(-126, 127) + 127).cast_unsigned() << 23)
}

/// The nearest integer.
fn rounded(x: f32) -> i32 {
    (if x < 0.0 { x - 0.5 } else { x + 0.5 }) as i32
}

/// An angle from its cosine and sine, in 2^-32 turns.
fn turns(cosine: f32, sine: f32) -> i32 {
    let turns = libm::atan2f(sine, cosine) * (0.5 * core::f32::consts::FRAC_1_PI);
    rounded(turns * (4.0 * UNIT_30))
}

/// The angle πy/(W + 1) of row y, counted from 1, in 2^-32 turns.
fn site_angle(width: usize, site: usize) -> u32 {
    let sites = width as u64 + 1;
    (((site as u64) << 31).wrapping_add(sites / 2) / sites) as u32
}

fn to_word(x: f32) -> i32 {
    x.to_bits().cast_signed()
}

fn from_word(word: i32) -> f32 {
    f32::from_bits(word.cast_unsigned())
}
