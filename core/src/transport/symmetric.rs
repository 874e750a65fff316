//! Packed complex symmetric matrices in real arithmetic.
//!
//! Row i of the upper triangle (elements j = i … order − 1) follows row i − 1; the real parts of
//! all rows stand first, the imaginary parts after them. Both halves of a row are therefore
//! contiguous, and the loops over them are plain enough for a compiler to vectorise at any width.
//!
//! Every loop fixes its order of operations, so that neither the vector width nor the machine
//! changes a bit of the result: a row is cut into [blocks](for_each_block) of 8, 4 and 1 columns by
//! column number, the columns of each size of block have their own partial sums, and all of them
//! are added pairwise at the end. Cut by column number, the vectors that the rows share are always
//! read just as they were written, which a processor's store buffer needs.

// Everything here is compiled for the vector width of its caller (a host compiles the recursion
// once more for its widest vectors), which only inlining can do. Closures too: one that lands in
// another codegen unit would be called for every element.
#![allow(clippy::inline_always)]

use crate::scalar::Scalar;

/// Columns of a whole block.
const LANES: usize = 8;
/// Columns of a half block.
const HALF: usize = LANES / 2;

/// An operation on one block of `N` columns after another.
trait Visit {
    /// `at` counts from the beginning of the run.
    fn block<const N: usize>(&mut self, at: usize);
}

/// Cuts a run of `len` columns that begins with column number `start` into blocks of 8, 4 and 1:
/// whole blocks begin at multiples of 8, half blocks at multiples of 4.
#[inline(always)]
fn for_each_block(start: usize, len: usize, visitor: &mut impl Visit) {
    let mut at = 0;
    while at < len && !(start + at).is_multiple_of(HALF) {
        visitor.block::<1>(at);
        at += 1;
    }
    if !(start + at).is_multiple_of(LANES) && at + HALF <= len {
        visitor.block::<HALF>(at);
        at += HALF;
    }
    while at + LANES <= len {
        visitor.block::<LANES>(at);
        at += LANES;
    }
    if at + HALF <= len {
        visitor.block::<HALF>(at);
        at += HALF;
    }
    while at < len {
        visitor.block::<1>(at);
        at += 1;
    }
}

/// The `N` elements from `at` on; none, instead of a panic, where the slice is shorter.
#[inline(always)]
fn block<S, const N: usize>(slice: &[S], at: usize) -> Option<&[S; N]> {
    slice.get(at..at + N)?.first_chunk()
}

/// As [`block`], for changing.
#[inline(always)]
fn block_mut<S, const N: usize>(slice: &mut [S], at: usize) -> Option<&mut [S; N]> {
    slice.get_mut(at..at + N)?.first_chunk_mut()
}

/// The number of elements of the packed triangle, of each of its two parts.
pub(super) const fn packed_len(order: usize) -> usize {
    if order & 1 == 0 {
        (order / 2).saturating_mul(order.saturating_add(1))
    } else {
        order.saturating_mul(order / 2 + 1)
    }
}

/// Splits the first `count` elements off `rest`: fewer where there are fewer, never a panic.
#[inline(always)]
#[allow(clippy::mut_mut, reason = "a cursor that moves through the slice")]
pub(super) fn split_front<'a, S>(rest: &mut &'a mut [S], count: usize) -> &'a mut [S] {
    let all = core::mem::take(rest);
    let at = count.min(all.len());
    let (front, back) = all.split_at_mut(at);
    *rest = back;
    front
}

/// The elements before `at` and those from there on: fewer where there are fewer, never a panic.
#[inline(always)]
pub(super) fn split<S>(slice: &[S], at: usize) -> (&[S], &[S]) {
    slice.split_at(at.min(slice.len()))
}

/// As [`split`], for changing.
#[inline(always)]
pub(super) fn split_mut<S>(slice: &mut [S], at: usize) -> (&mut [S], &mut [S]) {
    let at = at.min(slice.len());
    slice.split_at_mut(at)
}

/// Whole lines of a given number of elements, one after the other. As `chunks_exact`, which would link a panic
/// wherever the compiler cannot see that the length is not 0.
#[inline(always)]
pub(crate) fn lines<S>(slice: &[S], len: usize) -> impl Iterator<Item = &[S]> {
    let mut rest = slice;
    core::iter::from_fn(move || {
        if len == 0 || rest.len() < len {
            return None;
        }
        let (line, behind) = split(rest, len);
        rest = behind;
        Some(line)
    })
}

