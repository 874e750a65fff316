//! Measures how far the playground's predictors are off on random strips, by impurity concentration, and writes
//! `typical_errors.json`, which the page shows beside each prediction:
//!
//! ```text
//! cargo run --release -p landauer-playground --example typical_errors
//! ```

use std::error::Error;
use std::path::Path;
use std::{fs, thread};

use landauer_playground::{Predictors, TypicalErrors};

/// Closer where the errors change fast.
const PER_CENT: [f64; 23] = [
    0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.5, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0,
    50.0, 60.0, 70.0, 80.0, 90.0, 100.0,
];

/// From what the hybrid's last step costs alone to what covers almost every strip.
const BUDGETS: [u64; 21] = [
    449, 100_000, 150_000, 200_000, 250_000, 300_000, 400_000, 500_000, 600_000, 700_000, 800_000,
    1_000_000, 1_200_000, 1_500_000, 1_700_000, 2_000_000, 2_500_000, 3_000_000, 3_500_000,
    4_000_000, 5_000_000,
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut file = TypicalErrors {
        command: "cargo run --release -p landauer-playground --example typical_errors".to_owned(),
        seed: 1902,
        strips: 400,
        concentrations: PER_CENT.map(|per_cent| per_cent / 100.0).to_vec(),
        budgets: BUDGETS.to_vec(),
        errors: Vec::new(),
    };
    let threads = thread::available_parallelism()?.get();
    let places: Vec<usize> = (0..PER_CENT.len()).collect();
    for places in places.chunks(threads) {
        let found = thread::scope(|scope| {
            let workers: Vec<_> = places
                .iter()
                .map(|&place| {
                    let file = &file;
                    scope.spawn(move || {
                        let mut predictors =
                            Predictors::new().map_err(|error| error.to_string())?;
                        let errors = file.measure(place, &mut predictors);
                        errors.map_err(|error| error.to_string())
                    })
                })
                .collect();
            let joined = workers.into_iter().map(|worker| {
                let result = worker.join();
                result.unwrap_or_else(|_| Err("a thread has panicked".to_owned()))
            });
            joined.collect::<Result<Vec<_>, String>>()
        })?;
        for (place, errors) in places.iter().zip(&found) {
            println!("n = {} %: {errors:.4?}", PER_CENT[*place]);
        }
        file.errors.extend(found);
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("typical_errors.json");
    fs::write(&path, serde_json::to_string_pretty(&file)? + "\n")?;
    println!("wrote {}", path.display());
    Ok(())
}
