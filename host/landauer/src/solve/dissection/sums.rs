//! What maps are sums of, over scattering states.

use pulp::{Simd, WithSimd};

use super::greens::States;
use super::lanes::Lane;
use super::regions::{Region, Row};
use super::waves::{Amplitudes, COLUMNS, Waves};
use crate::system::StripSize;

/// What the columns of amplitudes are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns {
    /// Of the states that come from this lead, 0 for the left.
    pub(super) lead: usize,
    /// Is beside each state the mixture of the other lead's, which the gradient is made of?
    pub(super) is_mixed: bool,
}

impl Columns {
    /// Real columns of a mode.
    const fn of_mode(self) -> usize {
        if self.is_mixed { 4 } else { 2 }
    }

    /// How many modes there are columns for.
    pub(super) const fn modes(self) -> usize {
        COLUMNS / self.of_mode()
    }

    /// How many times columns are filled at most, in strips of this width.
    pub(super) const fn max_blocks(width: usize) -> usize {
        let mixed = Self {
            lead: 1,
            is_mixed: true,
        };
        width.div_ceil(mixed.modes())
    }

    /// How many pairs of columns the modes from `first` on need, of `count` modes.
    pub(super) fn pairs(self, first: usize, count: usize) -> usize {
        self.of_mode() / 2 * self.modes().min(count - first)
    }

    /// Writes the amplitudes at the ends, whose rows these are, of the modes from `first` on.
    #[inline(always)]
    pub(super) fn write<S: Simd, R: Lane>(
        self,
        states: &States<'_, S, R>,
        ends: &[Row],
        first: usize,
        amplitudes: &mut [Amplitudes<R::V<S>>],
    ) {
        for (number, &row) in ends.iter().enumerate() {
            let to = &mut amplitudes[row];
            let own = states.of(self.lead, number)[first..].iter();
            if self.is_mixed {
                let mixed = states.mixed(number)[first..].iter();
                for ((to, &own), &mixed) in to.as_chunks_mut::<2>().0.iter_mut().zip(own).zip(mixed)
                {
                    *to = [own, mixed];
                }
            } else {
                for (to, &own) in to.iter_mut().zip(own) {
                    *to = own;
                }
            }
        }
    }
}

/// Vectors of each part of [`Sums`].
pub(super) const fn sum_parts(size: StripSize) -> [usize; 8] {
    let (length, width) = (size.length(), size.width());
    let sites = length * width;
    let (along, across) = ((length - 1) * width, length * (width - 1));
    let sections = length - 1;
    [
        sites, sites, sites, sites, along, across, sections, sections,
    ]
}

/// Sums over states.
pub(super) struct Sums<'m, V> {
    /// Σ|ψ|² by lead, `[slice, row]`.
    pub(super) densities: [&'m mut [V]; 2],
    /// 2 Re Σ ψ χ, χ being the mixture, `[slice, row]`.
    pub(super) gradient: &'m mut [V],
    /// One state that is mixed of all the columns, `[slice, row]`: what is wrong with one of them is wrong with it.
    pub(super) mixture: &'m mut [V],
    /// The current to the same row of the next slice, `[slice, row]`.
    pub(super) along: &'m mut [V],
    /// The current to the next row, `[slice, row]`.
    pub(super) across: &'m mut [V],
    /// The current through each cross-section, by lead.
    pub(super) sections: [&'m mut [V]; 2],
}

impl<'m, V> Sums<'m, V> {
    /// Shares out a memory of [`sum_parts`].
    pub(super) fn new(size: StripSize, memory: &'m mut [V]) -> Self {
        let [left, right, gradient, mixture, along, across, section, _] = sum_parts(size);
        let (left, rest) = memory.split_at_mut(left);
        let (right, rest) = rest.split_at_mut(right);
        let (gradient, rest) = rest.split_at_mut(gradient);
        let (mixture, rest) = rest.split_at_mut(mixture);
        let (along, rest) = rest.split_at_mut(along);
        let (across, rest) = rest.split_at_mut(across);
        let (one, other) = rest.split_at_mut(section);
        Self {
            densities: [left, right],
            gradient,
            mixture,
            along,
            across,
            sections: [one, other],
        }
    }
}

/// Adds what some states have in a region to the sums.
pub(super) struct Add<'a, S: Simd, R: Lane> {
    pub(super) simd: S,
    pub(super) size: StripSize,
    pub(super) region: &'a Region,
    pub(super) waves: Waves<'a, R::V<S>>,
    pub(super) columns: Columns,
    /// Pairs of columns that are in use.
    pub(super) pairs: usize,
    /// How much of each is in the mixture.
    pub(super) weights: [f64; COLUMNS],
    /// Is the current on bonds wanted?
    pub(super) current: bool,
    pub(super) sums: Sums<'a, R::V<S>>,
}

/// How much of each column is in the mixture, of those that begin with number `first`: between 1 and 2, and no two the same.
pub(super) fn weights(first: usize) -> [f64; COLUMNS] {
    /// (√5 − 1)/2, whose multiples are spread most evenly.
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let mut weights = [0.0; COLUMNS];
    for (number, weight) in (first..).zip(&mut weights) {
        let multiple = number as f64 * GOLDEN;
        *weight = 1.0 + (multiple - multiple.floor());
    }
    weights
}

