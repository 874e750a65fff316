//! The packed symmetric matrix of words that holds r, two rows at a time.
//!
//! Rows 2I and 2I + 1 stand together: first the three words of the diagonal block, (2I, 2I),
//! (2I, 2I + 1) and (2I + 1, 2I + 1), then for every further column the word of either row. So one
//! pass along a column vector serves two rows, and every word of the triangle is read once for both
//! of its places. The last row of an odd order stands alone: one word.

use core::ops::Range;

use super::complex::{multiply_add, pack, saturating_add, squared_modulus};

/// What a mode needs while r is multiplied by a vector: the vector's word, and the sums of the real
/// and of the imaginary parts that the other modes add to this one.
pub(super) type Column = [i32; 3];

/// Two rows, or the last one.
pub(super) enum Rows<'a> {
    /// Two rows.
    Two {
        /// Row, row and column: (0, 0), (0, 1), (1, 1).
        diagonal: &'a mut [i32; 3],
        /// Both rows' words in the columns behind.
        behind: &'a mut [[i32; 2]],
    },
    /// The last row of an odd order.
    Last(&'a mut i32),
}

/// Takes the matrix apart into pairs of rows, from the first to the last.
pub(super) struct Pairs<'a> {
    rest: &'a mut [i32],
    order: usize,
}

impl<'a> Pairs<'a> {
    pub(super) fn new(matrix: &'a mut [i32], order: usize) -> Self {
        Self {
            rest: matrix,
            order,
        }
    }
}

impl Pairs<'_> {
    /// Leaves out the first pairs.
    fn leave_out(&mut self, pairs: usize) {
        let start = position(self.order, 2 * pairs, 2 * pairs);
        self.rest = core::mem::take(&mut self.rest)
            .get_mut(start..)
            .unwrap_or_default();
        self.order = self.order.saturating_sub(2 * pairs);
    }
}

/// Where the word of r_ij stands, i and j in any order.
pub(super) const fn position(order: usize, i: usize, j: usize) -> usize {
    let (row, column) = if i <= j { (i, j) } else { (j, i) };
    let pair = row / 2;
    let start = pair * (2 * order + 1 - 2 * pair);
    if column < 2 * pair + 2 {
        start + (row - 2 * pair) + (column - 2 * pair)
    } else {
        start + 3 + 2 * (column - 2 * pair - 2) + (row - 2 * pair)
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = Rows<'a>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let rest = core::mem::take(&mut self.rest);
        let Some(behind) = self.order.checked_sub(2) else {
            self.order = 0;
            return rest.first_mut().map(Rows::Last);
        };
        let (diagonal, rest) = rest.split_first_chunk_mut()?;
        let (both, rest) = rest.split_at_mut_checked(2 * behind)?;
        (self.rest, self.order) = (rest, behind);
        let (behind, _) = both.as_chunks_mut();
        Some(Rows::Two { diagonal, behind })
    }
}

/// Adds r·v to the columns' sums, v being the columns' words.
pub(super) fn multiply(matrix: &mut [i32], columns: &mut [Column]) {
    #[cfg(landauer_dsp)]
    let done = super::super::dsp::multiply(matrix, columns);
    #[cfg(not(landauer_dsp))]
    let done = 0;
    let order = columns.len();
    let mut rows = Pairs::new(matrix, order);
    rows.leave_out(done);
    let mut columns = columns.get_mut(2 * done..).unwrap_or_default();
    for rows in rows {
        match rows {
            Rows::Two { diagonal, behind } => {
                let Some(([first, second], rest)) = columns.split_first_chunk_mut() else {
                    return;
                };
                let [r_00, r_01, r_11] = *diagonal;
                let vector = [first[0], second[0]];
                let sums = multiply_two(behind, rest, vector);
                let sum = multiply_add(r_00, vector[0], multiply_add(r_01, vector[1], sums[0]));
                add(first, sum);
                let sum = multiply_add(r_01, vector[0], multiply_add(r_11, vector[1], sums[1]));
                add(second, sum);
                columns = rest;
            }
            Rows::Last(r) => {
                if let Some(column) = columns.first_mut() {
                    add(column, multiply_add(*r, column[0], [0, 0]));
                }
                return;
            }
        }
    }
}

