//! The recursion for the reflection matrix at the band centre, E = 0, in a basis of standing waves:
//! a third cheaper than [`Reflection`](super::Reflection) where a slice has several scatterers.
//!
//! At E = 0 the lattice has two sublattices, and mode j and its partner W + 1 − j are the same
//! wave but for the sign on every other row: w of the partner is (−1)^(y+1) w_j(y), k of the
//! partner is π − k_j. Take their sum s and, times −i, their difference d, both over √2:
//!
//! - a site in an odd row has real amplitudes μ = √2 w_j on the sums only, a site in an even row
//!   i times real ones on the differences only: half of the product r w is not there;
//! - a slice turns each pair by a real rotation, r → −Qᵀ r Q with Q = ((sin k, cos k),
//!   (−cos k, sin k)): no complex products. The larger of sine and cosine is taken out of it and
//!   kept as a scale of the pair (W. M. Gentleman's fast Givens rotation, IMA J. Appl. Math. 12,
//!   329, 1973), so that two products remain for each element and side of r;
//! - the signs, −1 a slice and −1 from i² in even rows, go into σ: with r = σ' D r̂ D, D the scales,
//!   and p = D μ a scatterer is
//!
//! ```text
//! û = σ D⁻¹ μ + r̂ p      z = σ p·û      c = 1/(i/ε − z)      r̂ += σ c û ûᵀ
//! ```
//!
//! What is kept of r̂ = X' + iY' is X = X' + Y' and Y = X' − Y'. With v = √(σc) û = a + ib the last
//! line then takes three products an element, not four:
//!
//! ```text
//! X += (a + b)(a + b)ᵀ − 2bbᵀ      Y += (a − b)(a − b)ᵀ − 2bbᵀ
//! ```
//!
//! and all else is as before: what is real and linear in r̂ does to X and Y what it does to its parts.
//!
//! The basis is unitary: T = N − Σ|r_ij|² as ever. For an odd W the mode in the middle is its own
//! partner, has no difference, and takes no part in the rotations.

use super::SolveError;
use super::reflection::{fill_waves, reciprocal_of_inverse};
use super::symmetric::{
    Rows, Run, dot_and_add, lines, lines_mut, packed_index, packed_len, product, real_dot, split,
    split_front, split_mut,
};
use crate::scalar::Scalar;

/// Sums of pairs, with the mode in the middle.
const fn sums(width: usize) -> usize {
    width - width / 2
}

/// Elements of workspace for a strip `width` sites wide: 1880 for 40.
pub(crate) const fn standing_waves_workspace_len(width: usize) -> usize {
    2 * packed_len(width) + 4 * width + 4 * sums(width)
}

/// Multiplications and divisions of one scatterer, at most.
pub(crate) const fn scatterer_cost(width: usize) -> u64 {
    let half = sums(width);
    // σ D⁻¹ μ, p, p/2 and z; r̂ p; √c; v; X and Y
    (7 * half + 2 * half * width + 16 + 4 * width + 3 * packed_len(width)) as u64
}

/// Multiplications of one slice.
pub(crate) const fn slice_cost(width: usize) -> u64 {
    let pairs = width / 2;
    (16 * packed_len(pairs) + 4 * pairs * (width % 2) + pairs) as u64
}

/// Multiplications of [`StandingWaves::transmission`].
pub(crate) const fn transmission_cost(width: usize) -> u64 {
    (3 * packed_len(width) + 6 * width) as u64
}

/// The recursion; `E` = 0, all modes are open.
///
/// The scales fall below 2^(−x/2) after x slices in the worst case and r̂ rises as their product:
/// strips of up to 100 slices stay in the range of `f32`.
#[derive(Debug)]
pub(crate) struct StandingWaves<'w, S> {
    width: usize,
    /// sin(πm/(2(W+1))), m = 1 … W.
    half_sines: &'w mut [S],
    /// What turns sin(πjy/(W+1)) into μ_j(y).
    normalisations: &'w mut [S],
    /// Of each pair, the smaller of |sin k| and |cos k| over the larger.
    ratios: &'w mut [S],
    /// D, of each pair and of the mode in the middle.
    scales: &'w mut [S],
    /// p of the site at hand.
    p: &'w mut [S],
    /// û and v of the site at hand in one form or another, sums and then differences.
    u_x: &'w mut [S],
    u_y: &'w mut [S],
    /// Imaginary part of v.
    b: &'w mut [S],
    /// X between sums and between differences, packed symmetric; then Y.
    ss: &'w mut [S],
    dd: &'w mut [S],
    /// X from differences (columns) to sums (rows), then Y.
    sd: &'w mut [S],
    scattered: bool,
    /// Has the sign turned an odd number of times?
    negative: bool,
    slices: usize,
}

