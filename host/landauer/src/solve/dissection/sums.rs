//! What maps are sums of, over scattering states.

use pulp::{Simd, WithSimd};

use super::greens::States;
use super::lanes::Lane;
use super::plan::Plan;
use super::waves::COLUMNS;
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

    /// Writes the amplitudes at the ends of the modes from `first` on.
    #[inline(always)]
    pub(super) fn write<S: Simd, R: Lane>(
        self,
        states: &States<'_, S, R>,
        plan: &Plan,
        first: usize,
        amplitudes: &mut [[R::V<S>; COLUMNS]],
    ) {
        let zero = R::splat(states.simd, R::ZERO);
        for (number, &site) in plan.ends.sites.iter().enumerate() {
            let to = &mut amplitudes[site];
            *to = [zero; COLUMNS];
            let own = states.of(self.lead, number)[first..].iter();
            for (to, from) in to.chunks_exact_mut(self.of_mode()).zip(own) {
                to[..2].copy_from_slice(from);
            }
            if self.is_mixed {
                let mixed = states.mixed(number)[first..].iter();
                for (to, from) in to.chunks_exact_mut(self.of_mode()).zip(mixed) {
                    to[2..].copy_from_slice(from);
                }
            }
        }
    }
}

/// Vectors of each part of [`Sums`].
pub(super) const fn sum_parts(size: StripSize) -> [usize; 7] {
    let (length, width) = (size.length(), size.width());
    let sites = length * width;
    let (along, across) = ((length - 1) * width, length * (width - 1));
    [sites, sites, sites, along, across, length - 1, length - 1]
}

/// Sums over states.
pub(super) struct Sums<'m, V> {
    /// Σ|ψ|² by lead, `[slice, row]`.
    pub(super) densities: [&'m mut [V]; 2],
    /// 2 Re Σ ψ χ, χ being the mixture, `[slice, row]`.
    pub(super) gradient: &'m mut [V],
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
        let [left, right, gradient, along, across, section, _] = sum_parts(size);
        let (left, rest) = memory.split_at_mut(left);
        let (right, rest) = rest.split_at_mut(right);
        let (gradient, rest) = rest.split_at_mut(gradient);
        let (along, rest) = rest.split_at_mut(along);
        let (across, rest) = rest.split_at_mut(across);
        let (one, other) = rest.split_at_mut(section);
        Self {
            densities: [left, right],
            gradient,
            along,
            across,
            sections: [one, other],
        }
    }
}

/// Adds some states to the sums, and looks how well they solve (E − H) ψ = 0 between the ends.
pub(super) struct Add<'a, S: Simd, R: Lane> {
    pub(super) simd: S,
    pub(super) size: StripSize,
    pub(super) energy: R::V<S>,
    pub(super) onsite: &'a [R::V<S>],
    /// `[site][column]`.
    pub(super) amplitudes: &'a [[R::V<S>; COLUMNS]],
    pub(super) columns: Columns,
    /// Is the current on bonds wanted?
    pub(super) current: bool,
    pub(super) sums: Sums<'a, R::V<S>>,
    /// The largest |(E − H) ψ| so far, and of the terms it is a sum of.
    pub(super) residual: &'a mut [R::V<S>; 2],
}

impl<S: Simd, R: Lane> WithSimd for Add<'_, S, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<T: Simd>(mut self, _: T) {
        let (length, width) = (self.size.length(), self.size.width());
        for slice in 0..length {
            for row in 0..width {
                let site = slice * width + row;
                self.add_site(site);
                if slice + 1 < length {
                    let flow = self.flow(site, site + width);
                    let lead = self.columns.lead;
                    let section = &mut self.sums.sections[lead][slice];
                    *section = R::plus(self.simd, *section, flow);
                    if self.current {
                        let to = &mut self.sums.along[site];
                        *to = R::plus(self.simd, *to, flow);
                    }
                }
                if row + 1 < width && self.current {
                    let flow = self.flow(site, site + 1);
                    let to = &mut self.sums.across[slice * (width - 1) + row];
                    *to = R::plus(self.simd, *to, flow);
                }
                if slice > 0 && slice + 1 < length {
                    self.note_residual(site, row);
                }
            }
        }
    }
}

