//! The slow way to maps: recursive Green's functions, slice by slice with pivoting, for what the fast way loses,
//! and to check it.
//!
//! The strip is closed from either lead, slice by slice: g_x = (E − H_x − g_{x±1})⁻¹ (D. J. Thouless and S. Kirkpatrick,
//! J. Phys. C 14, 235, 1981). From these follow the Green's function between each slice and either end, and within
//! each slice, and from them all maps.

use std::f64::consts::PI;

use landauer_core::transport::Lead;
use num_complex::Complex;

use super::Field;
use super::strip_maps::StripMaps;
use crate::solve::self_energy;
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
fn sigma_and_gamma(lead: Lead<f64>) -> [Square; 2] {
    let (shift, drain) = self_energy(lead);
    let sigma = shift
        .iter()
        .zip(&drain)
        .map(|(re, im)| -Number::new(*re, *im));
    let gamma = drain.iter().map(|im| Number::new(2.0 * im, 0.0));
    [sigma.collect(), gamma.collect()].map(|numbers| Square {
        side: lead.width(),
        numbers,
    })
}

/// The maps of one strip, `[slice, row]`, at the energy of the leads.
pub(super) fn maps(
    size: StripSize,
    onsite: &[f64],
    lead: Lead<f64>,
    fields: &[Field],
) -> StripMaps {
    Green::new(size, onsite, lead).maps(fields)
}

/// The Green's function between each slice and the ends, and within each slice.
struct Green {
    size: StripSize,
    /// Γ of a lead.
    gamma: Square,
    /// Between each slice and the first.
    to_left: Vec<Square>,
    /// Between each slice and the last.
    to_right: Vec<Square>,
    within: Vec<Square>,
}

impl Green {
    fn new(size: StripSize, onsite: &[f64], lead: Lead<f64>) -> Self {
        let length = size.length();
        let [sigma, gamma] = sigma_and_gamma(lead);
        let slice = |number: usize| {
            let width = size.width();
            let onsite = &onsite[number * width..][..width];
            // The leads' Σ at the ends.
            let ends = [number == 0, number + 1 == length];
            let leads = ends.into_iter().filter(|is_end| *is_end);
            leads.fold(alone(onsite, lead.energy()), |slice, _| slice.minus(&sigma))
        };
        // Closed from the right, and from the left.
        let mut right = closed((0..length).rev().map(slice));
        right.reverse();
        let left = closed((0..length).map(slice));
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
        Self {
            size,
            gamma,
            to_left,
            to_right,
            within,
        }
    }

    fn maps(&self, fields: &[Field]) -> StripMaps {
        let last = self.size.length() - 1;
        let from_left: Vec<Square> = self
            .to_left
            .iter()
            .map(|green| green.times(&self.gamma))
            .collect();
        // Tr[Γ_R G_RL Γ_L G_RL†].
        let arrived = self.gamma.times(&self.to_left[last]);
        let mut found = StripMaps::new(product(&arrived.numbers, &from_left[last].numbers).re);
        for &field in fields {
            let values = match field {
                Field::Ldos => self.of_sites(|slice, row| -self.within[slice].at(row, row).im / PI),
                Field::DensityLeft => self.of_sites(|slice, row| {
                    product(from_left[slice].row(row), self.to_left[slice].row(row)).re / (2.0 * PI)
                }),
                Field::DensityRight => self.of_sites(|slice, row| {
                    // One row of G_iR Γ_R at a time.
                    let to = self.to_right[slice].row(row);
                    let sums = (0..to.len()).map(|column| {
                        let gamma = self.gamma.row(column);
                        product(to, gamma) * to[column].conj()
                    });
                    sums.sum::<Number>().re / (2.0 * PI)
                }),
                Field::Current => {
                    let [along, across] = self.current(&from_left);
                    found.put_current(along, across);
                    continue;
                }
                Field::Gradient => self.gradient(),
            };
            found.put(field, values);
        }
        found
    }

    /// A value of every slice and row.
    fn of_sites(&self, value: impl Fn(usize, usize) -> f64) -> Vec<f64> {
        let width = self.size.width();
        let sites = 0..self.size.sites();
        sites
            .map(|site| value(site / width, site % width))
            .collect()
    }

    /// To the next slice, and to the next row.
    fn current(&self, from_left: &[Square]) -> [Vec<f64>; 2] {
        let (length, width) = (self.size.length(), self.size.width());
        let current = |[slice, row]: [usize; 2], [next, beside]: [usize; 2]| {
            -2.0 * product(from_left[slice].row(row), self.to_left[next].row(beside)).im
        };
        let along = (0..(length - 1) * width).map(|bond| {
            let (slice, row) = (bond / width, bond % width);
            current([slice, row], [slice + 1, row])
        });
        let across = (0..length * (width - 1)).map(|bond| {
            let (slice, row) = (bond / (width - 1), bond % (width - 1));
            current([slice, row], [slice, row + 1])
        });
        [along.collect(), across.collect()]
    }

    fn gradient(&self) -> Vec<f64> {
        let last = self.size.length() - 1;
        // Γ_R G_LR† Γ_L; G and Γ are their own transposes, so that G_LR† is G_RL's conjugate.
        let back = self
            .gamma
            .times(&self.to_left[last].adjoint().times(&self.gamma));
        let back = transpose(&back);
        let states: Vec<Square> = self
            .to_right
            .iter()
            .map(|green| green.times(&back))
            .collect();
        self.of_sites(|slice, row| {
            let to = self.to_left[slice].row(row);
            let terms = states[slice].row(row).iter().zip(to);
            2.0 * terms.map(|(one, other)| (one * other).re).sum::<f64>()
        })
    }
}

/// E − H of a slice without leads.
fn alone(onsite: &[f64], energy: f64) -> Square {
    let width = onsite.len();
    let mut matrix = Square::zero(width);
    for (row, onsite) in onsite.iter().enumerate() {
        matrix.numbers[row * width + row] = Number::new(energy - onsite, 0.0);
        if row > 0 {
            matrix.numbers[row * width + row - 1] = ONE;
            matrix.numbers[(row - 1) * width + row] = ONE;
        }
    }
    matrix
}

/// The Green's function of each slice with those before it.
fn closed(slices: impl Iterator<Item = Square>) -> Vec<Square> {
    let mut closed: Vec<Square> = Vec::new();
    for open in slices {
        closed.push(match closed.last() {
            Some(before) => open.minus(before).inverse(),
            None => open.inverse(),
        });
    }
    closed
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
