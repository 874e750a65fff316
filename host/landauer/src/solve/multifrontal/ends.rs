//! What is transmitted between the ends.
//!
//! The ends are clean slices of the leads, of surface Green's function 1/(E − ε_j − Σ_j) = −exp(ik_j) in transverse
//! mode j. What couples them is then
//!
//! ```text
//! K = S − diag(exp(−ik))      Im K = diag(sin k) over the propagating modes, 0 elsewhere
//! ```
//!
//! with the real S that the elimination of the strip has left. What does not propagate, and what has been delayed, is
//! eliminated in real arithmetic as well. Then come, complex, the right end's propagating modes and the left end's, and
//! with G = K⁻¹ between them (D. S. Fisher and P. A. Lee, Phys. Rev. B 23, 6851, 1981)
//!
//! ```text
//! t_ij = 2 √(sin k_i sin k_j) G_ij (right, left)      r_ij = 2i √(sin k_i sin k_j) G_ij (left, left) − δ_ij
//! ```
//!
//! up to phases. T = Σ|t_ij|² is made of products of what crosses the strip, so that it keeps its digits however small
//! it is; nothing is subtracted. G is had by elimination too, without substitutions: K is given rows of the identity for
//! the modes whose columns of G are wanted, and what the elimination of K leaves there is −G.

use pulp::Arch;

use super::elimination::{Shape, Workspace, eliminate};
use super::interior::{Update, rest};
use super::matrix::Matrix;
use super::modes::{Ends, Leads};
use crate::solve::Stop;
use crate::statistics::Scaled;
use crate::system::StripSize;

/// What is found of a strip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    pub(super) transmission: Scaled,
    pub(super) reflection: f64,
    /// By how much the check misses what it should be, relative to the largest number of all.
    pub(super) missed: f64,
    /// By how much what crosses the strip in all modes is larger than what is left of it in propagating ones.
    pub(super) evanescent: f64,
    /// The largest |G_ij| of those modes, real or imaginary part.
    pub(super) amplitude: f64,
}

/// Why nothing is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// It was not wanted any more.
    Stopped,
    /// No pivot is left.
    Singular,
}

/// T and R of a strip.
pub(super) fn transmit(
    arch: Arch,
    leads: &Leads,
    size: StripSize,
    update: Update,
    stop: Stop<'_>,
) -> Result<Found, Lost> {
    let go_on = || if stop() { Err(Lost::Stopped) } else { Ok(()) };
    let mut ends = Ends::new(arch, leads, size, update);
    go_on()?;
    let shape = Shape {
        candidates: ends.candidates,
        tested: ends.matrix.columns,
    };
    let eliminated = eliminate(
        arch,
        &mut ends.matrix,
        shape,
        &mut ends.weights,
        &mut Workspace::default(),
    );
    let real = rest(&ends.matrix, eliminated);
    let delayed = ends.candidates - eliminated;
    let missed = missed(&real, &ends.weights[eliminated..]);
    let sines = leads.sines();
    let mut left = 0.0_f64;
    for column in delayed..delayed + sines.len() {
        let crossing = &real.column(0, column)[delayed + sines.len()..real.columns];
        left = crossing.iter().fold(left, |most, x| most.max(x.abs()));
    }
    let crossing = ends.crossing;
    drop(ends);
    go_on()?;
    let folded = fold_right(arch, &sines, delayed, &real);
    drop(real);
    go_on()?;
    let greens = solve_left(arch, &sines, folded).ok_or(Lost::Singular)?;
    let (transmission, amplitude) = transmission(&sines, &greens);
    Ok(Found {
        transmission,
        amplitude,
        reflection: reflection(&sines, &greens),
        missed,
        // What has been delayed may carry it all, which shows in the amplitude alone.
        evanescent: crossing
            / if delayed == 0 {
                left
            } else {
                left.max(amplitude)
            },
    })
}

/// By how much the check, the last row, misses what it should be.
fn missed(matrix: &Matrix<1>, weights: &[f64]) -> f64 {
    let count = matrix.columns;
    let mut sums = vec![0.0; count];
    let mut largest = 1.0_f64;
    for (number, &weight) in weights.iter().enumerate() {
        let column = matrix.column(0, number);
        sums[number] += column[number] * weight;
        largest = largest.max(column[number].abs());
        let mut sum = 0.0;
        for row in number + 1..count {
            sums[row] += column[row] * weight;
            sum += column[row] * weights[row];
            largest = largest.max(column[row].abs());
        }
        sums[number] += sum;
    }
    let checks = (0..count).map(|number| matrix.column(0, number)[count]);
    let missed = checks.zip(sums).map(|(check, sum)| (check - sum).abs());
    // A NaN must not be lost in a maximum.
    let worse = |most: f64, missed: f64| {
        if most.is_nan() || missed <= most {
            most
        } else {
            missed
        }
    };
    missed.fold(0.0, worse) / largest
}

