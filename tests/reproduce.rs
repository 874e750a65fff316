//! `landauer reproduce` as a user runs it, and `predict`'s intervals.

use std::fs;
use std::path::{Path, PathBuf};

use landauer_tests::command::run;
use landauer_tests::{npy, tolerance};
use tempfile::TempDir;

/// A folder for figures.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn record(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(&self.read(name)).expect("JSON")
    }

    fn command(&self, words: &str) -> Vec<String> {
        let output = self.path("figures").display().to_string();
        let words = words.split(' ').map(str::to_owned);
        ["reproduce".to_owned(), "--output".to_owned(), output]
            .into_iter()
            .chain(words)
            .collect()
    }
}

/// The files in a folder with this ending.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .collect();
    paths.sort();
    paths
}

#[test]
fn figures_are_made_once_and_stand_on_one_page() {
    let place = Place::new();
    let _ = run(place.command("fig2 fig4 text")).succeeded();
    for name in [
        "fig2.svg",
        "fig2.png",
        "fig2.csv",
        "fig4_cnn.png",
        "text.csv",
    ] {
        assert!(place.path("figures").join(name).exists(), "{name}");
    }
    let fig2 = place.record("figures/fig2.json");
    for claim in fig2["claims"].as_array().expect("claims") {
        assert_eq!(claim["verdict"], "agrees", "{claim:#}");
    }
    // One site is learned to the error of the paper, at its size.
    let text = place.record("figures/text.json");
    let one_site = &text["claims"][0];
    assert_eq!(one_site["paper"], "0.006", "{text:#}");
    assert_ne!(one_site["verdict"], "differs", "{text:#}");
    let page = place.read("figures/README.md");
    for part in [
        "## fig2",
        "## fig4",
        "## text",
        "fig4_dnn.png",
        "| agrees |",
    ] {
        assert!(page.contains(part), "{part} in\n{page}");
    }

    // Nothing is trained again, and numbers and pictures stay the same.
    let csv = place.read("figures/text.csv");
    let again = run(place.command("text fig2")).succeeded();
    assert_eq!(place.read("figures/text.csv"), csv);
    assert!(again.stdout.contains("agrees"), "{again:?}");
    let text = place.record("figures/text.json");
    for step in text["steps"].as_array().expect("steps") {
        assert_eq!(step["found"], true, "{step:#}");
    }

    // What is kept and damaged is refused by name.
    let points = files(&place.path("figures/work/points"), "json");
    let point = points.first().expect("a point");
    let bytes = fs::read(point).expect("bytes");
    fs::write(point, &bytes[..bytes.len() / 2]).expect("written");
    let name = point.file_name().expect("a name").to_string_lossy();
    run(place.command("text")).failed(6, &[&name, "delete this file"]);
}

#[test]
fn what_would_take_too_long_is_left_out_and_said() {
    let place = Place::new();
    let _ = run(place.command("fig11 --limit 0.00001")).succeeded();
    let record = place.record("figures/fig11.json");
    let undone = record["undone"].as_array().expect("undone");
    assert_eq!(undone.len(), 12, "{record:#}");
    for claim in record["claims"].as_array().expect("claims") {
        assert_eq!(claim["verdict"], "not-done", "{claim:#}");
    }
    let page = place.read("figures/README.md");
    assert!(
        page.contains("`landauer reproduce fig11 --device cuda` on a GPU"),
        "{page}"
    );
    assert!(page.contains("Fig. 11, model IV, 3 x 300"), "{page}");
    // Nothing was solved for it.
    assert!(!place.path("figures/work/data").exists());
}

#[test]
fn what_cannot_be_is_refused() {
    let place = Place::new();
    run(place.command("fig13")).failed(2, &["fig1 to fig12, text, cost or all"]);
    run(place.command("fig2 --limit 0")).failed(2, &["--limit cannot be 0"]);
    run(place.command("fig2 --limit NaN")).failed(2, &["--limit cannot be NaN"]);
    run(place.command("fig2 --profile slow")).failed(2, &["slow"]);
    fs::write(place.path("figures"), "in the way").expect("written");
    run(place.command("fig4")).failed(4, &["figures"]);
}

