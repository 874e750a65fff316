//! The recursion for the reflection matrix in 16-bit integers: T in 4.4 kB for 40×40.
//!
//! What differs from the recursion in floating point:
//!
//! - r is kept as it is seen from the first slice, r̃_ij = r_ij·exp(−i(k_i + k_j)x). It need not be
//!   multiplied by phases then, which in integers would round it away; the waves carry them instead:
//!   with m = exp(ikx) w a scatterer is u = m* + r̃ m, c = 1/(i/ε − m·u), r̃ += c u uᵀ. A evanescent mode
//!   has no phase but decays: its elements are multiplied by exp(ik), and m = D w, u = w + r D w;
//! - r̃ is rounded once for two scatterers: the first one's u waits, and what it adds to the second
//!   one's u is added to that (c (u·m) u). This halves the noise that rounding makes, and two
//!   rank-one terms in one pass cost less than in two;
//! - m and u have 16 bits, u with a common exponent chosen for each scatterer, and so has c·u. Sums
//!   of products have 32 bits and are exact but for these roundings. Only c is computed in `f32`.
//!
//! What is rounded is m, not its uses: r̃ is the exact answer for slightly other waves, up to the
//! rounding of u, c·u and r̃, so that current is conserved and T = N − Σ|r̃_ij|² is as good as r̃.

mod complex;
mod rows;
mod sine;
#[cfg(test)]
mod tests;

use core::cell::Cell;
use core::ops::Range;

use self::complex::{im, multiply_add_long, pack, re, squared_modulus, upper_complex_product};
use self::rows::{Column, add_outer, add_probabilities, multiply, position};
use self::sine::{cosine, sine, upper_product};
#[cfg(feature = "micromath")]
use super::Micromath;
use super::reflection::reciprocal_of_inverse;
use super::symmetric::{packed_len, product, split_mut};
use super::{Lead, Libm, Mode, Sine, SolveError, check_slice};
use crate::scalar::Scalar;

/// Words of workspace that [`FixedPointReflection`] needs for a strip `width` sites wide, of any
/// length. 40 sites: 1100 words, 4,400 bytes. Saturates instead of overflowing.
#[must_use]
pub const fn fixed_point_workspace_len(width: usize) -> usize {
    packed_len(width).saturating_add(width.saturating_mul(7))
}

/// At most this many bits of r stand before the point, beside its sign.
const MAX_HEADROOM: u32 = 6;
/// The finest unit of the waves' amplitudes is 2^-15.
const FINEST: u32 = 15;
/// The square of the largest sum of products that surely fits into 32 bits, a little below 2^62.
const MAX_REACH: f32 = 4.5e18;
/// A scatterer may take this many passes over r.
const MAX_PASSES: u16 = 32;

