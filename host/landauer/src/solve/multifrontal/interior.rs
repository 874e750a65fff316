//! The strip between its ends, eliminated front by front.
//!
//! A front is a dense matrix: the unknowns that its children have delayed, its own sites, what is outside, and a last
//! row, the *check* (below). Into it go what is on its sites and between them, and what its children have left; what it
//! leaves itself is handed on to its parent and then forgotten, since only the ends are asked for (multifrontal
//! method: I. S. Duff and J. K. Reid, ACM Trans. Math. Softw. 9, 302, 1983).
//!
//! # The check
//!
//! The ends' scattering matrix is unitary whatever has been done to the interior, as long as it was real and symmetric:
//! that current is conserved says nothing of errors made here. So one more row goes through all eliminations,
//! (A x)ᵀ for numbers x of order 1 that stand for no pattern, A being E − H. Whatever is eliminated, what is left of it
//! must be what is left of A times what is left of x (K.-H. Huang and J. A. Abraham, IEEE Trans. Comput. 33,
//! 518, 1984): lost digits show in it, wherever they are lost.

use pulp::Arch;

use super::elimination::{Shape, Workspace, eliminate};
use super::matrix::Matrix;
use super::order::{Child, Front, Order, Run, neighbours};
use crate::parallel;
use crate::solve::Stop;

/// What a front has left: the unknowns that it has delayed, those outside, and below them the check.
#[derive(Debug, Clone)]
pub(super) struct Update {
    pub(super) matrix: Matrix<1>,
    /// x of the unknowns that were delayed.
    pub(super) delayed: Vec<f64>,
}

/// A strip at an energy.
pub(super) struct Interior<'i> {
    pub(super) arch: Arch,
    pub(super) order: &'i Order,
    pub(super) onsite: &'i [f64],
    pub(super) energy: f64,
    pub(super) stop: Stop<'i>,
}

/// Multiply-adds of a front before which it is asked whether to stop.
const WORTH_ASKING: f64 = 1e6;

impl Interior<'_> {
    /// What the ends are coupled by: the left one's sites, then the right one's. `None` if it is stopped.
    pub(super) fn eliminate(&self) -> Option<Update> {
        let last = self.order.fronts.len().checked_sub(1)?;
        self.front(last, &mut Workspace::default())
    }

    fn front(&self, number: usize, workspace: &mut Workspace<1>) -> Option<Update> {
        let front = &self.order.fronts[number];
        if front.work > WORTH_ASKING && (self.stop)() {
            return None;
        }
        let updates: Vec<Update> = match &front.children[..] {
            [one, other] if self.order.splits(front) => {
                let (one, other) = parallel::join(
                    || self.front(one.front, workspace),
                    || self.front(other.front, &mut Workspace::default()),
                );
                vec![one?, other?]
            }
            children => {
                let updates = children
                    .iter()
                    .map(|child| self.front(child.front, workspace));
                updates.collect::<Option<_>>()?
            }
        };
        let delayed: usize = updates.iter().map(|update| update.delayed.len()).sum();
        let own = front.sites.len();
        let columns = delayed + own + front.outside;
        let mut matrix = Matrix::zeros(columns + 1, columns);
        self.add_sites(front, delayed, &mut matrix);
        let mut weights = Vec::with_capacity(delayed + own);
        for (child, update) in front.children.iter().zip(updates) {
            add_update(&mut matrix, child, &update, weights.len(), delayed);
            weights.extend(update.delayed);
        }
        weights.extend(front.sites.iter().map(|&site| weight(site)));
        let shape = Shape {
            candidates: delayed + own,
            tested: columns,
        };
        let eliminated = eliminate(self.arch, &mut matrix, shape, &mut weights, workspace);
        Some(Update {
            matrix: rest(&matrix, eliminated),
            delayed: weights.split_off(eliminated),
        })
    }

    /// What is on a front's sites, between them, and in the check.
    fn add_sites(&self, front: &Front, before: usize, matrix: &mut Matrix<1>) {
        let width = self.order.size.width();
        let check = matrix.columns;
        for (place, &site) in front.sites.iter().enumerate() {
            // The left end's slice comes first.
            let diagonal = self.energy - self.onsite[site - width];
            let beside = neighbours(width, site).map(weight);
            let column = matrix.column_mut(0, before + place);
            column[before + place] = diagonal;
            column[check] = diagonal * weight(site) + beside.sum::<f64>();
        }
        for &[row, column] in &front.hoppings {
            matrix.column_mut(0, before + column)[before + row] = 1.0;
        }
    }
}

/// x of a site: ±(1/2 to 1), by a hash of its number.
pub(super) fn weight(site: usize) -> f64 {
    // SplitMix64 (G. L. Steele, D. Lea and C. H. Flood, OOPSLA 2014).
    let mut bits = (site as u64)
        .wrapping_add(1)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    let size = 0.5 + (bits >> 12) as f64 / (1_u64 << 53) as f64;
    if bits & 1 == 0 { size } else { -size }
}

/// Adds what a child has left: its delayed unknowns are the ones from `first` on, and the front's own ones follow all
/// that are `delayed`.
fn add_update(
    matrix: &mut Matrix<1>,
    child: &Child,
    update: &Update,
    first: usize,
    delayed: usize,
) {
    let from = &update.matrix;
    let own = update.delayed.len();
    let mut runs = Vec::with_capacity(child.runs.len() + 2);
    runs.push(Run {
        from: 0,
        to: first,
        count: own,
    });
    runs.extend(child.runs.iter().map(|run| Run {
        from: run.from + own,
        to: run.to + delayed,
        count: run.count,
    }));
    runs.push(Run {
        from: from.columns,
        to: matrix.columns,
        count: 1,
    });
    for (number, run) in runs[..runs.len() - 1].iter().enumerate() {
        for place in 0..run.count {
            let source = from.column(0, run.from + place);
            let target = matrix.column_mut(0, run.to + place);
            add(
                &mut target[run.to + place..run.to + run.count],
                &source[run.from + place..run.from + run.count],
            );
            for rows in &runs[number + 1..] {
                add(
                    &mut target[rows.to..][..rows.count],
                    &source[rows.from..][..rows.count],
                );
            }
        }
    }
}

fn add(to: &mut [f64], from: &[f64]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from;
    }
}

/// What is left of a matrix after some eliminations.
pub(super) fn rest(matrix: &Matrix<1>, eliminated: usize) -> Matrix<1> {
    let mut rest = Matrix::zeros(matrix.rows - eliminated, matrix.columns - eliminated);
    for column in 0..rest.columns {
        let from = &matrix.column(0, eliminated + column)[eliminated..];
        rest.column_mut(0, column)[column..].copy_from_slice(&from[column..]);
    }
    rest
}
