//! Packed complex symmetric matrices in real arithmetic.
//!
//! Row i of the upper triangle (elements j = i … order − 1) follows row i − 1; the real parts of
//! all rows stand first, the imaginary parts after them. Both halves of a row are therefore
//! contiguous, and the loops over them are plain enough for a compiler to vectorise at any width.
//!
//! Every loop fixes its order of operations: sums run over [`LANES`] partial sums (element k of a
//! run goes to partial sum k mod `LANES`), which are added pairwise at the end. So neither the
//! vector width nor the machine changes a bit of the result.

use crate::scalar::Scalar;

/// How many partial sums a sum along a row has.
const LANES: usize = 8;

/// The number of elements of the packed triangle, of each of its two parts.
pub(super) const fn packed_len(order: usize) -> usize {
    if order % 2 == 0 {
        (order / 2).saturating_mul(order.saturating_add(1))
    } else {
        order.saturating_mul(order / 2 + 1)
    }
}

/// Splits the first `count` elements off `rest`: fewer where there are fewer, never a panic.
#[inline(always)]
#[allow(
    clippy::inline_always,
    reason = "must be compiled for the vector width of the caller; one caller each"
)]
pub(super) fn split_front<'a, S>(rest: &mut &'a mut [S], count: usize) -> &'a mut [S] {
    let all = core::mem::take(rest);
    let at = count.min(all.len());
    let (front, back) = all.split_at_mut(at);
    *rest = back;
    front
}

/// A run of complex numbers: real and imaginary parts apart, equally long.
pub(super) struct Run<'a, S> {
    pub(super) re: &'a mut [S],
    pub(super) im: &'a mut [S],
}

impl<S: Scalar> Run<'_, S> {
    /// Multiplies element j by `factor`·`vector[j]`.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "must be compiled for the vector width of the caller"
    )]
    pub(super) fn scale(&mut self, factor: (S, S), vector_re: &[S], vector_im: &[S]) {
        let (f_re, f_im) = factor;
        let vector = vector_re.iter().zip(vector_im);
        for ((re, im), (&v_re, &v_im)) in self.re.iter_mut().zip(&mut *self.im).zip(vector) {
            let p_re = f_re * v_re - f_im * v_im;
            let p_im = f_re * v_im + f_im * v_re;
            (*re, *im) = (*re * p_re - *im * p_im, *re * p_im + *im * p_re);
        }
    }

    /// Multiplies element j by `vector[j]`.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "must be compiled for the vector width of the caller"
    )]
    pub(super) fn multiply(&mut self, vector_re: &[S], vector_im: &[S]) {
        let vector = vector_re.iter().zip(vector_im);
        for ((re, im), (&v_re, &v_im)) in self.re.iter_mut().zip(&mut *self.im).zip(vector) {
            (*re, *im) = (*re * v_re - *im * v_im, *re * v_im + *im * v_re);
        }
    }

    /// Adds `factor`·`vector[j]` to element j.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "must be compiled for the vector width of the caller"
    )]
    pub(super) fn add_scaled(&mut self, factor: (S, S), vector_re: &[S], vector_im: &[S]) {
        let (f_re, f_im) = factor;
        let vector = vector_re.iter().zip(vector_im);
        for ((re, im), (&v_re, &v_im)) in self.re.iter_mut().zip(&mut *self.im).zip(vector) {
            *re = (*re + f_re * v_re) - f_im * v_im;
            *im = (*im + f_re * v_im) + f_im * v_re;
        }
    }
}

/// Σ_j (re_j + i·im_j)·v_j for a real vector v, as (real part, imaginary part).
#[inline(always)]
#[allow(
    clippy::inline_always,
    reason = "must be compiled for the vector width of the caller"
)]
pub(super) fn real_dot<S: Scalar>(re: &[S], im: &[S], vector: &[S]) -> (S, S) {
    let mut sums = [[S::ZERO; LANES]; 2];
    let (re, re_tail) = re.as_chunks::<LANES>();
    let (im, im_tail) = im.as_chunks::<LANES>();
    let (vector, vector_tail) = vector.as_chunks::<LANES>();
    for ((re, im), v) in re.iter().zip(im).zip(vector) {
        for lane in 0..LANES {
            sums[0][lane] += re[lane] * v[lane];
            sums[1][lane] += im[lane] * v[lane];
        }
    }
    let tail = re_tail.iter().zip(im_tail).zip(vector_tail);
    let [re_sums, im_sums] = &mut sums;
    for (((re, im), v), (re_sum, im_sum)) in tail.zip(re_sums.iter_mut().zip(im_sums)) {
        *re_sum += *re * *v;
        *im_sum += *im * *v;
    }
    (add_pairwise(sums[0]), add_pairwise(sums[1]))
}

