//! The recursion for reflection and transmission: small T, eigenvalues, a conservation check.

// As in `reflection`.
#![allow(clippy::inline_always)]

use core::ops::Range;

use super::reflection::{Companion, Reflection, Waves, reflection_workspace_len};
use super::symmetric::{Run, norm_squared, product, real_dot, split_front, split_mut};
use super::{Lead, Libm, Sine, SolveError};
use crate::scalar::Scalar;

/// Elements of workspace that [`Scattering`] needs for a strip `width` sites wide, of any length:
/// [`reflection_workspace_len`], `2·width` for the modes' phases and `2·width²` for t. 40 sites:
/// 5120 elements, 20,480 bytes in `f32`. Saturates instead of overflowing.
#[must_use]
pub const fn scattering_workspace_len(width: usize) -> usize {
    width
        .saturating_mul(width)
        .saturating_mul(2)
        .saturating_add(own_len(width))
}

/// What the recursion for r gets of it: room for the phases as well.
const fn own_len(width: usize) -> usize {
    reflection_workspace_len(width).saturating_add(width.saturating_mul(2))
}

/// The scattering recursion for reflection and transmission, slice by slice from the left lead.
///
/// T = Σ|t_ij|² over the propagating modes is *relatively* accurate however small (1e-10 at T = 1e-20 in
/// `f64`), and t gives the transmission eigenvalues, the Fano factor and a check that current is
/// conserved, which every call of [`transmission`](Self::transmission) makes. About 2.5 times the
/// work of [`Reflection`].
///
/// # Example
/// ```
/// use landauer_core::transport::{Lead, Scattering, scattering_workspace_len};
/// let mut workspace = [0.0_f64; scattering_workspace_len(2)];
/// let mut strip = Scattering::new(Lead::new(2, 0.0)?, &mut workspace)?;
/// for slice in [[40.0, -40.0], [35.0, 50.0], [-45.0, 60.0]] {
///     strip.push_slice(&slice)?;
/// }
/// let t = strip.transmission()?;
/// assert!(t < 1e-6);
/// let mut eigenvalues = [0.0; 2];
/// strip.transmission_eigenvalues(&mut eigenvalues)?;
/// assert!(((eigenvalues[0] + eigenvalues[1]) / t - 1.0).abs() < 1e-12);
/// # Ok::<(), landauer_core::SolveError>(())
/// ```
#[derive(Debug)]
pub struct Scattering<'w, S, T = Libm> {
    reflection: Reflection<'w, S, T>,
    t: TransmissionMatrix<'w, S>,
}

/// t by rows: row i holds the amplitudes from every mode of the right lead into the i-th *open*
/// mode of the left lead; evanescent modes cannot take current away, and their rows are not kept.
///
/// What is stored is t times [`Scalar::RESCALE`] to the power of `rescaled`.
#[derive(Debug)]
struct TransmissionMatrix<'w, S> {
    re: &'w mut [S],
    im: &'w mut [S],
    width: usize,
    rescaled: u32,
}

impl<S> TransmissionMatrix<'_, S> {
    #[inline(always)]
    fn rows(&mut self) -> TransmissionRows<'_, S> {
        TransmissionRows {
            re: self.re,
            im: self.im,
            width: self.width,
        }
    }
}

impl<S: Scalar> TransmissionMatrix<'_, S> {
    /// The largest real or imaginary part in these columns.
    fn largest(&self, columns: Range<usize>) -> S {
        let part = |part: &[S]| {
            let rows = part.chunks_exact(self.width.max(1));
            let elements = rows.filter_map(|row| row.get(columns.clone())).flatten();
            elements.fold(S::ZERO, |largest, x| largest.larger(x.abs()))
        };
        part(self.re).larger(part(self.im))
    }

    /// Multiplies by [`Scalar::RESCALE`] as often as the largest element stays below 1/RESCALE.
    ///
    /// A power of two changes no digit, so that a strip has the same bits whether it is rescaled or
    /// not, as long as it stays in range without.
    #[inline(never)]
    fn rescale(&mut self) {
        let mut largest = self.largest(0..self.width);
        // Nothing is left to rescale where t is zero, and a NaN stays what it is.
        while largest > S::ZERO && largest * S::RESCALE < S::ONE {
            for part in [&mut *self.re, &mut *self.im] {
                for element in part {
                    *element *= S::RESCALE;
                }
            }
            largest *= S::RESCALE;
            self.rescaled = self.rescaled.saturating_add(1);
        }
    }
}