impl<S: Simd, R: Lane> WithSimd for Add<'_, S, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<T: Simd>(mut self, _: T) {
        let width = self.size.width();
        let region = self.region;
        let mut weights = [R::splat(self.simd, R::ZERO); COLUMNS];
        for (to, &from) in weights.iter_mut().zip(&self.weights) {
            *to = R::splat(self.simd, R::from_f64(from));
        }
        for visit in &region.visits {
            let site = visit.site;
            if visit.is_own {
                self.add_site(site, visit.row, &weights);
            }
            if let Some(next) = visit.along {
                let flow = self.flow(visit.row, next);
                let section = &mut self.sums.sections[self.columns.lead][site / width];
                *section = R::plus(self.simd, *section, flow);
                if self.current {
                    let to = &mut self.sums.along[site];
                    *to = R::plus(self.simd, *to, flow);
                }
            }
            if let Some(below) = visit.across
                && self.current
            {
                let flow = self.flow(visit.row, below);
                let to = &mut self.sums.across[site - site / width];
                *to = R::plus(self.simd, *to, flow);
            }
        }
    }
}

impl<S: Simd, R: Lane> Add<'_, S, R> {
    #[inline(always)]
    fn add_site(&mut self, site: usize, row: Row, weights: &[R::V<S>; COLUMNS]) {
        let simd = self.simd;
        let zero = R::splat(simd, R::ZERO);
        let from = &self.waves.at(row)[..self.pairs];
        let mut density = [zero; 2];
        let mut mixture = [zero; 2];
        for (pair, weight) in from.iter().zip(weights.as_chunks::<2>().0) {
            for k in 0..2 {
                mixture[k] = R::fma(simd, pair[k], weight[k], mixture[k]);
            }
        }
        if self.columns.is_mixed {
            let mut gradient = [zero; 2];
            for [own, mixed] in from.as_chunks::<2>().0 {
                for k in 0..2 {
                    density[k] = R::fma(simd, own[k], own[k], density[k]);
                    gradient[k] = R::fma(simd, own[k], mixed[k], gradient[k]);
                }
            }
            let half = R::minus(simd, gradient[0], gradient[1]);
            let to = &mut self.sums.gradient[site];
            *to = R::plus(simd, *to, R::plus(simd, half, half));
        } else {
            for own in from {
                for k in 0..2 {
                    density[k] = R::fma(simd, own[k], own[k], density[k]);
                }
            }
        }
        let to = &mut self.sums.densities[self.columns.lead][site];
        *to = R::plus(simd, *to, R::plus(simd, density[0], density[1]));
        let to = &mut self.sums.mixture[site];
        *to = R::plus(simd, *to, R::plus(simd, mixture[0], mixture[1]));
    }

    /// The current from the site of one row to that of another: −2 Im Σ ψ ψ'*, hoppings being −1.
    #[inline(always)]
    fn flow(&self, row: Row, other: Row) -> R::V<S> {
        let simd = self.simd;
        let zero = R::splat(simd, R::ZERO);
        let mut sums = [zero; 2];
        let from = &self.waves.at(row)[..self.pairs];
        let to = &self.waves.at(other)[..self.pairs];
        // The mixtures are passed over.
        let step = self.columns.of_mode() / 2;
        for (from, to) in from.iter().step_by(step).zip(to.iter().step_by(step)) {
            sums[0] = R::fma(simd, from[0], to[1], sums[0]);
            sums[1] = R::fma(simd, from[1], to[0], sums[1]);
        }
        let half = R::minus(simd, sums[0], sums[1]);
        R::plus(simd, half, half)
    }
}

/// Looks how well a state solves (E − H) ψ = 0 between the ends: the largest size of it, and of the terms that it is a sum
/// of.
pub(super) struct Residual<'a, S: Simd, R: Lane> {
    pub(super) simd: S,
    pub(super) size: StripSize,
    pub(super) energy: R::V<S>,
    /// `[slice, row]`.
    pub(super) onsite: &'a [R::V<S>],
    /// `[slice, row]`.
    pub(super) state: &'a [R::V<S>],
}

impl<S: Simd, R: Lane> WithSimd for Residual<'_, S, R> {
    type Output = [R::V<S>; 2];

    #[inline(always)]
    fn with_simd<T: Simd>(self, _: T) -> [R::V<S>; 2] {
        let simd = self.simd;
        let width = self.size.width();
        let between = width..(self.size.length() - 1) * width;
        let zero = R::splat(simd, R::ZERO);
        let [mut largest, mut terms] = [zero; 2];
        for site in between {
            let energy = R::minus(simd, self.energy, self.onsite[site]);
            let own = R::times(simd, energy, self.state[site]);
            let [before, behind] = [self.state[site - width], self.state[site + width]];
            let mut sum = R::plus(simd, own, R::plus(simd, before, behind));
            if site % width > 0 {
                sum = R::plus(simd, sum, self.state[site - 1]);
            }
            if site % width + 1 < width {
                sum = R::plus(simd, sum, self.state[site + 1]);
            }
            let size = R::magnitude(simd, sum);
            largest = R::less(simd, largest, size, size, largest);
            for term in [own, before] {
                let size = R::magnitude(simd, term);
                terms = R::less(simd, terms, size, size, terms);
            }
        }
        [largest, terms]
    }
}
