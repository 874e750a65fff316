//! The transmission of one strip: `cargo run --release -p landauer --example one_strip`.

use landauer::{Energies, OnsiteEnergies, Solver, StripSize};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // 20 slices along transport, 10 rows across, a wall with a gap of two sites in the middle.
    let size = StripSize::new(20, 10)?;
    let mut onsite = vec![0.0; size.sites()];
    for row in [0, 1, 2, 3, 6, 7, 8, 9] {
        onsite[10 * size.width() + row] = 50.0;
    }
    let strip = OnsiteEnergies::new(size, onsite)?;

    // Eigenvalues are found by the recursion only; without them the faster method is taken.
    let solver = Solver::builder(size)
        .energies(Energies::new([-1.0, -0.5, 0.0, 0.5, 1.0])?)
        .eigenvalues(true)
        .build()?;
    let solution = solver.solve(&strip)?;

    println!("solver: {}", solution.solver());
    println!("{:>6} {:>6} {:>10} {:>8}", "E/t", "modes", "G/G0", "Fano");
    for (number, energy) in solution.energies().all().iter().enumerate() {
        let modes = solution.propagating_modes()[number];
        let conductance = solution.transmissions()[number];
        let fano = solution.fano_factor(0, number).unwrap_or(f64::NAN);
        println!("{energy:>6} {modes:>6} {conductance:>10.6} {fano:>8.5}");
        // A gap of two sites lets two modes through at most, and a little leaks through the wall.
        assert!(conductance < 2.2);
    }
    Ok(())
}
