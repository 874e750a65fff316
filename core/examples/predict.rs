//! G of strips by a network in integers, and exactly:
//!
//! ```text
//! cargo run --release --example predict [NETWORK.postcard]
//! ```
//!
//! Without an argument it is `best-g`, which comes with Landauer, for strips of 40×40 sites.

use landauer_core::Ensemble;
use landauer_core::inference::{Model, Target};
use landauer_core::transport::{reflection_workspace_len, transmission};

const STRIPS: u16 = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // On a microcontroller the bytes are a constant in flash, and are not copied.
    let file = std::env::args_os().nth(1).map(std::fs::read).transpose()?;
    let bytes = file.as_deref().unwrap_or(landauer_models::BEST_G.bytes());
    let model = Model::parse(bytes)?; // every byte is checked
    if !model.targets().eq([Target::Conductance]) {
        return Err("this network predicts something else than G".into());
    }
    let width = usize::from(model.card().width);
    let mut onsite = vec![0.0_f32; model.sites()];
    let mut scratch = vec![0; model.scratch_len()];
    model.self_test(&mut onsite, &mut scratch)?;

    // Strips of the kind that the network was made for; others are an error.
    let ensemble = Ensemble::new(model.card().disorder, model.card().concentration, 2026)?;
    let mut workspace = vec![0.0; reflection_workspace_len(width)];
    let mut error = 0.0;
    for strip in 0..STRIPS {
        ensemble.sample(strip.into()).fill_onsite(&mut onsite);
        let mut g = [0.0];
        model.predict(&onsite, width, &mut scratch, &mut g)?; // in units of G0
        let exact = transmission(&onsite, width, 0.0, &mut workspace)?;
        error += (g[0] - exact).abs() / f32::from(STRIPS);
    }
    println!(
        "{}: G of {STRIPS} strips is off by {error:.3} G0 on average",
        model.card().name
    );
    // It is 0.139 over 20,000 strips.
    assert!(file.is_some() || error < 0.3);
    Ok(())
}
