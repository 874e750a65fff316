//! Gaussian elimination with pivoting: the slowest of the solvers, and the one for what the others
//! lose.
//!
//! E − H − Σ of the strip with both leads' self-energies attached is a band matrix of W×W blocks.
//! It is eliminated slice by slice, each column by the row that suits it best among all that reach
//! it, with W right-hand sides: the columns of the first slice. What arrives at the last slice is the
//! Green's function between the two ends, and by the Fisher–Lee relation (D. S. Fisher and P. A. Lee,
//! Phys. Rev. B 23, 6851, 1981) the amplitudes
//!
//! ```text
//! t_ij = 2 √(sin k_i sin k_j)  φ_iᵀ G φ_j        T = Σ |t_ij|²
//! ```
//!
//! Why beside the recursion and the dissection? Those take amplitudes to one another's place by
//! sums: the recursion as t = 1 + c w uᵀ…, which has no digits left behind a site of 1e16 t, and with
//! w ~ 1/√sin k, which grows beyond all bounds at a band edge. Here small amplitudes are products of
//! small factors, and self-energies are never larger than the hopping. A power of two is taken out of
//! the right-hand sides slice by slice, so that nothing underflows either. It costs some 8 W³ complex
//! multiply-adds a slice (tens of milliseconds at 40×40, twice: see below), thirty times what the
//! dissection does.
//!
//! Nothing is conserved here that could be checked. So every strip is solved a second time from the
//! other end: reciprocity makes the two results equal, and rounding takes different ways.

use landauer_core::transport::Lead;
use landauer_core::{SolveError, transport::squared_singular_values};
use num_complex::Complex;

use super::transverse::{has_mode_at_edge, incoming, self_energy};
use crate::statistics::Scaled;

type Number = Complex<f64>;

const ZERO: Number = Number::new(0.0, 0.0);
const ONE: Number = Number::new(1.0, 0.0);

/// By how much the two directions may differ, relatively, before a strip counts as lost.
///
/// What is promised is 1e-8; measured are 1e-12 and less but for resonances that are sharper than
/// rounding.
const RECIPROCITY: f64 = 1e-8;

/// The smallest pivot at a band edge, relative to the largest element that its row ever had. There
/// a mode may pass all impurities by, as it does in a clean strip: it has no Green's function, and
/// what rounding leaves in the place of its pivot says nothing. Elsewhere a small pivot is a site
/// between walls, and as good as any.
const SMALLEST_PIVOT: f64 = 1e-11;

/// The largest on-site energies, in t, whose inverse and its square still have all their digits.
pub(super) const LARGEST_ONSITE: f64 = 1e300;

/// Bytes that need no look at how many there are.
pub(super) const SMALL: u64 = 64 << 20;

/// Bytes of an [`Elimination`] and of solving a strip with it.
pub(super) fn bytes(width: usize) -> u64 {
    // Σ and the amplitudes; rows of four blocks for two slices; the amplitudes that come out, twice.
    let numbers = (width as u64)
        .saturating_mul(width as u64)
        .saturating_mul(2 + 8 + 4);
    numbers.saturating_mul(size_of::<Number>() as u64)
}

/// What the elimination has to know of a lead at one energy.
#[derive(Debug, Clone)]
pub(super) struct Elimination {
    width: usize,
    energy: f64,
    open: std::ops::Range<usize>,
    /// Σ, `[row, row]`, in t.
    self_energy: Vec<Number>,
    /// √(2 sin k)·φ of each propagating mode, `[mode, row]`.
    amplitudes: Vec<f64>,
    /// Pivots must be larger than this.
    smallest_pivot: f64,
}

/// The transmission amplitudes of a strip, but for phases that change no |t_ij|.
#[derive(Debug, Clone)]
struct Amplitudes {
    re: Vec<f64>,
    im: Vec<f64>,
    /// Propagating modes of a lead: the amplitudes' rows and columns.
    modes: usize,
    /// The amplitudes are 2 to this power times what is stored.
    exponent: i64,
}

impl Amplitudes {
    /// T = Σ|t_ij|².
    fn transmission(&self) -> Scaled {
        let parts = self.re.iter().zip(&self.im);
        let sum = parts.map(|(re, im)| re * re + im * im).sum();
        Scaled::new(sum, 2 * self.exponent)
    }