/// As [`lines`], for changing.
#[inline(always)]
pub(super) fn lines_mut<S>(slice: &mut [S], len: usize) -> impl Iterator<Item = &mut [S]> {
    let mut rest = slice;
    core::iter::from_fn(move || {
        if len == 0 || rest.len() < len {
            return None;
        }
        Some(split_front(&mut rest, len))
    })
}

/// The product of two complex numbers.
#[inline(always)]
pub(super) fn product<S: Scalar>((a_re, a_im): (S, S), (b_re, b_im): (S, S)) -> (S, S) {
    (a_re * b_re - a_im * b_im, a_re * b_im + a_im * b_re)
}

/// A run of complex numbers in one row: real and imaginary parts apart, equally long.
pub(super) struct Run<'a, S> {
    pub(super) re: &'a mut [S],
    pub(super) im: &'a mut [S],
}

impl<S: Scalar> Run<'_, S> {
    /// Multiplies the run, from column number `start` on, by `factor`·`vector[column]`.
    #[inline(always)]
    pub(super) fn scale(&mut self, start: usize, factor: (S, S), vector: (&[S], &[S])) {
        let (row, behind) = ((&mut *self.re, &mut *self.im), behind(vector, start));
        let done = S::scale_front(row, factor, behind);
        self.update(
            start,
            done,
            vector,
            #[inline(always)]
            |re, im, v_re, v_im| product((re, im), product(factor, (v_re, v_im))),
        );
    }

    /// Multiplies the run, from column number `start` on, by `vector[column]`.
    #[inline(always)]
    pub(super) fn multiply(&mut self, start: usize, vector: (&[S], &[S])) {
        self.update(
            start,
            0,
            vector,
            #[inline(always)]
            |re, im, v_re, v_im| product((re, im), (v_re, v_im)),
        );
    }

    /// Adds `factor`·`vector[column]` to the run, from column number `start` on.
    #[inline(always)]
    pub(super) fn add_scaled(&mut self, start: usize, (f_re, f_im): (S, S), vector: (&[S], &[S])) {
        let (row, behind) = ((&mut *self.re, &mut *self.im), behind(vector, start));
        let done = S::add_scaled_front(row, (f_re, f_im), behind);
        self.update(
            start,
            done,
            vector,
            #[inline(always)]
            |re, im, v_re, v_im| {
                (
                    (re + f_re * v_re) - f_im * v_im,
                    (im + f_re * v_im) + f_im * v_re,
                )
            },
        );
    }

    /// Replaces each element but the first `done` by what `rule` makes of it and of the vector's
    /// element of its column.
    #[inline(always)]
    fn update<F: Fn(S, S, S, S) -> (S, S)>(
        &mut self,
        start: usize,
        done: usize,
        vector: (&[S], &[S]),
        rule: F,
    ) {
        let (v_re, v_im) = behind(vector, start + done);
        let re = self.re.get_mut(done..).unwrap_or_default();
        let im = self.im.get_mut(done..).unwrap_or_default();
        let len = re.len();
        for_each_block(
            start + done,
            len,
            &mut Update {
                re,
                im,
                v_re,
                v_im,
                rule,
            },
        );
    }
}

/// The elements from `start` on.
#[inline(always)]
fn behind<'a, S>((re, im): (&'a [S], &'a [S]), start: usize) -> (&'a [S], &'a [S]) {
    (
        re.get(start..).unwrap_or_default(),
        im.get(start..).unwrap_or_default(),
    )
}

/// See [`Run::update`].
struct Update<'a, S, F> {
    re: &'a mut [S],
    im: &'a mut [S],
    v_re: &'a [S],
    v_im: &'a [S],
    rule: F,
}

impl<S: Scalar, F: Fn(S, S, S, S) -> (S, S)> Visit for Update<'_, S, F> {
    #[inline(always)]
    fn block<const N: usize>(&mut self, at: usize) {
        if let Some(re) = block_mut::<S, N>(self.re, at)
            && let Some(im) = block_mut::<S, N>(self.im, at)
            && let Some(v_re) = block::<S, N>(self.v_re, at)
            && let Some(v_im) = block::<S, N>(self.v_im, at)
        {
            // All is read before anything is written: only so can a compiler use whole registers.
            let (old_re, old_im, v_re, v_im) = (*re, *im, *v_re, *v_im);
            let (mut new_re, mut new_im) = (old_re, old_im);
            for k in 0..N {
                (new_re[k], new_im[k]) = (self.rule)(old_re[k], old_im[k], v_re[k], v_im[k]);
            }
            (*re, *im) = (new_re, new_im);
        }
    }
}

/// The partial sums of a complex sum along a row: one for each column of a whole block, of a half
/// block, and of a single one.
struct PartialSums<S> {
    whole: [[S; LANES]; 2],
    half: [[S; HALF]; 2],
    single: [[S; 1]; 2],
}