/// The scattering recursion for the reflection matrix in 16-bit integers, slice by slice from the
/// left lead: the algorithm of [`Reflection`](super::Reflection) in half its workspace.
/// # Accuracy
///
/// Mean error of T against `f64` over 20,000 strips of model II, 40×40, n uniform, E = 0: **0.0018**;
/// at n = 0.10, where T is 5 on average, 0.001; 0.007 to 0.009 for models I, III and IV. Rarely much
/// worse (0.64 at most): a resonance that is
/// sharp in energy is as sharp in rounding. Small T are not relatively accurate.
///
/// Integers have a range, which r keeps as long as all modes are open: |r_ij| ≤ 1. Evanescent modes may
/// build up further, for which the unit of r grows, up to 2^6: with the one to five evanescent modes of
/// the bias window (|E| ≤ 0.18) the mean error is 0.008 to 0.011 and one strip of 1000 ends in
/// [`SolveError::LostSolution`]; far from the band centre many do. On-site energies may have any
/// finite value: 1e30 and 1e-30 are as accurate as 5.
///
/// # Cost
///
/// In proportion to the scatterers: clean slices cost nothing but looking at them. All arithmetic
/// but that of c, a few operations in `f32` for each scatterer, is on integers, and its bits are the
/// same everywhere. On a Cortex-M with DSP instructions the products are dual multiply-adds.
///
/// # Example
/// ```
/// use landauer_core::transport::{FixedPointReflection, Lead, fixed_point_workspace_len};
/// let mut workspace = [0; fixed_point_workspace_len(1)];
/// let mut strip = FixedPointReflection::new(Lead::new(1, 0.0)?, &mut workspace)?;
/// strip.push_slice(&[3.0])?;
/// // One site: T = 1/(1 + ε²/4) at the band centre.
/// assert!((strip.transmission()? - 1.0 / (1.0 + 9.0 / 4.0)).abs() < 1e-4);
/// # Ok::<(), landauer_core::SolveError>(())
/// ```
#[derive(Debug)]
pub struct FixedPointReflection<'w> {
    lead: Lead<f32>,
    open: Range<usize>,
    /// r, packed in pairs of rows, in units of 2^-15, or 2^(h-15) where there are h bits of headroom.
    r: &'w mut [i32],
    /// Four words for each mode. Three of them, together, are m and the sums that become u; behind
    /// those stands u of the scatterer that r does not contain yet. While one or two scatterers are
    /// added to r, these are two words of u for each mode, and then two of factor·u.
    vectors: &'w mut [i32],
    /// What it is to be added with.
    pending_factor: Option<Factor>,
    /// k of a propagating mode in 2^-32 turns; exp(ik), which is real, of an evanescent one in units of 2^-30.
    propagation: &'w mut [i32],
    /// 1/√((W + 1)·|sin k|) in units of 2^-(amplitude_bits + 16).
    normalisations: &'w mut [i32],
    /// exp(ikx)/√((W + 1)·sin k) on slice x of a propagating mode, without the phase of an evanescent one.
    amplitudes: &'w mut [i32],
    /// The slice that these belong to, counted from 1; 0 if there is none.
    amplitudes_of: usize,
    /// These, m and w are in units of 2^-amplitude_bits.
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
        Self::with_sine(lead, workspace, Libm)
    }

    /// As [`new`](Self::new), for a lead of [`Lead::approximate`] (feature `micromath`): the mean
    /// error of T of a 40×40 strip of model II at E = 0, n uniform, is then 0.005 instead of 0.002.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    ///
    /// # Example
    /// ```
    /// use landauer_core::transport::{FixedPointReflection, Lead, fixed_point_workspace_len};
    /// let mut workspace = [0; fixed_point_workspace_len(2)];
    /// let lead = Lead::approximate(2, 0.0)?;
    /// let mut strip = FixedPointReflection::approximate(lead, &mut workspace)?;
    /// strip.push_slice(&[1.0, 0.0])?;
    /// let approximate = strip.transmission()?;
    /// let mut strip = FixedPointReflection::new(Lead::new(2, 0.0)?, &mut workspace)?;
    /// strip.push_slice(&[1.0, 0.0])?;
    /// assert!((strip.transmission()? - approximate).abs() < 0.01);
    /// # Ok::<(), landauer_core::SolveError>(())
    /// ```
    #[cfg(feature = "micromath")]
    pub fn approximate(
        lead: Lead<f32, Micromath>,
        workspace: &'w mut [i32],
    ) -> Result<Self, SolveError> {
        Self::with_sine(lead.with_libm(), workspace, Micromath)
    }

    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "without it, `new` compiles to other instructions on a Cortex-M"
    )]
    fn with_sine(
        lead: Lead<f32>,
        workspace: &'w mut [i32],
        sine: impl Sine<f32>,
    ) -> Result<Self, SolveError> {
        let width = lead.width();
        let needed = fixed_point_workspace_len(width);
        let found = workspace.len();
        let too_short = SolveError::TooShort { needed, found };
        let (r, rest) = workspace
            .split_at_mut_checked(packed_len(width))
            .ok_or(too_short)?;
        let (vectors, rest) = rest.split_at_mut_checked(4 * width).ok_or(too_short)?;
        let (propagation, rest) = rest.split_at_mut_checked(width).ok_or(too_short)?;
        let (normalisations, rest) = rest.split_at_mut_checked(width).ok_or(too_short)?;
        let (amplitudes, _) = rest.split_at_mut_checked(width).ok_or(too_short)?;
        let mut recursion = Self {
            lead,
            open: 0..0,
            r,
            vectors,
            pending_factor: None,
            propagation,
            normalisations,
            amplitudes,
            amplitudes_of: 0,
            amplitude_bits: FINEST,
            headroom: 0,
            scattered: false,
            slices: 0,
            state: Ok(()),
        };
        recursion.tabulate_modes(sine);
        recursion.reset();
        Ok(recursion)
    }

    /// Forgets the strip; the lead stays.
    pub fn reset(&mut self) {
        self.r.fill(0);
        self.pending_factor = None;
        self.headroom = u32::from(self.open.len() < self.lead.width());
        self.scattered = false;
        self.slices = 0;
        self.state = Ok(());
    }

    /// The lead's width and energy, as a lead of [`Lead::new`].
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
    fn tabulate_modes(&mut self, source: impl Sine<f32>) {
        let width = self.lead.width();
        let sites = width as f32 + 1.0;
        // The half angles' sines and then the normalisations wait in the vectors as floats.
        let [sines, norms] = quarters(self.vectors);
        for (index, slot) in sines.iter_mut().enumerate() {
            let angle = core::f32::consts::FRAC_PI_2 * (index as f32 + 1.0) / sites;
            *slot = to_word(source.sine(angle));
        }
        let (mut closed, mut largest, mut squares) = (0, 0.0_f32, 0.0);
        let half_angles = sines.iter().zip(sines.iter().rev());
        let slots = self.propagation.iter_mut().zip(norms.iter_mut());
        for ((&sine, &cosine), (propagation, norm)) in half_angles.zip(slots) {
            let (sine, cosine) = (from_word(sine), from_word(cosine));
            let mode = Lead::mode_from_half_angle(self.lead.energy(), sine, cosine);
            *propagation = match mode {
                Mode::Propagating { cos_k, sin_k } => turns(cos_k, sin_k),
                Mode::Evanescent { decay, .. } => {
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
        // No amplitude may leave 16 bits, nor u = w* + r m, which |w| + |m| bounds, 32.
        let reach = largest + Scalar::sqrt(squares);
        self.amplitude_bits = (0..=FINEST)
            .rev()
            .find(|&bits| {
                let unit = power_of_two(bits.cast_signed());
                largest * unit < 32_767.0 && reach * unit < 65_000.0
            })
            .unwrap_or(0);
        let unit = 65_536.0 * power_of_two(self.amplitude_bits.cast_signed());
        for (slot, &norm) in self.normalisations.iter_mut().zip(norms.iter()) {
            *slot = rounded(from_word(norm) * unit);
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
        check_slice(onsite, self.lead.width(), self.slices)?;
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

    /// One lattice constant further for the evanescent modes; the open ones' phases are in m instead.
    fn decay(&mut self) -> Result<(), SolveError> {
        self.settle();
        let width = self.lead.width();
        let factor = |open: &Range<usize>, propagation: &[i32], mode: usize| {
            if open.contains(&mode) {
                1 << 30
            } else {
                propagation.get(mode).copied().unwrap_or(0)
            }
        };
        let mut largest = 0;
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
                let [real, imaginary] = [re(*word), im(*word)];
                largest = largest.max(real.abs()).max(imaginary.abs());
                let scaled = |part: i32| upper_product((part << 16) + (1 << 11), factor) >> 12;
                *word = pack(scaled(real), scaled(imaginary));
            }
        }
        if largest >= 32_767 || (largest >= 16_384 && self.headroom == MAX_HEADROOM) {
            return Err(self.lost());
        }
        // Room for evanescent modes that build up further.
        if largest >= 16_384 {
            self.headroom += 1;
            for word in self.r.iter_mut() {
                *word = pack((re(*word) + 1) >> 1, (im(*word) + 1) >> 1);
            }
        }
        Ok(())
    }

    /// Writes the modes' amplitudes on the slice at hand, if it is another than the last time.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "phases are counted modulo a turn"
    )]
    fn write_amplitudes(&mut self) {
        if self.amplitudes_of == self.slices {
            return;
        }
        self.amplitudes_of = self.slices;
        let distance = self.slices as u32;
        let tables = self.propagation.iter().zip(self.normalisations.iter());
        for (slot, (&propagation, &normalisation)) in self.amplitudes.iter_mut().zip(tables) {
            let phase = propagation.cast_unsigned().wrapping_mul(distance);
            let part = |factor| (upper_product(normalisation, factor) + (1 << 13)) >> 14;
            *slot = pack(part(cosine(phase)), part(sine(phase)));
        }
        let whole = |normalisation: i32| (normalisation + (1 << 15)) >> 16;
        let closed = [0..self.open.start, self.open.end..self.lead.width()];
        for closed in closed {
            let slots = self.amplitudes.get_mut(closed.clone()).unwrap_or_default();
            let normalisations = self.normalisations.get(closed).unwrap_or_default();
            for (slot, &normalisation) in slots.iter_mut().zip(normalisations) {
                *slot = pack(whole(normalisation), 0);
            }
        }
    }

    /// Writes m of all modes on a site of row `row` of the slice at hand, and into the sums what u
    /// begins with: m* of a propagating mode, w of an evanescent one.
    #[inline(never)]
    fn write_waves(&mut self, row: usize) {
        self.write_amplitudes();
        let step = site_angle(self.lead.width(), row + 1);
        let shift = FINEST - self.headroom;
        let (columns, _) = columns(self.vectors);
        let mut angle = 0_u32;
        for (column, &amplitude) in columns.iter_mut().zip(self.amplitudes.iter()) {
            angle = angle.wrapping_add(step);
            // In units of 2^-(amplitude_bits + 14).
            let [real, imaginary] = upper_complex_product(sine(angle), 0, amplitude);
            let [real, imaginary] = [(real + (1 << 13)) >> 14, (imaginary + (1 << 13)) >> 14];
            *column = [pack(real, imaginary), real << shift, -(imaginary << shift)];
        }
        let turned = self.lead.energy() > 0.0;
        for closed in [0..self.open.start, self.open.end..columns.len()] {
            for column in columns.get_mut(closed).unwrap_or_default() {
                let real = re(column[0]);
                column[0] = pack(0, if turned { real } else { -real });
            }
        }
    }

    /// One scatterer of on-site energy `energy` in row `row`: r += c u uᵀ.
    fn scatter(&mut self, row: usize, energy: f32) -> Result<(), SolveError> {
        self.write_waves(row);
        if self.scattered {
            multiply(self.r, columns(self.vectors).0);
        }
        self.scattered = true;
        self.multiply_pending();
        let (columns, _) = columns(self.vectors);

        // u in 16 bits, as many of them as its largest part allows.
        let bits = columns.iter().fold(0, |bits, &[_, real, imaginary]| {
            bits | (real ^ (real >> 31)) | (imaginary ^ (imaginary >> 31))
        });
        let bits = bits.cast_unsigned();
        // A little more, so that rounding does not carry beyond 16 bits.
        let bits = bits + (bits >> 12);
        let shift = (u32::BITS - bits.leading_zeros()).saturating_sub(15).max(1);
        let half = 1 << (shift - 1);
        let mut denominator = [0_i64; 2];
        let mut largest = 0;
        for [m, real, imaginary] in columns.iter_mut() {
            let part = |sum: i32| sum.wrapping_add(half) >> shift;
            let u = pack(part(*real), part(*imaginary));
            denominator = multiply_add_long(*m, u, denominator);
            largest = largest.max(squared_modulus(u));
            *m = u;
        }

        // u is in units of 2^-u_bits.
        let amplitude_bits = self.amplitude_bits.cast_signed();
        let r_bits = (FINEST - self.headroom).cast_signed();
        let u_bits = amplitude_bits + r_bits - shift.cast_signed();
        let unit = power_of_two(-(amplitude_bits + u_bits));
        let z = (denominator[0] as f32 * unit, denominator[1] as f32 * unit);
        let c = reciprocal_of_inverse(energy, z);
        let unit = power_of_two(r_bits + 16 - 2 * u_bits);
        let factor = Factor::new((c.0 * unit, c.1 * unit), largest);
        if !factor.is_possible() {
            return Err(self.lost());
        }
        self.add(factor);
        Ok(())
    }

    /// What the scatterer that r does not contain yet adds to the sums: c (u·m) u.
    #[inline(never)]
    fn multiply_pending(&mut self) {
        let Some(factor) = &self.pending_factor else {
            return;
        };
        let (columns, pending) = columns(self.vectors);
        let mut dot = [0_i64; 2];
        for ([m, ..], &u) in columns.iter().zip(pending.iter()) {
            dot = multiply_add_long(*m, u, dot);
        }
        let unit = power_of_two(-16);
        let dot = (dot[0] as f32 * unit, dot[1] as f32 * unit);
        let (f_re, f_im) = product((factor.real, factor.imaginary), dot);
        // 13 bits behind the point, of which 16 are shifted out.
        let (f_re, f_im) = (rounded(f_re * 8192.0), rounded(f_im * 8192.0));
        for ([_, real, imaginary], &u) in columns.iter_mut().zip(pending.iter()) {
            let [re, im] = upper_complex_product(f_re, f_im, u);
            *real = real.wrapping_add(re << 3);
            *imaginary = imaginary.wrapping_add(im << 3);
        }
    }

    /// Adds the scatterer whose u stands in the columns to r, together with the one before it, or
    /// keeps it for the next one: r is rounded once for two scatterers.
    #[inline(never)]
    fn add(&mut self, new: Factor) {
        let earlier = self.pending_factor.take();
        // Cells, since each pair is written where columns before it have been read.
        let (columns, pending) = columns(self.vectors);
        let cells = Cell::from_mut(columns.as_flattened_mut()).as_slice_of_cells();
        let places = cells.chunks_exact(3).zip(cells.chunks_exact(2));
        for ((column, pair), &earlier) in places.zip(pending.iter()) {
            if let ([new, ..], [first, second]) = (column, pair) {
                let new = new.get();
                first.set(earlier);
                second.set(new);
            }
        }
        let passes = new.passes();
        if let Some(earlier) = earlier {
            let first = earlier.share(1);
            if passes == 0 && earlier.fits_with(&new) {
                let second = new.share(1);
                self.add_pairs(1, |[u, v]| [first.word(u), second.word(v)]);
                return;
            }
            self.add_pairs(1, |[u, _]| [first.word(u), 0]);
        }
        let (pairs, _) = halves(self.vectors);
        if passes == 0 {
            let three_quarters = self.vectors.len() / 4 * 3;
            let (from, to) = split_mut(self.vectors, three_quarters);
            let (pairs, _) = from.as_chunks::<2>();
            for (slot, pair) in to.iter_mut().zip(pairs) {
                *slot = pair[1];
            }
            self.pending_factor = Some(new);
            return;
        }
        // Too large for 16 bits: taken in two halves, as often as it must be.
        for pair in pairs.iter_mut() {
            pair[0] = pair[1];
        }
        let share = new.share(passes);
        self.add_pairs(passes, |[u, _]| share.halves(u));
    }

    /// Takes what is left for later into r.
    fn settle(&mut self) {
        let Some(factor) = self.pending_factor.take() else {
            return;
        };
        let cells = Cell::from_mut(&mut *self.vectors).as_slice_of_cells();
        let (front, pending) = cells.split_at((cells.len() / 4 * 3).min(cells.len()));
        for (pair, u) in front.chunks_exact(2).zip(pending) {
            if let [first, second] = pair {
                first.set(u.get());
                second.set(0);
            }
        }
        let share = factor.share(1);
        self.add_pairs(1, |[u, _]| [share.word(u), 0]);
    }

    /// Adds to r, in a given number of passes, the pairs in the vectors with factors by `factors`.
    #[inline]
    fn add_pairs(&mut self, passes: u16, factors: impl Fn([i32; 2]) -> [i32; 2]) {
        let (pairs, slots) = halves(self.vectors);
        for (slot, &pair) in slots.iter_mut().zip(pairs.iter()) {
            *slot = factors(pair);
        }
        for _ in 0..passes {
            add_outer(self.r, pairs, slots);
        }
    }

    /// The transmission of the strip so far, in [0, propagating modes].
    ///
    /// # Errors
    /// [`SolveError::ZeroLength`] before the first slice; [`SolveError::LostSolution`] if more
    /// current comes back than went in, by more than half of that of one mode.
    pub fn transmission(&mut self) -> Result<f32, SolveError> {
        self.state?;
        if self.slices == 0 {
            return Err(SolveError::ZeroLength);
        }
        self.settle();
        let [sums, _] = quarters(self.vectors);
        sums.fill(0);
        add_probabilities(self.r, &self.open, sums);
        let bits = 2 * (FINEST - self.headroom);
        let most = (1 << bits) + (1_i64 << bits.saturating_sub(1));
        let mut transmission = 0;
        for &reflected in sums.get(self.open.clone()).unwrap_or(&[]) {
            let reflected = i64::from(reflected);
            if reflected > most {
                return Err(self.lost());
            }
            transmission += (1 << bits) - reflected;
        }
        Ok(0.0_f32.larger(transmission as f32 * power_of_two(-bits.cast_signed())))
    }

    const fn lost(&self) -> SolveError {
        SolveError::LostSolution {
            slices: self.slices,
        }
    }
}

