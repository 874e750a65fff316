//! The recursion for the reflection matrix: T in a small workspace.

// The whole recursion is compiled once more for the widest vectors of a host, which only inlining
// can do.
#![allow(clippy::inline_always)]

use core::ops::Range;

use super::symmetric::{
    Rows, Run, dot_and_add, packed_index, packed_len, product, real_dot, split, split_front,
    split_mut,
};
use super::{Lead, Libm, Sine, SolveError, check_slice};
use crate::scalar::Scalar;

/// Elements of workspace that [`Reflection`] needs for a strip `width` sites wide, of any length:
/// `width·(width + 1)` for r and `5·width` for tables and vectors. 40 sites: 1840 elements, 7,360
/// bytes in `f32`. Saturates instead of overflowing.
///
/// A workspace that is longer by `2·width` elements also keeps the modes' phases, which otherwise
/// cost a square root for each mode and slice; the result is the same to the last bit.
#[must_use]
pub const fn reflection_workspace_len(width: usize) -> usize {
    packed_len(width)
        .saturating_mul(2)
        .saturating_add(width.saturating_mul(5))
}

/// What else has to follow the slices and scatterers that [`Reflection`] takes in.
pub(super) trait Companion<S> {
    /// One slice further: mode j takes up the phase `phases[j]`.
    fn propagate(&mut self, phases: (&[S], &[S]));
    /// One scatterer: u as in the module's documentation, w·D under `waves`, and the factor c.
    fn scatter(&mut self, waves: &Waves<'_, S>, u: (&[S], &[S]), c: (S, S));
}

/// Nothing follows.
impl<S> Companion<S> for () {
    #[inline(always)]
    fn propagate(&mut self, _: (&[S], &[S])) {}
    #[inline(always)]
    fn scatter(&mut self, _: &Waves<'_, S>, _: (&[S], &[S]), _: (S, S)) {}
}

/// The modes' real amplitudes w on one site, and which of them are evanescent.
///
/// The evanescent modes are the first or the last ones; `split` parts them from the open ones. In
/// every sum over modes an evanescent one counts with the factor D = i·`evanescent_sign`.
pub(super) struct Waves<'a, S> {
    amplitudes: &'a [S],
    split: usize,
    first_is_open: bool,
    evanescent_sign: S,
}

impl<S: Scalar> Waves<'_, S> {
    /// D·z for an open or an evanescent mode.
    #[inline(always)]
    fn weigh(&self, open: bool, (re, im): (S, S)) -> (S, S) {
        if open {
            (re, im)
        } else {
            (-(self.evanescent_sign * im), self.evanescent_sign * re)
        }
    }

    #[inline(always)]
    fn is_propagating(&self, mode: usize) -> bool {
        (mode < self.split) == self.first_is_open
    }

    /// Σ_j v_j D_j w_j over all modes.
    #[inline(always)]
    pub(super) fn dot(&self, re: &[S], im: &[S]) -> (S, S) {
        let (w_first, w_second) = split(self.amplitudes, self.split);
        let (re_first, re_second) = split(re, self.split);
        let (im_first, im_second) = split(im, self.split);
        let first = real_dot(0, re_first, im_first, w_first);
        let first = self.weigh(self.first_is_open, first);
        if w_second.is_empty() {
            return first;
        }
        let second = real_dot(self.split, re_second, im_second, w_second);
        let second = self.weigh(!self.first_is_open, second);
        (first.0 + second.0, first.1 + second.1)
    }