#[inline(always)]
#[allow(
    clippy::inline_always,
    reason = "must be compiled for the vector width of the caller"
)]
fn add_pairwise<S: Scalar>(s: [S; LANES]) -> S {
    ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

/// Σ_j |re_j + i·im_j|² over a run.
#[inline(always)]
#[allow(
    clippy::inline_always,
    reason = "must be compiled for the vector width of the caller"
)]
pub(super) fn norm_squared<S: Scalar>(re: &[S], im: &[S]) -> S {
    real_dot(re, re, re).0 + real_dot(im, im, im).0
}

/// Adds `a`·re_j to `first[j]` and `b`·im_j to `second[j]`.
#[inline(always)]
#[allow(
    clippy::inline_always,
    reason = "must be compiled for the vector width of the caller"
)]
pub(super) fn add_real_multiples<S: Scalar>(
    (a, re, first): (S, &[S], &mut [S]),
    (b, im, second): (S, &[S], &mut [S]),
) {
    for (slot, &value) in first.iter_mut().zip(re) {
        *slot += a * value;
    }
    for (slot, &value) in second.iter_mut().zip(im) {
        *slot += b * value;
    }
}

/// Takes a packed matrix apart into its rows, from the first to the last.
pub(super) struct Rows<'a, S> {
    re: &'a mut [S],
    im: &'a mut [S],
    row: usize,
    order: usize,
}

impl<'a, S> Rows<'a, S> {
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "must be compiled for the vector width of the caller"
    )]
    pub(super) fn new(matrix: &'a mut [S], order: usize) -> Self {
        let mut im = matrix;
        let re = split_front(&mut im, packed_len(order));
        Self {
            re,
            im,
            row: 0,
            order,
        }
    }
}

impl<'a, S> Iterator for Rows<'a, S> {
    /// (i, elements j = i … order − 1 of row i).
    type Item = (usize, Run<'a, S>);

    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "must be compiled for the vector width of the caller"
    )]
    fn next(&mut self) -> Option<Self::Item> {
        let row = self.row;
        if row >= self.order {
            return None;
        }
        self.row = row + 1;
        let re = split_front(&mut self.re, self.order - row);
        let im = split_front(&mut self.im, self.order - row);
        Some((row, Run { re, im }))
    }
}

/// Where element (i, j) stands among the real parts, i and j in any order.
pub(super) const fn packed_index(order: usize, i: usize, j: usize) -> usize {
    let (row, column) = if i <= j { (i, j) } else { (j, i) };
    row * order - packed_len(row) + column
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_indices_count_the_upper_triangle() {
        let order = 5;
        let mut expected = 0;
        for i in 0..order {
            for j in i..order {
                assert_eq!(packed_index(order, i, j), expected);
                assert_eq!(packed_index(order, j, i), expected);
                expected += 1;
            }
        }
        assert_eq!(packed_len(order), expected);
    }

    #[test]
    fn sums_do_not_depend_on_how_long_the_vectors_are() {
        // 2^53 and 1 in different partial sums: the order of the additions shows.
        let mut values = [1.0_f64; 19];
        values[3] = 9_007_199_254_740_992.0;
        let ones = [1.0; 19];
        let (sum, _) = real_dot(&values, &values, &ones);
        let mut lanes = [0.0; LANES];
        for (k, value) in values.iter().enumerate() {
            lanes[k % LANES] += value;
        }
        assert_eq!(sum.to_bits(), add_pairwise(lanes).to_bits());
    }

    #[test]
    fn runs_follow_complex_arithmetic() {
        let (mut re, mut im) = ([1.0, 2.0], [3.0, -1.0]);
        let mut run = Run {
            re: &mut re,
            im: &mut im,
        };
        // (1+3i)·(2−i)·(1+i) and (2−i)·(2−i)·i.
        run.scale((2.0, -1.0), &[1.0, 0.0], &[1.0, 1.0]);
        assert_eq!((re, im), ([0.0, 4.0], [10.0, 3.0]));
        let mut run = Run {
            re: &mut re,
            im: &mut im,
        };
        run.add_scaled((0.0, 1.0), &[1.0, 2.0], &[5.0, 0.0]);
        assert_eq!((re, im), ([-5.0, 4.0], [11.0, 5.0]));
    }
}