    /// The transmission eigenvalues, the largest first, zeros behind the propagating modes'.
    fn eigenvalues(mut self, width: usize) -> Result<Vec<f64>, SolveError> {
        let mut squares = vec![0.0; width];
        if self.modes > 0 {
            let parts = (&mut self.re[..], &mut self.im[..]);
            squared_singular_values(parts, self.modes, &mut squares)?;
        }
        let unscaled = |square| Scaled::new(square, 2 * self.exponent).value();
        Ok(squares.into_iter().map(unscaled).collect())
    }
}

impl Elimination {
    /// For strips between leads like this one.
    pub(super) fn new(lead: Lead<f64>) -> Self {
        let (shift, drain) = self_energy(lead);
        let parts = shift.iter().zip(&drain);
        Self {
            width: lead.width(),
            energy: lead.energy(),
            open: lead.open_range(),
            self_energy: parts.map(|(re, im)| -Number::new(*re, *im)).collect(),
            amplitudes: incoming(lead),
            smallest_pivot: if has_mode_at_edge(lead) {
                SMALLEST_PIVOT
            } else {
                0.0
            },
        }
    }

    /// The transmission of a strip, `[slice, row]` in units of t, which must be whole slices.
    pub(super) fn transmission(&self, onsite: &[f64]) -> Result<Scaled, SolveError> {
        Ok(self.amplitudes(onsite)?.0.transmission())
    }

    /// The transmission of a strip, its eigenvalues, the largest first, `[row]`, and the relative
    /// difference between the two directions.
    pub(super) fn eigenvalues(
        &self,
        onsite: &[f64],
    ) -> Result<(Scaled, Vec<f64>, f64), SolveError> {
        let (amplitudes, difference) = self.amplitudes(onsite)?;
        let transmission = amplitudes.transmission();
        let eigenvalues = amplitudes.eigenvalues(self.width)?;
        Ok((transmission, eigenvalues, difference))
    }

    fn amplitudes(&self, onsite: &[f64]) -> Result<(Amplitudes, f64), SolveError> {
        let slices: Vec<&[f64]> = onsite.chunks_exact(self.width).collect();
        let lost = SolveError::LostSolution {
            slices: slices.len(),
        };
        if self.open.is_empty() || slices.is_empty() {
            let nothing = Amplitudes {
                re: Vec::new(),
                im: Vec::new(),
                modes: 0,
                exponent: 0,
            };
            return Ok((nothing, 0.0));
        }
        let forth = self.one_way(slices.iter().copied()).ok_or(lost)?;
        let back = self.one_way(slices.iter().rev().copied()).ok_or(lost)?;
        let (one, other) = (forth.transmission(), back.transmission());
        let modes = self.open.len() as f64;
        let possible = (0.0..=modes * (1.0 + RECIPROCITY)).contains(&one.value());
        let difference = one.relative_difference(other);
        if possible && difference <= RECIPROCITY {
            Ok((forth, difference))
        } else {
            Err(lost)
        }
    }

    /// The amplitudes from the first of these slices to the last; nothing if no pivot is left or a
    /// number is not finite.
    fn one_way<'s>(
        &self,
        mut slices: impl ExactSizeIterator<Item = &'s [f64]>,
    ) -> Option<Amplitudes> {
        let width = self.width;
        let mut rows = Rows::new(width);
        let first = slices.next()?;
        let mut alone = slices.len() == 0;
        self.write_slice(&mut rows, 0, 0, first, 1 + u32::from(alone));
        for row in 0..width {
            rows.right_mut(row)[row] = ONE;
            if !alone {
                rows.left_mut(row)[width + row] = ONE;
            }
        }
        while let Some(slice) = slices.next() {
            alone = slices.len() == 0;
            self.write_slice(&mut rows, width, width, slice, u32::from(alone));
            for row in 0..width {
                rows.left_mut(width + row)[row] = ONE;
                if !alone {
                    rows.left_mut(width + row)[2 * width + row] = ONE;
                }
            }
            rows.eliminate(2 * width, self.smallest_pivot)?;
            rows.advance();
        }
        rows.eliminate(width, self.smallest_pivot)?;
        rows.substitute_back()?;
        // φᵀ G φ.
        let modes = self.open.len();
        let (mut re, mut im) = (Vec::new(), Vec::new());
        let mut partial = vec![ZERO; width];
        for out in self.amplitudes.chunks_exact(width) {
            partial.fill(ZERO);
            for (row, &weight) in out.iter().enumerate() {
                for (sum, &value) in partial.iter_mut().zip(rows.solution(row)) {
                    *sum += value * weight;
                }
            }
            for within in self.amplitudes.chunks_exact(width) {
                let terms = partial.iter().zip(within);
                let amplitude: Number = terms.map(|(&value, &weight)| value * weight).sum();
                re.push(amplitude.re);
                im.push(amplitude.im);
            }
        }
        let exponent = rows.exponent;
        let finite = re.iter().chain(&im).all(|part| part.is_finite());
        finite.then_some(Amplitudes {
            re,
            im,
            modes,
            exponent,
        })
    }

    /// Writes E − H − Σ of one slice between its own sites, Σ as often as leads are attached.
    fn write_slice(
        &self,
        rows: &mut Rows,
        first_row: usize,
        first_column: usize,
        onsite: &[f64],
        leads: u32,
    ) {
        let width = self.width;
        for (row, &onsite) in onsite.iter().enumerate() {
            let to = &mut rows.left_mut(first_row + row)[first_column..][..width];
            let from = &self.self_energy[row * width..][..width];
            for (to, &from) in to.iter_mut().zip(from) {
                *to = -from * f64::from(leads);
            }
            to[row] += self.energy - onsite;
            if row > 0 {
                to[row - 1] += ONE;
            }
            if row + 1 < width {
                to[row + 1] += ONE;
            }
        }
    }
}