    /// Row i of a symmetric matrix (its elements j = i … W − 1) times D w, added to u: to u_i, and
    /// to u_j what the elements (j, i) of the other triangle would add.
    #[inline(always)]
    fn multiply_row(&self, i: usize, row: &Run<'_, S>, u_re: &mut [S], u_im: &mut [S]) {
        // Behind the diagonal; what is shorter than it should be ends the row, without a panic.
        let (Some((&weight, w)), Some((&re_i, re)), Some((&im_i, im))) = (
            self.amplitudes.get(i..).and_then(<[S]>::split_first),
            row.re.split_first(),
            row.im.split_first(),
        ) else {
            return;
        };
        let (Some((u_re_i, u_re)), Some((u_im_i, u_im))) = (
            u_re.get_mut(i..).and_then(<[S]>::split_first_mut),
            u_im.get_mut(i..).and_then(<[S]>::split_first_mut),
        ) else {
            return;
        };
        let open = self.is_propagating(i);
        let diagonal = self.weigh(open, (re_i * weight, im_i * weight));
        // What this mode adds to the others' u: w_i·(re, im), turned by D_i if it is evanescent.
        let (a, first, b, second) = if open {
            (weight, u_re, weight, u_im)
        } else {
            let weight = self.evanescent_sign * weight;
            (weight, u_im, -weight, u_re)
        };
        let behind = i + 1;
        let at = self.split.saturating_sub(behind);
        let mut sum = diagonal;
        if at >= w.len() {
            // All of them are like the first.
            let (first, second) = ((a, first), (b, second));
            let part = dot_and_add(behind, (re, im), w, first, second);
            let (re, im) = self.weigh(self.first_is_open, part);
            sum = (sum.0 + re, sum.1 + im);
        } else {
            let (w_near, w_far) = split(w, at);
            let (re_near, re_far) = split(re, at);
            let (im_near, im_far) = split(im, at);
            let (first_near, first_far) = split_mut(first, at);
            let (second_near, second_far) = split_mut(second, at);
            if !w_near.is_empty() {
                let (first, second) = ((a, first_near), (b, second_near));
                let part = dot_and_add(behind, (re_near, im_near), w_near, first, second);
                let (re, im) = self.weigh(self.first_is_open, part);
                sum = (sum.0 + re, sum.1 + im);
            }
            let (first, second) = ((a, first_far), (b, second_far));
            let part = dot_and_add(behind + at, (re_far, im_far), w_far, first, second);
            let (re, im) = self.weigh(!self.first_is_open, part);
            sum = (sum.0 + re, sum.1 + im);
        }
        *u_re_i += sum.0;
        *u_im_i += sum.1;
    }
}

/// Multiplications and divisions of one scatterer, at most.
pub(crate) const fn reflection_scatterer_cost(width: usize) -> u64 {
    // w; r D w and its signs; z; c; c u and c u uᵀ
    (8 * packed_len(width) + 16 * width + 16) as u64
}

/// Multiplications of one slice, where the workspace has room for the phases.
pub(crate) const fn reflection_slice_cost(width: usize) -> u64 {
    (8 * packed_len(width)) as u64
}

/// Multiplications of [`Reflection::transmission`], at most.
pub(crate) const fn reflection_transmission_cost(width: usize) -> u64 {
    (2 * width * width) as u64
}

/// The scattering recursion for the reflection matrix only, slice by slice from the left lead.
///
/// T = N − Σ|r_ij|² over the propagating modes: accurate to 1e-12 absolute in `f64` at 40×40 (an error
/// of 1e-14 per propagating mode, however small T is). Where a small T must be *relatively* accurate, use
/// [`Scattering`](super::Scattering).
///
/// Cost at W = 40: 6.5 k real multiply-adds per slice and per site with ε ≠ 0.
///
/// # Example
/// ```
/// use landauer_core::transport::{Lead, Reflection, reflection_workspace_len};
/// let mut workspace = [0.0_f64; reflection_workspace_len(1)];
/// let mut strip = Reflection::new(Lead::new(1, 0.0)?, &mut workspace)?;
/// strip.push_slice(&[3.0])?;
/// // One site: T = 1/(1 + ε²/4) at the band centre.
/// assert!((strip.transmission()? - 1.0 / (1.0 + 9.0 / 4.0)).abs() < 1e-15);
/// strip.push_slice(&[-1.0])?; // the strip grows; ask again whenever you like
/// assert!(strip.transmission()? < 1.0);
/// strip.reset(); // the next strip, same lead
/// # Ok::<(), landauer_core::SolveError>(())
/// ```
#[derive(Debug)]
pub struct Reflection<'w, S, T = Libm> {
    lead: Lead<S, T>,
    open: Range<usize>,
    /// sin(πm/(2(W+1))), m = 1 … W: sines and cosines of all half angles, sines of all angles.
    half_sines: &'w mut [S],
    /// 1/√((W+1)·|sin k_j|): what turns sin(πjy/(W+1)) into w_j(y).
    normalisations: &'w mut [S],
    /// w of the site at hand.
    waves: &'w mut [S],
    /// u of the site at hand; while a slice is passed, the modes' phases.
    u_re: &'w mut [S],
    u_im: &'w mut [S],
    /// exp(ik_j), real parts and then imaginary parts, where the workspace has room for them.
    phases: &'w mut [S],
    /// r, packed symmetric, evanescent modes in the real normalisation.
    r: &'w mut [S],
    /// Has there been a scatterer? Until then r = 0.
    scattered: bool,
    slices: usize,
    state: Result<(), SolveError>,
}

