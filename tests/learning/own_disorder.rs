//! Disorder that is not the paper's, from end to end: own species, and on-site energies from a file, become
//! data sets, averages, trained networks and model files that predict them.

use std::fs;
use std::path::Path;

use landauer::dataset::Dataset;
use landauer_core::inference::Model;
use landauer_core::{Concentration, DisorderModel, Ensemble, Species};
use landauer_tests::command::{Finished, run};
use landauer_tests::npy;
use serde_json::Value;
use tempfile::TempDir;

/// The two species, in t.
const SPECIES: [f64; 2] = [-1.5, 3.0];

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// Runs a command whose paths begin with `@`.
    fn run(&self, line: &str) -> Finished {
        run(line
            .split_whitespace()
            .map(|word| match word.split_once('@') {
                Some((before, name)) => format!("{before}{}", self.path(name)),
                None => word.to_owned(),
            }))
    }

    fn json(&self, line: &str) -> Value {
        let done = self.run(&format!("{line} --json")).succeeded();
        serde_json::from_str(&done.stdout).expect("JSON")
    }

    fn dataset(&self, name: &str) -> Dataset {
        Dataset::open(&self.0.path().join(name)).expect("a data set")
    }
}

/// The version of a model file.
fn version(path: &str) -> u16 {
    let bytes = fs::read(Path::new(path)).expect("a file");
    u16::from_le_bytes([bytes[8], bytes[9]])
}

#[test]
fn own_species_are_generated_averaged_trained_exported_and_predicted() {
    let place = Place::new();
    let strips = "--species -1.5,3 --length 4 --width 4 --energies 0 --samples";
    let _ = place
        .run(&format!("generate {strips} 2000 --seed 1 -o @train.zarr"))
        .succeeded();
    let _ = place
        .run(&format!("generate {strips} 500 --seed 2 -o @test.zarr"))
        .succeeded();
    // What is stored is what the species say.
    let model = DisorderModel::Impurities(Species::new(&SPECIES).expect("species"));
    let ensemble = Ensemble::new(model, Concentration::Uniform, 1).expect("an ensemble");
    let dataset = place.dataset("train.zarr");
    assert_eq!(dataset.config().ensemble, ensemble);
    let mut drawn = [0.0; 16];
    ensemble.sample(7).fill_onsite(&mut drawn);
    assert_eq!(dataset.onsite(7..8).expect("a sample"), drawn);
    let found = place.json("inspect @train.zarr");
    assert_eq!(found["disorder"], Value::Null);
    assert_eq!(found["species_energies"], serde_json::json!(SPECIES));
    assert_eq!(found["format_version"], 4);
    let shown = place.run("inspect @train.zarr").succeeded();
    assert!(
        shown.stdout.contains("impurities of -1.5 or 3 t"),
        "{}",
        shown.stdout
    );

    let averages =
        "ensemble --species -1.5,3 --length 4 --width 4 --concentration 0,1 --samples 50";
    let found = place.json(&format!("{averages} -o @averages"));
    let first = found["points"][0]["mean"].as_f64().expect("a mean");
    assert!((first - 4.0).abs() < 1e-9, "clean strips: {first}");

    let train = "train --preset spectral --target g --dataset @train.zarr --epochs 2 -o @run";
    let _ = place.run(train).succeeded();
    let report = place.json("evaluate @run --test-set @test.zarr");
    assert!(report["targets"][0]["mae"].is_number(), "{report}");
    let export = "export @run --test-set @test.zarr --max-loss 200 -o @own.postcard";
    let _ = place.run(export).succeeded();
    assert_eq!(version(&place.path("own.postcard")), 2);
    let found = place.json("inspect @own.postcard");
    assert_eq!(found["species_energies"], serde_json::json!(SPECIES));

    // Host and core predict the same bits, and another energy is refused by what is known.
    let predict = "predict --network @own.postcard --dataset @test.zarr -o @g.npy";
    let _ = place.run(predict).succeeded();
    let (_, predicted) = npy::read(&place.0.path().join("g.npy"));
    let bytes = fs::read(place.path("own.postcard")).expect("a file");
    let model = Model::parse(&bytes).expect("a model");
    let test = place.dataset("test.zarr");
    let mut scratch = vec![0; model.scratch_len()];
    for (number, &expected) in predicted.iter().enumerate().take(50) {
        let number = number as u64;
        let onsite = test.onsite(number..number + 1).expect("a sample");
        let mut found = [0.0_f32];
        model
            .predict(&onsite, 4, &mut scratch, &mut found)
            .expect("a prediction");
        assert!((f64::from(found[0]) - expected).abs() < 1e-9, "{number}");
    }
    fs::write(place.path("five.npy"), npy::f64_array(&[4, 4], &[5.0; 16])).expect("a file");
    place
        .run("predict --network @own.postcard --onsite @five.npy")
        .failed(3, &["site (0, 0) is 5 t", "knows 0, -1.5 and 3 t"]);
    // The paper's data sets are for other networks.
    let other = "generate --length 4 --width 4 --energies 0 --samples 20 -o @two.zarr";
    let _ = place.run(other).succeeded();
    place
        .run("evaluate @own.postcard --test-set @two.zarr")
        .failed(2, &["model II", "impurities of -1.5 or 3 t"]);
}