/// A number `times` divided by [`Scalar::RESCALE`]: exact until it leaves the range.
fn unscaled<S: Scalar>(mut value: S, times: u32) -> S {
    for _ in 0..times {
        if value == S::ZERO {
            break;
        }
        value = value / S::RESCALE;
    }
    value
}

/// The rows of t, one after the other.
struct TransmissionRows<'a, S> {
    re: &'a mut [S],
    im: &'a mut [S],
    width: usize,
}

impl<'a, S> Iterator for TransmissionRows<'a, S> {
    type Item = Run<'a, S>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        if self.re.is_empty() {
            return None;
        }
        let re = split_front(&mut self.re, self.width);
        let im = split_front(&mut self.im, self.width);
        Some(Run { re, im })
    }
}

impl<S: Scalar> Companion<S> for TransmissionMatrix<'_, S> {
    #[inline(always)]
    fn propagate(&mut self, phases: (&[S], &[S])) {
        for mut row in self.rows() {
            row.multiply(0, phases);
        }
        // One row tells whether a look at all of them is due: where one is not small, t is not.
        let small = |part: &[S]| {
            let mut front = part.iter().take(self.width);
            front.all(|element| element.abs() * S::RESCALE < S::ONE)
        };
        if small(self.re) && small(self.im) {
            self.rescale();
        }
    }

    #[inline(always)]
    fn scatter(&mut self, waves: &Waves<'_, S>, u: (&[S], &[S]), c: (S, S)) {
        for mut row in self.rows() {
            let factor = product(c, waves.dot(row.re, row.im));
            row.add_scaled(0, factor, u);
        }
    }
}

impl<'w, S: Scalar, T: Sine<S>> Scattering<'w, S, T> {
    /// Prepares the recursion in `workspace`; what that held does not matter.
    ///
    /// # Errors
    /// [`SolveError::TooShort`] if the workspace is shorter than [`scattering_workspace_len`].
    pub fn new(lead: Lead<S, T>, workspace: &'w mut [S]) -> Result<Self, SolveError> {
        let width = lead.width();
        let needed = scattering_workspace_len(width);
        let found = workspace.len();
        let too_short = SolveError::TooShort { needed, found };
        let workspace = workspace.get_mut(..needed).ok_or(too_short)?;
        let (own, t) = split_mut(workspace, own_len(width));
        let reflection = Reflection::new(lead, own)?;
        let (re, im) = split_mut(t, width * width);
        let kept = reflection.open_range().len() * width;
        let t = TransmissionMatrix {
            re: split_mut(re, kept).0,
            im: split_mut(im, kept).0,
            width,
            rescaled: 0,
        };
        let mut recursion = Self { reflection, t };
        recursion.reset();
        Ok(recursion)
    }

    /// Forgets the strip; the lead stays.
    pub fn reset(&mut self) {
        self.reflection.reset();
        let open = self.reflection.open_range();
        self.t.re.fill(S::ZERO);
        self.t.im.fill(S::ZERO);
        self.t.rescaled = 0;
        for (row, mode) in self.t.rows().zip(open) {
            if let Some(element) = row.re.get_mut(mode) {
                *element = S::ONE;
            }
        }
    }

