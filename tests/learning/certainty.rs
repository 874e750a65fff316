//! How sure `landauer predict` is: intervals, and the exact solver beside predictions.

use std::fs;

use landauer_tests::command::run;
use landauer_tests::{npy, tolerance};
use tempfile::TempDir;

/// Lattices of model II as a .npy file, and their exact G.
fn lattices(place: &TempDir, samples: u64) -> (String, Vec<f64>) {
    use landauer_core::{Concentration, DisorderModel, Ensemble, Lattice};
    let model = DisorderModel::II;
    let ensemble = Ensemble::new(model, Concentration::Uniform, 4711).expect("an ensemble");
    let (mut onsite, mut exact) = (Vec::new(), Vec::new());
    let mut workspace = [0.0; landauer_core::transport::reflection_workspace_len(40)];
    for sample in 0..samples {
        let strip: Lattice<f64, 40, 40> = ensemble.sample(sample).lattice();
        exact.push(strip.transmission(0.0, &mut workspace).expect("a solution"));
        onsite.extend(strip.slices().flatten());
    }
    let path = place.path().join("lattices.npy").display().to_string();
    let shape = [samples, 40, 40].map(|side| usize::try_from(side).expect("a size"));
    fs::write(&path, npy::f64_array(&shape, &onsite)).expect("written");
    (path, exact)
}

#[test]
fn predictions_come_with_intervals_and_the_exact_solver_beside_them() {
    let place = tempfile::tempdir().expect("a folder");
    let (onsite, exact) = lattices(&place, 400);
    let out = |name: &str| place.path().join(name).display().to_string();
    let (plain, ends, mixed) = (out("plain.npy"), out("ends.npy"), out("mixed.npy"));
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/best-g.postcard");
    let predict = |more: &[&str]| {
        let words = ["--json", "predict", "--network", model, "--onsite", &onsite];
        let found = run(words.iter().chain(more)).succeeded();
        serde_json::from_str::<serde_json::Value>(&found.stdout).expect("JSON")
    };
    let words = ["--output", &plain, "--intervals", &ends, "--exact"];
    let found = predict(&words)["certainty"]["targets"][0].clone();
    let (shape, plain) = npy::read(plain.as_ref());
    assert_eq!(shape, [400]);
    let (shape, ends) = npy::read(ends.as_ref());
    assert_eq!(shape, [400, 2]);
    // No conductance lies outside of what a strip of 40 modes can have.
    assert!(ends.iter().all(|end| (0.0..=40.0).contains(end)));
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
    let known = out("known.npy");
    let words = [
        "--output",
        &mixed,
        "--intervals",
        &known,
        "--exact-above",
        "0.3",
    ];
    let solved = predict(&words)["certainty"]["solved"].clone();
    let (_, mixed) = npy::read(mixed.as_ref());
    let (_, known) = npy::read(known.as_ref());
    let mut replaced = 0;
    for (sample, value) in mixed.iter().enumerate() {
        if ends[2 * sample + 1] - ends[2 * sample] > 0.3 {
            let off = (value - exact[sample]).abs();
            assert!(off < tolerance::PROMISED_ABSOLUTE, "sample {sample}: {off}");
            // What was solved is known.
            assert_eq!(known[2 * sample..][..2], [*value; 2], "sample {sample}");
            replaced += 1;
        } else {
            assert_eq!(*value, plain[sample], "sample {sample}");
            assert_eq!(known[2 * sample..][..2], ends[2 * sample..][..2]);
        }
    }
    assert!(predict(&[])["certainty"].is_null());
    assert_eq!(solved, replaced);
    assert!(replaced > 20 && replaced < 380, "{replaced}");
}

/// Numbers of species in the place of on-site energies: a network says what it knows instead.
#[test]
fn species_are_explained_by_every_kind_of_predictor() {
    let place = tempfile::tempdir().expect("a folder");
    let mut species = vec![0.0; 1600];
    species[3 * 40 + 4] = 1.0;
    let path = place.path().join("species.npy").display().to_string();
    fs::write(&path, npy::array("|u1", false, &[40, 40], &species)).expect("written");
    for (words, name) in [
        ("--network best-g", "best-g"),
        ("--network hybrid-g --within 1000000", "hybrid-g"),
    ] {
        let words = ["predict", "--onsite", &path]
            .into_iter()
            .chain(words.split(' '));
        let finished = run(words);
        assert_eq!(finished.code, Some(3), "{finished:#?}");
        let expected = format!(
            "landauer: error: --onsite: sample 0: site (3, 4) is 1 t; {name} knows 0 and 5 t (are \
             these species numbers?)\n"
        );
        assert!(finished.stderr.ends_with(&expected), "{finished:#?}");
        assert!(
            finished.stderr.starts_with("landauer: warning: "),
            "{finished:#?}"
        );
    }
    // Energies that are none of a network's, and no species either.
    species[3 * 40 + 4] = 2.5;
    fs::write(&path, npy::f64_array(&[40, 40], &species)).expect("written");
    let finished = run(["predict", "--network", "best-g", "--onsite", &path]);
    let finished = finished.failed(3, &["site (3, 4) is 2.5 t; best-g knows 0 and 5 t\n"]);
    assert!(!finished.stderr.contains("species"), "{finished:#?}");
}

#[test]
fn intervals_need_the_model_s_card() {
    let place = tempfile::tempdir().expect("a folder");
    let (onsite, _) = lattices(&place, 2);
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/best-g.postcard");
    let alone = place.path().join("alone.postcard").display().to_string();
    fs::copy(model, &alone).expect("copied");
    let words = ["predict", "--network", &alone, "--onsite", &onsite];
    let with = |more: &[&str]| run(words.iter().chain(more));
    with(&["--exact-above", "0.1"]).failed(2, &["card", "beside the model file"]);
    // A damaged file is not blamed on its card.
    let bytes = fs::read(model).expect("a model");
    let (cut, card) = (
        place.path().join("cut.postcard"),
        model.replace("postcard", "json"),
    );
    fs::write(&cut, &bytes[..bytes.len() - 9]).expect("written");
    fs::copy(card, place.path().join("cut.json")).expect("copied");
    let cut = cut.display().to_string();
    let words = [
        "predict",
        "--network",
        &cut,
        "--exact-above",
        "1",
        "--onsite",
        &onsite,
    ];
    run(words).failed(3, &["cut.postcard", "damaged"]);
    // The exact solver needs none.
    let _ = with(&["--exact"]).succeeded();
    with(&["--level", "0.99", "--exact"]).failed(2, &["0.95"]);
    with(&["--level", "0.5"]).failed(2, &["--intervals"]);
    with(&["--intervals", &onsite]).failed(2, &["--intervals would overwrite --onsite"]);
}

#[test]
fn hybrids_have_no_intervals_and_say_so() {
    let place = tempfile::tempdir().expect("a folder");
    let (onsite, _) = lattices(&place, 2);
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/hybrid-g.postcard");
    let words = [
        "predict",
        "--network",
        model,
        "--within",
        "1000000",
        "--onsite",
        &onsite,
    ];
    let more = ["--exact-above", "0.1"];
    run(words.iter().chain(&more)).failed(2, &["a hybrid has no intervals", "--within"]);
    let _ = run(words.iter().chain(&["--exact"])).succeeded();
}