impl<'w, S: Scalar, T: Sine<S>> Reflection<'w, S, T> {
    /// Prepares the recursion in `workspace`; what that held does not matter.
    ///
    /// # Errors
    /// [`SolveError::TooShort`] if the workspace is shorter than [`reflection_workspace_len`].
    pub fn new(lead: Lead<S, T>, workspace: &'w mut [S]) -> Result<Self, SolveError> {
        let width = lead.width();
        let needed = reflection_workspace_len(width);
        let found = workspace.len();
        if found < needed {
            return Err(SolveError::TooShort { needed, found });
        }
        let mut rest = workspace;
        let half_sines = split_front(&mut rest, width);
        let normalisations = split_front(&mut rest, width);
        let waves = split_front(&mut rest, width);
        let u_re = split_front(&mut rest, width);
        let u_im = split_front(&mut rest, width);
        let r = split_front(&mut rest, 2 * packed_len(width));
        let phases = if rest.len() >= 2 * width {
            split_front(&mut rest, 2 * width)
        } else {
            &mut []
        };
        let sites = S::from_usize(width.saturating_add(1));
        for (index, slot) in half_sines.iter_mut().enumerate() {
            *slot = lead.sine(S::FRAC_PI_2 * S::from_usize(index + 1) / sites);
        }
        let mut recursion = Self {
            open: lead.open_range(),
            lead,
            half_sines,
            normalisations,
            waves,
            u_re,
            u_im,
            phases,
            r,
            scattered: false,
            slices: 0,
            state: Ok(()),
        };
        let modes = half_angles(recursion.half_sines);
        for ((sine, cosine), slot) in modes.zip(recursion.normalisations.iter_mut()) {
            let mode = Lead::mode_from_half_angle(lead.energy(), sine, cosine);
            *slot = S::ONE / (sites * mode.sine()).sqrt();
        }
        let (phases_re, phases_im) = recursion.phases.split_at_mut(recursion.phases.len() / 2);
        write_phases(lead, recursion.half_sines, phases_re, phases_im);
        recursion.reset();
        Ok(recursion)
    }

    /// Forgets the strip; the lead stays.
    pub fn reset(&mut self) {
        self.r.fill(S::ZERO);
        self.scattered = false;
        self.slices = 0;
        self.state = Ok(());
    }

    /// Takes over the strip of another recursion with the same lead.
    pub(super) fn take_over(&mut self, other: &Reflection<'_, S, T>) {
        for (to, &from) in self.r.iter_mut().zip(&*other.r) {
            *to = from;
        }
        self.scattered = other.scattered;
        self.slices = other.slices;
        self.state = other.state;
    }

    /// The lead.
    #[must_use]
    pub const fn lead(&self) -> Lead<S, T> {
        self.lead
    }

    /// The propagating modes, counted from 0.
    #[must_use]
    pub fn open_range(&self) -> Range<usize> {
        self.open.clone()
    }

    /// How many slices the strip has so far.
    #[must_use]
    pub const fn slices(&self) -> usize {
        self.slices
    }

    /// Adds one slice on the right: the on-site energies `[row]` in units of t.
    ///
    /// # Errors
    /// [`SolveError::ShapeMismatch`] or [`SolveError::OnsiteNotFinite`], and the strip is as
    /// before; [`SolveError::LostSolution`] on overflow, and nothing more is to be had from this
    /// strip.
    #[inline(always)]
    pub fn push_slice(&mut self, onsite: &[S]) -> Result<(), SolveError> {
        self.push_slice_with(onsite, &mut ())
    }

    #[inline(always)]
    pub(super) fn push_slice_with(
        &mut self,
        onsite: &[S],
        companion: &mut impl Companion<S>,
    ) -> Result<(), SolveError> {
        self.state?;
        check_slice(onsite, self.lead.width(), self.slices)?;
        self.slices += 1;
        if self.open.is_empty() {
            return Ok(());
        }
        if self.scattered {
            self.propagate(companion);
        }
        for (row, &energy) in onsite.iter().enumerate() {
            if energy != S::ZERO {
                self.state = self.scatter(row, energy, companion);
                self.state?;
            }
        }
        Ok(())
    }

