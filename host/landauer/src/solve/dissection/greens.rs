//! The Green's function between all sites of the ends with both leads attached, and what follows from it for
//! the sites between them: the seeds of the way back.

use pulp::{Simd, WithSimd};

use super::ends::{self, Scratch, Transmit};
use super::lanes::Lane;
use super::leads::LaneLeads;
use super::product::{Pair, Tile, product, threes, twos};

/// What a map is of: a matrix M that is known between the ends and carried into the strip by them alone. g is
/// the Green's function between the ends, Γ = −2 Im Σ of a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seed {
    /// −Im g / π, the local density of states in 1/t.
    Ldos,
    /// Re(g Γ_L g†) / 2π, of the states that come from the left.
    FromLeft,
    /// Re(g Γ_R g†) / 2π, of those that come from the right.
    FromRight,
    /// −2 Im(g Γ_L g†), antisymmetric: on a bond the current of the states that come from the left.
    CurrentFromLeft,
    /// −2 Im(g Γ_R g†), of those that come from the right.
    CurrentFromRight,
    /// 2 Re(g Γ_R g† Γ_L g), symmetrised: on the diagonal the derivative of T by the on-site energy.
    Gradient,
}

impl Seed {
    /// Is its matrix the negative of its mirror image?
    pub(super) const fn is_antisymmetric(self) -> bool {
        matches!(self, Self::CurrentFromLeft | Self::CurrentFromRight)
    }

    /// Which lead its states come from, of those that need them: 0 for the left, 1 for the right.
    const fn scattering_states(self) -> Option<usize> {
        match self {
            Self::Ldos => None,
            Self::FromLeft | Self::CurrentFromLeft => Some(0),
            Self::FromRight | Self::CurrentFromRight | Self::Gradient => Some(1),
        }
    }
}

/// Numbers of vectors.
struct Parts {
    /// g, `[column, row]`, complex.
    greens: usize,
    /// Γ g, `[lead][column of g][row of Γ]`, complex.
    drained: usize,
    /// N = Γ/2, `[column pair, row]`.
    drain: usize,
    /// One row of g Γ_R g† at the left end, `[row][column]`, complex.
    states: usize,
}

impl Parts {
    const fn new(width: usize, side: usize) -> Self {
        Self {
            greens: side * side,
            drained: 2 * side * width,
            drain: width.div_ceil(2) * width,
            states: side * width,
        }
    }
}

/// Pairs of vectors that the Green's function between `side` unknowns, and all that follows from it, needs.
pub(super) fn workspace(width: usize, side: usize) -> usize {
    let parts = Parts::new(width, side);
    let invert = ends::workspace(side, side) / 2;
    parts.greens + parts.drained + parts.drain + parts.states + invert
}

/// The Green's function between the ends of all lanes, and products of it with the leads' Γ.
pub(super) struct Greens<'g, S: Simd, R: Lane> {
    pub(super) simd: S,
    pub(super) width: usize,
    /// Unknowns: right end, left-over sites, left end.
    pub(super) side: usize,
    function: &'g mut [Pair<R::V<S>>],
    drained: &'g mut [Pair<R::V<S>>],
    drain: &'g mut [Pair<R::V<S>>],
    states: &'g mut [Pair<R::V<S>>],
    invert: &'g mut [Pair<R::V<S>>],
}

impl<'g, S: Simd, R: Lane> Greens<'g, S, R> {
    /// Shares out a memory of [`workspace`].
    pub(super) fn new(simd: S, width: usize, side: usize, memory: &'g mut [Pair<R::V<S>>]) -> Self {
        let parts = Parts::new(width, side);
        let (greens, rest) = memory.split_at_mut(parts.greens);
        let (drained, rest) = rest.split_at_mut(parts.drained);
        let (drain, rest) = rest.split_at_mut(parts.drain);
        let (states, invert) = rest.split_at_mut(parts.states);
        Self {
            simd,
            width,
            side,
            function: greens,
            drained,
            drain,
            states,
            invert,
        }
    }
}

/// Finds the Green's function from E − H − Re Σ between the unknowns.
pub(super) struct Invert<'i, 'g, S: Simd, R: Lane> {
    pub(super) greens: &'i mut Greens<'g, S, R>,
    /// Above the diagonal, `[row, column]`.
    pub(super) matrix: &'i [R::V<S>],
    /// Columns of `matrix`.
    pub(super) stride: usize,
    pub(super) leads: LaneLeads<'i, S, R>,
    pub(super) growth: &'i mut R::V<S>,
}