#[inline]
fn add(column: &mut Column, sum: [i32; 2]) {
    column[1] = column[1].wrapping_add(sum[0]);
    column[2] = column[2].wrapping_add(sum[1]);
}

/// Σ_j r_ij v_j of both rows over the columns, and on the same pass Σ_i r_ij v_i (`vector`) is added
/// to the columns' own sums.
#[inline]
fn multiply_two(behind: &[[i32; 2]], columns: &mut [Column], vector: [i32; 2]) -> [[i32; 2]; 2] {
    let mut sums = [[0; 2]; 2];
    for (&[r_0, r_1], [word, real, imaginary]) in behind.iter().zip(columns) {
        sums[0] = multiply_add(r_0, *word, sums[0]);
        sums[1] = multiply_add(r_1, *word, sums[1]);
        let sum = multiply_add(r_0, vector[0], [*real, *imaginary]);
        [*real, *imaginary] = multiply_add(r_1, vector[1], sum);
    }
    sums
}

/// Adds a_i·g_j + b_i·h_j to every r_ij, i ≤ j, in units of 2^-16 of r's, rounded once and saturated.
/// `pairs` are (g_j, h_j), and `factors` (a_i, b_i).
pub(super) fn add_outer(matrix: &mut [i32], pairs: &[[i32; 2]], factors: &[[i32; 2]]) {
    #[cfg(landauer_dsp)]
    let done = super::super::dsp::add_outer(matrix, pairs, factors);
    #[cfg(not(landauer_dsp))]
    let done = 0;
    let mut rows = Pairs::new(matrix, pairs.len());
    rows.leave_out(done);
    let mut pairs = pairs.get(2 * done..).unwrap_or_default();
    let mut factors = factors.get(2 * done..).unwrap_or_default();
    for rows in rows {
        match rows {
            Rows::Two { diagonal, behind } => {
                let Some((&[first, second], rest)) = pairs.split_first_chunk() else {
                    return;
                };
                let Some((&[a, b], other_factors)) = factors.split_first_chunk() else {
                    return;
                };
                let [r_00, r_01, r_11] = *diagonal;
                *diagonal = [
                    add_products(r_00, a, first),
                    add_products(r_01, a, second),
                    add_products(r_11, b, second),
                ];
                for ([r_0, r_1], &pair) in behind.iter_mut().zip(rest) {
                    *r_0 = add_products(*r_0, a, pair);
                    *r_1 = add_products(*r_1, b, pair);
                }
                (pairs, factors) = (rest, other_factors);
            }
            Rows::Last(r) => {
                if let (Some(&pair), Some(&factor)) = (pairs.first(), factors.first()) {
                    *r = add_products(*r, factor, pair);
                }
                return;
            }
        }
    }
}

/// r + (a_0·b_0 + a_1·b_1)/2^16, the sum of products rounded half up and all of it saturated.
#[inline]
fn add_products(r: i32, a: [i32; 2], b: [i32; 2]) -> i32 {
    let sum = multiply_add(a[1], b[1], multiply_add(a[0], b[0], [1 << 15; 2]));
    saturating_add(r, pack(sum[0] >> 16, sum[1] >> 16))
}

