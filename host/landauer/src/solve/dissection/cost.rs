//! What a front costs, in vector instructions: what the dissection minimises.

/// The multiply-adds that eliminate `pivots` unknowns coupled to `outside` others.
pub(super) fn fma(pivots: f64, outside: f64) -> f64 {
    let (p, q) = (pivots, outside);
    p * p * p / 6.0 + p * p * q / 2.0 + p * q * q / 2.0
}

/// One element of the update, added to where it belongs.
const SCATTER: f64 = 3.0;
/// One element of the rows of pivots, prepared, read and written.
const ROW: f64 = 2.0;
/// One pivot: its division and what waits for it.
const PIVOT: f64 = 20.0;
/// One front.
const FRONT: f64 = 150.0;

/// The cost of eliminating a front. The weights beside the multiply-adds were fitted to
/// measurements (`cargo bench --bench dissection`); they decide how small the smallest fronts are.
pub(super) fn front_cost(pivots: usize, outside: usize) -> f64 {
    let (p, q) = (pivots as f64, outside as f64);
    fma(p, q) + SCATTER * q * q / 2.0 + ROW * p * (p + q) + PIVOT * p + FRONT
}

/// Sites of a leaf that is a seed ([`super::plan::Seed`]): no rows, no products.
pub(super) const MAX_SEED: usize = 2;
/// One seed and one element of its update.
const SEED: f64 = 25.0;
const SEED_UPDATE: f64 = 2.0;

/// The cost of a front without children, whose sites are neighbours.
pub(super) fn leaf_cost(sites: usize, outside: usize) -> f64 {
    if sites > MAX_SEED {
        return front_cost(sites, outside);
    }
    let q = outside as f64;
    SEED * sites as f64 + SEED_UPDATE * q * (q + 1.0) / 2.0
}

/// The multiply-adds of the leads' stage: `right` unknowns folded on to the left end of `left`
/// sites, that end's Green's function, and its product with what drains away. All of it is complex
/// but for one factor of the last.
pub(super) fn lead_fma(right: usize, left: usize) -> f64 {
    let q = left as f64;
    4.0 * fma(right as f64, q) + 4.0 * q * q * q
}