impl<'w, S: Scalar> StandingWaves<'w, S> {
    /// Prepares the recursion in `workspace`; what that held does not matter.
    pub(crate) fn new(width: usize, workspace: &'w mut [S]) -> Result<Self, SolveError> {
        if width == 0 {
            return Err(SolveError::ZeroWidth);
        }
        let (needed, found) = (standing_waves_workspace_len(width), workspace.len());
        if found < needed {
            return Err(SolveError::TooShort { needed, found });
        }
        let (half, pairs) = (sums(width), width / 2);
        let mut rest = workspace;
        let mut recursion = Self {
            width,
            half_sines: split_front(&mut rest, width),
            normalisations: split_front(&mut rest, half),
            ratios: split_front(&mut rest, half),
            scales: split_front(&mut rest, half),
            p: split_front(&mut rest, half),
            u_x: split_front(&mut rest, width),
            u_y: split_front(&mut rest, width),
            b: split_front(&mut rest, width),
            ss: split_front(&mut rest, 2 * packed_len(half)),
            dd: split_front(&mut rest, 2 * packed_len(pairs)),
            sd: split_front(&mut rest, 2 * half * pairs),
            scattered: false,
            negative: false,
            slices: 0,
        };
        let sites = S::from_usize(width + 1);
        for (index, slot) in recursion.half_sines.iter_mut().enumerate() {
            *slot = (S::FRAC_PI_2 * S::from_usize(index + 1) / sites).sin();
        }
        for index in 0..half {
            let (sine, cosine) = recursion.sine_and_cosine(index);
            // √2 w_j; the mode in the middle is alone.
            let weight = if index < pairs { S::TWO } else { S::ONE };
            if let Some(slot) = recursion.normalisations.get_mut(index) {
                *slot = (weight / (sites * sine)).sqrt();
            }
            if let Some(slot) = recursion.ratios.get_mut(index) {
                *slot = if mostly_sine(width, index) {
                    cosine / sine
                } else {
                    sine / cosine
                };
            }
        }
        recursion.reset();
        Ok(recursion)
    }

    /// sin k and |cos k| of pair `index`.
    fn sine_and_cosine(&self, index: usize) -> (S, S) {
        let entry = |m: usize| match m.checked_sub(1) {
            Some(at) => self.half_sines.get(at).copied().unwrap_or(S::ONE),
            None => S::ZERO,
        };
        let double = 2 * (index + 1);
        (
            entry(double),
            entry((self.width + 1).saturating_sub(double)),
        )
    }

    /// Forgets the strip.
    pub(crate) fn reset(&mut self) {
        self.ss.fill(S::ZERO);
        self.dd.fill(S::ZERO);
        self.sd.fill(S::ZERO);
        self.scales.fill(S::ONE);
        self.scattered = false;
        self.negative = false;
        self.slices = 0;
    }

    /// One slice further.
    pub(crate) fn next_slice(&mut self) {
        self.slices += 1;
        if !self.scattered {
            return;
        }
        let pairs = self.width / 2;
        let (ss_re, ss_im) = self.ss.split_at_mut(self.ss.len() / 2);
        let (sd_re, sd_im) = self.sd.split_at_mut(self.sd.len() / 2);
        let (dd_re, dd_im) = self.dd.split_at_mut(self.dd.len() / 2);
        let turns = Turns {
            width: self.width,
            ratios: self.ratios,
        };
        turns.turn(ss_re, sd_re, dd_re);
        turns.turn(ss_im, sd_im, dd_im);
        for index in 0..pairs {
            let (sine, cosine) = self.sine_and_cosine(index);
            if let Some(scale) = self.scales.get_mut(index) {
                *scale *= sine.larger(cosine);
            }
        }
        self.negative = !self.negative;
    }

