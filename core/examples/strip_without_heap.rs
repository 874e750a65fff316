//! The transmission of one strip with on-site energies of your own, solved without heap:
//!
//! ```text
//! cargo run --example strip_without_heap
//! ```

use landauer_core::SolveError;
use landauer_core::transport::{Lead, reflection_workspace_len, transmission};

/// Sites across; the length is that of the data.
const WIDTH: usize = 3;
/// In units of the hopping t, as on-site energies are.
const ENERGY: f64 = 0.2;

/// T(E) of on-site energies `[slice, row]`. All it needs is on the stack, as on a microcontroller:
/// the size of the workspace is known to the compiler.
fn solve(onsite: &[f64], energy: f64) -> Result<f64, SolveError> {
    let mut workspace = [0.0; reflection_workspace_len(WIDTH)];
    transmission(onsite, WIDTH, energy, &mut workspace)
}

fn main() -> Result<(), SolveError> {
    // Five slices of three sites, from the left lead to the right one.
    let onsite = [
        0.0, 0.0, 0.0, //
        0.0, 2.0, 0.0, //
        -1.0, 2.0, 0.5, //
        0.0, 2.0, 0.0, //
        0.0, 0.0, 0.0, //
    ];
    let modes = Lead::new(WIDTH, ENERGY)?.propagating_modes();
    let t = solve(&onsite, ENERGY)?;
    println!("T({ENERGY} t) = {t:.6}, of {modes} propagating modes");
    assert!(t > 0.0 && t < modes as f64);

    // Without disorder nothing is reflected: T is the number of propagating modes.
    let clean = solve(&[0.0; 5 * WIDTH], ENERGY)?;
    println!("T({ENERGY} t) = {clean:.6} without disorder");
    assert!((clean - modes as f64).abs() < 1e-12);
    Ok(())
}