    /// A copy with all that has been taken in, in a workspace of its own: to go on from here in two ways,
    /// or to come back.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    ///
    /// # Example
    /// ```
    /// use landauer_core::transport::{Lead, Scattering, scattering_workspace_len};
    /// let mut workspaces = [[0.0_f64; scattering_workspace_len(2)]; 2];
    /// let [first, second] = &mut workspaces;
    /// let mut strip = Scattering::new(Lead::new(2, 0.0)?, first)?;
    /// strip.push_slice(&[1.0, -2.0])?;
    /// let mut other_end = strip.copy_to(second)?;
    /// strip.push_slice(&[0.5, 3.0])?;
    /// other_end.push_slice(&[0.5, 3.0])?;
    /// assert_eq!(strip.transmission()?, other_end.transmission()?);
    /// # Ok::<(), landauer_core::SolveError>(())
    /// ```
    pub fn copy_to<'v>(&self, workspace: &'v mut [S]) -> Result<Scattering<'v, S, T>, SolveError> {
        let mut copy = Scattering::new(self.reflection.lead(), workspace)?;
        copy.reflection.take_over(&self.reflection);
        // The same lead makes the same lengths.
        let parts = [
            (&mut *copy.t.re, &*self.t.re),
            (&mut *copy.t.im, &*self.t.im),
        ];
        for (to, from) in parts {
            for (to, &from) in to.iter_mut().zip(from) {
                *to = from;
            }
        }
        copy.t.rescaled = self.t.rescaled;
        Ok(copy)
    }

    /// The recursion for r that this one contains.
    #[must_use]
    pub const fn reflection(&self) -> &Reflection<'w, S, T> {
        &self.reflection
    }

    /// Adds one slice on the right: the on-site energies `[row]` in units of t.
    ///
    /// # Errors
    /// As [`Reflection::push_slice`].
    #[inline(always)]
    pub fn push_slice(&mut self, onsite: &[S]) -> Result<(), SolveError> {
        self.reflection.push_slice_with(onsite, &mut self.t)
    }

    /// The transmission of the strip so far, in [0, propagating modes]. Where it is smaller than the
    /// smallest number of `S` it is 0, and [`scaled_transmission`](Self::scaled_transmission) has
    /// it still.
    ///
    /// # Errors
    /// [`SolveError::ZeroLength`] before the first slice; [`SolveError::LostSolution`] if for some
    /// incoming mode reflected and transmitted current do not add up to 1 within
    /// [`Scalar::CONSERVATION_TOLERANCE`].
    #[inline]
    pub fn transmission(&self) -> Result<S, SolveError> {
        let (mantissa, divisions) = self.passed()?;
        Ok(unscaled(mantissa, divisions))
    }

    /// The transmission of the strip so far as (m, e), T = m·2^e: relatively accurate however long
    /// the strip is, where T itself would underflow. e is 0 or negative, and m is 0 only if no mode
    /// propagates.
    ///
    /// # Errors
    /// As [`transmission`](Self::transmission).
    ///
    /// # Example
    /// ```
    /// use landauer_core::transport::{Lead, Scattering, scattering_workspace_len};
    /// let mut workspace = [0.0_f32; scattering_workspace_len(1)];
    /// let mut wire = Scattering::new(Lead::new(1, 0.0)?, &mut workspace)?;
    /// for _ in 0..30 {
    ///     wire.push_slice(&[6.0])?;
    /// }
    /// // T = 4.15e-46 is below every f32.
    /// assert_eq!(wire.transmission()?, 0.0);
    /// let (mantissa, exponent) = wire.scaled_transmission()?;
    /// let log10 = f64::from(mantissa).log10() + f64::from(exponent) * 2.0_f64.log10();
    /// assert!((log10 + 45.3815).abs() < 1e-3);
    /// # Ok::<(), landauer_core::SolveError>(())
    /// ```
    pub fn scaled_transmission(&self) -> Result<(S, i32), SolveError> {
        let (mantissa, divisions) = self.passed()?;
        let exponent = divisions.saturating_mul(S::RESCALE_EXPONENT);
        Ok((mantissa, i32::try_from(exponent).map_or(i32::MIN, |e| -e)))
    }

    /// About by how much rounding may have changed T, relatively, through the evanescent modes of the
    /// leads: ε times the largest amplitude over the largest between propagating modes.
    ///
    /// Few ε, unless propagating modes decay in the strip and evanescent ones do not: rounding couples
    /// the two, and what that lets through is more than T from T ~ ε² on. Such a T is that of a strip
    /// whose on-site energies differ by rounding.
    #[must_use]
    pub fn evanescent_rounding(&self) -> S {
        let open = self.reflection.open_range();
        let all = self.t.largest(0..self.t.width);
        let propagating = self.t.largest(open);
        if all > S::ZERO && propagating < all {
            // Infinite where nothing is left of T.
            S::EPSILON * (all / propagating)
        } else {
            S::EPSILON
        }
    }

    /// T as (m, n): T is m divided n times by [`Scalar::RESCALE`].
    #[inline]
    fn passed(&self) -> Result<(S, u32), SolveError> {
        self.reflection.ready()?;
        let open = self.reflection.open_range();
        // What the slices since the last look have taken away may make squares underflow.
        let (mut factor, mut divisions) = (S::ONE, self.t.rescaled);
        let mut largest = self.t.largest(open.clone());
        while largest > S::ZERO && largest * S::RESCALE < S::ONE {
            factor *= S::RESCALE;
            largest *= S::RESCALE;
            divisions = divisions.saturating_add(1);
        }
        let divisions = divisions.saturating_mul(2);
        let mut transmission = S::ZERO;
        for mode in open {
            let passed = self.transmission_probability(mode, factor);
            let kept = self.reflection.reflection_probability(mode);
            // A NaN is not conserved either.
            let sum = unscaled(passed, divisions) + kept;
            let conserved = (sum - S::ONE).abs() <= S::CONSERVATION_TOLERANCE;
            if !conserved {
                return Err(self.reflection.lost());
            }
            transmission += passed;
        }
        Ok((transmission, divisions))
    }

    /// Σ_i |t_ij|²: the chance that current of mode j, coming from the right, passes; with the
    /// stored t times `factor`.
    fn transmission_probability(&self, j: usize, factor: S) -> S {
        let column = |part: &[S]| {
            let elements = part.iter().skip(j).step_by(self.t.width.max(1));
            elements.fold(S::ZERO, |sum, &x| {
                let x = x * factor;
                sum + x * x
            })
        };
        column(self.t.re) + column(self.t.im)
    }

    /// The transmission amplitude t_ij from mode j of the right lead into mode i of the left lead
    /// as (real part, imaginary part); `None` unless both are open.
    ///
    /// The other direction is its transpose (reciprocity).
    #[must_use]
    pub fn transmission_amplitude(&self, i: usize, j: usize) -> Option<(S, S)> {
        let open = self.reflection.open_range();
        if !(open.contains(&i) && open.contains(&j)) {
            return None;
        }
        let at = (i - open.start) * self.t.width + j;
        let part = |part: &[S]| Some(unscaled(*part.get(at)?, self.t.rescaled));
        Some((part(self.t.re)?, part(self.t.im)?))
    }

    /// The largest element of |r†r + t†t − 1| over the propagating modes: by how much rounding has made
    /// the scattering matrix less than unitary. A few hundred ε at 40×40.
    ///
    /// Costs as much as a hundred scatterers; [`transmission`](Self::transmission) checks the
    /// diagonal on its own.
    #[must_use]
    pub fn unitarity_error(&self) -> S {
        let open = self.reflection.open_range();
        let mut worst = S::ZERO;
        for i in open.clone() {
            for j in i..open.end {
                let (mut re, mut im) = (if i == j { -S::ONE } else { S::ZERO }, S::ZERO);
                let mut add = |(a_re, a_im): (S, S), (b_re, b_im): (S, S)| {
                    re += a_re * b_re + a_im * b_im;
                    im += a_re * b_im - a_im * b_re;
                };
                for k in open.clone() {
                    add(self.reflection.element(k, i), self.reflection.element(k, j));
                    if let (Some(a), Some(b)) = (
                        self.transmission_amplitude(k, i),
                        self.transmission_amplitude(k, j),
                    ) {
                        add(a, b);
                    }
                }
                worst = worst.larger((re * re + im * im).sqrt());
            }
        }
        worst
    }

    /// Writes the transmission eigenvalues T_n (of t t†), the largest first, into `eigenvalues`,
    /// with zeros behind the propagating modes', and gives their number. Uses up the recursion: they are
    /// found in the workspace of t.
    ///
    /// One-sided Jacobi rotations (Hestenes; J. Demmel and K. Veselić, SIAM J. Matrix Anal. Appl.
    /// 13, 1204, 1992) make the rows of t orthogonal; their squared norms are the eigenvalues, and
    /// small ones keep relative accuracy as no other method's do.
    ///
    /// # Errors
    /// As [`transmission`](Self::transmission); [`SolveError::TooShort`] if `eigenvalues` has
    /// fewer than `width` elements.
    pub fn transmission_eigenvalues(self, eigenvalues: &mut [S]) -> Result<usize, SolveError> {
        self.transmission()?;
        let width = self.t.width;
        let found = eigenvalues.len();
        let needed = width;
        let eigenvalues = eigenvalues
            .get_mut(..needed)
            .ok_or(SolveError::TooShort { needed, found })?;
        let open = self.reflection.open_range();
        let mut t = self.t;
        // Columns of evanescent modes carry no current into the sample.
        for row in t.rows() {
            for part in [row.re, row.im] {
                let (before, rest) = split_mut(part, open.start);
                let (_, behind) = split_mut(rest, open.len());
                before.fill(S::ZERO);
                behind.fill(S::ZERO);
            }
        }
        // The squares of what is left must not underflow.
        t.rescale();
        let divisions = t.rescaled.saturating_mul(2);
        squared_singular_values((&mut *t.re, &mut *t.im), width, eigenvalues)
            .map_err(|_| self.reflection.lost())?;
        for eigenvalue in eigenvalues {
            *eigenvalue = unscaled(*eigenvalue, divisions);
        }
        Ok(open.len())
    }
}