/// Adds Σ_j |r_ij|² over the propagating modes j, in units of r's squared, to each propagating mode i's sum; sums
/// saturate.
pub(super) fn add_probabilities(matrix: &mut [i32], open: &Range<usize>, sums: &mut [i32]) {
    let mut sums = sums;
    let order = sums.len();
    let mut row = 0;
    for rows in Pairs::new(matrix, order) {
        match rows {
            Rows::Two { diagonal, behind } => {
                let Some(([first, second], rest)) = sums.split_first_chunk_mut() else {
                    return;
                };
                let [first_open, second_open] = [open.contains(&row), open.contains(&(row + 1))];
                let [r_00, r_01, r_11] = diagonal.map(squared_modulus);
                let add = |sum: &mut i32, value: i32, open: bool| {
                    *sum = sum.saturating_add(if open { value } else { 0 });
                };
                add(first, r_00, first_open);
                add(first, r_01, second_open);
                add(second, r_01, first_open);
                add(second, r_11, second_open);
                row += 2;
                for (mode, (pair, sum)) in (row..).zip(behind.iter().zip(rest.iter_mut())) {
                    let is_open = open.contains(&mode);
                    let [r_0, r_1] = pair.map(squared_modulus);
                    add(sum, r_0, first_open);
                    add(sum, r_1, second_open);
                    add(first, r_0, is_open);
                    add(second, r_1, is_open);
                }
                sums = rest;
            }
            Rows::Last(r) => {
                if let Some(sum) = sums.first_mut() {
                    *sum = sum.saturating_add(squared_modulus(*r));
                }
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::complex::{im, re};
    use super::*;

    const MOST: usize = 9;

    /// Small complex numbers in no order.
    fn number(seed: usize) -> i32 {
        let part = |k: usize| i32::try_from(k % 201).unwrap() - 100;
        pack(part(seed * 37 + 11), part(seed * 53 + 7))
    }

    fn matrix(order: usize) -> [i32; MOST * (MOST + 1) / 2] {
        let mut matrix = [0; MOST * (MOST + 1) / 2];
        for i in 0..order {
            for j in i..order {
                matrix[position(order, i, j)] = number(i * MOST + j);
            }
        }
        matrix
    }

    #[test]
    fn positions_count_all_words_once() {
        for order in 1..=MOST {
            let len = order * (order + 1) / 2;
            let mut seen = [false; MOST * (MOST + 1) / 2];
            for i in 0..order {
                for j in i..order {
                    assert_eq!(position(order, i, j), position(order, j, i));
                    assert!(!core::mem::replace(&mut seen[position(order, i, j)], true));
                }
            }
            assert!(seen[..len].iter().all(|&seen| seen));
        }
    }

    #[test]
    fn products_use_every_word_in_both_places() {
        for order in 1..=MOST {
            let mut matrix = matrix(order);
            let mut columns = [[0; 3]; MOST];
            for (j, column) in columns.iter_mut().enumerate() {
                *column = [number(j + 500), 1000, -2000];
            }
            let mut expected = columns;
            for i in 0..order {
                for j in 0..order {
                    let r = matrix[position(order, i, j)];
                    let sum = [expected[i][1], expected[i][2]];
                    [expected[i][1], expected[i][2]] = multiply_add(r, columns[j][0], sum);
                }
            }
            let len = order * (order + 1) / 2;
            multiply(&mut matrix[..len], &mut columns[..order]);
            assert_eq!(columns, expected, "order {order}");
        }
    }

    #[test]
    fn outer_products_are_added_with_one_rounding() {
        for order in 1..=MOST {
            let before = matrix(order);
            let mut matrix = before;
            let pairs: [[i32; 2]; MOST] = core::array::from_fn(|j| [number(j), number(j + 90)]);
            let factors: [[i32; 2]; MOST] =
                core::array::from_fn(|j| [number(3 * j) << 1 & !0x1_0001, number(j + 40)]);
            let len = order * (order + 1) / 2;
            add_outer(&mut matrix[..len], &pairs[..order], &factors[..order]);
            for (i, &[a, b]) in factors.iter().enumerate().take(order) {
                for (j, &[g, h]) in pairs.iter().enumerate().take(order).skip(i) {
                    let at = position(order, i, j);
                    let product = |x: i32, y: i32| {
                        let ((x, x_im), (y, y_im)) = ((re(x), im(x)), (re(y), im(y)));
                        [x * y - x_im * y_im, x * y_im + x_im * y]
                    };
                    let [[first, first_im], [second, second_im]] = [product(a, g), product(b, h)];
                    let rounded = |x: i32| (x + 32_768).div_euclid(65_536);
                    let real = re(before[at]) + rounded(first + second);
                    let imaginary = im(before[at]) + rounded(first_im + second_im);
                    assert_eq!(matrix[at], pack(real, imaginary), "order {order}: {i}, {j}");
                }
            }
        }
    }

    #[test]
    fn probabilities_leave_closed_modes_out() {
        for order in 1..=MOST {
            let open = 1.min(order - 1)..order;
            let mut matrix = matrix(order);
            let mut sums = [0; MOST];
            let len = order * (order + 1) / 2;
            add_probabilities(&mut matrix[..len], &open, &mut sums[..order]);
            for i in open.clone() {
                let words = open.clone().map(|j| matrix[position(order, i, j)]);
                assert_eq!(sums[i], words.map(squared_modulus).sum::<i32>());
            }
        }
    }
}
