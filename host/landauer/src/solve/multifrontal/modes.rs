//! Both ends in the transverse modes of the leads.

use std::sync::Arc;

use landauer_core::transport::{Lead, Mode};
use pulp::{Arch, Simd, WithSimd};

use super::interior::{Update, weight};
use super::matrix::{Matrix, stride};
use super::tiles::{Packing, Panel, Product, SHARE};
use crate::parallel;
use crate::solve::transverse::TransverseModes;
use crate::system::StripSize;

/// The transverse modes φ_j(y).
#[derive(Debug)]
pub(super) struct Modes {
    width: usize,
    /// `[mode, row]`, which is symmetric.
    elements: Vec<f64>,
}

impl Modes {
    pub(super) fn new(width: usize) -> Self {
        let modes = TransverseModes::new(width);
        let all = (0..width).flat_map(|mode| (0..width).map(move |row| (mode, row)));
        Self {
            width,
            elements: all.map(|(mode, row)| modes.at(mode, row)).collect(),
        }
    }

    /// The rows of an end, as its modes.
    fn row(&self, rows: &[f64]) -> Vec<f64> {
        let modes = self.elements.chunks_exact(self.width);
        let of = |modes: &[f64]| modes.iter().zip(rows).fold(0.0, |sum, (a, b)| sum + a * b);
        modes.map(of).collect()
    }

    /// The columns `[column, row]` of an end's width, times the matrix of the modes from the right.
    fn times(&self, arch: Arch, block: &[f64], stride: usize) -> Vec<f64> {
        let mut product = vec![0.0; stride * self.width];
        arch.dispatch(TimesModes {
            arch,
            modes: self,
            block,
            stride,
            product: &mut product,
        });
        product
    }
}

/// What the leads do at an energy.
#[derive(Debug)]
pub(super) struct Leads {
    modes: Arc<Modes>,
    /// −exp(−ik) of each mode, real and imaginary part.
    surface: Vec<[f64; 2]>,
    pub(super) propagating: std::ops::Range<usize>,
}

impl Leads {
    pub(super) fn new(modes: &Arc<Modes>, lead: Lead<f64>) -> Self {
        let surface = (0..lead.width()).map(|mode| match lead.mode(mode) {
            Mode::Propagating { cos_k, sin_k } => [-cos_k, sin_k],
            // exp(−ik) = 1/exp(ik), of which nothing diverges at an edge.
            _ => [-1.0 / lead.surface_factor(mode).0, 0.0],
        });
        Self {
            modes: Arc::clone(modes),
            surface: surface.collect(),
            propagating: lead.open_range(),
        }
    }

    /// sin k of each propagating mode.
    pub(super) fn sines(&self) -> Vec<f64> {
        let surface = &self.surface[self.propagating.clone()];
        surface.iter().map(|&[_, sine]| sine).collect()
    }
}

/// A block times the matrix of the modes.
struct TimesModes<'t> {
    arch: Arch,
    modes: &'t Modes,
    block: &'t [f64],
    stride: usize,
    product: &'t mut [f64],
}

impl WithSimd for TimesModes<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (width, stride) = (self.modes.width, self.stride);
        let by_rows = Packing::rows::<S>(width);
        let by_columns = Packing::columns::<S>(width);
        let (mut a, mut b) = (Panel::default(), Panel::default());
        by_rows.prepare(&mut a, width);
        by_columns.prepare(&mut b, width);
        for k in 0..width {
            by_rows.column(&mut a, k, &self.block[k * stride..][..width], 1.0);
            let modes = &self.modes.elements[k * width..][..width];
            // Products are subtracted.
            by_columns.column(&mut b, k, modes, -1.0);
        }
        let (a, b) = (&a, &b);
        let shares = self.product.chunks_mut(SHARE * stride).enumerate();
        let shares = shares.map(|(number, columns)| Product {
            columns,
            stride,
            first_row: 0,
            rows: width,
            first_column: number * SHARE,
            a,
            b,
            depth: width,
            lower: false,
        });
        let arch = self.arch;
        parallel::for_each(shares.collect(), |share: Product<'_>| arch.dispatch(share));
    }
}

/// An unknown of the ends.
#[derive(Clone, Copy)]
enum Unknown {
    /// A site of the strip, by its number among those.
    Delayed(usize),
    Left(usize),
    Right(usize),
}

/// The real part of what couples the ends.
pub(super) struct Ends {
    /// First what is to be eliminated in real arithmetic; then the right end's propagating modes and the left end's. The
    /// last row is the check.
    pub(super) matrix: Matrix<1>,
    pub(super) candidates: usize,
    /// x of each unknown.
    pub(super) weights: Vec<f64>,
    /// The largest number between the two ends' modes, propagating and evanescent ones.
    pub(super) crossing: f64,
}

