//! Python really opens the data sets: zarr-python and numpy check them and compare the values.
//!
//! `LANDAUER_PYTHON` must name a Python that has numpy and zarr; `tests/run` makes one.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use landauer::dataset::Dataset;
use landauer_tests::command::{Finished, run};
use serde_json::{Value, json};

/// Runs `open_dataset.py`, which says what it checks.
fn open_in_python(python: &str, dataset: &Path, reference: &Path) -> Finished {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/open_dataset.py");
    let mut command = Command::new(python);
    command.arg(script).arg(dataset).arg(reference);
    let output = command.output();
    output.expect("LANDAUER_PYTHON can be started").into()
}

/// Values `[sample, ...]` as nested lists.
fn nested<T: Into<Value> + Copy>(values: &[T], shape: &[usize]) -> Value {
    match shape {
        [_, inner @ ..] if !inner.is_empty() => {
            let rows = values.chunks_exact(inner.iter().product());
            rows.map(|row| nested(row, inner)).collect()
        }
        _ => values.to_vec().into(),
    }
}

/// What our own reader finds.
fn reference(path: &Path) -> Value {
    let dataset = Dataset::open(path).expect("a data set");
    let config = dataset.config();
    let all = 0..dataset.samples();
    let samples = usize::try_from(dataset.samples()).expect("few samples");
    let sites = [samples, config.size.length(), config.size.width()];
    let transmission = dataset.transmission(all.clone()).expect("transmissions");
    let mut found = json!({
        "energies": config.energies,
        "transmission": nested(&transmission, &[samples, config.energies.len()]),
        "fallbacks": dataset.fallbacks().expect("fallbacks"),
    });
    let columns = [
        ("g", dataset.g()),
        ("g_bar", dataset.g_bar()),
        ("concentration", dataset.concentration()),
    ];
    for (name, column) in columns {
        if let Some(column) = column.expect("a column") {
            found[name] = column.into();
        }
    }
    if let Some(species) = dataset.species(all.clone()).expect("species") {
        found["species"] = nested(&species, &sites);
    } else {
        let onsite = dataset.onsite(all).expect("on-site energies");
        found["onsite"] = nested(&onsite, &sites);
    }
    found
}

/// Runs a script of tests/python.
fn python_script(python: &str, name: &str, arguments: &[&str]) -> Finished {
    let mut command = Command::new(python);
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("python")
        .join(name);
    let output = command.arg(script).args(arguments).output();
    output.expect("LANDAUER_PYTHON can be started").into()
}

#[test]
fn what_zarr_python_lets_users_add_stays_theirs() {
    let Ok(python) = env::var("LANDAUER_PYTHON") else {
        println!("SKIPPED: LANDAUER_PYTHON names no Python with numpy and zarr (see tests/run)");
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("d.zarr");
    let output = path.display().to_string();
    let generate = |samples: &str| {
        let words = "generate --chunk 16 --length 7 --width 5 --samples";
        let words = words.split(' ').chain([samples, "--output", &*output]);
        let _ = run(words).succeeded();
    };
    let root = || fs::read_to_string(path.join("zarr.json")).expect("a file");
    generate("50");
    let note = "of Mr. Müller's thesis: 2e²/h";
    for consolidate in [&[][..], &["--consolidate"]] {
        let arguments = [&[&*output, note], consolidate].concat();
        let _ = python_script(&python, "annotate.py", &arguments).succeeded();
        let annotated = root();
        assert!(annotated.contains("note"), "{annotated}");
        let found = run(["inspect", &output]).succeeded();
        assert!(
            found.stdout.contains("every checksum verified"),
            "{found:?}"
        );
        let file = folder.path().join("expected.json");
        fs::write(&file, reference(&path).to_string()).expect("a writable file");
        let _ = open_in_python(&python, &path, &file).succeeded();
        generate("50");
        assert_eq!(root(), annotated);
    }
    // Extended: zarr-python, which reads its copy, finds all samples, and their note.
    generate("70");
    let there: Value = serde_json::from_str(&root()).expect("JSON");
    assert_eq!(there["attributes"]["note"], note);
    let copies = &there["consolidated_metadata"]["metadata"];
    assert_eq!(copies["g"]["shape"], json!([70]));
    assert_eq!(copies["g"]["attributes"]["note"], note);
    assert_eq!(copies["mine"]["shape"], json!([3]));
    let _ = run(["inspect", &output]).succeeded();
    let file = folder.path().join("expected.json");
    fs::write(&file, reference(&path).to_string()).expect("a writable file");
    let _ = open_in_python(&python, &path, &file).succeeded();
}

#[test]
fn zarr_python_reads_the_same_values() {
    let Ok(python) = env::var("LANDAUER_PYTHON") else {
        println!("SKIPPED: LANDAUER_PYTHON names no Python with numpy and zarr (see tests/run)");
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (number, (model, arrays)) in [
        ("--disorder 1 --strength 3", 6),
        ("--disorder 2", 7),
        ("--disorder 3 --concentration 0.3", 7),
        ("--disorder 4 --seed 18446744073709551615", 7),
        ("--disorder 2 --energies -0.5,2.5,4.5 --bias 0.2", 6),
        ("--disorder 1 --energies -0.5,0,1 --length 1 --width 1", 5),
    ]
    .into_iter()
    .enumerate()
    {
        let path = folder.path().join(format!("{number}.zarr"));
        let mut words: Vec<&str> = "generate --samples 50 --chunk 16".split(' ').collect();
        words.extend(model.split(' '));
        if !model.contains("--length") {
            words.extend(["--length", "7", "--width", "5"]);
        }
        let output = path.display().to_string();
        words.extend(["--output", &output]);
        let _ = run(words).succeeded();

        let mut expected = reference(&path);
        let file = folder.path().join(format!("{number}.json"));
        fs::write(&file, expected.to_string()).expect("a writable file");
        let found = open_in_python(&python, &path, &file).succeeded();
        let words = format!("{arrays} arrays equal the reference");
        assert!(found.stdout.contains(&words), "{found:?}");

        // The comparison is one: a value off by its last bit is seen.
        let value = expected["transmission"][49][0].as_f64().expect("a number");
        expected["transmission"][49][0] = value.next_up().into();
        fs::write(&file, expected.to_string()).expect("a writable file");
        let found = open_in_python(&python, &path, &file);
        assert_eq!(found.code, Some(1), "{found:?}");
        assert!(found.stderr.contains("transmission differs"), "{found:?}");
    }
}