impl<S: Scalar> PartialSums<S> {
    #[inline(always)]
    fn new() -> Self {
        Self {
            whole: [[S::ZERO; LANES]; 2],
            half: [[S::ZERO; HALF]; 2],
            single: [[S::ZERO; 1]; 2],
        }
    }

    /// Adds the products of a block.
    #[inline(always)]
    fn add<const N: usize>(&mut self, re: &[S; N], im: &[S; N], vector: &[S; N]) {
        let parts = [re, im];
        match N {
            LANES => add_products(&mut self.whole, parts, vector),
            HALF => add_products(&mut self.half, parts, vector),
            _ => add_products(&mut self.single, parts, vector),
        }
    }

    #[inline(always)]
    fn total(&self) -> (S, S) {
        let [re, im] = &self.whole;
        let ([half_re, half_im], [single_re, single_im]) = (&self.half, &self.single);
        (
            add_pairwise(re, half_re, single_re),
            add_pairwise(im, half_im, single_im),
        )
    }
}

#[inline(always)]
fn add_pairwise<S: Scalar>(whole: &[S; LANES], half: &[S; HALF], single: &[S; 1]) -> S {
    let mut s = [S::ZERO; HALF];
    for k in 0..HALF {
        s[k] = (whole[k] + whole[HALF + k]) + half[k];
    }
    ((s[0] + s[2]) + (s[1] + s[3])) + single[0]
}

/// Adds `parts`·`vector`, element by element; `M` is `N` wherever this is called.
#[inline(always)]
fn add_products<S: Scalar, const M: usize, const N: usize>(
    sums: &mut [[S; M]; 2],
    parts: [&[S; N]; 2],
    vector: &[S; N],
) {
    // Plain counting, no iterators: what the standard library does not mark for inlining would be
    // called for every block.
    let [re, im] = sums;
    let (mut new_re, mut new_im) = (*re, *im);
    for k in 0..if M < N { M } else { N } {
        new_re[k] += parts[0][k] * vector[k];
        new_im[k] += parts[1][k] * vector[k];
    }
    (*re, *im) = (new_re, new_im);
}

/// Σ_j (re_j + i·im_j)·v_j for a real vector v, as (real part, imaginary part); the first column
/// has number `start`.
#[inline(always)]
pub(super) fn real_dot<S: Scalar>(start: usize, re: &[S], im: &[S], vector: &[S]) -> (S, S) {
    let mut dot = Dot {
        re,
        im,
        vector,
        sums: PartialSums::new(),
    };
    for_each_block(start, vector.len(), &mut dot);
    dot.sums.total()
}

/// See [`real_dot`].
struct Dot<'a, S> {
    re: &'a [S],
    im: &'a [S],
    vector: &'a [S],
    sums: PartialSums<S>,
}

impl<S: Scalar> Visit for Dot<'_, S> {
    #[inline(always)]
    fn block<const N: usize>(&mut self, at: usize) {
        if let Some(re) = block::<S, N>(self.re, at)
            && let Some(im) = block::<S, N>(self.im, at)
            && let Some(vector) = block::<S, N>(self.vector, at)
        {
            self.sums.add(re, im, vector);
        }
    }
}

/// Σ_j |re_j + i·im_j|² over a run.
#[inline(always)]
pub(super) fn norm_squared<S: Scalar>(re: &[S], im: &[S]) -> S {
    real_dot(0, re, re, re).0 + real_dot(0, im, im, im).0
}

/// [`real_dot`] of a row with a vector, and on the same pass `a`·re_j is added to `first[j]` and
/// `b`·im_j to `second[j]`: the two uses that a symmetric product makes of an element off the
/// diagonal.
#[inline(always)]
pub(super) fn dot_and_add<S: Scalar>(
    start: usize,
    (re, im): (&[S], &[S]),
    vector: &[S],
    first: (S, &mut [S]),
    second: (S, &mut [S]),
) -> (S, S) {
    let (a, b) = ((first.0, &mut *first.1), (second.0, &mut *second.1));
    if let Some(sum) = S::dot_and_add(start, (re, im), vector, a, b) {
        return sum;
    }
    let dot = Dot {
        re,
        im,
        vector,
        sums: PartialSums::new(),
    };
    let mut both = DotAndAdd { dot, first, second };
    for_each_block(start, vector.len(), &mut both);
    both.dot.sums.total()
}