/// The shot-noise Fano factor F = Σ T_n(1 − T_n)/Σ T_n of transmission eigenvalues; `None` where
/// nothing is transmitted.
///
/// 0 for a clean strip, 1/3 for a diffusive one, 1 where all T_n are small (M. Büttiker, Phys.
/// Rev. Lett. 65, 2901, 1990).
///
/// # Example
/// ```
/// use landauer_core::transport::fano_factor;
/// assert_eq!(fano_factor(&[1.0, 0.5, 0.0]), Some(0.25 / 1.5));
/// assert_eq!(fano_factor(&[0.0_f32; 3]), None);
/// ```
#[must_use]
pub fn fano_factor<S: Scalar>(eigenvalues: &[S]) -> Option<S> {
    let (mut noise, mut transmission) = (S::ZERO, S::ZERO);
    for &eigenvalue in eigenvalues {
        transmission += eigenvalue;
        // Rounding may leave an eigenvalue a little above 1, which makes no negative noise.
        noise += eigenvalue * S::ZERO.larger(S::ONE - eigenvalue);
    }
    (transmission > S::ZERO).then(|| noise / transmission)
}

/// Writes the squared singular values of a complex matrix, `(real, imaginary)` parts
/// `[row, column]` of `columns` columns, into `squares`, the largest first, with zeros behind them:
/// of a matrix of transmission amplitudes they are the transmission eigenvalues. Uses up the matrix.
/// Small ones keep relative accuracy ([`Scattering::transmission_eigenvalues`] says how), as long as
/// their squares do not underflow.
///
/// # Errors
/// [`SolveError::ShapeMismatch`] if the parts are not equally many whole rows;
/// [`SolveError::TooShort`] if there are more rows than `squares` has elements;
/// [`SolveError::LostSolution`] if an element is not finite.
///
/// # Example
/// ```
/// use landauer_core::transport::squared_singular_values;
/// let (mut re, mut im) = ([0.0, 0.5, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]);
/// let mut squares = [0.0; 3];
/// squared_singular_values((&mut re, &mut im), 2, &mut squares)?;
/// assert_eq!(squares, [4.0, 0.25, 0.0]);
/// # Ok::<(), landauer_core::SolveError>(())
/// ```
pub fn squared_singular_values<S: Scalar>(
    (re, im): (&mut [S], &mut [S]),
    columns: usize,
    squares: &mut [S],
) -> Result<(), SolveError> {
    let mismatch = |found| SolveError::ShapeMismatch {
        width: columns,
        found,
    };
    // Without a division that may panic: none is linked into a firmware.
    let needed = re.len().checked_div(columns).unwrap_or(0);
    if columns == 0 || needed.saturating_mul(columns) != re.len() {
        return Err(mismatch(re.len()));
    }
    if im.len() != re.len() {
        return Err(mismatch(im.len()));
    }
    let found = squares.len();
    if found < needed {
        return Err(SolveError::TooShort { needed, found });
    }
    let finite = |part: &[S]| part.iter().all(|element| element.is_finite());
    if !(finite(re) && finite(im) && orthogonalise_rows(re, im, columns)) {
        return Err(SolveError::LostSolution { slices: 0 });
    }
    squares.fill(S::ZERO);
    let rows = TransmissionRows {
        re,
        im,
        width: columns,
    };
    for (found, row) in rows.enumerate() {
        insert_descending(squares, found, norm_squared(row.re, row.im));
    }
    Ok(())
}

