//! Disorder that is not the paper's: smooth hills under the strip, drawn by the user's own random numbers.
//! `cargo run --release -p landauer --example own_disorder`.

use landauer::statistics::MeanAndError;
use landauer::{Energies, OnsiteEnergies, Solver, StripSize};

const SAMPLES: usize = 200;
const HILLS: usize = 30;
/// The height of a hill in t, and its radius in sites.
const HEIGHT: f64 = 1.0;
const RADIUS: f64 = 3.0;

/// Uniform numbers in [0, 1): Steele, Lea and Flood's SplitMix64, enough for an example.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((word ^ (word >> 31)) >> 11) as f64) / (1_u64 << 53) as f64
    }
}

/// One strip of hills and hollows, `[slice, row]` in t.
fn hills(size: StripSize, random: &mut Random) -> Vec<f64> {
    let mut onsite = vec![0.0; size.sites()];
    for _ in 0..HILLS {
        let x = random.uniform() * size.length() as f64;
        let y = random.uniform() * size.width() as f64;
        let height = HEIGHT * (2.0 * random.uniform() - 1.0);
        for (site, energy) in onsite.iter_mut().enumerate() {
            let (slice, row) = (site / size.width(), site % size.width());
            let squared = (slice as f64 - x).powi(2) + (row as f64 - y).powi(2);
            *energy += height * (-squared / (2.0 * RADIUS * RADIUS)).exp();
        }
    }
    onsite
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let size = StripSize::new(40, 20)?;
    let mut random = Random(1);
    let onsite: Vec<f64> = (0..SAMPLES)
        .flat_map(|_| hills(size, &mut random))
        .collect();
    // Refused here if a number is not finite, or if they are not whole strips.
    let strips = OnsiteEnergies::new(size, onsite)?;

    let solver = Solver::builder(size)
        .energies(Energies::of_bias(0.36)?)
        .build()?;
    let solution = solver.solve(&strips)?;

    let mut g_bar = MeanAndError::default();
    for conductance in solution.g_bar().ok_or("there is a bias")? {
        g_bar.push_scaled(conductance);
    }
    let (mean, error) = (
        g_bar.mean().ok_or("samples")?,
        g_bar.standard_error().ok_or("samples")?,
    );
    println!("G-bar of {SAMPLES} strips of {HILLS} hills: {mean:.3} +- {error:.3} G0");
    println!("solver: {}", solution.solver());
    assert!(error > 0.0 && mean > 1.0 && mean < 20.0);
    Ok(())
}