    /// One scatterer of on-site energy `energy` (units of t) in row `row` of the slice at hand,
    /// counted from 0.
    pub(crate) fn scatter(&mut self, row: usize, energy: S) -> Result<(), SolveError> {
        let (half, pairs) = (sums(self.width), self.width / 2);
        let on_sums = row.is_multiple_of(2);
        let negative = self.negative == on_sums;
        let sign = |value: S| if negative { -value } else { value };
        let own = if on_sums { half } else { pairs };
        let (p, _) = split_mut(self.p, own);
        fill_waves(p, self.half_sines, self.normalisations, row + 1);
        self.u_x.fill(S::ZERO);
        self.u_y.fill(S::ZERO);
        let (s_x, d_x) = split_mut(self.u_x, half);
        let (s_y, d_y) = split_mut(self.u_y, half);
        let (own_x, own_y, other_x, other_y) = if on_sums {
            (s_x, s_y, d_x, d_y)
        } else {
            (d_x, d_y, s_x, s_y)
        };
        // Σ X p/2 and Σ Y p/2, whose sum and difference are the parts of r̂ p; hence half of the rest.
        let slots = own_x.iter_mut().zip(own_y.iter_mut());
        for ((p, &scale), (x, y)) in p.iter_mut().zip(&*self.scales).zip(slots) {
            let wave = S::HALF * *p;
            *x = sign(wave / scale);
            *y = *x;
            *p = wave * scale;
        }
        if self.scattered {
            let block = if on_sums {
                &mut *self.ss
            } else {
                &mut *self.dd
            };
            for (i, run) in Rows::new(block, own) {
                multiply_row(i, &run, p, own_x, own_y);
            }
            let (x, y) = split(self.sd, half * pairs);
            let rows = lines(x, pairs);
            let rows = rows.zip(lines(y, pairs));
            if on_sums {
                for ((x, y), &p) in rows.zip(&*p) {
                    add(p, x, other_x);
                    add(p, y, other_y);
                }
            } else {
                let slots = other_x.iter_mut().zip(other_y.iter_mut());
                for ((x, y), (u_x, u_y)) in rows.zip(slots) {
                    (*u_x, *u_y) = real_dot(0, x, y, p);
                }
            }
        }
        let (x, y) = real_dot(0, own_x, own_y, p);
        let z = (x + y, x - y);
        let c = reciprocal_of_inverse(energy, (sign(z.0 + z.0), sign(z.1 + z.1)));
        let root = square_root((sign(c.0), sign(c.1)));
        if !(root.0.is_finite() && root.1.is_finite()) {
            return Err(self.lost());
        }
        self.add_outer(root);
        self.scattered = true;
        Ok(())
    }

    /// r̂ += v vᵀ, v = `root`·û; `u` holds Σ X p/2 and Σ Y p/2 as yet.
    fn add_outer(&mut self, root: (S, S)) {
        let (half, pairs) = (sums(self.width), self.width / 2);
        let parts = self.u_x.iter_mut().zip(self.u_y.iter_mut());
        for ((x, y), slot) in parts.zip(self.b.iter_mut()) {
            let (a, b) = product(root, (*x + *y, *x - *y));
            (*x, *y, *slot) = (a + b, a - b, b);
        }
        let vector = Outer {
            sum: self.u_x,
            difference: self.u_y,
            b: self.b,
        };
        let (x, y) = split_mut(self.sd, half * pairs);
        let rows = lines_mut(x, pairs);
        let rows = rows.zip(lines_mut(y, pairs));
        for (i, (x, y)) in rows.enumerate() {
            vector.add_row(i, half, x, y);
        }
        for (i, run) in Rows::new(self.ss, half) {
            vector.add_row(i, i, run.re, run.im);
        }
        for (i, run) in Rows::new(self.dd, pairs) {
            vector.add_row(half + i, half + i, run.re, run.im);
        }
    }

