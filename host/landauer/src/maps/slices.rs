//! The slow way to maps: recursive Green's functions, slice by slice with pivoting, for what the fast way loses,
//! and to check it.
//!
//! The strip is closed from either lead, slice by slice: g_x = (E − H_x − g_{x±1})⁻¹ (D. J. Thouless and S. Kirkpatrick,
//! J. Phys. C 14, 235, 1981). From these follow the Green's function between each slice and either end, and within
//! each slice, and from them all maps.

use landauer_core::transport::Lead;
use num_complex::Complex;

use super::{Field, StripMaps};
use crate::solve::TransverseModes;
use crate::system::StripSize;

type Number = Complex<f64>;

const ZERO: Number = Number::new(0.0, 0.0);
const ONE: Number = Number::new(1.0, 0.0);

/// A square complex matrix, `[row][column]`.
#[derive(Clone)]
struct Square {
    side: usize,
    numbers: Vec<Number>,
}

impl Square {
    fn zero(side: usize) -> Self {
        Self {
            side,
            numbers: vec![ZERO; side * side],
        }
    }

    fn at(&self, row: usize, column: usize) -> Number {
        self.numbers[row * self.side + column]
    }

    fn row(&self, row: usize) -> &[Number] {
        &self.numbers[row * self.side..][..self.side]
    }

    fn times(&self, other: &Self) -> Self {
        let mut product = Self::zero(self.side);
        for (to, from) in { product.numbers.chunks_exact_mut(self.side) }
            .zip(self.numbers.chunks_exact(self.side))
        {
            for (&factor, row) in from.iter().zip(other.numbers.chunks_exact(self.side)) {
                for (to, &number) in to.iter_mut().zip(row) {
                    *to += factor * number;
                }
            }
        }
        product
    }

    fn minus(mut self, other: &Self) -> Self {
        for (to, &from) in self.numbers.iter_mut().zip(&other.numbers) {
            *to -= from;
        }
        self
    }

    fn plus(mut self, other: &Self) -> Self {
        for (to, &from) in self.numbers.iter_mut().zip(&other.numbers) {
            *to += from;
        }
        self
    }

    fn negative(mut self) -> Self {
        for number in &mut self.numbers {
            *number = -*number;
        }
        self
    }

    fn adjoint(&self) -> Self {
        let mut adjoint = Self::zero(self.side);
        for row in 0..self.side {
            for column in 0..self.side {
                adjoint.numbers[column * self.side + row] = self.at(row, column).conj();
            }
        }
        adjoint
    }

    /// Gauss and Jordan, with the largest pivot of each column.
    fn inverse(mut self) -> Self {
        let side = self.side;
        let mut inverse = Self::zero(side);
        for row in 0..side {
            inverse.numbers[row * side + row] = ONE;
        }
        for column in 0..side {
            let size = |row: &usize| self.at(*row, column).norm_sqr();
            let largest = (column..side).max_by(|one, other| size(one).total_cmp(&size(other)));
            let pivot = largest.unwrap_or(column);
            for matrix in [&mut self, &mut inverse] {
                for at in 0..side {
                    matrix.numbers.swap(column * side + at, pivot * side + at);
                }
            }
            let over = ONE / self.at(column, column);
            for matrix in [&mut self, &mut inverse] {
                for number in &mut matrix.numbers[column * side..][..side] {
                    *number *= over;
                }
            }
            for row in (0..side).filter(|&row| row != column) {
                let factor = self.at(row, column);
                for matrix in [&mut self, &mut inverse] {
                    for at in 0..side {
                        let taken = factor * matrix.at(column, at);
                        matrix.numbers[row * side + at] -= taken;
                    }
                }
            }
        }
        inverse
    }
}

/// A lead's Σ and Γ = −2 Im Σ.
fn self_energy(lead: Lead<f64>) -> [Square; 2] {
    let width = lead.width();
    let modes = TransverseModes::new(width);
    let mut sigma = Square::zero(width);
    for mode in 0..width {
        let (re, im) = lead.surface_factor(mode);
        let factor = Number::new(-re, -im);
        for row in 0..width {
            for column in 0..width {
                let product = modes.at(mode, row) * modes.at(mode, column);
                sigma.numbers[row * width + column] += factor * product;
            }
        }
    }
    let mut gamma = Square::zero(width);
    for (to, from) in gamma.numbers.iter_mut().zip(&sigma.numbers) {
        *to = Number::new(-2.0 * from.im, 0.0);
    }
    [sigma, gamma]
}