/// The rows that reach the slice at hand: what is left of those before it, `0..W`, and the next
/// slice's, `W..2W`. Columns on the left are those of three slices, on the right those of the first
/// slice of all.
struct Rows {
    width: usize,
    left: Vec<Number>,
    right: Vec<Number>,
    /// Which row stands where.
    order: Vec<usize>,
    /// The right-hand sides are 2 to this power times what is stored.
    exponent: i64,
}

impl Rows {
    fn new(width: usize) -> Self {
        Self {
            width,
            left: vec![ZERO; 2 * width * 3 * width],
            right: vec![ZERO; 2 * width * width],
            order: (0..2 * width).collect(),
            exponent: 0,
        }
    }

    fn left_mut(&mut self, place: usize) -> &mut [Number] {
        let columns = 3 * self.width;
        &mut self.left[self.order[place] * columns..][..columns]
    }

    fn right_mut(&mut self, place: usize) -> &mut [Number] {
        &mut self.right[self.order[place] * self.width..][..self.width]
    }

    /// Eliminates the first W columns from the first `count` rows: the pivots' rows come to stand
    /// first. Nothing if no pivot is larger than `smallest`.
    fn eliminate(&mut self, count: usize, smallest: f64) -> Option<()> {
        let (width, columns) = (self.width, 3 * self.width);
        // Rows are compared by what they are next to their own largest element: a site of 1e20 t
        // makes its equation no better than another.
        let mut scales: Vec<f64> = (0..count)
            .map(|place| {
                let row = &*self.left_mut(place);
                let largest = row.iter().map(|x| magnitude(*x)).fold(0.0, f64::max);
                1.0 / largest
            })
            .collect();
        for pivot in 0..width {
            let candidates = pivot..count;
            let suits = |place: usize| {
                magnitude(self.left[self.order[place] * columns + pivot]) * scales[place]
            };
            let best = candidates.max_by(|&a, &b| suits(a).total_cmp(&suits(b)))?;
            // Nor NaN.
            let usable = suits(best) > smallest && suits(best).is_finite();
            if !usable {
                return None;
            }
            self.order.swap(pivot, best);
            scales.swap(pivot, best);
            let (from, inverse) = {
                let from = self.order[pivot];
                (from, inverse(self.left[from * columns + pivot]))
            };
            for place in pivot + 1..count {
                let to = self.order[place];
                let factor = self.left[to * columns + pivot] * inverse;
                if factor == ZERO {
                    continue;
                }
                let (row, pivots) = two(&mut self.left, columns, to, from);
                subtract(&mut row[pivot..], &pivots[pivot..], factor);
                row[pivot] = ZERO;
                let (row, pivots) = two(&mut self.right, width, to, from);
                subtract(row, pivots, factor);
            }
        }
        Some(())
    }

    /// One slice further: the rows that were no pivots are those that are left, and a power of two
    /// is taken out of their right-hand sides.
    fn advance(&mut self) {
        let width = self.width;
        self.order.rotate_left(width);
        for place in 0..width {
            let row = self.left_mut(place);
            row.copy_within(width.., 0);
            row[2 * width..].fill(ZERO);
            self.left_mut(width + place).fill(ZERO);
            self.right_mut(width + place).fill(ZERO);
        }
        let largest = (0..width).flat_map(|place| {
            let row = &self.right[self.order[place] * width..][..width];
            row.iter().map(|x| magnitude(*x))
        });
        let largest = largest.fold(0.0, f64::max);
        if largest > 0.0 && largest.is_finite() {
            let (_, exponent) = libm::frexp(largest);
            self.exponent += i64::from(exponent);
            for place in 0..width {
                for value in self.right_mut(place) {
                    value.re = libm::ldexp(value.re, -exponent);
                    value.im = libm::ldexp(value.im, -exponent);
                }
            }
        }
    }