/// Puts a value among the first `found` ones, which descend and go on to do so.
///
/// Sorting at the end would link a panic about orders that are none.
fn insert_descending<S: Scalar>(values: &mut [S], found: usize, value: S) {
    let mut carried = value;
    for slot in values.iter_mut().take(found) {
        if *slot < carried {
            core::mem::swap(slot, &mut carried);
        }
    }
    if let Some(slot) = values.get_mut(found) {
        *slot = carried;
    }
}

/// Rotates the complex rows (real and imaginary parts `[row, column]`) until all are orthogonal;
/// false if that takes unreasonably long (never seen).
fn orthogonalise_rows<S: Scalar>(re: &mut [S], im: &mut [S], width: usize) -> bool {
    const MAX_SWEEPS: usize = 60;
    let width = width.max(1);
    let rows = re.len() / width;
    let tolerance = S::EPSILON * S::from_usize(width);
    for _ in 0..MAX_SWEEPS {
        let mut rotated = false;
        for q in 1..rows {
            let (re_above, re_q) = split_mut(re, q * width);
            let (im_above, im_q) = split_mut(im, q * width);
            let mut row_q = Run {
                re: split_mut(re_q, width).0,
                im: split_mut(im_q, width).0,
            };
            let pairs = re_above
                .chunks_exact_mut(width)
                .zip(im_above.chunks_exact_mut(width));
            for (re, im) in pairs {
                rotated |= rotate(&mut Run { re, im }, &mut row_q, tolerance);
            }
        }
        if !rotated {
            return true;
        }
    }
    false
}

