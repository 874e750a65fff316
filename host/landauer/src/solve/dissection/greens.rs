//! Scattering states at the ends: the Green's function between all sites of the ends with both leads attached, and
//! what comes in by each propagating mode.
//!
//! Mode m of a lead comes in as a_m = √(2 sin k_m) φ_m on the end beside it (of unit flux: Γ = −2 Im Σ = Σ_m a_m a_mᵀ), so that
//! its scattering state is ψ = g a_m, and the amplitude that mode n of the other lead carries away is t_nm = a_nᵀ ψ_m, but for
//! a phase.

use landauer_core::transport::Lead;
use pulp::{Simd, WithSimd};

use super::ends::{self, Scratch, Transmit};
use super::lanes::Lane;
use super::leads::LaneLeads;
use super::product::{Pair, Tile, product, threes, twos};
use crate::solve::transverse::incoming;

/// What comes in by the propagating modes of a lead.
#[derive(Debug)]
pub(crate) struct Incoming {
    count: usize,
    /// a_m, `[mode pair][row][2]`, zero where a pair has no second.
    amplitudes: Vec<f64>,
}

impl Incoming {
    pub(crate) fn new(lead: Lead<f64>) -> Self {
        let width = lead.width();
        let incoming = incoming(lead);
        let modes = incoming.chunks_exact(width);
        let count = modes.len();
        let mut amplitudes = vec![0.0; count.div_ceil(2) * width * 2];
        for (number, mode) in modes.enumerate() {
            for (row, &amplitude) in mode.iter().enumerate() {
                amplitudes[(number / 2 * width + row) * 2 + number % 2] = amplitude;
            }
        }
        Self { count, amplitudes }
    }

    /// The number of propagating modes.
    pub(crate) const fn count(&self) -> usize {
        self.count
    }
}

/// Numbers of pairs of vectors.
struct Parts {
    /// g, `[column, row]`, complex.
    function: usize,
    /// a_m, `[mode pair][row]`.
    incoming: usize,
    /// ψ, `[lead][site][mode]`, complex.
    states: usize,
    /// t, `[mode out][mode in]`, complex.
    transmitted: usize,
    /// Σ_m t*_nm ψ_m, `[site][mode n]`, complex; something else before.
    mixed: usize,
}

impl Parts {
    /// As many as there are if all modes propagate.
    const fn new(width: usize, side: usize) -> Self {
        let pairs = width.div_ceil(2);
        Self {
            function: side.saturating_mul(side),
            incoming: pairs.saturating_mul(width),
            states: side.saturating_mul(width).saturating_mul(2),
            transmitted: width.saturating_mul(width),
            mixed: side.saturating_mul(width),
        }
    }
}

/// Pairs of vectors that the states at the ends, of `side` unknowns, need.
pub(super) fn workspace(width: usize, side: usize) -> usize {
    let parts = Parts::new(width, side);
    let invert = ends::workspace(side, side) / 2;
    let Parts {
        function,
        incoming,
        states,
        transmitted,
        mixed,
    } = parts;
    [incoming, states, transmitted, mixed, invert]
        .into_iter()
        .fold(function, usize::saturating_add)
}

/// The scattering states at the ends of all lanes.
pub(super) struct States<'g, S: Simd, R: Lane> {
    pub(super) simd: S,
    width: usize,
    /// Unknowns: right end, left-over sites, left end.
    side: usize,
    /// Propagating modes.
    count: usize,
    function: &'g mut [Pair<R::V<S>>],
    incoming: &'g mut [Pair<R::V<S>>],
    by_mode: &'g mut [Pair<R::V<S>>],
    transmitted: &'g mut [Pair<R::V<S>>],
    mixed: &'g mut [Pair<R::V<S>>],
    invert: &'g mut [Pair<R::V<S>>],
}

impl<'g, S: Simd, R: Lane> States<'g, S, R> {
    /// Shares out a memory of [`workspace`].
    pub(super) fn new(
        simd: S,
        [width, side]: [usize; 2],
        count: usize,
        memory: &'g mut [Pair<R::V<S>>],
    ) -> Self {
        let parts = Parts::new(width, side);
        let (function, rest) = memory.split_at_mut(parts.function);
        let (incoming, rest) = rest.split_at_mut(parts.incoming);
        let (states, rest) = rest.split_at_mut(parts.states);
        let (transmitted, rest) = rest.split_at_mut(parts.transmitted);
        let (mixed, invert) = rest.split_at_mut(parts.mixed);
        Self {
            simd,
            width,
            side,
            count,
            function,
            incoming,
            by_mode: states,
            transmitted,
            mixed,
            invert,
        }
    }
}

