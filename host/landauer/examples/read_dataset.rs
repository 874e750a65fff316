//! Makes a small data set in Zarr v3 and reads it again, sample by sample.
//! `cargo run --release -p landauer --example read_dataset [FOLDER]` reads FOLDER, a data set of
//! `landauer generate`, instead.

use std::path::{Path, PathBuf};

use landauer::dataset::{Dataset, DatasetConfig, Generation, default_chunk_samples};
use landauer::statistics::MeanAndError;
use landauer::work::WorkOptions;
use landauer::{Concentration, DisorderModel, Ensemble, StripSize};

const SAMPLES: u64 = 500;

/// A data set of 10 x 10 sites with any impurity concentration.
fn make(path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let size = StripSize::new(10, 10)?;
    let config = DatasetConfig {
        ensemble: Ensemble::new(DisorderModel::II, Concentration::Uniform, 1)?,
        size,
        energies: vec![0.0],
        bias: None,
        chunk_samples: default_chunk_samples(size),
    };
    // By the faster solver; one that has begun a data set goes on with it.
    let generation = Generation::new(path, &config, WorkOptions::new(SAMPLES))?;
    println!("making {} by {}", path.display(), generation.choice());
    // `()` watches without a word; an `Observer` of your own can show progress, and stop it.
    generation.run(&())?;
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let given = std::env::args_os().nth(1).map(PathBuf::from);
    let path = if let Some(path) = given {
        path
    } else {
        let path = std::env::temp_dir().join("landauer-example.zarr");
        make(&path)?;
        path
    };
    let dataset = Dataset::open(&path)?;
    let config = dataset.config();
    let [length, width] = config.size.sides();
    println!(
        "{} samples of {length} x {width} sites at {:?} t, solver {}",
        dataset.samples(),
        config.energies,
        dataset.solver()
    );

    // Some samples at a time, so that a data set of any size fits into memory.
    let mut transmission = MeanAndError::default();
    for first in (0..dataset.samples()).step_by(100) {
        let range = first..dataset.samples().min(first + 100);
        let onsite = dataset.onsite(range.clone())?;
        let found = dataset.transmission(range)?;
        let strips = onsite.chunks_exact(length * width);
        for (strip, row) in strips.zip(found.chunks_exact(config.energies.len())) {
            let impurities = strip.iter().filter(|&&energy| energy != 0.0).count();
            assert!(row[0] <= width as f64 + 1e-9 || impurities > 0);
            transmission.push(row[0]);
        }
    }
    if let (Some(mean), Some(error)) = (transmission.mean(), transmission.standard_error()) {
        println!(
            "mean T at {} t: {mean:.4} +- {error:.4}",
            config.energies[0]
        );
    }
    Ok(())
}