/// The maps of one strip, `[slice, row]`, at the energy of the leads.
pub(super) fn maps(
    size: StripSize,
    onsite: &[f64],
    lead: Lead<f64>,
    fields: &[Field],
) -> StripMaps {
    let (length, width) = (size.length(), size.width());
    let [sigma, gamma] = self_energy(lead);
    // E − H of each slice, with the leads' Σ at the ends.
    let slice = |slice: usize| {
        let mut matrix = Square::zero(width);
        for row in 0..width {
            let energy = lead.energy() - onsite[slice * width + row];
            matrix.numbers[row * width + row] = Number::new(energy, 0.0);
            if row > 0 {
                matrix.numbers[row * width + row - 1] = ONE;
                matrix.numbers[(row - 1) * width + row] = ONE;
            }
        }
        if slice == 0 {
            matrix = matrix.minus(&sigma);
        }
        if slice + 1 == length {
            matrix = matrix.minus(&sigma);
        }
        matrix
    };
    // Closed from the right, and from the left.
    let mut right: Vec<Square> = Vec::with_capacity(length);
    for number in (0..length).rev() {
        let open = slice(number);
        right.push(match right.last() {
            Some(behind) => open.minus(behind).inverse(),
            None => open.inverse(),
        });
    }
    right.reverse();
    let mut left: Vec<Square> = Vec::with_capacity(length);
    for number in 0..length {
        let open = slice(number);
        left.push(match left.last() {
            Some(before) => open.minus(before).inverse(),
            None => open.inverse(),
        });
    }
    // What is closed from the right at the first slice is closed from both sides. Neighbouring slices are
    // coupled by 1 in E − H.
    let mut to_left = vec![right[0].clone()];
    let mut within = vec![right[0].clone()];
    for number in 1..length {
        to_left.push(right[number].times(&to_left[number - 1]).negative());
        let through = right[number]
            .times(&within[number - 1])
            .times(&right[number]);
        within.push(right[number].clone().plus(&through));
    }
    let mut to_right = vec![left[length - 1].clone()];
    for number in (0..length - 1).rev() {
        let next = &to_right[to_right.len() - 1];
        to_right.push(left[number].times(next).negative());
    }
    to_right.reverse();
    let from_left: Vec<Square> = to_left.iter().map(|green| green.times(&gamma)).collect();
    // Γ_R G_RL, at the first slice's columns.
    let arrived = gamma.times(&to_left[length - 1]);
    let transmission = dot(&arrived, &from_left[length - 1]);
    let of_sites = |value: &dyn Fn(usize, usize) -> f64| {
        let sites = (0..length).flat_map(|slice| (0..width).map(move |row| (slice, row)));
        sites
            .map(|(slice, row)| value(slice, row))
            .collect::<Vec<f64>>()
    };
    let two_pi = 2.0 * std::f64::consts::PI;
    let mut found = StripMaps::new(transmission);
    for &field in fields {
        match field {
            Field::Ldos => found.put(
                field,
                of_sites(&|slice, row| -within[slice].at(row, row).im / std::f64::consts::PI),
            ),
            Field::DensityLeft => found.put(
                field,
                of_sites(&|slice, row| {
                    product(from_left[slice].row(row), to_left[slice].row(row)).re / two_pi
                }),
            ),
            Field::DensityRight => {
                let from_right: Vec<Square> =
                    to_right.iter().map(|green| green.times(&gamma)).collect();
                found.put(
                    field,
                    of_sites(&|slice, row| {
                        product(from_right[slice].row(row), to_right[slice].row(row)).re / two_pi
                    }),
                );
            }
            Field::Current => {
                let current = |slice: usize, row: usize, next: usize, beside: usize| {
                    -2.0 * product(from_left[slice].row(row), to_left[next].row(beside)).im
                };
                let along = (0..length - 1)
                    .flat_map(|slice| (0..width).map(move |row| (slice, row)))
                    .map(|(slice, row)| current(slice, row, slice + 1, row));
                let across = (0..length)
                    .flat_map(|slice| (0..width - 1).map(move |row| (slice, row)))
                    .map(|(slice, row)| current(slice, row, slice, row + 1));
                found.put_current(along.collect(), across.collect());
            }
            Field::Gradient => {
                let back = gamma.times(&to_left[length - 1].adjoint().times(&gamma));
                // G_LR† = (G_RL†)ᵀ: G is symmetric, and so is Γ.
                let back = transpose(&back);
                let states: Vec<Square> = to_right.iter().map(|green| green.times(&back)).collect();
                found.put(
                    field,
                    of_sites(&|slice, row| {
                        let to = to_left[slice].row(row);
                        2.0 * { states[slice].row(row).iter().zip(to) }
                            .map(|(one, other)| (one * other).re)
                            .sum::<f64>()
                    }),
                );
            }
        }
    }
    found
}

fn transpose(matrix: &Square) -> Square {
    let mut transposed = matrix.adjoint();
    for number in &mut transposed.numbers {
        *number = number.conj();
    }
    transposed
}

/// Σ a · conj(b).
fn product(a: &[Number], b: &[Number]) -> Number {
    a.iter().zip(b).map(|(a, b)| a * b.conj()).sum()
}

/// Tr of a b†.
fn dot(a: &Square, b: &Square) -> f64 {
    product(&a.numbers, &b.numbers).re
}