    /// One slice further, without its scatterers; checks nothing, as
    /// [`scatter_site`](Self::scatter_site) does not either.
    pub(crate) fn next_slice(&mut self) {
        self.slices += 1;
        if self.scattered && !self.open.is_empty() {
            self.propagate(&mut ());
        }
    }

    /// One scatterer of the slice at hand: finite on-site energy `energy` (units of t), row `row`
    /// counted from 0.
    pub(crate) fn scatter_site(&mut self, row: usize, energy: S) -> Result<(), SolveError> {
        if self.open.is_empty() {
            return Ok(());
        }
        self.scatter(row, energy, &mut ())
    }

    /// One lattice constant further: r_ij *= exp(i(k_i + k_j)).
    #[inline(always)]
    fn propagate(&mut self, companion: &mut impl Companion<S>) {
        let (phases_re, phases_im) = if self.phases.is_empty() {
            write_phases(self.lead, self.half_sines, self.u_re, self.u_im);
            (&*self.u_re, &*self.u_im)
        } else {
            self.phases.split_at(self.phases.len() / 2)
        };
        for (i, mut row) in Rows::new(self.r, self.lead.width()) {
            if let (Some(&re), Some(&im)) = (phases_re.get(i), phases_im.get(i)) {
                row.scale(i, (re, im), (phases_re, phases_im));
            }
        }
        companion.propagate((phases_re, phases_im));
    }

    /// One scatterer of on-site energy `energy` in row `row`: r += c u uᵀ.
    #[inline(always)]
    fn scatter(
        &mut self,
        row: usize,
        energy: S,
        companion: &mut impl Companion<S>,
    ) -> Result<(), SolveError> {
        let width = self.lead.width();
        fill_waves(self.waves, self.half_sines, self.normalisations, row + 1);
        let first_is_open = self.open.start == 0;
        let waves = Waves {
            amplitudes: self.waves,
            split: if first_is_open {
                self.open.end
            } else {
                self.open.start
            },
            first_is_open,
            // k = iκ below the mode's band (E < 0), k = π + iκ above it.
            evanescent_sign: if self.lead.energy() > S::ZERO {
                S::ONE
            } else {
                -S::ONE
            },
        };
        let w = waves.amplitudes;

        // u = w + r D w, each element of the triangle used for both of its places.
        for (u, &w) in self.u_re.iter_mut().zip(w) {
            *u = w;
        }
        self.u_im.fill(S::ZERO);
        if self.scattered {
            for (i, run) in Rows::new(self.r, width) {
                waves.multiply_row(i, &run, self.u_re, self.u_im);
            }
        }

        let (z_re, z_im) = waves.dot(self.u_re, self.u_im);
        let c = reciprocal_of_inverse(energy, (z_re, z_im));
        if !(c.0.is_finite() && c.1.is_finite()) {
            return Err(SolveError::LostSolution {
                slices: self.slices,
            });
        }
        let (u_re, u_im) = (&*self.u_re, &*self.u_im);
        for (i, mut run) in Rows::new(self.r, width) {
            if let (Some(&re), Some(&im)) = (u_re.get(i), u_im.get(i)) {
                run.add_scaled(i, product(c, (re, im)), (u_re, u_im));
            }
        }
        companion.scatter(&waves, (u_re, u_im), c);
        self.scattered = true;
        Ok(())
    }

    /// The transmission of the strip so far, in [0, propagating modes].
    ///
    /// # Errors
    /// [`SolveError::ZeroLength`] before the first slice; [`SolveError::LostSolution`] if more
    /// current comes back than went in, by more than [`Scalar::CONSERVATION_TOLERANCE`] per mode.
    pub fn transmission(&self) -> Result<S, SolveError> {
        self.ready()?;
        let mut transmission = S::ZERO;
        for i in self.open.clone() {
            let reflected = self.reflection_probability(i);
            let passed = S::ONE - reflected;
            // A NaN is not conserved either.
            let conserved = passed >= -S::CONSERVATION_TOLERANCE;
            if !conserved {
                return Err(self.lost());
            }
            transmission += passed;
        }
        // Rounding leaves a localised strip at ±1e-14: no current is no current.
        Ok(S::ZERO.larger(transmission))
    }