/// K and rows of the identity, after some eliminations.
struct Folded {
    matrix: Matrix<2>,
    eliminated: usize,
    /// Those that are left over before the left end's modes.
    delayed: usize,
}

/// Attaches the leads and eliminates the right end. The rows are the left end's, and, of the identity, the right end's.
fn fold_right(arch: Arch, sines: &[f64], delayed: usize, real: &Matrix<1>) -> Folded {
    let modes = sines.len();
    let mut matrix = Matrix::<2>::zeros(real.columns + modes, real.columns);
    for column in 0..real.columns {
        let to = &mut matrix.column_mut(0, column)[column..real.columns];
        to.copy_from_slice(&real.column(0, column)[column..real.columns]);
    }
    for (mode, &sine) in sines.iter().enumerate() {
        for unknown in [delayed + mode, delayed + modes + mode] {
            matrix.column_mut(1, unknown)[unknown] = sine;
        }
        matrix.column_mut(0, delayed + mode)[real.columns + mode] = 1.0;
    }
    let shape = Shape {
        candidates: delayed + modes,
        tested: real.columns,
    };
    let eliminated = eliminate_all(arch, &mut matrix, shape);
    Folded {
        delayed: shape.candidates - eliminated,
        matrix,
        eliminated,
    }
}

fn eliminate_all(arch: Arch, matrix: &mut Matrix<2>, shape: Shape) -> usize {
    let mut weights = vec![0.0; shape.candidates];
    let mut workspace = Workspace::default();
    eliminate(arch, matrix, shape, &mut weights, &mut workspace)
}

/// −G: columns of the left end's modes, rows of the left end's and then of the right end's. `None` if it is singular.
fn solve_left(arch: Arch, sines: &[f64], folded: Folded) -> Option<Matrix<2>> {
    let modes = sines.len();
    let Folded {
        matrix: from,
        eliminated,
        delayed,
    } = folded;
    let left = delayed + modes;
    let mut matrix = Matrix::<2>::zeros(left + 2 * modes, left + modes);
    for plane in 0..2 {
        for column in 0..left {
            let from = &from.column(plane, eliminated + column)[eliminated..];
            let to = matrix.column_mut(plane, column);
            to[column..left].copy_from_slice(&from[column..left]);
            to[left + modes..].copy_from_slice(&from[left..]);
        }
    }
    drop(from);
    for mode in 0..modes {
        matrix.column_mut(0, delayed + mode)[left + mode] = 1.0;
    }
    let shape = Shape {
        candidates: left,
        tested: left,
    };
    if eliminate_all(arch, &mut matrix, shape) < left {
        return None;
    }
    let mut greens = Matrix::<2>::zeros(2 * modes, modes);
    for plane in 0..2 {
        for mode in 0..modes {
            let from = &matrix.column(plane, left + mode)[left + mode..];
            greens.column_mut(plane, mode)[mode..].copy_from_slice(from);
        }
    }
    Some(greens)
}

/// T, and the largest |G_ij|, real or imaginary part.
fn transmission(sines: &[f64], greens: &Matrix<2>) -> (Scaled, f64) {
    let modes = sines.len();
    let rows = |plane: usize, mode: usize| &greens.column(plane, mode)[modes..];
    let mut largest = 0.0_f64;
    for mode in 0..modes {
        for plane in 0..2 {
            largest = rows(plane, mode)
                .iter()
                .fold(largest, |most, x| most.max(x.abs()));
        }
    }
    // A power of two is taken out, so that no square vanishes.
    let exponent = if largest > 0.0 {
        libm::frexp(largest).1.max(-1000)
    } else {
        0
    };
    let power = libm::ldexp(1.0, -exponent);
    let mut sum = 0.0;
    for (mode, &sine) in sines.iter().enumerate() {
        let parts = rows(0, mode).iter().zip(rows(1, mode)).zip(sines);
        let column = parts.fold(0.0, |sum, ((re, im), other)| {
            let (re, im) = (re * power, im * power);
            sum + other * (re * re + im * im)
        });
        sum += sine * column;
    }
    (Scaled::new(4.0 * sum, 2 * i64::from(exponent)), largest)
}

/// R.
fn reflection(sines: &[f64], greens: &Matrix<2>) -> f64 {
    let mut sum = 0.0;
    for (mode, &sine) in sines.iter().enumerate() {
        // −G.
        let (re, im) = (greens.column(0, mode), greens.column(1, mode));
        let beside = mode + 1..sines.len();
        let column = beside.fold(0.0, |sum, row| {
            sum + sines[row] * (re[row] * re[row] + im[row] * im[row])
        });
        let own = [2.0 * sine * im[mode] - 1.0, 2.0 * sine * re[mode]];
        sum += own[0] * own[0] + own[1] * own[1] + 2.0 * 4.0 * sine * column;
    }
    sum
}