    /// The solution in the last slice, in the place of the right-hand sides. A power of two is taken
    /// out before anything is squared.
    fn substitute_back(&mut self) -> Option<()> {
        let (width, columns) = (self.width, 3 * self.width);
        for pivot in (0..width).rev() {
            let from = self.order[pivot];
            let inverse = inverse(self.left[from * columns + pivot]);
            for value in self.right_mut(pivot) {
                *value *= inverse;
            }
            for place in 0..pivot {
                let to = self.order[place];
                let factor = self.left[to * columns + pivot];
                let (row, pivots) = two(&mut self.right, width, to, from);
                subtract(row, pivots, factor);
            }
        }
        let largest = self.right.iter().map(|x| magnitude(*x));
        let largest = largest.fold(0.0, f64::max);
        if largest.is_nan() || largest.is_infinite() {
            return None;
        }
        let (_, exponent) = libm::frexp(largest);
        self.exponent += i64::from(exponent);
        for value in &mut self.right {
            value.re = libm::ldexp(value.re, -exponent);
            value.im = libm::ldexp(value.im, -exponent);
        }
        Some(())
    }

    /// The solution on one site of the last slice.
    fn solution(&self, row: usize) -> &[Number] {
        &self.right[self.order[row] * self.width..][..self.width]
    }
}

/// The larger part: within √2 of the absolute value, and it does not overflow.
fn magnitude(x: Number) -> f64 {
    let (re, im) = (x.re.abs(), x.im.abs());
    // A NaN stays one.
    if re >= im || re.is_nan() { re } else { im }
}

/// 1/x, without squares that overflow or vanish.
fn inverse(x: Number) -> Number {
    let scale = 1.0 / magnitude(x);
    let x = x * scale;
    let factor = scale / (x.re * x.re + x.im * x.im);
    Number::new(x.re * factor, -x.im * factor)
}

/// Two rows, the first to change.
fn two(rows: &mut [Number], columns: usize, to: usize, from: usize) -> (&mut [Number], &[Number]) {
    let (before, behind) = rows.split_at_mut(to.max(from) * columns);
    let near = &mut before[to.min(from) * columns..][..columns];
    let far = &mut behind[..columns];
    if to < from { (near, far) } else { (far, near) }
}

/// row −= factor·pivots.
fn subtract(row: &mut [Number], pivots: &[Number], factor: Number) {
    for (to, &from) in row.iter_mut().zip(pivots) {
        *to -= factor * from;
    }
}

#[cfg(test)]
mod tests {
    use landauer_core::transport::{Scattering, scattering_workspace_len};
    use landauer_core::{Concentration, DisorderModel, Ensemble};

    use super::*;

    fn elimination(width: usize, energy: f64) -> Elimination {
        Elimination::new(Lead::new(width, energy).unwrap())
    }

    fn by_recursion(width: usize, energy: f64, onsite: &[f64]) -> Result<f64, SolveError> {
        let mut workspace = vec![0.0; scattering_workspace_len(width)];
        let mut strip = Scattering::new(Lead::new(width, energy)?, &mut workspace)?;
        for slice in onsite.chunks_exact(width) {
            strip.push_slice(slice)?;
        }
        strip.transmission()
    }

    fn strip(model: DisorderModel, n: f64, seed: u64, sites: usize) -> Vec<f64> {
        let ensemble = Ensemble::new(model, Concentration::Fixed(n), 5).unwrap();
        let mut onsite = vec![0.0; sites];
        ensemble.sample(seed).fill_onsite(&mut onsite);
        onsite
    }

    #[test]
    fn one_site_has_its_closed_form_however_high() {
        for energy in [0.0, 0.3, -1.7] {
            let solver = elimination(1, energy);
            let band = 4.0 - energy * energy;
            for onsite in [0.0, 1e-3, -0.7, 5.0, 1e4, -1e16, 1e20, 1e100, 1e300] {
                let found = solver.transmission(&[onsite]).unwrap();
                // T = (4 − E²)/(4 − E² + ε²), whose logarithm does not overflow.
                let larger = onsite.abs().max(1.0);
                let rest = band / larger / larger + (onsite / larger) * (onsite / larger);
                let expected = (band / rest).ln() - 2.0 * larger.ln();
                let error = (found.ln() - expected).abs();
                assert!(
                    error < 1e-12,
                    "E = {energy}, {onsite}: {found:?} {expected}"
                );
            }
        }
    }