/// What the ends tell of all lanes.
pub(super) struct Ends<V> {
    pub(super) transmission: V,
    /// The largest difference at a site between −2 Im g and what both leads' states bring there, which are the same
    /// where current is conserved.
    pub(super) defect: V,
}

/// Finds the states at the ends from E − H − Re Σ between them.
pub(super) struct Scatter<'i, 'g, S: Simd, R: Lane> {
    pub(super) states: &'i mut States<'g, S, R>,
    pub(super) incoming: &'i Incoming,
    /// Above the diagonal, `[row, column]`.
    pub(super) matrix: &'i [R::V<S>],
    /// Columns of `matrix`.
    pub(super) stride: usize,
    pub(super) leads: LaneLeads<'i, S, R>,
    pub(super) growth: &'i mut R::V<S>,
    /// Is the mixture of states wanted that the gradient is made of?
    pub(super) mixes: bool,
}

impl<S: Simd, R: Lane> WithSimd for Scatter<'_, '_, S, R> {
    type Output = Ends<R::V<S>>;

    #[inline(always)]
    fn with_simd<T: Simd>(self, _: T) -> Ends<R::V<S>> {
        let Self {
            states: g,
            incoming,
            matrix,
            stride,
            leads,
            growth,
            mixes,
        } = self;
        let (simd, width, side) = (g.simd, g.width, g.side);
        let zero = R::splat(simd, R::ZERO);
        let one = R::splat(simd, R::ONE);
        let scratch = Scratch::new(side, side, &mut *g.invert);
        for row in 0..side {
            for column in row..side {
                let ends = [row, column].map(|at| place(at, width, side));
                let drain = match ends {
                    [Some((one, row)), Some((other, column))] if one == other => {
                        leads.drain(simd, row * width + column)
                    }
                    _ => zero,
                };
                scratch.left[row * side + column] = [matrix[row * stride + column], drain];
            }
        }
        let amplitudes = incoming.amplitudes.as_chunks::<2>().0;
        for (to, from) in g.incoming.iter_mut().zip(amplitudes) {
            *to = [
                R::splat(simd, R::from_f64(from[0])),
                R::splat(simd, R::from_f64(from[1])),
            ];
        }
        let mut transmit = Transmit {
            simd,
            width: side,
            pivots: side,
            matrix,
            stride,
            leads,
            scratch,
            growth,
            folded: [zero; 2],
            power: one,
            back: one,
        };
        transmit.invert_left();
        g.function
            .copy_from_slice(&transmit.scratch.left[..side * side]);
        for lead in 0..2 {
            threes!(site in 0, side; N => g.states_at::<N>(lead, site));
        }
        g.copy_arrivals();
        let count = g.count;
        threes!(mode in 0, count; N => g.transmit_modes::<N>(mode));
        if mixes {
            twos!(site in 0, side; M => g.mix::<M>(site));
        }
        Ends {
            transmission: g.transmission(),
            defect: g.defect(),
        }
    }
}

/// The lead that an unknown is beside, 0 for the left, and its row there.
const fn place(at: usize, width: usize, side: usize) -> Option<(usize, usize)> {
    if at < width {
        Some((1, at))
    } else if at >= side - width {
        Some((0, at - (side - width)))
    } else {
        None
    }
}