    /// T of what has been taken in, in [0, W].
    pub(crate) fn transmission(&mut self) -> Result<S, SolveError> {
        let open = S::from_usize(self.width);
        if !self.scattered {
            return Ok(open);
        }
        let (half, pairs) = (sums(self.width), self.width / 2);
        // p is free for D². |r̂|² = (X² + Y²)/2, and all off the diagonal counts twice.
        for (square, &scale) in self.p.iter_mut().zip(&*self.scales) {
            *square = scale * scale;
        }
        let squares = &*self.p;
        let mut reflected = S::ZERO;
        for (block, order) in [(&mut *self.ss, half), (&mut *self.dd, pairs)] {
            for (i, run) in Rows::new(block, order) {
                let behind = squares.get(i..order).unwrap_or_default();
                let row = weighed(run.re, run.im, behind);
                let diagonal = weighed(
                    run.re.get(..1).unwrap_or_default(),
                    run.im.get(..1).unwrap_or_default(),
                    behind,
                );
                let square = squares.get(i).copied().unwrap_or(S::ZERO);
                reflected += square * (row - S::HALF * diagonal);
            }
        }
        let (x, y) = split(self.sd, half * pairs);
        let rows = lines(x, pairs).zip(lines(y, pairs));
        for ((x, y), &square) in rows.zip(squares) {
            let row = weighed(x, y, squares);
            reflected += square * row;
        }
        let transmission = open - reflected;
        // A NaN is not conserved either.
        let conserved = transmission >= -(open * S::CONSERVATION_TOLERANCE);
        if !conserved {
            return Err(self.lost());
        }
        Ok(S::ZERO.larger(transmission))
    }

    const fn lost(&self) -> SolveError {
        SolveError::LostSolution {
            slices: self.slices,
        }
    }
}

/// sin k ≥ |cos k|, for pair `index` counted from 0.
const fn mostly_sine(width: usize, index: usize) -> bool {
    4 * (index + 1) > width
}

/// A vector v = a + ib, about to be multiplied by itself: a + b, a − b and b.
struct Outer<'a, S> {
    sum: &'a [S],
    difference: &'a [S],
    b: &'a [S],
}

impl<S: Scalar> Outer<'_, S> {
    /// Adds row `row` of v vᵀ, from column `column` on, to a row of X and Y.
    #[inline]
    fn add_row(&self, row: usize, column: usize, x: &mut [S], y: &mut [S]) {
        let (Some(&sum), Some(&difference), Some(&b)) =
            (self.sum.get(row), self.difference.get(row), self.b.get(row))
        else {
            return;
        };
        let twice = b + b;
        let behind = |slice| split::<S>(slice, column).1;
        let parts = behind(self.sum).iter().zip(behind(self.difference));
        let columns = parts.zip(behind(self.b));
        for ((x, y), ((&sum_j, &difference_j), &b_j)) in x.iter_mut().zip(y).zip(columns) {
            let common = twice * b_j;
            *x += sum * sum_j - common;
            *y += difference * difference_j - common;
        }
    }
}

/// The root of a complex number whose real part is not negative.
fn square_root<S: Scalar>((re, im): (S, S)) -> (S, S) {
    let modulus = (re * re + im * im).sqrt();
    let larger = (S::HALF * (modulus + re.abs())).sqrt();
    let smaller = im / (larger + larger);
    if re >= S::ZERO {
        (larger, smaller)
    } else if im >= S::ZERO {
        (smaller, larger)
    } else {
        (-smaller, -larger)
    }
}

/// Row i of a symmetric matrix times `p`, added to u.
fn multiply_row<S: Scalar>(i: usize, run: &Run<'_, S>, p: &[S], u_re: &mut [S], u_im: &mut [S]) {
    let (Some((&weight, p)), Some((&re_i, re)), Some((&im_i, im))) = (
        p.get(i..).and_then(<[S]>::split_first),
        run.re.split_first(),
        run.im.split_first(),
    ) else {
        return;
    };
    let (Some((u_re_i, u_re)), Some((u_im_i, u_im))) = (
        u_re.get_mut(i..).and_then(<[S]>::split_first_mut),
        u_im.get_mut(i..).and_then(<[S]>::split_first_mut),
    ) else {
        return;
    };
    let sum = dot_and_add(i + 1, (re, im), p, (weight, u_re), (weight, u_im));
    *u_re_i += re_i * weight + sum.0;
    *u_im_i += im_i * weight + sum.1;
}

/// u += p·row.
fn add<S: Scalar>(p: S, row: &[S], u: &mut [S]) {
    for (u, &r) in u.iter_mut().zip(row) {
        *u += p * r;
    }
}

/// Σ_j (re_j² + im_j²) weight_j.
fn weighed<S: Scalar>(re: &[S], im: &[S], weights: &[S]) -> S {
    let mut sum = S::ZERO;
    for ((&re, &im), &weight) in re.iter().zip(im).zip(weights) {
        sum += (re * re + im * im) * weight;
    }
    sum
}