    #[test]
    fn it_agrees_with_the_recursion_where_that_is_accurate() {
        for (length, width, energy) in [(1, 3, 0.3), (2, 2, 0.0), (9, 4, -0.7), (12, 12, 0.18)] {
            let solver = elimination(width, energy);
            for number in 0..20 {
                for (model, n) in [
                    (DisorderModel::IV, 0.3),
                    (DisorderModel::AndersonBox { strength: 4.0 }, 0.0),
                ] {
                    let onsite = strip(model, n, number, length * width);
                    let found = solver.transmission(&onsite).unwrap().value();
                    let expected = by_recursion(width, energy, &onsite).unwrap();
                    let error = (found / expected - 1.0).abs();
                    assert!(error < 1e-11, "{length} x {width}, {number}: {error:e}");
                    let (_, eigenvalues, _) = solver.eigenvalues(&onsite).unwrap();
                    let sum: f64 = eigenvalues.iter().sum();
                    assert!((sum / expected - 1.0).abs() < 1e-11);
                    assert!(eigenvalues.is_sorted_by(|a, b| a >= b));
                }
            }
        }
    }

    #[test]
    fn through_walls_small_amplitudes_multiply() {
        // Two walls one behind the other divide T by the same factor as often as they are there.
        let solver = elimination(3, 0.3);
        let walls = |count: usize, height: f64| {
            let onsite = vec![height; 3 * count];
            solver.transmission(&onsite).unwrap().ln()
        };
        for height in [1e6_f64, 1e12, 1e50] {
            for count in [2, 3, 10] {
                let per_wall = walls(count + 1, height) - walls(count, height);
                let expected = -2.0 * height.ln();
                assert!((per_wall / expected - 1.0).abs() < 1e-6, "{height:e}");
            }
        }
    }

    #[test]
    fn a_site_between_walls_has_its_closed_form() {
        // ε, 0, ε at E = 0: G between the ends is 1/(d²·m), d = −ε + i, m = −2/d, so that
        // T = 4|G|² = |1/d|² = 1/(1 + ε²).
        let solver = elimination(1, 0.0);
        for height in [1e3_f64, 1e8, 1e11, 1e12, 1e16, 1e20, 1e100] {
            let found = solver.transmission(&[height, 0.0, height]).unwrap();
            let expected = -2.0 * height.ln() - (1.0 / height / height).ln_1p();
            assert!(
                (found.ln() - expected).abs() < 1e-11,
                "{height:e}: {found:?}"
            );
        }
        // Walls around one site of a wider strip, and walls of many heights.
        for (width, onsite) in [
            (3, vec![1e14, 1e14, 1e14, 1e14, 0.0, 1e14, 1e14, 1e14, 1e14]),
            (1, vec![1e6, 0.0, 0.0, 1e17, 0.0, 1e12]),
        ] {
            assert!(elimination(width, 0.0).transmission(&onsite).is_ok());
        }
    }

    #[test]
    fn a_band_edge_is_the_limit_of_what_is_beside_it() {
        // W = 2: one mode's band ends at E = 1.
        for number in 0..40 {
            let onsite = strip(DisorderModel::II, 0.1, number, 40);
            if onsite.iter().all(|&energy| energy == 0.0) {
                continue;
            }
            let at = |energy| {
                elimination(2, energy)
                    .transmission(&onsite)
                    .unwrap()
                    .value()
            };
            let edge = at(1.0);
            for step in [1e-10, 1e-12, 1e-14] {
                // T has a square root there.
                let allowed = 100.0 * f64::sqrt(step);
                for beside in [at(1.0 - step), at(1.0 + step)] {
                    assert!((beside - edge).abs() < allowed, "{number}: {beside} {edge}");
                }
            }
        }
    }

    #[test]
    fn what_has_no_greens_function_is_lost_and_not_wrong() {
        let lost = Err(SolveError::LostSolution { slices: 5 });
        assert_eq!(elimination(2, 1.0).transmission(&[0.0; 10]), lost);
        assert_eq!(elimination(5, 1.0).transmission(&[0.0; 25]), lost);
        // No mode, nothing to lose.
        let outside = elimination(2, 9.0).transmission(&[0.0; 10]);
        assert_eq!(outside, Ok(Scaled::ZERO));
    }
}