impl<S: Simd, R: Lane> States<'_, S, R> {
    /// Where a lead's sites begin among the unknowns.
    const fn begin(&self, lead: usize) -> usize {
        if lead == 0 { self.side - self.width } else { 0 }
    }

    /// The states of a lead at a site, by mode.
    #[inline(always)]
    pub(super) fn of(&self, lead: usize, site: usize) -> &[Pair<R::V<S>>] {
        &self.by_mode[(lead * self.side + site) * self.count..][..self.count]
    }

    /// The mixtures at a site, by mode.
    #[inline(always)]
    pub(super) fn mixed(&self, site: usize) -> &[Pair<R::V<S>>] {
        &self.mixed[site * self.count..][..self.count]
    }

    /// Two modes each of M pairs of incoming ones.
    #[inline(always)]
    fn incoming<const M: usize>(&self, pair: usize) -> [&[Pair<R::V<S>>]; M] {
        let mut rows: [&[Pair<R::V<S>>]; M] = [&[]; M];
        for m in 0..M {
            rows[m] = &self.incoming[(pair + m) * self.width..][..self.width];
        }
        rows
    }

    /// The states of a lead at N sites.
    #[inline(always)]
    fn states_at<const N: usize>(&mut self, lead: usize, site: usize) {
        let (side, count) = (self.side, self.count);
        let pairs = count.div_ceil(2);
        twos!(pair in 0, pairs; M => {
            let mut columns: [&[Pair<R::V<S>>]; N] = [&[]; N];
            for n in 0..N {
                let column = (site + n) * side + self.begin(lead);
                columns[n] = &self.function[column..][..self.width];
            }
            let tile = product::<S, R, M, N>(self.simd, self.incoming::<M>(pair), columns);
            for m in 0..M {
                for second in 0..2 {
                    let mode = 2 * (pair + m) + second;
                    if mode < count {
                        for n in 0..N {
                            let at = (lead * side + site + n) * count + mode;
                            self.by_mode[at] = tile[m][second][n];
                        }
                    }
                }
            }
        });
    }

    /// The left lead's states at the right end, `[mode][row]`, where mixtures will be.
    #[inline(always)]
    fn copy_arrivals(&mut self) {
        let begin = self.begin(1);
        for row in 0..self.width {
            for mode in 0..self.count {
                let value = self.of(0, begin + row)[mode];
                self.mixed[mode * self.width + row] = value;
            }
        }
    }

    /// What N modes of the left lead bring to each of the right.
    #[inline(always)]
    fn transmit_modes<const N: usize>(&mut self, mode: usize) {
        let (width, count) = (self.width, self.count);
        let pairs = count.div_ceil(2);
        twos!(pair in 0, pairs; M => {
            let mut columns: [&[Pair<R::V<S>>]; N] = [&[]; N];
            for n in 0..N {
                columns[n] = &self.mixed[(mode + n) * width..][..width];
            }
            let tile = product::<S, R, M, N>(self.simd, self.incoming::<M>(pair), columns);
            for m in 0..M {
                for second in 0..2 {
                    let out = 2 * (pair + m) + second;
                    if out < count {
                        for n in 0..N {
                            self.transmitted[out * count + mode + n] = tile[m][second][n];
                        }
                    }
                }
            }
        });
    }

    /// The mixtures at M sites.
    #[inline(always)]
    fn mix<const M: usize>(&mut self, site: usize) {
        let simd = self.simd;
        let count = self.count;
        threes!(mode in 0, count; N => {
            let mut rows: [&[Pair<R::V<S>>]; M] = [&[]; M];
            for m in 0..M {
                rows[m] = self.of(0, site + m);
            }
            let mut columns: [&[Pair<R::V<S>>]; N] = [&[]; N];
            for n in 0..N {
                columns[n] = &self.transmitted[(mode + n) * count..][..count];
            }
            let tile: Tile<R::V<S>, M, N> = product::<S, R, M, N>(simd, rows, columns);
            for m in 0..M {
                for n in 0..N {
                    let [re, im] = [tile[m][0][n], tile[m][1][n]];
                    // ψ t*.
                    self.mixed[(site + m) * count + mode + n] =
                        [R::plus(simd, re[0], im[1]), R::minus(simd, im[0], re[1])];
                }
            }
        });
    }

    /// T = Σ |t|².
    #[inline(always)]
    fn transmission(&self) -> R::V<S> {
        let mut sum = R::splat(self.simd, R::ZERO);
        for value in &self.transmitted[..self.count * self.count] {
            sum = R::fma(self.simd, value[0], value[0], sum);
            sum = R::fma(self.simd, value[1], value[1], sum);
        }
        sum
    }

    /// [`Ends::defect`].
    #[inline(always)]
    fn defect(&self) -> R::V<S> {
        let simd = self.simd;
        let mut largest = R::splat(simd, R::ZERO);
        for site in 0..self.side {
            let im = self.function[site * (self.side + 1)][1];
            let mut sum = R::plus(simd, im, im);
            for lead in 0..2 {
                for value in self.of(lead, site) {
                    sum = R::fma(simd, value[0], value[0], sum);
                    sum = R::fma(simd, value[1], value[1], sum);
                }
            }
            let size = R::magnitude(simd, sum);
            largest = R::less(simd, largest, size, size, largest);
        }
        largest
    }
}