impl<S: Simd, R: Lane> WithSimd for Invert<'_, '_, S, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<T: Simd>(self, _: T) {
        let Self {
            greens: g,
            matrix,
            stride,
            leads,
            growth,
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
        for column in 0..width {
            for row in 0..width {
                let drain = leads.drain(simd, row * width + column);
                g.drain[column / 2 * width + row][column % 2] = drain;
            }
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
            threes!(column in 0, side; N => g.drain_columns::<N>(lead, column));
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

/// Writes a seed between the ends, above the diagonal and on it; gives T for those of states from the left.
pub(super) struct Sow<'s, 'g, S: Simd, R: Lane> {
    pub(super) greens: &'s mut Greens<'g, S, R>,
    pub(super) seed: Seed,
    /// `[row, column]`.
    pub(super) matrix: &'s mut [R::V<S>],
    /// Columns of `matrix`.
    pub(super) stride: usize,
}

impl<S: Simd, R: Lane> WithSimd for Sow<'_, '_, S, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<T: Simd>(self, _: T) {
        let Self {
            greens,
            seed,
            matrix,
            stride,
        } = self;
        let side = greens.side;
        if seed == Seed::Gradient {
            let width = greens.width;
            threes!(column in 0, width; N => greens.states_at_left::<N>(column));
        }
        threes!(column in 0, side; N => {
            let end = column + N;
            twos!(row in 0, end; M => {
                let tile = greens.seed::<M, N>(seed, row, column);
                for m in 0..M {
                    for n in 0..N {
                        if row + m <= column + n {
                            let is_zero = row + m == column + n && seed.is_antisymmetric();
                            let zero = R::splat(greens.simd, R::ZERO);
                            let value = if is_zero { zero } else { tile[m][n] };
                            matrix[(row + m) * stride + column + n] = value;
                        }
                    }
                }
            });
        });
    }
}

impl<S: Simd, R: Lane> Greens<'_, S, R> {
    /// Where a lead's sites begin among the unknowns.
    const fn begin(&self, lead: usize) -> usize {
        if lead == 0 { self.side - self.width } else { 0 }
    }

    /// A column of g at the sites of a lead.
    #[inline(always)]
    fn at_lead(&self, lead: usize, column: usize) -> &[Pair<R::V<S>>] {
        &self.function[column * self.side + self.begin(lead)..][..self.width]
    }

    /// A column of Γ g.
    #[inline(always)]
    fn drained(&self, lead: usize, column: usize) -> &[Pair<R::V<S>>] {
        &self.drained[(lead * self.side + column) * self.width..][..self.width]
    }

    /// N columns of Γ g.
    #[inline(always)]
    fn drain_columns<const N: usize>(&mut self, lead: usize, column: usize) {
        let simd = self.simd;
        let (width, side) = (self.width, self.side);
        let pairs = width.div_ceil(2);
        twos!(pair in 0, pairs; M => {
            let mut rows: [&[Pair<R::V<S>>]; M] = [&[]; M];
            for m in 0..M {
                rows[m] = &self.drain[(pair + m) * width..][..width];
            }
            let mut columns: [&[Pair<R::V<S>>]; N] = [&[]; N];
            for n in 0..N {
                columns[n] = self.at_lead(lead, column + n);
            }
            let tile = product::<S, R, M, N>(simd, rows, columns);
            for m in 0..M {
                for second in 0..2 {
                    let row = 2 * (pair + m) + second;
                    if row < width {
                        for n in 0..N {
                            let at = (lead * side + column + n) * width + row;
                            let [re, im] = tile[m][second][n];
                            self.drained[at] = [R::plus(simd, re, re), R::plus(simd, im, im)];
                        }
                    }
                }
            }
        });
    }

    /// The four real products that make up the rows `[row..]` of g with the columns `[column..]` of Γ g.
    #[inline(always)]
    fn products<const M: usize, const N: usize>(
        &self,
        lead: usize,
        row: usize,
        column: usize,
    ) -> Tile<R::V<S>, M, N> {
        let mut rows: [&[Pair<R::V<S>>]; M] = [&[]; M];
        for m in 0..M {
            rows[m] = self.at_lead(lead, row + m);
        }
        let mut columns: [&[Pair<R::V<S>>]; N] = [&[]; N];
        for n in 0..N {
            columns[n] = self.drained(lead, column + n);
        }
        product::<S, R, M, N>(self.simd, rows, columns)
    }

    /// N columns of g Γ_R g† at the left end's sites.
    #[inline(always)]
    fn states_at_left<const N: usize>(&mut self, column: usize) {
        let simd = self.simd;
        let side = self.side;
        let begin = self.begin(0);
        twos!(row in 0, side; M => {
            let tile: Tile<R::V<S>, M, N> = self.products(1, row, begin + column);
            for m in 0..M {
                for n in 0..N {
                    let [re, im] = [tile[m][0][n], tile[m][1][n]];
                    let at = (row + m) * self.width + column + n;
                    self.states[at] = [
                        R::plus(simd, re[0], im[1]),
                        R::minus(simd, im[0], re[1]),
                    ];
                }
            }
        });
    }

    /// A tile of a seed's matrix.
    #[inline(always)]
    fn seed<const M: usize, const N: usize>(
        &self,
        seed: Seed,
        row: usize,
        column: usize,
    ) -> [[R::V<S>; N]; M] {
        let simd = self.simd;
        let mut to = [[R::splat(simd, R::ZERO); N]; M];
        let over_pi = R::splat(simd, R::from_f64(std::f64::consts::FRAC_1_PI));
        let over_two_pi = R::splat(simd, R::from_f64(0.5 * std::f64::consts::FRAC_1_PI));
        match seed.scattering_states() {
            None => {
                for m in 0..M {
                    for n in 0..N {
                        let im = self.function[(column + n) * self.side + row + m][1];
                        to[m][n] = R::negate(simd, R::times(simd, im, over_pi));
                    }
                }
            }
            Some(_) if seed == Seed::Gradient => {
                let one = self.gradient_half::<M, N>(row, column);
                let other = self.gradient_half::<N, M>(column, row);
                for m in 0..M {
                    for n in 0..N {
                        to[m][n] = R::plus(simd, one[m][n], other[n][m]);
                    }
                }
            }
            Some(lead) => {
                let tile: Tile<R::V<S>, M, N> = self.products(lead, row, column);
                for m in 0..M {
                    for n in 0..N {
                        let [re, im] = [tile[m][0][n], tile[m][1][n]];
                        to[m][n] = if seed.is_antisymmetric() {
                            let half = R::minus(simd, re[1], im[0]);
                            R::plus(simd, half, half)
                        } else {
                            R::times(simd, R::plus(simd, re[0], im[1]), over_two_pi)
                        };
                    }
                }
            }
        }
        to
    }

    /// Re(g Γ_R g† Γ_L g), not symmetrised.
    #[inline(always)]
    fn gradient_half<const M: usize, const N: usize>(
        &self,
        row: usize,
        column: usize,
    ) -> [[R::V<S>; N]; M] {
        let mut rows: [&[Pair<R::V<S>>]; M] = [&[]; M];
        for m in 0..M {
            rows[m] = &self.states[(row + m) * self.width..][..self.width];
        }
        let mut columns: [&[Pair<R::V<S>>]; N] = [&[]; N];
        for n in 0..N {
            columns[n] = self.drained(0, column + n);
        }
        let tile = product::<S, R, M, N>(self.simd, rows, columns);
        let mut to = [[R::splat(self.simd, R::ZERO); N]; M];
        for m in 0..M {
            for n in 0..N {
                to[m][n] = R::minus(self.simd, tile[m][0][n][0], tile[m][1][n][1]);
            }
        }
        to
    }

    /// Tr[Γ_L g Γ_L g†] + 2 Tr[Γ_L Im g] at the left end: −T, if g is the Green's function of what
    /// conserves current.
    #[inline(always)]
    pub(super) fn reflected(&self) -> R::V<S> {
        let simd = self.simd;
        let mut sum = R::splat(simd, R::ZERO);
        let begin = self.begin(0);
        for column in 0..self.width {
            for row in 0..self.width {
                let one = self.drained(0, begin + column)[row];
                let other = self.drained(0, begin + row)[column];
                sum = R::fma(simd, one[0], other[0], sum);
                sum = R::fma(simd, one[1], other[1], sum);
            }
            let im = self.drained(0, begin + column)[column][1];
            sum = R::plus(simd, sum, R::plus(simd, im, im));
        }
        sum
    }

    /// T = Tr[Γ_R g Γ_L g†], a sum of what arrives at the right.
    #[inline(always)]
    pub(super) fn transmission(&self) -> R::V<S> {
        let simd = self.simd;
        let mut sum = R::splat(simd, R::ZERO);
        let begin = self.begin(0);
        // Γ_R g at the left end's sites against g Γ_L there.
        for column in 0..self.width {
            for row in 0..self.width {
                // (Γ_R g)[row, L column] · conj(g Γ_L)[R row, L column].
                let one = self.drained(1, begin + column)[row];
                let other = self.drained(0, row)[column];
                sum = R::fma(simd, one[0], other[0], sum);
                sum = R::fma(simd, one[1], other[1], sum);
            }
        }
        sum
    }
}