/// Makes two rows orthogonal by a complex plane rotation; false if they were already.
fn rotate<S: Scalar>(p: &mut Run<'_, S>, q: &mut Run<'_, S>, tolerance: S) -> bool {
    let alpha = norm_squared(p.re, p.im);
    let beta = norm_squared(q.re, q.im);
    // γ = Σ p_j q_j*.
    let gamma_re = real_dot(0, p.re, p.im, q.re);
    let gamma_im = real_dot(0, p.re, p.im, q.im);
    let (re, im) = (gamma_re.0 + gamma_im.1, gamma_re.1 - gamma_im.0);
    let gamma = (re * re + im * im).sqrt();
    // Rows of NaN do not go round for ever.
    let oblique = gamma > tolerance * alpha.sqrt() * beta.sqrt();
    if !oblique {
        return false;
    }
    let (e_re, e_im) = (re / gamma, im / gamma);
    let zeta = (beta - alpha) / (S::TWO * gamma);
    let root = if zeta.abs() < S::ONE / S::EPSILON {
        (S::ONE + zeta * zeta).sqrt()
    } else {
        zeta.abs()
    };
    let tangent = (if zeta < S::ZERO { -S::ONE } else { S::ONE }) / (zeta.abs() + root);
    let cosine = S::ONE / (S::ONE + tangent * tangent).sqrt();
    let sine = cosine * tangent;
    let elements_p = p.re.iter_mut().zip(p.im.iter_mut());
    let elements_q = q.re.iter_mut().zip(q.im.iter_mut());
    for ((a_re, a_im), (b_re, b_im)) in elements_p.zip(elements_q) {
        let (p_re, p_im, q_re, q_im) = (*a_re, *a_im, *b_re, *b_im);
        // p' = c·p − s·e·q, q' = s·e*·p + c·q.
        *a_re = cosine * p_re - sine * (e_re * q_re - e_im * q_im);
        *a_im = cosine * p_im - sine * (e_re * q_im + e_im * q_re);
        *b_re = sine * (e_re * p_re + e_im * p_im) + cosine * q_re;
        *b_im = sine * (e_re * p_im - e_im * p_re) + cosine * q_im;
    }
    true
}