/// The rotations of one slice, without their scales.
struct Turns<'a, S> {
    width: usize,
    ratios: &'a [S],
}

impl<S: Scalar> Turns<'_, S> {
    /// r̂ → Qᵀ r̂ Q: of the real parts, or of the imaginary parts.
    fn turn(&self, ss: &mut [S], sd: &mut [S], dd: &mut [S]) {
        let (half, pairs) = (sums(self.width), self.width / 2);
        for j in 0..pairs {
            for l in j..pairs {
                let at_ss = packed_index(half, j, l);
                let at_dd = packed_index(pairs, j, l);
                let (at_sd, at_ds) = (j * pairs + l, l * pairs + j);
                let (Some(&a), Some(&b), Some(&c), Some(&d)) =
                    (ss.get(at_ss), sd.get(at_sd), sd.get(at_ds), dd.get(at_dd))
                else {
                    return;
                };
                // ((s_j s_l, s_j d_l), (d_j s_l, d_j d_l)): first its rows, then its columns.
                let (a, c) = self.pair(j, a, c);
                let (b, d) = self.pair(j, b, d);
                let (a, b) = self.pair(l, a, b);
                let (c, d) = self.pair(l, c, d);
                for (slot, value) in [(ss.get_mut(at_ss), a), (dd.get_mut(at_dd), d)] {
                    if let Some(slot) = slot {
                        *slot = value;
                    }
                }
                // On the diagonal both are the same element.
                for (at, value) in [(at_ds, c), (at_sd, b)] {
                    if let Some(slot) = sd.get_mut(at) {
                        *slot = value;
                    }
                }
            }
        }
        for l in 0..if half > pairs { pairs } else { 0 } {
            let (at_ss, at_sd) = (packed_index(half, l, pairs), pairs * pairs + l);
            if let (Some(s), Some(d)) = (ss.get_mut(at_ss), sd.get_mut(at_sd)) {
                (*s, *d) = self.pair(l, *s, *d);
            }
        }
    }

    /// (sin k · s + |cos k| · d, sin k · d − |cos k| · s), over the larger of the two.
    fn pair(&self, index: usize, s: S, d: S) -> (S, S) {
        let ratio = self.ratios.get(index).copied().unwrap_or(S::ZERO);
        if mostly_sine(self.width, index) {
            (s + ratio * d, d - ratio * s)
        } else {
            (d + ratio * s, ratio * d - s)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::transmission;

    /// On-site energies of a strip, a third of them not zero.
    fn energy(number: usize) -> f64 {
        let value = (number * number * 7 + number * 13) % 17;
        if value.is_multiple_of(3) {
            value as f64 - 6.5
        } else {
            0.0
        }
    }

    #[test]
    fn standing_waves_agree_with_running_ones() {
        extern crate std;
        for width in [1, 2, 3, 4, 5, 8, 11, 40] {
            for length in [1, 2, 3, 9] {
                let onsite: std::vec::Vec<f64> = (0..length * width).map(energy).collect();
                let mut workspace = std::vec![f64::NAN; standing_waves_workspace_len(width)];
                let mut strip = StandingWaves::new(width, &mut workspace).unwrap();
                for slice in onsite.chunks(width) {
                    strip.next_slice();
                    for (row, &energy) in slice.iter().enumerate() {
                        if energy != 0.0 {
                            strip.scatter(row, energy).unwrap();
                        }
                    }
                }
                let found = strip.transmission().unwrap();
                let mut workspace =
                    std::vec![0.0; crate::transport::reflection_workspace_len(width)];
                let expected = transmission(&onsite, width, 0.0, &mut workspace).unwrap();
                assert!(
                    (found - expected).abs() < 1e-11,
                    "W = {width}, L = {length}: {found} instead of {expected}"
                );
            }
        }
    }

    #[test]
    fn the_workspace_is_as_long_as_it_says() {
        assert_eq!(standing_waves_workspace_len(40), 1880);
        assert_eq!(
            StandingWaves::<f32>::new(40, &mut [0.0; 1879]).err(),
            Some(SolveError::TooShort {
                needed: 1880,
                found: 1879
            })
        );
        assert_eq!(
            StandingWaves::<f32>::new(0, &mut []).err(),
            Some(SolveError::ZeroWidth)
        );
    }
}