#[test]
fn on_site_energies_from_a_file_are_generated_averaged_trained_exported_and_predicted() {
    let place = Place::new();
    let model = DisorderModel::AndersonBox { strength: 3.0 };
    let ensemble = Ensemble::new(model, Concentration::Uniform, 9).expect("an ensemble");
    let write = |name: &str, first: u64, samples: u64| {
        let mut onsite = vec![0.0; usize::try_from(samples).expect("few") * 9];
        for (strip, number) in onsite.chunks_exact_mut(9).zip(first..) {
            ensemble.sample(number).fill_onsite(strip);
            // No model's: no site is ever negative.
            for energy in strip {
                *energy = f64::abs(*energy);
            }
        }
        let shape = [onsite.len() / 9, 3, 3];
        fs::write(place.path(name), npy::f64_array(&shape, &onsite)).expect("a file");
        onsite
    };
    let onsite = write("own.npy", 0, 1500);
    let _ = write("test.npy", 5000, 300);
    let generate = "generate --energies 0,0.3 --chunk 512";
    let _ = place
        .run(&format!("{generate} --onsite @own.npy -o @own.zarr"))
        .succeeded();
    let _ = place
        .run(&format!("{generate} --onsite @test.npy -o @test.zarr"))
        .succeeded();
    let dataset = place.dataset("own.zarr");
    assert_eq!(dataset.samples(), 1500);
    assert_eq!(dataset.onsite(0..1500).expect("all"), onsite);
    let bound = onsite
        .iter()
        .fold(0.0, |most: f64, energy| most.max(energy.abs()));
    let disorder = dataset.config().ensemble.model();
    assert_eq!(disorder, DisorderModel::Given { bound });
    // T is that of the same strips from the same file.
    let _ = place
        .run("solve --onsite @own.npy --energies 0,0.3 -o @t.npy")
        .succeeded();
    let (_, solved) = npy::read(&place.0.path().join("t.npy"));
    let stored = dataset.transmission(0..1500).expect("all");
    let differ = solved
        .iter()
        .zip(&stored)
        .filter(|(a, b)| (*a - *b).abs() > 1e-9);
    assert_eq!(differ.count(), 0);
    // The same command finds it complete; another file is another data set.
    let again = place
        .run(&format!("{generate} --onsite @own.npy -o @own.zarr"))
        .succeeded();
    assert!(
        again.stdout.contains("complete already"),
        "{}",
        again.stdout
    );
    place
        .run(&format!("{generate} --onsite @test.npy -o @own.zarr"))
        .failed(5, &["own.zarr"]);
    place
        .run(&format!(
            "{generate} --onsite @test.npy --samples 301 -o @more.zarr"
        ))
        .failed(2, &["301", "300"]);
    place
        .run(&format!(
            "{generate} --onsite @test.npy --seed 3 -o @more.zarr"
        ))
        .failed(2, &["--seed"]);

    let found = place.json("ensemble --onsite @own.npy --energies 0,0.3 -o @averages");
    let mean: f64 = stored.iter().step_by(2).sum::<f64>() / 1500.0;
    let averaged = found["points"][0]["mean"].as_f64().expect("a mean");
    assert!((mean - averaged).abs() < 1e-9, "{mean} {averaged}");

    let train = "train --preset paper-dnn-3x3 --dataset @own.zarr --epochs 3 -o @run";
    let _ = place.run(train).succeeded();
    let report = place.json("evaluate @run --test-set @test.zarr");
    assert!(report["targets"][0]["mae"].is_number(), "{report}");
    place
        .run("evaluate @run --test-set @own.zarr")
        .failed(5, &["own.zarr"]);
    let export = "export @run --test-set @test.zarr --max-loss 200 -o @own.postcard";
    let _ = place.run(export).succeeded();
    assert_eq!(version(&place.path("own.postcard")), 2);
    let _ = place
        .run("predict --network @own.postcard --onsite @test.npy -o @g.npy")
        .succeeded();
    // Beyond what it was trained on it knows nothing.
    let large = npy::f64_array(&[3, 3], &[bound + 1.0; 9]);
    fs::write(place.path("large.npy"), large).expect("a file");
    place
        .run("predict --network @own.postcard --onsite @large.npy")
        .failed(3, &["site (0, 0)", "energies from"]);
}
