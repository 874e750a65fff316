//! A disorder model of your own: random dimers, which let one energy through.
//!
//! ```text
//! cargo run --example random_dimers
//! ```
//!
//! In one dimension uncorrelated disorder localises every state. If the impurities of energy V come
//! in pairs, a pair does not reflect at E = V, however many there are: T = 1 (D. H. Dunlap, H.-L. Wu
//! and P. W. Phillips, Phys. Rev. Lett. 65, 88, 1990).

use landauer_core::{Lattice, SolveError};

/// A chain: strips of one row.
type Chain = Lattice<f64, 400, 1>;

/// The energy of an impurity, in units of the hopping t.
const V: f64 = 0.5;
const SAMPLES: u64 = 200;

/// A fair coin for each (sample, cell): any generator of random numbers does (this one is SplitMix64).
fn coin(sample: u64, cell: usize) -> bool {
    let state = (sample << 32 | cell as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) & 1 == 1
}

/// The mean of ln T at E = V over chains in which impurities come `cell` sites at a time.
fn mean_ln_t(cell: usize) -> Result<f64, SolveError> {
    let mut workspace = [0.0; Chain::WORKSPACE_LEN];
    let mut sum = 0.0;
    for sample in 0..SAMPLES {
        let impurity = |slice, _row| if coin(sample, slice / cell) { V } else { 0.0 };
        let chain = Chain::from_fn(impurity);
        sum += chain.transmission(V, &mut workspace)?.ln();
    }
    Ok(sum / SAMPLES as f64)
}

fn main() -> Result<(), SolveError> {
    let (singles, dimers) = (mean_ln_t(1)?, mean_ln_t(2)?);
    println!("single impurities: <ln T> = {singles:.3}");
    println!(
        "dimers:            <ln T> = {dimers:.3}, T = {:.6}",
        dimers.exp()
    );
    assert!(singles < -4.0);
    assert!(dimers.abs() < 1e-9);
    Ok(())
}