impl Ends {
    pub(super) fn new(arch: Arch, leads: &Leads, size: StripSize, update: Update) -> Self {
        let [length, width] = size.sides();
        let Update { matrix, delayed } = update;
        let modes = &*leads.modes;
        let (count, stride) = (delayed.len(), stride(width));
        // Whole blocks, both halves of the symmetric ones.
        let block = |rows: usize, columns: usize| {
            let mut block = vec![0.0; stride * width];
            for column in 0..width {
                let from = &matrix.column(0, columns + column)[rows..rows + width];
                if rows != columns {
                    block[column * stride..][..width].copy_from_slice(from);
                    continue;
                }
                for row in column..width {
                    block[column * stride + row] = from[row];
                    block[row * stride + column] = from[row];
                }
            }
            block
        };
        // (S Φ)ᵀ Φ = Φ Sᵀ Φ.
        let both = |block: Vec<f64>| {
            let once = transposed(&modes.times(arch, &block, stride), width, stride);
            modes.times(arch, &once, stride)
        };
        let (left, right) = (count, count + width);
        // Rows of the left end, columns of the right one.
        let across = both(block(right, left));
        let (left_block, right_block) = (both(block(left, left)), both(block(right, right)));
        let largest = |most: f64, x: &f64| most.max(x.abs());
        let crossing = across.iter().fold(0.0, largest);

        let ends = [0, (length + 1) * width].map(|first| first..first + width);
        let weights = ends
            .clone()
            .map(|sites| sites.map(weight).collect::<Vec<f64>>());
        let weights = weights.map(|weights| modes.row(&weights));
        // A x of an end is what the slice beside it has.
        let beside = [width, length * width];
        let check = [(left, beside[0]), (right, beside[1])].map(|(first, beside)| {
            let rows = (0..width)
                .map(|row| matrix.column(0, first + row)[matrix.columns] + weight(beside + row));
            modes.row(&rows.collect::<Vec<f64>>())
        });
        let of_delayed: Vec<[Vec<f64>; 2]> = { 0..count }
            .map(|column| {
                let column = matrix.column(0, column);
                [left, right].map(|first| modes.row(&column[first..first + width]))
            })
            .collect();

        let is_propagating = |mode: &usize| leads.propagating.contains(mode);
        let evanescent = (0..width).filter(|mode| !is_propagating(mode));
        let mut unknowns: Vec<Unknown> = (0..count).map(Unknown::Delayed).collect();
        unknowns.extend(evanescent.clone().map(Unknown::Right));
        unknowns.extend(evanescent.map(Unknown::Left));
        let candidates = unknowns.len();
        unknowns.extend(leads.propagating.clone().map(Unknown::Right));
        unknowns.extend(leads.propagating.clone().map(Unknown::Left));

        let element = |one: Unknown, other: Unknown| match (one, other) {
            (Unknown::Delayed(one), Unknown::Delayed(other)) => {
                matrix.column(0, one.min(other))[one.max(other)]
            }
            (Unknown::Delayed(site), Unknown::Left(mode))
            | (Unknown::Left(mode), Unknown::Delayed(site)) => of_delayed[site][0][mode],
            (Unknown::Delayed(site), Unknown::Right(mode))
            | (Unknown::Right(mode), Unknown::Delayed(site)) => of_delayed[site][1][mode],
            (Unknown::Left(one), Unknown::Left(other)) => left_block[other * stride + one],
            (Unknown::Right(one), Unknown::Right(other)) => right_block[other * stride + one],
            (Unknown::Left(left), Unknown::Right(right))
            | (Unknown::Right(right), Unknown::Left(left)) => across[right * stride + left],
        };
        let mut all = Matrix::zeros(unknowns.len() + 1, unknowns.len());
        let mut all_weights = Vec::with_capacity(unknowns.len());
        for (number, &unknown) in unknowns.iter().enumerate() {
            let column = all.column_mut(0, number);
            for (to, &other) in column[number..].iter_mut().zip(&unknowns[number..]) {
                *to = element(other, unknown);
            }
            let (surface, check, weight) = match unknown {
                Unknown::Delayed(site) => {
                    (0.0, matrix.column(0, site)[matrix.columns], delayed[site])
                }
                Unknown::Left(mode) => (leads.surface[mode][0], check[0][mode], weights[0][mode]),
                Unknown::Right(mode) => (leads.surface[mode][0], check[1][mode], weights[1][mode]),
            };
            column[number] += surface;
            column[unknowns.len()] = check + surface * weight;
            all_weights.push(weight);
        }
        Self {
            matrix: all,
            candidates,
            weights: all_weights,
            crossing,
        }
    }
}

/// The transpose of a square block.
fn transposed(block: &[f64], width: usize, stride: usize) -> Vec<f64> {
    // In squares that stay in the first cache.
    const SIDE: usize = 16;
    let mut transposed = vec![0.0; block.len()];
    for columns in (0..width).step_by(SIDE) {
        for rows in (0..width).step_by(SIDE) {
            for column in columns..(columns + SIDE).min(width) {
                for row in rows..(rows + SIDE).min(width) {
                    transposed[row * stride + column] = block[column * stride + row];
                }
            }
        }
    }
    transposed
}
