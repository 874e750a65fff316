//! Products of two channels, mode by mode, and their gradients.

use super::super::tile::Row;

/// Modes by parity, `[parity along][parity across]`, each `[mode across, mode along]` of one block.
pub(super) type Parts<T> = [[T; 2]; 2];

/// Where mode `(across, along)` of a part is in the product's map, `[mode across, mode along]`, both
/// even modes first.
#[inline(always)]
const fn place(along: usize, across: usize, parity: (usize, usize), half: (usize, usize)) -> usize {
    (parity.1 * half.1 + across) * (2 * half.0) + parity.0 * half.0 + along
}

/// a·b − `offset` as one map; `half` are half the strip's slices and half a slice's sites.
#[inline(always)]
pub(super) fn product(
    a: Parts<&[Row]>,
    b: Parts<&[Row]>,
    offset: f32,
    half: (usize, usize),
    map: &mut [Row],
) {
    for (px, (a, b)) in a.iter().zip(&b).enumerate() {
        for (py, (a, b)) in a.iter().zip(b).enumerate() {
            for across in 0..half.1 {
                for along in 0..half.0 {
                    let to = &mut map[place(along, across, (px, py), half)];
                    let from = across * half.0 + along;
                    let (a, b) = (&a[from], &b[from]);
                    for s in 0..to.len() {
                        to[s] = a[s] * b[s] - offset;
                    }
                }
            }
        }
    }
}

/// Adds other·gradient to the gradient of one factor.
#[inline(always)]
pub(super) fn add_gradient(
    other: Parts<&[Row]>,
    gradient: &[Row],
    half: (usize, usize),
    by: Parts<&mut [Row]>,
) {
    for (px, (other, by)) in other.iter().zip(by).enumerate() {
        for (py, (other, by)) in other.iter().zip(by).enumerate() {
            for across in 0..half.1 {
                for along in 0..half.0 {
                    let gradient = &gradient[place(along, across, (px, py), half)];
                    let at = across * half.0 + along;
                    for s in 0..gradient.len() {
                        by[at][s] += other[at][s] * gradient[s];
                    }
                }
            }
        }
    }
}