/// What u uᵀ of a scatterer is multiplied with to make 2^16 units of r.
#[derive(Debug, Clone, Copy)]
struct Factor {
    real: f32,
    imaginary: f32,
    /// Its squared modulus times the largest |u_j|².
    size: f32,
    /// The largest |u_j|².
    largest: f32,
}

impl Factor {
    fn new((real, imaginary): (f32, f32), largest: i32) -> Self {
        let largest = largest as f32;
        let size = (real * real + imaginary * imaginary) * largest;
        Self {
            real,
            imaginary,
            size,
            largest,
        }
    }

    /// How often a pass over r must be made for this scatterer alone; 0 if factor·u fits into 16
    /// bits, so that half a pass is enough.
    fn passes(&self) -> u16 {
        const LARGEST: f32 = 32_700.0 * 32_700.0;
        if self.size < LARGEST {
            return 0;
        }
        // Both halves fit into 16 bits, and the products of both together into 32.
        let reach = self.size * self.largest;
        (1..MAX_PASSES)
            .find(|&passes| {
                let squared = f32::from(passes) * f32::from(passes);
                self.size < 4.0 * LARGEST * squared && reach < MAX_REACH * squared
            })
            .unwrap_or(MAX_PASSES)
    }

    /// Is it finite, and not too large?
    fn is_possible(&self) -> bool {
        // A NaN is not below anything.
        self.size < 1e9 * f32::from(MAX_PASSES) * f32::from(MAX_PASSES)
    }