impl<S: Simd, R: Lane> Add<'_, S, R> {
    #[inline(always)]
    fn add_site(&mut self, site: usize) {
        let simd = self.simd;
        let zero = R::splat(simd, R::ZERO);
        let from = &self.amplitudes[site];
        let mut density = [zero; 2];
        let mut gradient = [zero; 2];
        if self.columns.is_mixed {
            for mode in from.as_chunks::<4>().0 {
                density[0] = R::fma(simd, mode[0], mode[0], density[0]);
                density[1] = R::fma(simd, mode[1], mode[1], density[1]);
                gradient[0] = R::fma(simd, mode[0], mode[2], gradient[0]);
                gradient[1] = R::fma(simd, mode[1], mode[3], gradient[1]);
            }
            let half = R::minus(simd, gradient[0], gradient[1]);
            let to = &mut self.sums.gradient[site];
            *to = R::plus(simd, *to, R::plus(simd, half, half));
        } else {
            for mode in from.as_chunks::<2>().0 {
                density[0] = R::fma(simd, mode[0], mode[0], density[0]);
                density[1] = R::fma(simd, mode[1], mode[1], density[1]);
            }
        }
        let to = &mut self.sums.densities[self.columns.lead][site];
        *to = R::plus(simd, *to, R::plus(simd, density[0], density[1]));
    }

    /// The current from one site to another: −2 Im Σ ψ ψ'*, hoppings being −1.
    #[inline(always)]
    fn flow(&self, site: usize, other: usize) -> R::V<S> {
        let simd = self.simd;
        let zero = R::splat(simd, R::ZERO);
        let mut sums = [zero; 2];
        let (from, to) = (&self.amplitudes[site], &self.amplitudes[other]);
        let step = self.columns.of_mode();
        for at in (0..COLUMNS).step_by(step) {
            sums[0] = R::fma(simd, from[at], to[at + 1], sums[0]);
            sums[1] = R::fma(simd, from[at + 1], to[at], sums[1]);
        }
        let half = R::minus(simd, sums[0], sums[1]);
        R::plus(simd, half, half)
    }

    #[inline(always)]
    fn note_residual(&mut self, site: usize, row: usize) {
        let simd = self.simd;
        let width = self.size.width();
        let energy = R::minus(simd, self.energy, self.onsite[site]);
        let own = &self.amplitudes[site];
        let (before, behind) = (
            &self.amplitudes[site - width],
            &self.amplitudes[site + width],
        );
        let above = if row > 0 { site - 1 } else { site };
        let below = if row + 1 < width { site + 1 } else { site };
        let [above, below] = [above, below].map(|other| &self.amplitudes[other]);
        let zero = R::splat(simd, R::ZERO);
        let one = R::splat(simd, R::ONE);
        let is_there = [row > 0, row + 1 < width].map(|there| if there { one } else { zero });
        let [mut largest, mut terms] = *self.residual;
        for column in 0..COLUMNS {
            let own = R::times(simd, energy, own[column]);
            let mut sum = R::plus(simd, own, R::plus(simd, before[column], behind[column]));
            sum = R::fma(simd, is_there[0], above[column], sum);
            sum = R::fma(simd, is_there[1], below[column], sum);
            let size = R::magnitude(simd, sum);
            largest = R::less(simd, largest, size, size, largest);
            let size = R::magnitude(simd, own);
            terms = R::less(simd, terms, size, size, terms);
            let size = R::magnitude(simd, before[column]);
            terms = R::less(simd, terms, size, size, terms);
        }
        *self.residual = [largest, terms];
    }
}