    /// Σ_j |r_ij|² over the propagating modes j: the chance that current of mode i comes back.
    pub(super) fn reflection_probability(&self, i: usize) -> S {
        let mut reflected = S::ZERO;
        for j in self.open.clone() {
            let (re, im) = self.element(i, j);
            reflected += re * re + im * im;
        }
        reflected
    }

    /// The reflection amplitude r_ij from mode j into mode i of the right lead, as (real part,
    /// imaginary part), with both waves measured on the last slice; `None` unless both are open.
    ///
    /// Seen from the right lead, since the strip grows to the right. Flux-normalised: over the
    /// propagating modes r†r + t†t = 1.
    #[must_use]
    pub fn reflection(&self, i: usize, j: usize) -> Option<(S, S)> {
        (self.open.contains(&i) && self.open.contains(&j)).then(|| self.element(i, j))
    }

    /// r_ij, read from the packed triangle.
    pub(super) fn element(&self, i: usize, j: usize) -> (S, S) {
        let width = self.lead.width();
        let at = packed_index(width, i, j);
        let read = |at: usize| self.r.get(at).copied().unwrap_or(S::ZERO);
        (read(at), read(packed_len(width) + at))
    }

    pub(super) fn ready(&self) -> Result<(), SolveError> {
        self.state?;
        if self.slices == 0 {
            return Err(SolveError::ZeroLength);
        }
        Ok(())
    }

    pub(super) const fn lost(&self) -> SolveError {
        SolveError::LostSolution {
            slices: self.slices,
        }
    }
}

/// Writes exp(ik_j) of every mode, as many as there is room for.
fn write_phases<S: Scalar, T: Sine<S>>(
    lead: Lead<S, T>,
    half_sines: &[S],
    re: &mut [S],
    im: &mut [S],
) {
    let slots = re.iter_mut().zip(im);
    for ((sine, cosine), (re, im)) in half_angles(half_sines).zip(slots) {
        let mode = Lead::mode_from_half_angle(lead.energy(), sine, cosine);
        (*re, *im) = mode.phase_factor();
    }
}

/// (sin, cos) of the half angle of every mode, from the table of half sines.
#[inline(always)]
fn half_angles<S: Scalar>(half_sines: &[S]) -> impl Iterator<Item = (S, S)> + '_ {
    let cosines = half_sines.iter().rev();
    half_sines.iter().copied().zip(cosines.copied())
}

/// w_j(y) = sin(πjy/(W+1))·normalisation_j for all modes j at y = `site`, counted from 1.
#[inline(always)]
pub(super) fn fill_waves<S: Scalar>(
    waves: &mut [S],
    half_sines: &[S],
    normalisations: &[S],
    site: usize,
) {
    // In steps of π/(2(W+1)) a sine has period 4(W+1), and mode j stands at 2jy.
    let half_period = 2 * (half_sines.len() + 1);
    let mut step = 0;
    let mut sign = S::ONE;
    for (slot, &normalisation) in waves.iter_mut().zip(normalisations) {
        step += 2 * site;
        let wrapped = step >= half_period;
        step -= if wrapped { half_period } else { 0 };
        sign = if wrapped { -sign } else { sign };
        let mirrored = step.min(half_period - step);
        let sine = match mirrored {
            0 => S::ZERO,
            // W + 1 steps are a right angle, the one entry that the table does not hold.
            m => half_sines.get(m - 1).copied().unwrap_or(S::ONE),
        };
        *slot = sign * sine * normalisation;
    }
}

/// c = 1/(i/ε − z), in the form that neither overflows for small ε nor for large ε.
#[inline(always)]
pub(super) fn reciprocal_of_inverse<S: Scalar>(energy: S, (z_re, z_im): (S, S)) -> (S, S) {
    let (numerator, re, im) = if energy.abs() <= S::ONE {
        // ε/(i − εz)
        (energy, -(energy * z_re), S::ONE - energy * z_im)
    } else {
        (S::ONE, -z_re, S::ONE / energy - z_im)
    };
    let scale = numerator / (re * re + im * im);
    (scale * re, -(scale * im))
}
