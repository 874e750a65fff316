//! The product of two panels, where nearly all of the time goes: a tile of the result is held in
//! registers while the panels stream by.

use pulp::Simd;

use super::lanes::Lane;

/// Two neighbouring columns of one row of a panel.
pub(super) type Pair<V> = [V; 2];

/// A tile of 2M rows and 2N columns: `[row pair][row][column pair][column]`.
pub(super) type Tile<V, const M: usize, const N: usize> = [[[Pair<V>; N]; 2]; M];

/// Σ_k a_k,row · b_k,column, in the order of k. Each of `a` and `b` is a pair of columns of a panel,
/// `[k]`, all of one length.
#[inline(always)]
pub(super) fn product<S: Simd, R: Lane, const M: usize, const N: usize>(
    simd: S,
    a: [&[Pair<R::V<S>>]; M],
    b: [&[Pair<R::V<S>>]; N],
) -> Tile<R::V<S>, M, N> {
    let mut tile = [[[[R::splat(simd, R::ZERO); 2]; N]; 2]; M];
    if S::REGISTER_COUNT < WHOLE_TILE {
        // A pair of rows at a time, so that their sums stay in registers.
        for m in 0..M {
            tile[m] = rows::<S, R, 1, N>(simd, [a[m]], b)[0];
        }
        return tile;
    }
    rows::<S, R, M, N>(simd, a, b)
}

/// Registers that hold the sums of a whole tile, two row pairs by three column pairs, and what is multiplied.
pub(super) const WHOLE_TILE: usize = 32;

/// The same, all rows at once.
#[inline(always)]
fn rows<S: Simd, R: Lane, const M: usize, const N: usize>(
    simd: S,
    a: [&[Pair<R::V<S>>]; M],
    b: [&[Pair<R::V<S>>]; N],
) -> Tile<R::V<S>, M, N> {
    let mut tile = [[[[R::splat(simd, R::ZERO); 2]; N]; 2]; M];
    let count = a[0].len();
    // Slices of one length, so that nothing needs to be checked in the loop. (No closures here: one
    // that is not inlined is not compiled for the vectors.)
    let (mut a, mut b) = (a, b);
    for m in 0..M {
        a[m] = &a[m][..count];
    }
    for n in 0..N {
        b[n] = &b[n][..count];
    }
    for k in 0..count {
        if M == 1 {
            // Both factors are held, and each column is used as soon as it has been read.
            let factors = a[0][k];
            for n in 0..N {
                for column in 0..2 {
                    let value = b[n][k][column];
                    for row in 0..2 {
                        let sum = &mut tile[0][row][n][column];
                        *sum = R::fma(simd, factors[row], value, *sum);
                    }
                }
            }
            continue;
        }
        let mut columns = [[R::splat(simd, R::ZERO); 2]; N];
        for n in 0..N {
            columns[n] = b[n][k];
        }
        for m in 0..M {
            for row in 0..2 {
                let factor = a[m][k][row];
                for n in 0..N {
                    for column in 0..2 {
                        let sum = &mut tile[m][row][n][column];
                        *sum = R::fma(simd, factor, columns[n][column], *sum);
                    }
                }
            }
        }
    }
    tile
}

/// Runs a block for all of `$from..$to` in steps of 3 and a last one of 2 or 1; `$n` is the step, a
/// constant.
macro_rules! threes {
    ($at:ident in $from:expr, $to:expr; $n:ident => $body:expr) => {{
        let (mut $at, end) = ($from, $to);
        while $at + 3 <= end {
            const $n: usize = 3;
            $body;
            $at += 3;
        }
        if $at + 2 == end {
            const $n: usize = 2;
            $body;
        } else if $at + 1 == end {
            const $n: usize = 1;
            $body;
        }
    }};
}
pub(super) use threes;

/// The same in steps of 2 and a last one of 1.
macro_rules! twos {
    ($at:ident in $from:expr, $to:expr; $n:ident => $body:expr) => {{
        let (mut $at, end) = ($from, $to);
        while $at + 2 <= end {
            const $n: usize = 2;
            $body;
            $at += 2;
        }
        if $at + 1 == end {
            const $n: usize = 1;
            $body;
        }
    }};
}
pub(super) use twos;