    /// Do the products of both together fit into 32 bits?
    fn fits_with(&self, other: &Self) -> bool {
        // (a + b)² ≤ 2 (a² + b²).
        let reach = self.size * self.largest + other.size * other.largest;
        2.0 * reach < MAX_REACH
    }

    /// One `passes`-th of it.
    fn share(&self, passes: u16) -> Share {
        let share = 1.0 / f32::from(passes);
        let (real, imaginary) = (self.real * share, self.imaginary * share);
        let longer = Scalar::abs(real).larger(Scalar::abs(imaginary));
        let exponent = (longer.to_bits() >> 23).cast_signed() - 127;
        // The longer part gets 29 bits beside its sign; a product with a word has 16 less.
        let shift = (28 - exponent).clamp(17, 46);
        let unit = power_of_two(shift);
        Share {
            real: rounded(real * unit),
            imaginary: rounded(imaginary * unit),
            shift: shift.cast_unsigned() - 16,
        }
    }
}

/// A factor in units of 2^-(shift + 16).
struct Share {
    real: i32,
    imaginary: i32,
    shift: u32,
}

impl Share {
    /// The product with a complex word, rounded.
    #[inline]
    fn product(&self, word: i32) -> [i32; 2] {
        let [real, imaginary] = upper_complex_product(self.real, self.imaginary, word);
        let half = 1 << (self.shift - 1);
        [
            (real + half) >> self.shift,
            (imaginary + half) >> self.shift,
        ]
    }

