//! Warm wires: G, S and the Lorenz number of disordered strips, and what they take.
//!
//! `cargo run --release -p landauer --example warm_wire`

use std::time::Instant;

use landauer::thermal::{Estimate, Thermal};
use landauer::{Concentration, DisorderModel, Ensemble, OnsiteEnergies, StripSize};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let size = StripSize::new(40, 40)?;
    for (name, model) in [("I", DisorderModel::I), ("II", DisorderModel::II)] {
        let ensemble = Ensemble::new(model, Concentration::Fixed(0.1), 1)?;
        for samples in [1, 64] {
            let strips = OnsiteEnergies::draw(&ensemble, size, 0..samples)?;
            for kt in [0.01, 0.1] {
                let begin = Instant::now();
                let thermal = Thermal::builder(size)
                    .fermi_energies([0.2])
                    .temperatures([kt])
                    .build()?;
                let solution = thermal.solve(&strips)?;
                let time = begin.elapsed().as_secs_f64();
                let mean = |all: &mut dyn Iterator<Item = Estimate>| {
                    all.map(|one| one.value).sum::<f64>() / samples as f64
                };
                let g = mean(&mut solution.conductances().iter().copied());
                let s = mean(&mut solution.seebeck_coefficients().iter().copied().flatten());
                let lorenz = mean(&mut solution.lorenz_numbers().into_iter().flatten());
                let errors = solution.conductances().iter().map(|one| one.error);
                let error = errors.fold(0.0, f64::max);
                let solves = solution.solves().iter().sum::<u64>() / samples;
                let each = 1e3 * time / samples as f64;
                println!(
                    "model {name:2}, {samples:2} strips, kT = {kt:4}: G = {g:.6} G0 (error <= {error:.0e}), \
                     S = {s:+.4} k_B/e, L = {lorenz:.4}; {solves} energies and {each:.1} ms a strip"
                );
            }
        }
    }
    Ok(())
}