/// See [`dot_and_add`].
struct DotAndAdd<'a, S> {
    dot: Dot<'a, S>,
    first: (S, &'a mut [S]),
    second: (S, &'a mut [S]),
}

impl<S: Scalar> Visit for DotAndAdd<'_, S> {
    #[inline(always)]
    fn block<const N: usize>(&mut self, at: usize) {
        if let Some(re) = block::<S, N>(self.dot.re, at)
            && let Some(im) = block::<S, N>(self.dot.im, at)
            && let Some(vector) = block::<S, N>(self.dot.vector, at)
            && let Some(first) = block_mut::<S, N>(self.first.1, at)
            && let Some(second) = block_mut::<S, N>(self.second.1, at)
        {
            let (re, im, vector) = (*re, *im, *vector);
            self.dot.sums.add(&re, &im, &vector);
            let (mut new_first, mut new_second) = (*first, *second);
            for k in 0..N {
                new_first[k] += self.first.0 * re[k];
                new_second[k] += self.second.0 * im[k];
            }
            (*first, *second) = (new_first, new_second);
        }
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

    /// Notes the blocks that a run is cut into.
    struct Cuts([Option<(usize, usize)>; 16], usize);

    impl Visit for Cuts {
        fn block<const N: usize>(&mut self, at: usize) {
            self.0[self.1] = Some((at, N));
            self.1 += 1;
        }
    }

    #[test]
    fn runs_are_cut_by_column_number() {
        // Columns 3 … 22: 3 | 4–7 | 8–15 | 16–19 | 20 | 21 | 22.
        let mut cuts = Cuts([None; 16], 0);
        for_each_block(3, 20, &mut cuts);
        let expected = [(0, 1), (1, 4), (5, 8), (13, 4), (17, 1), (18, 1), (19, 1)];
        for (found, expected) in cuts.0.into_iter().zip(expected) {
            assert_eq!(found, Some(expected));
        }
        assert_eq!(cuts.1, expected.len());
    }

    #[test]
    fn every_cut_covers_its_run_once() {
        for start in 0..20 {
            for len in 0..40 {
                let mut cuts = Cuts([None; 16], 0);
                for_each_block(start, len, &mut cuts);
                let mut next = 0;
                for (at, count) in cuts.0.into_iter().flatten() {
                    assert_eq!(at, next);
                    assert!((start + at).is_multiple_of(count));
                    next += count;
                }
                assert_eq!(next, len);
            }
        }
    }

    #[test]
    fn products_agree_with_a_plain_loop() {
        let re: [f64; 29] = core::array::from_fn(|k| (k * k % 7) as f64 - 2.0);
        let im: [f64; 29] = core::array::from_fn(|k| (k * 5 % 11) as f64 - 4.0);
        let vector: [f64; 29] = core::array::from_fn(|k| (k * 3 % 13) as f64 - 6.0);
        let (mut first, mut second) = ([1.0; 29], [2.0; 29]);
        let dot = dot_and_add(
            5,
            (&re, &im),
            &vector,
            (3.0, &mut first),
            (-2.0, &mut second),
        );
        // All numbers are small integers: every order of addition gives the same.
        let mut expected = (0.0, 0.0);
        for k in 0..29 {
            expected = (
                expected.0 + re[k] * vector[k],
                expected.1 + im[k] * vector[k],
            );
            assert_eq!(first[k], 1.0 + 3.0 * re[k]);
            assert_eq!(second[k], 2.0 - 2.0 * im[k]);
        }
        assert_eq!(dot, expected);
        assert_eq!(real_dot(5, &re, &im, &vector), expected);
    }

    #[test]
    fn runs_follow_complex_arithmetic() {
        let (mut re, mut im) = ([1.0, 2.0], [3.0, -1.0]);
        let mut run = Run {
            re: &mut re,
            im: &mut im,
        };
        // (1+3i)·(2−i)·(1+i) and (2−i)·(2−i)·i; the vector's first element is another column's.
        run.scale(1, (2.0, -1.0), (&[9.0, 1.0, 0.0], &[9.0, 1.0, 1.0]));
        assert_eq!((re, im), ([0.0, 4.0], [10.0, 3.0]));
        let mut run = Run {
            re: &mut re,
            im: &mut im,
        };
        run.add_scaled(0, (0.0, 1.0), (&[1.0, 2.0], &[5.0, 0.0]));
        assert_eq!((re, im), ([-5.0, 4.0], [11.0, 5.0]));
        let mut run = Run {
            re: &mut re,
            im: &mut im,
        };
        run.multiply(0, (&[0.0, 1.0], &[1.0, 1.0]));
        assert_eq!((re, im), ([-11.0, -1.0], [-5.0, 9.0]));
    }
}