    /// The product as a word.
    #[inline]
    fn word(&self, word: i32) -> i32 {
        let [real, imaginary] = self.product(word);
        pack(real, imaginary)
    }

    /// The product as the sum of two words.
    #[inline]
    fn halves(&self, word: i32) -> [i32; 2] {
        let [real, imaginary] = self.product(word);
        let first = [real >> 1, imaginary >> 1];
        [
            pack(first[0], first[1]),
            pack(real - first[0], imaginary - first[1]),
        ]
    }
}

/// The vectors while a scatterer is looked at: m and sums of each mode, and u of the one before.
fn columns(vectors: &mut [i32]) -> (&mut [Column], &mut [i32]) {
    let three_quarters = vectors.len() / 4 * 3;
    let (columns, pending) = split_mut(vectors, three_quarters);
    (columns.as_chunks_mut().0, pending)
}

/// The vectors while scatterers are added to r: both u of each mode, and both factors.
fn halves(vectors: &mut [i32]) -> (&mut [[i32; 2]], &mut [[i32; 2]]) {
    let half = vectors.len() / 2;
    let (pairs, factors) = split_mut(vectors, half);
    (pairs.as_chunks_mut().0, factors.as_chunks_mut().0)
}

/// The first two quarters of the vectors, one word for each mode.
fn quarters(vectors: &mut [i32]) -> [&mut [i32]; 2] {
    let quarter = vectors.len() / 4;
    let (half, _) = split_mut(vectors, 2 * quarter);
    split_mut(half, quarter).into()
}

const UNIT_30: f32 = (1 << 30) as f32;

/// 2^`exponent`, within the range of `f32`.
fn power_of_two(exponent: i32) -> f32 {
    f32::from_bits((exponent.clamp(-126, 127) + 127).cast_unsigned() << 23)
}

/// The nearest integer, or the last one in that direction.
#[allow(
    clippy::cast_possible_truncation,
    reason = "rounding is what the function is for"
)]
fn rounded(x: f32) -> i32 {
    (if x < 0.0 { x - 0.5 } else { x + 0.5 }) as i32
}

/// An angle from its cosine and sine, in 2^-32 turns.
fn turns(cosine: f32, sine: f32) -> i32 {
    let turns = libm::atan2f(sine, cosine) * (0.5 * core::f32::consts::FRAC_1_PI);
    rounded(turns * (4.0 * UNIT_30))
}

/// The angle πy/(W + 1) of row y, counted from 1, in 2^-32 turns.
#[allow(
    clippy::cast_possible_truncation,
    reason = "half a turn is not reached"
)]
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