/// Lattices of model II as a .npy file, and their exact G.
fn lattices(place: &Place, samples: u64) -> (String, Vec<f64>) {
    use landauer_core::{Concentration, DisorderModel, Ensemble, Lattice};
    let model = DisorderModel::OneSpecies;
    let ensemble = Ensemble::new(model, Concentration::Uniform, 4711).expect("an ensemble");
    let (mut onsite, mut exact) = (Vec::new(), Vec::new());
    let mut workspace = [0.0; landauer_core::transport::reflection_workspace_len(40)];
    for sample in 0..samples {
        let strip: Lattice<f64, 40, 40> = ensemble.sample(sample).lattice();
        exact.push(strip.transmission(0.0, &mut workspace).expect("a solution"));
        onsite.extend(strip.slices().flatten());
    }
    let path = place.path("lattices.npy").display().to_string();
    let shape = [samples, 40, 40].map(|side| usize::try_from(side).expect("a size"));
    fs::write(&path, npy::f64_array(&shape, &onsite)).expect("written");
    (path, exact)
}

#[test]
fn predictions_come_with_intervals_and_the_exact_solver_beside_them() {
    let place = Place::new();
    let (onsite, exact) = lattices(&place, 400);
    let out = |name: &str| place.path(name).display().to_string();
    let (plain, ends, mixed) = (out("plain.npy"), out("ends.npy"), out("mixed.npy"));
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/best-g.postcard");
    let predict = |more: &[&str]| {
        let words = ["--json", "predict", "--model", model, "--onsite", &onsite];
        let found = run(words.iter().chain(more)).succeeded();
        serde_json::from_str::<serde_json::Value>(&found.stdout).expect("JSON")
    };
    let words = ["--output", &plain, "--intervals", &ends, "--exact"];
    let found = predict(&words)["certainty"]["targets"][0].clone();
    let (shape, plain) = npy::read(plain.as_ref());
    assert_eq!(shape, [400]);
    let (shape, ends) = npy::read(ends.as_ref());
    assert_eq!(shape, [400, 2]);
    let edge = tolerance::INTERVAL_EDGE;
    let within = exact.iter().zip(ends.chunks(2));
    let within = within.filter(|(exact, ends)| (ends[0] - edge..=ends[1] + edge).contains(*exact));
    let share = within.count() as f64 / 400.0;
    let said = found["within"].as_f64().expect("a share");
    // What is within by that edge only, was not said to be.
    assert!((said..said + 0.1).contains(&share), "{share} and {said}");
    assert!((0.85..0.97).contains(&share), "{share}");
    let error = exact.iter().zip(&plain).map(|(a, b)| (a - b).abs());
    let error = error.sum::<f64>() / 400.0;
    let said = found["mae"].as_f64().expect("an error");
    assert!(
        (error - said).abs() < tolerance::PROMISED_ABSOLUTE,
        "{error} and {said}"
    );

    // Where an interval is wide, the exact solution takes the prediction's place.
    let solved =
        predict(&["--output", &mixed, "--exact-above", "0.3"])["certainty"]["solved"].clone();
    let (_, mixed) = npy::read(mixed.as_ref());
    let mut replaced = 0;
    for (sample, value) in mixed.iter().enumerate() {
        if ends[2 * sample + 1] - ends[2 * sample] > 0.3 {
            let off = (value - exact[sample]).abs();
            assert!(off < tolerance::PROMISED_ABSOLUTE, "sample {sample}: {off}");
            replaced += 1;
        } else {
            assert_eq!(*value, plain[sample], "sample {sample}");
        }
    }
    assert_eq!(solved, replaced);
    assert!(replaced > 20 && replaced < 380, "{replaced}");
}

#[test]
fn intervals_need_the_model_s_card() {
    let place = Place::new();
    let (onsite, _) = lattices(&place, 2);
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/best-g.postcard");
    let alone = place.path("alone.postcard").display().to_string();
    fs::copy(model, &alone).expect("copied");
    let words = ["predict", "--model", &alone, "--onsite", &onsite];
    let with = |more: &[&str]| run(words.iter().chain(more));
    with(&["--exact-above", "0.1"]).failed(2, &["card", "beside the model file"]);
    // The exact solver needs none.
    let _ = with(&["--exact"]).succeeded();
    with(&["--level", "0.99", "--exact"]).failed(2, &["0.95"]);
    with(&["--intervals", &onsite]).failed(2, &["--intervals would overwrite --onsite"]);
}
